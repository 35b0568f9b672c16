//! Reads `table.txt`.

use mock_qlik_cloud::domain::settings::Edition;

const TEXT: &str = include_str!("table.txt");

/// An attempt and what is expected of it.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The way to authenticate.
    pub(super) way: &'static str,
    /// What is tried.
    pub(super) attempt: &'static str,
    /// The answer.
    pub(super) expected: Expected,
    /// Whether something changes although it is refused.
    pub(super) changes: bool,
    only_in: Option<Edition>,
}

/// What an answer says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Expected {
    pub(super) status: u16,
    pub(super) code: Option<String>,
    /// Of a redirect, the parameter `error` of its address, or `/login`.
    pub(super) title: Option<String>,
    /// The header `www-authenticate`.
    pub(super) challenge: Option<String>,
    /// The header `mock-qlik-refusal`.
    pub(super) refusal: Option<String>,
}

impl Row {
    /// By what a row is known.
    pub(super) fn name(&self) -> String {
        format!("[{}] {}", self.way, self.attempt)
    }

    /// Whether the row counts in an edition.
    pub(super) fn is_in(&self, edition: Edition) -> bool {
        self.only_in.is_none_or(|only| only == edition)
    }
}

/// All rows, in their order. A line `[WAY]` stands above the attempts of that way; a line with a colon names what
/// attempts expect in short, for the lines below it.
pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut way = "";
    for line in TEXT.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
        } else if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            way = name;
        } else {
            rows.push(row(way, line).unwrap_or_else(|| panic!("this is no row: {line}")));
        }
    }
    rows
}

fn row(way: &'static str, line: &'static str) -> Option<Row> {
    let mut cells = line.split('|').map(str::trim);
    let attempt = cells.next()?;
    let status = cells.next()?.parse().ok()?;
    let mut text = || {
        cells
            .next()
            .filter(|cell| *cell != "-" && !cell.is_empty())
            .map(str::to_owned)
    };
    let expected = Expected {
        status,
        code: text(),
        title: text(),
        challenge: text(),
        refusal: text(),
    };
    let notes = text().unwrap_or_default();
    let only_in = notes.contains("classic").then_some(Edition::Classic);
    Some(Row {
        way,
        attempt,
        expected,
        changes: notes.contains("changes"),
        only_in,
    })
}
