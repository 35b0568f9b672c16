//! The attempts of `table.txt` that need no OAuth client: keys, sessions, forms, tokens of a JWT provider, pages of other
//! sites, the control API.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use p384::ecdsa::signature::Signer as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::{CONTROL_TOKEN, oauth};
use crate::control::control;
use crate::support::{Actor, Client, HOSTNAME, Request, TENANT_ID, WEB_INTEGRATION, World, jwt};

pub(super) const ME: &str = "/api/v1/users/me";

/// An origin that the web integration of the seed lists.
const LISTED: &str = "https://mashup.example";

/// Prepares an attempt, up to the request that it is about.
pub(super) async fn attempt(world: &World, way: &str, attempt: &str) -> Request {
    match way {
        "API key" => api_key(world, attempt).await,
        "SCIM key" => scim_key(world, attempt).await,
        "session" => session(world, attempt).await,
        "CSRF token" => csrf(world, attempt).await,
        "CSRF token of a form" => form(world, attempt).await,
        "log-in" => log_in(world, attempt).await,
        "JWT of a provider" => provider(world, attempt).await,
        "web integration" => web_integration(world, attempt).await,
        "IP policy" => ip_policy(world, attempt).await,
        "control token" => control_token(world, attempt),
        "control cookie" => control_cookie(world, attempt).await,
        _ => oauth::attempt(world, way, attempt).await,
    }
}

/// A row of the table that nobody has written an attempt for.
pub(super) fn unknown(attempt: &str) -> ! {
    panic!("nobody knows how to try: {attempt}")
}

/// Somebody who may do anything in the tenant.
pub(super) async fn admin(world: &World) -> Client {
    world.by_session(Actor::TenantAdmin).await
}

/// Changes a user, as a tenant admin; deletes the user without a change.
pub(super) async fn change_user(world: &World, path: &str, change: Option<Value>) {
    let admin = admin(world).await;
    let request = match &change {
        Some(patch) => admin.patch(path).json(patch),
        None => admin.delete(path),
    };
    request.send().await.expect(204);
}

/// The change by which a user is disabled.
pub(super) fn disabled() -> Option<Value> {
    Some(json!([{ "op": "replace", "path": "/status", "value": "disabled" }]))
}

/// Deactivates the tenant.
pub(super) async fn deactivate(world: &World) {
    let path = format!("/api/v1/tenants/{TENANT_ID}/actions/deactivate");
    let request = admin(world).await.post(&path);
    request
        .header("qlik-confirm-hostname", HOSTNAME)
        .send()
        .await
        .expect(200);
}

/// A token with other claims or another header, as far as they are given, and the signature that is asked for.
pub(super) fn forged(
    token: &str,
    header: Option<&Value>,
    claim: Option<(&str, &str)>,
    signature: &str,
) -> String {
    let parts: Vec<_> = token.split('.').collect();
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let header = header.map_or_else(|| parts[0].to_owned(), encode);
    let claims = claim.map_or_else(
        || parts[1].to_owned(),
        |(name, value)| {
            let mut claims: Value =
                serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
            claims[name] = value.into();
            encode(&claims)
        },
    );
    let signature = match signature {
        "its own" => parts[2].to_owned(),
        "none" => String::new(),
        "a stranger's" => {
            let stranger = p384::ecdsa::SigningKey::from_slice(&[7; 48]).unwrap();
            let signature: p384::ecdsa::Signature = stranger.sign(format!("{header}.{claims}").as_bytes());
            BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes())
        }
        other => unknown(other),
    };
    format!("{header}.{claims}.{signature}")
}

/// The same token as nobody has issued it; none if an attempt is about something else.
pub(super) fn not_issued(token: &str, attempt: &str) -> Option<String> {
    let none = json!({ "alg": "none", "typ": "JWT" });
    Some(match attempt {
        "malformed" => "nonsense".to_owned(),
        "algorithm none" => forged(token, Some(&none), None, "none"),
        "a stranger's signature" => forged(token, None, None, "a stranger's"),
        "other claims" => forged(
            token,
            None,
            Some(("sub", Actor::TenantAdmin.person().id)),
            "its own",
        ),
        "of another tenant" => forged(
            token,
            None,
            Some(("tenantId", "Zz7545_another_tenant_0000000002")),
            "its own",
        ),
        // Still whole in base64.
        "cut short" => token[..token.len() - 4].to_owned(),
        _ => return None,
    })
}

async fn api_key(world: &World, attempt: &str) -> Request {
    let holder = Actor::KeyHolder.person();
    let user = format!("/api/v1/users/{}", holder.id);
    let get = |token: &str| world.with_token(token).get(ME);
    let with = |value: &str| world.anonymous().get(ME).header("authorization", value);
    if let Some(token) = not_issued(holder.token(), attempt) {
        return get(&token);
    }
    match attempt {
        "good" => {}
        "missing" => return world.anonymous().get(ME),
        "in the query" => {
            return world
                .anonymous()
                .get(ME)
                .query(&[("access_token", holder.token())]);
        }
        "by Basic" => return with(&format!("Basic {}", holder.token())),
        "without a scheme" => return with(holder.token()),
        "made in another emulator" => {
            let other = World::start(Edition::Current).await;
            let maker = other.by_key(Actor::KeyHolder);
            return get(&other.mint(&maker, "elsewhere", "").await.token);
        }
        "made in another tenant of the process" => {
            let body = json!({ "name": "alpha" });
            let made = control(world, Method::POST, "/tenants", Some(&body))
                .await
                .expect(201);
            return get(made.str("/admin/token")).header("host", "default.localhost");
        }
        "brought by the state of another tenant" => {
            let state = control(world, Method::GET, "/seed", None).await.expect(200).json;
            control(world, Method::POST, "/tenants", Some(&json!({ "name": "alpha" })))
                .await
                .expect(201);
            control(world, Method::PUT, "/seed?tenant=alpha", Some(&state))
                .await
                .expect(204);
            return get(holder.token()).header("host", "alpha.localhost");
        }
        "expired" => {
            let minted = world.mint(&world.by_key(Actor::KeyHolder), "short", "PT1H").await;
            world.advance(TimeDelta::hours(1));
            return get(&minted.token);
        }
        "revoked" => {
            let path = format!("/api/v1/api-keys/{}", holder.key_id);
            admin(world).await.delete(&path).send().await.expect(204);
        }
        "deleted" => {
            let path = format!("/api/v1/api-keys/{}", holder.key_id);
            world
                .by_key(Actor::KeyHolder)
                .delete(&path)
                .send()
                .await
                .expect(204);
        }
        "owner disabled" => change_user(world, &user, disabled()).await,
        "owner deleted" => change_user(world, &user, None).await,
        "owner may hold none" => return world.by_key(Actor::User).get(ME),
        "switched off" => switch_off(world).await,
        "tenant deactivated" => deactivate(world).await,
        other => unknown(other),
    }
    get(holder.token())
}

async fn switch_off(world: &World) {
    let patch = json!([{ "op": "replace", "path": "/api_keys_enabled", "value": false }]);
    let path = format!("/api/v1/api-keys/configs/{TENANT_ID}");
    admin(world)
        .await
        .patch(&path)
        .json(&patch)
        .send()
        .await
        .expect(204);
}

async fn scim_key(world: &World, attempt: &str) -> Request {
    let key = Actor::ScimClient.person();
    let token = not_issued(key.token(), attempt).unwrap_or_else(|| key.token().to_owned());
    match attempt {
        "for REST" | "malformed" | "algorithm none" | "a stranger's signature" | "of another tenant" => {}
        "expired" => world.advance(TimeDelta::days(365)),
        "revoked" => {
            let path = format!("/api/v1/api-keys/{}", key.key_id);
            admin(world).await.delete(&path).send().await.expect(204);
        }
        "switched off" => switch_off(world).await,
        other => unknown(other),
    }
    // Not who it is: that is asked of users only.
    world.with_token(&token).get("/api/v1/users")
}

async fn session(world: &World, attempt: &str) -> Request {
    let viewer = world.by_session(Actor::User).await;
    let user = format!("/api/v1/users/{}", Actor::User.person().id);
    let (name, value) = viewer.secret().split_once('=').unwrap();
    let (_, random) = value.split_once('.').unwrap();
    let with = |cookie: &str| world.anonymous().get(ME).header("cookie", cookie);
    match attempt {
        "good" => {}
        "missing" => return world.anonymous().get(ME),
        "empty" => return with(&format!("{name}=")),
        "under another name" => return with(&format!("sid={value}")),
        "nonsense" => return with(&format!("{name}=nonsense")),
        "guessed" => return with(&format!("{name}={TENANT_ID}.{}", "0".repeat(64))),
        "only the tenant of it" => return with(&format!("{name}={TENANT_ID}.")),
        "of another tenant" => return with(&format!("{name}=Zz7545_another_tenant_0000000002.{random}")),
        "as a bearer token" => return world.with_token(value).get(ME),
        "beside a bearer token" => return viewer.get(ME).header("authorization", "Bearer nonsense"),
        "signed out" => drop(viewer.post("/logout").send().await.expect(303)),
        "unused for half an hour" => world.advance(TimeDelta::minutes(30)),
        "older than a day" => {
            for _ in 0..49 {
                viewer.get(ME).send().await.expect(301);
                world.advance(TimeDelta::minutes(29));
            }
            viewer.get(ME).send().await.expect(301);
            world.advance(TimeDelta::minutes(19));
        }
        "user disabled" => change_user(world, &user, disabled()).await,
        "user deleted" => change_user(world, &user, None).await,
        "tenant deactivated" => deactivate(world).await,
        "after a reset" => drop(control(world, Method::POST, "/reset", None).await.expect(204)),
        other => unknown(other),
    }
    viewer.get(ME)
}

async fn csrf(world: &World, attempt: &str) -> Request {
    let (session, other) = (
        admin(world).await,
        world.by_session(Actor::TenantAdminHoldingKeys).await,
    );
    let request = world
        .anonymous()
        .post("/api/v1/roles")
        .json(&json!({ "name": "New" }));
    let request = request.header("cookie", session.secret());
    match attempt {
        "good" => request.header("qlik-csrf-token", session.csrf()),
        "missing" => request,
        "empty" => request.header("qlik-csrf-token", ""),
        "wrong" => request.header("qlik-csrf-token", &"0".repeat(64)),
        "cut short" => request.header("qlik-csrf-token", &session.csrf()[..63]),
        "of another session" => request.header("qlik-csrf-token", other.csrf()),
        "in the query" => request.query(&[("qlik-csrf-token", session.csrf())]),
        other => unknown(other),
    }
}

async fn form(world: &World, attempt: &str) -> Request {
    let (session, other) = (
        admin(world).await,
        world.by_session(Actor::TenantAdminHoldingKeys).await,
    );
    let post = |csrf: Option<&str>| {
        let mut fields = vec![("type", "web"), ("name", "New"), ("consent", "required")];
        fields.extend(csrf.map(|csrf| ("csrf", csrf)));
        let request = world
            .anonymous()
            .post("/console/oauth/new")
            .outside_the_contract();
        request.form(&fields).header("cookie", session.secret())
    };
    let good = || post(Some(session.csrf()));
    match attempt {
        "good" => good(),
        "missing" => post(None),
        "wrong" => post(Some(&"0".repeat(64))),
        "of another session" => post(Some(other.csrf())),
        "from another site" => good().header("origin", "https://evil.example"),
        "from a page without an origin" => good().header("origin", "null"),
        "from a page across sites" => good().header("sec-fetch-site", "cross-site"),
        "without a session" => good().header("cookie", "a=b"),
        "signed out" => {
            let request = good();
            session.post("/logout").send().await.expect(303);
            request
        }
        "tenant deactivated" => {
            deactivate(world).await;
            good()
        }
        other => unknown(other),
    }
}

async fn log_in(world: &World, attempt: &str) -> Request {
    let viewer = Actor::User.person();
    let path = format!("/api/v1/users/{}", viewer.id);
    let post = |user: &str| world.anonymous().post("/login").form(&[("user", user)]);
    match attempt {
        "good" => {}
        "nobody" => return world.anonymous().post("/login").form(&[("returnto", "/")]),
        "somebody unknown" => return post("somebody"),
        "a SCIM client" => return post(Actor::ScimClient.person().id),
        "a bot" => {
            oauth::token(world, "client_credentials", "").await;
            return post(&format!(r"qlikbot\{}", crate::support::ROBOT));
        }
        "disabled" => change_user(world, &path, disabled()).await,
        "deleted" => change_user(world, &path, None).await,
        "invited too long ago" => {
            invite(world).await;
            world.advance(TimeDelta::days(8));
            return post("late@example.com");
        }
        "good at a host name of the tenant" => {
            let mut state = control(world, Method::GET, "/seed", None).await.expect(200).json;
            state["tenant"]["hostnames"] = json!(["qlik.example"]);
            control(world, Method::PUT, "/seed", Some(&state))
                .await
                .expect(204);
            let request = post(viewer.subject).header("host", "qlik.example");
            return request.header("origin", "http://qlik.example");
        }
        "good by a program at any name" => return post(viewer.subject).header("host", "evil.example"),
        "from a page of a rebound name" => {
            let request = post(viewer.subject).header("host", "evil.example");
            return request.header("origin", "http://evil.example");
        }
        "from a page of a rebound name of a tenant" => {
            control(world, Method::POST, "/tenants", Some(&json!({ "name": "alpha" })))
                .await
                .expect(201);
            let request = post("admin@example.com").header("host", "alpha.evil.example");
            return request.header("origin", "http://alpha.evil.example");
        }
        "from another site" => return post(viewer.subject).header("origin", "https://evil.example"),
        "from a page across sites" => return post(viewer.subject).header("sec-fetch-site", "cross-site"),
        other => unknown(other),
    }
    post(viewer.subject)
}

async fn invite(world: &World) {
    let body = json!({ "invitees": [{ "email": "late@example.com" }] });
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    admin
        .post("/api/v1/users/actions/invite")
        .json(&body)
        .send()
        .await
        .expect(207);
}

async fn provider(world: &World, attempt: &str) -> Request {
    let log_in = |token: &str| world.with_token(token).post("/login/jwt-session");
    let signed = |claims: &Value| jwt::sign(&jwt::header(), claims);
    let claims = || jwt::claims(world.now(), "1");
    let now = world.now().timestamp();
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        log_in(&signed(&claims))
    };
    let with_header = |name: &str, value: &str| {
        let mut header = jwt::header();
        header[name] = value.into();
        log_in(&jwt::sign(&header, &claims()))
    };
    match attempt {
        "good" => log_in(&signed(&claims())),
        "missing" => world.anonymous().post("/login/jwt-session"),
        "malformed" => log_in("nonsense"),
        "without a signature" => log_in(&jwt::without_signature(&jwt::header(), &claims())),
        "algorithm none" => {
            let header = json!({ "alg": "none", "typ": "JWT", "kid": jwt::KEY_ID });
            log_in(&format!("{}.", jwt::without_signature(&header, &claims())))
        }
        "algorithm HS256" => with_header("alg", "HS256"),
        "algorithm of another kind of key" => with_header("alg", "ES384"),
        "another digest than was signed" => with_header("alg", "RS512"),
        "a stranger's signature" => log_in(&jwt::sign_as_a_stranger(&jwt::header(), &claims())),
        "other claims than were signed" => {
            let good = signed(&claims());
            log_in(&forged(&good, None, Some(("sub", "admin")), "its own"))
        }
        "an unknown issuer" => with("iss", json!("https://elsewhere.example")),
        "an unknown key" => with_header("kid", "another"),
        "for another audience" => with("aud", json!("qlik.api")),
        "not yet" => with("nbf", json!(now + 6)),
        "issued in the future" => with("iat", json!(now + 6)),
        "about nobody's address" => with("email", json!("harry")),
        "with too long a subject" => with("sub", json!("s".repeat(256))),
        "with too many groups" => with("groups", json!(vec!["Sales"; 501])),
        "expired" => {
            let request = with("exp", json!(now + 60));
            world.advance(TimeDelta::seconds(65));
            request
        }
        "good for too long" => with("exp", json!(now + 3601)),
        "of a SCIM client" => with("subType", json!("externalClient")),
        "without an id" => with("jti", Value::Null),
        "without a subject" => with("sub", Value::Null),
        "a second time" => {
            let request = log_in(&signed(&claims()));
            request.clone().send().await.expect(200);
            request
        }
        "for a disabled user" => {
            change_user(
                world,
                &format!("/api/v1/users/{}", Actor::User.person().id),
                disabled(),
            )
            .await;
            with("sub", json!(Actor::User.person().subject))
        }
        "for somebody invited too long ago" => {
            invite(world).await;
            world.advance(TimeDelta::days(8));
            let mut claims = jwt::claims(world.now(), "1");
            claims["email"] = json!("late@example.com");
            log_in(&signed(&claims))
        }
        "of a deleted provider" => {
            let path = format!("/api/v1/identity-providers/{}", jwt::PROVIDER_ID);
            admin(world).await.delete(&path).send().await.expect(204);
            log_in(&signed(&claims()))
        }
        "tenant deactivated" => {
            deactivate(world).await;
            log_in(&signed(&claims()))
        }
        "to REST" => world.with_token(&signed(&claims())).get(ME),
        other => unknown(other),
    }
}

async fn web_integration(world: &World, attempt: &str) -> Request {
    let viewer = world.by_session(Actor::User).await;
    let from = |origin: &str, id: &str| {
        let request = viewer.get(ME).header("origin", origin);
        request.header("qlik-web-integration-id", id)
    };
    match attempt {
        "good" => from(LISTED, WEB_INTEGRATION),
        "without its id" => viewer.get(ME).header("origin", LISTED),
        "an unknown id" => from(LISTED, "unknown"),
        "for an origin that it does not list" => from("https://evil.example", WEB_INTEGRATION),
        "for another port" => from("https://mashup.example:8443", WEB_INTEGRATION),
        "for another scheme" => from("http://mashup.example", WEB_INTEGRATION),
        "for no origin" => from("null", WEB_INTEGRATION),
        "for an origin that an OAuth client lists" => viewer.get(ME).header("origin", "https://page.example"),
        "deleted" => {
            let path = format!("/api/v1/web-integrations/{WEB_INTEGRATION}");
            admin(world).await.delete(&path).send().await.expect(204);
            from(LISTED, WEB_INTEGRATION)
        }
        other => unknown(other),
    }
}

async fn ip_policy(world: &World, attempt: &str) -> Request {
    let holder = world.by_key(Actor::KeyHolder);
    let policy = json!({ "allowedIps": ["127.0.0.1"], "enabled": true });
    let create = admin(world).await.post("/api/core/ip-policies").json(&policy);
    create.send().await.expect(201);
    match attempt {
        "good" => holder.get(ME),
        "from an address that it leaves out" => holder.coming_from("127.0.0.2").get(ME),
        other => unknown(other),
    }
}

fn control_token(world: &World, attempt: &str) -> Request {
    let reset = |client: Client| client.post("/_mock/reset").outside_the_contract();
    let with = |token: &str| reset(world.anonymous()).header("mock-control-token", token);
    match attempt {
        "good" => with(CONTROL_TOKEN),
        "missing" => reset(world.anonymous()),
        "empty" => with(""),
        "wrong" => with("let me in"),
        "cut short" => with(&CONTROL_TOKEN[..CONTROL_TOKEN.len() - 1]),
        "in capitals" => with(&CONTROL_TOKEN.to_uppercase()),
        "as a bearer token" => {
            reset(world.with_token("x")).header("authorization", &format!("Bearer {CONTROL_TOKEN}"))
        }
        "in the query" => {
            let request = world.anonymous().get("/_mock/clock").outside_the_contract();
            request.query(&[("mock-control-token", CONTROL_TOKEN)])
        }
        "an API key of a tenant admin" => reset(world.by_key(Actor::TenantAdminHoldingKeys)),
        "from another site" => with(CONTROL_TOKEN).header("origin", "https://evil.example"),
        "from a page across sites" => with(CONTROL_TOKEN).header("sec-fetch-site", "cross-site"),
        other => unknown(other),
    }
}

async fn control_cookie(world: &World, attempt: &str) -> Request {
    let page = world.anonymous().post("/_mock/emulator/token");
    let entered = page.form(&[("token", CONTROL_TOKEN)]).send().await.expect(303);
    let cookie = entered.header("set-cookie").split(';').next().unwrap().to_owned();
    let (name, value) = cookie.split_once('=').unwrap();
    let reset = |cookie: &str| {
        let request = world.anonymous().post("/_mock/reset").outside_the_contract();
        request.header("cookie", cookie)
    };
    match attempt {
        "good" => reset(&cookie),
        "empty" => reset(&format!("{name}=")),
        "guessed" => reset(&format!("{name}={}", "0".repeat(64))),
        "the token itself" => reset(&format!("{name}={CONTROL_TOKEN}")),
        "cut short" => reset(&format!("{name}={}", &value[..63])),
        "beside a wrong token" => reset(&cookie).header("mock-control-token", "wrong"),
        "as the token" => reset("a=b").header("mock-control-token", value),
        "from another site" => reset(&cookie).header("origin", "https://evil.example"),
        other => unknown(other),
    }
}
