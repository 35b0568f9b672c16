//! One of the visitor's own keys: describe it anew, delete it.

use askama::Template;
use axum::extract::Path;

use super::api_keys::KeyRow;
use crate::api::error::ApiError;
use crate::console::flash::Flash;
use crate::console::form::{Field, SessionForm, Unfit};
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Visitor, done};
use crate::domain::error::{Denial, DomainError};
use crate::ops::api_keys;

/// The dialog that describes a key anew.
#[derive(Debug, Template)]
#[template(path = "own_key_describe.html")]
pub(in crate::console) struct DescribePage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) key: KeyRow,
    pub(in crate::console) description: Field,
    pub(in crate::console) problems: Vec<String>,
}

/// The dialog that asks before a key is deleted.
#[derive(Debug, Template)]
#[template(path = "own_key_delete.html")]
pub(in crate::console) struct DeletePage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) key: KeyRow,
    pub(in crate::console) problems: Vec<String>,
}

/// The visitor's own key. Somebody else's is none of this page's business, not even for a tenant admin.
fn own(visitor: &Visitor, id: &str) -> Result<KeyRow, ApiError> {
    let key = KeyRow::new(visitor, api_keys::read(&visitor.context, id)?);
    if key.own {
        Ok(key)
    } else {
        Err(DomainError::from(Denial::NotOwner).into())
    }
}

/// `GET /profile/api-keys/{id}/edit`.
pub(in crate::console) async fn ask_description(visitor: Visitor, Path(id): Path<String>) -> PageResult {
    let key = own(&visitor, &id)?;
    let description = Field::holding(&key.description);
    let shell = Shell::new(&visitor, Section::OwnApiKeys, "Edit API key");
    visitor.show(&DescribePage {
        shell,
        key,
        description,
        problems: Vec::new(),
    })
}

/// Gives the key another description.
pub(in crate::console) async fn describe(
    Path(id): Path<String>,
    SessionForm { visitor, values }: SessionForm,
) -> PageResult {
    let key = own(&visitor, &id)?;
    let shell = Shell::new(&visitor, Section::OwnApiKeys, "Edit API key");
    let description = Field::of(&values, "description");
    let mut page = DescribePage {
        shell,
        key,
        description,
        problems: Vec::new(),
    };
    let Some(description) = page.description.filled() else {
        return visitor.show_with(Unfit::by_field().status, &page);
    };
    match api_keys::describe(&visitor.context, &id, Some(description)) {
        Ok(()) => Ok(done(Flash::KeyDescribed, super::own_keys::PATH)),
        Err(error) => {
            let unfit = Unfit::from(error, &mut [])?;
            page.problems = unfit.sentences;
            visitor.show_with(unfit.status, &page)
        }
    }
}

/// `GET /profile/api-keys/{id}/delete`.
pub(in crate::console) async fn ask_delete(visitor: Visitor, Path(id): Path<String>) -> PageResult {
    let key = own(&visitor, &id)?;
    let shell = Shell::new(&visitor, Section::OwnApiKeys, "Delete API key");
    visitor.show(&DeletePage {
        shell,
        key,
        problems: Vec::new(),
    })
}

/// Deletes the key.
pub(in crate::console) async fn delete(Path(id): Path<String>, form: SessionForm) -> PageResult {
    let visitor = form.visitor;
    let key = own(&visitor, &id)?;
    match api_keys::delete(&visitor.context, &id) {
        Ok(_) => Ok(done(Flash::KeyDeleted, super::own_keys::PATH)),
        Err(error) => {
            let unfit = Unfit::from(error, &mut [])?;
            let shell = Shell::new(&visitor, Section::OwnApiKeys, "Delete API key");
            visitor.show_with(
                unfit.status,
                &DeletePage {
                    shell,
                    key,
                    problems: unfit.sentences,
                },
            )
        }
    }
}
