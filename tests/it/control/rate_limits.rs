//! `/_mock/rate-limits`.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use reqwest::Method;
use serde_json::{Value, json};

use super::control;
use crate::support::{Actor, Answer, Client, EDITIONS, START, World};

/// Of the 500 changes that tier 2 allows in five minutes, 5; of the 5000 reads of tier 1, 50.
fn hundredth() -> Value {
    json!({ "enabled": true, "scale": 0.01 })
}

async fn limit(world: &World, settings: &Value) {
    control(world, Method::PUT, "/rate-limits", Some(settings))
        .await
        .expect(200);
}

/// A request of tier 2, which is refused only for what it says: a role without a name.
async fn change(client: &Client) -> Answer {
    client
        .post("/api/v1/roles")
        .tolerated_beyond_the_contract()
        .json(&json!({}))
        .send()
        .await
}

/// How many changes pass before the first that is turned away, and that one.
async fn burst(client: &Client) -> (u32, Answer) {
    let mut passed = 0;
    loop {
        let answer = change(client).await;
        if answer.status == 429 {
            return (passed, answer);
        }
        passed += 1;
    }
}

#[tokio::test]
async fn nothing_is_limited_unless_a_test_wants_it_and_until_the_next_reset() {
    let world = World::start(Edition::Classic).await;
    let settings = async || control(&world, Method::GET, "/rate-limits", None).await.json;
    let off = json!({ "enabled": false, "scale": 1.0, "window": "PT5M" });
    assert_eq!(settings().await, off);
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    for _ in 0..501 {
        change(&admin).await.expect(400);
    }
    limit(
        &world,
        &json!({ "enabled": true, "scale": 0.002, "window": "PT5M" }),
    )
    .await;
    assert_eq!(burst(&admin).await.0, 1);
    control(&world, Method::POST, "/reset", None).await.expect(204);
    assert_eq!(settings().await, off);
    change(&admin).await.expect(400);
}

#[tokio::test]
async fn who_is_limited_is_told_as_documented_and_only_in_that_tier() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        limit(&world, &hundredth()).await;
        let admin = world.by_key(Actor::TenantAdminHoldingKeys);
        let (passed, turned_away) = burst(&admin).await;
        assert_eq!(passed, 5);
        assert_eq!(turned_away.header("retry-after"), "300");
        assert_eq!(turned_away.str("/errors/0/code"), "HTTP-429");
        assert_eq!(turned_away.str("/errors/0/title"), "API rate limit reached.");
        assert_eq!(
            turned_away.str("/errors/0/detail"),
            "You need to wait 300 seconds until limit is lifted."
        );
        assert_eq!(turned_away.refusal(), None);
        // The same user by another door, and another operation of the tier.
        let session = world.by_session(Actor::TenantAdminHoldingKeys).await;
        let user = session
            .post("/api/v1/users")
            .json(&json!({ "subject": "late" }))
            .send()
            .await
            .expect(429);
        assert_eq!(user.header("retry-after"), "300");
        // Reads have a limit of their own, and so has everybody else.
        let users = admin.get("/api/v1/users?limit=100").send().await.expect(200);
        assert!(!users.text.contains("late"), "it was carried out");
        change(&world.by_key(Actor::KeyHolder)).await.expect(400);
        world
            .with_token("unknown")
            .post("/api/v1/roles")
            .json(&json!({ "name": "x" }))
            .send()
            .await
            .expect(401);
    }
}

#[tokio::test]
async fn every_family_words_it_as_its_own_errors() {
    let world = World::start(Edition::Classic).await;
    limit(&world, &json!({ "enabled": true, "scale": 0.000_001 })).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    admin.get("/api/v1/roles").send().await.expect(200);
    for path in [
        "/api/v1/api-keys",
        "/api/v1/users",
        "/api/v1/users/me",
        "/api/v1/roles",
        "/api/v1/tenants/me",
    ] {
        admin.get(path).send().await.expect(429);
    }
}

#[tokio::test]
async fn a_client_that_waits_as_told_gets_through_when_the_clock_is_moved() {
    let world = World::start(Edition::Classic).await;
    limit(&world, &hundredth()).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    assert_eq!(burst(&admin).await.0, 5);
    world.advance(TimeDelta::milliseconds(100_500));
    let told: i64 = change(&admin)
        .await
        .expect(429)
        .header("retry-after")
        .parse()
        .unwrap();
    assert_eq!(told, 200);
    world.advance(TimeDelta::seconds(told - 1));
    change(&admin).await.expect(429);
    world.advance(TimeDelta::seconds(1));
    assert_eq!(burst(&admin).await.0, 5);
}

#[tokio::test]
async fn all_users_together_reach_the_limit_of_the_tenant() {
    let world = World::start(Edition::Classic).await;
    let users = control(&world, Method::GET, "/seed", None).await.json["users"]
        .as_array()
        .unwrap()
        .len();
    limit(&world, &json!({ "enabled": true, "scale": 0.004 })).await;
    let mut passed = 0;
    for actor in [
        Actor::TenantAdminHoldingKeys,
        Actor::TenantAdmin,
        Actor::KeyHolder,
        Actor::User,
    ] {
        passed += burst(&world.by_session(actor).await).await.0;
    }
    // Two requests for each user, half of that for all.
    assert_eq!(passed as usize, users.min(8));
}

#[tokio::test]
async fn the_control_api_is_not_limited_and_refuses_nonsense() {
    let world = World::start(Edition::Classic).await;
    limit(&world, &json!({ "enabled": true, "scale": 0.000_001 })).await;
    for _ in 0..10 {
        let now = control(&world, Method::GET, "/clock", None).await;
        assert_eq!(now.str("/now"), START);
    }
    for (wrong, places) in [
        (json!({}), ["/enabled"]),
        (json!({ "enabled": true, "scale": 0 }), ["/scale"]),
        (json!({ "enabled": true, "window": "P1M" }), ["/window"]),
        (json!({ "enabled": true, "tier": 1 }), ["/tier"]),
    ] {
        control(&world, Method::PUT, "/rate-limits", Some(&wrong))
            .await
            .expect_faults(&places);
    }
}
