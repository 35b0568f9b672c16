//! Where the emulator and the published contract part, from `tests/it/contract_exceptions.json`.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use mock_qlik_cloud::contract::{self, Operation};
use serde::Deserialize;
use serde_json::Value;

use super::{Edition, document};

const FILE: &str = "tests/it/contract_exceptions.json";

/// Whether an exception has been needed.
#[derive(Debug, Default)]
pub(super) struct Used(AtomicBool);

impl Used {
    pub(super) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A change to a document of the contract, made before anything is held against it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Amendment {
    family: String,
    editions: Vec<Edition>,
    /// A JSON pointer into the document; its last segment may be new.
    at: String,
    /// What stands there from now on.
    becomes: Value,
    reason: String,
    #[serde(skip)]
    pub(super) used: Used,
}

impl Amendment {
    /// Makes the change.
    pub(super) fn apply(&self, document: &mut Value) -> Result<(), String> {
        let broken = || {
            format!(
                "{FILE}: `{}` names nothing in the document of {}",
                self.at, self.family
            )
        };
        let (parent, member) = self.at.rsplit_once('/').ok_or_else(broken)?;
        match document.pointer_mut(parent).ok_or_else(broken)? {
            Value::Object(object) => {
                object.insert(member.replace("~1", "/").replace("~0", "~"), self.becomes.clone());
                Ok(())
            }
            Value::Array(array) => {
                let place = member
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| array.get_mut(index));
                *place.ok_or_else(broken)? = self.becomes.clone();
                Ok(())
            }
            _ => Err(broken()),
        }
    }
}

/// A status that operations may answer with an error envelope although the contract does not list it, or
/// covers it only by a `default` whose schema this envelope does not have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct StatusException {
    status: u16,
    /// Ids of operations; `*` is every operation.
    operations: Vec<String>,
    /// Whether the family's own `Errors` schema applies (where it has one) instead of the edge's.
    #[serde(default)]
    pub(super) family_envelope: bool,
    /// Headers that have to be there.
    #[serde(default)]
    pub(super) headers: Vec<String>,
    reason: String,
    #[serde(skip)]
    pub(super) used: Used,
}

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Exceptions {
    /// The schema of an error that is answered before a family is reached.
    edge_envelope: Value,
    /// Where a status that the contract lists has the schema that stands there. The emulator answers for the
    /// other families without knowing their schemas.
    emulated_families: Vec<String>,
    amendments: Vec<Amendment>,
    statuses: Vec<StatusException>,
}

impl Exceptions {
    pub(super) fn read() -> Result<Self, String> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{FILE}: {error}"))?;
        serde_json::from_str(&text).map_err(|error| format!("{FILE}: {error}"))
    }

    /// Refuses an exception that cannot have an effect: the contract may have caught up with it.
    pub(super) fn check(&self) -> Result<(), String> {
        for amendment in &self.amendments {
            for edition in &amendment.editions {
                let mut document = document::read(*edition, &amendment.family)?;
                let before = document.clone();
                amendment.apply(&mut document)?;
                if document == before {
                    let Amendment { family, at, .. } = amendment;
                    return Err(format!("{FILE}: {family} `{at}` ({edition:?}) changes nothing"));
                }
            }
        }
        for exception in &self.statuses {
            for id in exception.operations.iter().filter(|id| *id != "*") {
                let status = exception.status;
                match contract::by_id(id) {
                    None => return Err(format!("{FILE}: `{id}` is no operation of the contract")),
                    Some(operation) if self.is_settled(operation, status) => {
                        return Err(format!("{FILE}: the contract lists {status} for `{id}` by now"));
                    }
                    Some(_) => {}
                }
            }
        }
        Ok(())
    }

    pub(super) fn edge_envelope(&self) -> &Value {
        &self.edge_envelope
    }

    /// The amendments of a document with their numbers, without one of them if asked to.
    pub(super) fn amendments_of(
        &self,
        edition: Edition,
        family: &str,
        left_out: Option<usize>,
    ) -> impl Iterator<Item = (usize, &Amendment)> {
        self.amendments
            .iter()
            .enumerate()
            .filter(move |(number, amendment)| {
                amendment.family == family
                    && amendment.editions.contains(&edition)
                    && Some(*number) != left_out
            })
    }

    /// Whether the contract leaves no room for an exception.
    fn is_settled(&self, operation: &Operation, status: u16) -> bool {
        operation.statuses.contains(&status)
            && self
                .emulated_families
                .iter()
                .any(|family| family == operation.family)
    }

    /// The exception for an answer; one that names the operation goes before one for all.
    pub(super) fn status(&self, operation: &Operation, status: u16) -> Option<&StatusException> {
        if self.is_settled(operation, status) {
            return None;
        }
        let named = |wanted: &str| {
            self.statuses.iter().find(|exception| {
                exception.status == status && exception.operations.iter().any(|id| id == wanted)
            })
        };
        named(operation.id).or_else(|| named("*"))
    }

    pub(super) fn unused(&self) -> Vec<String> {
        let amendments = self.amendments.iter().filter(|amendment| !amendment.used.get());
        let statuses = self.statuses.iter().filter(|exception| !exception.used.get());
        amendments
            .map(|amendment| format!("{} `{}`: {}", amendment.family, amendment.at, amendment.reason))
            .chain(statuses.map(|exception| {
                let operations = exception.operations.join(", ");
                format!(
                    "status {} of {operations}: {}",
                    exception.status, exception.reason
                )
            }))
            .collect()
    }
}
