//! `/api/v1/api-keys`.

use axum::extract::Path;
use axum::response::Response;
use serde::Serialize;

use super::error::ApiError;
use super::extract::Authenticated;
use super::no_content;
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::ids::{ApiKeyId, TenantId};
use crate::ops::api_keys::{self, ApiKeyView};

pub mod config;
pub mod create;
pub mod list;
pub mod update;

/// `ApiKey` of the contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyResource {
    id: ApiKeyId,
    tenant_id: TenantId,
    description: String,
    status: &'static str,
    sub: String,
    sub_type: &'static str,
    expiry: String,
    created_by_user: String,
    created: String,
    last_updated: String,
}

impl From<ApiKeyView> for ApiKeyResource {
    fn from(view: ApiKeyView) -> Self {
        let key = view.key;
        Self {
            id: key.id,
            tenant_id: view.tenant_id,
            description: key.description,
            status: view.status.as_str(),
            sub: key.subject.to_string(),
            sub_type: key.subject.sub_type(),
            expiry: wire(key.expiry),
            created_by_user: key.created_by.to_string(),
            created: wire(key.created),
            last_updated: wire(key.last_updated),
        }
    }
}

/// `GET /api/v1/api-keys/{id}`.
pub async fn read(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Json<ApiKeyResource>, ApiError> {
    Ok(Json(api_keys::read(&context, &id)?.into()))
}

/// `DELETE /api/v1/api-keys/{id}`.
pub async fn delete(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    api_keys::delete(&context, &id)?;
    Ok(no_content())
}
