//! `GET /api/v1/api-keys/{id}`.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;

use crate::support::{Actor, EDITIONS, World};

#[tokio::test]
async fn a_key_is_read_as_the_list_shows_it() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let list = admin.get("/api/v1/api-keys").send().await.expect(200);
        for listed in list.json["data"].as_array().unwrap() {
            let path = format!("/api/v1/api-keys/{}", listed["id"].as_str().unwrap());
            assert_eq!(admin.get(&path).send().await.expect(200).json, *listed);
        }
    }
}

#[tokio::test]
async fn the_status_is_that_of_the_moment() {
    let world = World::start(Edition::Classic).await;
    let session = world.by_session(Actor::KeyHolder).await;
    let minted = world.mint(&session, "a quarter of an hour", "PT15M").await;
    let path = format!("/api/v1/api-keys/{}", minted.id);
    assert_eq!(
        session.get(&path).send().await.expect(200).str("/status"),
        "active"
    );
    world.advance(TimeDelta::minutes(15));
    assert_eq!(
        session.get(&path).send().await.expect(200).str("/status"),
        "expired"
    );
    let admin = world.by_session(Actor::TenantAdmin).await;
    admin.delete(&path).send().await.expect(204);
    assert_eq!(
        session.get(&path).send().await.expect(200).str("/status"),
        "revoked"
    );
}

#[tokio::test]
async fn what_is_no_key_is_not_found() {
    let world = World::start(Edition::Classic).await;
    for client in [
        world.by_key(Actor::KeyHolder),
        world.by_session(Actor::TenantAdmin).await,
    ] {
        for id in [
            "1fc531f9-1964-46d6-9267-256e707fac45",
            "nonsense",
            "configs",
            "%20",
            "..%2Fusers",
            "é",
        ] {
            client
                .get(&format!("/api/v1/api-keys/{id}"))
                .send()
                .await
                .expect(404);
        }
    }
}
