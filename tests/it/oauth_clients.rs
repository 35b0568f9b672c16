//! `/api/v1/oauth-clients`.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use crate::support::{Actor, Client, EDITIONS, ROBOT, ROBOT_SECRET_HINT, START, TENANT_ID, World};

const CLIENTS: &str = "/api/v1/oauth-clients";

/// A key of RFC 7517's kind that nobody signs with any more.
fn public_key() -> Value {
    let samples: Value = serde_json::from_str(include_str!("../../src/domain/jwt/samples.json")).unwrap();
    samples["p384"]["jwk"].clone()
}

async fn admin(world: &World) -> Client {
    world.by_session(Actor::TenantAdmin).await
}

#[tokio::test]
async fn a_client_is_made_as_asked_for_and_its_secret_is_shown_once() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = admin(&world).await;
        let body = json!({
            "appType": "web",
            "clientName": "Portal",
            "description": "Embeds.",
            "clientUri": "https://portal.example",
            "logoUri": "https://portal.example/logo.png",
            "redirectUris": ["https://portal.example/callback"],
            "allowedOrigins": ["https://portal.example"],
            "allowedScopes": ["user_default", "offline_access"],
            "allowedGrantTypes": ["client_credentials", "urn:qlik:oauth:user-impersonation"],
            "connectionConfig": { "consentMethod": "trusted" },
            "colour": "red",
        });
        let created = admin.post(CLIENTS).json(&body).send().await.expect(201);
        assert_eq!(created.header("cache-control"), "no-store");
        let (id, secret) = (created.str("/clientId").to_owned(), created.str("/clientSecret"));
        let is_hex = |text: &str| text.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
        assert!(id.len() == 32 && is_hex(&id) && secret.len() == 64 && is_hex(secret));
        let mut expected = json!({
            "clientId": id,
            "clientName": "Portal",
            "appType": "web",
            "description": "Embeds.",
            "clientUri": "https://portal.example",
            "logoUri": "https://portal.example/logo.png",
            "ownerId": TENANT_ID,
            "createdAt": START,
            "updatedAt": START,
            "createdByType": "user",
            "redirectUris": ["https://portal.example/callback"],
            "allowedOrigins": ["https://portal.example"],
            "allowedScopes": ["user_default", "offline_access"],
            "allowedGrantTypes": ["client_credentials", "urn:qlik:oauth:user-impersonation"],
            "allowedAuthMethods": ["client_secret"],
            "publicKeys": [],
            "clientSecrets": [{
                "hint": &secret[59..],
                "createdAt": START,
                "createdBy": Actor::TenantAdmin.person().id,
            }],
        });
        let read = admin.get(&format!("{CLIENTS}/{id}")).send().await.expect(200);
        assert_eq!(read.json, expected);
        assert!(!read.text.contains(secret));
        expected["connectionConfig"] = json!({ "consentMethod": "trusted" });
        let listed = admin
            .get(CLIENTS)
            .query(&[
                ("filter", &format!("clientId eq \"{id}\"")),
                ("totalResults", "true"),
            ])
            .send()
            .await
            .expect(200);
        assert_eq!(listed.json["data"], json!([expected]));
        assert_eq!(listed.json["totalResults"], 1);
        // The published answer to a creation always has a secret.
        let public = json!({ "appType": "spa", "clientName": "Page" });
        let created = admin.post(CLIENTS).json(&public).send().await.expect(201);
        assert_eq!(created.json["clientSecret"], "");
        assert_eq!(created.json["clientSecrets"], json!([]));
        assert_eq!(created.json["allowedScopes"], json!(["user_default"]));
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once_and_nothing_is_made() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    for (body, places) in [
        (json!({}), &["/appType", "/clientName"][..]),
        (json!([]), &[""]),
        (
            json!({
                "appType": "web",
                "clientName": "x".repeat(513),
                "redirectUris": ["/callback"],
                "allowedOrigins": ["https://portal.example/"],
                "allowedScopes": ["a b"],
                "allowedGrantTypes": ["password"],
                "allowedAuthMethods": [],
                "publicKeys": [{}],
                "connectionConfig": { "consentMethod": "required" },
            }),
            &[
                "/clientName",
                "/redirectUris",
                "/allowedOrigins",
                "/allowedScopes",
                "/allowedGrantTypes",
                "/allowedAuthMethods",
                "/publicKeys",
                "/connectionConfig/consentMethod",
            ],
        ),
        (
            json!({ "appType": "spa", "clientName": "x", "allowedGrantTypes": ["client_credentials"] }),
            &["/allowedGrantTypes"],
        ),
        (
            json!({ "appType": "web", "clientName": "x", "allowedAuthMethods": ["private_key_jwt"] }),
            &["/publicKeys"],
        ),
    ] {
        let answer = admin.post(CLIENTS).json(&body).send().await.expect(400);
        let said: Vec<_> = answer.json["errors"].as_array().unwrap().iter().collect();
        for place in places {
            let told = said.iter().any(|error| {
                error["detail"]
                    .as_str()
                    .unwrap()
                    .starts_with(&format!("{place}: "))
            });
            assert!(told || place.is_empty(), "{place}: {}", answer.text);
        }
        assert_eq!(said.len(), places.len(), "{}", answer.text);
    }
    let list = admin.get(CLIENTS).send().await.expect(200);
    assert_eq!(list.each("clientName"), ["Page", "Robot"]);
}

#[tokio::test]
async fn who_is_no_admin_sees_what_a_client_is_and_not_how_it_is_set_up() {
    let world = World::start(Edition::Current).await;
    let user = world.by_session(Actor::User).await;
    let read = user.get(&format!("{CLIENTS}/{ROBOT}")).send().await.expect(200);
    assert_eq!(read.json["clientName"], "Robot");
    for hidden in [
        "redirectUris",
        "allowedOrigins",
        "allowedScopes",
        "clientSecrets",
        "publicKeys",
    ] {
        assert_eq!(read.json[hidden], Value::Null, "{hidden}");
    }
    let list = user
        .get(&format!("{CLIENTS}?totalResults=true"))
        .send()
        .await
        .expect(200);
    assert_eq!(list.each("clientName"), ["Page", "Robot"]);
    assert_eq!(list.json["totalResults"], Value::Null);
}

#[tokio::test]
async fn the_list_is_filtered_sorted_and_walked() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let names = async |query: &str| {
        let answer = admin.get(&format!("{CLIENTS}?{query}")).send().await.expect(200);
        answer.each("clientName")
    };
    assert_eq!(names("filter=appType%20eq%20%22spa%22").await, ["Page"]);
    assert_eq!(names("filter=clientName%20co%20%22ob%22").await, ["Robot"]);
    assert_eq!(names("sort=-clientName").await, ["Robot", "Page"]);
    assert_eq!(names("sort=%2BcreatedAt").await, ["Robot", "Page"]);
    let first = admin.get(&format!("{CLIENTS}?limit=1")).send().await.expect(200);
    let next = admin.get(first.str("/links/next/href")).send().await.expect(200);
    assert_eq!(next.each("clientName"), ["Robot"]);
    let back = admin.get(next.str("/links/prev/href")).send().await.expect(200);
    assert_eq!(back.each("clientName"), ["Page"]);
    for query in ["sort=name", "filter=secret%20eq%20%22x%22", "limit=0"] {
        admin.get(&format!("{CLIENTS}?{query}")).send().await.expect(400);
    }
}

#[tokio::test]
async fn a_patch_changes_texts_and_lists_all_or_nothing() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let robot = format!("{CLIENTS}/{ROBOT}");
    world.advance(TimeDelta::minutes(5));
    let patch = json!([
        { "op": "replace", "path": "/clientName", "value": "Machine" },
        { "op": "remove", "path": "/description" },
        { "op": "add", "path": "/redirectUris", "value": ["https://other.example/callback"] },
        { "op": "remove", "path": "/allowedScopes", "value": ["admin_classic"] },
        { "op": "replace", "path": "/allowedOrigins", "value": [] },
        { "op": "add", "path": "/publicKeys", "value": [public_key()] },
        { "op": "add", "path": "/allowedAuthMethods", "value": "private_key_jwt" },
    ]);
    admin.patch(&robot).json(&patch).send().await.expect(204);
    let read = admin.get(&robot).send().await.expect(200).json;
    assert_eq!(
        json!([
            read["clientName"],
            read["description"],
            read["redirectUris"],
            read["allowedScopes"],
            read["allowedOrigins"],
            read["publicKeys"],
            read["allowedAuthMethods"],
            read["updatedAt"],
        ]),
        json!([
            "Machine",
            "",
            ["https://robot.example/callback", "https://other.example/callback"],
            ["user_default", "offline_access"],
            [],
            [public_key()],
            ["client_secret", "private_key_jwt"],
            "2026-03-02T08:05:00.000Z",
        ])
    );
    let six: Vec<_> = (0..6)
        .map(|number| format!("https://robot.example/{number}"))
        .collect();
    for change in [
        json!({ "op": "remove", "path": "/clientName" }),
        json!({ "op": "replace", "path": "/appType", "value": "spa" }),
        json!({ "op": "move", "path": "/clientName", "value": "x" }),
        json!({ "op": "replace", "path": "/redirectUris", "value": six }),
        json!({ "op": "add", "path": "/redirectUris", "value": &six[..4] }),
        json!({ "op": "remove", "path": "/allowedAuthMethods" }),
        json!({ "op": "remove", "path": "/publicKeys" }),
        json!({ "op": "replace", "path": "/clientUri" }),
    ] {
        let patch = json!([{ "op": "replace", "path": "/description", "value": "changed" }, change]);
        admin.patch(&robot).json(&patch).send().await.expect(400);
    }
    assert_eq!(admin.get(&robot).send().await.expect(200).json, read);
}

#[tokio::test]
async fn a_client_that_may_use_a_secret_from_now_on_is_given_one() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let body = json!({
        "appType": "web", "clientName": "Signer", "allowedAuthMethods": ["private_key_jwt"], "publicKeys": [public_key()],
    });
    let created = admin.post(CLIENTS).json(&body).send().await.expect(201);
    assert_eq!(created.str("/clientSecret"), "");
    let path = format!("{CLIENTS}/{}", created.str("/clientId"));
    admin
        .post(&format!("{path}/client-secrets"))
        .send()
        .await
        .expect(400);
    let patch = json!([{ "op": "add", "path": "/allowedAuthMethods", "value": ["client_secret"] }]);
    let patched = admin.patch(&path).json(&patch).send().await.expect(202);
    assert_eq!(patched.header("cache-control"), "no-store");
    let secret = patched.str("/clientSecret");
    let read = admin.get(&path).send().await.expect(200);
    assert_eq!(read.str("/clientSecrets/0/hint"), &secret[59..]);
    // It has one now.
    admin.patch(&path).json(&patch).send().await.expect(204);
}

#[tokio::test]
async fn a_client_has_five_secrets_at_most_and_each_goes_by_its_hint() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let secrets = format!("{CLIENTS}/{ROBOT}/client-secrets");
    let mut hints = Vec::new();
    for _ in 0..4 {
        let made = admin.post(&secrets).send().await.expect(201);
        assert_eq!(made.header("cache-control"), "no-store");
        assert_eq!(made.str("/clientId"), ROBOT);
        assert!(made.str("/clientSecret").ends_with(made.str("/hint")));
        hints.push(made.str("/hint").to_owned());
    }
    admin.post(&secrets).send().await.expect(409);
    for hint in [ROBOT_SECRET_HINT, &hints[2]] {
        let secret = format!("{secrets}/{hint}");
        admin.delete(&secret).send().await.expect(204);
        admin.delete(&secret).send().await.expect(404);
    }
    let read = admin.get(&format!("{CLIENTS}/{ROBOT}")).send().await.expect(200);
    let left: Vec<_> = (0..3)
        .map(|index| read.str(&format!("/clientSecrets/{index}/hint")).to_owned())
        .collect();
    assert_eq!(left, [&*hints[0], &*hints[1], &*hints[3]]);
    admin.post(&secrets).send().await.expect(201);
}

#[tokio::test]
async fn publishing_is_noted_once() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let publish = format!("{CLIENTS}/{ROBOT}/actions/publish");
    for _ in 0..2 {
        let published = admin.post(&publish).send().await.expect(201);
        assert_eq!(published.json, json!({ "publishedAt": START }));
        world.advance(TimeDelta::minutes(5));
    }
    let read = admin.get(&format!("{CLIENTS}/{ROBOT}")).send().await.expect(200);
    assert_eq!(read.str("/publishedAt"), START);
}

#[tokio::test]
async fn the_connection_says_whether_users_are_asked() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let connection = format!("{CLIENTS}/{ROBOT}/connection-configs/me");
    let consent = async |expected: &str| {
        let read = admin.get(&connection).send().await.expect(200);
        assert_eq!(read.json, json!({ "consentMethod": expected }));
    };
    let set = |value: &str| json!([{ "op": "replace", "path": "/consentMethod", "value": value }]);
    consent("trusted").await;
    admin
        .patch(&connection)
        .json(&set("required"))
        .send()
        .await
        .expect(204);
    consent("required").await;
    admin
        .patch(&connection)
        .json(&set("asked"))
        .send()
        .await
        .expect(400);
    admin.delete(&connection).send().await.expect(204);
    admin.get(&connection).send().await.expect(404);
    admin.delete(&connection).send().await.expect(404);
    admin
        .patch(&connection)
        .json(&set("trusted"))
        .send()
        .await
        .expect(204);
    consent("trusted").await;
}

#[tokio::test]
async fn a_deletion_is_confirmed_by_the_id() {
    let world = World::start(Edition::Current).await;
    let admin = admin(&world).await;
    let robot = format!("{CLIENTS}/{ROBOT}");
    admin.delete(&robot).send().await.expect(400);
    admin
        .delete(&robot)
        .header("qlik-confirm-delete", "true")
        .send()
        .await
        .expect(400);
    let delete = || admin.delete(&robot).header("qlik-confirm-delete", ROBOT).send();
    delete().await.expect(204);
    delete().await.expect(404);
    for path in ["", "/connection-configs/me"] {
        admin.get(&format!("{robot}{path}")).send().await.expect(404);
    }
    let answer = admin
        .post(&format!("{robot}/client-secrets"))
        .send()
        .await
        .expect(404);
    assert_eq!(
        answer.json,
        json!({ "errors": [{
            "code": "HTTP-404", "title": "Not found", "detail": "There is no OAuth client with this id.",
        }]})
    );
}
