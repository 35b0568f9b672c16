//! `/_mock/coverage`.

use mock_qlik_cloud::api::EMULATED;
use mock_qlik_cloud::contract;
use mock_qlik_cloud::domain::settings::Edition;
use reqwest::Method;
use serde_json::{Value, json};

use super::control;
use crate::support::{Actor, Answer, World};

async fn coverage(world: &World, query: &str) -> Answer {
    control(world, Method::GET, &format!("/coverage{query}"), None)
        .await
        .expect(200)
}

fn ids(answer: &Answer) -> Vec<&str> {
    let operations = answer.json["operations"].as_array().unwrap();
    operations
        .iter()
        .map(|operation| operation["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn operations_are_counted_by_family_and_class_until_they_are_forgotten() {
    let world = World::start(Edition::Classic).await;
    let none = coverage(&world, "").await;
    let sums = |touched: u64, requests: u64| {
        let (published, emulated) = (contract::operations().len(), EMULATED.len());
        [json!(published), json!(emulated), json!(touched), json!(requests)]
    };
    let of = |value: &Value| ["published", "emulated", "touched", "requests"].map(|name| value[name].clone());
    assert_eq!(of(&none.json), sums(0, 0));
    assert_eq!(none.json["operations"], Value::Null);

    let holder = world.by_key(Actor::KeyHolder);
    holder.get("/api/v1/users").send().await.expect(200);
    world.anonymous().get("/api/v1/users").send().await.expect(401);
    holder.get("/api/v1/users?limit=0").send().await.expect(400);
    holder.get("/api/v1/apps/some").send().await.expect(501);
    // Neither published nor of the tenant.
    holder
        .get("/nowhere")
        .outside_the_contract()
        .send()
        .await
        .expect(404);

    let touched = coverage(&world, "?list=touched").await;
    assert_eq!(of(&touched.json), sums(2, 4));
    assert_eq!(
        touched.json["operations"][1]["answers"],
        json!({ "2xx": 1, "4xx": 2 })
    );
    let users = touched.json["families"].as_array().unwrap();
    let users = users.iter().find(|family| family["family"] == "users").unwrap();
    assert_eq!((&users["touched"], &users["requests"]), (&json!(1), &json!(3)));

    let untouched = coverage(&world, "?list=untouched").await;
    assert_eq!(ids(&untouched).len(), EMULATED.len() - 1);
    assert!(!ids(&untouched).contains(&"getUsers"));
    let missing = coverage(&world, "?list=not-emulated").await;
    assert_eq!(ids(&missing).len(), contract::operations().len() - EMULATED.len());
    assert!(
        missing.json["operations"]
            .as_array()
            .unwrap()
            .iter()
            .any(|operation| {
                operation["emulated"] == false && operation["answers"] == json!({ "5xx": 1 })
            })
    );
    control(&world, Method::GET, "/coverage?list=all", None)
        .await
        .expect_faults(&["list"]);

    // A suite resets between its tests, and wants to know at its end.
    control(&world, Method::POST, "/reset", None).await.expect(204);
    assert_eq!(of(&coverage(&world, "").await.json), sums(2, 4));
    control(&world, Method::DELETE, "/coverage", None)
        .await
        .expect(204);
    assert_eq!(of(&coverage(&world, "").await.json), sums(0, 0));
}

#[tokio::test]
async fn a_connection_that_was_cut_and_a_journal_that_is_off_are_counted_too() {
    let world = World::start(Edition::Classic).await;
    let off = json!({ "entries": 0 });
    control(&world, Method::PUT, "/requests/settings", Some(&off))
        .await
        .expect(200);
    let fault = json!({ "operation": "getUsers", "fault": "empty-reply", "times": 1 });
    control(&world, Method::POST, "/faults", Some(&fault))
        .await
        .expect(201);
    assert!(
        reqwest::get(format!("{}/api/v1/users", world.url()))
            .await
            .is_err()
    );
    let touched = coverage(&world, "?list=touched").await;
    let cut = touched.json["operations"][0]["answers"]["cut"].as_u64();
    // A client may try again once it was cut.
    assert!(cut >= Some(1), "{}", touched.text);
}
