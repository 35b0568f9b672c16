//! `GET /_mock/ca.pem`: what a client has to trust. It is no secret, so whoever reaches the port may have it.

use std::sync::Arc;

use axum::Extension;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use crate::api::error::ApiError;
use crate::tls::Tls;

/// The certificate of the emulator's certificate authority.
pub(super) async fn show(Extension(tls): Extension<Option<Arc<Tls>>>) -> Result<Response, ApiError> {
    let pem = tls.as_deref().and_then(Tls::ca_pem);
    let pem = pem.ok_or_else(ApiError::no_certificate_authority)?;
    // RFC 8555, 9.1.
    let content_type = (header::CONTENT_TYPE, "application/pem-certificate-chain");
    Ok(([content_type], pem.to_owned()).into_response())
}
