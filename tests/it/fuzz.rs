//! Sends what the fuzzer has come up with so far: `fuzz/corpus` has few inputs that reach all that it has reached,
//! `fuzz/regressions` those that a property did not hold for once, or would not if a check were missing.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

#[path = "../../fuzz/properties/mod.rs"]
mod properties;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz");

/// Every input that is kept for a target.
fn inputs(target: &str) -> Vec<PathBuf> {
    ["corpus", "regressions"]
        .into_iter()
        .filter_map(|kept| fs::read_dir(Path::new(FOLDER).join(kept).join(target)).ok())
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect()
}

#[track_caller]
fn replay(target: &str, holds: fn(&[u8])) {
    let inputs = inputs(target);
    assert!(!inputs.is_empty(), "nothing is kept for {target}");
    let does_not_hold = |input: &&PathBuf| {
        let bytes = fs::read(input).unwrap();
        catch_unwind(AssertUnwindSafe(|| holds(&bytes))).is_err()
    };
    let failed: Vec<_> = inputs.iter().filter(does_not_hold).collect();
    assert!(failed.is_empty(), "what is said above is about {failed:#?}");
}

macro_rules! replays {
    ($($target:ident),*) => {
        $(
            #[test]
            fn $target() {
                replay(stringify!($target), properties::$target::holds);
            }
        )*

        #[test]
        fn every_target_is_replayed() {
            let mut targets: Vec<_> = fs::read_dir(Path::new(FOLDER).join("fuzz_targets"))
                .unwrap()
                .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
                .collect();
            targets.sort();
            assert_eq!(targets, [$(stringify!($target)),*]);
        }
    };
}

replays!(
    authorization,
    claims,
    cookie,
    cursor,
    duration,
    filter,
    patch,
    seed
);
