//! One request in the journal, and how it gets there.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Value, json};

use super::scrub;
use crate::domain::clock::{Timestamp, wire};
use crate::domain::fault::FaultId;
use crate::domain::ids::{ApiKeyId, OAuthTokenId};
use crate::domain::policy::{Caller, Credential, Identity};
use crate::domain::request_pattern::known_method;

/// The most that one entry keeps of a method, a path, a query and the value of a header, in bytes. A body has a
/// setting of its own.
const LONGEST_METHOD: usize = 32;
const LONGEST_PATH: usize = 2048;
const LONGEST_QUERY: usize = 4096;
const LONGEST_HEADER: usize = 512;

/// The most names of unread parameters and members that one entry keeps, and the most of each, in bytes.
const MOST_UNREAD: usize = 32;
const LONGEST_UNREAD: usize = 128;

/// Bodies that are this much larger than what is kept of them are not read at all: only their size is noted.
const LARGEST_BODY_FACTOR: usize = 4;

/// What is known of a request when it begins.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'r> {
    /// When it began.
    pub at: Timestamp,
    /// Such as `HTTP/1.1`.
    pub http_version: &'static str,
    /// The method.
    pub method: &'r str,
    /// The path as it was sent.
    pub path: &'r str,
    /// The query as it was sent, without the question mark.
    pub query: Option<&'r str>,
    /// The operation of the contract that it means.
    pub operation: Option<&'static str>,
    /// The family of that operation.
    pub family: Option<&'static str>,
}

/// What is known of a request when it has been answered.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Who sent it, if that was found out.
    pub caller: Option<CallerRecord>,
    /// Why it was refused: a slug.
    pub refusal: Option<&'static str>,
    /// The faults that struck it.
    pub faults: Vec<FaultId>,
    /// The status of the answer; none if a fault cut the connection.
    pub status: Option<u16>,
    /// What nothing asked for: parameters of the query by name, members of a JSON body by pointer.
    pub unread: Vec<String>,
    /// How long it took in fact, whatever the tenant's clock shows, in microseconds.
    pub duration_microseconds: u64,
    /// What was sent.
    pub request_body: Body,
    /// What was answered.
    pub response_body: Body,
}

/// Who sent a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallerRecord {
    identity: Identity,
    api_key: Option<ApiKeyId>,
    /// The OAuth access token, by its id in the list of tokens.
    oauth_token: Option<OAuthTokenId>,
}

impl From<&Caller> for CallerRecord {
    fn from(caller: &Caller) -> Self {
        Self {
            identity: caller.identity.clone(),
            api_key: match caller.credential {
                Credential::ApiKey(id) => Some(id),
                Credential::Session(_) | Credential::AccessToken { .. } => None,
            },
            oauth_token: match &caller.credential {
                Credential::AccessToken { id, .. } => Some(id.clone()),
                Credential::ApiKey(_) | Credential::Session(_) => None,
            },
        }
    }
}

impl CallerRecord {
    /// The user's id, or the subject of the external client.
    pub fn subject(&self) -> &str {
        match &self.identity {
            Identity::User(id) => id.as_str(),
            Identity::ExternalClient(subject) => subject,
        }
    }

    /// The key that the request came with; none if it came in a session.
    pub fn api_key(&self) -> Option<ApiKeyId> {
        self.api_key
    }

    /// `{"user": …}` or `{"externalClient": …}`, with `"apiKey": …`, `"oauthToken": …` or `"session": true`.
    pub fn to_json(&self) -> Value {
        let kind = match self.identity {
            Identity::User(_) => "user",
            Identity::ExternalClient(_) => "externalClient",
        };
        match (self.api_key, &self.oauth_token) {
            (Some(key), _) => json!({ kind: self.subject(), "apiKey": key }),
            // By its id, which is no secret.
            (None, Some(token)) => json!({ kind: self.subject(), "oauthToken": token }),
            (None, None) => json!({ kind: self.subject(), "session": true }),
        }
    }

    fn heap(&self) -> usize {
        match &self.identity {
            // Often shared with the tenant, but not once the user is deleted.
            Identity::User(id) => allocation(id.as_str().len() + SHARED),
            Identity::ExternalClient(subject) => allocation(subject.capacity()),
        }
    }
}

/// The headers of a request or an answer that are kept: a closed list. No header that carries a credential is in it
/// (`authorization`, `cookie`, `set-cookie`, `qlik-csrf-token`).
///
/// They are kept as lines of one text, `name: value`, because that is one allocation instead of one for each. HTTP
/// allows no line break in a value.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Headers(Box<str>);

impl Headers {
    const KEPT: [&'static str; 18] = [
        "accept",
        "accept-language",
        "allow",
        "cache-control",
        "content-length",
        "content-type",
        "date",
        "host",
        "location",
        "mock-qlik-refusal",
        "origin",
        "qlik-api-version",
        "qlik-confirm-hostname",
        "qlik-web-integration-id",
        "retry-after",
        "transfer-encoding",
        "user-agent",
        "www-authenticate",
    ];

    /// Takes those that are kept, names in small letters. The list is closed, but a header may come many times, so
    /// their number has a bound, too.
    fn select<'h>(headers: impl IntoIterator<Item = (&'h str, &'h str)>) -> Self {
        thread_local! {
            // Every request writes into it twice, and takes an exact copy.
            static LINES: RefCell<String> = const { RefCell::new(String::new()) };
        }
        let kept = headers.into_iter().filter(|(name, _)| Self::KEPT.contains(name));
        LINES.with_borrow_mut(|lines| {
            lines.clear();
            for (name, value) in kept.take(2 * Self::KEPT.len()) {
                let scrubbed;
                let value = match name {
                    "location" => {
                        scrubbed = scrub::address(value, LONGEST_HEADER);
                        &scrubbed
                    }
                    _ => &*scrub::shown(value, LONGEST_HEADER),
                };
                lines.extend([name, ": ", value, "\n"]);
            }
            Self(lines.as_str().into())
        })
    }

    /// Name and value of each, in the order in which they were sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.lines().filter_map(|line| line.split_once(": "))
    }

    /// The first value of a header.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(kept, _)| *kept == name)
            .map(|(_, value)| value)
    }

    /// An object; of a header that came several times, the last value.
    fn to_json(&self) -> Value {
        self.iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect::<Map<_, _>>()
            .into()
    }

    fn heap(&self) -> usize {
        allocation(self.0.len())
    }
}

/// What a body is said to be.
enum MediaType {
    Json,
    Form,
    Other,
}

impl MediaType {
    fn of(content_type: &str) -> Self {
        let name = content_type.split(';').next().unwrap_or_default().trim();
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        let suffix = name.rsplit_once('+').map(|(_, suffix)| suffix);
        if is("application/json") || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("json")) {
            Self::Json
        } else if is("application/x-www-form-urlencoded") {
            Self::Form
        } else {
            Self::Other
        }
    }
}

/// What the journal keeps of a body: its size, and its text without secrets if it is JSON or a form.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Body {
    size: u64,
    text: Option<Box<str>>,
    truncated: bool,
}

impl Body {
    /// A body of which only the size is known.
    pub fn of_size(size: u64) -> Self {
        Self {
            size,
            ..Self::default()
        }
    }

    /// What a client has sent, with the value of its header `content-type`; at most `limit` bytes of its text are kept.
    /// A body without a type may be JSON.
    pub fn of(content_type: Option<&str>, bytes: &[u8], limit: usize) -> Self {
        Self::scrubbed(content_type, bytes, limit, scrub::json)
    }

    /// The same of an answer: what it says is JSON, is.
    pub fn of_answer(content_type: Option<&str>, bytes: &[u8], limit: usize) -> Self {
        Self::scrubbed(content_type, bytes, limit, scrub::own_json)
    }

    fn scrubbed(
        content_type: Option<&str>,
        bytes: &[u8],
        limit: usize,
        json: impl FnOnce(&[u8]) -> Option<Cow<'_, str>>,
    ) -> Self {
        let body = Self::of_size(bytes.len() as u64);
        if bytes.is_empty() || bytes.len() > limit.saturating_mul(LARGEST_BODY_FACTOR) {
            return body;
        }
        let text = match content_type.map(MediaType::of) {
            None | Some(MediaType::Json) => json(bytes),
            Some(MediaType::Form) => std::str::from_utf8(bytes)
                .ok()
                .map(|text| scrub::parameters(text, usize::MAX).into_string().into()),
            Some(MediaType::Other) => None,
        };
        let Some(text) = text else { return body };
        let kept = scrub::cut(&text, limit);
        Self {
            truncated: kept.len() < text.len(),
            text: Some(kept.into()),
            ..body
        }
    }

    /// How many bytes it had.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its text without secrets, or as much of it as is kept.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Whether the text is only the beginning.
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    fn to_json(&self) -> Value {
        let mut members = Map::from_iter([("size".to_owned(), json!(self.size))]);
        if let Some(text) = &self.text {
            members.insert("text".to_owned(), json!(text));
            members.insert("truncated".to_owned(), json!(self.truncated));
        }
        members.into()
    }

    fn heap(&self) -> usize {
        self.text.as_deref().map_or(0, |text| allocation(text.len()))
    }
}

/// A request that has begun. What it holds is free of secrets already.
#[derive(Debug)]
pub struct Draft(Entry);

impl Draft {
    /// Notes the beginning of a request. The names of the headers are in small letters.
    pub fn begin<'h>(arrival: &Arrival<'_>, headers: impl IntoIterator<Item = (&'h str, &'h str)>) -> Self {
        Self(Entry {
            sequence: 0,
            at: arrival.at,
            http_version: arrival.http_version,
            method: match known_method(arrival.method) {
                Some(name) => Cow::Borrowed(name),
                None => Cow::Owned(scrub::text(arrival.method, LONGEST_METHOD).into()),
            },
            path: scrub::text(arrival.path, LONGEST_PATH),
            query: arrival.query.map(|query| scrub::parameters(query, LONGEST_QUERY)),
            operation: arrival.operation,
            family: arrival.family,
            caller: None,
            refusal: None,
            faults: Box::default(),
            unread: Box::default(),
            status: None,
            duration_microseconds: 0,
            request_headers: Headers::select(headers),
            request_body: Body::default(),
            response_headers: Headers::default(),
            response_body: Body::default(),
            bytes: 0,
        })
    }

    /// Notes the answer.
    pub fn end<'h>(
        self,
        outcome: Outcome,
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    ) -> Finished {
        let mut entry = Entry {
            caller: outcome.caller,
            refusal: outcome.refusal,
            faults: outcome.faults.into(),
            unread: outcome
                .unread
                .iter()
                .take(MOST_UNREAD)
                .map(|name| scrub::text(name, LONGEST_UNREAD))
                .collect(),
            status: outcome.status,
            duration_microseconds: outcome.duration_microseconds,
            request_body: outcome.request_body,
            response_headers: Headers::select(headers),
            response_body: outcome.response_body,
            ..self.0
        };
        entry.bytes = entry.measure();
        Finished(Arc::new(entry))
    }
}

/// A request that has been answered, ready for [`super::Journal::record`].
#[derive(Debug)]
pub struct Finished(Arc<Entry>);

impl Finished {
    pub(super) fn number(mut self, sequence: u64) -> Arc<Entry> {
        // Nobody else has it yet.
        if let Some(entry) = Arc::get_mut(&mut self.0) {
            entry.sequence = sequence;
        }
        self.0
    }
}

/// A request in the journal.
#[derive(Debug)]
pub struct Entry {
    /// Its number in this journal, from 1 on, in the order of the answers.
    pub sequence: u64,
    /// When it began.
    pub at: Timestamp,
    /// Such as `HTTP/1.1`.
    pub http_version: &'static str,
    /// The method.
    pub method: Cow<'static, str>,
    /// The path as it was sent, without secrets.
    pub path: Box<str>,
    /// The query as it was sent, without secrets.
    pub query: Option<Box<str>>,
    /// The operation of the contract that it means.
    pub operation: Option<&'static str>,
    /// The family of that operation.
    pub family: Option<&'static str>,
    /// Who sent it, if that was found out.
    pub caller: Option<CallerRecord>,
    /// Why it was refused: a slug.
    pub refusal: Option<&'static str>,
    /// The faults that struck it.
    pub faults: Box<[FaultId]>,
    /// The parameters of the query that nothing asked for, without secrets.
    pub unread: Box<[Box<str>]>,
    /// The status of the answer; none if a fault cut the connection.
    pub status: Option<u16>,
    /// How long it took in fact, in microseconds.
    pub duration_microseconds: u64,
    /// Headers of the request.
    pub request_headers: Headers,
    /// What was sent.
    pub request_body: Body,
    /// Headers of the answer.
    pub response_headers: Headers,
    /// What was answered.
    pub response_body: Body,
    bytes: usize,
}

impl Entry {
    /// What it takes of memory, in bytes, with what the allocator adds.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn measure(&self) -> usize {
        allocation(size_of::<Self>() + SHARED)
            + match &self.method {
                Cow::Borrowed(_) => 0,
                Cow::Owned(name) => allocation(name.capacity()),
            }
            + allocation(self.path.len())
            + self.query.as_deref().map_or(0, |query| allocation(query.len()))
            + self.caller.as_ref().map_or(0, CallerRecord::heap)
            + allocation(size_of_val(&*self.faults))
            + allocation(size_of_val(&*self.unread))
            + self
                .unread
                .iter()
                .map(|name| allocation(name.len()))
                .sum::<usize>()
            + self.request_headers.heap()
            + self.request_body.heap()
            + self.response_headers.heap()
            + self.response_body.heap()
    }

    /// The request in a line: `POST /api/v1/api-keys`.
    pub fn summary(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl Serialize for Entry {
    /// The form on the wire. What is not known is left out.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("sequence", &self.sequence)?;
        members.serialize_entry("time", &wire(self.at))?;
        members.serialize_entry("httpVersion", self.http_version)?;
        members.serialize_entry("method", &self.method)?;
        members.serialize_entry("path", &self.path)?;
        let optional = [
            ("query", self.query.as_deref()),
            ("operation", self.operation),
            ("family", self.family),
            ("refusal", self.refusal),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                members.serialize_entry(name, value)?;
            }
        }
        if let Some(caller) = &self.caller {
            members.serialize_entry("caller", &caller.to_json())?;
        }
        if let Some(status) = self.status {
            members.serialize_entry("status", &status)?;
        }
        members.serialize_entry("durationMicroseconds", &self.duration_microseconds)?;
        members.serialize_entry("faults", &*self.faults)?;
        if !self.unread.is_empty() {
            members.serialize_entry("unread", &*self.unread)?;
        }
        members.serialize_entry("requestHeaders", &self.request_headers.to_json())?;
        members.serialize_entry("requestBody", &self.request_body.to_json())?;
        members.serialize_entry("responseHeaders", &self.response_headers.to_json())?;
        members.serialize_entry("responseBody", &self.response_body.to_json())?;
        members.end()
    }
}

/// The two counters of an `Arc`.
const SHARED: usize = 2 * size_of::<usize>();

/// What an allocation of `bytes` takes: one word of book-keeping, then a multiple of 16 and at least 32, as the
/// allocators of glibc and musl have it within a few bytes.
pub(super) fn allocation(bytes: usize) -> usize {
    match bytes {
        0 => 0,
        _ => (bytes + size_of::<usize>()).next_multiple_of(16).max(32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::UserId;

    const SECRET: &str = "eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ";

    fn caller() -> CallerRecord {
        CallerRecord {
            identity: Identity::User(UserId::parse("ann").unwrap()),
            api_key: ApiKeyId::parse("1fc531f9-1964-46d6-9267-256e707fac45"),
            oauth_token: None,
        }
    }

    fn entry(body: &str) -> Arc<Entry> {
        let query = format!("limit=5&token={SECRET}");
        let arrival = Arrival {
            at: Timestamp::UNIX_EPOCH,
            http_version: "HTTP/1.1",
            method: "POST",
            path: "/api/v1/api-keys",
            query: Some(&query),
            operation: Some("createApiKey"),
            family: Some("api-keys"),
        };
        let bearer = format!("Bearer {SECRET}");
        let request_headers = [
            ("host", "localhost:7545"),
            ("authorization", bearer.as_str()),
            ("cookie", "eas.sid=x"),
        ];
        let response_headers = [("location", "/login?code=abc"), ("set-cookie", "eas.sid=x")];
        let outcome = Outcome {
            caller: Some(caller()),
            status: Some(201),
            duration_microseconds: 1500,
            request_body: Body::of(Some("application/json; charset=utf-8"), body.as_bytes(), 64),
            response_body: Body::of_size(7),
            ..Outcome::default()
        };
        Draft::begin(&arrival, request_headers)
            .end(outcome, response_headers)
            .number(3)
    }

    #[test]
    fn an_entry_on_the_wire_has_what_is_known_and_no_secret() {
        let written = serde_json::to_value(&*entry(r#"{"description": "CI", "token": "abc"}"#)).unwrap();
        let expected = json!({
            "sequence": 3,
            "time": "1970-01-01T00:00:00.000Z",
            "httpVersion": "HTTP/1.1",
            "method": "POST",
            "path": "/api/v1/api-keys",
            "query": "limit=5&token=…",
            "operation": "createApiKey",
            "family": "api-keys",
            "caller": { "user": "ann", "apiKey": "1fc531f9-1964-46d6-9267-256e707fac45" },
            "status": 201,
            "durationMicroseconds": 1500,
            "faults": [],
            "requestHeaders": { "host": "localhost:7545" },
            "requestBody": { "size": 37, "text": r#"{"description":"CI","token":"…"}"#, "truncated": false },
            "responseHeaders": { "location": "/login?code=…" },
            "responseBody": { "size": 7 },
        });
        assert_eq!(written, expected);
    }

    #[test]
    fn only_json_and_forms_are_kept_and_only_so_much() {
        let text = |kind, bytes: &str| Body::of(kind, bytes.as_bytes(), 8).text().map(str::to_owned);
        assert_eq!(text(None, "{}"), Some("{}".to_owned()));
        assert_eq!(text(Some("application/scim+json"), "[1]"), Some("[1]".to_owned()));
        assert_eq!(
            text(Some("application/x-www-form-urlencoded"), "a=b&c=d"),
            Some("a=b&c=d".to_owned())
        );
        assert_eq!(text(Some("text/html"), "<p>"), None);
        assert_eq!(text(Some("application/json"), "{\"token\":"), None);
        let long = Body::of(None, br#"["0123456789"]"#, 8);
        assert_eq!(
            (long.text(), long.is_truncated(), long.size()),
            (Some("[\"012345"), true, 14)
        );
        let far_too_long = Body::of(None, format!("[{}]", "1,".repeat(20) + "1").as_bytes(), 8);
        assert_eq!((far_too_long.text(), far_too_long.size()), (None, 43));
        assert_eq!(Body::of(None, b"{}", 0).text(), None);
    }

    #[test]
    fn one_entry_cannot_grow_without_bound() {
        let long = "a/".repeat(100_000);
        let arrival = Arrival {
            at: Timestamp::UNIX_EPOCH,
            http_version: "HTTP/1.1",
            method: "GET",
            path: &long,
            query: Some(&long),
            operation: None,
            family: None,
        };
        let headers = vec![("accept", long.as_str()); 1000];
        let outcome = Outcome::default();
        let entry = Draft::begin(&arrival, headers.clone())
            .end(outcome, headers)
            .number(1);
        assert!(entry.bytes() < 64 << 10, "{}", entry.bytes());
    }
}
