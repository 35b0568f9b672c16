//! A client of a tenant, with the credential of one of its users.

use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::credentials::{ApiKeyToken, MadeSession};
use super::http::{HttpAnswer, HttpClient, HttpRequest};
use super::{RemoteError, accepted, parsed, unreachable};

/// The header that a session's changes must carry.
const CSRF_HEADER: HeaderName = HeaderName::from_static("qlik-csrf-token");

/// A client of a tenant: every request carries the credential of one user. It follows redirects.
#[derive(Clone, Debug)]
pub struct TenantClient {
    url: String,
    client: HttpClient,
    token: Option<ApiKeyToken>,
    headers: HeaderMap,
}

impl TenantClient {
    pub(super) fn with_token(url: String, client: HttpClient, token: ApiKeyToken) -> Self {
        let bearer = format!("Bearer {}", token.reveal());
        Self {
            url,
            client,
            token: Some(token),
            headers: secret_headers([(AUTHORIZATION, bearer.as_str())]),
        }
    }

    pub(super) fn in_session(url: String, client: HttpClient, session: &MadeSession) -> Self {
        Self {
            url,
            client,
            token: None,
            headers: secret_headers([
                (COOKIE, session.reveal_cookie()),
                (CSRF_HEADER, session.reveal_csrf_token()),
            ]),
        }
    }

    /// The address, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The token that this client sends; none in a session.
    pub fn token(&self) -> Option<&ApiKeyToken> {
        self.token.as_ref()
    }

    /// The headers that every request carries, marked as sensitive so that none is printed: for a client of another
    /// library.
    ///
    /// ```
    /// # use mock_qlik_cloud::Emulator;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = Emulator::builder().seed("ready".parse()?).start().await?;
    /// let developer = emulator.control()?.client_for("developer@example.com").await?;
    /// let client = reqwest::Client::builder()
    ///     .default_headers(developer.headers().clone())
    ///     .build()?;
    /// let users = client.get(format!("{}/api/v1/users", developer.url())).send().await?;
    /// assert_eq!(users.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A client of reqwest that is ready to use: it carries the same credential, trusts the emulator's certificate, and
    /// goes through no proxy. It needs whole addresses: see [`Self::url`].
    ///
    /// ```
    /// # use mock_qlik_cloud::Emulator;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = Emulator::builder().seed("ready".parse()?).start().await?;
    /// let developer = emulator.control()?.client_for("developer@example.com").await?;
    /// let me = developer.reqwest()?.get(format!("{}/api/v1/users/me", developer.url())).send().await?;
    /// assert_eq!(me.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the emulator listens at no address.
    pub fn reqwest(&self) -> Result<reqwest::Client, RemoteError> {
        let client = self.client.reqwest(self.headers.clone());
        client.map_err(unreachable(&self.url))
    }

    /// A request. The path begins with a slash and may have parameters.
    pub fn request(&self, method: Method, path: &str) -> TenantRequest<'_> {
        TenantRequest {
            client: self,
            request: self.client.request(method, path).headers(&self.headers),
        }
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> TenantRequest<'_> {
        self.request(Method::GET, path)
    }

    /// `POST`.
    pub fn post(&self, path: &str) -> TenantRequest<'_> {
        self.request(Method::POST, path)
    }

    /// `PUT`.
    pub fn put(&self, path: &str) -> TenantRequest<'_> {
        self.request(Method::PUT, path)
    }

    /// `PATCH`.
    pub fn patch(&self, path: &str) -> TenantRequest<'_> {
        self.request(Method::PATCH, path)
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> TenantRequest<'_> {
        self.request(Method::DELETE, path)
    }
}

/// Headers that no `Debug` prints. One that cannot stand in a request is left out, and the emulator then says that
/// the credential is missing.
fn secret_headers<const N: usize>(headers: [(HeaderName, &str); N]) -> HeaderMap {
    let secret = |text: &str| {
        let mut value = HeaderValue::from_str(text).ok()?;
        value.set_sensitive(true);
        Some(value)
    };
    headers
        .into_iter()
        .filter_map(|(name, text)| Some((name, secret(text)?)))
        .collect()
}

/// A request that has not been sent yet.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct TenantRequest<'c> {
    client: &'c TenantClient,
    request: HttpRequest,
}

impl TenantRequest<'_> {
    /// Adds a header.
    pub fn header(self, name: HeaderName, value: &str) -> Self {
        Self {
            request: self.request.header(name, value),
            ..self
        }
    }

    /// Sends a JSON document.
    pub fn json(self, document: &impl Serialize) -> Self {
        Self {
            request: self.request.json(document),
            ..self
        }
    }

    /// Sends it, and returns the answer, whatever its status.
    ///
    /// # Errors
    /// When the emulator cannot be reached, a fault cuts the connection, or this is no request.
    pub async fn send(self) -> Result<HttpAnswer, RemoteError> {
        let TenantClient { url, client, .. } = self.client;
        client.follow(self.request).await.map_err(unreachable(url))
    }

    /// Sends it, and reads the JSON document that is answered.
    ///
    /// # Errors
    /// When the emulator cannot be reached or answers with an error, or the document has another form.
    pub async fn fetch<T: DeserializeOwned>(self) -> Result<T, RemoteError> {
        let url = self.client.url();
        parsed(url, &accepted(url, self.send().await?)?)
    }

    /// Sends it, and expects no more than success.
    ///
    /// # Errors
    /// When the emulator cannot be reached or answers with an error.
    pub async fn done(self) -> Result<(), RemoteError> {
        accepted(self.client.url(), self.send().await?).map(drop)
    }
}
