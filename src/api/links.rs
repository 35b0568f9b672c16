//! The links of a page: absolute, on the origin of the request, with the client's own parameters.

use axum::http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::extract::{Origin, Parameters};
use crate::domain::page::{Cursor, Limit};

/// What stays as it is in a query: letters, digits, and the marks that RFC 3986 calls unreserved.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A link.
#[derive(Debug, Serialize)]
pub struct Link {
    /// The absolute address.
    pub href: String,
}

/// The link of a resource to itself.
#[derive(Debug, Serialize)]
pub struct SelfLink {
    /// The resource.
    #[serde(rename = "self")]
    pub own: Link,
}

impl SelfLink {
    /// The link to `path`.
    pub fn to(origin: &Origin, path: &str) -> Self {
        Self {
            own: Link {
                href: origin.link(path),
            },
        }
    }
}

/// The links of a page. A link that leads nowhere is left out.
#[derive(Debug, Serialize)]
pub struct PageLinks {
    #[serde(rename = "self")]
    own: Link,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<Link>,
}

/// The cursor parameters of a list, of every spelling: a page has one at the most.
const CURSORS: [&str; 5] = ["next", "prev", "startingAfter", "endingBefore", "page"];

impl PageLinks {
    /// The links of the page at `uri`, with the cursors `next` and `prev`.
    pub fn by_cursor(
        origin: &Origin,
        uri: &Uri,
        parameters: &Parameters,
        limit: Limit,
        next: Option<Cursor>,
        previous: Option<Cursor>,
    ) -> Self {
        let next = next.map(|cursor| ("next", cursor.to_string()));
        let previous = previous.map(|cursor| ("prev", cursor.to_string()));
        Self::new(origin, uri, parameters, limit, next, previous)
    }

    /// The links of the page at `uri`; `next` and `previous` are names and values of cursor parameters.
    pub fn new(
        origin: &Origin,
        uri: &Uri,
        parameters: &Parameters,
        limit: Limit,
        next: Option<(&str, String)>,
        previous: Option<(&str, String)>,
    ) -> Self {
        let own = uri.path_and_query().map_or("/", |path| path.as_str());
        let link = |(name, cursor): (&str, String)| {
            // A client may take the text behind the first `&` for the cursor, so that never comes first.
            let mut href = format!("{}?limit={}", origin.link(uri.path()), limit.get());
            let kept = parameters
                .iter()
                .filter(|(name, _)| *name != "limit" && !CURSORS.contains(name));
            for (name, value) in kept.chain([(name, cursor.as_str())]) {
                href.push('&');
                href.extend(utf8_percent_encode(name, QUERY));
                href.push('=');
                href.extend(utf8_percent_encode(value, QUERY));
            }
            Link { href }
        };
        Self {
            own: Link {
                href: origin.link(own),
            },
            next: next.map(link),
            prev: previous.map(link),
        }
    }
}
