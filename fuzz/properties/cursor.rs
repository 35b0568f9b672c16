//! The cursors of lists: read by the parser, and sent in the place of one that a list has given out.

use std::str;

use axum::http::Request;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use mock_qlik_cloud::domain::page::Cursor;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::choose;
use super::door::{self, Answer, Door};

/// A list and one of its parameters.
struct List {
    path: &'static str,
    parameter: &'static str,
    /// Whether the input is what stands in the cursor, before it is written as one.
    is_inside: bool,
}

const fn list(path: &'static str, parameter: &'static str) -> List {
    List {
        path,
        parameter,
        is_inside: false,
    }
}

const fn inside(path: &'static str, parameter: &'static str) -> List {
    List {
        path,
        parameter,
        is_inside: true,
    }
}

static LISTS: [List; 18] = [
    list("/api/v1/users", "next"),
    list("/api/v1/users", "prev"),
    inside("/api/v1/users", "next"),
    inside("/api/v1/users", "prev"),
    list("/api/v1/api-keys", "startingAfter"),
    list("/api/v1/api-keys", "endingBefore"),
    inside("/api/v1/groups", "next"),
    inside("/api/v1/groups", "prev"),
    inside("/api/v1/roles", "next"),
    inside("/api/v1/roles", "prev"),
    list("/api/v1/web-integrations", "startingAfter"),
    list("/api/v1/web-integrations", "endingBefore"),
    inside("/api/v1/csp-origins", "next"),
    inside("/api/v1/oauth-clients", "page"),
    list("/api/v1/oauth-clients", "page"),
    inside("/api/v1/oauth-tokens", "page"),
    inside("/api/core/ip-policies", "next"),
    inside("/api/v1/identity-providers", "next"),
];

/// More pages than any list of the tenant has.
const MOST_PAGES: usize = 60;

/// A cursor has one text. From wherever a page begins, the pages after it end, and show nothing twice.
pub fn holds(input: &[u8]) {
    let Some((list, rest)) = choose(input, &LISTS) else {
        return;
    };
    let text = if list.is_inside {
        BASE64_URL_SAFE_NO_PAD.encode(rest)
    } else if let Ok(text) = str::from_utf8(rest) {
        text.to_owned()
    } else {
        return;
    };
    if let Ok(cursor) = Cursor::decode(&text) {
        assert_eq!(cursor.to_string(), text);
    }
    if !text.is_empty() {
        door::with(|door| {
            holds_of_a_walk(door, list, &text);
            assert_eq!(door.state(), *door.start(), "{text:?}");
        });
    }
}

fn holds_of_a_walk(door: &Door, list: &List, text: &str) {
    let cursor = utf8_percent_encode(text, NON_ALPHANUMERIC);
    let mut address = format!("{}?limit=1&{}={cursor}", list.path, list.parameter);
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..MOST_PAGES {
        let answer = door.send_as_admin(Request::get(&address), Vec::new()).unwrap();
        if answer.status != 200 {
            assert!(
                matches!(answer.status, 400 | 404) && seen.is_empty(),
                "{address}: {}",
                answer.text()
            );
            return;
        }
        for id in ids(&answer) {
            assert!(!seen.contains(&id), "{id} comes twice from {text:?}");
            seen.push(id);
        }
        // Whoever walks backwards goes on backwards.
        let json = answer.json();
        let backwards = matches!(list.parameter, "prev" | "endingBefore");
        let link = &json["links"][if backwards { "prev" } else { "next" }]["href"];
        match link.as_str() {
            Some(link) => address = link.to_owned(),
            None => return,
        }
    }
    panic!("the pages from {text:?} on have no end");
}

fn ids(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let data = json["data"]
        .as_array()
        .unwrap_or_else(|| panic!("no list: {}", answer.text()));
    let id = |item: &Value| {
        [&item["id"], &item["clientId"]]
            .into_iter()
            .find_map(Value::as_str)
            .unwrap()
            .to_owned()
    };
    data.iter().map(id).collect()
}
