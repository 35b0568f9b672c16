//! The seeds that are part of the program. docs/SEEDS.md tells what each is for.

use std::str::FromStr;

use serde_json::Value;

use super::{Seed, large};

/// A seed that is part of the program.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Shipped {
    /// Where the tutorial begins: an admin and a user; API keys are switched off.
    #[default]
    Tutorial,
    /// Where the tutorial ends: an admin and a developer with keys, and a viewer.
    Ready,
    /// The tenant with nobody in it.
    Empty,
    /// A developer who may make one more key.
    NearLimit,
    /// Keys that have expired, and one that does within the hour.
    ExpiredKeys,
    /// A key that was revoked.
    Revoked,
    /// Keys that were good until they were switched off.
    KeysOff,
    /// 10,000 users.
    Large,
}

impl Shipped {
    /// All by their names.
    pub const NAMES: [(&'static str, Self); 8] = [
        ("tutorial", Self::Tutorial),
        ("ready", Self::Ready),
        ("empty", Self::Empty),
        ("near-limit", Self::NearLimit),
        ("expired-keys", Self::ExpiredKeys),
        ("revoked", Self::Revoked),
        ("keys-off", Self::KeysOff),
        ("large", Self::Large),
    ];

    /// The seed with this name.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, shipped)| *shipped)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tutorial => "tutorial",
            Self::Ready => "ready",
            Self::Empty => "empty",
            Self::NearLimit => "near-limit",
            Self::ExpiredKeys => "expired-keys",
            Self::Revoked => "revoked",
            Self::KeysOff => "keys-off",
            Self::Large => "large",
        }
    }

    /// As it was written; none if it is made by the program.
    pub fn text(self) -> Option<&'static str> {
        Some(match self {
            Self::Tutorial => include_str!("../../fixtures/seeds/tutorial.json"),
            Self::Ready => include_str!("../../fixtures/seeds/ready.json"),
            Self::Empty => include_str!("../../fixtures/seeds/empty.json"),
            Self::NearLimit => include_str!("../../fixtures/seeds/near-limit.json"),
            Self::ExpiredKeys => include_str!("../../fixtures/seeds/expired-keys.json"),
            Self::Revoked => include_str!("../../fixtures/seeds/revoked.json"),
            Self::KeysOff => include_str!("../../fixtures/seeds/keys-off.json"),
            Self::Large => return None,
        })
    }

    /// The seed as a document.
    ///
    /// # Errors
    /// When its text is no JSON.
    pub fn document(self) -> Result<Value, serde_json::Error> {
        match self.text() {
            Some(text) => serde_json::from_str(text),
            None => Self::Ready.document().map(large::crowded),
        }
    }
}

impl FromStr for Shipped {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::named(text).ok_or_else(|| format!("the shipped seeds are {}", Seed::names()))
    }
}
