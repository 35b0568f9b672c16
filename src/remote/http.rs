//! Requests to an emulator: over http or https, never through a proxy; or as calls of a service of this process.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{self, HeaderMap, HeaderName, Method, Request, Response, StatusCode, Uri, header, request};
use http_body_util::BodyExt as _;
use reqwest::redirect;
use rustls::ClientConfig;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;

use crate::tls::{TlsError, Trusted, client_config};

/// How an emulator that listens nowhere is called.
const NOWHERE: &str = "http://localhost";

/// The most redirects that are followed.
const MOST_REDIRECTS: usize = 10;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The address is none.
    #[error("no address of a server: write http://HOST:PORT or https://HOST:PORT")]
    Address,
    /// There is no address to send to, because the emulator is a service of this process only.
    #[error("this emulator listens at no address: call its service")]
    Nowhere,
    /// What is to be trusted cannot be used.
    #[error(transparent)]
    Trust(#[from] TlsError),
    /// A path or a header cannot stand in a request.
    #[error("this is no request: {0}")]
    Malformed(#[from] http::Error),
    /// No connection comes about, or it breaks off; or the certificate is not trusted; or what comes back is no HTTP.
    #[error("{}", with_causes(.0))]
    Connection(#[from] reqwest::Error),
    /// The answer breaks off in its middle.
    #[error("the answer breaks off: {}", with_causes(.0))]
    BrokenOff(#[from] axum::Error),
    /// There is no answer in time.
    #[error("no answer within {} s", .0.as_secs())]
    Late(Duration),
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// A service of this process.
pub(crate) type LocalService = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// Sends requests to one server.
#[derive(Clone, Debug)]
pub struct HttpClient {
    base: Uri,
    way: Way,
    patience: Duration,
}

#[derive(Clone)]
enum Way {
    Network {
        client: reqwest::Client,
        trusted: Arc<ClientConfig>,
    },
    Service(LocalService),
}

impl fmt::Debug for Way {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Network { .. } => "Network",
            Self::Service(_) => "Service",
        })
    }
}

/// A request that is not sent yet.
#[derive(Debug)]
pub struct HttpRequest {
    head: request::Builder,
    body: Bytes,
}

impl HttpRequest {
    /// Sets a header.
    #[must_use]
    pub fn header(self, name: HeaderName, value: &str) -> Self {
        Self {
            head: self.head.header(name, value),
            ..self
        }
    }

    /// Sets several headers.
    #[must_use]
    pub fn headers(mut self, headers: &HeaderMap) -> Self {
        for (name, value) in headers {
            self.head = self.head.header(name, value);
        }
        self
    }

    /// Sets a JSON body. What cannot be written as JSON is sent as `null`.
    #[must_use]
    pub fn json(self, body: &impl Serialize) -> Self {
        Self {
            head: self.head.header(header::CONTENT_TYPE, "application/json"),
            body: serde_json::to_value(body).unwrap_or_default().to_string().into(),
        }
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct HttpAnswer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl HttpAnswer {
    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The JSON document that the body is.
    ///
    /// # Errors
    /// When it is none, or one of another form.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.body)
    }
}

impl HttpClient {
    /// A client for the server at `url`, which waits `patience` for each answer and trusts these certificates for
    /// https.
    ///
    /// # Errors
    /// When the address is none, or the certificates cannot be used.
    pub fn new(url: &str, trusted: Trusted<'_>, patience: Duration) -> Result<Self, TransportError> {
        let base: Uri = url.parse().map_err(|_| TransportError::Address)?;
        let is_known = matches!(base.scheme_str(), Some("http" | "https"));
        if !is_known || base.host().is_none_or(str::is_empty) {
            return Err(TransportError::Address);
        }
        let trusted = client_config(trusted)?;
        Ok(Self {
            base,
            way: Way::Network {
                client: client(trusted.clone(), HeaderMap::new(), redirect::Policy::none())?,
                trusted: Arc::new(trusted),
            },
            patience,
        })
    }

    /// A client for a service of this process, which is called `http://localhost`.
    pub(super) fn of_service(service: LocalService, patience: Duration) -> Self {
        Self {
            base: Uri::from_static(NOWHERE),
            way: Way::Service(service),
            patience,
        }
    }

    /// A client of reqwest that trusts the same certificates, and sends these headers with every request. It follows
    /// redirects.
    ///
    /// # Errors
    /// When the emulator listens nowhere.
    pub(super) fn reqwest(&self, headers: HeaderMap) -> Result<reqwest::Client, TransportError> {
        match &self.way {
            Way::Network { trusted, .. } => {
                let redirects = redirect::Policy::limited(MOST_REDIRECTS);
                Ok(client(ClientConfig::clone(trusted), headers, redirects)?)
            }
            Way::Service(_) => Err(TransportError::Nowhere),
        }
    }

    /// The address, without a slash at the end.
    pub(super) fn url(&self) -> String {
        self.base.to_string().trim_end_matches('/').to_owned()
    }

    /// Begins a request. `path` is appended to the address, and may have a query.
    pub fn request(&self, method: Method, path: &str) -> HttpRequest {
        let base = self.base.path().trim_end_matches('/');
        HttpRequest {
            head: Request::builder()
                .method(method)
                .uri(format!("{base}{path}"))
                .header(header::HOST, self.authority()),
            body: Bytes::new(),
        }
    }

    /// Sends a request and waits for the whole answer, a redirect included.
    ///
    /// # Errors
    /// When there is none.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let request = request.head.body(request.body)?;
        self.in_time(self.whole(request)).await
    }

    /// Sends a request and follows redirects to the same server, as long as nothing is changed by that.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn follow(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let mut request = request.head.body(request.body)?;
        let is_safe = request.method().is_safe();
        self.in_time(async {
            for _ in 0..MOST_REDIRECTS {
                let answer = self.whole(request.clone()).await?;
                match self.target(&answer) {
                    Some(target) if is_safe => *request.uri_mut() = target,
                    _ => return Ok(answer),
                }
            }
            self.whole(request).await
        })
        .await
    }

    /// Sends a request and waits for the beginning of the answer.
    ///
    /// # Errors
    /// When there is none.
    pub async fn open(&self, request: HttpRequest) -> Result<Response<Body>, TransportError> {
        let request = request.head.body(request.body)?;
        self.in_time(self.exchange(request)).await
    }

    fn authority(&self) -> &str {
        self.base.authority().map_or("", |authority| authority.as_str())
    }

    /// Where a redirect leads, if it leads to the same server.
    fn target(&self, answer: &HttpAnswer) -> Option<Uri> {
        let location = answer
            .headers
            .get(header::LOCATION)
            .filter(|_| answer.status.is_redirection());
        let target: Uri = location?.to_str().ok()?.parse().ok()?;
        let is_here = target
            .authority()
            .is_none_or(|authority| authority.as_str() == self.authority());
        let path = target.path_and_query().filter(|_| is_here)?;
        Some(path.clone().into())
    }

    /// What an answer is waited for. Another process takes its time in fact.
    async fn in_time<T>(
        &self,
        answer: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        tokio::time::timeout(self.patience, answer)
            .await
            .unwrap_or(Err(TransportError::Late(self.patience)))
    }

    async fn whole(&self, request: Request<Bytes>) -> Result<HttpAnswer, TransportError> {
        let (head, body) = self.exchange(request).await?.into_parts();
        Ok(HttpAnswer {
            status: head.status,
            headers: head.headers,
            body: body.collect().await?.to_bytes(),
        })
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        match &self.way {
            Way::Network { client, .. } => {
                let (head, body) = request.into_parts();
                let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
                let scheme = self.base.scheme_str().unwrap_or("http");
                let address = format!("{scheme}://{}{path}", self.authority());
                let sent = client
                    .request(head.method, address)
                    .headers(head.headers)
                    .body(body);
                let answer: Response<reqwest::Body> = sent.send().await?.into();
                Ok(answer.map(Body::new))
            }
            Way::Service(service) => {
                let answer = service.clone().oneshot(request.map(Body::from)).await;
                Ok(answer.unwrap_or_else(|never| match never {}))
            }
        }
    }
}

/// A client of reqwest that sends these headers with every request. No proxy of the environment is on the way to an
/// emulator.
fn client(
    trusted: ClientConfig,
    headers: HeaderMap,
    redirects: redirect::Policy,
) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(trusted)
        .default_headers(headers)
        .redirect(redirects)
        .no_proxy()
        .build()
}
