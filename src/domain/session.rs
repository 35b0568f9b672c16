//! Browser sessions: begun by signing in, carried by the cookie `eas.sid`, ended by time or by signing out.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};

use super::clock::Timestamp;
use super::ids::{ApiKeyId, OAuthClientId, UserId};
use super::secret::{CsrfToken, MintedToken, TokenDigest};
use super::settings::SessionSettings;

/// A session of a signed-in user.
#[derive(Debug)]
pub struct Session {
    /// Whose session it is.
    pub user: UserId,
    /// The token that every request but a GET must bring.
    pub csrf: CsrfToken,
    begun: Timestamp,
    // Those that were in force when it began: a change is for new sessions only.
    settings: SessionSettings,
    // The token of a key that was made in this session, until it has been shown: for one page and no longer.
    new_key: Option<(ApiKeyId, MintedToken)>,
    // The same for the secret of an OAuth client.
    new_client_secret: Option<(OAuthClientId, MintedToken)>,
    // Moved by requests that only hold the read lock.
    last_seen_milliseconds: AtomicI64,
}

impl Session {
    /// A session that begins at `now` and lasts as long as `settings` say.
    pub fn begin(user: UserId, csrf: CsrfToken, settings: SessionSettings, now: Timestamp) -> Self {
        Self {
            user,
            csrf,
            begun: now,
            settings,
            new_key: None,
            new_client_secret: None,
            last_seen_milliseconds: AtomicI64::new(now.timestamp_millis()),
        }
    }

    /// Whether the session still lasts at `now`.
    pub fn lasts(&self, now: Timestamp) -> bool {
        let idle = now.timestamp_millis() - self.last_seen_milliseconds.load(Ordering::Relaxed);
        now < self.begun + self.settings.max_lifespan()
            && idle < self.settings.inactivity_timeout().num_milliseconds()
    }

    /// When its user signed in.
    pub fn begun(&self) -> Timestamp {
        self.begun
    }

    /// Notes a request at `now`.
    pub fn touch(&self, now: Timestamp) {
        self.last_seen_milliseconds
            .fetch_max(now.timestamp_millis(), Ordering::Relaxed);
    }
}

impl Clone for Session {
    /// The session as a snapshot keeps it: without the token of a new key or the secret of a new client, which are
    /// shown once only.
    fn clone(&self) -> Self {
        let last_seen = self.last_seen_milliseconds.load(Ordering::Relaxed);
        Self {
            user: self.user.clone(),
            csrf: self.csrf.clone(),
            begun: self.begun,
            settings: self.settings,
            new_key: None,
            new_client_secret: None,
            last_seen_milliseconds: AtomicI64::new(last_seen),
        }
    }
}

/// All sessions of a tenant, found by the digest of the cookie's value.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    by_digest: HashMap<TokenDigest, Session>,
}

impl Sessions {
    /// The session of this cookie, if it still lasts.
    pub fn get(&self, digest: &TokenDigest, now: Timestamp) -> Option<&Session> {
        self.by_digest.get(digest).filter(|session| session.lasts(now))
    }

    /// Begins a session, and forgets those that have ended.
    pub(super) fn begin(&mut self, digest: TokenDigest, session: Session, now: Timestamp) {
        self.by_digest.retain(|_, session| session.lasts(now));
        self.by_digest.insert(digest, session);
    }

    /// Keeps the token of a new key for the page that shows it, in the place of one that was never shown.
    pub(super) fn keep_new_key(&mut self, digest: &TokenDigest, id: ApiKeyId, token: MintedToken) {
        if let Some(session) = self.by_digest.get_mut(digest) {
            session.new_key = Some((id, token));
        }
    }

    /// Takes the token of this key, if it has not been taken before.
    pub(super) fn take_new_key(&mut self, digest: &TokenDigest, id: ApiKeyId) -> Option<MintedToken> {
        let slot = &mut self.by_digest.get_mut(digest)?.new_key;
        slot.take_if(|(kept, _)| *kept == id).map(|(_, token)| token)
    }

    /// Keeps the secret of a new OAuth client for the page that shows it.
    pub(super) fn keep_new_client_secret(
        &mut self,
        digest: &TokenDigest,
        id: OAuthClientId,
        secret: MintedToken,
    ) {
        if let Some(session) = self.by_digest.get_mut(digest) {
            session.new_client_secret = Some((id, secret));
        }
    }

    /// Takes the secret of this OAuth client, if it has not been taken before.
    pub(super) fn take_new_client_secret(
        &mut self,
        digest: &TokenDigest,
        id: &OAuthClientId,
    ) -> Option<MintedToken> {
        let slot = &mut self.by_digest.get_mut(digest)?.new_client_secret;
        slot.take_if(|(kept, _)| kept == id).map(|(_, secret)| secret)
    }

    /// Ends a session.
    pub(super) fn end(&mut self, digest: &TokenDigest) {
        self.by_digest.remove(digest);
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::entropy::Entropy;
    use super::*;

    #[test]
    fn a_session_ends_by_inactivity_and_by_age() {
        let settings = SessionSettings {
            inactivity_minutes: 15,
            lifespan_minutes: 60,
        };
        let start = Timestamp::UNIX_EPOCH;
        let user = UserId::parse("somebody").unwrap();
        let session = Session::begin(user, CsrfToken::random(&Entropy::seeded(1)), settings, start);
        let after = |minutes| start + TimeDelta::minutes(minutes);
        assert!(session.lasts(after(14)));
        assert!(!session.lasts(after(15)));
        for minutes in [14, 28, 42, 56] {
            session.touch(after(minutes));
        }
        assert!(session.lasts(after(59)));
        assert!(
            !session.lasts(after(60)),
            "older than its lifespan, though in use"
        );
    }
}
