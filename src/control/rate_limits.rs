//! `/_mock/rate-limits`: whether the tenant enforces the published limits, and how strictly.

use serde_json::Value;

use crate::api::error::ApiError;
use crate::api::extract::{InTenant, JsonBody};
use crate::api::json::Json;
use crate::domain::limiter::RateLimitSettings;
use crate::ops::rate_limits;

/// `GET /_mock/rate-limits`.
pub(super) async fn show(InTenant(tenant): InTenant) -> Json<Value> {
    Json(rate_limits::settings(&tenant).to_json())
}

/// `PUT /_mock/rate-limits`: `enabled`, and `scale` and `window` unless they are to be as published. Counting begins
/// anew.
pub(super) async fn change(
    InTenant(tenant): InTenant,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, ApiError> {
    let settings = RateLimitSettings::read(&body)?;
    rate_limits::configure(&tenant, settings);
    Ok(Json(settings.to_json()))
}
