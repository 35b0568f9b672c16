//! Settings of a tenant: what its API keys may do, and how long its sessions last.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::document::{name_of, whole_number, word};
use super::duration::Iso8601Duration;
use super::ids::AuthSettingsId;

/// Which era of the service a tenant shows.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
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

/// How long a browser session lasts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SessionSettings {
    /// `userSessionInactivityTimeoutMinutes`: a session ends after so many minutes without a request.
    pub inactivity_minutes: u16,
    /// `maxUserSessionLifespanMinutes`: a session ends after so many minutes in any case; whole hours.
    pub lifespan_minutes: u16,
}

impl SessionSettings {
    /// The documented bounds of the inactivity timeout, in minutes: a quarter of an hour to a day.
    pub const INACTIVITY_BOUNDS: (u16, u16) = (15, 1440);
    /// The documented bounds of the lifespan, in minutes: an hour to a week.
    pub const LIFESPAN_BOUNDS: (u16, u16) = (60, 10_080);

    /// Reads an inactivity timeout.
    ///
    /// # Errors
    /// Its bounds.
    pub fn inactivity(value: &Value) -> Result<u16, String> {
        let (least, most) = Self::INACTIVITY_BOUNDS;
        whole_number(least, most)(value)
    }

    /// Reads a lifespan.
    ///
    /// # Errors
    /// Its bounds, and that it is whole hours.
    pub fn lifespan(value: &Value) -> Result<u16, String> {
        let (least, most) = Self::LIFESPAN_BOUNDS;
        match whole_number(least, most)(value)? {
            minutes if minutes % 60 == 0 => Ok(minutes),
            _ => Err("Must be whole hours: a number that 60 divides.".to_owned()),
        }
    }

    /// How long a session lasts without a request.
    pub fn inactivity_timeout(self) -> TimeDelta {
        TimeDelta::minutes(self.inactivity_minutes.into())
    }

    /// How long a session lasts in any case.
    pub fn max_lifespan(self) -> TimeDelta {
        TimeDelta::minutes(self.lifespan_minutes.into())
    }
}

impl Default for SessionSettings {
    /// The documented defaults: half an hour, and a day.
    fn default() -> Self {
        Self {
            inactivity_minutes: 30,
            lifespan_minutes: 1440,
        }
    }
}

/// How a client that registers itself may prove who it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RegistrationMethod {
    /// Not at all: a public client.
    None,
    /// By a secret.
    ClientSecret,
}

impl RegistrationMethod {
    /// The words of the contract.
    pub const WORDS: [(&'static str, Self); 2] =
        [("none", Self::None), ("client_secret", Self::ClientSecret)];

    /// Reads a list of ways.
    ///
    /// # Errors
    /// What it must be.
    pub fn list(value: &Value) -> Result<Vec<Self>, String> {
        let list = value
            .as_array()
            .ok_or_else(|| format!("Must be an array, not {}.", name_of(value)))?;
        list.iter().map(word(&Self::WORDS)).collect()
    }

    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecret => "client_secret",
        }
    }
}

/// The settings of signing in, `AuthSettingsResource` in the published contract.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthSettings {
    /// The id of what was saved; none as long as the defaults hold.
    pub id: Option<AuthSettingsId>,
    /// How long sessions last that begin from now on.
    pub sessions: SessionSettings,
    /// Whether clients may register themselves. Only shown and changed here; the feature is not emulated.
    pub client_registration: bool,
    /// How clients that register themselves may prove who they are; shown while they may.
    pub registration_methods: Vec<RegistrationMethod>,
}

impl Default for AuthSettings {
    /// The documented defaults of sessions. That clients may not register themselves, and would need a secret, is
    /// what a published example shows.
    fn default() -> Self {
        Self {
            id: None,
            sessions: SessionSettings::default(),
            client_registration: false,
            registration_methods: vec![RegistrationMethod::ClientSecret],
        }
    }
}
