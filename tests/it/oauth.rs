//! `/oauth` and `/api/v1/oauth-tokens`: how clients get tokens, what these open, and what is refused.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use p384::ecdsa::signature::Signer as _;
use reqwest::Url;
use serde_json::{Value, json};

use crate::support::{
    Actor, Answer, Client, EDITIONS, PAGE, ROBOT, ROBOT_SECRET, ROBOT_SECRET_HINT, START, World,
};

pub(crate) const TOKEN: &str = "/oauth/token";
const ME: &str = "/api/v1/users/me";
pub(crate) const CALLBACK: &str = "https://page.example/callback";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) fn credentials(scope: &str) -> Value {
    let mut body = json!({
        "grant_type": "client_credentials", "client_id": ROBOT, "client_secret": ROBOT_SECRET,
    });
    if !scope.is_empty() {
        body["scope"] = scope.into();
    }
    body
}

pub(crate) async fn ask(world: &World, body: &Value) -> Answer {
    world.anonymous().post(TOKEN).json(body).send().await
}

/// A client with an access token of the robot.
async fn robot(world: &World, scope: &str) -> Client {
    let answer = ask(world, &credentials(scope)).await.expect(200);
    world.with_token(answer.str("/access_token"))
}

/// The claims of a token.
fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

/// How many tokens a tenant admin sees.
async fn tokens(world: &World) -> usize {
    let admin = world.sign_in("keyless-admin").await;
    let list = admin
        .get("/api/v1/oauth-tokens?limit=100")
        .send()
        .await
        .expect(200);
    list.json["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_client_acts_for_itself_as_a_bot_user_that_appears_with_the_first_token() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.sign_in("keyless-admin").await;
        let bots = async || {
            let filter = format!("clientId eq \"{ROBOT}\"");
            let found = admin
                .get("/api/v1/users")
                .query(&[("filter", &filter)])
                .send()
                .await
                .expect(200);
            found.json["data"].as_array().unwrap().clone()
        };
        assert!(bots().await.is_empty());
        let answer = ask(&world, &credentials("")).await.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        let token = answer.str("/access_token").to_owned();
        assert_eq!(
            answer.json,
            json!({
                "access_token": token,
                "token_type": "bearer",
                "scope": "user_default admin_classic",
                "expires_at": "2026-03-02T14:00:00.000Z",
                "expires_in": 21600,
            })
        );
        let claims = claims(&token);
        assert_eq!(
            json!([claims["subType"], claims["purpose"], claims["iss"], claims["aud"]]),
            json!(["user", "accessToken", "qlik.api", world.url()])
        );
        assert_eq!(
            claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
            21600
        );
        let robot = world.with_token(&token);
        let me = robot.get(ME).send().await.expect(301);
        let me = robot.get(me.header("location")).send().await.expect(200).json;
        assert_eq!(me["subject"], format!("qlikbot\\{ROBOT}"));
        assert_eq!(
            (&me["clientId"], &me["name"], &me["status"]),
            (&json!(ROBOT), &json!("Robot"), &json!("active"))
        );
        assert_eq!(me["assignedRoles"][0]["name"], "TenantAdmin");
        ask(&world, &credentials("")).await.expect(200);
        assert_eq!(bots().await.len(), 1);
        // Nobody can sign in as a bot.
        let sign_in = world
            .anonymous()
            .post("/login")
            .form(&[("user", me["id"].as_str().unwrap())]);
        sign_in.send().await.expect_refusal(403, "bot-user");
    }
}

#[tokio::test]
async fn a_client_proves_who_it_is_in_a_body_of_either_kind_or_by_basic() {
    let world = World::start(Edition::Current).await;
    let anonymous = world.anonymous();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", ROBOT),
        ("client_secret", ROBOT_SECRET),
    ];
    anonymous.post(TOKEN).form(&form).send().await.expect(200);
    let basic = |secret: &str| format!("Basic {}", BASE64_STANDARD.encode(format!("{ROBOT}:{secret}")));
    let by_basic = |authorization: String, body: Value| {
        anonymous
            .post(TOKEN)
            .header("authorization", &authorization)
            .json(&body)
            .send()
    };
    let plain = json!({ "grant_type": "client_credentials" });
    by_basic(basic(ROBOT_SECRET), plain.clone()).await.expect(200);
    for (authorization, body, status, slug) in [
        (basic("wrong"), plain.clone(), 401, "wrong-client-secret"),
        (
            "Basic !".to_owned(),
            plain.clone(),
            401,
            "no-client-authentication",
        ),
        (
            basic(ROBOT_SECRET),
            credentials(""),
            400,
            "two-client-authentications",
        ),
        (
            basic(ROBOT_SECRET),
            json!({ "grant_type": "client_credentials", "client_id": PAGE }),
            400,
            "two-client-authentications",
        ),
    ] {
        let answer = by_basic(authorization, body).await.expect(status);
        assert_eq!(answer.refusal(), Some(slug), "{}", answer.text);
        assert_eq!(answer.headers.contains_key("www-authenticate"), status == 401);
    }
    assert_eq!(tokens(&world).await, 2);
}

#[tokio::test]
async fn nothing_is_issued_to_whoever_may_not_have_it() {
    let world = World::start(Edition::Current).await;
    let admin = world.sign_in("keyless-admin").await;
    let with = |member: &str, value: Value| {
        let mut body = credentials("");
        body[member] = value;
        body
    };
    let without = |member: &str| with(member, Value::Null);
    for (body, status, slug) in [
        (without("client_secret"), 401, "no-client-authentication"),
        (with("client_secret", json!("wrong")), 401, "wrong-client-secret"),
        (with("client_id", json!("nobody")), 401, "unknown-client"),
        (without("client_id"), 401, "unknown-client"),
        (with("client_id", json!(PAGE)), 400, "grant-not-allowed"),
        (
            with("grant_type", json!("password")),
            400,
            "unsupported-grant-type",
        ),
        (
            with("scope", json!("user_default apps:read")),
            400,
            "scope-not-allowed",
        ),
    ] {
        let answer = ask(&world, &body).await.expect(status);
        assert_eq!(answer.refusal(), Some(slug), "{}", answer.text);
    }
    for body in [json!({}), with("scope", json!(7)), with("grant_type", json!([]))] {
        ask(&world, &body).await.expect(400);
    }
    world
        .anonymous()
        .post(TOKEN)
        .body("text/plain", "x")
        .send()
        .await
        .expect(415);
    world
        .anonymous()
        .post(TOKEN)
        .body("application/json", "{")
        .send()
        .await
        .expect(400);

    // A secret that was deleted, a client that is not trusted, a bot that is disabled.
    let secret = format!("/api/v1/oauth-clients/{ROBOT}/client-secrets");
    let other = admin.post(&secret).send().await.expect(201);
    admin
        .delete(&format!("{secret}/{ROBOT_SECRET_HINT}"))
        .send()
        .await
        .expect(204);
    let answer = ask(&world, &credentials("")).await.expect(401);
    assert_eq!(answer.refusal(), Some("wrong-client-secret"));
    let good = with("client_secret", json!(other.str("/clientSecret")));
    let connection = format!("/api/v1/oauth-clients/{ROBOT}/connection-configs/me");
    admin.delete(&connection).send().await.expect(204);
    assert_eq!(
        ask(&world, &good).await.expect(400).refusal(),
        Some("client-not-trusted")
    );
    assert_eq!(tokens(&world).await, 0);
    let trust = json!([{ "op": "replace", "path": "/consentMethod", "value": "trusted" }]);
    admin.patch(&connection).json(&trust).send().await.expect(204);
    let robot = world.with_token(ask(&world, &good).await.expect(200).str("/access_token"));
    let me = robot.get(ME).send().await.expect(301);
    let disable = json!([{ "op": "replace", "path": "/status", "value": "disabled" }]);
    admin
        .patch(me.header("location"))
        .json(&disable)
        .send()
        .await
        .expect(204);
    robot.get(ME).send().await.expect_refusal(401, "owner-disabled");
    assert_eq!(
        ask(&world, &good).await.expect(403).refusal(),
        Some("user-not-active")
    );
    assert_eq!(tokens(&world).await, 1);
}

#[tokio::test]
async fn scopes_limit_what_the_user_may_do_and_add_nothing() {
    let world = World::start(Edition::Current).await;
    for (scope, status) in [
        ("admin_classic", 200),
        ("user_default", 403),
        ("offline_access", 403),
    ] {
        let robot = robot(&world, scope).await;
        robot.get(ME).send().await.expect(301);
        let roles = robot.get("/api/v1/roles").send().await.expect(status);
        assert_eq!(roles.refusal(), (status == 403).then_some("out-of-scope"));
    }
    robot(&world, "user_default")
        .await
        .get("/api/v1/users")
        .send()
        .await
        .expect(200);
    robot(&world, "offline_access")
        .await
        .get("/api/v1/users")
        .send()
        .await
        .expect_refusal(403, "out-of-scope");
    let as_user = json!({
        "grant_type": "urn:qlik:oauth:user-impersonation", "client_id": ROBOT, "client_secret": ROBOT_SECRET,
        "scope": "admin_classic", "user_lookup": { "field": "subject", "value": "viewer" },
    });
    let viewer = world.with_token(ask(&world, &as_user).await.expect(200).str("/access_token"));
    viewer
        .get("/api/v1/roles")
        .send()
        .await
        .expect_refusal(403, "not-tenant-admin");
}

#[tokio::test]
async fn a_client_acts_as_a_user_who_is_not_asked() {
    let world = World::start(Edition::Current).await;
    let lookup = |field: &str, value: &str| {
        json!({
            "grant_type": "urn:qlik:oauth:user-impersonation", "client_id": ROBOT, "client_secret": ROBOT_SECRET,
            "user_lookup": { "field": field, "value": value },
        })
    };
    let viewer = Actor::User.person();
    for body in [lookup("subject", viewer.subject), lookup("userId", viewer.id)] {
        let answer = ask(&world, &body).await.expect(200);
        let me = world
            .with_token(answer.str("/access_token"))
            .get(ME)
            .send()
            .await
            .expect(301);
        assert!(me.header("location").ends_with(viewer.id));
    }
    ask(&world, &credentials("")).await.expect(200);
    let bot = format!("qlikbot\\{ROBOT}");
    for body in [
        lookup("subject", "nobody"),
        lookup("userId", "x y"),
        lookup("subject", &bot),
    ] {
        assert_eq!(
            ask(&world, &body).await.expect(400).refusal(),
            Some("user-unknown")
        );
    }
    for body in [
        lookup("email", "x"),
        json!({ "grant_type": "urn:qlik:oauth:user-impersonation" }),
    ] {
        ask(&world, &body).await.expect(400);
    }
}

#[tokio::test]
async fn a_token_is_good_for_six_hours_of_the_tenants_clock() {
    let world = World::start(Edition::Classic).await;
    let robot = robot(&world, "").await;
    world.advance(TimeDelta::hours(6) - TimeDelta::milliseconds(1));
    robot.get(ME).send().await.expect(301);
    world.advance(TimeDelta::milliseconds(1));
    robot.get(ME).send().await.expect_refusal(401, "token-expired");
    assert_eq!(tokens(&world).await, 0);
    // Forgotten after a day, when another is issued.
    world.advance(TimeDelta::days(1));
    ask(&world, &credentials("")).await.expect(200);
    robot
        .get(ME)
        .send()
        .await
        .expect_refusal(401, "unknown-credential");
}

#[tokio::test]
async fn a_token_that_the_tenant_did_not_issue_opens_nothing() {
    let world = World::start(Edition::Current).await;
    let token = ask(&world, &credentials(""))
        .await
        .expect(200)
        .str("/access_token")
        .to_owned();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (_, body) = signed.split_once('.').unwrap();
    let encode = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let none = encode(json!({ "alg": "none", "typ": "JWT" }));
    let stranger = p384::ecdsa::SigningKey::from_slice(&[7; 48]).unwrap();
    let by_stranger: p384::ecdsa::Signature = stranger.sign(signed.as_bytes());
    let by_stranger = BASE64_URL_SAFE_NO_PAD.encode(by_stranger.to_bytes());
    let mut elsewhere = claims(&token);
    elsewhere["tenantId"] = json!("Mq7545_another_tenant_0000000001");
    for (token, slug) in [
        (format!("{none}.{body}."), "unknown-credential"),
        (format!("{none}.{body}.{signature}"), "unknown-credential"),
        (format!("{signed}.{by_stranger}"), "unknown-credential"),
        (format!("{signed}.{}", &signature[..100]), "unknown-credential"),
        (
            format!("{none}.{}.{signature}", encode(elsewhere)),
            "wrong-tenant",
        ),
    ] {
        world
            .with_token(&token)
            .get(ME)
            .send()
            .await
            .expect_refusal(401, slug);
    }
    // That of another tenant, which has the same clients, but not the same tokens.
    let other = World::start(Edition::Current).await;
    other
        .with_token(&token)
        .get(ME)
        .send()
        .await
        .expect_refusal(401, "unknown-credential");
    world.with_token(&token).get(ME).send().await.expect(301);
}

/// A key pair of a client: what it is registered with, and what it signs with.
pub(crate) struct KeyPair(p384::ecdsa::SigningKey);

impl KeyPair {
    pub(crate) fn new(seed: u8) -> Self {
        Self(p384::ecdsa::SigningKey::from_slice(&[seed; 48]).unwrap())
    }

    pub(crate) fn jwk(&self) -> Value {
        let point = self.0.verifying_key().to_sec1_point(false);
        let number = |range| BASE64_URL_SAFE_NO_PAD.encode(&point.as_bytes()[range]);
        json!({
            "kid": "my-key", "kty": "EC", "alg": "ES384", "crv": "P-384", "use": "sig",
            "x": number(1..49), "y": number(49..97),
        })
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as("my-key", claims)
    }

    /// Signs under the name of a key.
    pub(crate) fn sign_as(&self, key_id: &str, claims: &Value) -> String {
        let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({ "alg": "ES384", "kid": key_id });
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let signature: p384::ecdsa::Signature = self.0.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

#[tokio::test]
async fn a_client_proves_who_it_is_by_an_assertion_once() {
    let world = World::start(Edition::Current).await;
    let admin = world.sign_in("keyless-admin").await;
    let keys = KeyPair::new(7);
    let patch = json!([
        { "op": "add", "path": "/publicKeys", "value": [keys.jwk()] },
        { "op": "replace", "path": "/allowedAuthMethods", "value": ["private_key_jwt"] },
    ]);
    let robot = format!("/api/v1/oauth-clients/{ROBOT}");
    admin.patch(&robot).json(&patch).send().await.expect(204);
    let now = world.now().timestamp();
    let claims = |jti: &str| {
        json!({
            "iss": ROBOT, "sub": ROBOT, "aud": format!("{}/oauth/token", world.url()), "jti": jti,
            "iat": now, "exp": now + 300,
        })
    };
    let changed = |jti: &str, member: &str, value: Value| {
        let mut claims = claims(jti);
        claims[member] = value;
        keys.sign(&claims)
    };
    let body = |assertion: &str| {
        json!({
            "grant_type": "client_credentials", "client_id": ROBOT, "client_assertion": assertion,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        })
    };
    let good = keys.sign(&claims("1"));
    ask(&world, &body(&good)).await.expect(200);
    let mut of_itself = body(&keys.sign(&claims("2")));
    of_itself.as_object_mut().unwrap().remove("client_id");
    ask(&world, &of_itself).await.expect(200);
    let mut other_type = body(&keys.sign(&claims("3")));
    other_type["client_assertion_type"] = json!("jwt");
    let (_, rest) = good.split_once('.').unwrap();
    let none = BASE64_URL_SAFE_NO_PAD.encode(json!({ "alg": "none" }).to_string());
    for (body, slug) in [
        (body(&good), "assertion-replayed"),
        (other_type, "assertion-type"),
        (body("x"), "assertion-malformed"),
        (body(&format!("{none}.{rest}")), "assertion-signature"),
        (body(&KeyPair::new(8).sign(&claims("4"))), "assertion-signature"),
        (body(&changed("5", "iss", json!(PAGE))), "assertion-subject"),
        (body(&changed("6", "sub", json!(PAGE))), "assertion-subject"),
        (
            body(&changed(
                "7",
                "aud",
                json!(format!("{}/oauth/token/", world.url())),
            )),
            "assertion-audience",
        ),
        (body(&changed("8", "exp", json!(now))), "assertion-window"),
        (body(&changed("9", "exp", json!(now + 301))), "assertion-window"),
        (body(&changed("a", "iat", json!(now + 61))), "assertion-window"),
        (body(&changed("b", "jti", Value::Null)), "assertion-malformed"),
        (body(&changed("c", "exp", Value::Null)), "assertion-malformed"),
        (credentials(""), "auth-method-not-allowed"),
    ] {
        let answer = ask(&world, &body).await.expect(401);
        assert_eq!(answer.refusal(), Some(slug), "{}", answer.text);
        assert_eq!(answer.str("/errors/0/title"), "invalid_client");
    }
    assert_eq!(tokens(&world).await, 2);
}

/// A request for a code, as a browser sends it.
pub(crate) fn authorization(changes: &[(&str, &str)]) -> String {
    let mut url = Url::parse("http://tenant/oauth/authorize").unwrap();
    let parameters = [
        ("response_type", "code"),
        ("client_id", PAGE),
        ("redirect_uri", CALLBACK),
        ("scope", "user_default offline_access"),
        ("state", "my state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let changed = |name: &str| changes.iter().any(|(other, _)| *other == name);
    let kept = parameters.iter().filter(|(name, _)| !changed(name));
    let all = kept.chain(changes.iter().filter(|(_, value)| !value.is_empty()));
    url.query_pairs_mut().extend_pairs(all);
    format!("{}?{}", url.path(), url.query().unwrap())
}

/// A parameter of the address that a browser is sent to.
fn parameter(answer: &Answer, name: &str) -> Option<String> {
    let location = answer.header("location");
    assert!(location.starts_with(&format!("{CALLBACK}?")), "{location}");
    let url = Url::parse(location).unwrap();
    url.query_pairs()
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}

/// Sends a browser through the consent page.
async fn decide(browser: &Client, authorization: &str, decision: &str) -> Answer {
    let to_consent = browser.get(authorization).send().await.expect(302);
    let page = to_consent.header("location");
    assert!(page.starts_with("/oauth/consent?"), "{page}");
    let shown = browser.get(page).outside_the_contract().send().await.expect(200);
    assert!(
        shown
            .header("content-security-policy")
            .contains("form-action 'self' https://page.example;")
    );
    let (_, query) = page.split_once('?').unwrap();
    let form = [("query", query), ("decision", decision)];
    browser
        .post("/oauth/consent")
        .outside_the_contract()
        .form(&form)
        .send()
        .await
}

pub(crate) async fn code(browser: &Client) -> String {
    let answer = decide(browser, &authorization(&[("prompt", "consent")]), "allow")
        .await
        .expect(303);
    assert_eq!(parameter(&answer, "state").unwrap(), "my state");
    parameter(&answer, "code").unwrap()
}

pub(crate) fn exchange(code: &str) -> Value {
    json!({
        "grant_type": "authorization_code", "client_id": PAGE, "code": code, "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    })
}

pub(crate) fn refresh(token: &str) -> Value {
    json!({ "grant_type": "refresh_token", "refresh_token": token })
}

#[tokio::test]
async fn a_user_signs_in_and_consents_and_the_page_acts_for_the_user() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let anonymous = world.anonymous();
        let to_sign_in = anonymous.get(&authorization(&[])).send().await.expect(302);
        let login = to_sign_in.header("location").to_owned();
        assert!(
            login.starts_with("/login?prompt=login&returnto=%2Foauth%2Fauthorize%3F"),
            "{login}"
        );
        // What the page posts leads to the client, without another page where consent was given before.
        let page = anonymous.get(&login).send().await.expect(200);
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("form-action 'self' https://page.example;"),
            "{policy}"
        );
        let viewer = world.by_session(Actor::User).await;
        let answer = decide(&viewer, &authorization(&[]), "allow").await.expect(303);
        let code = parameter(&answer, "code").unwrap();
        let tokens = ask(&world, &exchange(&code)).await.expect(200);
        assert_eq!(tokens.str("/scope"), "user_default offline_access");
        assert_eq!(tokens.json["auth_time"], world.now().timestamp());
        let page = world.with_token(tokens.str("/access_token"));
        let me = page.get(ME).send().await.expect(301);
        assert!(me.header("location").ends_with(Actor::User.person().id));
        // What was allowed is not asked again; a refresh token must be asked for again.
        let again = viewer
            .get(&authorization(&[("scope", "user_default")]))
            .send()
            .await
            .expect(302);
        let code = parameter(&again, "code").unwrap();
        let tokens = ask(&world, &exchange(&code)).await.expect(200);
        assert_eq!(
            (tokens.str("/scope"), &tokens.json["refresh_token"]),
            ("user_default", &Value::Null)
        );
        // Another user is asked.
        let admin = world.by_session(Actor::TenantAdmin).await;
        let asked = admin.get(&authorization(&[])).send().await.expect(302);
        assert!(asked.header("location").starts_with("/oauth/consent?"));
    }
}

#[tokio::test]
async fn errors_go_to_the_redirect_uri_or_stay_where_nobody_is_to_be_sent() {
    let world = World::start(Edition::Current).await;
    let viewer = world.by_session(Actor::User).await;
    for (changes, error) in [
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("scope", "user_default admin_classic")], "invalid_scope"),
        (vec![("state", "")], "invalid_request"),
        (vec![("code_challenge", "")], "invalid_request"),
        (vec![("code_challenge", "short")], "invalid_request"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("prompt", "maybe")], "invalid_request"),
        (vec![("max_age", "soon")], "invalid_request"),
        (vec![("prompt", "none")], "consent_required"),
    ] {
        let answer = viewer.get(&authorization(&changes)).send().await.expect(302);
        assert_eq!(parameter(&answer, "error").as_deref(), Some(error), "{changes:?}");
        assert!(parameter(&answer, "error_description").is_some_and(|text| text.ends_with('.')));
        assert!(parameter(&answer, "error_code").is_some() && parameter(&answer, "error_detail").is_some());
        assert_eq!(parameter(&answer, "code"), None);
        let keeps_state = changes[0].0 != "state";
        assert_eq!(parameter(&answer, "state").is_some(), keeps_state);
    }
    let nobody = world
        .anonymous()
        .get(&authorization(&[("prompt", "none")]))
        .send()
        .await
        .expect(302);
    assert_eq!(parameter(&nobody, "error").as_deref(), Some("login_required"));
    let denied = decide(&viewer, &authorization(&[]), "deny").await.expect(302);
    assert_eq!(parameter(&denied, "error").as_deref(), Some("access_denied"));
    for changes in [
        [("redirect_uri", "https://page.example/callback/")],
        [("redirect_uri", "https://page.example/callbac")],
        [("redirect_uri", "https://PAGE.example/callback")],
        [("redirect_uri", "")],
        [("client_id", "nobody")],
        [("client_id", "")],
    ] {
        let nowhere = authorization(&changes);
        viewer.get(&nowhere).send().await.expect(400);
        let login = world.anonymous().get("/login").query(&[("returnto", &nowhere)]);
        let page = login.send().await.expect(200);
        let policy = page.header("content-security-policy");
        assert!(policy.contains("form-action 'self';"), "{policy}");
    }
    assert_eq!(tokens(&world).await, 0);
}

#[tokio::test]
async fn the_prompt_decides_who_is_asked_for_what() {
    let world = World::start(Edition::Current).await;
    let viewer = world.by_session(Actor::User).await;
    // To sign in again: the way back asks no more.
    let to_sign_in = viewer
        .get(&authorization(&[("prompt", "login")]))
        .send()
        .await
        .expect(302);
    let login = to_sign_in.header("location");
    assert!(
        login.starts_with("/login?prompt=login&returnto=") && !login.contains("prompt%3Dlogin"),
        "{login}"
    );
    // Signed in too long ago.
    world.advance(TimeDelta::minutes(10));
    let asked = viewer
        .get(&authorization(&[("max_age", "599")]))
        .send()
        .await
        .expect(302);
    let login = asked.header("location");
    assert!(
        login.starts_with("/login?") && !login.contains("max_age"),
        "{login}"
    );
    let asked = viewer
        .get(&authorization(&[("max_age", "600")]))
        .send()
        .await
        .expect(302);
    assert!(asked.header("location").starts_with("/oauth/consent?"));
    decide(&viewer, &authorization(&[]), "allow").await.expect(303);
    let silent = viewer
        .get(&authorization(&[("prompt", "none")]))
        .send()
        .await
        .expect(302);
    assert!(parameter(&silent, "code").is_some());
    let asked = viewer
        .get(&authorization(&[("prompt", "consent")]))
        .send()
        .await
        .expect(302);
    assert!(asked.header("location").starts_with("/oauth/consent?"));
    let hinted = world
        .anonymous()
        .get(&authorization(&[("login_hint", "viewer")]))
        .send()
        .await
        .expect(302);
    assert!(hinted.header("location").ends_with("&login_hint=viewer"));
}

#[tokio::test]
async fn a_code_is_good_once_and_for_its_client_and_address_and_verifier_alone() {
    let world = World::start(Edition::Current).await;
    let viewer = world.by_session(Actor::User).await;
    let one = code(&viewer).await;
    let with = |member: &str, value: Value| {
        let mut body = exchange(&one);
        body[member] = value;
        body
    };
    let mut of_robot = with("client_id", json!(ROBOT));
    of_robot["client_secret"] = json!(ROBOT_SECRET);
    for (body, slug) in [
        (with("code", json!("unknown")), "code-unknown"),
        (of_robot, "code-of-another-client"),
        (
            with("redirect_uri", json!("https://page.example/callback/")),
            "redirect-uri-mismatch",
        ),
        (with("code_verifier", Value::Null), "verifier-missing"),
        (with("code_verifier", json!("short")), "verifier-missing"),
        (
            with("code_verifier", json!(VERIFIER.to_uppercase())),
            "verifier-mismatch",
        ),
    ] {
        let answer = ask(&world, &body).await.expect(400);
        assert_eq!(answer.refusal(), Some(slug), "{}", answer.text);
        assert_eq!(answer.str("/errors/0/title"), "invalid_grant");
    }
    assert_eq!(tokens(&world).await, 0);
    let issued = ask(&world, &exchange(&one)).await.expect(200);
    let page = world.with_token(issued.str("/access_token"));
    page.get(ME).send().await.expect(301);
    let answer = ask(&world, &exchange(&one)).await.expect(400);
    assert_eq!(answer.refusal(), Some("code-used"));
    // Somebody has stolen the code: what came of it is taken back.
    page.get(ME).send().await.expect_refusal(401, "token-revoked");
    let answer = ask(&world, &refresh(issued.str("/refresh_token")))
        .await
        .expect(400);
    assert_eq!(answer.refusal(), Some("refresh-token-revoked"));
    let late = code(&viewer).await;
    world.advance(TimeDelta::minutes(1));
    assert_eq!(
        ask(&world, &exchange(&late)).await.expect(400).refusal(),
        Some("code-expired")
    );
    assert_eq!(tokens(&world).await, 0);
}

#[tokio::test]
async fn a_refusal_does_not_use_up_what_was_presented() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    let viewer = world.by_session(Actor::User).await;
    let path = format!("/api/v1/users/{}", Actor::User.person().id);
    let turn = async |status: &str| {
        let patch = json!([{ "op": "replace", "path": "/status", "value": status }]);
        admin.patch(&path).json(&patch).send().await.expect(204);
    };
    let first = ask(&world, &exchange(&code(&viewer).await)).await.expect(200);
    let unused = code(&viewer).await;
    for wanted in [refresh(first.str("/refresh_token")), exchange(&unused)] {
        turn("disabled").await;
        ask(&world, &wanted).await.expect(403);
        turn("active").await;
        ask(&world, &wanted).await.expect(200);
    }
}

#[tokio::test]
async fn a_code_is_for_the_scopes_that_were_asked_for() {
    let world = World::start(Edition::Current).await;
    let viewer = world.by_session(Actor::User).await;
    // More was allowed before.
    code(&viewer).await;
    let less = authorization(&[("scope", "user_default"), ("prompt", "none")]);
    let answer = viewer.get(&less).send().await.expect(302);
    let issued = ask(&world, &exchange(&parameter(&answer, "code").unwrap()))
        .await
        .expect(200);
    assert_eq!(issued.str("/scope"), "user_default");
    assert!(issued.json.get("refresh_token").is_none());
}

#[tokio::test]
async fn the_consent_page_is_not_readable_for_other_origins() {
    let world = World::start(Edition::Current).await;
    let viewer = world.by_session(Actor::User).await;
    for origin in ["https://page.example", "https://evil.example"] {
        let page = authorization(&[]).replace("/oauth/authorize", "/oauth/consent");
        let answer = viewer
            .get(&page)
            .outside_the_contract()
            .header("origin", origin)
            .send()
            .await;
        assert!(
            !answer.headers.contains_key("access-control-allow-origin"),
            "{origin}"
        );
    }
}

#[tokio::test]
async fn a_refresh_token_is_replaced_and_its_second_use_takes_all_back() {
    let world = World::start(Edition::Current).await;
    let viewer = world.by_session(Actor::User).await;
    let first = ask(&world, &exchange(&code(&viewer).await)).await.expect(200);
    world.advance(TimeDelta::hours(7));
    let second = ask(&world, &refresh(first.str("/refresh_token")))
        .await
        .expect(200);
    assert_ne!(first.str("/refresh_token"), second.str("/refresh_token"));
    let page = world.with_token(second.str("/access_token"));
    page.get(ME).send().await.expect(301);
    let answer = ask(&world, &refresh(first.str("/refresh_token")))
        .await
        .expect(400);
    assert_eq!(answer.refusal(), Some("refresh-token-used"));
    page.get(ME).send().await.expect_refusal(401, "token-revoked");
    let answer = ask(&world, &refresh(second.str("/refresh_token")))
        .await
        .expect(400);
    assert_eq!(answer.refusal(), Some("refresh-token-revoked"));
    assert_eq!(
        ask(&world, &refresh("unknown")).await.expect(400).refusal(),
        Some("refresh-token-unknown")
    );
    let viewer = world.by_session(Actor::User).await;
    let late = ask(&world, &exchange(&code(&viewer).await)).await.expect(200);
    world.advance(TimeDelta::days(30));
    let answer = ask(&world, &refresh(late.str("/refresh_token")))
        .await
        .expect(400);
    assert_eq!(answer.refusal(), Some("refresh-token-expired"));
}

#[tokio::test]
async fn whoever_has_a_token_revokes_it_with_all_that_belong_to_it() {
    let world = World::start(Edition::Current).await;
    let viewer = world.by_session(Actor::User).await;
    let anonymous = world.anonymous();
    for member in ["/access_token", "/refresh_token"] {
        let issued = ask(&world, &exchange(&code(&viewer).await)).await.expect(200);
        let page = world.with_token(issued.str("/access_token"));
        page.get(ME).send().await.expect(301);
        let body = json!({ "token": issued.str(member), "token_type_hint": "access_token" });
        for _ in 0..2 {
            anonymous
                .post("/oauth/revoke")
                .json(&body)
                .send()
                .await
                .expect(200);
        }
        page.get(ME).send().await.expect_refusal(401, "token-revoked");
        let answer = ask(&world, &refresh(issued.str("/refresh_token")))
            .await
            .expect(400);
        assert_eq!(answer.refusal(), Some("refresh-token-revoked"));
    }
    anonymous
        .post("/oauth/revoke")
        .form(&[("token", "unknown")])
        .send()
        .await
        .expect(200);
    for body in [
        json!({}),
        json!({ "token": "unknown", "token_type_hint": "id_token" }),
        json!({ "token": "unknown", "token_type_hint": 1 }),
    ] {
        let answer = anonymous.post("/oauth/revoke").json(&body).send().await;
        answer.expect(400);
    }
}

#[tokio::test]
async fn an_access_token_is_exchanged_for_one_that_rest_does_not_take() {
    let world = World::start(Edition::Current).await;
    let issued = ask(&world, &credentials("")).await.expect(200);
    let body = |token: &str, client: &str| {
        json!({
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "client_id": client, "purpose": "websocket",
            "subject_token": token, "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        })
    };
    let token = issued.str("/access_token");
    let exchanged = ask(&world, &body(token, ROBOT)).await.expect(200);
    assert_eq!(
        exchanged.str("/issued_token_type"),
        "urn:ietf:params:oauth:token-type:access_token"
    );
    let temporary = exchanged.str("/access_token");
    world
        .with_token(temporary)
        .get(ME)
        .send()
        .await
        .expect_refusal(401, "token-purpose");
    for body in [body(token, PAGE), body(temporary, ROBOT), body("unknown", ROBOT)] {
        assert_eq!(
            ask(&world, &body).await.expect(400).refusal(),
            Some("subject-token-not-good")
        );
    }
    let mut other = body(token, ROBOT);
    other["purpose"] = json!("rest");
    ask(&world, &other).await.expect(400);
}

#[tokio::test]
async fn tokens_are_listed_walked_and_revoked_by_those_who_may() {
    let world = World::start(Edition::Current).await;
    let viewer = world.by_session(Actor::User).await;
    for _ in 0..2 {
        ask(&world, &credentials("")).await.expect(200);
    }
    let mut body = exchange(&code(&viewer).await);
    body["deviceType"] = json!("Tablet");
    body["description"] = json!("In the kitchen");
    ask(&world, &body).await.expect(200);
    let admin = world.sign_in("keyless-admin").await;
    let list = "/api/v1/oauth-tokens";
    let first = admin.get(&format!("{list}?limit=2")).send().await.expect(200);
    let next = admin.get(first.str("/links/next/href")).send().await.expect(200);
    assert_eq!((first.each("id").len(), next.each("id").len()), (2, 1));
    let back = admin.get(next.str("/links/prev/href")).send().await.expect(200);
    assert_eq!(back.each("id"), first.each("id"));
    let own = viewer.get(list).send().await.expect(200);
    let id = own.str("/data/0/id").to_owned();
    assert_eq!(
        own.json["data"],
        json!([{
            "id": id, "tenantId": crate::support::TENANT_ID, "clientId": PAGE, "userId": Actor::User.person().id,
            "deviceType": "Tablet", "description": "In the kitchen", "lastUsed": START,
        }])
    );
    let of_robot = admin.get(list).send().await.expect(200);
    let index = of_robot
        .each("clientId")
        .iter()
        .position(|client| client == ROBOT)
        .unwrap();
    let robots = of_robot.each("id")[index].clone();
    viewer
        .delete(&format!("{list}/{robots}"))
        .send()
        .await
        .expect_refusal(403, "not-tenant-admin");
    viewer.delete(&format!("{list}/{id}")).send().await.expect(204);
    viewer.delete(&format!("{list}/{id}")).send().await.expect(404);
    admin.delete(&format!("{list}/{robots}")).send().await.expect(204);
    assert_eq!(tokens(&world).await, 1);
    for query in ["page=x", "page=nx", "sort=id", "limit=0"] {
        admin.get(&format!("{list}?{query}")).send().await.expect(400);
    }
}

#[tokio::test]
async fn what_was_issued_to_a_client_goes_with_it() {
    let world = World::start(Edition::Current).await;
    let robot = robot(&world, "").await;
    let admin = world.sign_in("keyless-admin").await;
    let delete = admin
        .delete(&format!("/api/v1/oauth-clients/{ROBOT}"))
        .header("qlik-confirm-delete", ROBOT);
    delete.send().await.expect(204);
    robot.get(ME).send().await.expect_refusal(401, "token-revoked");
    assert_eq!(
        ask(&world, &credentials("")).await.expect(401).refusal(),
        Some("unknown-client")
    );
}

#[tokio::test]
async fn a_stranger_finds_the_endpoints_and_the_key_that_signs() {
    let world = World::start(Edition::Current).await;
    let anonymous = world.anonymous();
    let metadata = anonymous
        .get("/.well-known/oauth-authorization-server")
        .send()
        .await
        .expect(200);
    assert_eq!(
        metadata.str("/token_endpoint"),
        format!("{}/oauth/token", world.url())
    );
    let keys = metadata.str("/jwks_uri").to_owned();
    let keys = anonymous
        .get(&keys)
        .outside_the_contract()
        .send()
        .await
        .expect(200);
    let key = mock_qlik_cloud::domain::jwt::PublicKey::from_jwk(&keys.json["keys"][0]).unwrap();
    let issued = ask(&world, &credentials("")).await.expect(200);
    let token = issued.str("/access_token");
    let parsed = mock_qlik_cloud::domain::jwt::UnverifiedJwt::parse(token).unwrap();
    assert_eq!(parsed.key_id(), keys.json["keys"][0]["kid"].as_str());
    assert!(parsed.verify(&key).is_ok());
}

#[tokio::test]
async fn an_access_token_needs_no_csrf_token() {
    let world = World::start(Edition::Current).await;
    let robot = robot(&world, "").await;
    let answer = robot.get("/api/v1/csrf-token").send().await.expect(400);
    assert_eq!(answer.str("/errors/0/code"), "CSRF-TOKEN-4");
    robot
        .post("/api/v1/users")
        .json(&json!({ "subject": "new", "name": "New" }))
        .send()
        .await
        .expect(201);
}
