//! The roles of a group: a box a role.

use askama::Template;
use axum::extract::Path;

use super::groups::PATH;
use super::user_roles::{RoleBox, boxes, references};
use crate::api::error::ApiError;
use crate::console::flash::Flash;
use crate::console::form::{SessionForm, Unfit};
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Visitor, done};
use crate::ops::groups::{self, GroupChange, GroupChangeKind};
use crate::ops::roles;

/// The dialog.
#[derive(Debug, Template)]
#[template(path = "group_roles.html")]
pub(in crate::console) struct GroupRolesPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) group_id: String,
    pub(in crate::console) group_name: String,
    pub(in crate::console) boxes: Vec<RoleBox>,
    pub(in crate::console) problems: Vec<String>,
}

impl GroupRolesPage {
    /// The dialog with the boxes ticked that `ticked` names, or else those of the roles that the group has.
    fn new(visitor: &Visitor, id: &str, ticked: Option<&[&str]>) -> Result<Self, ApiError> {
        let roles = roles::all(&visitor.context)?;
        let group = groups::read(&visitor.context, id)?.group;
        let mut shell = Shell::new(visitor, Section::Groups, "");
        shell.title = shell.labels.edit_roles.to_owned();
        Ok(Self {
            shell,
            group_id: group.id.to_string(),
            boxes: boxes(roles, &group.assigned_roles, ticked),
            group_name: group.name,
            problems: Vec::new(),
        })
    }
}

/// `GET /console/groups/{id}/roles`.
pub(in crate::console) async fn ask(visitor: Visitor, Path(id): Path<String>) -> PageResult {
    visitor.show(&GroupRolesPage::new(&visitor, &id, None)?)
}

/// Gives the group the ticked roles and no others.
pub(in crate::console) async fn save(
    Path(id): Path<String>,
    SessionForm { visitor, values }: SessionForm,
) -> PageResult {
    let ticked: Vec<&str> = values.all("role").collect();
    let change = GroupChange {
        kind: GroupChangeKind::Roles(references(&ticked)),
        pointer: String::new(),
    };
    match groups::update(&visitor.context, &id, vec![change]) {
        Ok(()) => Ok(done(Flash::RolesSaved, PATH)),
        Err(error) => {
            let unfit = Unfit::from(error, &mut [])?;
            let mut page = GroupRolesPage::new(&visitor, &id, Some(&ticked))?;
            page.problems = unfit.sentences;
            visitor.show_with(unfit.status, &page)
        }
    }
}
