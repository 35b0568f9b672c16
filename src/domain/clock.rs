//! The one source of time of a tenant: the machine's clock, a frozen instant, or the machine's clock shifted.

use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use chrono::{DateTime, Datelike as _, SubsecRound as _, TimeDelta, Timelike as _, Utc};
use serde::{Deserialize, Serialize, Serializer};

use super::duration::RelativeTime;

/// An instant in UTC. The service shows milliseconds, so the clock hands out whole milliseconds.
pub type Timestamp = DateTime<Utc>;

/// Formats an instant as the service writes it: RFC 3339 with milliseconds and `Z`.
pub fn wire(at: Timestamp) -> String {
    Wire(at).text().map_or_else(
        || at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        |text| String::from_utf8_lossy(&text).into_owned(),
    )
}

/// An instant that is written as [`wire`] formats it.
#[derive(Clone, Copy, Debug)]
pub struct Wire(pub Timestamp);

impl Wire {
    /// The text, in years of four digits.
    fn text(self) -> Option<[u8; 24]> {
        let (date, time) = (self.0.date_naive(), self.0.time());
        let year = u32::try_from(date.year()).ok().filter(|year| *year <= 9999)?;
        let mut text = *b"0000-00-00T00:00:00.000Z";
        for (end, mut number) in [
            (4, year),
            (7, date.month()),
            (10, date.day()),
            (13, time.hour()),
            (16, time.minute()),
            (19, time.second()),
            // Beyond 999 in a leap second.
            (23, (time.nanosecond() / 1_000_000).min(999)),
        ] {
            for digit in text[..end].iter_mut().rev() {
                if number == 0 {
                    break;
                }
                *digit += (number % 10) as u8;
                number /= 10;
            }
        }
        Some(text)
    }
}

impl Serialize for Wire {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.text();
        match text.as_ref().and_then(|text| std::str::from_utf8(text).ok()) {
            Some(text) => serializer.serialize_str(text),
            None => serializer.serialize_str(&wire(self.0)),
        }
    }
}

/// The last instant that a clock shows: the calendar of the wire has years of four digits.
const LAST: Timestamp = match DateTime::from_timestamp(253_402_300_799, 0) {
    Some(last) => last,
    None => DateTime::<Utc>::MAX_UTC,
};

/// How a clock runs.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockMode {
    /// It shows the machine's own time.
    System,
    /// It runs, but shows another time than the machine's.
    Shifted,
    /// It stands still until it is moved.
    Frozen,
}

impl ClockMode {
    /// The word for people and for the control API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Shifted => "shifted",
            Self::Frozen => "frozen",
        }
    }
}

/// From a moment of the machine's on, what the clock shows and how fast it goes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Hands {
    machine: Timestamp,
    shown: Timestamp,
    /// Seconds shown for a second of the machine's; none while the clock stands still.
    rate: Option<f64>,
}

impl Hands {
    const SYSTEM: Self = Self {
        machine: DateTime::UNIX_EPOCH,
        shown: DateTime::UNIX_EPOCH,
        rate: Some(1.0),
    };

    fn frozen(at: Timestamp) -> Self {
        Self {
            machine: DateTime::UNIX_EPOCH,
            shown: bounded(at),
            rate: None,
        }
    }

    fn read(self) -> Timestamp {
        let Some(rate) = self.rate else { return self.shown };
        let passed = machine_now() - self.machine;
        let passed = if rate == 1.0 { passed } else { scaled(passed, rate) };
        later(self.shown, passed)
    }

    fn adjusted(self, adjustment: &Adjustment) -> Result<Self, OutOfCalendar> {
        let machine = machine_now();
        let start = adjustment.now.unwrap_or_else(|| self.read());
        let shown = adjustment
            .advance
            .as_ref()
            .map_or(Some(start), |by| by.seen_from(start));
        let shown = shown
            .filter(|at| (DateTime::UNIX_EPOCH..=LAST).contains(at))
            .ok_or(OutOfCalendar)?;
        let rate = match (adjustment.frozen, adjustment.rate) {
            (Some(true), _) => None,
            (_, Some(rate)) => Some(rate),
            // A clock that runs keeps its pace.
            (Some(false), None) => self.rate.or(Some(1.0)),
            (None, None) => self.rate,
        };
        let unmoved = adjustment.now.is_none() && adjustment.advance.is_none() && rate == self.rate;
        Ok(if unmoved {
            self
        } else {
            Self {
                machine,
                shown: bounded(shown),
                rate,
            }
        })
    }

    fn mode(self) -> ClockMode {
        match self.rate {
            None => ClockMode::Frozen,
            Some(1.0) if self.shown == self.machine => ClockMode::System,
            Some(_) => ClockMode::Shifted,
        }
    }
}

fn scaled(passed: TimeDelta, rate: f64) -> TimeDelta {
    // A float holds the milliseconds of 285,000 years exactly.
    TimeDelta::try_milliseconds((passed.num_milliseconds() as f64 * rate) as i64).unwrap_or(TimeDelta::MAX)
}

/// An instant that lies `by` after `from`, within the years that the wire can write.
pub fn later(from: Timestamp, by: TimeDelta) -> Timestamp {
    let beyond = if by < TimeDelta::zero() {
        DateTime::UNIX_EPOCH
    } else {
        LAST
    };
    bounded(from.checked_add_signed(by).unwrap_or(beyond))
}

fn bounded(at: Timestamp) -> Timestamp {
    at.trunc_subsecs(3).clamp(DateTime::UNIX_EPOCH, LAST)
}

/// What to change of a clock, in this order; each may be missing.
#[derive(Clone, Debug, Default)]
pub struct Adjustment {
    /// Show this instant.
    pub now: Option<Timestamp>,
    /// Move by this much.
    pub advance: Option<RelativeTime>,
    /// Stand still, or go on.
    pub frozen: Option<bool>,
    /// Go on this many times as fast as the machine's clock.
    pub rate: Option<f64>,
}

/// A clock would have left the years 1970 to 9999.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OutOfCalendar;

/// A position of a clock, to be put back into.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockPosition(Hands);

/// A clock that can be moved, within the years 1970 to 9999. Every date that a client can see comes from here.
#[derive(Debug)]
pub struct Clock {
    /// Every request reads them more than once, and none should wait for another to do so.
    hands: ArcSwap<Hands>,
    initial: Hands,
}

impl Clock {
    /// A clock that shows the machine's time.
    pub fn system() -> Self {
        Self::starting(Hands::SYSTEM)
    }

    /// A clock that stands still at `at` until it is moved.
    pub fn frozen(at: Timestamp) -> Self {
        Self::starting(Hands::frozen(at))
    }

    fn starting(initial: Hands) -> Self {
        Self {
            hands: ArcSwap::from_pointee(initial),
            initial,
        }
    }

    /// The present instant, in whole milliseconds.
    pub fn now(&self) -> Timestamp {
        self.hands().read()
    }

    /// How the clock runs at present.
    pub fn mode(&self) -> ClockMode {
        self.hands().mode()
    }

    /// Seconds shown for a second of the machine's; 0 while the clock stands still.
    pub fn rate(&self) -> f64 {
        self.hands().rate.unwrap_or_default()
    }

    /// Shows `at`, and goes on from there as before.
    pub fn set(&self, at: Timestamp) {
        self.change(|hands| Hands {
            machine: machine_now(),
            shown: bounded(at),
            ..hands
        });
    }

    /// Moves the clock by `by`; a negative value moves it back.
    pub fn advance(&self, by: TimeDelta) {
        self.change(|hands| {
            let shown = later(hands.read(), by);
            Hands {
                machine: machine_now(),
                shown,
                ..hands
            }
        });
    }

    /// Makes several changes in one step, so that no other change comes between them.
    ///
    /// # Errors
    /// When the clock would leave its years; nothing has changed then.
    pub fn adjust(&self, adjustment: &Adjustment) -> Result<(), OutOfCalendar> {
        let mut verdict = Ok(());
        self.change(|hands| match hands.adjusted(adjustment) {
            Ok(adjusted) => {
                verdict = Ok(());
                adjusted
            }
            Err(error) => {
                verdict = Err(error);
                hands
            }
        });
        verdict
    }

    /// Stops the clock at the instant that it shows.
    pub fn freeze(&self) {
        self.change(|hands| Hands::frozen(hands.read()));
    }

    /// Lets the clock go on from the instant that it shows, `rate` times as fast as the machine's.
    pub fn run(&self, rate: f64) {
        self.change(|hands| Hands {
            machine: machine_now(),
            shown: hands.read(),
            rate: Some(rate),
        });
    }

    /// Lets a clock that stands still go on at the machine's pace.
    pub fn resume(&self) {
        self.run(1.0);
    }

    /// How the clock stands, or runs, at present.
    pub fn position(&self) -> ClockPosition {
        ClockPosition(self.hands())
    }

    /// Lets the clock stand, or run, as it did.
    pub fn restore(&self, position: ClockPosition) {
        self.change(|_| position.0);
    }

    /// Another clock, which is what this one was at first.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self::starting(self.initial)
    }

    /// Makes the clock what it was at first.
    pub fn reset(&self) {
        self.change(|_| self.initial);
    }

    fn hands(&self) -> Hands {
        **self.hands.load()
    }

    /// Changes the hands in one step. If another change comes between, `to` is asked again.
    fn change(&self, mut to: impl FnMut(Hands) -> Hands) {
        self.hands.rcu(|hands| to(**hands));
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
    fn no_clock_leaves_the_calendar() {
        let clock = Clock::frozen(DateTime::UNIX_EPOCH);
        clock.advance(TimeDelta::MAX);
        assert_eq!(wire(clock.now()), "9999-12-31T23:59:59.000Z");
        clock.advance(TimeDelta::MIN);
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH);
        clock.run(1e300);
        assert!(clock.now() <= LAST);
    }

    #[test]
    fn a_reset_clock_is_what_it_was_at_first() {
        let clock = Clock::system();
        assert_eq!(clock.mode(), ClockMode::System);
        clock.advance(TimeDelta::days(1));
        assert_eq!(clock.mode(), ClockMode::Shifted);
        clock.freeze();
        assert_eq!(clock.mode(), ClockMode::Frozen);
        clock.reset();
        assert_eq!(clock.mode(), ClockMode::System);
    }

    #[test]
    fn a_resumed_clock_goes_on_from_where_it_stood() {
        let clock = Clock::frozen(DateTime::UNIX_EPOCH);
        clock.resume();
        let shown = clock.now();
        assert!(shown >= DateTime::UNIX_EPOCH && shown < DateTime::UNIX_EPOCH + TimeDelta::minutes(1));
    }
}
