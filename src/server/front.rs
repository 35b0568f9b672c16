//! What stands before all doors: the way of a request to its operation, and of the answer back.
//!
//! One function after the other and not a stack of layers: a layer has to be cloned and boxed for every request, and
//! with it all that it stands around.

use std::borrow::Cow;
use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use tower::{BoxError, Service};

use super::connection::Scissors;
use super::frame::Frame;
use super::journal::Note;
use super::{address, admission, coverage, cross_origin, damage, tenancy};
use crate::api::error::ApiError;
use crate::contract::{self, Lookup, Operation};
use crate::control::JournalNews;
use crate::domain::fault::{Decision, Effect};
use crate::domain::journal::CallerRecord;
use crate::ops::tenancy::Tenants;
use crate::ops::{self, TenantHandle};

/// The tenants with all their doors. Clones share everything.
#[derive(Clone, Debug)]
pub struct Front(Arc<Inside>);

#[derive(Debug)]
struct Inside {
    tenants: Arc<Tenants>,
    news: JournalNews,
    routes: Router,
}

/// What is found out about a request on its way to its operation, for what happens on the way back.
#[derive(Debug, Default)]
pub(super) struct Trail {
    /// Who sent it.
    pub(super) caller: Option<CallerRecord>,
    /// What faults do to it.
    pub(super) decision: Option<Decision>,
    /// Why it was refused.
    pub(super) refusal: Option<&'static str>,
    /// Set for a page of another site: the origin that may see the answer, if it may.
    pub(super) page: Option<Option<HeaderValue>>,
}

impl Trail {
    /// Whether the client gets no answer at all, because a fault cuts the connection.
    pub(super) fn is_cut(&self) -> bool {
        let effect = self
            .decision
            .as_ref()
            .and_then(|decision| decision.effect.as_ref());
        matches!(effect, Some(Effect::ConnectionReset | Effect::EmptyReply))
    }
}

impl Front {
    pub(super) fn new(tenants: Arc<Tenants>, news: JournalNews, routes: Router) -> Self {
        Self(Arc::new(Inside {
            tenants,
            news,
            routes,
        }))
    }

    /// Answers a request, in whichever tenant it is for. One that is for none is answered in the name of the default
    /// tenant. The scissors are those of its connection, if it has one.
    pub(super) async fn answer(&self, mut request: Request, scissors: Option<&Scissors>) -> Response {
        let Inside { tenants, news, .. } = &*self.0;
        let (tenant, misaddressed) = match tenancy::choose(tenants, &request) {
            Ok(tenant) => (tenant, None),
            Err(error) => (Cow::Borrowed(tenants.default_tenant()), Some(error)),
        };
        let tenant = &*tenant;
        let operation = operation_of(&request);
        let is_head = request.method() == Method::HEAD;
        let note = Note::begin(tenant, operation, &mut request);
        let frame = Frame::of(&request, operation);

        let mut trail = Trail::default();
        let response = match misaddressed {
            Some(error) => error.into_response(),
            None => self.reach(tenant, operation, request, &mut trail).await,
        };

        let mut response = frame.put_around(response, tenant, &mut trail);
        if let Some(origin) = trail.page.take() {
            cross_origin::tell(response.headers_mut(), origin);
        }
        let is_cut = trail.is_cut();
        let effect = trail
            .decision
            .as_ref()
            .and_then(|decision| decision.effect.clone());
        // The answer as it was meant; a fault may damage it behind this.
        let response = match note {
            Some(note) => {
                let (response, finished) = note.end(response, trail).await;
                news.tell(ops::journal::record(tenant, finished));
                response
            }
            None => response,
        };
        if let Some(operation) = operation {
            coverage::count(tenant, operation, (!is_cut).then(|| response.status()));
        }
        // As it would go over the wire.
        let response = match effect {
            Some(effect) => damage::damage(response, &effect, scissors).await,
            None => response,
        };
        if is_head { without_body(response) } else { response }
    }

    /// Brings a request to its operation, unless something on the way refuses it.
    async fn reach(
        &self,
        tenant: &Arc<TenantHandle>,
        operation: Option<&'static Operation>,
        mut request: Request,
        trail: &mut Trail,
    ) -> Response {
        if let Err(error) = address::admit(tenant, &request) {
            return error.into_response();
        }
        if let Some(answer) = cross_origin::judge(tenant, &mut request, trail) {
            return answer;
        }
        let admitted = admission::admit(tenant, operation, request, trail, &self.0.routes);
        let answered = AssertUnwindSafe(admitted).catch_unwind().await;
        answered.unwrap_or_else(|_| ApiError::internal().into_response())
    }
}

/// As a service, it takes requests of whoever has no socket.
impl<B> Service<axum::http::Request<B>> for Front
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: axum::http::Request<B>) -> Self::Future {
        let front = self.clone();
        let request = request.map(Body::new);
        Box::pin(async move { Ok(front.answer(request, None).await) })
    }
}

/// The published operation that a request means, if there is one.
fn operation_of(request: &Request) -> Option<&'static Operation> {
    match contract::find(request.method(), request.uri().path()) {
        Lookup::Operation(operation) => Some(operation),
        Lookup::MethodNotAllowed(_) | Lookup::Unknown => None,
    }
}

/// The answer to HEAD: the length of the body, and not the body.
fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if let Some(size) = body.size_hint().exact() {
        parts.headers.entry(header::CONTENT_LENGTH).or_insert(size.into());
    }
    Response::from_parts(parts, Body::empty())
}
