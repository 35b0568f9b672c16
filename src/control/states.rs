//! `/_mock/reset`, `/_mock/seed` and `/_mock/snapshots`: the tenant's state as a whole.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::error::ApiError;
use crate::api::extract::{JsonBody, OptionalJsonBody};
use crate::domain::clock::wire;
use crate::domain::document::{Faults, Fields, word};
use crate::domain::error::DomainError;
use crate::ops::TenantHandle;
use crate::ops::states::{self, ResetTo, SnapshotSummary};

/// A state may be large: that of 10,000 users has some 6 MB.
const STATE_LIMIT: usize = 256 * 1024 * 1024;

type Tenant = State<Arc<TenantHandle>>;

/// `POST /_mock/reset`, with `{"to": "seed"}` (also without a body) or `{"to": "empty"}`.
pub(super) async fn reset(
    State(tenant): Tenant,
    OptionalJsonBody(body): OptionalJsonBody,
) -> Result<Response, ApiError> {
    let to = body.as_ref().map(reset_to).transpose()?;
    states::reset(&tenant, to.unwrap_or(ResetTo::Seed));
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn reset_to(body: &Value) -> Result<ResetTo, DomainError> {
    let faults = Faults::default();
    let mut fields = Fields::open(&faults, "", body);
    let to = fields.optional("to", &word(&[("seed", ResetTo::Seed), ("empty", ResetTo::Empty)]));
    fields.refuse_unknown();
    faults.verdict(Some(to.unwrap_or(ResetTo::Seed)))
}

/// `GET /_mock/seed`: the present state as a seed.
pub(super) async fn export(State(tenant): Tenant) -> Json<Value> {
    Json(states::export(&tenant))
}

/// `PUT /_mock/seed`: another state in the place of the present one.
pub(super) async fn plant(
    State(tenant): Tenant,
    JsonBody(body): JsonBody<STATE_LIMIT>,
) -> Result<Response, ApiError> {
    states::plant(&tenant, &body)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /_mock/seed/check`: what is wrong with a seed, without planting it.
pub(super) async fn check(
    State(tenant): Tenant,
    JsonBody(body): JsonBody<STATE_LIMIT>,
) -> Result<Response, ApiError> {
    states::check(&tenant, &body)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /_mock/snapshots`.
pub(super) async fn list(State(tenant): Tenant) -> Json<Value> {
    let snapshots: Vec<_> = states::list(&tenant).iter().map(summary).collect();
    Json(json!({ "data": snapshots }))
}

/// `PUT /_mock/snapshots/{name}`: keeps the present state, or the one in the body.
pub(super) async fn save(
    State(tenant): Tenant,
    Path(name): Path<String>,
    OptionalJsonBody(body): OptionalJsonBody<STATE_LIMIT>,
) -> Result<Json<Value>, ApiError> {
    let saved = match body {
        None => states::save(&tenant, &name)?,
        Some(document) => states::import(&tenant, &name, &document)?,
    };
    Ok(Json(summary(&saved)))
}

/// `GET /_mock/snapshots/{name}`: the snapshot as a seed.
pub(super) async fn export_snapshot(
    State(tenant): Tenant,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(states::export_snapshot(&tenant, &name)?))
}

/// `POST /_mock/snapshots/{name}/restore`.
pub(super) async fn restore(State(tenant): Tenant, Path(name): Path<String>) -> Result<Response, ApiError> {
    states::restore(&tenant, &name)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /_mock/snapshots/{name}`.
pub(super) async fn forget(State(tenant): Tenant, Path(name): Path<String>) -> Result<Response, ApiError> {
    states::forget(&tenant, &name)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn summary(snapshot: &SnapshotSummary) -> Value {
    json!({
        "name": snapshot.name,
        "savedAt": wire(snapshot.saved_at),
        "users": snapshot.users,
        "apiKeys": snapshot.api_keys,
    })
}
