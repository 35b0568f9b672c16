//! Calls by pages of other sites: CORS, as the WHATWG's standard "Fetch" has it, with web integrations and OAuth
//! clients as the list of who may.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::front::Trail;
use crate::api::cross_origin::{PageElsewhere, web_integration};
use crate::api::error::ApiError;
use crate::api::extract::{Origin, Parameters};
use crate::domain::error::Denial;
use crate::domain::web::integration::WEB_INTEGRATION;
use crate::domain::web::origin::WebOrigin;
use crate::ops::TenantHandle;
use crate::ops::cross_origin::{Right, is_allowed};

/// What pages of other sites can be let into. The pages for people are none of it, and the control API never is.
const OPEN: [&str; 6] = [
    "/api/",
    "/oauth/token",
    "/oauth/revoke",
    "/login/",
    "/resources/",
    "/.well-known/",
];

/// Methods that a page may use.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";

/// Headers that a page may send: those that clients of the service are known to send.
const REQUEST_HEADERS: &str = "accept, accept-language, authorization, content-type, qlik-api-version, \
     qlik-confirm-hostname, qlik-csrf-token, qlik-web-integration-id, user-agent, x-requested-with";

/// Headers that a page may read besides those that it always may.
const RESPONSE_HEADERS: &str = "location, mock-qlik-refusal, qlik-csrf-token, retry-after";

/// Answers preflights; refuses pages that a web integration does not list; and leaves among the extensions of the
/// request by which right it comes. None if the request may go on.
pub(super) fn judge(tenant: &TenantHandle, request: &mut Request, trail: &mut Trail) -> Option<Response> {
    let origin = foreign_origin(request)?;
    let query = Parameters::of(request.uri(), request.extensions());
    let named = web_integration(request.headers(), query.get(WEB_INTEGRATION));
    let is_preflight = is_preflight(request);
    let right = match named {
        Some(id) => Right::WebIntegration(id),
        // A preflight says which headers will come, and not what will be in them.
        None if is_preflight && announces_integration(request.headers()) => Right::AnyWebIntegration,
        None => Right::OAuthClient,
    };
    let is_listed = origin
        .to_str()
        .ok()
        .and_then(|origin| WebOrigin::parse(origin).ok())
        .is_some_and(|origin| is_allowed(tenant, &origin, right));
    let page = match right {
        _ if !is_listed => PageElsewhere::OfNobody,
        Right::WebIntegration(_) | Right::AnyWebIntegration => PageElsewhere::OfWebIntegration,
        Right::OAuthClient => PageElsewhere::OfOAuthClient,
    };
    let is_refused = !is_listed && (is_preflight || named.is_some());
    trail.page = Some(is_listed.then_some(origin));
    if is_refused {
        Some(ApiError::from(Denial::OriginNotAllowed).into_response())
    } else if is_preflight {
        Some(preflight_answer())
    } else {
        request.extensions_mut().insert(page);
        None
    }
}

/// The origin of a page that is not the tenant's own, where such pages can be let in.
fn foreign_origin(request: &Request) -> Option<HeaderValue> {
    let origin = request.headers().get(header::ORIGIN)?;
    let path = request.uri().path();
    let is_foreign = OPEN.iter().any(|open| path.starts_with(open))
        && origin.as_bytes() != Origin::of(request).as_str().as_bytes();
    is_foreign.then(|| origin.clone())
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn announces_integration(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .into_iter()
        .filter_map(|names| names.to_str().ok())
        .flat_map(|names| names.split(','))
        .any(|name| name.trim().eq_ignore_ascii_case(WEB_INTEGRATION))
}

fn preflight_answer() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
        // Nothing is kept, so that a change of the rules is seen at once.
        (header::ACCESS_CONTROL_MAX_AGE, "0"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Lets the browser show an answer, an error as well, to the page of another site that asked, if it may see it.
pub(super) fn tell(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    headers.append(header::VARY, HeaderValue::from_name(header::ORIGIN));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let always: [(HeaderName, &'static str); 2] = [
            (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
            (header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS),
        ];
        for (name, value) in always {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}
