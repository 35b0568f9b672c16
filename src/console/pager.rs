//! Links of a list: to another order, and to the pages before and behind.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::api::extract::Parameters;
use crate::domain::page::{Cursor, Direction, Sort, Start};

/// What stays as it is in a query: letters, digits, and the marks that RFC 3986 calls unreserved.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The path of a list with a query; what is empty is left out.
pub(super) fn link(path: &str, query: &[(&str, &str)]) -> String {
    let mut link = path.to_owned();
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        link.push(if link.contains('?') { '&' } else { '?' });
        link.extend(utf8_percent_encode(name, QUERY));
        link.push('=');
        link.extend(utf8_percent_encode(value, QUERY));
    }
    link
}

/// The head of a column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// What it says.
    pub(super) label: &'static str,
    /// The word of the order, and the handle of the link for scripts.
    pub(super) word: &'static str,
    /// Where a click leads: to this order, or to its reverse.
    pub(super) link: String,
    /// `ascending` or `descending` if the list is in this order.
    pub(super) direction: Option<&'static str>,
}

/// The heads of a list in the order `sort`; `kept` is the rest of its query.
pub(super) fn columns<F>(
    path: &str,
    sort: &Sort<F>,
    kept: &[(&str, &str)],
    labels: &[(&'static str, &'static str)],
) -> Vec<Column> {
    let column = |&(word, label): &(&'static str, &'static str)| {
        let direction = (sort.name == word).then_some(match sort.direction {
            Direction::Ascending => "ascending",
            Direction::Descending => "descending",
        });
        let sign = if direction == Some("ascending") { '-' } else { '+' };
        let order = format!("{sign}{word}");
        let query: Vec<_> = kept.iter().copied().chain([("sort", order.as_str())]).collect();
        Column {
            label,
            word,
            link: link(path, &query),
            direction,
        }
    };
    labels.iter().map(column).collect()
}

/// The order that a query asks for. A list for people shows its usual order rather than an error.
pub(super) fn order<F: Copy>(
    parameters: &Parameters,
    allowed: &[(&'static str, F)],
    usual: Sort<F>,
) -> Sort<F> {
    parameters
        .get("sort")
        .and_then(|text| Sort::parse(text, allowed).ok())
        .unwrap_or(usual)
}

/// Where the page starts. A cursor that no longer fits leads to the first page rather than to an error.
pub(super) fn start<F: Copy>(parameters: &Parameters, sort: &Sort<F>) -> Start<'static> {
    let position = |name: &str| {
        let cursor = Cursor::decode(parameters.get(name)?).ok()?;
        cursor.position_in(sort).ok()
    };
    position("next")
        .map(Start::After)
        .or_else(|| position("prev").map(Start::Before))
        .unwrap_or(Start::First)
}

/// The pages around a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Pager {
    /// How many items are on this page.
    pub(super) shown: usize,
    /// How many items the list has.
    pub(super) total: usize,
    /// The page before.
    pub(super) previous: Option<String>,
    /// The page behind.
    pub(super) next: Option<String>,
}

impl Pager {
    /// The pages of a list; `previous` and `next` are names and values of cursor parameters.
    pub(super) fn new(
        path: &str,
        kept: &[(&str, &str)],
        (shown, total): (usize, usize),
        previous: Option<(&str, String)>,
        next: Option<(&str, String)>,
    ) -> Self {
        let link = |(name, cursor): (&str, String)| {
            let query: Vec<_> = kept.iter().copied().chain([(name, cursor.as_str())]).collect();
            link(path, &query)
        };
        Self {
            shown,
            total,
            previous: previous.map(link),
            next: next.map(link),
        }
    }

    /// Whether there is any other page.
    pub(super) fn has_more(&self) -> bool {
        self.previous.is_some() || self.next.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_carries_any_text() {
        assert_eq!(
            link("/x", &[("q", "a&b=c d"), ("empty", ""), ("sort", "+name")]),
            "/x?q=a%26b%3Dc%20d&sort=%2Bname"
        );
        assert_eq!(link("/x", &[]), "/x");
    }

    #[test]
    fn a_second_click_on_a_column_turns_the_order_around() {
        let sort = Sort {
            field: (),
            name: "name",
            direction: Direction::Ascending,
        };
        let columns = columns(
            "/x",
            &sort,
            &[("q", "a")],
            &[("name", "Name"), ("created", "Created")],
        );
        assert_eq!(columns[0].link, "/x?q=a&sort=-name");
        assert_eq!(
            (columns[0].direction, columns[1].direction),
            (Some("ascending"), None)
        );
        assert_eq!(columns[1].link, "/x?q=a&sort=%2Bcreated");
    }
}
