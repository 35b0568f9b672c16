//! `DELETE /api/v1/roles/{id}`.

use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use crate::support::{Actor, Client, EDITIONS, UNASSIGNED_ROLE, World};

const ROLES: &str = "/api/v1/roles";

async fn assign(admin: &Client, op: &str, role: &str) {
    let user = format!("/api/v1/users/{}", Actor::User.person().id);
    let patch = json!([{ "op": op, "path": "/assignedRoles", "value": [{ "id": role }] }]);
    admin.patch(&user).json(&patch).send().await.expect(204);
}

#[tokio::test]
async fn a_custom_role_that_nobody_has_goes() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let role = format!("{ROLES}/{UNASSIGNED_ROLE}");
        assert_eq!(admin.delete(&role).send().await.expect(204).text, "");
        admin.get(&role).send().await.expect(404);
        let listed = admin
            .get(ROLES)
            .query(&[("filter", "type eq 'custom'")])
            .send()
            .await
            .expect(200);
        assert!(!listed.each("name").contains(&"Unassigned".to_owned()));
        // The contract has no 404 for a role that cannot be deleted because it is not there.
        admin.delete(&role).send().await.expect_faults(&["id"]);
        admin
            .post(ROLES)
            .json(&json!({ "name": "Unassigned" }))
            .send()
            .await
            .expect(201);
    }
}

#[tokio::test]
async fn a_role_that_somebody_has_stays() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let role = format!("{ROLES}/{UNASSIGNED_ROLE}");
        assign(&admin, "add", UNASSIGNED_ROLE).await;
        admin
            .delete(&role)
            .send()
            .await
            .expect_refusal(403, "role-assigned");
        admin.get(&role).send().await.expect(200);
        assign(&admin, "remove-value", UNASSIGNED_ROLE).await;
        admin.delete(&role).send().await.expect(204);
    }
}

#[tokio::test]
async fn a_deleted_user_holds_no_role() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    assign(&admin, "add", UNASSIGNED_ROLE).await;
    admin
        .delete(&format!("/api/v1/users/{}", Actor::User.person().id))
        .send()
        .await
        .expect(204);
    admin
        .delete(&format!("{ROLES}/{UNASSIGNED_ROLE}"))
        .send()
        .await
        .expect(204);
}

#[tokio::test]
async fn no_built_in_role_can_be_deleted() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let built_in = admin
            .get(ROLES)
            .query(&[("filter", "type eq 'default'"), ("limit", "100")])
            .send()
            .await
            .expect(200);
        assert!(built_in.each("id").len() >= 17);
        for id in built_in.each("id") {
            admin
                .delete(&format!("{ROLES}/{id}"))
                .send()
                .await
                .expect_refusal(403, "built-in-role");
        }
        let after: Value = admin
            .get(ROLES)
            .query(&[("filter", "type eq 'default'"), ("limit", "100")])
            .send()
            .await
            .expect(200)
            .json;
        assert_eq!(after["data"], built_in.json["data"]);
    }
}

#[tokio::test]
async fn an_id_that_is_none_is_a_fault_of_the_request() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    for id in ["650000000000000000000fff", "TenantAdmin", "no%20id"] {
        admin
            .delete(&format!("{ROLES}/{id}"))
            .send()
            .await
            .expect_faults(&["id"]);
    }
}
