//! What stands between a request and its operation: who sends it, whether that is one request too many, and whether a
//! fault strikes it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use tower::Service as _;

use super::front::Trail;
use crate::api::error::ApiError;
use crate::api::extract::{Identification, InTenant};
use crate::contract::{Operation, Tier};
use crate::domain::fault::{Decision, Effect, RequestFacts};
use crate::domain::journal::CallerRecord;
use crate::domain::limiter::{Allowance, Pool};
use crate::domain::policy::{Caller, Credential};
use crate::ops::{Context, TenantHandle, faults, rate_limits};

/// Lets a request through to its operation, or does with it what the limits or a fault want.
pub(super) async fn admit(
    tenant: &Arc<TenantHandle>,
    operation: Option<&'static Operation>,
    mut request: Request,
    trail: &mut Trail,
    routes: &Router,
) -> Response {
    if super::is_of_the_emulator(request.uri().path()) {
        request.extensions_mut().insert(InTenant(Arc::clone(tenant)));
        return operate(routes, request).await;
    }
    let identification = Identification::of(request.headers(), tenant);
    let context = identification.context();
    trail.caller = context.map(|context| CallerRecord::from(&context.caller));
    if let (Some(context), Some(allowance)) = (context, operation.and_then(allowance))
        && let Err(limited) = rate_limits::admit(context, allowance)
    {
        return ApiError::from(limited).into_response();
    }
    trail.decision = faults::decide(tenant, &facts(&request, operation, context));
    request.extensions_mut().insert(identification);
    match &trail.decision {
        None => operate(routes, request).await,
        Some(decision) => struck(decision, request, routes).await,
    }
}

/// Hands a request to what answers it in the end.
async fn operate(routes: &Router, request: Request) -> Response {
    match routes.clone().call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The published limit of an operation, if there is one.
fn allowance(operation: &'static Operation) -> Option<Allowance> {
    let tier = operation.tier?;
    let pool = match tier {
        Tier::One => Pool::TierOne,
        Tier::Two => Pool::TierTwo,
        Tier::Special { .. } => Pool::Operation(operation.id),
    };
    Some(Allowance {
        pool,
        per_minute: tier.per_minute(),
    })
}

fn facts<'r>(
    request: &'r Request,
    operation: Option<&'static Operation>,
    context: Option<&'r Context>,
) -> RequestFacts<'r> {
    let caller = context.map(|context| &context.caller);
    RequestFacts {
        operation: operation.map(|operation| operation.id),
        method: request.method().as_str(),
        path: request.uri().path(),
        user: caller.and_then(Caller::user_id),
        api_key: caller.and_then(|caller| match caller.credential {
            Credential::ApiKey(id) => Some(id),
            Credential::Session(_) | Credential::AccessToken { .. } => None,
        }),
    }
}

/// Waits, then answers, or lets the operation answer. What is to be done to the answer itself comes later.
async fn struck(decision: &Decision, request: Request, routes: &Router) -> Response {
    // The client waits in fact, whatever the tenant's clock shows.
    tokio::time::sleep(decision.latency).await;
    match &decision.effect {
        Some(Effect::Error(error)) => ApiError::from(error).into_response(),
        Some(Effect::ConnectionReset) => Response::default(),
        Some(Effect::EmptyReply) => {
            read_to_the_end(request.into_body()).await;
            Response::default()
        }
        Some(Effect::TruncatedBody | Effect::MalformedBody) | None => operate(routes, request).await,
    }
}

/// A connection that is closed with something unread is reset, which would be another fault.
async fn read_to_the_end(mut body: Body) {
    while let Some(Ok(_)) = body.frame().await {}
}
