//! `/api/v1/api-keys`: a file an operation.

mod config;
mod create;
mod delete;
mod list;
mod read;
mod update;

use serde_json::{Value, json};

use crate::support::{Actor, Answer, TENANT_ID, World};

/// A patch with one item that replaces.
fn replace(path: &str, value: impl Into<Value>) -> Value {
    json!([{ "op": "replace", "path": path, "value": value.into() }])
}

/// Sends a patch of the configuration as a tenant admin.
async fn patch_config(world: &World, patch: &Value) -> Answer {
    let admin = world.by_session(Actor::TenantAdmin).await;
    admin
        .patch(&format!("/api/v1/api-keys/configs/{TENANT_ID}"))
        .json(patch)
        .send()
        .await
}

/// Lets every subject have as many keys as a test needs.
async fn allow_many_keys(world: &World) {
    patch_config(world, &replace("/max_keys_per_user", 1000))
        .await
        .expect(204);
}
