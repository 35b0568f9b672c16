//! Profile settings: who somebody is in this tenant.

use askama::Template;

use super::users::titles;
use crate::console::moment::Moment;
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell, initials};
use crate::console::visitor::Visitor;
use crate::ops::users::{self, UserView};

/// The page.
#[derive(Debug, Template)]
#[template(path = "profile.html")]
pub(in crate::console) struct ProfilePage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) name: String,
    pub(in crate::console) initials: String,
    pub(in crate::console) email: Option<String>,
    pub(in crate::console) subject: String,
    pub(in crate::console) user_id: String,
    pub(in crate::console) tenant_id: String,
    pub(in crate::console) roles: Vec<String>,
    /// Roles that come through groups only.
    pub(in crate::console) inherited_roles: Vec<String>,
    pub(in crate::console) groups: Vec<String>,
    pub(in crate::console) scopes: Vec<String>,
    pub(in crate::console) created: Moment,
}

/// `GET /profile`.
pub(in crate::console) async fn show(visitor: Visitor) -> PageResult {
    let id = users::me(&visitor.context)?;
    let shell = Shell::new(&visitor, Section::Profile, "Profile settings");
    let page = |view: UserView<'_>| ProfilePage {
        shell,
        initials: initials(&view.user.name),
        name: view.user.name.clone(),
        email: view.user.email.clone(),
        subject: view.user.subject.clone(),
        user_id: view.user.id.to_string(),
        tenant_id: view.tenant.id().to_string(),
        roles: titles(view.roles()),
        inherited_roles: titles(view.inherited_roles()),
        groups: view.groups().map(|group| group.name.clone()).collect(),
        scopes: view.scopes().into_iter().flatten().map(str::to_owned).collect(),
        created: Moment::new(view.user.created_at, visitor.context.now),
    };
    visitor.show(&users::read(&visitor.context, id.as_str(), page)?)
}
