//! `healthcheck`: the probe of an image that has no shell and no curl.

use std::time::Duration;

use super::exit;
use crate::config::AddressConfig;

/// Longer than any answer of a healthy emulator takes.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks `/health`; returns the exit code.
pub(super) async fn run(config: &AddressConfig) -> u8 {
    let url = address(config);
    match ask(&url).await {
        Ok(()) => exit::DONE,
        Err(error) => {
            let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
            let causes: String = causes.map(|cause| format!(": {cause}")).collect();
            eprintln!("error: {url} does not answer as it should: {error}{causes}");
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
    format!("http://{host}:{}/health", config.port)
}

async fn ask(url: &str) -> reqwest::Result<()> {
    // A proxy of the environment is never on the way to this machine.
    let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build()?;
    client.get(url).send().await?.error_for_status().map(drop)
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
        assert_eq!(url("0.0.0.0"), "http://127.0.0.1:1/health");
        assert_eq!(url("::"), "http://127.0.0.1:1/health");
        assert_eq!(url("::1"), "http://[::1]:1/health");
        assert_eq!(url("localhost"), "http://localhost:1/health");
    }
}
