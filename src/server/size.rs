//! How large the head of a request may be. Our choice: the service publishes no such limit, and its edge, which refuses
//! what is too large, has no envelope either.

use axum::extract::Request;
use axum::http::HeaderMap;

use crate::api::error::ApiError;
use crate::api::extract::{MOST_PARAMETERS, too_many_parameters};

/// The most that a connection keeps of what it has read but not understood yet, in bytes. More than the limits below,
/// so that whoever exceeds them a little gets the reason with the status; hyper answers the rest with the bare status.
pub(super) const LARGEST_READ: u32 = 128 * 1024;

/// The longest path with its query, in bytes: enough for the longest filter with every character escaped.
const LONGEST_TARGET: usize = 32 * 1024;

/// The most headers. Below the hundred from which on hyper answers by itself.
const MOST_HEADERS: usize = 80;

/// The most that all names and values of headers may have together, in bytes.
const LARGEST_HEADERS: usize = 64 * 1024;

/// Why the head of a request is too large, if it is.
pub(super) fn refusal_of(request: &Request) -> Option<ApiError> {
    let target = request.uri().path_and_query();
    if target.is_some_and(|target| target.as_str().len() > LONGEST_TARGET) {
        return Some(ApiError::target_too_long(LONGEST_TARGET));
    }
    let headers = request.headers();
    if headers.len() > MOST_HEADERS {
        return Some(ApiError::too_many_headers(MOST_HEADERS));
    }
    if sizes(headers).map(|(_, size)| size).sum::<usize>() > LARGEST_HEADERS {
        let largest = sizes(headers).max_by_key(|(_, size)| *size);
        return Some(ApiError::headers_too_large(
            largest.map_or("", |(name, _)| name),
            LARGEST_HEADERS,
        ));
    }
    let query = request.uri().query().unwrap_or_default();
    (query.split('&').count() > MOST_PARAMETERS).then(too_many_parameters)
}

fn sizes(headers: &HeaderMap) -> impl Iterator<Item = (&str, usize)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), name.as_str().len() + value.len()))
}
