//! `healthcheck`: the probe of an image that has no shell and no curl.

use std::time::Duration;

use axum::http::{Method, StatusCode};

use super::exit;
use crate::config::AddressConfig;
use crate::remote::{HttpClient, TransportError};
use crate::tls::Trusted;

const HEALTH: &str = "/health";

/// Longer than any answer of a healthy emulator takes.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks `/health`; returns the exit code. Plain HTTP is answered there even where everything else wants TLS.
pub(super) async fn run(config: &AddressConfig) -> u8 {
    let url = address(config);
    match ask(&url).await {
        Ok(StatusCode::OK) => exit::DONE,
        Ok(status) => {
            eprintln!("error: {url}{HEALTH} does not answer as it should: {status}");
            exit::FAILED
        }
        Err(error) => {
            eprintln!("error: {url}{HEALTH} does not answer as it should: {error}");
            exit::FAILED
        }
    }
}

/// An emulator that listens on every address is asked on loopback.
fn address(config: &AddressConfig) -> String {
    let host = match config.host.as_str() {
        "0.0.0.0" | "::" | "[::]" => "127.0.0.1".to_owned(),
        host if host.contains(':') && !host.starts_with('[') => format!("[{host}]"),
        host => host.to_owned(),
    };
    format!("http://{host}:{}", config.port)
}

async fn ask(url: &str) -> Result<StatusCode, TransportError> {
    let client = HttpClient::new(url, Trusted::None, PATIENCE)?;
    let answer = client.send(client.request(Method::GET, HEALTH)).await?;
    Ok(answer.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_address_is_asked_on_loopback() {
        let url = |host: &str| {
            address(&AddressConfig {
                host: host.to_owned(),
                port: 1,
            })
        };
        assert_eq!(url("0.0.0.0"), "http://127.0.0.1:1");
        assert_eq!(url("::"), "http://127.0.0.1:1");
        assert_eq!(url("::1"), "http://[::1]:1");
        assert_eq!(url("localhost"), "http://localhost:1");
    }
}
