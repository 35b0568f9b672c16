//! Who may do what. The only place that knows.
//!
//! A caller is an external client (a SCIM key), or a user. A role counts alike whether it is assigned to the user or
//! to a group that the user is in. A user may be a tenant admin (role `TenantAdmin`), may
//! be allowed to hold API keys (role `Developer` in the classic edition; scope `api-keys` in the current one), may
//! be both or neither. An admin who wants keys of his own needs the permission like everybody else.
//!
//! | what | own | somebody else's, or the tenant's |
//! |---|---|---|
//! | list keys, read a key | any user | tenant admin |
//! | create a key | who may hold keys | tenant admin |
//! | change or delete a key | who may hold keys, or a tenant admin | tenant admin |
//! | read the configuration of keys | | any user |
//! | change the configuration of keys | | tenant admin |
//! | list, filter, read users; read me | | any user |
//! | count, create, invite, delete users | | tenant admin |
//! | change language and time zone of a user | any user | tenant admin |
//! | change anything else of a user | tenant admin | tenant admin |
//! | list, read, create, change, delete roles | | tenant admin |
//! | read or change the settings of signing in | | tenant admin |
//! | list, filter, read groups | | any user |
//! | create, change, delete groups; read and change their settings | | tenant admin |
//! | list, read OAuth clients (in part) | | any user |
//! | create, change, publish, delete OAuth clients, their secrets and connections | | tenant admin |
//! | read the header that the content security policy makes | | any user |
//! | web integrations, entries of the content security policy, IP policies: everything else | | tenant admin |
//! | list, read, create, change, delete identity providers; read their status | | tenant admin |
//! | read the metadata of identity providers | | any user |
//! | list, revoke OAuth tokens | any user | tenant admin |
//! | read the tenant | | any user |
//! | change, deactivate, reactivate the tenant | | tenant admin |
//! | create a tenant | | the bot of a regional client, which is a tenant admin of the register host |
//!
//! An external client may do none of these. What is documented of this table, and what is our choice, is in
//! docs/FIDELITY.md.

use super::clock::Timestamp;
use super::error::Denial;
use super::ids::{ApiKeyId, OAuthTokenId, UserId};
use super::oauth::client::{ExtraGrant, OAuthClient};
use super::oauth::refusal::OAuthRefusal;
use super::oauth::scope::Reach;
use super::oauth::token::MOST_TOKENS_PER_USER;
use super::secret::TokenDigest;
use super::user::{User, UserStatus};

/// What a caller can ask for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    missing_docs,
    reason = "each is named after the operation of the contract that it guards"
)]
pub enum Action {
    ListApiKeys,
    ReadApiKey,
    CreateApiKey,
    UpdateApiKey,
    DeleteApiKey,
    ReadApiKeysConfig,
    UpdateApiKeysConfig,
    ListUsers,
    FilterUsers,
    CountUsers,
    ReadUser,
    ReadMe,
    CreateUser,
    InviteUsers,
    UpdateUser,
    UpdateUserPreferences,
    DeleteUser,
    ListRoles,
    ReadRole,
    CreateRole,
    UpdateRole,
    DeleteRole,
    ReadAuthSettings,
    UpdateAuthSettings,
    ListGroups,
    FilterGroups,
    ReadGroup,
    CreateGroup,
    UpdateGroup,
    DeleteGroup,
    ReadGroupSettings,
    UpdateGroupSettings,
    ListOAuthClients,
    ReadOAuthClient,
    ReadOAuthClientInFull,
    CreateOAuthClient,
    UpdateOAuthClient,
    DeleteOAuthClient,
    ListWebIntegrations,
    ReadWebIntegration,
    CreateWebIntegration,
    UpdateWebIntegration,
    DeleteWebIntegration,
    ListCspEntries,
    ReadCspEntry,
    CreateCspEntry,
    UpdateCspEntry,
    DeleteCspEntry,
    ReadCspHeader,
    ListIpPolicies,
    ReadIpPolicy,
    CreateIpPolicy,
    UpdateIpPolicy,
    DeleteIpPolicy,
    ListIdentityProviders,
    ReadIdentityProvider,
    ReadIdentityProviderMetadata,
    CreateIdentityProvider,
    UpdateIdentityProvider,
    DeleteIdentityProvider,
    ListOAuthTokens,
    RevokeOAuthToken,
    CreateTenant,
    ReadTenant,
    UpdateTenant,
    DeactivateTenant,
    ReactivateTenant,
}

/// Whose resource it is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Target {
    /// The caller's own.
    Own,
    /// Somebody else's, or the tenant's.
    Other,
}

impl Target {
    /// [`Target::Own`] if it is.
    pub fn own_if(own: bool) -> Self {
        if own { Self::Own } else { Self::Other }
    }
}

/// Who calls, and by which credential.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who it is.
    pub identity: Identity,
    /// How that is known.
    pub credential: Credential,
}

/// Who a credential speaks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Identity {
    /// A user.
    User(UserId),
    /// A SCIM client, by its subject.
    ExternalClient(String),
}

/// What a caller came with.
#[derive(Clone, Debug)]
pub enum Credential {
    /// An API key.
    ApiKey(ApiKeyId),
    /// A browser session.
    Session(TokenDigest),
    /// An OAuth access token.
    AccessToken {
        /// Which.
        id: OAuthTokenId,
        /// How far it reaches.
        reach: Reach,
    },
}

impl Credential {
    /// How far it reaches into what its user may do.
    pub fn reach(&self) -> Reach {
        match self {
            Self::ApiKey(_) | Self::Session(_) => Reach::Everything,
            Self::AccessToken { reach, .. } => *reach,
        }
    }
}

impl Caller {
    /// The user behind the credential, if there is one.
    pub fn user_id(&self) -> Option<&UserId> {
        match &self.identity {
            Identity::User(id) => Some(id),
            Identity::ExternalClient(_) => None,
        }
    }

    /// [`Target::Own`] if `owner` is this caller.
    pub fn target(&self, owner: &UserId) -> Target {
        Target::own_if(self.user_id() == Some(owner))
    }
}

/// What a caller is at this moment, derived from the tenant for every request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Actor {
    /// A SCIM client.
    ExternalClient,
    /// A user.
    User {
        /// Holds the role `TenantAdmin`.
        tenant_admin: bool,
        /// May hold API keys.
        may_hold_keys: bool,
        /// How far the credential reaches into that.
        reach: Reach,
    },
}

/// Proof that a decision was made. Only this module makes one, and whatever changes a tenant asks for it.
#[derive(Debug)]
pub struct Permit(());

/// What an actor must be.
enum Requirement {
    AnyUser,
    KeyHolder,
    KeyHolderOrTenantAdmin,
    TenantAdmin(Denial),
}

fn requirement(action: Action, target: Target) -> Requirement {
    use Requirement::{AnyUser, KeyHolder, KeyHolderOrTenantAdmin, TenantAdmin};
    match (action, target) {
        (
            Action::ListApiKeys | Action::ReadApiKey | Action::ListOAuthTokens | Action::RevokeOAuthToken,
            Target::Own,
        )
        | (Action::UpdateUserPreferences, Target::Own)
        | (
            Action::ReadApiKeysConfig
            | Action::ListUsers
            | Action::FilterUsers
            | Action::ReadUser
            | Action::ReadMe
            | Action::ListGroups
            | Action::FilterGroups
            | Action::ReadGroup
            | Action::ListOAuthClients
            | Action::ReadOAuthClient
            | Action::ReadCspHeader
            | Action::ReadIdentityProviderMetadata
            | Action::ReadTenant,
            _,
        ) => AnyUser,
        (Action::CreateApiKey, Target::Own) => KeyHolder,
        (Action::UpdateApiKey | Action::DeleteApiKey, Target::Own) => KeyHolderOrTenantAdmin,
        (Action::ReadApiKey | Action::UpdateApiKey | Action::DeleteApiKey, Target::Other) => {
            TenantAdmin(Denial::NotOwner)
        }
        (
            Action::ListApiKeys
            | Action::CreateApiKey
            | Action::UpdateUserPreferences
            | Action::ListOAuthTokens
            | Action::RevokeOAuthToken,
            Target::Other,
        )
        | (
            Action::UpdateApiKeysConfig
            | Action::CountUsers
            | Action::CreateUser
            | Action::InviteUsers
            | Action::UpdateUser
            | Action::DeleteUser
            | Action::ListRoles
            | Action::ReadRole
            | Action::CreateRole
            | Action::UpdateRole
            | Action::DeleteRole
            | Action::ReadAuthSettings
            | Action::UpdateAuthSettings
            | Action::CreateGroup
            | Action::UpdateGroup
            | Action::DeleteGroup
            | Action::ReadGroupSettings
            | Action::UpdateGroupSettings
            | Action::ReadOAuthClientInFull
            | Action::CreateOAuthClient
            | Action::UpdateOAuthClient
            | Action::DeleteOAuthClient
            | Action::ListWebIntegrations
            | Action::ReadWebIntegration
            | Action::CreateWebIntegration
            | Action::UpdateWebIntegration
            | Action::DeleteWebIntegration
            | Action::ListCspEntries
            | Action::ReadCspEntry
            | Action::CreateCspEntry
            | Action::UpdateCspEntry
            | Action::DeleteCspEntry
            | Action::ListIpPolicies
            | Action::ReadIpPolicy
            | Action::CreateIpPolicy
            | Action::UpdateIpPolicy
            | Action::DeleteIpPolicy
            | Action::ListIdentityProviders
            | Action::ReadIdentityProvider
            | Action::CreateIdentityProvider
            | Action::UpdateIdentityProvider
            | Action::DeleteIdentityProvider
            | Action::CreateTenant
            | Action::UpdateTenant
            | Action::DeactivateTenant
            | Action::ReactivateTenant,
            _,
        ) => TenantAdmin(Denial::NotTenantAdmin),
    }
}

/// Decides whether `actor` may do `action` with what is `target`.
///
/// # Errors
/// Why not.
pub fn decide(actor: Actor, action: Action, target: Target) -> Result<Permit, Denial> {
    let Actor::User {
        tenant_admin,
        may_hold_keys,
        reach,
    } = actor
    else {
        return Err(Denial::ExternalClient);
    };
    let requirement = requirement(action, target);
    let in_reach = match reach {
        Reach::Everything => true,
        Reach::AsUser => match requirement {
            Requirement::TenantAdmin(_) => false,
            Requirement::KeyHolderOrTenantAdmin => may_hold_keys,
            Requirement::AnyUser | Requirement::KeyHolder => true,
        },
        Reach::Identity => action == Action::ReadMe || (action == Action::ReadUser && target == Target::Own),
    };
    match requirement {
        Requirement::KeyHolder if !may_hold_keys => Err(Denial::MayNotHoldKeys),
        Requirement::KeyHolderOrTenantAdmin if !may_hold_keys && !tenant_admin => Err(Denial::MayNotHoldKeys),
        Requirement::TenantAdmin(denial) if !tenant_admin => Err(denial),
        _ if !in_reach => Err(Denial::OutOfScope),
        _ => Ok(Permit(())),
    }
}

/// Whoever runs the emulator may do anything: for the control API, which speaks for nobody in the tenant.
pub fn by_the_operator() -> Permit {
    Permit(())
}

/// Decides whether an OAuth client may act without anybody being asked.
///
/// # Errors
/// Why not.
pub fn act_unasked(client: &OAuthClient, grant: ExtraGrant) -> Result<Permit, OAuthRefusal> {
    if !client.settings.extra_grants.contains(&grant) {
        Err(OAuthRefusal::GrantNotAllowed)
    } else if !client.is_trusted() {
        Err(OAuthRefusal::ClientNotTrusted)
    } else {
        Ok(Permit(()))
    }
}

/// Decides whether a token may be issued for a user who has so many good ones.
///
/// # Errors
/// Why not.
pub fn token_for(user: Option<&User>, good_tokens: usize) -> Result<Permit, OAuthRefusal> {
    match user.map(|user| user.status) {
        None | Some(UserStatus::Deleted) => Err(OAuthRefusal::UserUnknown),
        Some(UserStatus::Disabled) => Err(OAuthRefusal::UserNotActive),
        Some(UserStatus::Active | UserStatus::Invited | UserStatus::Provisioned)
            if good_tokens >= MOST_TOKENS_PER_USER =>
        {
            Err(OAuthRefusal::TooManyTokens)
        }
        Some(UserStatus::Active | UserStatus::Invited | UserStatus::Provisioned) => Ok(Permit(())),
    }
}

/// Decides whether `user` may sign in at `now`.
///
/// # Errors
/// Why not.
pub fn sign_in(user: &User, now: Timestamp) -> Result<Permit, Denial> {
    if user.is_bot() {
        return Err(Denial::BotUser);
    }
    match user.status {
        UserStatus::Active | UserStatus::Provisioned => Ok(Permit(())),
        UserStatus::Invited if user.invite_expiry.is_none_or(|expiry| now < expiry) => Ok(Permit(())),
        UserStatus::Invited => Err(Denial::InviteExpired),
        UserStatus::Disabled | UserStatus::Deleted => Err(Denial::UserDisabled),
    }
}
