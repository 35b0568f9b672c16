//! `/api/core/auth-settings`, and how long sessions last by them.

use axum::http::Method;
use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use crate::support::{Actor, EDITIONS, TENANT_ID, World};

const SETTINGS: &str = "/api/core/auth-settings";
const ME: &str = "/api/v1/users/me";
const INACTIVITY: &str = "/userSessionInactivityTimeoutMinutes";
const LIFESPAN: &str = "/maxUserSessionLifespanMinutes";
const REGISTRATION: &str = "/dynamicClientRegistrationEnabled";
const METHODS: &str = "/dcrAllowedAuthenticationMethods";

fn replace(changes: &[(&str, Value)]) -> Value {
    changes
        .iter()
        .map(|(path, value)| json!({ "op": "replace", "path": path, "value": value }))
        .collect()
}

#[tokio::test]
async fn at_first_the_documented_defaults_hold() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        assert_eq!(
            admin.get(SETTINGS).send().await.expect(200).json,
            json!({
                "tenantId": TENANT_ID,
                "isDefault": true,
                "userSessionInactivityTimeoutMinutes": 30,
                "maxUserSessionLifespanMinutes": 1440,
                "dynamicClientRegistrationEnabled": false,
            })
        );
    }
}

#[tokio::test]
async fn a_change_answers_with_the_settings_and_they_stay() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let patch = replace(&[
        (INACTIVITY, json!(15)),
        (LIFESPAN, json!(10_080)),
        (REGISTRATION, json!(true)),
        (METHODS, json!(["none", "client_secret"])),
    ]);
    let changed = admin.patch(SETTINGS).json(&patch).send().await.expect(200).json;
    assert_eq!(changed["isDefault"], false);
    assert_eq!(changed["userSessionInactivityTimeoutMinutes"], 15);
    assert_eq!(changed["maxUserSessionLifespanMinutes"], 10_080);
    assert_eq!(
        changed["dcrAllowedAuthenticationMethods"],
        json!(["none", "client_secret"])
    );
    assert_eq!(changed["id"].as_str().unwrap().len(), 24);
    assert_eq!(admin.get(SETTINGS).send().await.expect(200).json, changed);
    let off = admin
        .patch(SETTINGS)
        .json(&replace(&[(REGISTRATION, json!(false))]))
        .send()
        .await
        .expect(200);
    assert_eq!(off.json["dcrAllowedAuthenticationMethods"], Value::Null);
    assert_eq!(off.json["id"], changed["id"], "the id stays");
}

#[tokio::test]
async fn every_fault_is_named_and_nothing_changes() {
    let world = World::start(Edition::Classic).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let before = admin.get(SETTINGS).send().await.expect(200).json;
    let patch = replace(&[
        (INACTIVITY, json!(14)),
        (INACTIVITY, json!(1441)),
        (LIFESPAN, json!(0)),
        (LIFESPAN, json!(90)),
        (LIFESPAN, json!(10_140)),
        (INACTIVITY, json!("30")),
        (REGISTRATION, json!("yes")),
        (METHODS, json!(["private_key_jwt"])),
        (INACTIVITY, json!(60)),
    ]);
    let places: Vec<_> = (0..8).map(|index| format!("/{index}/value")).collect();
    let places: Vec<_> = places.iter().map(String::as_str).collect();
    admin
        .patch(SETTINGS)
        .json(&patch)
        .send()
        .await
        .expect_faults(&places);
    for (patch, place) in [
        (json!([{ "op": "add", "path": INACTIVITY, "value": 60 }]), "/0/op"),
        (replace(&[("/isDefault", json!(true))]), "/0/path"),
        (replace(&[(METHODS, json!(["none"]))]), "/0/value"),
    ] {
        admin
            .patch(SETTINGS)
            .json(&patch)
            .send()
            .await
            .expect_faults(&[place]);
    }
    assert_eq!(admin.get(SETTINGS).send().await.expect(200).json, before);
}

#[tokio::test]
async fn sessions_that_begin_afterwards_end_by_the_new_settings_and_the_others_do_not() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let before = world.by_session(Actor::User).await;
    let patch = replace(&[(INACTIVITY, json!(15)), (LIFESPAN, json!(60))]);
    admin.patch(SETTINGS).json(&patch).send().await.expect(200);
    let (idle, busy) = (
        world.by_session(Actor::User).await,
        world.by_session(Actor::User).await,
    );
    world.advance(TimeDelta::minutes(14));
    busy.get(ME).send().await.expect(301);
    idle.get(ME).send().await.expect(301);
    world.advance(TimeDelta::minutes(14));
    busy.get(ME).send().await.expect(301);
    world.advance(TimeDelta::minutes(1));
    idle.get(ME).send().await.expect_refusal(401, "session-ended");
    before.get(ME).send().await.expect(301);
    world.advance(TimeDelta::minutes(13));
    busy.get(ME).send().await.expect(301);
    before.get(ME).send().await.expect(301);
    world.advance(TimeDelta::minutes(14));
    busy.get(ME).send().await.expect(301);
    world.advance(TimeDelta::minutes(4));
    busy.get(ME).send().await.expect_refusal(401, "session-ended");
    before.get(ME).send().await.expect(301);
}

#[tokio::test]
async fn a_snapshot_and_an_export_hold_them() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let read = async || admin.get(SETTINGS).send().await.expect(200).json;
    let control = async |method: Method, path: &str| {
        let request = world.anonymous().request(method, path).outside_the_contract();
        assert!(request.send().await.status < 300);
    };
    let defaults = read().await;
    control(Method::PUT, "/_mock/snapshots/before").await;
    admin
        .patch(SETTINGS)
        .json(&replace(&[(INACTIVITY, json!(60))]))
        .send()
        .await
        .expect(200);
    let changed = read().await;
    let exported = world
        .anonymous()
        .get("/_mock/seed")
        .outside_the_contract()
        .send()
        .await
        .expect(200)
        .json;
    assert_eq!(
        exported["authSettings"]["userSessionInactivityTimeoutMinutes"],
        60
    );
    assert_eq!(exported["authSettings"]["id"], changed["id"]);
    control(Method::POST, "/_mock/snapshots/before/restore").await;
    assert_eq!(read().await, defaults);
}

#[tokio::test]
async fn an_admin_changes_them_in_the_console() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let save = async |inactivity: &str, lifespan: &str| {
            let fields = [("inactivity", inactivity), ("lifespan", lifespan)];
            let form = admin.post("/console/settings/sessions").form(&fields);
            let form = form.header("accept", "text/html").outside_the_contract();
            form.send().await
        };
        let saved = save(" 45 ", "120").await.expect(303);
        assert_eq!(saved.header("location"), "/console/settings");
        let settings = admin.get(SETTINGS).send().await.expect(200).json;
        assert_eq!(settings["userSessionInactivityTimeoutMinutes"], 45);
        assert_eq!(settings["maxUserSessionLifespanMinutes"], 120);
        let page = admin.get("/console/settings").header("accept", "text/html");
        let page = page.outside_the_contract().send().await.expect(200).text;
        for field in ["name=\"inactivity\"", "name=\"lifespan\""] {
            let (_, rest) = page.split_once(field).unwrap();
            let value = rest.split_once(" value=\"").unwrap().1.split('"').next().unwrap();
            assert_eq!(value, if field.contains("inactivity") { "45" } else { "120" });
        }
        // Nothing is changed if anything is wrong.
        for (inactivity, lifespan, wrong) in [
            ("14", "180", &["session-inactivity-error"][..]),
            ("60", "90", &["session-lifespan-error"]),
            (
                "many",
                "",
                &["session-inactivity-error", "session-lifespan-error"],
            ),
        ] {
            let refused = save(inactivity, lifespan).await.expect(400).text;
            for place in wrong {
                assert!(refused.contains(&format!("id=\"{place}\"")), "{place}: {refused}");
            }
        }
        assert_eq!(admin.get(SETTINGS).send().await.expect(200).json, settings);
    }
}
