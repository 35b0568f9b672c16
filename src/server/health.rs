//! `GET /health`: for containers and tests. The port is bound after the seed is planted, so whoever gets an answer
//! gets a tenant that is ready.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::domain::clock::wire;
use crate::ops::TenantHandle;

/// Says that the tenant is ready, and which one it is.
pub(super) async fn handle(State(tenant): State<Arc<TenantHandle>>) -> Json<Value> {
    let now = wire(tenant.clock().now());
    let state = tenant.read();
    Json(json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "edition": state.edition().as_str(),
        "tenantId": state.id(),
        "time": now,
    }))
}
