//! `/api/core/auth-settings`.

use serde::Serialize;

use super::error::ApiError;
use super::extract::{Authenticated, JsonBody};
use crate::api::json::Json;
use crate::domain::document::{Document, boolean};
use crate::domain::error::DomainError;
use crate::domain::ids::{AuthSettingsId, TenantId};
use crate::domain::patch;
use crate::domain::settings::{RegistrationMethod, SessionSettings};
use crate::ops::auth_settings::{self, AuthSettingsChange, AuthSettingsView};

/// `AuthSettingsResource` of the contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthSettingsResource {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<AuthSettingsId>,
    tenant_id: TenantId,
    is_default: bool,
    max_user_session_lifespan_minutes: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    dcr_allowed_authentication_methods: Option<Vec<&'static str>>,
    dynamic_client_registration_enabled: bool,
    user_session_inactivity_timeout_minutes: u16,
}

impl From<AuthSettingsView> for AuthSettingsResource {
    fn from(view: AuthSettingsView) -> Self {
        let settings = view.settings;
        let methods = settings.registration_methods.into_iter();
        Self {
            is_default: settings.id.is_none(),
            id: settings.id,
            tenant_id: view.tenant_id,
            max_user_session_lifespan_minutes: settings.sessions.lifespan_minutes,
            dcr_allowed_authentication_methods: settings
                .client_registration
                .then(|| methods.map(RegistrationMethod::as_str).collect()),
            dynamic_client_registration_enabled: settings.client_registration,
            user_session_inactivity_timeout_minutes: settings.sessions.inactivity_minutes,
        }
    }
}

/// `GET /api/core/auth-settings`.
pub async fn read(Authenticated(context): Authenticated) -> Result<Json<AuthSettingsResource>, ApiError> {
    Ok(Json(auth_settings::read(&context)?.into()))
}

/// `PATCH /api/core/auth-settings`. Answers with the settings, unlike other families.
pub async fn update(
    Authenticated(context): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<Json<AuthSettingsResource>, ApiError> {
    Ok(Json(auth_settings::update(&context, changes(&body)?)?.into()))
}

#[derive(Clone, Copy)]
enum Property {
    Inactivity,
    Lifespan,
    ClientRegistration,
    RegistrationMethods,
}

fn changes(body: &Document) -> Result<Vec<AuthSettingsChange>, DomainError> {
    let faults = body.faults();
    let paths = [
        ("/userSessionInactivityTimeoutMinutes", Property::Inactivity),
        ("/maxUserSessionLifespanMinutes", Property::Lifespan),
        ("/dynamicClientRegistrationEnabled", Property::ClientRegistration),
        ("/dcrAllowedAuthenticationMethods", Property::RegistrationMethods),
    ];
    let changes: Vec<_> = patch::read(&faults, body, &[("replace", ())], &paths)
        .into_iter()
        .filter_map(|item| match item.path {
            Property::Inactivity => item
                .value_as(&faults, SessionSettings::inactivity)
                .map(AuthSettingsChange::InactivityMinutes),
            Property::Lifespan => item
                .value_as(&faults, SessionSettings::lifespan)
                .map(AuthSettingsChange::LifespanMinutes),
            Property::ClientRegistration => item
                .value_as(&faults, boolean)
                .map(AuthSettingsChange::ClientRegistration),
            Property::RegistrationMethods => {
                item.value_as(&faults, RegistrationMethod::list).map(|methods| {
                    AuthSettingsChange::RegistrationMethods {
                        methods,
                        pointer: format!("{}/value", item.pointer),
                    }
                })
            }
        })
        .collect();
    faults.verdict(Some(changes))
}
