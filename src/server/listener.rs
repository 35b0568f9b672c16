//! Binding, serving, and stopping without cutting an answer off.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

/// How long answers that are under way may take after the emulator was told to stop.
const GRACE: Duration = Duration::from_secs(5);

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

/// Serves until `stop` is done; then takes no more connections and finishes what runs, within [`GRACE`].
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    service: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // An answer of ours is one small write: waiting for more only delays it.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        let _ = stopping.send(());
    });
    let out_of_patience = async {
        // Dropped without a message when serving failed by itself: then wait for its result below.
        match stopped.await {
            Ok(()) => tokio::time::sleep(GRACE).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        result = serving => result,
        () = out_of_patience => {
            tracing::warn!("stopped with requests still under way after {} s", GRACE.as_secs());
            Ok(())
        }
    }
}

/// The address under which a client on this machine reaches the listener.
pub fn base_url(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://127.0.0.1:{}", address.port())
    } else {
        format!("http://{address}")
    }
}
