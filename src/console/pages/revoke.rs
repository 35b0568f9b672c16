//! Revoking API keys: one from its menu, or several that were ticked.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect};

use super::api_keys::KeyRow;
use crate::api::error::ApiError;
use crate::api::extract::Parameters;
use crate::console::flash::Flash;
use crate::console::form::SessionForm;
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Visitor, done};
use crate::domain::api_key::KeyStatus;
use crate::domain::error::{DomainError, Resource};
use crate::domain::policy::Action;
use crate::ops::api_keys;

/// The dialog that asks.
#[derive(Debug, Template)]
#[template(path = "revoke.html")]
pub(in crate::console) struct RevokePage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) rows: Vec<KeyRow>,
}

impl RevokePage {
    /// Whether the visitor's own keys are among them, which are deleted rather than revoked.
    pub(in crate::console) fn has_own(&self) -> bool {
        self.rows.iter().any(|row| row.own)
    }
}

/// `GET /console/api-keys/revoke?key=…&key=…`.
pub(in crate::console) async fn ask(visitor: Visitor, parameters: Parameters) -> PageResult {
    visitor.require(Action::ListApiKeys)?;
    let rows = active(&visitor, &parameters)?;
    if rows.is_empty() {
        return Ok(Redirect::to(super::api_keys::PATH).into_response());
    }
    visitor.show(&RevokePage {
        shell: Shell::new(&visitor, Section::ApiKeys, "Revoke API keys"),
        rows,
    })
}

/// Revokes the keys that are still active.
pub(in crate::console) async fn revoke(SessionForm { visitor, values }: SessionForm) -> PageResult {
    visitor.require(Action::ListApiKeys)?;
    let mut revoked = 0;
    for row in active(&visitor, &values)? {
        match api_keys::delete(&visitor.context, &row.id) {
            Ok(_) => revoked += 1,
            Err(error) => pass_over_gone(error)?,
        }
    }
    Ok(done(Flash::KeysRevoked(revoked), super::api_keys::PATH))
}

/// The named keys that are active: only those can be revoked, as documented for the table.
fn active(visitor: &Visitor, parameters: &Parameters) -> Result<Vec<KeyRow>, ApiError> {
    let mut rows = Vec::new();
    for id in parameters.all("key") {
        match api_keys::read(&visitor.context, id) {
            Ok(view) if view.status == KeyStatus::Active => rows.push(KeyRow::new(visitor, view)),
            Ok(_) => {}
            Err(error) => pass_over_gone(error)?,
        }
    }
    Ok(rows)
}

/// A key that its owner has deleted meanwhile opens nothing already.
fn pass_over_gone(error: DomainError) -> Result<(), ApiError> {
    match error {
        DomainError::NotFound(Resource::ApiKey) => Ok(()),
        error => Err(error.into()),
    }
}
