//! The names that certificates are made for.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A name or an address that certificates are made for: `tenant.example`, `*.eu.qlikcloud.com` (one label in the place
/// of the star), `192.0.2.1`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TlsName(String);

/// What is no [`TlsName`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("is neither a name, such as tenant.example or *.eu.qlikcloud.com, nor an address")]
pub struct NoTlsName;

impl FromStr for TlsName {
    type Err = NoTlsName;

    fn from_str(text: &str) -> Result<Self, NoTlsName> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(address.to_canonical().to_string()));
        }
        let text = text.to_ascii_lowercase();
        let name = text.strip_prefix("*.").unwrap_or(&text);
        // RFC 1035, 2.3.4; underscores are no letters of a host name, but are met in the wild.
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        // All digits in the last label: an address that is none.
        let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
        let is_name = name.len() <= 253
            && name.split('.').all(is_label)
            && !name.rsplit('.').next().is_some_and(is_number);
        if is_name { Ok(Self(text)) } else { Err(NoTlsName) }
    }
}

impl fmt::Display for TlsName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TlsName {
    /// The name as a certificate has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a certificate with this name is good for `name`, which is in lower case (RFC 6125, 6.4.3).
    pub fn covers(&self, name: &str) -> bool {
        match self.0.strip_prefix("*.") {
            Some(parent) => name
                .split_once('.')
                .is_some_and(|(label, rest)| !label.is_empty() && rest == parent),
            None => self.0 == name,
        }
    }
}

/// Whether a name can only mean a machine that the client itself chose: one without a full stop, such as that of a
/// service in a container network, or one below `localhost` (RFC 6761, 6.3).
pub(super) fn is_local(name: &str) -> bool {
    !name.contains('.') || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> TlsName {
        text.parse().unwrap_or_else(|_| panic!("{text} is a name"))
    }

    #[test]
    fn a_star_stands_for_one_label() {
        let wildcard = name("*.EU.qlikcloud.com");
        assert!(wildcard.covers("acme.eu.qlikcloud.com"));
        for other in [
            "eu.qlikcloud.com",
            ".eu.qlikcloud.com",
            "a.b.eu.qlikcloud.com",
            "acme.us.qlikcloud.com",
        ] {
            assert!(!wildcard.covers(other), "{other}");
        }
        assert!(name("tenant.example").covers("tenant.example"));
        assert!(!name("tenant.example").covers("a.tenant.example"));
    }

    #[test]
    fn names_are_told_from_what_is_none() {
        assert_eq!(name("::0001").as_str(), "::1");
        assert_eq!(name("Tenant.Example").to_string(), "tenant.example");
        for none in [
            "",
            "*",
            "*.",
            "a..b",
            ".a",
            "a.",
            "a.*.b",
            "-a",
            "a b",
            "a:1",
            "http://a",
            "1.2.3.4.5",
            "ä.example",
        ] {
            assert_eq!(none.parse::<TlsName>(), Err(NoTlsName), "{none}");
        }
    }

    #[test]
    fn names_of_this_machine_need_no_flag() {
        for local in ["localhost", "qlik", "a.localhost", "a.b.localhost"] {
            assert!(is_local(local), "{local}");
        }
        for other in ["tenant.example", "localhost.example", "notlocalhost.com"] {
            assert!(!is_local(other), "{other}");
        }
    }
}
