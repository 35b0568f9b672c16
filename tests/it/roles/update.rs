//! `PATCH /api/v1/roles/{id}`.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::{Value, json};

use crate::support::{Actor, Client, EDITIONS, START, World};

const ROLES: &str = "/api/v1/roles";

const OPERATIONS: [&str; 3] = ["replace", "add", "remove-value"];

const PATHS: [&str; 4] = ["/name", "/description", "/assignedScopes", "/assignedScopes/-"];

/// A tenant with a custom role that has the scopes `one` and `two`.
struct Fixture {
    world: World,
    admin: Client,
    role: String,
}

impl Fixture {
    async fn start(edition: Edition) -> Self {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdminHoldingKeys).await;
        let body = json!({ "name": "Custom", "description": "Old.", "assignedScopes": ["one", "two"] });
        let role = admin
            .post(ROLES)
            .json(&body)
            .send()
            .await
            .expect(201)
            .str("/id")
            .to_owned();
        Self { world, admin, role }
    }

    fn path(&self) -> String {
        format!("{ROLES}/{}", self.role)
    }

    async fn read(&self) -> Value {
        self.admin.get(&self.path()).send().await.expect(200).json
    }
}

fn change(op: &str, path: &str, value: Value) -> Value {
    json!([{ "op": op, "path": path, "value": value }])
}

/// The path of the built-in role with this name.
async fn built_in(admin: &Client, name: &str) -> String {
    let answer = admin
        .get(ROLES)
        .query(&[("filter", &format!("name eq '{name}'"))])
        .send()
        .await
        .expect(200);
    format!("{ROLES}/{}", answer.str("/data/0/id"))
}

#[tokio::test]
async fn each_operation_does_what_it_says_on_its_paths_only() {
    for edition in EDITIONS {
        for path in PATHS {
            for op in OPERATIONS {
                let (value, expected) = match (op, path) {
                    ("replace" | "add", "/name") => (json!("New"), Some(("name", json!("New")))),
                    ("replace" | "add", "/description") => (json!(""), Some(("description", json!("")))),
                    ("replace", "/assignedScopes") => (
                        json!(["three", "three"]),
                        Some(("assignedScopes", json!(["three"]))),
                    ),
                    ("add", "/assignedScopes") => (
                        json!(["two", "three"]),
                        Some(("assignedScopes", json!(["one", "two", "three"]))),
                    ),
                    ("add", "/assignedScopes/-") => (
                        json!("three"),
                        Some(("assignedScopes", json!(["one", "two", "three"]))),
                    ),
                    ("remove-value", "/assignedScopes") => {
                        (json!(["one", "none"]), Some(("assignedScopes", json!(["two"]))))
                    }
                    ("remove-value", "/assignedScopes/-") => {
                        (json!("two"), Some(("assignedScopes", json!(["one"]))))
                    }
                    _ => (json!("x"), None),
                };
                let fixture = Fixture::start(edition).await;
                let before = fixture.read().await;
                fixture.world.advance(TimeDelta::minutes(1));
                let answer = fixture
                    .admin
                    .patch(&fixture.path())
                    .json(&change(op, path, value))
                    .send()
                    .await;
                let after = fixture.read().await;
                let Some((member, expected)) = expected else {
                    answer.expect_faults(&["/0/op"]);
                    assert_eq!(after, before, "{op} {path}");
                    continue;
                };
                assert_eq!(answer.expect(204).text, "");
                assert_eq!(after[member], expected, "{op} {path}");
                assert_eq!(after["lastUpdatedAt"], "2026-03-02T08:01:00.000Z");
                assert_eq!(after["createdAt"], START);
            }
        }
    }
}

#[tokio::test]
async fn the_role_says_who_changed_it_last() {
    let fixture = Fixture::start(Edition::Current).await;
    let other = fixture.world.by_session(Actor::TenantAdmin).await;
    other
        .patch(&fixture.path())
        .json(&change("replace", "/name", json!("New")))
        .send()
        .await
        .expect(204);
    let role = fixture.read().await;
    assert_eq!(role["createdBy"], Actor::TenantAdminHoldingKeys.person().id);
    assert_eq!(role["updatedBy"], Actor::TenantAdmin.person().id);
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once_and_nothing_changes() {
    for edition in EDITIONS {
        let fixture = Fixture::start(edition).await;
        let before = fixture.read().await;
        let patch = json!([
            { "op": "replace", "path": "/name", "value": "Good" },
            { "op": "set", "path": "/level", "value": "admin" },
            { "op": "replace", "path": "/name", "value": "" },
            { "op": "replace", "path": "/description" },
            { "op": "replace", "path": "/assignedScopes", "value": ["a", 7] },
            { "op": "add", "path": "/assignedScopes/-", "value": {} },
            7,
        ]);
        let faults = [
            "/1/op", "/1/path", "/2/value", "/3/value", "/4/value", "/5/value", "/6",
        ];
        fixture
            .admin
            .patch(&fixture.path())
            .json(&patch)
            .send()
            .await
            .expect_faults(&faults);
        fixture
            .admin
            .patch(&fixture.path())
            .json(&json!({}))
            .send()
            .await
            .expect_faults(&[""]);
        fixture
            .admin
            .patch(&fixture.path())
            .send()
            .await
            .expect_faults(&["?"]);
        // A later change that cannot be takes the earlier ones back.
        let patch = json!([
            { "op": "replace", "path": "/description", "value": "New." },
            { "op": "replace", "path": "/name", "value": "TenantAdmin" },
        ]);
        fixture
            .admin
            .patch(&fixture.path())
            .json(&patch)
            .send()
            .await
            .expect_faults(&["/1/value"]);
        assert_eq!(fixture.read().await, before);
        // The own name is not taken.
        fixture
            .admin
            .patch(&fixture.path())
            .json(&change("replace", "/name", json!("Custom")))
            .send()
            .await
            .expect(204);
    }
}

#[tokio::test]
async fn of_the_built_in_roles_only_user_default_can_be_changed() {
    for edition in EDITIONS {
        let fixture = Fixture::start(edition).await;
        let admin = &fixture.admin;
        for name in ["TenantAdmin", "Steward", "AuditAdmin"] {
            let path = built_in(admin, name).await;
            let patch = change("add", "/assignedScopes/-", json!("api-keys"));
            admin
                .patch(&path)
                .json(&patch)
                .send()
                .await
                .expect_refusal(403, "built-in-role");
        }
        let path = built_in(admin, "UserDefault").await;
        let patch = json!([
            { "op": "add", "path": "/assignedScopes/-", "value": "spaces:read" },
            { "op": "replace", "path": "/description", "value": "What everybody may do." },
        ]);
        admin.patch(&path).json(&patch).send().await.expect(204);
        let role = admin.get(&path).send().await.expect(200).json;
        assert_eq!(
            (&role["assignedScopes"], &role["type"]),
            (&json!(["spaces:read"]), &json!("default"))
        );
        admin
            .patch(&path)
            .json(&change("replace", "/name", json!("Everybody")))
            .send()
            .await
            .expect_faults(&["/0/value"]);
        // Everybody has its scopes.
        let user = format!("/api/v1/users/{}", Actor::User.person().id);
        assert_eq!(
            admin.get(&user).send().await.expect(200).json["assignedScopes"],
            json!(["spaces:read"])
        );
    }
}

#[tokio::test]
async fn a_scope_given_to_everybody_lets_everybody_hold_keys_today() {
    let fixture = Fixture::start(Edition::Current).await;
    let viewer = fixture.world.by_session(Actor::User).await;
    let mint = || {
        viewer
            .post("/api/v1/api-keys")
            .json(&json!({ "description": "mine" }))
            .send()
    };
    mint().await.expect_refusal(403, "may-not-hold-keys");
    let default = built_in(&fixture.admin, "UserDefault").await;
    let give = change("add", "/assignedScopes/-", json!("api-keys"));
    fixture.admin.patch(&default).json(&give).send().await.expect(204);
    let token = mint().await.expect(201).str("/token").to_owned();
    let by_key = fixture.world.with_token(&token);
    by_key.get("/api/v1/users/me").send().await.expect(301);
    let take = change("remove-value", "/assignedScopes", json!(["api-keys"]));
    fixture.admin.patch(&default).json(&take).send().await.expect(204);
    by_key
        .get("/api/v1/users/me")
        .send()
        .await
        .expect_refusal(401, "permission-gone");
}

#[tokio::test]
async fn a_new_name_is_seen_on_whoever_has_the_role() {
    for edition in EDITIONS {
        let fixture = Fixture::start(edition).await;
        let user = format!("/api/v1/users/{}", Actor::User.person().id);
        let assign = change("add", "/assignedRoles/-", json!({ "id": fixture.role }));
        fixture.admin.patch(&user).json(&assign).send().await.expect(204);
        fixture
            .admin
            .patch(&fixture.path())
            .json(&change("replace", "/name", json!("New")))
            .send()
            .await
            .expect(204);
        let user = fixture.admin.get(&user).send().await.expect(200).json;
        assert_eq!(
            user["assignedRoles"],
            json!([{ "id": fixture.role, "name": "New", "type": "custom", "level": "user" }])
        );
        assert_eq!(user["assignedScopes"], json!(["one", "two"]));
        // The old name is free.
        fixture
            .admin
            .post(ROLES)
            .json(&json!({ "name": "Custom" }))
            .send()
            .await
            .expect(201);
    }
}

#[tokio::test]
async fn an_id_of_no_role_is_not_found() {
    let fixture = Fixture::start(Edition::Current).await;
    for id in ["650000000000000000000fff", "TenantAdmin", "no%20id"] {
        let request =
            fixture
                .admin
                .patch(&format!("{ROLES}/{id}"))
                .json(&change("replace", "/name", json!("x")));
        assert_eq!(
            request.send().await.expect(404).str("/errors/0/code"),
            "IDENTITIES-10402"
        );
    }
}
