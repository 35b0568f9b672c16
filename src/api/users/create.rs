//! `POST /api/v1/users`.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{UserResource, references};
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, JsonBody, Origin};
use crate::api::json::Json;
use crate::domain::document::{Document, Fields, address, filled_text, text, word};
use crate::domain::error::DomainError;
use crate::domain::user::UserStatus;
use crate::ops::users::{self, CreateUser, UserView};

/// The documented limit of this body: 500 kB.
const LIMIT: usize = 500_000;

/// Makes a user.
pub async fn handle(
    Authenticated(context): Authenticated,
    origin: Origin,
    JsonBody::<LIMIT>(body): JsonBody<LIMIT>,
) -> Result<Response, ApiError> {
    let tenant_id = context.tenant.read().id().to_string();
    let show =
        |user: UserView<'_>| (StatusCode::CREATED, Json(UserResource::new(user, &origin))).into_response();
    Ok(users::create(&context, command(&body, &tenant_id)?, show)?)
}

fn command(body: &Document, tenant_id: &str) -> Result<CreateUser, DomainError> {
    let faults = body.faults();
    let mut fields = Fields::open(&faults, "", body);
    let subject = fields.required("subject", &filled_text);
    let name = fields.optional("name", &filled_text);
    let email = fields.optional("email", &address);
    let picture = fields.optional("picture", &text);
    // The contract has `invited` only; Qlik's own guide creates an active user.
    let statuses = [("invited", UserStatus::Invited), ("active", UserStatus::Active)];
    let status = fields
        .optional("status", &word(&statuses))
        .unwrap_or(UserStatus::Invited);
    fields.optional("tenantId", &|value| match text(value)? {
        id if id == tenant_id => Ok(()),
        _ => Err("Must be the id of this tenant.".to_owned()),
    });
    let mut assigned_roles = Vec::new();
    // `roles`, a list of names, is what `assignedRoles` has replaced.
    for member in ["assignedRoles", "roles"] {
        if let Some(value) = fields.value(member) {
            assigned_roles.extend(references(&faults, &fields.pointer(member), value));
        }
    }
    faults.verdict(subject.map(|subject| CreateUser {
        subject,
        name,
        email,
        picture,
        status,
        assigned_roles,
    }))
}
