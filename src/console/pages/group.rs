//! One group: create a custom one, change its name and description, delete it or one of the identity provider.

use askama::Template;
use axum::extract::Path;

use super::groups::{GroupRow, PATH};
use crate::api::error::ApiError;
use crate::api::extract::Parameters;
use crate::console::flash::Flash;
use crate::console::form::{Field, SessionForm, Unfit};
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Visitor, done};
use crate::domain::error::DomainError;
use crate::domain::group::GroupKind;
use crate::domain::policy::Action;
use crate::ops::groups::{self, CreateGroup, GroupChange, GroupChangeKind};

/// The dialog that creates or changes a custom group.
#[derive(Debug, Template)]
#[template(path = "group.html")]
pub(in crate::console) struct GroupPage {
    pub(in crate::console) shell: Shell,
    /// Where the form is sent to.
    pub(in crate::console) action: String,
    pub(in crate::console) name: Field,
    pub(in crate::console) description: Field,
    pub(in crate::console) problems: Vec<String>,
}

impl GroupPage {
    fn new(visitor: &Visitor, id: Option<&str>) -> Result<Self, ApiError> {
        visitor.require(Action::UpdateGroup)?;
        let group = match id {
            Some(id) => Some(groups::read(&visitor.context, id)?.group),
            None => None,
        };
        let title = if group.is_some() {
            "Edit group"
        } else {
            "Create group"
        };
        let action = format!(
            "{PATH}/{}",
            group.as_ref().map_or("new", |group| group.id.as_str())
        );
        let (name, description) = group
            .map(|group| (group.name, group.description.unwrap_or_default()))
            .unwrap_or_default();
        Ok(Self {
            shell: Shell::new(visitor, Section::Groups, title),
            action,
            name: Field::holding(name),
            description: Field::holding(description),
            problems: Vec::new(),
        })
    }

    /// The dialog with what was typed.
    fn holding(visitor: &Visitor, id: Option<&str>, values: &Parameters) -> Result<Self, ApiError> {
        Ok(Self {
            name: Field::of(values, "name"),
            description: Field::of(values, "description"),
            ..Self::new(visitor, id)?
        })
    }

    /// `place` is where the use case sees the name.
    fn refused(mut self, visitor: &Visitor, error: DomainError, place: &str) -> PageResult {
        let unfit = Unfit::from(error, &mut [(place, &mut self.name)])?;
        self.problems = unfit.sentences;
        visitor.show_with(unfit.status, &self)
    }
}

/// `GET /console/groups/new`.
pub(in crate::console) async fn ask_new(visitor: Visitor) -> PageResult {
    visitor.show(&GroupPage::new(&visitor, None)?)
}

/// Creates a custom group.
pub(in crate::console) async fn create(SessionForm { visitor, values }: SessionForm) -> PageResult {
    let page = GroupPage::holding(&visitor, None, &values)?;
    let command = CreateGroup {
        name: page.name.value.trim().to_owned(),
        kind: GroupKind::Custom,
        description: Some(page.description.value.trim().to_owned()).filter(|text| !text.is_empty()),
        assigned_roles: Vec::new(),
    };
    match groups::create(&visitor.context, command) {
        Ok(_) => Ok(done(Flash::GroupCreated, PATH)),
        Err(error) => page.refused(&visitor, error, "/name"),
    }
}

/// `GET /console/groups/{id}`.
pub(in crate::console) async fn ask_change(visitor: Visitor, Path(id): Path<String>) -> PageResult {
    visitor.show(&GroupPage::new(&visitor, Some(&id))?)
}

/// Changes the name and the description of a custom group.
pub(in crate::console) async fn change(
    Path(id): Path<String>,
    SessionForm { visitor, values }: SessionForm,
) -> PageResult {
    let page = GroupPage::holding(&visitor, Some(&id), &values)?;
    let kinds = [
        ("/name", GroupChangeKind::Name(page.name.value.trim().to_owned())),
        (
            "/description",
            GroupChangeKind::Description(page.description.value.trim().to_owned()),
        ),
    ];
    let changes = kinds.map(|(pointer, kind)| GroupChange {
        kind,
        pointer: pointer.to_owned(),
    });
    match groups::update(&visitor.context, &id, changes.into()) {
        Ok(()) => Ok(done(Flash::GroupSaved, PATH)),
        Err(error) => page.refused(&visitor, error, "/name/value"),
    }
}

/// The dialog that asks before a group is deleted.
#[derive(Debug, Template)]
#[template(path = "group_delete.html")]
pub(in crate::console) struct GroupDeletePage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) group: GroupRow,
    pub(in crate::console) problems: Vec<String>,
}

impl GroupDeletePage {
    fn new(visitor: &Visitor, id: &str) -> Result<Self, ApiError> {
        visitor.require(Action::DeleteGroup)?;
        let view = groups::read(&visitor.context, id)?;
        let members = groups::member_counts(&visitor.context)?;
        let members = members.get(&view.group.id).copied().unwrap_or_default();
        Ok(Self {
            shell: Shell::new(visitor, Section::Groups, "Delete group"),
            group: GroupRow::new(view, members),
            problems: Vec::new(),
        })
    }
}

/// `GET /console/groups/{id}/delete`.
pub(in crate::console) async fn ask_delete(visitor: Visitor, Path(id): Path<String>) -> PageResult {
    visitor.show(&GroupDeletePage::new(&visitor, &id)?)
}

/// Deletes a group.
pub(in crate::console) async fn delete(Path(id): Path<String>, form: SessionForm) -> PageResult {
    let visitor = form.visitor;
    match groups::delete(&visitor.context, &id) {
        Ok(()) => Ok(done(Flash::GroupDeleted, PATH)),
        Err(error) => {
            let unfit = Unfit::from(error, &mut [])?;
            let mut page = GroupDeletePage::new(&visitor, &id)?;
            page.problems = unfit.sentences;
            visitor.show_with(unfit.status, &page)
        }
    }
}
