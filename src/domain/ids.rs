//! Typed identifiers. Shapes as seen in published examples; a tenant takes any id of the right alphabet.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::clock::Timestamp;
use super::entropy::Entropy;

/// The longest identifier that is taken from a seed or a path.
const MAX_LENGTH: usize = 64;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes 1 to 64 characters of `A-Z a-z 0-9 _ -`; anything else is no id of this service.
            pub fn parse(text: &str) -> Option<Self> {
                let fits = (1..=MAX_LENGTH).contains(&text.len())
                    && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
                fits.then(|| Self(text.into()))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A tenant's id: 32 characters, such as `BL4tTJ4S7xrHTcq0zQxQrJ5qB1_Q6cSo`.
    TenantId
}
text_id! {
    /// A user's id: 24 hexadecimal digits, or 32 characters for older users.
    UserId
}
text_id! {
    /// An OAuth client's id: 32 lower-case hexadecimal digits.
    OAuthClientId
}
text_id! {
    /// The id of an OAuth token in the list of tokens: 24 hexadecimal digits.
    OAuthTokenId
}
text_id! {
    /// A role's id: 24 hexadecimal digits. The ids of built-in roles are the same in every tenant.
    RoleId
}
text_id! {
    /// A group's id: 24 hexadecimal digits. The id of the system group is the same in every tenant.
    GroupId
}
text_id! {
    /// The id of a tenant's identity provider: 24 hexadecimal digits. The contract names no form; this is our choice.
    IdentityProviderId
}
text_id! {
    /// The id of saved authentication settings: 24 hexadecimal digits.
    AuthSettingsId
}

/// The name under which the emulator knows a tenant, beside its id: the first label of its host name.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TenantName(Arc<str>);

impl TenantName {
    /// What makes a name, for a sentence about one that is none.
    pub const RULE: &str = "Must be 1 to 63 characters of a-z 0-9 and hyphens, begin with a letter and not end with a \
                            hyphen.";

    /// Takes a label of a host name that begins with a letter, so that it can be no part of an address: 1 to 63
    /// characters of `a-z 0-9 -`, without a hyphen at the end.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=63).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && !text.ends_with('-')
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        fits.then(|| Self(text.into()))
    }

    /// The name of the tenant that is always there.
    pub fn of_the_default() -> Self {
        Self("default".into())
    }

    /// The name of a tenant that was given none: `t1`, `t2` and so on.
    pub fn numbered(number: u64) -> Self {
        Self(format!("t{number}").into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

text_id! {
    /// A web integration's id: 32 characters, as in published examples of pages that use one.
    WebIntegrationId
}
text_id! {
    /// The id of an entry of the content security policy: 24 hexadecimal digits. The shape is our choice.
    CspEntryId
}
text_id! {
    /// An IP policy's id: 24 hexadecimal digits. The shape is our choice.
    IpPolicyId
}

impl TenantId {
    /// A new id.
    pub fn draw(entropy: &Entropy) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(entropy.bytes::<24>()).into())
    }
}

impl UserId {
    /// A new id.
    pub fn draw(entropy: &Entropy, now: Timestamp) -> Self {
        Self(entropy.object_id(now).into())
    }
}

impl OAuthClientId {
    /// A new id.
    pub fn draw(entropy: &Entropy) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(entropy.bytes())).into())
    }
}

impl OAuthTokenId {
    /// A new id.
    pub fn draw(entropy: &Entropy, now: Timestamp) -> Self {
        Self(entropy.object_id(now).into())
    }
}

impl RoleId {
    /// A new id.
    pub fn draw(entropy: &Entropy, now: Timestamp) -> Self {
        Self(entropy.object_id(now).into())
    }
}

impl GroupId {
    /// A new id.
    pub fn draw(entropy: &Entropy, now: Timestamp) -> Self {
        Self(entropy.object_id(now).into())
    }

    /// The published id of the system group that everybody is in.
    pub fn everyone() -> Self {
        Self("000000000000000000000001".into())
    }
}

impl IdentityProviderId {
    /// A new id.
    pub fn draw(entropy: &Entropy, now: Timestamp) -> Self {
        Self(entropy.object_id(now).into())
    }
}

impl WebIntegrationId {
    /// A new id.
    pub fn draw(entropy: &Entropy) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(entropy.bytes::<24>()).into())
    }
}

impl CspEntryId {
    /// A new id.
    pub fn draw(entropy: &Entropy, now: Timestamp) -> Self {
        Self(entropy.object_id(now).into())
    }
}

impl AuthSettingsId {
    /// A new id.
    pub fn draw(entropy: &Entropy, now: Timestamp) -> Self {
        Self(entropy.object_id(now).into())
    }
}

impl IpPolicyId {
    /// A new id.
    pub fn draw(entropy: &Entropy, now: Timestamp) -> Self {
        Self(entropy.object_id(now).into())
    }
}

/// An API key's id: a UUID, and the `jti` claim of its token.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct ApiKeyId(Uuid);

impl ApiKeyId {
    /// The one that comes behind all others.
    pub const LAST: Self = Self(Uuid::max());

    /// The id with these bits.
    pub fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// Takes a UUID in its hyphenated form; anything else is no key's id.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == uuid::fmt::Hyphenated::LENGTH)
            .then(|| Uuid::try_parse(text).ok().map(Self))
            .flatten()
    }
}

impl fmt::Display for ApiKeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_take_their_own_alphabet_only() {
        assert!(UserId::parse("62716ab404a7bd8626af9bd6").is_some());
        assert!(UserId::parse("dyk0nG9WvXZmupfFtULqgVAp1l3kbmTY").is_some());
        for wrong in ["", "a b", "../etc", "é", &"a".repeat(65)] {
            assert!(UserId::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_tenant_is_named_like_a_host_and_unlike_an_address() {
        for right in ["alpha", "a", "team-7", &"a".repeat(63)] {
            assert!(TenantName::parse(right).is_some(), "{right}");
        }
        for wrong in [
            "",
            "Alpha",
            "7",
            "127",
            "a.b",
            "a_b",
            "-a",
            "a-",
            "é",
            &"a".repeat(64),
        ] {
            assert!(TenantName::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_key_id_is_a_hyphenated_uuid() {
        assert!(ApiKeyId::parse("1fc531f9-1964-46d6-9267-256e707fac45").is_some());
        assert!(ApiKeyId::parse("1fc531f9196446d69267256e707fac45").is_none());
        assert!(ApiKeyId::parse("nonsense").is_none());
    }
}
