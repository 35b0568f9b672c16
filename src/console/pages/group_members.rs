//! Who is in a group: read for those of the identity provider, changed for custom ones.

use askama::Template;
use axum::extract::Path;
use axum::response::Redirect;

use super::groups::{GroupRow, PATH};
use super::users::address;
use crate::api::error::ApiError;
use crate::api::extract::Parameters;
use crate::console::flash::Flash;
use crate::console::form::{Field, SessionForm, Unfit};
use crate::console::page::PageResult;
use crate::console::pager::{Pager, start};
use crate::console::shell::{Section, Shell, initials};
use crate::console::visitor::{Visitor, done};
use crate::domain::document;
use crate::domain::error::{DomainError, Fault};
use crate::domain::filter::Filter;
use crate::domain::page::{Direction, Limit, Sort};
use crate::domain::policy::Action;
use crate::domain::user::{User, UserField};
use crate::ops::groups::{self, MEMBER};
use crate::ops::users::{self, ListUsers, UserPage, UserStart};

const BY_NAME: Sort<UserField> = Sort {
    field: UserField::Name,
    name: "name",
    direction: Direction::Ascending,
};

/// The page.
#[derive(Debug, Template)]
#[template(path = "group_members.html")]
pub(in crate::console) struct GroupMembersPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) group: GroupRow,
    pub(in crate::console) rows: Vec<MemberRow>,
    pub(in crate::console) pager: Pager,
    /// Whom to put into the group.
    pub(in crate::console) user: Field,
    pub(in crate::console) problems: Vec<String>,
}

/// A user in the group.
#[derive(Clone, Debug)]
pub(in crate::console) struct MemberRow {
    pub(in crate::console) id: String,
    pub(in crate::console) name: String,
    pub(in crate::console) initials: String,
    /// The e-mail address, or else the subject.
    pub(in crate::console) address: String,
}

impl MemberRow {
    fn new(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            initials: initials(&user.name),
            address: address(user).to_owned(),
            name: user.name.clone(),
        }
    }
}

impl GroupMembersPage {
    fn new(visitor: &Visitor, id: &str, parameters: &Parameters) -> Result<Self, ApiError> {
        visitor.require(Action::UpdateUser)?;
        let view = groups::read(&visitor.context, id)?;
        let filter = format!("assignedGroups.id eq \"{}\"", view.group.id);
        let filter = Filter::parse(&filter, &users::VOCABULARY)
            .map_err(|error| DomainError::invalid(Fault::of_request(document::sentence(error))))?;
        let query = ListUsers {
            filter: Some(filter),
            statuses: None,
            email: None,
            subject: None,
            role: None,
            tenant_id: None,
            sort: BY_NAME,
            limit: Limit::default(),
            start: UserStart::Cursor(start(parameters, &BY_NAME)),
            with_total: true,
        };
        let UserPage {
            users: rows,
            next,
            previous,
            total,
        } = users::list(&visitor.context, Action::ListUsers, &query, |page| {
            page.map(|view| MemberRow::new(view.user))
        })?;
        let total = total.unwrap_or_default();
        let group = GroupRow::new(view, total);
        Ok(Self {
            shell: Shell::new(visitor, Section::Groups, format!("Members of {}", group.title)),
            pager: Pager::new(
                &path(&group.id),
                &[],
                (rows.len(), total),
                previous.map(|cursor| ("prev", cursor.to_string())),
                next.map(|cursor| ("next", cursor.to_string())),
            ),
            rows,
            group,
            user: Field::default(),
            problems: Vec::new(),
        })
    }

    fn refused(mut self, visitor: &Visitor, error: DomainError) -> PageResult {
        let unfit = Unfit::from(error, &mut [(MEMBER, &mut self.user)])?;
        self.problems = unfit.sentences;
        visitor.show_with(unfit.status, &self)
    }
}

fn path(id: &str) -> String {
    format!("{PATH}/{id}/members")
}

/// `GET /console/groups/{id}/members`: the cursors `next` and `prev`.
pub(in crate::console) async fn show(
    visitor: Visitor,
    Path(id): Path<String>,
    parameters: Parameters,
) -> PageResult {
    visitor.show(&GroupMembersPage::new(&visitor, &id, &parameters)?)
}

/// Puts somebody into the group: `user`, an e-mail address, a subject or an id.
pub(in crate::console) async fn add(
    Path(id): Path<String>,
    SessionForm { visitor, values }: SessionForm,
) -> PageResult {
    let mut page = GroupMembersPage::new(&visitor, &id, &Parameters::default())?;
    page.user = Field::of(&values, "user");
    let Some(who) = page.user.filled() else {
        return visitor.show_with(Unfit::by_field().status, &page);
    };
    match groups::add_member(&visitor.context, &id, &who) {
        Ok(()) => Ok(done(Flash::MemberAdded, &path(&page.group.id))),
        Err(error) => page.refused(&visitor, error),
    }
}

/// `GET` of a path that only takes forms.
pub(in crate::console) async fn back(Path(id): Path<String>) -> Redirect {
    Redirect::to(&path(&id))
}

/// Takes a user out of the group: `user`, an id.
pub(in crate::console) async fn remove(
    Path(id): Path<String>,
    SessionForm { visitor, values }: SessionForm,
) -> PageResult {
    let user = values.get("user").unwrap_or_default();
    match groups::remove_member(&visitor.context, &id, user) {
        Ok(()) => Ok(done(Flash::MemberRemoved, &path(&id))),
        Err(error) => GroupMembersPage::new(&visitor, &id, &Parameters::default())?.refused(&visitor, error),
    }
}
