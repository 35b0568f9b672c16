//! Every reason why a session opens nothing, and what its CSRF token guards.

use axum::http::Method;
use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use crate::support::{Actor, BYSTANDER, EDITIONS, World};

const ME: &str = "/api/v1/users/me";

#[tokio::test]
async fn a_session_ends_after_half_an_hour_without_a_request() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let session = world.by_session(Actor::User).await;
        let almost = TimeDelta::minutes(30) - TimeDelta::milliseconds(1);
        for _ in 0..2 {
            world.advance(almost);
            session.get(ME).send().await.expect(301);
        }
        world.advance(TimeDelta::minutes(30));
        session.get(ME).send().await.expect_refusal(401, "session-ended");
        session.get(ME).send().await.expect_refusal(401, "session-ended");
    }
}

#[tokio::test]
async fn a_session_ends_after_a_day_whatever_happens() {
    let world = World::start(Edition::Classic).await;
    let session = world.by_session(Actor::User).await;
    for _ in 0..95 {
        world.advance(TimeDelta::minutes(15));
        session.get(ME).send().await.expect(301);
    }
    world.advance(TimeDelta::minutes(15));
    session.get(ME).send().await.expect_refusal(401, "session-ended");
}

#[tokio::test]
async fn a_session_ends_by_signing_out_and_no_other_with_it() {
    let world = World::start(Edition::Classic).await;
    let (ended, other) = (
        world.by_session(Actor::User).await,
        world.by_session(Actor::User).await,
    );
    ended.post("/logout").send().await.expect(303);
    ended.get(ME).send().await.expect_refusal(401, "session-ended");
    other.get(ME).send().await.expect(301);
}

#[tokio::test]
async fn a_cookie_that_was_never_given_out() {
    let world = World::start(Edition::Classic).await;
    let cookie = "eas.sid=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    world
        .anonymous()
        .get(ME)
        .header("cookie", cookie)
        .send()
        .await
        .expect_refusal(401, "session-ended");
    // Nor does a key open anything as a cookie, or a cookie as a key.
    let key = format!("eas.sid={}", Actor::KeyHolder.person().token());
    world
        .anonymous()
        .get(ME)
        .header("cookie", &key)
        .send()
        .await
        .expect_refusal(401, "session-ended");
    let session = world.by_session(Actor::User).await;
    let value = session.secret().strip_prefix("eas.sid=").unwrap();
    world
        .with_token(value)
        .get(ME)
        .send()
        .await
        .expect_refusal(401, "malformed-credential");
}

#[tokio::test]
async fn every_change_by_a_session_needs_its_csrf_token() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let session = world.by_session(Actor::TenantAdminHoldingKeys).await;
        let (other, cookie) = (
            world.by_session(Actor::TenantAdminHoldingKeys).await,
            session.secret(),
        );
        let own = Actor::TenantAdminHoldingKeys.person();
        let patch = json!([{ "op": "replace", "path": "/description", "value": "changed" }]);
        let key = format!("/api/v1/api-keys/{}", own.key_id);
        let user = format!("/api/v1/users/{}", BYSTANDER.id);
        let changes = [
            (Method::POST, "/api/v1/api-keys", json!({ "description": "made" })),
            (Method::PATCH, &key, patch),
            (Method::DELETE, &key, Value::Null),
            (Method::DELETE, &user, Value::Null),
            (Method::POST, "/api/v1/users/actions/filter", json!({})),
        ];
        for (method, path, body) in &changes {
            let without = || {
                world
                    .anonymous()
                    .request(method.clone(), path)
                    .header("cookie", cookie)
                    .json(body)
            };
            let refused = without().send().await.expect_refusal(403, "csrf-token");
            assert_eq!(refused.str("/errors/0/code"), "CSRF-TOKEN-2");
            for wrong in ["", "nonsense", other.csrf(), cookie] {
                let answer = without().header("qlik-csrf-token", wrong).send().await;
                answer.expect_refusal(403, "csrf-token");
            }
        }
        // Nothing has come of any of it; and a GET needs no token.
        let read = |path: &str| world.anonymous().get(path).header("cookie", cookie).send();
        let keys = read("/api/v1/api-keys?sub=650000000000000000000001")
            .await
            .expect(200);
        assert_eq!(keys.each("description"), ["Pinned key of the admin"]);
        read(&user).await.expect(200);
        for (method, path, body) in changes {
            let request = session.request(method, path);
            let request = if body.is_null() {
                request
            } else {
                request.json(&body)
            };
            let answer = request.send().await;
            assert!((200..300).contains(&answer.status), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn a_request_with_a_key_needs_no_csrf_token() {
    let world = World::start(Edition::Classic).await;
    world
        .mint(&world.by_key(Actor::KeyHolder), "no csrf token", "")
        .await;
}
