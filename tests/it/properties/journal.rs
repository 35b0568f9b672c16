//! The journal under any traffic: its bounds hold, nothing but the oldest is missing, and no secret is in it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use mock_qlik_cloud::domain::journal::{
    Arrival, Body, Draft, Entry, Expectation, Finished, Journal, JournalSettings, Outcome, Query, har,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A request as text: path, query, body and status.
type Request = (String, Option<String>, Option<String>, u16);

fn request() -> impl Strategy<Value = Request> {
    (
        "(/[a-z]{1,3}){1,4}",
        prop::option::of("[a-z]{1,5}=[a-z]{0,20}"),
        prop::option::of("[a-zé ]{0,300}".prop_map(|text| json!({ "text": text }).to_string())),
        prop_oneof![Just(200_u16), Just(201), Just(403), Just(404), Just(503)],
    )
}

fn finished((path, query, body, status): &Request, body_bytes: usize) -> Finished {
    let arrival = Arrival {
        at: DateTime::<Utc>::UNIX_EPOCH,
        http_version: "HTTP/1.1",
        method: "POST",
        path,
        query: query.as_deref(),
        operation: None,
        family: None,
    };
    let kept = |body: &Option<String>| {
        body.as_ref()
            .map_or_else(Body::default, |text| Body::of(None, text.as_bytes(), body_bytes))
    };
    let outcome = Outcome {
        status: Some(*status),
        request_body: kept(body),
        response_body: kept(body),
        ..Outcome::default()
    };
    Draft::begin(&arrival, [("accept", "*/*")]).end(outcome, [("content-type", "application/json")])
}

fn sequences(entries: &[Arc<Entry>]) -> Vec<u64> {
    entries.iter().map(|entry| entry.sequence).collect()
}

/// Texts that are secrets by their form wherever they stand.
fn token() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_-]{20,60}\\.[A-Za-z0-9_-]{40,80}1\\.[A-Za-z0-9_-]{20,60}"
}

/// A JSON document in which every secret is `secret`, under a name that says so.
fn document(secret: String) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i32>().prop_map(Value::from),
        "[a-z ]{0,10}".prop_map(Value::from)
    ];
    let name = "[a-z]{1,8}";
    let secret_name = prop_oneof![
        "token",
        "client_secret",
        "Password",
        "X-Authorization",
        "csrfToken"
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        let secret = json!(secret);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(name, inner.clone(), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
            (secret_name.clone(), inner)
                .prop_map(move |(name, inner)| json!({ name: secret, "other": inner })),
        ]
    })
}

proptest! {
    #[test]
    fn the_bounds_hold_and_only_the_oldest_are_missing(
        requests in prop::collection::vec(request(), 0..80),
        entries in 0..60_usize, bytes in 0..60_000_usize, body_bytes in 0..400_usize,
    ) {
        let mut journal = Journal::new(JournalSettings { entries, bytes, body_bytes });
        for (number, request) in (1..).zip(&requests) {
            prop_assert_eq!(journal.record(finished(request, body_bytes)).sequence, number);
            prop_assert!(journal.len() <= entries);
            prop_assert!(journal.is_empty() || journal.bytes() <= bytes);
            let held: Vec<_> = journal.since(0).map(|entry| entry.sequence).collect();
            let expected: Vec<_> = (number + 1 - held.len() as u64..=number).collect();
            prop_assert_eq!(&held, &expected);
            prop_assert_eq!(journal.dropped_since(0) + held.len() as u64, number);
        }
    }

    #[test]
    fn a_query_finds_what_reading_everything_finds(
        requests in prop::collection::vec(request(), 0..60),
        entries in 1..60_usize, status in prop_oneof!["2xx", "4xx", "503"],
        since in prop::option::of(0..70_u64), limit in 1..20_usize,
    ) {
        let mut journal = Journal::new(JournalSettings { entries, ..JournalSettings::default() });
        for request in &requests {
            journal.record(finished(request, 100));
        }
        let mut query = json!({ "status": status, "limit": limit });
        if let Some(since) = since {
            query["since"] = json!(since);
        }
        let all: Vec<u64> = journal
            .since(0)
            .filter(|entry| entry.sequence > since.unwrap_or(0))
            .filter(|entry| {
                let given = entry.status.unwrap().to_string();
                given == status || (status.ends_with("xx") && given.starts_with(&status[..1]))
            })
            .map(|entry| entry.sequence)
            .collect();
        let expected = match since {
            Some(_) => &all[..limit.min(all.len())],
            None => &all[all.len() - limit.min(all.len())..],
        };
        let found = journal.find(&Query::read(&query, &|_| None).unwrap());
        prop_assert_eq!(sequences(&found), expected);

        // The two ways to ask agree.
        let expectation = json!({ "status": status, "atLeast": all.len(), "since": since.unwrap_or(0) });
        let verified = journal.verify(&Expectation::read(&expectation, &|_| None).unwrap()).unwrap();
        prop_assert_eq!(verified.sequences, all.clone());
        let one_more = json!({ "status": status, "atLeast": all.len() + 1, "since": since.unwrap_or(0) });
        let mismatch = journal.verify(&Expectation::read(&one_more, &|_| None).unwrap()).unwrap_err();
        prop_assert_eq!(mismatch.matched, all.len());
        prop_assert!(mismatch.nearest.iter().all(|miss| !miss.differences.is_empty()));
    }

    /// Wherever a client puts a secret, no form of the journal shows it.
    #[test]
    fn no_secret_comes_out(
        token in token(),
        (word, body) in "hunter[0-9]{6}".prop_flat_map(|word| (Just(word.clone()), document(word))),
        header in prop_oneof!["authorization", "cookie", "set-cookie", "qlik-csrf-token", "x-api-key", "user-agent"],
    ) {
        let path = format!("/api/{token}/x");
        let query = format!("access_token={word}&q={token}");
        let arrival = Arrival {
            at: DateTime::<Utc>::UNIX_EPOCH,
            http_version: "HTTP/1.1",
            method: "GET",
            path: &path,
            query: Some(&query),
            operation: None,
            family: None,
        };
        let with_token = json!({ "note": format!("see {token}"), "rest": body }).to_string();
        let form = format!("password={word}&note={token}");
        let outcome = Outcome {
            request_body: Body::of(Some("application/json"), with_token.as_bytes(), 100_000),
            response_body: Body::of(Some("application/x-www-form-urlencoded"), form.as_bytes(), 100_000),
            ..Outcome::default()
        };
        let location = format!("/callback?code={word}#{token}");
        let mut journal = Journal::default();
        let headers = [(header.as_str(), token.as_str())];
        let entry = journal.record(Draft::begin(&arrival, headers).end(outcome, [("location", location.as_str())]));
        prop_assert!(entry.request_body.text().is_some());
        let shown = [
            serde_json::to_string(&*entry).unwrap(),
            har(&[Arc::clone(&entry)], "http://localhost", &|_| "").to_string(),
            format!("{entry:?}"),
        ];
        for shown in shown {
            prop_assert!(!shown.contains(&word), "{shown}");
            // No long part of the token either.
            prop_assert!(!token.split('.').any(|part| part.len() >= 40 && shown.contains(part)), "{shown}");
        }
    }
}

/// What the operating system counts, without the pages of the program's own file, against what the journal says. Under
/// nextest this test has a process of its own, so hardly anything needs room beside the journal; otherwise other tests run in the same process. Without a
/// bound, the journal would take more than a gigabyte.
#[cfg(target_os = "linux")]
#[test]
fn a_million_requests_take_no_more_memory_than_the_setting_says() {
    const LIMIT: usize = 32 << 20;
    let resident = || -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"))
            .unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    };
    let settings = JournalSettings {
        entries: usize::MAX,
        bytes: LIMIT,
        body_bytes: 2000,
    };
    let mut journal = Journal::new(settings);
    let before = resident();
    let body = Body::of(
        None,
        json!({ "text": "a".repeat(300) }).to_string().as_bytes(),
        settings.body_bytes,
    );
    let arrival = Arrival {
        at: DateTime::<Utc>::UNIX_EPOCH,
        http_version: "HTTP/1.1",
        method: "POST",
        path: "/api/v1/api-keys",
        query: Some("limit=5"),
        operation: Some("createApiKey"),
        family: Some("api-keys"),
    };
    for _ in 0..1_000_000 {
        let outcome = Outcome {
            status: Some(200),
            request_body: body.clone(),
            response_body: body.clone(),
            ..Outcome::default()
        };
        journal.record(
            Draft::begin(&arrival, [("accept", "*/*")]).end(outcome, [("content-type", "application/json")]),
        );
        assert!(journal.bytes() <= LIMIT);
    }
    let taken = resident().saturating_sub(before);
    let alone = std::env::var_os("NEXTEST").is_some();
    let beside = if alone { 2 << 20 } else { 512 << 20 };
    assert!(taken < LIMIT + beside, "{taken} bytes for a limit of {LIMIT}");
    assert!(journal.bytes() > LIMIT / 10 * 9);
}
