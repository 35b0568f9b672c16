//! Generate new key: what it is called, and when it expires.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect};

use super::own_keys::AllowanceView;
use crate::api::error::ApiError;
use crate::console::form::{Field, SessionForm, Unfit};
use crate::console::lifetime::{LifetimeFields, UNITS, Unit, lifetime};
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;
use crate::domain::clock::Timestamp;
use crate::domain::duration::Iso8601Duration;
use crate::ops::api_keys::{self, CreateApiKey, NewKeySubject};

/// The choices of `Expires in`, as far as the tenant's maximum reaches. The first two are seen in the service; the
/// others are our choice.
const USUAL: [(&str, &str); 6] = [
    ("PT6H", "6 hours"),
    ("P1D", "1 day"),
    ("P7D", "7 days"),
    ("P30D", "30 days"),
    ("P90D", "90 days"),
    ("P365D", "1 year"),
];

/// The choice of a value of one's own.
const CUSTOM: &str = "custom";

/// The dialog.
#[derive(Debug, Template)]
#[template(path = "generate.html")]
pub(in crate::console) struct GeneratePage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) allowance: AllowanceView,
    pub(in crate::console) description: Field,
    /// The chosen duration, or `custom`.
    pub(in crate::console) expires: Field,
    pub(in crate::console) choices: Vec<Choice>,
    /// The value of one's own.
    pub(in crate::console) custom: LifetimeFields,
    pub(in crate::console) problems: Vec<String>,
}

/// A choice of `Expires in`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::console) struct Choice {
    pub(in crate::console) value: String,
    pub(in crate::console) label: String,
}

impl GeneratePage {
    fn new(visitor: &Visitor) -> Result<Self, ApiError> {
        let settings = api_keys::allowance(&visitor.context)?.settings;
        let choices = choices(&settings.max_expiry, visitor.context.now);
        let first = choices.first().map_or(CUSTOM, |choice| &choice.value).to_owned();
        Ok(Self {
            shell: Shell::new(visitor, Section::OwnApiKeys, "Generate new key"),
            allowance: AllowanceView::of(visitor)?,
            description: Field::default(),
            expires: Field::holding(first),
            choices,
            custom: LifetimeFields::empty(),
            problems: Vec::new(),
        })
    }

    pub(in crate::console) fn units(&self) -> &'static [Unit] {
        &UNITS
    }

    /// Whether a value of one's own is chosen.
    pub(in crate::console) fn is_custom(&self) -> bool {
        self.expires.value == CUSTOM
    }

    /// The chosen lifetime, or none and the reason beside its field.
    fn lifetime(&mut self) -> Option<Iso8601Duration> {
        if self.is_custom() {
            self.custom.read()
        } else {
            self.expires.check(lifetime)
        }
    }

    /// The field in which the lifetime was chosen.
    fn decisive(&mut self) -> &mut Field {
        if self.is_custom() {
            self.custom.decisive()
        } else {
            &mut self.expires
        }
    }
}

/// The usual choices within the maximum, and the maximum itself.
fn choices(maximum: &Iso8601Duration, now: Timestamp) -> Vec<Choice> {
    // A maximum that leads out of the calendar is above every choice.
    let latest = maximum.after(now);
    let within = |end: Option<Timestamp>| latest.is_none_or(|latest| end.is_some_and(|end| end <= latest));
    let mut choices = Vec::new();
    let mut has_maximum = latest.is_none();
    for (value, label) in USUAL {
        let end = value
            .parse::<Iso8601Duration>()
            .ok()
            .and_then(|duration| duration.after(now));
        if within(end) {
            has_maximum |= end == latest;
            choices.push(Choice {
                value: value.to_owned(),
                label: label.to_owned(),
            });
        }
    }
    if !has_maximum {
        choices.push(Choice {
            value: maximum.to_string(),
            label: maximum.in_words(),
        });
    }
    choices
}

/// `GET /profile/api-keys/generate`.
pub(in crate::console) async fn ask(visitor: Visitor) -> PageResult {
    visitor.show(&GeneratePage::new(&visitor)?)
}

/// Makes the key, and leads to the page that shows it once.
pub(in crate::console) async fn generate(SessionForm { visitor, values }: SessionForm) -> PageResult {
    let mut page = GeneratePage::new(&visitor)?;
    page.description = Field::of(&values, "description");
    page.expires = Field::of(&values, "expires");
    page.custom = LifetimeFields::of(&values);
    let (description, lifetime) = (page.description.filled(), page.lifetime());
    let (Some(description), Some(lifetime)) = (description, lifetime) else {
        return visitor.show_with(Unfit::by_field().status, &page);
    };
    let command = CreateApiKey {
        description,
        expiry: Some(lifetime),
        subject: NewKeySubject::Caller,
    };
    match api_keys::create_to_show(&visitor.context, command) {
        Ok(view) => Ok(Redirect::to(&super::shown::path(&view.key)).into_response()),
        Err(error) => {
            let mut description = std::mem::take(&mut page.description);
            let fields = &mut [("/description", &mut description), ("/expiry", page.decisive())];
            let unfit = Unfit::from(error, fields)?;
            page.description = description;
            // What the page says about the rules may be what has just changed.
            page.allowance = AllowanceView::of(&visitor)?;
            page.problems = if page.allowance.obstacles.is_empty() {
                unfit.sentences
            } else {
                Vec::new()
            };
            visitor.show_with(unfit.status, &page)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(maximum: &str) -> Vec<String> {
        let choices = choices(&maximum.parse().unwrap(), Timestamp::UNIX_EPOCH);
        choices.into_iter().map(|choice| choice.label).collect()
    }

    #[test]
    fn the_maximum_caps_the_choices_and_is_one_of_them() {
        assert_eq!(labels("PT24H"), ["6 hours", "1 day"]);
        assert_eq!(labels("PT2H"), ["2 hours"]);
        assert_eq!(labels("P10D"), ["6 hours", "1 day", "7 days", "10 days"]);
        assert_eq!(labels("P365D").last().unwrap(), "1 year");
        assert_eq!(
            labels("P9999Y").len(),
            6,
            "a maximum beyond the calendar is no choice"
        );
    }
}
