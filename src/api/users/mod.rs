//! `/api/v1/users`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::extract::{Authenticated, Origin, Parameters};
use super::links::SelfLink;
use super::selection::FieldSelection;
use super::{no_content, redirect};
use crate::api::json::Json;
use crate::domain::clock::Wire;
use crate::domain::document::{Faults, Fields, elements, text, word};
use crate::domain::group::GroupKind;
use crate::domain::ids::{GroupId, RoleId, TenantId, UserId};
use crate::domain::role::Role;
use crate::domain::settings::Edition;
use crate::ops::users::{self, GroupName, GroupReference, IdOrName, RoleReference, RoleSummary, UserView};

pub mod create;
pub mod invite;
pub mod list;
pub mod update;

/// `User` of the contract. The members at the end are of the classic edition only.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserResource<'t> {
    id: &'t UserId,
    tenant_id: &'t TenantId,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'t str>,
    subject: &'t str,
    name: &'t str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'t str>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zoneinfo: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_locale: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_zoneinfo: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invite_expiry: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_roles: Option<Vec<RoleSummaryResource<'t>>>,
    assigned_groups: Vec<GroupSummaryResource<'t>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_scopes: Option<BTreeSet<&'t str>>,
    created_at: Wire,
    last_updated_at: Wire,
    links: SelfLink,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<&'t str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<&'t str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Wire>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated: Option<Wire>,
}

/// A role as it is shown inside a user or a group.
#[derive(Debug, Serialize)]
pub struct RoleSummaryResource<'t> {
    id: Cow<'t, RoleId>,
    name: Cow<'t, str>,
    #[serde(rename = "type")]
    kind: &'static str,
    level: &'static str,
}

impl<'t> From<&'t Role> for RoleSummaryResource<'t> {
    fn from(role: &'t Role) -> Self {
        Self {
            id: Cow::Borrowed(&role.id),
            name: Cow::Borrowed(&role.name),
            kind: role.kind.as_str(),
            level: role.level.as_str(),
        }
    }
}

impl From<RoleSummary> for RoleSummaryResource<'_> {
    fn from(role: RoleSummary) -> Self {
        Self {
            id: Cow::Owned(role.id),
            name: Cow::Owned(role.name),
            kind: role.kind.as_str(),
            level: role.level.as_str(),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupSummaryResource<'t> {
    id: &'t GroupId,
    name: &'t str,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_roles: Option<Vec<RoleSummaryResource<'t>>>,
}

impl<'t> UserResource<'t> {
    fn new(view: UserView<'t>, origin: &Origin) -> Self {
        let user = view.user;
        let classic = view.tenant.edition() == Edition::Classic;
        let role_names = || {
            view.roles()
                .map(|roles| roles.map(|role| role.name.as_str()).collect())
        };
        let group_names = || view.groups().map(|group| group.name.as_str()).collect();
        let groups = view.groups().map(|group| GroupSummaryResource {
            id: &group.id,
            name: &group.name,
            provider_type: group.kind.provider_type(),
            assigned_roles: view.roles_of(group).map(|roles| roles.map(Into::into).collect()),
        });
        let (created, last_updated) = (Wire(user.created_at), Wire(user.last_updated_at));
        Self {
            links: SelfLink::to(origin, &path(&user.id)),
            id: &user.id,
            tenant_id: view.tenant.id(),
            client_id: user.client_id(),
            subject: &user.subject,
            name: &user.name,
            email: user.email.as_deref(),
            status: user.status.as_str(),
            picture: user.picture.as_deref(),
            locale: user.locale.as_deref(),
            zoneinfo: user.zoneinfo.as_deref(),
            preferred_locale: user.preferred_locale.as_deref(),
            preferred_zoneinfo: user.preferred_zoneinfo.as_deref(),
            invite_expiry: user.invite_expiry.map(|expiry| expiry.timestamp()),
            assigned_roles: view.roles().map(|roles| roles.map(Into::into).collect()),
            assigned_groups: groups.collect(),
            assigned_scopes: view.scopes(),
            created_at: created,
            last_updated_at: last_updated,
            roles: classic.then(role_names).flatten(),
            groups: classic.then(group_names),
            created: classic.then_some(created),
            last_updated: classic.then_some(last_updated),
        }
    }
}

fn path(id: &UserId) -> String {
    ["/api/v1/users/", id.as_str()].concat()
}

/// `GET /api/v1/users/me`: a redirect (301) to the user, on the same origin, so that clients keep the credential.
pub async fn me(Authenticated(context): Authenticated, origin: Origin) -> Result<Response, ApiError> {
    let id = users::me(&context)?;
    Ok(redirect(StatusCode::MOVED_PERMANENTLY, &origin.link(&path(&id))))
}

/// `GET /api/v1/users/{userId}`.
pub async fn read(
    Authenticated(context): Authenticated,
    origin: Origin,
    Path(id): Path<String>,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let fields = FieldSelection::from(&parameters);
    let show = |user: UserView<'_>| Json(fields.of(UserResource::new(user, &origin))).into_response();
    Ok(users::read(&context, &id, show)?)
}

/// `GET /api/v1/users/actions/count`.
pub async fn count(Authenticated(context): Authenticated) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "total": users::count(&context)? })))
}

/// `DELETE /api/v1/users/{userId}`.
pub async fn delete(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    users::delete(&context, &id)?;
    Ok(no_content())
}

/// A list of references to roles; each is an object with an `id` or a `name`, or only a name.
pub(super) fn references(faults: &Faults, pointer: &str, value: &Value) -> Vec<RoleReference> {
    elements(faults, pointer, value)
        .into_iter()
        .filter_map(|(pointer, element)| reference(faults, pointer, element))
        .collect()
}

fn reference(faults: &Faults, pointer: String, value: &Value) -> Option<RoleReference> {
    if let Value::String(name) = value {
        return Some(RoleReference {
            role: IdOrName::Name(name.clone()),
            pointer,
        });
    }
    let mut fields = Fields::open(faults, pointer.clone(), value);
    let id = fields.optional("id", &text).map(IdOrName::Id);
    let name = fields.optional("name", &text).map(IdOrName::Name);
    let role = id.or(name);
    if role.is_none() && value.is_object() {
        faults.at(pointer.clone(), "Needs an `id` or a `name`.");
    }
    role.map(|role| RoleReference { role, pointer })
}

/// A group that a patch names: only its id, or an object with an `id`, or with a `name` and a `providerType`, which is
/// `custom` if it is missing.
fn group_reference(faults: &Faults, pointer: String, value: &Value) -> Option<GroupReference> {
    if let Value::String(id) = value {
        return Some(GroupReference {
            group: GroupName::Id(id.clone()),
            pointer,
        });
    }
    let mut fields = Fields::open(faults, pointer.clone(), value);
    let id = fields.optional("id", &text).map(GroupName::Id);
    let kind = fields.optional("providerType", &word(&GroupKind::WORDS));
    let name = fields
        .optional("name", &text)
        .map(|name| GroupName::Name(name, kind.unwrap_or(GroupKind::Custom)));
    let group = id.or(name);
    if group.is_none() && value.is_object() {
        faults.at(
            pointer.clone(),
            "Needs an `id`, or a `name` and a `providerType`.",
        );
    }
    group.map(|group| GroupReference { group, pointer })
}
