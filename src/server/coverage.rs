//! Counts which published operations a tenant is asked for.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::api::extract::InTenant;
use crate::contract;
use crate::domain::coverage::Class;
use crate::domain::fault::{Decision, Effect};
use crate::ops::coverage;

/// Runs a request, and counts it with its answer.
pub(super) async fn count(InTenant(tenant): InTenant, mut request: Request, next: Next) -> Response {
    let operation = super::operation_of(&mut request);
    let response = next.run(request).await;
    if let Some(operation) = operation {
        let decision = response.extensions().get::<Decision>();
        let effect = decision.and_then(|decision| decision.effect.as_ref());
        let is_cut = matches!(effect, Some(Effect::ConnectionReset | Effect::EmptyReply));
        let class = Class::of((!is_cut).then(|| response.status().as_u16()));
        coverage::count(
            &tenant,
            operation.place.into(),
            contract::operations().len(),
            class,
        );
    }
    response
}
