//! The one source of time of a tenant: the machine's clock, a frozen instant, or the machine's clock shifted.

use std::sync::{PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

/// An instant in UTC. The service shows milliseconds, so the clock hands out whole milliseconds.
pub type Timestamp = DateTime<Utc>;

/// Formats an instant as the service writes it: RFC 3339 with milliseconds and `Z`.
pub fn wire(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// What a clock shows at present, for people and for snapshots.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ClockMode {
    /// The machine's own time.
    System,
    /// The machine's time, shifted by this much.
    Offset(TimeDelta),
    /// One instant, until it is moved.
    Frozen(Timestamp),
}

/// A clock that can be moved. Every date that a client can see comes from here.
#[derive(Debug)]
pub struct Clock {
    mode: RwLock<ClockMode>,
}

impl Clock {
    /// A clock that shows the machine's time.
    pub fn system() -> Self {
        Self {
            mode: RwLock::new(ClockMode::System),
        }
    }

    /// A clock that stands still at `at` until it is moved.
    pub fn frozen(at: Timestamp) -> Self {
        Self {
            mode: RwLock::new(ClockMode::Frozen(at.trunc_subsecs(3))),
        }
    }

    /// The present instant, in whole milliseconds.
    pub fn now(&self) -> Timestamp {
        read(self.mode())
    }

    /// How the clock runs at present.
    pub fn mode(&self) -> ClockMode {
        *self.mode.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the clock by `by`; a negative value moves it back. A frozen clock stays frozen.
    pub fn advance(&self, by: TimeDelta) {
        self.change(|mode| match mode {
            ClockMode::System => ClockMode::Offset(by),
            ClockMode::Offset(offset) => ClockMode::Offset(offset + by),
            ClockMode::Frozen(at) => ClockMode::Frozen(at + by),
        });
    }

    /// Stops the clock at the instant that it shows.
    pub fn freeze(&self) {
        self.change(|mode| ClockMode::Frozen(read(mode)));
    }

    /// Lets a frozen clock run on from the instant that it shows.
    pub fn resume(&self) {
        self.change(|mode| match mode {
            ClockMode::Frozen(at) => ClockMode::Offset(at - machine_now()),
            running => running,
        });
    }

    fn change(&self, to: impl FnOnce(ClockMode) -> ClockMode) {
        let mut mode = self.mode.write().unwrap_or_else(PoisonError::into_inner);
        *mode = to(*mode);
    }
}

fn read(mode: ClockMode) -> Timestamp {
    match mode {
        ClockMode::System => machine_now(),
        ClockMode::Offset(offset) => machine_now() + offset,
        ClockMode::Frozen(at) => at,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the machine's clock"
)]
fn machine_now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let milliseconds = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
    DateTime::from_timestamp_millis(milliseconds).unwrap_or(DateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_told_to() {
        let clock = Clock::frozen(DateTime::UNIX_EPOCH);
        clock.advance(TimeDelta::hours(1));
        assert_eq!(wire(clock.now()), "1970-01-01T01:00:00.000Z");
        assert_eq!(clock.now(), clock.now());
    }

    #[test]
    fn a_resumed_clock_goes_on_from_where_it_stood() {
        let clock = Clock::frozen(DateTime::UNIX_EPOCH);
        clock.resume();
        let shown = clock.now();
        assert!(shown >= DateTime::UNIX_EPOCH && shown < DateTime::UNIX_EPOCH + TimeDelta::minutes(1));
    }
}
