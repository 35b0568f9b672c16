//! Profile settings, API keys: the visitor's own.

use askama::Template;

use super::api_keys::{KeyRow, USUAL_ORDER, cursor, list};
use crate::api::error::ApiError;
use crate::api::extract::Parameters;
use crate::console::page::PageResult;
use crate::console::pager::Pager;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;
use crate::domain::error::Denial;
use crate::domain::page::Limit;
use crate::domain::policy::{Action, Target};
use crate::domain::settings::Edition;
use crate::ops::api_keys::{self, ListApiKeys};
use crate::ops::users;

/// Where the page is.
pub(super) const PATH: &str = "/profile/api-keys";

/// The page.
#[derive(Debug, Template)]
#[template(path = "own_keys.html")]
pub(in crate::console) struct OwnKeysPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) rows: Vec<KeyRow>,
    pub(in crate::console) pager: Pager,
    pub(in crate::console) allowance: AllowanceView,
    /// Whether keys can be described anew and deleted.
    pub(in crate::console) can_change: bool,
}

/// What stands between the visitor and a new key, for people.
#[derive(Clone, Debug)]
pub(in crate::console) struct AllowanceView {
    pub(in crate::console) obstacles: Vec<Obstacle>,
    /// How many active keys the visitor has.
    pub(in crate::console) active: usize,
    /// How many there may be.
    pub(in crate::console) maximum: u16,
    /// The longest life of a key, in words.
    pub(in crate::console) longest: String,
}

impl AllowanceView {
    /// What stands between the visitor and a new key.
    pub(in crate::console) fn of(visitor: &Visitor) -> Result<Self, ApiError> {
        let allowance = api_keys::allowance(&visitor.context)?;
        let edition = visitor.context.tenant.read().edition();
        let is_admin = visitor
            .context
            .may(Action::UpdateApiKeysConfig, Target::Other)
            .is_ok();
        let obstacle = |denial: &Denial| Obstacle::new(*denial, edition, is_admin);
        Ok(Self {
            obstacles: allowance.obstacles.iter().map(obstacle).collect(),
            active: allowance.active,
            maximum: allowance.settings.max_keys_per_user,
            longest: allowance.settings.max_expiry.in_words(),
        })
    }
}

/// Something that stands in the way of a new key.
#[derive(Clone, Debug)]
pub(in crate::console) struct Obstacle {
    /// For scripts.
    pub(in crate::console) slug: &'static str,
    pub(in crate::console) title: &'static str,
    /// What helps.
    pub(in crate::console) help: String,
    /// Where the visitor can do it, as a path and its label.
    pub(in crate::console) link: Option<(&'static str, &'static str)>,
}

impl Obstacle {
    /// The denial in the words of the screens of this edition.
    pub(in crate::console) fn new(denial: Denial, edition: Edition, is_admin: bool) -> Self {
        let (title, help, link) = match (denial, edition) {
            (Denial::KeysSwitchedOff, _) => (
                "API keys are switched off in this tenant",
                "A tenant admin switches them on in the Management Console: Settings, section API keys, Enable API \
                 keys."
                    .to_owned(),
                Some((super::settings::PATH, "Open Settings")),
            ),
            (Denial::MayNotHoldKeys, Edition::Classic) => (
                "You don’t have the role Developer",
                "A tenant admin assigns it in the Management Console: Users, Edit roles, Developer, Save. A tenant \
                 admin who wants API keys needs it, too."
                    .to_owned(),
                Some((super::users::PATH, "Open Users")),
            ),
            (Denial::MayNotHoldKeys, Edition::Current) => (
                "You don’t have the permission Manage API keys",
                "A tenant admin allows it under Administration, Permissions: in User Default for everybody, or in a \
                 custom role that is then assigned to you."
                    .to_owned(),
                Some((super::roles::PATH, "Open Permissions")),
            ),
            (Denial::KeyLimitReached { maximum }, _) => (
                "You have reached the maximum of active API keys",
                format!(
                    "This tenant allows {maximum} for each user. Delete one that you no longer need, wait until one \
                     expires, or ask a tenant admin for a higher maximum."
                ),
                Some((super::settings::PATH, "Open Settings")),
            ),
            (other, _) => ("API keys are out of reach", other.to_string(), None),
        };
        Self {
            slug: denial.slug(),
            title,
            help,
            link: link.filter(|_| is_admin),
        }
    }
}

/// `GET /profile/api-keys`: the cursors `after` and `before`.
pub(in crate::console) async fn show(visitor: Visitor, parameters: Parameters) -> PageResult {
    let own = users::me(&visitor.context)?;
    let query = ListApiKeys {
        created_by: None,
        sub: Some(own.to_string()),
        status: None,
        search: None,
        sort: USUAL_ORDER,
        limit: Limit::default(),
        cursor: cursor(&parameters),
        with_total: true,
    };
    let page = list(&visitor, query)?;
    let page = OwnKeysPage {
        shell: Shell::new(&visitor, Section::OwnApiKeys, "API keys"),
        pager: Pager::new(
            PATH,
            &[],
            (page.keys.len(), page.total.unwrap_or_default()),
            page.previous.map(|id| ("before", id.to_string())),
            page.next.map(|id| ("after", id.to_string())),
        ),
        rows: page
            .keys
            .into_iter()
            .map(|key| KeyRow::new(&visitor, key))
            .collect(),
        allowance: AllowanceView::of(&visitor)?,
        can_change: visitor.context.may(Action::UpdateApiKey, Target::Own).is_ok(),
    };
    visitor.show(&page)
}
