//! Management console, Groups: those of the identity provider, the custom ones, and the one that everybody is in.

use askama::Template;

use crate::api::extract::Parameters;
use crate::console::page::PageResult;
use crate::console::pager::{Column, Pager, columns, order, start};
use crate::console::shell::{Section, Shell, role_title};
use crate::console::visitor::Visitor;
use crate::domain::filter::Filter;
use crate::domain::group::GroupKind;
use crate::domain::page::{Direction, Limit, Sort};
use crate::domain::policy::Action;
use crate::ops::groups::{self, GroupField, GroupPage, GroupView, ListGroups};

/// Where the page is.
pub(super) const PATH: &str = "/console/groups";

const USUAL_ORDER: Sort<GroupField> = Sort {
    field: GroupField::Name,
    name: "name",
    direction: Direction::Ascending,
};

/// The page.
#[derive(Debug, Template)]
#[template(path = "groups.html")]
pub(in crate::console) struct GroupsPage {
    pub(in crate::console) shell: Shell,
    /// What was searched for.
    pub(in crate::console) search: String,
    pub(in crate::console) columns: Vec<Column>,
    pub(in crate::console) rows: Vec<GroupRow>,
    pub(in crate::console) pager: Pager,
    /// The same list without a search.
    pub(in crate::console) everything: &'static str,
}

/// A group in the list.
#[derive(Clone, Debug)]
pub(in crate::console) struct GroupRow {
    pub(in crate::console) id: String,
    /// The name as the contract has it.
    pub(in crate::console) name: String,
    /// The name for people.
    pub(in crate::console) title: String,
    pub(in crate::console) kind: GroupKind,
    pub(in crate::console) description: String,
    pub(in crate::console) roles: Vec<String>,
    /// How many users are in it; none for the group that everybody is in.
    pub(in crate::console) members: Option<usize>,
}

impl GroupRow {
    /// A group as the list has it.
    pub(in crate::console) fn new(view: GroupView, members: usize) -> Self {
        let GroupView { group, roles, .. } = view;
        let system = group.kind == GroupKind::System;
        Self {
            id: group.id.to_string(),
            title: if system {
                "Everyone".to_owned()
            } else {
                group.name.clone()
            },
            name: group.name,
            kind: group.kind,
            description: group.description.unwrap_or_default(),
            roles: roles
                .iter()
                .flatten()
                .map(|role| role_title(&role.name, role.kind))
                .collect(),
            members: (!system).then_some(members),
        }
    }

    pub(in crate::console) fn is_custom(&self) -> bool {
        self.kind == GroupKind::Custom
    }

    pub(in crate::console) fn is_system(&self) -> bool {
        self.kind == GroupKind::System
    }

    /// The type in the words of the console.
    pub(in crate::console) fn kind_label(&self) -> &'static str {
        match self.kind {
            GroupKind::Idp => "Managed (IdP)",
            GroupKind::Custom => "Custom",
            GroupKind::System => "System",
        }
    }
}

/// `GET /console/groups`: `search`, `sort`, and the cursors `next` and `prev`.
pub(in crate::console) async fn show(visitor: Visitor, parameters: Parameters) -> PageResult {
    visitor.require(Action::UpdateGroup)?;
    let search = parameters.get("search").unwrap_or_default().trim().to_owned();
    let sort = order(&parameters, &GroupField::WORDS, USUAL_ORDER);
    let query = ListGroups {
        filter: (!search.is_empty()).then(|| Filter::any_contains(&["name"], &search)),
        sort,
        limit: Limit::default(),
        start: start(&parameters, &sort),
    };
    let GroupPage {
        groups: found,
        next,
        previous,
        total,
    } = groups::list(&visitor.context, Action::ListGroups, &query)?;
    let shown = found.len();
    // The group of everybody stands above all others, where everything is shown.
    let first = search.is_empty() && previous.is_none();
    let mut views = if first {
        groups::system(&visitor.context)?
    } else {
        Vec::new()
    };
    views.extend(found);
    let members = groups::member_counts(&visitor.context)?;
    let order = sort.to_string();
    let narrowed = [("search", search.as_str())];
    let page = GroupsPage {
        shell: Shell::new(&visitor, Section::Groups, "Groups"),
        columns: columns(
            PATH,
            &sort,
            &narrowed,
            &[("name", "Name"), ("providerType", "Type")],
        ),
        pager: Pager::new(
            PATH,
            &[narrowed[0], ("sort", order.as_str())],
            (shown, total),
            previous.map(|cursor| ("prev", cursor.to_string())),
            next.map(|cursor| ("next", cursor.to_string())),
        ),
        rows: views
            .into_iter()
            .map(|view| {
                let members = members.get(&view.group.id).copied().unwrap_or_default();
                GroupRow::new(view, members)
            })
            .collect(),
        everything: PATH,
        search,
    };
    visitor.show(&page)
}
