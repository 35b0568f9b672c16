//! `POST /api/v1/api-keys`.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::ApiKeyResource;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, JsonBody};
use crate::api::json::Json;
use crate::domain::document::{Document, Fields, filled_text, lifetime, text, word};
use crate::domain::error::DomainError;
use crate::ops::api_keys::{self, CreateApiKey, NewKeySubject};

/// `ApiKeyWithToken` of the contract: the only answer that has the token.
#[derive(Serialize)]
struct ApiKeyWithTokenResource<'t> {
    #[serde(flatten)]
    key: ApiKeyResource,
    token: &'t str,
}

/// Makes a key.
pub async fn handle(
    Authenticated(context): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let created = api_keys::create(&context, command(&body)?)?;
    let resource = ApiKeyWithTokenResource {
        key: created.view.into(),
        token: created.token.reveal(),
    };
    Ok((
        StatusCode::CREATED,
        [(header::CACHE_CONTROL, "no-store")],
        Json(resource),
    )
        .into_response())
}

#[derive(Clone, Copy)]
enum SubType {
    User,
    ExternalClient,
}

/// A SCIM client is named `SCIM\{identity provider}`, as documented.
const SCIM_PREFIX: &str = "SCIM\\";

fn command(body: &Document) -> Result<CreateApiKey, DomainError> {
    let faults = body.faults();
    let mut fields = Fields::open(&faults, "", body);
    let description = fields.required("description", &filled_text);
    let expiry = fields.optional("expiry", &lifetime);
    let sub_type = fields.optional(
        "subType",
        &word(&[
            ("user", SubType::User),
            ("externalClient", SubType::ExternalClient),
        ]),
    );
    let sub = fields.optional("sub", &text);
    let subject = match (sub_type.unwrap_or(SubType::User), sub) {
        (SubType::User, None) => Some(NewKeySubject::Caller),
        (SubType::User, Some(id)) => Some(NewKeySubject::User(id)),
        (SubType::ExternalClient, Some(name))
            if name.len() > SCIM_PREFIX.len() && name.starts_with(SCIM_PREFIX) =>
        {
            Some(NewKeySubject::ExternalClient(name))
        }
        (SubType::ExternalClient, _) => {
            fields.fault(
                "sub",
                r"Must be `SCIM\` and the id of the identity provider for an external client.",
            );
            None
        }
    };
    let command = match (description, subject) {
        (Some(description), Some(subject)) => Some(CreateApiKey {
            description,
            expiry,
            subject,
        }),
        _ => None,
    };
    faults.verdict(command)
}
