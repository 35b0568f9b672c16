//! Credentials for tests that are about something else: for any user, whatever the rules of the tenant say.

use super::{TenantHandle, sessions};
use crate::domain::api_key::{ApiKey, KeySubject};
use crate::domain::clock::Timestamp;
use crate::domain::duration::Iso8601Duration;
use crate::domain::entropy::Entropy;
use crate::domain::error::{DomainError, Fault};
use crate::domain::ids::{ApiKeyId, TenantId, UserId};
use crate::domain::policy;
use crate::domain::secret::{ApiKeyClaims, CsrfToken, MintedToken, SigningKey};
use crate::domain::session::Session;
use crate::domain::tenant::Tenant;

/// What a key is to be like.
#[derive(Clone, Debug)]
pub struct KeyWish {
    /// What it is called.
    pub description: String,
    /// How long it lasts, whatever the tenant's maximum.
    pub expiry: Iso8601Duration,
}

impl Default for KeyWish {
    /// A year.
    fn default() -> Self {
        Self {
            description: "Made by the control API".to_owned(),
            expiry: Iso8601Duration::days(365),
        }
    }
}

/// A key that has just been made, with its token.
#[derive(Debug)]
pub struct MadeKey {
    /// The key.
    pub key: ApiKey,
    /// The token, for the one answer that shows it.
    pub token: MintedToken,
}

/// A session that has just begun.
#[derive(Debug)]
pub struct MadeSession {
    /// Whose it is.
    pub user: UserId,
    /// The value of its cookie.
    pub cookie: MintedToken,
    /// Its CSRF token.
    pub csrf: CsrfToken,
}

/// Makes a key for the user with this e-mail address, subject or id: without the permission, above the maxima, and
/// even where keys are switched off. Whether it then opens anything is up to the tenant, as with any key.
///
/// # Errors
/// When there is no such user, or the expiry lies outside of the calendar.
pub fn key(handle: &TenantHandle, who: &str, wish: KeyWish) -> Result<MadeKey, DomainError> {
    let now = handle.clock().now();
    let (owner, signing_key, tenant_id) = {
        let tenant = handle.read();
        (user(&tenant, who)?, tenant.signing_key(), tenant.id().clone())
    };
    // Signed without a lock.
    let made = mint(&tenant_id, &signing_key, &owner, wish, now, handle.entropy())?;
    let mut tenant = handle.write();
    user(&tenant, owner.as_str())?;
    tenant.insert_api_key(&policy::by_the_operator(), made.key.clone());
    Ok(made)
}

/// Begins a session for the user with this e-mail address, subject or id, even if the invitation has passed its
/// expiry.
///
/// # Errors
/// When there is no such user.
pub fn session(handle: &TenantHandle, who: &str) -> Result<MadeSession, DomainError> {
    let csrf = CsrfToken::random(handle.entropy());
    let now = handle.clock().now();
    let mut tenant = handle.write();
    let cookie = MintedToken::session(tenant.id(), handle.entropy());
    let user = user(&tenant, who)?;
    let settings = tenant.auth_settings().sessions;
    let session = Session::begin(user.clone(), csrf.clone(), settings, now);
    tenant.begin_session(&policy::by_the_operator(), cookie.digest(), session, now);
    Ok(MadeSession { user, cookie, csrf })
}

/// Signs a key that is in no tenant yet.
pub(super) fn mint(
    tenant: &TenantId,
    signing_key: &SigningKey,
    owner: &UserId,
    wish: KeyWish,
    now: Timestamp,
    entropy: &Entropy,
) -> Result<MadeKey, DomainError> {
    let expiry = wish
        .expiry
        .after(now)
        .ok_or_else(|| DomainError::invalid(Fault::at("/expiry", "Ends outside of the calendar.")))?;
    let id = ApiKeyId::new(entropy.uuid());
    let subject = KeySubject::User(owner.clone());
    let token = signing_key.mint(&ApiKeyClaims {
        sub_type: subject.sub_type(),
        tenant_id: tenant,
        id,
        subject: subject.as_str(),
        issued_at: now,
    });
    let key = ApiKey {
        id,
        digest: token.digest(),
        description: wish.description,
        subject,
        created_by: owner.clone(),
        created: now,
        last_updated: now,
        expiry,
        revoked: false,
    };
    Ok(MadeKey { key, token })
}

fn user(tenant: &Tenant, who: &str) -> Result<UserId, DomainError> {
    let user = sessions::find(tenant, who).ok_or_else(|| {
        let sentence = "No user of this tenant has this e-mail address, subject or id.";
        DomainError::invalid(Fault::at("/user", sentence))
    })?;
    Ok(user.id.clone())
}
