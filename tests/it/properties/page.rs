//! Walks over pages: every item once and in order, forwards and backwards, while limits change and items come
//! and go.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use mock_qlik_cloud::domain::order::{OrderedPage, Orders, Sortable};
use mock_qlik_cloud::domain::page::{
    Cursor, Direction, Limit, Page, Position, Sort, SortKey, Start, paginate,
};
use proptest::prelude::*;

/// A list by id. Few different keys, so that many items tie.
type List = BTreeMap<u16, Option<u8>>;
type Item = (u16, Option<u8>);

/// In a hash-like order of ids, so that the order of insertion never is the order of the list by accident.
fn id_text(id: u16) -> String {
    format!("{:04x}", id.wrapping_mul(40_503))
}

fn place(&(id, key): &Item) -> Position<'static> {
    Position::new(key.map(|key| key.to_string()), id_text(id))
}

fn list() -> impl Strategy<Value = List> {
    proptest::collection::btree_map(any::<u16>(), proptest::option::of(0..6_u8), 0..60)
}

fn direction() -> impl Strategy<Value = Direction> {
    proptest::sample::select([Direction::Ascending, Direction::Descending].as_slice())
}

fn limits() -> impl Strategy<Value = Vec<u64>> {
    proptest::collection::vec(1..=12_u64, 1..8)
}

fn page(list: &List, direction: Direction, start: &Start<'_>, limit: u64) -> Page<'static, Item> {
    let items = list.iter().map(|(id, key)| (*id, *key));
    paginate(items, place, direction, start, Limit::try_from(limit).unwrap())
}

/// The whole list in order, by the plainest means.
fn in_order(list: &List, direction: Direction) -> Vec<Item> {
    let mut items: Vec<Item> = list.iter().map(|(id, key)| (*id, *key)).collect();
    items.sort_by_key(|(id, key)| (key.map(|key| key.to_string()), id_text(*id)));
    if direction == Direction::Descending {
        items.reverse();
    }
    items
}

/// Sends a position the way of a link: written into a text and read from it.
fn over_the_wire(position: Position<'_>, direction: Direction) -> Position<'static> {
    let sort = Sort {
        field: (),
        name: "name",
        direction,
    };
    let text = Cursor::new(&sort, position).to_string();
    Cursor::decode(&text).unwrap().position_in(&sort).unwrap()
}

/// Follows `next` to the end; `limits` are used in turn. Returns the items, and the last page.
fn walk_forwards(list: &List, direction: Direction, limits: &[u64]) -> (Vec<Item>, Page<'static, Item>) {
    let mut limits = limits.iter().cycle();
    let mut seen = Vec::new();
    let mut start = Start::First;
    loop {
        let page = page(list, direction, &start, *limits.next().unwrap());
        seen.extend(&page.items);
        assert!(seen.len() <= list.len(), "the walk repeats items: {seen:?}");
        match page.next.clone() {
            Some(position) => start = Start::After(over_the_wire(position, direction)),
            None => return (seen, page),
        }
    }
}

/// A change of the list between two pages.
#[derive(Debug, Clone)]
enum Change {
    Insert(u16, Option<u8>),
    /// Deletes the item at this share (of 256) of the list.
    Delete(u8),
    /// Deletes the item on which the last page ended, the one that the cursor names.
    DeleteLastSeen,
}

fn changes() -> impl Strategy<Value = Vec<Vec<Change>>> {
    let change = prop_oneof![
        (any::<u16>(), proptest::option::of(0..6_u8)).prop_map(|(id, key)| Change::Insert(id, key)),
        any::<u8>().prop_map(Change::Delete),
        Just(Change::DeleteLastSeen),
    ];
    proptest::collection::vec(proptest::collection::vec(change, 0..4), 1..10)
}

/// An item that can be kept in order.
struct Record {
    id: String,
    item: Item,
}

impl Record {
    fn new(id: u16, key: Option<u8>) -> Self {
        Self {
            id: id_text(id),
            item: (id, key),
        }
    }
}

impl Sortable for Record {
    type Id = String;
    type Field = ();
    const FIELDS: &'static [()] = &[()];

    fn id(&self) -> &String {
        &self.id
    }

    fn sort_key(&self, (): ()) -> SortKey<'_> {
        place(&self.item).key
    }

    fn parse_id(text: &str) -> Option<String> {
        Some(text.to_owned())
    }
}

proptest! {
    #[test]
    fn a_page_of_what_is_kept_in_order_is_the_one_that_is_cut_out_of_the_whole(
        list in list(), added in list(), removed in proptest::collection::vec(any::<u8>(), 0..20),
        changed in proptest::collection::vec((any::<u8>(), proptest::option::of(0..6_u8)), 0..20),
        direction in direction(), limit in 1..=12_u64, pivot in any::<Item>(), from in 0..3_u8, hidden in 0..4_u8,
    ) {
        let mut records: BTreeMap<String, Record> = BTreeMap::new();
        let mut orders = Orders::<Record>::default();
        let start = match from {
            0 => Start::First,
            1 => Start::After(place(&pivot)),
            _ => Start::Before(place(&pivot)),
        };
        let limit = Limit::try_from(limit).unwrap();
        let shown = |record: &&Record| record.item.1 != Some(hidden);
        let kept = |orders: &Orders<Record>, records: &BTreeMap<String, Record>| {
            let find = |id: &String| records.get(id).filter(shown).map(|record| record.item);
            orders.page(records.values(), ((), direction), &start, limit, find).unwrap()
        };
        for (id, key) in &list {
            let record = Record::new(*id, *key);
            orders.add(&record);
            records.insert(record.id.clone(), record);
        }
        // From the first page on the order is there, and follows what comes and goes.
        kept(&orders, &records);
        for (id, key) in added {
            if let Entry::Vacant(free) = records.entry(id_text(id)) {
                let record = Record::new(id, key);
                orders.add(&record);
                free.insert(record);
            }
        }
        for (share, key) in changed {
            let at = records.len() * usize::from(share) / 256;
            if let Some(record) = records.values_mut().nth(at) {
                orders.remove(record);
                record.item.1 = key;
                orders.add(record);
            }
        }
        for share in removed {
            let gone = records.keys().nth(records.len() * usize::from(share) / 256).cloned();
            if let Some(record) = gone.and_then(|id| records.remove(&id)) {
                orders.remove(&record);
            }
        }
        let wanted = records.values().filter(shown).map(|record| record.item);
        let cut: OrderedPage<Item> = paginate(wanted, place, direction, &start, limit).into();
        prop_assert_eq!(kept(&orders, &records), cut);
    }

    #[test]
    fn following_next_visits_every_item_once_and_in_order(
        list in list(), direction in direction(), limits in limits(),
    ) {
        let (seen, last) = walk_forwards(&list, direction, &limits);
        prop_assert_eq!(seen, in_order(&list, direction));
        prop_assert_eq!(last.total, list.len());
    }

    #[test]
    fn following_prev_from_the_last_page_walks_back(
        list in list(), direction in direction(), there in limits(), back in limits(),
    ) {
        let (_, mut current) = walk_forwards(&list, direction, &there);
        let mut back = back.iter().cycle();
        let mut seen: Vec<Item> = current.items.iter().rev().copied().collect();
        while let Some(position) = current.previous.clone() {
            let start = Start::Before(over_the_wire(position, direction));
            current = page(&list, direction, &start, *back.next().unwrap());
            seen.extend(current.items.iter().rev());
            prop_assert!(seen.len() <= list.len(), "the walk repeats items: {:?}", seen);
        }
        seen.reverse();
        prop_assert_eq!(seen, in_order(&list, direction));
    }

    #[test]
    fn one_page_on_and_one_page_back_is_the_same_page(
        list in list(), direction in direction(), limit in 1..=12_u64,
    ) {
        let mut current = page(&list, direction, &Start::First, limit);
        for _ in 0..list.len() {
            let Some(position) = current.next.clone() else { break };
            prop_assert_eq!(current.items.len(), usize::try_from(limit).unwrap());
            let following = page(&list, direction, &Start::After(position), limit);
            let way_back = following.previous.clone().map(Start::Before).unwrap();
            prop_assert_eq!(&page(&list, direction, &way_back, limit), &current);
            current = following;
        }
    }

    #[test]
    fn one_direction_is_the_reverse_of_the_other(list in list(), limits in limits()) {
        let (mut upwards, _) = walk_forwards(&list, Direction::Ascending, &limits);
        upwards.reverse();
        prop_assert_eq!(walk_forwards(&list, Direction::Descending, &limits).0, upwards);
    }

    #[test]
    fn items_that_come_and_go_disturb_no_other_item(
        list in list(), direction in direction(), limits in limits(), changes in changes(),
    ) {
        let mut list = list;
        let mut survivors: BTreeSet<Item> = list.iter().map(|(id, key)| (*id, *key)).collect();
        let mut changes = changes.into_iter();
        let mut limits = limits.iter().cycle();
        let mut seen: Vec<Item> = Vec::new();
        let mut start = Start::First;
        loop {
            let page = page(&list, direction, &start, *limits.next().unwrap());
            prop_assert!(page.items.iter().all(|item| !seen.contains(item)), "twice: {:?} {:?}", seen, page);
            seen.extend(&page.items);
            let Some(position) = page.next else { break };
            start = Start::After(over_the_wire(position, direction));
            for change in changes.next().unwrap_or_default() {
                let gone = match change {
                    Change::Insert(id, key) => {
                        list.entry(id).or_insert(key);
                        continue;
                    }
                    Change::Delete(share) => list.keys().nth(list.len() * usize::from(share) / 256).copied(),
                    Change::DeleteLastSeen => seen.last().map(|(id, _)| *id),
                };
                if let Some((id, key)) = gone.and_then(|id| list.remove_entry(&id)) {
                    survivors.remove(&(id, key));
                }
            }
        }
        let places: Vec<_> = seen.iter().map(place).collect();
        let in_order = places.windows(2).all(|pair| match direction {
            Direction::Ascending => pair[0] < pair[1],
            Direction::Descending => pair[0] > pair[1],
        });
        prop_assert!(in_order, "not in order: {:?}", seen);
        let seen: BTreeSet<Item> = seen.into_iter().collect();
        prop_assert!(survivors.is_subset(&seen), "missed {:?}", survivors.difference(&seen));
    }

    #[test]
    fn a_page_says_truly_whether_there_is_more(
        list in list(), direction in direction(), limit in 1..=12_u64,
        pivot in any::<Item>(), before in any::<bool>(),
    ) {
        let pivot = place(&pivot);
        let start = if before { Start::Before(pivot) } else { Start::After(pivot) };
        let page = page(&list, direction, &start, limit);
        let all = in_order(&list, direction);
        prop_assert_eq!(page.total, all.len());
        match (page.items.first(), page.items.last()) {
            (Some(first), Some(last)) => {
                let first_at = all.iter().position(|item| item == first).unwrap();
                let last_at = all.iter().position(|item| item == last).unwrap();
                prop_assert_eq!(&page.items, &all[first_at..=last_at]);
                prop_assert_eq!(page.previous, (first_at > 0).then(|| place(first)));
                prop_assert_eq!(page.next, (last_at + 1 < all.len()).then(|| place(last)));
            }
            _ => prop_assert_eq!((page.previous, page.next), (None, None)),
        }
    }

    #[test]
    fn a_cursor_comes_back_as_it_was_sent(
        text in proptest::option::of(".{0,20}"), number in any::<i64>(), id in ".{0,40}",
    ) {
        for key in [SortKey::from(text), SortKey::from(number)] {
            let position = Position::new(key, id.clone());
            for direction in [Direction::Ascending, Direction::Descending] {
                prop_assert_eq!(&over_the_wire(position.clone(), direction), &position);
            }
        }
    }

    #[test]
    fn any_text_is_a_cursor_of_ours_or_refused(text in "[A-Za-z0-9_=-]{0,60}") {
        if let Ok(cursor) = Cursor::decode(&text) {
            prop_assert_eq!(cursor.to_string(), text);
        }
    }

    #[test]
    fn a_damaged_cursor_never_turns_into_a_second_text_for_the_same_place(
        key in "[a-z]{0,8}", at in any::<proptest::sample::Index>(), letter in "[A-Za-z0-9_-]",
    ) {
        let sort = Sort { field: (), name: "name", direction: Direction::Ascending };
        let good = Cursor::new(&sort, Position::new(key, "id"));
        let mut text = good.to_string();
        let at = at.index(text.len());
        text.replace_range(at..=at, &letter);
        if let Ok(damaged) = Cursor::decode(&text) {
            prop_assert_eq!(damaged == good, text == good.to_string());
        }
    }

    #[test]
    fn a_limit_is_read_exactly_from_1_to_100(number in 0..300_u64) {
        let limit = number.to_string().parse::<Limit>();
        prop_assert_eq!(limit.is_ok(), (1..=100).contains(&number));
        prop_assert_eq!(limit.clone(), Limit::try_from(number));
        if let Ok(limit) = limit {
            prop_assert_eq!(u64::try_from(limit.get()).unwrap(), number);
        }
    }
}
