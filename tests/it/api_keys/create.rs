//! `POST /api/v1/api-keys`.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use super::{patch_config, replace};
use crate::support::{Actor, Answer, BYSTANDER, Client, EDITIONS, START, TENANT_ID, UNASSIGNED_ROLE, World};

const PATH: &str = "/api/v1/api-keys";

async fn create(client: &Client, body: &Value) -> Answer {
    client.post(PATH).json(body).send().await
}

/// How many keys the tenant has.
async fn count(world: &World) -> usize {
    let admin = world.by_session(Actor::TenantAdmin).await;
    admin
        .get(&format!("{PATH}?limit=100"))
        .send()
        .await
        .expect(200)
        .each("id")
        .len()
}

#[tokio::test]
async fn a_new_key_is_shown_once_with_its_token_and_opens_the_door() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let holder = world.by_session(Actor::KeyHolder).await;
        let made = create(&holder, &json!({ "description": "Postman", "expiry": "P7D" }))
            .await
            .expect(201);
        assert_eq!(made.header("cache-control"), "no-store");
        let mut key = made.json.clone();
        let token = key.as_object_mut().unwrap().remove("token").unwrap();
        let token = token.as_str().unwrap();
        let wanted = json!({
            "id": made.str("/id"),
            "tenantId": TENANT_ID,
            "description": "Postman",
            "status": "active",
            "sub": Actor::KeyHolder.person().id,
            "subType": "user",
            "createdByUser": Actor::KeyHolder.person().id,
            "created": START,
            "lastUpdated": START,
            "expiry": "2026-03-09T08:00:00.000Z",
        });
        assert_eq!(key, wanted);

        let read = holder
            .get(&format!("{PATH}/{}", made.str("/id")))
            .send()
            .await
            .expect(200);
        assert_eq!(read.json, wanted, "as it was shown, but without the token");
        let list = holder.get(PATH).send().await.expect(200);
        assert!(!list.text.contains(token) && !list.text.contains("\"token\""));
        world
            .with_token(token)
            .get("/api/v1/users/me")
            .send()
            .await
            .expect(301);
    }
}

#[tokio::test]
async fn without_an_expiry_it_lives_as_long_as_the_tenant_allows() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let holder = world.by_key(Actor::KeyHolder);
        let expiry = async |name: &str| world.mint(&holder, name, "").await.json["expiry"].clone();
        assert_eq!(expiry("P365D").await, "2027-03-02T08:00:00.000Z");
        patch_config(&world, &replace("/max_api_key_expiry", "PT24H"))
            .await
            .expect(204);
        assert_eq!(expiry("PT24H").await, "2026-03-03T08:00:00.000Z");
        patch_config(&world, &replace("/max_api_key_expiry", "P1M"))
            .await
            .expect(204);
        assert_eq!(
            expiry("P1M").await,
            "2026-04-02T08:00:00.000Z",
            "a month is one of the calendar"
        );
    }
}

#[tokio::test]
async fn an_expiry_above_the_maximum_is_refused() {
    let world = World::start(Edition::Classic).await;
    patch_config(&world, &replace("/max_api_key_expiry", "P7D"))
        .await
        .expect(204);
    let holder = world.by_key(Actor::KeyHolder);
    let before = count(&world).await;
    for above in ["PT168H1S", "P8D", "P1M", "P1Y", "P2W", "P9999Y", "P999999D"] {
        create(&holder, &json!({ "description": "above", "expiry": above }))
            .await
            .expect_faults(&["/expiry"]);
    }
    assert_eq!(count(&world).await, before);
    // The maximum itself, in any spelling, and the shortest life.
    for within in ["P7D", "P1W", "PT168H", "PT0.001S"] {
        create(&holder, &json!({ "description": "within", "expiry": within }))
            .await
            .expect(201);
    }
}

#[tokio::test]
async fn an_expiry_that_is_no_duration_is_refused() {
    let world = World::start(Edition::Classic).await;
    let holder = world.by_key(Actor::KeyHolder);
    let before = count(&world).await;
    for wrong in [
        "7d", "P", "PT", "-P1D", "+P1D", "PT0S", "P0D", "", "P1.5D", "p7d", " P7D", "P7D ", "P1DT", "7",
    ] {
        create(&holder, &json!({ "description": "wrong", "expiry": wrong }))
            .await
            .expect_faults(&["/expiry"]);
    }
    for wrong in [json!(7), json!(true), json!(["P7D"]), json!({ "days": 7 })] {
        create(&holder, &json!({ "description": "wrong", "expiry": wrong }))
            .await
            .expect_faults(&["/expiry"]);
    }
    assert_eq!(count(&world).await, before);
}

#[tokio::test]
async fn a_description_is_required() {
    let world = World::start(Edition::Classic).await;
    let holder = world.by_key(Actor::KeyHolder);
    let before = count(&world).await;
    for wrong in [
        json!({}),
        json!({ "description": "" }),
        json!({ "description": " \t" }),
        json!({ "description": 5 }),
    ] {
        create(&holder, &wrong).await.expect_faults(&["/description"]);
    }
    for wrong in [json!([]), json!("text"), json!(null), json!(5)] {
        create(&holder, &wrong).await.expect_faults(&[""]);
    }
    assert_eq!(count(&world).await, before);
    let text = "Schlüssel „für“ 測試 🗝 \"quoted\" \\ <b>";
    assert_eq!(world.mint(&holder, text, "").await.json["description"], text);
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once() {
    let world = World::start(Edition::Classic).await;
    let holder = world.by_key(Actor::KeyHolder);
    let body = json!({ "description": 5, "expiry": "7d", "subType": "robot", "sub": 7 });
    create(&holder, &body)
        .await
        .expect_faults(&["/description", "/expiry", "/subType", "/sub"]);
}

#[tokio::test]
async fn unknown_members_are_tolerated() {
    let world = World::start(Edition::Classic).await;
    let body =
        json!({ "description": "more", "name": "ignored", "status": "revoked", "id": BYSTANDER.key_id });
    let made = create(&world.by_key(Actor::KeyHolder), &body).await.expect(201);
    assert_eq!(made.str("/status"), "active");
    assert_ne!(made.str("/id"), BYSTANDER.key_id);
}

#[tokio::test]
async fn the_sixth_active_key_of_five_is_refused() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let (holder, admin) = (
            world.by_key(Actor::KeyHolder),
            world.by_session(Actor::TenantAdmin).await,
        );
        let full = async || {
            let answer = create(&holder, &json!({ "description": "one too many" })).await;
            answer.expect_refusal(403, "key-limit-reached");
        };
        // The seed gives the first one.
        world.mint(&holder, "2", "PT1H").await;
        let third = world.mint(&holder, "3", "").await;
        let fourth = world.mint(&holder, "4", "").await;
        world.mint(&holder, "5", "").await;
        let before = count(&world).await;
        full().await;
        assert_eq!(count(&world).await, before);

        admin
            .delete(&format!("{PATH}/{}", third.id))
            .send()
            .await
            .expect(204);
        world.mint(&holder, "in place of the revoked one", "").await;
        full().await;
        holder
            .delete(&format!("{PATH}/{}", fourth.id))
            .send()
            .await
            .expect(204);
        world.mint(&holder, "in place of the deleted one", "").await;
        full().await;
        world.advance(TimeDelta::hours(1));
        world.mint(&holder, "in place of the expired one", "").await;
        full().await;

        // It is the limit of a subject, not of the tenant.
        world
            .mint(&world.with_token(BYSTANDER.token()), "of another subject", "")
            .await;
    }
}

#[tokio::test]
async fn the_limit_can_be_changed_down_to_none() {
    let world = World::start(Edition::Classic).await;
    let holder = world.by_key(Actor::KeyHolder);
    let body = json!({ "description": "second" });
    for none_left in [0, 1] {
        patch_config(&world, &replace("/max_keys_per_user", none_left))
            .await
            .expect(204);
        create(&holder, &body)
            .await
            .expect_refusal(403, "key-limit-reached");
        holder.get("/api/v1/users/me").send().await.expect(301);
    }
    patch_config(&world, &replace("/max_keys_per_user", 2))
        .await
        .expect(204);
    create(&holder, &body).await.expect(201);
    create(&holder, &body)
        .await
        .expect_refusal(403, "key-limit-reached");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_holds_against_many_at_once() {
    let world = World::start(Edition::Classic).await;
    let attempts: Vec<_> = (0..40)
        .map(|number| {
            let holder = world.by_key(Actor::KeyHolder);
            tokio::spawn(async move {
                create(&holder, &json!({ "description": number.to_string() }))
                    .await
                    .status
            })
        })
        .collect();
    let mut made = 0;
    for attempt in attempts {
        match attempt.await.unwrap() {
            201 => made += 1,
            status => assert_eq!(status, 403),
        }
    }
    assert_eq!(made, 4, "the seed's key is the fifth");
}

#[tokio::test]
async fn an_admin_can_make_a_key_for_somebody_else() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let body = json!({ "description": "for you", "sub": BYSTANDER.id, "subType": "user" });
        let made = create(&admin, &body).await.expect(201);
        assert_eq!(made.str("/sub"), BYSTANDER.id);
        assert_eq!(made.str("/createdByUser"), Actor::TenantAdmin.person().id);
        let me = world
            .with_token(made.str("/token"))
            .get("/api/v1/users/me")
            .send()
            .await
            .expect(301);
        assert!(
            me.header("location").ends_with(BYSTANDER.id),
            "it speaks for its subject"
        );

        // It counts for its subject: with the seed's key these are five.
        for _ in 0..3 {
            create(&admin, &body).await.expect(201);
        }
        create(&admin, &body)
            .await
            .expect_refusal(403, "key-limit-reached");
        let own = create(
            &world.with_token(BYSTANDER.token()),
            &json!({ "description": "own" }),
        )
        .await;
        own.expect_refusal(403, "key-limit-reached");
    }
}

#[tokio::test]
async fn a_subject_who_cannot_have_a_key_gets_none() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let before = count(&world).await;
        let body = |sub: &str| json!({ "description": "for you", "sub": sub });
        for nobody in ["650000000000000000000099", "", "not an id", r"SCIM\idp"] {
            create(&admin, &body(nobody)).await.expect_faults(&["/sub"]);
        }
        let without = create(&admin, &body(Actor::User.person().id)).await;
        without.expect_refusal(403, "subject-may-not-hold-keys");

        let user = format!("/api/v1/users/{}", BYSTANDER.id);
        admin
            .patch(&user)
            .json(&replace("/status", "disabled"))
            .send()
            .await
            .expect(204);
        create(&admin, &body(BYSTANDER.id)).await.expect_faults(&["/sub"]);
        admin.delete(&user).send().await.expect(204);
        create(&admin, &body(BYSTANDER.id)).await.expect_faults(&["/sub"]);
        assert_eq!(count(&world).await, before);
    }
}

#[tokio::test]
async fn a_key_of_a_scim_client_has_a_subject_and_a_maximum_of_its_own() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        // An admin needs no permission to hold keys, because it is not the admin's key.
        let admin = world.by_session(Actor::TenantAdmin).await;
        patch_config(&world, &replace("/max_api_key_expiry", "PT1H"))
            .await
            .expect(204);
        patch_config(&world, &replace("/scim_externalClient_expiry", "P30D"))
            .await
            .expect(204);
        let body = json!({ "description": "SCIM", "subType": "externalClient", "sub": r"SCIM\idp" });
        let made = create(&admin, &body).await.expect(201);
        assert_eq!(made.str("/sub"), r"SCIM\idp");
        assert_eq!(made.str("/subType"), "externalClient");
        assert_eq!(made.str("/createdByUser"), Actor::TenantAdmin.person().id);
        assert_eq!(made.str("/expiry"), "2026-04-01T08:00:00.000Z");
        let refused = world
            .with_token(made.str("/token"))
            .get("/api/v1/users/me")
            .send()
            .await;
        refused.expect_refusal(403, "external-client");

        let with_expiry = |expiry: &str| {
            let mut body = body.clone();
            body["expiry"] = expiry.into();
            body
        };
        create(&admin, &with_expiry("P31D"))
            .await
            .expect_faults(&["/expiry"]);
        create(&admin, &with_expiry("P30D")).await.expect(201);

        // Five of this client; another has a limit of its own.
        for _ in 0..3 {
            create(&admin, &body).await.expect(201);
        }
        create(&admin, &body)
            .await
            .expect_refusal(403, "key-limit-reached");
        let other = json!({ "description": "SCIM", "subType": "externalClient", "sub": r"SCIM\other" });
        create(&admin, &other).await.expect(201);
    }
}

#[tokio::test]
async fn an_external_client_is_named_as_one() {
    let world = World::start(Edition::Classic).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let body = |sub: Value| json!({ "description": "SCIM", "subType": "externalClient", "sub": sub });
    for wrong in [r"SCIM\", "SCIM", r"scim\idp", "idp", "", BYSTANDER.id] {
        create(&admin, &body(wrong.into())).await.expect_faults(&["/sub"]);
    }
    let without = json!({ "description": "SCIM", "subType": "externalClient" });
    create(&admin, &without).await.expect_faults(&["/sub"]);
}

#[tokio::test]
async fn while_keys_are_switched_off_none_is_made() {
    let world = World::start(Edition::Classic).await;
    patch_config(&world, &replace("/api_keys_enabled", false))
        .await
        .expect(204);
    let admin = world.by_session(Actor::TenantAdminHoldingKeys).await;
    let before = count(&world).await;
    for body in [
        json!({ "description": "own" }),
        json!({ "description": "for you", "sub": BYSTANDER.id }),
        json!({ "description": "SCIM", "subType": "externalClient", "sub": r"SCIM\idp" }),
    ] {
        create(&admin, &body)
            .await
            .expect_refusal(403, "keys-switched-off");
    }
    assert_eq!(count(&world).await, before);
    patch_config(&world, &replace("/api_keys_enabled", true))
        .await
        .expect(204);
    create(&admin, &json!({ "description": "own" })).await.expect(201);
}

#[tokio::test]
async fn in_the_current_edition_the_scope_gives_the_permission() {
    let world = World::start(Edition::Current).await;
    let (admin, user) = (
        world.by_session(Actor::TenantAdmin).await,
        world.by_session(Actor::User).await,
    );
    let body = json!({ "description": "mine" });
    create(&user, &body)
        .await
        .expect_refusal(403, "may-not-hold-keys");
    let grant = json!([{ "op": "add", "path": "/assignedScopes/-", "value": "api-keys" }]);
    admin
        .patch(&format!("/api/v1/roles/{UNASSIGNED_ROLE}"))
        .json(&grant)
        .send()
        .await
        .expect(204);
    create(&user, &body)
        .await
        .expect_refusal(403, "may-not-hold-keys");
    let assign = json!([{ "op": "add", "path": "/assignedRoles/-", "value": { "id": UNASSIGNED_ROLE } }]);
    let path = format!("/api/v1/users/{}", Actor::User.person().id);
    admin.patch(&path).json(&assign).send().await.expect(204);
    create(&user, &body).await.expect(201);
    world
        .by_key(Actor::User)
        .get("/api/v1/users/me")
        .send()
        .await
        .expect(301);
}
