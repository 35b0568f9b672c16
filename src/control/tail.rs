//! `/_mock/requests/stream`: the journal as it grows, as server-sent events.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use http_body::Frame;
use tokio::sync::{mpsc, watch};

use super::requests;
use crate::api::error::ApiError;
use crate::api::extract::{InTenant, Parameters, bad_parameter};
use crate::domain::journal::{Criteria, Entry};
use crate::ops::tenancy::Tenants;
use crate::ops::{TenantHandle, journal};

/// How long nothing is sent at most: a comment then keeps the connection open, and finds out that a client has left.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How many events wait for a client that reads slowly. The journal itself is the larger buffer.
const WAITING: usize = 64;

/// Stands in the place of a request that never comes.
const NO_MORE: u64 = u64::MAX;

/// Says that the journal has grown.
#[derive(Clone, Debug)]
pub struct JournalNews(Arc<watch::Sender<u64>>);

impl Default for JournalNews {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl JournalNews {
    /// Lets every stream see whether its tenant is still there.
    pub fn look(&self) {
        self.0.send_modify(|_| {});
    }

    /// Ends all streams, now and from now on: nothing else will come.
    pub fn end(&self) {
        self.0.send_replace(NO_MORE);
    }

    /// Wakes whoever waits for this request.
    pub fn tell(&self, sequence: u64) {
        // Who comes later reads the journal first.
        if self.0.receiver_count() == 0 {
            return;
        }
        self.0.send_if_modified(|last| {
            let goes_on = *last != NO_MORE;
            if goes_on {
                *last = sequence;
            }
            goes_on
        });
    }
}

/// `GET /_mock/requests/stream`: requests from now on; with `since` or the header `last-event-id`, from there on.
pub(super) async fn stream(
    State(tenants): State<Arc<Tenants>>,
    InTenant(tenant): InTenant,
    Extension(news): Extension<JournalNews>,
    headers: HeaderMap,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    if parameters.get("limit").is_some() {
        return Err(bad_parameter(
            "limit",
            "A stream has no end, so it has no limit either.",
        ));
    }
    let query = requests::query(&parameters)?;
    // What a browser sends by itself when it comes back.
    let seen = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let since = seen
        .or(query.since)
        .unwrap_or_else(|| journal::last_sequence(&tenant));
    let (sender, events) = mpsc::channel(WAITING);
    let whose = (tenants, tenant);
    tokio::spawn(tail(whose, news.0.subscribe(), query.criteria, since, sender));
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::new(Events(events))).into_response())
}

/// Sends what comes until the client has left, the tenant is deleted, or the emulator has stopped.
async fn tail(
    (tenants, tenant): (Arc<Tenants>, Arc<TenantHandle>),
    mut news: watch::Receiver<u64>,
    criteria: Criteria,
    mut sequence: u64,
    client: mpsc::Sender<Bytes>,
) {
    loop {
        // Marked as seen before the journal is read, so that nothing that comes meanwhile is missed.
        let is_over = *news.borrow_and_update() == NO_MORE || !tenants.holds(&tenant);
        let (entries, last) = journal::after(&tenant, sequence, &criteria);
        sequence = last;
        for entry in entries {
            if client.send(event(&entry)).await.is_err() {
                return;
            }
        }
        if is_over {
            return;
        }
        let more = tokio::select! {
            changed = news.changed() => changed.is_ok(),
            () = tokio::time::sleep(HEARTBEAT) => client.send(Bytes::from_static(b":\n\n")).await.is_ok(),
            () = client.closed() => false,
        };
        if !more {
            return;
        }
    }
}

fn event(entry: &Entry) -> Bytes {
    let data = serde_json::to_string(entry).unwrap_or_default();
    format!("id: {}\nevent: request\ndata: {data}\n\n", entry.sequence).into()
}

/// A body of events that are sent when they come.
struct Events(mpsc::Receiver<Bytes>);

impl http_body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let event = self.get_mut().0.poll_recv(context);
        event.map(|event| event.map(|bytes| Ok(Frame::data(bytes))))
    }
}
