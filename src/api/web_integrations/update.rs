//! `PATCH /api/v1/web-integrations/{id}`.

use axum::extract::Path;
use axum::response::Response;

use super::origins;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, JsonBody};
use crate::api::no_content;
use crate::domain::document::{Document, filled_text};
use crate::domain::error::DomainError;
use crate::domain::patch;
use crate::ops::web_integrations::{self, WebIntegrationChange};

/// Changes a web integration, all or nothing.
pub async fn handle(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    web_integrations::update(&context, &id, changes(&body)?)?;
    Ok(no_content())
}

#[derive(Clone, Copy)]
enum Property {
    Name,
    ValidOrigins,
}

fn changes(body: &Document) -> Result<Vec<WebIntegrationChange>, DomainError> {
    let faults = body.faults();
    let paths = [
        ("/name", Property::Name),
        ("/validOrigins", Property::ValidOrigins),
    ];
    let changes: Vec<_> = patch::read(&faults, body, &[("replace", ())], &paths)
        .into_iter()
        .filter_map(|item| match item.path {
            Property::Name => item
                .value_as(&faults, filled_text)
                .map(WebIntegrationChange::Name),
            Property::ValidOrigins => item
                .value_as(&faults, origins)
                .map(WebIntegrationChange::ValidOrigins),
        })
        .collect();
    faults.verdict(Some(changes))
}
