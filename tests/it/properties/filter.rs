//! Filters against a model: a random tree is written down in a random style, parsed, and asked about random
//! people.

use mock_qlik_cloud::domain::filter::{Attribute, Filter, MAX_LENGTH, Vocabulary};
use proptest::prelude::*;

static PEOPLE: Vocabulary = Vocabulary {
    attributes: &[
        Attribute::searchable("name"),
        Attribute::exact("assignedRoles.name"),
        Attribute::exact("status"),
    ],
    grouped: None,
};
static PEOPLE_WITH_GROUPED_STATUS: Vocabulary = Vocabulary {
    grouped: Some("status"),
    ..PEOPLE
};

/// The model of a filter. `shout` and `apostrophes` are matters of style, and so are `parentheses`.
#[derive(Debug, Clone)]
enum Model {
    Condition {
        attribute: &'static str,
        contains: bool,
        value: String,
        shout: bool,
        apostrophes: bool,
    },
    Group {
        members: Vec<Model>,
        all: bool,
        shout: bool,
        parentheses: bool,
    },
}

impl Model {
    fn write(&self) -> String {
        match self {
            Self::Condition {
                attribute,
                contains,
                value,
                shout,
                apostrophes,
            } => {
                let quote = if *apostrophes { '\'' } else { '"' };
                let value = value.replace('\\', r"\\").replace(quote, &format!("\\{quote}"));
                let words = format!("{attribute} {}", if *contains { "co" } else { "eq" });
                format!("{} {quote}{value}{quote}", shouted(words, *shout))
            }
            Self::Group {
                members,
                all,
                shout,
                parentheses,
            } => {
                let join = shouted(if *all { " and " } else { " or " }.to_owned(), *shout);
                let members: Vec<_> = members
                    .iter()
                    .map(|member| match member {
                        Self::Group {
                            all: false,
                            parentheses: false,
                            ..
                        } if *all => format!("({})", member.write()),
                        _ => member.write(),
                    })
                    .collect();
                let text = members.join(&join);
                if *parentheses { format!("( {text})") } else { text }
            }
        }
    }

    fn accepts(&self, person: &Person) -> bool {
        match self {
            Self::Condition {
                attribute,
                contains,
                value,
                ..
            } => {
                let wanted = value.to_ascii_lowercase();
                let accepts = |found: &String| {
                    let found = found.to_ascii_lowercase();
                    if *contains {
                        found.contains(&wanted)
                    } else {
                        found == wanted
                    }
                };
                person.values(attribute).iter().any(accepts)
            }
            Self::Group {
                members, all: true, ..
            } => members.iter().all(|member| member.accepts(person)),
            Self::Group { members, .. } => members.iter().any(|member| member.accepts(person)),
        }
    }
}

fn shouted(text: String, shout: bool) -> String {
    if shout { text.to_ascii_uppercase() } else { text }
}

#[derive(Debug, Clone)]
struct Person {
    name: Vec<String>,
    roles: Vec<String>,
    status: Vec<String>,
}

impl Person {
    fn values(&self, attribute: &str) -> &[String] {
        match attribute {
            "name" => &self.name,
            "assignedRoles.name" => &self.roles,
            "status" => &self.status,
            other => panic!("asked for {other}, which the vocabulary does not have"),
        }
    }
}

/// Few letters, so that values meet; and every character that a quoted text has to escape.
fn value() -> impl Strategy<Value = String> {
    "[abAB\"'\\\\ ()]{0,3}"
}

fn person() -> impl Strategy<Value = Person> {
    let some = |most: usize| proptest::collection::vec(value(), 0..=most);
    (some(1), some(3), some(1)).prop_map(|(name, roles, status)| Person { name, roles, status })
}

fn condition(attributes: &'static [&'static str]) -> impl Strategy<Value = Model> {
    let attribute = proptest::sample::select(attributes);
    (attribute, any::<bool>(), value(), any::<bool>(), any::<bool>()).prop_map(
        |(attribute, contains, value, shout, apostrophes)| Model::Condition {
            attribute,
            contains: contains && attribute == "name",
            value,
            shout,
            apostrophes,
        },
    )
}

fn model(attributes: &'static [&'static str]) -> impl Strategy<Value = Model> {
    condition(attributes).prop_recursive(4, 40, 4, |inner| {
        let members = proptest::collection::vec(inner, 1..=4);
        (members, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
            |(members, all, shout, parentheses)| Model::Group {
                members,
                all,
                shout,
                parentheses,
            },
        )
    })
}

const EVERY_ATTRIBUTE: &[&str] = &["name", "assignedRoles.name", "status"];

const WORDS: &[&str] = &[
    "(",
    ")",
    "and",
    "OR",
    "name",
    "status",
    "eq",
    "co",
    "'a'",
    "\"b\"",
    "true",
    "not",
    "'",
    "\\",
    "é",
    "name eq 'a'",
];

/// The words of the language in any order: some are filters, most are not.
fn word_salad() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(WORDS), 0..14).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn a_filter_means_what_it_says(model in model(EVERY_ATTRIBUTE), person in person()) {
        let filter = Filter::parse(&model.write(), &PEOPLE).unwrap();
        let found = filter
            .matches(|attribute, test| person.values(attribute).iter().any(|value| test(value)));
        prop_assert_eq!(found, model.accepts(&person), "{}", filter);
    }

    #[test]
    fn the_canonical_form_parses_back_to_the_same_filter(model in model(EVERY_ATTRIBUTE)) {
        let filter = Filter::parse(&model.write(), &PEOPLE).unwrap();
        let canonical = filter.to_string();
        let again = Filter::parse(&canonical, &PEOPLE).unwrap();
        prop_assert_eq!(&again, &filter);
        prop_assert_eq!(again.to_string(), canonical);
    }

    #[test]
    fn a_filter_mentions_what_is_written_in_it(model in model(&["name", "status"])) {
        let filter = Filter::parse(&model.write(), &PEOPLE).unwrap();
        let canonical = filter.to_string();
        prop_assert_eq!(filter.mentions("STATUS"), canonical.contains("status eq"));
        prop_assert!(!filter.mentions("assignedRoles.name"));
    }

    #[test]
    fn a_group_for_status_applies_to_the_whole_filter(
        free in model(&["name", "assignedRoles.name"]),
        status in model(&["status"]),
        status_first in any::<bool>(),
    ) {
        let (free, status) = (free.write(), status.write());
        let (left, right) = if status_first { (&status, &free) } else { (&free, &status) };
        let parse = |text: String| Filter::parse(&text, &PEOPLE_WITH_GROUPED_STATUS);
        prop_assert!(parse(free.clone()).is_ok());
        prop_assert!(parse(status.clone()).is_ok());
        let joined = parse(format!("({left}) and ({right})"));
        let alternative = parse(format!("({left}) or ({right})"));
        let torn_apart = parse(format!("({status}) and ({free}) and ({status})"));
        prop_assert!(joined.is_ok() && alternative.is_err() && torn_apart.is_err());
    }

    #[test]
    fn a_word_salad_is_a_filter_or_a_place_and_a_sentence(text in word_salad()) {
        check_any_text(&text)?;
    }

    #[test]
    fn any_text_is_a_filter_or_a_place_and_a_sentence(text in "\\PC{0,40}") {
        check_any_text(&text)?;
    }
}

fn check_any_text(text: &str) -> Result<(), TestCaseError> {
    match Filter::parse(text, &PEOPLE) {
        Ok(filter) => prop_assert_eq!(Filter::parse(&filter.to_string(), &PEOPLE), Ok(filter)),
        Err(error) => {
            prop_assert!(
                (1..=text.chars().count() + 1).contains(&error.position),
                "{:?}: {}",
                text,
                error
            );
            prop_assert!(error.message.len() < MAX_LENGTH / 8);
        }
    }
    Ok(())
}
