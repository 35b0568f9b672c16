//! `/_mock/clock`: the tenant's time.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::api::error::ApiError;
use crate::api::extract::JsonBody;
use crate::domain::clock::{Clock, wire};
use crate::domain::document::{self, Faults, Fields, boolean, instant, text};
use crate::domain::duration::RelativeTime;
use crate::domain::error::DomainError;
use crate::ops::TenantHandle;

/// `GET /_mock/clock`.
pub(super) async fn show(State(tenant): State<Arc<TenantHandle>>) -> Json<Value> {
    Json(face(tenant.clock()))
}

/// `PUT /_mock/clock`: `now`, `advance`, `frozen` and `rate`, in this order; each may be missing.
pub(super) async fn change(
    State(tenant): State<Arc<TenantHandle>>,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, ApiError> {
    let change = Change::read(&body, tenant.clock())?;
    change.apply(tenant.clock());
    Ok(Json(face(tenant.clock())))
}

fn face(clock: &Clock) -> Value {
    json!({ "now": wire(clock.now()), "mode": clock.mode().as_str(), "rate": clock.rate() })
}

struct Change {
    now: Option<crate::domain::clock::Timestamp>,
    advance: Option<RelativeTime>,
    frozen: Option<bool>,
    rate: Option<f64>,
}

/// As many seconds as a day has, each second.
const FASTEST: f64 = 86_400.0;

impl Change {
    fn read(body: &Value, clock: &Clock) -> Result<Self, DomainError> {
        let faults = Faults::default();
        let mut fields = Fields::open(&faults, "", body);
        let now = fields.optional("now", &instant);
        let start = now.unwrap_or_else(|| clock.now());
        let advance = fields.optional("advance", &|value| {
            let by = text(value)?.parse::<RelativeTime>().map_err(document::sentence)?;
            by.seen_from(start)
                .map(|_| by)
                .ok_or_else(|| "Leads out of the calendar.".to_owned())
        });
        let frozen = fields.optional("frozen", &boolean);
        let rate = fields.optional("rate", &|value| {
            let rate = value.as_f64().filter(|rate| (0.001..=FASTEST).contains(rate));
            rate.ok_or_else(|| format!("Must be a number from 0.001 to {FASTEST}; 1 is the machine's pace."))
        });
        if frozen == Some(true) && rate.is_some() {
            fields.fault("rate", "A clock that stands still has no rate.");
        }
        fields.refuse_unknown();
        faults.verdict(Some(Self {
            now,
            advance,
            frozen,
            rate,
        }))
    }

    fn apply(self, clock: &Clock) {
        if let Some(now) = self.now {
            clock.set(now);
        }
        if let Some(to) = self.advance.and_then(|by| by.seen_from(clock.now())) {
            clock.set(to);
        }
        match (self.frozen, self.rate) {
            (Some(true), _) => clock.freeze(),
            (_, Some(rate)) => clock.run(rate),
            (Some(false), None) => clock.resume(),
            (None, None) => {}
        }
    }
}
