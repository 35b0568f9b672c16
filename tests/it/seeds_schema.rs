//! The schema of seeds: what is checked in is what the program says, and it says what the reader takes.

use std::collections::{BTreeMap, BTreeSet};

use mock_qlik_cloud::domain::document::COMMENT;
use mock_qlik_cloud::domain::seed;
use serde_json::{Map, Value, json};

use crate::program;
use crate::support::seed_schema::{assert_judged_alike, by_the_reader, by_the_schema, disagreement};

/// A seed with every member that there is.
fn full() -> Value {
    serde_json::from_str(include_str!("support/full_seed.json")).unwrap()
}

/// Every value of a document with its pointer.
fn places(value: &Value, pointer: &str, found: &mut Vec<String>) {
    found.push(pointer.to_owned());
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                places(value, &format!("{pointer}/{member}"), found);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                places(value, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn all_places() -> Vec<String> {
    let mut found = Vec::new();
    places(&full(), "", &mut found);
    found
}

/// The schema of the value at a pointer.
fn schema_at<'s>(schema: &'s Value, pointer: &str) -> &'s Value {
    pointer.split('/').skip(1).fold(schema, |schema, step| {
        schema
            .get("items")
            .filter(|_| step.parse::<usize>().is_ok())
            .or_else(|| schema.get("properties")?.get(step))
            .unwrap_or_else(|| {
                panic!("{pointer} is not in the schema: describe it in src/domain/seed/schema.rs")
            })
    })
}

/// One of each kind of value, and whatever comes near to the right one somewhere.
fn probes() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "\u{85}",
        "\u{FEFF}",
        "a@\u{FEFF}",
        "x",
        "no id",
        "é",
        "a/b",
        "a@b",
        "a@@b",
        "a@b c",
        "@b",
        "a@",
        "a@b\u{7}",
        "a@b\n",
        "active",
        "disabled",
        "classic",
        "externalClient",
        "P",
        "PT",
        "P1",
        "P1D",
        "p1d",
        "P1DT",
        "P1D2",
        "P1W2D",
        "P1M1Y",
        "P1Y2M3DT4H5M6S",
        "P0D",
        "PT0S",
        "PT0.0S",
        "PT0,5S",
        "PT.5S",
        "PT1.S",
        "P1.5D",
        "PT0.0000000001S",
        "P0000000000001D",
        "P999999Y",
        "P9999Y",
        "-P1D",
        "--P1D",
        "+P1D",
        "-P0D",
        "P-1D",
        "P1D\n",
        "2026-01-31T08:00:00.000Z",
        "2026-01-31t08:00:00z",
        "2026-01-31 08:00:00Z",
        "2026-01-31_08:00:00Z",
        "2026-01-31T08:00:00",
        "2026-01-31T08:00:00.Z",
        "2026-01-31T08:00:60Z",
        "2026-01-31T08:60:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T08:00:00+23:59",
        "2026-01-31T08:00:00\u{2212}02:00",
        "2026-01-31T08:00:00+24:00",
        "2026-01-31T08:00:00+0200",
        "2026-13-01T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-01-01",
        "12026-01-31T08:00:00Z",
        "7d3c1a52-0b1e-4c86-9a57-000000000009",
        "7D3C1A52-0B1E-4C86-9A57-00000000000A",
        "7d3c1a520b1e4c869a57000000000009",
        "{7d3c1a52-0b1e-4c86-9a57-000000000009}",
        "urn:uuid:7d3c1a52-0b1e-4c86-9a57-000000000009",
    ];
    let long = [
        "a".repeat(64),
        "a".repeat(65),
        "A".repeat(96),
        "a".repeat(97),
        "0g".repeat(32),
    ];
    let others = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(1.0),
        json!(1.5),
        json!(2),
        json!(-1),
        json!(5.0),
        json!(14),
        json!(15),
        json!(59),
        json!(60),
        json!(61),
        json!(120.0),
        json!(1440),
        json!(1441),
        json!(10_080),
        json!(10_140),
        json!(1000),
        json!(1001),
        json!(1e300),
        json!([]),
        json!([""]),
        json!([7]),
        json!(["api-keys"]),
        json!(["none"]),
        json!(["none", "none"]),
        json!(["api-keys", "api-keys"]),
        json!([{}]),
        json!({}),
        json!({ "a/b~c": 1 }),
    ];
    texts
        .into_iter()
        .map(|text| json!(text))
        .chain(long.into_iter().map(|text| json!(text)))
        .chain(others)
        .collect()
}

#[test]
fn the_schema_that_is_checked_in_is_that_of_the_program() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/seed.schema.json");
    let checked_in = std::fs::read_to_string(path).unwrap();
    let schema = format!("{:#}\n", seed::schema());
    assert!(
        checked_in == schema,
        "docs/seed.schema.json is not up to date: cargo run -q -- seed schema > docs/seed.schema.json"
    );
    let printed = program::run(&["seed", "schema"], &[]);
    assert_eq!((printed.code, printed.stdout), (Some(0), schema));
}

#[test]
fn it_is_a_schema_of_its_draft_and_explains_every_member() {
    let schema = seed::schema();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    for place in all_places() {
        let schema = schema_at(&schema, &place);
        let is_element = place
            .rsplit('/')
            .next()
            .is_some_and(|step| step.parse::<usize>().is_ok());
        if !is_element {
            let words = schema["description"].as_str().unwrap_or_default();
            assert!(words.ends_with('.'), "{place} has no description");
        }
    }
}

#[test]
fn every_member_of_the_schema_stands_in_the_full_seed() {
    fn walk(schema: &Value, values: &[&Value], pointer: &str) {
        let members = schema.get("properties").and_then(Value::as_object);
        for (member, schema) in members.into_iter().flatten() {
            let values: Vec<_> = values.iter().filter_map(|value| value.get(member)).collect();
            assert!(
                !values.is_empty() || (member == COMMENT && !pointer.is_empty()),
                "tests/it/support/full_seed.json has no {pointer}/{member}"
            );
            walk(schema, &values, &format!("{pointer}/{member}"));
        }
        if let Some(schema) = schema.get("items") {
            let values: Vec<_> = values
                .iter()
                .filter_map(|list| list.as_array())
                .flatten()
                .collect();
            assert!(
                !values.is_empty(),
                "tests/it/support/full_seed.json has nothing in {pointer}"
            );
            walk(schema, &values, &format!("{pointer}/0"));
        }
    }
    walk(&seed::schema(), &[&full()], "");
    assert_eq!(by_the_reader(&full()), []);
    assert_eq!(by_the_schema(&full()), []);
}

#[test]
fn the_reader_knows_the_members_of_the_schema_and_no_others() {
    let schema = seed::schema();
    for place in all_places() {
        let mut seed = full();
        let Some(members) = seed.pointer_mut(&place).and_then(Value::as_object_mut) else {
            continue;
        };
        members.insert("colour".to_owned(), json!("red"));
        let said = by_the_reader(&seed);
        let [(pointer, sentence)] = said.as_slice() else {
            panic!("{said:?}")
        };
        assert_eq!(*pointer, format!("{place}/colour"));
        let (_, known) = sentence.split_once("Known: ").unwrap();
        let known: BTreeSet<_> = known.trim_end_matches('.').split(", ").collect();
        let described = schema_at(&schema, &place)["properties"].as_object().unwrap();
        let described: BTreeSet<_> = described
            .keys()
            .map(String::as_str)
            .filter(|member| *member != COMMENT)
            .collect();
        assert_eq!(
            known, described,
            "at {place:?} the reader knows the left, the schema the right; \
             describe it in src/domain/seed/schema.rs, and put it into tests/it/support/full_seed.json"
        );
    }
}

#[test]
fn every_value_in_every_place_is_judged_alike() {
    let full = full();
    let is_leaf = |place: &String| {
        let value = full.pointer(place).unwrap();
        !value.is_object() && !value.is_array()
    };
    let (leaves, others): (Vec<_>, Vec<_>) = all_places().into_iter().partition(is_leaf);
    // One member of each object at a time: what is wrong in one object says nothing about another.
    let members = (0..)
        .map(|number| nth_of_each(&leaves, number))
        .take_while(|places| !places.is_empty())
        .flat_map(|places| probes().into_iter().map(move |probe| (places.clone(), probe)));
    // For an object or a list, all texts are alike.
    let containers = others.into_iter().flat_map(|place| {
        let probes = probes()
            .into_iter()
            .filter(|probe| !probe.is_string() || probe == "x");
        probes.map(move |probe| (vec![place.clone()], probe))
    });

    let mut disagreements = Vec::new();
    let mut judged = 0;
    for (places, probe) in members.chain(containers) {
        let mut seed = full.clone();
        for place in &places {
            *seed.pointer_mut(place).unwrap() = probe.clone();
        }
        judged += places.len();
        if let Some(disagreement) = disagreement(&seed) {
            disagreements.push(format!("{probe}: {disagreement}"));
        }
    }
    assert!(judged > 4000, "only {judged}");
    assert!(disagreements.is_empty(), "\n{}", disagreements.join("\n"));
}

/// Of each object, the place with this number.
fn nth_of_each(places: &[String], number: usize) -> Vec<String> {
    let mut of_each: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for place in places {
        let parent = place.rsplit_once('/').map_or("", |(parent, _)| parent);
        of_each.entry(parent).or_default().push(place);
    }
    of_each
        .values()
        .filter_map(|places| places.get(number))
        .map(|place| (*place).clone())
        .collect()
}

#[test]
fn a_seed_without_a_member_or_with_one_more_is_judged_alike() {
    let member = |seed: &mut Value, place: &str, change: &dyn Fn(&mut Map<String, Value>)| {
        let members = seed.pointer_mut(place).and_then(Value::as_object_mut);
        members.map(change).is_some()
    };
    for place in all_places().iter().filter(|place| !place.is_empty()) {
        let (parent, name) = place.rsplit_once('/').unwrap();
        let mut seed = full();
        if member(&mut seed, parent, &|members| drop(members.remove(name))) {
            assert_judged_alike(&seed);
        }
    }
    for place in all_places() {
        for name in [COMMENT, "colour", "a/b~c", ""] {
            let mut seed = full();
            if member(&mut seed, &place, &|members| {
                members.insert(name.to_owned(), json!(["anything"]));
            }) {
                assert_judged_alike(&seed);
                assert_eq!(by_the_schema(&seed).is_empty(), name == COMMENT, "{place}/{name}");
            }
        }
    }
}
