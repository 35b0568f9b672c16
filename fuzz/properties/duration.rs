//! ISO 8601 durations: read by the parser, and sent as the greatest age of an API key and as the age of one.

use std::str;

use axum::http::{Request, header};
use chrono::{DateTime, Utc};
use jiff::{Span, civil};
use mock_qlik_cloud::domain::clock::wire;
use mock_qlik_cloud::domain::duration::{Iso8601Duration, RelativeTime};
use serde_json::json;

use super::door::{self, Door, TENANT};

/// A text is a duration that comes back as it was written, or is refused in a sentence, and the door agrees.
pub fn holds(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let read = text.parse::<Iso8601Duration>();
    match &read {
        Ok(duration) => holds_of_a_duration(text, duration),
        Err(error) => {
            let sentence = error.to_string();
            assert!(
                sentence.ends_with("; expected an ISO 8601 duration such as P7D or PT24H"),
                "{sentence}"
            );
            assert!(sentence.len() < 200, "{sentence}");
        }
    }
    if let Ok(relative) = text.parse::<RelativeTime>() {
        assert_eq!(relative.to_string(), text);
        assert!(
            text.trim_start_matches('-').parse::<Iso8601Duration>().is_ok(),
            "{text:?}"
        );
    }
    door::with(|door| {
        holds_of_the_setting(door, text, read.is_ok());
        if let Ok(duration) = &read {
            holds_of_a_key(door, text, duration);
        }
    });
}

fn holds_of_a_duration(text: &str, duration: &Iso8601Duration) {
    assert_eq!(duration.to_string(), text);
    assert_eq!(
        serde_json::from_value::<Iso8601Duration>(json!(duration)).unwrap(),
        *duration
    );
    assert!(!duration.in_words().is_empty(), "{text:?}");
    let theirs: Span = text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"));
    assert_eq!(duration.is_zero(), theirs.is_zero(), "{text:?}");
    // The end of February in a leap year, where calendars part.
    for start in [
        "2024-02-29T23:59:59.999999999",
        "1970-01-01T00:00:00",
        "9999-12-31T00:00:00",
    ] {
        let ours: DateTime<Utc> = format!("{start}Z").parse().unwrap();
        let there: civil::DateTime = start.parse().unwrap();
        assert_eq!(
            duration.after(ours),
            as_ours(there.checked_add(theirs)),
            "{text} after {start}"
        );
        assert_eq!(
            duration.before(ours),
            as_ours(there.checked_sub(theirs)),
            "{text} before {start}"
        );
        if let (Some(length), Some(end)) = (duration.length(), duration.after(ours)) {
            assert_eq!(end - ours, length, "{text} after {start}");
        }
    }
}

/// jiff's answer in chrono's terms; what lies outside the years 0 to 9999 does not exist for us.
fn as_ours(moment: Result<civil::DateTime, jiff::Error>) -> Option<DateTime<Utc>> {
    let moment = moment.ok().filter(|moment| (0..=9999).contains(&moment.year()))?;
    Some(format!("{moment}Z").parse().unwrap())
}

/// What is taken is shown as it was written; what is refused changes nothing.
fn holds_of_the_setting(door: &Door, text: &str, is_duration: bool) {
    let path = format!("/api/v1/api-keys/configs/{TENANT}");
    let patch = json!([{ "op": "replace", "path": "/max_api_key_expiry", "value": text }]);
    let request = Request::patch(&path).header(header::CONTENT_TYPE, "application/json");
    let answer = door.send_as_admin(request, patch.to_string().into()).unwrap();
    if answer.status == 204 {
        assert!(is_duration, "{text:?} was taken");
        let shown = door
            .send_as_admin(Request::get(&path), Vec::new())
            .unwrap()
            .json();
        assert_eq!(shown["max_api_key_expiry"], text);
    } else {
        assert_eq!(answer.status, 400, "{text:?}: {}", answer.text());
        assert_eq!(door.state(), *door.start(), "{text:?}");
    }
}

/// A key ends that much later than it began, or is not made.
fn holds_of_a_key(door: &Door, text: &str, duration: &Iso8601Duration) {
    let before = door.state();
    let request = Request::post("/api/v1/api-keys").header(header::CONTENT_TYPE, "application/json");
    let body = json!({ "description": "Made by a property", "expiry": text });
    let answer = door.send_as_admin(request, body.to_string().into()).unwrap();
    if answer.status == 201 {
        let shown = answer.json();
        let created: DateTime<Utc> = shown["created"].as_str().unwrap().parse().unwrap();
        let end = duration.after(created).unwrap();
        assert_eq!(shown["expiry"], wire(end), "{text:?}");
        assert!(end > created, "{text:?}");
    } else {
        assert_eq!(answer.status, 400, "{text:?}: {}", answer.text());
        assert_eq!(door.state(), before, "{text:?}");
    }
}
