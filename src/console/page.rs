//! A page as an answer: what every page allows a browser to do, which is little.

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::api::error::ApiError;

/// The answer of a handler.
pub(super) type PageResult = Result<Response, ApiError>;

/// Nothing but our own files, no inline script or style, no frame around it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Headers of every page. A browser that is told `no-referrer` would post forms with the origin `null`, and those
/// are refused: hence `same-origin`.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Renders a page whose form may lead to another site in the end. Browsers hold the policy against redirects as well.
///
/// # Errors
/// When the template fails, which only a fault of the emulator can cause.
pub(super) fn render_leading_to(
    status: StatusCode,
    page: &impl Template,
    elsewhere: Option<&str>,
) -> PageResult {
    let mut response = render(status, page)?;
    if let Some(destination) = elsewhere {
        may_send_to(&mut response, destination);
    }
    Ok(response)
}

/// Lets the forms of a page lead on to this origin, or to an address of this scheme.
pub(super) fn may_send_to(page: &mut Response, destination: &str) {
    let policy =
        CONTENT_SECURITY_POLICY.replace("form-action 'self'", &format!("form-action 'self' {destination}"));
    // A destination that could end this directive is left out: the browser then stops at it.
    if let (false, Ok(policy)) = (
        destination.contains([';', ',', ' ']),
        HeaderValue::from_str(&policy),
    ) {
        page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Renders a page.
///
/// # Errors
/// When the template fails, which only a fault of the emulator can cause.
pub(super) fn render(status: StatusCode, page: &impl Template) -> PageResult {
    match page.render() {
        Ok(html) => Ok((status, HEADERS, html).into_response()),
        Err(error) => {
            tracing::error!("a page could not be rendered: {error}");
            Err(ApiError::internal())
        }
    }
}
