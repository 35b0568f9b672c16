//! Management console, Users: who is in the tenant.

use askama::Template;

use crate::api::extract::Parameters;
use crate::console::moment::Moment;
use crate::console::page::PageResult;
use crate::console::pager::{Column, Pager, columns, order, start};
use crate::console::shell::{Section, Shell, initials, role_title};
use crate::console::visitor::Visitor;
use crate::domain::filter::Filter;
use crate::domain::page::{Direction, Limit, Sort};
use crate::domain::policy::Action;
use crate::domain::role::Role;
use crate::domain::user::{User, UserField, UserStatus};
use crate::ops::users::{self, ListUsers, UserPage, UserStart, UserView};

/// Where the page is.
pub(super) const PATH: &str = "/console/users";

const USUAL_ORDER: Sort<UserField> = Sort {
    field: UserField::Name,
    name: "name",
    direction: Direction::Ascending,
};

/// The page.
#[derive(Debug, Template)]
#[template(path = "users.html")]
pub(in crate::console) struct UsersPage {
    pub(in crate::console) shell: Shell,
    /// What was searched for.
    pub(in crate::console) search: String,
    /// The status that was chosen, or nothing.
    pub(in crate::console) status: String,
    pub(in crate::console) columns: Vec<Column>,
    pub(in crate::console) rows: Vec<UserRow>,
    pub(in crate::console) pager: Pager,
    /// The same list without a search.
    pub(in crate::console) everything: &'static str,
}

/// A user in the list.
#[derive(Clone, Debug)]
pub(in crate::console) struct UserRow {
    pub(in crate::console) id: String,
    pub(in crate::console) name: String,
    pub(in crate::console) initials: String,
    /// The e-mail address, or else the subject.
    pub(in crate::console) address: String,
    pub(in crate::console) status: UserStatus,
    pub(in crate::console) roles: Vec<String>,
    /// Roles that come through groups only.
    pub(in crate::console) inherited_roles: Vec<String>,
    pub(in crate::console) created: Moment,
    /// When the invitation ends.
    pub(in crate::console) invite_expiry: Option<Moment>,
    /// Whether it is the visitor, who cannot take away the own access.
    pub(in crate::console) own: bool,
}

impl UserRow {
    fn new(visitor: &Visitor, view: UserView<'_>) -> Self {
        let now = visitor.context.now;
        let user = view.user;
        Self {
            own: visitor.context.caller.user_id() == Some(&user.id),
            id: user.id.to_string(),
            initials: initials(&user.name),
            address: address(user).to_owned(),
            name: user.name.clone(),
            status: user.status,
            roles: titles(view.roles()),
            inherited_roles: titles(view.inherited_roles()),
            created: Moment::new(user.created_at, now),
            invite_expiry: user.invite_expiry.map(|expiry| Moment::new(expiry, now)),
        }
    }

    pub(in crate::console) fn is_disabled(&self) -> bool {
        self.status == UserStatus::Disabled
    }

    pub(in crate::console) fn is_invited(&self) -> bool {
        self.status == UserStatus::Invited
    }

    /// The status as a word with a capital letter.
    pub(in crate::console) fn status_label(&self) -> &'static str {
        match self.status {
            UserStatus::Active => "Active",
            UserStatus::Invited => "Invited",
            UserStatus::Provisioned => "Provisioned",
            UserStatus::Disabled => "Disabled",
            UserStatus::Deleted => "Deleted",
        }
    }
}

/// The e-mail address, or else the subject.
pub(super) fn address(user: &User) -> &str {
    user.email.as_deref().unwrap_or(&user.subject)
}

/// The roles by their names for people; none where the visitor may not see them.
pub(super) fn titles<'t>(roles: Option<impl Iterator<Item = &'t Role>>) -> Vec<String> {
    let roles = roles.into_iter().flatten();
    roles.map(|role| role_title(&role.name, role.kind)).collect()
}

impl UsersPage {
    /// The choices of the field Status.
    pub(in crate::console) fn statuses(&self) -> [(&'static str, &'static str); 4] {
        [
            ("", "Any status"),
            ("active", "Active"),
            ("invited", "Invited"),
            ("disabled", "Disabled"),
        ]
    }

    /// Whether the list is narrowed down.
    pub(in crate::console) fn is_narrowed(&self) -> bool {
        !self.search.is_empty() || !self.status.is_empty()
    }
}

/// `GET /console/users`: `search`, `status`, `sort`, and the cursors `next` and `prev`.
pub(in crate::console) async fn show(visitor: Visitor, parameters: Parameters) -> PageResult {
    visitor.require(Action::UpdateUser)?;
    let search = parameters.get("search").unwrap_or_default().trim().to_owned();
    let status = parameters.word("status", &UserStatus::WORDS).ok().flatten();
    let sort = order(&parameters, &UserField::WORDS, USUAL_ORDER);
    let query = ListUsers {
        filter: (!search.is_empty()).then(|| Filter::any_contains(&["name", "email", "subject"], &search)),
        statuses: status.map(|status| vec![status]),
        email: None,
        subject: None,
        role: None,
        tenant_id: None,
        sort,
        limit: Limit::default(),
        start: UserStart::Cursor(start(&parameters, &sort)),
        with_total: true,
    };
    let UserPage {
        users: rows,
        next,
        previous,
        total,
    } = users::list(&visitor.context, Action::ListUsers, &query, |page| {
        page.map(|user| UserRow::new(&visitor, user))
    })?;
    let status = status.map_or("", UserStatus::as_str);
    let order = sort.to_string();
    let narrowed = [("search", search.as_str()), ("status", status)];
    let kept = [narrowed[0], narrowed[1], ("sort", order.as_str())];
    let labels = [("name", "Name"), ("status", "Status"), ("createdAt", "Created")];
    let mut shell = Shell::new(&visitor, Section::Users, "");
    shell.title = shell.labels.users.to_owned();
    let page = UsersPage {
        shell,
        columns: columns(PATH, &sort, &narrowed, &labels),
        pager: Pager::new(
            PATH,
            &kept,
            (rows.len(), total.unwrap_or_default()),
            previous.map(|cursor| ("prev", cursor.to_string())),
            next.map(|cursor| ("next", cursor.to_string())),
        ),
        rows,
        status: status.to_owned(),
        everything: PATH,
        search,
    };
    visitor.show(&page)
}
