//! `GET /health`: for containers and tests. The port is bound after the seed is planted, so whoever gets an answer
//! gets a tenant that is ready.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use serde_json::{Value, json};

use super::limits::Places;
use crate::api::extract::InTenant;
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::ops::tenancy::Tenants;

/// Says that the tenant is ready, and which one it is.
pub(super) async fn handle(
    State(tenants): State<Arc<Tenants>>,
    InTenant(tenant): InTenant,
    Extension(places): Extension<Places>,
) -> Json<Value> {
    let now = wire(tenant.clock().now());
    let state = tenant.read();
    Json(json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "edition": state.edition().as_str(),
        "tenantId": state.id(),
        "time": now,
        "clock": tenant.clock().mode().as_str(),
        "tenants": tenants.count(),
        "connections": { "open": places.taken(), "maximum": places.most() },
    }))
}
