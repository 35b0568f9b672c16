//! Signing in and out. The log-in page stands in for the tenant's identity provider: whoever is chosen is
//! believed, because an emulator on one's own machine has no passwords to guard.

use super::users::{self, RoleSummary};
use super::{Context, TenantHandle};
use crate::domain::error::{DomainError, Fault, Resource};
use crate::domain::ids::UserId;
use crate::domain::policy::{self, Credential};
use crate::domain::secret::{CsrfToken, MintedToken};
use crate::domain::session::Session;
use crate::domain::tenant::Tenant;
use crate::domain::user::{User, UserField, UserStatus};

/// Begins a session for the user with this e-mail address, subject or id, and returns the cookie's value. An
/// invited user thereby accepts the invitation.
///
/// # Errors
/// When there is no such user, or the user may not sign in.
pub fn sign_in(handle: &TenantHandle, who: &str) -> Result<MintedToken, DomainError> {
    let csrf = CsrfToken::random(handle.entropy());
    let now = handle.clock().now();
    let mut tenant = handle.write();
    let cookie = MintedToken::session(tenant.id(), handle.entropy());
    let Some(user) = find(&tenant, who) else {
        let sentence = "No user of this tenant has this e-mail address, subject or id.";
        return Err(DomainError::invalid(Fault::in_parameter("user", sentence)));
    };
    let permit = policy::sign_in(user, now)?;
    let mut user = user.clone();
    let session = Session::begin(user.id.clone(), csrf, tenant.auth_settings().sessions, now);
    if user.status != UserStatus::Active {
        user.status = UserStatus::Active;
        user.invite_expiry = None;
        user.last_updated_at = now;
        // Neither the subject nor the address has changed, so nothing can clash.
        let _ = tenant.put_user(&permit, user);
    }
    tenant.begin_session(&permit, cookie.digest(), session, now);
    Ok(cookie)
}

/// Users whom the log-in page offers.
#[derive(Clone, Debug)]
pub struct Candidates {
    /// Some of them, by name.
    pub users: Vec<Candidate>,
    /// How many there are in all.
    pub total: usize,
}

/// A user whom the log-in page offers.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The user.
    pub user: User,
    /// The roles, through groups too.
    pub roles: Vec<RoleSummary>,
}

/// Those whose name, e-mail address, subject or id contains `search`, letter case aside; at most `limit` of them.
/// An empty search finds everybody but the deleted.
pub fn candidates(handle: &TenantHandle, search: &str, limit: usize) -> Candidates {
    let search = search.to_lowercase();
    let contains = |text: &str| text.to_lowercase().contains(&search);
    let tenant = handle.read();
    let users = tenant.users();
    let found = |user: &&User| {
        user.status != UserStatus::Deleted
            && !user.is_bot()
            && (search.is_empty()
                || [user.name.as_str(), &user.subject, user.id.as_str()]
                    .into_iter()
                    .any(contains)
                || user.email.as_deref().is_some_and(contains))
    };
    let candidate = |user: &User| Candidate {
        user: user.clone(),
        roles: tenant.roles_of(user).map(users::summary).collect(),
    };
    let by_name = users.orders().ascending(UserField::Name, users.iter());
    Candidates {
        total: users.iter().filter(found).count(),
        users: by_name
            .filter_map(|id| users.get(id))
            .filter(found)
            .take(limit)
            .map(candidate)
            .collect(),
    }
}

/// Ends the session that the caller came with.
pub fn sign_out(context: &Context) {
    if let Credential::Session(cookie) = &context.caller.credential {
        context.tenant.write().end_session(cookie);
    }
}

/// The CSRF token of the session that the caller came with.
///
/// # Errors
/// When the caller came with another credential, which needs no such token.
pub fn csrf_token(context: &Context) -> Result<CsrfToken, DomainError> {
    match &context.caller.credential {
        Credential::ApiKey(_) | Credential::AccessToken { .. } => Err(DomainError::CsrfTokenNotSupported),
        Credential::Session(cookie) => {
            let tenant = context.tenant.read();
            let session = tenant.session(cookie, context.now);
            session
                .map(|session| session.csrf.clone())
                .ok_or(DomainError::NotFound(Resource::Session))
        }
    }
}

/// The user with this e-mail address, subject or id, unless deleted.
pub(super) fn find<'t>(tenant: &'t Tenant, who: &str) -> Option<&'t User> {
    let users = tenant.users();
    users
        .with_email(who)
        .or_else(|| users.with_subject(who))
        .or_else(|| UserId::parse(who).and_then(|id| users.present(&id)))
}
