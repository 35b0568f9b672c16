//! `/api/v1/tenants`.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::error::ApiError;
use super::extract::{Authenticated, Origin};
use super::links::SelfLink;
use super::redirect;
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::ids::{TenantId, UserId};
use crate::domain::settings::Edition;
use crate::ops::tenants::{self, TenantView};

pub mod create;
pub mod status;
pub mod update;

/// `Tenant` of the contract. Some members exist in the current edition only.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantResource {
    id: TenantId,
    name: String,
    hostnames: Vec<String>,
    datacenter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by_user: Option<UserId>,
    created: String,
    last_updated: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_last_updated_at: Option<String>,
    enable_analytic_creation: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_app_opening_feedback: Option<bool>,
    #[serde(rename = "autoAssignCreateSharedSpacesRoleToProfessionals")]
    auto_assign_shared_space_creator: bool,
    #[serde(rename = "autoAssignPrivateAnalyticsContentCreatorRoleToProfessionals")]
    auto_assign_private_analytics_content_creator: bool,
    #[serde(rename = "autoAssignDataServicesContributorRoleToProfessionals")]
    auto_assign_data_services_contributor: bool,
    links: SelfLink,
}

impl TenantResource {
    fn new(view: TenantView, origin: &Origin) -> Self {
        let TenantView { profile, edition } = view;
        let current = edition == Edition::Current;
        let switches = profile.switches;
        Self {
            links: SelfLink::to(origin, &path(&profile.id)),
            id: profile.id,
            name: profile.name,
            hostnames: profile.hostnames,
            datacenter: profile.datacenter,
            region: current.then_some(profile.region),
            status: profile.status.as_str(),
            created_by_user: profile.created_by,
            created: wire(profile.created),
            last_updated: wire(profile.last_updated),
            status_last_updated_at: current.then(|| wire(profile.status_last_updated)),
            enable_analytic_creation: switches.enable_analytic_creation,
            enable_app_opening_feedback: current.then_some(switches.enable_app_opening_feedback),
            auto_assign_shared_space_creator: switches.auto_assign_shared_space_creator,
            auto_assign_private_analytics_content_creator: switches
                .auto_assign_private_analytics_content_creator,
            auto_assign_data_services_contributor: switches.auto_assign_data_services_contributor,
        }
    }
}

fn path(id: &TenantId) -> String {
    format!("/api/v1/tenants/{id}")
}

/// `GET /api/v1/tenants/me`: a redirect (302) to the tenant, on the same origin.
pub async fn me(Authenticated(context): Authenticated, origin: Origin) -> Result<Response, ApiError> {
    let id = tenants::me(&context)?;
    Ok(redirect(StatusCode::FOUND, &origin.link(&path(&id))))
}

/// `GET /api/v1/tenants/{tenantId}`.
pub async fn read(
    Authenticated(context): Authenticated,
    origin: Origin,
    Path(id): Path<String>,
) -> Result<Json<TenantResource>, ApiError> {
    Ok(Json(TenantResource::new(tenants::read(&context, &id)?, &origin)))
}
