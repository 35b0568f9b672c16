//! One web integration: create, change, delete.

use askama::Template;
use axum::extract::Path;

use super::web::{PATH, WebIntegrationRow};
use crate::api::error::ApiError;
use crate::api::extract::Parameters;
use crate::console::flash::Flash;
use crate::console::form::{Field, SessionForm, Unfit};
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Visitor, done};
use crate::domain::policy::Action;
use crate::domain::web::origin::WebOrigin;
use crate::ops::web_integrations::{self, CreateWebIntegration, WebIntegrationChange};

/// The dialog that creates or changes a web integration.
#[derive(Debug, Template)]
#[template(path = "web_integration.html")]
pub(in crate::console) struct WebIntegrationPage {
    pub(in crate::console) shell: Shell,
    /// Where the form is sent to.
    pub(in crate::console) action: String,
    pub(in crate::console) name: Field,
    /// The origins, one a line.
    pub(in crate::console) origins: Field,
    pub(in crate::console) problems: Vec<String>,
}

impl WebIntegrationPage {
    fn new(visitor: &Visitor, id: Option<&str>) -> Result<Self, ApiError> {
        visitor.require(Action::UpdateWebIntegration)?;
        let (title, name, origins) = match id {
            None => ("Create web integration", String::new(), String::new()),
            Some(id) => {
                let integration = web_integrations::read(&visitor.context, id)?.integration;
                let origins: Vec<_> = integration.valid_origins.iter().map(WebOrigin::as_str).collect();
                ("Edit web integration", integration.name, origins.join("\n"))
            }
        };
        Ok(Self {
            shell: Shell::new(visitor, Section::Web, title),
            action: format!("{PATH}/{}", id.unwrap_or("new")),
            name: Field::holding(name),
            origins: Field::holding(origins),
            problems: Vec::new(),
        })
    }

    /// The dialog with what was typed.
    fn holding(visitor: &Visitor, id: Option<&str>, values: &Parameters) -> Result<Self, ApiError> {
        Ok(Self {
            name: Field::of(values, "name"),
            origins: Field::of(values, "origins"),
            ..Self::new(visitor, id)?
        })
    }

    /// What was typed, if nothing is wrong with it.
    fn read(&mut self) -> Option<(String, Vec<WebOrigin>)> {
        let name = self.name.filled();
        let origins = self.origins.check(|text| {
            text.split_whitespace()
                .map(|origin| WebOrigin::parse(origin).map_err(|error| format!("{origin}: {error}")))
                .collect::<Result<Vec<_>, _>>()
        });
        name.zip(origins)
    }
}

/// `GET /console/web/new`.
pub(in crate::console) async fn ask_new(visitor: Visitor) -> PageResult {
    visitor.show(&WebIntegrationPage::new(&visitor, None)?)
}

/// Creates a web integration.
pub(in crate::console) async fn create(SessionForm { visitor, values }: SessionForm) -> PageResult {
    let mut page = WebIntegrationPage::holding(&visitor, None, &values)?;
    let Some((name, valid_origins)) = page.read() else {
        return visitor.show_with(Unfit::by_field().status, &page);
    };
    let command = CreateWebIntegration { name, valid_origins };
    web_integrations::create(&visitor.context, command)?;
    Ok(done(Flash::WebIntegrationCreated, PATH))
}

/// `GET /console/web/{id}`.
pub(in crate::console) async fn ask_change(visitor: Visitor, Path(id): Path<String>) -> PageResult {
    visitor.show(&WebIntegrationPage::new(&visitor, Some(&id))?)
}

/// Changes a web integration.
pub(in crate::console) async fn change(
    Path(id): Path<String>,
    SessionForm { visitor, values }: SessionForm,
) -> PageResult {
    let mut page = WebIntegrationPage::holding(&visitor, Some(&id), &values)?;
    let Some((name, origins)) = page.read() else {
        return visitor.show_with(Unfit::by_field().status, &page);
    };
    let changes = vec![
        WebIntegrationChange::Name(name),
        WebIntegrationChange::ValidOrigins(origins),
    ];
    web_integrations::update(&visitor.context, &id, changes)?;
    Ok(done(Flash::WebIntegrationSaved, PATH))
}

/// The dialog that asks before a web integration is deleted.
#[derive(Debug, Template)]
#[template(path = "web_integration_delete.html")]
pub(in crate::console) struct WebIntegrationDeletePage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) row: WebIntegrationRow,
}

/// `GET /console/web/{id}/delete`.
pub(in crate::console) async fn ask_delete(visitor: Visitor, Path(id): Path<String>) -> PageResult {
    visitor.require(Action::DeleteWebIntegration)?;
    let integration = web_integrations::read(&visitor.context, &id)?.integration;
    visitor.show(&WebIntegrationDeletePage {
        shell: Shell::new(&visitor, Section::Web, "Delete web integration"),
        row: WebIntegrationRow::new(integration, visitor.context.now),
    })
}

/// Deletes a web integration.
pub(in crate::console) async fn delete(Path(id): Path<String>, form: SessionForm) -> PageResult {
    web_integrations::delete(&form.visitor.context, &id)?;
    Ok(done(Flash::WebIntegrationDeleted, PATH))
}
