//! A running emulator, reached over its control API: for the command line, and for tests in another process.

use std::path::Path;
use std::time::Duration;

use axum::http::{HeaderName, Method, StatusCode};
use serde_json::{Value, json};

use crate::control::guard::CONTROL_TOKEN_HEADER;
use crate::domain::secret::ControlToken;

mod http;

pub use http::{HttpAnswer, HttpClient, HttpRequest, TransportError};

/// Longer than anything that the control API does takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a running emulator did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The address is none, or what is to be trusted cannot be used.
    #[error("{url} cannot be asked: {source}")]
    Unusable {
        /// The address.
        url: String,
        /// What is wrong.
        source: TransportError,
    },
    /// Nobody answers at the address.
    #[error("no emulator answers at {url}: {source}")]
    Unreachable {
        /// The address.
        url: String,
        /// What the network says.
        source: TransportError,
    },
    /// It answered with an error; each sentence is a line.
    #[error("{}", sentences.join("\n"))]
    Refused {
        /// The status of the answer.
        status: StatusCode,
        /// What is wrong, with the place if there is one.
        sentences: Vec<String>,
    },
    /// It answered with something that is none of the control API's answers.
    #[error("{url} answers, but not as an emulator of this version does")]
    Stranger {
        /// The address.
        url: String,
    },
}

/// A running emulator.
#[derive(Clone, Debug)]
pub struct Remote {
    url: String,
    token: Option<ControlToken>,
    client: HttpClient,
}

impl Remote {
    /// The emulator at this address, such as `http://127.0.0.1:7545`.
    ///
    /// # Errors
    /// When it is no address.
    pub fn at(url: &str) -> Result<Self, RemoteError> {
        Self::trusting(url, None)
    }

    /// The emulator at this address, such as `https://127.0.0.1:7545`; of certificates, those in this file are
    /// trusted and no others.
    ///
    /// # Errors
    /// When it is no address, or the file cannot be used.
    pub fn trusting(url: &str, ca: Option<&Path>) -> Result<Self, RemoteError> {
        let url = url.trim_end_matches('/').to_owned();
        match HttpClient::new(&url, ca, PATIENCE) {
            Ok(client) => Ok(Self {
                url,
                token: None,
                client,
            }),
            Err(source) => Err(RemoteError::Unusable { url, source }),
        }
    }

    /// Shows this control token with every request.
    #[must_use]
    pub fn with_control_token(self, token: ControlToken) -> Self {
        Self {
            token: Some(token),
            ..self
        }
    }

    /// Whether the emulator is ready, and which one it is.
    ///
    /// # Errors
    /// When it is not.
    pub async fn health(&self) -> Result<Value, RemoteError> {
        self.json(self.request(Method::GET, "/_mock/health")).await
    }

    /// The certificate of the emulator's certificate authority, in PEM.
    ///
    /// # Errors
    /// When the emulator cannot be reached or has none.
    pub async fn ca_pem(&self) -> Result<String, RemoteError> {
        let answer = self.send(self.request(Method::GET, "/_mock/ca.pem")).await?;
        String::from_utf8(answer.body.into()).map_err(|_| self.stranger())
    }

    /// Makes the tenant what it was after the start.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn reset(&self) -> Result<(), RemoteError> {
        self.done(self.request(Method::POST, "/_mock/reset")).await
    }

    /// Makes the tenant an empty one.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn reset_to_empty(&self) -> Result<(), RemoteError> {
        self.done(
            self.request(Method::POST, "/_mock/reset")
                .json(&json!({ "to": "empty" })),
        )
        .await
    }

    /// What the clock shows and how it runs.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn clock(&self) -> Result<Value, RemoteError> {
        self.json(self.request(Method::GET, "/_mock/clock")).await
    }

    /// Changes the clock, with any of `now`, `advance`, `frozen` and `rate`.
    ///
    /// # Errors
    /// When the emulator cannot be reached or a value is wrong.
    pub async fn change_clock(&self, change: &Value) -> Result<Value, RemoteError> {
        self.json(self.request(Method::PUT, "/_mock/clock").json(change))
            .await
    }

    /// All snapshots.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn snapshots(&self) -> Result<Value, RemoteError> {
        self.json(self.request(Method::GET, "/_mock/snapshots")).await
    }

    /// Keeps the present state under a name, or the one given.
    ///
    /// # Errors
    /// When the emulator cannot be reached, or the name or the state is wrong.
    pub async fn save_snapshot(&self, name: &str, state: Option<&Value>) -> Result<Value, RemoteError> {
        let request = self.request(Method::PUT, &snapshot(name));
        self.json(match state {
            Some(state) => request.json(state),
            None => request,
        })
        .await
    }

    /// A snapshot as a seed.
    ///
    /// # Errors
    /// When the emulator cannot be reached or there is none of that name.
    pub async fn export_snapshot(&self, name: &str) -> Result<Value, RemoteError> {
        self.json(self.request(Method::GET, &snapshot(name))).await
    }

    /// Puts a snapshot back.
    ///
    /// # Errors
    /// When the emulator cannot be reached or there is none of that name.
    pub async fn restore_snapshot(&self, name: &str) -> Result<(), RemoteError> {
        self.done(self.request(Method::POST, &format!("{}/restore", snapshot(name))))
            .await
    }

    /// Forgets a snapshot.
    ///
    /// # Errors
    /// When the emulator cannot be reached or there is none of that name.
    pub async fn forget_snapshot(&self, name: &str) -> Result<(), RemoteError> {
        self.done(self.request(Method::DELETE, &snapshot(name))).await
    }

    /// The present state as a seed.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn export_seed(&self) -> Result<Value, RemoteError> {
        self.json(self.request(Method::GET, "/_mock/seed")).await
    }

    /// Plants a seed in the place of the present state.
    ///
    /// # Errors
    /// When the emulator cannot be reached or anything is wrong with the seed.
    pub async fn plant_seed(&self, seed: &Value) -> Result<(), RemoteError> {
        self.done(self.request(Method::PUT, "/_mock/seed").json(seed))
            .await
    }

    fn request(&self, method: Method, path: &str) -> HttpRequest {
        let request = self.client.request(method, path);
        match &self.token {
            Some(token) => request.header(HeaderName::from_static(CONTROL_TOKEN_HEADER), token.reveal()),
            None => request,
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, RemoteError> {
        let unreachable = |source| RemoteError::Unreachable {
            url: self.url.clone(),
            source,
        };
        let answer = self.client.send(request).await.map_err(unreachable)?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let body: Value = serde_json::from_slice(&answer.body).map_err(|_| self.stranger())?;
        let errors = body
            .get("errors")
            .and_then(Value::as_array)
            .ok_or_else(|| self.stranger())?;
        Err(RemoteError::Refused {
            status: answer.status,
            sentences: errors.iter().map(sentence).collect(),
        })
    }

    async fn json(&self, request: HttpRequest) -> Result<Value, RemoteError> {
        let answer = self.send(request).await?;
        serde_json::from_slice(&answer.body).map_err(|_| self.stranger())
    }

    async fn done(&self, request: HttpRequest) -> Result<(), RemoteError> {
        self.send(request).await.map(drop)
    }

    fn stranger(&self) -> RemoteError {
        RemoteError::Stranger {
            url: self.url.clone(),
        }
    }
}

fn snapshot(name: &str) -> String {
    let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    format!("/_mock/snapshots/{name}")
}

/// An error of the envelope as a line: where, and what.
fn sentence(error: &Value) -> String {
    let text = |pointer: &str| error.pointer(pointer).and_then(Value::as_str);
    let what = text("/detail").or(text("/title")).unwrap_or("refused");
    match text("/source/pointer").or(text("/source/parameter")) {
        Some(place) if !place.is_empty() => format!("{place}: {what}"),
        _ => what.to_owned(),
    }
}
