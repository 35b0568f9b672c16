//! `/_mock/clock`: the tenant's time.

use serde_json::{Value, json};

use crate::api::error::ApiError;
use crate::api::extract::{InTenant, JsonBody};
use crate::api::json::Json;
use crate::domain::clock::{Adjustment, Clock, OutOfCalendar, wire};
use crate::domain::document::{self, Faults, Fields, boolean, instant, text};
use crate::domain::duration::RelativeTime;
use crate::domain::error::{DomainError, Fault};

/// `GET /_mock/clock`.
pub(super) async fn show(InTenant(tenant): InTenant) -> Json<Value> {
    Json(face(tenant.clock()))
}

/// `PUT /_mock/clock`: `now`, `advance`, `frozen` and `rate`, in this order; each may be missing.
pub(super) async fn change(
    InTenant(tenant): InTenant,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, ApiError> {
    let adjustment = adjustment(&body)?;
    tenant.clock().adjust(&adjustment).map_err(|OutOfCalendar| {
        let place = if adjustment.advance.is_some() {
            "/advance"
        } else {
            "/now"
        };
        DomainError::invalid(Fault::at(place, "Leads out of the years 1970 to 9999."))
    })?;
    Ok(Json(face(tenant.clock())))
}

fn face(clock: &Clock) -> Value {
    json!({ "now": wire(clock.now()), "mode": clock.mode().as_str(), "rate": clock.rate() })
}

/// As many seconds as a day has, each second.
const FASTEST: f64 = 86_400.0;

fn adjustment(body: &Value) -> Result<Adjustment, DomainError> {
    let faults = Faults::default();
    let mut fields = Fields::open(&faults, "", body);
    let adjustment = Adjustment {
        now: fields.optional("now", &instant),
        advance: fields.optional("advance", &|value| {
            text(value)?.parse::<RelativeTime>().map_err(document::sentence)
        }),
        frozen: fields.optional("frozen", &boolean),
        rate: fields.optional("rate", &|value| {
            let rate = value.as_f64().filter(|rate| (0.001..=FASTEST).contains(rate));
            rate.ok_or_else(|| format!("Must be a number from 0.001 to {FASTEST}; 1 is the machine's pace."))
        }),
    };
    if adjustment.frozen == Some(true) && adjustment.rate.is_some() {
        fields.fault("rate", "A clock that stands still has no rate.");
    }
    fields.refuse_unknown();
    faults.verdict(Some(adjustment))
}
