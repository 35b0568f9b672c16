//! Who a client is: by its secret, or by an assertion that it has signed.

use chrono::TimeDelta;
use serde_json::{Map, Value};

use crate::domain::clock::Timestamp;
use crate::domain::ids::OAuthClientId;
use crate::domain::oauth::client::{AuthMethod, OAuthClient};
use crate::domain::oauth::refusal::OAuthRefusal;
use crate::domain::secret::{PresentedToken, TokenDigest};
use crate::ops::TenantHandle;

/// The only type of assertion (RFC 7523).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long an assertion may last (documented).
const LONGEST_ASSERTION: TimeDelta = TimeDelta::minutes(5);

/// How far the clock of a client may be ahead. Our choice.
const LEEWAY: TimeDelta = TimeDelta::minutes(1);

/// What a client sends to prove who it is.
#[derive(Debug)]
pub enum ClientProof<'r> {
    /// Nothing.
    None,
    /// A secret.
    Secret(PresentedToken<'r>),
    /// A JWT that it has signed, and of which type it says that it is.
    Assertion {
        /// The JWT.
        assertion: PresentedToken<'r>,
        /// `client_assertion_type`.
        kind: &'r str,
    },
}

impl ClientProof<'_> {
    /// The client that an assertion says it is of, where the request names none.
    pub(super) fn claimed_client(&self) -> Option<OAuthClientId> {
        match self {
            Self::Assertion { assertion, .. } => {
                let assertion = assertion.as_jwt().ok()?;
                OAuthClientId::parse(assertion.claimed_issuer()?)
            }
            Self::None | Self::Secret(_) => None,
        }
    }
}

/// An assertion that must not be taken a second time.
pub(super) struct UsedAssertion {
    pub(super) digest: TokenDigest,
    pub(super) expiry: Timestamp,
}

/// Checks what a client sends to prove who it is. A public client has nothing to prove. `endpoint` is the address that
/// an assertion must be made for.
pub(super) fn authenticate(
    handle: &TenantHandle,
    client: &OAuthClient,
    proof: &ClientProof<'_>,
    endpoint: &str,
    now: Timestamp,
) -> Result<Option<UsedAssertion>, OAuthRefusal> {
    if !client.app_type.is_confidential() {
        return Ok(None);
    }
    match proof {
        ClientProof::None => Err(OAuthRefusal::NoClientAuthentication),
        ClientProof::Secret(secret) => {
            require_method(client, AuthMethod::ClientSecret)?;
            let digest = secret.digest();
            let good = client.secrets.iter().any(|known| known.digest == digest);
            good.then_some(None).ok_or(OAuthRefusal::WrongSecret)
        }
        ClientProof::Assertion { assertion, kind } => {
            if *kind != ASSERTION_TYPE {
                return Err(OAuthRefusal::AssertionType);
            }
            require_method(client, AuthMethod::PrivateKeyJwt)?;
            let claims = verified(client, assertion)?;
            let used = check_claims(client, &claims, endpoint, now)?;
            if handle.read().oauth_tokens().knows_assertion(&used.digest) {
                return Err(OAuthRefusal::AssertionReplayed);
            }
            Ok(Some(used))
        }
    }
}

fn require_method(client: &OAuthClient, method: AuthMethod) -> Result<(), OAuthRefusal> {
    if client.may_authenticate_by(method) {
        Ok(())
    } else {
        Err(OAuthRefusal::AuthMethodNotAllowed)
    }
}

/// The claims of an assertion, if a key of the client has signed it. The `kid` is required by the reference and left
/// out by the tutorial: without one, every key is tried.
fn verified(
    client: &OAuthClient,
    assertion: &PresentedToken<'_>,
) -> Result<Map<String, Value>, OAuthRefusal> {
    let malformed = |_| OAuthRefusal::AssertionMalformed;
    let asked = assertion.as_jwt().map_err(malformed)?.key_id().map(str::to_owned);
    for key in &client.settings.public_keys {
        if asked.as_ref().is_some_and(|asked| *asked != key.id) {
            continue;
        }
        if let Ok(claims) = assertion.as_jwt().map_err(malformed)?.verify(&key.key) {
            return Ok(claims);
        }
    }
    Err(OAuthRefusal::AssertionSignature)
}

fn check_claims(
    client: &OAuthClient,
    claims: &Map<String, Value>,
    endpoint: &str,
    now: Timestamp,
) -> Result<UsedAssertion, OAuthRefusal> {
    let malformed = OAuthRefusal::AssertionMalformed;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let instant = |name: &str| {
        let seconds = claims.get(name).and_then(Value::as_f64)?;
        Timestamp::from_timestamp_millis((seconds * 1000.0) as i64)
    };
    let id = Some(client.id.as_str());
    if text("iss") != id || text("sub") != id {
        return Err(OAuthRefusal::AssertionSubject);
    }
    let is_for_us = match claims.get("aud") {
        Some(Value::String(audience)) => audience == endpoint,
        Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == endpoint),
        _ => false,
    };
    if !is_for_us {
        return Err(OAuthRefusal::AssertionAudience);
    }
    let issued_at = instant("iat").ok_or(malformed)?;
    let expiry = instant("exp").ok_or(malformed)?;
    let not_before = instant("nbf").unwrap_or(issued_at);
    if expiry <= now || issued_at.max(not_before) > now + LEEWAY || expiry - issued_at > LONGEST_ASSERTION {
        return Err(OAuthRefusal::AssertionWindow);
    }
    let id = text("jti").filter(|id| !id.is_empty()).ok_or(malformed)?;
    Ok(UsedAssertion {
        digest: PresentedToken::new(&format!("{}\n{id}", client.id)).digest(),
        expiry,
    })
}
