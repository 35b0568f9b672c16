//! `POST /oauth/token`: the five grants.

use super::client_authentication::{ClientProof, UsedAssertion, authenticate};
use crate::domain::clock::{Timestamp, later};
use crate::domain::entropy::Entropy;
use crate::domain::error::DomainError;
use crate::domain::ids::{OAuthClientId, OAuthTokenId, UserId};
use crate::domain::oauth::client::{ExtraGrant, OAuthClient};
use crate::domain::oauth::refusal::OAuthRefusal;
use crate::domain::oauth::scope::{self, OFFLINE_ACCESS};
use crate::domain::oauth::token::{
    ACCESS_TOKEN_LIFETIME, AccessToken, Authorization, EXCHANGED_TOKEN_LIFETIME, Family, Purpose,
    REFRESH_TOKEN_LIFETIME, RefreshToken,
};
use crate::domain::policy::{self, Permit};
use crate::domain::role::TENANT_ADMIN;
use crate::domain::secret::{AccessTokenClaims, MintedToken, PresentedToken, TokenDigest};
use crate::domain::tenant::Tenant;
use crate::domain::user::{BOT_SUBJECT, User};
use crate::ops::TenantHandle;

/// What a client asks for tokens with.
#[derive(Debug)]
pub struct TokenRequest<'r> {
    /// How it comes to ask.
    pub grant: Grant<'r>,
    /// Who it says that it is. A refresh token and an assertion say so themselves.
    pub client_id: Option<&'r str>,
    /// How it proves that.
    pub proof: ClientProof<'r>,
    /// What it says of the device.
    pub device_type: Option<&'r str>,
    /// What it says of the token.
    pub description: Option<&'r str>,
}

/// How a client comes to ask for tokens.
#[derive(Debug)]
pub enum Grant<'r> {
    /// For itself.
    ClientCredentials {
        /// How far; as far as it may if not given.
        scope: Option<&'r str>,
    },
    /// With a code that a browser brought back.
    AuthorizationCode {
        /// The code.
        code: PresentedToken<'r>,
        /// Where the browser brought it.
        redirect_uri: &'r str,
        /// What was announced when the code was asked for.
        verifier: Option<PresentedToken<'r>>,
    },
    /// With a refresh token.
    RefreshToken {
        /// The token.
        token: PresentedToken<'r>,
    },
    /// With an access token, for one of another purpose.
    TokenExchange {
        /// The token.
        subject_token: PresentedToken<'r>,
        /// The purpose.
        purpose: Purpose,
    },
    /// As a user, who is not asked.
    UserImpersonation {
        /// How far; as far as it may if not given.
        scope: Option<&'r str>,
        /// As whom.
        user: UserLookup<'r>,
    },
}

/// How a user is named.
#[derive(Clone, Copy, Debug)]
pub enum UserLookup<'r> {
    /// By subject.
    Subject(&'r str),
    /// By id.
    Id(&'r str),
}

/// Tokens that have just been issued.
#[derive(Debug)]
pub struct IssuedTokens {
    /// The access token.
    pub access_token: MintedToken,
    /// The refresh token, if there is one.
    pub refresh_token: Option<MintedToken>,
    /// How far they reach.
    pub scopes: Vec<String>,
    /// When the access token is issued.
    pub issued_at: Timestamp,
    /// When the access token expires.
    pub expires_at: Timestamp,
    /// When the user signed in, if the user did.
    pub authenticated_at: Option<Timestamp>,
    /// Whether the token was exchanged for another.
    pub exchanged: bool,
}

/// Issues tokens. `origin` is that of the tenant, as the client named it.
///
/// # Errors
/// Why nothing is issued. A code or a refresh token that is used for the second time takes back what came of the first.
pub fn issue(
    handle: &TenantHandle,
    request: &TokenRequest<'_>,
    origin: &str,
) -> Result<IssuedTokens, DomainError> {
    let now = handle.clock().now();
    let client = client_of(&handle.read(), request)?;
    // An exchange is published without any proof: whoever has the token may exchange it.
    let used = match request.grant {
        Grant::TokenExchange { .. } => None,
        _ => {
            let endpoint = format!("{origin}/oauth/token");
            authenticate(handle, &client, &request.proof, &endpoint, now)?
        }
    };
    let lifetime = match request.grant {
        Grant::TokenExchange { .. } => EXCHANGED_TOKEN_LIFETIME,
        _ => ACCESS_TOKEN_LIFETIME,
    };
    let expires_at = later(now, lifetime);
    let (signing_key, tenant_id) = {
        let tenant = handle.read();
        (tenant.signing_key(), tenant.id().clone())
    };
    let claims = AccessTokenClaims {
        tenant_id: &tenant_id,
        audience: origin,
        issued_at: now,
        expires_at,
    };
    // Nothing in the token depends on what is decided below, so it is signed without a lock.
    let access_token = signing_key.mint_access_token(&claims, handle.entropy());
    let refresh_token = MintedToken::opaque(handle.entropy());

    let mut tenant = handle.write();
    // A client may have been changed or deleted since.
    let client = tenant
        .oauth_clients()
        .get(&client.id)
        .cloned()
        .ok_or(OAuthRefusal::UnknownClient)?;
    if let Some(UsedAssertion { digest, expiry }) = used {
        if tenant.oauth_tokens().knows_assertion(&digest) {
            return Err(OAuthRefusal::AssertionReplayed.into());
        }
        tenant.use_assertion(digest, expiry, now);
    }
    let granted = grant(handle, &mut tenant, &client, request, now)?;
    let permit = admit(&tenant, &granted.authorization.user, now)?;
    // Only now, so that a refusal costs the client nothing.
    match &granted.spends {
        Some(Spent::Code(digest)) => tenant.use_code(digest),
        Some(Spent::RefreshToken(digest)) => tenant.use_refresh_token(digest),
        None => {}
    }
    let scopes = granted.authorization.scopes.clone();
    let authenticated_at = granted.authorization.authenticated_at;
    let refreshes = granted.purpose == Purpose::Rest
        && matches!(
            request.grant,
            Grant::AuthorizationCode { .. } | Grant::RefreshToken { .. }
        )
        && scopes.iter().any(|scope| scope == OFFLINE_ACCESS);
    let refresh = refreshes.then(|| {
        let record = RefreshToken {
            authorization: granted.authorization.clone(),
            family: granted.family,
            expiry: later(now, REFRESH_TOKEN_LIFETIME),
            used: false,
            revoked: false,
        };
        (refresh_token.digest(), record)
    });
    let said = (
        request.device_type.map(str::to_owned),
        request.description.map(str::to_owned),
    );
    let access = AccessToken::new(
        OAuthTokenId::draw(handle.entropy(), now),
        access_token.digest(),
        granted.authorization,
        granted.purpose,
        granted.family,
        said,
        now,
        expires_at,
    );
    tenant.issue_tokens(&permit, access, refresh, now);
    Ok(IssuedTokens {
        access_token,
        refresh_token: refreshes.then_some(refresh_token),
        scopes,
        issued_at: now,
        expires_at,
        authenticated_at,
        exchanged: granted.purpose != Purpose::Rest,
    })
}

fn client_of(tenant: &Tenant, request: &TokenRequest<'_>) -> Result<OAuthClient, OAuthRefusal> {
    let tokens = tenant.oauth_tokens();
    let of_token = || match &request.grant {
        Grant::RefreshToken { token } => tokens
            .refresh(&token.digest())
            .map(|token| token.authorization.client.clone()),
        _ => None,
    };
    let id = match request.client_id {
        Some(id) => OAuthClientId::parse(id),
        None => request.proof.claimed_client().or_else(of_token),
    };
    let client = id.and_then(|id| tenant.oauth_clients().get(&id)).cloned();
    client.ok_or(match (&request.grant, request.client_id) {
        (Grant::RefreshToken { .. }, None) => OAuthRefusal::RefreshTokenUnknown,
        _ => OAuthRefusal::UnknownClient,
    })
}

struct Granted {
    authorization: Authorization,
    purpose: Purpose,
    family: Family,
    spends: Option<Spent>,
}

/// What is good for one token, and no more.
enum Spent {
    Code(TokenDigest),
    RefreshToken(TokenDigest),
}

fn grant(
    handle: &TenantHandle,
    tenant: &mut Tenant,
    client: &OAuthClient,
    request: &TokenRequest<'_>,
    now: Timestamp,
) -> Result<Granted, DomainError> {
    let for_rest = |user: UserId, scopes: Vec<String>| Granted {
        authorization: Authorization {
            client: client.id.clone(),
            user,
            scopes,
            authenticated_at: None,
        },
        purpose: Purpose::Rest,
        family: draw_family(handle),
        spends: None,
    };
    match &request.grant {
        Grant::ClientCredentials { scope } => {
            let permit = policy::act_unasked(client, ExtraGrant::ClientCredentials)?;
            let scopes = scopes_without_asking(client, *scope)?;
            let bot = bot_of(handle.entropy(), tenant, &permit, client, now);
            Ok(for_rest(bot, scopes))
        }
        Grant::UserImpersonation { scope, user } => {
            policy::act_unasked(client, ExtraGrant::UserImpersonation)?;
            let scopes = scopes_without_asking(client, *scope)?;
            let user = match *user {
                UserLookup::Subject(subject) => tenant.users().with_subject(subject),
                UserLookup::Id(id) => UserId::parse(id).and_then(|id| tenant.users().present(&id)),
            };
            let user = user
                .filter(|user| !user.is_bot())
                .ok_or(OAuthRefusal::UserUnknown)?;
            Ok(for_rest(user.id.clone(), scopes))
        }
        Grant::AuthorizationCode {
            code,
            redirect_uri,
            verifier,
        } => Ok(by_code(
            tenant,
            client,
            code,
            redirect_uri,
            verifier.as_ref(),
            now,
        )?),
        Grant::RefreshToken { token } => Ok(by_refresh_token(tenant, client, token, now)?),
        Grant::TokenExchange {
            subject_token,
            purpose,
        } => {
            let subject = tenant
                .oauth_tokens()
                .access(&subject_token.digest())
                .filter(|token| token.is_good(now) && token.purpose == Purpose::Rest)
                .filter(|token| token.authorization.client == client.id)
                .ok_or(OAuthRefusal::SubjectTokenNotGood)?;
            Ok(Granted {
                authorization: subject.authorization.clone(),
                purpose: *purpose,
                family: subject.family,
                spends: None,
            })
        }
    }
}

/// A code is good once, for the client that it was issued to, at the address that it was sent to, and for whoever knows
/// the verifier. A wrong attempt does not use it up; a second use takes back what came of the first (RFC 6749, 4.1.2).
fn by_code(
    tenant: &mut Tenant,
    client: &OAuthClient,
    presented: &PresentedToken<'_>,
    redirect_uri: &str,
    verifier: Option<&PresentedToken<'_>>,
    now: Timestamp,
) -> Result<Granted, OAuthRefusal> {
    let digest = presented.digest();
    let code = tenant
        .oauth_tokens()
        .code(&digest)
        .cloned()
        .ok_or(OAuthRefusal::CodeUnknown)?;
    if code.authorization.client != client.id {
        return Err(OAuthRefusal::CodeOfAnotherClient);
    }
    if code.used {
        tenant.revoke_tokens(code.family);
        return Err(OAuthRefusal::CodeUsed);
    }
    if code.expiry <= now {
        return Err(OAuthRefusal::CodeExpired);
    }
    if code.redirect_uri != redirect_uri {
        return Err(OAuthRefusal::RedirectUriMismatch);
    }
    match (&code.challenge, verifier) {
        (None, None) => {}
        (Some(_), None) => return Err(OAuthRefusal::VerifierMissing),
        (_, Some(verifier)) if !verifier.is_verifier() => return Err(OAuthRefusal::VerifierMissing),
        (Some(challenge), Some(verifier)) if verifier.meets(challenge) => {}
        (_, Some(_)) => return Err(OAuthRefusal::VerifierMismatch),
    }
    Ok(Granted {
        authorization: code.authorization,
        purpose: Purpose::Rest,
        family: code.family,
        spends: Some(Spent::Code(digest)),
    })
}

/// A refresh token is good once, and is replaced by the next. That a second use takes back all that came from the same
/// consent is our choice, as RFC 9700 recommends.
fn by_refresh_token(
    tenant: &mut Tenant,
    client: &OAuthClient,
    presented: &PresentedToken<'_>,
    now: Timestamp,
) -> Result<Granted, OAuthRefusal> {
    let digest = presented.digest();
    let token = tenant
        .oauth_tokens()
        .refresh(&digest)
        .cloned()
        .ok_or(OAuthRefusal::RefreshTokenUnknown)?;
    if token.authorization.client != client.id {
        return Err(OAuthRefusal::RefreshTokenOfAnotherClient);
    }
    if token.revoked {
        return Err(OAuthRefusal::RefreshTokenRevoked);
    }
    if token.used {
        tenant.revoke_tokens(token.family);
        return Err(OAuthRefusal::RefreshTokenUsed);
    }
    if token.expiry <= now {
        return Err(OAuthRefusal::RefreshTokenExpired);
    }
    let mut authorization = token.authorization;
    // What the client may no longer ask for is gone from the next token.
    authorization
        .scopes
        .retain(|scope| client.settings.allowed_scopes.contains(scope));
    Ok(Granted {
        authorization,
        purpose: Purpose::Rest,
        family: token.family,
        spends: Some(Spent::RefreshToken(digest)),
    })
}

/// The scopes of a client that nobody is asked about: those that it asks for, all of which it must be allowed; without
/// any, all that it may have (documented) but for `offline_access`.
fn scopes_without_asking(client: &OAuthClient, asked: Option<&str>) -> Result<Vec<String>, OAuthRefusal> {
    let allowed = &client.settings.allowed_scopes;
    let asked = scope::split(asked.unwrap_or_default());
    if let Some(_unknown) = asked.iter().find(|scope| !allowed.contains(scope)) {
        return Err(OAuthRefusal::ScopeNotAllowed);
    }
    let granted = if asked.is_empty() {
        allowed
            .iter()
            .filter(|scope| *scope != OFFLINE_ACCESS)
            .cloned()
            .collect()
    } else {
        asked
    };
    if granted.is_empty() {
        Err(OAuthRefusal::NoScope)
    } else {
        Ok(granted)
    }
}

/// The user that a client acts as, who appears with the first token (documented): with the client's name, and the role
/// of a tenant admin.
pub(in crate::ops) fn bot_of(
    entropy: &Entropy,
    tenant: &mut Tenant,
    permit: &Permit,
    client: &OAuthClient,
    now: Timestamp,
) -> UserId {
    let subject = format!("{BOT_SUBJECT}{}", client.id);
    if let Some(bot) = tenant.users().with_subject(&subject) {
        return bot.id.clone();
    }
    let id = UserId::draw(entropy, now);
    let admin = tenant.roles().named(TENANT_ADMIN).map(|role| role.id.clone());
    let bot = User {
        assigned_roles: admin.into_iter().collect(),
        ..User::named(id.clone(), subject, client.settings.name.clone(), now)
    };
    // Nobody else has this subject, and a bot has no address that could be taken.
    let _ = tenant.put_user(permit, bot);
    id
}

fn admit(tenant: &Tenant, user: &UserId, now: Timestamp) -> Result<Permit, OAuthRefusal> {
    let good = tenant
        .oauth_tokens()
        .good(now)
        .filter(|token| token.authorization.user == *user)
        .count();
    policy::token_for(tenant.users().get(user), good)
}

pub(super) fn draw_family(handle: &TenantHandle) -> Family {
    Family::from_be_bytes(handle.entropy().bytes())
}
