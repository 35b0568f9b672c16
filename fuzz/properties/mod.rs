//! What has to hold whatever a client sends: one function a target, which panics where it does not hold.
//!
//! The fuzzer calls them with whatever it comes up with (`fuzz/run`); the tests call them with what it has come up
//! with so far, which `fuzz/corpus` and `fuzz/regressions` keep.
//!
//! The first byte of most inputs chooses an address; the rest is what is sent there.

pub mod authorization;
pub mod claims;
pub mod cookie;
pub mod cursor;
mod door;
pub mod duration;
pub mod filter;
pub mod patch;
pub mod seed;

/// The first byte of an input as one of several things, and the rest.
fn choose<'i, T>(input: &'i [u8], things: &'static [T]) -> Option<(&'static T, &'i [u8])> {
    let (first, rest) = input.split_first()?;
    let thing = things.get(usize::from(*first) % things.len())?;
    Some((thing, rest))
}
