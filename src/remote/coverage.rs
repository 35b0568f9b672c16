//! Which published operations a tenant was asked for.

use std::collections::BTreeMap;

use axum::http::Method;
use serde::{Deserialize, Serialize};

use super::{Remote, RemoteError};

/// What a tenant was asked for since it began.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Coverage {
    /// All operations.
    #[serde(flatten)]
    pub all: CoverageSums,
    /// Those of each family.
    pub families: Vec<FamilyCoverage>,
    /// One by one, those that were asked for by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<OperationCoverage>,
}

/// Sums over some operations.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct CoverageSums {
    /// How many are published.
    pub published: u64,
    /// How many of them are emulated.
    pub emulated: u64,
    /// How many of them the tenant was asked for.
    pub touched: u64,
    /// How many requests meant one of them.
    pub requests: u64,
}

/// The operations of a family.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct FamilyCoverage {
    /// Its name, such as `api-keys`.
    pub family: String,
    /// Its operations.
    #[serde(flatten)]
    pub sums: CoverageSums,
}

/// An operation, and what came of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct OperationCoverage {
    /// Its published id.
    pub id: String,
    /// Its method.
    pub method: String,
    /// Its path, with parameters in braces.
    pub path: String,
    /// Its family.
    pub family: String,
    /// Whether it is emulated.
    pub emulated: bool,
    /// How many requests meant it.
    pub requests: u64,
    /// How many answers were of each class, such as `2xx`.
    pub answers: BTreeMap<String, u64>,
}

/// Which operations to list one by one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CoverageList {
    /// Those that the tenant was asked for.
    Touched,
    /// Those that are emulated, and that it was not asked for.
    Untouched,
    /// Those that are not emulated.
    NotEmulated,
}

impl CoverageList {
    /// The word that the control API takes.
    fn as_str(self) -> &'static str {
        match self {
            Self::Touched => "touched",
            Self::Untouched => "untouched",
            Self::NotEmulated => "not-emulated",
        }
    }
}

impl Remote {
    /// What the tenant was asked for, with some of the operations one by one if that is wished for.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn coverage(&self, list: Option<CoverageList>) -> Result<Coverage, RemoteError> {
        let parameters: Vec<_> = list
            .map(|list| ("list", list.as_str().to_owned()))
            .into_iter()
            .collect();
        self.fetch(self.request_with(Method::GET, "/_mock/coverage", &parameters))
            .await
    }

    /// Begins to count anew.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn clear_coverage(&self) -> Result<(), RemoteError> {
        self.done(self.request(Method::DELETE, "/_mock/coverage")).await
    }
}
