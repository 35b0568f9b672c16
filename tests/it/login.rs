//! `POST /login/jwt-session`: who gets a session by a token, who becomes a user by it, and who does neither.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Client, EDITIONS, World, jwt};

const LOGIN: &str = "/login/jwt-session";
const USERS: &str = "/api/v1/users";
const PROVIDERS: &str = "/api/v1/identity-providers";

async fn log_in(world: &World, token: &str) -> Answer {
    world.with_token(token).post(LOGIN).send().await
}

/// Logs in with good claims but for those that are given.
async fn log_in_with(world: &World, token_id: &str, claims: &[(&str, Value)]) -> Answer {
    let token = jwt::sign(&jwt::header(), &claims_with(world, token_id, claims));
    log_in(world, &token).await
}

/// Good claims but for those that are given; one that is given as null is left out.
fn claims_with(world: &World, token_id: &str, claims: &[(&str, Value)]) -> Value {
    let mut all = jwt::claims(world.now(), token_id);
    for (name, value) in claims {
        let members = all.as_object_mut().unwrap();
        match value {
            Value::Null => drop(members.remove(*name)),
            value => drop(members.insert((*name).to_owned(), value.clone())),
        }
    }
    all
}

/// Name and value of every cookie, in their order.
fn cookies(answer: &Answer) -> Vec<(String, String)> {
    let values = answer.headers.get_all("set-cookie").into_iter();
    let pairs = values.map(|value| value.to_str().unwrap().split(';').next().unwrap());
    pairs
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The user behind a session, as the session itself sees it.
async fn me(world: &World, session: &Answer) -> Value {
    let cookie = format!("eas.sid={}", cookies(session)[0].1);
    let anonymous = world.anonymous();
    let here = anonymous.get("/api/v1/users/me").header("cookie", &cookie);
    let address = here.send().await.expect(301).header("location").to_owned();
    let user = anonymous.get(&address).header("cookie", &cookie);
    user.send().await.expect(200).json
}

async fn users(admin: &Client) -> Value {
    let list = admin.get(USERS).query(&[("limit", "100")]);
    list.send().await.expect(200).json["data"].clone()
}

#[tokio::test]
async fn a_token_begins_a_session_for_a_user_who_is_new() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let session = log_in_with(&world, "1", &[]).await.expect(200);
        assert_eq!(session.json, json!({}));
        assert_eq!(session.header("cache-control"), "no-store");
        let user = me(&world, &session).await;
        assert_eq!(user["subject"], "harry");
        assert_eq!(user["name"], "Hardcore Harry");
        assert_eq!(user["email"], "harry@example.com");
        assert_eq!(user["status"], "active");
        assert_eq!(user["assignedRoles"], json!([]));
    }
}

#[tokio::test]
async fn the_four_cookies_carry_the_session_and_its_csrf_token() {
    let world = World::start(Edition::Current).await;
    let session = log_in_with(&world, "1", &[]).await.expect(200);
    let cookies = cookies(&session);
    let names: Vec<_> = cookies.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["eas.sid", "eas.sid.sig", "_csrfToken", "_csrfToken.sig"]);
    for cookie in session.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        // Over plain HTTP no browser would take `SameSite=None`.
        assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    }
    let all: Vec<_> = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let (all, csrf) = (all.join("; "), &cookies[2].1);
    let asked = world.anonymous().get("/api/v1/csrf-token").header("cookie", &all);
    assert_eq!(asked.send().await.expect(204).header("qlik-csrf-token"), csrf);
    let id = me(&world, &session).await["id"].as_str().unwrap().to_owned();
    let patch = json!([{ "op": "replace", "path": "/preferredLocale", "value": "sv" }]);
    let change = || {
        let request = world.anonymous().patch(&format!("{USERS}/{id}"));
        request.header("cookie", &all).json(&patch)
    };
    change().send().await.expect_refusal(403, "csrf-token");
    change().header("qlik-csrf-token", csrf).send().await.expect(204);
}

#[tokio::test]
async fn a_session_ends_by_the_settings_of_signing_in() {
    let world = World::start(Edition::Current).await;
    let session = log_in_with(&world, "1", &[]).await.expect(200);
    me(&world, &session).await;
    world.advance(TimeDelta::minutes(30));
    let cookie = format!("eas.sid={}", cookies(&session)[0].1);
    let late = world
        .anonymous()
        .get("/api/v1/users/me")
        .header("cookie", &cookie);
    late.send().await.expect_refusal(401, "session-ended");
}

#[tokio::test]
async fn a_user_becomes_what_the_next_token_says() {
    let world = World::start(Edition::Current).await;
    let first = me(&world, &log_in_with(&world, "1", &[]).await.expect(200)).await;
    world.advance(TimeDelta::seconds(10));
    let same = me(&world, &log_in_with(&world, "2", &[]).await.expect(200)).await;
    assert_eq!(
        same, first,
        "nothing has changed, the date of the last change included"
    );
    let changed = [("name", json!("Harry")), ("email", json!("h@example.com"))];
    let session = log_in_with(&world, "3", &changed).await.expect(200);
    let changed = me(&world, &session).await;
    assert_eq!(changed["id"], first["id"]);
    assert_eq!(
        (&changed["name"], &changed["email"]),
        (&json!("Harry"), &json!("h@example.com"))
    );
    assert_ne!(changed["lastUpdatedAt"], first["lastUpdatedAt"]);
}

#[tokio::test]
async fn the_groups_of_a_token_bring_their_roles_and_take_them_away() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let settings = json!([{ "op": "replace", "path": "/autoCreateGroups", "value": true }]);
    let settings = admin.patch("/api/v1/groups/settings").json(&settings);
    settings.send().await.expect(204);
    let sales = [("groups", json!(["Admins", "Sales"]))];
    let session = log_in_with(&world, "1", &sales).await.expect(200);
    let names = |user: &Value| -> Vec<String> {
        let groups = user["assignedGroups"].as_array().unwrap().iter();
        groups
            .map(|group| group["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let user = me(&world, &session).await;
    assert_eq!(names(&user), ["Admins", "Sales"]);
    let cookie = format!("eas.sid={}", cookies(&session)[0].1);
    let roles = || world.anonymous().get("/api/v1/roles").header("cookie", &cookie);
    roles().send().await.expect_refusal(403, "not-tenant-admin");
    let group = format!(
        "/api/v1/groups/{}",
        user["assignedGroups"][0]["id"].as_str().unwrap()
    );
    let assign = json!([{ "op": "replace", "path": "/assignedRoles", "value": [{ "name": "TenantAdmin" }] }]);
    admin.patch(&group).json(&assign).send().await.expect(204);
    roles().send().await.expect(200);
    // A token that says nothing of groups leaves them as they are; an empty list does not.
    log_in_with(&world, "2", &[]).await.expect(200);
    roles().send().await.expect(200);
    let session = log_in_with(&world, "3", &[("groups", json!([]))])
        .await
        .expect(200);
    assert_eq!(names(&me(&world, &session).await), [""; 0]);
    roles().send().await.expect_refusal(403, "not-tenant-admin");
}

#[tokio::test]
async fn a_verified_address_leads_to_its_user_and_another_does_not() {
    let world = World::start(Edition::Current).await;
    let viewer = Actor::User.person().id;
    let unverified = [
        ("email", json!("viewer@example.com")),
        ("email_verified", json!(false)),
    ];
    let session = log_in_with(&world, "1", &unverified).await.expect(200);
    let other = me(&world, &session).await;
    assert_ne!(other["id"], viewer);
    assert_eq!(
        other["email"],
        Value::Null,
        "the address stays with whoever has it"
    );
    let verified = [
        ("email", json!("viewer@example.com")),
        ("sub", json!("idp|viewer")),
    ];
    let session = log_in_with(&world, "2", &verified).await.expect(200);
    let user = me(&world, &session).await;
    assert_eq!(
        (&user["id"], &user["subject"]),
        (&json!(viewer), &json!("idp|viewer"))
    );
}

#[tokio::test]
async fn an_invited_user_accepts_by_a_token_unless_it_is_too_late() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdminHoldingKeys).await;
    let invite = json!({ "invitees": [{ "email": "harry@example.com" }, { "email": "late@example.com" }] });
    let invite = admin.post(&format!("{USERS}/actions/invite")).json(&invite);
    let invited = invite.send().await.expect(207).json["data"][0]["userId"].clone();
    let user = me(&world, &log_in_with(&world, "1", &[]).await.expect(200)).await;
    assert_eq!((&user["id"], &user["status"]), (&invited, &json!("active")));
    world.advance(TimeDelta::days(8));
    let late = [("sub", json!("late")), ("email", json!("late@example.com"))];
    log_in_with(&world, "2", &late)
        .await
        .expect_refusal(401, "invite-expired");
}

#[tokio::test]
async fn a_token_is_taken_once_even_by_many_at_once() {
    let world = World::start(Edition::Current).await;
    let token = jwt::sign(&jwt::header(), &jwt::claims(world.now(), "once"));
    let statuses = {
        let tries = (0..8).map(|_| {
            let client = world.with_token(&token);
            tokio::spawn(async move { client.post(LOGIN).send().await.status })
        });
        let mut statuses = Vec::new();
        for one in tries.collect::<Vec<_>>() {
            statuses.push(one.await.unwrap());
        }
        statuses
    };
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|status| **status == 401).count(),
        7,
        "{statuses:?}"
    );
    // Another token with the same `jti` is no better.
    let other = [("sub", json!("sally")), ("email", json!("sally@example.com"))];
    log_in_with(&world, "once", &other)
        .await
        .expect_refusal(401, "jwt-replayed");
    log_in_with(&world, "twice", &other).await.expect(200);
}

#[tokio::test]
async fn its_time_is_the_tenants_time() {
    let world = World::start(Edition::Current).await;
    let now = world.now().timestamp();
    let at = |begin: i64, end: i64| [("nbf", json!(now + begin)), ("exp", json!(now + end))];
    // The default tolerance is five seconds.
    log_in_with(&world, "1", &at(6, 60))
        .await
        .expect_refusal(401, "jwt-not-yet-valid");
    log_in_with(&world, "2", &at(5, 60)).await.expect(200);
    log_in_with(&world, "3", &at(-60, -5))
        .await
        .expect_refusal(401, "jwt-expired");
    log_in_with(&world, "4", &at(-60, -4)).await.expect(200);
    log_in_with(&world, "5", &at(0, 3600)).await.expect(200);
    let long = log_in_with(&world, "6", &at(0, 3601)).await.expect(400);
    assert_eq!(long.str("/errors/0/code"), "INTERNAL-TOKEN-1");
    world.advance(TimeDelta::hours(2));
    let token = jwt::sign(&jwt::header(), &jwt::claims(world.now(), "later"));
    log_in(&world, &token).await.expect(200);
}

#[tokio::test]
async fn a_missing_claim_is_named_as_the_service_names_it() {
    let world = World::start(Edition::Current).await;
    for name in [
        "sub",
        "subType",
        "name",
        "email",
        "email_verified",
        "jti",
        "iat",
        "nbf",
        "exp",
        "aud",
    ] {
        let answer = log_in_with(&world, name, &[(name, Value::Null)])
            .await
            .expect(400);
        assert_eq!(
            answer.json,
            json!({ "errors": [{
                "code": "INTERNAL-TOKEN-1",
                "title": "Invalid token request",
                "detail": format!("JWT_LOGIN_VALIDATIONS Missing required claim: {name}"),
                "status": "400",
            }] })
        );
    }
    for (name, value) in [
        ("subType", json!("externalClient")),
        ("groups", json!("Sales")),
        ("email_verified", json!("yes")),
    ] {
        let answer = log_in_with(&world, "2", &[(name, value)]).await.expect(400);
        assert!(answer.str("/errors/0/detail").contains(name), "{}", answer.text);
    }
}

#[tokio::test]
async fn whatever_is_not_signed_by_the_provider_begins_nothing_and_makes_nobody() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let before = users(&admin).await;
        let claims = jwt::claims(world.now(), "1");
        let header_with = |name: &str, value: &str| {
            let mut header = jwt::header();
            header[name] = value.into();
            header
        };
        let unsigned = jwt::without_signature(&header_with("alg", "none"), &claims);
        let with_claim = |name: &str, value: &str| claims_with(&world, "1", &[(name, json!(value))]);
        let key = Actor::KeyHolder.person().token().to_owned();
        for (token, why) in [
            (jwt::sign_as_a_stranger(&jwt::header(), &claims), "jwt-signature"),
            (format!("{unsigned}."), "jwt-algorithm"),
            (unsigned, "malformed-credential"),
            (jwt::sign(&header_with("alg", "none"), &claims), "jwt-algorithm"),
            (jwt::sign(&header_with("alg", "HS256"), &claims), "jwt-algorithm"),
            (jwt::sign(&header_with("alg", "ES384"), &claims), "jwt-algorithm"),
            (jwt::sign(&header_with("alg", "RS512"), &claims), "jwt-signature"),
            (
                jwt::sign(&header_with("kid", "another"), &claims),
                "jwt-unknown-key",
            ),
            (
                jwt::sign(&jwt::header(), &with_claim("iss", "https://idp.example.org")),
                "jwt-unknown-issuer",
            ),
            (
                jwt::sign(&jwt::header(), &with_claim("aud", "qlik.api")),
                "jwt-audience",
            ),
            (
                jwt::sign(&jwt::header(), &claims).replace("eyJ", "eyK"),
                "malformed-credential",
            ),
            ("nonsense".to_owned(), "malformed-credential"),
            (key, "jwt-unknown-issuer"),
        ] {
            let answer = log_in(&world, &token).await.expect_refusal(401, why);
            assert_eq!(answer.headers.get("set-cookie"), None);
        }
        let signed = jwt::sign(&jwt::header(), &claims);
        let (head, signature) = signed.rsplit_once('.').unwrap();
        let forged = jwt::without_signature(&jwt::header(), &with_claim("sub", "admin"));
        assert_ne!(head, forged);
        log_in(&world, &format!("{forged}.{signature}"))
            .await
            .expect_refusal(401, "jwt-signature");
        let nobody = world.anonymous().post(LOGIN).send().await;
        nobody.expect_refusal(401, "no-credential");
        assert_eq!(users(&admin).await, before);
        // And the `jti` of all those is as good as new.
        log_in(&world, &signed).await.expect(200);
    }
}

#[tokio::test]
async fn a_token_opens_nothing_by_itself() {
    let world = World::start(Edition::Current).await;
    let token = jwt::sign(&jwt::header(), &jwt::claims(world.now(), "1"));
    let me = world.with_token(&token).get("/api/v1/users/me");
    me.send().await.expect_refusal(401, "unknown-credential");
}

#[tokio::test]
async fn a_disabled_user_gets_no_session_and_a_deleted_one_begins_anew() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let user = me(&world, &log_in_with(&world, "1", &[]).await.expect(200)).await;
    let path = format!("{USERS}/{}", user["id"].as_str().unwrap());
    let disable = json!([{ "op": "replace", "path": "/status", "value": "disabled" }]);
    admin.patch(&path).json(&disable).send().await.expect(204);
    log_in_with(&world, "2", &[])
        .await
        .expect_refusal(401, "owner-disabled");
    admin.delete(&path).send().await.expect(204);
    let again = me(&world, &log_in_with(&world, "3", &[]).await.expect(200)).await;
    assert_ne!(again["id"], user["id"]);
}

#[tokio::test]
async fn without_its_provider_a_token_begins_nothing() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let session = log_in_with(&world, "1", &[]).await.expect(200);
    let provider = format!("{PROVIDERS}/{}", jwt::PROVIDER_ID);
    admin.delete(&provider).send().await.expect(204);
    log_in_with(&world, "2", &[])
        .await
        .expect_refusal(401, "jwt-unknown-issuer");
    me(&world, &session).await;
}

#[tokio::test]
async fn a_deactivated_tenant_gives_no_session() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let deactivate = format!("/api/v1/tenants/{}/actions/deactivate", crate::support::TENANT_ID);
    let deactivate = admin
        .post(&deactivate)
        .header("qlik-confirm-hostname", crate::support::HOSTNAME);
    deactivate.send().await.expect(200);
    log_in_with(&world, "1", &[])
        .await
        .expect_refusal(401, "tenant-disabled");
}

#[tokio::test]
async fn a_reset_forgets_the_tokens_that_were_taken() {
    let world = World::start(Edition::Current).await;
    let token = jwt::sign(&jwt::header(), &jwt::claims(world.now(), "1"));
    log_in(&world, &token).await.expect(200);
    log_in(&world, &token).await.expect_refusal(401, "jwt-replayed");
    let reset = world.anonymous().post("/_mock/reset").outside_the_contract();
    assert!(reset.send().await.status < 300);
    log_in(&world, &token).await.expect(200);
}
