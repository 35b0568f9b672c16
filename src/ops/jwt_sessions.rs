//! Sessions for whoever brings a token of a JWT provider. The users that it names are made and kept up to date by
//! that.

use chrono::TimeDelta;

use super::{TenantHandle, groups};
use crate::domain::clock::Timestamp;
use crate::domain::entropy::Entropy;
use crate::domain::error::{Denial, DomainError, Refusal};
use crate::domain::identity_provider::IdentityProvider;
use crate::domain::ids::{IdentityProviderId, UserId};
use crate::domain::jwt::{PublicKey, UnverifiedJwt};
use crate::domain::jwt_session::{JwtRefusal, SessionClaims};
use crate::domain::policy;
use crate::domain::secret::{CsrfToken, MintedToken};
use crate::domain::session::Session;
use crate::domain::tenant::{Tenant, TenantStatus};
use crate::domain::user::{User, UserStatus};

/// A session that has just begun.
#[derive(Debug)]
pub struct JwtSession {
    /// The value of its cookie.
    pub cookie: MintedToken,
    /// Its CSRF token.
    pub csrf: CsrfToken,
}

/// Begins a session for the user that a token names. A user who is new is made; name, address and groups of one who
/// is not become what the token says. A token is taken once.
///
/// # Errors
/// Why the token begins no session; nothing has changed then.
pub fn begin(handle: &TenantHandle, token: Option<&str>) -> Result<JwtSession, DomainError> {
    let now = handle.clock().now();
    let jwt = UnverifiedJwt::parse(token.ok_or(JwtRefusal::Missing)?).map_err(JwtRefusal::from)?;
    let issuer = issuer(&handle.read(), &jwt)?;
    // Verified without a lock.
    let claims = jwt.verify(&issuer.key).map_err(JwtRefusal::from)?;
    let claims = SessionClaims::read(&claims, issuer.tolerance, now)?;
    let csrf = CsrfToken::random(handle.entropy());
    let mut tenant = handle.write();
    let cookie = MintedToken::session(tenant.id(), handle.entropy());
    let providers = tenant.identity_providers();
    // It may have gone while nobody held the lock.
    let provider = providers.get(&issuer.id).ok_or(JwtRefusal::UnknownIssuer)?;
    require_active(provider)?;
    if providers.has_taken(&issuer.id, &claims.token_id, now) {
        return Err(JwtRefusal::Replayed.into());
    }
    let mut user = user(&tenant, &claims, handle.entropy(), now);
    let permit = policy::sign_in(&user, now).map_err(|denial| match denial {
        Denial::InviteExpired => JwtRefusal::InviteExpired,
        _ => JwtRefusal::UserDisabled,
    })?;
    let session = Session::begin(
        user.id.clone(),
        csrf.clone(),
        tenant.auth_settings().sessions,
        now,
    );
    user.status = UserStatus::Active;
    user.invite_expiry = None;
    if let Some(names) = &claims.groups {
        groups::follow_identity_provider(&mut tenant, &permit, &mut user, names, handle.entropy(), now);
    }
    if tenant.users().get(&user.id) != Some(&user) {
        user.last_updated_at = now;
    }
    // Whoever else has the address keeps it, so nothing can clash.
    let _ = tenant.put_user(&permit, user);
    tenant.take_jwt(&permit, &issuer.id, claims.token_id, claims.good_until, now);
    tenant.begin_session(&permit, cookie.digest(), session, now);
    Ok(JwtSession { cookie, csrf })
}

/// Whose token it is, by its own word.
struct Issuer {
    id: IdentityProviderId,
    key: PublicKey,
    tolerance: TimeDelta,
}

fn issuer(tenant: &Tenant, jwt: &UnverifiedJwt<'_>) -> Result<Issuer, Refusal> {
    if tenant.profile().status == TenantStatus::Disabled {
        return Err(Refusal::TenantDisabled);
    }
    let claimed = jwt.claimed_issuer().unwrap_or_default();
    let mut providers = tenant.identity_providers().issuing(claimed).peekable();
    if providers.peek().is_none() {
        return Err(JwtRefusal::UnknownIssuer.into());
    }
    let (provider, jwt) = providers
        .find(|(_, issuer)| jwt.key_id() == Some(&issuer.key_id))
        .ok_or(JwtRefusal::UnknownKey)?;
    require_active(provider)?;
    Ok(Issuer {
        id: provider.id.clone(),
        key: jwt.key.clone(),
        tolerance: TimeDelta::seconds(provider.clock_tolerance_seconds.into()),
    })
}

fn require_active(provider: &IdentityProvider) -> Result<(), JwtRefusal> {
    if provider.active {
        Ok(())
    } else {
        Err(JwtRefusal::ProviderInactive)
    }
}

/// The user that a token names, as the token has it: the one with its subject, else the one with its address if the
/// provider has verified that, else a new one.
fn user(tenant: &Tenant, claims: &SessionClaims, entropy: &Entropy, now: Timestamp) -> User {
    let users = tenant.users();
    let by_email = users.with_email(&claims.email).filter(|_| claims.email_verified);
    let known = users.with_subject(&claims.subject).or(by_email);
    let new = || User {
        id: UserId::draw(entropy, now),
        subject: claims.subject.clone(),
        name: claims.name.clone(),
        email: None,
        status: UserStatus::Active,
        picture: None,
        locale: None,
        zoneinfo: None,
        preferred_locale: None,
        preferred_zoneinfo: None,
        assigned_roles: Vec::new(),
        assigned_groups: Vec::new(),
        invite_expiry: None,
        created_at: now,
        last_updated_at: now,
    };
    let before = known.cloned().unwrap_or_else(new);
    let free = users
        .with_email(&claims.email)
        .is_none_or(|holder| holder.id == before.id);
    let email = free
        .then(|| claims.email.clone())
        .or_else(|| before.email.clone());
    User {
        subject: claims.subject.clone(),
        name: claims.name.clone(),
        email,
        ..before
    }
}
