//! `POST /api/v1/tenants` at the register host, by a regional client.

use mock_qlik_cloud::domain::settings::Edition;
use reqwest::Method;
use serde_json::{Value, json};

use crate::control::control;
use crate::support::{Actor, Answer, Client, EDITIONS, START, TENANT_ID, World};

const PATH: &str = "/api/v1/tenants";
const HOST: &str = "register.localhost";
const CLIENT: &str = "0b0000000000000000000000000000b1";
const SECRET: &str = "60000000000000000000000000000000000000000000000000000000000secret";

/// A world with a register host, which has one regional client, and a tenant admin with a key.
async fn world(edition: Edition) -> (World, Answer) {
    let world = World::start(edition).await;
    let body = json!({
        "name": "register",
        "edition": edition.as_str(),
        "seed": {
            "format": 1,
            "tenant": { "name": "Region", "hostnames": [HOST] },
            "apiKeySettings": { "api_keys_enabled": true },
            "roles": [{ "name": "Developer", "assignedScopes": ["api-keys"] }],
            "users": [{
                "subject": "region", "name": "Region", "assignedRoles": ["TenantAdmin", "Developer"],
            }],
            "oauthClients": [{
                "clientId": CLIENT,
                "appType": "web",
                "clientName": "Provisioner",
                "allowedScopes": ["user_default", "admin_classic"],
                "allowedGrantTypes": ["client_credentials", "urn:qlik:oauth:user-impersonation"],
                "secrets": [{ "secret": SECRET }],
                "consentMethod": "trusted",
            }],
        },
    });
    let register = control(&world, Method::POST, "/tenants", Some(&body))
        .await
        .expect(201);
    (world, register)
}

async fn ask_for_token(world: &World, host: &str, scope: Option<&str>) -> Answer {
    let mut body = json!({
        "grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET,
    });
    if let Some(scope) = scope {
        body["scope"] = scope.into();
    }
    let request = world.anonymous().post("/oauth/token").header("host", host);
    request.json(&body).send().await
}

/// The regional client, as it calls a host.
async fn provisioner(world: &World, host: &str) -> Client {
    let answer = ask_for_token(world, host, None).await.expect(200);
    world.with_token(answer.str("/access_token"))
}

async fn register(client: &Client, host: &str, body: &Value) -> Answer {
    client.post(PATH).header("host", host).json(body).send().await
}

async fn count(world: &World) -> usize {
    let list = control(world, Method::GET, "/tenants", None).await.expect(200);
    list.json["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_regional_client_creates_a_tenant_and_sets_it_up() {
    for edition in EDITIONS {
        let (world, _) = world(edition).await;
        let region = provisioner(&world, HOST).await;
        let port = world.url().rsplit_once(':').unwrap().1.to_owned();
        let host = format!("{HOST}:{port}");
        let body = json!({ "licenseKey": "a-license", "datacenter": "eu-west-1" });
        let created = register(&region, &host, &body).await.expect(201);
        assert_ne!(created.str("/id"), TENANT_ID);
        let (id, bot) = (created.str("/id"), created.str("/createdByUser"));
        let expected = [
            ("/name", "t1"),
            ("/hostnames/0", "t1.localhost"),
            ("/datacenter", "eu-west-1"),
            ("/status", "active"),
            ("/created", START),
            ("/lastUpdated", START),
        ];
        for (pointer, text) in expected {
            assert_eq!(created.str(pointer), text, "{pointer}");
        }
        let own = format!("http://t1.localhost:{port}/api/v1/tenants/{id}");
        assert_eq!(created.str("/links/self/href"), own);
        let known = control(&world, Method::GET, "/tenants/t1", None)
            .await
            .expect(200);
        assert_eq!((known.str("/id"), known.str("/edition")), (id, edition.as_str()));

        // Its token of the register host is not one of the new tenant, but the client is known there.
        let at = "t1.localhost";
        let me = "/api/v1/users/me";
        let stranger = region.get(me).header("host", at).send().await;
        stranger.expect_refusal(401, "wrong-tenant");
        let inside = provisioner(&world, at).await;
        let found = inside.get(me).header("host", at).send().await.expect(301);
        assert!(found.header("location").ends_with(bot));
        let users = inside
            .get("/api/v1/users")
            .header("host", at)
            .send()
            .await
            .expect(200);
        assert_eq!(users.each("subject"), [format!("qlikbot\\{CLIENT}")]);
        assert_eq!(users.str("/data/0/assignedRoles/0/name"), "TenantAdmin");
        let user = json!({ "subject": "first", "name": "First", "status": "active" });
        let request = inside.post("/api/v1/users").header("host", at).json(&user);
        request.send().await.expect(201);
        let patch = json!([{ "op": "replace", "path": "/name", "value": "Mine" }]);
        let request = inside
            .patch(&format!("{PATH}/{id}"))
            .header("host", at)
            .json(&patch);
        request.send().await.expect(204);
        // The rest of the world has seen nothing of that; the new tenant is no register host.
        let elsewhere = world.sign_in("keyless-admin").await;
        let subjects = elsewhere.get("/api/v1/users?limit=100").send().await.expect(200);
        assert!(!subjects.each("subject").contains(&"first".to_owned()));
        register(&inside, at, &body)
            .await
            .expect_refusal(403, "not-regional-client");

        // A reset leads back to the tenant as it was created.
        control(&world, Method::POST, "/reset?tenant=t1", None).await;
        let inside = provisioner(&world, at).await;
        let tenant = inside
            .get(&format!("{PATH}/{id}"))
            .header("host", at)
            .send()
            .await;
        assert_eq!(tenant.expect(200).json, created.json.clone().at_no_port(&port));
    }
}

trait AtNoPort {
    fn at_no_port(self, port: &str) -> Self;
}

impl AtNoPort for Value {
    /// The same resource, as whoever names the host without its port sees it.
    fn at_no_port(mut self, port: &str) -> Self {
        let link = self["links"]["self"]["href"].as_str().unwrap();
        self["links"]["self"]["href"] = link.replace(&format!(":{port}"), "").into();
        self
    }
}

#[tokio::test]
async fn a_new_tenant_is_of_the_domain_of_its_register_host() {
    let (world, _) = world(Edition::Current).await;
    let body = json!({ "licenseKey": "a-license" });
    for (host, hostname) in [
        ("register.eu.qlikcloud.com", "t1.eu.qlikcloud.com"),
        ("REGISTER.us.qlikcloud.com:8443", "t2.us.qlikcloud.com"),
        // By the address, the token tells which tenant is meant.
        ("127.0.0.1:7545", "t3.localhost"),
    ] {
        let region = provisioner(&world, HOST).await;
        let created = register(&region, host, &body).await.expect(201);
        assert_eq!(created.str("/hostnames/0"), hostname);
        provisioner(&world, hostname).await;
    }
}

#[tokio::test]
async fn without_a_good_license_key_there_is_no_tenant() {
    let (world, _) = world(Edition::Current).await;
    let region = provisioner(&world, HOST).await;
    let before = count(&world).await;
    let refused = async |body: Value, status: u16, code: &str, title: &str| {
        let request = region.post(PATH).header("host", HOST).json(&body);
        let answer = request
            .tolerated_beyond_the_contract()
            .send()
            .await
            .expect(status);
        assert_eq!(answer.str("/errors/0/code"), code, "{body}");
        assert_eq!(answer.str("/errors/0/title"), title, "{body}");
        answer
    };
    for body in [json!({}), json!({ "datacenter": "eu" })] {
        refused(body, 400, "TENANTS-21", "Missing licenseKey property").await;
    }
    for key in ["", " ", "two words", "é", "a\nb"] {
        let body = json!({ "licenseKey": key });
        refused(body, 403, "TENANTS-23", "Invalid license error").await;
    }
    for body in [
        json!({ "licenseKey": 1 }),
        json!({ "licenseKey": null }),
        json!({ "licenseKey": "a", "datacenter": "" }),
        json!([]),
    ] {
        refused(body, 400, "HTTP-400", "Bad request").await;
    }
    assert_eq!(count(&world).await, before);
}

#[tokio::test]
async fn only_a_regional_client_for_itself_creates_tenants() {
    let (world, register_host) = world(Edition::Classic).await;
    let before = count(&world).await;
    let body = json!({ "licenseKey": "a-license" });
    let anonymous = world.anonymous();
    register(&anonymous, HOST, &body)
        .await
        .expect_refusal(401, "no-credential");
    // A tenant admin of the register host, by a key, by a session, and by a token that the client got in his name.
    let admin = world.with_token(register_host.str("/admin/token"));
    register(&admin, HOST, &body)
        .await
        .expect_refusal(403, "not-regional-client");
    let impersonation = json!({
        "grant_type": "urn:qlik:oauth:user-impersonation", "client_id": CLIENT, "client_secret": SECRET,
        "user_lookup": { "field": "subject", "value": "region" },
    });
    let request = anonymous.post("/oauth/token").header("host", HOST);
    let answer = request.json(&impersonation).send().await.expect(200);
    let in_his_name = world.with_token(answer.str("/access_token"));
    register(&in_his_name, HOST, &body)
        .await
        .expect_refusal(403, "not-regional-client");
    // The client, with less than a tenant admin may do.
    let answer = ask_for_token(&world, HOST, Some("user_default"))
        .await
        .expect(200);
    let narrow = world.with_token(answer.str("/access_token"));
    register(&narrow, HOST, &body)
        .await
        .expect_refusal(403, "out-of-scope");
    // The client at another tenant, and another tenant's admin at the register host.
    let region = provisioner(&world, HOST).await;
    register(&region, "default.localhost", &body)
        .await
        .expect_refusal(401, "wrong-tenant");
    register(&world.by_key(Actor::TenantAdminHoldingKeys), HOST, &body)
        .await
        .expect_refusal(401, "wrong-tenant");
    // Outside of the register host nobody knows the client.
    let unknown = ask_for_token(&world, "default.localhost", None).await.expect(401);
    assert_eq!(unknown.refusal(), Some("unknown-client"));
    // A client that the register host has no more.
    let request = admin.delete(&format!("/api/v1/oauth-clients/{CLIENT}"));
    let request = request.header("host", HOST).header("qlik-confirm-delete", CLIENT);
    request.send().await.expect(204);
    register(&region, HOST, &body)
        .await
        .expect_refusal(401, "token-revoked");
    assert_eq!(count(&world).await, before);
}

#[tokio::test]
async fn without_a_register_host_there_is_none() {
    let world = World::start(Edition::Current).await;
    let answer = world
        .anonymous()
        .post(PATH)
        .header("host", HOST)
        .json(&json!({ "licenseKey": "a-license" }));
    let answer = answer.send().await.expect(404);
    assert_eq!(answer.str("/errors/0/code"), "MOCK-NO-TENANT");
}
