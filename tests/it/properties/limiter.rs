//! The limiter under any traffic: nobody exceeds a limit in a window, waiting as told is enough, and nobody waits
//! for what others of another tier have done.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use mock_qlik_cloud::domain::ids::UserId;
use mock_qlik_cloud::domain::limiter::{Allowance, Holder, Pool, RateLimitSettings, RateLimiter};
use proptest::prelude::*;
use serde_json::json;

const START: DateTime<Utc> = DateTime::UNIX_EPOCH;
const WINDOW: TimeDelta = TimeDelta::seconds(60);
const USERS: usize = 3;

const ALLOWANCES: [Allowance; 3] = [
    Allowance {
        pool: Pool::TierOne,
        per_minute: 8,
    },
    Allowance {
        pool: Pool::TierTwo,
        per_minute: 4,
    },
    Allowance {
        pool: Pool::Operation("users_api_actions_filter"),
        per_minute: 2,
    },
];

/// 8, 4 and 2 requests a minute for a user; one and a half times as much for the tenant.
fn limiter() -> RateLimiter {
    let settings = json!({ "enabled": true, "window": "PT1M" });
    RateLimiter::new(RateLimitSettings::read(&settings).unwrap())
}

fn user(number: usize) -> UserId {
    UserId::parse(&format!("user-{number}")).unwrap()
}

/// Milliseconds since the request before, who, and what.
fn traffic() -> impl Strategy<Value = Vec<(i64, usize, usize)>> {
    prop::collection::vec((0..5_000_i64, 0..USERS, 0..ALLOWANCES.len()), 0..200)
}

proptest! {
    /// The oracle keeps every request that passed, and counts them anew each time.
    #[test]
    fn no_limit_is_exceeded_and_none_is_enforced_early(traffic in traffic()) {
        let mut limiter = limiter();
        let mut now = START;
        let mut begun: HashMap<(Option<usize>, usize), DateTime<Utc>> = HashMap::new();
        let mut passed: Vec<(DateTime<Utc>, usize, usize)> = Vec::new();
        for (wait, who, what) in traffic {
            now += TimeDelta::milliseconds(wait);
            let allowance = ALLOWANCES[what];
            let since = |holder: Option<usize>| {
                begun.get(&(holder, what)).copied().filter(|begun| now < *begun + WINDOW)
            };
            let count = |holder: Option<usize>| since(holder).map_or(0, |begun| {
                let of_holder = passed.iter().filter(|(at, user, pool)| {
                    *at >= begun && *pool == what && holder.is_none_or(|holder| holder == *user)
                });
                of_holder.count() as u32
            });
            let user_is_full = count(Some(who)) >= allowance.per_minute;
            let tenant_is_full = count(None) >= allowance.per_minute * 3 / 2;
            match limiter.check(allowance, &user(who), USERS, now) {
                Ok(()) => {
                    prop_assert!(!user_is_full && !tenant_is_full);
                    for holder in [Some(who), None].into_iter().filter(|holder| since(*holder).is_none()).collect::<Vec<_>>() {
                        begun.insert((holder, what), now);
                    }
                    passed.push((now, who, what));
                }
                Err(limited) => {
                    prop_assert!(user_is_full || tenant_is_full);
                    prop_assert_eq!(limited.holder == Holder::User, user_is_full);
                    prop_assert!((1..=60).contains(&limited.retry_after_seconds));
                }
            }
        }
    }

    /// A client that waits as it is told gets through, at the latest when both limits were lifted.
    #[test]
    fn waiting_as_told_is_enough(traffic in traffic(), who in 0..USERS, what in 0..ALLOWANCES.len()) {
        let mut limiter = limiter();
        let mut now = START;
        for (wait, who, what) in traffic {
            now += TimeDelta::milliseconds(wait);
            let _ = limiter.check(ALLOWANCES[what], &user(who), USERS, now);
        }
        let mut waits = 0;
        while let Err(limited) = limiter.check(ALLOWANCES[what], &user(who), USERS, now) {
            now += TimeDelta::seconds(i64::try_from(limited.retry_after_seconds).unwrap());
            waits += 1;
            prop_assert!(waits <= 2);
        }
    }

    /// What is held does not grow with time.
    #[test]
    fn memory_keeps_to_the_users_of_the_last_two_windows(users in prop::collection::vec(0..500_usize, 1..300)) {
        let mut limiter = limiter();
        for (second, who) in users.into_iter().enumerate() {
            let now = START + TimeDelta::seconds(i64::try_from(second).unwrap());
            let _ = limiter.check(ALLOWANCES[0], &user(who), 1000, now);
            prop_assert!(limiter.windows() <= 2 * 60 + 1 + 1);
        }
    }
}
