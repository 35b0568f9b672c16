//! An OAuth client, and the collection of all clients of a tenant.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::super::clock::Timestamp;
use super::super::ids::{OAuthClientId, UserId};
use super::super::jwt::PublicKey;
use super::super::secret::TokenDigest;
use super::scope::USER_DEFAULT;

/// The most secrets that a client may have at a time (documented).
pub const MOST_SECRETS: usize = 5;

/// The most redirect URIs, and the most allowed origins, that a client may have (the contract's `maxItems`).
pub const MOST_ADDRESSES: usize = 5;

/// The most scopes that a client may ask for. Our choice, far above the number of those that are published.
pub const MOST_SCOPES: usize = 1_000;

/// The most public keys that a client may have. Our choice.
pub const MOST_PUBLIC_KEYS: usize = 5;

/// What kind of application a client is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum AppType {
    /// Has a server that keeps a secret; may act for itself.
    Web,
    /// Runs on somebody's device.
    Native,
    /// Runs in a browser.
    Spa,
    /// Embeds content for people who do not sign in.
    AnonymousEmbed,
}

impl AppType {
    /// The words of the contract.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("web", Self::Web),
        ("native", Self::Native),
        ("spa", Self::Spa),
        ("anonymous-embed", Self::AnonymousEmbed),
    ];

    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Native => "native",
            Self::Spa => "spa",
            Self::AnonymousEmbed => "anonymous-embed",
        }
    }

    /// Whether it can keep a secret (documented: "only applicable for clients of type 'web'").
    pub fn is_confidential(self) -> bool {
        self == Self::Web
    }

    /// Whether people sign in through it.
    pub fn is_interactive(self) -> bool {
        self != Self::AnonymousEmbed
    }
}

/// A grant that a web client must be allowed expressly.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum ExtraGrant {
    /// The client acts for itself, as its bot user.
    ClientCredentials,
    /// The client acts as any user, who is not asked.
    UserImpersonation,
}

impl ExtraGrant {
    /// The words of the contract.
    pub const WORDS: [(&'static str, Self); 2] = [
        ("client_credentials", Self::ClientCredentials),
        ("urn:qlik:oauth:user-impersonation", Self::UserImpersonation),
    ];

    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::UserImpersonation => "urn:qlik:oauth:user-impersonation",
        }
    }
}

/// How a confidential client proves who it is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum AuthMethod {
    /// By a secret that it shares with the tenant.
    ClientSecret,
    /// By a JWT that it signs.
    PrivateKeyJwt,
}

impl AuthMethod {
    /// The words of the contract.
    pub const WORDS: [(&'static str, Self); 2] = [
        ("client_secret", Self::ClientSecret),
        ("private_key_jwt", Self::PrivateKeyJwt),
    ];

    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecret => "client_secret",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

/// Whether users are asked before a client acts for them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum ConsentMethod {
    /// They are.
    Required,
    /// A tenant admin trusts the client.
    Trusted,
}

impl ConsentMethod {
    /// The words of the contract.
    pub const WORDS: [(&'static str, Self); 2] = [("required", Self::Required), ("trusted", Self::Trusted)];

    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Trusted => "trusted",
        }
    }
}

/// A secret of a client, of which only the digest is kept.
#[derive(Clone, Debug)]
pub struct ClientSecret {
    /// The five characters by which people and `DELETE` know it: its last ones. Which ones is our choice.
    pub hint: String,
    /// The SHA-256 digest of the secret.
    pub digest: TokenDigest,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it; none for one of a seed.
    pub created_by: Option<UserId>,
}

/// A public key of a client.
#[derive(Clone, Debug)]
pub struct ClientKey {
    /// The `kid` by which an assertion names it.
    pub id: String,
    /// The key.
    pub key: PublicKey,
    /// The JSON Web Key as it was sent, which is how it is shown.
    pub jwk: Value,
}

impl PartialEq for ClientKey {
    /// A key is known by its id.
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// What of a client may be chosen and changed.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// The name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The address of its home page.
    pub client_uri: String,
    /// The address of its picture.
    pub logo_uri: String,
    /// Where a browser may be sent with a code. Compared character by character.
    pub redirect_uris: Vec<String>,
    /// The origins of web pages that may call the tenant with a token of this client.
    pub allowed_origins: Vec<String>,
    /// The scopes that it may ask for.
    pub allowed_scopes: Vec<String>,
    /// What it may do beyond the code flow.
    pub extra_grants: BTreeSet<ExtraGrant>,
    /// How it may prove who it is; of no meaning for a public client.
    pub auth_methods: BTreeSet<AuthMethod>,
    /// The keys that verify its assertions.
    pub public_keys: Vec<ClientKey>,
}

impl ClientSettings {
    /// The settings of a client that was given a name and nothing else: by a secret, and with the scope
    /// `user_default`. Both defaults are our choice; the documentation calls the first one the default of the page.
    pub fn named(name: String) -> Self {
        Self {
            name,
            description: String::new(),
            client_uri: String::new(),
            logo_uri: String::new(),
            redirect_uris: Vec::new(),
            allowed_origins: Vec::new(),
            allowed_scopes: vec![USER_DEFAULT.to_owned()],
            extra_grants: BTreeSet::new(),
            auth_methods: BTreeSet::from([AuthMethod::ClientSecret]),
            public_keys: Vec::new(),
        }
    }
}

/// An OAuth client of a tenant.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    /// The id: 32 lower-case hexadecimal digits.
    pub id: OAuthClientId,
    /// What kind of application it is. It stays what it is.
    pub app_type: AppType,
    /// What may be chosen and changed.
    pub settings: ClientSettings,
    /// Its secrets, the oldest first.
    pub secrets: Vec<ClientSecret>,
    /// The tenant's connection to it, which says whether users are asked; none after it was deleted.
    pub consent: Option<ConsentMethod>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Since when it is shared with the other tenants of the region.
    pub published_at: Option<Timestamp>,
}

impl OAuthClient {
    /// Whether users are not asked.
    pub fn is_trusted(&self) -> bool {
        self.consent == Some(ConsentMethod::Trusted)
    }

    /// Whether it may prove who it is like this.
    pub fn may_authenticate_by(&self, method: AuthMethod) -> bool {
        self.app_type.is_confidential() && self.settings.auth_methods.contains(&method)
    }
}

/// All clients of a tenant by id, and what users have allowed them.
#[derive(Clone, Debug, Default)]
pub struct OAuthClients {
    by_id: HashMap<OAuthClientId, OAuthClient>,
    consents: BTreeMap<(OAuthClientId, UserId), BTreeSet<String>>,
}

impl OAuthClients {
    /// The client with this id.
    pub fn get(&self, id: &OAuthClientId) -> Option<&OAuthClient> {
        self.by_id.get(id)
    }

    /// All clients, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &OAuthClient> {
        self.by_id.values()
    }

    /// The scopes that a user has allowed a client.
    pub fn consent(&self, client: &OAuthClientId, user: &UserId) -> impl Iterator<Item = &str> {
        self.consents
            .get(&(client.clone(), user.clone()))
            .into_iter()
            .flatten()
            .map(String::as_str)
    }

    /// Everything that users have allowed clients, in order.
    pub fn consents(&self) -> impl Iterator<Item = (&OAuthClientId, &UserId, &BTreeSet<String>)> {
        self.consents
            .iter()
            .map(|((client, user), scopes)| (client, user, scopes))
    }

    /// Whether a client lets web pages of this origin call the tenant.
    pub fn allow_origin(&self, origin: &str) -> bool {
        self.iter()
            .flat_map(|client| &client.settings.allowed_origins)
            .any(|allowed| allowed.eq_ignore_ascii_case(origin))
    }

    /// Adds a client, or puts a changed one in the place of the old.
    pub(in crate::domain) fn put(&mut self, client: OAuthClient) {
        self.by_id.insert(client.id.clone(), client);
    }

    /// Removes a client, and what users have allowed it.
    pub(in crate::domain) fn remove(&mut self, id: &OAuthClientId) {
        self.by_id.remove(id);
        self.forget_consents(id);
    }

    /// Notes that a user allows a client these scopes besides those that it has already.
    pub(in crate::domain) fn allow(&mut self, client: OAuthClientId, user: UserId, scopes: Vec<String>) {
        self.consents.entry((client, user)).or_default().extend(scopes);
    }

    /// Forgets what users have allowed a client.
    pub(in crate::domain) fn forget_consents(&mut self, id: &OAuthClientId) {
        self.consents.retain(|(client, _), _| client != id);
    }
}
