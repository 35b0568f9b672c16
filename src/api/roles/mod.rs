//! `/api/v1/roles`.

use axum::extract::Path;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error::ApiError;
use super::extract::{Authenticated, JsonBody, Origin, Parameters};
use super::links::{PageLinks, SelfLink};
use super::no_content;
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::document::{self, Document, Fields, filled_text, text};
use crate::domain::error::DomainError;
use crate::domain::filter::Filter;
use crate::domain::ids::{RoleId, TenantId, UserId};
use crate::domain::page::{Direction, Sort};
use crate::ops::roles::{self, CreateRole, ListRoles, RoleField, RoleView};

pub mod update;

/// `Role` of the contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleResource {
    id: RoleId,
    tenant_id: TenantId,
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    level: &'static str,
    description: String,
    can_edit: bool,
    can_delete: bool,
    full_user: bool,
    user_entitlement_type: &'static str,
    assigned_scopes: Vec<String>,
    permissions: [String; 0],
    created_at: String,
    last_updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_by: Option<UserId>,
    links: SelfLink,
}

impl RoleResource {
    fn new(view: RoleView, origin: &Origin) -> Self {
        let role = view.role;
        Self {
            can_edit: role.can_edit(),
            can_delete: role.can_delete(),
            links: SelfLink::to(origin, &format!("/api/v1/roles/{}", role.id)),
            id: role.id,
            tenant_id: view.tenant_id,
            name: role.name,
            kind: role.kind.as_str(),
            level: role.level.as_str(),
            description: role.description,
            full_user: false,
            user_entitlement_type: "",
            assigned_scopes: role.assigned_scopes,
            permissions: [],
            created_at: wire(role.created_at),
            last_updated_at: wire(role.last_updated_at),
            created_by: role.created_by,
            updated_by: role.updated_by,
        }
    }
}

/// `ListRolesResult` of the contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RolePageResource {
    data: Vec<RoleResource>,
    links: PageLinks,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_results: Option<usize>,
}

/// The contract names no default order; by name is our choice.
const DEFAULT_SORT: Sort<RoleField> = Sort {
    field: RoleField::Name,
    name: "name",
    direction: Direction::Ascending,
};

/// `GET /api/v1/roles`.
pub async fn list(
    Authenticated(context): Authenticated,
    origin: Origin,
    uri: Uri,
    parameters: Parameters,
) -> Result<Json<RolePageResource>, ApiError> {
    let sort = parameters.sort(&RoleField::WORDS, DEFAULT_SORT)?;
    let query = ListRoles {
        filter: parameters.kind("filter", |text| {
            Filter::parse(text, &roles::VOCABULARY).map_err(document::sentence)
        })?,
        sort,
        limit: parameters.limit()?,
        start: parameters.start(&sort)?,
    };
    let with_total = parameters.switch("totalResults")?;
    let page = roles::list(&context, &query)?;
    let links = PageLinks::by_cursor(&origin, &uri, &parameters, query.limit, page.next, page.previous);
    Ok(Json(RolePageResource {
        data: page
            .roles
            .into_iter()
            .map(|role| RoleResource::new(role, &origin))
            .collect(),
        links,
        total_results: with_total.then_some(page.total),
    }))
}

/// `GET /api/v1/roles/{id}`.
pub async fn read(
    Authenticated(context): Authenticated,
    origin: Origin,
    Path(id): Path<String>,
) -> Result<Json<RoleResource>, ApiError> {
    Ok(Json(RoleResource::new(roles::read(&context, &id)?, &origin)))
}

/// `POST /api/v1/roles`.
pub async fn create(
    Authenticated(context): Authenticated,
    origin: Origin,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let role = roles::create(&context, command(&body)?)?;
    Ok((StatusCode::CREATED, Json(RoleResource::new(role, &origin))).into_response())
}

/// `DELETE /api/v1/roles/{id}`.
pub async fn delete(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    roles::delete(&context, &id)?;
    Ok(no_content())
}

fn command(body: &Document) -> Result<CreateRole, DomainError> {
    let faults = body.faults();
    let mut fields = Fields::open(&faults, "", body);
    let name = fields.required("name", &filled_text);
    let description = fields.optional("description", &text).unwrap_or_default();
    let assigned_scopes = fields
        .list("assignedScopes")
        .into_iter()
        .filter_map(|(pointer, scope)| {
            filled_text(scope)
                .map_err(|sentence| faults.at(pointer, sentence))
                .ok()
        })
        .collect();
    faults.verdict(name.map(|name| CreateRole {
        name,
        description,
        assigned_scopes,
    }))
}
