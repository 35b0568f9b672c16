//! `/oauth/token`, `/oauth/revoke` and what a client finds out about them. `/oauth/authorize` is a page, and stands in
//! the console.

use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::extract::{BODY_LIMIT, InTenant, Origin, Parameters, no_json, read_body};
use crate::api::json::Json;
use crate::domain::document::{Faults, name_of, word};
use crate::domain::secret::PresentedToken;
use crate::ops::oauth::tokens;

pub mod token;

/// The members of a request, sent as JSON or as a form.
#[derive(Debug)]
pub struct Members(Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Members {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let content_type = request.headers().get(header::CONTENT_TYPE);
        let essence = content_type.and_then(|value| value.to_str().ok()).map(|value| {
            value
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase()
        });
        let is_form = match essence.as_deref() {
            Some("application/x-www-form-urlencoded") => true,
            None | Some("application/json") => false,
            Some(_) => {
                let both = "application/json or application/x-www-form-urlencoded";
                return Err(ApiError::unsupported_media_type(both));
            }
        };
        let (parts, body) = request.into_parts();
        let bytes = read_body(&parts.headers, body, BODY_LIMIT).await?;
        if is_form {
            let form = Parameters::of_form(bytes)?;
            let members = form.iter().map(|(name, value)| (name.to_owned(), value.into()));
            return Ok(Self(members.collect()));
        }
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| no_json("object", &error))
    }
}

impl Members {
    /// A member that is a text; a missing one, an empty one and `null` are none.
    fn text(&self, faults: &Faults, name: &str) -> Option<&str> {
        match self.0.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => (!text.is_empty()).then_some(text),
            Some(other) => {
                faults.at(
                    format!("/{name}"),
                    format!("Must be a string, not {}.", name_of(other)),
                );
                None
            }
        }
    }

    /// A member that is a text and must be there.
    fn required(&self, faults: &Faults, name: &str) -> Option<&str> {
        let text = self.text(faults, name);
        let is_missing = !matches!(self.0.get(name), Some(value) if !value.is_null() && !value.is_string());
        if text.is_none() && is_missing {
            faults.at(format!("/{name}"), format!("`{name}` is required."));
        }
        text
    }
}

/// What `token_type_hint` may be.
const TOKEN_TYPES: [(&str, ()); 2] = [("access_token", ()), ("refresh_token", ())];

/// `POST /oauth/revoke`: whoever has a token may revoke it. `token_type_hint` helps nobody here, but must be one.
pub async fn revoke(InTenant(tenant): InTenant, members: Members) -> Result<Response, ApiError> {
    let faults = Faults::default();
    let token = members.required(&faults, "token").map(PresentedToken::new);
    if let Some(hint) = members.text(&faults, "token_type_hint")
        && let Err(sentence) = word(&TOKEN_TYPES)(&hint.into())
    {
        faults.at("/token_type_hint", sentence);
    }
    let token = faults.verdict(token)?;
    tokens::revoke_presented(&tenant, &token);
    Ok((StatusCode::OK, Json(json!({}))).into_response())
}

/// `GET /.well-known/oauth-authorization-server`. The issuer is that of the published tokens; the members beyond the
/// published schema are those of RFC 8414.
pub async fn metadata(origin: Origin) -> Json<Value> {
    Json(json!({
        "issuer": "qlik.api",
        "authorization_endpoint": origin.link("/oauth/authorize"),
        "token_endpoint": origin.link("/oauth/token"),
        "revocation_endpoint": origin.link("/oauth/revoke"),
        "jwks_uri": origin.link("/.well-known/jwks.json"),
        "response_types_supported": ["code"],
        "grant_types_supported": token::GRANT_TYPES,
    }))
}

/// `GET /.well-known/jwks.json`: the key that signs the tenant's tokens.
pub async fn keys(InTenant(tenant): InTenant) -> Json<Value> {
    let key = tenant.read().signing_key();
    Json(json!({ "keys": [key.to_public_jwk()] }))
}
