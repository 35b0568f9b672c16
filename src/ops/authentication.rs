//! From a credential to a caller, or to the reason why not.

use std::sync::Arc;

use super::{Context, TenantHandle};
use crate::domain::api_key::{KeyStatus, KeySubject};
use crate::domain::clock::Timestamp;
use crate::domain::error::Refusal;
use crate::domain::ids::UserId;
use crate::domain::oauth::scope::Reach;
use crate::domain::oauth::token::Purpose;
use crate::domain::policy::{Caller, Credential, Identity};
use crate::domain::secret::{CsrfToken, PresentedToken, TokenDigest};
use crate::domain::tenant::Tenant;
use crate::domain::user::{User, UserStatus};

/// Finds the caller behind a bearer token: an API key, or an OAuth access token.
///
/// # Errors
/// Why the token opens nothing.
pub fn by_bearer(handle: &Arc<TenantHandle>, token: &PresentedToken<'_>) -> Result<Context, Refusal> {
    // A state that was taken over from another tenant may hold that tenant's keys.
    if let Some(identity) = &handle.identity
        && let Ok(Some(claimed)) = token.claimed_tenant()
        && claimed != identity.id
    {
        return Err(Refusal::WrongTenant);
    }
    let digest = token.digest();
    let now = handle.clock().now();
    let tenant = handle.read();
    let Some(found) = tenant.oauth_tokens().access(&digest) else {
        let caller = by_api_key(&tenant, token, &digest, now)?;
        return Ok(Context {
            tenant: Arc::clone(handle),
            caller,
            now,
        });
    };
    if found.revoked {
        return Err(Refusal::TokenRevoked);
    }
    if !found.is_good(now) {
        return Err(Refusal::TokenExpired);
    }
    if found.purpose != Purpose::Rest {
        return Err(Refusal::TokenPurpose);
    }
    active(&tenant, &found.authorization.user)?;
    found.touch(now);
    let caller = Caller {
        identity: Identity::User(found.authorization.user.clone()),
        credential: Credential::AccessToken {
            id: found.id.clone(),
            reach: Reach::of(&found.authorization.scopes),
        },
    };
    Ok(Context {
        tenant: Arc::clone(handle),
        caller,
        now,
    })
}

/// Finds the caller behind an API key.
///
/// # Errors
/// Why the key opens nothing.
fn by_api_key(
    tenant: &Tenant,
    token: &PresentedToken<'_>,
    digest: &TokenDigest,
    now: Timestamp,
) -> Result<Caller, Refusal> {
    let Some(key) = tenant.api_keys().with_digest(digest) else {
        return Err(why_unknown(tenant, token));
    };
    match key.status(now) {
        KeyStatus::Expired => return Err(Refusal::KeyExpired),
        KeyStatus::Revoked => return Err(Refusal::KeyRevoked),
        KeyStatus::Active => {}
    }
    let owner = match &key.subject {
        KeySubject::ExternalClient(_) => None,
        KeySubject::User(id) => Some(active(tenant, id)?),
    };
    if !tenant.api_keys_enabled() {
        return Err(Refusal::KeysSwitchedOff);
    }
    if owner.is_some_and(|owner| !tenant.may_hold_keys(owner)) {
        return Err(Refusal::PermissionGone);
    }
    Ok(Caller {
        identity: match &key.subject {
            KeySubject::ExternalClient(name) => Identity::ExternalClient(name.clone()),
            KeySubject::User(id) => Identity::User(id.clone()),
        },
        credential: Credential::ApiKey(key.id),
    })
}

/// Finds the caller behind a session cookie, and the CSRF token that belongs to the session.
///
/// # Errors
/// Why the cookie opens nothing.
pub fn by_session(
    handle: &Arc<TenantHandle>,
    cookie: &PresentedToken<'_>,
) -> Result<(Context, CsrfToken), Refusal> {
    let digest = cookie.digest();
    let now = handle.clock().now();
    let tenant = handle.read();
    let session = tenant.session(&digest, now).ok_or(Refusal::SessionEnded)?;
    active(&tenant, &session.user)?;
    session.touch(now);
    let caller = Caller {
        identity: Identity::User(session.user.clone()),
        credential: Credential::Session(digest),
    };
    Ok((
        Context {
            tenant: Arc::clone(handle),
            caller,
            now,
        },
        session.csrf.clone(),
    ))
}

impl Context {
    /// Refuses everything in a deactivated tenant. Only its reactivation does without this.
    ///
    /// # Errors
    /// [`Refusal::TenantDisabled`].
    pub fn require_open_tenant(&self) -> Result<(), Refusal> {
        if self.tenant.notice.is_open() {
            Ok(())
        } else {
            Err(Refusal::TenantDisabled)
        }
    }
}

fn active<'t>(tenant: &'t Tenant, id: &UserId) -> Result<&'t User, Refusal> {
    let user = tenant.users().get(id).ok_or(Refusal::OwnerDeleted)?;
    match user.status {
        UserStatus::Deleted => Err(Refusal::OwnerDeleted),
        UserStatus::Disabled => Err(Refusal::OwnerDisabled),
        UserStatus::Active | UserStatus::Invited | UserStatus::Provisioned => Ok(user),
    }
}

fn why_unknown(tenant: &Tenant, token: &PresentedToken<'_>) -> Refusal {
    match token.claimed_tenant() {
        Err(_) => Refusal::Malformed,
        Ok(Some(claimed)) if claimed != *tenant.id() => Refusal::WrongTenant,
        Ok(_) => Refusal::Unknown,
    }
}
