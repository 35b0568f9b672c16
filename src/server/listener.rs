//! Binding, serving, and stopping without cutting an answer off.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

use super::connection::{Connections, Scissors};

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
    let service = service.into_make_service_with_connect_info::<Scissors>();
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let serving = axum::serve(Connections(listener), service).with_graceful_shutdown(async move {
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
