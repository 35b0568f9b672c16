//! No secret leaves by a log, an error or a `Debug` form, however a client misplaces it.

use axum::http::Method;
use mock_qlik_cloud::Emulator;
use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::seeds::Seed;
use serde_json::{Value, json};

use crate::program::Program;
use crate::support::{Client, EDITIONS, TENANT_ID, jwt};
use crate::web_security::all_pages;

/// What lets in to the control API.
const CONTROL_TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Secrets that must not be found in any text.
#[derive(Default)]
struct Secrets(Vec<String>);

impl Secrets {
    /// Notes an API key, a cookie (`eas.sid=…`) or a CSRF token.
    fn add(&mut self, secret: &str) {
        self.0.push(secret.rsplit('=').next().unwrap().to_owned());
    }

    /// Notes what a client authenticates with.
    fn add_session(&mut self, client: &Client) {
        self.add(client.secret());
        self.add(client.csrf());
    }

    /// Fails if a text has a secret in it, or a telling part of one.
    fn assert_absent(&self, text: &str, what: &str) {
        for secret in &self.0 {
            // The first parts of an API key can be known; its signature is what makes it good.
            let telling = secret.rsplit('.').next().unwrap();
            for part in [&telling[..24], &telling[telling.len() - 24..]] {
                // The journal is one long line.
                let around = text.find(part).map(|at| {
                    let (before, after) = text.split_at(at);
                    let before: String = before.chars().rev().take(600).collect();
                    let before: String = before.chars().rev().collect();
                    let after: String = after.chars().take(200).collect();
                    format!("{before}{after}")
                });
                assert_eq!(around, None, "{what} has {part} of {secret} in it");
            }
        }
    }
}

/// Walks through the tutorial, notes every secret that is made on the way, and returns the admin's session.
async fn walk(client: &Client, secrets: &mut Secrets) -> Client {
    let admin = client.sign_in("admin@example.com").await;
    let user = client.sign_in("user@example.com").await;
    secrets.add_session(&admin);
    secrets.add_session(&user);
    let me = user.get("/api/v1/users/me").send().await.expect(301);
    let user_path = format!(
        "/api/v1/users/{}",
        me.header("location").rsplit('/').next().unwrap()
    );

    let config = format!("/api/v1/api-keys/configs/{TENANT_ID}");
    let switch = json!([{ "op": "replace", "path": "/api_keys_enabled", "value": true }]);
    admin.patch(&config).json(&switch).send().await.expect(204);
    let developer = json!([{ "op": "add", "path": "/assignedRoles/-", "value": { "name": "Developer" } }]);
    admin.patch(&user_path).json(&developer).send().await.expect(204);

    let mut keys = Vec::new();
    for description in ["good", "deleted", "revoked"] {
        let made = user
            .post("/api/v1/api-keys")
            .json(&json!({ "description": description }))
            .send()
            .await
            .expect(201);
        secrets.add(made.str("/token"));
        keys.push((made.str("/id").to_owned(), made.str("/token").to_owned()));
    }
    let by_key = client.with_token(&keys[0].1);
    let me = by_key.get("/api/v1/users/me").send().await.expect(301);
    by_key.get(me.header("location")).send().await.expect(200);
    by_key.get("/api/v1/api-keys").send().await.expect(200);
    user.delete(&format!("/api/v1/api-keys/{}", keys[1].0))
        .send()
        .await
        .expect(204);
    admin
        .delete(&format!("/api/v1/api-keys/{}", keys[2].0))
        .send()
        .await
        .expect(204);
    client
        .with_token(&keys[1].1)
        .get("/api/v1/users/me")
        .send()
        .await
        .expect_refusal(401, "unknown-credential");
    client
        .with_token(&keys[2].1)
        .get("/api/v1/users/me")
        .send()
        .await
        .expect_refusal(401, "key-revoked");
    user.post("/logout").send().await.expect(303);
    user.get("/api/v1/users/me")
        .send()
        .await
        .expect_refusal(401, "session-ended");
    admin
}

/// The redirect URI of the client of [`walk_oauth`].
const CALLBACK: &str = "https://page.example/callback";

/// A `code_verifier` and its `code_challenge` (RFC 7636, appendix B).
const PKCE: (&str, &str) = (
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
);

/// Makes an OAuth client, lets it act for itself and for the admin, and notes every secret that is made on the way:
/// two client secrets, a code, its verifier, three access tokens and two refresh tokens.
async fn walk_oauth(client: &Client, admin: &Client, secrets: &mut Secrets) {
    let asked = json!({
        "appType": "web",
        "clientName": "Robot",
        "redirectUris": [CALLBACK],
        "allowedScopes": ["user_default", "offline_access"],
        "allowedGrantTypes": ["client_credentials"],
        "connectionConfig": { "consentMethod": "trusted" },
    });
    let made = admin
        .post("/api/v1/oauth-clients")
        .json(&asked)
        .send()
        .await
        .expect(201);
    let (id, secret) = (made.str("/clientId"), made.str("/clientSecret"));
    secrets.add(secret);
    let another = admin.post(&format!("/api/v1/oauth-clients/{id}/client-secrets"));
    secrets.add(another.send().await.expect(201).str("/clientSecret"));

    let ask = async |body: Value| client.post("/oauth/token").json(&body).send().await;
    let own = json!({ "grant_type": "client_credentials", "client_id": id, "client_secret": secret });
    secrets.add(ask(own).await.expect(200).str("/access_token"));

    let authorize = admin.get("/oauth/authorize").query(&[
        ("response_type", "code"),
        ("client_id", id),
        ("redirect_uri", CALLBACK),
        ("scope", "user_default offline_access"),
        ("state", "x"),
        ("code_challenge", PKCE.1),
        ("code_challenge_method", "S256"),
    ]);
    let back = authorize.send().await.expect(302);
    let code = back.header("location").split(['=', '&']).nth(1).unwrap();
    secrets.add(code);
    secrets.add(PKCE.0);
    let exchange = json!({
        "grant_type": "authorization_code", "client_id": id, "client_secret": secret, "code": code,
        "redirect_uri": CALLBACK, "code_verifier": PKCE.0,
    });
    let first = ask(exchange.clone()).await.expect(200);
    let refresh = json!({
        "grant_type": "refresh_token", "client_id": id, "client_secret": secret,
        "refresh_token": first.str("/refresh_token"),
    });
    let second = ask(refresh).await.expect(200);
    for tokens in [&first, &second] {
        secrets.add(tokens.str("/access_token"));
        secrets.add(tokens.str("/refresh_token"));
    }
    let page = client.with_token(second.str("/access_token"));
    page.get("/api/v1/users/me").send().await.expect(301);
    ask(exchange).await.expect_refusal(400, "code-used");
}

/// A secret that only its name gives away: it has no digit, and is no longer than other words.
const PASSPHRASE: &str = "correct-horse-battery-staple";

/// Makes identity providers, one of them with the private key in place of the public one, begins a session by a token,
/// and notes every secret that is sent or made on the way.
async fn walk_providers(client: &Client, admin: &Client, secrets: &mut Secrets) {
    let create = async |body: Value| {
        let request = admin.post("/api/v1/identity-providers").json(&body);
        request.tolerated_beyond_the_contract().send().await
    };
    let jwt_provider = |pem: &str| {
        json!({
            "provider": "external", "protocol": "jwtAuth", "interactive": false, "description": "Portal",
            "options": { "issuer": jwt::ISSUER, "staticKeys": [{ "pem": pem, "kid": jwt::KEY_ID }] },
        })
    };
    let private = jwt::private_key();
    secrets.add(&private[100..160]);
    create(jwt_provider(&private)).await.expect(400);
    let made = create(jwt_provider(&jwt::certificate())).await;
    assert!([201, 400].contains(&made.status), "{}", made.text);

    secrets.add(PASSPHRASE);
    let oidc = json!({
        "provider": "okta", "protocol": "OIDC", "interactive": true, "description": "Okta",
        "pendingOptions": {
            "clientId": "client", "clientSecret": PASSPHRASE,
            "discoveryUrl": "https://example.okta.com/.well-known/openid-configuration",
            "claimsMapping": { "sub": ["/sub"], "name": ["/name"], "email": ["/email"] },
        },
    });
    let made = create(oidc).await.expect(201);
    let patch = |path: &str| json!([{ "op": "replace", "path": path, "value": PASSPHRASE }]);
    let provider = format!("/api/v1/identity-providers/{}", made.str("/id"));
    let change = admin
        .patch(&provider)
        .json(&patch("/pendingOptions/clientSecret"));
    change.send().await.expect(204);
    admin.get(&provider).send().await.expect(200);
    let wrong = client
        .post("/_mock/emulator/token")
        .form(&[("token", PASSPHRASE)]);
    wrong.send().await.expect(401);

    let health = client.get("/health").send().await.expect(200);
    let token = jwt::sign(
        &jwt::header(),
        &jwt::claims(health.str("/time").parse().unwrap(), "1"),
    );
    secrets.add(&token);
    let begin = || client.with_token(&token).post("/login/jwt-session");
    let begun = begin().send().await.expect(200);
    begin().send().await.expect_refusal(401, "jwt-replayed");
    for cookie in begun.headers.get_all("set-cookie") {
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        if !pair.contains(".sig=") {
            secrets.add(pair);
        }
    }
}

/// A client secret that the console has made and not shown yet.
struct KeptSecret {
    page: String,
}

/// Makes an OAuth client in the console, whose secret waits in the session for its page.
async fn keep_client_secret(admin: &Client) -> KeptSecret {
    let fields = [("type", "web"), ("name", "Kept"), ("consent", "required")];
    let made = admin
        .post("/console/oauth/new")
        .form(&fields)
        .outside_the_contract();
    let page = made.send().await.expect(303).header("location").to_owned();
    KeptSecret { page }
}

impl KeptSecret {
    fn client_id(&self) -> &str {
        self.page.split('/').nth(3).unwrap()
    }

    /// Takes the secret.
    async fn show(&self, admin: &Client) -> String {
        let page = admin
            .get(&self.page)
            .outside_the_contract()
            .send()
            .await
            .expect(200);
        let (_, rest) = page
            .text
            .split_once("data-testid=\"new-client-secret\">")
            .unwrap();
        rest.split('<').next().unwrap().to_owned()
    }
}

/// Sends a secret where OAuth takes something else, or another one.
fn misplace_in_oauth(http: &reqwest::Client, url: &str, secret: &str) -> Vec<reqwest::RequestBuilder> {
    let mut requests = Vec::new();
    for name in [
        "client_id",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
        "code_challenge",
        "prompt",
        "code",
        secret,
    ] {
        for page in ["authorize", "consent"] {
            requests.push(http.get(format!("{url}/oauth/{page}?client_id=x&{name}={secret}")));
        }
    }
    for grant_type in [
        "client_credentials",
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:qlik:oauth:user-impersonation",
        secret,
    ] {
        for member in [
            "client_id",
            "client_secret",
            "client_assertion",
            "client_assertion_type",
            "code",
            "code_verifier",
            "refresh_token",
            "subject_token",
            "purpose",
            "scope",
            secret,
        ] {
            let body = json!({ "grant_type": grant_type, "client_id": "x", member: format!("{secret}x") });
            requests.push(http.post(format!("{url}/oauth/token")).json(&body));
            let form = format!("grant_type={grant_type}&{member}={secret}");
            let request = http.post(format!("{url}/oauth/token")).body(form);
            requests.push(request.header("content-type", "application/x-www-form-urlencoded"));
        }
    }
    for body in [json!({ secret: secret }), json!({ "token": [secret] })] {
        requests.push(http.post(format!("{url}/oauth/revoke")).json(&body));
    }
    requests
}

/// Sends a secret where none belongs: in headers, the query, the path, the body, and as the method.
async fn misplace(url: &str, admin: &Client, secret: &str, secrets: &Secrets) {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    // Whoever gets in learns more.
    let admitted = |request: reqwest::RequestBuilder| {
        request
            .header("cookie", admin.secret())
            .header("qlik-csrf-token", admin.csrf())
            .header("mock-control-token", CONTROL_TOKEN)
    };
    let mut requests = misplace_in_oauth(&http, url, secret);
    for (name, value) in [
        ("authorization", format!("Bearer {secret}x")),
        ("authorization", format!("Bearer x{secret}")),
        ("authorization", format!("Basic {secret}")),
        ("authorization", secret.to_owned()),
        ("cookie", format!("eas.sid={secret}")),
        ("cookie", format!("eas.sid=x{secret}; other={secret}")),
        ("qlik-csrf-token", secret.to_owned()),
        ("mock-control-token", format!("{secret}x")),
        ("origin", format!("http://{secret}.example")),
        ("host", format!("{secret}.example")),
        ("user-agent", secret.to_owned()),
        ("content-type", format!("application/{secret}")),
        (secret, "as the name of a header".to_owned()),
    ] {
        requests.push(http.get(format!("{url}/api/v1/users/me")).header(name, &value));
        requests.push(
            http.post(format!("{url}/login"))
                .header(name, &value)
                .body("user=nobody"),
        );
        requests.push(
            http.post(format!("{url}/api/v1/users"))
                .header("cookie", admin.secret())
                .header(name, &value)
                .body("x"),
        );
    }
    for name in [
        "access_token",
        "filter",
        "sort",
        "limit",
        "next",
        "prev",
        "status",
        "startingAfter",
        "totalResults",
        "returnto",
        "fields",
        secret,
    ] {
        for path in [
            "/api/v1/users",
            "/api/v1/api-keys",
            "/api/v1/roles",
            "/login",
            "/nowhere",
        ] {
            requests.push(admitted(http.get(format!("{url}{path}?{name}={secret}"))));
            requests.push(http.get(format!("{url}{path}?{name}=//{secret}")));
        }
    }
    for path in [
        "",
        "api/v1/",
        "api/v1/api-keys/",
        "api/v1/api-keys/configs/",
        "api/v1/users/",
        "api/v1/roles/",
        "api/v1/tenants/",
        "api/v1/oauth-clients/",
        "api/v1/oauth-tokens/",
        "console/",
        "console/oauth/",
        "_mock/",
        "_mock/snapshots/",
        "assets/",
    ] {
        for method in [Method::GET, Method::PATCH, Method::DELETE, Method::PUT] {
            requests.push(admitted(http.request(method.clone(), format!("{url}/{path}{secret}"))).body("[]"));
            requests.push(http.request(method, format!("{url}/{path}x/{secret}/y")));
        }
    }
    let patch = |value: Value| {
        json!([
            { "op": secret, "path": secret, "value": value },
            { "op": "replace", "path": "/name", "value": value },
        ])
    };
    for (path, body) in [
        (
            "/api/v1/api-keys",
            json!({ "description": "x", "expiry": secret, "sub": secret, "subType": secret }),
        ),
        ("/api/v1/api-keys", json!({ "description": "x", "sub": secret })),
        (
            "/api/v1/users",
            json!({ "subject": "x", "email": secret, "status": secret, "tenantId": secret }),
        ),
        (
            "/api/v1/users",
            json!({ "subject": "x", "assignedRoles": [{ "name": secret }, { "id": secret }] }),
        ),
        ("/api/v1/users/actions/filter", json!({ "filter": secret })),
        (
            "/api/v1/users/actions/filter",
            json!({ "filter": format!("{secret} eq 'x'") }),
        ),
        (
            "/api/v1/users/actions/filter",
            json!({ "filter": format!("name {secret} '{secret}'") }),
        ),
        ("/api/v1/users/actions/invite", json!({ "invitees": secret })),
        (
            "/api/v1/users/actions/invite",
            json!({ "invitees": [{ "email": 7, "language": secret }] }),
        ),
        (
            "/api/v1/oauth-clients",
            json!({
                "appType": secret, "clientName": [secret], "redirectUris": [secret], "allowedOrigins": [secret],
                "allowedGrantTypes": [secret], "allowedAuthMethods": [secret], "publicKeys": [{ "kid": secret }],
                "connectionConfig": { "consentMethod": secret },
            }),
        ),
        // Taken at first; then the name is taken.
        ("/api/v1/roles", json!({ "name": secret })),
        ("/api/v1/roles", json!({ "name": secret })),
    ] {
        requests.push(admitted(http.post(format!("{url}{path}"))).json(&body));
    }
    for path in [
        "/api/v1/users/650000000000000000000002".to_owned(),
        format!("/api/v1/tenants/{TENANT_ID}"),
        format!("/api/v1/api-keys/configs/{TENANT_ID}"),
    ] {
        for value in [
            json!(secret),
            json!([{ "name": secret }]),
            json!({ secret: secret }),
        ] {
            requests.push(admitted(http.patch(format!("{url}{path}"))).json(&patch(value)));
        }
        let roles = json!([{ "op": "add", "path": "/assignedRoles", "value": [{ "name": secret }] }]);
        requests.push(admitted(http.patch(format!("{url}{path}"))).json(&roles));
    }
    for text in [
        secret.to_owned(),
        format!("{{\"{secret}"),
        format!("[\"{secret}\"]"),
        format!("{{\"{secret}\":1,}}"),
    ] {
        for path in [
            "/api/v1/users",
            "/api/v1/roles",
            "/api/v1/api-keys",
            "/api/v1/users/actions/invite",
        ] {
            requests.push(admitted(http.post(format!("{url}{path}"))).body(text.clone()));
        }
    }
    for form in [
        format!("user={secret}"),
        format!("user=x&returnto={secret}"),
        format!("{secret}={secret}"),
        format!("csrf={secret}"),
    ] {
        requests.push(http.post(format!("{url}/login")).body(form.clone()));
        // With its own CSRF token the session would end, and every later request be refused for that.
        if secret != admin.csrf() {
            requests.push(
                http.post(format!("{url}/logout"))
                    .header("cookie", admin.secret())
                    .body(form),
            );
        }
    }
    let unknown = json!({ "format": 1, secret: secret, "tenant": { secret: secret } });
    requests.push(admitted(http.put(format!("{url}/_mock/seed"))).json(&unknown));
    requests.push(admitted(http.post(format!("{url}/_mock/seed/check"))).json(&unknown));
    requests.push(admitted(
        http.post(format!("{url}/_mock/snapshots/x{secret}/restore")),
    ));
    requests.push(http.request(
        Method::from_bytes(secret.as_bytes()).unwrap(),
        format!("{url}/api/v1/users"),
    ));

    let mut refused = 0;
    for request in requests {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), format!("{:?}", answer.headers()));
        let body = answer.text().await.unwrap();
        if status.is_client_error() || status.is_server_error() {
            refused += 1;
            secrets.assert_absent(&headers, "the head of an error");
            secrets.assert_absent(&body, "an error");
            assert_ne!(status, 500, "{body}");
        }
    }
    assert!(refused > 100, "only {refused} requests were refused");
}

#[tokio::test]
async fn neither_a_log_nor_an_error_shows_a_secret() {
    for format in ["text", "json"] {
        let arguments = ["--port", "0", "--log-format", format, "--log-level", "trace"];
        let server = Program::start(&arguments, &[("MOCK_QLIK_CONTROL_TOKEN", CONTROL_TOKEN)]);
        let client = Client::at(server.url().to_owned(), Edition::Classic);
        let mut secrets = Secrets::default();
        secrets.add(CONTROL_TOKEN);
        let admin = walk(&client, &mut secrets).await;
        walk_oauth(&client, &admin, &mut secrets).await;
        assert_eq!(secrets.0.len(), 8 + 9);
        for secret in secrets.0.clone() {
            misplace(server.url(), &admin, &secret, &secrets).await;
        }
        walk_providers(&client, &admin, &mut secrets).await;
        admin.get("/api/v1/users/me").send().await.expect(301);
        for path in ["/_mock/requests?limit=10000", "/_mock/requests/har?limit=10000"] {
            let journal = client.get(path).header("mock-control-token", CONTROL_TOKEN);
            let journal = journal.outside_the_contract().send().await.expect(200);
            assert!(journal.text.len() > 100_000, "the journal is short");
            secrets.assert_absent(&journal.text, "the journal");
        }
        let outcome = server.stop();
        assert!(outcome.stderr.lines().count() > 1000, "the log is short");
        assert!(
            outcome.stderr.contains("/api/v1/users/…"),
            "a masked path is in the log"
        );
        secrets.assert_absent(&outcome.stderr, "the log");
        secrets.assert_absent(&outcome.stdout, "the output");
    }
}

#[tokio::test]
async fn the_state_of_a_tenant_prints_no_secret() {
    let seed: Value = serde_json::from_str(include_str!("../../fixtures/seeds/ready.json")).unwrap();
    for edition in EDITIONS {
        let emulator = Emulator::builder()
            .seed(Seed::shipped("ready").unwrap())
            .edition(edition)
            .start()
            .await
            .unwrap();
        let client = Client::at(emulator.url(), edition);
        let mut secrets = Secrets::default();
        for key in seed["apiKeys"].as_array().unwrap() {
            secrets.add(key["token"].as_str().unwrap());
        }
        secrets.add(seed["signingKey"]["secret"].as_str().unwrap());
        let admin = client.sign_in("admin").await;
        secrets.add_session(&admin);
        let made = admin
            .post("/api/v1/api-keys")
            .json(&json!({ "description": "x" }))
            .send()
            .await
            .expect(201);
        secrets.add(made.str("/token"));
        walk_oauth(&client, &admin, &mut secrets).await;
        walk_providers(&client, &admin, &mut secrets).await;
        let client_secret = keep_client_secret(&admin).await;

        let tenant = emulator.tenant();
        for printed in [
            format!("{:?}", *tenant.read()),
            format!("{:#?}", *tenant.read()),
            format!("{tenant:?}"),
            format!("{emulator:?}"),
        ] {
            assert!(printed.contains("Tenant"), "{printed}");
            secrets.assert_absent(&printed, "the state");
        }
        let state = format!("{:?}", *tenant.read());
        secrets.add(&client_secret.show(&admin).await);
        secrets.assert_absent(&state, "the state");
        assert!(
            state.contains(made.str("/id")) && state.contains("TokenDigest(..)"),
            "the key is not in the state:\n{state}"
        );
    }
}

#[tokio::test]
async fn no_page_shows_a_secret_of_another_page() {
    for edition in EDITIONS {
        let emulator = Emulator::builder()
            .edition(edition)
            .seed(Seed::shipped("ready").unwrap())
            .start()
            .await
            .unwrap();
        let client = Client::at(emulator.url(), edition);
        let (admin, mut secrets) = (client.sign_in("admin").await, Secrets::default());
        let key = admin
            .post("/api/v1/api-keys")
            .json(&json!({ "description": "x" }));
        secrets.add(key.send().await.expect(201).str("/token"));
        walk_oauth(&client, &admin, &mut secrets).await;
        walk_providers(&client, &admin, &mut secrets).await;
        // Its CSRF token is in the forms of every page.
        secrets.add(admin.secret());
        let pages = all_pages(&admin).await;
        assert!(pages.len() > 20, "only {} pages", pages.len());
        for (path, page) in pages {
            secrets.assert_absent(&page.text, &path);
            secrets.assert_absent(&format!("{:?}", page.headers), &path);
        }
    }
}

#[tokio::test]
async fn a_written_down_state_holds_no_token() {
    for edition in EDITIONS {
        let emulator = Emulator::builder()
            .edition(edition)
            .seed(Seed::shipped("ready").unwrap())
            .start()
            .await;
        let emulator = emulator.unwrap();
        let client = Client::at(emulator.url(), edition);
        let admin = client.sign_in("admin").await;
        let made = admin
            .post("/api/v1/api-keys")
            .json(&json!({ "description": "x" }))
            .send()
            .await
            .expect(201);
        let mut secrets = Secrets::default();
        secrets.add_session(&admin);
        secrets.add(made.str("/token"));
        walk_oauth(&client, &admin, &mut secrets).await;
        walk_providers(&client, &admin, &mut secrets).await;
        let client_secret = keep_client_secret(&admin).await;
        let save = client.put("/_mock/snapshots/x").outside_the_contract();
        save.send().await.expect(200);
        let mut states = Vec::new();
        for path in ["/_mock/seed", "/_mock/snapshots/x", "/_mock/snapshots"] {
            states.push(client.get(path).outside_the_contract().send().await.expect(200));
        }
        secrets.add(&client_secret.show(&admin).await);
        for state in &states {
            secrets.assert_absent(&state.text, "the state");
        }
        for state in &states[..2] {
            assert!(
                state.text.contains(made.str("/id")) && state.text.contains(client_secret.client_id()),
                "{}",
                state.text
            );
        }
    }
}

#[tokio::test]
async fn a_token_is_shown_once_and_kept_by_no_cache() {
    for edition in EDITIONS {
        let emulator = Emulator::builder()
            .seed(Seed::shipped("ready").unwrap())
            .edition(edition)
            .start()
            .await
            .unwrap();
        let admin = Client::at(emulator.url(), edition).sign_in("admin").await;
        let made = admin
            .post("/api/v1/api-keys")
            .json(&json!({ "description": "x" }))
            .send()
            .await
            .expect(201);
        assert_eq!(made.header("cache-control"), "no-store");
        let token = made.str("/token").to_owned();
        let signature = token.rsplit('.').next().unwrap();
        let key = format!("/api/v1/api-keys/{}", made.str("/id"));
        for path in ["/api/v1/api-keys", key.as_str(), "/api/v1/users", "/health", "/"] {
            let answer = admin.get(path).send().await;
            assert!(!answer.text.contains(signature), "{path} shows the token");
        }
    }
}
