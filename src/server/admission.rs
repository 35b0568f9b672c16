//! What stands between a request and its operation: who sends it, and whether that is one request too many.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::api::error::ApiError;
use crate::api::extract::Identification;
use crate::contract::{self, Lookup, Operation, Tier};
use crate::control;
use crate::domain::limiter::{Allowance, Pool};
use crate::ops::{TenantHandle, rate_limits};

/// Lets a request through to its operation, or turns it away. The control API stands outside of all this.
pub(super) async fn admit(
    State(tenant): State<Arc<TenantHandle>>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if control::is_control(request.uri().path()) {
        return Ok(next.run(request).await);
    }
    let identification = Identification::of(request.headers(), &tenant);
    if let Some(context) = identification.context()
        && let Lookup::Operation(operation) = contract::find(request.method(), request.uri().path())
        && let Some(allowance) = allowance(operation)
    {
        rate_limits::admit(context, allowance)?;
    }
    request.extensions_mut().insert(identification);
    Ok(next.run(request).await)
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
