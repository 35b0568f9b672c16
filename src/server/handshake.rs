//! What a client speaks, by its first byte: TLS, or else HTTP as it stands.

use std::io;
use std::sync::Arc;

use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::LazyConfigAcceptor;

use super::connection::Connection;
use crate::api::extract::Scheme;
use crate::tls::Tls;

/// The first byte of every connection in TLS: a record of the handshake (RFC 8446, 5.1). No request line of HTTP can
/// begin with it.
const TLS_HANDSHAKE: u8 = 22;

/// What HTTP is spoken over. As a trait object, so that the binary holds HTTP once and not once a scheme.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection, as the client wants to speak over it.
pub(super) struct Opened {
    pub(super) scheme: Scheme,
    pub(super) stream: Box<dyn Stream>,
}

impl Opened {
    fn new(scheme: Scheme, stream: impl Stream + 'static) -> Self {
        Self {
            scheme,
            stream: Box::new(stream),
        }
    }
}

/// Waits for the first byte, and for the handshake if that is what it begins.
///
/// # Errors
/// When the client goes away, or does not like our certificate.
pub(super) async fn open(connection: Connection, tls: Option<&Arc<Tls>>) -> io::Result<Opened> {
    let Some(tls) = tls else {
        return Ok(Opened::new(Scheme::Http, connection));
    };
    if connection.first_byte().await? != Some(TLS_HANDSHAKE) {
        return Ok(Opened::new(Scheme::Http, connection));
    }
    shake_hands(connection, tls).await
}

async fn shake_hands(connection: Connection, tls: &Tls) -> io::Result<Opened> {
    let reached = connection.local_address()?;
    let hello = LazyConfigAcceptor::new(Acceptor::default(), connection).await?;
    let config = tls
        .config_for(hello.client_hello().server_name(), reached)
        .inspect_err(|error| tracing::error!(%error, "no certificate for a client"))
        .map_err(io::Error::other)?;
    let stream = hello.into_stream(config).await?;
    Ok(Opened::new(Scheme::Https, stream))
}
