//! Settings of a tenant: what its API keys may do and how long its sessions last.

use chrono::TimeDelta;

use super::duration::Iso8601Duration;

/// Which era of the service a tenant shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Edition {
    /// The era of the tutorial (until January 2026): a switch in the settings, and the role `Developer`.
    Classic,
    /// Today: no switch, and the scope `api-keys` through `UserDefault` or a custom role.
    Current,
}

impl Edition {
    /// The names that flags and seeds use.
    pub const WORDS: [(&'static str, Self); 2] = [("classic", Self::Classic), ("current", Self::Current)];

    /// The name that flags and seeds use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Current => "current",
        }
    }
}

/// The configuration of API keys, `ApiKeysConfig` in the published contract.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApiKeySettings {
    /// Whether API keys are switched on. Has no meaning in the current edition, which has no switch.
    pub enabled: bool,
    /// The longest life of a new key of a user, and the life of one that is created without `expiry`.
    pub max_expiry: Iso8601Duration,
    /// How many active keys a subject may have.
    pub max_keys_per_user: u16,
    /// The longest life of a new SCIM key, and the life of one that is created without `expiry`.
    pub scim_expiry: Iso8601Duration,
}

impl ApiKeySettings {
    /// The documented upper bound of `max_keys_per_user`; the lower one is 0.
    pub const MOST_KEYS_PER_USER: u16 = 1000;
}

impl Default for ApiKeySettings {
    /// The documented defaults: off, `PT24H`, 5 and `P365D`.
    fn default() -> Self {
        Self {
            enabled: false,
            max_expiry: Iso8601Duration::hours(24),
            max_keys_per_user: 5,
            scim_expiry: Iso8601Duration::days(365),
        }
    }
}

/// How long a browser session lasts. The settings exist in the real service; these defaults are our choice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SessionSettings {
    /// A session ends after this long without a request.
    pub inactivity_timeout: TimeDelta,
    /// A session ends after this long in any case.
    pub max_lifespan: TimeDelta,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            inactivity_timeout: TimeDelta::hours(1),
            max_lifespan: TimeDelta::hours(24),
        }
    }
}
