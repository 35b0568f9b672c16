//! A deactivated tenant refuses every credential, and only its reactivation gets through.

use mock_qlik_cloud::domain::settings::Edition;
use serde_json::json;

use crate::support::{Actor, Client, EDITIONS, HOSTNAME, TENANT_ID, World};

async fn set_status(client: &Client, action: &str) -> crate::support::Answer {
    let path = format!("/api/v1/tenants/{TENANT_ID}/actions/{action}");
    client
        .post(&path)
        .header("qlik-confirm-hostname", HOSTNAME)
        .json(&json!({}))
        .send()
        .await
}

#[tokio::test]
async fn nobody_gets_in_until_an_admin_reactivates_it() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let clients = [
            world.by_key(Actor::KeyHolder),
            world.by_key(Actor::TenantAdminHoldingKeys),
            world.by_key(Actor::ScimClient),
            world.by_session(Actor::User).await,
            admin.clone(),
        ];
        set_status(&admin, "deactivate").await.expect(200);
        for client in &clients {
            for path in [
                "/api/v1/users/me",
                "/api/v1/api-keys",
                "/api/v1/roles",
                "/api/v1/tenants/me",
            ] {
                client
                    .get(path)
                    .send()
                    .await
                    .expect_refusal(401, "tenant-disabled");
            }
            let body = json!({ "description": "in vain" });
            client
                .post("/api/v1/api-keys")
                .json(&body)
                .send()
                .await
                .expect_refusal(401, "tenant-disabled");
            set_status(client, "deactivate")
                .await
                .expect_refusal(401, "tenant-disabled");
        }

        // Reactivation asks who it is, and whether that is an admin.
        set_status(&world.anonymous(), "reactivate")
            .await
            .expect_refusal(401, "no-credential");
        set_status(&clients[0], "reactivate")
            .await
            .expect_refusal(403, "not-tenant-admin");
        clients[0]
            .get("/api/v1/users/me")
            .send()
            .await
            .expect_refusal(401, "tenant-disabled");
        set_status(&admin, "reactivate").await.expect(200);
        clients[0].get("/api/v1/users/me").send().await.expect(301);
        clients[3].get("/api/v1/users/me").send().await.expect(301);
    }
}

#[tokio::test]
async fn an_admin_can_reactivate_it_with_a_key_or_with_a_new_session() {
    let world = World::start(Edition::Classic).await;
    let key = world.by_key(Actor::TenantAdminHoldingKeys);
    set_status(&key, "deactivate").await.expect(200);
    set_status(&key, "reactivate").await.expect(200);
    set_status(&key, "deactivate").await.expect(200);
    // An admin whose session has ended meanwhile is not locked out for good.
    let session = world.by_session(Actor::TenantAdmin).await;
    set_status(&session, "reactivate").await.expect(200);
    session.get("/api/v1/users/me").send().await.expect(301);
}

#[tokio::test]
async fn an_unknown_credential_is_told_no_more_than_before() {
    let world = World::start(Edition::Classic).await;
    set_status(&world.by_key(Actor::TenantAdminHoldingKeys), "deactivate")
        .await
        .expect(200);
    world
        .anonymous()
        .get("/api/v1/users/me")
        .send()
        .await
        .expect_refusal(401, "no-credential");
    let nonsense = world.with_token("nonsense").get("/api/v1/users/me").send().await;
    nonsense.expect_refusal(401, "malformed-credential");
}
