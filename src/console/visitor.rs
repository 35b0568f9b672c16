//! Who looks at a page.

use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::flash::Flash;
use super::page::{PageResult, render};
use crate::api::error::ApiError;
use crate::api::extract::{InTenant, session_cookie};
use crate::domain::policy::{Action, Target};
use crate::domain::secret::{CsrfToken, PresentedToken};
use crate::ops::{Context, TenantHandle, authentication};

/// What stays as it is in a parameter. What a token is made of must: in pieces it would not be known for a secret.
const PARAMETER: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A user with a session who looks at a page. Whoever has none is sent to the log-in page and comes back from there.
#[derive(Debug)]
pub(super) struct Visitor {
    /// The caller.
    pub(super) context: Context,
    /// The token that the forms of the page carry.
    pub(super) csrf: CsrfToken,
    /// What the page before has to say.
    pub(super) flash: Option<Flash>,
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let InTenant(tenant) = InTenant::of(&parts.extensions).map_err(ApiError::into_response)?;
        let Some(visitor) = Self::of(&parts.headers, &tenant) else {
            let here = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            let returnto = utf8_percent_encode(here, PARAMETER);
            return Err(Redirect::to(&format!("/login?returnto={returnto}")).into_response());
        };
        visitor
            .context
            .require_open_tenant()
            .map_err(|refusal| ApiError::from(refusal).into_response())?;
        Ok(visitor)
    }
}

impl Visitor {
    /// Whoever has a session that lasts.
    pub(super) fn of(headers: &HeaderMap, tenant: &Arc<TenantHandle>) -> Option<Self> {
        let cookie = session_cookie(headers)?;
        let (context, csrf) = authentication::by_session(tenant, &PresentedToken::new(cookie)).ok()?;
        Some(Self {
            context,
            csrf,
            flash: Flash::of(headers),
        })
    }

    /// Refuses a page that only a tenant admin can use.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn require(&self, action: Action) -> Result<(), ApiError> {
        Ok(self.context.may(action, Target::Other)?)
    }

    /// Shows a page.
    ///
    /// # Errors
    /// When it cannot be rendered.
    pub(super) fn show(&self, page: &impl Template) -> PageResult {
        self.show_with(StatusCode::OK, page)
    }

    /// Shows a page under a status, such as that of a form that was not carried out.
    ///
    /// # Errors
    /// When it cannot be rendered.
    pub(super) fn show_with(&self, status: StatusCode, page: &impl Template) -> PageResult {
        let mut response = render(status, page)?;
        if self.flash.is_some() {
            response.headers_mut().append(header::SET_COOKIE, Flash::spent());
        }
        Ok(response)
    }
}

/// Sends a browser from a form that was carried out to the page that shows it.
pub(super) fn done(flash: Flash, path: &str) -> Response {
    let mut response = Redirect::to(path).into_response();
    append(&mut response, flash.cookie());
    response
}

fn append(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
