//! `POST /oauth/token`.

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::Members;
use crate::api::error::ApiError;
use crate::api::extract::{InTenant, Origin};
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::document::{Faults, word};
use crate::domain::oauth::refusal::OAuthRefusal;
use crate::domain::oauth::token::Purpose;
use crate::domain::secret::PresentedToken;
use crate::ops::oauth::ClientProof;
use crate::ops::oauth::token::{self, Grant, IssuedTokens, TokenRequest, UserLookup};

const CLIENT_CREDENTIALS: &str = "client_credentials";
const AUTHORIZATION_CODE: &str = "authorization_code";
const REFRESH_TOKEN: &str = "refresh_token";
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const USER_IMPERSONATION: &str = "urn:qlik:oauth:user-impersonation";

/// The words of the contract.
pub const GRANT_TYPES: [&str; 5] = [
    CLIENT_CREDENTIALS,
    AUTHORIZATION_CODE,
    REFRESH_TOKEN,
    TOKEN_EXCHANGE,
    USER_IMPERSONATION,
];

/// The only type of token that is exchanged, and that comes of it.
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Issues tokens.
pub async fn handle(
    InTenant(tenant): InTenant,
    origin: Origin,
    headers: HeaderMap,
    members: Members,
) -> Result<Response, ApiError> {
    let basic = basic(&headers)?;
    let lookup = user_lookup(&members);
    let request = request(&members, basic.as_ref(), lookup.as_ref())?;
    let issued = token::issue(&tenant, &request, origin.as_str())?;
    let no_store = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    Ok((no_store, Json(resource(&issued))).into_response())
}

/// `oauth-token-response` of the contract, and `expires_in` as published examples have it.
fn resource(issued: &IssuedTokens) -> Value {
    let mut body = json!({
        "access_token": issued.access_token.reveal(),
        "token_type": "bearer",
        "scope": issued.scopes.join(" "),
        "expires_at": wire(issued.expires_at),
        "expires_in": (issued.expires_at - issued.issued_at).num_seconds(),
    });
    if let Some(token) = &issued.refresh_token {
        body["refresh_token"] = token.reveal().into();
    }
    if let Some(at) = issued.authenticated_at {
        body["auth_time"] = at.timestamp().into();
    }
    if issued.exchanged {
        body["issued_token_type"] = ACCESS_TOKEN.into();
    }
    body
}

/// A client's id and secret from the header `Authorization`.
struct Basic {
    client_id: String,
    secret: String,
}

/// The header of HTTP Basic, if there is one. Another scheme says nothing of the client.
fn basic(headers: &HeaderMap) -> Result<Option<Basic>, OAuthRefusal> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let encoded = value.to_str().ok().and_then(|value| value.split_once(' '));
    let Some((_, encoded)) = encoded.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic")) else {
        return Ok(None);
    };
    let pair = BASE64_STANDARD
        .decode(encoded.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let (id, secret) = pair
        .as_deref()
        .and_then(|pair| pair.split_once(':'))
        .ok_or(OAuthRefusal::NoClientAuthentication)?;
    // RFC 6749 wants both encoded as in a form; published clients send them as they are.
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Ok(Some(Basic {
        client_id: decoded(id),
        secret: decoded(secret),
    }))
}

/// `user_lookup`, which a form can only hold as a JSON text.
fn user_lookup(members: &Members) -> Option<Value> {
    match members.0.get("user_lookup")? {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    }
}

fn request<'r>(
    members: &'r Members,
    basic: Option<&'r Basic>,
    lookup: Option<&'r Value>,
) -> Result<TokenRequest<'r>, ApiError> {
    let faults = Faults::default();
    let text = |name| members.text(&faults, name);
    let required = |name| members.required(&faults, name);
    let grant = match required("grant_type") {
        None => None,
        Some(CLIENT_CREDENTIALS) => Some(Grant::ClientCredentials { scope: text("scope") }),
        Some(AUTHORIZATION_CODE) => {
            let code = required("code").map(PresentedToken::new);
            let redirect_uri = required("redirect_uri");
            let verifier = text("code_verifier").map(PresentedToken::new);
            code.zip(redirect_uri)
                .map(|(code, redirect_uri)| Grant::AuthorizationCode {
                    code,
                    redirect_uri,
                    verifier,
                })
        }
        Some(REFRESH_TOKEN) => required("refresh_token").map(|token| Grant::RefreshToken {
            token: PresentedToken::new(token),
        }),
        Some(TOKEN_EXCHANGE) => {
            let token = required("subject_token").map(PresentedToken::new);
            if let Some(kind) = required("subject_token_type")
                && kind != ACCESS_TOKEN
            {
                faults.at("/subject_token_type", format!("Must be `{ACCESS_TOKEN}`."));
            }
            let purpose = required("purpose").and_then(|purpose| {
                word(&Purpose::WORDS)(&purpose.into())
                    .map_err(|sentence| faults.at("/purpose", sentence))
                    .ok()
            });
            token
                .zip(purpose)
                .map(|(subject_token, purpose)| Grant::TokenExchange {
                    subject_token,
                    purpose,
                })
        }
        Some(USER_IMPERSONATION) => user(&faults, lookup).map(|user| Grant::UserImpersonation {
            scope: text("scope"),
            user,
        }),
        Some(_) => return Err(OAuthRefusal::UnsupportedGrantType.into()),
    };
    let client_id = text("client_id");
    let (secret, assertion) = (text("client_secret"), text("client_assertion"));
    let assertion_type = text("client_assertion_type");
    let (device_type, description) = (text("deviceType"), text("description"));
    let grant = faults.verdict(grant)?;
    let proof = match (basic, secret, assertion) {
        (None, None, None) => ClientProof::None,
        (Some(basic), None, None) => ClientProof::Secret(PresentedToken::new(&basic.secret)),
        (None, Some(secret), None) => ClientProof::Secret(PresentedToken::new(secret)),
        (None, None, Some(assertion)) => ClientProof::Assertion {
            assertion: PresentedToken::new(assertion),
            kind: assertion_type.unwrap_or_default(),
        },
        _ => return Err(OAuthRefusal::TwoClientAuthentications.into()),
    };
    let of_basic = basic.map(|basic| basic.client_id.as_str());
    if let (Some(one), Some(other)) = (client_id, of_basic)
        && one != other
    {
        return Err(OAuthRefusal::TwoClientAuthentications.into());
    }
    Ok(TokenRequest {
        grant,
        client_id: client_id.or(of_basic),
        proof,
        device_type,
        description,
    })
}

fn user<'r>(faults: &Faults, lookup: Option<&'r Value>) -> Option<UserLookup<'r>> {
    let member = |name: &str| lookup.and_then(|lookup| lookup.get(name)).and_then(Value::as_str);
    match (member("field"), member("value")) {
        (Some("subject"), Some(subject)) => Some(UserLookup::Subject(subject)),
        (Some("userId"), Some(id)) => Some(UserLookup::Id(id)),
        _ => {
            let sentence =
                "Must be an object with `field`, which is subject or userId, and `value`, a string.";
            faults.at("/user_lookup", sentence);
            None
        }
    }
}
