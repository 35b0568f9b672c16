//! Pages of a list: how many items, in which order, and where a page begins.
//!
//! A page begins after, or ends before, a [`Position`]: the value that the list is sorted by, and the id of
//! the item. It is a place in the order and not a count of items, so that a walk over the pages stays right
//! while items come and go, while the page size changes, and when the item at the position is gone.
//!
//! The service has two families of page parameters. `next` and `prev` (users, roles) take an opaque text:
//! here a [`Cursor`]. `startingAfter` and `endingBefore` (API keys) take the id of a resource: the caller
//! looks the resource up and makes its [`Position`]. What an opaque cursor contains is not documented; this
//! one is ours.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What is wrong with a page parameter. Its sentence says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// `limit` is not a whole number within its bounds.
    #[error(
        "the limit must be a whole number from {} to {}",
        Limit::MINIMUM,
        Limit::MAXIMUM
    )]
    Limit,
    /// `sort` names no field by which the list can be sorted.
    #[error("sort must be one of {}; a + (ascending) or - (descending) may stand in front", .0.join(", "))]
    Sort(Vec<&'static str>),
    /// `next` or `prev` is not a cursor that this emulator made.
    #[error("the cursor is not valid; follow links.next or links.prev of the page before, unchanged")]
    Cursor,
    /// `next` or `prev` comes from a list in another order.
    #[error(
        "the cursor belongs to a list sorted by {made_for}, not by {asked_for}; begin again without a cursor"
    )]
    OtherSort {
        /// The order in which the cursor was made.
        made_for: String,
        /// The order of this request.
        asked_for: String,
    },
}

/// The greatest number of items on one page: 1 to 100, 20 unless told otherwise, as published for API keys,
/// users and roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u8);

impl Limit {
    /// The smallest page.
    pub const MINIMUM: u8 = 1;
    /// The largest page.
    pub const MAXIMUM: u8 = 100;

    /// What web integrations have in the place of the usual 20, as published.
    pub const TEN: Self = Self(10);

    /// The limit as a number of items.
    #[must_use]
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}

impl TryFrom<u64> for Limit {
    type Error = PageError;

    fn try_from(items: u64) -> Result<Self, Self::Error> {
        match u8::try_from(items) {
            Ok(items @ Self::MINIMUM..=Self::MAXIMUM) => Ok(Self(items)),
            _ => Err(PageError::Limit),
        }
    }
}

impl FromStr for Limit {
    type Err = PageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `u64::from_str` alone would take a leading plus sign.
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PageError::Limit);
        }
        text.parse::<u64>().map_err(|_| PageError::Limit)?.try_into()
    }
}

/// Which end of the order comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest value first, written `+`.
    Ascending,
    /// The greatest value first, written `-`.
    Descending,
}

impl Direction {
    /// Orders two positions in this direction. One direction is the exact reverse of the other, ids included.
    fn compare(self, left: &Position<'_>, right: &Position<'_>) -> Ordering {
        match self {
            Self::Ascending => left.cmp(right),
            Self::Descending => right.cmp(left),
        }
    }
}

/// The order of a list: a field of the caller's own type `F`, and a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort<F> {
    /// What the list is sorted by.
    pub field: F,
    /// The name of the field as the service spells it.
    pub name: &'static str,
    /// Which end comes first.
    pub direction: Direction,
}

impl<F: Copy> Sort<F> {
    /// Reads `name`, `+name` or `-name`, where `allowed` has the names and what they stand for. A blank in
    /// front counts as `+`, because that is what a `+` in a query becomes when it is decoded as a form.
    ///
    /// # Errors
    ///
    /// [`PageError::Sort`] when the name is not among the allowed ones.
    pub fn parse(text: &str, allowed: &[(&'static str, F)]) -> Result<Self, PageError> {
        let (direction, wanted) = match text.split_at_checked(1) {
            Some(("-", rest)) => (Direction::Descending, rest),
            Some(("+" | " ", rest)) => (Direction::Ascending, rest),
            _ => (Direction::Ascending, text),
        };
        match allowed.iter().find(|(name, _)| *name == wanted) {
            Some(&(name, field)) => Ok(Self {
                field,
                name,
                direction,
            }),
            None => Err(PageError::Sort(allowed.iter().map(|(name, _)| *name).collect())),
        }
    }
}

/// The form of the published contract: `+name`, `-name`.
impl<F> fmt::Display for Sort<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.direction {
            Direction::Ascending => '+',
            Direction::Descending => '-',
        };
        write!(formatter, "{sign}{}", self.name)
    }
}

/// The value that an item is sorted by. Ascending: first what is absent, then numbers and dates, then texts
/// by their bytes. A caller that wants letters of both cases side by side hands in a text of one case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SortKey<'a> {
    /// The item has no value for the field.
    #[serde(rename = "a")]
    Absent,
    /// A number, or a date in microseconds since 1970.
    #[serde(rename = "n")]
    Number(i64),
    /// A text.
    #[serde(rename = "t")]
    Text(Cow<'a, str>),
}

impl SortKey<'_> {
    /// The same value, kept independently of the item.
    #[must_use]
    pub fn into_owned(self) -> SortKey<'static> {
        match self {
            Self::Absent => SortKey::Absent,
            Self::Number(number) => SortKey::Number(number),
            Self::Text(text) => SortKey::Text(Cow::Owned(text.into_owned())),
        }
    }
}

impl<'a> From<&'a str> for SortKey<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for SortKey<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for SortKey<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<DateTime<Utc>> for SortKey<'_> {
    fn from(moment: DateTime<Utc>) -> Self {
        Self::Number(moment.timestamp_micros())
    }
}

impl<'a, K: Into<SortKey<'a>>> From<Option<K>> for SortKey<'a> {
    fn from(value: Option<K>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

/// The place of an item in an order. The id, which must be unique in the list, decides between equal keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position<'a> {
    /// The value that the item is sorted by.
    #[serde(rename = "k")]
    pub key: SortKey<'a>,
    /// The id of the item.
    #[serde(rename = "i")]
    pub id: Cow<'a, str>,
}

impl<'a> Position<'a> {
    /// The place of the item `id` whose sort value is `key`.
    pub fn new(key: impl Into<SortKey<'a>>, id: impl Into<Cow<'a, str>>) -> Self {
        Self {
            key: key.into(),
            id: id.into(),
        }
    }

    /// The same place, kept independently of the item.
    #[must_use]
    pub fn into_owned(self) -> Position<'static> {
        Position {
            key: self.key.into_owned(),
            id: Cow::Owned(self.id.into_owned()),
        }
    }
}

/// A position as the opaque text of `next` and `prev`: base64 for URLs, without padding. It remembers the
/// order that it was made for, and does not depend on the page size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    #[serde(rename = "s")]
    sort: String,
    #[serde(rename = "p")]
    position: Position<'static>,
}

impl Cursor {
    /// The cursor of `position` in a list sorted by `sort`.
    pub fn new<F>(sort: &Sort<F>, position: Position<'_>) -> Self {
        Self {
            sort: sort.to_string(),
            position: position.into_owned(),
        }
    }

    /// Reads a cursor.
    ///
    /// # Errors
    ///
    /// [`PageError::Cursor`] when the text is not what [`Cursor`] displays.
    pub fn decode(text: &str) -> Result<Self, PageError> {
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| PageError::Cursor)?;
        let cursor: Self = serde_json::from_slice(&json).map_err(|_| PageError::Cursor)?;
        if cursor.to_string() == text {
            Ok(cursor)
        } else {
            Err(PageError::Cursor)
        }
    }

    /// The position of the cursor in a list sorted by `sort`.
    ///
    /// # Errors
    ///
    /// [`PageError::OtherSort`] when the cursor was made for another order.
    pub fn position_in<F>(self, sort: &Sort<F>) -> Result<Position<'static>, PageError> {
        let asked_for = sort.to_string();
        if self.sort == asked_for {
            Ok(self.position)
        } else {
            Err(PageError::OtherSort {
                made_for: self.sort,
                asked_for,
            })
        }
    }
}

/// The opaque text.
impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        formatter.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

/// Where a page begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start<'a> {
    /// It begins with the first item of the list.
    First,
    /// It begins right after this position (`next`, `startingAfter`).
    After(Position<'a>),
    /// It ends right before this position (`prev`, `endingBefore`).
    Before(Position<'a>),
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<'a, T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// The number of items in the whole list.
    pub total: usize,
    /// Where the next page begins ([`Start::After`]); `None` on the last page, and on a page without items.
    pub next: Option<Position<'a>>,
    /// Where the previous page ends ([`Start::Before`]); `None` on the first page, and on a page without
    /// items.
    pub previous: Option<Position<'a>>,
}

/// Cuts one page out of `items`, which may come in any order. It sorts the items of the page only.
///
/// `position` tells the place of an item; no two items may share an id.
pub fn paginate<'a, T>(
    items: impl IntoIterator<Item = T>,
    position: impl Fn(&T) -> Position<'a>,
    direction: Direction,
    start: &Start<'_>,
    limit: Limit,
) -> Page<'a, T> {
    // A page that ends before a position is the page after it, seen from the other end of the list.
    let (boundary, backwards) = match start {
        Start::First => (None, false),
        Start::After(boundary) => (Some(boundary), false),
        Start::Before(boundary) => (Some(boundary), true),
    };
    let walk = |left: &Position<'_>, right: &Position<'_>| {
        let order = direction.compare(left, right);
        if backwards { order.reverse() } else { order }
    };

    let mut total = 0;
    let mut ahead: Vec<(Position<'a>, T)> = Vec::new();
    for item in items {
        total += 1;
        let place = position(&item);
        if boundary.is_none_or(|boundary| walk(&place, boundary).is_gt()) {
            ahead.push((place, item));
        }
    }
    let some_behind = ahead.len() < total;
    let some_beyond = ahead.len() > limit.get();
    if some_beyond {
        ahead.select_nth_unstable_by(limit.get(), |left, right| walk(&left.0, &right.0));
        ahead.truncate(limit.get());
    }
    ahead.sort_unstable_by(|left, right| direction.compare(&left.0, &right.0));

    let (some_previous, some_next) = if backwards {
        (some_beyond, some_behind)
    } else {
        (some_behind, some_beyond)
    };
    let place = |entry: Option<&(Position<'a>, T)>| entry.map(|(place, _)| place.clone());
    let next = place(ahead.last().filter(|_| some_next));
    let previous = place(ahead.first().filter(|_| some_previous));
    Page {
        items: ahead.into_iter().map(|(_, item)| item).collect(),
        total,
        next,
        previous,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Field {
        Name,
        Created,
    }

    const FIELDS: [(&str, Field); 3] = [
        ("name", Field::Name),
        ("created", Field::Created),
        ("createdAt", Field::Created),
    ];

    fn sort(text: &str) -> Sort<Field> {
        Sort::parse(text, &FIELDS).unwrap()
    }

    #[test]
    fn a_limit_is_a_whole_number_from_1_to_100() {
        assert_eq!(Limit::default().get(), 20);
        for (text, items) in [("1", 1), ("100", 100), ("020", 20)] {
            assert_eq!(text.parse::<Limit>().unwrap().get(), items);
        }
        for text in [
            "0",
            "101",
            "",
            "-1",
            "+1",
            " 1",
            "1.0",
            "1e1",
            "99999999999999999999999",
            "ten",
        ] {
            let error = text.parse::<Limit>().unwrap_err();
            assert_eq!(
                error.to_string(),
                "the limit must be a whole number from 1 to 100",
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_sort_is_a_name_with_an_optional_sign() {
        for (text, field, canonical) in [
            ("name", Field::Name, "+name"),
            ("+name", Field::Name, "+name"),
            (" name", Field::Name, "+name"),
            ("-createdAt", Field::Created, "-createdAt"),
        ] {
            assert_eq!(sort(text).field, field);
            assert_eq!(sort(text).to_string(), canonical);
        }
        for text in ["", "+", "--name", "Name", "name,created", "name ", "é"] {
            assert_eq!(
                Sort::parse(text, &FIELDS).unwrap_err().to_string(),
                "sort must be one of name, created, createdAt; a + (ascending) or - (descending) may \
                 stand in front",
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_cursor_is_url_safe_and_knows_its_order() {
        let position = Position::new("Zoë?>~ÿ", "42");
        let text = Cursor::new(&sort("-name"), position.clone()).to_string();
        assert!(
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        );
        assert_eq!(
            Cursor::decode(&text).unwrap().position_in(&sort("-name")),
            Ok(position)
        );
        assert_eq!(
            Cursor::decode(&text)
                .unwrap()
                .position_in(&sort("name"))
                .unwrap_err()
                .to_string(),
            "the cursor belongs to a list sorted by -name, not by +name; begin again without a cursor"
        );
    }

    #[test]
    fn nonsense_is_not_a_cursor() {
        let good = Cursor::new(&sort("name"), Position::new(7, "id")).to_string();
        let rewritten = URL_SAFE_NO_PAD.encode(r#"{"p":{"k":{"n":7},"i":"id"},"s":"+name"}"#);
        for text in [
            "",
            "abc",
            "!",
            "e30",
            "bnVsbA",
            &format!("{good}="),
            &good[1..],
            &format!(" {good}"),
            &rewritten,
        ] {
            assert_eq!(Cursor::decode(text), Err(PageError::Cursor), "{text:?}");
        }
    }

    #[test]
    fn keys_order_absent_then_numbers_then_texts() {
        let moment: DateTime<Utc> = "2026-11-23T00:00:00.000001Z".parse().unwrap();
        let keys: [SortKey<'_>; 5] = [
            None::<i64>.into(),
            (-1).into(),
            moment.into(),
            "A".into(),
            "a".into(),
        ];
        assert!(keys.is_sorted());
    }

    fn page(start: &Start<'_>, direction: Direction) -> (Vec<u64>, Option<String>, Option<String>) {
        let items: [(u64, &str); 5] = [(3, "c"), (1, "a"), (2, "a"), (5, "d"), (4, "c")];
        let position = |&(id, name): &(u64, &'static str)| Position::new(name, id.to_string());
        let page = paginate(items, position, direction, start, Limit::try_from(2).unwrap());
        assert_eq!(page.total, 5);
        let id = |position: Option<Position<'_>>| position.map(|position| position.id.into_owned());
        (
            page.items.into_iter().map(|(id, _)| id).collect(),
            id(page.previous),
            id(page.next),
        )
    }

    #[test]
    fn a_page_knows_its_neighbours() {
        let place = |name: &'static str, id: &'static str| Position::new(name, id);
        let some = |id: &str| Some(id.to_owned());
        let (up, down) = (Direction::Ascending, Direction::Descending);
        for (start, direction, expected) in [
            (Start::First, up, (vec![1, 2], None, some("2"))),
            (
                Start::After(place("a", "2")),
                up,
                (vec![3, 4], some("3"), some("4")),
            ),
            (Start::After(place("c", "4")), up, (vec![5], some("5"), None)),
            (
                Start::Before(place("d", "5")),
                up,
                (vec![3, 4], some("3"), some("4")),
            ),
            (Start::Before(place("c", "3")), up, (vec![1, 2], None, some("2"))),
            (Start::First, down, (vec![5, 4], None, some("4"))),
            (
                Start::After(place("c", "4")),
                down,
                (vec![3, 2], some("3"), some("2")),
            ),
            (
                Start::Before(place("a", "1")),
                down,
                (vec![3, 2], some("3"), some("2")),
            ),
            // Positions of items that are gone.
            (
                Start::After(place("b", "9")),
                up,
                (vec![3, 4], some("3"), some("4")),
            ),
            (Start::Before(place("b", "9")), up, (vec![1, 2], None, some("2"))),
            // Nothing there: no way on or back.
            (Start::After(place("d", "5")), up, (vec![], None, None)),
            (Start::Before(place("a", "1")), up, (vec![], None, None)),
        ] {
            assert_eq!(page(&start, direction), expected, "{start:?} {direction:?}");
        }
    }
}
