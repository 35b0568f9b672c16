//! `/login/jwt-session`: a session for whoever brings a token of a JWT provider.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::error::ApiError;
use super::extract::{InTenant, Origin, SESSION_COOKIE, bearer_token};
use crate::api::json::Json;
use crate::ops::jwt_sessions::{self, JwtSession};

/// The cookie that tells a client the CSRF token of its session.
const CSRF_COOKIE: &str = "_csrfToken";

/// `POST /login/jwt-session`. The body does not matter: the token is the credential.
pub async fn jwt_session(
    InTenant(tenant): InTenant,
    origin: Origin,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let session = jwt_sessions::begin(&tenant, bearer_token(&headers))?;
    let mut response = ([(header::CACHE_CONTROL, "no-store")], Json(json!({}))).into_response();
    for cookie in cookies(&session, &origin) {
        // Names, hexadecimal digits and base64 only: always a header.
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    Ok(response)
}

/// The four cookies of the contract, in its order, which clients that take them apart go by. A page of another site
/// gets a cookie only with `SameSite=None`, and a browser takes that only over TLS, where every cookie is `Secure`.
fn cookies(session: &JwtSession, origin: &Origin) -> [String; 4] {
    let attributes = if origin.as_str().starts_with("https://") {
        "Path=/; HttpOnly; SameSite=None"
    } else {
        "Path=/; HttpOnly; SameSite=Lax"
    };
    let cookie = |name: &str, value: &str| format!("{name}={value}; {attributes}");
    let (session, csrf) = (session.cookie.reveal(), session.csrf.reveal());
    [
        cookie(SESSION_COOKIE, session),
        cookie(&format!("{SESSION_COOKIE}.sig"), &mark(SESSION_COOKIE, session)),
        cookie(CSRF_COOKIE, csrf),
        cookie(&format!("{CSRF_COOKIE}.sig"), &mark(CSRF_COOKIE, csrf)),
    ]
}

/// What stands in the cookie beside another: 27 characters as in the service, where they are a signature. Here nobody
/// asks for them: the cookies themselves cannot be guessed.
fn mark(name: &str, value: &str) -> String {
    let digest = Sha256::digest(format!("{name}={value}"));
    BASE64_URL_SAFE_NO_PAD.encode(digest).chars().take(27).collect()
}
