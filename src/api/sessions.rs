//! The CSRF token of a browser session.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::ApiError;
use super::extract::{AuthenticatedEvenIfDisabled, CSRF_HEADER};
use crate::domain::error::{DomainError, Resource};
use crate::ops::sessions;

/// `GET /api/v1/csrf-token`. Without a session, or with one that has ended, there is no token to give: 404.
/// Given out in a deactivated tenant too, because a session needs it to reactivate the tenant.
pub async fn csrf_token(caller: Result<AuthenticatedEvenIfDisabled, ApiError>) -> Result<Response, ApiError> {
    let AuthenticatedEvenIfDisabled(context) = match caller {
        Ok(caller) => caller,
        Err(error) if error.is_about_sessions() => {
            return Err(DomainError::NotFound(Resource::Session).into());
        }
        Err(error) => return Err(error),
    };
    let token = sessions::csrf_token(&context)?;
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::NO_CONTENT, no_store, [(CSRF_HEADER, token.reveal())]).into_response())
}
