//! Requests to an emulator, over http or https: a connection each, no proxy, no redirect.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderName, Method, Request, StatusCode, Uri, header, request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::tls::{TlsError, client_config};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The address is none.
    #[error("no address of a server: write http://HOST:PORT or https://HOST:PORT")]
    Address,
    /// What is to be trusted cannot be used.
    #[error(transparent)]
    Trust(#[from] TlsError),
    /// No connection comes about, or it breaks off; or the certificate is not trusted.
    #[error("{0}")]
    Connection(#[from] io::Error),
    /// What comes back is no HTTP.
    #[error("{}", with_causes(.0))]
    Http(#[from] hyper::Error),
    /// There is no answer in time.
    #[error("no answer within {} s", .0.as_secs())]
    Late(Duration),
}

fn with_causes(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Sends requests to one server.
#[derive(Clone, Debug)]
pub struct HttpClient {
    base: Uri,
    tls: Arc<ClientConfig>,
    patience: Duration,
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

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        Self {
            head: self.head.header(header::CONTENT_TYPE, "application/json"),
            body: body.to_string().into(),
        }
    }
}

/// An answer.
#[derive(Debug)]
pub struct HttpAnswer {
    /// Its status.
    pub status: StatusCode,
    /// Its body.
    pub body: Bytes,
}

impl HttpClient {
    /// A client for the server at `url`, which waits `patience` for each answer and trusts, for https, the
    /// certificates in the file `trusted` and no others.
    ///
    /// # Errors
    /// When the address is none, or the file cannot be used.
    pub fn new(url: &str, trusted: Option<&Path>, patience: Duration) -> Result<Self, TransportError> {
        let base: Uri = url.parse().map_err(|_| TransportError::Address)?;
        let is_known = matches!(base.scheme_str(), Some("http" | "https"));
        if !is_known || base.host().is_none_or(str::is_empty) {
            return Err(TransportError::Address);
        }
        Ok(Self {
            base,
            tls: Arc::new(client_config(trusted)?),
            patience,
        })
    }

    /// Begins a request. `path` is appended to the address, and may have a query.
    pub fn request(&self, method: Method, path: &str) -> HttpRequest {
        let base = self.base.path().trim_end_matches('/');
        let authority = self.base.authority().map_or("", |authority| authority.as_str());
        HttpRequest {
            head: Request::builder()
                .method(method)
                .uri(format!("{base}{path}"))
                .header(header::HOST, authority),
            body: Bytes::new(),
        }
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// # Errors
    /// When there is none.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        // Another process takes its time in fact.
        tokio::time::timeout(self.patience, self.exchange(request))
            .await
            .unwrap_or(Err(TransportError::Late(self.patience)))
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let is_tls = self.base.scheme_str() == Some("https");
        let host = self.base.host().unwrap_or_default();
        // An address of IPv6 stands in brackets.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = self.base.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let stream = TcpStream::connect((host, port)).await?;
        if is_tls {
            let name = ServerName::try_from(host.to_owned()).map_err(|_| TransportError::Address)?;
            let connector = TlsConnector::from(Arc::clone(&self.tls));
            converse(connector.connect(name, stream).await?, request).await
        } else {
            converse(stream, request).await
        }
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: HttpRequest,
) -> Result<HttpAnswer, TransportError> {
    let request = request
        .head
        .body(Full::new(request.body))
        .map_err(|_| TransportError::Address)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends the connection when it is through, by letting go of the sender.
    let exchange = async move {
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(HttpAnswer {
            status: head.status,
            body,
        })
    };
    // What goes wrong with the connection, the exchange sees too.
    let (exchanged, _) = tokio::join!(exchange, connection);
    exchanged
}
