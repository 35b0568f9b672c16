//! `PATCH /api/v1/tenants/{tenantId}`.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Client, EDITIONS, TENANT_ID, World};

const SWITCHES: [&str; 5] = [
    "enableAnalyticCreation",
    "enableAppOpeningFeedback",
    "autoAssignCreateSharedSpacesRoleToProfessionals",
    "autoAssignPrivateAnalyticsContentCreatorRoleToProfessionals",
    "autoAssignDataServicesContributorRoleToProfessionals",
];

fn own() -> String {
    format!("/api/v1/tenants/{TENANT_ID}")
}

async fn read(client: &Client) -> Value {
    client.get(&own()).send().await.expect(200).json
}

async fn patch(client: &Client, patch: Value) -> Answer {
    client.patch(&own()).json(&patch).send().await
}

fn replace(path: &str, value: Value) -> Value {
    json!([{ "op": "replace", "path": path, "value": value }])
}

#[tokio::test]
async fn the_name_and_every_switch_can_be_changed() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        world.advance(TimeDelta::minutes(1));
        assert_eq!(
            patch(&admin, replace("/name", json!("New Name")))
                .await
                .expect(204)
                .text,
            ""
        );
        let tenant = read(&admin).await;
        assert_eq!(
            (&tenant["name"], &tenant["lastUpdated"]),
            (&json!("New Name"), &json!("2026-03-02T08:01:00.000Z"))
        );
        for switch in SWITCHES {
            let before = read(&admin).await[switch].clone();
            let Some(was_on) = before.as_bool() else {
                assert_eq!((switch, edition), ("enableAppOpeningFeedback", Edition::Classic));
                patch(&admin, replace("/enableAppOpeningFeedback", json!(true)))
                    .await
                    .expect(400);
                continue;
            };
            patch(&admin, replace(&format!("/{switch}"), json!(!was_on)))
                .await
                .expect(204);
            assert_eq!(read(&admin).await[switch], !was_on, "{switch}");
        }
    }
}

#[tokio::test]
async fn the_alias_is_a_sub_domain_of_the_tenant_s_own_domain() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        for (alias, expected) in [
            ("sales", "sales.localhost"),
            ("SALES-2", "sales-2.localhost"),
            ("whole.name.is.cut", "whole.localhost"),
            ("abc", "abc.localhost"),
            (&"a".repeat(63), &format!("{}.localhost", "a".repeat(63))),
        ] {
            patch(&admin, replace("/hostnames/1", json!(alias)))
                .await
                .expect(204);
            assert_eq!(
                read(&admin).await["hostnames"],
                json!(["example.localhost", expected])
            );
        }
    }
}

#[tokio::test]
async fn a_bad_alias_is_refused_in_the_published_form() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let before = read(&admin).await;
        let answer = patch(&admin, replace("/hostnames/1", json!("ab")))
            .await
            .expect(400);
        assert_eq!(
            answer.json,
            json!({
                "errors": [{
                    "code": "TENANTS-10",
                    "title": "Invalid PATCH request",
                    "meta": {
                        "code": "TENANTS-10",
                        "title": "Subdomain should be between 3 and 63 characters",
                    },
                    "source": { "pointer": "/hostnames/1" },
                }],
            })
        );
        for alias in [
            json!("a".repeat(64)),
            json!("under_score"),
            json!("-abc"),
            json!("abc-"),
            json!("å-la"),
            json!(""),
            json!(7),
        ] {
            let answer = patch(&admin, replace("/hostnames/1", alias))
                .await
                .expect_faults(&["/hostnames/1"]);
            assert_eq!(answer.str("/errors/0/code"), "TENANTS-10");
        }
        // Taken by the tenant itself, or reserved.
        for alias in ["example", "Example", "www", "console", "api"] {
            let answer = patch(&admin, replace("/hostnames/1", json!(alias)))
                .await
                .expect_faults(&["/hostnames/1"]);
            assert_eq!(answer.str("/errors/0/code"), "TENANTS-11", "{alias}");
            assert_eq!(
                answer.str("/errors/0/meta/title"),
                "The specified hostname is unavailable for use"
            );
        }
        assert_eq!(read(&admin).await, before);
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once_and_nothing_changes() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let before = read(&admin).await;
        let all_wrong = json!([
            { "op": "replace", "path": "/name", "value": "Good" },
            { "op": "add", "path": "/name", "value": "x" },
            { "op": "replace", "path": "/hostnames/0", "value": "x" },
            { "op": "replace", "path": "/name" },
            { "op": "replace", "path": "/name", "value": " " },
            { "op": "replace", "path": "/enableAnalyticCreation", "value": "yes" },
            7,
        ]);
        let answer = patch(&admin, all_wrong).await;
        let faults = [
            "/1/op",
            "/2/path",
            "/3/value",
            "/6",
            "/name",
            "/enableAnalyticCreation",
        ];
        let answer = answer.expect(400);
        let mut found = answer.faults();
        found.sort_unstable();
        let mut expected = faults.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected, "{}", answer.text);
        for error in answer.json["errors"].as_array().unwrap() {
            assert_eq!(
                (&error["code"], &error["title"]),
                (&json!("TENANTS-10"), &json!("Invalid PATCH request"))
            );
        }
        patch(&admin, json!({})).await.expect_faults(&[""]);
        admin.patch(&own()).send().await.expect(400);
        // A later change that cannot be takes the earlier ones back.
        let half = json!([
            { "op": "replace", "path": "/name", "value": "New Name" },
            { "op": "replace", "path": "/hostnames/1", "value": "www" },
        ]);
        patch(&admin, half).await.expect_faults(&["/hostnames/1"]);
        assert_eq!(read(&admin).await, before);
    }
}
