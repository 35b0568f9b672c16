//! Which entries of the journal somebody asks for.

use std::fmt;

use serde_json::Value;

use super::Entry;
use crate::domain::document::{Faults, Fields, filled_text, whole_number};
use crate::domain::error::DomainError;
use crate::domain::ids::ApiKeyId;
use crate::domain::request_pattern::{self, KnownOperation, PathPattern};

/// How many entries a query answers with that does not say it.
const USUAL_LIMIT: usize = 100;

/// The most entries that a query may ask for at once.
const MOST: u16 = 10_000;

/// A question to the journal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Query {
    /// What the entries must be like.
    pub criteria: Criteria,
    /// `since`: only entries after this sequence number.
    pub since: Option<u64>,
    /// `limit`: the most entries.
    pub limit: usize,
}

impl Query {
    /// Reads a query from an object with the members of [`Criteria`], `since` and `limit`. Numbers may be text, so
    /// that the parameters of an address can be given as they are. Unknown members are refused.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] with everything that is wrong.
    pub fn read(document: &Value, known: KnownOperation<'_>) -> Result<Self, DomainError> {
        let faults = Faults::default();
        let mut fields = Fields::open(&faults, "", document);
        let criteria = Criteria::read(&mut fields, known);
        let since = fields.optional("since", &whole);
        let limit = fields.optional("limit", &|value| {
            let number = whole(value).map(Value::from).unwrap_or_default();
            whole_number(1, MOST)(&number).map(usize::from)
        });
        fields.refuse_unknown();
        faults.verdict(Some(Self {
            criteria,
            since,
            limit: limit.unwrap_or(USUAL_LIMIT),
        }))
    }
}

/// A whole number, or its digits.
pub(super) fn whole(value: &Value) -> Result<u64, String> {
    value
        .as_u64()
        .or_else(|| value.as_str()?.parse().ok())
        .ok_or_else(|| "Must be a whole number, 0 or more.".to_owned())
}

/// `true` or `false`, or the word for it.
fn yes_or_no(value: &Value) -> Result<bool, String> {
    value
        .as_bool()
        .or_else(|| value.as_str()?.parse().ok())
        .ok_or_else(|| "Must be true or false.".to_owned())
}

/// What an entry must be like, in every respect that is named. Without any, every entry is right.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Criteria {
    /// `operation`: an id of the contract.
    pub operation: Option<&'static str>,
    /// `method`: in capital letters.
    pub method: Option<&'static str>,
    /// `path`: a pattern.
    pub path: Option<PathPattern>,
    /// `status`: of the answer.
    pub status: Option<StatusPattern>,
    /// `caller`: the id of a user or of an API key, or the subject of an external client.
    pub caller: Option<String>,
    /// `unread`: whether it had a parameter or a member of its body that nothing asked for.
    pub unread: Option<bool>,
}

/// A status, or all of a class.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StatusPattern {
    /// `404`.
    Exactly(u16),
    /// `4xx`, by its first digit.
    Class(u16),
}

impl StatusPattern {
    fn read(value: &Value) -> Result<Self, String> {
        let class = value
            .as_str()
            .and_then(|text| text.strip_suffix("xx"))
            .and_then(|digit| digit.parse().ok())
            .filter(|class| (1..=5).contains(class));
        let exact = || {
            whole(value)
                .ok()
                .and_then(|status| u16::try_from(status).ok())
                .filter(|status| (100..600).contains(status))
        };
        class
            .map(Self::Class)
            .or_else(|| exact().map(Self::Exactly))
            .ok_or_else(|| "Must be a status such as 404, or a class such as `4xx`.".to_owned())
    }

    fn fits(self, status: u16) -> bool {
        match self {
            Self::Exactly(exact) => status == exact,
            Self::Class(class) => status / 100 == class,
        }
    }
}

impl fmt::Display for StatusPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(status) => write!(formatter, "{status}"),
            Self::Class(class) => write!(formatter, "{class}xx"),
        }
    }
}

impl Criteria {
    /// Reads the members of an object that are criteria; the caller refuses the unknown ones.
    pub(super) fn read(fields: &mut Fields<'_>, known: KnownOperation<'_>) -> Self {
        Self {
            operation: fields.optional("operation", &request_pattern::operation(known)),
            method: fields.optional("method", &request_pattern::method),
            path: fields.optional("path", &PathPattern::read),
            status: fields.optional("status", &StatusPattern::read),
            caller: fields.optional("caller", &filled_text),
            unread: fields.optional("unread", &yes_or_no),
        }
    }

    /// Whether `entry` is right in every respect.
    pub fn fit(&self, entry: &Entry) -> bool {
        self.misfits(entry).next().is_none()
    }

    /// A sentence for every respect in which `entry` is not right.
    pub fn differences(&self, entry: &Entry) -> Vec<String> {
        self.misfits(entry).map(|misfit| misfit.sentence(entry)).collect()
    }

    /// How far `entry` is from being right: in how many respects, and then how little of its path fits.
    pub(super) fn distance(&self, entry: &Entry) -> (usize, usize) {
        let fitting = self
            .path
            .as_ref()
            .map_or(0, |pattern| pattern.segments_in_common(&entry.path));
        (self.misfits(entry).count(), usize::MAX - fitting)
    }

    fn misfits(&self, entry: &Entry) -> impl Iterator<Item = Misfit<'_>> {
        let operation = self
            .operation
            .filter(|id| entry.operation != Some(id))
            .map(Misfit::Operation);
        let method = self
            .method
            .filter(|method| entry.method != *method)
            .map(Misfit::Method);
        let path = self
            .path
            .as_ref()
            .filter(|pattern| !pattern.fits(&entry.path))
            .map(Misfit::Path);
        let status = self
            .status
            .filter(|pattern| !entry.status.is_some_and(|status| pattern.fits(status)))
            .map(Misfit::Status);
        let caller = self
            .caller
            .as_deref()
            .filter(|caller| !is_caller(entry, caller))
            .map(Misfit::Caller);
        let unread = self
            .unread
            .filter(|wanted| *wanted == entry.unread.is_empty())
            .map(Misfit::Unread);
        [operation, method, path, status, caller, unread]
            .into_iter()
            .flatten()
    }
}

fn is_caller(entry: &Entry, wanted: &str) -> bool {
    entry.caller.as_ref().is_some_and(|caller| {
        caller.subject() == wanted
            || caller
                .api_key()
                .is_some_and(|key| ApiKeyId::parse(wanted) == Some(key))
    })
}

impl fmt::Display for Criteria {
    /// In a phrase: `` `createApiKey` answered 201 ``.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut phrase = Vec::new();
        phrase.extend(self.operation.map(|id| format!("`{id}`")));
        phrase.extend(self.method.map(str::to_owned));
        phrase.extend(self.path.as_ref().map(|path| path.as_str().to_owned()));
        if phrase.is_empty() {
            phrase.push("any request".to_owned());
        }
        phrase.extend(self.status.map(|status| format!("answered {status}")));
        phrase.extend(self.caller.as_ref().map(|caller| format!("by {caller}")));
        phrase.extend(self.unread.map(|unread| {
            if unread {
                "with something unread"
            } else {
                "without anything unread"
            }
            .to_owned()
        }));
        formatter.write_str(&phrase.join(" "))
    }
}

/// A respect in which an entry is not right, with what would be right.
enum Misfit<'c> {
    Operation(&'static str),
    Method(&'static str),
    Path(&'c PathPattern),
    Status(StatusPattern),
    Caller(&'c str),
    Unread(bool),
}

impl Misfit<'_> {
    fn sentence(self, entry: &Entry) -> String {
        match self {
            Self::Operation(wanted) => match entry.operation {
                Some(given) => format!("The operation is `{given}`, not `{wanted}`."),
                None => format!("It means no operation of the contract, so not `{wanted}` either."),
            },
            Self::Method(wanted) => format!("The method is {}, not {wanted}.", entry.method),
            Self::Path(wanted) => format!("The path {} does not fit {}.", entry.path, wanted.as_str()),
            Self::Status(wanted) => match (entry.status, entry.refusal) {
                (Some(given), None) => format!("The status is {}, not {wanted}.", given),
                (Some(given), Some(slug)) => {
                    format!("The status is {} ({slug}), not {wanted}.", given)
                }
                (None, _) => {
                    format!("A fault cut the connection, so there is no status, not {wanted} either.")
                }
            },
            Self::Caller(wanted) => match &entry.caller {
                Some(given) => format!("The caller is {}, not {wanted}.", given.subject()),
                None => format!("The caller is not known, so not {wanted} either."),
            },
            Self::Unread(true) => "Every parameter was read.".to_owned(),
            Self::Unread(false) => format!("Nothing read {}.", entry.unread.join(", ")),
        }
    }
}
