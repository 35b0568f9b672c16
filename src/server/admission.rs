//! What stands between a request and its operation: who sends it, whether that is one request too many, and whether a
//! fault strikes it.

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;

use crate::api::error::ApiError;
use crate::api::extract::{Identification, InTenant};
use crate::contract::{Operation, Tier};
use crate::domain::fault::{Decision, Effect, RequestFacts};
use crate::domain::journal::CallerRecord;
use crate::domain::limiter::{Allowance, Pool};
use crate::domain::policy::{Caller, Credential};
use crate::ops::{Context, faults, rate_limits};

/// Lets a request through to its operation, or does with it what the limits or a fault want.
pub(super) async fn admit(InTenant(tenant): InTenant, mut request: Request, next: Next) -> Response {
    if super::is_of_the_emulator(request.uri().path()) {
        return next.run(request).await;
    }
    let operation = super::operation_of(&mut request);
    let identification = Identification::of(request.headers(), &tenant);
    let context = identification.context();
    let caller = context.map(|context| CallerRecord::from(&context.caller));
    if let (Some(context), Some(allowance)) = (context, operation.and_then(allowance))
        && let Err(limited) = rate_limits::admit(context, allowance)
    {
        return known_to_be_of(caller, ApiError::from(limited).into_response());
    }
    let decision = faults::decide(&tenant, &facts(&request, operation, context));
    request.extensions_mut().insert(identification);
    let response = match decision {
        None => next.run(request).await,
        Some(decision) => struck(decision, request, next).await,
    };
    known_to_be_of(caller, response)
}

/// Leaves the caller among the extensions of the answer, for the journal.
fn known_to_be_of(caller: Option<CallerRecord>, mut response: Response) -> Response {
    if let Some(caller) = caller {
        response.extensions_mut().insert(caller);
    }
    response
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

/// Waits, then answers, or lets the operation answer. The outermost layer does the rest to the answer; it finds the
/// decision among the extensions.
async fn struck(decision: Decision, request: Request, next: Next) -> Response {
    // The client waits in fact, whatever the tenant's clock shows.
    tokio::time::sleep(decision.latency).await;
    let mut response = match &decision.effect {
        Some(Effect::Error(error)) => ApiError::from(error).into_response(),
        Some(Effect::ConnectionReset) => Response::default(),
        Some(Effect::EmptyReply) => {
            read_to_the_end(request.into_body()).await;
            Response::default()
        }
        Some(Effect::TruncatedBody | Effect::MalformedBody) | None => next.run(request).await,
    };
    response.extensions_mut().insert(decision);
    response
}

/// A connection that is closed with something unread is reset, which would be another fault.
async fn read_to_the_end(mut body: Body) {
    while let Some(Ok(_)) = body.frame().await {}
}
