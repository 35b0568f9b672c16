//! What hardly any tenant uses, and every request has to look at: whether it is in use is seen without a lock.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// What may do nothing at all.
pub(super) trait MayBeIdle {
    /// Whether it does nothing.
    fn is_idle(&self) -> bool;
}

/// Something that does nothing in most tenants.
#[derive(Debug, Default)]
pub(super) struct Seldom<T> {
    is_used: AtomicBool,
    inside: RwLock<T>,
}

impl<T: MayBeIdle> Seldom<T> {
    /// Whether it does anything. Whoever changes it is done when this has changed.
    pub(super) fn is_used(&self) -> bool {
        self.is_used.load(Ordering::Acquire)
    }

    /// Looks at it.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, T> {
        // Counts and lists that a panic left behind do no harm.
        self.inside.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes it.
    pub(super) fn write(&self) -> SeldomGuard<'_, T> {
        SeldomGuard {
            is_used: &self.is_used,
            inside: self.inside.write().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// Something that is being changed.
pub(super) struct SeldomGuard<'s, T: MayBeIdle> {
    is_used: &'s AtomicBool,
    inside: RwLockWriteGuard<'s, T>,
}

impl<T: MayBeIdle> Deref for SeldomGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inside
    }
}

impl<T: MayBeIdle> DerefMut for SeldomGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inside
    }
}

impl<T: MayBeIdle> Drop for SeldomGuard<'_, T> {
    fn drop(&mut self) {
        self.is_used.store(!self.inside.is_idle(), Ordering::Release);
    }
}
