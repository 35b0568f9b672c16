//! ISO 8601 durations: how the service writes the age of a key (`PT24H`), and how a seed writes a date that
//! follows the clock (`-P29D`).
//!
//! The service documents "ISO 8601 duration" and nothing more; `P7D`, `PT24H` and `P365D` are the published
//! examples. The grammar below is therefore our reading of the standard, on its strict side:
//!
//! ```text
//! duration = "P" [n "Y"] [n "M"] [n "W"] [n "D"] ["T" [n "H"] [n "M"] [n ["." fraction] "S"]]
//! ```
//!
//! with at least one amount, and at least one after a `T`. Weeks may stand beside the other units, as ISO
//! 8601-2 permits. A comma may stand for the decimal point. There is no sign, no blank and no lower case,
//! only seconds take a fraction (1 to 9 digits), and no amount may exceed the years 1 to 9999.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Datelike, Months, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A span of time in calendar units, kept as it was written.
///
/// Two durations are equal when they are written alike: `P1D` and `PT24H` differ, because the service gives
/// back the text that it was given. To compare lengths, compare what [`Iso8601Duration::after`] makes of one
/// moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Iso8601Duration {
    text: String,
    amounts: Amounts,
}

/// What is wrong with a text that should be a duration. Its sentence says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}; expected an ISO 8601 duration such as P7D or PT24H")]
pub struct DurationError(Problem);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("the duration does not begin with a capital P")]
    NoDesignator,
    #[error("a duration has no blanks")]
    Blank,
    #[error("the duration has a sign inside or in front of it")]
    Sign,
    #[error("the duration has no amount after the {0}")]
    NoAmount(char),
    #[error("a number is missing before '{}'", .0.escape_debug())]
    NoNumber(char),
    #[error("a unit is missing after the last number")]
    NoUnit,
    #[error("'{}' is not a unit; units are the capital letters Y, M, W, D, H, M and S", .0.escape_debug())]
    UnknownUnit(char),
    #[error("{0} belongs after a T")]
    NotInDate(char),
    #[error("{0} belongs before the T")]
    NotInTime(char),
    #[error("'{0}' comes twice or too late; the order is Y, M, W, D, T, H, M, S")]
    OutOfOrder(char),
    #[error("only seconds take a fraction, of 1 to 9 digits")]
    Fraction,
    #[error("a duration has at most {} {}s", .0.maximum, .0.singular)]
    TooLarge(&'static Unit),
}

/// One unit of the grammar.
#[derive(Debug, PartialEq, Eq)]
struct Unit {
    designator: char,
    in_time: bool,
    singular: &'static str,
    maximum: u64,
}

impl Unit {
    const fn of_date(designator: char, singular: &'static str, maximum: u64) -> Self {
        Self {
            designator,
            in_time: false,
            singular,
            maximum,
        }
    }

    const fn of_time(designator: char, singular: &'static str, maximum: u64) -> Self {
        Self {
            designator,
            in_time: true,
            singular,
            maximum,
        }
    }
}

const YEARS: usize = 0;
const MONTHS: usize = 1;
const WEEKS: usize = 2;
const DAYS: usize = 3;
const HOURS: usize = 4;
const MINUTES: usize = 5;
const SECONDS: usize = 6;

/// The units in the order in which they are written. Each maximum is the length of the years 1 to 9999 in
/// that unit: more can lead to no date that RFC 3339 writes.
static UNITS: [Unit; 7] = [
    Unit::of_date('Y', "year", 9_999),
    Unit::of_date('M', "month", 119_988),
    Unit::of_date('W', "week", 521_722),
    Unit::of_date('D', "day", 3_652_059),
    Unit::of_time('H', "hour", 87_649_416),
    Unit::of_time('M', "minute", 5_258_964_960),
    Unit::of_time('S', "second", 315_537_897_600),
];

/// More digits than the largest maximum has are refused before they are added up, so that nothing can
/// overflow.
const MOST_DIGITS: usize = 12;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Amounts {
    whole: [u64; UNITS.len()],
    nanoseconds: u32,
}

impl Iso8601Duration {
    /// A number of days, written `P7D`.
    #[must_use]
    pub fn days(days: u16) -> Self {
        Self::of(DAYS, days, format!("P{days}D"))
    }

    /// A number of hours, written `PT24H`.
    #[must_use]
    pub fn hours(hours: u16) -> Self {
        Self::of(HOURS, hours, format!("PT{hours}H"))
    }

    /// A length in whole milliseconds, written in seconds, such as `PT90S`: its absolute value, and at most the years
    /// 1 to 9999.
    #[must_use]
    pub fn of_length(length: TimeDelta) -> Self {
        let longest = UNITS[SECONDS].maximum.saturating_mul(1000);
        let milliseconds = length.num_milliseconds().unsigned_abs().min(longest);
        let (seconds, fraction) = (milliseconds / 1000, milliseconds % 1000);
        let mut amounts = Amounts::default();
        amounts.whole[SECONDS] = seconds;
        // Less than 1000, so it fits.
        amounts.nanoseconds = u32::try_from(fraction * 1_000_000).unwrap_or_default();
        let digits = match fraction {
            0 => seconds.to_string(),
            _ => format!("{seconds}.{fraction:03}")
                .trim_end_matches('0')
                .to_owned(),
        };
        Self {
            text: format!("PT{digits}S"),
            amounts,
        }
    }

    fn of(unit: usize, amount: u16, text: String) -> Self {
        let mut amounts = Amounts::default();
        amounts.whole[unit] = u64::from(amount);
        Self { text, amounts }
    }

    /// The duration as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether every amount is zero, as in `P0D` or `PT0S`.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.amounts == Amounts::default()
    }

    /// The moment that lies this duration after `start`, by the calendar: years and months first (31 January
    /// and one month is the last day of February), then everything else as exact time. `None` when the result
    /// leaves the years 0 to 9999, which are the years that RFC 3339 can write.
    #[must_use]
    pub fn after(&self, start: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let moved = start.checked_add_months(self.amounts.calendar_months()?)?;
        writable(moved.checked_add_signed(self.amounts.exact_time()?)?)
    }

    /// The moment that lies this duration before `end`, by the same rules as [`Iso8601Duration::after`].
    #[must_use]
    pub fn before(&self, end: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let moved = end.checked_sub_months(self.amounts.calendar_months()?)?;
        writable(moved.checked_sub_signed(self.amounts.exact_time()?)?)
    }

    /// How long this is, wherever it starts. `None` for a duration with years or months, which differ in length.
    #[must_use]
    pub fn length(&self) -> Option<TimeDelta> {
        let has_calendar_units = self.amounts.whole[YEARS] > 0 || self.amounts.whole[MONTHS] > 0;
        if has_calendar_units {
            None
        } else {
            self.amounts.exact_time()
        }
    }

    /// The duration for a reader, in the units in which it was written: `7 days`, `1 year and 2 months`.
    /// Amounts of zero are left out; a duration of zero is `0 seconds`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut parts: Vec<String> = UNITS
            .iter()
            .zip(self.amounts.whole)
            .filter(|(unit, amount)| *amount > 0 && unit.designator != 'S')
            .map(|(unit, amount)| counted(&amount.to_string(), unit))
            .collect();
        parts.extend(self.amounts.seconds_in_words(parts.is_empty()));
        match parts.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        }
    }
}

/// A length in whole milliseconds as a duration: `PT5M`, `PT0.25S`. A negative one is written as `PT0S`.
#[must_use]
pub fn wire(length: TimeDelta) -> String {
    let milliseconds = length.num_milliseconds().max(0);
    let (seconds, fraction) = (milliseconds / 1000, milliseconds % 1000);
    if fraction > 0 {
        let text = format!("PT{seconds}.{fraction:03}");
        format!("{}S", text.trim_end_matches('0'))
    } else if seconds > 0 && seconds % 60 == 0 {
        format!("PT{}M", seconds / 60)
    } else {
        format!("PT{seconds}S")
    }
}

/// A date outside the years 0 to 9999 has no RFC 3339 form.
fn writable(moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (0..=9999).contains(&moment.year()).then_some(moment)
}

impl Amounts {
    fn calendar_months(&self) -> Option<Months> {
        u32::try_from(self.whole[YEARS] * 12 + self.whole[MONTHS])
            .ok()
            .map(Months::new)
    }

    /// Weeks and days count as exact time too: a day in UTC always has 24 hours.
    fn exact_time(&self) -> Option<TimeDelta> {
        let days = self.whole[WEEKS] * 7 + self.whole[DAYS];
        let hours = days * 24 + self.whole[HOURS];
        let seconds = (hours * 60 + self.whole[MINUTES]) * 60 + self.whole[SECONDS];
        TimeDelta::new(i64::try_from(seconds).ok()?, self.nanoseconds)
    }

    fn seconds_in_words(&self, even_if_zero: bool) -> Option<String> {
        let seconds = match (self.whole[SECONDS], self.nanoseconds) {
            (0, 0) if !even_if_zero => return None,
            (whole, 0) => whole.to_string(),
            (whole, nanoseconds) => format!("{whole}.{nanoseconds:09}")
                .trim_end_matches('0')
                .to_owned(),
        };
        Some(counted(&seconds, &UNITS[SECONDS]))
    }
}

fn counted(amount: &str, unit: &Unit) -> String {
    format!(
        "{amount} {}{}",
        unit.singular,
        if amount == "1" { "" } else { "s" }
    )
}

fn parse(text: &str) -> Result<Amounts, Problem> {
    if text.contains(char::is_whitespace) {
        return Err(Problem::Blank);
    }
    if text.contains(['+', '-']) {
        return Err(Problem::Sign);
    }
    let mut rest = text.strip_prefix('P').ok_or(Problem::NoDesignator)?;
    let mut amounts = Amounts::default();
    let mut earliest_unit = YEARS;
    let mut in_time = false;
    // The letter that must still be followed by an amount.
    let mut unfilled = Some('P');

    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T') {
            if in_time {
                return Err(Problem::OutOfOrder('T'));
            }
            (rest, in_time, unfilled) = (time, true, Some('T'));
            continue;
        }
        let (number, after) = Number::read(rest)?;
        let index = unit_at(number.unit, in_time)?;
        if index < earliest_unit {
            return Err(Problem::OutOfOrder(number.unit));
        }
        if number.fraction.is_some() && index != SECONDS {
            return Err(Problem::Fraction);
        }
        amounts.whole[index] = number.whole_within(&UNITS[index])?;
        amounts.nanoseconds = number.fraction.map_or(Ok(0), nanoseconds)?;
        (rest, earliest_unit, unfilled) = (after, index + 1, None);
    }
    unfilled.map_or(Ok(amounts), |letter| Err(Problem::NoAmount(letter)))
}

/// Digits, perhaps with a fraction, and the letter behind them.
struct Number<'a> {
    whole: &'a str,
    fraction: Option<&'a str>,
    unit: char,
}

impl<'a> Number<'a> {
    /// Reads one number and its unit from the front of `text`; returns what follows them.
    fn read(text: &'a str) -> Result<(Self, &'a str), Problem> {
        let (whole, mut rest) = split_digits(text);
        if let (true, Some(found)) = (whole.is_empty(), rest.chars().next()) {
            return Err(Problem::NoNumber(found));
        }
        let mut fraction = None;
        if let Some(tail) = rest.strip_prefix(['.', ',']) {
            let (digits, after) = split_digits(tail);
            (fraction, rest) = (Some(digits), after);
        }
        let mut characters = rest.chars();
        let unit = characters.next().ok_or(Problem::NoUnit)?;
        Ok((
            Self {
                whole,
                fraction,
                unit,
            },
            characters.as_str(),
        ))
    }

    fn whole_within(&self, unit: &'static Unit) -> Result<u64, Problem> {
        if self.whole.len() > MOST_DIGITS {
            return Err(Problem::TooLarge(unit));
        }
        let amount = decimal(self.whole);
        if amount > unit.maximum {
            Err(Problem::TooLarge(unit))
        } else {
            Ok(amount)
        }
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// The value of at most [`MOST_DIGITS`] ASCII digits.
fn decimal(digits: &str) -> u64 {
    digits
        .bytes()
        .fold(0, |value, digit| value * 10 + u64::from(digit - b'0'))
}

fn nanoseconds(fraction: &str) -> Result<u32, Problem> {
    if !(1..=9).contains(&fraction.len()) {
        return Err(Problem::Fraction);
    }
    u32::try_from(decimal(&format!("{fraction:0<9}"))).map_err(|_| Problem::Fraction)
}

/// The place in [`UNITS`] of the unit that `letter` stands for, before or after the `T`.
fn unit_at(letter: char, in_time: bool) -> Result<usize, Problem> {
    let known = |unit: &Unit| unit.designator == letter;
    match UNITS
        .iter()
        .position(|unit| known(unit) && unit.in_time == in_time)
    {
        Some(index) => Ok(index),
        None if !UNITS.iter().any(known) => Err(Problem::UnknownUnit(letter)),
        None if in_time => Err(Problem::NotInTime(letter)),
        None => Err(Problem::NotInDate(letter)),
    }
}

impl FromStr for Iso8601Duration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for Iso8601Duration {
    type Error = DurationError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let amounts = parse(&text).map_err(DurationError)?;
        Ok(Self { text, amounts })
    }
}

impl From<Iso8601Duration> for String {
    fn from(duration: Iso8601Duration) -> Self {
        duration.text
    }
}

impl fmt::Display for Iso8601Duration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// A moment told from another one: `-P29D` is 29 days earlier, `P7D` is 7 days later.
///
/// Seeds use it for dates that must follow the clock. The sign is our addition to the grammar of
/// [`Iso8601Duration`]; the service takes no signed duration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelativeTime {
    earlier: bool,
    distance: Iso8601Duration,
}

impl RelativeTime {
    /// A moment that lies `distance` before the other one.
    #[must_use]
    pub fn earlier(distance: Iso8601Duration) -> Self {
        Self {
            earlier: true,
            distance,
        }
    }

    /// A moment that lies `distance` after the other one.
    #[must_use]
    pub fn later(distance: Iso8601Duration) -> Self {
        Self {
            earlier: false,
            distance,
        }
    }

    /// The moment itself. `None` when it leaves the years 0 to 9999.
    #[must_use]
    pub fn seen_from(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.earlier {
            self.distance.before(now)
        } else {
            self.distance.after(now)
        }
    }
}

impl From<Duration> for Iso8601Duration {
    /// In whole milliseconds.
    fn from(length: Duration) -> Self {
        Self::of_length(TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX))
    }
}

impl From<Iso8601Duration> for RelativeTime {
    fn from(distance: Iso8601Duration) -> Self {
        Self::later(distance)
    }
}

impl From<TimeDelta> for RelativeTime {
    /// In whole milliseconds; a negative length is earlier.
    fn from(length: TimeDelta) -> Self {
        Self {
            earlier: length < TimeDelta::zero(),
            distance: Iso8601Duration::of_length(length),
        }
    }
}

impl From<Duration> for RelativeTime {
    /// In whole milliseconds.
    fn from(length: Duration) -> Self {
        Self::later(length.into())
    }
}

impl FromStr for RelativeTime {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix('-') {
            Some(distance) => distance.parse().map(Self::earlier),
            None => text.parse().map(Self::later),
        }
    }
}

impl TryFrom<String> for RelativeTime {
    type Error = DurationError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RelativeTime> for String {
    fn from(relative: RelativeTime) -> Self {
        relative.to_string()
    }
}

impl fmt::Display for RelativeTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}{}",
            if self.earlier { "-" } else { "" },
            self.distance
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn duration(text: &str) -> Iso8601Duration {
        text.parse().unwrap()
    }

    #[test]
    fn a_length_is_written_as_it_would_be_read() {
        for (milliseconds, text) in [
            (0, "PT0S"),
            (90_000, "PT90S"),
            (-1_500, "-PT1.5S"),
            (i64::MAX, "PT315537897600S"),
        ] {
            let relative = RelativeTime::from(TimeDelta::milliseconds(milliseconds));
            assert_eq!(relative.to_string(), text);
            assert_eq!(text.parse(), Ok(relative));
        }
        let length = Duration::from_micros(1_234_567);
        assert_eq!(RelativeTime::from(length).to_string(), "PT1.234S");
    }

    #[test]
    fn a_length_is_exact_and_written_shortly() {
        for (text, milliseconds, written) in [
            ("PT5M", 300_000, "PT5M"),
            ("P1DT1S", 86_401_000, "PT86401S"),
            ("PT0.25S", 250, "PT0.25S"),
            ("PT0S", 0, "PT0S"),
            ("P1W", 604_800_000, "PT10080M"),
        ] {
            assert_eq!(
                duration(text).length(),
                Some(TimeDelta::milliseconds(milliseconds))
            );
            assert_eq!(wire(TimeDelta::milliseconds(milliseconds)), written);
        }
        assert_eq!(duration("P1M").length(), None);
        assert_eq!(wire(TimeDelta::seconds(-1)), "PT0S");
    }

    #[test]
    fn the_published_examples_are_read_and_given_back_as_written() {
        for text in [
            "P7D",
            "PT24H",
            "P365D",
            "P1Y2M3W4DT5H6M7.089S",
            "PT0S",
            "P007D",
            "PT1,5S",
        ] {
            assert_eq!(duration(text).to_string(), text);
            let json = serde_json::to_string(&duration(text)).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(
                serde_json::from_str::<Iso8601Duration>(&json).unwrap(),
                duration(text)
            );
        }
    }

    #[test]
    fn a_refusal_says_what_is_wrong_and_what_would_be_right() {
        for (text, wrong) in [
            ("", "the duration does not begin with a capital P"),
            ("7d", "the duration does not begin with a capital P"),
            ("p7d", "the duration does not begin with a capital P"),
            (
                "P7d",
                "'d' is not a unit; units are the capital letters Y, M, W, D, H, M and S",
            ),
            ("P", "the duration has no amount after the P"),
            ("PT", "the duration has no amount after the T"),
            ("P1DT", "the duration has no amount after the T"),
            (
                "PTT1H",
                "'T' comes twice or too late; the order is Y, M, W, D, T, H, M, S",
            ),
            (
                "PT1HT1M",
                "'T' comes twice or too late; the order is Y, M, W, D, T, H, M, S",
            ),
            (
                "P1D1D",
                "'D' comes twice or too late; the order is Y, M, W, D, T, H, M, S",
            ),
            (
                "P1D1Y",
                "'Y' comes twice or too late; the order is Y, M, W, D, T, H, M, S",
            ),
            (
                "PT1S1H",
                "'H' comes twice or too late; the order is Y, M, W, D, T, H, M, S",
            ),
            ("-P1D", "the duration has a sign inside or in front of it"),
            ("+P1D", "the duration has a sign inside or in front of it"),
            ("P-1D", "the duration has a sign inside or in front of it"),
            (" P1D", "a duration has no blanks"),
            ("P 1D", "a duration has no blanks"),
            ("P1D\n", "a duration has no blanks"),
            ("P7", "a unit is missing after the last number"),
            ("PD", "a number is missing before 'D'"),
            ("P\u{0}1D", "a number is missing before '\\0'"),
            ("P24H", "H belongs after a T"),
            ("PT7D", "D belongs before the T"),
            ("P1.5D", "only seconds take a fraction, of 1 to 9 digits"),
            ("PT1.5H", "only seconds take a fraction, of 1 to 9 digits"),
            ("PT1.S", "only seconds take a fraction, of 1 to 9 digits"),
            (
                "PT1.0123456789S",
                "only seconds take a fraction, of 1 to 9 digits",
            ),
            ("PT.5S", "a number is missing before '.'"),
            ("P10000Y", "a duration has at most 9999 years"),
            ("P3652060D", "a duration has at most 3652059 days"),
            ("P99999999999999999999999D", "a duration has at most 3652059 days"),
            ("P١D", "a number is missing before '١'"),
        ] {
            let error = text.parse::<Iso8601Duration>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!("{wrong}; expected an ISO 8601 duration such as P7D or PT24H"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn months_follow_the_calendar_and_the_rest_is_exact() {
        for (text, start, end) in [
            ("P1M", "2026-01-31T10:00:00Z", "2026-02-28T10:00:00Z"),
            ("P1M", "2028-01-31T10:00:00Z", "2028-02-29T10:00:00Z"),
            ("P1Y", "2028-02-29T00:00:00Z", "2029-02-28T00:00:00Z"),
            ("P1M1D", "2026-01-31T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("P1W", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"),
            ("PT24H", "2026-12-31T23:59:59.5Z", "2027-01-01T23:59:59.5Z"),
            ("PT90M0.25S", "2026-01-01T00:00:00Z", "2026-01-01T01:30:00.25Z"),
        ] {
            assert_eq!(duration(text).after(moment(start)), Some(moment(end)), "{text}");
        }
        assert_eq!(
            duration("P1M").before(moment("2026-03-31T00:00:00Z")),
            Some(moment("2026-02-28T00:00:00Z"))
        );
    }

    #[test]
    fn a_date_that_cannot_be_written_is_none() {
        let now = moment("2026-11-23T00:00:00Z");
        assert_eq!(duration("P9999Y").after(now), None);
        assert_eq!(duration("PT315537897600S").after(now), None);
        assert_eq!(duration("P2027Y").before(now), None);
        assert!(duration("P2026Y").before(now).is_some());
        let everything = "P9999Y119988M521722W3652059DT87649416H5258964960M315537897600.999999999S";
        assert_eq!(duration(everything).after(now), None);
        assert_eq!(duration(everything).before(now), None);
    }

    #[test]
    fn constructors_write_what_the_parser_reads() {
        assert_eq!(Iso8601Duration::days(7), duration("P7D"));
        assert_eq!(Iso8601Duration::hours(24), duration("PT24H"));
        assert_eq!(Iso8601Duration::days(u16::MAX), duration("P65535D"));
        assert!(Iso8601Duration::days(0).is_zero());
        assert!(duration("P0Y0DT0.000S").is_zero());
        assert!(!duration("PT0.000000001S").is_zero());
        assert_ne!(duration("P1D"), duration("PT24H"));
    }

    #[test]
    fn words_are_those_of_a_reader() {
        for (text, words) in [
            ("P7D", "7 days"),
            ("P1D", "1 day"),
            ("PT6H", "6 hours"),
            ("P1Y2M", "1 year and 2 months"),
            ("P1Y0M2W3D", "1 year, 2 weeks and 3 days"),
            ("PT1S", "1 second"),
            ("PT1.50S", "1.5 seconds"),
            ("P1DT0.5S", "1 day and 0.5 seconds"),
            ("P0D", "0 seconds"),
        ] {
            assert_eq!(duration(text).in_words(), words, "{text}");
        }
    }

    #[test]
    fn a_relative_time_takes_one_leading_minus() {
        let now = moment("2026-11-23T00:00:00Z");
        for (text, then) in [
            ("-P29D", "2026-10-25T00:00:00Z"),
            ("P7D", "2026-11-30T00:00:00Z"),
            ("-PT1H", "2026-11-22T23:00:00Z"),
            ("-P0D", "2026-11-23T00:00:00Z"),
        ] {
            let relative: RelativeTime = serde_json::from_value(text.into()).unwrap();
            assert_eq!(relative.seen_from(now), Some(moment(then)), "{text}");
            assert_eq!(serde_json::to_value(&relative).unwrap(), text);
        }
        for text in ["+P1D", "--P1D", "-", "", "- P1D", "-P-1D"] {
            assert!(text.parse::<RelativeTime>().is_err(), "{text:?}");
        }
    }
}
