//! `/api/core/ip-policies`, and what they do to everything else.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use reqwest::Method;
use serde_json::{Value, json};

use crate::control::control;
use crate::support::{Actor, Client, EDITIONS, IP_POLICY, START, TENANT_ID, World};

const LIST: &str = "/api/core/ip-policies";
const ME: &str = "/api/v1/users/me";

/// Another address of this machine than that from which clients come.
const ELSEWHERE: &str = "127.0.0.2";

fn path(id: &str) -> String {
    format!("{LIST}/{id}")
}

fn replace(path: &str, value: Value) -> Value {
    json!([{ "op": "replace", "path": path, "value": value }])
}

async fn create(admin: &Client, body: Value) -> String {
    let answer = admin.post(LIST).json(&body).send().await.expect(201);
    answer.str("/id").to_owned()
}

#[tokio::test]
async fn a_policy_is_made_read_changed_and_deleted() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let other = world.by_session(Actor::TenantAdminHoldingKeys).await;
        let ranges = json!(["192.0.2.1", "203.0.113.0/24"]);
        let id = create(&admin, json!({ "allowedIps": ranges })).await;
        let me = Actor::TenantAdmin.person().id;
        let mut expected = json!({
            "id": id,
            "tenantId": TENANT_ID,
            "name": "",
            "enabled": false,
            "allowedIps": ranges,
            "editable": true,
            "deletable": true,
            // To put it in force would lock this client out.
            "toggleable": false,
            "createdAt": START,
            "updatedAt": START,
            "createdBy": me,
            "updatedBy": me,
        });
        let read = async || admin.get(&path(&id)).send().await.expect(200).json;
        assert_eq!(read().await, expected);

        world.advance(TimeDelta::minutes(1));
        let change = json!([
            { "op": "replace", "path": "/name", "value": "Office" },
            { "op": "replace", "path": "/allowedIps", "value": ["127.0.0.0/8"] },
            { "op": "replace", "path": "/enabled", "value": true },
        ]);
        other.patch(&path(&id)).json(&change).send().await.expect(204);
        for (member, value) in [
            ("name", json!("Office")),
            ("allowedIps", json!(["127.0.0.0/8"])),
            ("enabled", json!(true)),
            ("toggleable", json!(true)),
            ("updatedAt", json!("2026-03-02T08:01:00.000Z")),
            ("updatedBy", json!(Actor::TenantAdminHoldingKeys.person().id)),
        ] {
            expected[member] = value;
        }
        assert_eq!(read().await, expected);

        admin.delete(&path(&id)).send().await.expect(204);
        for gone in [
            admin.get(&path(&id)),
            admin.patch(&path(&id)).json(&change),
            admin.delete(&path(&id)),
        ] {
            gone.send().await.expect(404);
        }
    }
}

#[tokio::test]
async fn whoever_is_in_no_enabled_policy_is_blocked() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_key(Actor::TenantAdminHoldingKeys);
        let away = admin.coming_from(ELSEWHERE);
        away.get(ME).send().await.expect(301);
        let id = create(&admin, json!({ "allowedIps": ["127.0.0.1"], "enabled": true })).await;
        admin.get(ME).send().await.expect(301);
        let anonymous = world.anonymous().coming_from(ELSEWHERE);
        for blocked in [
            away.get(LIST),
            away.delete(&path(&id)),
            away.get("/api/v1/csp-origins"),
            anonymous.get("/login"),
            anonymous.post("/login").form(&[("user", "viewer")]),
        ] {
            blocked.send().await.expect_refusal(403, "address-not-allowed");
        }
        // A browser is shown a page with its style.
        let page = anonymous.get("/login").header("accept", "text/html").send().await;
        let page = page.expect_refusal(403, "address-not-allowed").text;
        let style = page
            .split("href=\"/assets/")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let style = anonymous.get(&format!("/assets/{style}")).outside_the_contract();
        style.send().await.expect(200);
        // The emulator itself is not the tenant's.
        anonymous.get("/health").send().await.expect(200);
        anonymous
            .get("/_mock/clock")
            .outside_the_contract()
            .send()
            .await
            .expect(200);

        // A policy more lets more in, and without an enabled one everybody is.
        let range = create(&admin, json!({ "allowedIps": ["127.0.0.2/31"], "enabled": true })).await;
        away.get(ME).send().await.expect(301);
        for id in [&range, &id] {
            admin
                .patch(&path(id))
                .json(&replace("/enabled", json!(false)))
                .send()
                .await
                .expect(204);
        }
        admin.coming_from("127.0.0.9").get(ME).send().await.expect(301);
    }
}

#[tokio::test]
async fn nobody_locks_himself_out() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    let refused = async |request: crate::support::Request| {
        request.send().await.expect_refusal(403, "own-address");
    };
    refused(
        admin
            .post(LIST)
            .json(&json!({ "allowedIps": [ELSEWHERE], "enabled": true })),
    )
    .await;
    refused(
        admin
            .post(LIST)
            .json(&json!({ "allowedIps": [], "enabled": true })),
    )
    .await;
    refused(
        admin
            .patch(&path(IP_POLICY))
            .json(&replace("/enabled", json!(true))),
    )
    .await;

    let own = create(
        &admin,
        json!({ "name": "own", "allowedIps": ["127.0.0.1"], "enabled": true }),
    )
    .await;
    admin
        .patch(&path(IP_POLICY))
        .json(&replace("/enabled", json!(true)))
        .send()
        .await
        .expect(204);
    refused(admin.delete(&path(&own))).await;
    refused(admin.patch(&path(&own)).json(&replace("/enabled", json!(false)))).await;
    refused(
        admin
            .patch(&path(&own))
            .json(&replace("/allowedIps", json!(["127.0.0.2"]))),
    )
    .await;
    let read = admin.get(&path(&own)).send().await.expect(200).json;
    assert_eq!(
        (&read["deletable"], &read["toggleable"], &read["allowedIps"]),
        (&json!(false), &json!(false), &json!(["127.0.0.1"]))
    );
    // The last one that is enabled may go.
    admin.delete(&path(IP_POLICY)).send().await.expect(204);
    admin.delete(&path(&own)).send().await.expect(204);
}

#[tokio::test]
async fn a_test_that_is_locked_out_gets_in_by_the_control_api() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    let mut seed = control(&world, Method::GET, "/seed", None).await.expect(200).json;
    seed["ipPolicies"] = json!([{ "allowedIps": ["203.0.113.0/24"], "enabled": true }]);
    control(&world, Method::PUT, "/seed", Some(&seed))
        .await
        .expect(204);
    admin
        .get(ME)
        .send()
        .await
        .expect_refusal(403, "address-not-allowed");
    control(&world, Method::POST, "/reset", None).await.expect(204);
    admin.get(ME).send().await.expect(301);
}

#[tokio::test]
async fn every_fault_is_told() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    let ranges = json!(["::1", "192.0.2.1/24", "192.0.2.0/33", "localhost", 7]);
    for (body, places) in [
        (json!({}), vec!["/allowedIps"]),
        (json!({ "allowedIps": "192.0.2.1" }), vec!["/allowedIps"]),
        (
            json!({ "allowedIps": [], "name": 7, "enabled": "yes" }),
            vec!["/name", "/enabled"],
        ),
        (
            json!({ "allowedIps": ranges }),
            vec![
                "/allowedIps/0",
                "/allowedIps/1",
                "/allowedIps/2",
                "/allowedIps/3",
                "/allowedIps/4",
            ],
        ),
    ] {
        admin.post(LIST).json(&body).send().await.expect_faults(&places);
    }
    for (body, place) in [
        (replace("/enabled", json!("true")), "/0/value"),
        (replace("/allowedIps", json!("192.0.2.1")), "/0/value"),
        (replace("/allowedIps", ranges), "/0/value"),
        (replace("/name", json!(7)), "/0/value"),
        (replace("/id", json!("x")), "/0/path"),
    ] {
        admin
            .patch(&path(IP_POLICY))
            .json(&body)
            .send()
            .await
            .expect_faults(&[place]);
    }
}

#[tokio::test]
async fn a_list_is_filtered_sorted_walked_and_cut() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    for (name, enabled) in [("alpha", true), ("Beta", false), ("Gamma", true)] {
        world.advance(TimeDelta::minutes(1));
        create(
            &admin,
            json!({ "name": name, "enabled": enabled, "allowedIps": ["127.0.0.1"] }),
        )
        .await;
    }
    for (query, names) in [
        ("", vec!["alpha", "Beta", "Gamma", "Office"]),
        ("sort=-name", vec!["Office", "Gamma", "Beta", "alpha"]),
        ("sort=createdAt", vec!["Office", "alpha", "Beta", "Gamma"]),
        ("sort=-updatedAt", vec!["Gamma", "Beta", "alpha", "Office"]),
        ("filter=enabled eq true", vec!["alpha", "Gamma"]),
        ("filter=name co \"A\" and enabled eq false", vec!["Beta"]),
        ("filter=id eq \"650000000000000000000301\"", vec!["Office"]),
        ("filter=tenantId eq \"other\"", vec![]),
    ] {
        let answer = admin.get(&format!("{LIST}?{query}")).send().await.expect(200);
        assert_eq!(answer.each("name"), names, "{query}");
    }
    let enabled = admin
        .get(&format!("{LIST}?sort=-enabled"))
        .send()
        .await
        .expect(200);
    let enabled: Vec<_> = enabled.json["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| policy["enabled"] == true)
        .collect();
    assert_eq!(enabled, [true, true, false, false]);

    let first = admin
        .get(&format!("{LIST}?limit=3&totalResults=true&fields=id,name"))
        .send()
        .await
        .expect(200);
    assert_eq!(first.json["totalResults"], 4);
    assert_eq!(first.json["data"][0].as_object().unwrap().len(), 2);
    let next = first.str("/links/next/href");
    assert!(next.contains("&page="), "{next}");
    let last = admin.get(next).send().await.expect(200);
    assert_eq!(last.each("name"), ["Office"]);
    let back = admin.get(last.str("/links/prev/href")).send().await.expect(200);
    assert_eq!(back.each("name"), first.each("name"));
    for (query, place) in [
        ("limit=0", "limit"),
        ("sort=id", "sort"),
        ("page=x", "page"),
        ("filter=colour eq \"red\"", "filter"),
    ] {
        admin
            .get(&format!("{LIST}?{query}"))
            .send()
            .await
            .expect_faults(&[place]);
    }
}
