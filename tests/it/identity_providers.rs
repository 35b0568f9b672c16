//! `/api/v1/identity-providers`.

use axum::http::Method;
use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Client, EDITIONS, START, TENANT_ID, World, jwt};

const PROVIDERS: &str = "/api/v1/identity-providers";

async fn admin(world: &World) -> Client {
    world.by_session(Actor::TenantAdmin).await
}

/// A JWT provider as the published guide creates one.
fn a_jwt_provider(issuer: &str) -> Value {
    json!({
        "tenantIds": [TENANT_ID],
        "provider": "external",
        "protocol": "jwtAuth",
        "interactive": false,
        "active": true,
        "description": "Auth for my web app",
        "options": {
            "jwtLoginEnabled": true,
            "issuer": issuer,
            "staticKeys": [{ "pem": jwt::certificate(), "kid": "key" }],
        },
    })
}

fn an_oidc_provider() -> Value {
    json!({
        "provider": "okta",
        "protocol": "OIDC",
        "interactive": true,
        "description": "Okta",
        "pendingOptions": {
            "clientId": "client",
            "clientSecret": "hunter2",
            "discoveryUrl": "https://example.okta.com/.well-known/openid-configuration",
            "idTokenSignatureAlg": "RS512",
            "claimsMapping": { "sub": ["/sub"], "name": ["/name"], "email": ["/email"] },
        },
    })
}

fn a_saml_provider() -> Value {
    let claims = json!(["/a"]);
    json!({
        "provider": "azureAD",
        "protocol": "SAML",
        "interactive": true,
        "skipVerify": true,
        "options": {
            "entityId": "entity",
            "signOnUrl": "https://example.com/saml",
            "metadata": { "raw": "PHhtbC8+" },
            "certificates": [{ "certificate": "MII", "name": "first" }],
            "nameIdFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            "claimsMapping":
                { "sub": claims, "name": claims, "email": claims, "picture": claims, "groups": claims },
        },
    })
}

async fn create(client: &Client, body: &Value) -> Answer {
    client.post(PROVIDERS).json(body).send().await
}

async fn created(client: &Client, body: &Value) -> (String, Value) {
    let answer = create(client, body).await.expect(201);
    (format!("{PROVIDERS}/{}", answer.str("/id")), answer.json.clone())
}

async fn list(client: &Client, query: &[(&str, &str)]) -> Answer {
    client.get(PROVIDERS).query(query).send().await.expect(200)
}

#[tokio::test]
async fn a_jwt_provider_is_made_and_read_as_published() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = admin(&world).await;
        let answer = create(&admin, &a_jwt_provider("myorganization.com"))
            .await
            .expect(201);
        assert_eq!(
            answer.json,
            json!({
                "id": answer.json["id"],
                "tenantIds": [TENANT_ID],
                "protocol": "jwtAuth",
                "provider": "external",
                "interactive": false,
                "active": true,
                "description": "Auth for my web app",
                "clockToleranceSec": 5,
                "created": START,
                "lastUpdated": START,
                "options": {
                    "issuer": "myorganization.com",
                    "staticKeys": [{ "kid": "key", "pem": jwt::certificate() }],
                },
            })
        );
        let read = admin.get(&format!("{PROVIDERS}/{}", answer.str("/id")));
        let read = read.send().await.expect(200);
        assert_eq!(read.json, answer.json);
        assert_eq!(read.header("qlik-idp-popts"), answer.header("qlik-idp-popts"));
    }
}

#[tokio::test]
async fn a_new_provider_vouches_for_its_tokens_at_once_within_its_tolerance() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let mut body = a_jwt_provider("another");
    body["clockToleranceSec"] = json!(120);
    created(&admin, &body).await;
    let mut header = jwt::header();
    header["kid"] = json!("key");
    let mut claims = jwt::claims(world.now() + TimeDelta::seconds(120), "1");
    claims["iss"] = json!("another");
    let token = jwt::sign(&header, &claims);
    let login = world.with_token(&token).post("/login/jwt-session");
    login.send().await.expect(200);
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_jwt_provider_is_said_and_nothing_is_made() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let before = list(&admin, &[]).await.json;
    let with = |pointer: &str, value: Value| {
        let mut body = a_jwt_provider("issuer");
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    let pem = "/options/staticKeys/0/pem";
    let certificate = jwt::certificate();
    let middle = certificate.len() / 2;
    let (first, second) = certificate.split_at(middle);
    let key = json!({ "kid": "k", "pem": certificate });
    for (body, places) in [
        (json!({}), &["/protocol"][..]),
        (json!([]), &["?"]),
        (
            with("/protocol", json!("qsefw-local-bearer-token")),
            &["/protocol"],
        ),
        (with("/provider", json!("okta")), &["/provider"]),
        (with("/interactive", json!(true)), &["/interactive"]),
        (with("/description", json!("x".repeat(129))), &["/description"]),
        (
            with("/options", json!({})),
            &["/options/issuer", "/options/staticKeys"],
        ),
        (with("/options", json!(7)), &["/options"]),
        (with("/options/staticKeys", json!([])), &["/options/staticKeys"]),
        (
            with("/options/staticKeys", json!([key, key])),
            &["/options/staticKeys"],
        ),
        (
            with("/options/staticKeys/0", json!({})),
            &["/options/staticKeys/0/kid", pem],
        ),
        (with(pem, json!("nonsense")), &[pem]),
        (with(pem, json!(format!("{first}\n{second}"))), &[pem]),
        (with(pem, json!(format!("{certificate} "))), &[pem]),
        (with("/options/issuer", json!("")), &["/options/issuer"]),
        // Issuer and key of the provider that is there.
        (
            json!({
                "provider": "external",
                "protocol": "jwtAuth",
                "options": {
                    "issuer": jwt::ISSUER,
                    "staticKeys": [{ "kid": jwt::KEY_ID, "pem": certificate }],
                },
            }),
            &["/options/issuer"],
        ),
    ] {
        let answer = create(&admin, &body).await.expect(400);
        let mut faults = answer.faults();
        faults.sort();
        let mut places = places.to_vec();
        places.sort_unstable();
        let whole = places == ["?"];
        assert!(
            faults == places || (whole && !faults.is_empty()),
            "{body}: {}",
            answer.text
        );
    }
    for tolerance in [json!(-1), json!(7201), json!("5")] {
        let mut body = a_jwt_provider("issuer");
        body["clockToleranceSec"] = tolerance;
        create(&admin, &body).await.expect_faults(&["/clockToleranceSec"]);
    }
    let elsewhere = with("/tenantIds", json!(["another-tenant"]));
    create(&admin, &elsewhere)
        .await
        .expect_refusal(403, "other-tenant");
    assert_eq!(list(&admin, &[]).await.json["data"], before["data"]);
}

#[tokio::test]
async fn only_the_description_of_a_jwt_provider_can_be_changed() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let path = format!("{PROVIDERS}/{}", jwt::PROVIDER_ID);
    let before = admin.get(&path).send().await.expect(200).json;
    world.advance(TimeDelta::seconds(1));
    let patch = json!([{ "op": "replace", "path": "/description", "value": "New" }]);
    admin.patch(&path).json(&patch).send().await.expect(204);
    let after = admin.get(&path).send().await.expect(200).json;
    assert_eq!(after["description"], "New");
    assert_ne!(after["lastUpdated"], before["lastUpdated"]);
    assert_eq!(after["options"], before["options"]);
    for (patch, places) in [
        (
            json!([{ "op": "replace", "path": "/active", "value": false }]),
            &["/0/path"][..],
        ),
        (json!([{ "op": "promote-options" }]), &["/0/op"]),
        (
            json!([{ "op": "replace", "path": "/description" }]),
            &["/0/value"],
        ),
        (
            json!([
                { "op": "replace", "path": "/description", "value": "Newer" },
                { "op": "replace", "path": "/description", "value": 7 },
            ]),
            &["/1/value"],
        ),
    ] {
        admin.patch(&path).json(&patch).send().await.expect_faults(places);
    }
    assert_eq!(admin.get(&path).send().await.expect(200).json, after);
}

#[tokio::test]
async fn a_deleted_provider_is_gone() {
    let world = World::start(Edition::Classic).await;
    let admin = admin(&world).await;
    let path = format!("{PROVIDERS}/{}", jwt::PROVIDER_ID);
    admin.delete(&path).send().await.expect(204);
    for method in [Method::GET, Method::DELETE] {
        admin.request(method, &path).send().await.expect(404);
    }
    admin.patch(&path).json(&json!([])).send().await.expect(404);
    assert_eq!(list(&admin, &[]).await.json["data"], json!([]));
}

#[tokio::test]
async fn the_list_is_read_page_by_page() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    for number in 0..4 {
        world.advance(TimeDelta::seconds(1));
        created(&admin, &a_jwt_provider(&number.to_string())).await;
    }
    let all = list(&admin, &[]).await.each("id");
    assert_eq!((all.len(), all[0].as_str()), (5, jwt::PROVIDER_ID));
    let first = list(&admin, &[("limit", "2")]).await;
    assert_eq!(first.each("id"), all[..2]);
    let second = admin.get(first.str("/links/next/href")).send().await.expect(200);
    assert_eq!(second.each("id"), all[2..4]);
    let back = admin.get(second.str("/links/prev/href")).send().await.expect(200);
    assert_eq!(back.each("id"), all[..2]);
    assert_eq!(list(&admin, &[("active", "true")]).await.each("id"), all);
    assert!(list(&admin, &[("active", "false")]).await.each("id").is_empty());
    for (name, value) in [("active", "maybe"), ("limit", "0"), ("next", "nonsense")] {
        let request = admin.get(PROVIDERS).query(&[(name, value)]);
        request.send().await.expect_faults(&[name]);
    }
}

#[tokio::test]
async fn options_that_wait_to_be_verified_are_kept_without_showing_the_secret() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let (path, made) = created(&admin, &an_oidc_provider()).await;
    assert_eq!(
        (&made["active"], &made["pendingState"]),
        (&json!(false), &json!("pending"))
    );
    assert_eq!(made["pendingOptions"]["clientId"], "client");
    assert!(!made.to_string().contains("hunter2"));
    let hash = async || {
        let read = admin.get(&path).send().await.expect(200);
        read.header("qlik-idp-popts").to_owned()
    };
    let before = hash().await;
    let patch = json!([
        { "op": "replace", "path": "/pendingOptions/clientSecret", "value": "hunter3" },
        { "op": "replace", "path": "/postLogoutRedirectUri", "value": "https://example.com" },
        { "op": "replace", "path": "/clockToleranceSec", "value": 9 },
        { "op": "replace", "path": "/meta", "value": { "a": 1 } },
    ]);
    admin.patch(&path).json(&patch).send().await.expect(204);
    let read = admin.get(&path).send().await.expect(200).json;
    assert_eq!(
        (&read["clockToleranceSec"], &read["meta"]),
        (&json!(9), &json!({ "a": 1 }))
    );
    assert_ne!(hash().await, before, "the hash is of the options that wait");
    let promote = || admin.patch(&path).json(&json!([{ "op": "promote-options" }]));
    assert_eq!(
        promote().send().await.expect(412).faults(),
        ["QLIK-IDP-POPTS-MATCH"]
    );
    promote()
        .header("qlik-idp-popts-match", &before)
        .send()
        .await
        .expect(412);
    // The step that would verify them is not emulated.
    let named = promote().header("qlik-idp-popts-match", &hash().await);
    named.send().await.expect_faults(&["/0/op"]);
    for (patch, place) in [
        (
            json!([{ "op": "replace", "path": "/active", "value": true }]),
            "/0/value",
        ),
        (
            json!([{ "op": "replace", "path": "/options/realm", "value": "realm" }]),
            "/0/value",
        ),
        (
            json!([{ "op": "replace", "path": "/pendingOptions/realm", "value": "-" }]),
            "/0/value",
        ),
        (
            json!([{ "op": "replace", "path": "/pendingOptions", "value": {} }]),
            "/0/value/clientId",
        ),
    ] {
        let answer = admin.patch(&path).json(&patch).send().await.expect(400);
        assert!(answer.faults().contains(&place.to_owned()), "{}", answer.text);
    }
}

#[tokio::test]
async fn one_interactive_provider_is_in_use_at_a_time() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let meta = async || admin.get(&format!("{PROVIDERS}/me/meta")).send().await;
    assert!(
        meta()
            .await
            .expect(200)
            .str("/userPortalLink")
            .ends_with("/profile")
    );
    let (first, made) = created(&admin, &a_saml_provider()).await;
    assert_eq!(made["active"], true);
    assert_eq!(made["options"]["certificates"][0]["name"], "first");
    assert_eq!(
        made["options"]["metadata"],
        Value::Null,
        "the contract does not show it"
    );
    meta().await.expect(404);
    let (second, _) = created(&admin, &a_saml_provider()).await;
    let active = async |path: &str| admin.get(path).send().await.expect(200).json["active"].clone();
    assert_eq!(
        (active(&first).await, active(&second).await),
        (json!(false), json!(true))
    );
    let status = admin
        .get(&format!("{PROVIDERS}/status"))
        .send()
        .await
        .expect(200)
        .json;
    assert_eq!(status["active_interactive_idps_count"], 1);
    assert_eq!(status["idps_metadata"].as_array().unwrap().len(), 3);
    admin.delete(&second).send().await.expect_faults(&["?"]);
    let off = json!([{ "op": "replace", "path": "/active", "value": false }]);
    admin.patch(&second).json(&off).send().await.expect(204);
    admin.delete(&second).send().await.expect(204);
    admin.delete(&first).send().await.expect(204);
    meta().await.expect(200);
}

#[tokio::test]
async fn the_options_of_other_protocols_are_checked_as_published() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let without = |mut body: Value, pointer: &str| {
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .remove(member);
        body
    };
    let with = |mut body: Value, pointer: &str, value: Value| {
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[member] = value;
        body
    };
    let (oidc, saml) = (an_oidc_provider(), a_saml_provider());
    for (body, place) in [
        (without(oidc.clone(), "/interactive"), "/interactive"),
        (with(oidc.clone(), "/provider", json!("external")), "/provider"),
        (without(oidc.clone(), "/pendingOptions"), "/pendingOptions"),
        (
            without(oidc.clone(), "/pendingOptions/clientSecret"),
            "/pendingOptions/clientSecret",
        ),
        (with(oidc.clone(), "/interactive", json!(false)), "/options"),
        (
            with(
                oidc.clone(),
                "/pendingOptions/idTokenSignatureAlg",
                json!("HS256"),
            ),
            "/pendingOptions/idTokenSignatureAlg",
        ),
        (
            with(
                oidc.clone(),
                "/pendingOptions/claimsMapping",
                json!({ "sub": "/sub" }),
            ),
            "/pendingOptions/claimsMapping/sub",
        ),
        (
            with(
                oidc.clone(),
                "/pendingOptions/openid_configuration",
                json!({ "issuer": "i" }),
            ),
            "/pendingOptions/openid_configuration/jwks_uri",
        ),
        (with(oidc.clone(), "/active", json!(true)), "/active"),
        (without(saml.clone(), "/skipVerify"), "/options"),
        (
            without(saml.clone(), "/options/claimsMapping/groups"),
            "/options/claimsMapping/groups",
        ),
        (
            with(saml.clone(), "/options/certificates", json!([])),
            "/options/certificates",
        ),
        (
            with(saml.clone(), "/options/nameIdFormat", json!("name")),
            "/options/nameIdFormat",
        ),
    ] {
        let answer = create(&admin, &body).await.expect(400);
        assert!(
            answer.faults().contains(&place.to_owned()),
            "{place}: {}",
            answer.text
        );
    }
    let machine = json!({
        "provider": "generic",
        "protocol": "OIDC",
        "interactive": false,
        "options": { "audience": "a", "claimsMapping": { "client_id": ["/azp"] }, "allowedClientIds": ["one"] },
    });
    let (path, made) = created(&admin, &machine).await;
    assert_eq!(
        (&made["active"], &made["interactive"]),
        (&json!(true), &json!(false))
    );
    admin.delete(&path).send().await.expect(204);
}

#[tokio::test]
async fn the_metadata_says_what_can_be_configured() {
    let world = World::start(Edition::Current).await;
    let user = world.by_session(Actor::User).await;
    let metadata = user.get(&format!("{PROVIDERS}/.well-known/metadata.json"));
    let metadata = metadata.send().await.expect(200).json;
    assert_eq!(metadata["supported"][2]["protocol"], "jwtAuth");
}

#[tokio::test]
async fn a_seed_an_export_and_a_snapshot_hold_jwt_providers() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let control = |method: Method, path: &str| world.anonymous().request(method, path).outside_the_contract();
    let before = list(&admin, &[]).await.json["data"].clone();
    control(Method::PUT, "/_mock/snapshots/before")
        .send()
        .await
        .expect(200);
    for provider in [an_oidc_provider(), a_jwt_provider("another")] {
        world.advance(TimeDelta::seconds(1));
        created(&admin, &provider).await;
    }
    let seed = control(Method::GET, "/_mock/seed").send().await.expect(200).json;
    let listed = list(&admin, &[]).await.json["data"].clone();
    let exported = seed["identityProviders"].as_array().unwrap();
    let ids: Vec<_> = exported.iter().map(|provider| &provider["id"]).collect();
    assert_eq!(
        ids,
        [&listed[0]["id"], &listed[2]["id"]],
        "the other protocol stays behind"
    );
    assert!(!seed.to_string().contains("hunter2"));
    control(Method::POST, "/_mock/snapshots/before/restore")
        .send()
        .await
        .expect(204);
    assert_eq!(list(&admin, &[]).await.json["data"], before);
    let after = control(Method::PUT, "/_mock/snapshots/after").json(&seed);
    after.send().await.expect(200);
    control(Method::POST, "/_mock/snapshots/after/restore")
        .send()
        .await
        .expect(204);
    let after = list(&world.sign_in("keyless-admin").await, &[]).await.json["data"].clone();
    assert_eq!(after, json!([listed[0], listed[2]]));
}

/// Sends a form with the session's CSRF token, as a browser does.
async fn form(client: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let request = client.post(path).header("accept", "text/html").form(fields);
    request.outside_the_contract().send().await
}

async fn page(client: &Client, path: &str) -> Answer {
    let request = client.get(path).header("accept", "text/html");
    request.outside_the_contract().send().await
}

const PAGE: &str = "/console/identity-providers";

/// The text of a file: lines of 64 characters, and a line end after the last.
fn as_a_file(pem: &str) -> String {
    let (begin, rest) = pem.split_at("-----BEGIN CERTIFICATE-----".len());
    let (body, end) = rest.split_once("-----").unwrap();
    let lines: Vec<_> = body
        .as_bytes()
        .chunks(64)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    format!("{begin}\r\n{}\r\n-----{end}\r\n", lines.join("\r\n"))
}

#[tokio::test]
async fn an_admin_manages_them_in_the_console() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = admin(&world).await;
        let settings = page(&admin, "/console/settings").await.expect(200);
        assert!(settings.text.contains("href=\"/console/identity-providers\""));
        let file = as_a_file(&jwt::certificate());
        let fields = [
            ("description", "A new portal"),
            ("issuer", " https://new.example.com "),
            ("key-id", "new-key"),
            ("pem", &file),
        ];
        let new = format!("{PAGE}/new");
        page(&admin, &new).await.expect(200);
        let made = form(&admin, &new, &fields).await.expect(303);
        assert_eq!(made.header("location"), PAGE);
        let listed = list(&admin, &[]).await.json["data"].clone();
        let provider = listed
            .as_array()
            .unwrap()
            .iter()
            .find(|provider| provider["description"] == "A new portal")
            .unwrap();
        assert_eq!(
            provider["options"],
            json!({
                "issuer": "https://new.example.com",
                "staticKeys": [{ "kid": "new-key", "pem": jwt::certificate() }],
            })
        );
        let shown = page(&admin, PAGE).await.expect(200).text;
        for text in ["A new portal", "https://new.example.com", "new-key", ">Active<"] {
            assert!(shown.contains(text), "{text} is not in {shown}");
        }

        // It vouches for its tokens from now on.
        let mut claims = jwt::claims(world.now(), "1");
        claims["iss"] = json!("https://new.example.com");
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": "new-key" });
        let log_in = async || {
            let client = world.with_token(&jwt::sign(&header, &claims));
            client.post("/login/jwt-session").send().await
        };
        log_in().await.expect(200);

        let delete = format!("{PAGE}/{}/delete", provider["id"].as_str().unwrap());
        let asked = page(&admin, &delete).await.expect(200);
        assert!(asked.text.contains("A new portal"), "{}", asked.text);
        form(&admin, &delete, &[]).await.expect(303);
        log_in().await.expect_refusal(401, "jwt-unknown-issuer");
        page(&admin, &delete).await.expect(404);
        form(&admin, &delete, &[]).await.expect(404);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_form_stands_beside_its_field() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let new = format!("{PAGE}/new");
    let certificate = jwt::certificate();
    let private = "-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----";
    let good = [
        ("description", "The <portal>"),
        ("issuer", "https://new.example.com"),
        ("key-id", "key"),
        ("pem", certificate.as_str()),
    ];
    let long = "x".repeat(129);
    for (field, value, place, sentence) in [
        (
            "description",
            long.as_str(),
            "provider-description",
            "at most 128 characters",
        ),
        ("issuer", " ", "provider-issuer", "empty"),
        ("key-id", "", "provider-key-id", "empty"),
        ("pem", "", "provider-pem", "empty"),
        ("pem", private, "provider-pem", "not the private one"),
        ("pem", "nonsense", "provider-pem", "PEM"),
    ] {
        let fields = good.map(|(name, good)| (name, if name == field { value } else { good }));
        let refused = form(&admin, &new, &fields).await.expect(400).text;
        let (_, error) = refused
            .split_once(&format!("id=\"{place}-error\""))
            .unwrap_or_else(|| panic!("{field}: {refused}"));
        let error = error.split("</p>").next().unwrap();
        assert!(error.contains(sentence), "{field}: {error}");
        assert_eq!(
            refused.matches("-error\" data-testid").count(),
            1,
            "{field}: {refused}"
        );
        if field != "description" {
            // What was typed stays, as text.
            assert!(refused.contains("value=\"The &#60;portal&#62;\""), "{refused}");
        }
    }
    let taken = good.map(|(name, good)| match name {
        "issuer" => (name, jwt::ISSUER),
        "key-id" => (name, jwt::KEY_ID),
        _ => (name, good),
    });
    let refused = form(&admin, &new, &taken).await.expect(400);
    assert!(
        refused.text.contains("id=\"provider-issuer-error\""),
        "{}",
        refused.text
    );
    assert_eq!(list(&admin, &[]).await.json["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_console_shows_the_other_protocols_and_keeps_the_one_in_use() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let (_, oidc) = created(&admin, &an_oidc_provider()).await;
    let (_, saml) = created(&admin, &a_saml_provider()).await;
    let shown = page(&admin, PAGE).await.expect(200).text;
    for text in [">OIDC<", ">SAML<", "azureAD", ">Waiting to be verified<"] {
        assert!(shown.contains(text), "{text} is not in {shown}");
    }
    let delete = |provider: &Value| format!("{PAGE}/{}/delete", provider["id"].as_str().unwrap());
    let refused = form(&admin, &delete(&saml), &[]).await.expect(400);
    assert!(
        refused.text.contains("Make it inactive first."),
        "{}",
        refused.text
    );
    form(&admin, &delete(&oidc), &[]).await.expect(303);

    let user = world.by_session(Actor::User).await;
    for path in [PAGE.to_owned(), format!("{PAGE}/new"), delete(&saml)] {
        page(&user, &path).await.expect_refusal(403, "not-tenant-admin");
        if path != PAGE {
            form(&user, &path, &[("issuer", "a")])
                .await
                .expect_refusal(403, "not-tenant-admin");
        }
    }
}
