//! The patch documents of the service: a JSON array of `{op, path, value}`, each family with its own closed sets
//! of operations and paths.

use serde_json::Value;

use super::document::{Faults, Fields, elements, word};

/// One change of a patch.
#[derive(Clone, Debug)]
pub struct PatchItem<'d, Op, Path> {
    /// Where in the document this change stands, such as `/0`.
    pub pointer: String,
    /// What to do.
    pub op: Op,
    /// To which property.
    pub path: Path,
    /// With which value.
    pub value: &'d Value,
}

impl<Op, Path> PatchItem<'_, Op, Path> {
    /// Reads the value as `kind`, or notes what is wrong with it.
    pub fn value_as<T>(&self, faults: &Faults, kind: impl Fn(&Value) -> Result<T, String>) -> Option<T> {
        kind(self.value)
            .map_err(|sentence| self.fault(faults, sentence))
            .ok()
    }

    /// Notes a fault of the value.
    pub fn fault(&self, faults: &Faults, sentence: impl Into<String>) {
        faults.at(format!("{}/value", self.pointer), sentence);
    }
}

/// Reads a patch; `ops` and `paths` are the family's words. Every fault is noted, and a change with one is left
/// out.
pub fn read<'d, Op: Copy, Path: Copy>(
    faults: &'d Faults,
    document: &'d Value,
    ops: &[(&'static str, Op)],
    paths: &[(&'static str, Path)],
) -> Vec<PatchItem<'d, Op, Path>> {
    let mut items = Vec::new();
    for (pointer, element) in elements(faults, "", document) {
        let mut fields = Fields::open(faults, pointer.clone(), element);
        let op = fields.required("op", &word(ops));
        let path = fields.required("path", &word(paths));
        let value = fields
            .required("value", &|value| Ok(value.clone()))
            .and(fields.value("value"));
        if let (Some(op), Some(path), Some(value)) = (op, path, value) {
            items.push(PatchItem {
                pointer,
                op,
                path,
                value,
            });
        }
    }
    items
}
