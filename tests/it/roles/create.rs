//! `POST /api/v1/roles`.

use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::seeds::Seed;
use serde_json::json;

use crate::support::{Actor, EDITIONS, START, TENANT_ID, World};

const ROLES: &str = "/api/v1/roles";

#[tokio::test]
async fn a_custom_role_is_made_as_asked_for() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let body = json!({
            "name": "Auditors",
            "description": "They read events.",
            "assignedScopes": ["audits:read", "api-keys", "audits:read"],
            "colour": "red",
        });
        let role = admin.post(ROLES).json(&body).send().await.expect(201).json;
        let id = role["id"].as_str().unwrap();
        assert!(
            id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{id}"
        );
        assert_eq!(
            role,
            json!({
                "id": id,
                "tenantId": TENANT_ID,
                "name": "Auditors",
                "description": "They read events.",
                "type": "custom",
                "level": "user",
                "canEdit": true,
                "canDelete": true,
                "fullUser": false,
                "userEntitlementType": "",
                "assignedScopes": ["audits:read", "api-keys"],
                "permissions": [],
                "createdAt": START,
                "lastUpdatedAt": START,
                "createdBy": Actor::TenantAdmin.person().id,
                "updatedBy": Actor::TenantAdmin.person().id,
                "links": { "self": { "href": format!("{}{ROLES}/{id}", world.url()) } },
            })
        );
        assert_eq!(
            admin.get(&format!("{ROLES}/{id}")).send().await.expect(200).json,
            role
        );
    }
}

#[tokio::test]
async fn a_name_is_enough_and_everything_that_is_wrong_is_said_at_once() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let role = admin
        .post(ROLES)
        .json(&json!({ "name": "Plain" }))
        .send()
        .await
        .expect(201)
        .json;
    assert_eq!(
        (&role["description"], &role["assignedScopes"]),
        (&json!(""), &json!([]))
    );
    for (body, faults) in [
        (json!({}), vec!["/name"]),
        (json!([]), vec![""]),
        (
            json!({ "name": " ", "description": 7, "assignedScopes": "x" }),
            vec!["/name", "/description", "/assignedScopes"],
        ),
        (
            json!({ "name": 7, "assignedScopes": ["a", 7, ""] }),
            vec!["/name", "/assignedScopes/1", "/assignedScopes/2"],
        ),
    ] {
        admin.post(ROLES).json(&body).send().await.expect_faults(&faults);
    }
}

#[tokio::test]
async fn a_name_is_taken_once() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        for name in ["Unassigned", "TenantAdmin", "UserDefault", "Developer"] {
            let answer = admin
                .post(ROLES)
                .json(&json!({ "name": name }))
                .send()
                .await
                .expect_faults(&["/name"]);
            assert!(answer.str("/errors/0/detail").contains(name));
        }
    }
}

#[tokio::test]
async fn the_role_of_the_classic_edition_is_no_built_in_one_today() {
    let world = World::start_with(Edition::Current, Seed::shipped("tutorial").unwrap()).await;
    let admin = world.sign_in("admin").await;
    let role = admin
        .post(ROLES)
        .json(&json!({ "name": "Developer" }))
        .send()
        .await
        .expect(201)
        .json;
    assert_eq!(role["type"], "custom");
}

#[tokio::test]
async fn a_tenant_has_500_custom_roles_at_most() {
    let world = World::start_with(Edition::Current, Seed::shipped("tutorial").unwrap()).await;
    let admin = world.sign_in("admin").await;
    let mut last = String::new();
    for number in 0..500 {
        let role = admin
            .post(ROLES)
            .json(&json!({ "name": format!("role {number}") }))
            .send()
            .await
            .expect(201);
        last = role.str("/id").to_owned();
    }
    let one_more = || admin.post(ROLES).json(&json!({ "name": "one more" })).send();
    let answer = one_more().await.expect_refusal(403, "custom-role-limit");
    assert!(answer.str("/errors/0/detail").contains("500"));
    admin.delete(&format!("{ROLES}/{last}")).send().await.expect(204);
    one_more().await.expect(201);
}
