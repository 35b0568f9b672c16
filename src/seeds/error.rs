//! What is wrong with a seed, and where.

use std::fmt;
use std::path::Path;

/// Why a seed cannot be used: everything that is wrong with it, a line each.
#[derive(Debug, thiserror::Error)]
#[error("{}", lines(faults))]
pub struct SeedError {
    faults: Vec<SeedFault>,
}

/// One thing that is wrong with a seed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SeedFault {
    /// The file, or the name of a shipped seed.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// What is wrong.
    pub sentence: String,
}

/// A place in a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Place {
    /// The file as a whole.
    Whole,
    /// Where the text stops being JSON: the line, and the byte in it, both from 1.
    Position {
        /// The line.
        line: usize,
        /// The byte in the line.
        column: usize,
    },
    /// A JSON pointer; empty for the whole document.
    Pointer(String),
}

impl SeedError {
    /// Everything that is wrong, at least one.
    pub fn faults(&self) -> &[SeedFault] {
        &self.faults
    }
}

impl From<Vec<SeedFault>> for SeedError {
    fn from(faults: Vec<SeedFault>) -> Self {
        Self { faults }
    }
}

impl SeedFault {
    /// A fault of a file as a whole.
    pub(super) fn of_file(file: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            place: Place::Whole,
            sentence: sentence.into(),
        }
    }

    /// A fault of what is at a path.
    pub(super) fn at(path: &Path, place: Place, sentence: impl Into<String>) -> Self {
        Self {
            file: path.display().to_string(),
            place,
            sentence: sentence.into(),
        }
    }
}

impl fmt::Display for SeedFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            place,
            sentence,
        } = self;
        match place {
            Place::Whole => write!(formatter, "{file}: {sentence}"),
            // The form that editors and terminals make a link of.
            Place::Position { line, column } => write!(formatter, "{file}:{line}:{column}: {sentence}"),
            Place::Pointer(pointer) if pointer.is_empty() => write!(formatter, "{file}: /: {sentence}"),
            Place::Pointer(pointer) => write!(formatter, "{file}: {pointer}: {sentence}"),
        }
    }
}

fn lines(faults: &[SeedFault]) -> String {
    let lines: Vec<_> = faults.iter().map(SeedFault::to_string).collect();
    lines.join("\n")
}
