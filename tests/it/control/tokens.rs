//! `/_mock/tokens`.

use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::seeds::Seed;
use reqwest::Method;
use serde_json::json;

use super::control;
use crate::support::{Actor, EDITIONS, World};

#[tokio::test]
async fn a_key_for_anybody_whatever_the_rules_say() {
    let world = World::start(Edition::Classic).await;
    let holder = Actor::KeyHolder.person();
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    let config = format!("/api/v1/api-keys/configs/{}", crate::support::TENANT_ID);
    let least = json!([
        { "op": "replace", "path": "/max_keys_per_user", "value": 1 },
        { "op": "replace", "path": "/max_api_key_expiry", "value": "PT1H" },
    ]);
    admin.patch(&config).json(&least).send().await.expect(204);
    let wish = json!({ "user": holder.subject, "expiry": "P400D", "description": "beyond the maxima" });
    let made = control(&world, Method::POST, "/tokens", Some(&wish))
        .await
        .expect(201);
    assert_eq!(made.header("cache-control"), "no-store");
    assert_eq!(made.str("/expiry"), "2027-04-06T08:00:00.000Z");
    let with_it = world.with_token(made.str("/token"));
    let key = with_it
        .get(&format!("/api/v1/api-keys/{}", made.str("/id")))
        .send()
        .await
        .expect(200);
    assert_eq!(key.str("/description"), "beyond the maxima");
    assert_eq!(key.str("/sub"), holder.id);

    // Somebody without the permission gets a key too; the tenant refuses it as it would any other.
    let wish = json!({ "user": Actor::User.person().subject });
    let made = control(&world, Method::POST, "/tokens", Some(&wish))
        .await
        .expect(201);
    let with_it = world.with_token(made.str("/token"));
    with_it
        .get("/api/v1/users/me")
        .send()
        .await
        .expect_refusal(401, "permission-gone");
}

#[tokio::test]
async fn a_session_for_anybody() {
    for edition in EDITIONS {
        let world = World::start_with(edition, Seed::shipped("tutorial").unwrap()).await;
        let wish = json!({ "user": "admin@example.com", "kind": "session" });
        let made = control(&world, Method::POST, "/tokens", Some(&wish))
            .await
            .expect(201);
        let cookie = made.str("/cookie");
        let change = |csrf: &str| {
            world
                .anonymous()
                .post("/api/v1/users")
                .header("cookie", cookie)
                .header("qlik-csrf-token", csrf)
                .json(&json!({ "subject": "new", "status": "active" }))
        };
        change("wrong").send().await.expect(403);
        change(made.str("/csrfToken")).send().await.expect(201);
    }
}

#[tokio::test]
async fn a_wish_that_cannot_be_granted_says_where_it_is_wrong() {
    let world = World::start(Edition::Classic).await;
    for (body, pointer) in [
        (json!({}), "/user"),
        (json!({ "user": "nobody@example.com" }), "/user"),
        (json!({ "user": "nobody", "kind": "session" }), "/user"),
        (json!({ "user": "viewer", "kind": "password" }), "/kind"),
        (json!({ "user": "viewer", "expiry": "tomorrow" }), "/expiry"),
        (
            json!({ "user": "viewer", "kind": "session", "expiry": "P1D" }),
            "/expiry",
        ),
        (json!({ "user": "viewer", "for": "ever" }), "/for"),
    ] {
        let refused = control(&world, Method::POST, "/tokens", Some(&body))
            .await
            .expect(400);
        assert_eq!(refused.str("/errors/0/source/pointer"), pointer, "{body}");
    }
}
