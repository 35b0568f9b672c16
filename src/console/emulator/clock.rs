//! The tenant's time: seen, set, moved, stopped.

use askama::Template;
use serde_json::Value;

use super::Operator;
use crate::console::flash::Flash;
use crate::console::form::{Field, OpenForm, Unfit};
use crate::console::moment::Moment;
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::domain::clock::{Adjustment, ClockMode, OutOfCalendar, wire};
use crate::domain::document::{self, instant};
use crate::domain::duration::RelativeTime;

/// The page.
#[derive(Debug, Template)]
#[template(path = "emulator_clock.html")]
pub(in crate::console) struct ClockPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) now: Moment,
    pub(in crate::console) mode: ClockMode,
    /// Seconds shown for a second of the machine's.
    pub(in crate::console) rate: f64,
    /// The form that sets it.
    pub(in crate::console) instant: Field,
    /// The form that moves it.
    pub(in crate::console) advance: Field,
}

impl ClockPage {
    fn new(operator: &Operator) -> Self {
        let clock = operator.tenant.clock();
        let now = clock.now();
        Self {
            shell: operator.shell(Section::Clock, "Clock"),
            now: Moment::new(now, now),
            mode: clock.mode(),
            rate: clock.rate(),
            instant: Field::holding(wire(now)),
            advance: Field::default(),
        }
    }

    pub(in crate::console) fn is_frozen(&self) -> bool {
        self.mode == ClockMode::Frozen
    }
}

/// `GET /_mock/emulator/clock`.
pub(in crate::console) async fn show(operator: Operator) -> PageResult {
    operator.show(&ClockPage::new(&operator))
}

/// Does what the button says that was pressed: `set`, `advance`, `freeze` or `resume`.
pub(in crate::console) async fn change(operator: Operator, OpenForm(form): OpenForm) -> PageResult {
    let mut page = ClockPage::new(&operator);
    let mut adjustment = Adjustment::default();
    let pressed = form.get("do").unwrap_or_default();
    let field = if pressed == "advance" {
        page.advance = Field::of(&form, "advance");
        let read = |text: &str| text.trim().parse::<RelativeTime>().map_err(document::sentence);
        adjustment.advance = page.advance.check(read);
        &mut page.advance
    } else {
        if pressed == "set" {
            page.instant = Field::of(&form, "instant");
            let read = |text: &str| instant(&Value::String(text.trim().to_owned()));
            adjustment.now = page.instant.check(read);
        }
        &mut page.instant
    };
    adjustment.frozen = match pressed {
        "freeze" => Some(true),
        "resume" => Some(false),
        _ => None,
    };
    if field.error.is_none()
        && let Err(OutOfCalendar) = operator.tenant.clock().adjust(&adjustment)
    {
        field.refuse("Leads out of the years 1970 to 9999.");
    }
    if field.error.is_some() {
        return operator.show_with(Unfit::by_field().status, &page);
    }
    Ok(operator.done(Flash::ClockChanged, "/clock"))
}
