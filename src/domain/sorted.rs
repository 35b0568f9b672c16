//! Sorting by age and id, written once for all kinds of things: for each type that is sorted the standard library's sort
//! is 10 to 30 kB of program.

use super::clock::Timestamp;

/// The things in the order of their keys: a time, and a text where that is the same.
pub fn sorted<'t, T>(
    things: impl IntoIterator<Item = &'t T>,
    key: impl Fn(&T) -> (Timestamp, String),
) -> Vec<&'t T> {
    let mut things: Vec<&T> = things.into_iter().collect();
    // Sorts the keys, and so the same type for all.
    things.sort_by_cached_key(|thing| key(thing));
    things
}

/// The things in the order of their ids.
pub fn sorted_by_id<'t, T>(things: impl IntoIterator<Item = &'t T>, id: impl Fn(&T) -> String) -> Vec<&'t T> {
    sorted(things, |thing| (Timestamp::UNIX_EPOCH, id(thing)))
}
