//! Credentials for any user, whatever the rules of the tenant say: for tests that are about something else.

use std::fmt;

use axum::http::Method;
use serde::Deserialize;
use serde_json::json;

use super::people::KeySpec;
use super::{Remote, RemoteError, TenantClient};
use crate::domain::clock::Timestamp;

/// The token of an API key. It is not printed; [`ApiKeyToken::reveal`] gives the text.
#[derive(Clone, Deserialize, Eq, PartialEq)]
#[serde(transparent)]
pub struct ApiKeyToken(String);

impl ApiKeyToken {
    /// The token itself, for a header or a variable.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ApiKeyToken {
    fn from(token: &str) -> Self {
        Self(token.to_owned())
    }
}

impl fmt::Debug for ApiKeyToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKeyToken(..)")
    }
}

/// A key that the control API has made.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MadeKey {
    /// Whose it is.
    pub user_id: String,
    /// Its id.
    pub id: String,
    /// Its token.
    pub token: ApiKeyToken,
    /// When it expires.
    pub expiry: Timestamp,
}

/// A session that the control API has begun, as a browser has it. It is not printed.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MadeSession {
    /// Whose it is.
    pub user_id: String,
    cookie: String,
    csrf_token: String,
}

impl MadeSession {
    /// The value of the header `cookie`.
    pub fn reveal_cookie(&self) -> &str {
        &self.cookie
    }

    /// The value of the header `qlik-csrf-token`.
    pub fn reveal_csrf_token(&self) -> &str {
        &self.csrf_token
    }
}

impl fmt::Debug for MadeSession {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MadeSession")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

impl Remote {
    /// Makes a key for the user with this e-mail address, subject or id: without the permission, above the maxima, and
    /// even where keys are switched off. Whether it then opens anything is up to the tenant.
    ///
    /// # Errors
    /// When the emulator cannot be reached, or there is no such user.
    pub async fn make_key(&self, user: &str, spec: &KeySpec) -> Result<MadeKey, RemoteError> {
        let mut wish = json!({ "user": user, "description": spec.description });
        if let Some(expiry) = &spec.expiry {
            wish["expiry"] = json!(expiry);
        }
        self.fetch(self.request(Method::POST, "/_mock/tokens").json(&wish))
            .await
    }

    /// Begins a session for the user with this e-mail address, subject or id.
    ///
    /// # Errors
    /// When the emulator cannot be reached, or there is no such user.
    pub async fn make_session(&self, user: &str) -> Result<MadeSession, RemoteError> {
        let wish = json!({ "user": user, "kind": "session" });
        self.fetch(self.request(Method::POST, "/_mock/tokens").json(&wish))
            .await
    }

    /// A client with a new key of the user with this e-mail address, subject or id. It opens nothing for a user who
    /// may hold no keys: [`Remote::session_for`] is for anybody.
    ///
    /// ```
    /// # use mock_qlik_cloud::Emulator;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = Emulator::builder().seed("ready".parse()?).start().await?;
    /// let developer = emulator.control()?.client_for("developer@example.com").await?;
    /// assert_eq!(developer.me().await?.name, "Dev Eloper");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the emulator cannot be reached, or there is no such user.
    pub async fn client_for(&self, user: &str) -> Result<TenantClient, RemoteError> {
        let made = self.make_key(user, &KeySpec::default()).await?;
        Ok(self.client_with_token(made.token))
    }

    /// A client with a new session of the user with this e-mail address, subject or id, as a browser has it.
    ///
    /// # Errors
    /// When the emulator cannot be reached, or there is no such user.
    pub async fn session_for(&self, user: &str) -> Result<TenantClient, RemoteError> {
        let session = self.make_session(user).await?;
        Ok(TenantClient::in_session(
            self.url.clone(),
            self.client.clone(),
            &session,
        ))
    }

    /// A client that sends this token. Which tenant it speaks to is up to the token.
    pub fn client_with_token(&self, token: ApiKeyToken) -> TenantClient {
        TenantClient::with_token(self.url.clone(), self.client.clone(), token)
    }
}
