//! What a form sends. The values of a session's form can only be reached through its CSRF check.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::header;

use crate::api::error::ApiError;
use crate::api::extract::{
    CSRF_HEADER, Origin, Parameters, read_body, require_own_site, session_cookie, whole,
};
use crate::domain::error::{Denial, Refusal};
use crate::domain::secret::PresentedToken;
use crate::ops::{Context, TenantHandle, authentication};

/// The field that carries the CSRF token of a session.
pub(super) const CSRF_FIELD: &str = "csrf";

/// The most bytes that a form may have. Our choice.
const FORM_LIMIT: usize = 65_536;

/// A form of somebody who has no session yet. Sent from another site, it is refused.
#[derive(Debug)]
pub(super) struct OpenForm(pub(super) Parameters);

impl FromRequest<Arc<TenantHandle>> for OpenForm {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &Arc<TenantHandle>) -> Result<Self, ApiError> {
        require_own_site(request.headers(), &Origin::of(&request))?;
        read(request).await.map(Self)
    }
}

/// A form of a session, with the caller. Without the session's CSRF token it is refused.
#[derive(Debug)]
pub(super) struct SessionForm {
    /// Who sent it.
    pub(super) context: Context,
}

impl FromRequest<Arc<TenantHandle>> for SessionForm {
    type Rejection = ApiError;

    async fn from_request(request: Request, tenant: &Arc<TenantHandle>) -> Result<Self, ApiError> {
        require_own_site(request.headers(), &Origin::of(&request))?;
        let cookie = session_cookie(request.headers()).ok_or(Refusal::NoCredential)?;
        let (context, csrf) = authentication::by_session(tenant, &PresentedToken::new(cookie))?;
        let header = request
            .headers()
            .get(CSRF_HEADER)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let form = read(request).await?;
        let presented = header.as_deref().or(form.get(CSRF_FIELD));
        if !presented.is_some_and(|presented| csrf.matches(presented)) {
            return Err(Denial::CsrfToken.into());
        }
        Ok(Self { context })
    }
}

async fn read(request: Request) -> Result<Parameters, ApiError> {
    let is_form = request.headers().get(header::CONTENT_TYPE).is_none_or(|kind| {
        kind.as_bytes()
            .to_ascii_lowercase()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    let bytes = read_body(request.into_body(), FORM_LIMIT).await?;
    if !is_form && !bytes.is_empty() {
        return Err(ApiError::unsupported_media_type(
            "application/x-www-form-urlencoded",
        ));
    }
    let text = String::from_utf8(bytes).map_err(|_| whole("The form is not UTF-8."))?;
    Ok(Parameters::parse(&text))
}
