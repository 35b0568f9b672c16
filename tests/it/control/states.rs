//! `/_mock/reset`, `/_mock/seed` and `/_mock/snapshots`.

use mock_qlik_cloud::domain::seed;
use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::seeds::Seed;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};

use super::{control, state};
use crate::support::{Actor, BYSTANDER, Client, EDITIONS, EMPTY_GROUP, START, World};

/// Something that changes a tenant.
#[derive(Clone, Copy, Debug)]
enum Change {
    CreateUser(u8),
    DisableBystander,
    DeleteBystander,
    CreateKey(u8),
    RevokeKey,
    RaiseMaximum,
    CreateRole(u8),
    CreateGroup(u8),
    JoinGroup,
    GiveEverybodyARole,
    LetEverybodyHoldKeys,
    RenameTenant,
    CreateWebIntegration(u8),
    AllowOrigin,
    CreateIpPolicy(bool),
    MoveClock(u8),
    SignIn,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        any::<u8>().prop_map(Change::CreateUser),
        Just(Change::DisableBystander),
        Just(Change::DeleteBystander),
        any::<u8>().prop_map(Change::CreateKey),
        Just(Change::RevokeKey),
        Just(Change::RaiseMaximum),
        any::<u8>().prop_map(Change::CreateRole),
        any::<u8>().prop_map(Change::CreateGroup),
        Just(Change::JoinGroup),
        Just(Change::GiveEverybodyARole),
        Just(Change::LetEverybodyHoldKeys),
        Just(Change::RenameTenant),
        any::<u8>().prop_map(Change::CreateWebIntegration),
        Just(Change::AllowOrigin),
        any::<bool>().prop_map(Change::CreateIpPolicy),
        any::<u8>().prop_map(Change::MoveClock),
        Just(Change::SignIn),
    ]
}

/// Makes a change by whatever door it has. Some are refused, because an earlier change stands against them; that is
/// no concern of these tests.
async fn make(world: &World, admin: &Client, change: Change) {
    let replace = |path: &str, value: Value| json!([{ "op": "replace", "path": path, "value": value }]);
    let tenant = crate::support::TENANT_ID;
    let bystander = format!("/api/v1/users/{}", BYSTANDER.id);
    let sent = match change {
        Change::CreateUser(number) => admin
            .post("/api/v1/users")
            .json(&json!({ "subject": format!("new-{number}"), "status": "active" })),
        Change::DisableBystander => admin
            .patch(&bystander)
            .json(&replace("/status", json!("disabled"))),
        Change::DeleteBystander => admin.delete(&bystander),
        Change::CreateKey(number) => admin
            .post("/api/v1/api-keys")
            .json(&json!({ "description": format!("key {number}") })),
        Change::RevokeKey => admin.delete(&format!("/api/v1/api-keys/{}", BYSTANDER.key_id)),
        Change::RaiseMaximum => admin
            .patch(&format!("/api/v1/api-keys/configs/{tenant}"))
            .json(&replace("/max_keys_per_user", json!(9))),
        Change::CreateRole(number) => admin
            .post("/api/v1/roles")
            .json(&json!({ "name": format!("Role {number}"), "assignedScopes": ["a"] })),
        Change::CreateGroup(number) => admin
            .post("/api/v1/groups")
            .json(&json!({ "name": format!("Group {number}"), "assignedRoles": [{ "name": "Steward" }] })),
        Change::JoinGroup => admin
            .patch(&bystander)
            .json(&json!([{ "op": "add", "path": "/assignedGroups/-", "value": EMPTY_GROUP }])),
        Change::GiveEverybodyARole => admin
            .patch("/api/v1/groups/000000000000000000000001")
            .json(&replace("/assignedRoles", json!([{ "name": "Steward" }]))),
        Change::LetEverybodyHoldKeys => admin
            .patch("/api/v1/roles/75450000000000000000a00c")
            .json(&json!([{ "op": "add", "path": "/assignedScopes/-", "value": "api-keys" }])),
        Change::RenameTenant => admin
            .patch(&format!("/api/v1/tenants/{tenant}"))
            .json(&replace("/name", json!("Renamed"))),
        Change::CreateWebIntegration(number) => admin
            .post("/api/v1/web-integrations")
            .json(&json!({ "name": format!("Web {number}"), "validOrigins": ["https://a.example"] })),
        Change::AllowOrigin => admin
            .post("/api/v1/csp-origins")
            .json(&json!({ "origin": "a.example", "description": "x", "imgSrc": true, "styleSrc": false })),
        Change::CreateIpPolicy(enabled) => admin
            .post("/api/core/ip-policies")
            .json(&json!({ "allowedIps": ["127.0.0.0/8", "192.0.2.1"], "enabled": enabled })),
        Change::MoveClock(hours) => {
            let advance = json!({ "advance": format!("PT{hours}H") });
            return drop(
                control(world, Method::PUT, "/clock", Some(&advance))
                    .await
                    .expect(200),
            );
        }
        Change::SignIn => return drop(world.sign_in("viewer@example.com").await),
    };
    sent.send().await;
}

async fn make_all(world: &World, changes: &[Change]) {
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    for change in changes {
        make(world, &admin, *change).await;
    }
}

/// Runs a property about sequences of changes against one world, which it leaves as it was.
fn for_any_changes(edition: Edition, property: impl AsyncFn(&World, &[Change], &[Change])) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let world = runtime.block_on(World::start(edition));
    let sequences = || prop::collection::vec(change(), 0..6);
    let mut runner = TestRunner::new(Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&(sequences(), sequences()), |(first, second)| {
            runtime.block_on(property(&world, &first, &second));
            Ok(())
        })
        .unwrap();
}

#[test]
fn after_any_changes_a_reset_leads_back_to_the_state_after_the_start() {
    for edition in EDITIONS {
        for_any_changes(edition, async |world, changes, _| {
            control(world, Method::POST, "/reset", None).await.expect(204);
            let at_start = state(world).await;
            make_all(world, changes).await;
            control(world, Method::POST, "/reset", None).await.expect(204);
            assert_eq!(state(world).await, at_start);
            assert_eq!(
                control(world, Method::GET, "/clock", None).await.str("/now"),
                START
            );
        });
    }
}

#[test]
fn a_snapshot_is_put_back_as_it_was_saved_whatever_came_between() {
    for_any_changes(Edition::Classic, async |world, before, between| {
        control(world, Method::POST, "/reset", None).await.expect(204);
        make_all(world, before).await;
        let (saved, time) = (state(world).await, world.now());
        control(world, Method::PUT, "/snapshots/here", None)
            .await
            .expect(200);
        make_all(world, between).await;
        control(world, Method::POST, "/snapshots/here/restore", None)
            .await
            .expect(204);
        assert_eq!((state(world).await, world.now()), (saved, time));
    });
}

#[test]
fn a_state_that_was_written_down_is_planted_as_it_was() {
    for edition in EDITIONS {
        for_any_changes(edition, async |world, changes, between| {
            control(world, Method::POST, "/reset", None).await.expect(204);
            make_all(world, changes).await;
            let written = state(world).await;
            let document: Value = serde_json::from_str(&written).unwrap();
            make_all(world, between).await;
            control(world, Method::PUT, "/seed", Some(&document))
                .await
                .expect(204);
            assert_eq!(state(world).await, written);
        });
    }
}

#[tokio::test]
async fn a_new_process_starts_from_a_state_that_was_written_down() {
    let world = World::start(Edition::Current).await;
    make_all(
        &world,
        &[
            Change::CreateUser(1),
            Change::LetEverybodyHoldKeys,
            Change::RevokeKey,
        ],
    )
    .await;
    let written = state(&world).await;
    let file = std::env::temp_dir().join(format!("mock-qlik-state-{}.json", std::process::id()));
    std::fs::write(&file, &written).unwrap();
    let other = World::start_with(Edition::Current, Seed::File(file.clone())).await;
    std::fs::remove_file(file).unwrap();
    assert_eq!(state(&other).await, written);
}

#[tokio::test]
async fn a_reset_ends_sessions_and_takes_keys_away_that_were_made_since() {
    let world = World::start(Edition::Classic).await;
    let owner = world.by_key(Actor::KeyHolder);
    let made = world.mint(&owner, "later", "PT1H").await;
    let session = world.sign_in("developer@example.com").await;
    control(&world, Method::POST, "/reset", None).await.expect(204);
    world
        .with_token(&made.token)
        .get("/api/v1/users/me")
        .send()
        .await
        .expect_refusal(401, "unknown-credential");
    session
        .get("/api/v1/users/me")
        .send()
        .await
        .expect_refusal(401, "session-ended");
    owner.get("/api/v1/users/me").send().await.expect(301);
}

#[tokio::test]
async fn an_empty_tenant_has_nobody_and_the_next_reset_brings_all_back() {
    let world = World::start(Edition::Classic).await;
    let at_start = state(&world).await;
    control(&world, Method::POST, "/reset", Some(&json!({ "to": "empty" })))
        .await
        .expect(204);
    let empty: Value = serde_json::from_str(&state(&world).await).unwrap();
    assert_eq!((&empty["users"], &empty["apiKeys"]), (&json!([]), &json!([])));
    world
        .by_key(Actor::KeyHolder)
        .get("/api/v1/users/me")
        .send()
        .await
        .expect_refusal(401, "unknown-credential");
    control(&world, Method::POST, "/reset", Some(&json!({ "to": "seed" })))
        .await
        .expect(204);
    assert_eq!(state(&world).await, at_start);
    control(
        &world,
        Method::POST,
        "/reset",
        Some(&json!({ "to": "nowhere", "x": 1 })),
    )
    .await
    .expect_faults(&["/to", "/x"]);
}

#[tokio::test]
async fn snapshots_are_listed_written_down_and_forgotten() {
    let world = World::start(Edition::Classic).await;
    let saved = control(&world, Method::PUT, "/snapshots/one", None)
        .await
        .expect(200);
    assert_eq!((saved.str("/name"), saved.str("/savedAt")), ("one", START));
    let written = control(&world, Method::GET, "/snapshots/one", None)
        .await
        .expect(200);
    assert_eq!(written.text, state(&world).await);
    control(&world, Method::PUT, "/snapshots/two", Some(&written.json))
        .await
        .expect(200);
    let list = control(&world, Method::GET, "/snapshots", None).await.expect(200);
    assert_eq!(list.each("name"), ["one", "two"]);
    control(&world, Method::DELETE, "/snapshots/one", None)
        .await
        .expect(204);
    for (method, path) in [
        (Method::GET, "/snapshots/one"),
        (Method::DELETE, "/snapshots/one"),
        (Method::POST, "/snapshots/one/restore"),
    ] {
        let answer = control(&world, method, path, None).await.expect(404);
        assert_eq!(answer.str("/errors/0/code"), "MOCK-NOT-FOUND");
    }
    for wrong in ["%20", "a%2Fb", &"x".repeat(65)] {
        control(&world, Method::PUT, &format!("/snapshots/{wrong}"), None)
            .await
            .expect_faults(&["name"]);
    }
}

#[tokio::test]
async fn a_state_with_faults_is_refused_and_nothing_changes() {
    let world = World::start(Edition::Classic).await;
    let before = state(&world).await;
    let wrong = json!({
        "format": 1,
        "tenant": { "name": "T", "hostnames": ["t.localhost"], "colour": "red" },
        "users": [{ "subject": "a", "name": "A", "assignedRoles": ["Nobody"] }],
    });
    for (method, path) in [
        (Method::PUT, "/seed"),
        (Method::POST, "/seed/check"),
        (Method::PUT, "/snapshots/wrong"),
    ] {
        let answer = control(&world, method, path, Some(&wrong)).await;
        answer.expect_faults(&["/tenant/colour", "/users/0/assignedRoles/0"]);
    }
    let newer = json!({ "format": 2, "tenant": { "name": "T", "hostnames": ["t.localhost"] } });
    control(&world, Method::PUT, "/seed", Some(&newer))
        .await
        .expect_faults(&["/format"]);
    assert_eq!(state(&world).await, before);
    assert_eq!(
        control(&world, Method::GET, "/snapshots", None).await.json,
        json!({ "data": [] })
    );
}

#[tokio::test]
async fn what_is_written_down_holds_no_secret() {
    let world = World::start(Edition::Classic).await;
    let owner = world.by_session(Actor::KeyHolder).await;
    let made = world.mint(&owner, "secret", "PT1H").await;
    control(&world, Method::PUT, "/snapshots/one", None)
        .await
        .expect(200);
    let written = state(&world).await + &control(&world, Method::GET, "/snapshots/one", None).await.text;
    let cookie = owner.secret().split('=').next_back().unwrap().to_owned();
    for secret in [&made.token, &cookie, &owner.csrf().to_owned()] {
        assert!(!written.contains(secret.as_str()));
    }
    assert!(written.contains(&made.id));
}

#[tokio::test]
async fn the_schema_of_seeds_is_served() {
    let world = World::start(Edition::Classic).await;
    let answer = control(&world, Method::GET, "/seed/schema", None)
        .await
        .expect(200);
    assert_eq!(answer.header("content-type"), "application/schema+json");
    assert_eq!(answer.json, seed::schema());
}
