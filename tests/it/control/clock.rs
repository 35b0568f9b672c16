//! `/_mock/clock`.

use mock_qlik_cloud::domain::settings::Edition;
use reqwest::Method;
use serde_json::json;

use super::control;
use crate::support::{Actor, START, World};

#[tokio::test]
async fn a_key_of_a_day_expires_when_the_clock_is_advanced_by_a_day() {
    let world = World::start(Edition::Classic).await;
    let owner = world.by_key(Actor::KeyHolder);
    let key = world.mint(&owner, "short", "P1D").await;
    let with_it = world.with_token(&key.token);
    with_it.get("/api/v1/users/me").send().await.expect(301);

    let moved = control(
        &world,
        Method::PUT,
        "/clock",
        Some(&json!({ "advance": "P1DT1S" })),
    )
    .await
    .expect(200);
    assert_eq!(moved.str("/now"), "2026-03-03T08:00:01.000Z");
    assert_eq!(moved.str("/mode"), "frozen");

    let refused = with_it.get("/api/v1/users/me").send().await;
    refused.expect_refusal(401, "key-expired");
    let list = owner
        .get("/api/v1/api-keys?status=expired")
        .send()
        .await
        .expect(200);
    assert_eq!(list.header("date"), "Tue, 03 Mar 2026 08:00:01 GMT");
    assert!(list.each("id").contains(&key.id));
}

#[tokio::test]
async fn a_clock_is_set_frozen_and_let_go() {
    let world = World::start(Edition::Classic).await;
    let change = async |body| {
        control(&world, Method::PUT, "/clock", Some(&body))
            .await
            .expect(200)
    };
    let set = change(json!({ "now": "2030-01-01T00:00:00Z", "advance": "-PT1S" })).await;
    assert_eq!(set.str("/now"), "2029-12-31T23:59:59.000Z");
    assert_eq!(change(json!({ "frozen": false })).await.str("/mode"), "shifted");
    assert_eq!(change(json!({ "rate": 60 })).await.json["rate"], json!(60.0));
    assert_eq!(change(json!({ "frozen": true })).await.str("/mode"), "frozen");
    control(&world, Method::POST, "/reset", None).await.expect(204);
    assert_eq!(
        control(&world, Method::GET, "/clock", None).await.str("/now"),
        START
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_change_is_said_at_once_and_nothing_moves() {
    let world = World::start(Edition::Classic).await;
    for (body, places) in [
        (
            json!({ "now": "tomorrow", "advance": "7d", "frozen": 1, "rate": 0 }),
            vec!["/now", "/advance", "/frozen", "/rate"],
        ),
        (json!({ "advance": "P9999Y" }), vec!["/advance"]),
        (json!({ "frozen": true, "rate": 2 }), vec!["/rate"]),
        (json!({ "rate": 86_401 }), vec!["/rate"]),
        (json!({ "forward": "P1D" }), vec!["/forward"]),
        (json!([]), vec![""]),
    ] {
        control(&world, Method::PUT, "/clock", Some(&body))
            .await
            .expect_faults(&places);
        assert_eq!(
            control(&world, Method::GET, "/clock", None).await.str("/now"),
            START,
            "{body}"
        );
    }
}
