//! The tenant: the whole state as one value.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::api_key::{ApiKey, ApiKeys};
use super::clock::Timestamp;
use super::group::{Group, GroupSettings, Groups};
use super::identity_provider::{IdentityProvider, IdentityProviders};
use super::ids::{ApiKeyId, GroupId, IdentityProviderId, OAuthClientId, RoleId, TenantId, UserId};
use super::oauth::client::{OAuthClient, OAuthClients};
use super::oauth::token::{AccessToken, AuthorizationCode, Family, OAuthTokens, RefreshToken};
use super::policy::{Actor, Caller, Identity, Permit};
use super::role::{DEVELOPER, Role, Roles, SCOPE_API_KEYS, TENANT_ADMIN, USER_DEFAULT};
use super::secret::{MintedToken, SigningKey, TokenDigest};
use super::session::{Session, Sessions};
use super::settings::{ApiKeySettings, AuthSettings, Edition};
use super::user::{User, UserClash, Users};
use super::web::WebRules;

/// Whether a tenant can be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TenantStatus {
    /// It can.
    Active,
    /// A tenant admin has deactivated it; it will be purged unless it is reactivated.
    Disabled,
}

impl TenantStatus {
    /// The words of the contract that a tenant here can have.
    pub const WORDS: [(&'static str, Self); 2] = [("active", Self::Active), ("disabled", Self::Disabled)];

    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

/// Switches of a tenant that only show and change here; the features behind them are not emulated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TenantSwitches {
    /// `enableAnalyticCreation`, deprecated by the service.
    pub enable_analytic_creation: bool,
    /// `enableAppOpeningFeedback`, of the current edition.
    pub enable_app_opening_feedback: bool,
    /// `autoAssignCreateSharedSpacesRoleToProfessionals`.
    pub auto_assign_shared_space_creator: bool,
    /// `autoAssignPrivateAnalyticsContentCreatorRoleToProfessionals`.
    pub auto_assign_private_analytics_content_creator: bool,
    /// `autoAssignDataServicesContributorRoleToProfessionals`.
    pub auto_assign_data_services_contributor: bool,
}

impl Default for TenantSwitches {
    /// The documented defaults.
    fn default() -> Self {
        Self {
            enable_analytic_creation: false,
            enable_app_opening_feedback: false,
            auto_assign_shared_space_creator: true,
            auto_assign_private_analytics_content_creator: true,
            auto_assign_data_services_contributor: true,
        }
    }
}

/// What a tenant says about itself, `Tenant` in the published contract.
#[derive(Clone, Debug)]
pub struct TenantProfile {
    /// The id.
    pub id: TenantId,
    /// The name for people.
    pub name: String,
    /// The host names; the first is shown, the second is an alias that the tenant may choose.
    pub hostnames: Vec<String>,
    /// The data centre.
    pub datacenter: String,
    /// The region.
    pub region: String,
    /// Whether it can be used.
    pub status: TenantStatus,
    /// Who created it.
    pub created_by: Option<UserId>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub last_updated: Timestamp,
    /// When its status last changed.
    pub status_last_updated: Timestamp,
    /// Its switches.
    pub switches: TenantSwitches,
}

/// The whole state of a tenant.
#[derive(Clone, Debug)]
pub struct Tenant {
    edition: Edition,
    profile: TenantProfile,
    api_key_settings: ApiKeySettings,
    auth_settings: AuthSettings,
    users: Users,
    roles: Roles,
    groups: Groups,
    group_settings: GroupSettings,
    api_keys: ApiKeys,
    oauth_clients: OAuthClients,
    identity_providers: IdentityProviders,
    oauth_tokens: OAuthTokens,
    sessions: Sessions,
    web: WebRules,
    signing_key: Arc<SigningKey>,
}

impl Tenant {
    /// A tenant with its built-in roles and nobody in it.
    pub fn new(edition: Edition, profile: TenantProfile, signing_key: SigningKey) -> Self {
        Self::with_key(edition, profile, Arc::new(signing_key))
    }

    fn with_key(edition: Edition, profile: TenantProfile, signing_key: Arc<SigningKey>) -> Self {
        let roles = Roles::built_in(edition, profile.created);
        let groups = Groups::new(profile.created);
        Self {
            edition,
            profile,
            api_key_settings: ApiKeySettings::default(),
            auth_settings: AuthSettings::default(),
            users: Users::default(),
            roles,
            groups,
            group_settings: GroupSettings::default(),
            api_keys: ApiKeys::default(),
            oauth_clients: OAuthClients::default(),
            identity_providers: IdentityProviders::default(),
            oauth_tokens: OAuthTokens::default(),
            sessions: Sessions::default(),
            web: WebRules::default(),
            signing_key,
        }
    }

    /// The same tenant with nobody in it: its profile, its edition and its signing key, and nothing else.
    #[must_use]
    pub fn emptied(&self) -> Self {
        let profile = TenantProfile {
            created_by: None,
            ..self.profile.clone()
        };
        Self::with_key(self.edition, profile, self.signing_key())
    }

    /// The id.
    pub fn id(&self) -> &TenantId {
        &self.profile.id
    }

    /// Which era of the service it shows.
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// What it says about itself.
    pub fn profile(&self) -> &TenantProfile {
        &self.profile
    }

    /// What its API keys may do.
    pub fn api_key_settings(&self) -> &ApiKeySettings {
        &self.api_key_settings
    }

    /// The settings of signing in.
    pub fn auth_settings(&self) -> &AuthSettings {
        &self.auth_settings
    }

    /// Its users.
    pub fn users(&self) -> &Users {
        &self.users
    }

    /// Its roles.
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// Its groups.
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// What it does with the groups that its identity provider names.
    pub fn group_settings(&self) -> GroupSettings {
        self.group_settings
    }

    /// Its API keys.
    pub fn api_keys(&self) -> &ApiKeys {
        &self.api_keys
    }

    /// Its OAuth clients.
    pub fn oauth_clients(&self) -> &OAuthClients {
        &self.oauth_clients
    }

    /// What it lets browsers and networks do.
    pub fn web(&self) -> &WebRules {
        &self.web
    }

    /// Its identity providers.
    pub fn identity_providers(&self) -> &IdentityProviders {
        &self.identity_providers
    }

    /// What it has issued to them.
    pub fn oauth_tokens(&self) -> &OAuthTokens {
        &self.oauth_tokens
    }

    /// The key that signs its tokens; shared, so that signing needs no lock.
    pub fn signing_key(&self) -> Arc<SigningKey> {
        Arc::clone(&self.signing_key)
    }

    /// The session of a cookie, if it still lasts at `now`.
    pub fn session(&self, cookie: &TokenDigest, now: Timestamp) -> Option<&Session> {
        self.sessions.get(cookie, now)
    }

    /// Whether the tenant lets anybody use API keys. The current edition has no switch.
    pub fn api_keys_enabled(&self) -> bool {
        match self.edition {
            Edition::Classic => self.api_key_settings.enabled,
            Edition::Current => true,
        }
    }

    /// The roles of a list of ids, in its order.
    pub fn roles_with<'t>(&'t self, ids: &'t [RoleId]) -> impl Iterator<Item = &'t Role> {
        ids.iter().filter_map(|id| self.roles.get(id))
    }

    /// The groups that a user is in, in the order of assignment; not the one that everybody is in.
    pub fn groups_of<'t>(&'t self, user: &'t User) -> impl Iterator<Item = &'t Group> {
        user.assigned_groups.iter().filter_map(|id| self.groups.get(id))
    }

    /// All roles that a user has, each once: those assigned to the user, then those of the user's groups, then those
    /// of everybody. Every decision about a permission goes by them.
    pub fn roles_of<'t>(&'t self, user: &'t User) -> impl Iterator<Item = &'t Role> {
        let groups = self.groups_of(user).chain([self.groups.everyone()]);
        let mut seen = HashSet::new();
        let inherited = groups
            .flat_map(|group| self.roles_with(&group.assigned_roles))
            .filter(move |role| !user.assigned_roles.contains(&role.id) && seen.insert(&role.id));
        self.roles_with(&user.assigned_roles).chain(inherited)
    }

    /// The scopes that a user has through roles and through `UserDefault`, in order.
    pub fn scopes_of<'t>(&'t self, user: &'t User) -> BTreeSet<&'t str> {
        let default = self.roles.named(USER_DEFAULT);
        self.roles_of(user)
            .chain(default)
            .flat_map(|role| &role.assigned_scopes)
            .map(String::as_str)
            .collect()
    }

    /// Whether a user may hold API keys: the role `Developer` in the classic edition, the scope `api-keys` in
    /// the current one.
    pub fn may_hold_keys(&self, user: &User) -> bool {
        match self.edition {
            Edition::Classic => self.roles_of(user).any(|role| role.name == DEVELOPER),
            Edition::Current => self
                .roles_of(user)
                .chain(self.roles.named(USER_DEFAULT))
                .any(|role| role.assigned_scopes.iter().any(|scope| scope == SCOPE_API_KEYS)),
        }
    }

    /// Whether a user has the role `TenantAdmin`.
    pub fn is_tenant_admin(&self, user: &User) -> bool {
        self.roles_of(user).any(|role| role.name == TENANT_ADMIN)
    }

    /// What a caller is at this moment. A user who is gone is nobody, like a user without any permission.
    pub fn actor(&self, caller: &Caller) -> Actor {
        match &caller.identity {
            Identity::ExternalClient(_) => Actor::ExternalClient,
            Identity::User(id) => {
                let user = self.users.present(id);
                Actor::User {
                    tenant_admin: user.is_some_and(|user| self.is_tenant_admin(user)),
                    may_hold_keys: user.is_some_and(|user| self.may_hold_keys(user)),
                    reach: caller.credential.reach(),
                }
            }
        }
    }

    /// Whether a user or a group has this role.
    pub fn is_assigned(&self, role: &RoleId) -> bool {
        let mut groups = self.groups.iter().chain([self.groups.everyone()]);
        groups.any(|group| group.assigned_roles.contains(role)) || self.users.assignments().of(role) > 0
    }

    /// Whether anybody is in this group, the deleted not counted.
    pub fn has_members(&self, group: &GroupId) -> bool {
        self.users.members().of(group) > 0
    }

    /// Changes what the tenant says about itself.
    pub fn change_profile(&mut self, _: &Permit, change: impl FnOnce(&mut TenantProfile)) {
        change(&mut self.profile);
    }

    /// Puts other settings of API keys in force.
    pub fn set_api_key_settings(&mut self, _: &Permit, settings: ApiKeySettings) {
        self.api_key_settings = settings;
    }

    /// Puts other settings of signing in in force.
    pub fn set_auth_settings(&mut self, _: &Permit, settings: AuthSettings) {
        self.auth_settings = settings;
    }

    /// Adds or changes a user.
    ///
    /// # Errors
    /// What of it is taken by somebody else; nothing has changed then.
    pub fn put_user(&mut self, _: &Permit, user: User) -> Result<(), UserClash> {
        self.users.put(user)
    }

    /// Adds or changes a role whose name is free.
    pub fn put_role(&mut self, _: &Permit, role: Role) {
        self.roles.put(role);
    }

    /// Removes a role.
    pub fn remove_role(&mut self, _: &Permit, id: &RoleId) {
        self.roles.remove(id);
    }

    /// Adds or changes a group whose name is free.
    pub fn put_group(&mut self, _: &Permit, group: Group) {
        self.groups.put(group);
    }

    /// Removes a group. Nobody is in it afterwards.
    pub fn remove_group(&mut self, _: &Permit, id: &GroupId) {
        self.groups.remove(id);
        self.users.leave(id);
    }

    /// Puts other settings of groups in force.
    pub fn set_group_settings(&mut self, _: &Permit, settings: GroupSettings) {
        self.group_settings = settings;
    }

    /// Adds an API key.
    pub fn insert_api_key(&mut self, _: &Permit, key: ApiKey) {
        self.api_keys.insert(key);
    }

    /// Changes the description of an API key.
    pub fn describe_api_key(&mut self, _: &Permit, id: ApiKeyId, description: String, now: Timestamp) {
        self.api_keys.change(id, |key| {
            key.description = description;
            key.last_updated = now;
        });
    }

    /// Revokes an API key. It stays in the list and opens nothing any more.
    pub fn revoke_api_key(&mut self, _: &Permit, id: ApiKeyId, now: Timestamp) {
        self.api_keys.change(id, |key| {
            if !key.revoked {
                key.revoked = true;
                key.last_updated = now;
            }
        });
    }

    /// Removes an API key.
    pub fn remove_api_key(&mut self, _: &Permit, id: ApiKeyId) {
        self.api_keys.remove(id);
    }

    /// Adds or changes an OAuth client.
    pub fn put_oauth_client(&mut self, _: &Permit, client: OAuthClient) {
        self.oauth_clients.put(client);
    }

    /// Removes an OAuth client, and what users have allowed it; what was issued to it opens nothing any more.
    pub fn remove_oauth_client(&mut self, _: &Permit, id: &OAuthClientId) {
        self.oauth_tokens.revoke_client(id);
        self.oauth_clients.remove(id);
    }

    /// Deletes the connection to an OAuth client: users are asked again, whatever they have allowed before.
    pub fn disconnect_oauth_client(&mut self, _: &Permit, client: OAuthClient) {
        self.oauth_clients.forget_consents(&client.id);
        self.oauth_clients.put(client);
    }

    /// Changes what the tenant lets browsers and networks do.
    pub fn web_mut(&mut self, _: &Permit) -> &mut WebRules {
        &mut self.web
    }

    /// Adds or changes an identity provider. One interactive provider is active at a time.
    pub fn put_identity_provider(&mut self, _: &Permit, provider: IdentityProvider) {
        self.identity_providers.put(provider);
    }

    /// Removes an identity provider.
    pub fn remove_identity_provider(&mut self, _: &Permit, id: &IdentityProviderId) {
        self.identity_providers.remove(id);
    }

    /// Notes that a token of an identity provider was taken, which is good until `until`.
    pub fn take_jwt(
        &mut self,
        _: &Permit,
        provider: &IdentityProviderId,
        token_id: String,
        until: Timestamp,
        now: Timestamp,
    ) {
        self.identity_providers.take(provider, token_id, until, now);
    }

    /// Notes what a user allows an OAuth client.
    pub fn allow_oauth_client(
        &mut self,
        _: &Permit,
        client: OAuthClientId,
        user: UserId,
        scopes: Vec<String>,
    ) {
        self.oauth_clients.allow(client, user, scopes);
    }

    /// Issues an access token, and a refresh token under its digest.
    pub fn issue_tokens(
        &mut self,
        _: &Permit,
        access: AccessToken,
        refresh: Option<(TokenDigest, RefreshToken)>,
        now: Timestamp,
    ) {
        self.oauth_tokens.add_access(access, now);
        if let Some((digest, refresh)) = refresh {
            self.oauth_tokens.add_refresh(digest, refresh, now);
        }
    }

    /// Issues an authorization code under its digest.
    pub fn issue_code(&mut self, _: &Permit, digest: TokenDigest, code: AuthorizationCode, now: Timestamp) {
        self.oauth_tokens.add_code(digest, code, now);
    }

    /// Notes that an authorization code was used. Whoever holds it may use it.
    pub fn use_code(&mut self, digest: &TokenDigest) {
        self.oauth_tokens.use_code(digest);
    }

    /// Notes that a refresh token was used.
    pub fn use_refresh_token(&mut self, digest: &TokenDigest) {
        self.oauth_tokens.use_refresh(digest);
    }

    /// Remembers the `jti` of a client's assertion until it has expired.
    pub fn use_assertion(&mut self, digest: TokenDigest, expiry: Timestamp, now: Timestamp) {
        self.oauth_tokens.add_assertion(digest, expiry, now);
    }

    /// Revokes all tokens that belong together. Whoever holds one may revoke it.
    pub fn revoke_tokens(&mut self, family: Family) {
        self.oauth_tokens.revoke_family(family);
    }

    /// Begins a session under the digest of its cookie.
    pub fn begin_session(&mut self, _: &Permit, cookie: TokenDigest, session: Session, now: Timestamp) {
        self.sessions.begin(cookie, session, now);
    }

    /// Keeps the token of a new key in the session of its owner, for the page that shows it.
    pub fn keep_new_key(&mut self, cookie: &TokenDigest, id: ApiKeyId, token: MintedToken) {
        self.sessions.keep_new_key(cookie, id, token);
    }

    /// Takes the token of a new key out of a session. There is one at the most once.
    pub fn take_new_key(&mut self, cookie: &TokenDigest, id: ApiKeyId) -> Option<MintedToken> {
        self.sessions.take_new_key(cookie, id)
    }

    /// Keeps the secret of a new OAuth client in the session of whoever made it, for the page that shows it.
    pub fn keep_new_client_secret(&mut self, cookie: &TokenDigest, id: OAuthClientId, secret: MintedToken) {
        self.sessions.keep_new_client_secret(cookie, id, secret);
    }

    /// Takes the secret of a new OAuth client out of a session. There is one at the most once.
    pub fn take_new_client_secret(
        &mut self,
        cookie: &TokenDigest,
        id: &OAuthClientId,
    ) -> Option<MintedToken> {
        self.sessions.take_new_client_secret(cookie, id)
    }

    /// Ends a session. Whoever holds its cookie may end it.
    pub fn end_session(&mut self, cookie: &TokenDigest) {
        self.sessions.end(cookie);
    }

    // Only a seed fills a tenant without a permit.

    pub(super) fn seed_user(&mut self, user: User) -> Result<(), UserClash> {
        if self.users.get(&user.id).is_some() {
            Err(UserClash::Id)
        } else {
            self.users.put(user)
        }
    }

    pub(super) fn seed_role(&mut self, role: Role) {
        self.roles.put(role);
    }

    pub(super) fn seed_group(&mut self, group: Group) {
        self.groups.put(group);
    }

    pub(super) fn seed_group_settings(&mut self, settings: GroupSettings) {
        self.group_settings = settings;
    }

    pub(super) fn seed_api_key(&mut self, key: ApiKey) {
        self.api_keys.insert(key);
    }

    pub(super) fn seed_oauth_client(&mut self, client: OAuthClient) {
        self.oauth_clients.put(client);
    }

    pub(super) fn seed_consent(&mut self, client: OAuthClientId, user: UserId, scopes: Vec<String>) {
        self.oauth_clients.allow(client, user, scopes);
    }

    pub(super) fn seed_web(&mut self) -> &mut WebRules {
        &mut self.web
    }

    pub(super) fn seed_settings(&mut self, settings: ApiKeySettings) {
        self.api_key_settings = settings;
    }

    pub(super) fn seed_identity_provider(&mut self, provider: IdentityProvider) {
        self.identity_providers.put(provider);
    }

    pub(super) fn seed_auth_settings(&mut self, settings: AuthSettings) {
        self.auth_settings = settings;
    }
}
