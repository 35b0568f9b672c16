//! Who may use the control API: whoever reaches the port, unless a token is set; never a page of another site.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;

use crate::api::error::ApiError;
use crate::api::extract::{Origin, require_own_site};
use crate::domain::secret::{ControlToken, PresentedToken, TokenDigest};

/// The header that carries the control token. Not `Authorization`, which speaks for a user of the tenant.
pub const CONTROL_TOKEN_HEADER: &str = "mock-control-token";

/// What the guard asks for.
#[derive(Clone, Debug, Default)]
pub struct ControlAccess {
    token: Option<Arc<TokenDigest>>,
}

impl ControlAccess {
    /// Lets in only whoever sends this token.
    pub fn with_token(token: &ControlToken) -> Self {
        Self {
            token: Some(Arc::new(token.digest())),
        }
    }
}

/// Lets a request in, or refuses it.
pub(super) async fn guard(
    State(access): State<ControlAccess>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    require_own_site(request.headers(), &Origin::of(&request))?;
    match &access.token {
        Some(token) if !shows(request.headers(), token) => return Err(ApiError::control_token()),
        Some(_) => {}
        None if is_of_this_machine(Origin::of(&request).host()) => {}
        None => return Err(ApiError::foreign_host()),
    }
    Ok(next.run(request).await)
}

fn shows(headers: &HeaderMap, token: &TokenDigest) -> bool {
    // Digests are compared, so the time says nothing about the token.
    let presented = headers
        .get(CONTROL_TOKEN_HEADER)
        .and_then(|value| value.to_str().ok());
    presented.is_some_and(|presented| PresentedToken::new(presented).digest() == *token)
}

/// Whether a name can only mean a machine that the sender itself chose. A name with a full stop may belong to a page
/// on the internet that has been pointed at this machine (DNS rebinding).
fn is_of_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.parse::<IpAddr>().is_ok() || !name.contains('.') || name.to_ascii_lowercase().ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_cannot_be_rebound_are_of_this_machine() {
        for own in [
            "localhost:7545",
            "127.0.0.1:7545",
            "[::1]:7545",
            "qlik:7545",
            "a.localhost",
            "A.LOCALHOST:1",
        ] {
            assert!(is_of_this_machine(own), "{own}");
        }
        for foreign in ["evil.example", "evil.example:7545", "localhost.evil.example"] {
            assert!(!is_of_this_machine(foreign), "{foreign}");
        }
    }
}
