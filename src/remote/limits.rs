//! The published rate limits, for tests of clients that have to obey them.

use axum::http::Method;
use serde::{Deserialize, Serialize};

use super::{Remote, RemoteError};
use crate::domain::duration::Iso8601Duration;

/// Whether a tenant enforces the published rate limits, and how strictly.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RateLimits {
    /// Whether anything is limited at all.
    pub enabled: bool,
    /// What the published limits are multiplied by: 0.01 makes 50 requests of 5000.
    pub scale: f64,
    /// How long a window is, from `PT1S` to `P1D`; five minutes if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Iso8601Duration>,
}

impl RateLimits {
    /// Nothing is limited.
    pub fn off() -> Self {
        Self {
            enabled: false,
            scale: 1.0,
            window: None,
        }
    }

    /// As published.
    pub fn published() -> Self {
        Self {
            enabled: true,
            ..Self::off()
        }
    }

    /// The published limits multiplied by this, which is more than 0 and at most 1000.
    pub fn scaled(scale: f64) -> Self {
        Self {
            scale,
            ..Self::published()
        }
    }
}

impl Remote {
    /// How strict the limits are.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn rate_limits(&self) -> Result<RateLimits, RemoteError> {
        self.fetch(self.request(Method::GET, "/_mock/rate-limits")).await
    }

    /// Changes how strict the limits are. Counting begins anew.
    ///
    /// ```
    /// # use mock_qlik_cloud::{Emulator, remote::RateLimits};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = Emulator::builder().seed("ready".parse()?).start().await?;
    /// let control = emulator.control()?;
    /// // Five requests in five minutes, instead of 5000.
    /// control.set_rate_limits(&RateLimits::scaled(0.001)).await?;
    /// let developer = control.client_for("developer@example.com").await?;
    /// let mut statuses = Vec::new();
    /// for _ in 0..6 {
    ///     statuses.push(developer.get("/api/v1/users").send().await?.status.as_u16());
    /// }
    /// assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the emulator cannot be reached, or a number is out of bounds.
    pub async fn set_rate_limits(&self, limits: &RateLimits) -> Result<RateLimits, RemoteError> {
        self.fetch(self.request(Method::PUT, "/_mock/rate-limits").json(limits))
            .await
    }
}
