//! The roles of a user: a box a role.

use askama::Template;
use axum::extract::Path;

use crate::api::error::ApiError;
use crate::console::flash::Flash;
use crate::console::form::{SessionForm, Unfit};
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell, role_title};
use crate::console::visitor::{Visitor, done};
use crate::domain::ids::RoleId;
use crate::domain::role::{RoleType, USER_DEFAULT};
use crate::ops::roles::{self, RoleInUse};
use crate::ops::users::{self, IdOrName, RoleReference, UserChange, UserChangeKind};

/// The dialog.
#[derive(Debug, Template)]
#[template(path = "user_roles.html")]
pub(in crate::console) struct UserRolesPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) user_id: String,
    pub(in crate::console) user_name: String,
    pub(in crate::console) boxes: Vec<RoleBox>,
    pub(in crate::console) problems: Vec<String>,
}

/// A role to tick.
#[derive(Clone, Debug)]
pub(in crate::console) struct RoleBox {
    pub(in crate::console) id: String,
    /// The name as the contract has it.
    pub(in crate::console) name: String,
    /// The name for people.
    pub(in crate::console) title: String,
    pub(in crate::console) description: String,
    pub(in crate::console) custom: bool,
    pub(in crate::console) ticked: bool,
}

impl UserRolesPage {
    /// The dialog with the boxes ticked that `ticked` names, or else those of the roles that the user has.
    fn new(visitor: &Visitor, id: &str, ticked: Option<&[&str]>) -> Result<Self, ApiError> {
        let roles = roles::all(&visitor.context)?;
        let user = users::read(&visitor.context, id, |view| view.user.clone())?;
        let boxes = boxes(roles, &user.assigned_roles, ticked);
        let mut shell = Shell::new(visitor, Section::Users, "");
        shell.title = shell.labels.edit_roles.to_owned();
        Ok(Self {
            shell,
            user_id: user.id.to_string(),
            user_name: user.name,
            boxes,
            problems: Vec::new(),
        })
    }
}

/// A box for each role that can be assigned, ticked where `ticked` names it, or else where it is `assigned`.
pub(super) fn boxes(roles: Vec<RoleInUse>, assigned: &[RoleId], ticked: Option<&[&str]>) -> Vec<RoleBox> {
    // Everybody has UserDefault without assignment.
    let assignable = roles
        .into_iter()
        .map(|row| row.role)
        .filter(|role| role.name != USER_DEFAULT);
    let boxes = assignable.map(|role| RoleBox {
        ticked: match ticked {
            Some(ticked) => ticked.contains(&role.id.as_str()),
            None => assigned.contains(&role.id),
        },
        id: role.id.to_string(),
        title: role_title(&role.name, role.kind),
        name: role.name,
        description: role.description,
        custom: role.kind == RoleType::Custom,
    });
    boxes.collect()
}

/// The roles whose boxes are ticked.
pub(super) fn references(ticked: &[&str]) -> Vec<RoleReference> {
    let references = ticked.iter().map(|role| RoleReference {
        role: IdOrName::Id((*role).to_owned()),
        pointer: "/role".to_owned(),
    });
    references.collect()
}

/// `GET /console/users/{id}/roles`.
pub(in crate::console) async fn ask(visitor: Visitor, Path(id): Path<String>) -> PageResult {
    visitor.show(&UserRolesPage::new(&visitor, &id, None)?)
}

/// Gives the user the ticked roles and no others.
pub(in crate::console) async fn save(
    Path(id): Path<String>,
    SessionForm { visitor, values }: SessionForm,
) -> PageResult {
    let ticked: Vec<&str> = values.all("role").collect();
    let change = UserChange {
        kind: UserChangeKind::ReplaceRoles(references(&ticked)),
        pointer: String::new(),
    };
    match users::update(&visitor.context, &id, vec![change]) {
        Ok(missing) => {
            let flash = if missing.is_empty() {
                Flash::RolesSaved
            } else {
                Flash::RolesSavedInPart
            };
            Ok(done(flash, super::users::PATH))
        }
        Err(error) => {
            let unfit = Unfit::from(error, &mut [])?;
            let mut page = UserRolesPage::new(&visitor, &id, Some(&ticked))?;
            page.problems = unfit.sentences;
            visitor.show_with(unfit.status, &page)
        }
    }
}
