//! `POST /api/v1/groups`.

use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use super::GROUPS;
use crate::support::{Actor, EDITIONS, START, TENANT_ID, World};

const STEWARD: &str = "Steward";

#[tokio::test]
async fn a_custom_group_is_made_as_asked_for() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let body = json!({
            "name": "CG-Data",
            "status": "active",
            "providerType": "custom",
            "description": "They care for data.",
            "assignedRoles": [{ "name": STEWARD }, { "name": "AuditAdmin" }, { "name": STEWARD }],
        });
        let group = admin.post(GROUPS).json(&body).send().await.expect(201).json;
        let id = group["id"].as_str().unwrap();
        assert!(
            id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{id}"
        );
        assert_eq!(
            group,
            json!({
                "id": id,
                "tenantId": TENANT_ID,
                "name": "CG-Data",
                "status": "active",
                "providerType": "custom",
                "description": "They care for data.",
                "assignedRoles": [
                    { "id": "75450000000000000000a00b", "name": STEWARD, "type": "default", "level": "user" },
                    { "id": "608050f7634644db3678b1a2", "name": "AuditAdmin", "type": "default", "level": "admin" },
                ],
                "createdAt": START,
                "lastUpdatedAt": START,
                "createdBy": Actor::TenantAdmin.person().id,
                "updatedBy": Actor::TenantAdmin.person().id,
                "links": { "self": { "href": format!("{}{GROUPS}/{id}", world.url()) } },
            })
        );
        let read = admin.get(&format!("{GROUPS}/{id}")).send().await.expect(200);
        assert_eq!(read.json, group);
    }
}

#[tokio::test]
async fn without_a_provider_type_it_is_a_group_of_the_identity_provider() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let body = json!({ "name": "Sales" });
    let group = admin.post(GROUPS).json(&body).send().await.expect(201).json;
    assert_eq!(
        (
            &group["providerType"],
            &group["assignedRoles"],
            group.get("description")
        ),
        (&json!("idp"), &json!([]), None)
    );
}

#[tokio::test]
async fn a_name_is_taken_among_the_groups_of_its_kind_only() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let make = |name: &str, kind: &str| {
        let body = json!({ "name": name, "providerType": kind });
        admin.post(GROUPS).json(&body).send()
    };
    make("Sales", "custom").await.expect(201);
    make("Sales", "idp").await.expect(201);
    make("sales", "custom").await.expect(201);
    for kind in ["custom", "idp"] {
        let answer = make("Sales", kind).await.expect(409);
        assert_eq!(answer.faults(), ["/name"]);
        assert_eq!(answer.json["errors"][0]["status"], 409);
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let faults = async |body: Value, places: &[&str]| {
        admin.post(GROUPS).json(&body).send().await.expect_faults(places);
    };
    faults(json!({}), &["/name"]).await;
    faults(json!([]), &[""]).await;
    faults(
        json!({ "name": 5, "status": "disabled", "providerType": "system", "description": 1, "assignedRoles": {} }),
        &["/name", "/status", "/providerType", "/description", "/assignedRoles"],
    )
    .await;
    faults(
        json!({ "name": " ", "assignedRoles": [{ "name": "Nothing" }, { "id": "0" }] }),
        &["/name", "/assignedRoles/0", "/assignedRoles/1"],
    )
    .await;
    faults(json!({ "name": "é".repeat(257) }), &["/name"]).await;
    faults(json!({ "name": "com.qlik.Everyone" }), &["/name"]).await;
    admin
        .post(GROUPS)
        .json(&json!({ "name": "é".repeat(256) }))
        .send()
        .await
        .expect(201);
}

#[tokio::test]
async fn a_group_has_at_most_a_hundred_roles() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let mut roles = Vec::new();
    for number in 0..101 {
        let name = format!("Role {number}");
        let body = json!({ "name": name });
        admin.post("/api/v1/roles").json(&body).send().await.expect(201);
        roles.push(body);
    }
    let body = |roles: &[Value]| json!({ "name": "Many", "providerType": "custom", "assignedRoles": roles });
    let too_many = admin.post(GROUPS).json(&body(&roles)).send().await;
    too_many.expect_faults(&["/assignedRoles"]);
    let group = admin
        .post(GROUPS)
        .json(&body(&roles[..100]))
        .send()
        .await
        .expect(201);
    let patch = json!([{ "op": "replace", "path": "/assignedRoles", "value": roles }]);
    let path = format!("{GROUPS}/{}", group.str("/id"));
    admin
        .patch(&path)
        .json(&patch)
        .send()
        .await
        .expect_faults(&["/0/value"]);
}
