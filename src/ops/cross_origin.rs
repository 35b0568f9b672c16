//! Whether a page of another site may call the tenant.

use super::TenantHandle;
use crate::domain::web::origin::WebOrigin;

/// By which right a page calls.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Right<'r> {
    /// By the web integration with this id.
    WebIntegration(&'r str),
    /// By some web integration, which a preflight does not name yet.
    AnyWebIntegration,
    /// By an OAuth client that lists the page's origin.
    OAuthClient,
}

/// Whether pages of this origin have that right. No other place decides it.
pub fn is_allowed(handle: &TenantHandle, origin: &WebOrigin, right: Right<'_>) -> bool {
    let tenant = handle.read();
    match right {
        Right::WebIntegration(id) => tenant.web().integration_lists(id, origin),
        Right::AnyWebIntegration => tenant.web().any_integration_lists(origin),
        Right::OAuthClient => tenant.oauth_clients().allow_origin(origin.as_str()),
    }
}
