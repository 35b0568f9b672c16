//! The tenant's clock.

use axum::http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Remote, RemoteError, moment};
use crate::domain::clock::{ClockMode, Timestamp, wire};
use crate::domain::duration::RelativeTime;

/// What a clock shows, and how it runs.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ClockFace {
    /// What it shows.
    #[serde(serialize_with = "moment::serialize")]
    pub now: Timestamp,
    /// How it runs.
    pub mode: ClockMode,
    /// Seconds shown for a second of the machine's; 0 while it stands still.
    pub rate: f64,
}

impl Remote {
    /// What the clock shows and how it runs.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn clock(&self) -> Result<ClockFace, RemoteError> {
        self.fetch(self.request(Method::GET, "/_mock/clock")).await
    }

    /// Shows another instant, and goes on from there as before.
    ///
    /// # Errors
    /// When the emulator cannot be reached, or the instant lies outside of the years 1970 to 9999.
    pub async fn set_clock(&self, now: Timestamp) -> Result<ClockFace, RemoteError> {
        self.change_clock(&json!({ "now": wire(now) })).await
    }

    /// Moves the clock, back if the time is negative: by a [`chrono::TimeDelta`], a [`std::time::Duration`], or what
    /// is parsed from an ISO 8601 duration such as `P30D` or `-P1M`.
    ///
    /// # Errors
    /// When the emulator cannot be reached, or the clock would leave the years 1970 to 9999.
    pub async fn advance_clock(&self, by: impl Into<RelativeTime>) -> Result<ClockFace, RemoteError> {
        self.change_clock(&json!({ "advance": by.into() })).await
    }

    /// Lets the clock stand still.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn freeze_clock(&self) -> Result<ClockFace, RemoteError> {
        self.change_clock(&json!({ "frozen": true })).await
    }

    /// Lets the clock stand still at an instant.
    ///
    /// # Errors
    /// When the emulator cannot be reached, or the instant lies outside of the years 1970 to 9999.
    pub async fn freeze_clock_at(&self, now: Timestamp) -> Result<ClockFace, RemoteError> {
        self.change_clock(&json!({ "now": wire(now), "frozen": true }))
            .await
    }

    /// Lets a clock that stands still go on from what it shows.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn resume_clock(&self) -> Result<ClockFace, RemoteError> {
        self.change_clock(&json!({ "frozen": false })).await
    }

    /// Lets the clock go on so many times as fast as the machine's, from 0.001 to 86,400.
    ///
    /// # Errors
    /// When the emulator cannot be reached, or the rate is out of bounds.
    pub async fn run_clock(&self, rate: f64) -> Result<ClockFace, RemoteError> {
        self.change_clock(&json!({ "rate": rate })).await
    }

    /// Several changes in one step, as the control API takes them: any of `now`, `advance`, `frozen` and `rate`.
    pub(crate) async fn change_clock(&self, change: &Value) -> Result<ClockFace, RemoteError> {
        self.fetch(self.request(Method::PUT, "/_mock/clock").json(change))
            .await
    }
}
