//! `PATCH /api/v1/api-keys/{id}`.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use super::replace;
use crate::support::{Actor, EDITIONS, START, World};

fn own_path() -> String {
    format!("/api/v1/api-keys/{}", Actor::KeyHolder.person().key_id)
}

#[tokio::test]
async fn the_description_can_be_replaced_and_nothing_else_changes() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let holder = world.by_key(Actor::KeyHolder);
        let before = holder.get(&own_path()).send().await.expect(200).json;
        let answer = holder
            .patch(&own_path())
            .json(&replace("/description", "renamed"))
            .send()
            .await
            .expect(204);
        assert_eq!(answer.text, "");
        let mut wanted = before;
        wanted["description"] = "renamed".into();
        wanted["lastUpdated"] = START.into();
        assert_eq!(holder.get(&own_path()).send().await.expect(200).json, wanted);
        holder.get("/api/v1/users/me").send().await.expect(301);
    }
}

#[tokio::test]
async fn of_several_items_the_last_counts_and_of_none_nothing_happens() {
    let world = World::start(Edition::Classic).await;
    let holder = world.by_key(Actor::KeyHolder);
    let patch = json!([
        { "op": "replace", "path": "/description", "value": "first" },
        { "op": "replace", "path": "/description", "value": "second" },
    ]);
    holder.patch(&own_path()).json(&patch).send().await.expect(204);
    world.advance(TimeDelta::minutes(1));
    holder
        .patch(&own_path())
        .json(&json!([]))
        .send()
        .await
        .expect(204);
    let read = holder.get(&own_path()).send().await.expect(200);
    assert_eq!(
        (read.str("/description"), read.str("/lastUpdated")),
        ("second", START)
    );
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once_and_nothing_is_changed() {
    let world = World::start(Edition::Classic).await;
    let holder = world.by_key(Actor::KeyHolder);
    let before = holder.get(&own_path()).send().await.expect(200).json;
    let cases: [(Value, &[&str]); 9] = [
        (
            json!([
                { "op": "replace", "path": "/description", "value": "good" },
                { "op": "add", "path": "/expiry", "value": "P999D" },
                { "op": "replace", "path": "/description", "value": 5 },
                {},
                "text",
            ]),
            &[
                "/1/op", "/1/path", "/2/value", "/3/op", "/3/path", "/3/value", "/4",
            ],
        ),
        (replace("/status", "active"), &["/0/path"]),
        (replace("/expiry", "P999D"), &["/0/path"]),
        (replace("/sub", Actor::User.person().id), &["/0/path"]),
        (replace("/description", ""), &["/0/value"]),
        (replace("/description", Value::Null), &["/0/value"]),
        (
            json!([{ "op": "remove", "path": "/description" }]),
            &["/0/op", "/0/value"],
        ),
        (
            json!({ "op": "replace", "path": "/description", "value": "no array" }),
            &[""],
        ),
        (json!({ "description": "no patch" }), &[""]),
    ];
    for (patch, places) in cases {
        holder
            .patch(&own_path())
            .json(&patch)
            .send()
            .await
            .expect_faults(places);
    }
    assert_eq!(holder.get(&own_path()).send().await.expect(200).json, before);
}

#[tokio::test]
async fn what_is_no_key_is_not_found() {
    let world = World::start(Edition::Classic).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    for id in ["1fc531f9-1964-46d6-9267-256e707fac45", "nonsense"] {
        let path = format!("/api/v1/api-keys/{id}");
        admin
            .patch(&path)
            .json(&replace("/description", "renamed"))
            .send()
            .await
            .expect(404);
    }
}
