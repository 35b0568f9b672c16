//! How often each published operation was asked for, by the class of the answer.
//!
//! Counting is the last thing that happens to every request, so it takes no lock: a number for each operation and
//! class, in the order of the contract, which is handed in because the domain does not know it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// How a request was answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Class {
    /// 2xx
    Success,
    /// 3xx
    Redirect,
    /// 4xx
    Refusal,
    /// 5xx, and 501 of what is not emulated among them.
    Failure,
    /// Not at all: a fault cut the connection.
    Cut,
}

impl Class {
    /// All of them, with their names on the wire.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("2xx", Self::Success),
        ("3xx", Self::Redirect),
        ("4xx", Self::Refusal),
        ("5xx", Self::Failure),
        ("cut", Self::Cut),
    ];

    /// The class of a status; without one, the connection was cut.
    pub fn of(status: Option<u16>) -> Self {
        match status.map(|status| status / 100) {
            None => Self::Cut,
            Some(0..=2) => Self::Success,
            Some(3) => Self::Redirect,
            Some(4) => Self::Refusal,
            Some(_) => Self::Failure,
        }
    }
}

/// How often one operation was asked for, in the order of [`Class::NAMES`].
pub type Counts = [u32; Class::NAMES.len()];

/// How often each operation was asked for. It takes memory only once something was counted.
#[derive(Debug, Default)]
pub struct Coverage(OnceLock<Box<[AtomicCounts]>>);

type AtomicCounts = [AtomicU32; Class::NAMES.len()];

impl Coverage {
    /// Counts a request for the operation at `place` of a contract of `operations`.
    pub fn count(&self, place: usize, operations: usize, class: Class) {
        let counts = self
            .0
            .get_or_init(|| (0..operations).map(|_| AtomicCounts::default()).collect());
        if let Some(counts) = counts.get(place) {
            counts[class as usize].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often the operation at `place` was asked for.
    pub fn counts(&self, place: usize) -> Counts {
        let counts = self.0.get().and_then(|counts| counts.get(place));
        counts.map_or_else(Counts::default, |counts| {
            counts.each_ref().map(|count| count.load(Ordering::Relaxed))
        })
    }

    /// Forgets all counts.
    pub fn clear(&self) {
        for count in self.0.get().into_iter().flatten().flatten() {
            count.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_is_counted_by_class_until_it_is_forgotten() {
        let coverage = Coverage::default();
        assert_eq!(coverage.counts(1), [0; 5]);
        for status in [Some(200), Some(204), Some(301), Some(404), Some(501), None] {
            coverage.count(1, 3, Class::of(status));
        }
        coverage.count(3, 3, Class::Success);
        assert_eq!(coverage.counts(1), [2, 1, 1, 1, 1]);
        assert_eq!((coverage.counts(0), coverage.counts(3)), ([0; 5], [0; 5]));
        coverage.clear();
        assert_eq!(coverage.counts(1), [0; 5]);
    }

    #[test]
    fn classes_are_in_the_order_of_their_names() {
        for (place, (_, class)) in Class::NAMES.into_iter().enumerate() {
            assert_eq!(class as usize, place);
        }
    }
}
