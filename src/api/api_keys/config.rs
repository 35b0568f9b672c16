//! `GET` and `PATCH /api/v1/api-keys/configs/{tenantId}`.

use axum::extract::Path;
use axum::response::Response;
use serde::Serialize;

use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, JsonBody};
use crate::api::json::Json;
use crate::api::no_content;
use crate::domain::document::{Document, boolean, lifetime, whole_number};
use crate::domain::error::DomainError;
use crate::domain::patch;
use crate::domain::settings::{ApiKeySettings, Edition};
use crate::ops::Context;
use crate::ops::api_keys::{self, ConfigChange, ConfigView};

/// `ApiKeysConfig` of the contract; the switch is a member in the classic edition only.
#[derive(Debug, Serialize)]
pub struct ConfigResource {
    #[serde(skip_serializing_if = "Option::is_none")]
    api_keys_enabled: Option<bool>,
    max_api_key_expiry: String,
    max_keys_per_user: u16,
    #[serde(rename = "scim_externalClient_expiry")]
    scim_external_client_expiry: String,
}

impl From<ConfigView> for ConfigResource {
    fn from(view: ConfigView) -> Self {
        let ConfigView { settings, edition } = view;
        Self {
            api_keys_enabled: (edition == Edition::Classic).then_some(settings.enabled),
            max_api_key_expiry: settings.max_expiry.to_string(),
            max_keys_per_user: settings.max_keys_per_user,
            scim_external_client_expiry: settings.scim_expiry.to_string(),
        }
    }
}

/// Reads the configuration.
pub async fn read(
    Authenticated(context): Authenticated,
    Path(tenant_id): Path<String>,
) -> Result<Json<ConfigResource>, ApiError> {
    Ok(Json(api_keys::read_config(&context, &tenant_id)?.into()))
}

/// Changes the configuration, all or nothing.
pub async fn update(
    Authenticated(context): Authenticated,
    Path(tenant_id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let changes = changes(&context, &body)?;
    api_keys::update_config(&context, &tenant_id, changes)?;
    Ok(no_content())
}

#[derive(Clone, Copy)]
enum Property {
    Enabled,
    MaxExpiry,
    MaxKeysPerUser,
    ScimExpiry,
}

fn changes(context: &Context, body: &Document) -> Result<Vec<ConfigChange>, DomainError> {
    let mut paths = vec![
        ("/max_api_key_expiry", Property::MaxExpiry),
        ("/max_keys_per_user", Property::MaxKeysPerUser),
        ("/scim_externalClient_expiry", Property::ScimExpiry),
    ];
    if context.tenant.read().edition() == Edition::Classic {
        paths.insert(0, ("/api_keys_enabled", Property::Enabled));
    }
    let faults = body.faults();
    let maximum = whole_number(0, ApiKeySettings::MOST_KEYS_PER_USER);
    let changes: Vec<_> = patch::read(&faults, body, &[("replace", ())], &paths)
        .into_iter()
        .filter_map(|item| match item.path {
            Property::Enabled => item.value_as(&faults, boolean).map(ConfigChange::Enabled),
            Property::MaxExpiry => item.value_as(&faults, lifetime).map(ConfigChange::MaxExpiry),
            Property::MaxKeysPerUser => item.value_as(&faults, &maximum).map(ConfigChange::MaxKeysPerUser),
            Property::ScimExpiry => item.value_as(&faults, lifetime).map(ConfigChange::ScimExpiry),
        })
        .collect();
    faults.verdict(Some(changes))
}
