//! `PATCH /api/v1/api-keys/{id}`.

use axum::extract::Path;
use axum::response::Response;

use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, JsonBody};
use crate::api::no_content;
use crate::domain::document::filled_text;
use crate::domain::patch;
use crate::ops::api_keys;

/// Changes the description of a key, which is all that can be changed.
pub async fn handle(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let faults = body.faults();
    let mut description = None;
    for item in patch::read(&faults, &body, &[("replace", ())], &[("/description", ())]) {
        description = item.value_as(&faults, filled_text).or(description);
    }
    let description = faults.verdict(Some(description))?;
    api_keys::describe(&context, &id, description)?;
    Ok(no_content())
}
