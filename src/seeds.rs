//! Finds a seed: one of the shipped ones by its name, a file, or a folder of files.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde_json::Value;

use crate::domain::seed::{self, Surroundings};
use crate::domain::tenant::Tenant;
use origins::Origins;

mod error;
mod folder;
mod large;
mod origins;
mod shipped;
mod text;

pub use error::{Place, SeedError, SeedFault};
pub use shipped::Shipped;

/// The file that is the seed of a program that was not told which, if the working directory has it.
pub const FILE: &str = "mock-qlik-cloud.json";

/// A seed to begin one's own with, which explains itself.
pub const STARTER: &str = include_str!("../fixtures/seeds/starter.json");

/// Where a tenant's first state comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Seed {
    /// A shipped seed.
    Shipped(Shipped),
    /// A file.
    File(PathBuf),
    /// A folder, whose files are parts of one seed.
    Folder(PathBuf),
}

/// A document that may become a tenant, and what is wrong with the files that it is from.
struct Reading {
    document: Value,
    origins: Origins,
    faults: Vec<SeedFault>,
}

impl Seed {
    /// The shipped seed with this name.
    pub fn shipped(name: &str) -> Option<Self> {
        Shipped::named(name).map(Self::Shipped)
    }

    /// The names of the shipped seeds, for a sentence.
    pub fn names() -> String {
        Shipped::NAMES.map(|(name, _)| name).join(", ")
    }

    /// The seed of a program that was not told which: [`FILE`] of the working directory, else the default.
    pub fn at_hand() -> Self {
        if Path::new(FILE).is_file() {
            Self::File(FILE.into())
        } else {
            Self::default()
        }
    }

    /// Reads the seed, without looking at what it says.
    ///
    /// # Errors
    /// When a file cannot be read or is no JSON, or the files of a folder do not go together.
    pub fn document(&self) -> Result<Value, SeedError> {
        let Reading { document, faults, .. } = self.read()?;
        if faults.is_empty() {
            Ok(document)
        } else {
            Err(SeedError::from(faults))
        }
    }

    /// Reads the seed and makes a tenant from it.
    ///
    /// # Errors
    /// When a file cannot be read or is no JSON, the files of a folder do not go together, or anything in them is
    /// wrong.
    pub fn plant(&self, surroundings: Surroundings<'_>) -> Result<Tenant, SeedError> {
        let Reading {
            document,
            origins,
            mut faults,
        } = self.read()?;
        match seed::plant(&document, surroundings) {
            Ok(tenant) if faults.is_empty() => Ok(tenant),
            planted => {
                let wrong = planted.err().unwrap_or_default();
                faults.extend(wrong.into_iter().map(|fault| origins.trace(fault)));
                Err(SeedError::from(faults))
            }
        }
    }

    fn read(&self) -> Result<Reading, SeedError> {
        let document = match self {
            Self::Folder(path) => return folder::read(path),
            Self::File(path) => text::read(path),
            Self::Shipped(shipped) => shipped
                .document()
                .map_err(|error| SeedFault::of_file(shipped.name(), error.to_string())),
        };
        Ok(Reading {
            document: document.map_err(|fault| SeedError::from(vec![fault]))?,
            origins: Origins::of(self.to_string()),
            faults: Vec::new(),
        })
    }
}

impl Default for Seed {
    fn default() -> Self {
        Self::Shipped(Shipped::default())
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shipped(shipped) => formatter.write_str(shipped.name()),
            Self::File(path) | Self::Folder(path) => path.display().fmt(formatter),
        }
    }
}

impl FromStr for Seed {
    type Err = String;

    /// A shipped seed's name, or else the path of a file or a folder that exists.
    fn from_str(text: &str) -> Result<Self, String> {
        let path = Path::new(text);
        if let Some(seed) = Self::shipped(text) {
            Ok(seed)
        } else if path.is_dir() {
            Ok(Self::Folder(path.into()))
        } else if path.exists() {
            Ok(Self::File(path.into()))
        } else {
            Err(format!(
                "there is no file or folder `{text}`, and no shipped seed of that name ({})",
                Self::names()
            ))
        }
    }
}
