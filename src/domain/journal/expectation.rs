//! What a test expects to have been asked: how often, or in which order.

use std::cmp::Reverse;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Entry;
use super::criteria::{Criteria, whole};
use crate::domain::document::{Faults, Fields, elements};
use crate::domain::error::DomainError;
use crate::domain::request_pattern::KnownOperation;

/// How many near misses a mismatch shows.
const NEAREST: usize = 3;

/// What a test expects.
///
/// ```json
/// { "operation": "createApiKey", "status": 201, "exactly": 2 }
/// { "path": "/api/v1/users/**", "caller": "62716ab404a7bd8626af9bd6", "atMost": 10, "since": 17 }
/// { "inOrder": [{ "operation": "createApiKey" }, { "operation": "deleteApiKeyById", "status": "2xx" }] }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Expectation {
    /// `since`: only entries after this sequence number count.
    pub since: u64,
    /// What is expected of them.
    pub wanted: Wanted,
}

/// How often or in which order requests are expected.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Wanted {
    /// So many requests of a kind: `exactly`, or `atLeast` and `atMost`; at least one if nothing is said.
    Count {
        /// The kind.
        criteria: Criteria,
        /// At least so many.
        at_least: u64,
        /// At most so many, if there is a bound.
        at_most: Option<u64>,
    },
    /// `inOrder`: a request of each kind, one after the other was answered. Others may come between.
    InOrder(Vec<Criteria>),
}

/// An expectation that has come true.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified {
    /// The sequence numbers of the requests that were expected.
    pub sequences: Vec<u64>,
}

/// An expectation that has not come true.
#[derive(Clone, Debug)]
pub struct Mismatch {
    /// What was expected and what has come.
    pub sentence: String,
    /// How many requests were of the kind; of an order, how many steps were met.
    pub matched: usize,
    /// The entries that come nearest to what is missing, the nearest first; of a number that is exceeded, the last
    /// entries that count.
    pub nearest: Vec<NearMiss>,
}

/// An entry and what is wrong with it.
#[derive(Clone, Debug)]
pub struct NearMiss {
    /// The entry.
    pub entry: Arc<Entry>,
    /// A sentence for each difference; none for an entry that is one too many.
    pub differences: Vec<String>,
}

impl Mismatch {
    /// The form on the wire.
    pub fn to_json(&self) -> Value {
        let nearest = self.nearest.iter().map(|miss| {
            json!({
                "sequence": miss.entry.sequence,
                "request": miss.entry.summary(),
                "status": miss.entry.status,
                "differences": miss.differences,
            })
        });
        json!({
            "sentence": self.sentence,
            "matched": self.matched,
            "nearest": nearest.collect::<Vec<_>>(),
        })
    }
}

impl Expectation {
    /// Reads an expectation. Unknown members are refused.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] with everything that is wrong.
    pub fn read(document: &Value, known: KnownOperation<'_>) -> Result<Self, DomainError> {
        let faults = Faults::default();
        let mut fields = Fields::open(&faults, "", document);
        let since = fields.optional("since", &whole).unwrap_or_default();
        let wanted = match fields.value("inOrder") {
            Some(steps) => read_order(&faults, &fields.pointer("inOrder"), steps, known),
            None => read_count(&mut fields, known),
        };
        fields.refuse_unknown();
        faults.verdict(Some(Self { since, wanted }))
    }

    /// Compares with the entries after `since`, oldest first, of which `dropped` are missing.
    pub(super) fn check(&self, entries: &[&Arc<Entry>], dropped: u64) -> Result<Verified, Mismatch> {
        let verdict = match &self.wanted {
            Wanted::Count {
                criteria,
                at_least,
                at_most,
            } => check_count(entries, dropped, criteria, *at_least, *at_most),
            Wanted::InOrder(steps) => check_order(entries, steps),
        };
        verdict.map_err(|mut mismatch| {
            if dropped > 0 {
                mismatch.sentence += &format!(
                    " The journal had to drop {dropped} earlier requests; raise its limits, or clear it before the \
                     requests that count."
                );
            }
            mismatch
        })
    }
}

fn read_order(faults: &Faults, pointer: &str, steps: &Value, known: KnownOperation<'_>) -> Wanted {
    let steps: Vec<_> = elements(faults, pointer, steps)
        .into_iter()
        .map(|(pointer, step)| {
            let mut fields = Fields::open(faults, pointer, step);
            let criteria = Criteria::read(&mut fields, known);
            fields.refuse_unknown();
            criteria
        })
        .collect();
    if steps.is_empty() && faults.is_empty() {
        faults.at(pointer, "Must have at least one element.");
    }
    Wanted::InOrder(steps)
}

fn read_count(fields: &mut Fields<'_>, known: KnownOperation<'_>) -> Wanted {
    let criteria = Criteria::read(fields, known);
    let exactly = fields.optional("exactly", &whole);
    let at_least = fields.optional("atLeast", &whole);
    let at_most = fields.optional("atMost", &whole);
    if exactly.is_some() && (at_least.is_some() || at_most.is_some()) {
        fields.fault("exactly", "Give `exactly`, or `atLeast` and `atMost`, not both.");
    }
    if let (Some(least), Some(most)) = (at_least, at_most)
        && least > most
    {
        fields.fault("atMost", "Must not be less than `atLeast`.");
    }
    // Who names an upper bound only is content with nothing.
    let usual_least = u64::from(at_most.is_none());
    Wanted::Count {
        criteria,
        at_least: exactly.or(at_least).unwrap_or(usual_least),
        at_most: exactly.or(at_most),
    }
}

fn check_count(
    entries: &[&Arc<Entry>],
    dropped: u64,
    criteria: &Criteria,
    at_least: u64,
    at_most: Option<u64>,
) -> Result<Verified, Mismatch> {
    let (matching, others): (Vec<_>, Vec<_>) = entries.iter().copied().partition(|entry| criteria.fit(entry));
    let count = matching.len() as u64;
    let mismatch = |sentence, nearest| Mismatch {
        sentence,
        matched: matching.len(),
        nearest,
    };
    let expected = format!("Expected {criteria} {}", how_often(at_least, at_most));
    if count < at_least {
        let nearest = nearest(&others, criteria, |_| None);
        return Err(mismatch(
            format!("{expected}, but it came {}.", times(count)),
            nearest,
        ));
    }
    if at_most.is_some_and(|most| count > most) {
        let last = matching.iter().rev().take(NEAREST);
        let nearest = last.map(|entry| NearMiss {
            entry: Arc::clone(entry),
            differences: Vec::new(),
        });
        return Err(mismatch(
            format!("{expected}, but it came {}.", times(count)),
            nearest.collect(),
        ));
    }
    if at_most.is_some() && dropped > 0 {
        // Any of the dropped ones may have been one too many: a test must not pass because of that.
        return Err(mismatch(
            format!("{expected}, which cannot be shown."),
            Vec::new(),
        ));
    }
    Ok(Verified {
        sequences: matching.iter().map(|entry| entry.sequence).collect(),
    })
}

fn check_order(entries: &[&Arc<Entry>], steps: &[Criteria]) -> Result<Verified, Mismatch> {
    let mut sequences: Vec<u64> = Vec::new();
    let mut rest = entries.iter();
    for step in steps {
        // The first entry that fits leaves the most room for the steps behind it.
        if let Some(entry) = rest.find(|entry| step.fit(entry)) {
            sequences.push(entry.sequence);
            continue;
        }
        let number = sequences.len() + 1;
        let (sentence, nearest) = match sequences.last() {
            None => (
                format!("Step 1, {step}, did not come."),
                nearest(entries, step, |_| None),
            ),
            Some(&before) => (
                format!(
                    "Step {number}, {step}, did not come after request {before}, which was step {}.",
                    number - 1
                ),
                nearest(entries, step, |entry| {
                    (entry.sequence <= before).then(|| format!("It did not come after request {before}."))
                }),
            ),
        };
        return Err(Mismatch {
            sentence,
            matched: sequences.len(),
            nearest,
        });
    }
    Ok(Verified { sequences })
}

/// The entries that come nearest to the criteria, among equals the newest; `also` may find one more difference.
fn nearest(
    entries: &[&Arc<Entry>],
    criteria: &Criteria,
    also: impl Fn(&Entry) -> Option<String>,
) -> Vec<NearMiss> {
    let mut ranked: Vec<_> = entries
        .iter()
        .map(|entry| (criteria.distance(entry), Reverse(entry.sequence), entry))
        .collect();
    ranked.sort_unstable_by_key(|(distance, newest_first, _)| (*distance, *newest_first));
    ranked
        .into_iter()
        .take(NEAREST)
        .map(|(_, _, entry)| {
            let mut differences = criteria.differences(entry);
            differences.extend(also(entry));
            NearMiss {
                entry: Arc::clone(entry),
                differences,
            }
        })
        .collect()
}

fn how_often(at_least: u64, at_most: Option<u64>) -> String {
    match at_most {
        Some(most) if most == at_least => format!("exactly {}", times(most)),
        Some(most) if at_least == 0 => format!("at most {}", times(most)),
        Some(most) => format!("{at_least} to {}", times(most)),
        None => format!("at least {}", times(at_least)),
    }
}

fn times(count: u64) -> String {
    match count {
        0 => "not once".to_owned(),
        1 => "once".to_owned(),
        _ => format!("{count} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::asked;
    use super::super::{Journal, JournalSettings};
    use super::*;

    const OPERATIONS: [&str; 3] = ["createApiKey", "deleteApiKeyById", "getUsers"];

    fn known(id: &str) -> Option<&'static str> {
        OPERATIONS.into_iter().find(|known| *known == id)
    }

    /// 1: ann creates a key; 2: bob is refused one; 3: ann lists users; 4: ann deletes a key.
    fn journal(entries: usize) -> Journal {
        let mut journal = Journal::new(JournalSettings {
            entries,
            ..JournalSettings::default()
        });
        journal.record(asked(
            "ann",
            "POST",
            "/api/v1/api-keys",
            Some("createApiKey"),
            201,
        ));
        journal.record(asked(
            "bob",
            "POST",
            "/api/v1/api-keys",
            Some("createApiKey"),
            403,
        ));
        journal.record(asked("ann", "GET", "/api/v1/users", Some("getUsers"), 200));
        journal.record(asked(
            "ann",
            "DELETE",
            "/api/v1/api-keys/1",
            Some("deleteApiKeyById"),
            204,
        ));
        journal
    }

    fn verify(journal: &Journal, document: &Value) -> Result<Verified, Mismatch> {
        journal.verify(&Expectation::read(document, &known).unwrap())
    }

    #[test]
    fn what_has_come_is_verified() {
        for (document, sequences) in [
            (json!({ "operation": "createApiKey" }), vec![1, 2]),
            (
                json!({ "operation": "createApiKey", "status": 201, "exactly": 1 }),
                vec![1],
            ),
            (
                json!({ "path": "/api/v1/api-keys/**", "caller": "ann", "atLeast": 2, "atMost": 3 }),
                vec![1, 4],
            ),
            (
                json!({ "operation": "getUsers", "caller": "bob", "atMost": 1 }),
                vec![],
            ),
            (json!({ "since": 3 }), vec![4]),
            (
                json!({ "inOrder": [{ "operation": "createApiKey" }, { "method": "DELETE" }] }),
                vec![1, 4],
            ),
            (
                json!({ "inOrder": [{ "path": "/**" }, { "path": "/**" }] }),
                vec![1, 2],
            ),
        ] {
            assert_eq!(
                verify(&journal(100), &document).unwrap().sequences,
                sequences,
                "{document}"
            );
        }
    }

    #[test]
    fn what_is_missing_is_said_with_the_nearest_and_what_differed() {
        let mismatch = verify(
            &journal(100),
            &json!({ "operation": "createApiKey", "status": 201, "caller": "bob", "exactly": 2 }),
        )
        .unwrap_err();
        assert_eq!(
            mismatch.to_json(),
            json!({
                "sentence": "Expected `createApiKey` answered 201 by bob exactly 2 times, but it came not once.",
                "matched": 0,
                "nearest": [
                    {
                        "sequence": 2, "request": "POST /api/v1/api-keys", "status": 403,
                        "differences": ["The status is 403, not 201."],
                    },
                    {
                        "sequence": 1, "request": "POST /api/v1/api-keys", "status": 201,
                        "differences": ["The caller is ann, not bob."],
                    },
                    {
                        "sequence": 4, "request": "DELETE /api/v1/api-keys/1", "status": 204,
                        "differences": [
                            "The operation is `deleteApiKeyById`, not `createApiKey`.",
                            "The status is 204, not 201.",
                            "The caller is ann, not bob.",
                        ],
                    },
                ],
            })
        );
    }

    #[test]
    fn the_path_decides_between_entries_that_differ_in_as_much() {
        let mismatch = verify(&journal(100), &json!({ "path": "/api/v1/users/*" })).unwrap_err();
        assert_eq!(mismatch.nearest[0].entry.sequence, 3);
        assert_eq!(
            mismatch.nearest[0].differences,
            ["The path /api/v1/users does not fit /api/v1/users/*."]
        );
    }

    #[test]
    fn one_too_many_is_shown() {
        let mismatch = verify(
            &journal(100),
            &json!({ "operation": "createApiKey", "atMost": 1 }),
        )
        .unwrap_err();
        assert_eq!(
            mismatch.sentence,
            "Expected `createApiKey` at most once, but it came 2 times."
        );
        assert_eq!((mismatch.matched, mismatch.nearest[0].entry.sequence), (2, 2));
        assert!(mismatch.nearest[0].differences.is_empty());
    }

    #[test]
    fn a_step_out_of_order_is_named() {
        let document = json!({ "inOrder": [{ "method": "DELETE" }, { "operation": "getUsers" }] });
        let mismatch = verify(&journal(100), &document).unwrap_err();
        assert_eq!(
            mismatch.sentence,
            "Step 2, `getUsers`, did not come after request 4, which was step 1."
        );
        assert_eq!(mismatch.matched, 1);
        assert_eq!(mismatch.nearest[0].entry.sequence, 3);
        assert_eq!(
            mismatch.nearest[0].differences,
            ["It did not come after request 4."]
        );
    }

    #[test]
    fn what_was_dropped_never_makes_a_test_pass() {
        let upper_bound = verify(&journal(2), &json!({ "operation": "getUsers", "exactly": 1 })).unwrap_err();
        assert_eq!(
            upper_bound.sentence,
            "Expected `getUsers` exactly once, which cannot be shown. The journal had to drop 2 earlier requests; \
             raise its limits, or clear it before the requests that count."
        );
        assert!(
            verify(
                &journal(2),
                &json!({ "operation": "getUsers", "exactly": 1, "since": 2 })
            )
            .is_ok()
        );
        assert!(verify(&journal(2), &json!({ "operation": "getUsers" })).is_ok());
        let lower_bound = verify(&journal(2), &json!({ "operation": "createApiKey" })).unwrap_err();
        assert!(
            lower_bound.sentence.contains("had to drop 2"),
            "{}",
            lower_bound.sentence
        );
    }

    #[test]
    fn a_nonsensical_expectation_is_refused() {
        for wrong in [
            json!([]),
            json!({ "operation": "createApikey" }),
            json!({ "exactly": 1, "atLeast": 1 }),
            json!({ "atLeast": 2, "atMost": 1 }),
            json!({ "inOrder": [] }),
            json!({ "inOrder": [{ "colour": "red" }] }),
            json!({ "inOrder": [{}], "exactly": 1 }),
        ] {
            assert!(Expectation::read(&wrong, &known).is_err(), "{wrong}");
        }
    }
}
