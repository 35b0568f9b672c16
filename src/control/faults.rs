//! `/_mock/faults`: what is to go wrong.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::error::ApiError;
use crate::api::extract::{InTenant, JsonBody};
use crate::api::json::Json;
use crate::contract;
use crate::domain::error::{DomainError, Resource};
use crate::domain::fault::{FaultId, FaultRule};
use crate::ops::faults;

/// `GET /_mock/faults`.
pub(super) async fn list(InTenant(tenant): InTenant) -> Json<Value> {
    let now = tenant.clock().now();
    let faults: Vec<_> = faults::list(&tenant)
        .iter()
        .map(|fault| fault.to_json(now))
        .collect();
    Json(json!({ "data": faults }))
}

/// `POST /_mock/faults`: see [`FaultRule`] for its members.
pub(super) async fn add(InTenant(tenant): InTenant, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    let known = |id: &str| contract::by_id(id).map(|operation| operation.id);
    let rule = FaultRule::read(&body, &known)?;
    let fault = faults::add(&tenant, rule)?;
    Ok((StatusCode::CREATED, Json(fault.to_json(tenant.clock().now()))).into_response())
}

/// `DELETE /_mock/faults`.
pub(super) async fn clear(InTenant(tenant): InTenant) -> Response {
    faults::clear(&tenant);
    StatusCode::NO_CONTENT.into_response()
}

/// `GET /_mock/faults/{id}`.
pub(super) async fn read(
    InTenant(tenant): InTenant,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let fault = faults::read(&tenant, parse(&id)?)?;
    Ok(Json(fault.to_json(tenant.clock().now())))
}

/// `DELETE /_mock/faults/{id}`.
pub(super) async fn remove(InTenant(tenant): InTenant, Path(id): Path<String>) -> Result<Response, ApiError> {
    faults::remove(&tenant, parse(&id)?)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn parse(id: &str) -> Result<FaultId, DomainError> {
    FaultId::parse(id).ok_or(DomainError::NotFound(Resource::Fault))
}
