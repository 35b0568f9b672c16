//! `GET` and `PATCH /api/v1/api-keys/configs/{tenantId}`.

use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::seeds::Seed;
use serde_json::{Value, json};

use super::{patch_config, replace};
use crate::support::{Actor, EDITIONS, TENANT_ID, World};

fn path() -> String {
    format!("/api/v1/api-keys/configs/{TENANT_ID}")
}

async fn read(world: &World) -> Value {
    world
        .by_session(Actor::User)
        .await
        .get(&path())
        .send()
        .await
        .expect(200)
        .json
}

#[tokio::test]
async fn a_new_tenant_has_the_documented_defaults() {
    let mut wanted = json!({
        "max_api_key_expiry": "PT24H",
        "max_keys_per_user": 5,
        "scim_externalClient_expiry": "P365D",
    });
    let current = World::start_with(Edition::Current, Seed::shipped("tutorial").unwrap()).await;
    assert_eq!(
        current
            .sign_in("user")
            .await
            .get(&path())
            .send()
            .await
            .expect(200)
            .json,
        wanted
    );
    // The switch exists in the classic edition only.
    wanted["api_keys_enabled"] = false.into();
    let classic = World::start_with(Edition::Classic, Seed::shipped("tutorial").unwrap()).await;
    assert_eq!(
        classic
            .sign_in("user")
            .await
            .get(&path())
            .send()
            .await
            .expect(200)
            .json,
        wanted
    );
}

#[tokio::test]
async fn each_setting_can_be_changed_and_is_shown_as_it_was_written() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let changes = [
            ("/max_api_key_expiry", json!("PT48H")),
            ("/max_api_key_expiry", json!("P100Y")),
            ("/max_api_key_expiry", json!("P1Y2M10DT2H30M")),
            ("/max_keys_per_user", json!(0)),
            ("/max_keys_per_user", json!(1000)),
            ("/scim_externalClient_expiry", json!("P2W")),
        ];
        for (name, value) in changes {
            let mut wanted = read(&world).await;
            wanted[&name[1..]] = value.clone();
            let answer = patch_config(&world, &replace(name, value)).await.expect(204);
            assert_eq!(answer.text, "");
            assert_eq!(read(&world).await, wanted);
        }
        let several = json!([
            { "op": "replace", "path": "/max_keys_per_user", "value": 3 },
            { "op": "replace", "path": "/max_api_key_expiry", "value": "P3D" },
            { "op": "replace", "path": "/max_keys_per_user", "value": 4 },
        ]);
        patch_config(&world, &several).await.expect(204);
        let config = read(&world).await;
        assert_eq!(
            (&config["max_keys_per_user"], &config["max_api_key_expiry"]),
            (&json!(4), &json!("P3D"))
        );
        patch_config(&world, &json!([])).await.expect(204);
        assert_eq!(read(&world).await, config);
    }
}

#[tokio::test]
async fn the_switch_of_the_classic_edition() {
    let world = World::start(Edition::Classic).await;
    assert_eq!(read(&world).await["api_keys_enabled"], true);
    patch_config(&world, &replace("/api_keys_enabled", false))
        .await
        .expect(204);
    assert_eq!(read(&world).await["api_keys_enabled"], false);
    for wrong in [json!("true"), json!(1), Value::Null] {
        patch_config(&world, &replace("/api_keys_enabled", wrong))
            .await
            .expect_faults(&["/0/value"]);
    }
    assert_eq!(read(&world).await["api_keys_enabled"], false);
}

#[tokio::test]
async fn the_current_edition_knows_no_switch() {
    let world = World::start(Edition::Current).await;
    assert_eq!(read(&world).await.get("api_keys_enabled"), None);
    patch_config(&world, &replace("/api_keys_enabled", true))
        .await
        .expect_faults(&["/0/path"]);
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once_and_nothing_is_changed() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let before = read(&world).await;
        let patch = json!([
            { "op": "replace", "path": "/max_keys_per_user", "value": 7 },
            { "op": "replace", "path": "/max_keys_per_user", "value": 1001 },
            { "op": "replace", "path": "/max_api_key_expiry", "value": "7d" },
            { "op": "add", "path": "/max_api_key_expiry", "value": "P7D" },
            { "op": "replace", "path": "/unknown", "value": 1 },
        ]);
        patch_config(&world, &patch)
            .await
            .expect_faults(&["/1/value", "/2/value", "/3/op", "/4/path"]);
        assert_eq!(read(&world).await, before);
    }
}

#[tokio::test]
async fn a_value_out_of_its_bounds_is_refused() {
    let world = World::start(Edition::Classic).await;
    let before = read(&world).await;
    for wrong in [
        json!(-1),
        json!(1001),
        json!(1.5),
        json!("5"),
        Value::Null,
        json!(true),
        json!(1e300),
    ] {
        patch_config(&world, &replace("/max_keys_per_user", wrong))
            .await
            .expect_faults(&["/0/value"]);
    }
    for name in ["/max_api_key_expiry", "/scim_externalClient_expiry"] {
        for wrong in ["7d", "P", "PT", "-P1D", "PT0S", "", "P1.5D", "24"] {
            patch_config(&world, &replace(name, wrong))
                .await
                .expect_faults(&["/0/value"]);
        }
        for wrong in [json!(24), Value::Null, json!(["P1D"])] {
            patch_config(&world, &replace(name, wrong))
                .await
                .expect_faults(&["/0/value"]);
        }
    }
    // The published spelling has a capital letter in it.
    patch_config(&world, &replace("/scim_external_client_expiry", "P1D"))
        .await
        .expect_faults(&["/0/path"]);
    for no_patch in [json!({}), json!({ "max_keys_per_user": 7 }), json!("text")] {
        patch_config(&world, &no_patch).await.expect_faults(&[""]);
    }
    assert_eq!(read(&world).await, before);
}

#[tokio::test]
async fn keys_that_exist_keep_their_expiry() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let holder = world.by_key(Actor::KeyHolder);
        let before = holder.get("/api/v1/api-keys").send().await.expect(200).json;
        patch_config(&world, &replace("/max_api_key_expiry", "PT1S"))
            .await
            .expect(204);
        patch_config(&world, &replace("/max_keys_per_user", 0))
            .await
            .expect(204);
        world.advance(chrono::TimeDelta::seconds(1));
        assert_eq!(
            holder.get("/api/v1/api-keys").send().await.expect(200).json,
            before
        );
    }
}

#[tokio::test]
async fn another_tenant_has_no_configuration_here() {
    let world = World::start(Edition::Classic).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let other = "/api/v1/api-keys/configs/Zz7545_another_tenant_0000000002";
    admin.get(other).send().await.expect(404);
    admin
        .patch(other)
        .json(&replace("/max_keys_per_user", 7))
        .send()
        .await
        .expect(404);
    assert_eq!(read(&world).await["max_keys_per_user"], 5);
}
