//! Management console, Identity provider: list, create a JWT provider, delete.

use askama::Template;
use axum::extract::Path;
use serde_json::json;

use crate::api::error::ApiError;
use crate::api::identity_providers::draft;
use crate::console::flash::Flash;
use crate::console::form::{Field, SessionForm, Unfit};
use crate::console::moment::Moment;
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Visitor, done};
use crate::domain::clock::Timestamp;
use crate::domain::document::Document;
use crate::domain::identity_provider::{IdentityProvider, Kind, LONGEST_DESCRIPTION};
use crate::domain::policy::Action;
use crate::ops::identity_providers;

/// Where the page is.
const PATH: &str = "/console/identity-providers";

/// The page.
#[derive(Debug, Template)]
#[template(path = "identity_providers.html")]
pub(in crate::console) struct IdentityProvidersPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) rows: Vec<ProviderRow>,
}

/// A provider in the list.
#[derive(Clone, Debug)]
pub(in crate::console) struct ProviderRow {
    pub(in crate::console) id: String,
    /// The description; what the provider is known by where it has none.
    pub(in crate::console) title: String,
    /// What it speaks.
    pub(in crate::console) kind: &'static str,
    /// Whose product it is; none for a JWT provider, which is always `external`.
    pub(in crate::console) product: Option<&'static str>,
    /// Issuer and key ID of a JWT provider.
    pub(in crate::console) issuer: Option<(String, String)>,
    pub(in crate::console) active: bool,
    /// Whether its options wait to be verified.
    pub(in crate::console) pending: bool,
    pub(in crate::console) created: Moment,
}

impl ProviderRow {
    /// A provider as the list has it.
    pub(in crate::console) fn new(provider: IdentityProvider, now: Timestamp) -> Self {
        let pending = provider.pending_options().is_some();
        let (kind, product, issuer) = match provider.kind {
            Kind::Jwt(jwt) => ("JWT", None, Some((jwt.issuer, jwt.key_id))),
            Kind::Federation(federation) => (federation.protocol.as_str(), Some(federation.provider), None),
        };
        let known_by = || match &issuer {
            Some((issuer, _)) => issuer.clone(),
            None => kind.to_owned(),
        };
        Self {
            id: provider.id.to_string(),
            title: Some(provider.description)
                .filter(|text| !text.trim().is_empty())
                .unwrap_or_else(known_by),
            kind,
            product,
            issuer,
            active: provider.active,
            pending,
            created: Moment::new(provider.created, now),
        }
    }
}

/// `GET /console/identity-providers`.
pub(in crate::console) async fn show(visitor: Visitor) -> PageResult {
    let now = visitor.context.now;
    let rows = identity_providers::all(&visitor.context)?
        .into_iter()
        .map(|provider| ProviderRow::new(provider, now))
        .collect();
    visitor.show(&IdentityProvidersPage {
        shell: Shell::new(&visitor, Section::IdentityProviders, "Identity provider"),
        rows,
    })
}

/// The dialog that creates a JWT provider.
#[derive(Debug, Template)]
#[template(path = "identity_provider.html")]
pub(in crate::console) struct IdentityProviderPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) description: Field,
    pub(in crate::console) issuer: Field,
    pub(in crate::console) key_id: Field,
    /// The public key, or a certificate with it.
    pub(in crate::console) pem: Field,
    pub(in crate::console) problems: Vec<String>,
}

impl IdentityProviderPage {
    fn new(visitor: &Visitor) -> Result<Self, ApiError> {
        visitor.require(Action::CreateIdentityProvider)?;
        let title = "Create identity provider";
        Ok(Self {
            shell: Shell::new(visitor, Section::IdentityProviders, title),
            description: Field::default(),
            issuer: Field::default(),
            key_id: Field::default(),
            pem: Field::default(),
            problems: Vec::new(),
        })
    }

    pub(in crate::console) fn longest_description(&self) -> usize {
        LONGEST_DESCRIPTION
    }
}

/// `GET /console/identity-providers/new`.
pub(in crate::console) async fn ask_new(visitor: Visitor) -> PageResult {
    visitor.show(&IdentityProviderPage::new(&visitor)?)
}

/// Creates a JWT provider, from the document that REST would be sent.
pub(in crate::console) async fn create(SessionForm { visitor, values }: SessionForm) -> PageResult {
    let mut page = IdentityProviderPage {
        description: Field::of(&values, "description"),
        issuer: Field::of(&values, "issuer"),
        key_id: Field::of(&values, "key-id"),
        pem: Field::of(&values, "pem"),
        ..IdentityProviderPage::new(&visitor)?
    };
    // REST wants one line; whoever pastes the text of a file has many.
    let pem: String = page.pem.value.lines().map(str::trim).collect();
    let document = json!({
        "protocol": "jwtAuth",
        "provider": "external",
        "description": page.description.value.trim(),
        "options": {
            "issuer": page.issuer.value.trim(),
            "staticKeys": [{ "kid": page.key_id.value.trim(), "pem": pem }],
        },
    });
    let created = draft(&Document::new(document, None))
        .and_then(|draft| identity_providers::create(&visitor.context, draft));
    match created {
        Ok(_) => Ok(done(Flash::IdentityProviderCreated, PATH)),
        Err(error) => {
            let fields = &mut [
                ("/description", &mut page.description),
                ("/options/issuer", &mut page.issuer),
                ("/options/staticKeys/0/kid", &mut page.key_id),
                ("/options/staticKeys/0/pem", &mut page.pem),
            ];
            let unfit = Unfit::from(error, fields)?;
            page.problems = unfit.sentences;
            visitor.show_with(unfit.status, &page)
        }
    }
}

/// The dialog that asks before a provider is deleted.
#[derive(Debug, Template)]
#[template(path = "identity_provider_delete.html")]
pub(in crate::console) struct IdentityProviderDeletePage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) row: ProviderRow,
    pub(in crate::console) problems: Vec<String>,
}

impl IdentityProviderDeletePage {
    fn new(visitor: &Visitor, id: &str) -> Result<Self, ApiError> {
        visitor.require(Action::DeleteIdentityProvider)?;
        let provider = identity_providers::read(&visitor.context, id)?.provider;
        let title = "Delete identity provider";
        Ok(Self {
            shell: Shell::new(visitor, Section::IdentityProviders, title),
            row: ProviderRow::new(provider, visitor.context.now),
            problems: Vec::new(),
        })
    }
}

/// `GET /console/identity-providers/{id}/delete`.
pub(in crate::console) async fn ask_delete(visitor: Visitor, Path(id): Path<String>) -> PageResult {
    visitor.show(&IdentityProviderDeletePage::new(&visitor, &id)?)
}

/// Deletes a provider.
pub(in crate::console) async fn delete(Path(id): Path<String>, form: SessionForm) -> PageResult {
    let visitor = form.visitor;
    match identity_providers::delete(&visitor.context, &id) {
        Ok(()) => Ok(done(Flash::IdentityProviderDeleted, PATH)),
        Err(error) => {
            let unfit = Unfit::from(error, &mut [])?;
            let mut page = IdentityProviderDeletePage::new(&visitor, &id)?;
            page.problems = unfit.sentences;
            visitor.show_with(unfit.status, &page)
        }
    }
}
