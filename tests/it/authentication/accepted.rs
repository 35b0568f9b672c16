//! What opens a door, and as whom.

use serde_json::json;

use crate::support::{Actor, BYSTANDER, Client, EDITIONS, World};

/// Whom the tenant takes this client for.
async fn me(client: &Client) -> String {
    let answer = client.get("/api/v1/users/me").send().await.expect(301);
    client
        .get(answer.header("location"))
        .send()
        .await
        .expect(200)
        .str("/id")
        .to_owned()
}

#[tokio::test]
async fn a_key_and_a_session_open_the_same_door() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        for client in [
            world.by_key(Actor::KeyHolder),
            world.by_session(Actor::KeyHolder).await,
        ] {
            assert_eq!(me(&client).await, Actor::KeyHolder.person().id);
        }
    }
}

#[tokio::test]
async fn the_scheme_may_be_written_in_any_case_and_with_more_blanks() {
    let world = World::start(EDITIONS[0]).await;
    let token = Actor::KeyHolder.person().token();
    for value in [
        format!("bearer {token}"),
        format!("BEARER {token}"),
        format!("Bearer   {token}"),
    ] {
        world
            .anonymous()
            .get("/api/v1/users/me")
            .header("authorization", &value)
            .send()
            .await
            .expect(301);
    }
}

#[tokio::test]
async fn a_bearer_token_wins_over_a_cookie() {
    let world = World::start(EDITIONS[0]).await;
    let session = world.by_session(Actor::TenantAdmin).await;
    let key = world.by_key(Actor::KeyHolder);

    let both = key
        .get("/api/v1/users/me")
        .header("cookie", session.secret())
        .send()
        .await
        .expect(301);
    assert!(both.header("location").ends_with(Actor::KeyHolder.person().id));

    // The cookie must not make the request one that needs a CSRF token.
    let body = json!({ "description": "made with both" });
    let made = key
        .post("/api/v1/api-keys")
        .header("cookie", session.secret())
        .json(&body)
        .send()
        .await
        .expect(201);
    assert_eq!(made.str("/sub"), Actor::KeyHolder.person().id);

    // A good cookie does not save a bad token.
    let mut bad = session
        .get("/api/v1/users/me")
        .header("authorization", "Bearer nonsense");
    bad.send().await.expect_refusal(401, "malformed-credential");
    bad = session.get("/api/v1/users/me").header("authorization", "");
    bad.send().await.expect_refusal(401, "malformed-credential");
}

#[tokio::test]
async fn a_session_is_found_among_other_cookies() {
    let world = World::start(EDITIONS[0]).await;
    let session = world.by_session(Actor::User).await;
    let cookies = format!("theme=dark; {}; eas.sid.sig=abc", session.secret());
    world
        .anonymous()
        .get("/api/v1/users/me")
        .header("cookie", &cookies)
        .send()
        .await
        .expect(301);
}

#[tokio::test]
async fn permissions_of_a_session_are_those_of_the_moment() {
    let world = World::start(EDITIONS[0]).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let promoted = world.by_session(Actor::User).await;
    promoted
        .get("/api/v1/roles")
        .send()
        .await
        .expect_refusal(403, "not-tenant-admin");

    let user = format!("/api/v1/users/{}", Actor::User.person().id);
    let role = json!({ "name": "TenantAdmin" });
    let add = json!([{ "op": "add", "path": "/assignedRoles/-", "value": role }]);
    admin.patch(&user).json(&add).send().await.expect(204);
    promoted.get("/api/v1/roles").send().await.expect(200);

    let remove = json!([{ "op": "remove-value", "path": "/assignedRoles", "value": role }]);
    admin.patch(&user).json(&remove).send().await.expect(204);
    promoted
        .get("/api/v1/roles")
        .send()
        .await
        .expect_refusal(403, "not-tenant-admin");
}

#[tokio::test]
async fn every_subject_has_a_session_and_keys_of_its_own() {
    let world = World::start(EDITIONS[1]).await;
    let (one, other) = (
        world.by_key(Actor::KeyHolder),
        world.with_token(BYSTANDER.token()),
    );
    assert_eq!(me(&one).await, Actor::KeyHolder.person().id);
    assert_eq!(me(&other).await, BYSTANDER.id);
    let (one, other) = (
        world.by_session(Actor::User).await,
        world.by_session(Actor::User).await,
    );
    assert_ne!(one.secret(), other.secret(), "two sessions of one user are two");
    assert_ne!(one.csrf(), other.csrf());
}
