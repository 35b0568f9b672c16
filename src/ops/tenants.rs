//! The tenant about itself: read, change, deactivate, reactivate.

use chrono::TimeDelta;

use super::Context;
use crate::domain::clock::{Timestamp, later};
use crate::domain::error::{DomainError, Resource};
use crate::domain::ids::TenantId;
use crate::domain::policy::{Action, Target};
use crate::domain::settings::Edition;
use crate::domain::tenant::{Tenant, TenantProfile, TenantStatus};
use crate::domain::user::UserStatus;

/// A tenant as its members see it.
#[derive(Clone, Debug)]
pub struct TenantView {
    /// What it says about itself.
    pub profile: TenantProfile,
    /// Which members of the resource exist.
    pub edition: Edition,
}

/// One change of a tenant.
#[derive(Clone, Debug)]
pub enum TenantChange {
    /// Another name.
    Name(String),
    /// Another alias: the part of the second host name before the domain.
    Alias {
        /// The sub-domain.
        subdomain: String,
        /// Where in the patch it stands.
        pointer: String,
    },
    /// Another position of a switch.
    Switch(Switch, bool),
}

/// The switches that a patch can reach.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is named after the property that it switches")]
pub enum Switch {
    EnableAnalyticCreation,
    EnableAppOpeningFeedback,
    AutoAssignSharedSpaceCreator,
    AutoAssignPrivateAnalyticsContentCreator,
    AutoAssignDataServicesContributor,
}

/// Names that no tenant may take as its alias. Our choice: the words of the service's own hosts.
const RESERVED: [&str; 6] = ["admin", "api", "console", "login", "register", "www"];

/// The id of the caller's tenant.
///
/// # Errors
/// When the caller may not know.
pub fn me(context: &Context) -> Result<TenantId, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadTenant, Target::Other)?;
    Ok(tenant.id().clone())
}

/// Reads a tenant.
///
/// # Errors
/// When it is not the caller's, or the caller may not.
pub fn read(context: &Context, id: &str) -> Result<TenantView, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadTenant, Target::Other)?;
    require_own(&tenant, id)?;
    Ok(TenantView {
        profile: tenant.profile().clone(),
        edition: tenant.edition(),
    })
}

/// Somebody to ask.
#[derive(Clone, Debug)]
pub struct Admin {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: Option<String>,
}

/// The tenant admins who can sign in, by name: whom to ask for what only they may do. Any user may know them.
///
/// # Errors
/// When the caller may not.
pub fn admins(context: &Context) -> Result<Vec<Admin>, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadTenant, Target::Other)?;
    let active = tenant
        .users()
        .iter()
        .filter(|user| user.status == UserStatus::Active);
    let mut admins: Vec<_> = active
        .filter(|user| tenant.is_tenant_admin(user))
        .map(|user| Admin {
            name: user.name.clone(),
            email: user.email.clone(),
        })
        .collect();
    admins.sort_by_cached_key(|admin| (admin.name.to_lowercase(), admin.email.clone()));
    Ok(admins)
}

/// Changes a tenant: all of the changes or none.
///
/// # Errors
/// When it is not the caller's, the caller may not, or the alias is taken.
pub fn update(context: &Context, id: &str, changes: Vec<TenantChange>) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::UpdateTenant, Target::Other)?;
    require_own(&tenant, id)?;
    let mut profile = tenant.profile().clone();
    if changes.is_empty() {
        return Ok(());
    }
    for change in changes {
        apply(&mut profile, change)?;
    }
    profile.last_updated = context.now;
    tenant.change_profile(&permit, |current| *current = profile);
    Ok(())
}

/// Deactivates a tenant and returns the instant from which it may be purged.
///
/// # Errors
/// When it is not the caller's, the caller may not, or the host name is not confirmed.
pub fn deactivate(
    context: &Context,
    id: &str,
    confirmed: Option<&str>,
    purge_after: TimeDelta,
) -> Result<Timestamp, DomainError> {
    set_status(
        context,
        id,
        confirmed,
        Action::DeactivateTenant,
        TenantStatus::Disabled,
    )?;
    Ok(later(context.now, purge_after))
}

/// Reactivates a tenant.
///
/// # Errors
/// When it is not the caller's, the caller may not, or the host name is not confirmed.
pub fn reactivate(context: &Context, id: &str, confirmed: Option<&str>) -> Result<(), DomainError> {
    set_status(
        context,
        id,
        confirmed,
        Action::ReactivateTenant,
        TenantStatus::Active,
    )
}

fn set_status(
    context: &Context,
    id: &str,
    confirmed: Option<&str>,
    action: Action,
    status: TenantStatus,
) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, action, Target::Other)?;
    require_own(&tenant, id)?;
    let names_it = |confirmed: &str| {
        tenant
            .profile()
            .hostnames
            .iter()
            .any(|host| host.eq_ignore_ascii_case(confirmed))
    };
    if !confirmed.is_some_and(names_it) {
        return Err(DomainError::HostnameNotConfirmed);
    }
    tenant.change_profile(&permit, |profile| {
        if profile.status != status {
            profile.status = status;
            profile.status_last_updated = context.now;
            profile.last_updated = context.now;
        }
    });
    Ok(())
}

fn require_own(tenant: &Tenant, id: &str) -> Result<(), DomainError> {
    if tenant.id().as_str() == id {
        Ok(())
    } else {
        Err(DomainError::NotFound(Resource::Tenant))
    }
}

fn apply(profile: &mut TenantProfile, change: TenantChange) -> Result<(), DomainError> {
    match change {
        TenantChange::Name(name) => profile.name = name,
        TenantChange::Alias { subdomain, pointer } => {
            let domain = profile
                .hostnames
                .first()
                .and_then(|host| host.split_once('.'))
                .map(|(_, domain)| domain);
            let alias = match domain {
                Some(domain) => format!("{subdomain}.{domain}"),
                None => subdomain.clone(),
            };
            if RESERVED.contains(&subdomain.as_str()) || profile.hostnames.first() == Some(&alias) {
                return Err(DomainError::HostnameUnavailable { pointer });
            }
            profile.hostnames.truncate(1);
            profile.hostnames.push(alias);
        }
        TenantChange::Switch(switch, on) => {
            let switches = &mut profile.switches;
            *match switch {
                Switch::EnableAnalyticCreation => &mut switches.enable_analytic_creation,
                Switch::EnableAppOpeningFeedback => &mut switches.enable_app_opening_feedback,
                Switch::AutoAssignSharedSpaceCreator => &mut switches.auto_assign_shared_space_creator,
                Switch::AutoAssignPrivateAnalyticsContentCreator => {
                    &mut switches.auto_assign_private_analytics_content_creator
                }
                Switch::AutoAssignDataServicesContributor => {
                    &mut switches.auto_assign_data_services_contributor
                }
            } = on;
        }
    }
    Ok(())
}
