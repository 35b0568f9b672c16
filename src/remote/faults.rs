//! Faults: what is to go wrong, and how often it has.

use std::time::Duration;

use axum::http::Method;
use serde::{Deserialize, Serialize};

use super::{Remote, RemoteError, encoded, moment};
use crate::domain::clock::Timestamp;
use crate::domain::duration::Iso8601Duration;
use crate::domain::fault::FaultState;

/// A fault that a test asks for: which requests it is about, what happens to them, and which of them it strikes.
///
/// ```
/// # use std::time::Duration;
/// # use mock_qlik_cloud::{Emulator, remote::FaultSpec};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = Emulator::builder().seed("ready".parse()?).start().await?;
/// let control = emulator.control()?;
/// for spec in [
///     FaultSpec::on("createApiKey").status(503).retry_after(Duration::from_secs(2)).times(2),
///     FaultSpec::on_path("/api/v1/users/**").latency(Duration::from_millis(5)).probability(0.5),
///     FaultSpec::on_every_request().method("DELETE").connection_reset().after(3).every(2),
/// ] {
///     assert_eq!(control.add_fault(&spec).await?.hits, 0);
/// }
/// let unknown = control.add_fault(&FaultSpec::on("createKey").status(503)).await;
/// assert!(unknown.is_err_and(|error| error.to_string().contains("/operation")));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FaultSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<LatencySpec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    every: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<Iso8601Duration>,
}

/// How long a request waits.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
pub enum LatencySpec {
    /// Always so long.
    Fixed(Iso8601Duration),
    /// Anything between two lengths, with the same chance.
    Uniform {
        /// The shortest.
        from: Iso8601Duration,
        /// The longest.
        to: Iso8601Duration,
    },
}

impl From<Duration> for LatencySpec {
    fn from(length: Duration) -> Self {
        Self::Fixed(length.into())
    }
}

impl FaultSpec {
    /// About an operation, by its published id such as `createApiKey`.
    pub fn on(operation: impl Into<String>) -> Self {
        Self {
            operation: Some(operation.into()),
            ..Self::default()
        }
    }

    /// About a path: `*` or `{id}` is one segment, `/**` at the end any rest.
    pub fn on_path(pattern: impl Into<String>) -> Self {
        Self {
            path: Some(pattern.into()),
            ..Self::default()
        }
    }

    /// About every request to the tenant.
    pub fn on_every_request() -> Self {
        Self::default()
    }

    /// Requests to this path only, a pattern as for [`FaultSpec::on_path`].
    #[must_use]
    pub fn path(mut self, pattern: impl Into<String>) -> Self {
        self.path = Some(pattern.into());
        self
    }

    /// Requests with this method only, in capital letters.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Requests of the user with this id only.
    #[must_use]
    pub fn user(mut self, id: impl Into<String>) -> Self {
        self.user = Some(id.into());
        self
    }

    /// Requests with the API key of this id only.
    #[must_use]
    pub fn api_key(mut self, id: impl Into<String>) -> Self {
        self.api_key = Some(id.into());
        self
    }

    /// Answers this error, from 400 to 599, in the operation's own form. The operation is not carried out.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// The code of that error.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The title of that error.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// The sentence of that error.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The header `retry-after` of that error, in whole seconds.
    #[must_use]
    pub fn retry_after(mut self, length: Duration) -> Self {
        self.retry_after = Some(length.as_secs());
        self
    }

    /// Resets the connection (TCP RST). The operation is not carried out.
    #[must_use]
    pub fn connection_reset(self) -> Self {
        self.fault("connection-reset")
    }

    /// Closes the connection without a byte. The operation is not carried out.
    #[must_use]
    pub fn empty_reply(self) -> Self {
        self.fault("empty-reply")
    }

    /// Sends half of the body of the answer, then closes the connection. The operation is carried out.
    #[must_use]
    pub fn truncated_body(self) -> Self {
        self.fault("truncated-body")
    }

    /// Sends a body that is no JSON. The operation is carried out.
    #[must_use]
    pub fn malformed_body(self) -> Self {
        self.fault("malformed-body")
    }

    /// One of `connection-reset`, `empty-reply`, `truncated-body` and `malformed-body`, or WireMock's name for it.
    #[must_use]
    pub fn fault(mut self, name: impl Into<String>) -> Self {
        self.fault = Some(name.into());
        self
    }

    /// Waits first, in real time: a [`Duration`] or a [`LatencySpec`], at most ten minutes.
    #[must_use]
    pub fn latency(mut self, latency: impl Into<LatencySpec>) -> Self {
        self.latency = Some(latency.into());
        self
    }

    /// Waits first, anything between two lengths.
    #[must_use]
    pub fn latency_between(self, from: Duration, to: Duration) -> Self {
        self.latency(LatencySpec::Uniform {
            from: from.into(),
            to: to.into(),
        })
    }

    /// Lets so many requests pass first.
    #[must_use]
    pub fn after(mut self, requests: u64) -> Self {
        self.after = Some(requests);
        self
    }

    /// Strikes every n-th request.
    #[must_use]
    pub fn every(mut self, nth: u64) -> Self {
        self.every = Some(nth);
        self
    }

    /// Strikes at most so often.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Strikes this share of the requests, from 0 to 1, as the tenant's source of chance has it.
    #[must_use]
    pub fn probability(mut self, share: f64) -> Self {
        self.probability = Some(share);
        self
    }

    /// Strikes for so long, on the tenant's clock.
    #[must_use]
    pub fn ttl(mut self, length: impl Into<Iso8601Duration>) -> Self {
        self.ttl = Some(length.into());
        self
    }
}

/// A fault of a tenant, and what has come of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct FaultReport {
    /// Its id, such as `fault-1`.
    pub id: String,
    /// Whether it can still strike.
    pub state: FaultState,
    /// How many requests were of the kind that it is about, struck or not.
    pub matches: u64,
    /// How many requests it has struck.
    pub hits: u64,
    /// When it was added, on the tenant's clock.
    #[serde(serialize_with = "moment::serialize")]
    pub created: Timestamp,
    /// When it ceases to strike, if it was given a time to live.
    #[serde(
        default,
        serialize_with = "moment::serialize_some",
        skip_serializing_if = "Option::is_none"
    )]
    pub expires: Option<Timestamp>,
    /// What was asked for.
    #[serde(flatten)]
    pub spec: FaultSpec,
}

impl FaultReport {
    /// What it is about and what it does, in a phrase.
    pub fn summary(&self) -> String {
        let FaultSpec {
            operation,
            method,
            path,
            status,
            fault,
            latency,
            times,
            ..
        } = &self.spec;
        let target = [operation, method, path];
        let mut target: Vec<&str> = target.into_iter().flatten().map(String::as_str).collect();
        if target.is_empty() {
            target.push("every request");
        }
        let latency = latency.as_ref().map(|latency| match latency {
            LatencySpec::Fixed(length) => format!("waits {length}"),
            LatencySpec::Uniform { from, to } => format!("waits {from} to {to}"),
        });
        let consequences = [latency, status.map(|status| status.to_string()), fault.clone()];
        let consequences: Vec<String> = consequences.into_iter().flatten().collect();
        let bound = times.map(|times| format!(" of {times}")).unwrap_or_default();
        format!(
            "{}: {}, {} hits{bound}",
            target.join(" "),
            consequences.join(", "),
            self.hits
        )
    }
}

impl Remote {
    /// All faults, the first added first.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn faults(&self) -> Result<Vec<FaultReport>, RemoteError> {
        self.list("/_mock/faults").await
    }

    /// The fault with this id.
    ///
    /// # Errors
    /// When the emulator cannot be reached or there is none.
    pub async fn fault(&self, id: &str) -> Result<FaultReport, RemoteError> {
        self.fetch(self.request(Method::GET, &fault(id))).await
    }

    /// Adds a fault behind all others.
    ///
    /// # Errors
    /// When the emulator cannot be reached or anything is wrong with the fault.
    pub async fn add_fault(&self, spec: &FaultSpec) -> Result<FaultReport, RemoteError> {
        self.fetch(self.request(Method::POST, "/_mock/faults").json(spec))
            .await
    }

    /// Takes the fault with this id out.
    ///
    /// # Errors
    /// When the emulator cannot be reached or there is none.
    pub async fn remove_fault(&self, id: &str) -> Result<(), RemoteError> {
        self.done(self.request(Method::DELETE, &fault(id))).await
    }

    /// Takes all faults out.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn clear_faults(&self) -> Result<(), RemoteError> {
        self.done(self.request(Method::DELETE, "/_mock/faults")).await
    }
}

fn fault(id: &str) -> String {
    format!("/_mock/faults/{}", encoded(id))
}
