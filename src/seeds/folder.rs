//! A folder as a seed: its files are parts of one document.
//!
//! The `*.json` files right in the folder, in the order of their names; not `*.schema.json`, and none that begins with
//! a full stop. Objects are merged member by member, lists are appended, and of anything else the later file wins.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::error::{Place, SeedError, SeedFault};
use super::origins::{Origin, Origins, below};
use super::{Reading, text};
use crate::domain::document::name_of;

/// Reads the files of a folder and puts them together.
///
/// # Errors
/// When there is none, or one cannot be read or is no JSON object.
pub(super) fn read(folder: &Path) -> Result<Reading, SeedError> {
    let whole = |sentence: String| SeedError::from(vec![SeedFault::at(folder, Place::Whole, sentence)]);
    let files = parts(folder).map_err(|error| whole(format!("cannot be read: {error}")))?;
    if files.is_empty() {
        return Err(whole("has no file that ends in .json".to_owned()));
    }
    let (mut objects, mut faults) = (Vec::new(), Vec::new());
    for file in files {
        match text::read(&file) {
            Ok(Value::Object(members)) => objects.push((file.display().to_string(), members)),
            Ok(other) => {
                let sentence = format!("Must be an object, not {}.", name_of(&other));
                faults.push(SeedFault::at(&file, Place::Pointer(String::new()), sentence));
            }
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(SeedError::from(faults));
    }
    let mut merger = Merger {
        origins: Origins::of(folder.display().to_string()),
        ids: HashMap::new(),
        formats: None,
        faults: Vec::new(),
    };
    let mut document = Map::new();
    for (file, members) in objects {
        let origin = Origin {
            file,
            pointer: String::new(),
        };
        merger.compare_formats(&members, &origin);
        merger.object(&mut document, members, "", &origin);
    }
    Ok(Reading {
        document: Value::Object(document),
        origins: merger.origins,
        faults: merger.faults,
    })
}

fn parts(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_part = name.ends_with(".json") && !name.ends_with(".schema.json") && !name.starts_with('.');
        if is_part && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

struct Merger {
    origins: Origins,
    /// Where an id of a list stands, by the pointer of the list.
    ids: HashMap<(String, String), Origin>,
    /// The first format that a file names.
    formats: Option<(Value, Origin)>,
    faults: Vec<SeedFault>,
}

impl Merger {
    /// That the later file wins must not hide a part in a newer format.
    fn compare_formats(&mut self, members: &Map<String, Value>, origin: &Origin) {
        let Some(format) = members.get("format") else {
            return;
        };
        let place = origin.below("format");
        match &self.formats {
            None => self.formats = Some((format.clone(), place)),
            Some((first, _)) if first == format => {}
            Some((_, first)) => {
                let sentence = format!("Another format than in {}.", first.file);
                self.faults.push(place.fault(sentence));
            }
        }
    }

    fn object(&mut self, into: &mut Map<String, Value>, from: Map<String, Value>, at: &str, origin: &Origin) {
        for (member, value) in from {
            let (at, origin) = (below(at, &member), origin.below(&member));
            match (into.get_mut(&member), value) {
                (Some(Value::Object(into)), Value::Object(from)) => self.object(into, from, &at, &origin),
                (Some(Value::Array(into)), Value::Array(from)) => self.list(into, from, &at, &origin),
                (replaced, value) => {
                    if replaced.is_some() {
                        self.origins.forget_inside(&at);
                    }
                    self.origins.note(at.clone(), origin.clone());
                    let value = match value {
                        Value::Array(from) => {
                            let mut list = Vec::with_capacity(from.len());
                            self.list(&mut list, from, &at, &origin);
                            Value::Array(list)
                        }
                        other => other,
                    };
                    into.insert(member, value);
                }
            }
        }
    }

    fn list(&mut self, into: &mut Vec<Value>, from: Vec<Value>, at: &str, origin: &Origin) {
        for (index, element) in from.into_iter().enumerate() {
            let origin = origin.below(&index.to_string());
            if self.is_from_another_file(at, &element, &origin) {
                continue;
            }
            self.origins.note(below(at, &into.len().to_string()), origin);
            into.push(element);
        }
    }

    /// Whether an element has the id of one of another file, which is a fault. Within one file the reader finds it.
    fn is_from_another_file(&mut self, list: &str, element: &Value, origin: &Origin) -> bool {
        let Some(id) = element.get("id").and_then(Value::as_str) else {
            return false;
        };
        let place = origin.below("id");
        match self.ids.get(&(list.to_owned(), id.to_owned())) {
            Some(first) if first.file != place.file => {
                let sentence = format!(
                    "The id `{id}` stands in {} too, at {}.",
                    first.file, first.pointer
                );
                self.faults.push(place.fault(sentence));
                true
            }
            Some(_) => false,
            None => {
                self.ids.insert((list.to_owned(), id.to_owned()), place);
                false
            }
        }
    }
}
