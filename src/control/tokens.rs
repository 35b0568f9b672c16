//! `/_mock/tokens`: a credential for any user, for tests that are about something else.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::error::ApiError;
use crate::api::extract::{InTenant, JsonBody, SESSION_COOKIE};
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::document::{Faults, Fields, filled_text, lifetime, text, word};
use crate::domain::error::DomainError;
use crate::ops::tokens::{self, KeyWish};

/// What can be made.
#[derive(Clone, Copy, Debug)]
enum Kind {
    ApiKey,
    Session,
}

struct Wish {
    user: String,
    kind: Kind,
    key: KeyWish,
}

/// `POST /_mock/tokens`: a key, or with `"kind": "session"` a session, for the user with the e-mail address, subject
/// or id `user`.
pub(super) async fn create(
    InTenant(tenant): InTenant,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let wish = read(&body)?;
    let made = match wish.kind {
        Kind::ApiKey => {
            let made = tokens::key(&tenant, &wish.user, wish.key)?;
            json!({
                "kind": "api-key",
                "userId": made.key.created_by,
                "id": made.key.id,
                "token": made.token.reveal(),
                "expiry": wire(made.key.expiry),
            })
        }
        Kind::Session => {
            let made = tokens::session(&tenant, &wish.user)?;
            json!({
                "kind": "session",
                "userId": made.user,
                "cookie": format!("{SESSION_COOKIE}={}", made.cookie.reveal()),
                "csrfToken": made.csrf.reveal(),
            })
        }
    };
    let headers = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, Json(made)).into_response())
}

fn read(body: &Value) -> Result<Wish, DomainError> {
    let faults = Faults::default();
    let mut fields = Fields::open(&faults, "", body);
    let user = fields.required("user", &filled_text);
    let kind = fields.optional(
        "kind",
        &word(&[("api-key", Kind::ApiKey), ("session", Kind::Session)]),
    );
    let kind = kind.unwrap_or(Kind::ApiKey);
    let usual = KeyWish::default();
    let (description, expiry) = (
        fields.optional("description", &text),
        fields.optional("expiry", &lifetime),
    );
    if matches!(kind, Kind::Session) {
        let of_a_key = [
            ("description", description.is_some()),
            ("expiry", expiry.is_some()),
        ];
        for (member, _) in of_a_key.into_iter().filter(|(_, is_sent)| *is_sent) {
            fields.fault(member, "Belongs to a key; a session has none.");
        }
    }
    fields.refuse_unknown();
    let key = KeyWish {
        description: description.unwrap_or(usual.description),
        expiry: expiry.unwrap_or(usual.expiry),
    };
    faults.verdict(user.map(|user| Wish { user, kind, key }))
}
