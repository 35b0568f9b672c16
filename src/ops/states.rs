//! A tenant's state as a whole: reset it, keep it under a name, put it back, write it down, plant another.
//!
//! The state is one value, so none of these can forget a part of it.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use serde_json::Value;

use super::{TenantHandle, faults, journal, rate_limits};
use crate::domain::clock::{ClockPosition, Timestamp};
use crate::domain::error::{DomainError, Fault, Resource};
use crate::domain::seed::{self, Surroundings};
use crate::domain::tenant::Tenant;

/// The most snapshots that a tenant keeps. Our choice.
pub const MOST_SNAPSHOTS: usize = 100;

/// A state under a name, with the clock as it stood.
#[derive(Debug)]
pub struct Snapshot {
    tenant: Tenant,
    clock: Option<ClockPosition>,
    saved_at: Timestamp,
}

pub(super) type Snapshots = BTreeMap<String, Snapshot>;

/// What a list says about a snapshot.
#[derive(Clone, Debug)]
pub struct SnapshotSummary {
    /// The name.
    pub name: String,
    /// When it was saved, on the tenant's clock.
    pub saved_at: Timestamp,
    /// How many users it has, the deleted included.
    pub users: usize,
    /// How many API keys it has.
    pub api_keys: usize,
}

/// What a reset leads back to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ResetTo {
    /// The state after the start.
    Seed,
    /// The tenant with nobody in it.
    Empty,
}

/// Makes the tenant what it was after the start: clock and chance included, rate limits off, without
/// faults, the journal empty. Snapshots stay.
pub fn reset(handle: &TenantHandle, to: ResetTo) {
    let tenant = match to {
        ResetTo::Seed => handle.initial.clone(),
        ResetTo::Empty => handle.initial.emptied(),
    };
    let mut state = handle.write();
    *state = tenant;
    handle.clock.reset();
    rate_limits::reset(handle);
    faults::reset(handle);
    journal::reset(handle);
    handle.entropy.reset();
}

/// Keeps the present state under a name, in the place of an older one.
///
/// # Errors
/// When the name is none, or there are as many snapshots as there may be.
pub fn save(handle: &TenantHandle, name: &str) -> Result<SnapshotSummary, DomainError> {
    let snapshot = {
        let tenant = handle.read();
        Snapshot {
            tenant: tenant.clone(),
            clock: Some(handle.clock.position()),
            saved_at: handle.clock.now(),
        }
    };
    keep(handle, name, snapshot)
}

/// Keeps a written state under a name. It does not move the clock when it is put back.
///
/// # Errors
/// Everything that is wrong with it; besides, as for [`save`].
pub fn import(handle: &TenantHandle, name: &str, document: &Value) -> Result<SnapshotSummary, DomainError> {
    let tenant = parse(handle, document)?;
    keep(
        handle,
        name,
        Snapshot {
            tenant,
            clock: None,
            saved_at: handle.clock.now(),
        },
    )
}

fn keep(handle: &TenantHandle, name: &str, snapshot: Snapshot) -> Result<SnapshotSummary, DomainError> {
    let fits = (1..=64).contains(&name.len())
        && !name.starts_with('.')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !fits {
        let sentence =
            "Must be 1 to 64 characters of A-Z a-z 0-9 - _ and full stop, and not begin with a full stop.";
        return Err(DomainError::invalid(Fault::in_parameter("name", sentence)));
    }
    let mut snapshots = lock(handle);
    if snapshots.len() >= MOST_SNAPSHOTS && !snapshots.contains_key(name) {
        let sentence = format!("The maximum of {MOST_SNAPSHOTS} snapshots is reached. Delete one first.");
        return Err(DomainError::invalid(Fault::in_parameter("name", sentence)));
    }
    let summary = summary(name, &snapshot);
    snapshots.insert(name.to_owned(), snapshot);
    Ok(summary)
}

/// Puts a state back, with the clock as it stood.
///
/// # Errors
/// When there is none of that name.
pub fn restore(handle: &TenantHandle, name: &str) -> Result<(), DomainError> {
    let (tenant, clock) = {
        let snapshots = lock(handle);
        let snapshot = snapshots
            .get(name)
            .ok_or(DomainError::NotFound(Resource::Snapshot))?;
        (snapshot.tenant.clone(), snapshot.clock)
    };
    let mut state = handle.write();
    *state = tenant;
    if let Some(position) = clock {
        handle.clock.restore(position);
    }
    Ok(())
}

/// All snapshots, by name.
pub fn list(handle: &TenantHandle) -> Vec<SnapshotSummary> {
    lock(handle)
        .iter()
        .map(|(name, snapshot)| summary(name, snapshot))
        .collect()
}

/// Forgets a snapshot.
///
/// # Errors
/// When there is none of that name.
pub fn forget(handle: &TenantHandle, name: &str) -> Result<(), DomainError> {
    lock(handle)
        .remove(name)
        .map(drop)
        .ok_or(DomainError::NotFound(Resource::Snapshot))
}

/// Writes a snapshot down.
///
/// # Errors
/// When there is none of that name.
pub fn export_snapshot(handle: &TenantHandle, name: &str) -> Result<Value, DomainError> {
    let snapshots = lock(handle);
    let snapshot = snapshots
        .get(name)
        .ok_or(DomainError::NotFound(Resource::Snapshot))?;
    Ok(seed::harvest(&snapshot.tenant))
}

/// Writes the present state down.
pub fn export(handle: &TenantHandle) -> Value {
    seed::harvest(&handle.read())
}

/// Plants another seed in the place of the present state.
///
/// # Errors
/// Everything that is wrong with it; nothing has changed then.
pub fn plant(handle: &TenantHandle, document: &Value) -> Result<(), DomainError> {
    let tenant = parse(handle, document)?;
    *handle.write() = tenant;
    Ok(())
}

/// Reads a seed without planting it.
///
/// # Errors
/// Everything that is wrong with it.
pub fn check(handle: &TenantHandle, document: &Value) -> Result<(), DomainError> {
    parse(handle, document).map(drop)
}

fn parse(handle: &TenantHandle, document: &Value) -> Result<Tenant, DomainError> {
    let surroundings = Surroundings {
        edition: None,
        now: handle.clock.now(),
        entropy: &handle.entropy,
        identity: handle.identity.as_ref(),
    };
    seed::plant(document, surroundings).map_err(DomainError::Invalid)
}

fn summary(name: &str, snapshot: &Snapshot) -> SnapshotSummary {
    SnapshotSummary {
        name: name.to_owned(),
        saved_at: snapshot.saved_at,
        users: snapshot.tenant.users().total(),
        api_keys: snapshot.tenant.api_keys().total(),
    }
}

fn lock(handle: &TenantHandle) -> MutexGuard<'_, Snapshots> {
    handle.snapshots.lock().unwrap_or_else(PoisonError::into_inner)
}
