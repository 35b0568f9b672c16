//! `/_mock/reset`, `/_mock/seed` and `/_mock/snapshots`: the tenant's state as a whole.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::aside::aside;
use crate::api::error::ApiError;
use crate::api::extract::{InTenant, JsonBody, OptionalJsonBody};
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::document::{Document, Faults, Fields, boolean, word};
use crate::domain::error::DomainError;
use crate::domain::seed;
use crate::ops::states::{self, ResetTo, SnapshotSummary};
use crate::ops::tenancy::Tenants;

/// A state may be large: that of 10,000 users has some 6 MB.
pub(super) const STATE_LIMIT: usize = 256 * 1024 * 1024;

/// `POST /_mock/reset`, with `{"to": "seed"}` (also without a body) or `{"to": "empty"}`; with `"all": true`
/// every tenant.
pub(super) async fn reset(
    State(tenants): State<Arc<Tenants>>,
    InTenant(tenant): InTenant,
    OptionalJsonBody(body): OptionalJsonBody,
) -> Result<Response, ApiError> {
    let wish = body.as_ref().map(wish).transpose()?.unwrap_or_default();
    let to = wish.to.unwrap_or(ResetTo::Seed);
    if wish.all {
        for tenant in tenants.list() {
            states::reset(&tenant, to);
        }
    } else {
        states::reset(&tenant, to);
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What is to be reset, and what to.
#[derive(Default)]
struct Wish {
    to: Option<ResetTo>,
    all: bool,
}

fn wish(body: &Document) -> Result<Wish, DomainError> {
    let faults = Faults::default();
    let mut fields = Fields::open(&faults, "", body);
    let wish = Wish {
        to: fields.optional("to", &word(&[("seed", ResetTo::Seed), ("empty", ResetTo::Empty)])),
        all: fields.optional("all", &boolean).unwrap_or_default(),
    };
    fields.refuse_unknown();
    faults.verdict(Some(wish))
}

/// `GET /_mock/seed`: the present state as a seed.
pub(super) async fn export(InTenant(tenant): InTenant) -> Result<Response, ApiError> {
    aside(move || Json(states::export(&tenant)).into_response()).await
}

/// `PUT /_mock/seed`: another state in the place of the present one.
pub(super) async fn plant(
    State(tenants): State<Arc<Tenants>>,
    InTenant(tenant): InTenant,
    JsonBody(body): JsonBody<STATE_LIMIT>,
) -> Result<Response, ApiError> {
    let plant = move || {
        tenants.require_identity_of_its_own(&tenant, &body)?;
        states::plant(&tenant, &body)
    };
    aside(plant).await??;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /_mock/seed/check`: what is wrong with a seed, without planting it.
pub(super) async fn check(
    InTenant(tenant): InTenant,
    JsonBody(body): JsonBody<STATE_LIMIT>,
) -> Result<Response, ApiError> {
    aside(move || states::check(&tenant, &body)).await??;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /_mock/seed/schema`: the JSON Schema of seeds.
pub(super) async fn schema() -> Response {
    let media_type = [(CONTENT_TYPE, "application/schema+json")];
    (media_type, seed::schema().to_string()).into_response()
}

/// `GET /_mock/snapshots`.
pub(super) async fn list(InTenant(tenant): InTenant) -> Json<Value> {
    let snapshots: Vec<_> = states::list(&tenant).iter().map(summary).collect();
    Json(json!({ "data": snapshots }))
}

/// `PUT /_mock/snapshots/{name}`: keeps the present state, or the one in the body.
pub(super) async fn save(
    State(tenants): State<Arc<Tenants>>,
    InTenant(tenant): InTenant,
    Path(name): Path<String>,
    OptionalJsonBody(body): OptionalJsonBody<STATE_LIMIT>,
) -> Result<Json<Value>, ApiError> {
    let saved = match body {
        None => states::save(&tenant, &name)?,
        Some(document) => {
            let import = move || {
                tenants.require_identity_of_its_own(&tenant, &document)?;
                states::import(&tenant, &name, &document)
            };
            aside(import).await??
        }
    };
    Ok(Json(summary(&saved)))
}

/// `GET /_mock/snapshots/{name}`: the snapshot as a seed.
pub(super) async fn export_snapshot(
    InTenant(tenant): InTenant,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let export = move || states::export_snapshot(&tenant, &name).map(|seed| Json(seed).into_response());
    Ok(aside(export).await??)
}

/// `POST /_mock/snapshots/{name}/restore`.
pub(super) async fn restore(
    InTenant(tenant): InTenant,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    states::restore(&tenant, &name)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /_mock/snapshots/{name}`.
pub(super) async fn forget(
    InTenant(tenant): InTenant,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
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
