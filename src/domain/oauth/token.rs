//! What a tenant has issued to its clients: access tokens, refresh tokens, authorization codes. Of each only the digest
//! is kept, so that a request costs a look-up and no check of a signature.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;

use super::super::clock::{Timestamp, later};
use super::super::ids::{OAuthClientId, OAuthTokenId, UserId};
use super::super::secret::TokenDigest;
use super::pkce::CodeChallenge;

/// How long an access token is good (documented).
pub const ACCESS_TOKEN_LIFETIME: TimeDelta = TimeDelta::hours(6);

/// How long a refresh token is good (documented).
pub const REFRESH_TOKEN_LIFETIME: TimeDelta = TimeDelta::days(30);

/// How long a code is good. Our choice; RFC 6749 wants ten minutes at the most.
pub const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(1);

/// How long a token for a web socket or a web resource is good. Our choice.
pub const EXCHANGED_TOKEN_LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// The most good access tokens that a user may have. That there is a maximum is documented, the number is our choice.
pub const MOST_TOKENS_PER_USER: usize = 10_000;

/// How long something that is no longer good is remembered, so that a refusal can say why.
const REMEMBERED: TimeDelta = TimeDelta::days(1);

/// What an access token is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// REST.
    Rest,
    /// To open a web socket.
    WebSocket,
    /// To fetch what a page embeds.
    WebResource,
}

impl Purpose {
    /// The words of the contract for those that are exchanged for.
    pub const WORDS: [(&'static str, Self); 2] =
        [("websocket", Self::WebSocket), ("webresource", Self::WebResource)];
}

/// One authorization: all tokens that come from the same consent, or from the same request of a client for itself.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// The client.
    pub client: OAuthClientId,
    /// For whom it acts.
    pub user: UserId,
    /// How far.
    pub scopes: Vec<String>,
    /// When the user signed in, if the user did.
    pub authenticated_at: Option<Timestamp>,
}

/// Which tokens belong together: refreshed ones to those that they replace.
pub type Family = u128;

/// An access token.
#[derive(Debug)]
pub struct AccessToken {
    /// The id in the list of tokens.
    pub id: OAuthTokenId,
    /// The SHA-256 digest of the token.
    pub digest: TokenDigest,
    /// What it stands for.
    pub authorization: Authorization,
    /// What it is for.
    pub purpose: Purpose,
    /// To which others it belongs.
    pub family: Family,
    /// What the client said of the device.
    pub device_type: Option<String>,
    /// What the client said of the token.
    pub description: Option<String>,
    /// From this instant on it opens nothing.
    pub expiry: Timestamp,
    /// Whether it was revoked.
    pub revoked: bool,
    // Moved by requests that only hold the read lock.
    last_used_milliseconds: AtomicI64,
}

impl AccessToken {
    /// A token that is good from `now` on.
    #[expect(clippy::too_many_arguments, reason = "each is one member of the token")]
    pub fn new(
        id: OAuthTokenId,
        digest: TokenDigest,
        authorization: Authorization,
        purpose: Purpose,
        family: Family,
        (device_type, description): (Option<String>, Option<String>),
        now: Timestamp,
        expiry: Timestamp,
    ) -> Self {
        Self {
            id,
            digest,
            authorization,
            purpose,
            family,
            device_type,
            description,
            expiry,
            revoked: false,
            last_used_milliseconds: AtomicI64::new(now.timestamp_millis()),
        }
    }

    /// Whether it opens anything at `now`.
    pub fn is_good(&self, now: Timestamp) -> bool {
        !self.revoked && now < self.expiry
    }

    /// When it was last used, or issued.
    pub fn last_used(&self) -> Timestamp {
        let milliseconds = self.last_used_milliseconds.load(Ordering::Relaxed);
        Timestamp::from_timestamp_millis(milliseconds).unwrap_or_default()
    }

    /// Notes a request at `now`.
    pub fn touch(&self, now: Timestamp) {
        self.last_used_milliseconds
            .fetch_max(now.timestamp_millis(), Ordering::Relaxed);
    }
}

impl Clone for AccessToken {
    fn clone(&self) -> Self {
        Self {
            id: self.id.clone(),
            authorization: self.authorization.clone(),
            device_type: self.device_type.clone(),
            description: self.description.clone(),
            last_used_milliseconds: AtomicI64::new(self.last_used_milliseconds.load(Ordering::Relaxed)),
            ..*self
        }
    }
}

/// A refresh token.
#[derive(Clone, Debug)]
pub struct RefreshToken {
    /// What it stands for.
    pub authorization: Authorization,
    /// To which others it belongs.
    pub family: Family,
    /// From this instant on it is good for nothing.
    pub expiry: Timestamp,
    /// Whether it was used. It can be used once.
    pub used: bool,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// An authorization code.
#[derive(Clone, Debug)]
pub struct AuthorizationCode {
    /// What it stands for.
    pub authorization: Authorization,
    /// Where it was sent.
    pub redirect_uri: String,
    /// What the client must prove to know, if it said so.
    pub challenge: Option<CodeChallenge>,
    /// To which tokens it leads.
    pub family: Family,
    /// From this instant on it is good for nothing.
    pub expiry: Timestamp,
    /// Whether it was used. It can be used once.
    pub used: bool,
}

/// Everything that a tenant has issued to its clients, found by digest.
#[derive(Clone, Debug, Default)]
pub struct OAuthTokens {
    access: HashMap<TokenDigest, AccessToken>,
    by_id: HashMap<OAuthTokenId, TokenDigest>,
    refresh: HashMap<TokenDigest, RefreshToken>,
    codes: HashMap<TokenDigest, AuthorizationCode>,
    assertions: HashMap<TokenDigest, Timestamp>,
    // What is to be forgotten, the first to go first.
    ends: BTreeSet<(Timestamp, TokenDigest)>,
}

impl OAuthTokens {
    /// The access token with this digest, good or not.
    pub fn access(&self, digest: &TokenDigest) -> Option<&AccessToken> {
        self.access.get(digest)
    }

    /// The access token with this id, good or not.
    pub fn with_id(&self, id: &OAuthTokenId) -> Option<&AccessToken> {
        self.by_id.get(id).and_then(|digest| self.access.get(digest))
    }

    /// All access tokens that are good at `now`, in no order.
    pub fn good(&self, now: Timestamp) -> impl Iterator<Item = &AccessToken> {
        self.access.values().filter(move |token| token.is_good(now))
    }

    /// The refresh token with this digest, good or not.
    pub fn refresh(&self, digest: &TokenDigest) -> Option<&RefreshToken> {
        self.refresh.get(digest)
    }

    /// The code with this digest, good or not.
    pub fn code(&self, digest: &TokenDigest) -> Option<&AuthorizationCode> {
        self.codes.get(digest)
    }

    /// Whether an assertion with this digest of its `jti` was used before and could still be taken.
    pub fn knows_assertion(&self, digest: &TokenDigest) -> bool {
        self.assertions.contains_key(digest)
    }

    /// Adds an access token.
    pub(in crate::domain) fn add_access(&mut self, token: AccessToken, now: Timestamp) {
        self.forget(now);
        self.ends.insert((later(token.expiry, REMEMBERED), token.digest));
        self.by_id.insert(token.id.clone(), token.digest);
        self.access.insert(token.digest, token);
    }

    /// Adds a refresh token.
    pub(in crate::domain) fn add_refresh(
        &mut self,
        digest: TokenDigest,
        token: RefreshToken,
        now: Timestamp,
    ) {
        self.forget(now);
        self.ends.insert((later(token.expiry, REMEMBERED), digest));
        self.refresh.insert(digest, token);
    }

    /// Adds a code.
    pub(in crate::domain) fn add_code(
        &mut self,
        digest: TokenDigest,
        code: AuthorizationCode,
        now: Timestamp,
    ) {
        self.forget(now);
        self.ends.insert((later(code.expiry, REMEMBERED), digest));
        self.codes.insert(digest, code);
    }

    /// Remembers the `jti` of an assertion until it has expired.
    pub(in crate::domain) fn add_assertion(
        &mut self,
        digest: TokenDigest,
        expiry: Timestamp,
        now: Timestamp,
    ) {
        self.forget(now);
        self.ends.insert((expiry, digest));
        self.assertions.insert(digest, expiry);
    }

    /// Notes that a code was used.
    pub(in crate::domain) fn use_code(&mut self, digest: &TokenDigest) {
        if let Some(code) = self.codes.get_mut(digest) {
            code.used = true;
        }
    }

    /// Notes that a refresh token was used.
    pub(in crate::domain) fn use_refresh(&mut self, digest: &TokenDigest) {
        if let Some(token) = self.refresh.get_mut(digest) {
            token.used = true;
        }
    }

    /// Revokes whatever belongs together.
    pub(in crate::domain) fn revoke_family(&mut self, family: Family) {
        self.revoke_where(|of, _| of == family);
    }

    /// Revokes whatever was issued to a client.
    pub(in crate::domain) fn revoke_client(&mut self, client: &OAuthClientId) {
        self.revoke_where(|_, authorization| authorization.client == *client);
    }

    fn revoke_where(&mut self, which: impl Fn(Family, &Authorization) -> bool) {
        for token in self.access.values_mut() {
            token.revoked |= which(token.family, &token.authorization);
        }
        for token in self.refresh.values_mut() {
            token.revoked |= which(token.family, &token.authorization);
        }
        self.codes
            .retain(|_, code| code.used || !which(code.family, &code.authorization));
    }

    /// Forgets what has not been good for long.
    fn forget(&mut self, now: Timestamp) {
        while let Some((end, digest)) = self.ends.first().copied()
            && end <= now
        {
            self.ends.pop_first();
            self.refresh.remove(&digest);
            self.codes.remove(&digest);
            self.assertions.remove(&digest);
            if let Some(token) = self.access.remove(&digest) {
                self.by_id.remove(&token.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::entropy::Entropy;
    use super::super::super::secret::MintedToken;
    use super::*;

    #[test]
    fn what_has_expired_is_remembered_for_a_day_and_then_forgotten() {
        let entropy = Entropy::seeded(1);
        let mut tokens = OAuthTokens::default();
        let issue = |tokens: &mut OAuthTokens, now: Timestamp| {
            let digest = MintedToken::opaque(&entropy).digest();
            let authorization = Authorization {
                client: OAuthClientId::draw(&entropy),
                user: UserId::draw(&entropy, now),
                scopes: Vec::new(),
                authenticated_at: None,
            };
            let id = OAuthTokenId::draw(&entropy, now);
            let expiry = now + ACCESS_TOKEN_LIFETIME;
            let none = (None, None);
            let token = AccessToken::new(
                id.clone(),
                digest,
                authorization,
                Purpose::Rest,
                1,
                none,
                now,
                expiry,
            );
            tokens.add_access(token, now);
            (id, digest)
        };
        let start = Timestamp::UNIX_EPOCH;
        let (id, digest) = issue(&mut tokens, start);
        let expired = start + ACCESS_TOKEN_LIFETIME;
        assert!(
            tokens
                .access(&digest)
                .unwrap()
                .is_good(expired - TimeDelta::milliseconds(1))
        );
        assert!(!tokens.access(&digest).unwrap().is_good(expired));
        issue(&mut tokens, expired + TimeDelta::hours(23));
        assert!(tokens.with_id(&id).is_some());
        issue(&mut tokens, expired + TimeDelta::hours(24));
        assert!(tokens.with_id(&id).is_none() && tokens.access(&digest).is_none());
        assert_eq!(tokens.access.len(), 2);
    }
}
