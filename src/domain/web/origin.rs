//! Origins of web pages: scheme, host and port, as RFC 6454 compares them.

use std::fmt;
use std::net::Ipv6Addr;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::domain::document::text;

/// The origin of a web page, such as `https://example.com` or `http://localhost:8080`, in the one form that a browser
/// sends: in small letters, without the port that the scheme has anyway.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct WebOrigin(String);

/// Schemes of web pages, with the port that each has without saying so.
const SCHEMES: [(&str, u16); 2] = [("http", 80), ("https", 443)];

/// What is wrong with a text that should be an origin. Its sentence says what would be right.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OriginError {
    /// Neither `http://` nor `https://` stands at the beginning.
    #[error(
        "Must be an origin: http:// or https://, a host, and perhaps a port, such as https://example.com:8080."
    )]
    Scheme,
    /// The service has no wildcards here.
    #[error("Must be one origin: there are no wildcards.")]
    Wildcard,
    /// Something stands behind the host and the port.
    #[error("Must end with the host or the port, without a path and without a slash.")]
    Path,
    /// The host is none.
    #[error("Must have a host of letters, digits, hyphens and full stops, or an address.")]
    Host,
    /// The port is none.
    #[error("Must have a port from 1 to 65535, or none.")]
    Port,
}

impl WebOrigin {
    /// Reads an origin. Letter case and a port that goes without saying do not matter.
    ///
    /// # Errors
    /// What it is instead.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let text = text.to_ascii_lowercase();
        let (scheme, authority) = text.split_once("://").ok_or(OriginError::Scheme)?;
        let (_, usual_port) = SCHEMES
            .into_iter()
            .find(|(known, _)| *known == scheme)
            .ok_or(OriginError::Scheme)?;
        if authority.contains('*') {
            return Err(OriginError::Wildcard);
        }
        if authority.contains(['/', '?', '#']) {
            return Err(OriginError::Path);
        }
        let (host, port) = match authority.rfind(']') {
            Some(end) => {
                let (host, rest) = authority.split_at(end + 1);
                (
                    host,
                    if rest.is_empty() {
                        None
                    } else {
                        Some(rest.strip_prefix(':').ok_or(OriginError::Host)?)
                    },
                )
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        if !is_host(host) {
            return Err(OriginError::Host);
        }
        let port = port
            .map(port_number)
            .transpose()?
            .filter(|port| *port != usual_port);
        Ok(Self(match port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }))
    }

    /// The origin as a browser writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A member of a document that is an origin.
///
/// # Errors
/// What it is instead.
pub fn web_origin(value: &Value) -> Result<WebOrigin, String> {
    WebOrigin::parse(&text(value)?).map_err(|error| error.to_string())
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

fn port_number(text: &str) -> Result<u16, OriginError> {
    let is_number = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    let port = is_number.then(|| text.parse().ok()).flatten();
    port.ok_or(OriginError::Port)
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for WebOrigin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_one_form() {
        for (text, canonical) in [
            ("https://example.com", "https://example.com"),
            ("HTTPS://Example.COM:443", "https://example.com"),
            ("http://localhost:80", "http://localhost"),
            ("http://localhost:443", "http://localhost:443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("https://[::1]", "https://[::1]"),
            (
                "https://my_app.example-site.com",
                "https://my_app.example-site.com",
            ),
        ] {
            assert_eq!(WebOrigin::parse(text).unwrap().as_str(), canonical, "{text}");
        }
    }

    #[test]
    fn nothing_else_is_an_origin() {
        use OriginError::{Host, Path, Port, Scheme, Wildcard};
        for (text, error) in [
            ("", Scheme),
            ("null", Scheme),
            ("*", Scheme),
            ("example.com", Scheme),
            ("//example.com", Scheme),
            ("ftp://example.com", Scheme),
            (" https://example.com", Scheme),
            ("https://*.example.com", Wildcard),
            ("https://example.com/", Path),
            ("https://example.com/a", Path),
            ("https://example.com?a", Path),
            ("https://", Host),
            ("https://user@example.com", Host),
            ("https://exa mple.com", Host),
            ("https://example..com", Host),
            ("https://bücher.example", Host),
            ("https://[::1", Host),
            ("https://[::1]8080", Host),
            ("https://[example]", Host),
            ("https://example.com:", Port),
            ("https://example.com:0", Port),
            ("https://example.com:080", Port),
            ("https://example.com:65536", Port),
            ("https://example.com:+1", Port),
        ] {
            assert_eq!(WebOrigin::parse(text), Err(error), "{text}");
        }
    }
}
