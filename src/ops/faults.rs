//! The faults that a test has injected into a tenant.

use super::TenantHandle;
use super::seldom::MayBeIdle;
use crate::domain::error::{self, DomainError, Resource};
use crate::domain::fault::{Decision, Fault, FaultId, FaultRule, FaultTable, FaultTarget, RequestFacts};
use crate::domain::tenant::Tenant;

/// The most faults of a tenant, the spent ones included: each is asked about every request. Our choice.
pub const MOST_FAULTS: usize = 1000;

/// Adds a fault behind all others.
///
/// # Errors
/// When there are as many as there may be, or it is about a user or a key that the tenant has not got.
pub fn add(handle: &TenantHandle, rule: FaultRule) -> Result<Fault, DomainError> {
    let now = handle.clock.now();
    require_target(&handle.read(), &rule.target)?;
    let mut table = handle.faults.write();
    if table.list().len() >= MOST_FAULTS {
        let sentence =
            format!("The maximum of {MOST_FAULTS} faults is reached. Delete those that are spent.");
        return Err(DomainError::invalid(error::Fault::of_request(sentence)));
    }
    Ok(table.add(rule, now))
}

/// Nobody sends a request as a user who is not there, so a fault that waits for one strikes nothing.
fn require_target(tenant: &Tenant, target: &FaultTarget) -> Result<(), DomainError> {
    let mut missing = Vec::new();
    if target
        .user
        .as_ref()
        .is_some_and(|id| tenant.users().present(id).is_none())
    {
        missing.push(error::Fault::at("/user", "This tenant has no user with this id."));
    }
    if target
        .api_key
        .is_some_and(|id| tenant.api_keys().get(id).is_none())
    {
        missing.push(error::Fault::at(
            "/apiKey",
            "This tenant has no API key with this id.",
        ));
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(DomainError::Invalid(missing))
    }
}

/// All faults, the first added first.
pub fn list(handle: &TenantHandle) -> Vec<Fault> {
    handle.faults.read().list().to_vec()
}

/// One fault.
///
/// # Errors
/// When there is none with this id.
pub fn read(handle: &TenantHandle, id: FaultId) -> Result<Fault, DomainError> {
    handle
        .faults
        .read()
        .get(id)
        .cloned()
        .ok_or(DomainError::NotFound(Resource::Fault))
}

/// Takes a fault out.
///
/// # Errors
/// When there is none with this id.
pub fn remove(handle: &TenantHandle, id: FaultId) -> Result<(), DomainError> {
    handle
        .faults
        .write()
        .remove(id)
        .map(drop)
        .ok_or(DomainError::NotFound(Resource::Fault))
}

/// Takes all faults out.
pub fn clear(handle: &TenantHandle) {
    handle.faults.write().clear();
}

/// Takes all faults out, and lets their ids begin anew.
pub(super) fn reset(handle: &TenantHandle) {
    *handle.faults.write() = FaultTable::default();
}

/// What is to happen to a request that begins now; nothing if no fault strikes it.
pub fn decide(handle: &TenantHandle, request: &RequestFacts<'_>) -> Option<Decision> {
    if !handle.faults.is_used() {
        return None;
    }
    handle
        .faults
        .write()
        .decide(request, handle.clock.now(), &handle.entropy)
}

impl MayBeIdle for FaultTable {
    fn is_idle(&self) -> bool {
        self.list().is_empty()
    }
}
