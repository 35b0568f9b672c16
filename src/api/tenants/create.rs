//! `POST /api/v1/tenants`, at the register host.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::TenantResource;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, JsonBody, Origin};
use crate::api::json::Json;
use crate::domain::document::{Faults, Fields, filled_text, text};
use crate::domain::error::DomainError;
use crate::ops::registration::{self, Registration};
use crate::ops::tenancy::Tenants;
use crate::ops::tenants::TenantView;

/// Creates a tenant. Its link leads to its own host.
pub async fn handle(
    State(tenants): State<Arc<Tenants>>,
    Authenticated(context): Authenticated,
    origin: Origin,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let registration = read(&body, &origin)?;
    let created = registration::create_tenant(&tenants, &context, registration)?;
    let view = {
        let tenant = created.read();
        TenantView {
            profile: tenant.profile().clone(),
            edition: tenant.edition(),
        }
    };
    let hostname = view.profile.hostnames.first().cloned();
    let origin = hostname.map_or_else(|| origin.clone(), |hostname| origin.at(&hostname));
    let resource = TenantResource::new(view, &origin);
    Ok((StatusCode::CREATED, Json(resource)).into_response())
}

fn read(body: &Value, origin: &Origin) -> Result<Registration, DomainError> {
    let faults = Faults::default();
    let mut fields = Fields::open(&faults, "", body);
    let license_key = fields.optional("licenseKey", &text);
    let datacenter = fields.optional("datacenter", &filled_text);
    faults.verdict(Some(Registration {
        license_key,
        datacenter,
        asked_at: origin.hostname().to_owned(),
    }))
}
