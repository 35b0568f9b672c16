//! The journal: what a tenant was asked, by whom, and what it answered. Bounded by count and by bytes.
//!
//! The journal is a means of this emulator; the service has nothing like it. A secret never enters it: see
//! [`scrub`] for what is taken out, and [`Headers`] for the headers that are kept.
//!
//! A request is noted in three steps, of which only the last needs the journal itself, and so its lock:
//! [`Draft::begin`] when it begins, [`Draft::end`] when it is answered, [`Journal::record`].

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Value, json};

use super::document::{Faults, Fields};
use super::error::DomainError;

mod criteria;
mod entry;
mod expectation;
mod har;
pub mod scrub;

pub use criteria::{Criteria, Query, StatusPattern};
pub use entry::{Arrival, Body, CallerRecord, Draft, Entry, Finished, Headers, Outcome};
pub use expectation::{Expectation, Mismatch, NearMiss, Verified, Wanted};
pub use har::{Phrase, har};

/// How much a journal holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct JournalSettings {
    /// `entries`: the most requests. 0 switches the journal off.
    pub entries: usize,
    /// `bytes`: the most memory, in bytes.
    pub bytes: usize,
    /// `bodyBytes`: the most bytes of one body. 0 keeps no bodies.
    pub body_bytes: usize,
}

impl Default for JournalSettings {
    /// 10,000 requests in 8 MiB, of each body 8 KiB.
    fn default() -> Self {
        Self {
            entries: 10_000,
            bytes: 8 << 20,
            body_bytes: 8 << 10,
        }
    }
}

impl JournalSettings {
    /// Reads `{"entries": 10000, "bytes": 8388608, "bodyBytes": 8192}`; what is missing is as by default.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] with everything that is wrong.
    pub fn read(document: &Value) -> Result<Self, DomainError> {
        let faults = Faults::default();
        let default = Self::default();
        let mut fields = Fields::open(&faults, "", document);
        let settings = Self {
            entries: fields.optional("entries", &size).unwrap_or(default.entries),
            bytes: fields.optional("bytes", &size).unwrap_or(default.bytes),
            body_bytes: fields.optional("bodyBytes", &size).unwrap_or(default.body_bytes),
        };
        fields.refuse_unknown();
        faults.verdict(Some(settings))
    }

    /// The settings as [`JournalSettings::read`] takes them.
    pub fn to_json(&self) -> Value {
        json!({ "entries": self.entries, "bytes": self.bytes, "bodyBytes": self.body_bytes })
    }
}

fn size(value: &Value) -> Result<usize, String> {
    value
        .as_u64()
        .and_then(|number| usize::try_from(number).ok())
        .ok_or_else(|| "Must be a whole number, 0 or more.".to_owned())
}

/// The requests of a tenant, the newest at the end. A new journal takes the place of this one when the tenant is
/// reset.
#[derive(Debug, Default)]
pub struct Journal {
    settings: JournalSettings,
    entries: VecDeque<Arc<Entry>>,
    /// Those that have just made room. To free memory takes time, which nobody should wait for.
    surplus: Vec<Arc<Entry>>,
    /// What the entries take, without the ring itself.
    bytes_of_entries: usize,
    last_sequence: u64,
    /// The newest entry that had to make room for others; 0 if none had to.
    last_dropped: u64,
    /// The newest entry when the journal was last cleared.
    last_cleared: u64,
}

impl Journal {
    /// An empty journal.
    pub fn new(settings: JournalSettings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// How much it holds. A request reads `body_bytes` here before it makes a [`Body`].
    pub fn settings(&self) -> JournalSettings {
        self.settings
    }

    /// Changes how much it holds, and drops at once what is too much.
    pub fn configure(&mut self, settings: JournalSettings) {
        self.settings = settings;
        // As if the ring were packed already: its old size must not cost entries.
        let packed = |journal: &Self| journal.bytes_of_entries + ring_bytes(journal.entries.len());
        while self.entries.len() > settings.entries || packed(self) > settings.bytes {
            self.drop_oldest();
        }
        self.surplus = Vec::new();
        self.entries.shrink_to_fit();
    }

    /// Adds a request that has been answered, gives it its sequence number (1, 2, 3, …, in the order of the
    /// answers) and returns it. The oldest entries make room.
    pub fn record(&mut self, finished: Finished) -> Arc<Entry> {
        self.surplus.clear();
        self.last_sequence += 1;
        let entry = finished.number(self.last_sequence);
        let JournalSettings { entries, bytes, .. } = self.settings;
        // Room is made first, so that the ring does not grow for an entry that takes the place of another.
        self.trim(entries.saturating_sub(1), bytes.saturating_sub(entry.bytes()));
        self.bytes_of_entries += entry.bytes();
        self.entries.push_back(Arc::clone(&entry));
        self.trim(entries, bytes);
        entry
    }

    /// The entries that the last one took the place of, for whoever holds a lock on the journal to drop behind it.
    pub fn take_surplus(&mut self) -> Vec<Arc<Entry>> {
        std::mem::take(&mut self.surplus)
    }

    /// Forgets all entries. Sequence numbers go on, so that a number never names two requests.
    pub fn clear(&mut self) {
        self.entries = VecDeque::new();
        self.surplus = Vec::new();
        self.bytes_of_entries = 0;
        self.last_cleared = self.last_sequence;
    }

    /// How many entries it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What it takes of memory, in bytes, with what the allocator adds.
    pub fn bytes(&self) -> usize {
        self.bytes_of_entries + ring_bytes(self.entries.capacity())
    }

    /// The sequence number of the last request, 0 before the first.
    pub fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    /// How many requests after `sequence` had to make room for others, and so are missing from every answer.
    pub fn dropped_since(&self, sequence: u64) -> u64 {
        self.last_dropped.saturating_sub(sequence.max(self.last_cleared))
    }

    /// The entries after `sequence`, oldest first; 0 gives all. Takes the same time wherever they begin.
    pub fn since(&self, sequence: u64) -> impl DoubleEndedIterator<Item = &Arc<Entry>> {
        let first = self.entries.front().map_or(0, |entry| entry.sequence);
        let skipped = sequence.saturating_add(1).saturating_sub(first);
        let start = usize::try_from(skipped)
            .unwrap_or(usize::MAX)
            .min(self.entries.len());
        self.entries.range(start..)
    }

    /// The entry with this sequence number, if it is still there.
    pub fn get(&self, sequence: u64) -> Option<&Arc<Entry>> {
        self.since(sequence.checked_sub(1)?)
            .next()
            .filter(|entry| entry.sequence == sequence)
    }

    /// The entries that a query asks for, oldest first. With `since`, the first ones after it, for reading on page
    /// by page; without, the newest ones.
    pub fn find(&self, query: &Query) -> Vec<Arc<Entry>> {
        let fits = |entry: &&Arc<Entry>| query.criteria.fit(entry);
        if let Some(sequence) = query.since {
            return self
                .since(sequence)
                .filter(fits)
                .take(query.limit)
                .cloned()
                .collect();
        }
        let mut newest: Vec<_> = self
            .since(0)
            .rev()
            .filter(fits)
            .take(query.limit)
            .cloned()
            .collect();
        newest.reverse();
        newest
    }

    /// Whether what was asked is what a test expects.
    ///
    /// # Errors
    /// What is not as expected, with the entries that come nearest.
    pub fn verify(&self, expectation: &Expectation) -> Result<Verified, Mismatch> {
        let entries: Vec<_> = self.since(expectation.since).collect();
        expectation.check(&entries, self.dropped_since(expectation.since))
    }

    fn trim(&mut self, most_entries: usize, most_bytes: usize) {
        while !self.is_empty() && (self.entries.len() > most_entries || self.bytes() > most_bytes) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(oldest) = self.entries.pop_front() {
            self.bytes_of_entries -= oldest.bytes();
            self.last_dropped = oldest.sequence;
            self.surplus.push(oldest);
        }
    }
}

/// What a ring with so many places takes of memory.
fn ring_bytes(places: usize) -> usize {
    entry::allocation(places * size_of::<Arc<Entry>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Timestamp;
    use crate::domain::ids::UserId;
    use crate::domain::policy::{Caller, Credential, Identity};
    use crate::domain::secret::PresentedToken;

    /// A request of `user` in a session, with its operation and its status.
    pub(super) fn asked(
        user: &str,
        method: &str,
        path: &str,
        operation: Option<&'static str>,
        status: u16,
    ) -> Finished {
        let arrival = Arrival {
            at: Timestamp::UNIX_EPOCH,
            http_version: "HTTP/1.1",
            method,
            path,
            query: None,
            operation,
            family: None,
        };
        let caller = Caller {
            identity: Identity::User(UserId::parse(user).unwrap()),
            credential: Credential::Session(PresentedToken::new("cookie").digest()),
        };
        let outcome = Outcome {
            caller: Some(CallerRecord::from(&caller)),
            status: Some(status),
            ..Outcome::default()
        };
        let headers = [("accept", "application/json"), ("user-agent", "test")];
        Draft::begin(&arrival, headers).end(outcome, [("content-type", "text/html")])
    }

    fn request(path: &str) -> Finished {
        asked("ann", "GET", path, None, 200)
    }

    fn journal(entries: usize, bytes: usize) -> Journal {
        Journal::new(JournalSettings {
            entries,
            bytes,
            body_bytes: 100,
        })
    }

    fn sequences<'e>(entries: impl IntoIterator<Item = &'e Arc<Entry>>) -> Vec<u64> {
        entries.into_iter().map(|entry| entry.sequence).collect()
    }

    #[test]
    fn the_oldest_make_room_and_are_counted() {
        let mut journal = journal(3, 1 << 20);
        for _ in 0..5 {
            journal.record(request("/a"));
        }
        assert_eq!(sequences(journal.since(0)), [3, 4, 5]);
        assert_eq!(sequences(journal.since(4)), [5]);
        assert_eq!(sequences(journal.since(u64::MAX)), [0; 0]);
        assert_eq!(
            (
                journal.dropped_since(0),
                journal.dropped_since(1),
                journal.dropped_since(2)
            ),
            (2, 1, 0)
        );
        assert_eq!(journal.get(4).map(|entry| entry.sequence), Some(4));
        assert!(journal.get(0).is_none() && journal.get(2).is_none() && journal.get(6).is_none());
    }

    #[test]
    fn a_cleared_journal_counts_on_and_misses_nothing() {
        let mut journal = journal(3, 1 << 20);
        for _ in 0..5 {
            journal.record(request("/a"));
        }
        journal.clear();
        assert_eq!((journal.len(), journal.dropped_since(0)), (0, 0));
        assert_eq!(journal.record(request("/a")).sequence, 6);
        assert_eq!(sequences(journal.since(0)), [6]);
    }

    #[test]
    fn many_entries_stay_below_the_limit_and_use_it() {
        const LIMIT: usize = 1 << 20;
        let mut journal = journal(usize::MAX, LIMIT);
        let mut most = 0;
        for number in 0..20_000 {
            journal.record(request(if number % 7 == 0 {
                "/api/v1/users/62716ab404a7bd8626af9bd6"
            } else {
                "/a"
            }));
            most = most.max(journal.bytes());
        }
        assert!((LIMIT * 9 / 10..=LIMIT).contains(&most), "{most}");
        assert_eq!(journal.last_sequence(), 20_000);
    }

    #[test]
    fn a_journal_that_is_switched_off_holds_nothing_and_knows_it() {
        let mut journal = journal(0, 1 << 20);
        assert_eq!(journal.record(request("/a")).sequence, 1);
        assert!(journal.is_empty());
        assert_eq!(journal.dropped_since(0), 1);
    }

    #[test]
    fn a_smaller_setting_holds_at_once() {
        let mut journal = journal(1000, 1 << 20);
        for _ in 0..1000 {
            journal.record(request("/a"));
        }
        journal.configure(JournalSettings {
            entries: 1000,
            bytes: 4000,
            body_bytes: 100,
        });
        assert!(journal.bytes() <= 4000 && !journal.is_empty());
        journal.configure(JournalSettings {
            entries: 1,
            ..journal.settings()
        });
        assert_eq!(sequences(journal.since(0)), [1000]);
    }

    #[test]
    fn a_query_pages_forwards_from_a_number_and_shows_the_newest_without_one() {
        let mut journal = journal(100, 1 << 20);
        for number in 0..10 {
            journal.record(request(if number % 2 == 0 { "/even" } else { "/odd" }));
        }
        let found = |document: Value| sequences(&journal.find(&Query::read(&document, &|_| None).unwrap()));
        assert_eq!(found(json!({ "path": "/odd", "limit": 2 })), [8, 10]);
        assert_eq!(
            found(json!({ "path": "/odd", "limit": "2", "since": "2" })),
            [4, 6]
        );
        assert_eq!(found(json!({ "since": 10 })), [0; 0]);
        assert_eq!(
            found(json!({ "method": "GET", "status": "2xx", "caller": "ann" })).len(),
            10
        );
        assert_eq!(found(json!({ "caller": "bob" })), [0; 0]);
        for wrong in [
            json!({ "limit": 0 }),
            json!({ "limit": "many" }),
            json!({ "status": "6xx" }),
            json!({ "user": 1 }),
        ] {
            assert!(Query::read(&wrong, &|_| None).is_err(), "{wrong}");
        }
    }

    #[test]
    fn settings_are_given_back_as_they_were_read() {
        let document = json!({ "entries": 5, "bytes": 4096, "bodyBytes": 0 });
        assert_eq!(JournalSettings::read(&document).unwrap().to_json(), document);
        for wrong in [json!({ "entries": -1 }), json!({ "size": 1 }), json!(1)] {
            assert!(JournalSettings::read(&wrong).is_err(), "{wrong}");
        }
    }
}
