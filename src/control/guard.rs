//! Lets a request to the control API in, or refuses it: see [`ControlAccess`].

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

pub use crate::api::control_access::{CONTROL_TOKEN_HEADER, ControlAccess};
use crate::api::error::ApiError;
use crate::api::extract::{Parameters, TENANT_PARAMETER, bad_parameter};

/// Where more can be asked than which tenant is meant. Each reads its own parameters, and refuses others.
const HAVE_PARAMETERS: [&str; 4] = [
    "/_mock/coverage",
    "/_mock/requests",
    "/_mock/requests/har",
    "/_mock/requests/stream",
];

pub(super) async fn guard(
    State(access): State<ControlAccess>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    access.require(&request)?;
    let path = request.uri().path();
    if !HAVE_PARAMETERS.contains(&path) {
        let parameters = Parameters::parse(request.uri().query().unwrap_or_default());
        if let Some((name, _)) = parameters.iter().find(|(name, _)| *name != TENANT_PARAMETER) {
            let sentence = format!("Not known here. Known: {TENANT_PARAMETER}.");
            return Err(bad_parameter(name, sentence));
        }
    }
    let mut response = next.run(request).await;
    // What is true of the emulator at one moment is not true at the next.
    let kept = response.headers_mut().entry(header::CACHE_CONTROL);
    kept.or_insert(HeaderValue::from_static("no-store"));
    Ok(response)
}
