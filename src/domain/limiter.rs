//! Rate limits as qlik.dev publishes them, for a tenant that has them switched on.
//!
//! Documented: every operation has a tier; tier 1 allows 1000 and tier 2 allows 100 requests a minute, a special
//! tier has a limit of its own for one operation. Limits hold for each tier, user and tenant, and are "evaluated over
//! a 5-minute window to support bursts", so 5000 and 500 requests in five minutes. The limit of a tenant is the user's
//! limit × the number of users × 0.5. Who has reached a limit waits; until then all operations of that tier are
//! blocked, those of other tiers are not. Status, header `retry-after` and wording of the 429 are documented, too.
//!
//! Our choice, because nothing is published about it: a window begins with the first request after the last one
//! has ended, and everything in it is forgotten when it ends; requests that are turned away do not count; where the
//! scale makes a fraction of a limit, it is rounded, and at least one request is always allowed.

use std::collections::HashMap;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::clock::Timestamp;
use super::document::{self, Faults, Fields, boolean, number};
use super::duration;
use super::error::DomainError;
use super::ids::UserId;

/// The title of the documented 429.
pub const TITLE: &str = "API rate limit reached.";

/// The detail of the documented 429.
pub fn detail(seconds: u64) -> String {
    format!("You need to wait {seconds} seconds until limit is lifted.")
}

/// The share of all its users' limits that a tenant has.
const TENANT_SHARE: f64 = 0.5;

/// The longest window that a test may set.
const LONGEST_WINDOW: TimeDelta = TimeDelta::days(1);

/// What shares one limit.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Pool {
    /// All operations of tier 1.
    TierOne,
    /// All operations of tier 2.
    TierTwo,
    /// One operation with a special tier, by its id.
    Operation(&'static str),
}

/// The published limit of an operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Allowance {
    /// What shares the limit.
    pub pool: Pool,
    /// Requests that one user may send in a minute.
    pub per_minute: u32,
}

/// Whether and how strictly a tenant limits its users.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimitSettings {
    enabled: bool,
    scale: f64,
    window: TimeDelta,
}

impl Default for RateLimitSettings {
    /// Switched off; when switched on without more, as published.
    fn default() -> Self {
        Self {
            enabled: false,
            scale: 1.0,
            window: TimeDelta::minutes(5),
        }
    }
}

impl RateLimitSettings {
    /// The published limits, switched on.
    pub fn published() -> Self {
        Self {
            enabled: true,
            ..Self::default()
        }
    }

    /// Reads `{"enabled": true, "scale": 0.01, "window": "PT5M"}`; `scale` and `window` may be missing. The scale
    /// multiplies every limit; 0.01 makes 50 requests of 5000.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] with everything that is wrong.
    pub fn read(document: &Value) -> Result<Self, DomainError> {
        let faults = Faults::default();
        let default = Self::default();
        let mut fields = Fields::open(&faults, "", document);
        let enabled = fields.required("enabled", &boolean);
        let scale = fields.optional("scale", &|value| match number(0.0, 1000.0)(value) {
            Ok(0.0) => Err("Must be more than 0.".to_owned()),
            scale => scale,
        });
        let window = fields.optional("window", &|value| {
            document::duration(value)?
                .length()
                .filter(|length| (TimeDelta::seconds(1)..=LONGEST_WINDOW).contains(length))
                .ok_or_else(|| "Must be from PT1S to P1D.".to_owned())
        });
        fields.refuse_unknown();
        faults.verdict(enabled.map(|enabled| Self {
            enabled,
            scale: scale.unwrap_or(default.scale),
            window: window.unwrap_or(default.window),
        }))
    }

    /// The settings as [`RateLimitSettings::read`] takes them.
    pub fn to_json(&self) -> Value {
        json!({ "enabled": self.enabled, "scale": self.scale, "window": duration::wire(self.window) })
    }

    /// Whether anything is limited at all.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// Requests that one user may send in a window.
    fn of_user(&self, allowance: Allowance) -> f64 {
        let minutes = self.window.as_seconds_f64() / 60.0;
        f64::from(allowance.per_minute) * minutes * self.scale
    }

    /// Requests that all users together may send in a window.
    fn of_tenant(&self, allowance: Allowance, users: usize) -> f64 {
        self.of_user(allowance) * users as f64 * TENANT_SHARE
    }
}

/// Whose limit is reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Holder {
    /// The user's.
    User,
    /// The tenant's.
    Tenant,
}

/// A request that is turned away with 429.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limited {
    /// Whose limit is reached.
    pub holder: Holder,
    /// How long it takes until the limit is lifted, in seconds, at least 1: the header `retry-after`.
    pub retry_after_seconds: u64,
}

impl Limited {
    /// The detail of the error.
    pub fn detail(&self) -> String {
        detail(self.retry_after_seconds)
    }

    /// A stable name for the journal; the wire does not tell a user's limit from the tenant's.
    pub fn slug(&self) -> &'static str {
        match self.holder {
            Holder::User => "user-rate-limit",
            Holder::Tenant => "tenant-rate-limit",
        }
    }
}

/// The requests that have passed since the first of a window.
#[derive(Clone, Copy, Debug)]
struct Window {
    begun: Timestamp,
    requests: u64,
}

impl Window {
    fn beginning(now: Timestamp) -> Self {
        Self {
            begun: now,
            requests: 0,
        }
    }

    /// A window in which nothing has passed has not begun. One that begins after `now` does not last either: the
    /// clock was moved back, and nobody should wait for it to catch up.
    fn lasts(&self, length: TimeDelta, now: Timestamp) -> bool {
        self.requests > 0 && (self.begun..self.begun + length).contains(&now)
    }

    /// Seconds until it ends, if as many requests as `limit` allows are in it.
    fn wait(&self, limit: f64, length: TimeDelta, now: Timestamp) -> Option<u64> {
        let full = self.requests as f64 >= limit.round().max(1.0);
        let milliseconds = u64::try_from((self.begun + length - now).num_milliseconds()).unwrap_or_default();
        full.then(|| milliseconds.div_ceil(1000).max(1))
    }
}

/// Counts the requests of a tenant and says when one is too many. A new limiter takes the place of this one when the
/// tenant is reset.
#[derive(Debug, Default)]
pub struct RateLimiter {
    settings: RateLimitSettings,
    users: HashMap<(UserId, Pool), Window>,
    tenant: HashMap<Pool, Window>,
    /// When windows that had ended were last forgotten.
    swept: Timestamp,
}

impl RateLimiter {
    /// A limiter that has counted nothing yet.
    pub fn new(settings: RateLimitSettings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// How strict it is.
    pub fn settings(&self) -> &RateLimitSettings {
        &self.settings
    }

    /// Counts a request, or turns it away; to be asked once a request, when it begins. `users_in_tenant` makes the
    /// tenant's limit.
    ///
    /// # Errors
    /// Whose limit is reached, and for how long.
    pub fn check(
        &mut self,
        allowance: Allowance,
        user: &UserId,
        users_in_tenant: usize,
        now: Timestamp,
    ) -> Result<(), Limited> {
        let settings = self.settings;
        if !settings.enabled {
            return Ok(());
        }
        self.forget_the_idle(now);
        let length = settings.window;
        let of_user = self
            .users
            .entry((user.clone(), allowance.pool))
            .or_insert(Window::beginning(now));
        let of_tenant = self
            .tenant
            .entry(allowance.pool)
            .or_insert(Window::beginning(now));
        let holders = [
            (Holder::User, of_user, settings.of_user(allowance)),
            (
                Holder::Tenant,
                of_tenant,
                settings.of_tenant(allowance, users_in_tenant),
            ),
        ];
        for (holder, window, limit) in &holders {
            let wait = window
                .lasts(length, now)
                .then(|| window.wait(*limit, length, now));
            if let Some(retry_after_seconds) = wait.flatten() {
                return Err(Limited {
                    holder: *holder,
                    retry_after_seconds,
                });
            }
        }
        for (_, window, _) in holders {
            if !window.lasts(length, now) {
                *window = Window::beginning(now);
            }
            window.requests += 1;
        }
        Ok(())
    }

    /// How many windows are held in memory: after a while without requests, none of long ago.
    pub fn windows(&self) -> usize {
        self.users.len() + self.tenant.len()
    }

    /// Forgets the windows that have ended, at most once in the length of a window: what is held is what was
    /// needed during the last two.
    fn forget_the_idle(&mut self, now: Timestamp) {
        let length = self.settings.window;
        if (now - self.swept).abs() < length {
            return;
        }
        self.swept = now;
        self.users.retain(|_, window| window.lasts(length, now));
        self.tenant.retain(|_, window| window.lasts(length, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;
    const READ: Allowance = Allowance {
        pool: Pool::TierOne,
        per_minute: 1000,
    };
    const WRITE: Allowance = Allowance {
        pool: Pool::TierTwo,
        per_minute: 100,
    };
    const FILTER: Allowance = Allowance {
        pool: Pool::Operation("users_api_actions_filter"),
        per_minute: 200,
    };

    /// So many users that the tenant's limit is far away.
    const CROWD: usize = 1000;

    fn user(name: &str) -> UserId {
        UserId::parse(name).unwrap()
    }

    fn limiter(document: Value) -> RateLimiter {
        RateLimiter::new(RateLimitSettings::read(&document).unwrap())
    }

    /// How many requests pass before the first that is turned away.
    fn burst(limiter: &mut RateLimiter, allowance: Allowance, name: &str, users: usize) -> (u32, Limited) {
        let mut passed = 0;
        loop {
            match limiter.check(allowance, &user(name), users, START) {
                Ok(()) => passed += 1,
                Err(limited) => return (passed, limited),
            }
        }
    }

    #[test]
    fn it_is_off_unless_it_is_switched_on() {
        let mut limiter = RateLimiter::default();
        for _ in 0..10_000 {
            assert_eq!(limiter.check(WRITE, &user("ann"), 1, START), Ok(()));
        }
        assert_eq!(limiter.windows(), 0);
    }

    #[test]
    fn the_published_limits_hold_for_five_minutes_and_block_one_tier_of_one_user() {
        let mut limiter = RateLimiter::new(RateLimitSettings::published());
        let ann = user("ann");
        let (passed, limited) = burst(&mut limiter, WRITE, "ann", CROWD);
        assert_eq!(passed, 500);
        assert_eq!(
            limited,
            Limited {
                holder: Holder::User,
                retry_after_seconds: 300
            }
        );
        let later = START + TimeDelta::milliseconds(287_001);
        let refused = limiter.check(WRITE, &ann, CROWD, later).unwrap_err();
        assert_eq!(
            refused.detail(),
            "You need to wait 13 seconds until limit is lifted."
        );
        assert_eq!(limiter.check(READ, &ann, CROWD, later), Ok(()));
        assert_eq!(limiter.check(FILTER, &ann, CROWD, later), Ok(()));
        assert_eq!(limiter.check(WRITE, &user("bob"), CROWD, later), Ok(()));
        assert_eq!(
            limiter.check(WRITE, &ann, CROWD, later + TimeDelta::seconds(13)),
            Ok(())
        );
        assert_eq!(burst(&mut limiter, READ, "bob", CROWD).0, 5000);
        assert_eq!(burst(&mut limiter, FILTER, "bob", CROWD).0, 1000);
    }

    #[test]
    fn the_limit_of_a_tenant_stops_everybody() {
        let mut limiter = RateLimiter::new(RateLimitSettings::published());
        assert_eq!(burst(&mut limiter, WRITE, "ann", 3).0, 500);
        let (passed, limited) = burst(&mut limiter, WRITE, "bob", 3);
        assert_eq!((passed, limited.holder), (250, Holder::Tenant));
        assert_eq!(
            limiter.check(WRITE, &user("eve"), 3, START).unwrap_err().slug(),
            "tenant-rate-limit"
        );
        assert_eq!(limiter.check(READ, &user("eve"), 3, START), Ok(()));
    }

    #[test]
    fn limits_are_scaled_and_windows_shortened_for_a_test() {
        let mut scaled = limiter(json!({ "enabled": true, "scale": 0.01 }));
        assert_eq!(burst(&mut scaled, WRITE, "ann", CROWD).0, 5);
        let mut short = limiter(json!({ "enabled": true, "scale": 0.29, "window": "PT1M" }));
        let (passed, limited) = burst(&mut short, WRITE, "ann", CROWD);
        assert_eq!((passed, limited.retry_after_seconds), (29, 60));
        let mut tiny = limiter(json!({ "enabled": true, "scale": 0.000001 }));
        assert_eq!(burst(&mut tiny, WRITE, "ann", CROWD).0, 1);
    }

    #[test]
    fn idle_users_are_forgotten() {
        let mut limiter = RateLimiter::new(RateLimitSettings::published());
        for number in 0..1000 {
            limiter
                .check(READ, &user(&format!("user-{number}")), CROWD, START)
                .unwrap();
        }
        assert_eq!(limiter.windows(), 1001);
        limiter
            .check(READ, &user("ann"), CROWD, START + TimeDelta::minutes(5))
            .unwrap();
        assert_eq!(limiter.windows(), 2);
    }

    #[test]
    fn a_clock_that_is_moved_back_makes_nobody_wait() {
        let mut limiter = RateLimiter::new(RateLimitSettings::published());
        burst(&mut limiter, WRITE, "ann", CROWD);
        let earlier = START - TimeDelta::days(1);
        assert_eq!(limiter.check(WRITE, &user("ann"), CROWD, earlier), Ok(()));
    }

    #[test]
    fn settings_are_given_back_as_they_were_read_and_nonsense_is_refused() {
        let document = json!({ "enabled": true, "scale": 0.5, "window": "PT10S" });
        assert_eq!(RateLimitSettings::read(&document).unwrap().to_json(), document);
        assert_eq!(
            RateLimitSettings::default().to_json(),
            json!({ "enabled": false, "scale": 1.0, "window": "PT5M" })
        );
        for wrong in [
            json!({}),
            json!({ "enabled": true, "scale": 0 }),
            json!({ "enabled": true, "scale": -1 }),
            json!({ "enabled": true, "window": "PT0S" }),
            json!({ "enabled": true, "window": "P1Y" }),
            json!({ "enabled": true, "limit": 5 }),
        ] {
            assert!(RateLimitSettings::read(&wrong).is_err(), "{wrong}");
        }
    }
}
