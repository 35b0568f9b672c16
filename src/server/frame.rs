//! What every answer gets: the envelope if it is an error, the tenant's date, and one line in the log.

use axum::extract::Request;
use axum::http::header::Entry;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::journal::RefusalReason;
use super::tenancy::Misaddressed;
use crate::api::error::ApiError;
use crate::api::extract::{InTenant, Scheme};
use crate::console;
use crate::domain::clock::Timestamp;
use crate::domain::secret::without_secrets;

/// Runs a request and gives its answer the form that it has on the wire.
pub(super) async fn frame(InTenant(tenant): InTenant, mut request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let uri = request.uri().clone();
    let operation = super::operation_of(&mut request);
    let browser = console::wants_page(&request).then(|| request.headers().clone());
    let scheme = Scheme::of(request.extensions());
    let misaddressed = request.extensions_mut().remove::<Misaddressed>();
    let mut response = match misaddressed {
        Some(Misaddressed(error)) => error.into_response(),
        None => next.run(request).await,
    };

    // Only the path: a query may hold what its sender did not want in a log.
    let path = without_secrets(uri.path());
    // A method may be any word.
    let method = without_secrets(method.as_str());
    let id = operation.map_or("-", |operation| operation.id);
    if let Some(error) = take_error(&mut response) {
        let trace_id = tenant.entropy().trace_id();
        let status = error.status().as_u16();
        let refusal = error.reason().map(RefusalReason);
        let reason = error.reason().unwrap_or("-");
        // A body can have a hundred faults; the answer says them all.
        let message = error.sentences().take(3).collect::<Vec<_>>().join(" ");
        tracing::info!(%method, %path, status, operation = id, reason, trace_id, "{message}");
        let extensions = std::mem::take(response.extensions_mut());
        let allowed = response.headers_mut().remove(header::ALLOW);
        response = match &browser {
            Some(headers) => console::failure(&tenant, headers, error, &trace_id),
            None => error.write(operation, &trace_id),
        };
        if let Some(allowed) = allowed {
            response.headers_mut().entry(header::ALLOW).or_insert(allowed);
        }
        // Such as what a fault is to do to the answer.
        response.extensions_mut().extend(extensions);
        if let Some(refusal) = refusal {
            response.extensions_mut().insert(refusal);
        }
    } else {
        tracing::debug!(%method, %path, status = response.status().as_u16(), operation = id, "answered");
    }
    if let Ok(date) = HeaderValue::from_str(&http_date(tenant.clock().now())) {
        response.headers_mut().insert(header::DATE, date);
    }
    if scheme == Scheme::Https {
        secure_cookies(response.headers_mut());
    }
    response
}

/// The error of an answer: ours, or made from the bare status that the framework answered with.
fn take_error(response: &mut Response) -> Option<ApiError> {
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        return Some(error);
    }
    let status = response.status();
    let has_a_form_of_its_own = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes().starts_with(b"application/json") || kind.as_bytes().starts_with(b"text/html")
    });
    let failed = status.is_client_error() || status.is_server_error();
    (failed && !has_a_form_of_its_own).then(|| ApiError::of_status(status))
}

/// Lets a cookie that was set over TLS never go over plain HTTP.
fn secure_cookies(headers: &mut HeaderMap) {
    let Entry::Occupied(mut cookies) = headers.entry(header::SET_COOKIE) else {
        return;
    };
    for cookie in cookies.iter_mut() {
        let secure = [cookie.as_bytes(), b"; Secure"].concat();
        if let Ok(secure) = HeaderValue::from_bytes(&secure) {
            *cookie = secure;
        }
    }
}

/// The form that RFC 9110 wants for the header `Date`.
fn http_date(at: Timestamp) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
