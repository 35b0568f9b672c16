//! Holds the schema of seeds against the reader of seeds: one must not take what the other refuses.

use std::sync::LazyLock;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use mock_qlik_cloud::domain::entropy::Entropy;
use mock_qlik_cloud::domain::error::Location;
use mock_qlik_cloud::domain::seed::{self, Surroundings};
use serde_json::Value;

use super::START;

static VALIDATOR: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::draft202012::new(&seed::schema()).unwrap());

/// What the reader finds and no schema can: parts of its sentences. Whatever else it refuses, the schema refuses too.
const BEYOND_A_SCHEMA: [&str; 21] = [
    "There is no role",
    "There is no group",
    "Two groups are called",
    "The system group",
    "No user of this seed has the id",
    "of this seed has the same",
    "stands here twice",
    // An address below the bits that a range shares; the length of a header.
    "a range that begins with its first address",
    "The header would have",
    "belongs to another role",
    "The built-in role",
    "Must be a number from 1 to below the order",
    "PEM text",
    "Must be the public key",
    "An RSA key must have",
    "outside of the calendar",
    "A duration has at most",
    "must be a number in base64url",
    "are no RSA key",
    "are no point of the curve",
    "An RSA key must have at least",
];

/// A pointer, and what is wrong there.
type Found = (String, String);

/// What the reader finds wrong.
pub(crate) fn by_the_reader(document: &Value) -> Vec<Found> {
    let surroundings = Surroundings {
        edition: None,
        now: START.parse().unwrap(),
        entropy: &Entropy::seeded(1),
        identity: None,
    };
    let faults = seed::plant(document, surroundings).err().unwrap_or_default();
    faults
        .into_iter()
        .map(|fault| match fault.location {
            Location::Pointer(pointer) => (pointer, fault.sentence),
            other => panic!("{other:?}: {}", fault.sentence),
        })
        .collect()
}

/// What the schema finds wrong.
pub(crate) fn by_the_schema(document: &Value) -> Vec<Found> {
    let mut found = Vec::new();
    for error in VALIDATOR.iter_errors(document) {
        let place = error.instance_path().as_str().to_owned();
        let sentence = error.to_string();
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let member = property.as_str().unwrap_or_default();
                found.push((format!("{place}/{member}"), sentence));
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => found.extend(
                unexpected
                    .iter()
                    .map(|member| (format!("{place}/{}", escaped(member)), sentence.clone())),
            ),
            _ => found.push((place, sentence)),
        }
    }
    found
}

fn escaped(member: &str) -> String {
    member.replace('~', "~0").replace('/', "~1")
}

/// What one of the two takes and the other refuses; none if they agree.
pub(crate) fn disagreement(document: &Value) -> Option<String> {
    let (reader, schema) = (by_the_reader(document), by_the_schema(document));
    for (pointer, sentence) in &schema {
        if !reader.iter().any(|(place, _)| are_near(place, pointer)) {
            return Some(format!("only the schema refuses {pointer}: {sentence}"));
        }
    }
    for (pointer, sentence) in &reader {
        let can_be_told = !BEYOND_A_SCHEMA.iter().any(|beyond| sentence.contains(beyond));
        if can_be_told && !schema.iter().any(|(place, _)| are_near(place, pointer)) {
            return Some(format!("only the reader refuses {pointer}: {sentence}"));
        }
    }
    None
}

/// Both judge this seed alike.
#[track_caller]
pub(crate) fn assert_judged_alike(document: &Value) {
    if let Some(disagreement) = disagreement(document) {
        panic!("{disagreement}\n(src/domain/seed/schema.rs, src/domain/seed/read.rs)\n{document:#}");
    }
}

/// The same place, or one right inside of the other: a list with a wrong element is a wrong list to one of them.
fn are_near(one: &str, other: &str) -> bool {
    let parent = |pointer: &str| pointer.rsplit_once('/').map(|(parent, _)| parent.to_owned());
    one == other || parent(one).as_deref() == Some(other) || parent(other).as_deref() == Some(one)
}
