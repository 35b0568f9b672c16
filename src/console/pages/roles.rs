//! Management console, Roles: the built-in and the custom ones.

use askama::Template;

use crate::api::extract::Parameters;
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell, role_title};
use crate::console::visitor::Visitor;
use crate::domain::role::{RoleLevel, RoleType, SCOPE_API_KEYS, USER_DEFAULT};
use crate::ops::roles::{self, RoleInUse};

/// Where the page is.
pub(super) const PATH: &str = "/console/roles";

/// The page.
#[derive(Debug, Template)]
#[template(path = "roles.html")]
pub(in crate::console) struct RolesPage {
    pub(in crate::console) shell: Shell,
    /// What was searched for.
    pub(in crate::console) search: String,
    pub(in crate::console) rows: Vec<RoleRow>,
    /// How many roles there are in all.
    pub(in crate::console) total: usize,
    /// The same list without a search.
    pub(in crate::console) everything: &'static str,
}

/// A role in the list.
#[derive(Clone, Debug)]
pub(in crate::console) struct RoleRow {
    pub(in crate::console) id: String,
    /// The name as the contract has it.
    pub(in crate::console) name: String,
    /// The name for people.
    pub(in crate::console) title: String,
    pub(in crate::console) description: String,
    pub(in crate::console) custom: bool,
    pub(in crate::console) administers: bool,
    /// To how many users it is assigned; none for `UserDefault`, which everybody has.
    pub(in crate::console) holders: Option<usize>,
    /// How many groups have it.
    pub(in crate::console) groups: usize,
    /// Whether it grants the permission Manage API keys.
    pub(in crate::console) manage_keys: bool,
    pub(in crate::console) can_edit: bool,
    pub(in crate::console) can_delete: bool,
}

impl RoleRow {
    /// A role as the list has it.
    pub(in crate::console) fn new(row: RoleInUse) -> Self {
        let RoleInUse {
            role,
            holders,
            groups,
        } = row;
        let everybody = role.kind == RoleType::Default && role.name == USER_DEFAULT;
        Self {
            id: role.id.to_string(),
            title: role_title(&role.name, role.kind),
            custom: role.kind == RoleType::Custom,
            administers: role.level == RoleLevel::Admin,
            holders: (!everybody).then_some(holders),
            groups,
            manage_keys: role.assigned_scopes.iter().any(|scope| scope == SCOPE_API_KEYS),
            can_edit: role.can_edit(),
            can_delete: role.can_delete(),
            name: role.name,
            description: role.description,
        }
    }

    /// Whether somebody has it, directly or through a group.
    pub(in crate::console) fn is_assigned(&self) -> bool {
        self.groups > 0 || self.holders.is_some_and(|holders| holders > 0)
    }

    /// Whether the permission of this role can be seen and set: `UserDefault` and custom roles.
    pub(in crate::console) fn has_permission(&self) -> bool {
        self.can_edit
    }
}

/// `GET /console/roles`: `search`.
pub(in crate::console) async fn show(visitor: Visitor, parameters: Parameters) -> PageResult {
    let search = parameters.get("search").unwrap_or_default().trim().to_owned();
    let all = roles::all(&visitor.context)?;
    let total = all.len();
    let wanted = search.to_lowercase();
    let found = |row: &RoleRow| {
        [&row.name, &row.title, &row.description]
            .into_iter()
            .any(|text| text.to_lowercase().contains(&wanted))
    };
    let mut rows: Vec<RoleRow> = all.into_iter().map(RoleRow::new).filter(found).collect();
    // What can be changed comes first.
    rows.sort_by_key(|row| (!row.can_edit, row.custom));
    let mut shell = Shell::new(&visitor, Section::Roles, "");
    shell.title = shell.labels.roles.to_owned();
    visitor.show(&RolesPage {
        shell,
        search,
        rows,
        total,
        everything: PATH,
    })
}
