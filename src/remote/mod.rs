//! A running emulator in the hands of a test: the control API as functions with types.
//!
//! [`Remote`] is the same for an emulator that the test started itself ([`Emulator::control`]), for one that listens
//! nowhere ([`EmulatorService::control`]), and for one in another process ([`Remote::at`]).
//!
//! ```
//! use chrono::TimeDelta;
//! use mock_qlik_cloud::Emulator;
//! use mock_qlik_cloud::remote::{FaultSpec, KeySpec, RequestQuery};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = Emulator::builder().seed("ready".parse()?).start().await?;
//! let control = emulator.control()?;
//! let developer = control.client_for("developer@example.com").await?;
//!
//! // Made to fail twice, then to work.
//! let fault = control.add_fault(&FaultSpec::on("createApiKey").status(503).times(2)).await?;
//! assert!(developer.create_api_key(&KeySpec::default()).await.is_err());
//! assert!(developer.create_api_key(&KeySpec::default()).await.is_err());
//! let made = developer.create_api_key(&KeySpec::default().expiry("P1D".parse()?)).await?;
//! assert_eq!(control.fault(&fault.id).await?.hits, 2);
//!
//! // A day later the key is expired.
//! control.advance_clock(TimeDelta::seconds(86_401)).await?;
//! let refused = control.client_with_token(made.token).get("/api/v1/users").send().await?;
//! assert_eq!(refused.status, 401);
//!
//! let created = RequestQuery::of("createApiKey").status(201);
//! control.verify(&created.exactly(1)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Emulator::control`]: crate::Emulator::control
//! [`EmulatorService::control`]: crate::EmulatorService::control

use std::path::Path;
use std::time::Duration;

use axum::http::{HeaderName, Method, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::control::guard::CONTROL_TOKEN_HEADER;
use crate::domain::clock::{ClockMode, Timestamp};
use crate::domain::secret::ControlToken;
use crate::domain::settings::Edition;
use crate::tls::Trusted;

mod client;
mod clock;
mod coverage;
mod credentials;
mod faults;
mod http;
mod limits;
mod moment;
mod people;
mod requests;
mod states;
mod stream;
mod tenants;

pub use client::{TenantClient, TenantRequest};
pub use clock::ClockFace;
pub use coverage::{Coverage, CoverageList, CoverageSums, FamilyCoverage, OperationCoverage};
pub use credentials::{ApiKeyToken, MadeKey, MadeSession};
pub use faults::{FaultReport, FaultSpec, LatencySpec};
pub use http::{HttpAnswer, HttpClient, HttpRequest, TransportError};
pub use limits::RateLimits;
pub use people::{ApiKeyRecord, AssignedRole, CreatedKey, KeySpec, UserRecord, UserSpec};
pub use requests::{
    Expected, FoundRequests, NearMiss, RecordedBody, RecordedCaller, RecordedRequest, RequestQuery, Unmet,
    Verification,
};
pub use states::SnapshotSummary;
pub use stream::RequestStream;
pub use tenants::{CreatedTenant, KeyHolder, TenantFace, TenantSpec};

/// Longer than anything that an emulator does takes.
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
        /// The code of the first error, such as `APIKEYS-14`.
        code: String,
        /// What is wrong, with the place if there is one.
        sentences: Vec<String>,
    },
    /// It was not asked what a test expects.
    #[error(transparent)]
    Unmet(Box<Unmet>),
    /// It answered with something that is none of the answers of an emulator of this version.
    #[error("{url} answers, but not as an emulator of this version does")]
    Stranger {
        /// The address.
        url: String,
    },
}

/// What `/health` says.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// `ok`.
    pub status: String,
    /// The version of the emulator.
    pub version: String,
    /// The era that the tenant shows.
    pub edition: Edition,
    /// The tenant's id.
    pub tenant_id: String,
    /// What the tenant's clock shows.
    #[serde(serialize_with = "moment::serialize")]
    pub time: Timestamp,
    /// How it runs.
    pub clock: ClockMode,
    /// How many tenants there are.
    pub tenants: u64,
    /// How many connections there are.
    pub connections: Connections,
}

/// How many connections an emulator serves.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Connections {
    /// Now, with the one that asked.
    pub open: usize,
    /// At once, at most.
    pub maximum: usize,
}

/// A running emulator, or one of its tenants.
#[derive(Clone, Debug)]
pub struct Remote {
    url: String,
    tenant: Option<String>,
    token: Option<ControlToken>,
    client: HttpClient,
}

impl Remote {
    /// The emulator at this address, such as `http://127.0.0.1:7545`.
    ///
    /// # Errors
    /// When it is no address.
    pub fn at(url: &str) -> Result<Self, RemoteError> {
        Self::over(url, Trusted::None)
    }

    /// The emulator at this address, such as `https://127.0.0.1:7545`; of certificates, those in this file are
    /// trusted and no others.
    ///
    /// # Errors
    /// When it is no address, or the file cannot be used.
    pub fn trusting(url: &str, ca: Option<&Path>) -> Result<Self, RemoteError> {
        Self::over(url, ca.map_or(Trusted::None, Trusted::File))
    }

    /// The same with the certificates of a text.
    pub(crate) fn trusting_pem(url: &str, pem: Option<&str>) -> Result<Self, RemoteError> {
        Self::over(url, pem.map_or(Trusted::None, Trusted::Pem))
    }

    /// An emulator of this process that listens nowhere.
    pub(crate) fn of_service(service: http::LocalService) -> Self {
        Self::by(HttpClient::of_service(service, PATIENCE))
    }

    fn over(url: &str, trusted: Trusted<'_>) -> Result<Self, RemoteError> {
        let client = HttpClient::new(url, trusted, PATIENCE).map_err(|source| RemoteError::Unusable {
            url: url.to_owned(),
            source,
        })?;
        Ok(Self::by(client))
    }

    fn by(client: HttpClient) -> Self {
        Self {
            url: client.url(),
            tenant: None,
            token: None,
            client,
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

    /// The same emulator, where everything is about the tenant with this name or id.
    #[must_use]
    pub fn tenant(&self, name: impl Into<String>) -> Self {
        Self {
            tenant: Some(name.into()),
            ..self.clone()
        }
    }

    /// The address, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether the emulator is ready, and which one it is.
    ///
    /// # Errors
    /// When it is not.
    pub async fn health(&self) -> Result<Health, RemoteError> {
        self.fetch(self.request(Method::GET, "/_mock/health")).await
    }

    /// The certificate of the emulator's certificate authority, in PEM.
    ///
    /// # Errors
    /// When the emulator cannot be reached or has none.
    pub async fn ca_pem(&self) -> Result<String, RemoteError> {
        let answer = self.send(self.request(Method::GET, "/_mock/ca.pem")).await?;
        Ok(answer.text())
    }

    /// A request to the control API. The path has no parameters yet.
    fn request(&self, method: Method, path: &str) -> HttpRequest {
        self.request_with(method, path, &[])
    }

    /// A request to the control API with parameters.
    fn request_with(&self, method: Method, path: &str, parameters: &[(&str, String)]) -> HttpRequest {
        let tenant = self.tenant.as_ref().map(|name| ("tenant", name.clone()));
        let mut path = path.to_owned();
        for (index, (name, value)) in parameters.iter().cloned().chain(tenant).enumerate() {
            path.push(if index == 0 { '?' } else { '&' });
            path.extend([name, "=", &encoded(&value)]);
        }
        let request = self.client.request(method, &path);
        match &self.token {
            Some(token) => request.header(HeaderName::from_static(CONTROL_TOKEN_HEADER), token.reveal()),
            None => request,
        }
    }

    /// What is answered to a request, if it is no error.
    async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, RemoteError> {
        let answer = self.client.send(request).await.map_err(unreachable(&self.url))?;
        accepted(&self.url, answer)
    }

    async fn fetch<T: DeserializeOwned>(&self, request: HttpRequest) -> Result<T, RemoteError> {
        parsed(&self.url, &self.send(request).await?)
    }

    /// The list in `data`.
    async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, RemoteError> {
        let list: List<T> = self.fetch(self.request(Method::GET, path)).await?;
        Ok(list.data)
    }

    async fn done(&self, request: HttpRequest) -> Result<(), RemoteError> {
        self.send(request).await.map(drop)
    }
}

#[derive(Deserialize)]
struct List<T> {
    data: Vec<T>,
}

/// A segment of a path, or the value of a parameter.
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn stranger(url: &str) -> RemoteError {
    RemoteError::Stranger { url: url.to_owned() }
}

fn unreachable(url: &str) -> impl FnOnce(TransportError) -> RemoteError {
    let url = url.to_owned();
    move |source| RemoteError::Unreachable { url, source }
}

fn parsed<T: DeserializeOwned>(url: &str, answer: &HttpAnswer) -> Result<T, RemoteError> {
    answer.json().map_err(|_| stranger(url))
}

/// An answer, unless it is an error.
fn accepted(url: &str, answer: HttpAnswer) -> Result<HttpAnswer, RemoteError> {
    let status = answer.status;
    if status.is_success() {
        return Ok(answer);
    }
    let body: Value = parsed(url, &answer)?;
    let errors = body
        .get("errors")
        .and_then(Value::as_array)
        .ok_or_else(|| stranger(url))?;
    let first = errors.first().ok_or_else(|| stranger(url))?;
    // A few families of the service write a code as a number.
    let code = match first.get("code") {
        Some(Value::String(code)) => code.clone(),
        Some(code) => code.to_string(),
        None => String::new(),
    };
    if code == requests::UNMET {
        let unmet = first.get("meta").cloned().unwrap_or_default();
        let unmet = serde_json::from_value(unmet).map_err(|_| stranger(url))?;
        return Err(RemoteError::Unmet(Box::new(unmet)));
    }
    Err(RemoteError::Refused {
        status,
        code,
        sentences: errors.iter().map(sentence).collect(),
    })
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
