//! `POST /api/v1/oauth-clients`.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::ClientResource;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, JsonBody};
use crate::api::json::Json;
use crate::domain::document::{Document, Fields, word};
use crate::domain::error::DomainError;
use crate::domain::oauth::client::{AppType, ConsentMethod};
use crate::domain::oauth::kinds;
use crate::ops::oauth_clients::{self, CreateClient};

/// `OAuthClientCreateResponse` of the contract, which always has a secret: an empty one for a client that has none.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedResource<'s> {
    #[serde(flatten)]
    client: ClientResource,
    client_secret: &'s str,
}

/// Makes a client.
pub async fn handle(
    Authenticated(context): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let created = oauth_clients::create(&context, command(&body)?)?;
    let resource = CreatedResource {
        client: created.view.into(),
        client_secret: created.secret.as_ref().map_or("", |secret| secret.reveal()),
    };
    Ok((
        StatusCode::CREATED,
        [(header::CACHE_CONTROL, "no-store")],
        Json(resource),
    )
        .into_response())
}

fn command(body: &Document) -> Result<CreateClient, DomainError> {
    let faults = body.faults();
    let mut fields = Fields::open(&faults, "", body);
    let app_type = fields.required("appType", &word(&AppType::WORDS));
    let name = fields.required("clientName", &kinds::name);
    let consent = fields
        .object("connectionConfig")
        // Only `trusted` can be asked for at the creation.
        .and_then(|mut config| config.optional("consentMethod", &word(&[ConsentMethod::WORDS[1]])));
    // Without a name, the other faults are still told.
    let mut settings = kinds::settings(&mut fields, name.clone().unwrap_or_default());
    if let Some(keys) = fields.optional("publicKeys", &kinds::public_keys) {
        settings.public_keys = keys;
    }
    let command = match (app_type, name) {
        (Some(app_type), Some(_)) => Some(CreateClient {
            app_type,
            settings,
            consent: consent.unwrap_or(ConsentMethod::Required),
        }),
        _ => None,
    };
    faults.verdict(command)
}
