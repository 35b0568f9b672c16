//! The attempts of `table.txt` around OAuth clients: their tokens, and how they prove who they are.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use reqwest::Method;
use serde_json::{Value, json};

use super::attempts::{ME, admin, change_user, deactivate, disabled, not_issued, unknown};
use crate::control::control;
use crate::oauth::{KeyPair, TOKEN, VERIFIER, ask, authorization, code, credentials, exchange, refresh};
use crate::support::{Actor, Client, PAGE, ROBOT, ROBOT_SECRET, ROBOT_SECRET_HINT, Request, World};

/// Prepares an attempt, up to the request that it is about.
pub(super) async fn attempt(world: &World, way: &str, attempt: &str) -> Request {
    match way {
        "client secret" => secret(world, attempt).await,
        "client secret by Basic" => basic(world, attempt),
        "client assertion" => assertion(world, attempt).await,
        "client for itself" => for_itself(world, attempt).await,
        "client as a user" => as_a_user(world, attempt).await,
        "request for a code" => for_a_code(world, attempt).await,
        "authorization code" => authorization_code(world, attempt).await,
        "refresh token" => refresh_token(world, attempt).await,
        "token exchange" => token_exchange(world, attempt).await,
        "regional token" => regional(world, attempt).await,
        _ => match way.strip_prefix("access token of ") {
            Some(grant) => access_token(world, grant, attempt).await,
            None => unknown(way),
        },
    }
}

fn post(world: &World, body: &Value) -> Request {
    world.anonymous().post(TOKEN).json(body)
}

fn with(mut body: Value, member: &str, value: impl Into<Value>) -> Value {
    body[member] = value.into();
    body
}

/// An access token that came by a grant, of the bot of the robot or of a tenant admin; without a scope, as far as its
/// client may have one.
pub(super) async fn token(world: &World, grant: &str, scope: &str) -> String {
    let issued = match grant {
        "client_credentials" => ask(world, &credentials(scope)).await,
        "user_impersonation" => {
            let body = impersonation("subject", Actor::TenantAdmin.person().subject);
            let body = if scope.is_empty() {
                body
            } else {
                with(body, "scope", scope)
            };
            ask(world, &body).await
        }
        "authorization_code" => by_code(world).await,
        "refresh_token" => {
            let first = by_code(world).await.expect(200);
            ask(world, &refresh(first.str("/refresh_token"))).await
        }
        other => unknown(other),
    };
    issued.expect(200).str("/access_token").to_owned()
}

async fn by_code(world: &World) -> crate::support::Answer {
    let code = code(&admin(world).await).await;
    ask(world, &exchange(&code)).await
}

fn impersonation(field: &str, value: &str) -> Value {
    let body = with(credentials(""), "grant_type", "urn:qlik:oauth:user-impersonation");
    with(body, "user_lookup", json!({ "field": field, "value": value }))
}

async fn delete_client(world: &World, id: &str) {
    let request = admin(world).await.delete(&format!("/api/v1/oauth-clients/{id}"));
    request.header("qlik-confirm-delete", id).send().await.expect(204);
}

async fn patch_client(world: &World, patch: &Value) {
    let path = format!("/api/v1/oauth-clients/{ROBOT}");
    admin(world)
        .await
        .patch(&path)
        .json(patch)
        .send()
        .await
        .expect(204);
}

async fn access_token(world: &World, grant: &str, attempt: &str) -> Request {
    let token = token(world, grant, "").await;
    let client = world.with_token(&token);
    if let Some(token) = not_issued(&token, attempt) {
        return world.with_token(&token).get(ME);
    }
    match attempt {
        "good" => {}
        "good for the tenant" => return client.get("/api/v1/roles"),
        "made in another emulator" => {
            let other = World::start(Edition::Current).await;
            other.advance(TimeDelta::seconds(1));
            let token = self::token(&other, grant, "").await;
            return world.with_token(&token).get(ME);
        }
        "expired" => world.advance(TimeDelta::hours(6)),
        "revoked by its holder" => {
            let body = json!({ "token": token });
            let revoke = world.anonymous().post("/oauth/revoke").json(&body);
            revoke.send().await.expect(200);
        }
        "revoked by an admin" => {
            let admin = admin(world).await;
            let all = admin.get("/api/v1/oauth-tokens").send().await.expect(200);
            for id in all.each("id") {
                let path = format!("/api/v1/oauth-tokens/{id}");
                assert!([204, 404].contains(&admin.delete(&path).send().await.status));
            }
        }
        "client deleted" => {
            let by_page = ["authorization_code", "refresh_token"].contains(&grant);
            delete_client(world, if by_page { PAGE } else { ROBOT }).await;
        }
        "code used again" => {
            let code = code(&admin(world).await).await;
            let issued = ask(world, &exchange(&code)).await.expect(200);
            ask(world, &exchange(&code)).await.expect(400);
            return world.with_token(issued.str("/access_token")).get(ME);
        }
        "refresh token used again" => {
            let first = by_code(world).await.expect(200);
            let again = refresh(first.str("/refresh_token"));
            let second = ask(world, &again).await.expect(200);
            ask(world, &again).await.expect(400);
            return world.with_token(second.str("/access_token")).get(ME);
        }
        "user disabled" => {
            let user = client
                .get(ME)
                .send()
                .await
                .expect(301)
                .header("location")
                .to_owned();
            change_user_as_another(world, &user, disabled()).await;
        }
        "user deleted" => {
            let user = client
                .get(ME)
                .send()
                .await
                .expect(301)
                .header("location")
                .to_owned();
            change_user_as_another(world, &user, None).await;
        }
        "tenant deactivated" => deactivate(world).await,
        "beyond its scope" => {
            return world
                .with_token(&self::token(world, grant, "user_default").await)
                .get("/api/v1/roles");
        }
        "exchanged for a web socket" => return exchanged(world, &token, "websocket").await.get(ME),
        "exchanged for a web resource" => return exchanged(world, &token, "webresource").await.get(ME),
        other => unknown(other),
    }
    client.get(ME)
}

/// Changes a user as an admin who is not the user, because nobody takes away the own access.
async fn change_user_as_another(world: &World, path: &str, change: Option<Value>) {
    let other = world.by_session(Actor::TenantAdminHoldingKeys).await;
    let request = match &change {
        Some(patch) => other.patch(path).json(patch),
        None => other.delete(path),
    };
    request.send().await.expect(204);
}

fn exchange_of(token: &str, client: &str, purpose: &str) -> Value {
    json!({
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "client_id": client, "purpose": purpose,
        "subject_token": token, "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
    })
}

async fn exchanged(world: &World, token: &str, purpose: &str) -> Client {
    let issued = ask(world, &exchange_of(token, ROBOT, purpose)).await.expect(200);
    world.with_token(issued.str("/access_token"))
}

async fn secret(world: &World, attempt: &str) -> Request {
    let good = credentials("");
    let secret = format!("/api/v1/oauth-clients/{ROBOT}/client-secrets");
    match attempt {
        "good" => {}
        "missing" => return post(world, &with(good, "client_secret", Value::Null)),
        "wrong" => return post(world, &with(good, "client_secret", "wrong")),
        "cut short" => {
            let short = &ROBOT_SECRET[..ROBOT_SECRET.len() - 1];
            return post(world, &with(good, "client_secret", short));
        }
        "only its hint" => return post(world, &with(good, "client_secret", ROBOT_SECRET_HINT)),
        "of another client" => {
            let body = json!({ "appType": "web", "clientName": "Other" });
            let other = admin(world).await.post("/api/v1/oauth-clients").json(&body);
            let other = other.send().await.expect(201);
            return post(world, &with(good, "client_secret", other.str("/clientSecret")));
        }
        "of an unknown client" => return post(world, &with(good, "client_id", "0".repeat(32))),
        "without a client" => return post(world, &with(good, "client_id", Value::Null)),
        "deleted" => {
            let admin = admin(world).await;
            admin.post(&secret).send().await.expect(201);
            let path = format!("{secret}/{ROBOT_SECRET_HINT}");
            admin.delete(&path).send().await.expect(204);
        }
        "of a deleted client" => delete_client(world, ROBOT).await,
        "where the client signs" => {
            let patch = json!([
                { "op": "add", "path": "/publicKeys", "value": [KeyPair::new(7).jwk()] },
                { "op": "replace", "path": "/allowedAuthMethods", "value": ["private_key_jwt"] },
            ]);
            patch_client(world, &patch).await;
        }
        "beside an assertion" => return post(world, &with(good, "client_assertion", "a.b.c")),
        other => unknown(other),
    }
    post(world, &good)
}

fn basic(world: &World, attempt: &str) -> Request {
    let pair = |id: &str, secret: &str| format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}")));
    let body = json!({ "grant_type": "client_credentials" });
    let good = pair(ROBOT, ROBOT_SECRET);
    let (authorization, body) = match attempt {
        "good" => (good, body),
        "missing" => ("Bearer x".to_owned(), with(body, "client_id", ROBOT)),
        "wrong" => (pair(ROBOT, "wrong"), body),
        "empty" => (pair(ROBOT, ""), body),
        "malformed" => ("Basic !".to_owned(), body),
        "without a colon" => (format!("Basic {}", BASE64_STANDARD.encode(ROBOT)), body),
        "of an unknown client" => (pair(&"0".repeat(32), ROBOT_SECRET), body),
        "beside a secret in the body" => (good, credentials("")),
        "beside another client in the body" => (good, with(body, "client_id", PAGE)),
        other => unknown(other),
    };
    world
        .anonymous()
        .post(TOKEN)
        .header("authorization", &authorization)
        .json(&body)
}

async fn assertion(world: &World, attempt: &str) -> Request {
    let keys = KeyPair::new(7);
    let method = if attempt == "where the client has a secret" {
        "client_secret"
    } else {
        "private_key_jwt"
    };
    let patch = json!([
        { "op": "add", "path": "/publicKeys", "value": [keys.jwk()] },
        { "op": "replace", "path": "/allowedAuthMethods", "value": [method] },
    ]);
    patch_client(world, &patch).await;
    let now = world.now().timestamp();
    let claims = || {
        json!({
            "iss": ROBOT, "sub": ROBOT, "aud": format!("{}/oauth/token", world.url()), "jti": "1",
            "iat": now, "exp": now + 300,
        })
    };
    let body = |assertion: &str| {
        json!({
            "grant_type": "client_credentials", "client_id": ROBOT, "client_assertion": assertion,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        })
    };
    let good = keys.sign(&claims());
    let changed = |member: &str, value: Value| body(&keys.sign(&with(claims(), member, value)));
    let encode = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let (header, rest) = good.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    let none = encode(json!({ "alg": "none" }));
    let body = match attempt {
        "good" | "where the client has a secret" => body(&good),
        "malformed" => body("nonsense"),
        "of another type" => with(body(&good), "client_assertion_type", "jwt"),
        "algorithm none" => body(&format!("{none}.{payload}.")),
        "algorithm none with a signature" => body(&format!("{none}.{payload}.{signature}")),
        "a stranger's signature" => body(&KeyPair::new(8).sign(&claims())),
        "an unknown key" => body(&keys.sign_as("another", &claims())),
        "other claims than were signed" => body(&format!(
            "{header}.{}.{signature}",
            encode(with(claims(), "jti", "2"))
        )),
        "by another issuer" => changed("iss", json!(PAGE)),
        "about another client" => changed("sub", json!(PAGE)),
        "for another audience" => changed("aud", json!("https://elsewhere.example/oauth/token")),
        "for an audience with a slash" => changed("aud", json!(format!("{}/oauth/token/", world.url()))),
        "expired" => changed("exp", json!(now)),
        "good for too long" => changed("exp", json!(now + 301)),
        "of the future" => changed("iat", json!(now + 61)),
        "without an id" => changed("jti", Value::Null),
        "without an end" => changed("exp", Value::Null),
        "a second time" => {
            ask(world, &body(&good)).await.expect(200);
            body(&good)
        }
        other => unknown(other),
    };
    post(world, &body)
}

async fn distrust(world: &World) {
    let path = format!("/api/v1/oauth-clients/{ROBOT}/connection-configs/me");
    admin(world).await.delete(&path).send().await.expect(204);
}

async fn take_grants(world: &World) {
    patch_client(
        world,
        &json!([{ "op": "replace", "path": "/allowedGrantTypes", "value": [] }]),
    )
    .await;
}

async fn for_itself(world: &World, attempt: &str) -> Request {
    match attempt {
        "good" => {}
        "not trusted" => distrust(world).await,
        "grant not allowed" => take_grants(world).await,
        "a public client" => return post(world, &with(credentials(""), "client_id", PAGE)),
        "another scope" => return post(world, &credentials("user_default apps")),
        "another grant type" => return post(world, &with(credentials(""), "grant_type", "password")),
        "bot disabled" => {
            let token = token(world, "client_credentials", "").await;
            let me = world.with_token(&token).get(ME).send().await.expect(301);
            change_user(world, me.header("location"), disabled()).await;
        }
        other => unknown(other),
    }
    post(world, &credentials(""))
}

async fn as_a_user(world: &World, attempt: &str) -> Request {
    let viewer = Actor::User.person();
    let user = format!("/api/v1/users/{}", viewer.id);
    let body = impersonation("subject", viewer.subject);
    match attempt {
        "good" => {}
        "not trusted" => distrust(world).await,
        "grant not allowed" => take_grants(world).await,
        "wrong secret" => return post(world, &with(body, "client_secret", "wrong")),
        "another scope" => return post(world, &with(body, "scope", "apps")),
        "an unknown user" => return post(world, &impersonation("subject", "nobody")),
        "a bot" => {
            token(world, "client_credentials", "").await;
            return post(world, &impersonation("subject", &format!(r"qlikbot\{ROBOT}")));
        }
        "a disabled user" => change_user(world, &user, disabled()).await,
        "a deleted user" => {
            change_user(world, &user, None).await;
            return post(world, &impersonation("userId", viewer.id));
        }
        other => unknown(other),
    }
    post(world, &body)
}

async fn for_a_code(world: &World, attempt: &str) -> Request {
    let viewer = world.by_session(Actor::User).await;
    let ask = |changes: &[(&str, &str)]| viewer.get(&authorization(changes));
    match attempt {
        "good" => {
            code(&viewer).await;
            ask(&[("prompt", "none")])
        }
        "nobody signed in" => world.anonymous().get(&authorization(&[])),
        "nobody signed in, and nobody to be asked" => {
            world.anonymous().get(&authorization(&[("prompt", "none")]))
        }
        "by an API key" => {
            let by_key = world.by_key(Actor::KeyHolder);
            by_key.get(&authorization(&[("prompt", "none")]))
        }
        "no consent" => ask(&[("prompt", "none")]),
        "consent to less" => {
            let less = authorization(&[("scope", "user_default")]);
            let page = viewer
                .get(&less)
                .send()
                .await
                .expect(302)
                .header("location")
                .to_owned();
            let (_, query) = page.split_once('?').unwrap();
            let form = [("query", query), ("decision", "allow")];
            let consent = viewer.post("/oauth/consent").outside_the_contract().form(&form);
            consent.send().await.expect(303);
            ask(&[("prompt", "none")])
        }
        "consent without a CSRF token" | "consent denied" | "consent from another site" => {
            let page = ask(&[]).send().await.expect(302).header("location").to_owned();
            let (_, query) = page.split_once('?').unwrap();
            let decision = if attempt == "consent denied" {
                "deny"
            } else {
                "allow"
            };
            let form = [("query", query), ("decision", decision)];
            let consent = viewer.post("/oauth/consent").outside_the_contract().form(&form);
            match attempt {
                "consent without a CSRF token" => consent.header("qlik-csrf-token", ""),
                "consent from another site" => consent.header("origin", "https://evil.example"),
                _ => consent,
            }
        }
        "another scope" => ask(&[("scope", "admin_classic")]),
        "without a challenge" => ask(&[("code_challenge", ""), ("code_challenge_method", "")]),
        "a challenge in plain" => ask(&[("code_challenge_method", "plain")]),
        "another redirect URI" => ask(&[("redirect_uri", "https://page.example/callback/")]),
        "an unknown client" => ask(&[("client_id", "nobody")]),
        "signed in too long ago" => {
            world.advance(TimeDelta::minutes(1));
            ask(&[("max_age", "59"), ("prompt", "none")])
        }
        other => unknown(other),
    }
}

async fn authorization_code(world: &World, attempt: &str) -> Request {
    let viewer = world.by_session(Actor::User).await;
    let user = format!("/api/v1/users/{}", Actor::User.person().id);
    let code = code(&viewer).await;
    let good = exchange(&code);
    match attempt {
        "good" => {}
        "unknown" => return post(world, &exchange(&"0".repeat(64))),
        "of another client" => {
            let body = with(good, "client_id", ROBOT);
            return post(world, &with(body, "client_secret", ROBOT_SECRET));
        }
        "a second time" => drop(ask(world, &good).await.expect(200)),
        "expired" => world.advance(TimeDelta::minutes(1)),
        "at another redirect URI" => {
            return post(world, &with(good, "redirect_uri", "https://page.example/other"));
        }
        "without the verifier" => return post(world, &with(good, "code_verifier", Value::Null)),
        "the challenge for a verifier" => {
            return post(world, &with(good, "code_verifier", crate::oauth::CHALLENGE));
        }
        "another verifier" => return post(world, &with(good, "code_verifier", VERIFIER.to_uppercase())),
        "user disabled" => change_user(world, &user, disabled()).await,
        "user deleted" => change_user(world, &user, None).await,
        "client deleted" => delete_client(world, PAGE).await,
        "as a bearer token" => return world.with_token(&code).get(ME),
        other => unknown(other),
    }
    post(world, &good)
}

async fn refresh_token(world: &World, attempt: &str) -> Request {
    let first = by_code(world).await.expect(200);
    let token = first.str("/refresh_token");
    let user = format!("/api/v1/users/{}", Actor::TenantAdmin.person().id);
    match attempt {
        "good" => {}
        "unknown" => return post(world, &refresh(&"0".repeat(64))),
        "of another client" => {
            let body = with(refresh(token), "client_id", ROBOT);
            return post(world, &with(body, "client_secret", ROBOT_SECRET));
        }
        "a second time" => drop(ask(world, &refresh(token)).await.expect(200)),
        "expired" => world.advance(TimeDelta::days(30)),
        "revoked" => {
            let revoke = world
                .anonymous()
                .post("/oauth/revoke")
                .json(&json!({ "token": token }));
            revoke.send().await.expect(200);
        }
        "user disabled" => change_user_as_another(world, &user, disabled()).await,
        "user deleted" => change_user_as_another(world, &user, None).await,
        "client deleted" => delete_client(world, PAGE).await,
        "an access token" => return post(world, &refresh(first.str("/access_token"))),
        "as a bearer token" => return world.with_token(token).get(ME),
        other => unknown(other),
    }
    post(world, &refresh(token))
}

async fn token_exchange(world: &World, attempt: &str) -> Request {
    let token = token(world, "client_credentials", "").await;
    let post = |token: &str, client: &str| self::post(world, &exchange_of(token, client, "websocket"));
    match attempt {
        "good" => {}
        "unknown" => return post("unknown", ROBOT),
        "of another client" => return post(&token, PAGE),
        "of an unknown client" => return post(&token, "nobody"),
        "exchanged before" => {
            let once = post(&token, ROBOT).send().await.expect(200);
            return post(once.str("/access_token"), ROBOT);
        }
        "expired" => world.advance(TimeDelta::hours(6)),
        "revoked" => {
            let revoke = world
                .anonymous()
                .post("/oauth/revoke")
                .json(&json!({ "token": token }));
            revoke.send().await.expect(200);
        }
        "user disabled" => {
            let me = world.with_token(&token).get(ME).send().await.expect(301);
            change_user(world, me.header("location"), disabled()).await;
        }
        "an API key" => return post(Actor::KeyHolder.person().token(), ROBOT),
        other => unknown(other),
    }
    post(&token, ROBOT)
}

/// The host of the register.
const REGISTER: &str = "register.localhost";

async fn regional(world: &World, attempt: &str) -> Request {
    let robot = control(world, Method::GET, "/seed", None).await.expect(200).json["oauthClients"][0].clone();
    let body = json!({ "name": "register", "seed": {
        "format": 1,
        "tenant": { "name": "Region", "hostnames": [REGISTER] },
        "apiKeySettings": { "api_keys_enabled": true },
        "roles": [{ "name": "Developer", "assignedScopes": ["api-keys"] }],
        "users": [{ "subject": "region", "name": "Region", "assignedRoles": ["TenantAdmin", "Developer"] }],
        "oauthClients": [robot],
    } });
    let register = control(world, Method::POST, "/tenants", Some(&body))
        .await
        .expect(201);
    let issue = async |host: &str| {
        let request = post(world, &credentials("")).header("host", host);
        request.send().await.expect(200).str("/access_token").to_owned()
    };
    let create = |client: &Client, host: &str| {
        let body = json!({ "licenseKey": "a-license" });
        client.post("/api/v1/tenants").header("host", host).json(&body)
    };
    let region = world.with_token(&issue(REGISTER).await);
    match attempt {
        "good" => create(&region, REGISTER),
        "good at a plain address" => region
            .post("/api/v1/tenants")
            .json(&json!({ "licenseKey": "a-license" })),
        "good for the register" => region.get(ME).header("host", REGISTER),
        "of another tenant" => {
            let elsewhere = world.with_token(&issue("default.localhost").await);
            create(&elsewhere, REGISTER)
        }
        "to another tenant" => region.get(ME).header("host", "default.localhost"),
        "to the register at a plain address" => region.get(ME),
        "an API key of the register" => create(&world.with_token(register.str("/admin/token")), REGISTER),
        "to a tenant that creates none" => {
            let elsewhere = world.with_token(&issue("default.localhost").await);
            create(&elsewhere, "default.localhost")
        }
        "with too little scope" => {
            let request = post(world, &credentials("user_default")).header("host", REGISTER);
            let token = request.send().await.expect(200).str("/access_token").to_owned();
            create(&world.with_token(&token), REGISTER)
        }
        other => unknown(other),
    }
}
