//! `PATCH /api/v1/users/{userId}`.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::{group_reference, reference};
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, JsonBody};
use crate::api::no_content;
use crate::domain::document::{Document, Faults, address, elements, filled_text, word};
use crate::domain::error::DomainError;
use crate::domain::patch::{self, PatchItem};
use crate::domain::user::UserStatus;
use crate::ops::users::{self, UserChange, UserChangeKind};

/// Changes a user. If some of the roles or groups do not exist and the rest was done: 207 with what is missing.
pub async fn handle(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let missing = users::update(&context, &id, changes(&body)?)?;
    if missing.is_empty() {
        Ok(no_content())
    } else {
        Err(ApiError::from(DomainError::Invalid(missing)).partly_done(StatusCode::MULTI_STATUS))
    }
}

#[derive(Clone, Copy)]
enum Op {
    Replace,
    Add,
    RemoveValue,
    Unset,
    Renew,
}

/// `set` is the older name of `replace`.
const OPS: [(&str, Op); 6] = [
    ("replace", Op::Replace),
    ("set", Op::Replace),
    ("unset", Op::Unset),
    ("add", Op::Add),
    ("renew", Op::Renew),
    ("remove-value", Op::RemoveValue),
];

#[derive(Clone, Copy)]
enum Property {
    Name,
    Email,
    Roles,
    OneMoreRole,
    Groups,
    OneMoreGroup,
    InviteExpiry,
    PreferredLocale,
    PreferredZoneinfo,
    Status,
}

/// The paths of the contract, and those that only its examples use: `/email`, `/preferredZoneInfo`,
/// `/assignedRoles/-` and `/assignedGroups/-`.
const PATHS: [(&str, Property); 12] = [
    ("/name", Property::Name),
    ("/email", Property::Email),
    ("/roles", Property::Roles),
    ("/assignedRoles", Property::Roles),
    ("/assignedRoles/-", Property::OneMoreRole),
    ("/assignedGroups", Property::Groups),
    ("/assignedGroups/-", Property::OneMoreGroup),
    ("/inviteExpiry", Property::InviteExpiry),
    ("/preferredLocale", Property::PreferredLocale),
    ("/preferredZoneinfo", Property::PreferredZoneinfo),
    ("/preferredZoneInfo", Property::PreferredZoneinfo),
    ("/status", Property::Status),
];

fn changes(body: &Document) -> Result<Vec<UserChange>, DomainError> {
    let faults = body.faults();
    let changes = patch::read(&faults, body, &OPS, &PATHS)
        .into_iter()
        .filter_map(|item| {
            let kind = change(&faults, &item)?;
            Some(UserChange {
                kind,
                pointer: item.pointer,
            })
        })
        .collect();
    faults.verdict(Some(changes))
}

fn change(faults: &Faults, item: &PatchItem<'_, Op, Property>) -> Option<UserChangeKind> {
    let statuses = [("active", UserStatus::Active), ("disabled", UserStatus::Disabled)];
    match (item.op, item.path) {
        (Op::Replace | Op::Add, Property::Name) => {
            item.value_as(faults, filled_text).map(UserChangeKind::Name)
        }
        (Op::Replace | Op::Add, Property::Email) => item.value_as(faults, address).map(UserChangeKind::Email),
        (Op::Replace | Op::Add, Property::PreferredLocale) => item
            .value_as(faults, filled_text)
            .map(Some)
            .map(UserChangeKind::PreferredLocale),
        (Op::Replace | Op::Add, Property::PreferredZoneinfo) => item
            .value_as(faults, filled_text)
            .map(Some)
            .map(UserChangeKind::PreferredZoneinfo),
        (Op::Unset, Property::PreferredLocale) => Some(UserChangeKind::PreferredLocale(None)),
        (Op::Unset, Property::PreferredZoneinfo) => Some(UserChangeKind::PreferredZoneinfo(None)),
        (Op::Replace, Property::Status) => item.value_as(faults, word(&statuses)).map(UserChangeKind::Status),
        (Op::Renew, Property::InviteExpiry) => Some(UserChangeKind::RenewInvitation),
        (Op::Replace, Property::Roles) => {
            Some(UserChangeKind::ReplaceRoles(several(faults, item, reference)))
        }
        (Op::Add, Property::Roles | Property::OneMoreRole) => {
            Some(UserChangeKind::AddRoles(several(faults, item, reference)))
        }
        (Op::RemoveValue, Property::Roles | Property::OneMoreRole) => {
            Some(UserChangeKind::RemoveRoles(several(faults, item, reference)))
        }
        (Op::Unset, Property::Roles) => Some(UserChangeKind::ReplaceRoles(Vec::new())),
        (Op::Replace, Property::Groups) => Some(UserChangeKind::ReplaceGroups(several(
            faults,
            item,
            group_reference,
        ))),
        (Op::Add, Property::Groups | Property::OneMoreGroup) => {
            Some(UserChangeKind::AddGroups(several(faults, item, group_reference)))
        }
        (Op::RemoveValue, Property::Groups | Property::OneMoreGroup) => Some(UserChangeKind::RemoveGroups(
            several(faults, item, group_reference),
        )),
        (Op::Unset, Property::Groups) => Some(UserChangeKind::ReplaceGroups(Vec::new())),
        _ => {
            faults.at(
                format!("{}/op", item.pointer),
                "This operation is not possible on this path.",
            );
            None
        }
    }
}

/// One reference, or several.
fn several<R>(
    faults: &Faults,
    item: &PatchItem<'_, Op, Property>,
    kind: impl Fn(&Faults, String, &Value) -> Option<R>,
) -> Vec<R> {
    let pointer = format!("{}/value", item.pointer);
    match item.value {
        Value::Array(_) => elements(faults, &pointer, item.value)
            .into_iter()
            .filter_map(|(pointer, element)| kind(faults, pointer, element))
            .collect(),
        one => kind(faults, pointer, one).into_iter().collect(),
    }
}
