//! Lets a request to the control API in, or refuses it: see [`ControlAccess`].

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

pub use crate::api::control_access::{CONTROL_TOKEN_HEADER, ControlAccess};
use crate::api::error::ApiError;

pub(super) async fn guard(
    State(access): State<ControlAccess>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    access.require(&request)?;
    Ok(next.run(request).await)
}
