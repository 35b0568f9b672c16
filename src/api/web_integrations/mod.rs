//! `/api/v1/web-integrations`.

use axum::extract::Path;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::Value;

use super::error::ApiError;
use super::extract::{Authenticated, JsonBody, Origin, Parameters, bad_parameter};
use super::links::{PageLinks, SelfLink};
use super::no_content;
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::document::{self, Document, Fields, filled_text};
use crate::domain::error::DomainError;
use crate::domain::ids::{TenantId, UserId, WebIntegrationId};
use crate::domain::page::{Direction, Limit, Sort};
use crate::domain::web::origin::{WebOrigin, web_origin};
use crate::ops::web_integrations::{
    self, CreateWebIntegration, IntegrationCursor, ListWebIntegrations, WebIntegrationView,
};

pub mod update;

/// `WebIntegration` of the contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebIntegrationResource {
    id: WebIntegrationId,
    name: String,
    tenant_id: TenantId,
    valid_origins: Vec<WebOrigin>,
    created: String,
    last_updated: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<UserId>,
}

impl From<WebIntegrationView> for WebIntegrationResource {
    fn from(view: WebIntegrationView) -> Self {
        let integration = view.integration;
        Self {
            id: integration.id,
            name: integration.name,
            tenant_id: view.tenant_id,
            valid_origins: integration.valid_origins,
            created: wire(integration.created),
            last_updated: wire(integration.last_updated),
            created_by: integration.created_by,
        }
    }
}

/// `WebIntegrationPost` of the contract: the same with a link.
#[derive(Debug, Serialize)]
pub struct NewWebIntegrationResource {
    #[serde(flatten)]
    integration: WebIntegrationResource,
    links: SelfLink,
}

/// `WebIntegrations` of the contract.
#[derive(Debug, Serialize)]
pub struct WebIntegrationPageResource {
    data: Vec<WebIntegrationResource>,
    links: PageLinks,
}

/// The documented order: `+name`, the only one there is.
const DEFAULT_SORT: Sort<()> = Sort {
    field: (),
    name: "name",
    direction: Direction::Ascending,
};

/// `GET /api/v1/web-integrations`.
pub async fn list(
    Authenticated(context): Authenticated,
    origin: Origin,
    uri: Uri,
    parameters: Parameters,
) -> Result<Json<WebIntegrationPageResource>, ApiError> {
    let query = ListWebIntegrations {
        tenant_id: parameters.text("tenantId"),
        sort: parameters.sort(&[("name", ())], DEFAULT_SORT)?,
        limit: limit(&parameters)?,
        cursor: cursor(&parameters)?,
    };
    let page = web_integrations::list(&context, &query)?;
    let links = PageLinks::new(
        &origin,
        &uri,
        &parameters,
        query.limit,
        page.next.map(|id| ("startingAfter", id.to_string())),
        page.previous.map(|id| ("endingBefore", id.to_string())),
    );
    Ok(Json(WebIntegrationPageResource {
        data: page.integrations.into_iter().map(Into::into).collect(),
        links,
    }))
}

/// `limit` is 10 unless told otherwise, and may be 0. That 0 means the default is our choice.
fn limit(parameters: &Parameters) -> Result<Limit, ApiError> {
    match parameters.get("limit") {
        None | Some("0") => Ok(Limit::TEN),
        Some(_) => parameters.limit(),
    }
}

fn cursor(parameters: &Parameters) -> Result<Option<IntegrationCursor>, ApiError> {
    parameters.exclusive("startingAfter", "endingBefore")?;
    for (name, cursor) in [
        (
            "startingAfter",
            IntegrationCursor::After as fn(WebIntegrationId) -> IntegrationCursor,
        ),
        ("endingBefore", IntegrationCursor::Before),
    ] {
        if let Some(text) = parameters.get(name) {
            let id = WebIntegrationId::parse(text);
            return id
                .map(cursor)
                .map(Some)
                .ok_or_else(|| bad_parameter(name, "Must be the id of a web integration."));
        }
    }
    Ok(None)
}

/// `GET /api/v1/web-integrations/{id}`.
pub async fn read(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Json<WebIntegrationResource>, ApiError> {
    Ok(Json(web_integrations::read(&context, &id)?.into()))
}

/// `POST /api/v1/web-integrations`.
pub async fn create(
    Authenticated(context): Authenticated,
    origin: Origin,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let made = web_integrations::create(&context, command(&body)?)?;
    let resource = NewWebIntegrationResource {
        links: SelfLink::to(
            &origin,
            &format!("/api/v1/web-integrations/{}", made.integration.id),
        ),
        integration: made.into(),
    };
    Ok((StatusCode::CREATED, Json(resource)).into_response())
}

/// `DELETE /api/v1/web-integrations/{id}`.
pub async fn delete(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    web_integrations::delete(&context, &id)?;
    Ok(no_content())
}

fn command(body: &Document) -> Result<CreateWebIntegration, DomainError> {
    let faults = body.faults();
    let mut fields = Fields::open(&faults, "", body);
    let name = fields.required("name", &filled_text);
    let valid_origins = fields
        .list("validOrigins")
        .into_iter()
        .filter_map(|(pointer, origin)| {
            web_origin(origin)
                .map_err(|sentence| faults.at(pointer, sentence))
                .ok()
        })
        .collect();
    faults.verdict(name.map(|name| CreateWebIntegration { name, valid_origins }))
}

/// Several origins, or one.
///
/// # Errors
/// What it is instead.
fn origins(value: &Value) -> Result<Vec<WebOrigin>, String> {
    match value {
        Value::Array(list) => list.iter().map(web_origin).collect(),
        one => document::text(one)
            .map_err(|_| "Must be an array of origins, or an origin.".to_owned())
            .and_then(|_| web_origin(one))
            .map(|origin| vec![origin]),
    }
}
