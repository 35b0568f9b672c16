//! Reads `matrix.txt`.

use crate::support::{Actor, Door};

const TEXT: &str = include_str!("matrix.txt");

/// Who stands above each column of verdicts.
pub(super) const COLUMNS: [(Actor, Door); 10] = [
    (Actor::Anonymous, Door::Key),
    (Actor::User, Door::Session),
    (Actor::User, Door::Key),
    (Actor::KeyHolder, Door::Session),
    (Actor::KeyHolder, Door::Key),
    (Actor::TenantAdmin, Door::Session),
    (Actor::TenantAdmin, Door::Key),
    (Actor::TenantAdminHoldingKeys, Door::Session),
    (Actor::TenantAdminHoldingKeys, Door::Key),
    (Actor::ScimClient, Door::Key),
];

/// What came of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// It was done.
    Yes,
    /// 401: no credential.
    Who,
    /// 401: the owner of the key may no longer hold keys.
    Gone,
    /// 403: not a tenant admin.
    Admin,
    /// 403: somebody else's key.
    Owner,
    /// 403: may not hold keys.
    Keys,
    /// 403: a SCIM client.
    Scim,
    /// 403: an admin would take away the own access.
    Oneself,
    /// 403: no regional client.
    Region,
    /// 404: no session to give a CSRF token for.
    NoSession,
    /// 400: a credential that needs no CSRF token.
    NeedsNone,
}

const WORDS: [(&str, Verdict); 11] = [
    ("yes", Verdict::Yes),
    ("who", Verdict::Who),
    ("gone", Verdict::Gone),
    ("admin", Verdict::Admin),
    ("owner", Verdict::Owner),
    ("keys", Verdict::Keys),
    ("scim", Verdict::Scim),
    ("self", Verdict::Oneself),
    ("region", Verdict::Region),
    ("none", Verdict::NoSession),
    ("useless", Verdict::NeedsNone),
];

impl Verdict {
    /// The verdict that a refusal is on the wire.
    pub(super) fn of_refusal(status: u16, slug: &str) -> Option<Self> {
        Some(match (status, slug) {
            (401, "no-credential") => Self::Who,
            (401, "permission-gone") => Self::Gone,
            (403, "not-tenant-admin") => Self::Admin,
            (403, "not-owner") => Self::Owner,
            (403, "may-not-hold-keys") => Self::Keys,
            (403, "external-client") => Self::Scim,
            (403, "own-admin-access") => Self::Oneself,
            (403, "not-regional-client") => Self::Region,
            _ => return None,
        })
    }
}

/// One operation about one kind of resource.
#[derive(Debug)]
pub(super) struct Row {
    /// The id of the operation.
    pub(super) operation: &'static str,
    /// Whose resource, or which.
    pub(super) about: &'static str,
    /// The status when it is done.
    pub(super) success: u16,
    /// One for each of [`COLUMNS`].
    pub(super) verdicts: Vec<Verdict>,
}

/// All rows.
pub(super) fn rows() -> Vec<Row> {
    let lines = TEXT
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.skip(1).map(row).collect()
}

fn row(line: &'static str) -> Row {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let [operation, about, success, verdicts @ ..] = cells.as_slice() else {
        panic!("too short: {line}")
    };
    assert_eq!(verdicts.len(), COLUMNS.len(), "{line}");
    let verdict = |word: &&str| {
        let found = WORDS.iter().find(|(known, _)| known == word);
        found.unwrap_or_else(|| panic!("unknown word `{word}`: {line}")).1
    };
    Row {
        operation,
        about,
        success: success.parse().unwrap(),
        verdicts: verdicts.iter().map(verdict).collect(),
    }
}
