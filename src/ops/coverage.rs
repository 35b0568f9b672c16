//! Which published operations were asked for since the tenant began, resets included.

use super::TenantHandle;
use crate::domain::coverage::{Class, Counts};

/// Counts a request for the operation at `place` of a contract of `operations`.
pub fn count(handle: &TenantHandle, place: usize, operations: usize, class: Class) {
    handle.coverage.count(place, operations, class);
}

/// How often the operation at `place` was asked for.
pub fn counts(handle: &TenantHandle, place: usize) -> Counts {
    handle.coverage.counts(place)
}

/// Forgets all counts.
pub fn clear(handle: &TenantHandle) {
    handle.coverage.clear();
}
