//! `/api/v1/csp-origins`.

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::{Map, Value};

use super::error::ApiError;
use super::extract::{Authenticated, JsonBody, Origin, Parameters};
use super::links::PageLinks;
use super::no_content;
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::document::{Document, Fields, boolean, short_text};
use crate::domain::error::DomainError;
use crate::domain::ids::CspEntryId;
use crate::domain::page::{Direction, Sort};
use crate::domain::web::csp::{CspEntry, Directive, LONGEST_DESCRIPTION, LONGEST_NAME, csp_origin};
use crate::ops::csp_origins::{self, CspEntryContent, CspField, ListCspEntries, Pattern};

/// `CSPEntry` of the contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CspEntryResource {
    id: CspEntryId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    origin: String,
    /// Every directive, whether it is allowed or not.
    #[serde(flatten)]
    directives: Map<String, Value>,
    created_date: String,
    modified_date: String,
}

impl From<CspEntry> for CspEntryResource {
    fn from(entry: CspEntry) -> Self {
        let directives = Directive::WORDS.into_iter().map(|(member, directive)| {
            let allowed = entry.directives.contains(&directive);
            (member.to_owned(), allowed.into())
        });
        Self {
            directives: directives.collect(),
            id: entry.id,
            name: entry.name,
            description: entry.description,
            origin: entry.origin.as_str().to_owned(),
            created_date: wire(entry.created),
            modified_date: wire(entry.modified),
        }
    }
}

/// `CSPEntryList` of the contract.
#[derive(Debug, Serialize)]
pub struct CspEntryPageResource {
    data: Vec<CspEntryResource>,
    links: PageLinks,
}

/// `CSPHeader` of the contract.
#[derive(Debug, Serialize)]
pub struct CspHeaderResource {
    #[serde(rename = "Content-Security-Policy")]
    header: String,
}

/// The contract names no default order; by name is our choice.
const DEFAULT_SORT: Sort<CspField> = Sort {
    field: CspField::Name,
    name: "name",
    direction: Direction::Ascending,
};

/// `GET /api/v1/csp-origins`.
pub async fn list(
    Authenticated(context): Authenticated,
    origin: Origin,
    uri: Uri,
    parameters: Parameters,
) -> Result<Json<CspEntryPageResource>, ApiError> {
    let mut directives = Vec::new();
    for (member, directive) in Directive::WORDS {
        let asked = parameters.word(member, &[("true", true), ("false", false)])?;
        directives.extend(asked.map(|allowed| (directive, allowed)));
    }
    let sort = parameters.sort(&CspField::WORDS, DEFAULT_SORT)?;
    let query = ListCspEntries {
        name: parameters.get("name").map(Pattern::new),
        origin: parameters.get("origin").map(Pattern::new),
        directives,
        sort,
        limit: parameters.limit()?,
        start: parameters.start(&sort)?,
    };
    let page = csp_origins::list(&context, &query)?;
    let links = PageLinks::by_cursor(&origin, &uri, &parameters, query.limit, page.next, page.previous);
    Ok(Json(CspEntryPageResource {
        data: page.entries.into_iter().map(Into::into).collect(),
        links,
    }))
}

/// `GET /api/v1/csp-origins/{id}`.
pub async fn read(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Json<CspEntryResource>, ApiError> {
    Ok(Json(csp_origins::read(&context, &id)?.into()))
}

/// `POST /api/v1/csp-origins`.
pub async fn create(
    Authenticated(context): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let made = csp_origins::create(&context, content(&body)?)?;
    Ok((StatusCode::CREATED, Json(CspEntryResource::from(made))).into_response())
}

/// `PUT /api/v1/csp-origins/{id}`: what is not sent is not allowed any more.
pub async fn replace(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Json<CspEntryResource>, ApiError> {
    Ok(Json(csp_origins::replace(&context, &id, content(&body)?)?.into()))
}

/// `DELETE /api/v1/csp-origins/{id}`.
pub async fn delete(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    csp_origins::delete(&context, &id)?;
    Ok(no_content())
}

/// `GET /api/v1/csp-origins/actions/generate-header`: as JSON or as text, whichever the client asks for.
pub async fn generate_header(
    Authenticated(context): Authenticated,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let form = HeaderForm::wanted(&headers)?;
    let header = csp_origins::header(&context)?;
    Ok(match form {
        HeaderForm::Json => Json(CspHeaderResource { header }).into_response(),
        HeaderForm::Text => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], header).into_response(),
    })
}

enum HeaderForm {
    Json,
    Text,
}

impl HeaderForm {
    /// The first form that `Accept` names; JSON where it names none. Weights are passed over.
    fn wanted(headers: &HeaderMap) -> Result<Self, ApiError> {
        let mut accepted = headers
            .get_all(header::ACCEPT)
            .into_iter()
            .filter_map(|types| types.to_str().ok())
            .flat_map(|types| types.split(','))
            .map(|kind| {
                kind.split(';')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_ascii_lowercase()
            })
            .filter(|kind| !kind.is_empty())
            .peekable();
        if accepted.peek().is_none() {
            return Ok(Self::Json);
        }
        let form = accepted.find_map(|kind| match kind.as_str() {
            "application/json" | "application/*" | "*/*" => Some(Self::Json),
            "text/plain" | "text/*" => Some(Self::Text),
            _ => None,
        });
        form.ok_or_else(|| ApiError::not_acceptable("application/json or text/plain"))
    }
}

fn content(body: &Document) -> Result<CspEntryContent, DomainError> {
    let faults = body.faults();
    let mut fields = Fields::open(&faults, "", body);
    let name = fields.optional("name", &short_text(LONGEST_NAME));
    let description = fields.optional("description", &short_text(LONGEST_DESCRIPTION));
    let origin = fields.required("origin", &csp_origin);
    let directives = Directive::WORDS
        .into_iter()
        .filter(|(member, _)| fields.optional(member, &boolean) == Some(true))
        .map(|(_, directive)| directive)
        .collect();
    faults.verdict(origin.map(|origin| CspEntryContent {
        name,
        description,
        origin,
        directives,
    }))
}
