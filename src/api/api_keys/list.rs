//! `GET /api/v1/api-keys`.

use axum::http::Uri;
use serde::Serialize;

use super::ApiKeyResource;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, Origin, Parameters, bad_parameter};
use crate::api::json::Json;
use crate::api::links::PageLinks;
use crate::domain::api_key::KeyStatus;
use crate::domain::ids::ApiKeyId;
use crate::domain::page::{Direction, Sort};
use crate::ops::api_keys::{self, KeyCursor, KeyField, ListApiKeys};

/// `api-key-page` of the contract.
#[derive(Debug, Serialize)]
pub struct ApiKeyPageResource {
    data: Vec<ApiKeyResource>,
    links: PageLinks,
}

/// The documented order: `-created`.
const DEFAULT_SORT: Sort<KeyField> = Sort {
    field: KeyField::Created,
    name: "created",
    direction: Direction::Descending,
};

/// Lists keys.
pub async fn handle(
    Authenticated(context): Authenticated,
    origin: Origin,
    uri: Uri,
    parameters: Parameters,
) -> Result<Json<ApiKeyPageResource>, ApiError> {
    let query = ListApiKeys {
        created_by: parameters.text("createdByUser"),
        sub: parameters.text("sub"),
        status: parameters.word("status", &KeyStatus::WORDS)?,
        search: None,
        sort: parameters.sort(&KeyField::WORDS, DEFAULT_SORT)?,
        limit: parameters.limit()?,
        cursor: cursor(&parameters)?,
        with_total: false,
    };
    let page = api_keys::list(&context, &query)?;
    let links = PageLinks::new(
        &origin,
        &uri,
        &parameters,
        query.limit,
        page.next.map(|id| ("startingAfter", id.to_string())),
        page.previous.map(|id| ("endingBefore", id.to_string())),
    );
    Ok(Json(ApiKeyPageResource {
        data: page.keys.into_iter().map(Into::into).collect(),
        links,
    }))
}

fn cursor(parameters: &Parameters) -> Result<Option<KeyCursor>, ApiError> {
    parameters.exclusive("startingAfter", "endingBefore")?;
    for (name, cursor) in [
        ("startingAfter", KeyCursor::After as fn(ApiKeyId) -> KeyCursor),
        ("endingBefore", KeyCursor::Before),
    ] {
        if let Some(text) = parameters.get(name) {
            let id = ApiKeyId::parse(text);
            return id
                .map(cursor)
                .map(Some)
                .ok_or_else(|| bad_parameter(name, "Must be the id of an API key."));
        }
    }
    Ok(None)
}
