//! `/_mock/openapi.json`: the control API, described for programs.

use axum::http::header;
use axum::response::IntoResponse;

/// An OpenAPI 3.1 document, written by hand (`docs/control.openapi.json`), without its spaces. Tests hold every route and
/// every answer against it.
const DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/control.openapi.json"));

/// `GET /_mock/openapi.json`.
pub(super) async fn show() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}
