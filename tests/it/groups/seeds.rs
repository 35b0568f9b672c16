//! Groups in seeds, and the way back out of a tenant.

use std::sync::atomic::{AtomicU32, Ordering};

use mock_qlik_cloud::Emulator;
use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::seeds::Seed;
use serde_json::{Value, json};

use super::{EVERYONE, GROUPS, change, make};
use crate::program;
use crate::support::{EDITIONS, World};

/// A seed in a file of its own.
fn written(seed: &Value) -> Seed {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("groups-{}-{number}.json", std::process::id());
    Seed::File(program::file(&name, &seed.to_string()))
}

fn seed() -> Value {
    json!({
        "format": 1,
        "tenant": { "id": "tenant", "name": "Example", "hostnames": ["example.localhost"] },
        "groupSettings": { "autoCreateGroups": true },
        "groups": [
            { "id": "idp-group", "name": "Idp", "assignedRoles": ["Steward"] },
        ],
        "users": [
            { "id": "admin", "subject": "admin", "name": "Admin", "assignedRoles": ["TenantAdmin"] },
            { "id": "user", "subject": "user", "name": "User", "assignedGroups": ["Idp"] },
            { "id": "other", "subject": "other", "name": "Other" },
        ],
    })
}

/// A tenant with an admin, a user in a group of the identity provider, and another user.
pub(super) fn with_groups() -> Seed {
    written(&seed())
}

fn with(pointer: &str, value: Value) -> Value {
    let mut seed = seed();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    seed.pointer_mut(parent).unwrap()[member] = value;
    seed
}

async fn faults(seed: Value) -> Vec<String> {
    let seed = written(&seed);
    let error = Emulator::builder()
        .seed(seed.clone())
        .start()
        .await
        .err()
        .unwrap();
    let lines = error.to_string();
    let lines = lines
        .lines()
        .map(|line| line.trim_start_matches(&format!("{seed}: ")).to_owned());
    lines
        .map(|line| line.split(": ").next().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_seed_has_groups_of_every_kind() {
    for edition in EDITIONS {
        let groups = json!([
            { "name": "Idp", "createdAt": "-P1D", "lastUpdatedAt": "-PT1H" },
            { "name": "Idp", "providerType": "custom", "description": "Same name.", "createdBy": "admin" },
            { "name": "com.qlik.Everyone", "assignedRoles": ["AuditAdmin"] },
        ]);
        let mut seed = with("/groups", groups);
        seed["users"][1]["assignedGroups"] = json!([{ "name": "Idp", "providerType": "custom" }]);
        let world = World::start_with(edition, written(&seed)).await;
        let admin = world.sign_in("admin").await;
        let list = admin
            .get(GROUPS)
            .query(&[("sort", "-providerType")])
            .send()
            .await
            .expect(200);
        assert_eq!(list.each("providerType"), ["idp", "custom"]);
        assert_eq!(list.each("createdAt")[0], "2026-03-01T08:00:00.000Z");
        assert_eq!(list.each("lastUpdatedAt")[0], "2026-03-02T07:00:00.000Z");
        assert_eq!(list.json["data"][1]["description"], "Same name.");
        let settings = admin.get("/api/v1/groups/settings").send().await.expect(200).json;
        assert_eq!(settings["autoCreateGroups"], true);
        let everyone = &settings["systemGroups"][EVERYONE]["assignedRoles"];
        assert_eq!(everyone[0]["name"], "AuditAdmin");
        let user = admin.get("/api/v1/users/user").send().await.expect(200).json;
        assert_eq!(user["assignedGroups"][0]["providerType"], "custom");
    }
}

#[tokio::test]
async fn every_fault_has_its_place() {
    for (seed, places) in [
        (
            with("/groups", json!([{}])),
            &["/groups/0/name", "/users/1/assignedGroups/0"][..],
        ),
        (
            with(
                "/groups",
                json!([
                    { "id": "a b", "name": "Idp", "providerType": "system", "assignedRoles": ["Nothing"], "colour": 1 },
                    { "name": "Idp" },
                    { "name": "com.qlik.Everyone", "id": "x" },
                    { "name": "x".repeat(257) },
                ]),
            ),
            &[
                "/groups/0/id",
                "/groups/0/providerType",
                "/groups/0/assignedRoles/0",
                "/groups/0/colour",
                "/groups/1/name",
                "/groups/2/id",
                "/groups/3/name",
            ],
        ),
        (
            with(
                "/groups",
                json!([{ "id": "1", "name": "Idp" }, { "id": "1", "name": "Two" }]),
            ),
            &["/groups/1/id"],
        ),
        (
            with("/groupSettings", json!({ "autoCreateGroups": 1, "x": 1 })),
            &["/groupSettings/autoCreateGroups", "/groupSettings/x"],
        ),
        (
            with(
                "/users/1/assignedGroups",
                json!(["Idp", "Idp", "Nothing", 5, { "name": "Idp", "providerType": "custom" }]),
            ),
            &[
                "/users/1/assignedGroups/1",
                "/users/1/assignedGroups/2",
                "/users/1/assignedGroups/3",
                "/users/1/assignedGroups/4",
            ],
        ),
        (
            with(
                "/groups",
                json!([{ "name": "Idp" }, { "name": "Idp", "providerType": "custom" }]),
            ),
            &["/users/1/assignedGroups/0"],
        ),
    ] {
        assert_eq!(faults(seed).await, places);
    }
}

#[tokio::test]
async fn groups_survive_export_snapshot_and_reset() {
    let world = World::start_with(Edition::Current, with_groups()).await;
    let admin = world.sign_in("admin").await;
    let control = world.anonymous();
    let export = async || {
        let request = control.get("/_mock/seed").outside_the_contract();
        request.send().await.expect(200).json
    };
    let at_start = export().await;
    // Two of one name, so that the export has to tell them apart.
    let custom = make(&admin, "Idp", "custom", &["DataAdmin"]).await;
    super::join(&admin, "user", &custom).await;
    let roles = change("replace", "/assignedRoles", json!([{ "name": "Steward" }]));
    let everyone = format!("{GROUPS}/{EVERYONE}");
    admin.patch(&everyone).json(&roles).send().await.expect(204);
    let changed = export().await;
    assert_eq!(
        changed["users"][2]["assignedGroups"],
        json!([
            { "name": "Idp", "providerType": "idp" },
            { "name": "Idp", "providerType": "custom" },
        ])
    );
    let again = World::start_with(Edition::Current, written(&changed)).await;
    let request = again.anonymous().get("/_mock/seed").outside_the_contract();
    assert_eq!(request.send().await.expect(200).json, changed);

    let save = control
        .request(axum::http::Method::PUT, "/_mock/snapshots/groups")
        .outside_the_contract();
    save.send().await.expect(200);
    let reset = || control.post("/_mock/reset").outside_the_contract().send();
    reset().await;
    assert_eq!(export().await, at_start);
    let restore = control
        .post("/_mock/snapshots/groups/restore")
        .outside_the_contract();
    restore.send().await;
    assert_eq!(export().await, changed);
}
