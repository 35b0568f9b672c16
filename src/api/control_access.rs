//! Who may steer the emulator: whoever reaches the port, unless a token is set; never a page of another site.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderValue;

use super::error::ApiError;
use super::extract::{Origin, cookie, require_own_site};
use crate::domain::secret::{ControlToken, PresentedToken, TokenDigest};

/// The header that carries the control token. Not `Authorization`, which speaks for a user of the tenant.
pub const CONTROL_TOKEN_HEADER: &str = "mock-control-token";

/// The cookie that stands for the control token in a browser: a digest of it, so that the token itself is not kept. The
/// port follows: browsers keep one cookie of a name for all ports of a host, and each may be that of another emulator.
const COOKIE: &str = "mock-control";

fn cookie_name(origin: &Origin) -> String {
    format!("{COOKIE}{}", origin.port().replace(':', "-"))
}

/// What the control API, and the pages over it, ask for.
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

    /// Lets a request in.
    ///
    /// # Errors
    /// When it comes from a page of another site, has not got the token, or, where none is set, names a host that may
    /// be one of the internet.
    pub fn require(&self, request: &Request) -> Result<(), ApiError> {
        require_own_site(request.headers(), &Origin::of(request))?;
        if self.misses_token(request) {
            Err(ApiError::control_token())
        } else if self.token.is_none() && !is_of_this_machine(Origin::of(request).host()) {
            Err(ApiError::foreign_host())
        } else {
            Ok(())
        }
    }

    /// Whether a token is asked for that a request has not got.
    pub fn misses_token(&self, request: &Request) -> bool {
        self.token.as_ref().is_some_and(|token| !shows(request, token))
    }

    /// The cookie for a browser in which somebody has typed this token, if it is the one. It lasts as long as the
    /// browser runs, and goes nowhere from the pages of other sites. `origin` is where the browser has asked.
    pub fn cookie(&self, presented: &str, origin: &Origin) -> Option<HeaderValue> {
        let digest = PresentedToken::new(presented).digest();
        let known = self.token.as_ref().is_some_and(|token| **token == digest);
        let cookie = format!(
            "{}={}; Path=/_mock; HttpOnly; SameSite=Strict",
            cookie_name(origin),
            digest.to_hex()
        );
        HeaderValue::from_str(&cookie).ok().filter(|_| known)
    }
}

fn shows(request: &Request, token: &TokenDigest) -> bool {
    let headers = request.headers();
    let presented = headers
        .get(CONTROL_TOKEN_HEADER)
        .and_then(|value| value.to_str().ok());
    match presented {
        Some(presented) => PresentedToken::new(presented).digest() == *token,
        None => cookie(headers, &cookie_name(&Origin::of(request)))
            .and_then(TokenDigest::parse)
            .is_some_and(|digest| digest == *token),
    }
}

/// Whether a name can only mean a machine that the sender itself chose. A name with a full stop may belong to a page
/// on the internet that has been pointed at this machine (DNS rebinding).
pub fn is_of_this_machine(host: &str) -> bool {
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
