//! IP policies: the addresses that a tenant can be reached from.
//!
//! As documented: IPv4 only; as soon as one policy is enabled, an address that is in none of the enabled ones is
//! blocked. The service does not take private addresses. Every client of an emulator has one, so that it takes them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::domain::clock::Timestamp;
use crate::domain::document::text;
use crate::domain::ids::{IpPolicyId, UserId};

/// An IP policy, `IPPolicyResource` in the published contract.
#[derive(Clone, Debug)]
pub struct IpPolicy {
    /// The id.
    pub id: IpPolicyId,
    /// The name for people; may be empty.
    pub name: String,
    /// Whether it is in force.
    pub enabled: bool,
    /// The addresses that it lets in.
    pub allowed_ips: Vec<AddressRange>,
    /// Who created it.
    pub created_by: Option<UserId>,
    /// Who changed it last.
    pub updated_by: Option<UserId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl IpPolicy {
    /// Whether the policy lets this client in.
    pub fn contains(&self, client: ClientAddress) -> bool {
        client
            .0
            .is_some_and(|address| self.allowed_ips.iter().any(|range| range.contains(address)))
    }
}

/// Where a client is, as far as a policy can tell: an address of IPv4. An address of IPv6 is in no policy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ClientAddress(Option<Ipv4Addr>);

impl ClientAddress {
    /// This machine, from where everybody comes who uses no socket.
    pub const THIS_MACHINE: Self = Self(Some(Ipv4Addr::LOCALHOST));
}

impl From<IpAddr> for ClientAddress {
    /// `::1` is this machine as `127.0.0.1` is. Our choice: which one `localhost` means is not in a client's hand.
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(address) if address.is_loopback() => Some(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => None,
        })
    }
}

/// One address, or the addresses that begin with the same bits: `192.0.2.1`, `192.0.2.0/24`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AddressRange {
    first: Ipv4Addr,
    /// How many bits they share; none for a plain address, which is written without.
    prefix: Option<u8>,
}

impl AddressRange {
    /// Reads an address or a range in CIDR notation, whose address must be the first one of the range.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => {
                let is_number = prefix == "0"
                    || (!prefix.starts_with('0') && prefix.bytes().all(|byte| byte.is_ascii_digit()));
                let prefix = prefix.parse().ok().filter(|bits| is_number && *bits <= 32)?;
                (address, Some(prefix))
            }
            None => (text, None),
        };
        let range = Self {
            first: address.parse().ok()?,
            prefix,
        };
        (range.first.to_bits() & !range.mask() == 0).then_some(range)
    }

    /// Whether this address is in the range.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        address.to_bits() & self.mask() == self.first.to_bits()
    }

    fn mask(self) -> u32 {
        let bits = u32::from(self.prefix.unwrap_or(32));
        u32::MAX.checked_shl(32 - bits).unwrap_or(0)
    }
}

/// A member of a document that is an address or a range.
///
/// # Errors
/// What it is instead.
pub fn address_range(value: &Value) -> Result<AddressRange, String> {
    AddressRange::parse(&text(value)?).ok_or_else(|| {
        "Must be an address of IPv4, such as 192.0.2.1, or a range that begins with its first address, such as \
         192.0.2.0/24."
            .to_owned()
    })
}

impl fmt::Display for AddressRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix {
            Some(prefix) => write!(formatter, "{}/{prefix}", self.first),
            None => self.first.fmt(formatter),
        }
    }
}

impl Serialize for AddressRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_the_addresses_that_begin_like_it() {
        for (range, inside, outside) in [
            ("192.0.2.1", vec!["192.0.2.1"], vec!["192.0.2.0", "192.0.2.2"]),
            (
                "192.0.2.0/24",
                vec!["192.0.2.0", "192.0.2.255"],
                vec!["192.0.1.255", "192.0.3.0"],
            ),
            (
                "127.0.0.0/8",
                vec!["127.0.0.1", "127.255.255.255"],
                vec!["128.0.0.0"],
            ),
            (
                "192.0.2.6/31",
                vec!["192.0.2.6", "192.0.2.7"],
                vec!["192.0.2.5", "192.0.2.8"],
            ),
            ("192.0.2.6/32", vec!["192.0.2.6"], vec!["192.0.2.7"]),
            ("0.0.0.0/0", vec!["0.0.0.0", "255.255.255.255"], vec![]),
        ] {
            let parsed = AddressRange::parse(range).unwrap();
            assert_eq!(parsed.to_string(), range);
            assert!(
                inside
                    .iter()
                    .all(|address| parsed.contains(address.parse().unwrap())),
                "{range}"
            );
            assert!(
                !outside
                    .iter()
                    .any(|address| parsed.contains(address.parse().unwrap())),
                "{range}"
            );
        }
    }

    #[test]
    fn nothing_else_is_a_range() {
        for text in [
            "",
            "localhost",
            "::1",
            "192.0.2",
            "192.0.2.1/",
            "192.0.2.1/24",
            "192.0.2.0/33",
            "192.0.2.0/024",
            "192.0.2.0/+24",
            "192.0.2.0/-1",
            "192.0.02.0/24",
            "192.0.2.256",
            " 192.0.2.1",
            "192.0.2.1-192.0.2.9",
        ] {
            assert!(AddressRange::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_client_is_seen_by_its_address_of_ipv4() {
        let seen = |text: &str| ClientAddress::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(seen("127.0.0.1"), ClientAddress::THIS_MACHINE);
        assert_eq!(seen("::1"), ClientAddress::THIS_MACHINE);
        assert_eq!(seen("::ffff:192.0.2.1"), seen("192.0.2.1"));
        assert_eq!(seen("2001:db8::1"), ClientAddress(None));
    }
}
