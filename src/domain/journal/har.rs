//! Entries of the journal as an HTTP Archive (HAR 1.2), which browsers and many tools read.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::entry::{Body, Entry, Headers};
use crate::domain::clock::wire;

/// Gives a status in words, `Not Found`, or an empty text. Handed in, because the domain does not know them.
pub type Phrase<'p> = &'p dyn Fn(u16) -> &'static str;

/// The entries as an archive. `base_url` is put in front of every path: `http://localhost:7545`; `phrase` gives a
/// status in words.
///
/// What HAR asks for and the journal does not hold is given as HAR wants the unknown: a size of -1, no cookies. What
/// HAR has no place for stands in members that begin with an underscore.
pub fn har(entries: &[Arc<Entry>], base_url: &str, phrase: Phrase<'_>) -> Value {
    let entries: Vec<_> = entries
        .iter()
        .map(|entry| archived(entry, base_url, phrase))
        .collect();
    json!({
        "log": {
            "version": "1.2",
            "creator": { "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") },
            "entries": entries,
        }
    })
}

fn archived(entry: &Entry, base_url: &str, phrase: Phrase<'_>) -> Value {
    let milliseconds = entry.duration_microseconds as f64 / 1000.0;
    let mut members = Map::new();
    let mut put = |member: &str, value: Value| members.insert(member.to_owned(), value);
    put("startedDateTime", json!(wire(entry.at)));
    put("time", json!(milliseconds));
    put("request", request(entry, base_url));
    put("response", response(entry, phrase));
    put("cache", json!({}));
    put(
        "timings",
        json!({ "send": 0, "wait": milliseconds, "receive": 0 }),
    );
    put("_sequence", json!(entry.sequence));
    put("_faults", json!(entry.faults));
    for (member, value) in [("_operation", entry.operation), ("_refusal", entry.refusal)] {
        if let Some(value) = value {
            put(member, json!(value));
        }
    }
    if let Some(caller) = &entry.caller {
        put("_caller", caller.to_json());
    }
    members.into()
}

fn request(entry: &Entry, base_url: &str) -> Value {
    let query = entry.query.as_deref();
    let mut request = json!({
        "method": entry.method,
        "url": format!("{base_url}{}{}", entry.path, query.map(|query| format!("?{query}")).unwrap_or_default()),
        "httpVersion": entry.http_version,
        "cookies": [],
        "headers": headers(&entry.request_headers),
        "queryString": parameters(query.unwrap_or_default()),
        "headersSize": -1,
        "bodySize": entry.request_body.size(),
    });
    if let Some(text) = entry.request_body.text() {
        let mut posted = json!({ "mimeType": media_type(&entry.request_headers), "text": text });
        note_truncation(&mut posted, &entry.request_body);
        request["postData"] = posted;
    }
    request
}

/// The answer; status 0, as browsers write it, if there was none.
fn response(entry: &Entry, phrase: Phrase<'_>) -> Value {
    let mut content = json!({
        "size": entry.response_body.size(),
        "mimeType": media_type(&entry.response_headers),
    });
    if let Some(text) = entry.response_body.text() {
        content["text"] = json!(text);
    }
    note_truncation(&mut content, &entry.response_body);
    json!({
        "status": entry.status.unwrap_or_default(),
        "statusText": entry.status.map(phrase).unwrap_or_default(),
        "httpVersion": entry.http_version,
        "cookies": [],
        "headers": headers(&entry.response_headers),
        "content": content,
        "redirectURL": entry.response_headers.get("location").unwrap_or_default(),
        "headersSize": -1,
        "bodySize": entry.response_body.size(),
    })
}

fn note_truncation(content: &mut Value, body: &Body) {
    if body.is_truncated() {
        content["comment"] = json!("Only the beginning was kept.");
    }
}

fn media_type(headers: &Headers) -> &str {
    headers.get("content-type").unwrap_or_default()
}

fn headers(headers: &Headers) -> Vec<Value> {
    headers
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

fn parameters(query: &str) -> Vec<Value> {
    let decoded = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            json!({ "name": decoded(name), "value": decoded(value) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Arrival, Draft, Journal, Outcome};
    use super::*;
    use crate::domain::clock::Timestamp;

    #[test]
    fn an_archive_has_what_har_1_2_requires() {
        let arrival = Arrival {
            at: Timestamp::UNIX_EPOCH,
            http_version: "HTTP/1.1",
            method: "POST",
            path: "/api/v1/api-keys",
            query: Some("a=b+c&d=%C3%A9&e"),
            operation: Some("createApiKey"),
            family: Some("api-keys"),
        };
        let json_body = |text: &str, limit| Body::of(Some("application/json"), text.as_bytes(), limit);
        let outcome = Outcome {
            status: Some(201),
            duration_microseconds: 1500,
            request_body: json_body("{}", 100),
            response_body: json_body("[1,2,3]", 3),
            ..Outcome::default()
        };
        let mut journal = Journal::default();
        journal.record(Draft::begin(&arrival, [("content-type", "application/json")]).end(outcome, []));
        journal.record(Draft::begin(&arrival, []).end(Outcome::default(), []));
        let entries: Vec<_> = journal.since(0).cloned().collect();
        let archive = har(&entries, "http://localhost:7545", &|_| "Created");

        assert_eq!(archive["log"]["version"], "1.2");
        assert_eq!(archive["log"]["creator"]["name"], "mock-qlik-cloud");
        let [answered, cut] = archive["log"]["entries"].as_array().unwrap().as_slice() else {
            panic!("{archive}")
        };
        for entry in [answered, cut] {
            for (place, required) in [
                (
                    "",
                    &[
                        "startedDateTime",
                        "time",
                        "request",
                        "response",
                        "cache",
                        "timings",
                    ][..],
                ),
                (
                    "/request",
                    &[
                        "method",
                        "url",
                        "httpVersion",
                        "cookies",
                        "headers",
                        "queryString",
                        "headersSize",
                        "bodySize",
                    ],
                ),
                (
                    "/response",
                    &[
                        "status",
                        "statusText",
                        "httpVersion",
                        "cookies",
                        "headers",
                        "content",
                        "redirectURL",
                        "headersSize",
                        "bodySize",
                    ],
                ),
                ("/response/content", &["size", "mimeType"]),
                ("/timings", &["send", "wait", "receive"]),
            ] {
                for member in required {
                    assert!(
                        entry.pointer(place).unwrap().get(member).is_some(),
                        "{place}/{member}"
                    );
                }
            }
        }
        assert_eq!(answered["time"], 1.5);
        assert_eq!(
            answered["request"]["url"],
            "http://localhost:7545/api/v1/api-keys?a=b+c&d=%C3%A9&e"
        );
        assert_eq!(
            answered["request"]["queryString"],
            json!([{ "name": "a", "value": "b c" }, { "name": "d", "value": "é" }, { "name": "e", "value": "" }])
        );
        assert_eq!(
            answered["request"]["postData"],
            json!({ "mimeType": "application/json", "text": "{}" })
        );
        assert_eq!(
            answered["response"]["content"],
            json!({ "size": 7, "mimeType": "", "text": "[1,", "comment": "Only the beginning was kept." })
        );
        assert_eq!(answered["response"]["statusText"], "Created");
        assert_eq!(
            (&cut["response"]["status"], &cut["response"]["statusText"]),
            (&json!(0), &json!(""))
        );
    }
}
