//! Whether a caller has sent too many requests, where a test has switched the limits on.

use super::seldom::MayBeIdle;
use super::{Context, TenantHandle};
use crate::domain::limiter::{Allowance, Limited, RateLimitSettings, RateLimiter};

/// How strict the limits are.
pub fn settings(handle: &TenantHandle) -> RateLimitSettings {
    *handle.limiter.read().settings()
}

/// Changes how strict the limits are. Counting begins anew.
pub fn configure(handle: &TenantHandle, settings: RateLimitSettings) {
    *handle.limiter.write() = RateLimiter::new(settings);
}

/// Switches the limits off and forgets what was counted.
pub(super) fn reset(handle: &TenantHandle) {
    *handle.limiter.write() = RateLimiter::default();
}

/// Counts a request of the caller, or turns it away. Limits are published for users, so an external client has none.
///
/// # Errors
/// Whose limit is reached, and for how long.
pub fn admit(context: &Context, allowance: Allowance) -> Result<(), Limited> {
    let handle = &context.tenant;
    if !handle.limiter.is_used() {
        return Ok(());
    }
    let Some(user) = context.caller.user_id() else {
        return Ok(());
    };
    // Counted before the limiter is locked: no two locks are held at once.
    let users = handle.read().users().count_present();
    handle.limiter.write().check(allowance, user, users, context.now)
}

impl MayBeIdle for RateLimiter {
    fn is_idle(&self) -> bool {
        !self.settings().enabled()
    }
}
