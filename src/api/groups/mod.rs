//! `/api/v1/groups`.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error::ApiError;
use super::extract::{Authenticated, JsonBody, Origin};
use super::links::SelfLink;
use super::no_content;
use super::users::{RoleSummaryResource, references};
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::document::{Document, Fields, text, word};
use crate::domain::error::DomainError;
use crate::domain::group::GroupKind;
use crate::domain::ids::{GroupId, TenantId, UserId};
use crate::ops::groups::{self, ACTIVE, CreateGroup, GroupView};

pub mod list;
pub mod settings;
pub mod update;

/// `Group` of the contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupResource {
    id: GroupId,
    tenant_id: TenantId,
    name: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_roles: Option<Vec<RoleSummaryResource<'static>>>,
    created_at: String,
    last_updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_by: Option<UserId>,
    links: SelfLink,
}

impl GroupResource {
    fn new(view: GroupView, origin: &Origin) -> Self {
        let GroupView {
            group,
            tenant_id,
            roles,
        } = view;
        Self {
            links: SelfLink::to(origin, &format!("/api/v1/groups/{}", group.id)),
            id: group.id,
            tenant_id,
            name: group.name,
            status: ACTIVE,
            provider_type: group.kind.provider_type(),
            description: group.description,
            assigned_roles: roles.map(|roles| roles.into_iter().map(Into::into).collect()),
            created_at: wire(group.created_at),
            last_updated_at: wire(group.last_updated_at),
            created_by: group.created_by,
            updated_by: group.updated_by,
        }
    }
}

/// `GET /api/v1/groups/{groupId}`.
pub async fn read(
    Authenticated(context): Authenticated,
    origin: Origin,
    Path(id): Path<String>,
) -> Result<Json<GroupResource>, ApiError> {
    Ok(Json(GroupResource::new(groups::read(&context, &id)?, &origin)))
}

/// `POST /api/v1/groups`.
pub async fn create(
    Authenticated(context): Authenticated,
    origin: Origin,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let group = groups::create(&context, command(&body)?)?;
    Ok((StatusCode::CREATED, Json(GroupResource::new(group, &origin))).into_response())
}

/// `DELETE /api/v1/groups/{groupId}`.
pub async fn delete(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    groups::delete(&context, &id)?;
    Ok(no_content())
}

fn command(body: &Document) -> Result<CreateGroup, DomainError> {
    let faults = body.faults();
    let mut fields = Fields::open(&faults, "", body);
    let name = fields.required("name", &text);
    fields.optional("status", &word(&[(ACTIVE, ())]));
    let description = fields.optional("description", &text);
    // The documented default: a request without `providerType` makes a group of the identity provider.
    let kind = fields
        .optional("providerType", &word(&GroupKind::WORDS))
        .unwrap_or(GroupKind::Idp);
    let assigned_roles = match fields.value("assignedRoles") {
        Some(roles) => references(&faults, &fields.pointer("assignedRoles"), roles),
        None => Vec::new(),
    };
    faults.verdict(name.map(|name| CreateGroup {
        name,
        kind,
        description,
        assigned_roles,
    }))
}
