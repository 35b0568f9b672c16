//! Tokens that clients hold: list them, take them back.

use crate::domain::clock::Timestamp;
use crate::domain::error::{DomainError, Resource};
use crate::domain::ids::{OAuthClientId, OAuthTokenId, TenantId, UserId};
use crate::domain::oauth::token::{AccessToken, Purpose};
use crate::domain::page::{Direction, Limit, Position, Start, paginate};
use crate::domain::policy::{Action, Target};
use crate::domain::secret::PresentedToken;
use crate::ops::{Context, TenantHandle};

/// A token as it is listed.
#[derive(Clone, Debug)]
pub struct TokenView {
    /// The id.
    pub id: OAuthTokenId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The client that holds it.
    pub client_id: OAuthClientId,
    /// The user for whom it speaks.
    pub user_id: UserId,
    /// What the client said of it.
    pub description: Option<String>,
    /// What the client said of the device.
    pub device_type: Option<String>,
    /// When it was last used, or issued.
    pub last_used: Timestamp,
}

/// Which tokens to list.
#[derive(Clone, Debug)]
pub struct ListTokens {
    /// Only those of this user.
    pub user_id: Option<String>,
    /// In which direction.
    pub direction: Direction,
    /// At most so many.
    pub limit: Limit,
    /// From here on.
    pub start: Start<'static>,
}

/// One page of tokens.
#[derive(Clone, Debug)]
pub struct TokenPage {
    /// The tokens.
    pub tokens: Vec<TokenView>,
    /// Where the next page begins.
    pub next: Option<Position<'static>>,
    /// Where the previous page ends.
    pub previous: Option<Position<'static>>,
}

/// Lists the good tokens by user: those of everybody for a tenant admin, the own ones for anybody else (documented).
///
/// # Errors
/// When the caller may not.
pub fn list(context: &Context, query: &ListTokens) -> Result<TokenPage, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ListOAuthTokens, Target::Own)?;
    let sees_all = context
        .require(&tenant, Action::ListOAuthTokens, Target::Other)
        .is_ok();
    let own = context.caller.user_id();
    let wanted = tenant
        .oauth_tokens()
        .good(context.now)
        .filter(|token| token.purpose == Purpose::Rest)
        .filter(|token| sees_all || own == Some(&token.authorization.user))
        .filter(|token| {
            query
                .user_id
                .as_deref()
                .is_none_or(|user| token.authorization.user.as_str() == user)
        });
    let position = |token: &&AccessToken| {
        Position::new(token.authorization.user.as_str(), token.id.as_str()).into_owned()
    };
    let page = paginate(wanted, position, query.direction, &query.start, query.limit);
    let view = |token: &AccessToken| TokenView {
        id: token.id.clone(),
        tenant_id: tenant.id().clone(),
        client_id: token.authorization.client.clone(),
        user_id: token.authorization.user.clone(),
        description: token.description.clone(),
        device_type: token.device_type.clone(),
        last_used: token.last_used(),
    };
    Ok(TokenPage {
        tokens: page.items.into_iter().map(view).collect(),
        next: page.next.map(Position::into_owned),
        previous: page.previous.map(Position::into_owned),
    })
}

/// Revokes a token by its id, with its refresh token: the client would only fetch another.
///
/// # Errors
/// When there is no good one with this id, or the caller may not.
pub fn revoke(context: &Context, id: &str) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    context.require(&tenant, Action::RevokeOAuthToken, Target::Own)?;
    let token = OAuthTokenId::parse(id)
        .and_then(|id| tenant.oauth_tokens().with_id(&id))
        .filter(|token| token.is_good(context.now))
        .ok_or(DomainError::NotFound(Resource::OAuthToken))?;
    let (family, target) = (token.family, context.caller.target(&token.authorization.user));
    context.require(&tenant, Action::RevokeOAuthToken, target)?;
    tenant.revoke_tokens(family);
    Ok(())
}

/// Revokes the token that is presented, and all that belong to it. One that nobody knows is no error (RFC 7009). That a
/// token takes the others of the same consent with it is our choice, which the RFC allows.
pub fn revoke_presented(handle: &TenantHandle, token: &PresentedToken<'_>) {
    let digest = token.digest();
    let mut tenant = handle.write();
    let tokens = tenant.oauth_tokens();
    let family = tokens
        .access(&digest)
        .map(|token| token.family)
        .or_else(|| tokens.refresh(&digest).map(|token| token.family));
    if let Some(family) = family {
        tenant.revoke_tokens(family);
    }
}
