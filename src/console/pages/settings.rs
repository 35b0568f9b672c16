//! Management console, Settings: what the tenant lets its users do with API keys, what it does with groups, and how
//! long its sessions last.

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
use crate::domain::settings::{ApiKeySettings, SessionSettings};
use crate::ops::api_keys::{self, ConfigChange};
use crate::ops::auth_settings::{self, AuthSettingsChange};
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
    /// After how many minutes without a request a session ends.
    pub(in crate::console) inactivity: Field,
    /// After how many minutes a session ends in any case.
    pub(in crate::console) lifespan: Field,
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
        let sessions = auth_settings::read(&visitor.context)?.settings.sessions;
        let profile = tenants::read(&visitor.context, id.as_str())?.profile;
        Ok(Self {
            shell: Shell::new(visitor, Section::Settings, "Settings"),
            lifetime: LifetimeFields::holding(&settings.max_expiry),
            per_user: Field::holding(settings.max_keys_per_user.to_string()),
            settings,
            creates_groups: groups::read_settings(&visitor.context)?
                .settings
                .auto_create_groups,
            inactivity: Field::holding(sessions.inactivity_minutes.to_string()),
            lifespan: Field::holding(sessions.lifespan_minutes.to_string()),
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

    /// The bounds of the inactivity timeout, in minutes.
    pub(in crate::console) fn inactivity_bounds(&self) -> (u16, u16) {
        SessionSettings::INACTIVITY_BOUNDS
    }

    /// The bounds of the lifespan, in minutes.
    pub(in crate::console) fn lifespan_bounds(&self) -> (u16, u16) {
        SessionSettings::LIFESPAN_BOUNDS
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
    let Some(maximum) = page.per_user.check(|text| bounds(&number(text))) else {
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

/// Changes how long sessions last.
pub(in crate::console) async fn sessions(SessionForm { visitor, values }: SessionForm) -> PageResult {
    let mut page = SettingsPage::new(&visitor)?;
    page.inactivity = Field::of(&values, "inactivity");
    page.lifespan = Field::of(&values, "lifespan");
    let inactivity = page
        .inactivity
        .check(|text| SessionSettings::inactivity(&number(text)));
    let lifespan = page
        .lifespan
        .check(|text| SessionSettings::lifespan(&number(text)));
    let Some((inactivity, lifespan)) = inactivity.zip(lifespan) else {
        return visitor.show_with(Unfit::by_field().status, &page);
    };
    let changes = vec![
        AuthSettingsChange::InactivityMinutes(inactivity),
        AuthSettingsChange::LifespanMinutes(lifespan),
    ];
    auth_settings::update(&visitor.context, changes)?;
    Ok(done(Flash::SessionsSaved, PATH))
}

/// A whole number as JSON has it; null for anything else, which no bounds take.
fn number(text: &str) -> Value {
    text.trim()
        .parse::<u64>()
        .map_or(Value::Null, |number| json!(number))
}

fn change(visitor: &Visitor, change: ConfigChange) -> Result<(), ApiError> {
    let id = tenants::me(&visitor.context)?;
    Ok(api_keys::update_config(
        &visitor.context,
        id.as_str(),
        vec![change],
    )?)
}
