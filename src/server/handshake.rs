//! What a client speaks, by its first byte: TLS, or else HTTP as it stands.

use std::io;
use std::sync::Arc;

use rustls::server::Acceptor;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use super::connection::Connection;
use crate::tls::Tls;

/// The first byte of every connection in TLS: a record of the handshake (RFC 8446, 5.1). No request line of HTTP can
/// begin with it.
const TLS_HANDSHAKE: u8 = 22;

/// A connection, as the client wants to speak over it.
pub(super) enum Opened {
    Plain(Connection),
    Tls(Box<TlsStream<Connection>>),
}

/// Waits for the first byte, and for the handshake if that is what it begins.
///
/// # Errors
/// When the client goes away, or does not like our certificate.
pub(super) async fn open(connection: Connection, tls: Option<&Arc<Tls>>) -> io::Result<Opened> {
    let Some(tls) = tls else {
        return Ok(Opened::Plain(connection));
    };
    if connection.first_byte().await? != Some(TLS_HANDSHAKE) {
        return Ok(Opened::Plain(connection));
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
    Ok(Opened::Tls(Box::new(stream)))
}
