//! An instant on a page: a date for people, the exact instant behind it, and how far away it is.

use chrono::TimeDelta;

use crate::domain::clock::{Timestamp, wire};

/// An instant on a page. The script of the console puts the reader's own time zone in the place of UTC.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    /// RFC 3339 with milliseconds, for `datetime` and on hover.
    pub(super) exact: String,
    /// Date and time in UTC.
    pub(super) shown: String,
    /// Such as `in 23 hours`, by the tenant's clock.
    pub(super) distance: String,
}

impl Moment {
    /// `at`, as seen from `now`.
    pub(super) fn new(at: Timestamp, now: Timestamp) -> Self {
        Self {
            exact: wire(at),
            shown: at.format("%-d %b %Y, %H:%M UTC").to_string(),
            distance: distance(at - now),
        }
    }
}

/// One unit is enough, the nearest whole number of it.
fn distance(ahead: TimeDelta) -> String {
    let seconds = ahead.num_seconds().unsigned_abs();
    let past = ahead < TimeDelta::zero();
    let (length, unit) = match seconds {
        0..60 => return if past { "just now" } else { "in a moment" }.to_owned(),
        60..3_570 => (60, "minute"),
        3_570..171_000 => (3_600, "hour"),
        _ => (86_400, "day"),
    };
    let amount = (seconds + length / 2) / length;
    let plural = if amount == 1 { "" } else { "s" };
    if past {
        format!("{amount} {unit}{plural} ago")
    } else {
        format!("in {amount} {unit}{plural}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_whole_units() {
        for (seconds, text) in [
            (-5, "just now"),
            (0, "in a moment"),
            (60, "in 1 minute"),
            (-7_300, "2 hours ago"),
            (6 * 3_600 - 1, "in 6 hours"),
            (86_400, "in 24 hours"),
            (47 * 3_600 + 1_800, "in 2 days"),
            (30 * 86_400, "in 30 days"),
        ] {
            assert_eq!(distance(TimeDelta::seconds(seconds)), text);
        }
    }

    #[test]
    fn the_exact_instant_is_kept() {
        let moment = Moment::new(
            Timestamp::UNIX_EPOCH + TimeDelta::milliseconds(5),
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!(
            (moment.exact.as_str(), moment.shown.as_str()),
            ("1970-01-01T00:00:00.005Z", "1 Jan 1970, 00:00 UTC")
        );
    }
}
