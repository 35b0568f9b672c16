//! Every reason why an API key opens nothing, each with its own name in `mock-qlik-refusal`.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::seeds::Seed;
use serde_json::{Value, json};

use crate::support::{Actor, Client, EDITIONS, TENANT_ID, UNASSIGNED_ROLE, World};

const ME: &str = "/api/v1/users/me";

/// Asserts that this client is refused, and for which reason.
async fn assert_refused(client: &Client, slug: &str) {
    let answer = client.get(ME).send().await.expect_refusal(401, slug);
    assert_eq!(answer.str("/errors/0/code"), "HTTP-401");
    assert!(
        answer.headers.get("location").is_none(),
        "the refusal comes before the redirect"
    );
}

/// Changes a user as a tenant admin.
async fn change_user(world: &World, id: &str, patch: Value) {
    let admin = world.by_session(Actor::TenantAdmin).await;
    admin
        .patch(&format!("/api/v1/users/{id}"))
        .json(&patch)
        .send()
        .await
        .expect(204);
}

/// A token that no tenant has signed, with these claims.
fn forged(claims: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({ "alg": "ES384", "kid": "11522ba9-6cac-4ca6-86a1-e544556a8b4f", "typ": "JWT" });
    format!(
        "{}.{}.{}",
        part(&header),
        part(claims),
        BASE64_URL_SAFE_NO_PAD.encode([7; 96])
    )
}

#[tokio::test]
async fn no_credential() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        assert_refused(&world.anonymous(), "no-credential").await;
        // A cookie that is not ours, or empty, is none.
        for cookie in ["theme=dark", "eas.sid=", "eas.sid.sig=abc"] {
            let answer = world.anonymous().get(ME).header("cookie", cookie).send().await;
            answer.expect_refusal(401, "no-credential");
        }
    }
}

#[tokio::test]
async fn malformed_credentials() {
    let world = World::start(Edition::Classic).await;
    let token = Actor::KeyHolder.person().token();
    let [header, claims, signature] = token.splitn(3, '.').collect::<Vec<_>>().try_into().unwrap();
    let values = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {token}"),
        format!("Digest {token}"),
        token.to_owned(),
        format!("Bearer{token}"),
        "Bearer nonsense".to_owned(),
        "Bearer a.b.c".to_owned(),
        format!("Bearer {header}.{claims}"),
        format!("Bearer {token}.{signature}"),
        format!("Bearer {header}.!.{signature}"),
        format!(
            "Bearer {header}.{}.{signature}",
            BASE64_URL_SAFE_NO_PAD.encode("no json")
        ),
        format!(
            "Bearer {header}.{}.{signature}",
            BASE64_URL_SAFE_NO_PAD.encode("[]")
        ),
        "Bearer é".to_owned(),
    ];
    for value in values {
        let answer = world
            .anonymous()
            .get(ME)
            .header("authorization", &value)
            .send()
            .await;
        assert_eq!(answer.refusal(), Some("malformed-credential"), "{value}");
        answer.expect_refusal(401, "malformed-credential");
    }
}

#[tokio::test]
async fn a_token_that_was_never_issued() {
    let world = World::start(Edition::Classic).await;
    let claims = json!({ "subType": "user", "tenantId": TENANT_ID, "sub": Actor::TenantAdmin.person().id });
    assert_refused(&world.with_token(&forged(&claims)), "unknown-credential").await;
    assert_refused(&world.with_token(&forged(&json!({}))), "unknown-credential").await;

    // One character of the signature is enough.
    let token = Actor::KeyHolder.person().token();
    let (rest, last) = token.split_at(token.len() - 4);
    let other = if last == "AAAA" { "AAAE" } else { "AAAA" };
    assert_refused(&world.with_token(&format!("{rest}{other}")), "unknown-credential").await;
    world.with_token(token).get(ME).send().await.expect(301);
}

#[tokio::test]
async fn a_token_of_another_tenant() {
    let world = World::start(Edition::Classic).await;
    let claims = json!({ "subType": "user", "tenantId": "Zz7545_another_tenant_0000000002" });
    assert_refused(&world.with_token(&forged(&claims)), "wrong-tenant").await;
}

#[tokio::test]
async fn an_expired_key() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let minted = world.mint(&world.by_key(Actor::KeyHolder), "short", "PT1H").await;
        let key = world.with_token(&minted.token);
        world.advance(TimeDelta::hours(1) - TimeDelta::milliseconds(1));
        key.get(ME).send().await.expect(301);
        world.advance(TimeDelta::milliseconds(1));
        assert_refused(&key, "key-expired").await;

        let holder = world.by_session(Actor::KeyHolder).await;
        let list = holder
            .get("/api/v1/api-keys?status=expired")
            .send()
            .await
            .expect(200);
        assert_eq!(list.each("id"), [minted.id]);
    }
}

#[tokio::test]
async fn a_revoked_key() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let holder = world.by_key(Actor::KeyHolder);
        let path = format!("/api/v1/api-keys/{}", Actor::KeyHolder.person().key_id);
        world
            .by_session(Actor::TenantAdmin)
            .await
            .delete(&path)
            .send()
            .await
            .expect(204);
        assert_refused(&holder, "key-revoked").await;

        // It stays revoked when it would have expired.
        world.advance(TimeDelta::days(366));
        assert_refused(&holder, "key-revoked").await;
        let session = world.by_session(Actor::KeyHolder).await;
        let list = session
            .get("/api/v1/api-keys?status=revoked")
            .send()
            .await
            .expect(200);
        assert_eq!(list.each("id"), [Actor::KeyHolder.person().key_id]);
    }
}

#[tokio::test]
async fn a_key_that_its_owner_has_deleted() {
    let world = World::start(Edition::Classic).await;
    let holder = world.by_key(Actor::KeyHolder);
    let path = format!("/api/v1/api-keys/{}", Actor::KeyHolder.person().key_id);
    holder.delete(&path).send().await.expect(204);
    assert_refused(&holder, "unknown-credential").await;
}

#[tokio::test]
async fn a_disabled_owner() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let (key, session) = (
            world.by_key(Actor::KeyHolder),
            world.by_session(Actor::KeyHolder).await,
        );
        let id = Actor::KeyHolder.person().id;
        change_user(
            &world,
            id,
            json!([{ "op": "replace", "path": "/status", "value": "disabled" }]),
        )
        .await;
        assert_refused(&key, "owner-disabled").await;
        assert_refused(&session, "owner-disabled").await;
        change_user(
            &world,
            id,
            json!([{ "op": "replace", "path": "/status", "value": "active" }]),
        )
        .await;
        key.get(ME).send().await.expect(301);
    }
}

#[tokio::test]
async fn a_deleted_owner() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let (key, session) = (
            world.by_key(Actor::KeyHolder),
            world.by_session(Actor::KeyHolder).await,
        );
        let admin = world.by_session(Actor::TenantAdmin).await;
        let user = format!("/api/v1/users/{}", Actor::KeyHolder.person().id);
        admin.delete(&user).send().await.expect(204);
        assert_refused(&key, "owner-deleted").await;
        assert_refused(&session, "owner-deleted").await;
    }
}

#[tokio::test]
async fn keys_switched_off_in_the_classic_edition() {
    let world = World::start(Edition::Classic).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let switch = async |on: bool| {
        let patch = json!([{ "op": "replace", "path": "/api_keys_enabled", "value": on }]);
        let path = format!("/api/v1/api-keys/configs/{TENANT_ID}");
        admin.patch(&path).json(&patch).send().await.expect(204);
    };
    let keys =
        [Actor::KeyHolder, Actor::TenantAdminHoldingKeys, Actor::ScimClient].map(|actor| world.by_key(actor));
    switch(false).await;
    for key in &keys {
        assert_refused(key, "keys-switched-off").await;
    }
    world
        .by_session(Actor::KeyHolder)
        .await
        .get(ME)
        .send()
        .await
        .expect(301);
    switch(true).await;
    keys[0].get(ME).send().await.expect(301);
}

#[tokio::test]
async fn the_current_edition_has_no_switch() {
    // In this seed the switch is off.
    let world = World::start_with(Edition::Current, Seed::shipped("tutorial").unwrap()).await;
    let admin = world.sign_in("admin@example.com").await;
    let roles = admin
        .get("/api/v1/roles")
        .query(&[("filter", "name eq \"UserDefault\"")])
        .send()
        .await
        .expect(200);
    let grant = json!([{ "op": "add", "path": "/assignedScopes/-", "value": "api-keys" }]);
    let path = format!("/api/v1/roles/{}", roles.str("/data/0/id"));
    admin.patch(&path).json(&grant).send().await.expect(204);
    let minted = world.mint(&admin, "without a switch", "").await;
    world.with_token(&minted.token).get(ME).send().await.expect(301);
}

#[tokio::test]
async fn the_role_developer_taken_away_in_the_classic_edition() {
    let world = World::start(Edition::Classic).await;
    let key = world.by_key(Actor::KeyHolder);
    let id = Actor::KeyHolder.person().id;
    let role = |op, path| json!([{ "op": op, "path": path, "value": { "name": "Developer" } }]);
    change_user(&world, id, role("remove-value", "/assignedRoles")).await;
    assert_refused(&key, "permission-gone").await;
    change_user(&world, id, role("add", "/assignedRoles/-")).await;
    key.get(ME).send().await.expect(301);
}

#[tokio::test]
async fn in_the_classic_edition_a_scope_does_not_replace_the_role() {
    let world = World::start(Edition::Classic).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let grant = json!([{ "op": "add", "path": "/assignedScopes/-", "value": "api-keys" }]);
    admin
        .patch(&format!("/api/v1/roles/{UNASSIGNED_ROLE}"))
        .json(&grant)
        .send()
        .await
        .expect(204);
    let assign = json!([{ "op": "add", "path": "/assignedRoles/-", "value": { "id": UNASSIGNED_ROLE } }]);
    change_user(&world, Actor::User.person().id, assign).await;
    assert_refused(&world.by_key(Actor::User), "permission-gone").await;
}

#[tokio::test]
async fn the_scope_taken_away_in_the_current_edition() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let role_path = async |name: &str| {
        let filter = format!("name eq \"{name}\"");
        let roles = admin
            .get("/api/v1/roles")
            .query(&[("filter", &filter)])
            .send()
            .await
            .expect(200);
        format!("/api/v1/roles/{}", roles.str("/data/0/id"))
    };
    let (custom, default) = (role_path("Developer").await, role_path("UserDefault").await);
    let change = async |role: &str, op: &str, path: &str| {
        let patch = json!([{ "op": op, "path": path, "value": "api-keys" }]);
        admin.patch(role).json(&patch).send().await.expect(204);
    };
    let (holder, user) = (world.by_key(Actor::KeyHolder), world.by_key(Actor::User));

    change(&custom, "remove-value", "/assignedScopes").await;
    assert_refused(&holder, "permission-gone").await;

    // UserDefault gives it to everybody, and takes it from everybody.
    change(&default, "add", "/assignedScopes/-").await;
    holder.get(ME).send().await.expect(301);
    user.get(ME).send().await.expect(301);
    change(&default, "remove-value", "/assignedScopes").await;
    assert_refused(&holder, "permission-gone").await;
    assert_refused(&user, "permission-gone").await;

    // So does a custom role that somebody has.
    change(&custom, "add", "/assignedScopes/-").await;
    holder.get(ME).send().await.expect(301);
    assert_refused(&user, "permission-gone").await;
    let role = json!([{ "op": "remove-value", "path": "/assignedRoles", "value": { "name": "Developer" } }]);
    change_user(&world, Actor::KeyHolder.person().id, role).await;
    assert_refused(&holder, "permission-gone").await;
}

#[tokio::test]
async fn the_credential_is_judged_before_anything_else() {
    let world = World::start(Edition::Classic).await;
    let anonymous = world.anonymous();
    let requests = [
        anonymous
            .post("/api/v1/api-keys")
            .body("application/json", "{ no json"),
        anonymous.post("/api/v1/api-keys").body("text/plain", "text"),
        anonymous
            .post("/api/v1/users")
            .body("application/json", vec![b' '; 600_000]),
        anonymous.get("/api/v1/api-keys?limit=0"),
        anonymous.get("/api/v1/api-keys/unknown"),
        anonymous.get("/api/v1/tenants/unknown"),
    ];
    for request in requests {
        request.send().await.expect_refusal(401, "no-credential");
    }
}
