//! The first state of a tenant: the shipped seeds, and every way in which one of your own can be wrong.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mock_qlik_cloud::domain::clock::Clock;
use mock_qlik_cloud::domain::entropy::Entropy;
use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::seeds::Seed;
use mock_qlik_cloud::{Emulator, StartError};
use serde_json::{Value, json};

use crate::program;
use crate::support::seed_schema::assert_judged_alike;
use crate::support::{EDITIONS, START, TENANT_ID, World};

const SHIPPED: [&str; 8] = [
    "tutorial",
    "ready",
    "empty",
    "near-limit",
    "expired-keys",
    "revoked",
    "keys-off",
    "large",
];

/// A seed without a fault: one admin, one key, one role.
fn good() -> Value {
    json!({
        "format": 1,
        "tenant": { "name": "Good", "hostnames": ["good.localhost"] },
        "apiKeySettings": { "api_keys_enabled": true },
        "roles": [{ "name": "Keys", "assignedScopes": ["api-keys"] }],
        "users": [
            {
                "id": "admin-id",
                "subject": "admin",
                "name": "Admin",
                "assignedRoles": ["TenantAdmin", "Keys"],
            },
        ],
        "apiKeys": [{ "description": "key", "sub": "admin-id", "token": "a.b.c", "expiry": "P1D" }],
    })
}

fn a_user(id: &str, subject: &str, email: &str) -> Value {
    json!({ "id": id, "subject": subject, "name": "N", "email": email })
}

/// A key of the admin of the good seed.
fn a_key(id: &str, token: &str) -> Value {
    json!({ "id": id, "description": "k", "sub": "admin-id", "token": token, "expiry": "P1D" })
}

/// The same, with the dates that count.
fn a_dated_key(token: &str, created: &str, expiry: &str) -> Value {
    json!({ "description": token, "sub": "admin-id", "token": token, "created": created, "expiry": expiry })
}

/// The good seed with another value at a pointer; the place before the last has to exist.
fn with(pointer: &str, value: Value) -> Value {
    let mut seed = good();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    match seed.pointer_mut(parent).unwrap() {
        Value::Array(list) => list.push(value),
        Value::Object(members) => drop(members.insert(member.to_owned(), value)),
        other => panic!("{other} has no members"),
    }
    seed
}

fn written(seed: &Value) -> Seed {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "seed-{}-{}.json",
        std::process::id(),
        NUMBER.fetch_add(1, Ordering::Relaxed)
    );
    Seed::File(program::file(&name, &seed.to_string()))
}

/// What is said about a seed: the pointers and sentences, without the name of the file that begins each line.
async fn faults(seed: &Value) -> Vec<(String, String)> {
    assert_judged_alike(seed);
    let seed = written(seed);
    let started = Emulator::builder().seed(seed.clone()).start().await;
    let Err(StartError::Seed(error)) = started else {
        panic!("the seed was taken")
    };
    let lines = error.to_string();
    let lines = lines.lines().map(|line| {
        let line = line
            .strip_prefix(&format!("{seed}: "))
            .unwrap_or_else(|| panic!("without the file: {line}"));
        let (pointer, sentence) = line.split_once(": ").unwrap_or(("", line));
        (pointer.to_owned(), sentence.to_owned())
    });
    lines.collect()
}

async fn pointers(seed: &Value) -> Vec<String> {
    faults(seed)
        .await
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect()
}

async fn start(seed: &Value, edition: Edition) -> World {
    assert_judged_alike(seed);
    World::start_with(edition, written(seed)).await
}

#[tokio::test]
async fn every_shipped_seed_starts_in_both_editions() {
    for name in SHIPPED {
        for edition in EDITIONS {
            let world = World::start_with(edition, Seed::shipped(name).unwrap()).await;
            let health = world.anonymous().get("/health").send().await.expect(200).json;
            assert_eq!(
                (&health["tenantId"], &health["edition"]),
                (&json!(TENANT_ID), &json!(edition.as_str())),
                "{name}"
            );
        }
        assert_judged_alike(&Seed::shipped(name).unwrap().document().unwrap());
        assert_eq!(name.parse::<Seed>(), Ok(Seed::shipped(name).unwrap()));
    }
    assert_eq!(Seed::default(), Seed::shipped("tutorial").unwrap());
    assert!(Seed::shipped("nonsense").is_none());
    assert!(
        "nonsense"
            .parse::<Seed>()
            .unwrap_err()
            .contains(&SHIPPED.join(", "))
    );
}

#[tokio::test]
async fn the_tutorial_begins_with_everything_still_to_do() {
    for edition in EDITIONS {
        let world = World::start_with(edition, Seed::default()).await;
        let admin = world.sign_in("admin@example.com").await;
        let users = admin.get("/api/v1/users").send().await.expect(200);
        assert_eq!(
            users.each("id"),
            ["650000000000000000000001", "650000000000000000000002"]
        );
        assert_eq!(users.each("name"), ["Alex Admin", "Uma User"]);
        assert_eq!(users.json["data"][0]["assignedRoles"][0]["name"], "TenantAdmin");
        assert_eq!(users.json["data"][1]["assignedRoles"], json!([]));
        let config = admin
            .get(&format!("/api/v1/api-keys/configs/{TENANT_ID}"))
            .send()
            .await
            .expect(200)
            .json;
        let mut expected = json!({
            "max_api_key_expiry": "PT24H",
            "max_keys_per_user": 5,
            "scim_externalClient_expiry": "P365D",
        });
        if edition == Edition::Classic {
            expected["api_keys_enabled"] = json!(false);
        }
        assert_eq!(config, expected);
        let reason = match edition {
            Edition::Classic => "keys-switched-off",
            Edition::Current => "may-not-hold-keys",
        };
        admin
            .post("/api/v1/api-keys")
            .json(&json!({ "description": "x" }))
            .send()
            .await
            .expect_refusal(403, reason);
    }
}

#[tokio::test]
async fn the_pinned_keys_of_ready_open_the_door_at_once() {
    let document: Value = serde_json::from_str(include_str!("../../fixtures/seeds/ready.json")).unwrap();
    let keys = document["apiKeys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for edition in EDITIONS {
        let world = World::start_with(edition, Seed::shipped("ready").unwrap()).await;
        for key in keys {
            let client = world.with_token(key["token"].as_str().unwrap());
            let answer = client.get("/api/v1/users/me").send().await.expect(301);
            let user = client
                .get(answer.header("location"))
                .send()
                .await
                .expect(200)
                .json;
            assert_eq!(user["id"], key["sub"]);
            // They may make more keys, each in its own edition's way.
            client
                .post("/api/v1/api-keys")
                .json(&json!({ "description": "another" }))
                .send()
                .await
                .expect(201);
        }
        assert_eq!(keys[0]["sub"], "650000000000000000000001");
        assert_eq!(keys[1]["sub"], "650000000000000000000003");
        let viewer = world.sign_in("viewer@example.com").await;
        let mint = viewer
            .post("/api/v1/api-keys")
            .json(&json!({ "description": "x" }))
            .send()
            .await;
        mint.expect_refusal(403, "may-not-hold-keys");
    }
}

#[tokio::test]
async fn the_pinned_keys_of_ready_are_signed_by_its_signing_key() {
    let document: Value = serde_json::from_str(include_str!("../../fixtures/seeds/ready.json")).unwrap();
    for edition in EDITIONS {
        let emulator = Emulator::builder()
            .seed(Seed::shipped("ready").unwrap())
            .edition(edition)
            .start()
            .await
            .unwrap();
        let signing_key = emulator.tenant().read().signing_key();
        for key in document["apiKeys"].as_array().unwrap() {
            let token = key["token"].as_str().unwrap();
            assert!(signing_key.verifies(token), "{}", key["description"]);
            let part = |index: usize| -> Value {
                let part = token.split('.').nth(index).unwrap();
                serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
            };
            assert_eq!(
                part(0),
                json!({ "alg": "ES384", "kid": document["signingKey"]["kid"], "typ": "JWT" })
            );
            let claims = part(1);
            assert_eq!(claims["tenantId"], TENANT_ID);
            assert_eq!((&claims["jti"], &claims["sub"]), (&key["id"], &key["sub"]));
            assert_eq!(
                (&claims["aud"], &claims["iss"]),
                (&json!("qlik.api"), &json!("qlik.api/api-keys"))
            );
        }
        let of_another_tenant = Emulator::builder().start().await.unwrap();
        let another = of_another_tenant.tenant().read().signing_key();
        assert!(!another.verifies(document["apiKeys"][0]["token"].as_str().unwrap()));
    }
}

#[tokio::test]
async fn nobody_is_in_an_empty_tenant() {
    for edition in EDITIONS {
        let world = World::start_with(edition, Seed::shipped("empty").unwrap()).await;
        let answer = world
            .anonymous()
            .post("/login")
            .form(&[("user", "admin@example.com")])
            .send()
            .await;
        answer.expect_faults(&["user"]);
        world.anonymous().get("/login").send().await.expect(200);
    }
    let emulator = Emulator::builder()
        .seed(Seed::shipped("empty").unwrap())
        .start()
        .await
        .unwrap();
    let tenant = emulator.tenant().read();
    assert_eq!(tenant.users().iter().count(), 0);
    assert!(tenant.roles().named("TenantAdmin").is_some());
}

#[tokio::test]
async fn the_edition_of_the_seed_counts_unless_another_is_asked_for() {
    let current = with("/edition", json!("current"));
    let started = async |seed: &Value, edition: Option<Edition>| {
        let builder = Emulator::builder().seed(written(seed));
        let builder = match edition {
            Some(edition) => builder.edition(edition),
            None => builder,
        };
        builder.start().await.unwrap().tenant().read().edition()
    };
    assert_eq!(started(&good(), None).await, Edition::Classic);
    assert_eq!(started(&current, None).await, Edition::Current);
    assert_eq!(started(&current, Some(Edition::Classic)).await, Edition::Classic);
    assert_eq!(pointers(&with("/edition", json!("modern"))).await, ["/edition"]);
}

#[tokio::test]
async fn a_key_of_a_seed_opens_the_door_by_its_token_or_by_its_digest() {
    let by_token = start(&good(), Edition::Classic).await;
    // In the classic edition the role Developer lets hold keys, whatever other roles grant.
    by_token
        .with_token("a.b.c")
        .get("/api/v1/users/me")
        .send()
        .await
        .expect_refusal(401, "permission-gone");
    let by_token = start(&good(), Edition::Current).await;
    by_token
        .with_token("a.b.c")
        .get("/api/v1/users/me")
        .send()
        .await
        .expect(301);

    let mut seed = good();
    let key = seed["apiKeys"][0].as_object_mut().unwrap();
    key.remove("token");
    key.insert("digest".to_owned(), json!(sha256("a.b.c")));
    let by_digest = start(&seed, Edition::Current).await;
    by_digest
        .with_token("a.b.c")
        .get("/api/v1/users/me")
        .send()
        .await
        .expect(301);
}

fn sha256(text: &str) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[tokio::test]
async fn what_is_missing_gets_the_documented_defaults() {
    let seed = json!({
        "format": 1,
        "tenant": { "name": "Plain", "hostnames": ["plain.localhost"] },
        "users": [{ "subject": "admin", "name": "Admin", "assignedRoles": ["TenantAdmin"] }],
    });
    let world = start(&seed, Edition::Classic).await;
    let admin = world.sign_in("admin").await;
    let me = admin.get("/api/v1/users/me").send().await.expect(301);
    let user = admin.get(me.header("location")).send().await.expect(200).json;
    assert_eq!(
        (&user["status"], &user["createdAt"]),
        (&json!("active"), &json!(START))
    );
    let tenant = user["tenantId"].as_str().unwrap();
    assert_eq!(tenant.len(), 32, "an id of the service's form");
    let config = admin
        .get(&format!("/api/v1/api-keys/configs/{tenant}"))
        .send()
        .await
        .expect(200)
        .json;
    let expected = json!({
        "api_keys_enabled": false,
        "max_api_key_expiry": "PT24H",
        "max_keys_per_user": 5,
        "scim_externalClient_expiry": "P365D",
    });
    assert_eq!(config, expected);
}

#[tokio::test]
async fn dates_are_instants_or_seen_from_the_clock() {
    let mut seed = good();
    seed["tenant"]["created"] = json!("2020-02-29T23:59:59.5+02:00");
    seed["users"][0]["createdAt"] = json!("-P1Y2M3DT4H5M6S");
    seed["apiKeys"] = json!([
        a_dated_key("past", "-P29D", "-PT1S"),
        a_dated_key("now", "-P1D", "PT0S"),
        a_dated_key("later", "-P1D", "PT1S"),
        a_dated_key("instant", "2026-01-01T00:00:00Z", "2026-03-02T08:00:01Z"),
    ]);
    let world = start(&seed, Edition::Current).await;
    let admin = world.sign_in("admin").await;
    let keys = admin
        .get("/api/v1/api-keys")
        .query(&[("sort", "description")])
        .send()
        .await
        .expect(200);
    assert_eq!(keys.each("description"), ["instant", "later", "now", "past"]);
    assert_eq!(keys.each("status"), ["active", "active", "expired", "expired"]);
    assert_eq!(
        keys.each("expiry"),
        [
            "2026-03-02T08:00:01.000Z",
            "2026-03-02T08:00:01.000Z",
            START,
            "2026-03-02T07:59:59.000Z"
        ]
    );
    assert_eq!(keys.each("created")[3], "2026-02-01T08:00:00.000Z");
    let tenant = admin.get("/api/v1/tenants/me").send().await.expect(302);
    let tenant = admin.get(tenant.header("location")).send().await.expect(200).json;
    assert_eq!(tenant["created"], "2020-02-29T21:59:59.500Z");
    let user = admin.get("/api/v1/users/admin-id").send().await.expect(200).json;
    assert_eq!(user["createdAt"], "2024-12-30T03:54:54.000Z");
}

#[tokio::test]
async fn a_bad_date_is_named_wherever_it_stands() {
    for date in [
        "soon",
        "",
        "2026-13-01T00:00:00Z",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "P",
        "PT",
        "P1",
        "-P",
        "--P1D",
        "P1D2",
        "P999999Y",
    ] {
        for pointer in [
            "/tenant/created",
            "/roles/0/createdAt",
            "/users/0/createdAt",
            "/users/0/lastUpdatedAt",
            "/users/0/inviteExpiry",
            "/apiKeys/0/created",
            "/apiKeys/0/lastUpdated",
            "/apiKeys/0/expiry",
        ] {
            assert_eq!(pointers(&with(pointer, json!(date))).await, [pointer], "{date}");
        }
    }
    let said = faults(&with("/tenant/created", json!("soon"))).await;
    assert!(
        said[0].1.contains("2026-01-31T08:00:00.000Z") && said[0].1.contains("-P29D"),
        "{said:?}"
    );
}

#[tokio::test]
async fn a_lifetime_is_no_date_and_not_nothing() {
    for lifetime in ["P0D", "PT0S", "-P1D", "7d", "P", "2026-01-01T00:00:00Z"] {
        for member in ["max_api_key_expiry", "scim_externalClient_expiry"] {
            let pointer = format!("/apiKeySettings/{member}");
            assert_eq!(
                pointers(&with(&pointer, json!(lifetime))).await,
                [pointer],
                "{lifetime}"
            );
        }
    }
    for number in [json!(-1), json!(1001), json!(1.5), json!("5")] {
        let pointer = "/apiKeySettings/max_keys_per_user";
        assert_eq!(pointers(&with(pointer, number)).await, [pointer]);
    }
}

#[tokio::test]
async fn another_format_is_refused() {
    let said = faults(&with("/format", json!(2))).await;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].0, "/format");
    assert!(
        said[0].1.contains("newer") && said[0].1.contains("Update"),
        "{said:?}"
    );
    for format in [json!(0), json!("1"), json!(1.5), json!(null)] {
        assert_eq!(pointers(&with("/format", format)).await, ["/format"]);
    }
    let mut without = good();
    without.as_object_mut().unwrap().remove("format");
    assert_eq!(pointers(&without).await, ["/format"]);
}

#[tokio::test]
async fn what_is_no_seed_is_refused() {
    for document in [json!([]), json!(null), json!("seed")] {
        assert_eq!(pointers(&document).await, ["/"]);
    }
    for (pointer, value) in [
        ("/tenant", json!([])),
        ("/tenant", json!(null)),
        ("/apiKeySettings", json!(7)),
        ("/signingKey", json!("secret")),
        ("/roles", json!({})),
        ("/tenant/name", json!(7)),
        ("/tenant/hostnames", json!([])),
        ("/tenant/hostnames", json!("a")),
        ("/tenant/id", json!("no id")),
    ] {
        let found = pointers(&with(pointer, value)).await;
        assert!(found.contains(&pointer.to_owned()), "{pointer}: {found:?}");
    }
    let text = program::file(
        &format!("no-json-{}.json", std::process::id()),
        "{ \"format\": 1,",
    );
    let error = Emulator::builder()
        .seed(Seed::File(text.clone()))
        .start()
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(&format!("{}:1:14: is no JSON document", text.display())),
        "{error}"
    );
    std::fs::remove_file(&text).unwrap();
    let error = Emulator::builder()
        .seed(Seed::File(text.clone()))
        .start()
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(&format!("{}: cannot be read", text.display())),
        "{error}"
    );
}

#[tokio::test]
async fn an_unknown_member_is_refused_wherever_it_stands() {
    for pointer in [
        "/colour",
        "/tenant/colour",
        "/apiKeySettings/colour",
        "/roles/0/colour",
        "/users/0/colour",
        "/apiKeys/0/colour",
    ] {
        let said = faults(&with(pointer, json!("red"))).await;
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0].0, pointer);
        assert!(said[0].1.contains("Known: "), "{said:?}");
    }
    assert_eq!(pointers(&with("/a~b~1c", json!(1))).await.len(), 1);
}

#[tokio::test]
async fn a_reference_to_nobody_is_refused() {
    for (pointer, value) in [
        ("/users/0/assignedRoles", json!(["TenantAdmin", "Nobody"])),
        ("/users/0/assignedRoles", json!(["Keys", "tenantadmin"])),
        ("/apiKeys/0/sub", json!("nobody")),
        ("/apiKeys/0/createdByUser", json!("nobody")),
        ("/tenant/createdByUser", json!("nobody")),
    ] {
        let expected = if pointer.ends_with("Roles") {
            format!("{pointer}/1")
        } else {
            pointer.to_owned()
        };
        assert_eq!(pointers(&with(pointer, value)).await, [expected]);
    }
    // The role of the classic edition is none of today's.
    let mut seed = with("/users/0/assignedRoles", json!(["Developer"]));
    assert!(Emulator::builder().seed(written(&seed)).start().await.is_ok());
    seed["edition"] = json!("current");
    let said = faults(&seed).await;
    assert_eq!(said[0].0, "/users/0/assignedRoles/0");
    assert!(said[0].1.contains("current"), "{said:?}");
}

#[tokio::test]
async fn nothing_stands_twice() {
    let one = "7d3c1a52-0b1e-4c86-9a57-000000000001";
    let other = "7d3c1a52-0b1e-4c86-9a57-000000000002";
    for (pointer, value, fault) in [
        (
            "/users/-",
            a_user("admin-id", "b", "b@example.com"),
            "/users/1/id",
        ),
        (
            "/users/-",
            a_user("b", "ADMIN", "b@example.com"),
            "/users/1/subject",
        ),
        ("/roles/-", json!({ "name": "Keys" }), "/roles/1/name"),
        (
            "/roles/-",
            json!({ "name": "Other", "id": "608050f750afab80bd53586d" }),
            "/roles/1/id",
        ),
        (
            "/roles/-",
            json!({ "name": "TenantAdmin", "id": "another" }),
            "/roles/1/id",
        ),
        ("/apiKeys/-", a_key(other, "a.b.c"), "/apiKeys/1"),
    ] {
        assert_eq!(pointers(&with(pointer, value)).await, [fault]);
    }
    let mut seed = with(
        "/users",
        json!([
            a_user("a", "a", "a@example.com"),
            a_user("b", "b", "A@Example.com")
        ]),
    );
    seed["apiKeys"] = json!([]);
    assert_eq!(pointers(&seed).await, ["/users/1/email"]);
    assert_eq!(
        pointers(&with("/apiKeys", json!([a_key(one, "x"), a_key(one, "y")]))).await,
        ["/apiKeys/1/id"]
    );
    let twice = json!([{ "name": "UserDefault" }, { "name": "Keys" }, { "name": "UserDefault" }]);
    assert_eq!(pointers(&with("/roles", twice)).await, ["/roles/2/name"]);
}

#[tokio::test]
async fn a_name_in_a_list_of_names_stands_there_once() {
    for (pointer, names) in [
        (
            "/users/0/assignedRoles",
            json!(["TenantAdmin", "Keys", "TenantAdmin"]),
        ),
        (
            "/roles/0/assignedScopes",
            json!(["api-keys", "another", "api-keys"]),
        ),
    ] {
        assert_eq!(pointers(&with(pointer, names)).await, [format!("{pointer}/2")]);
    }
}

#[tokio::test]
async fn an_address_of_a_user_is_an_address() {
    for address in [
        "admin",
        "admin@",
        "@example.com",
        "a@b@c",
        "an admin@example.com",
        "",
    ] {
        let said = faults(&with("/users/0/email", json!(address))).await;
        assert_eq!(said[0].0, "/users/0/email");
        assert!(said[0].1.contains("user@example.com"), "{said:?}");
    }
}

#[tokio::test]
async fn a_comment_and_the_address_of_the_schema_are_not_read() {
    let mut seed = with("/$schema", json!("./seed.schema.json"));
    for place in [
        "",
        "/tenant",
        "/apiKeySettings",
        "/roles/0",
        "/users/0",
        "/apiKeys/0",
    ] {
        let object = seed.pointer_mut(place).and_then(Value::as_object_mut).unwrap();
        object.insert("$comment".to_owned(), json!(["for", "people"]));
    }
    start(&seed, Edition::Current).await;
    assert_eq!(
        pointers(&with("/users/0/$schema", json!("x"))).await,
        ["/users/0/$schema"]
    );
    assert_eq!(pointers(&with("/$schema", json!(7))).await, ["/$schema"]);
}

#[tokio::test]
async fn a_key_has_a_token_or_a_digest() {
    let mut neither = good();
    neither["apiKeys"][0].as_object_mut().unwrap().remove("token");
    assert_eq!(pointers(&neither).await, ["/apiKeys/0"]);
    assert_eq!(
        pointers(&with("/apiKeys/0/digest", json!("0f".repeat(32)))).await,
        ["/apiKeys/0"],
        "both"
    );
    for digest in ["0f".repeat(31), "0g".repeat(32), String::new()] {
        let found = pointers(&with("/apiKeys/0/digest", json!(digest))).await;
        assert_eq!(found, ["/apiKeys/0/digest"], "the token alone is good: {digest}");
    }
    for (pointer, value) in [
        ("/apiKeys/0/id", json!("no uuid")),
        ("/apiKeys/0/subType", json!("robot")),
        ("/apiKeys/0/revoked", json!("yes")),
        ("/apiKeys/0/description", json!(7)),
    ] {
        assert_eq!(pointers(&with(pointer, value)).await, [pointer]);
    }
    // A SCIM client is no user, so somebody has to have made its key.
    let scim = json!({
        "description": "s",
        "subType": "externalClient",
        "sub": r"SCIM\x",
        "token": "s",
        "expiry": "P1D",
    });
    assert_eq!(
        pointers(&with("/apiKeys/-", scim)).await,
        ["/apiKeys/1/createdByUser"]
    );
}

#[tokio::test]
async fn a_signing_key_is_a_number_of_its_curve() {
    let kid = "11522ba9-6cac-4ca6-86a1-e544556a8b4f";
    let key = |kid: &str, secret: String| with("/signingKey", json!({ "kid": kid, "secret": secret }));
    for (seed, fault) in [
        (key("no uuid", "0f".repeat(48)), "/signingKey/kid"),
        (key(&kid.replace('-', ""), "0f".repeat(48)), "/signingKey/kid"),
        (key(kid, "0f".repeat(47)), "/signingKey/secret"),
        (key(kid, "0g".repeat(48)), "/signingKey/secret"),
        (key(kid, "00".repeat(48)), "/signingKey/secret"),
        (key(kid, "ff".repeat(48)), "/signingKey/secret"),
    ] {
        assert_eq!(pointers(&seed).await, [fault]);
    }
    assert_eq!(
        pointers(&with("/signingKey", json!({}))).await,
        ["/signingKey/kid", "/signingKey/secret"]
    );
    assert!(
        Emulator::builder()
            .seed(written(&key(kid, "0f".repeat(48))))
            .start()
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn every_fault_is_found_at_once() {
    let seed = json!({
        "format": 7,
        "edition": "modern",
        "tenant": { "id": "no id", "hostnames": [""], "created": "soon", "x": 1 },
        "signingKey": { "kid": "no uuid", "secret": "short" },
        "apiKeySettings": {
            "api_keys_enabled": "yes",
            "max_keys_per_user": 1001,
            "max_api_key_expiry": "7d",
        },
        "roles": [{ "assignedScopes": [7] }, { "name": "A" }, { "name": "A" }],
        "users": [
            { "subject": "" },
            { "id": "u", "subject": "u", "name": "U", "status": "gone", "assignedRoles": ["A", "B", 7] },
            { "id": "u", "subject": "v", "name": "V" },
            7,
        ],
        "apiKeys": [
            { "sub": "u", "expiry": "never" },
            { "description": "", "sub": "w", "token": "t", "expiry": "P1D", "createdByUser": "w" },
        ],
        "y": 2,
    });
    let expected = [
        "/format",
        "/edition",
        "/tenant/id",
        "/tenant/name",
        "/tenant/hostnames",
        "/tenant/created",
        "/tenant/x",
        "/signingKey/kid",
        "/signingKey/secret",
        "/apiKeySettings/api_keys_enabled",
        "/apiKeySettings/max_api_key_expiry",
        "/apiKeySettings/max_keys_per_user",
        "/y",
        "/roles/0/name",
        "/roles/0/assignedScopes/0",
        "/roles/2/name",
        "/users/0/subject",
        "/users/0/name",
        "/users/1/status",
        "/users/1/assignedRoles/1",
        "/users/1/assignedRoles/2",
        "/users/2/id",
        "/users/3",
        "/apiKeys/0/description",
        "/apiKeys/0/expiry",
        "/apiKeys/0",
        "/apiKeys/1/sub",
        "/apiKeys/1/createdByUser",
    ];
    let found = pointers(&seed).await;
    let missed: Vec<_> = expected
        .iter()
        .filter(|pointer| !found.iter().any(|found| found == *pointer))
        .collect();
    let more: Vec<_> = found
        .iter()
        .filter(|pointer| !expected.contains(&pointer.as_str()))
        .collect();
    assert!(
        missed.is_empty() && more.is_empty(),
        "missed: {missed:?}, more: {more:?}"
    );
}

#[tokio::test]
async fn the_same_seed_clock_and_entropy_give_the_same_tenant() {
    let mint = async || {
        let emulator = Emulator::builder()
            .seed(Seed::shipped("ready").unwrap())
            .clock(Clock::frozen(START.parse().unwrap()))
            .entropy(Entropy::seeded(1))
            .start()
            .await
            .unwrap();
        let client = crate::support::Client::at(emulator.url(), Edition::Classic);
        let document: Value = serde_json::from_str(include_str!("../../fixtures/seeds/ready.json")).unwrap();
        let admin = client.with_token(document["apiKeys"][0]["token"].as_str().unwrap());
        admin
            .post("/api/v1/api-keys")
            .json(&json!({ "description": "x" }))
            .send()
            .await
            .expect(201)
            .text
    };
    assert_eq!(mint().await, mint().await);
}

#[tokio::test]
async fn what_is_wrong_with_the_rules_for_browsers_and_addresses_is_told() {
    let integration = |origins: Value| json!([{ "name": "x", "validOrigins": origins }]);
    let entry =
        |number: usize| json!({ "id": format!("e{number}"), "origin": "a".repeat(30), "imgSrc": true });
    let entries = |count: usize| Value::Array((0..count).map(entry).collect());
    let wide = |number: usize| {
        let mut wide = json!({ "origin": format!("{number}{}", "a".repeat(250)) });
        for member in [
            "imgSrc",
            "fontSrc",
            "mediaSrc",
            "styleSrc",
            "scriptSrc",
            "frameSrc",
            "childSrc",
        ] {
            wide[member] = json!(true);
        }
        wide
    };
    for (pointer, value, found) in [
        ("/webIntegrations", json!([{}]), vec!["/webIntegrations/0/name"]),
        (
            "/webIntegrations",
            integration(json!([
                "https://a.example",
                "https://a.example:443",
                "https://a.example/"
            ])),
            vec![
                "/webIntegrations/0/validOrigins/1",
                "/webIntegrations/0/validOrigins/2",
            ],
        ),
        (
            "/webIntegrations",
            json!([{ "id": "a", "name": "x" }, { "id": "a", "name": "y" }]),
            vec!["/webIntegrations/1/id"],
        ),
        (
            "/cspOrigins",
            json!([{ "origin": "a b", "imgSrc": 1 }]),
            vec!["/cspOrigins/0/origin", "/cspOrigins/0/imgSrc"],
        ),
        (
            "/cspOrigins",
            json!([entry(1), entry(1)]),
            vec!["/cspOrigins/1/id"],
        ),
        ("/cspOrigins", entries(257), vec!["/cspOrigins"]),
        (
            "/cspOrigins",
            Value::Array((0..4).map(wide).collect()),
            vec!["/cspOrigins"],
        ),
        ("/ipPolicies", json!([{}]), vec!["/ipPolicies/0/allowedIps"]),
        (
            "/ipPolicies",
            json!([{ "allowedIps": ["::1", "127.0.0.1/8"], "colour": 1 }]),
            vec![
                "/ipPolicies/0/allowedIps/0",
                "/ipPolicies/0/allowedIps/1",
                "/ipPolicies/0/colour",
            ],
        ),
        (
            "/ipPolicies",
            json!([{ "id": "a", "allowedIps": [] }, { "id": "a", "allowedIps": [] }]),
            vec!["/ipPolicies/1/id"],
        ),
    ] {
        let mut said = pointers(&with(pointer, value)).await;
        said.sort();
        let mut found = found;
        found.sort_unstable();
        assert_eq!(said, found);
    }
}
