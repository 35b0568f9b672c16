//! `PATCH /api/v1/oauth-clients/{id}`.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, JsonBody};
use crate::api::json::Json;
use crate::api::no_content;
use crate::domain::document::{Document, Fields, Kind, elements, word};
use crate::domain::error::DomainError;
use crate::domain::oauth::client::{AuthMethod, ExtraGrant};
use crate::domain::oauth::kinds;
use crate::ops::oauth_clients::{self, ClientChange, ListEdit};

/// Changes a client, all or nothing. If it is given a secret by that, 202 with the secret; otherwise 204.
pub async fn handle(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let secret = oauth_clients::update(&context, &id, changes(&body)?)?;
    Ok(match secret {
        None => no_content(),
        Some(secret) => (
            StatusCode::ACCEPTED,
            [(header::CACHE_CONTROL, "no-store")],
            Json(json!({ "clientSecret": secret.reveal() })),
        )
            .into_response(),
    })
}

#[derive(Clone, Copy)]
enum Property {
    AllowedOrigins,
    ClientName,
    ClientUri,
    Description,
    LogoUri,
    RedirectUris,
    AllowedScopes,
    AllowedGrantTypes,
    PublicKeys,
    AllowedAuthMethods,
}

const PATHS: [(&str, Property); 10] = [
    ("/allowedOrigins", Property::AllowedOrigins),
    ("/clientName", Property::ClientName),
    ("/clientUri", Property::ClientUri),
    ("/description", Property::Description),
    ("/logoUri", Property::LogoUri),
    ("/redirectUris", Property::RedirectUris),
    ("/allowedScopes", Property::AllowedScopes),
    ("/allowedGrantTypes", Property::AllowedGrantTypes),
    ("/publicKeys", Property::PublicKeys),
    ("/allowedAuthMethods", Property::AllowedAuthMethods),
];

const OPERATIONS: [(&str, ListEdit); 3] = [
    ("add", ListEdit::Add),
    ("remove", ListEdit::Remove),
    ("replace", ListEdit::Replace),
];

fn changes(body: &Document) -> Result<Vec<ClientChange>, DomainError> {
    let faults = body.faults();
    let changes = elements(&faults, "", body)
        .into_iter()
        .filter_map(|(pointer, element)| {
            let mut fields = Fields::open(&faults, pointer, element);
            let how = fields.required("op", &word(&OPERATIONS));
            let property = fields.required("path", &word(&PATHS));
            change(fields, how?, property?)
        })
        .collect();
    faults.verdict(Some(changes))
}

fn change(mut fields: Fields<'_>, how: ListEdit, property: Property) -> Option<ClientChange> {
    let removes = how == ListEdit::Remove;
    let mut text = |kind: Kind<'_, String>| {
        if removes {
            Some(String::new())
        } else {
            fields.required("value", kind)
        }
    };
    match property {
        Property::ClientName if removes => {
            fields.fault("path", "A client keeps a name. Replace it by another.");
            None
        }
        Property::ClientName => text(&kinds::name).map(ClientChange::Name),
        Property::Description => {
            text(&kinds::text_up_to(kinds::LONGEST_DESCRIPTION)).map(ClientChange::Description)
        }
        Property::ClientUri => text(&kinds::text_up_to(kinds::LONGEST_URI)).map(ClientChange::ClientUri),
        Property::LogoUri => text(&kinds::text_up_to(kinds::LONGEST_URI)).map(ClientChange::LogoUri),
        Property::RedirectUris => list(fields, how, &kinds::redirect_uris, ClientChange::RedirectUris),
        Property::AllowedOrigins => list(fields, how, &kinds::origins, ClientChange::AllowedOrigins),
        Property::AllowedScopes => list(fields, how, &kinds::scopes, ClientChange::AllowedScopes),
        Property::AllowedGrantTypes => list(
            fields,
            how,
            &kinds::words(&ExtraGrant::WORDS),
            ClientChange::ExtraGrants,
        ),
        Property::AllowedAuthMethods => list(
            fields,
            how,
            &kinds::words(&AuthMethod::WORDS),
            ClientChange::AuthMethods,
        ),
        Property::PublicKeys => list(fields, how, &kinds::public_keys, ClientChange::PublicKeys),
    }
}

/// A change of a list. One entry may stand for a list of one; to remove without a value is to remove all.
fn list<T: Default>(
    mut fields: Fields<'_>,
    how: ListEdit,
    kind: Kind<'_, T>,
    change: fn(ListEdit, T) -> ClientChange,
) -> Option<ClientChange> {
    if how == ListEdit::Remove && fields.value("value").is_none() {
        return Some(change(ListEdit::Replace, T::default()));
    }
    let entries = fields.required("value", &|value: &Value| match value {
        Value::Array(_) => kind(value),
        one => kind(&json!([one])),
    });
    entries.map(|entries| change(how, entries))
}
