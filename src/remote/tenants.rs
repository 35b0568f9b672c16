//! Tenants of a test's own.

use axum::http::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ApiKeyToken, Remote, RemoteError, encoded, moment};
use crate::domain::clock::Timestamp;
use crate::domain::settings::Edition;

/// What is known of a tenant.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantFace {
    /// The tenant's id.
    pub id: String,
    /// The name under which the emulator knows it: the first label of its host.
    pub name: String,
    /// The host that means this tenant, with the port.
    pub host: String,
    /// The base URL with that host. A client with a credential of the tenant may as well use the emulator's own.
    pub url: String,
    /// The era that it shows.
    pub edition: Edition,
    /// What its clock shows.
    #[serde(serialize_with = "moment::serialize")]
    pub time: Timestamp,
    /// How many users it has, the deleted included.
    pub users: u64,
    /// How many API keys it has.
    pub api_keys: u64,
}

/// A tenant that has just been created.
#[derive(Clone, Debug, Deserialize)]
pub struct CreatedTenant {
    /// The tenant.
    #[serde(flatten)]
    pub face: TenantFace,
    /// A tenant admin with a key, if its seed has one who may hold keys.
    pub admin: Option<KeyHolder>,
    /// A user without the role of a tenant admin with a key, if its seed has one who may hold keys.
    pub developer: Option<KeyHolder>,
}

/// A user with a key that works.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyHolder {
    /// The user's id.
    pub user_id: String,
    /// The user's subject.
    pub subject: String,
    /// The user's e-mail address.
    pub email: Option<String>,
    /// The id of the key.
    pub key_id: String,
    /// The token of the key.
    pub token: ApiKeyToken,
    /// When the key expires.
    pub expiry: Timestamp,
}

/// A tenant to be created. Without a word: a numbered name, and the seed `ready`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TenantSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edition: Option<Edition>,
}

impl TenantSpec {
    /// With this name, which becomes the first label of its host.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..self
        }
    }

    /// With this seed: the name of a shipped one as a text, or a whole one as an object.
    #[must_use]
    pub fn seed(self, seed: impl Into<Value>) -> Self {
        Self {
            seed: Some(seed.into()),
            ..self
        }
    }

    /// With this edition, whatever the seed says.
    #[must_use]
    pub fn edition(self, edition: Edition) -> Self {
        Self {
            edition: Some(edition),
            ..self
        }
    }
}

impl Remote {
    /// All tenants, the default one first.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn tenants(&self) -> Result<Vec<TenantFace>, RemoteError> {
        self.list("/_mock/tenants").await
    }

    /// The tenant with this name or id.
    ///
    /// # Errors
    /// When the emulator cannot be reached or there is none.
    pub async fn find_tenant(&self, name: &str) -> Result<TenantFace, RemoteError> {
        self.fetch(self.request(Method::GET, &tenant(name))).await
    }

    /// Creates a tenant, with a key each for an admin and for a developer.
    ///
    /// ```
    /// # use mock_qlik_cloud::{Emulator, domain::duration::RelativeTime, remote::TenantSpec};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = Emulator::builder().start().await?;
    /// let control = emulator.control()?;
    /// let created = control.create_tenant(&TenantSpec::default()).await?;
    /// let own = control.tenant(&created.face.name);
    /// let later = own.advance_clock("P30D".parse::<RelativeTime>()?).await?.now;
    /// // The key itself says which tenant it is of.
    /// let admin = created.admin.ok_or("the seed has an admin")?;
    /// let key = control.client_with_token(admin.token).create_api_key(&Default::default()).await?;
    /// assert!(key.record.created >= later);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the emulator cannot be reached, the name is taken, or anything is wrong with the seed.
    pub async fn create_tenant(&self, spec: &TenantSpec) -> Result<CreatedTenant, RemoteError> {
        self.fetch(self.request(Method::POST, "/_mock/tenants").json(spec))
            .await
    }

    /// Deletes the tenant with this name or id. The default one stays.
    ///
    /// # Errors
    /// When the emulator cannot be reached, or there is none.
    pub async fn delete_tenant(&self, name: &str) -> Result<(), RemoteError> {
        self.done(self.request(Method::DELETE, &tenant(name))).await
    }

    /// Deletes all tenants but the default one.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn delete_tenants(&self) -> Result<(), RemoteError> {
        self.done(self.request(Method::DELETE, "/_mock/tenants")).await
    }
}

fn tenant(name: &str) -> String {
    format!("/_mock/tenants/{}", encoded(name))
}
