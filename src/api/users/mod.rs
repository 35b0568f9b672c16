//! `/api/v1/users`.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::extract::{Authenticated, Origin, Parameters};
use super::links::SelfLink;
use super::selection::{FieldSelection, Selected};
use super::{no_content, redirect};
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::document::{Faults, Fields, elements, text, word};
use crate::domain::group::GroupKind;
use crate::domain::ids::{GroupId, RoleId, TenantId, UserId};
use crate::domain::settings::Edition;
use crate::ops::users::{
    self, GroupName, GroupReference, GroupSummary, IdOrName, RoleReference, RoleSummary, UserView,
};

pub mod create;
pub mod invite;
pub mod list;
pub mod update;

/// `User` of the contract. The members at the end are of the classic edition only.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserResource {
    id: UserId,
    tenant_id: TenantId,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    subject: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invite_expiry: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_roles: Option<Vec<RoleSummaryResource>>,
    assigned_groups: Vec<GroupSummaryResource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_scopes: Option<Vec<String>>,
    created_at: String,
    last_updated_at: String,
    links: SelfLink,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated: Option<String>,
}

/// A role as it is shown inside a user or a group.
#[derive(Debug, Serialize)]
pub struct RoleSummaryResource {
    id: RoleId,
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    level: &'static str,
}

impl From<RoleSummary> for RoleSummaryResource {
    fn from(role: RoleSummary) -> Self {
        Self {
            id: role.id,
            name: role.name,
            kind: role.kind.as_str(),
            level: role.level.as_str(),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupSummaryResource {
    id: GroupId,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_roles: Option<Vec<RoleSummaryResource>>,
}

impl From<GroupSummary> for GroupSummaryResource {
    fn from(group: GroupSummary) -> Self {
        Self {
            id: group.id,
            name: group.name,
            provider_type: group.kind.provider_type(),
            assigned_roles: group
                .roles
                .map(|roles| roles.into_iter().map(Into::into).collect()),
        }
    }
}

impl UserResource {
    fn new(view: UserView, origin: &Origin) -> Self {
        let UserView {
            user,
            tenant_id,
            groups,
            access,
            edition,
        } = view;
        let classic = edition == Edition::Classic;
        let (roles, scopes) = access.map(|access| (access.roles, access.scopes)).unzip();
        let names = roles
            .as_ref()
            .map(|roles| roles.iter().map(|role| role.name.clone()).collect());
        let client_id = user.client_id().map(str::to_owned);
        let (created_at, last_updated_at) = (wire(user.created_at), wire(user.last_updated_at));
        Self {
            links: SelfLink::to(origin, &path(&user.id)),
            id: user.id,
            tenant_id,
            client_id,
            subject: user.subject,
            name: user.name,
            email: user.email,
            status: user.status.as_str(),
            picture: user.picture,
            locale: user.locale,
            zoneinfo: user.zoneinfo,
            preferred_locale: user.preferred_locale,
            preferred_zoneinfo: user.preferred_zoneinfo,
            invite_expiry: user.invite_expiry.map(|expiry| expiry.timestamp()),
            assigned_roles: roles.map(|roles| roles.into_iter().map(Into::into).collect()),
            assigned_scopes: scopes,
            roles: names.filter(|_| classic),
            groups: classic.then(|| groups.iter().map(|group| group.name.clone()).collect()),
            assigned_groups: groups.into_iter().map(Into::into).collect(),
            created: classic.then(|| created_at.clone()),
            last_updated: classic.then(|| last_updated_at.clone()),
            created_at,
            last_updated_at,
        }
    }
}

fn path(id: &UserId) -> String {
    format!("/api/v1/users/{id}")
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
) -> Result<Json<Selected<UserResource>>, ApiError> {
    let user = UserResource::new(users::read(&context, &id)?, &origin);
    FieldSelection::from(&parameters).of(user).map(Json)
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
