//! The filter language: read with every vocabulary, and sent to the lists that take one.

use std::collections::BTreeSet;
use std::str;

use axum::http::{Request, header};
use mock_qlik_cloud::domain::filter::{Filter, MAX_LENGTH, Vocabulary};
use mock_qlik_cloud::ops::{groups, ip_policies, oauth_clients, roles, users};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::choose;
use super::door::{self, Answer, Door};

/// A list that takes a filter.
struct List {
    path: &'static str,
    vocabulary: &'static Vocabulary,
    /// Whether the filter is sent in a body.
    by_body: bool,
}

static LISTS: [List; 7] = [
    List {
        path: "/api/v1/users",
        vocabulary: &users::VOCABULARY,
        by_body: false,
    },
    List {
        path: "/api/v1/users/actions/filter",
        vocabulary: &users::VOCABULARY,
        by_body: true,
    },
    List {
        path: "/api/v1/groups",
        vocabulary: &groups::VOCABULARY,
        by_body: false,
    },
    List {
        path: "/api/v1/groups/actions/filter",
        vocabulary: &groups::VOCABULARY,
        by_body: true,
    },
    List {
        path: "/api/v1/roles",
        vocabulary: &roles::VOCABULARY,
        by_body: false,
    },
    List {
        path: "/api/v1/oauth-clients",
        vocabulary: &oauth_clients::VOCABULARY,
        by_body: false,
    },
    List {
        path: "/api/core/ip-policies",
        vocabulary: &ip_policies::VOCABULARY,
        by_body: false,
    },
];

/// What has a value for every attribute, or for none.
const VALUES: [&[&str]; 5] = [
    &[],
    &[""],
    &["active"],
    &["true", "Straße"],
    &["ΣΊΣΥΦΟΣ", "admin@example.com"],
];

/// A filter has one canonical text, which means the same; a list shows a part of itself, or refuses.
pub fn holds(input: &[u8]) {
    let Some((list, rest)) = choose(input, &LISTS) else {
        return;
    };
    let Ok(text) = str::from_utf8(rest) else { return };
    let read = Filter::parse(text, list.vocabulary);
    match &read {
        Ok(filter) => holds_of_a_filter(text, filter, list.vocabulary),
        Err(error) => {
            assert!(
                (1..=text.chars().count() + 1).contains(&error.position),
                "{error} for {text:?}"
            );
            assert!(error.message.len() < 1000, "{error}");
        }
    }
    // An empty parameter is none.
    if !text.trim().is_empty() {
        door::with(|door| holds_of_a_list(door, list, text, read.is_ok()));
    }
}

fn holds_of_a_filter(text: &str, filter: &Filter, vocabulary: &Vocabulary) {
    let canonical = filter.to_string();
    match Filter::parse(&canonical, vocabulary) {
        Ok(again) => {
            assert_eq!(again, *filter, "{text:?} and {canonical:?}");
            assert_eq!(again.to_string(), canonical);
        }
        Err(error) => assert!(
            canonical.len() > MAX_LENGTH,
            "{error} for {canonical:?}, which is {text:?}"
        ),
    }
    for values in VALUES {
        let passes = |filter: &Filter| filter.matches(|_, test| values.iter().any(|value| test(value)));
        // Twice the same is the same, wherever the limits let it be said.
        for twice in [format!("({text}) and ({text})"), format!("({text}) or ({text})")] {
            if let Ok(twice) = Filter::parse(&twice, vocabulary) {
                assert_eq!(passes(&twice), passes(filter), "{text:?} of {values:?}");
            }
        }
    }
}

fn holds_of_a_list(door: &Door, list: &List, text: &str, is_filter: bool) {
    let all = ids(&send(door, list, None));
    let answer = send(door, list, Some(text));
    if answer.status == 200 {
        assert!(is_filter, "{text:?} was taken");
        let some = ids(&answer);
        assert!(some.is_subset(&all), "{text:?}: {some:?} of {all:?}");
    } else {
        assert_eq!(answer.status, 400, "{text:?}: {}", answer.text());
        assert!(!is_filter, "{text:?}: {}", answer.text());
    }
    assert_eq!(door.state(), *door.start(), "{text:?}");
}

fn send(door: &Door, list: &List, filter: Option<&str>) -> Answer {
    let (request, body) = match filter {
        _ if list.by_body => {
            let request = Request::post(format!("{}?limit=100", list.path));
            (
                request.header(header::CONTENT_TYPE, "application/json"),
                json!({ "filter": filter.unwrap_or_default() }).to_string(),
            )
        }
        Some(filter) => {
            let filter = utf8_percent_encode(filter, NON_ALPHANUMERIC);
            (
                Request::get(format!("{}?limit=100&filter={filter}", list.path)),
                String::new(),
            )
        }
        None => (Request::get(format!("{}?limit=100", list.path)), String::new()),
    };
    door.send_as_admin(request, body.into()).unwrap()
}

fn ids(answer: &Answer) -> BTreeSet<String> {
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
