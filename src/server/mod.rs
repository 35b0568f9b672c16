//! From the operation layer to a socket: the routes of all doors, the layers around them, and the listener.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;

use crate::api::error::ApiError;
use crate::control::ControlAccess;
use crate::ops::TenantHandle;
use crate::{api, console, control};

mod admission;
mod frame;
mod health;
pub mod listener;

/// Everything that a tenant answers to, ready to serve.
pub fn service(tenant: Arc<TenantHandle>, access: ControlAccess) -> Router {
    Router::new()
        .merge(api::routes())
        .merge(console::routes())
        .merge(control::routes(access))
        .route("/_mock/health", get(health::handle))
        .route("/health", get(health::handle))
        .route("/healthz", get(health::handle))
        .route("/livez", get(health::handle))
        .route("/readyz", get(health::handle))
        .fallback(api::otherwise)
        .method_not_allowed_fallback(api::otherwise)
        .layer(from_fn_with_state(Arc::clone(&tenant), admission::admit))
        .layer(CatchPanicLayer::custom(|_| -> Response {
            ApiError::internal().into_response()
        }))
        // The last layer is the outermost: it gives every answer its envelope, that of a panic included.
        .layer(from_fn_with_state(Arc::clone(&tenant), frame::frame))
        .with_state(tenant)
}
