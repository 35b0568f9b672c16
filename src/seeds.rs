//! Finds a seed: one of the shipped ones by its name, or a file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde_json::Value;

use crate::domain::error::{Fault, Location};
use crate::domain::seed::{self, Surroundings};
use crate::domain::tenant::Tenant;

/// The seeds that are part of the program, by name.
const SHIPPED: [(&str, &str); 3] = [
    ("tutorial", include_str!("../fixtures/seeds/tutorial.json")),
    ("ready", include_str!("../fixtures/seeds/ready.json")),
    ("empty", include_str!("../fixtures/seeds/empty.json")),
];

/// The seed of a tenant that was not told otherwise.
pub const DEFAULT: &str = "tutorial";

/// Where a tenant's first state comes from.
#[derive(Clone, Eq, PartialEq)]
pub enum Seed {
    /// A shipped seed.
    Shipped {
        /// Its name.
        name: &'static str,
        /// Its text.
        text: &'static str,
    },
    /// A file.
    File(PathBuf),
}

impl Seed {
    /// The shipped seed with this name.
    pub fn shipped(name: &str) -> Option<Self> {
        let found = SHIPPED.iter().find(|(shipped, _)| *shipped == name);
        found.map(|(name, text)| Self::Shipped { name, text })
    }

    /// The names of the shipped seeds, for a sentence.
    pub fn names() -> String {
        let names: Vec<_> = SHIPPED.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// Reads the seed, without looking at what it says.
    ///
    /// # Errors
    /// When the file cannot be read, or is no JSON.
    pub fn document(&self) -> Result<Value, SeedError> {
        let text = match self {
            Self::Shipped { text, .. } => (*text).to_owned(),
            Self::File(path) => std::fs::read_to_string(path)
                .map_err(|error| SeedError::new(self, format!("cannot be read: {error}")))?,
        };
        serde_json::from_str(&text)
            .map_err(|error| SeedError::new(self, format!("is no JSON document: {error}")))
    }

    /// Reads the seed and makes a tenant from it.
    ///
    /// # Errors
    /// When the file cannot be read, is no JSON, or anything in it is wrong.
    pub fn plant(&self, surroundings: Surroundings<'_>) -> Result<Tenant, SeedError> {
        seed::plant(&self.document()?, surroundings).map_err(|faults| SeedError::of_faults(self, faults))
    }
}

impl Default for Seed {
    fn default() -> Self {
        let (name, text) = SHIPPED[0];
        Self::Shipped { name, text }
    }
}

impl fmt::Debug for Seed {
    /// Without the text, which may have tokens in it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Seed({self})")
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shipped { name, .. } => formatter.write_str(name),
            Self::File(path) => path.display().fmt(formatter),
        }
    }
}

impl FromStr for Seed {
    type Err = String;

    /// A shipped seed's name, or else the path of a file that exists.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(seed) = Self::shipped(text) {
            return Ok(seed);
        }
        if Path::new(text).exists() && !Path::new(text).is_dir() {
            return Ok(Self::File(text.into()));
        }
        Err(format!(
            "there is no file `{text}`, and no shipped seed of that name ({})",
            Self::names()
        ))
    }
}

/// Why a seed cannot be used: everything that is wrong with it, a line each.
#[derive(Debug, thiserror::Error)]
#[error("{}", lines.join("\n"))]
pub struct SeedError {
    lines: Vec<String>,
}

impl SeedError {
    fn new(seed: &Seed, what: String) -> Self {
        Self {
            lines: vec![format!("{seed}: {what}")],
        }
    }

    fn of_faults(seed: &Seed, faults: Vec<Fault>) -> Self {
        let line = |fault: Fault| match fault.location {
            Location::Pointer(pointer) if pointer.is_empty() => format!("{seed}: /: {}", fault.sentence),
            Location::Pointer(place) | Location::Parameter(place) => {
                format!("{seed}: {place}: {}", fault.sentence)
            }
            Location::Whole => format!("{seed}: {}", fault.sentence),
        };
        Self {
            lines: faults.into_iter().map(line).collect(),
        }
    }
}
