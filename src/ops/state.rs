//! Changes of a tenant's state, and what follows from each.

use std::ops::{Deref, DerefMut};
use std::sync::RwLockWriteGuard;
use std::sync::atomic::{AtomicBool, Ordering};

use super::TenantHandle;
use crate::domain::tenant::{Tenant, TenantStatus};

/// What every request asks of the state, to be seen without a lock.
#[derive(Debug)]
pub(super) struct Notice {
    restricts_addresses: AtomicBool,
    is_open: AtomicBool,
}

impl Notice {
    /// What is so in a state.
    pub(super) fn of(state: &Tenant) -> Self {
        Self {
            restricts_addresses: AtomicBool::new(restricts_addresses(state)),
            is_open: AtomicBool::new(is_open(state)),
        }
    }

    fn renew(&self, state: &Tenant) {
        self.restricts_addresses
            .store(restricts_addresses(state), Ordering::Release);
        self.is_open.store(is_open(state), Ordering::Release);
    }

    /// Whether an IP policy may leave somebody out.
    pub(super) fn restricts_addresses(&self) -> bool {
        self.restricts_addresses.load(Ordering::Acquire)
    }

    /// Whether the tenant is not deactivated.
    pub(super) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }
}

fn restricts_addresses(state: &Tenant) -> bool {
    state.web().restricts_addresses()
}

fn is_open(state: &Tenant) -> bool {
    match state.profile().status {
        TenantStatus::Active => true,
        TenantStatus::Disabled => false,
    }
}

/// The state of a tenant, to be changed. Whatever changes it, what follows from it holds before
/// the lock is given back: its host names and its notice.
pub struct StateGuard<'h> {
    pub(super) handle: &'h TenantHandle,
    pub(super) state: RwLockWriteGuard<'h, Tenant>,
}

impl Deref for StateGuard<'_> {
    type Target = Tenant;

    fn deref(&self) -> &Tenant {
        &self.state
    }
}

impl DerefMut for StateGuard<'_> {
    fn deref_mut(&mut self) -> &mut Tenant {
        &mut self.state
    }
}

impl Drop for StateGuard<'_> {
    fn drop(&mut self) {
        self.handle.notice.renew(&self.state);
        self.handle.renew_hostnames(&self.state.profile().hostnames);
    }
}
