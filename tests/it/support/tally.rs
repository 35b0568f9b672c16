//! How much of the suite was held against the contract, over all processes: nextest gives every test a
//! process of its own, so each process keeps a file, and `contract_tally` (run last, by `tests/run`) adds
//! them up.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use serde_json::{Value, json};

use super::contract::{self, Contract};

const FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/contract-tally");

/// Writes down what this process has held against the contract so far.
pub(super) fn note(contract: &Contract) {
    // A number of a process that has ended may come back, so the first free name counts.
    static FILE: LazyLock<Mutex<PathBuf>> = LazyLock::new(|| {
        fs::create_dir_all(FOLDER).unwrap();
        let process = std::process::id();
        let mut names = (0..).map(|number| Path::new(FOLDER).join(format!("{process}-{number}.json")));
        Mutex::new(names.find(|file| fs::File::create_new(file).is_ok()).unwrap())
    });
    let file = FILE.lock().unwrap_or_else(PoisonError::into_inner);
    let tally = json!({
        "answers": contract::answers_checked(),
        "requests": contract::requests_checked(),
        "unused": contract.unused_exceptions(),
    });
    fs::write(&*file, tally.to_string()).unwrap();
}

/// Not a test of the emulator but of the suite: says how much was held against the contract and which
/// exceptions of `contract_exceptions.json` no test has needed, and fails if nothing was held. Ignored,
/// because it makes sense only after all others:
///
/// ```console
/// $ cargo nextest run
/// $ cargo nextest run --run-ignored only --no-capture contract_tally
/// ```
#[test]
#[ignore = "adds up what the other tests leave behind; tests/run runs it after them"]
fn contract_tally() {
    let tallies: Vec<Value> = fs::read_dir(FOLDER)
        .map(|folder| {
            folder
                .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
                .collect()
        })
        .map(|files: Vec<String>| {
            files
                .iter()
                .filter_map(|text| serde_json::from_str(text).ok())
                .collect()
        })
        .unwrap_or_default();
    // The next run counts from zero.
    let _ = fs::remove_dir_all(FOLDER);
    let sum = |member: &str| {
        tallies
            .iter()
            .filter_map(|tally| tally[member].as_u64())
            .sum::<u64>()
    };
    let (answers, requests) = (sum("answers"), sum("requests"));
    println!("held against the contract: {answers} answers, {requests} accepted requests");
    let unused = tallies
        .iter()
        .map(|tally| {
            tally["unused"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect()
        })
        .reduce(|one: BTreeSet<&str>, other| &one & &other)
        .unwrap_or_default();
    for exception in &unused {
        println!("an exception that no test has needed: {exception}");
    }
    assert!(
        answers > 0 && requests > 0,
        "nothing was held against the contract: run the other tests first"
    );
}
