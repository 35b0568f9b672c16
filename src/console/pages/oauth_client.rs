//! One OAuth client: create, publish, delete.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect};
use serde_json::Value;

use super::oauth_clients::{OAuthClientRow, PATH, consent_label, type_label};
use crate::api::error::ApiError;
use crate::api::extract::Parameters;
use crate::console::flash::Flash;
use crate::console::form::{Field, SessionForm, Unfit};
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Visitor, done};
use crate::domain::document::word;
use crate::domain::oauth::client::{AppType, AuthMethod, ClientSettings, ConsentMethod, ExtraGrant};
use crate::domain::oauth::{kinds, scope};
use crate::domain::policy::Action;
use crate::ops::oauth_clients::{self, CreateClient};

/// The dialog that creates an OAuth client.
#[derive(Debug, Template)]
#[template(path = "oauth_client.html")]
pub(in crate::console) struct OAuthClientPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) name: Field,
    pub(in crate::console) description: Field,
    pub(in crate::console) app_type: Field,
    /// The scopes, one a line.
    pub(in crate::console) scopes: Field,
    /// The addresses to go back to, one a line.
    pub(in crate::console) redirect_uris: Field,
    /// The origins, one a line.
    pub(in crate::console) origins: Field,
    /// The ticked grants, with blanks between.
    pub(in crate::console) grants: Field,
    pub(in crate::console) consent: Field,
    pub(in crate::console) problems: Vec<String>,
}

impl OAuthClientPage {
    fn new(visitor: &Visitor) -> Result<Self, ApiError> {
        visitor.require(Action::CreateOAuthClient)?;
        Ok(Self {
            shell: Shell::new(visitor, Section::OAuth, "Create OAuth client"),
            name: Field::default(),
            description: Field::default(),
            app_type: Field::holding(AppType::Web.as_str()),
            scopes: Field::holding(scope::USER_DEFAULT),
            redirect_uris: Field::default(),
            origins: Field::default(),
            grants: Field::default(),
            consent: Field::holding(ConsentMethod::Required.as_str()),
            problems: Vec::new(),
        })
    }

    /// The dialog with what was typed.
    fn holding(visitor: &Visitor, values: &Parameters) -> Result<Self, ApiError> {
        Ok(Self {
            name: Field::of(values, "name"),
            description: Field::of(values, "description"),
            app_type: Field::of(values, "type"),
            scopes: Field::of(values, "scopes"),
            redirect_uris: Field::of(values, "redirect-urls"),
            origins: Field::of(values, "origins"),
            grants: Field::holding(values.all("grant").collect::<Vec<_>>().join(" ")),
            consent: Field::of(values, "consent"),
            ..Self::new(visitor)?
        })
    }

    /// The types to choose from.
    pub(in crate::console) fn types(&self) -> [(&'static str, &'static str); 4] {
        AppType::WORDS.map(|(word, app_type)| (word, type_label(app_type)))
    }

    /// The consent methods to choose from.
    pub(in crate::console) fn consents(&self) -> [(&'static str, &'static str); 2] {
        ConsentMethod::WORDS.map(|(word, consent)| (word, consent_label(consent)))
    }

    /// The grants that can be ticked: the value, the label, and the end of the id.
    pub(in crate::console) fn boxes(&self) -> [(&'static str, &'static str, &'static str); 2] {
        ExtraGrant::WORDS.map(|(word, grant)| match grant {
            ExtraGrant::ClientCredentials => (word, "Allow machine-to-machine (M2M)", "m2m"),
            ExtraGrant::UserImpersonation => (word, "Allow M2M user impersonation", "impersonation"),
        })
    }

    /// Whether a grant is ticked.
    pub(in crate::console) fn is_ticked(&self, grant: &str) -> bool {
        self.grants.value.split(' ').any(|ticked| ticked == grant)
    }

    /// What was typed, if nothing is wrong with it. The rules are those of REST bodies.
    fn read(&mut self) -> Option<CreateClient> {
        let name = self.name.check(|typed| kinds::name(&text(typed)));
        let description = self
            .description
            .check(|typed| kinds::text_up_to(kinds::LONGEST_DESCRIPTION)(&text(typed)));
        let app_type = self.app_type.check(|chosen| word(&AppType::WORDS)(&text(chosen)));
        let consent = self
            .consent
            .check(|chosen| word(&ConsentMethod::WORDS)(&text(chosen)));
        let scopes = self.scopes.check(|typed| kinds::scopes(&list(typed)));
        let redirect_uris = self
            .redirect_uris
            .check(|typed| kinds::redirect_uris(&list(typed)));
        let origins = self.origins.check(|typed| kinds::origins(&list(typed)));
        let grants = self
            .grants
            .check(|ticked| kinds::words(&ExtraGrant::WORDS)(&list(ticked)));
        Some(CreateClient {
            app_type: app_type?,
            consent: consent?,
            settings: ClientSettings {
                description: description?,
                redirect_uris: redirect_uris?,
                allowed_origins: origins?,
                allowed_scopes: scopes?,
                extra_grants: grants?,
                auth_methods: BTreeSet::from([AuthMethod::ClientSecret]),
                ..ClientSettings::named(name?)
            },
        })
    }
}

fn text(typed: &str) -> Value {
    Value::from(typed.trim())
}

/// What stands one a line.
fn list(typed: &str) -> Value {
    typed.split_whitespace().collect()
}

/// `GET /console/oauth/new`.
pub(in crate::console) async fn ask_new(visitor: Visitor) -> PageResult {
    visitor.show(&OAuthClientPage::new(&visitor)?)
}

/// Creates an OAuth client, and leads to the page that shows its secret once, if it has one.
pub(in crate::console) async fn create(SessionForm { visitor, values }: SessionForm) -> PageResult {
    let mut page = OAuthClientPage::holding(&visitor, &values)?;
    let Some(command) = page.read() else {
        return visitor.show_with(Unfit::by_field().status, &page);
    };
    match oauth_clients::create_to_show(&visitor.context, command) {
        Ok(client) if client.secrets.is_empty() => Ok(done(Flash::OAuthClientCreated, PATH)),
        Ok(client) => Ok(Redirect::to(&super::oauth_client_shown::path(&client)).into_response()),
        Err(error) => {
            let unfit = Unfit::from(error, &mut [("/allowedGrantTypes", &mut page.grants)])?;
            page.problems = unfit.sentences;
            visitor.show_with(unfit.status, &page)
        }
    }
}

/// `GET` of a path that only takes forms.
pub(in crate::console) async fn back() -> Redirect {
    Redirect::to(PATH)
}

/// Publishes an OAuth client.
pub(in crate::console) async fn publish(Path(id): Path<String>, form: SessionForm) -> PageResult {
    oauth_clients::publish(&form.visitor.context, &id)?;
    Ok(done(Flash::OAuthClientPublished, PATH))
}

/// The dialog that asks before an OAuth client is deleted.
#[derive(Debug, Template)]
#[template(path = "oauth_client_delete.html")]
pub(in crate::console) struct OAuthClientDeletePage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) row: OAuthClientRow,
}

/// `GET /console/oauth/{id}/delete`.
pub(in crate::console) async fn ask_delete(visitor: Visitor, Path(id): Path<String>) -> PageResult {
    visitor.require(Action::DeleteOAuthClient)?;
    let client = oauth_clients::read(&visitor.context, &id)?.client;
    visitor.show(&OAuthClientDeletePage {
        shell: Shell::new(&visitor, Section::OAuth, "Delete OAuth client"),
        row: OAuthClientRow::new(client, visitor.context.now),
    })
}

/// Deletes an OAuth client.
pub(in crate::console) async fn delete(Path(id): Path<String>, form: SessionForm) -> PageResult {
    oauth_clients::delete(&form.visitor.context, &id)?;
    Ok(done(Flash::OAuthClientDeleted, PATH))
}
