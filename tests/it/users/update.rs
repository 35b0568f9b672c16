//! `PATCH /api/v1/users/{userId}`: each operation on each path, and what becomes of the whole.

use std::collections::BTreeSet;

use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use super::crowd;
use crate::support::{Actor, BYSTANDER, Client, EDITIONS, START, UNASSIGNED_ROLE, World};

const OPERATIONS: [&str; 6] = ["replace", "set", "unset", "add", "renew", "remove-value"];

const PATHS: [&str; 12] = [
    "/name",
    "/email",
    "/roles",
    "/assignedRoles",
    "/assignedRoles/-",
    "/assignedGroups",
    "/assignedGroups/-",
    "/inviteExpiry",
    "/preferredLocale",
    "/preferredZoneinfo",
    "/preferredZoneInfo",
    "/status",
];

/// What is possible: the operations on a path, the value, and the member that shows what became of it.
/// The user in question has the role Developer, the language `sv` and the time zone `Europe/Stockholm`.
#[rustfmt::skip]
const POSSIBLE: [(&str, &[&str], &str, &str, &str); 20] = [
    ("/name", &["replace", "set", "add"], r#""New Name""#, "/name", r#""New Name""#),
    ("/email", &["replace", "set", "add"], r#""new@example.com""#, "/email", r#""new@example.com""#),
    ("/status", &["replace", "set"], r#""disabled""#, "/status", r#""disabled""#),
    ("/preferredLocale", &["replace", "set", "add"], r#""fr""#, "/preferredLocale", r#""fr""#),
    ("/preferredLocale", &["unset"], r#""""#, "/preferredLocale", "null"),
    ("/preferredZoneinfo", &["replace", "set", "add"], r#""Asia/Tokyo""#, "/preferredZoneinfo", r#""Asia/Tokyo""#),
    ("/preferredZoneinfo", &["unset"], r#""""#, "/preferredZoneinfo", "null"),
    ("/preferredZoneInfo", &["replace", "set", "add"], r#""Asia/Tokyo""#, "/preferredZoneinfo", r#""Asia/Tokyo""#),
    ("/preferredZoneInfo", &["unset"], r#""""#, "/preferredZoneinfo", "null"),
    ("/assignedRoles", &["replace", "set"], r#"[{"name":"Auditors"}]"#, "roles", r#"["Auditors"]"#),
    ("/assignedRoles", &["add"], r#"[{"name":"Auditors"}]"#, "roles", r#"["Developer","Auditors"]"#),
    ("/assignedRoles", &["remove-value"], r#"{"name":"Developer"}"#, "roles", "[]"),
    ("/assignedRoles", &["unset"], r#""""#, "roles", "[]"),
    ("/assignedRoles/-", &["add"], r#"{"id":"65000000000000000000b001"}"#, "roles", r#"["Developer","Auditors"]"#),
    ("/assignedRoles/-", &["remove-value"], r#"{"name":"Developer"}"#, "roles", "[]"),
    ("/roles", &["replace", "set"], r#"["Auditors","TenantAdmin"]"#, "roles", r#"["Auditors","TenantAdmin"]"#),
    ("/roles", &["add"], r#""Auditors""#, "roles", r#"["Developer","Auditors"]"#),
    ("/roles", &["remove-value"], r#"["Developer"]"#, "roles", "[]"),
    ("/roles", &["unset"], r#""""#, "roles", "[]"),
    ("/assignedGroups", &["replace", "set", "add", "remove-value", "unset"], "[]", "/assignedGroups", "[]"),
];

/// Possible as well, but with tests of their own: groups do not exist here, and only an invitation can be
/// renewed.
const ELSEWHERE: [(&str, &str); 3] = [
    ("/assignedGroups/-", "add"),
    ("/assignedGroups/-", "remove-value"),
    ("/inviteExpiry", "renew"),
];

fn at(last: &str) -> String {
    format!("/api/v1/users/{}", crowd::id(last))
}

async fn read(client: &Client, last: &str) -> Value {
    client.get(&at(last)).send().await.expect(200).json
}

fn role_names(user: &Value) -> Value {
    user["assignedRoles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| role["name"].clone())
        .collect()
}

fn change(op: &str, path: &str, value: Value) -> Value {
    json!([{ "op": op, "path": path, "value": value }])
}

/// The tenant, its admin, and a user who has something in every member that can be changed.
async fn with_somebody(edition: Edition) -> (World, Client) {
    let (world, admin) = crowd::start(edition).await;
    let patch = json!([
        { "op": "replace", "path": "/preferredLocale", "value": "sv" },
        { "op": "replace", "path": "/preferredZoneinfo", "value": "Europe/Stockholm" },
    ]);
    admin.patch(&at("02")).json(&patch).send().await.expect(204);
    (world, admin)
}

#[tokio::test]
async fn each_operation_does_what_it_says() {
    for edition in EDITIONS {
        for (path, operations, value, member, expected) in POSSIBLE {
            let (value, expected): (Value, Value) = (
                serde_json::from_str(value).unwrap(),
                serde_json::from_str(expected).unwrap(),
            );
            for op in operations {
                let (world, admin) = with_somebody(edition).await;
                let before = read(&admin, "02").await;
                world.advance(chrono::TimeDelta::minutes(1));
                let answer = admin
                    .patch(&at("02"))
                    .json(&change(op, path, value.clone()))
                    .send()
                    .await
                    .expect(204);
                assert_eq!(answer.text, "");
                let after = read(&admin, "02").await;
                let found = match member {
                    "roles" => role_names(&after),
                    pointer => after.pointer(pointer).cloned().unwrap_or_default(),
                };
                assert_eq!(found, expected, "{op} {path} in {edition:?}");
                assert_ne!(after["lastUpdatedAt"], before["lastUpdatedAt"]);
                for kept in ["id", "subject", "createdAt", "tenantId"] {
                    assert_eq!(after[kept], before[kept]);
                }
            }
        }
    }
}

#[tokio::test]
async fn every_other_operation_is_refused_and_nothing_changes() {
    let possible: BTreeSet<(&str, &str)> = POSSIBLE
        .iter()
        .flat_map(|(path, operations, ..)| operations.iter().map(|op| (*path, *op)))
        .chain(ELSEWHERE)
        .collect();
    let (_world, admin) = with_somebody(Edition::Current).await;
    let before = read(&admin, "02").await;
    let mut refused = 0;
    for path in PATHS {
        for op in OPERATIONS
            .into_iter()
            .filter(|op| !possible.contains(&(path, *op)))
        {
            admin
                .patch(&at("02"))
                .json(&change(op, path, json!("x")))
                .send()
                .await
                .expect_faults(&["/0/op"]);
            refused += 1;
        }
    }
    assert_eq!(refused, PATHS.len() * OPERATIONS.len() - possible.len());
    assert_eq!(read(&admin, "02").await, before);
}

#[tokio::test]
async fn roles_are_named_by_id_or_by_name_in_their_letter_case() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let patch = json!([
            { "op": "add", "path": "/assignedRoles/-", "value": { "name": "TenantAdmin" } },
            {
                "op": "add",
                "path": "/assignedRoles",
                "value": [{ "id": "65000000000000000000b001" }, { "name": "TenantAdmin" }],
            },
            { "op": "remove-value", "path": "/assignedRoles", "value": { "id": "608050f750afab80bd53586d" } },
        ]);
        admin.patch(&at("03")).json(&patch).send().await.expect(204);
        assert_eq!(role_names(&read(&admin, "03").await), json!(["Auditors"]));
        let patch = change("add", "/assignedRoles", json!([{ "name": "tenantadmin" }]));
        admin
            .patch(&at("03"))
            .json(&patch)
            .send()
            .await
            .expect_faults(&["/0/value/0"]);
    }
}

#[tokio::test]
async fn what_exists_is_assigned_and_what_does_not_is_told() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let patch = json!([
            { "op": "replace", "path": "/name", "value": "New Name" },
            {
                "op": "add",
                "path": "/assignedRoles",
                "value": [{ "name": "Nobody" }, { "name": "Auditors" }, { "id": "none" }],
            },
            { "op": "add", "path": "/assignedGroups", "value": [{ "name": "Sales" }] },
        ]);
        let answer = admin.patch(&at("03")).json(&patch).send().await.expect(207);
        assert_eq!(answer.faults(), ["/1/value/0", "/1/value/2", "/2/value/0"]);
        let user = read(&admin, "03").await;
        assert_eq!(
            (&user["name"], role_names(&user)),
            (&json!("New Name"), json!(["Auditors"]))
        );

        // One change of which a part can be done.
        let patch = change(
            "replace",
            "/assignedRoles",
            json!([{ "name": "Developer" }, { "name": "Nobody" }]),
        );
        assert_eq!(
            admin
                .patch(&at("03"))
                .json(&patch)
                .send()
                .await
                .expect(207)
                .faults(),
            ["/0/value/1"]
        );
        assert_eq!(role_names(&read(&admin, "03").await), json!(["Developer"]));
    }
}

#[tokio::test]
async fn where_nothing_can_be_done_nothing_changes() {
    for edition in EDITIONS {
        let (world, admin) = crowd::start(edition).await;
        let before = read(&admin, "02").await;
        world.advance(chrono::TimeDelta::minutes(1));
        for (op, path, value, fault) in [
            (
                "replace",
                "/assignedRoles",
                json!([{ "name": "Nobody" }]),
                "/0/value/0",
            ),
            ("add", "/assignedRoles/-", json!({ "name": "Nobody" }), "/0/value"),
            (
                "remove-value",
                "/assignedRoles",
                json!([{ "id": "none" }]),
                "/0/value/0",
            ),
            (
                "add",
                "/assignedGroups",
                json!([{ "name": "Sales" }]),
                "/0/value/0",
            ),
            ("add", "/assignedGroups/-", json!({ "name": "Sales" }), "/0/value"),
            (
                "remove-value",
                "/assignedGroups/-",
                json!({ "id": "000000000000000000000001" }),
                "/0/value",
            ),
        ] {
            admin
                .patch(&at("02"))
                .json(&change(op, path, value))
                .send()
                .await
                .expect_faults(&[fault]);
        }
        assert_eq!(read(&admin, "02").await, before);
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once_and_nothing_changes() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let before = read(&admin, "02").await;
        let patch = json!([
            { "op": "replace", "path": "/name", "value": "Good" },
            { "op": "move", "path": "/name", "value": "x" },
            { "op": "replace", "path": "/subject", "value": "x" },
            { "op": "replace", "path": "/name" },
            {},
            7,
            { "op": "replace", "path": "/name", "value": "" },
            { "op": "replace", "path": "/email", "value": "nobody" },
            { "op": "replace", "path": "/status", "value": "deleted" },
            { "op": "replace", "path": "/preferredLocale", "value": 7 },
            { "op": "replace", "path": "/assignedRoles", "value": [{}, 7] },
            { "op": "unset", "path": "/name", "value": "" },
        ]);
        admin.patch(&at("02")).json(&patch).send().await.expect_faults(&[
            "/1/op",
            "/2/path",
            "/3/value",
            "/4/op",
            "/4/path",
            "/4/value",
            "/5",
            "/6/value",
            "/7/value",
            "/8/value",
            "/9/value",
            "/10/value/0",
            "/10/value/1",
            "/11/op",
        ]);
        for body in [json!({}), json!("x"), json!(null)] {
            admin
                .patch(&at("02"))
                .json(&body)
                .send()
                .await
                .expect_faults(&[""]);
        }
        // What one client sends for a patch that it cannot write.
        admin.patch(&at("02")).send().await.expect_faults(&["?"]);
        assert_eq!(read(&admin, "02").await, before);
    }
}

#[tokio::test]
async fn a_later_fault_takes_earlier_changes_back() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    let before = read(&admin, "02").await;
    let patch = json!([
        { "op": "replace", "path": "/name", "value": "New Name" },
        { "op": "renew", "path": "/inviteExpiry", "value": "" },
    ]);
    admin
        .patch(&at("02"))
        .json(&patch)
        .send()
        .await
        .expect_faults(&["/1/path"]);
    assert_eq!(read(&admin, "02").await, before);
}

#[tokio::test]
async fn an_address_that_is_taken_is_refused() {
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let patch = json!([
            { "op": "replace", "path": "/name", "value": "New Name" },
            { "op": "replace", "path": "/email", "value": "LATE@example.com" },
        ]);
        // Unlike for a new user, the contract has no 409 here.
        admin
            .patch(&at("02"))
            .json(&patch)
            .send()
            .await
            .expect_faults(&["/1/value"]);
        assert_eq!(read(&admin, "02").await["name"], "Bert Brown");
        // The own one, in another letter case, is not taken.
        let patch = change("replace", "/email", json!("MID@example.com"));
        admin.patch(&at("02")).json(&patch).send().await.expect(204);
        assert_eq!(read(&admin, "02").await["email"], "MID@example.com");
        // And the old one is free as soon as it is given up.
        admin
            .patch(&at("02"))
            .json(&change("replace", "/email", json!("other@example.com")))
            .send()
            .await
            .expect(204);
        admin
            .patch(&at("03"))
            .json(&change("replace", "/email", json!("mid@example.com")))
            .send()
            .await
            .expect(204);
    }
}

#[tokio::test]
async fn a_user_of_another_id_is_not_found() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    for id in [crowd::id("ff").as_str(), crowd::id("09").as_str(), "zoe"] {
        let request =
            admin
                .patch(&format!("/api/v1/users/{id}"))
                .json(&change("replace", "/name", json!("x")));
        assert_eq!(request.send().await.expect(404).str("/errors/0/code"), "USERS-7");
    }
}

#[tokio::test]
async fn an_empty_patch_is_done_at_once() {
    let (_world, admin) = crowd::start(Edition::Current).await;
    let before = read(&admin, "02").await;
    admin.patch(&at("02")).json(&json!([])).send().await.expect(204);
    assert_eq!(read(&admin, "02").await["name"], before["name"]);
}

#[tokio::test]
async fn disabling_locks_out_and_enabling_lets_in_again() {
    for edition in EDITIONS {
        let (world, admin) = crowd::start(edition).await;
        let zoe = world.sign_in("zoe").await;
        admin
            .patch(&at("02"))
            .json(&change("replace", "/status", json!("disabled")))
            .send()
            .await
            .expect(204);
        zoe.get("/api/v1/users/me")
            .send()
            .await
            .expect_refusal(401, "owner-disabled");
        let sign_in = || world.anonymous().post("/login").form(&[("user", "zoe")]).send();
        sign_in().await.expect_refusal(403, "user-disabled");
        admin
            .patch(&at("02"))
            .json(&change("replace", "/status", json!("active")))
            .send()
            .await
            .expect(204);
        sign_in().await.expect(303);
    }
}

#[tokio::test]
async fn an_admin_cannot_take_away_the_own_access() {
    let developer = json!([{ "name": "Developer" }]);
    for edition in EDITIONS {
        let (_world, admin) = crowd::start(edition).await;
        let before = read(&admin, "01").await;
        for (op, path, value) in [
            (
                "remove-value",
                "/assignedRoles",
                json!([{ "name": "TenantAdmin" }]),
            ),
            (
                "remove-value",
                "/assignedRoles",
                json!({ "id": "608050f750afab80bd53586d" }),
            ),
            ("replace", "/assignedRoles", developer.clone()),
            ("set", "/assignedRoles", json!([])),
            ("unset", "/assignedRoles", json!("")),
            ("unset", "/roles", json!("")),
            ("replace", "/status", json!("disabled")),
        ] {
            let request = admin.patch(&at("01")).json(&change(op, path, value));
            request.send().await.expect_refusal(403, "own-admin-access");
        }
        assert_eq!(read(&admin, "01").await, before);
        // Everything else of the own can be changed.
        let both = json!([{ "name": "TenantAdmin" }, { "name": "Developer" }]);
        admin
            .patch(&at("01"))
            .json(&change("replace", "/assignedRoles", both))
            .send()
            .await
            .expect(204);
        admin
            .patch(&at("01"))
            .json(&change("replace", "/name", json!("Alexis")))
            .send()
            .await
            .expect(204);
    }
}

#[tokio::test]
async fn another_admin_can_take_the_access_away_at_once() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdminHoldingKeys).await;
        let other = world.by_session(Actor::TenantAdmin).await;
        let them = format!("/api/v1/users/{}", Actor::TenantAdmin.person().id);
        let patch = change("remove-value", "/assignedRoles", json!({ "name": "TenantAdmin" }));
        admin.patch(&them).json(&patch).send().await.expect(204);
        other
            .get("/api/v1/roles")
            .send()
            .await
            .expect_refusal(403, "not-tenant-admin");
    }
}

#[tokio::test]
async fn whoever_is_no_admin_changes_the_own_language_and_time_zone_only() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let user = world.by_session(Actor::User).await;
        let own = format!("/api/v1/users/{}", Actor::User.person().id);
        let patch = json!([
            { "op": "replace", "path": "/preferredLocale", "value": "de" },
            { "op": "replace", "path": "/preferredZoneinfo", "value": "Europe/Berlin" },
        ]);
        user.patch(&own).json(&patch).send().await.expect(204);
        let now = user.get(&own).send().await.expect(200).json;
        assert_eq!(
            (&now["preferredLocale"], &now["preferredZoneinfo"]),
            (&json!("de"), &json!("Europe/Berlin"))
        );
        assert_eq!(now["lastUpdatedAt"], START);
        let with_more = json!([
            { "op": "replace", "path": "/preferredLocale", "value": "fr" },
            { "op": "replace", "path": "/name", "value": "x" },
        ]);
        let more_rights = change("add", "/assignedRoles", json!([{ "id": UNASSIGNED_ROLE }]));
        for patch in [
            with_more,
            more_rights,
            change("replace", "/status", json!("active")),
        ] {
            user.patch(&own)
                .json(&patch)
                .send()
                .await
                .expect_refusal(403, "not-tenant-admin");
        }
        let other = format!("/api/v1/users/{}", BYSTANDER.id);
        let patch = change("replace", "/preferredLocale", json!("fr"));
        user.patch(&other)
            .json(&patch)
            .send()
            .await
            .expect_refusal(403, "not-tenant-admin");
        assert_eq!(user.get(&own).send().await.expect(200).json, now);
    }
}
