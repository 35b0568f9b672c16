//! What a fault does to an answer that is ready: nothing of it arrives, or half of it, or something else.

use std::io::{self, ErrorKind};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use http_body_util::{BodyExt as _, Full};

use super::connection::{Cut, Scissors};
use crate::domain::fault::Effect;

/// Does to an answer what was decided about its request; cuts the connection, if there is one.
pub(super) async fn damage(response: Response, effect: &Effect, scissors: Option<&Scissors>) -> Response {
    let cut = match effect {
        Effect::Error(_) => return response,
        Effect::TruncatedBody => return truncated(response).await,
        Effect::MalformedBody => return malformed(response).await,
        Effect::ConnectionReset => Cut::Reset,
        Effect::EmptyReply => Cut::Close,
    };
    if let Some(scissors) = scissors {
        scissors.cut(cut);
    }
    // Whoever uses the service without a socket sees an answer whose body breaks off at once.
    Response::new(broken_off(Bytes::new()))
}

/// Announces the whole body and sends half of it.
async fn truncated(response: Response) -> Response {
    rewritten(response, |headers, bytes| {
        headers.insert(header::CONTENT_LENGTH, bytes.len().into());
        broken_off(bytes.slice(..bytes.len() / 2))
    })
    .await
}

/// One brace more than are closed again is no JSON, whatever comes behind it.
async fn malformed(response: Response) -> Response {
    rewritten(response, |headers, bytes| {
        headers.remove(header::CONTENT_LENGTH);
        Body::from([b"{", &*bytes].concat())
    })
    .await
}

/// An answer with another body in the place of its own. One without a byte stays as it is: there is nothing to damage.
async fn rewritten(response: Response, body: impl FnOnce(&mut HeaderMap, Bytes) -> Body) -> Response {
    let (mut parts, whole) = response.into_parts();
    let body = match whole.collect().await.map(|whole| whole.to_bytes()) {
        Ok(bytes) if bytes.is_empty() => Body::empty(),
        Ok(bytes) => body(&mut parts.headers, bytes),
        Err(_) => broken_off(Bytes::new()),
    };
    Response::from_parts(parts, body)
}

/// A body that fails behind these bytes, upon which the server closes the connection.
fn broken_off(bytes: Bytes) -> Body {
    let body = Full::new(bytes).map_err(|never| match never {});
    let body = body.with_trailers(async {
        // What was written so far is sent only when the body lets the server wait for more.
        tokio::task::yield_now().await;
        Some(Err(io::Error::from(ErrorKind::ConnectionAborted)))
    });
    // A mapped body does not say how long it is, so it contradicts no header.
    Body::new(body.map_frame(|frame| frame))
}
