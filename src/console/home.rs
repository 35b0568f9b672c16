//! The first page after signing in.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

use super::form::CSRF_FIELD;
use super::html::{escape, page};
use crate::api::error::ApiError;
use crate::api::extract::{Origin, session_cookie};
use crate::domain::secret::PresentedToken;
use crate::ops::{TenantHandle, authentication, users};

/// Says who is signed in; whoever is not goes to the log-in page.
pub(super) async fn show(
    State(tenant): State<Arc<TenantHandle>>,
    origin: Origin,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let session = session_cookie(&headers)
        .and_then(|cookie| authentication::by_session(&tenant, &PresentedToken::new(cookie)).ok());
    let Some((context, csrf)) = session else {
        return Ok(Redirect::to("/login").into_response());
    };
    let me = users::read(&context, users::me(&context)?.as_str())?;
    let body = format!(
        "<p>You are signed in as {} ({}). The REST reference is at {}.</p>\n\
         <form method=\"post\" action=\"/logout\">\n<input type=\"hidden\" name=\"{CSRF_FIELD}\" value=\"{}\">\n\
         <button>Sign out</button>\n</form>",
        escape(&me.user.name),
        escape(me.user.email.as_deref().unwrap_or(&me.user.subject)),
        escape(&origin.link("/api/v1")),
        escape(csrf.reveal()),
    );
    Ok(page("Signed in", &body))
}
