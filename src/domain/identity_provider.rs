//! Identity providers: whose word a tenant takes for who somebody is.
//!
//! A JWT provider is emulated: whoever brings a token that it has signed gets a session (see [`super::jwt_session`]).
//! OIDC and SAML providers are kept, checked and shown; nobody signs in by one here, because the log-in page stands
//! in for them.

use std::collections::HashMap;
use std::fmt;

use serde_json::{Map, Value};

use super::clock::Timestamp;
use super::ids::IdentityProviderId;
use super::jwt::PublicKey;

mod options;
mod patch;
mod read;

pub use patch::patched;
pub use read::{Draft, LONGEST_DESCRIPTION, MOST_CLOCK_TOLERANCE, Reader};

/// An identity provider, `IDP` in the published contract.
#[derive(Clone, Debug)]
pub struct IdentityProvider {
    /// The id.
    pub id: IdentityProviderId,
    /// What it is for.
    pub description: String,
    /// Whether it is available for use.
    pub active: bool,
    /// By how many seconds its clock may differ from the tenant's.
    pub clock_tolerance_seconds: u16,
    /// What it speaks.
    pub kind: Kind,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub last_updated: Timestamp,
}

impl IdentityProvider {
    /// Whether people sign in by it, in a browser.
    pub fn is_interactive(&self) -> bool {
        match &self.kind {
            Kind::Jwt(_) => false,
            Kind::Federation(federation) => federation.interactive,
        }
    }

    /// The word of the contract for what it speaks.
    pub fn protocol(&self) -> &'static str {
        match &self.kind {
            Kind::Jwt(_) => "jwtAuth",
            Kind::Federation(federation) => federation.protocol.as_str(),
        }
    }

    /// The word of the contract for whose product it is.
    pub fn provider(&self) -> &'static str {
        match &self.kind {
            Kind::Jwt(_) => "external",
            Kind::Federation(federation) => federation.provider,
        }
    }

    /// The options that wait to be verified, if there are any.
    pub fn pending_options(&self) -> Option<&Map<String, Value>> {
        match &self.kind {
            Kind::Jwt(_) => None,
            Kind::Federation(federation) => federation.pending_options.as_ref(),
        }
    }

    /// A hash of the options that wait to be verified, in the form of a UUID: the header `QLIK-IDP-POPTS`.
    pub fn pending_hash(&self) -> uuid::Uuid {
        options::hash(self.pending_options())
    }
}

/// What a provider speaks.
#[derive(Clone, Debug)]
pub enum Kind {
    /// It signs tokens.
    Jwt(JwtIssuer),
    /// OIDC or SAML.
    Federation(Federation),
}

/// Who signs tokens, and with which key.
#[derive(Clone, Debug)]
pub struct JwtIssuer {
    /// The `iss` of its tokens.
    pub issuer: String,
    /// The `kid` of its tokens.
    pub key_id: String,
    /// Its public key, or a certificate with it, as it was given.
    pub pem: String,
    /// The key itself.
    pub key: PublicKey,
}

/// A provider that speaks OIDC or SAML.
#[derive(Clone)]
pub struct Federation {
    /// Which of both.
    pub protocol: FederationProtocol,
    /// Whose product it is.
    pub provider: &'static str,
    /// Whether people sign in by it, in a browser.
    pub interactive: bool,
    /// Whether somebody who is new becomes a user by signing in.
    pub create_new_users: bool,
    /// Where a browser goes after signing out.
    pub post_logout_redirect_uri: Option<String>,
    /// Whatever somebody keeps with it.
    pub meta: Map<String, Value>,
    /// The options in force.
    pub options: Option<Map<String, Value>>,
    /// The options that wait to be verified. Nothing verifies them here.
    pub pending_options: Option<Map<String, Value>>,
}

impl fmt::Debug for Federation {
    /// Of the options only what is shown of them to anybody.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown =
            |options: &Option<Map<String, Value>>| options.as_ref().map(|options| self.shown(options));
        formatter
            .debug_struct("Federation")
            .field("protocol", &self.protocol)
            .field("provider", &self.provider)
            .field("options", &shown(&self.options))
            .field("pending_options", &shown(&self.pending_options))
            .finish_non_exhaustive()
    }
}

impl Federation {
    /// Options as they are shown: without secrets, and without what the contract does not show.
    pub fn shown(&self, options: &Map<String, Value>) -> Map<String, Value> {
        options::shown(options::members(self.protocol, self.interactive), options)
    }
}

/// How a provider that is no JWT provider is spoken to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FederationProtocol {
    /// OpenID Connect.
    Oidc,
    /// SAML 2.0.
    Saml,
}

impl FederationProtocol {
    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Oidc => "OIDC",
            Self::Saml => "SAML",
        }
    }

    /// Whose products may speak it.
    pub fn providers(self) -> &'static [&'static str] {
        match self {
            Self::Oidc => &[
                "auth0",
                "okta",
                "generic",
                "salesforce",
                "keycloak",
                "adfs",
                "azureAD",
            ],
            Self::Saml => &["okta", "generic", "adfs", "azureAD"],
        }
    }
}

/// All identity providers of a tenant, and the ids of tokens that were taken once.
#[derive(Clone, Debug, Default)]
pub struct IdentityProviders {
    by_id: HashMap<IdentityProviderId, IdentityProvider>,
    taken: HashMap<IdentityProviderId, HashMap<String, Timestamp>>,
}

impl IdentityProviders {
    /// The provider with this id.
    pub fn get(&self, id: &IdentityProviderId) -> Option<&IdentityProvider> {
        self.by_id.get(id)
    }

    /// All providers, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &IdentityProvider> {
        self.by_id.values()
    }

    /// The JWT providers with this issuer.
    pub fn issuing<'p>(
        &'p self,
        issuer: &'p str,
    ) -> impl Iterator<Item = (&'p IdentityProvider, &'p JwtIssuer)> {
        self.iter().filter_map(move |provider| match &provider.kind {
            Kind::Jwt(jwt) if jwt.issuer == issuer => Some((provider, jwt)),
            _ => None,
        })
    }

    /// Whether a token with this `jti` was taken from this provider, and could be taken again at `now`.
    pub fn has_taken(&self, provider: &IdentityProviderId, token_id: &str, now: Timestamp) -> bool {
        let until = self.taken.get(provider).and_then(|taken| taken.get(token_id));
        until.is_some_and(|until| now < *until)
    }

    /// Notes that a token was taken which is good until `until`, and forgets those that nobody takes any more.
    pub(super) fn take(
        &mut self,
        provider: &IdentityProviderId,
        token_id: String,
        until: Timestamp,
        now: Timestamp,
    ) {
        let taken = self.taken.entry(provider.clone()).or_default();
        taken.retain(|_, until| now < *until);
        taken.insert(token_id, until);
    }

    /// Adds a provider, or puts a changed one in the place of the old. One interactive provider is active at a time.
    pub(super) fn put(&mut self, provider: IdentityProvider) {
        if provider.active && provider.is_interactive() {
            for other in self.by_id.values_mut().filter(|other| other.is_interactive()) {
                other.active = false;
            }
        }
        self.by_id.insert(provider.id.clone(), provider);
    }

    /// Removes a provider.
    pub(super) fn remove(&mut self, id: &IdentityProviderId) {
        self.by_id.remove(id);
        self.taken.remove(id);
    }
}
