//! Notes every request to the tenant in its journal, with the answer as it was meant; a fault may damage it behind this.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::time::Instant;

use crate::api::extract::{InTenant, ReadParameters};
use crate::control::JournalNews;
use crate::domain::document::UnreadMembers;
use crate::domain::fault::{Decision, Effect};
use crate::domain::journal::{self, Arrival, CallerRecord, Draft, Outcome};
use crate::ops::{self, TenantHandle};

/// Why a request was refused, among the extensions of its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct RefusalReason(pub(super) &'static str);

/// Bodies that are this much larger than what is kept of them are not looked at.
const LOOKED_AT: usize = 4;

/// Runs a request, and notes it.
pub(super) async fn note(
    State(news): State<JournalNews>,
    InTenant(tenant): InTenant,
    mut request: Request,
    next: Next,
) -> Response {
    let settings = ops::journal::settings(&tenant);
    if settings.entries == 0 || super::is_of_the_emulator(request.uri().path()) {
        return next.run(request).await;
    }
    // How long it takes in fact, whatever the tenant's clock shows.
    let begun = Instant::now();
    let draft = begin(&tenant, &mut request);
    let limit = settings.body_bytes.saturating_mul(LOOKED_AT);
    let content_type = header_text(request.headers(), header::CONTENT_TYPE).map(str::to_owned);
    let (mut request, copy) = copied(request, limit);
    let query = request
        .uri()
        .query()
        .filter(|query| !query.is_empty())
        .map(str::to_owned);
    let read = ReadParameters::default();
    if query.is_some() {
        request.extensions_mut().insert(read.clone());
    }
    let unread_members = UnreadMembers::default();
    if !request.body().is_end_stream() {
        request.extensions_mut().insert(unread_members.clone());
    }

    let response = next.run(request).await;

    let (response, answered) = looked_at(response, limit).await;
    let decision = response.extensions().get::<Decision>();
    let effect = decision.and_then(|decision| decision.effect.as_ref());
    let is_cut = matches!(effect, Some(Effect::ConnectionReset | Effect::EmptyReply));
    // A request that was refused may not have been read to its end.
    let was_carried_out = response.status().is_success() || response.status().is_redirection();
    let unread = if was_carried_out && !is_cut {
        let mut unread = query.map(|query| read.unread(&query)).unwrap_or_default();
        unread.append(&mut unread_members.take());
        unread
    } else {
        Vec::new()
    };
    let outcome = Outcome {
        unread,
        caller: response.extensions().get::<CallerRecord>().cloned(),
        refusal: response
            .extensions()
            .get::<RefusalReason>()
            .map(|reason| reason.0),
        faults: decision
            .map(|decision| decision.faults.clone())
            .unwrap_or_default(),
        status: (!is_cut).then(|| response.status().as_u16()),
        duration_microseconds: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        request_body: copy.body(content_type.as_deref(), settings.body_bytes),
        response_body: if is_cut {
            journal::Body::default()
        } else {
            answered.body(
                header_text(response.headers(), header::CONTENT_TYPE),
                settings.body_bytes,
            )
        },
    };
    let headers = (!is_cut).then(|| texts(response.headers())).into_iter().flatten();
    let sequence = ops::journal::record(&tenant, draft.end(outcome, headers));
    news.tell(sequence);
    response
}

fn begin(tenant: &TenantHandle, request: &mut Request) -> Draft {
    let operation = super::operation_of(request);
    let uri = request.uri();
    let http_version = match request.version() {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        _ => "HTTP/1.1",
    };
    let arrival = Arrival {
        at: tenant.clock().now(),
        http_version,
        method: request.method().as_str(),
        path: uri.path(),
        query: uri.query(),
        operation: operation.map(|operation| operation.id),
        family: operation.map(|operation| operation.family),
    };
    Draft::begin(&arrival, texts(request.headers()))
}

/// The headers that are text.
fn texts(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// What went by of a body: its size, and its bytes unless they were too many.
#[derive(Debug, Default)]
struct Passed {
    size: u64,
    bytes: Vec<u8>,
}

impl Passed {
    fn add(&mut self, bytes: &[u8], limit: usize) {
        self.size += bytes.len() as u64;
        if self.bytes.len() + bytes.len() <= limit {
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn body(&self, content_type: Option<&str>, limit: usize) -> journal::Body {
        if self.bytes.len() as u64 == self.size {
            journal::Body::of(content_type, &self.bytes, limit)
        } else {
            journal::Body::of_size(self.size)
        }
    }
}

/// The copy of a body that is being read.
#[derive(Clone, Debug, Default)]
struct SharedCopy(Arc<Mutex<Passed>>);

impl SharedCopy {
    fn add(&self, bytes: &[u8], limit: usize) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(bytes, limit);
    }

    fn body(&self, content_type: Option<&str>, limit: usize) -> journal::Body {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .body(content_type, limit)
    }
}

/// Lets the body of a request be copied while it is read. What nobody reads is not noted either.
fn copied(request: Request, limit: usize) -> (Request, SharedCopy) {
    let copy = SharedCopy::default();
    if request.body().is_end_stream() {
        return (request, copy);
    }
    let request = request.map(|body| {
        Body::new(CopiedBody {
            body,
            copy: copy.clone(),
            limit,
        })
    });
    (request, copy)
}

struct CopiedBody {
    body: Body,
    copy: SharedCopy,
    limit: usize,
}

impl HttpBody for CopiedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(bytes) = frame.data_ref()
        {
            this.copy.add(bytes, this.limit);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer with a copy of its body. All answers of a tenant are made before they are sent, so this waits for nothing.
async fn looked_at(response: Response, limit: usize) -> (Response, Passed) {
    let (parts, body) = response.into_parts();
    let mut passed = Passed::default();
    let size = body.size_hint().lower();
    if size > limit as u64 {
        passed.size = size;
        return (Response::from_parts(parts, body), passed);
    }
    match body.collect().await {
        Ok(body) => {
            let bytes = body.to_bytes();
            passed.add(&bytes, limit);
            (Response::from_parts(parts, Body::from(bytes)), passed)
        }
        Err(error) => {
            tracing::error!(%error, "the body of an answer broke off");
            (Response::from_parts(parts, Body::empty()), passed)
        }
    }
}
