//! The settings of signing in: how long sessions last.

use super::Context;
use crate::domain::error::{DomainError, Fault};
use crate::domain::ids::{AuthSettingsId, TenantId};
use crate::domain::policy::{Action, Target};
use crate::domain::settings::{AuthSettings, RegistrationMethod};

/// The settings with the tenant that they belong to.
#[derive(Clone, Debug)]
pub struct AuthSettingsView {
    /// The settings.
    pub settings: AuthSettings,
    /// The tenant.
    pub tenant_id: TenantId,
}

/// A change of the settings. The values are within their bounds.
#[derive(Clone, Debug)]
pub enum AuthSettingsChange {
    /// After how many minutes without a request a session ends.
    InactivityMinutes(u16),
    /// After how many minutes a session ends in any case.
    LifespanMinutes(u16),
    /// Whether clients may register themselves.
    ClientRegistration(bool),
    /// How clients that register themselves may prove who they are.
    RegistrationMethods {
        /// The ways.
        methods: Vec<RegistrationMethod>,
        /// JSON pointer of the value, for a fault.
        pointer: String,
    },
}

/// Reads the settings.
///
/// # Errors
/// When the caller may not.
pub fn read(context: &Context) -> Result<AuthSettingsView, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadAuthSettings, Target::Other)?;
    Ok(AuthSettingsView {
        settings: tenant.auth_settings().clone(),
        tenant_id: tenant.id().clone(),
    })
}

/// Changes the settings, all or nothing. Sessions that have begun keep theirs, as documented.
///
/// # Errors
/// When the caller may not, or names ways of registration while clients may not register.
pub fn update(context: &Context, changes: Vec<AuthSettingsChange>) -> Result<AuthSettingsView, DomainError> {
    let id = AuthSettingsId::draw(context.tenant.entropy(), context.now);
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::UpdateAuthSettings, Target::Other)?;
    let mut settings = tenant.auth_settings().clone();
    let mut registration_pointer = None;
    for change in changes {
        match change {
            AuthSettingsChange::InactivityMinutes(minutes) => settings.sessions.inactivity_minutes = minutes,
            AuthSettingsChange::LifespanMinutes(minutes) => settings.sessions.lifespan_minutes = minutes,
            AuthSettingsChange::ClientRegistration(allowed) => settings.client_registration = allowed,
            AuthSettingsChange::RegistrationMethods { methods, pointer } => {
                settings.registration_methods = methods;
                registration_pointer = Some(pointer);
            }
        }
    }
    if let Some(pointer) = registration_pointer
        && !settings.client_registration
    {
        let sentence = "Only available while dynamic client registration is enabled.";
        return Err(DomainError::invalid(Fault::at(pointer, sentence)));
    }
    settings.id.get_or_insert(id);
    tenant.set_auth_settings(&permit, settings.clone());
    Ok(AuthSettingsView {
        settings,
        tenant_id: tenant.id().clone(),
    })
}
