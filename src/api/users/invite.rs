//! `POST /api/v1/users/actions/invite`.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, JsonBody};
use crate::api::json::Json;
use crate::domain::document::{Document, Fields, boolean, filled_text, text};
use crate::domain::error::DomainError;
use crate::ops::users::{self, Invitation, Invitee};

/// Invites people: 207, with an outcome for each.
pub async fn handle(
    Authenticated(context): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let outcomes = users::invite(&context, invitees(&body)?)?;
    let data: Vec<_> = outcomes
        .into_iter()
        .map(|(email, outcome)| item(&email, &outcome))
        .collect();
    Ok((StatusCode::MULTI_STATUS, Json(json!({ "data": data }))).into_response())
}

fn invitees(body: &Document) -> Result<Vec<Invitee>, DomainError> {
    let faults = body.faults();
    let mut fields = Fields::open(&faults, "", body);
    fields.required("invitees", &|_| Ok(()));
    let invitees = fields
        .list("invitees")
        .into_iter()
        .filter_map(|(pointer, value)| {
            let mut fields = Fields::open(&faults, pointer, value);
            let email = fields.required("email", &text);
            let name = fields.optional("name", &filled_text);
            let resend = fields.optional("resend", &boolean).unwrap_or(false);
            let language = fields.optional("language", &language);
            email.map(|email| Invitee {
                email,
                name,
                resend,
                language,
            })
        })
        .collect();
    faults.verdict(Some(invitees))
}

/// ISO 639-1: two letters.
fn language(value: &Value) -> Result<String, String> {
    let text = text(value)?;
    let fits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_lowercase());
    if fits {
        Ok(text)
    } else {
        Err("Must be an ISO 639-1 code such as `en`.".to_owned())
    }
}

/// The documented codes of a failed invitation: 1001 an active user, 1002 a disabled one, else an HTTP status.
fn item(email: &str, outcome: &Invitation) -> Value {
    let failed = |code: &str, title: &str, detail: &str| json!({ "email": email, "status": "error", "code": code, "title": title, "detail": detail });
    match outcome {
        Invitation::Sent { user, subject } => {
            json!({ "email": email, "status": "ok", "userId": user, "subject": subject })
        }
        Invitation::Exists { user, subject } => {
            json!({ "email": email, "status": "exists", "userId": user, "subject": subject })
        }
        Invitation::ActiveUser => failed("1001", "Active user", "This user is active already."),
        Invitation::DisabledUser => failed("1002", "Disabled user", "This user is disabled."),
        Invitation::NotAnAddress => failed(
            "400",
            "Bad request",
            "Must be an e-mail address such as user@example.com.",
        ),
    }
}
