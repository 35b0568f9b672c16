//! `POST /api/v1/tenants/{tenantId}/actions/deactivate` and `…/reactivate`.

use axum::extract::Path;
use axum::http::HeaderMap;
use chrono::TimeDelta;
use serde::Serialize;
use serde_json::{Value, json};

use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, AuthenticatedEvenIfDisabled, OptionalJsonBody};
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::document::{Document, Faults, Fields, whole_number};
use crate::domain::error::DomainError;
use crate::domain::tenant::TenantStatus;
use crate::ops::tenants;

/// The header that repeats a host name of the tenant, so that nobody deactivates the wrong one.
const CONFIRM_HOSTNAME: &str = "qlik-confirm-hostname";

/// `TenantDeactivateResponse` of the contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deactivated {
    id: String,
    status: &'static str,
    estimated_purge_date: String,
}

/// Deactivates the tenant. From then on it refuses every credential, but for reactivation.
pub async fn deactivate(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    OptionalJsonBody(body): OptionalJsonBody,
) -> Result<Json<Deactivated>, ApiError> {
    let purge_after = purge_after(body.as_ref())?;
    let purge = tenants::deactivate(&context, &id, confirmed(&headers), purge_after)?;
    Ok(Json(Deactivated {
        id,
        status: TenantStatus::Disabled.as_str(),
        estimated_purge_date: wire(purge),
    }))
}

/// Reactivates the tenant. A body has no member that is known.
pub async fn reactivate(
    AuthenticatedEvenIfDisabled(context): AuthenticatedEvenIfDisabled,
    Path(id): Path<String>,
    headers: HeaderMap,
    OptionalJsonBody(body): OptionalJsonBody,
) -> Result<Json<Value>, ApiError> {
    if let Some(body) = &body {
        let faults = body.faults();
        drop(Fields::open(&faults, "", body));
        faults.verdict(Some(()))?;
    }
    tenants::reactivate(&context, &id, confirmed(&headers))?;
    Ok(Json(json!({})))
}

fn confirmed(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(CONFIRM_HOSTNAME)
        .and_then(|value| value.to_str().ok())
}

/// `purgeAfterDays`: 10 to 90, 30 if not given.
fn purge_after(body: Option<&Document>) -> Result<TimeDelta, DomainError> {
    let faults = body.map_or_else(Faults::default, Document::faults);
    let days = body
        .and_then(|body| Fields::open(&faults, "", body).optional("purgeAfterDays", &whole_number(10, 90)));
    faults.verdict(Some(TimeDelta::days(days.unwrap_or(30).into())))
}
