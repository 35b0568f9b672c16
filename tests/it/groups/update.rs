//! `PATCH /api/v1/groups/{groupId}`.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use super::{EVERYONE, GROUPS, change, make};
use crate::support::{Actor, Client, EDITIONS, START, World};

async fn read(client: &Client, id: &str) -> Value {
    client
        .get(&format!("{GROUPS}/{id}"))
        .send()
        .await
        .expect(200)
        .json
}

fn role_names(group: &Value) -> Vec<&str> {
    let roles = group["assignedRoles"].as_array().unwrap();
    roles.iter().map(|role| role["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_roles_of_any_group_can_be_replaced() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let custom = make(&admin, "Custom", "custom", &["Steward"]).await;
        let idp = make(&admin, "Idp", "idp", &["Steward"]).await;
        world.advance(TimeDelta::minutes(1));
        for id in [custom.as_str(), &idp, EVERYONE] {
            for path in ["/assignedRoles", "assignedRoles"] {
                let roles = json!([{ "name": "DataAdmin" }, { "name": "AuditAdmin" }]);
                let patch = change("replace", path, roles);
                let request = admin.patch(&format!("{GROUPS}/{id}")).json(&patch);
                assert_eq!(request.send().await.expect(204).text, "");
                let group = read(&admin, id).await;
                assert_eq!(role_names(&group), ["DataAdmin", "AuditAdmin"]);
                assert_eq!(group["updatedBy"], Actor::TenantAdmin.person().id);
                assert_eq!(group["lastUpdatedAt"], "2026-03-02T08:01:00.000Z");
                let patch = change("replace", path, json!([]));
                let request = admin.patch(&format!("{GROUPS}/{id}")).json(&patch);
                request.send().await.expect(204);
                assert_eq!(read(&admin, id).await["assignedRoles"], json!([]));
            }
        }
        assert_eq!(read(&admin, &custom).await["createdAt"], START);
    }
}

#[tokio::test]
async fn only_a_custom_group_has_another_name_or_description() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let custom = make(&admin, "Custom", "custom", &[]).await;
    let idp = make(&admin, "Idp", "idp", &[]).await;
    let patch = json!([
        { "op": "replace", "path": "/name", "value": "Idp" },
        { "op": "replace", "path": "description", "value": "New." },
    ]);
    admin
        .patch(&format!("{GROUPS}/{custom}"))
        .json(&patch)
        .send()
        .await
        .expect(204);
    let group = read(&admin, &custom).await;
    assert_eq!(
        (&group["name"], &group["description"]),
        (&json!("Idp"), &json!("New."))
    );
    for id in [idp.as_str(), EVERYONE] {
        let before = read(&admin, id).await;
        let request = admin.patch(&format!("{GROUPS}/{id}")).json(&patch);
        request.send().await.expect_faults(&["/0/path", "/1/path"]);
        assert_eq!(read(&admin, id).await, before);
    }
}

#[tokio::test]
async fn all_of_a_patch_is_done_or_nothing() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let id = make(&admin, "Custom", "custom", &["Steward"]).await;
    make(&admin, "Taken", "custom", &[]).await;
    let before = read(&admin, &id).await;
    let path = format!("{GROUPS}/{id}");
    for (patch, places) in [
        (
            json!([
                { "op": "replace", "path": "/description", "value": "New." },
                { "op": "replace", "path": "/name", "value": "Taken" },
                { "op": "replace", "path": "/assignedRoles", "value": [{ "name": "Nothing" }, { "name": "Steward" }] },
            ]),
            &["/1/value", "/2/value/0"][..],
        ),
        (
            json!([{ "op": "add", "path": "/assignedRoles/-", "value": {} }]),
            &["/0/op", "/0/path"],
        ),
        (
            json!([{ "op": "replace", "path": "/status", "value": "disabled" }]),
            &["/0/path"],
        ),
        (
            json!([{ "op": "replace", "path": "/name", "value": "" }]),
            &["/0/value"],
        ),
        (
            json!([{ "op": "replace", "path": "/name", "value": 5 }]),
            &["/0/value"],
        ),
        (
            json!([{ "op": "replace", "path": "/assignedRoles", "value": "Steward" }]),
            &["/0/value"],
        ),
        (json!({}), &[""]),
    ] {
        admin.patch(&path).json(&patch).send().await.expect_faults(places);
    }
    assert_eq!(read(&admin, &id).await, before);
    // The own name is not taken, and nothing to do is done.
    let own = change("replace", "/name", "Custom");
    admin.patch(&path).json(&own).send().await.expect(204);
    admin.patch(&path).json(&json!([])).send().await.expect(204);
}
