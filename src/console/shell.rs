//! What every page shows around its own content: the tenant, who is signed in, and that this is an emulator.

use super::assets::Assets;
use super::emulator;
use super::moment::Moment;
use super::pager::link;
use super::visitor::Visitor;
use crate::api::extract::TENANT_PARAMETER;
use crate::domain::clock::ClockMode;
use crate::domain::policy::{Action, Target};
use crate::domain::role::RoleType;
use crate::domain::settings::Edition;
use crate::ops::TenantHandle;

/// The part of the console that a page belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Section {
    Settings,
    Users,
    ApiKeys,
    Roles,
    Groups,
    IdentityProviders,
    OAuth,
    Web,
    Profile,
    OwnApiKeys,
    Clock,
    Requests,
    Faults,
    Snapshots,
    Tenants,
    Reset,
    /// A page outside of all areas.
    None,
}

impl Section {
    /// Whether it is the section with this name, for templates.
    pub(super) fn is(self, name: &str) -> bool {
        let own = match self {
            Self::Settings => "settings",
            Self::Users => "users",
            Self::ApiKeys => "api-keys",
            Self::Roles => "roles",
            Self::Groups => "groups",
            Self::IdentityProviders => "identity-providers",
            Self::OAuth => "oauth",
            Self::Web => "web",
            Self::Profile => "profile",
            Self::OwnApiKeys => "own-api-keys",
            Self::Clock => "clock",
            Self::Requests => "requests",
            Self::Faults => "faults",
            Self::Snapshots => "snapshots",
            Self::Tenants => "tenants",
            Self::Reset => "reset",
            Self::None => "",
        };
        own == name
    }

    /// Whether it is a part of the management console.
    pub(super) fn is_console(self) -> bool {
        matches!(
            self,
            Self::Settings
                | Self::Users
                | Self::Groups
                | Self::ApiKeys
                | Self::Roles
                | Self::IdentityProviders
                | Self::OAuth
                | Self::Web
        )
    }

    /// Whether it is a part of the profile.
    pub(super) fn is_profile(self) -> bool {
        matches!(self, Self::Profile | Self::OwnApiKeys)
    }

    /// Whether it is a part of the emulator, and not of what it emulates.
    pub(super) fn is_emulator(self) -> bool {
        matches!(
            self,
            Self::Clock | Self::Requests | Self::Faults | Self::Snapshots | Self::Tenants | Self::Reset
        )
    }
}

/// The words in which the editions differ: those of the tutorial, and those of today's documentation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels {
    /// The area of a tenant admin.
    pub(super) console: &'static str,
    /// The list of users.
    pub(super) users: &'static str,
    /// The list of roles.
    pub(super) roles: &'static str,
    /// What is done to the roles of a user or a group.
    pub(super) edit_roles: &'static str,
    /// The button that does it.
    pub(super) save_roles: &'static str,
    /// The button that makes a role.
    pub(super) new_role: &'static str,
    /// The button that saves a role.
    pub(super) save_role: &'static str,
}

impl Labels {
    pub(super) const fn of(edition: Edition) -> Self {
        match edition {
            Edition::Classic => Self {
                console: "Management Console",
                users: "Users",
                roles: "Roles",
                edit_roles: "Edit roles",
                save_roles: "Save",
                new_role: "Create role",
                save_role: "Save",
            },
            Edition::Current => Self {
                console: "Administration",
                users: "Manage users",
                roles: "Permissions",
                edit_roles: "Assign roles",
                save_roles: "Assign",
                new_role: "Create new",
                save_role: "Confirm",
            },
        }
    }
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// The name.
    pub(super) name: String,
    /// The e-mail address, or else the subject.
    pub(super) address: String,
    /// For the avatar.
    pub(super) initials: String,
    /// Whether the area of tenant admins is open to this user.
    pub(super) is_admin: bool,
    /// The token that forms carry.
    pub(super) csrf: String,
}

/// What every page shows around its own content.
#[derive(Clone, Debug)]
pub(super) struct Shell {
    /// The title of the page, and its heading.
    pub(super) title: String,
    /// Where it belongs.
    pub(super) section: Section,
    /// The name of the tenant.
    pub(super) tenant: String,
    /// The name under which the emulator knows the tenant.
    pub(super) tenant_label: String,
    /// The tenant that the address of the page names, beside or against its host.
    pub(super) asked_tenant: Option<String>,
    /// The era that the tenant shows.
    pub(super) edition: Edition,
    /// The words of that era.
    pub(super) labels: Labels,
    /// The tenant's time, where it is not the real one: how the clock runs, and what it shows.
    pub(super) clock: Option<(&'static str, Moment)>,
    /// Who is signed in, if somebody is.
    pub(super) person: Option<Person>,
    /// What was just done.
    pub(super) flash: Option<String>,
    /// The files that the page links to.
    pub(super) assets: Assets,
}

impl Shell {
    /// The surroundings of a page for somebody who is signed in.
    pub(super) fn new(visitor: &Visitor, section: Section, title: impl Into<String>) -> Self {
        let context = &visitor.context;
        let person = {
            let tenant = context.tenant.read();
            context
                .caller
                .user_id()
                .and_then(|id| tenant.users().present(id))
                .map(|user| Person {
                    name: user.name.clone(),
                    address: user.email.clone().unwrap_or_else(|| user.subject.clone()),
                    initials: initials(&user.name),
                    is_admin: false,
                    csrf: visitor.csrf.reveal().to_owned(),
                })
        };
        let is_admin = context.may(Action::UpdateApiKeysConfig, Target::Other).is_ok();
        Self {
            section,
            person: person.map(|person| Person { is_admin, ..person }),
            flash: visitor.flash.map(|flash| flash.sentence()),
            ..Self::open(&context.tenant, title)
        }
    }

    /// The surroundings of a page for anybody.
    pub(super) fn open(handle: &TenantHandle, title: impl Into<String>) -> Self {
        let clock = match handle.clock().mode() {
            ClockMode::System => None,
            ClockMode::Shifted => Some("shifted"),
            ClockMode::Frozen => Some("frozen"),
        };
        let now = handle.clock().now();
        let tenant = handle.read();
        Self {
            title: title.into(),
            section: Section::None,
            tenant: tenant.profile().name.clone(),
            tenant_label: handle.name().to_string(),
            asked_tenant: None,
            edition: tenant.edition(),
            labels: Labels::of(tenant.edition()),
            clock: clock.map(|mode| (mode, Moment::new(now, now))),
            person: None,
            flash: None,
            assets: Assets::paths(),
        }
    }

    /// Whether this is the era of the tutorial.
    pub(super) fn is_classic(&self) -> bool {
        self.edition == Edition::Classic
    }

    /// The address of a page over the control API, for the same tenant.
    pub(super) fn emulator(&self, path: &str) -> String {
        let tenant = self.asked_tenant.as_deref().unwrap_or_default();
        link(
            &format!("{}{path}", emulator::PATH),
            &[(TENANT_PARAMETER, tenant)],
        )
    }

    /// The CSRF token of the session; empty where nobody is signed in.
    pub(super) fn csrf(&self) -> &str {
        self.person.as_ref().map_or("", |person| &person.csrf)
    }

    /// The version of the emulator.
    pub(super) fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// The first letters of the first and the last word.
pub(super) fn initials(name: &str) -> String {
    let mut letters = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    let first = letters.next();
    let initials: String = first
        .into_iter()
        .chain(letters.next_back())
        .flat_map(char::to_uppercase)
        .collect();
    if initials.is_empty() {
        "?".to_owned()
    } else {
        initials
    }
}

/// The name of a role for people: `TenantAdmin` is written `Tenant Admin`. A custom role is written as it is.
pub(super) fn role_title(name: &str, kind: RoleType) -> String {
    if kind == RoleType::Custom {
        return name.to_owned();
    }
    let mut title = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_uppercase() && !title.is_empty() {
            title.push(' ');
        }
        title.push(letter);
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        for (name, expected) in [
            ("Alex Admin", "AA"),
            ("Uma", "U"),
            ("Jean van der Berg", "JB"),
            ("émile (zola)", "ÉZ"),
            (" ", "?"),
            ("<b>", "B"),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn built_in_roles_are_written_in_words() {
        assert_eq!(
            role_title("AutomlDeploymentContributor", RoleType::Default),
            "Automl Deployment Contributor"
        );
        assert_eq!(role_title("KeyHolders", RoleType::Custom), "KeyHolders");
    }
}
