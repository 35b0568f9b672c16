//! One role: create a custom one, change it or `UserDefault`, delete it.

use askama::Template;
use axum::extract::Path;

use super::roles::RoleRow;
use crate::api::error::ApiError;
use crate::api::extract::Parameters;
use crate::console::flash::Flash;
use crate::console::form::{Field, SessionForm, Unfit};
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Visitor, done};
use crate::domain::error::{DomainError, Resource};
use crate::domain::policy::Action;
use crate::domain::role::SCOPE_API_KEYS;
use crate::ops::roles::{self, CreateRole, RoleChange};

/// The dialog that creates or changes a role.
#[derive(Debug, Template)]
#[template(path = "role.html")]
pub(in crate::console) struct RolePage {
    pub(in crate::console) shell: Shell,
    /// The role to change; none for a new one.
    pub(in crate::console) role: Option<RoleRow>,
    pub(in crate::console) name: Field,
    pub(in crate::console) description: Field,
    /// Whether the role grants the permission Manage API keys.
    pub(in crate::console) manage_keys: bool,
    /// Whether `UserDefault` grants it, and so everybody has it.
    pub(in crate::console) default_manages_keys: bool,
    pub(in crate::console) problems: Vec<String>,
}

impl RolePage {
    fn new(visitor: &Visitor, id: Option<&str>) -> Result<Self, ApiError> {
        let rows: Vec<RoleRow> = roles::all(&visitor.context)?
            .into_iter()
            .map(RoleRow::new)
            .collect();
        let default_manages_keys = rows
            .iter()
            .any(|row| row.can_edit && !row.custom && row.manage_keys);
        let role = match id {
            None => None,
            Some(id) => Some(find(rows, id)?),
        };
        let mut shell = Shell::new(visitor, Section::Roles, "");
        shell.title = match &role {
            Some(role) => role.title.clone(),
            None => shell.labels.new_role.to_owned(),
        };
        let of_role =
            |text: fn(&RoleRow) -> &String| role.as_ref().map_or_else(String::new, |role| text(role).clone());
        Ok(Self {
            shell,
            name: Field::holding(of_role(|role| &role.name)),
            description: Field::holding(of_role(|role| &role.description)),
            manage_keys: role.as_ref().is_some_and(|role| role.manage_keys),
            default_manages_keys,
            problems: Vec::new(),
            role,
        })
    }

    /// The dialog with what was typed.
    fn holding(visitor: &Visitor, id: Option<&str>, values: &Parameters) -> Result<Self, ApiError> {
        Ok(Self {
            name: Field::of(values, "name"),
            description: Field::of(values, "description"),
            manage_keys: values.get("manage-api-keys") == Some("allowed"),
            ..Self::new(visitor, id)?
        })
    }

    /// Whether the name can be changed: not that of `UserDefault`.
    pub(in crate::console) fn has_name(&self) -> bool {
        self.role.as_ref().is_none_or(|role| role.custom)
    }

    /// Whether there is a role that everybody's permission comes from beside this one.
    pub(in crate::console) fn is_custom(&self) -> bool {
        self.has_name()
    }

    /// Where the form is sent to.
    pub(in crate::console) fn action(&self) -> String {
        let id = self.role.as_ref().map_or("new", |role| &role.id);
        format!("{}/{id}", super::roles::PATH)
    }

    fn refused(mut self, visitor: &Visitor, error: DomainError) -> PageResult {
        let unfit = Unfit::from(
            error,
            &mut [("/name", &mut self.name), ("/description", &mut self.description)],
        )?;
        self.problems = unfit.sentences;
        visitor.show_with(unfit.status, &self)
    }
}

fn find(rows: Vec<RoleRow>, id: &str) -> Result<RoleRow, ApiError> {
    let row = rows.into_iter().find(|row| row.id == id);
    row.ok_or_else(|| DomainError::NotFound(Resource::Role).into())
}

/// `GET /console/roles/new`.
pub(in crate::console) async fn ask_new(visitor: Visitor) -> PageResult {
    visitor.require(Action::CreateRole)?;
    visitor.show(&RolePage::new(&visitor, None)?)
}

/// Creates a custom role.
pub(in crate::console) async fn create(SessionForm { visitor, values }: SessionForm) -> PageResult {
    visitor.require(Action::CreateRole)?;
    let mut page = RolePage::holding(&visitor, None, &values)?;
    let Some(name) = page.name.filled() else {
        return visitor.show_with(Unfit::by_field().status, &page);
    };
    let grants = page.manage_keys && !page.shell.is_classic();
    let command = CreateRole {
        name,
        description: page.description.value.trim().to_owned(),
        assigned_scopes: if grants {
            vec![SCOPE_API_KEYS.to_owned()]
        } else {
            Vec::new()
        },
    };
    match roles::create(&visitor.context, command) {
        Ok(_) => Ok(done(Flash::RoleCreated, super::roles::PATH)),
        Err(error) => page.refused(&visitor, error),
    }
}

/// `GET /console/roles/{id}`.
pub(in crate::console) async fn ask_change(visitor: Visitor, Path(id): Path<String>) -> PageResult {
    visitor.show(&RolePage::new(&visitor, Some(&id))?)
}

/// Changes a custom role or `UserDefault`.
pub(in crate::console) async fn change(
    Path(id): Path<String>,
    SessionForm { visitor, values }: SessionForm,
) -> PageResult {
    let mut page = RolePage::holding(&visitor, Some(&id), &values)?;
    let mut changes = vec![RoleChange::Description(page.description.value.trim().to_owned())];
    if page.has_name() {
        let Some(name) = page.name.filled() else {
            return visitor.show_with(Unfit::by_field().status, &page);
        };
        changes.push(RoleChange::Name {
            name,
            pointer: "/name".to_owned(),
        });
    }
    if !page.shell.is_classic() {
        let scope = vec![SCOPE_API_KEYS.to_owned()];
        changes.push(if page.manage_keys {
            RoleChange::AddScopes(scope)
        } else {
            RoleChange::RemoveScopes(scope)
        });
    }
    match roles::update(&visitor.context, &id, changes) {
        Ok(()) => Ok(done(Flash::RoleSaved, super::roles::PATH)),
        Err(error) => page.refused(&visitor, error),
    }
}

/// The dialog that asks before a role is deleted.
#[derive(Debug, Template)]
#[template(path = "role_delete.html")]
pub(in crate::console) struct RoleDeletePage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) role: RoleRow,
    pub(in crate::console) problems: Vec<String>,
}

impl RoleDeletePage {
    fn new(visitor: &Visitor, id: &str) -> Result<Self, ApiError> {
        let rows = roles::all(&visitor.context)?
            .into_iter()
            .map(RoleRow::new)
            .collect();
        let role = find(rows, id)?;
        Ok(Self {
            shell: Shell::new(visitor, Section::Roles, "Delete role"),
            role,
            problems: Vec::new(),
        })
    }
}

/// `GET /console/roles/{id}/delete`.
pub(in crate::console) async fn ask_delete(visitor: Visitor, Path(id): Path<String>) -> PageResult {
    visitor.show(&RoleDeletePage::new(&visitor, &id)?)
}

/// Deletes a custom role that nobody has.
pub(in crate::console) async fn delete(Path(id): Path<String>, form: SessionForm) -> PageResult {
    let visitor = form.visitor;
    match roles::delete(&visitor.context, &id) {
        Ok(()) => Ok(done(Flash::RoleDeleted, super::roles::PATH)),
        Err(error) => {
            let unfit = Unfit::from(error, &mut [])?;
            let mut page = RoleDeletePage::new(&visitor, &id)?;
            page.problems = unfit.sentences;
            visitor.show_with(unfit.status, &page)
        }
    }
}
