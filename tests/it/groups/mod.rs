//! `/api/v1/groups`, and what being in a group means.

use serde_json::{Value, json};

use crate::support::Client;

mod console;
mod create;
mod delete;
mod inheritance;
mod list;
mod members;
mod seeds;
mod settings;
mod update;

/// Where the groups are.
const GROUPS: &str = "/api/v1/groups";

/// The id of the system group that everybody is in, as published.
const EVERYONE: &str = "000000000000000000000001";

/// Makes a group with these roles, and gives its id.
async fn make(admin: &Client, name: &str, kind: &str, roles: &[&str]) -> String {
    let roles: Vec<_> = roles.iter().map(|name| json!({ "name": name })).collect();
    let body = json!({ "name": name, "providerType": kind, "assignedRoles": roles });
    let answer = admin.post(GROUPS).json(&body).send().await.expect(201);
    answer.str("/id").to_owned()
}

/// A patch of one change.
fn change(op: &str, path: &str, value: impl Into<Value>) -> Value {
    json!([{ "op": op, "path": path, "value": value.into() }])
}

/// Puts a user into a custom group.
async fn join(admin: &Client, user: &str, group: &str) {
    let patch = change("add", "/assignedGroups/-", group);
    let request = admin.patch(&format!("/api/v1/users/{user}")).json(&patch);
    request.send().await.expect(204);
}

/// Takes a user out of a custom group.
async fn leave(admin: &Client, user: &str, group: &str) {
    let patch = change("remove-value", "/assignedGroups", group);
    let request = admin.patch(&format!("/api/v1/users/{user}")).json(&patch);
    request.send().await.expect(204);
}
