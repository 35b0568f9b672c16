//! `/_mock/requests`: what the tenant was asked.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::api::error::ApiError;
use crate::api::extract::{InTenant, JsonBody, Origin, Parameters, TENANT_PARAMETER};
use crate::api::json::Json;
use crate::contract;
use crate::domain::error::{DomainError, Fault, Location};
use crate::domain::journal::{Entry, Expectation, JournalSettings, Query, har};
use crate::ops::journal;

/// `GET /_mock/requests`: the newest that fit, or with `since` the first ones after that number.
pub(super) async fn find(
    InTenant(tenant): InTenant,
    parameters: Parameters,
) -> Result<Json<Value>, ApiError> {
    let found = journal::find(&tenant, &query(&parameters)?);
    let entries: Vec<&Entry> = found.entries.iter().map(AsRef::as_ref).collect();
    Ok(Json(json!({
        "data": entries,
        "lastSequence": found.last_sequence,
        "dropped": found.dropped,
    })))
}

/// `GET /_mock/requests/har`: the same as an HTTP Archive.
pub(super) async fn archive(
    InTenant(tenant): InTenant,
    origin: Origin,
    parameters: Parameters,
) -> Result<Json<Value>, ApiError> {
    let found = journal::find(&tenant, &query(&parameters)?);
    let phrase = |status| {
        let status = StatusCode::from_u16(status).ok();
        status
            .and_then(|status| status.canonical_reason())
            .unwrap_or_default()
    };
    Ok(Json(har(&found.entries, origin.as_str(), &phrase)))
}

/// `POST /_mock/requests/verify`: whether the tenant was asked what a test expects.
pub(super) async fn verify(
    InTenant(tenant): InTenant,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, ApiError> {
    let expectation = Expectation::read(&body, &known_operation)?;
    let verified = journal::verify(&tenant, &expectation)?;
    Ok(Json(
        json!({ "matched": verified.sequences.len(), "sequences": verified.sequences }),
    ))
}

/// `DELETE /_mock/requests`.
pub(super) async fn clear(InTenant(tenant): InTenant) -> Response {
    journal::clear(&tenant);
    StatusCode::NO_CONTENT.into_response()
}

/// `GET /_mock/requests/settings`.
pub(super) async fn settings(InTenant(tenant): InTenant) -> Json<Value> {
    Json(journal::settings(&tenant).to_json())
}

/// `PUT /_mock/requests/settings`: `entries`, `bytes`, `bodyBytes`; what is missing is as usual.
pub(super) async fn configure(
    InTenant(tenant): InTenant,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, ApiError> {
    let settings = JournalSettings::read(&body)?;
    journal::configure(&tenant, settings);
    Ok(Json(settings.to_json()))
}

/// What the parameters of an address ask for.
///
/// # Errors
/// Everything that is wrong with them.
pub(super) fn query(parameters: &Parameters) -> Result<Query, DomainError> {
    let members: Map<_, _> = parameters
        .iter()
        // Says whose journal it is.
        .filter(|(name, _)| *name != TENANT_PARAMETER)
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    Query::read(&Value::Object(members), &known_operation).map_err(|error| match error {
        DomainError::Invalid(faults) => DomainError::Invalid(faults.into_iter().map(in_parameter).collect()),
        other => other,
    })
}

/// A member of the object that the parameters were read as is a parameter.
fn in_parameter(fault: Fault) -> Fault {
    match fault.location {
        Location::Pointer(pointer) => Fault::in_parameter(pointer.trim_start_matches('/'), fault.sentence),
        Location::Whole | Location::Parameter(_) => fault,
    }
}

fn known_operation(id: &str) -> Option<&'static str> {
    contract::by_id(id).map(|operation| operation.id)
}
