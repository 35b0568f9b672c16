//! Durations against an oracle: whatever our strict parser takes, jiff takes too, and both count alike.

use chrono::{DateTime, Utc};
use jiff::Span;
use jiff::civil;
use mock_qlik_cloud::domain::duration::{Iso8601Duration, RelativeTime};
use proptest::prelude::*;

/// Texts that follow the grammar, in every mixture of units.
fn well_formed() -> impl Strategy<Value = String> {
    let date = (
        proptest::option::of(0..300_u32),
        proptest::option::of(0..3_000_u32),
        proptest::option::of(0..9_000_u32),
        proptest::option::of(0..90_000_u32),
    );
    let time = (
        proptest::option::of(0..900_000_u32),
        proptest::option::of(0..9_000_000_u32),
        proptest::option::of("[0-9]{1,9}([.,][0-9]{1,9})?"),
    );
    (date, time).prop_filter_map(
        "at least one amount",
        |((years, months, weeks, days), (hours, minutes, seconds))| {
            let amount =
                |amount: Option<u32>, unit| amount.map_or(String::new(), |amount| format!("{amount}{unit}"));
            let time = amount(hours, 'H')
                + &amount(minutes, 'M')
                + &seconds.map_or(String::new(), |text| text + "S");
            let date = amount(years, 'Y') + &amount(months, 'M') + &amount(weeks, 'W') + &amount(days, 'D');
            match (date.is_empty(), time.is_empty()) {
                (true, true) => None,
                (_, true) => Some(format!("P{date}")),
                _ => Some(format!("P{date}T{time}")),
            }
        },
    )
}

/// Texts that look like durations and mostly are none.
fn look_alike() -> impl Strategy<Value = String> {
    "[-+ ]?[Pp]?([0-9]{0,13}[.,]?[0-9]{0,2}[YMWDTHSymwdths+ -]?){0,4}"
}

fn moment() -> impl Strategy<Value = DateTime<Utc>> {
    // The years 1900 to 2200, to the nanosecond.
    (-2_208_988_800_i64..7_258_118_400, 0..1_000_000_000_u32)
        .prop_filter_map("a moment", |(seconds, nanoseconds)| {
            DateTime::from_timestamp(seconds, nanoseconds)
        })
}

/// jiff's answer in chrono's terms; what lies outside the years 0 to 9999 does not exist for us.
fn as_ours(moment: Result<civil::DateTime, jiff::Error>) -> Option<DateTime<Utc>> {
    let moment = moment.ok().filter(|moment| (0..=9999).contains(&moment.year()))?;
    Some(format!("{moment}Z").parse().unwrap())
}

fn check_against_jiff(text: &str, start: DateTime<Utc>) -> Result<(), TestCaseError> {
    let Ok(ours) = text.parse::<Iso8601Duration>() else {
        return Ok(());
    };
    let theirs: Span = text
        .parse()
        .map_err(|error| TestCaseError::fail(format!("{text:?}: {error}")))?;
    let there: civil::DateTime = start
        .naive_utc()
        .format("%Y-%m-%dT%H:%M:%S%.9f")
        .to_string()
        .parse()
        .unwrap();
    prop_assert_eq!(
        ours.after(start),
        as_ours(there.checked_add(theirs)),
        "{} after {}",
        text,
        start
    );
    prop_assert_eq!(
        ours.before(start),
        as_ours(there.checked_sub(theirs)),
        "{} before {}",
        text,
        start
    );
    prop_assert_eq!(ours.is_zero(), theirs.is_zero());
    Ok(())
}

proptest! {
    #[test]
    fn jiff_agrees_on_every_well_formed_text(text in well_formed(), start in moment()) {
        prop_assert!(text.parse::<Iso8601Duration>().is_ok(), "{}", text);
        check_against_jiff(&text, start)?;
    }

    #[test]
    fn jiff_takes_whatever_we_take(text in look_alike(), start in moment()) {
        check_against_jiff(&text, start)?;
    }

    #[test]
    fn any_text_is_a_duration_or_a_sentence(text in "\\PC{0,20}") {
        match text.parse::<Iso8601Duration>() {
            Ok(duration) => prop_assert_eq!(duration.to_string(), text),
            Err(error) => {
                let sentence = error.to_string();
                prop_assert!(sentence.ends_with("; expected an ISO 8601 duration such as P7D or PT24H"));
            }
        }
    }

    #[test]
    fn a_text_comes_back_as_it_was_written(text in well_formed()) {
        let duration: Iso8601Duration = text.parse().unwrap();
        prop_assert_eq!(duration.as_str(), &text);
        prop_assert_eq!(serde_json::to_value(&duration).unwrap(), text.as_str());
        prop_assert_eq!(serde_json::from_value::<Iso8601Duration>(text.into()).unwrap(), duration);
    }

    #[test]
    fn a_later_start_never_ends_earlier(text in well_formed(), one in moment(), other in moment()) {
        let duration: Iso8601Duration = text.parse().unwrap();
        let (first, second) = (one.min(other), one.max(other));
        if let (Some(first), Some(second)) = (duration.after(first), duration.after(second)) {
            prop_assert!(first <= second);
        }
    }

    #[test]
    fn a_minus_turns_later_into_earlier(text in well_formed(), now in moment()) {
        let duration: Iso8601Duration = text.parse().unwrap();
        let later: RelativeTime = text.parse().unwrap();
        let earlier: RelativeTime = format!("-{text}").parse().unwrap();
        prop_assert_eq!(later.seen_from(now), duration.after(now));
        prop_assert_eq!(earlier.seen_from(now), duration.before(now));
        prop_assert_eq!(earlier.to_string(), format!("-{text}"));
    }
}

/// Where we are stricter than jiff on purpose: a key's age has no sign, and a service that is strict about
/// durations lets no test pass that the real one might fail.
#[test]
fn what_jiff_takes_and_we_refuse() {
    for text in [
        "-P1D", "+P1D", "p1d", "P1d", "PT1h", "PT1.5H", "PT0.5M", "7d", "7 days", "PT1H30m", "P19998Y",
    ] {
        assert!(text.parse::<Span>().is_ok(), "jiff: {text}");
        assert!(text.parse::<Iso8601Duration>().is_err(), "ours: {text}");
    }
}

/// What neither takes.
#[test]
fn what_nobody_takes() {
    for text in [
        "", "P", "PT", "P1DT", "P1.5D", "P1D1D", "P1D1Y", "P7", "PD", "P 1D", " P1D", "P-1D", "PT1.S",
    ] {
        assert!(text.parse::<Span>().is_err(), "jiff: {text}");
        assert!(text.parse::<Iso8601Duration>().is_err(), "ours: {text}");
    }
}
