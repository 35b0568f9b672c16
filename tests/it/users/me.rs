//! `GET /api/v1/users/me`: the redirect that every client of the tutorial follows.

use axum::http::Method;
use serde_json::Value;

use crate::support::{Actor, Door, EDITIONS, World};

const ME: &str = "/api/v1/users/me";

#[tokio::test]
async fn it_leads_to_the_caller() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        for (actor, door) in [
            (Actor::KeyHolder, Door::Key),
            (Actor::KeyHolder, Door::Session),
            (Actor::TenantAdminHoldingKeys, Door::Key),
            (Actor::User, Door::Session),
        ] {
            let answer = world.by(actor, door).await.get(ME).send().await.expect(301);
            let own = format!("{}/api/v1/users/{}", world.url(), actor.person().id);
            assert_eq!(answer.header("location"), own);
            assert!(answer.header("content-type").starts_with("text/html"));
            assert!(
                answer.text.contains(&format!("<a href=\"{own}\">")),
                "{}",
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn it_stays_on_the_host_that_was_asked() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        for host in ["example.localhost:7545", "tenant.example", "[::1]:7545"] {
            let answer = world
                .by_key(Actor::KeyHolder)
                .get(ME)
                .header("host", host)
                .send()
                .await
                .expect(301);
            let own = format!("http://{host}/api/v1/users/{}", Actor::KeyHolder.person().id);
            assert_eq!(answer.header("location"), own);
        }
    }
}

#[tokio::test]
async fn a_client_that_follows_it_keeps_its_credential() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let me = format!("{}{ME}", world.url());
        let by_key = client.get(&me).bearer_auth(Actor::KeyHolder.person().token());
        let session = world.by_session(Actor::KeyHolder).await;
        let by_session = client.get(&me).header("cookie", session.secret());
        for request in [by_key, by_session] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200);
            assert_eq!(
                answer.url().path(),
                format!("/api/v1/users/{}", Actor::KeyHolder.person().id)
            );
            let user: Value = answer.json().await.unwrap();
            assert_eq!(user["subject"], "developer");
        }
    }
}

#[tokio::test]
async fn whoever_may_not_come_in_is_not_led_anywhere() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        for client in [
            world.anonymous(),
            world.with_token("nonsense"),
            world.by_key(Actor::User),
        ] {
            let answer = client.get(ME).send().await.expect(401);
            assert!(answer.headers.get("location").is_none());
        }
        // A SCIM client is no user.
        let answer = world
            .by_key(Actor::ScimClient)
            .get(ME)
            .send()
            .await
            .expect_refusal(403, "external-client");
        assert!(answer.headers.get("location").is_none());
    }
}

#[tokio::test]
async fn it_answers_to_head_as_to_get() {
    let world = World::start(EDITIONS[0]).await;
    let client = world.by_key(Actor::KeyHolder);
    let get = client.get(ME).send().await.expect(301);
    let head = client.request(Method::HEAD, ME).send().await.expect(301);
    assert_eq!(head.header("location"), get.header("location"));
    assert_eq!(head.text, "");
}
