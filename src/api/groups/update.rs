//! `PATCH /api/v1/groups/{groupId}`.

use axum::extract::Path;
use axum::response::Response;

use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, JsonBody};
use crate::api::no_content;
use crate::api::users::references;
use crate::domain::document::{Document, text};
use crate::domain::error::DomainError;
use crate::domain::patch;
use crate::ops::groups::{self, GroupChange, GroupChangeKind};

/// Changes a group.
pub async fn handle(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    groups::update(&context, &id, changes(&body)?)?;
    Ok(no_content())
}

#[derive(Clone, Copy)]
enum Property {
    Name,
    Description,
    Roles,
}

/// The contract has the paths without a slash, its own examples have them with one.
const PATHS: [(&str, Property); 6] = [
    ("/name", Property::Name),
    ("/description", Property::Description),
    ("/assignedRoles", Property::Roles),
    ("name", Property::Name),
    ("description", Property::Description),
    ("assignedRoles", Property::Roles),
];

fn changes(body: &Document) -> Result<Vec<GroupChange>, DomainError> {
    let faults = body.faults();
    let changes = patch::read(&faults, body, &[("replace", ())], &PATHS)
        .into_iter()
        .filter_map(|item| {
            let kind = match item.path {
                Property::Name => item.value_as(&faults, text).map(GroupChangeKind::Name),
                Property::Description => item.value_as(&faults, text).map(GroupChangeKind::Description),
                Property::Roles => {
                    let pointer = format!("{}/value", item.pointer);
                    Some(GroupChangeKind::Roles(references(&faults, &pointer, item.value)))
                }
            };
            kind.map(|kind| GroupChange {
                kind,
                pointer: item.pointer,
            })
        })
        .collect();
    faults.verdict(Some(changes))
}
