//! Profile settings: who somebody is in this tenant.

use askama::Template;

use crate::console::moment::Moment;
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell, initials, role_title};
use crate::console::visitor::Visitor;
use crate::ops::users::{self, RoleSummary};

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
    let view = users::read(&visitor.context, id.as_str())?;
    let (roles, inherited, scopes) = view
        .access
        .map(|access| (access.roles, access.inherited_roles, access.scopes))
        .unwrap_or_default();
    let titles = |roles: &[RoleSummary]| {
        let titles = roles.iter().map(|role| role_title(&role.name, role.kind));
        titles.collect()
    };
    let page = ProfilePage {
        shell: Shell::new(&visitor, Section::Profile, "Profile settings"),
        initials: initials(&view.user.name),
        name: view.user.name,
        email: view.user.email,
        subject: view.user.subject,
        user_id: view.user.id.to_string(),
        tenant_id: view.tenant_id.to_string(),
        roles: titles(&roles),
        inherited_roles: titles(&inherited),
        groups: view.groups.into_iter().map(|group| group.name).collect(),
        scopes,
        created: Moment::new(view.user.created_at, visitor.context.now),
    };
    visitor.show(&page)
}
