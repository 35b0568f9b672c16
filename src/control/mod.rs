//! The control API under `/_mock`: a test's hands on the tenant. Every route is on this page.
//!
//! It speaks for whoever runs the emulator, not for a user of the tenant, so no permission of the tenant applies;
//! [`guard`] decides who may come in.

use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Extension, Router};

use crate::ops::tenancy::Tenants;

mod clock;
mod coverage;
mod faults;
pub mod guard;
mod openapi;
mod rate_limits;
mod requests;
mod states;
mod tail;
mod tenants;
mod tokens;

pub use guard::ControlAccess;
pub use tail::JournalNews;

/// Every route of the control API.
pub fn routes(access: ControlAccess, news: JournalNews) -> Router<Arc<Tenants>> {
    Router::new()
        .route("/_mock/clock", get(clock::show).put(clock::change))
        .route("/_mock/coverage", get(coverage::show).delete(coverage::clear))
        .route(
            "/_mock/faults",
            get(faults::list).post(faults::add).delete(faults::clear),
        )
        .route("/_mock/faults/{id}", get(faults::read).delete(faults::remove))
        .route("/_mock/openapi.json", get(openapi::show))
        .route(
            "/_mock/rate-limits",
            get(rate_limits::show).put(rate_limits::change),
        )
        .route("/_mock/requests", get(requests::find).delete(requests::clear))
        .route("/_mock/requests/har", get(requests::archive))
        .route(
            "/_mock/requests/settings",
            get(requests::settings).put(requests::configure),
        )
        .route("/_mock/requests/stream", get(tail::stream))
        .route("/_mock/requests/verify", post(requests::verify))
        .route("/_mock/reset", post(states::reset))
        .route("/_mock/seed", get(states::export).put(states::plant))
        .route("/_mock/seed/check", post(states::check))
        .route("/_mock/seed/schema", get(states::schema))
        .route("/_mock/snapshots", get(states::list))
        .route(
            "/_mock/snapshots/{name}",
            get(states::export_snapshot)
                .put(states::save)
                .delete(states::forget),
        )
        .route("/_mock/snapshots/{name}/restore", post(states::restore))
        .route(
            "/_mock/tenants",
            get(tenants::list).post(tenants::create).delete(tenants::clear),
        )
        .route(
            "/_mock/tenants/{name}",
            get(tenants::read).delete(tenants::remove),
        )
        .route("/_mock/tokens", post(tokens::create))
        .layer(Extension(news))
        .route_layer(from_fn_with_state(access, guard::guard))
}
