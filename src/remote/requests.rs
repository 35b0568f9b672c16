//! The journal: what a tenant was asked, and whether that is what a test expects.

use std::collections::BTreeMap;
use std::fmt;

use axum::http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::stream::RequestStream;
use super::{Remote, RemoteError, moment, stranger, unreachable};
use crate::domain::clock::Timestamp;

/// The code of the error that an expectation has not come true.
pub(super) const UNMET: &str = "MOCK-NOT-AS-EXPECTED";

/// Which requests of the journal: those that are right in every respect that is named.
///
/// ```
/// # use mock_qlik_cloud::{Emulator, remote::RequestQuery};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = Emulator::builder().seed("ready".parse()?).start().await?;
/// let control = emulator.control()?;
/// let viewer = control.session_for("viewer@example.com").await?;
/// assert!(viewer.create_api_key(&Default::default()).await.is_err());
///
/// let found = control.requests(&RequestQuery::of("createApiKey").status("4xx")).await?;
/// assert_eq!(found.requests[0].status, Some(403));
/// let unmet = control.verify(&RequestQuery::of("createApiKey").status(201).exactly(1)).await;
/// assert!(unmet.is_err_and(|error| error.to_string().contains("The status is 403")));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct RequestQuery {
    criteria: BTreeMap<&'static str, String>,
    since: Option<u64>,
    limit: Option<u64>,
}

impl RequestQuery {
    /// Requests that mean an operation, by its published id.
    pub fn of(operation: impl Into<String>) -> Self {
        Self::any().with("operation", operation.into())
    }

    /// Every request.
    pub fn any() -> Self {
        Self::default()
    }

    /// With this method, in capital letters.
    #[must_use]
    pub fn method(self, method: impl Into<String>) -> Self {
        self.with("method", method.into())
    }

    /// With a path like this: `*` or `{id}` is one segment, `/**` at the end any rest.
    #[must_use]
    pub fn path(self, pattern: impl Into<String>) -> Self {
        self.with("path", pattern.into())
    }

    /// Answered with this status, or with one of this class: `404` or `"4xx"`.
    #[must_use]
    pub fn status(self, status: impl ToString) -> Self {
        self.with("status", status.to_string())
    }

    /// Sent by the user with this id, or with the API key of this id.
    #[must_use]
    pub fn caller(self, id: impl Into<String>) -> Self {
        self.with("caller", id.into())
    }

    /// With something that nothing asked for, a parameter or a member of the body, or without (`false`).
    #[must_use]
    pub fn unread(self, is_unread: bool) -> Self {
        self.with("unread", is_unread.to_string())
    }

    /// After the request with this sequence number.
    #[must_use]
    pub fn since(mut self, sequence: u64) -> Self {
        self.since = Some(sequence);
        self
    }

    /// At most so many, up to 10,000: the newest, or with `since` the oldest. Of no meaning in an expectation.
    #[must_use]
    pub fn limit(mut self, most: u64) -> Self {
        self.limit = Some(most);
        self
    }

    /// Expects them so many times.
    pub fn exactly(&self, times: u64) -> Expected {
        self.expected([("exactly", times)])
    }

    /// Expects them so many times or more.
    pub fn at_least(&self, times: u64) -> Expected {
        self.expected([("atLeast", times)])
    }

    /// Expects them so many times or less.
    pub fn at_most(&self, times: u64) -> Expected {
        self.expected([("atMost", times)])
    }

    /// Expects that none came.
    pub fn never(&self) -> Expected {
        self.exactly(0)
    }

    fn with(mut self, criterion: &'static str, value: String) -> Self {
        self.criteria.insert(criterion, value);
        self
    }

    fn expected<const N: usize>(&self, bounds: [(&'static str, u64); N]) -> Expected {
        let mut members = self.members();
        members.extend(bounds.map(|(name, times)| (name.to_owned(), json!(times))));
        members.extend(self.since.map(|since| ("since".to_owned(), json!(since))));
        Expected(members)
    }

    fn members(&self) -> Map<String, Value> {
        let members = self.criteria.iter();
        members
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect()
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let numbers = [("since", self.since), ("limit", self.limit)];
        let numbers = numbers
            .into_iter()
            .filter_map(|(name, number)| Some((name, number?.to_string())));
        let criteria = self.criteria.iter().map(|(name, value)| (*name, value.clone()));
        criteria.chain(numbers).collect()
    }
}

/// What a test expects a tenant to have been asked.
#[derive(Clone, Debug, Serialize)]
pub struct Expected(Map<String, Value>);

impl Expected {
    /// A request of each kind, one after the other was answered. Others may come between.
    pub fn in_order(steps: impl IntoIterator<Item = RequestQuery>) -> Self {
        let steps: Vec<Value> = steps.into_iter().map(|step| step.members().into()).collect();
        Self(Map::from_iter([("inOrder".to_owned(), steps.into())]))
    }

    /// Only requests after the one with this sequence number count.
    #[must_use]
    pub fn since(mut self, sequence: u64) -> Self {
        self.0.insert("since".to_owned(), json!(sequence));
        self
    }
}

/// An expectation that has come true.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Verification {
    /// How many requests were of the kind; of an order, how many steps there were.
    pub matched: u64,
    /// Their sequence numbers.
    pub sequences: Vec<u64>,
}

/// An expectation that has not come true.
#[derive(Clone, Debug, Deserialize)]
pub struct Unmet {
    /// What was expected and what has come.
    pub sentence: String,
    /// How many requests were of the kind; of an order, how many steps were met.
    pub matched: u64,
    /// The requests that come nearest to what is missing, the nearest first; of a number that is exceeded, the last
    /// ones that count.
    pub nearest: Vec<NearMiss>,
}

/// A request that comes near to what is missing.
#[derive(Clone, Debug, Deserialize)]
pub struct NearMiss {
    /// Its sequence number.
    pub sequence: u64,
    /// Method and path.
    pub request: String,
    /// The status of its answer; none if a fault cut the connection.
    pub status: Option<u16>,
    /// A sentence for each difference; none for a request that is one too many.
    pub differences: Vec<String>,
}

impl fmt::Display for Unmet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence)?;
        for miss in &self.nearest {
            write!(formatter, "\n  request {}, {}", miss.sequence, miss.request)?;
            if let Some(status) = miss.status {
                write!(formatter, " answered {status}")?;
            }
            if !miss.differences.is_empty() {
                write!(formatter, ": {}", miss.differences.join(" "))?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Unmet {}

/// What is found in a journal.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundRequests {
    /// The requests, oldest first.
    #[serde(rename = "data")]
    pub requests: Vec<RecordedRequest>,
    /// The sequence number of the last request, found or not. A later query goes on from there with `since`.
    pub last_sequence: u64,
    /// How many requests had to make room for others.
    pub dropped: u64,
}

/// A request that a tenant has answered. Credentials are never in it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedRequest {
    /// Its number, from 1 on, in the order of the answers.
    pub sequence: u64,
    /// When it began, on the tenant's clock.
    #[serde(serialize_with = "moment::serialize")]
    pub time: Timestamp,
    /// Such as `HTTP/1.1`.
    pub http_version: String,
    /// The method.
    pub method: String,
    /// The path as it was sent.
    pub path: String,
    /// The query as it was sent, without the question mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The published operation that it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The family of that operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Who sent it, if that was found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<RecordedCaller>,
    /// The status of the answer; none if a fault cut the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it was refused, as the header `mock-qlik-refusal` has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// The ids of the faults that struck it.
    pub faults: Vec<String>,
    /// What nothing asked for: parameters of the query by name, members of a JSON body by pointer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
    /// How long it took in fact, in microseconds.
    pub duration_microseconds: u64,
    /// Headers of the request that carry no credential.
    pub request_headers: BTreeMap<String, String>,
    /// What was sent.
    pub request_body: RecordedBody,
    /// Headers of the answer that carry no credential.
    pub response_headers: BTreeMap<String, String>,
    /// What was answered.
    pub response_body: RecordedBody,
}

/// Who sent a request.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedCaller {
    /// The id of a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The subject of an external client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_client: Option<String>,
    /// The id of the API key that it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
    /// Whether it came in a session.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub session: bool,
}

/// What a journal keeps of a body.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RecordedBody {
    /// How many bytes it had.
    pub size: u64,
    /// Its text without secrets, or as much of it as is kept; only of JSON and forms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Whether the text is only the beginning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

impl RecordedRequest {
    /// The request in a line: number, time, request, answer, and whatever is out of the ordinary.
    pub fn summary(&self) -> String {
        let query = self.query.as_ref().map(|query| format!("?{query}"));
        let answer = match self.status {
            Some(status) => status.to_string(),
            None => "cut".to_owned(),
        };
        let extras = [
            self.operation.clone(),
            self.refusal.clone(),
            (!self.faults.is_empty()).then(|| self.faults.join(" ")),
        ];
        let extras: String = extras
            .into_iter()
            .flatten()
            .map(|text| format!("  {text}"))
            .collect();
        format!(
            "{}  {}  {} {}{}  {answer}{extras}",
            self.sequence,
            crate::domain::clock::wire(self.time),
            self.method,
            self.path,
            query.unwrap_or_default(),
        )
    }
}

impl Remote {
    /// The newest requests that fit, oldest first; with `since`, the first ones after that number.
    ///
    /// # Errors
    /// When the emulator cannot be reached or the query is wrong.
    pub async fn requests(&self, query: &RequestQuery) -> Result<FoundRequests, RemoteError> {
        let parameters = query.parameters();
        self.fetch(self.request_with(Method::GET, "/_mock/requests", &parameters))
            .await
    }

    /// The same as an HTTP Archive (HAR 1.2).
    ///
    /// # Errors
    /// When the emulator cannot be reached or the query is wrong.
    pub async fn archive(&self, query: &RequestQuery) -> Result<Value, RemoteError> {
        let parameters = query.parameters();
        self.fetch(self.request_with(Method::GET, "/_mock/requests/har", &parameters))
            .await
    }

    /// The requests that fit, as they are answered; with `since`, also those after that number.
    ///
    /// ```
    /// # use mock_qlik_cloud::{Emulator, remote::RequestQuery};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = Emulator::builder().seed("ready".parse()?).start().await?;
    /// let control = emulator.control()?;
    /// let mut requests = control.follow(&RequestQuery::any()).await?;
    /// control.session_for("viewer@example.com").await?.users().await?;
    /// let request = requests.next().await?.ok_or("the emulator runs")?;
    /// assert_eq!(request.path, "/api/v1/users");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the emulator cannot be reached or the query is wrong.
    pub async fn follow(&self, query: &RequestQuery) -> Result<RequestStream, RemoteError> {
        let parameters = query.parameters();
        let request = self.request_with(Method::GET, "/_mock/requests/stream", &parameters);
        let answer = self.client.open(request).await.map_err(unreachable(&self.url))?;
        if answer.status().is_success() {
            return Ok(RequestStream::new(self.url.clone(), answer.into_body()));
        }
        // What is wrong with the query is said in a body that ends.
        self.requests(query).await?;
        Err(stranger(&self.url))
    }

    /// Whether the tenant was asked what a test expects.
    ///
    /// # Errors
    /// [`RemoteError::Unmet`] with the nearest misses when it was not; besides, when the emulator cannot be reached or
    /// the expectation is wrong.
    pub async fn verify(&self, expected: &Expected) -> Result<Verification, RemoteError> {
        self.fetch(
            self.request(Method::POST, "/_mock/requests/verify")
                .json(expected),
        )
        .await
    }

    /// Forgets all requests. Sequence numbers go on.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn clear_requests(&self) -> Result<(), RemoteError> {
        self.done(self.request(Method::DELETE, "/_mock/requests")).await
    }
}
