//! Whether a caller has sent too many requests, where a test has switched the limits on.

use std::sync::{PoisonError, RwLockReadGuard, RwLockWriteGuard};

use super::{Context, TenantHandle};
use crate::domain::limiter::{Allowance, Limited, RateLimitSettings, RateLimiter};

/// How strict the limits are.
pub fn settings(handle: &TenantHandle) -> RateLimitSettings {
    *look(handle).settings()
}

/// Changes how strict the limits are. Counting begins anew.
pub fn configure(handle: &TenantHandle, settings: RateLimitSettings) {
    *change(handle) = RateLimiter::new(settings);
}

/// Switches the limits off and forgets what was counted.
pub(super) fn reset(handle: &TenantHandle) {
    *change(handle) = RateLimiter::default();
}

/// Counts a request of the caller, or turns it away. Limits are published for users, so an external client has none.
///
/// # Errors
/// Whose limit is reached, and for how long.
pub fn admit(context: &Context, allowance: Allowance) -> Result<(), Limited> {
    let handle = &context.tenant;
    let Some(user) = context.caller.user_id() else {
        return Ok(());
    };
    if !settings(handle).enabled() {
        return Ok(());
    }
    // Counted before the limiter is locked: no two locks are held at once.
    let users = handle.read().users().count_present();
    change(handle).check(allowance, user, users, context.now)
}

fn look(handle: &TenantHandle) -> RwLockReadGuard<'_, RateLimiter> {
    handle.limiter.read().unwrap_or_else(PoisonError::into_inner)
}

fn change(handle: &TenantHandle) -> RwLockWriteGuard<'_, RateLimiter> {
    // Counts that a panic left behind do no harm.
    handle.limiter.write().unwrap_or_else(PoisonError::into_inner)
}
