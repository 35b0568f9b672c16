//! Collections that are kept in order, so that a page of a list costs the page, and not the list.
//!
//! An order is made when somebody first asks for it, and kept up from then on: a tenant whose keys nobody sorts by
//! description has no such order. What no order can hold, because it changes with the time or with another
//! collection, is cut out of the whole list by [`super::page::paginate`].

use std::collections::{BTreeSet, HashMap};
use std::fmt::{self, Debug, Display};
use std::hash::Hash;
use std::ops::Bound;
use std::sync::OnceLock;

use super::page::{Direction, Limit, Page, Position, SortKey, Start};

/// What can be kept in order.
pub trait Sortable {
    /// What tells it from the others, and decides between equal keys.
    type Id: Clone + Debug + Display + Ord;
    /// What it can be sorted by.
    type Field: Copy + Debug + Eq + 'static;
    /// All of them.
    const FIELDS: &'static [Self::Field];

    /// The id.
    fn id(&self) -> &Self::Id;

    /// The value that it is sorted by. It depends on nothing but the item.
    fn sort_key(&self, field: Self::Field) -> SortKey<'_>;

    /// Reads an id; nothing else can have a place in an order.
    fn parse_id(text: &str) -> Option<Self::Id>;
}

/// The places of the items of a collection, in ascending order.
type Order<T> = BTreeSet<Place<T>>;

/// Where an item stands.
type Place<T> = (SortKey<'static>, <T as Sortable>::Id);

/// The orders of a collection that somebody has asked for.
pub struct Orders<T: Sortable> {
    by_field: Vec<(T::Field, OnceLock<Order<T>>)>,
}

impl<T: Sortable> Orders<T> {
    /// The order by `field`; made of `items`, which are all of the collection, if it is not there yet.
    fn by<'t>(&self, field: T::Field, items: impl Iterator<Item = &'t T>) -> Option<&Order<T>>
    where
        T: 't,
    {
        let (_, order) = self.by_field.iter().find(|(of, _)| *of == field)?;
        Some(order.get_or_init(|| items.map(|item| place(item, field)).collect()))
    }

    /// The ids of all items by `field`, upwards; `items` are all of the collection.
    pub fn ascending<'o, 't>(
        &'o self,
        field: T::Field,
        items: impl Iterator<Item = &'t T>,
    ) -> impl Iterator<Item = &'o T::Id>
    where
        T: 'o + 't,
    {
        self.by(field, items).into_iter().flatten().map(|(_, id)| id)
    }

    /// Gives a new item its place in each order.
    pub fn add(&mut self, item: &T) {
        for (field, order) in &mut self.by_field {
            if let Some(order) = order.get_mut() {
                order.insert(place(item, *field));
            }
        }
    }

    /// Takes an item out of each order.
    pub fn remove(&mut self, item: &T) {
        for (field, order) in &mut self.by_field {
            if let Some(order) = order.get_mut() {
                order.remove(&place(item, *field));
            }
        }
    }

    /// Cuts one page out of the list of those that `find` finds by their ids and lets pass. `items` are all of the
    /// collection.
    ///
    /// The walk begins where the page does and ends behind it. It passes over what `find` does not let pass.
    ///
    /// # Errors
    /// When the start is no place that an item of this collection can have.
    pub fn page<'t, I>(
        &self,
        items: impl Iterator<Item = &'t T>,
        (field, direction): (T::Field, Direction),
        start: &Start<'_>,
        limit: Limit,
        find: impl Fn(&T::Id) -> Option<I>,
    ) -> Result<OrderedPage<I>, NoSuchPlace>
    where
        T: 't,
    {
        let boundary = |position: &Position<'_>| {
            let Position { key, id } = position.clone().into_owned();
            T::parse_id(&id).map(|id| (key, id)).ok_or(NoSuchPlace)
        };
        let (boundary, backwards) = match start {
            Start::First => (None, false),
            Start::After(position) => (Some(boundary(position)?), false),
            Start::Before(position) => (Some(boundary(position)?), true),
        };
        let Some(order) = self.by(field, items) else {
            return Err(NoSuchPlace);
        };
        // A page that ends before a place is the page after it, seen from the other end of the list.
        let upwards = (direction == Direction::Ascending) != backwards;
        let mut ahead = match &boundary {
            None => order.range::<Place<T>, _>(..),
            Some(place) if upwards => order.range((Bound::Excluded(place), Bound::Unbounded)),
            Some(place) => order.range((Bound::Unbounded, Bound::Excluded(place))),
        };
        let mut found = Vec::new();
        let mut some_beyond = false;
        while let Some(place) = if upwards { ahead.next() } else { ahead.next_back() } {
            if let Some(item) = find(&place.1) {
                if found.len() == limit.get() {
                    some_beyond = true;
                    break;
                }
                found.push((place, item));
            }
        }
        let passes = |place: &Place<T>| find(&place.1).is_some();
        let some_behind = boundary.as_ref().is_some_and(|place| {
            if upwards {
                order.range(..=place.clone()).rev().any(passes)
            } else {
                order.range(place.clone()..).any(passes)
            }
        });
        if backwards {
            found.reverse();
        }
        let (some_previous, some_next) = if backwards {
            (some_beyond, some_behind)
        } else {
            (some_behind, some_beyond)
        };
        let position = |entry: Option<&(&Place<T>, I)>| {
            entry.map(|((key, id), _)| Position::new(key.clone(), id.to_string()))
        };
        Ok(OrderedPage {
            next: position(found.last().filter(|_| some_next)),
            previous: position(found.first().filter(|_| some_previous)),
            items: found.into_iter().map(|(_, item)| item).collect(),
        })
    }
}

fn place<T: Sortable>(item: &T, field: T::Field) -> Place<T> {
    (item.sort_key(field).into_owned(), item.id().clone())
}

impl<T: Sortable> Default for Orders<T> {
    fn default() -> Self {
        Self {
            by_field: T::FIELDS.iter().map(|field| (*field, OnceLock::new())).collect(),
        }
    }
}

/// None of the orders: a copy that nobody reads needs none, and one that is read makes its own.
impl<T: Sortable> Clone for Orders<T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<T: Sortable> Debug for Orders<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = self.by_field.iter().filter(|(_, order)| order.get().is_some());
        formatter
            .debug_set()
            .entries(made.map(|(field, _)| field))
            .finish()
    }
}

/// One page of a list that is kept in order. How many items the whole list has is not known here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OrderedPage<I> {
    /// The items, in the order of the list.
    pub items: Vec<I>,
    /// Where the next page begins ([`Start::After`]); `None` on the last page, and on a page without items.
    pub next: Option<Position<'static>>,
    /// Where the previous page ends ([`Start::Before`]); `None` on the first page, and on a page without items.
    pub previous: Option<Position<'static>>,
}

/// A page that was cut out of the whole list.
impl<I> From<Page<'_, I>> for OrderedPage<I> {
    fn from(page: Page<'_, I>) -> Self {
        Self {
            items: page.items,
            next: page.next.map(Position::into_owned),
            previous: page.previous.map(Position::into_owned),
        }
    }
}

/// The start of a page is no place that an item can have: its cursor was not made by this emulator.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoSuchPlace;

/// How many items have something in common, without looking at any of them.
#[derive(Clone, Debug)]
pub struct Tally<K>(HashMap<K, usize>);

impl<K: Clone + Eq + Hash> Tally<K> {
    /// How many have this.
    pub fn of(&self, key: &K) -> usize {
        self.0.get(key).copied().unwrap_or_default()
    }

    /// One more has this.
    pub fn add(&mut self, key: &K) {
        *self.0.entry(key.clone()).or_default() += 1;
    }

    /// One less has this.
    pub fn remove(&mut self, key: &K) {
        if let Some(count) = self.0.get_mut(key) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(key);
            }
        }
    }

    /// All that at least one item has, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, usize)> {
        self.0.iter().map(|(key, count)| (key, *count))
    }
}

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}
