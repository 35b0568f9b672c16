//! Web integrations: "the implementation of the CORS mechanism within Qlik Cloud", as the published reference calls
//! them.

use super::origin::WebOrigin;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{UserId, WebIntegrationId};

/// The header and the query parameter by which a page names its web integration.
pub const WEB_INTEGRATION: &str = "qlik-web-integration-id";

/// A web integration, `WebIntegration` in the published contract.
#[derive(Clone, Debug)]
pub struct WebIntegration {
    /// The id, which pages send along.
    pub id: WebIntegrationId,
    /// The name for people.
    pub name: String,
    /// The origins whose pages may call the tenant; each once.
    pub valid_origins: Vec<WebOrigin>,
    /// Who created it.
    pub created_by: Option<UserId>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub last_updated: Timestamp,
}
