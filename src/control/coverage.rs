//! `/_mock/coverage`: which published operations the tenant was asked for.

use std::collections::{BTreeMap, HashSet};

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use crate::api::EMULATED;
use crate::api::error::ApiError;
use crate::api::extract::{InTenant, Parameters};
use crate::api::json::Json;
use crate::contract::{self, Operation};
use crate::domain::coverage::{Class, Counts};
use crate::ops::coverage;

/// What `list` may ask for.
#[derive(Clone, Copy, Debug)]
enum Listed {
    /// What was asked for.
    Touched,
    /// What is emulated and was not asked for.
    Untouched,
    /// What is not emulated.
    NotEmulated,
}

const LISTS: [(&str, Listed); 3] = [
    ("touched", Listed::Touched),
    ("untouched", Listed::Untouched),
    ("not-emulated", Listed::NotEmulated),
];

/// An operation and what came of it.
struct Row {
    operation: &'static Operation,
    is_emulated: bool,
    counts: Counts,
}

impl Row {
    fn requests(&self) -> u64 {
        self.counts.into_iter().map(u64::from).sum()
    }

    fn is_in(&self, list: Listed) -> bool {
        match list {
            Listed::Touched => self.requests() > 0,
            Listed::Untouched => self.is_emulated && self.requests() == 0,
            Listed::NotEmulated => !self.is_emulated,
        }
    }

    fn face(&self) -> Value {
        let answers: Map<_, _> = Class::NAMES
            .into_iter()
            .zip(self.counts)
            .filter(|(_, count)| *count > 0)
            .map(|((name, _), count)| (name.to_owned(), count.into()))
            .collect();
        json!({
            "id": self.operation.id,
            "method": self.operation.method.as_str(),
            "path": self.operation.path,
            "family": self.operation.family,
            "emulated": self.is_emulated,
            "requests": self.requests(),
            "answers": answers,
        })
    }
}

/// The sums over some operations.
#[derive(Default)]
struct Sums {
    published: u64,
    emulated: u64,
    touched: u64,
    requests: u64,
}

impl Sums {
    fn add(&mut self, row: &Row) {
        self.published += 1;
        self.emulated += u64::from(row.is_emulated);
        self.touched += u64::from(row.requests() > 0);
        self.requests += row.requests();
    }

    fn face(&self) -> Value {
        json!({
            "published": self.published,
            "emulated": self.emulated,
            "touched": self.touched,
            "requests": self.requests,
        })
    }
}

/// `GET /_mock/coverage`: the sums of all, of each family, and with `list` some operations one by one.
pub(super) async fn show(
    InTenant(tenant): InTenant,
    parameters: Parameters,
) -> Result<Json<Value>, ApiError> {
    let list = parameters.word("list", &LISTS)?;
    let emulated: HashSet<_> = EMULATED.iter().copied().collect();
    let mut all = Sums::default();
    let mut families: BTreeMap<&str, Sums> = BTreeMap::new();
    let mut listed = Vec::new();
    for operation in contract::operations() {
        let row = Row {
            is_emulated: emulated.contains(operation.id),
            counts: coverage::counts(&tenant, operation.place.into()),
            operation,
        };
        all.add(&row);
        families.entry(operation.family).or_default().add(&row);
        if list.is_some_and(|list| row.is_in(list)) {
            listed.push(row.face());
        }
    }
    let families = families.into_iter().map(|(family, sums)| {
        let mut face = sums.face();
        face["family"] = family.into();
        face
    });
    let mut face = all.face();
    face["families"] = families.collect();
    if list.is_some() {
        face["operations"] = listed.into();
    }
    Ok(Json(face))
}

/// `DELETE /_mock/coverage`.
pub(super) async fn clear(InTenant(tenant): InTenant) -> Response {
    coverage::clear(&tenant);
    StatusCode::NO_CONTENT.into_response()
}
