//! Writes a tenant as a document from which an equal tenant can be planted.

use serde_json::{Map, Value, json};

use super::FORMAT;
use crate::domain::api_key::ApiKey;
use crate::domain::clock::wire;
use crate::domain::group::{Group, GroupKind};
use crate::domain::identity_provider::{IdentityProvider, Kind};
use crate::domain::ids::RoleId;
use crate::domain::role::{Role, RoleType};
use crate::domain::settings::AuthSettings;
use crate::domain::sorted::{sorted, sorted_by_id};
use crate::domain::tenant::{Tenant, TenantProfile};
use crate::domain::user::User;

mod web;

/// The whole state but for what is secret: tokens appear as their digests; sessions, the ids of JWTs that were taken
/// and the signing key not at all.
/// Equal tenants give equal documents.
pub fn harvest(tenant: &Tenant) -> Value {
    let settings = tenant.api_key_settings();
    let roles = tenant.roles().iter().filter(|role| is_worth_writing(role));
    let roles = sorted_by_id(roles, |role| role.id.to_string());
    let everyone = Some(tenant.groups().everyone())
        .filter(|everyone| everyone.updated_by.is_some() || !everyone.assigned_roles.is_empty());
    let groups = tenant.groups().iter().chain(everyone);
    let groups = sorted_by_id(groups, |group| group.id.to_string());
    let group_settings = tenant.group_settings();
    let users = sorted_by_id(tenant.users().iter(), |user| user.id.to_string());
    let keys = sorted(tenant.api_keys().iter(), |key| (key.created, key.id.to_string()));
    let rules = tenant.web();
    let providers = tenant.identity_providers().iter();
    let providers = sorted(providers, |provider| (provider.created, provider.id.to_string()));
    without_nulls(json!({
        "format": FORMAT,
        "edition": tenant.edition().as_str(),
        "tenant": profile(tenant.profile()),
        "apiKeySettings": {
            "api_keys_enabled": settings.enabled,
            "max_api_key_expiry": settings.max_expiry.as_str(),
            "max_keys_per_user": settings.max_keys_per_user,
            "scim_externalClient_expiry": settings.scim_expiry.as_str(),
        },
        "authSettings": auth_settings(tenant.auth_settings()),
        "roles": roles.into_iter().map(role).collect::<Vec<_>>(),
        "groupSettings": {
            "autoCreateGroups": group_settings.auto_create_groups,
            "syncIdpGroups": group_settings.sync_idp_groups,
        },
        "groups": groups.into_iter().map(|written| group(tenant, written)).collect::<Vec<_>>(),
        "users": users.into_iter().map(|written| user(tenant, written)).collect::<Vec<_>>(),
        "identityProviders": providers.into_iter().filter_map(identity_provider).collect::<Vec<_>>(),
        "apiKeys": keys.into_iter().map(api_key).collect::<Vec<_>>(),
        "oauthClients": super::oauth::written(tenant),
        "webIntegrations": rules.integrations.values().map(web::web_integration).collect::<Vec<_>>(),
        "cspOrigins": rules.csp_entries.values().map(web::csp_entry).collect::<Vec<_>>(),
        "ipPolicies": rules.ip_policies.values().map(web::ip_policy).collect::<Vec<_>>(),
    }))
}

/// Settings that nobody has saved come with every tenant.
fn auth_settings(settings: &AuthSettings) -> Option<Value> {
    let id = settings.id.as_ref()?;
    let methods = settings.registration_methods.iter().map(|method| method.as_str());
    Some(json!({
        "id": id,
        "userSessionInactivityTimeoutMinutes": settings.sessions.inactivity_minutes,
        "maxUserSessionLifespanMinutes": settings.sessions.lifespan_minutes,
        "dynamicClientRegistrationEnabled": settings.client_registration,
        "dcrAllowedAuthenticationMethods": methods.collect::<Vec<_>>(),
    }))
}

/// A built-in role that nobody has changed comes with every tenant.
fn is_worth_writing(role: &Role) -> bool {
    role.kind == RoleType::Custom || role.updated_by.is_some() || !role.assigned_scopes.is_empty()
}

fn profile(profile: &TenantProfile) -> Value {
    let switches = profile.switches;
    without_nulls(json!({
        "id": profile.id,
        "name": profile.name,
        "hostnames": profile.hostnames,
        "datacenter": profile.datacenter,
        "region": profile.region,
        "status": profile.status.as_str(),
        "createdByUser": profile.created_by,
        "created": wire(profile.created),
        "lastUpdated": wire(profile.last_updated),
        "statusLastUpdatedAt": wire(profile.status_last_updated),
        "enableAnalyticCreation": switches.enable_analytic_creation,
        "enableAppOpeningFeedback": switches.enable_app_opening_feedback,
        "autoAssignCreateSharedSpacesRoleToProfessionals": switches.auto_assign_shared_space_creator,
        "autoAssignPrivateAnalyticsContentCreatorRoleToProfessionals":
            switches.auto_assign_private_analytics_content_creator,
        "autoAssignDataServicesContributorRoleToProfessionals": switches.auto_assign_data_services_contributor,
    }))
}

fn role(role: &Role) -> Value {
    without_nulls(json!({
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "assignedScopes": role.assigned_scopes,
        "createdBy": role.created_by,
        "updatedBy": role.updated_by,
        "createdAt": wire(role.created_at),
        "lastUpdatedAt": wire(role.last_updated_at),
    }))
}

/// Of the system group only what can change.
fn group(tenant: &Tenant, group: &Group) -> Value {
    let own = (group.kind != GroupKind::System).then_some(group);
    without_nulls(json!({
        "id": own.map(|group| &group.id),
        "name": group.name,
        "providerType": group.kind.provider_type(),
        "description": group.description,
        "assignedRoles": role_names(tenant, &group.assigned_roles),
        "createdBy": group.created_by,
        "updatedBy": group.updated_by,
        "createdAt": own.map(|group| wire(group.created_at)),
        "lastUpdatedAt": wire(group.last_updated_at),
    }))
}

/// The name, with the kind where a group of the other kind has the same.
fn group_reference(tenant: &Tenant, group: &Group) -> Value {
    let shared = [GroupKind::Idp, GroupKind::Custom]
        .into_iter()
        .all(|kind| tenant.groups().named(kind, &group.name).is_some());
    if shared {
        json!({ "name": group.name, "providerType": group.kind.provider_type() })
    } else {
        json!(group.name)
    }
}

fn role_names<'t>(tenant: &'t Tenant, roles: &'t [RoleId]) -> Vec<&'t str> {
    tenant.roles_with(roles).map(|role| role.name.as_str()).collect()
}

fn user(tenant: &Tenant, user: &User) -> Value {
    let groups: Vec<_> = tenant
        .groups_of(user)
        .map(|group| group_reference(tenant, group))
        .collect();
    without_nulls(json!({
        "id": user.id,
        "subject": user.subject,
        "name": user.name,
        "email": user.email,
        "status": user.status.as_str(),
        "assignedRoles": role_names(tenant, &user.assigned_roles),
        "assignedGroups": groups,
        "picture": user.picture,
        "locale": user.locale,
        "zoneinfo": user.zoneinfo,
        "preferredLocale": user.preferred_locale,
        "preferredZoneinfo": user.preferred_zoneinfo,
        "inviteExpiry": user.invite_expiry.map(wire),
        "createdAt": wire(user.created_at),
        "lastUpdatedAt": wire(user.last_updated_at),
    }))
}

/// A JWT provider. Those of other protocols do nothing here, and have secrets: they are left out.
fn identity_provider(provider: &IdentityProvider) -> Option<Value> {
    let Kind::Jwt(jwt) = &provider.kind else {
        return None;
    };
    Some(json!({
        "id": provider.id,
        "protocol": provider.protocol(),
        "provider": provider.provider(),
        "active": provider.active,
        "description": provider.description,
        "clockToleranceSec": provider.clock_tolerance_seconds,
        "created": wire(provider.created),
        "lastUpdated": wire(provider.last_updated),
        "options": { "issuer": jwt.issuer, "staticKeys": [{ "kid": jwt.key_id, "pem": jwt.pem }] },
    }))
}

fn api_key(key: &ApiKey) -> Value {
    json!({
        "id": key.id,
        "description": key.description,
        "sub": key.subject.as_str(),
        "subType": key.subject.sub_type(),
        "createdByUser": key.created_by,
        "digest": key.digest.to_hex(),
        "created": wire(key.created),
        "lastUpdated": wire(key.last_updated),
        "expiry": wire(key.expiry),
        "revoked": key.revoked,
    })
}

pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept: Map<_, _> = members
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .collect();
            Value::Object(kept)
        }
        other => other,
    }
}
