//! Management console, OAuth: the clients that get tokens of this tenant.

use askama::Template;

use crate::console::moment::Moment;
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;
use crate::domain::clock::Timestamp;
use crate::domain::oauth::client::{AppType, ConsentMethod, OAuthClient};
use crate::ops::oauth_clients;

/// Where the page is.
pub(super) const PATH: &str = "/console/oauth";

/// The page.
#[derive(Debug, Template)]
#[template(path = "oauth_clients.html")]
pub(in crate::console) struct OAuthClientsPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) rows: Vec<OAuthClientRow>,
}

/// An OAuth client in the list.
#[derive(Clone, Debug)]
pub(in crate::console) struct OAuthClientRow {
    pub(in crate::console) id: String,
    pub(in crate::console) name: String,
    pub(in crate::console) description: String,
    pub(in crate::console) app_type: AppType,
    pub(in crate::console) scopes: Vec<String>,
    pub(in crate::console) redirect_uris: Vec<String>,
    /// Whether users are asked; none where the tenant has deleted its connection to the client.
    pub(in crate::console) consent: Option<ConsentMethod>,
    pub(in crate::console) created: Moment,
    pub(in crate::console) is_published: bool,
}

impl OAuthClientRow {
    /// An OAuth client as the list has it.
    pub(in crate::console) fn new(client: OAuthClient, now: Timestamp) -> Self {
        let settings = client.settings;
        Self {
            id: client.id.to_string(),
            name: settings.name,
            description: settings.description,
            app_type: client.app_type,
            scopes: settings.allowed_scopes,
            redirect_uris: settings.redirect_uris,
            consent: client.consent,
            created: Moment::new(client.created_at, now),
            is_published: client.published_at.is_some(),
        }
    }

    /// The type in the words of the console.
    pub(in crate::console) fn type_label(&self) -> &'static str {
        type_label(self.app_type)
    }

    /// Whether users are asked, in the words of the console.
    pub(in crate::console) fn consent_label(&self) -> &'static str {
        consent_label(self.consent.unwrap_or(ConsentMethod::Required))
    }
}

/// A type of clients in the words of the console.
pub(super) fn type_label(app_type: AppType) -> &'static str {
    match app_type {
        AppType::Web => "Web",
        AppType::Native => "Native",
        AppType::Spa => "Single-page app",
        AppType::AnonymousEmbed => "Anonymous embed",
    }
}

/// A consent method in the words of the console.
pub(super) fn consent_label(consent: ConsentMethod) -> &'static str {
    match consent {
        ConsentMethod::Required => "Required",
        ConsentMethod::Trusted => "Trusted",
    }
}

/// `GET /console/oauth`.
pub(in crate::console) async fn show(visitor: Visitor) -> PageResult {
    let now = visitor.context.now;
    let rows = oauth_clients::all(&visitor.context)?
        .into_iter()
        .map(|client| OAuthClientRow::new(client, now))
        .collect();
    visitor.show(&OAuthClientsPage {
        shell: Shell::new(&visitor, Section::OAuth, "OAuth"),
        rows,
    })
}
