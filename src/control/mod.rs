//! The control API under `/_mock`: a test's hands on the tenant. Every route is on this page.
//!
//! It speaks for whoever runs the emulator, not for a user of the tenant, so no permission of the tenant applies;
//! [`guard`] decides who may come in.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::ops::TenantHandle;

mod clock;
mod faults;
pub mod guard;
mod rate_limits;
mod states;

pub use guard::ControlAccess;

/// Every route of the control API.
pub fn routes(access: ControlAccess) -> Router<Arc<TenantHandle>> {
    Router::new()
        .route("/_mock/clock", get(clock::show).put(clock::change))
        .route(
            "/_mock/faults",
            get(faults::list).post(faults::add).delete(faults::clear),
        )
        .route("/_mock/faults/{id}", get(faults::read).delete(faults::remove))
        .route(
            "/_mock/rate-limits",
            get(rate_limits::show).put(rate_limits::change),
        )
        .route("/_mock/reset", post(states::reset))
        .route("/_mock/seed", get(states::export).put(states::plant))
        .route("/_mock/seed/check", post(states::check))
        .route("/_mock/snapshots", get(states::list))
        .route(
            "/_mock/snapshots/{name}",
            get(states::export_snapshot)
                .put(states::save)
                .delete(states::forget),
        )
        .route("/_mock/snapshots/{name}/restore", post(states::restore))
        .route_layer(from_fn_with_state(access, guard::guard))
}
