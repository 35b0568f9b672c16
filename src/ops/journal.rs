//! What the tenant was asked.

use std::sync::{Arc, MutexGuard, PoisonError};

use super::TenantHandle;
use crate::domain::journal::{
    Criteria, Entry, Expectation, Finished, Journal, JournalSettings, Mismatch, Query, Verified,
};

/// What is found in a journal.
#[derive(Debug, Default)]
pub struct Found {
    /// The entries, oldest first.
    pub entries: Vec<Arc<Entry>>,
    /// The sequence number of the last request, found or not.
    pub last_sequence: u64,
    /// How many requests had to make room for others since the journal was cleared, or since the number that was asked
    /// for.
    pub dropped: u64,
}

/// How much the journal holds.
pub fn settings(handle: &TenantHandle) -> JournalSettings {
    **handle.journal_settings.load()
}

/// Changes how much it holds, and drops at once what is too much.
pub fn configure(handle: &TenantHandle, settings: JournalSettings) {
    let mut journal = lock(handle);
    journal.configure(settings);
    keep(handle, settings);
}

/// Adds a request that has been answered; returns its sequence number.
pub fn record(handle: &TenantHandle, finished: Finished) -> u64 {
    let mut journal = lock(handle);
    let sequence = journal.record(finished).sequence;
    let surplus = journal.take_surplus();
    drop(journal);
    drop(surplus);
    sequence
}

/// The sequence number of the last request, 0 before the first.
pub fn last_sequence(handle: &TenantHandle) -> u64 {
    lock(handle).last_sequence()
}

/// The entries that a query asks for.
pub fn find(handle: &TenantHandle, query: &Query) -> Found {
    let journal = lock(handle);
    Found {
        entries: journal.find(query),
        last_sequence: journal.last_sequence(),
        dropped: journal.dropped_since(query.since.unwrap_or_default()),
    }
}

/// The entries of a kind after a sequence number, oldest first, and the number of the last one of any kind. After a
/// reset numbers begin anew, and so do the entries.
pub fn after(handle: &TenantHandle, sequence: u64, criteria: &Criteria) -> (Vec<Arc<Entry>>, u64) {
    let journal = lock(handle);
    let last = journal.last_sequence();
    let start = if sequence > last { 0 } else { sequence };
    let fitting = journal.since(start).filter(|entry| criteria.fit(entry));
    (fitting.cloned().collect(), last)
}

/// Whether the tenant was asked what a test expects.
///
/// # Errors
/// What is not as expected, with the entries that come nearest.
pub fn verify(handle: &TenantHandle, expectation: &Expectation) -> Result<Verified, Mismatch> {
    lock(handle).verify(expectation)
}

/// Forgets all entries. Sequence numbers go on.
pub fn clear(handle: &TenantHandle) {
    lock(handle).clear();
}

/// Begins anew, with the usual settings.
pub(super) fn reset(handle: &TenantHandle) {
    let mut journal = lock(handle);
    *journal = Journal::default();
    keep(handle, journal.settings());
}

/// Keeps settings for those who read them without the journal; it is locked meanwhile.
fn keep(handle: &TenantHandle, settings: JournalSettings) {
    handle.journal_settings.store(Arc::new(settings));
}

fn lock(handle: &TenantHandle) -> MutexGuard<'_, Journal> {
    // At worst a panic leaves a size behind that is wrong, and the bound is met a little early or late.
    handle.journal.lock().unwrap_or_else(PoisonError::into_inner)
}
