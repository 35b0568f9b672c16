//! Users and API keys over REST, with the rights of whoever asks.

use axum::http::Uri;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ApiKeyToken, RemoteError, TenantClient, encoded};
use crate::domain::clock::Timestamp;
use crate::domain::duration::Iso8601Duration;

const USERS: &str = "/api/v1/users";
const API_KEYS: &str = "/api/v1/api-keys";

/// A user, as REST shows one to whoever may see all of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRecord {
    /// The id.
    pub id: String,
    /// The tenant's id.
    pub tenant_id: String,
    /// The name under which the identity provider knows the user.
    pub subject: String,
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// `active`, `invited`, `disabled` or `deleted`.
    pub status: String,
    /// The roles.
    #[serde(default)]
    pub assigned_roles: Vec<AssignedRole>,
}

/// A role of a user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct AssignedRole {
    /// The id.
    pub id: String,
    /// The name, such as `Developer`.
    pub name: String,
}

/// A user to be created.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserSpec {
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assigned_roles: Vec<RoleName>,
}

#[derive(Clone, Debug, Serialize)]
struct RoleName {
    name: String,
}

impl UserSpec {
    /// A user with this subject, who is then invited, as REST has it.
    pub fn new(subject: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            ..Self::default()
        }
    }

    /// With this name.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..self
        }
    }

    /// With this e-mail address.
    #[must_use]
    pub fn email(self, email: impl Into<String>) -> Self {
        Self {
            email: Some(email.into()),
            ..self
        }
    }

    /// Without an invitation.
    #[must_use]
    pub fn active(self) -> Self {
        Self {
            status: Some("active"),
            ..self
        }
    }

    /// With the role of this name, and those named before.
    #[must_use]
    pub fn role(mut self, name: impl Into<String>) -> Self {
        self.assigned_roles.push(RoleName { name: name.into() });
        self
    }
}

/// An API key, as REST shows it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyRecord {
    /// The id.
    pub id: String,
    /// What it is called.
    pub description: String,
    /// `active`, `expired` or `revoked`.
    pub status: String,
    /// Whom it speaks for: the id of a user, or the subject of an external client.
    pub sub: String,
    /// `user` or `externalClient`.
    pub sub_type: String,
    /// When it expires.
    pub expiry: Timestamp,
    /// The id of the user who created it.
    pub created_by_user: String,
    /// When it was created.
    pub created: Timestamp,
}

/// An API key that has just been created.
#[derive(Clone, Debug, Deserialize)]
pub struct CreatedKey {
    /// What the tenant keeps of it.
    #[serde(flatten)]
    pub record: ApiKeyRecord,
    /// The token, which is shown this once.
    pub token: ApiKeyToken,
}

/// An API key to be created.
#[derive(Clone, Debug, Serialize)]
pub struct KeySpec {
    /// What it is called.
    pub description: String,
    /// How long it lasts; as long as is usual if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry: Option<Iso8601Duration>,
}

impl Default for KeySpec {
    fn default() -> Self {
        Self {
            description: "Made for a test".to_owned(),
            expiry: None,
        }
    }
}

impl KeySpec {
    /// A key that is called so.
    pub fn new(description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            ..Self::default()
        }
    }

    /// For so long.
    #[must_use]
    pub fn expiry(self, expiry: Iso8601Duration) -> Self {
        Self {
            expiry: Some(expiry),
            ..self
        }
    }
}

/// A page of a list of the service.
#[derive(Deserialize)]
struct Page {
    data: Vec<Value>,
    #[serde(default)]
    links: Links,
}

#[derive(Default, Deserialize)]
struct Links {
    next: Option<Link>,
}

#[derive(Deserialize)]
struct Link {
    href: String,
}

impl TenantClient {
    /// The user whose credential this is.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn me(&self) -> Result<UserRecord, RemoteError> {
        self.get(&format!("{USERS}/me")).fetch().await
    }

    /// All users that this one may see, page after page; in the classic edition, those that are active.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn users(&self) -> Result<Vec<UserRecord>, RemoteError> {
        self.pages(format!("{USERS}?limit=100")).await
    }

    /// The user with this id.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses, or there is none.
    pub async fn user(&self, id: &str) -> Result<UserRecord, RemoteError> {
        self.get(&format!("{USERS}/{}", encoded(id))).fetch().await
    }

    /// Creates a user. Whoever asks must be a tenant admin.
    ///
    /// ```
    /// # use mock_qlik_cloud::{Emulator, remote::UserSpec};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = Emulator::builder().seed("ready".parse()?).start().await?;
    /// let control = emulator.control()?;
    /// let admin = control.client_for("admin@example.com").await?;
    /// let carol = UserSpec::new("carol").email("carol@example.com").active();
    /// let carol = admin.create_user(&carol).await?;
    /// admin.assign_role(&carol.id, "Developer").await?;
    /// let key = control.client_for("carol").await?.create_api_key(&Default::default()).await?;
    /// assert_eq!(key.record.sub, carol.id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn create_user(&self, spec: &UserSpec) -> Result<UserRecord, RemoteError> {
        self.post(USERS).json(spec).fetch().await
    }

    /// Gives a user the role of this name besides the others.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn assign_role(&self, user: &str, role: &str) -> Result<(), RemoteError> {
        self.change_roles(user, "add", role).await
    }

    /// Takes the role of this name from a user.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn withdraw_role(&self, user: &str, role: &str) -> Result<(), RemoteError> {
        self.change_roles(user, "remove-value", role).await
    }

    async fn change_roles(&self, user: &str, operation: &str, role: &str) -> Result<(), RemoteError> {
        let patch = json!([{ "op": operation, "path": "/assignedRoles/-", "value": { "name": role } }]);
        self.patch(&format!("{USERS}/{}", encoded(user)))
            .json(&patch)
            .done()
            .await
    }

    /// Deletes a user.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn delete_user(&self, id: &str) -> Result<(), RemoteError> {
        self.delete(&format!("{USERS}/{}", encoded(id))).done().await
    }

    /// All API keys that this user may see, page after page.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn api_keys(&self) -> Result<Vec<ApiKeyRecord>, RemoteError> {
        self.pages(format!("{API_KEYS}?limit=100")).await
    }

    /// Creates an API key for this user, by the rules of the tenant.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn create_api_key(&self, spec: &KeySpec) -> Result<CreatedKey, RemoteError> {
        self.post(API_KEYS).json(spec).fetch().await
    }

    /// Revokes a key, or deletes one that is revoked or expired already.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn delete_api_key(&self, id: &str) -> Result<(), RemoteError> {
        self.delete(&format!("{API_KEYS}/{}", encoded(id))).done().await
    }

    async fn pages<T: DeserializeOwned>(&self, first: String) -> Result<Vec<T>, RemoteError> {
        let mut all = Vec::new();
        let mut next = Some(first);
        while let Some(path) = next {
            let page: Page = self.get(&path).fetch().await?;
            for item in page.data {
                let item = serde_json::from_value(item).map_err(|_| super::stranger(self.url()))?;
                all.push(item);
            }
            next = page.links.next.and_then(|link| path_of(&link.href));
        }
        Ok(all)
    }
}

/// What follows the origin of a link.
fn path_of(link: &str) -> Option<String> {
    let link: Uri = link.parse().ok()?;
    link.path_and_query().map(|path| path.as_str().to_owned())
}
