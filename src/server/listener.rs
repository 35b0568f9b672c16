//! Binding, serving, and stopping without cutting an answer off.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, Version, header};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceExt as _;

use super::PlainWhereTlsOnly;
use super::connection::{Connection, Scissors};
use super::handshake::{Opened, open};
use crate::api::extract::Scheme;
use crate::tls::Tls;

/// How long answers that are under way may take after the emulator was told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// How long a request that was sent before the emulator was told to stop may take to get here. Whoever asks without a
/// pause is so told by an answer that it was the last one, and meets no connection that was closed under its hands.
const LAST_CALL: Duration = Duration::from_millis(15);

/// Binds an address.
///
/// # Errors
/// Whatever the operating system says, such as that the port is taken.
pub async fn bind(host: &str, port: u16) -> io::Result<TcpListener> {
    // An address of IPv6 may come as it stands in a URL.
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    TcpListener::bind((host, port)).await
}

/// Serves until `stop` is done; then gives a [`LAST_CALL`], takes no more connections and finishes what runs, within
/// [`GRACE`].
pub async fn serve(
    mut listener: TcpListener,
    service: Router,
    tls: Option<Arc<Tls>>,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let (stop_all, stopped) = watch::channel(false);
    let stopped = Stopped(stopped);
    let mut stop = pin!(async {
        stop.await;
        stop_all.send_replace(true);
        tokio::time::sleep(LAST_CALL).await;
    });
    loop {
        // Waits a little by itself when the machine has no more sockets to give.
        let (stream, address) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = &mut stop => break,
        };
        // An answer of ours is one small write: waiting for more only delays it.
        let _ = stream.set_nodelay(true);
        let attended = attend(
            Connection::new(stream),
            address,
            service.clone(),
            tls.clone(),
            stopped.clone(),
        );
        tokio::spawn(attended);
    }
    drop(listener);
    drop(stopped);
    // Closed when the last connection has dropped its end.
    if tokio::time::timeout(GRACE, stop_all.closed()).await.is_err() {
        tracing::warn!(
            "stopped with requests still under way after {} s",
            GRACE.as_secs()
        );
    }
}

/// Tells a connection when all are to stop.
#[derive(Clone)]
struct Stopped(watch::Receiver<bool>);

impl Stopped {
    /// Done when all are to stop and what was sent before has arrived.
    async fn told(&mut self) {
        // The sender stays until the last receiver is gone.
        let _ = self.0.wait_for(|stopped| *stopped).await;
        tokio::time::sleep(LAST_CALL).await;
    }
}

/// Sees one connection through to its end. Whatever goes wrong on it concerns nobody else.
async fn attend(
    connection: Connection,
    address: SocketAddr,
    service: Router,
    tls: Option<Arc<Tls>>,
    mut stopped: Stopped,
) {
    let mut arrival = Arrival {
        address,
        scissors: connection.scissors().clone(),
        scheme: Scheme::Http,
        tls_only: tls.as_ref().is_some_and(|tls| tls.is_only()),
    };
    let opened = tokio::select! {
        opened = open(connection, tls.as_ref()) => opened,
        () = stopped.told() => return,
    };
    match opened {
        Ok(Opened::Plain(stream)) => converse(stream, arrival, service, stopped).await,
        Ok(Opened::Tls(stream)) => {
            arrival.scheme = Scheme::Https;
            converse(stream, arrival, service, stopped).await;
        }
        Err(error) => tracing::debug!(%address, %error, "a connection did not come about"),
    }
}

/// How the requests of a connection came in.
#[derive(Clone)]
struct Arrival {
    address: SocketAddr,
    scissors: Scissors,
    scheme: Scheme,
    tls_only: bool,
}

impl Arrival {
    /// Leaves it among the extensions of a request.
    fn mark(&self, request: &mut Request) {
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(self.address));
        extensions.insert(self.scissors.clone());
        match self.scheme {
            Scheme::Https => drop(extensions.insert(Scheme::Https)),
            Scheme::Http if self.tls_only => drop(extensions.insert(PlainWhereTlsOnly)),
            Scheme::Http => {}
        }
    }
}

/// Answers the requests of a connection, in HTTP/1.1 or HTTP/2 as the client begins.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    arrival: Arrival,
    service: Router,
    mut stopped: Stopped,
) {
    let last_call = stopped.0.clone();
    let answer = service_fn(|request: axum::http::Request<Incoming>| {
        let mut request = request.map(Body::new);
        arrival.mark(&mut request);
        // It changes once: when all are to stop. HTTP/2 has a frame of its own for this, which hyper sends.
        let is_last = request.version() < Version::HTTP_2 && last_call.has_changed().unwrap_or(true);
        let answer = service.clone().oneshot(request);
        async move {
            let mut answer = answer.await?;
            if is_last {
                let headers = answer.headers_mut();
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let server = auto::Builder::new(TokioExecutor::new());
    let mut conversation = pin!(server.serve_connection(TokioIo::new(stream), answer));
    let ended = tokio::select! {
        biased;
        ended = conversation.as_mut() => ended,
        () = stopped.told() => {
            conversation.as_mut().graceful_shutdown();
            conversation.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(error, "a connection broke off");
    }
}

/// The address under which a client on this machine reaches the listener.
pub fn base_url(scheme: Scheme, address: SocketAddr) -> String {
    let scheme = scheme.as_str();
    if address.ip().is_unspecified() {
        format!("{scheme}://127.0.0.1:{}", address.port())
    } else {
        format!("{scheme}://{address}")
    }
}
