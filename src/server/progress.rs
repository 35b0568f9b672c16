//! What a connection is doing, and when it has been doing it for too long.
//!
//! One timer a connection looks now and then at what has changed, so that a request costs neither a timer nor a look at
//! the clock.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

use super::limits::Limits;
use crate::api::extract::BodyTooSlow;

/// How often it is looked at a connection while the shortest of its limits passes.
const LOOKS: u32 = 4;

/// What a connection is doing. Clones are about the same connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(Arc<Counts>);

/// Nothing else is read or written by the order of these.
#[derive(Debug, Default)]
struct Counts {
    /// Requests whose head has arrived.
    begun: AtomicUsize,
    /// Those of them that are worked on.
    worked_on: AtomicUsize,
    /// Those of them whose answer is being sent.
    answered: AtomicUsize,
    /// Whether something has arrived that is no request yet.
    is_asking: AtomicBool,
    /// Whether several requests share the connection, so that what arrives need not be a request.
    is_shared: AtomicBool,
    /// How often the client has taken something.
    taken: AtomicUsize,
    /// Whether the client takes nothing at the moment.
    is_blocked: AtomicBool,
}

/// What a connection is doing. Two that are equal are the same doing, nothing having happened between.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// Nothing is under way.
    Idle { begun: usize },
    /// A request arrives.
    Asking { begun: usize },
    /// A request is worked on. Its body has a limit of its own.
    Working,
    /// An answer is being made and sent.
    Answering { taken: usize },
    /// An answer is ready, and the client does not take it.
    Blocked { taken: usize },
}

/// Why a connection is given up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Overdue {
    /// Nobody has asked for anything.
    Idle,
    /// A request did not arrive.
    Request,
    /// An answer was not taken.
    Answer,
}

impl Progress {
    /// Something has arrived.
    pub(super) fn heard(&self) {
        let counts = &self.0;
        if !counts.is_shared.load(Ordering::Relaxed) && !self.is_under_way() {
            counts.is_asking.store(true, Ordering::Relaxed);
        }
    }

    /// The client has taken something, or takes nothing at the moment.
    pub(super) fn told(&self, taken: bool) {
        if taken {
            self.0.taken.fetch_add(1, Ordering::Relaxed);
        }
        self.0.is_blocked.store(!taken, Ordering::Relaxed);
    }

    /// The head of a request has arrived, on a connection that is shared by several at once or not.
    pub(super) fn begin(&self, is_shared: bool) -> Exchange {
        let counts = &self.0;
        counts.begun.fetch_add(1, Ordering::Relaxed);
        counts.worked_on.fetch_add(1, Ordering::Relaxed);
        counts.is_asking.store(false, Ordering::Relaxed);
        counts.is_shared.store(is_shared, Ordering::Relaxed);
        Exchange {
            progress: self.clone(),
            is_answered: false,
        }
    }

    /// Whether a request has no answer yet.
    pub(super) fn is_working(&self) -> bool {
        self.0.worked_on.load(Ordering::Relaxed) > 0
    }

    /// Whether there never was a request.
    pub(super) fn has_no_request(&self) -> bool {
        self.0.begun.load(Ordering::Relaxed) == 0
    }

    /// Whether a request is worked on, or something of an answer is still to be sent.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(
            self.phase(),
            Phase::Working | Phase::Answering { .. } | Phase::Blocked { .. }
        )
    }

    /// How often the client has taken something.
    pub(super) fn taken(&self) -> usize {
        self.0.taken.load(Ordering::Relaxed)
    }

    fn phase(&self) -> Phase {
        let counts = &self.0;
        let taken = self.taken();
        let begun = counts.begun.load(Ordering::Relaxed);
        if counts.is_blocked.load(Ordering::Relaxed) {
            Phase::Blocked { taken }
        } else if self.is_working() {
            Phase::Working
        } else if counts.answered.load(Ordering::Relaxed) > 0 {
            Phase::Answering { taken }
        } else if counts.is_asking.load(Ordering::Relaxed) {
            Phase::Asking { begun }
        } else {
            Phase::Idle { begun }
        }
    }

    /// Done when nothing has happened on the connection for so long that it is given up.
    pub(super) async fn overdue(&self, limits: Limits) -> Overdue {
        let pause = limits.for_request().min(limits.for_idling()) / LOOKS;
        let mut phase = self.phase();
        let mut since = Instant::now();
        loop {
            tokio::time::sleep(pause).await;
            let seen = self.phase();
            if seen != phase {
                phase = seen;
                since = Instant::now();
                continue;
            }
            let (limit, overdue) = match phase {
                Phase::Working => continue,
                Phase::Idle { .. } => (limits.for_idling(), Overdue::Idle),
                Phase::Asking { .. } => (limits.for_request(), Overdue::Request),
                Phase::Answering { .. } => (limits.for_idling(), Overdue::Answer),
                Phase::Blocked { .. } => (limits.for_request(), Overdue::Answer),
            };
            if since.elapsed() >= limit {
                return overdue;
            }
        }
    }
}

/// A request and its answer, under way until it is dropped.
pub(super) struct Exchange {
    progress: Progress,
    is_answered: bool,
}

impl Exchange {
    /// The answer is there; from now on it is being sent.
    pub(super) fn answered(mut self) -> Self {
        let counts = &self.progress.0;
        counts.answered.fetch_add(1, Ordering::Relaxed);
        counts.worked_on.fetch_sub(1, Ordering::Relaxed);
        self.is_answered = true;
        self
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let counts = &self.progress.0;
        let count = if self.is_answered {
            &counts.answered
        } else {
            &counts.worked_on
        };
        count.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The body of an answer, which is under way until all of it has been handed to the connection.
pub(super) struct AnswerBody {
    body: Body,
    _exchange: Exchange,
}

impl AnswerBody {
    pub(super) fn new(body: Body, exchange: Exchange) -> Self {
        Self {
            body,
            _exchange: exchange,
        }
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of a request, which fails when it has not arrived in time.
struct TimedBody {
    body: Incoming,
    limit: Duration,
    /// Set when something has to be waited for.
    end: Option<Pin<Box<Sleep>>>,
}

/// The body of a request, which fails with [`BodyTooSlow`] when it takes longer than `limit` to arrive.
pub(super) fn timed(body: Incoming, limit: Duration) -> Body {
    if body.is_end_stream() {
        return Body::empty();
    }
    Body::new(TimedBody {
        body,
        limit,
        end: None,
    })
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(BoxError::from)));
        }
        let end = this
            .end
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(this.limit)));
        end.as_mut()
            .poll(context)
            .map(|()| Some(Err(BodyTooSlow(this.limit).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
