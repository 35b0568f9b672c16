//! Management console, Web: the web integrations, which say what pages of other sites may call the tenant.

use askama::Template;

use crate::console::moment::Moment;
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;
use crate::domain::clock::Timestamp;
use crate::domain::web::integration::WebIntegration;
use crate::ops::web_integrations;

/// Where the page is.
pub(super) const PATH: &str = "/console/web";

/// The page.
#[derive(Debug, Template)]
#[template(path = "web.html")]
pub(in crate::console) struct WebPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) rows: Vec<WebIntegrationRow>,
}

/// A web integration in the list.
#[derive(Clone, Debug)]
pub(in crate::console) struct WebIntegrationRow {
    pub(in crate::console) id: String,
    pub(in crate::console) name: String,
    pub(in crate::console) origins: Vec<String>,
    pub(in crate::console) last_updated: Moment,
    pub(in crate::console) created: Moment,
}

impl WebIntegrationRow {
    /// A web integration as the list has it.
    pub(in crate::console) fn new(integration: WebIntegration, now: Timestamp) -> Self {
        Self {
            id: integration.id.to_string(),
            name: integration.name,
            origins: integration
                .valid_origins
                .iter()
                .map(ToString::to_string)
                .collect(),
            last_updated: Moment::new(integration.last_updated, now),
            created: Moment::new(integration.created, now),
        }
    }
}

/// `GET /console/web`.
pub(in crate::console) async fn show(visitor: Visitor) -> PageResult {
    let now = visitor.context.now;
    let rows = web_integrations::all(&visitor.context)?
        .into_iter()
        .map(|integration| WebIntegrationRow::new(integration, now))
        .collect();
    visitor.show(&WebPage {
        shell: Shell::new(&visitor, Section::Web, "Web"),
        rows,
    })
}
