//! Pages for people: signing in and out. No rule of its own; it calls the same use cases as REST.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::ops::TenantHandle;

mod form;
mod home;
mod html;
mod login;

/// Every page.
pub fn routes() -> Router<Arc<TenantHandle>> {
    Router::new()
        .route("/", get(home::show))
        .route("/login", get(login::show).post(login::sign_in))
        .route("/logout", post(login::sign_out))
}
