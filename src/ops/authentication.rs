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
use crate::domain::tenant::{Tenant, TenantStatus};
use crate::domain::user::UserStatus;

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
    require_active(&tenant, &found.authorization.user)?;
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
    let identity = match &key.subject {
        KeySubject::ExternalClient(name) => Identity::ExternalClient(name.clone()),
        KeySubject::User(id) => Identity::User(id.clone()),
    };
    if let Identity::User(id) = &identity {
        require_active(tenant, id)?;
    }
    if !tenant.api_keys_enabled() {
        return Err(Refusal::KeysSwitchedOff);
    }
    if let Identity::User(id) = &identity
        && !tenant
            .users()
            .present(id)
            .is_some_and(|user| tenant.may_hold_keys(user))
    {
        return Err(Refusal::PermissionGone);
    }
    Ok(Caller {
        identity,
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
    require_active(&tenant, &session.user)?;
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
        match self.tenant.read().profile().status {
            TenantStatus::Active => Ok(()),
            TenantStatus::Disabled => Err(Refusal::TenantDisabled),
        }
    }
}

fn require_active(tenant: &Tenant, id: &UserId) -> Result<(), Refusal> {
    match tenant.users().get(id).map(|user| user.status) {
        None | Some(UserStatus::Deleted) => Err(Refusal::OwnerDeleted),
        Some(UserStatus::Disabled) => Err(Refusal::OwnerDisabled),
        Some(UserStatus::Active | UserStatus::Invited | UserStatus::Provisioned) => Ok(()),
    }
}

fn why_unknown(tenant: &Tenant, token: &PresentedToken<'_>) -> Refusal {
    match token.claimed_tenant() {
        Err(_) => Refusal::Malformed,
        Ok(Some(claimed)) if claimed != *tenant.id() => Refusal::WrongTenant,
        Ok(_) => Refusal::Unknown,
    }
}
