//! What every answer gets: the envelope if it is an error, the tenant's date, and one line in the log.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::Request;
use axum::http::header::Entry;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::Response;
use tracing::Level;

use super::front::Trail;
use crate::api::error::ApiError;
use crate::api::extract::Scheme;
use crate::console;
use crate::contract::Operation;
use crate::domain::clock::Timestamp;
use crate::domain::secret::without_secrets;
use crate::ops::TenantHandle;

/// What the form of an answer depends on: the request, which is gone by then.
#[derive(Debug)]
pub(super) struct Frame {
    method: Method,
    uri: Uri,
    operation: Option<&'static Operation>,
    /// The headers, if an error is to be shown as a page.
    browser: Option<HeaderMap>,
    scheme: Scheme,
}

impl Frame {
    /// Keeps what will be needed of a request.
    pub(super) fn of(request: &Request, operation: Option<&'static Operation>) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            operation,
            browser: console::wants_page(request).then(|| request.headers().clone()),
            scheme: Scheme::of(request.extensions()),
        }
    }

    /// Gives an answer the form that it has on the wire.
    pub(super) fn put_around(
        self,
        mut response: Response,
        tenant: &Arc<TenantHandle>,
        trail: &mut Trail,
    ) -> Response {
        if let Some(error) = take_error(&mut response) {
            trail.refusal = error.reason();
            let trace_id = tenant.entropy().trace_id();
            self.log_error(&error, &trace_id);
            let allowed = response.headers_mut().remove(header::ALLOW);
            response = match &self.browser {
                Some(headers) => console::failure(tenant, headers, error, &trace_id),
                None => error.write(self.operation, &trace_id),
            };
            if let Some(allowed) = allowed {
                response.headers_mut().entry(header::ALLOW).or_insert(allowed);
            }
        } else if tracing::enabled!(Level::DEBUG) {
            let (method, path, operation) = self.names();
            tracing::debug!(%method, %path, status = response.status().as_u16(), operation, "answered");
        }
        if let Some(date) = date_header(tenant.clock().now()) {
            response.headers_mut().insert(header::DATE, date);
        }
        if self.scheme == Scheme::Https {
            secure_cookies(response.headers_mut());
        }
        response
    }

    fn log_error(&self, error: &ApiError, trace_id: &str) {
        let (method, path, operation) = self.names();
        let status = error.status().as_u16();
        let reason = error.reason().unwrap_or("-");
        // A body can have a hundred faults; the answer says them all.
        let message = error.sentences().take(3).collect::<Vec<_>>().join(" ");
        tracing::info!(%method, %path, status, operation, reason, trace_id, "{message}");
    }

    /// Method, path and operation for the log. Only the path: a query may hold what its sender did not want in a log.
    fn names(&self) -> (Cow<'_, str>, Cow<'_, str>, &'static str) {
        // A method may be any word.
        let method = without_secrets(self.method.as_str());
        let path = without_secrets(self.uri.path());
        (method, path, self.operation.map_or("-", |operation| operation.id))
    }
}

/// The header `Date`. It is the same for a second, so each thread keeps the last one that it has written.
fn date_header(now: Timestamp) -> Option<HeaderValue> {
    thread_local! {
        static LAST: RefCell<Option<(i64, HeaderValue)>> = const { RefCell::new(None) };
    }
    let second = now.timestamp();
    LAST.with_borrow_mut(|last| match last {
        Some((written, date)) if *written == second => Some(date.clone()),
        _ => {
            let date = httpdate::HttpDate::from(SystemTime::from(now)).to_string();
            let date = HeaderValue::try_from(date).ok()?;
            *last = Some((second, date.clone()));
            Some(date)
        }
    })
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
