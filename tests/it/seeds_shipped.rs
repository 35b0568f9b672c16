//! The shipped scenarios: each shows what it is for, through REST, with the credentials that docs/SEEDS.md names.

use chrono::TimeDelta;
use mock_qlik_cloud::Emulator;
use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::seeds::Seed;
use serde_json::{Value, json};

use crate::support::{Client, EDITIONS, TENANT_ID, World};

/// The scenarios that have the keys of `ready`.
const WITH_THE_KEYS_OF_READY: [&str; 5] = ["near-limit", "expired-keys", "revoked", "keys-off", "large"];

fn document(name: &str) -> Value {
    Seed::shipped(name).unwrap().document().unwrap()
}

/// The token of the key with these last digits of its id.
fn token(name: &str, number: &str) -> String {
    let document = document(name);
    let keys = document["apiKeys"].as_array().unwrap();
    let key = keys
        .iter()
        .find(|key| key["id"].as_str().unwrap().ends_with(&format!("{number:0>12}")));
    key.unwrap()["token"].as_str().unwrap().to_owned()
}

async fn start(edition: Edition, name: &str) -> World {
    World::start_with(edition, Seed::shipped(name).unwrap()).await
}

async fn opens(client: &Client) {
    client.get("/api/v1/users/me").send().await.expect(301);
}

async fn is_refused(client: &Client, reason: &str) {
    client
        .get("/api/v1/users/me")
        .send()
        .await
        .expect_refusal(401, reason);
}

#[test]
fn the_pinned_keys_are_the_same_in_every_scenario() {
    let ready = document("ready");
    for name in WITH_THE_KEYS_OF_READY {
        let document = document(name);
        assert_eq!(document["signingKey"], ready["signingKey"], "{name}");
        for index in 0..2 {
            assert_eq!(document["apiKeys"][index], ready["apiKeys"][index], "{name}");
        }
    }
}

#[tokio::test]
async fn every_pinned_token_is_signed_by_the_key_of_its_seed() {
    for name in WITH_THE_KEYS_OF_READY {
        let emulator = Emulator::builder()
            .seed(Seed::shipped(name).unwrap())
            .start()
            .await
            .unwrap();
        let signing_key = emulator.tenant().read().signing_key();
        for key in document(name)["apiKeys"].as_array().unwrap() {
            assert!(
                signing_key.verifies(key["token"].as_str().unwrap()),
                "{name}: {key}"
            );
        }
    }
}

#[tokio::test]
async fn near_limit_leaves_room_for_one_key() {
    for edition in EDITIONS {
        let world = start(edition, "near-limit").await;
        let developer = world.with_token(&token("near-limit", "2"));
        let create = async || {
            developer
                .post("/api/v1/api-keys")
                .json(&json!({ "description": "one more" }))
                .send()
                .await
        };
        let last = create().await.expect(201).json;
        create().await.expect_refusal(403, "key-limit-reached");
        // A key that goes makes room.
        let id = last["id"].as_str().unwrap();
        developer
            .delete(&format!("/api/v1/api-keys/{id}"))
            .send()
            .await
            .expect(204);
        create().await.expect(201);
    }
}

#[tokio::test]
async fn expired_keys_has_one_of_each_age() {
    for edition in EDITIONS {
        let world = start(edition, "expired-keys").await;
        let developer = world.with_token(&token("expired-keys", "2"));
        let expired = world.with_token(&token("expired-keys", "21"));
        let expiring = world.with_token(&token("expired-keys", "22"));
        is_refused(&expired, "key-expired").await;
        opens(&expiring).await;
        world.advance(TimeDelta::hours(1));
        is_refused(&expiring, "key-expired").await;
        opens(&developer).await;
        let keys = developer
            .get("/api/v1/api-keys")
            .query(&[("sort", "description")])
            .send()
            .await
            .expect(200);
        assert_eq!(
            keys.each("description"),
            [
                "Expired yesterday",
                "Expires in an hour",
                "Pinned key of the developer"
            ]
        );
        assert_eq!(keys.each("status"), ["expired", "expired", "active"]);
    }
}

#[tokio::test]
async fn revoked_has_a_key_that_was_taken_back() {
    for edition in EDITIONS {
        let world = start(edition, "revoked").await;
        is_refused(&world.with_token(&token("revoked", "31")), "key-revoked").await;
        let developer = world.with_token(&token("revoked", "2"));
        opens(&developer).await;
        let keys = developer
            .get("/api/v1/api-keys")
            .query(&[("status", "revoked")])
            .send()
            .await
            .expect(200);
        assert_eq!(keys.each("description"), ["Revoked"]);
    }
}

#[tokio::test]
async fn keys_off_is_one_switch_away_from_ready() {
    assert_eq!(document("keys-off")["edition"], "classic");
    let world = start(Edition::Classic, "keys-off").await;
    let developer = world.with_token(&token("keys-off", "2"));
    is_refused(&developer, "keys-switched-off").await;
    let admin = world.sign_in("admin@example.com").await;
    admin
        .patch(&format!("/api/v1/api-keys/configs/{TENANT_ID}"))
        .json(&json!([{ "op": "replace", "path": "/api_keys_enabled", "value": true }]))
        .send()
        .await
        .expect(204);
    opens(&developer).await;
    // Today's edition has no switch.
    let world = start(Edition::Current, "keys-off").await;
    opens(&world.with_token(&token("keys-off", "2"))).await;
}

#[tokio::test]
async fn large_has_ten_thousand_users_who_are_always_the_same() {
    assert_eq!(document("large"), document("large"));
    let world = start(Edition::Current, "large").await;
    let admin = world.with_token(&token("large", "1"));
    let count = admin.get("/api/v1/users/actions/count").send().await.expect(200);
    assert_eq!(count.json["total"], 10_000, "{}", count.json);
    let first = admin
        .get("/api/v1/users")
        .query(&[("limit", "100"), ("sort", "name")])
        .send()
        .await
        .expect(200);
    assert_eq!(first.each("name")[0], "Ada Adams");
    let next = first.json["links"]["next"]["href"].as_str().unwrap().to_owned();
    assert_eq!(
        admin.get(&next).send().await.expect(200).json["data"]
            .as_array()
            .map(Vec::len),
        Some(100)
    );
    // Anybody of them can sign in, and is found.
    let developer = world.sign_in("ada.fischer.125@example.com").await;
    opens(&developer).await;
    let found = admin
        .get("/api/v1/users")
        .query(&[("filter", r#"email eq "ada.fischer.125@example.com""#)])
        .send()
        .await
        .expect(200);
    assert_eq!(found.each("id"), ["65000000000000010000007d"]);
}
