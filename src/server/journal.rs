//! Notes every request to the tenant in its journal, with the answer as it was meant; a fault may damage it behind this.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Version, header};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::time::Instant;

use super::front::Trail;
use crate::api::extract::ReadParameters;
use crate::contract::Operation;
use crate::domain::document::UnreadMembers;
use crate::domain::journal::{self, Arrival, Draft, Finished, Outcome};
use crate::ops::{self, TenantHandle};

/// Bodies that are this much larger than what is kept of them are not looked at.
const LOOKED_AT: usize = 4;

/// A request that is under way.
#[derive(Debug)]
pub(super) struct Note {
    /// How long it takes is counted in fact, whatever the tenant's clock shows.
    begun: Instant,
    draft: Draft,
    /// The most that is kept of a body, in bytes.
    body_bytes: usize,
    query: Option<AskedQuery>,
    body: Option<SentBody>,
}

/// The query of a request, and which of its parameters somebody asked for.
#[derive(Debug)]
struct AskedQuery {
    text: String,
    read: ReadParameters,
}

/// The body of a request.
#[derive(Debug)]
struct SentBody {
    content_type: Option<HeaderValue>,
    copy: SharedCopy,
    unread_members: UnreadMembers,
}

impl Note {
    /// Notes the beginning of a request to the tenant; none if the journal is off or the request is to the emulator.
    pub(super) fn begin(
        tenant: &TenantHandle,
        operation: Option<&'static Operation>,
        request: &mut Request,
    ) -> Option<Self> {
        let settings = ops::journal::settings(tenant);
        if settings.entries == 0 || super::is_of_the_emulator(request.uri().path()) {
            return None;
        }
        let mut note = Self {
            begun: Instant::now(),
            draft: draft(tenant, operation, request),
            body_bytes: settings.body_bytes,
            query: None,
            body: None,
        };
        if let Some(query) = request.uri().query().filter(|query| !query.is_empty()) {
            let (text, read) = (query.to_owned(), ReadParameters::default());
            request.extensions_mut().insert(read.clone());
            note.query = Some(AskedQuery { text, read });
        }
        if !request.body().is_end_stream() {
            let sent = SentBody {
                content_type: request.headers().get(header::CONTENT_TYPE).cloned(),
                copy: SharedCopy::default(),
                unread_members: UnreadMembers::default(),
            };
            request.extensions_mut().insert(sent.unread_members.clone());
            let body = CopiedBody {
                body: std::mem::take(request.body_mut()),
                copy: sent.copy.clone(),
                limit: note.limit(),
            };
            *request.body_mut() = Body::new(body);
            note.body = Some(sent);
        }
        Some(note)
    }

    fn limit(&self) -> usize {
        self.body_bytes.saturating_mul(LOOKED_AT)
    }

    /// Notes the answer.
    pub(super) async fn end(self, response: Response, trail: Trail) -> (Response, Finished) {
        let is_cut = trail.is_cut();
        let (response, answered) = looked_at(response, self.limit()).await;
        // A request that was refused may not have been read to its end.
        let was_carried_out = response.status().is_success() || response.status().is_redirection();
        let unread = if was_carried_out && !is_cut {
            let query = self.query.as_ref();
            let mut unread = query
                .map(|query| query.read.unread(&query.text))
                .unwrap_or_default();
            if let Some(body) = &self.body {
                unread.append(&mut body.unread_members.take());
            }
            unread
        } else {
            Vec::new()
        };
        let answered_as = response.headers().get(header::CONTENT_TYPE);
        let answered_as = answered_as.and_then(|value| value.to_str().ok());
        let outcome = Outcome {
            unread,
            caller: trail.caller,
            refusal: trail.refusal,
            faults: trail.decision.map(|decision| decision.faults).unwrap_or_default(),
            status: (!is_cut).then(|| response.status().as_u16()),
            duration_microseconds: u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            request_body: self
                .body
                .map(|body| body.noted(self.body_bytes))
                .unwrap_or_default(),
            response_body: if is_cut {
                journal::Body::default()
            } else {
                answered.body(answered_as, self.body_bytes)
            },
        };
        let headers = (!is_cut).then(|| texts(response.headers())).into_iter().flatten();
        let finished = self.draft.end(outcome, headers);
        (response, finished)
    }
}

impl SentBody {
    fn noted(&self, limit: usize) -> journal::Body {
        let content_type = self.content_type.as_ref().and_then(|value| value.to_str().ok());
        self.copy.body(content_type, limit)
    }
}

fn draft(tenant: &TenantHandle, operation: Option<&'static Operation>, request: &Request) -> Draft {
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

/// The body of a request, copied while it is read. What nobody reads is not noted either.
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
async fn looked_at(response: Response, limit: usize) -> (Response, Answered) {
    let (parts, body) = response.into_parts();
    let size = body.size_hint().lower();
    if size > limit as u64 {
        return (Response::from_parts(parts, body), Answered::OfSize(size));
    }
    let bytes = to_bytes(body).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the body of an answer broke off");
        Bytes::new()
    });
    (
        Response::from_parts(parts, Body::from(bytes.clone())),
        Answered::With(bytes),
    )
}

/// Most bodies are one piece, which needs no copy.
async fn to_bytes(mut body: Body) -> Result<Bytes, axum::Error> {
    let first = match body.frame().await.transpose()? {
        Some(frame) => frame.into_data().unwrap_or_default(),
        None => return Ok(Bytes::new()),
    };
    if body.is_end_stream() {
        return Ok(first);
    }
    let rest = body.collect().await?.to_bytes();
    Ok([first, rest].concat().into())
}

/// The body of an answer.
enum Answered {
    /// It is too large to be looked at.
    OfSize(u64),
    /// All of it.
    With(Bytes),
}

impl Answered {
    fn body(&self, content_type: Option<&str>, limit: usize) -> journal::Body {
        match self {
            Self::OfSize(size) => journal::Body::of_size(*size),
            Self::With(bytes) => journal::Body::of_answer(content_type, bytes, limit),
        }
    }
}
