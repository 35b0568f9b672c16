//! Where a request comes from, as far as a browser tells: a page of the tenant's own, or one of another site.

use axum::http::HeaderMap;

use crate::domain::web::integration::WEB_INTEGRATION;

/// A request by a page of another site, among the extensions of the request. Whoever sends none of these is no page, or
/// a page of the tenant's own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PageElsewhere {
    /// A web integration lists the page's origin: it may use the session of its user.
    OfWebIntegration,
    /// An OAuth client lists the page's origin: it may use its tokens.
    OfOAuthClient,
    /// Nobody lists the page's origin. Its browser will not let it see the answer.
    OfNobody,
}

/// The web integration that a request names, in a header or else in the query. An empty one is none.
pub fn web_integration<'r>(headers: &'r HeaderMap, in_query: Option<&'r str>) -> Option<&'r str> {
    let in_header = headers.get(WEB_INTEGRATION).and_then(|id| id.to_str().ok());
    in_header.or(in_query).filter(|id| !id.is_empty())
}
