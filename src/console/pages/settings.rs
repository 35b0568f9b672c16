//! Management console, Settings: what the tenant lets its users do with API keys, and what it does with groups.

use askama::Template;
use axum::response::Redirect;
use serde_json::{Value, json};

use crate::api::error::ApiError;
use crate::console::flash::Flash;
use crate::console::form::{Field, SessionForm, Unfit};
use crate::console::lifetime::{LifetimeFields, UNITS, Unit};
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Visitor, done};
use crate::domain::document::whole_number;
use crate::domain::policy::Action;
use crate::domain::settings::ApiKeySettings;
use crate::ops::api_keys::{self, ConfigChange};
use crate::ops::groups::{self, SettingsChange};
use crate::ops::tenants;

/// Where the page is.
pub(super) const PATH: &str = "/console/settings";

/// The page.
#[derive(Debug, Template)]
#[template(path = "settings.html")]
pub(in crate::console) struct SettingsPage {
    pub(in crate::console) shell: Shell,
    /// The settings in force.
    pub(in crate::console) settings: ApiKeySettings,
    /// The form of the maximum token expiration.
    pub(in crate::console) lifetime: LifetimeFields,
    /// The form of the maximum of active keys.
    pub(in crate::console) per_user: Field,
    /// Whether groups are created when users of them sign in.
    pub(in crate::console) creates_groups: bool,
    /// What belongs to no field.
    pub(in crate::console) problems: Vec<String>,
    /// The tenant's id.
    pub(in crate::console) tenant_id: String,
    /// The tenant's host names.
    pub(in crate::console) hostnames: Vec<String>,
    /// Where the tenant is.
    pub(in crate::console) region: String,
}

impl SettingsPage {
    fn new(visitor: &Visitor) -> Result<Self, ApiError> {
        visitor.require(Action::UpdateApiKeysConfig)?;
        let id = tenants::me(&visitor.context)?;
        let settings = api_keys::read_config(&visitor.context, id.as_str())?.settings;
        let profile = tenants::read(&visitor.context, id.as_str())?.profile;
        Ok(Self {
            shell: Shell::new(visitor, Section::Settings, "Settings"),
            lifetime: LifetimeFields::holding(&settings.max_expiry),
            per_user: Field::holding(settings.max_keys_per_user.to_string()),
            settings,
            creates_groups: groups::read_settings(&visitor.context)?
                .settings
                .auto_create_groups,
            problems: Vec::new(),
            tenant_id: profile.id.to_string(),
            hostnames: profile.hostnames,
            region: profile.region,
        })
    }

    pub(in crate::console) fn units(&self) -> &'static [Unit] {
        &UNITS
    }

    pub(in crate::console) fn most_per_user(&self) -> u16 {
        ApiKeySettings::MOST_KEYS_PER_USER
    }
}

/// `GET /console/settings`.
pub(in crate::console) async fn show(visitor: Visitor) -> PageResult {
    visitor.show(&SettingsPage::new(&visitor)?)
}

/// `GET` of a path that only takes forms: a browser gets there by reloading a form with a fault.
pub(in crate::console) async fn back() -> Redirect {
    Redirect::to(PATH)
}

/// Switches API keys on or off.
pub(in crate::console) async fn switch(SessionForm { visitor, values }: SessionForm) -> PageResult {
    let mut page = SettingsPage::new(&visitor)?;
    if !page.shell.is_classic() {
        page.problems
            .push("This edition has no switch: API keys are always on.".to_owned());
        return visitor.show_with(Unfit::by_field().status, &page);
    }
    let enabled = values.get("enabled") == Some("true");
    change(&visitor, ConfigChange::Enabled(enabled))?;
    Ok(done(
        if enabled {
            Flash::KeysSwitchedOn
        } else {
            Flash::KeysSwitchedOff
        },
        PATH,
    ))
}

/// Changes the maximum token expiration.
pub(in crate::console) async fn maximum_expiration(
    SessionForm { visitor, values }: SessionForm,
) -> PageResult {
    let mut page = SettingsPage::new(&visitor)?;
    page.lifetime = LifetimeFields::of(&values);
    let Some(lifetime) = page.lifetime.read() else {
        return visitor.show_with(Unfit::by_field().status, &page);
    };
    change(&visitor, ConfigChange::MaxExpiry(lifetime))?;
    Ok(done(Flash::MaximumExpirationSaved, PATH))
}

/// Changes the maximum of active API keys per user.
pub(in crate::console) async fn maximum_per_user(SessionForm { visitor, values }: SessionForm) -> PageResult {
    let mut page = SettingsPage::new(&visitor)?;
    page.per_user = Field::of(&values, "maximum");
    let bounds = whole_number(0, ApiKeySettings::MOST_KEYS_PER_USER);
    let number = |text: &str| {
        bounds(
            &text
                .trim()
                .parse::<u64>()
                .map_or(Value::Null, |number| json!(number)),
        )
    };
    let Some(maximum) = page.per_user.check(number) else {
        return visitor.show_with(Unfit::by_field().status, &page);
    };
    change(&visitor, ConfigChange::MaxKeysPerUser(maximum))?;
    Ok(done(Flash::MaximumPerUserSaved, PATH))
}

/// Switches the automatic creation of groups on or off.
pub(in crate::console) async fn switch_group_creation(
    SessionForm { visitor, values }: SessionForm,
) -> PageResult {
    let on = values.get("enabled") == Some("true");
    groups::update_settings(&visitor.context, vec![SettingsChange::AutoCreateGroups(on)])?;
    let flash = if on {
        Flash::GroupCreationOn
    } else {
        Flash::GroupCreationOff
    };
    Ok(done(flash, PATH))
}

fn change(visitor: &Visitor, change: ConfigChange) -> Result<(), ApiError> {
    let id = tenants::me(&visitor.context)?;
    Ok(api_keys::update_config(
        &visitor.context,
        id.as_str(),
        vec![change],
    )?)
}
