//! `PATCH /api/v1/roles/{id}`.

use axum::extract::Path;
use axum::response::Response;
use serde_json::Value;

use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, JsonBody};
use crate::api::no_content;
use crate::domain::document::{Document, filled_text, text};
use crate::domain::error::DomainError;
use crate::domain::patch;
use crate::ops::roles::{self, RoleChange};

/// Changes a role.
pub async fn handle(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    roles::update(&context, &id, changes(&body)?)?;
    Ok(no_content())
}

#[derive(Clone, Copy)]
enum Op {
    Replace,
    Add,
    RemoveValue,
}

#[derive(Clone, Copy)]
enum Property {
    Name,
    Description,
    Scopes,
    OneMoreScope,
}

fn changes(body: &Document) -> Result<Vec<RoleChange>, DomainError> {
    let faults = body.faults();
    let ops = [
        ("replace", Op::Replace),
        ("add", Op::Add),
        ("remove-value", Op::RemoveValue),
    ];
    let paths = [
        ("/name", Property::Name),
        ("/description", Property::Description),
        ("/assignedScopes", Property::Scopes),
        ("/assignedScopes/-", Property::OneMoreScope),
    ];
    let changes: Vec<_> = patch::read(&faults, body, &ops, &paths)
        .into_iter()
        .filter_map(|item| match (item.op, item.path) {
            (Op::Replace | Op::Add, Property::Name) => {
                item.value_as(&faults, filled_text).map(|name| RoleChange::Name {
                    name,
                    pointer: format!("{}/value", item.pointer),
                })
            }
            (Op::Replace | Op::Add, Property::Description) => {
                item.value_as(&faults, text).map(RoleChange::Description)
            }
            (Op::Replace, Property::Scopes) => item.value_as(&faults, scopes).map(RoleChange::ReplaceScopes),
            (Op::Add, Property::Scopes | Property::OneMoreScope) => {
                item.value_as(&faults, scopes).map(RoleChange::AddScopes)
            }
            (Op::RemoveValue, Property::Scopes | Property::OneMoreScope) => {
                item.value_as(&faults, scopes).map(RoleChange::RemoveScopes)
            }
            (Op::RemoveValue, Property::Name | Property::Description)
            | (Op::Replace, Property::OneMoreScope) => {
                faults.at(
                    format!("{}/op", item.pointer),
                    "This operation is not possible on this path.",
                );
                None
            }
        })
        .collect();
    faults.verdict(Some(changes))
}

/// One scope, or several.
fn scopes(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::Array(list) => list.iter().map(filled_text).collect(),
        one => filled_text(one)
            .map(|scope| vec![scope])
            .map_err(|_| "Must be a scope or an array of scopes.".to_owned()),
    }
}
