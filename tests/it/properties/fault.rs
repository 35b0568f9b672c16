//! Faults against a model: which requests a schedule strikes, and that a rule is given back as it was read.

use chrono::{DateTime, TimeDelta, Utc};
use mock_qlik_cloud::domain::entropy::Entropy;
use mock_qlik_cloud::domain::fault::{FaultRule, FaultTable, RequestFacts};
use proptest::option::of;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// An object with those of the members that there are.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let members = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(members.collect::<Map<_, _>>())
}

fn rule() -> impl Strategy<Value = Value> {
    let target = (
        of(prop_oneof!["GET", "POST", "DELETE"].prop_map(Value::from)),
        of("(/([a-z]{1,3}|\\*|\\{id\\})){1,3}(/\\*\\*)?".prop_map(Value::from)),
        of("[a-z0-9]{1,24}".prop_map(Value::from)),
    );
    let consequence = prop_oneof![
        (400..600_u16, of(0..100_u16), of("[A-Z]{1,5}-[0-9]{1,3}")).prop_map(|(status, wait, code)| {
            object([
                ("status", Some(json!(status))),
                ("retryAfter", wait.map(Value::from)),
                ("code", code.map(Value::from)),
            ])
        }),
        prop_oneof![
            "connection-reset",
            "EMPTY_RESPONSE",
            "truncated-body",
            "malformed-body"
        ]
        .prop_map(|name| json!({ "fault": name })),
        (0..600_000_u32, 0..600_000_u32).prop_map(|(one, other)| {
            let text = |milliseconds: u32| format!("PT{}.{:03}S", milliseconds / 1000, milliseconds % 1000);
            json!({ "latency": { "from": text(one.min(other)), "to": text(one.max(other)) } })
        }),
    ];
    let schedule = (
        of(0..9_u16),
        of(1..9_u16),
        of(1..9_u16),
        of(0.0..=1.0),
        of(1..100_u32),
    );
    (target, consequence, schedule).prop_map(|((method, path, user), consequence, schedule)| {
        let (after, every, times, probability, ttl) = schedule;
        let mut document = object([
            ("method", method),
            ("path", path),
            ("user", user),
            ("after", after.map(Value::from)),
            ("every", every.map(Value::from)),
            ("times", times.map(Value::from)),
            ("probability", probability.map(Value::from)),
            ("ttl", ttl.map(|minutes| json!(format!("PT{minutes}M")))),
        ]);
        document
            .as_object_mut()
            .unwrap()
            .extend(consequence.as_object().unwrap().clone());
        document
    })
}

fn read(document: &Value) -> FaultRule {
    FaultRule::read(document, &|_| None).unwrap()
}

fn request(path: &str) -> RequestFacts<'_> {
    RequestFacts {
        operation: None,
        method: "GET",
        path,
        user: None,
        api_key: None,
    }
}

proptest! {
    #[test]
    fn a_rule_survives_its_own_json(document in rule()) {
        let rule = read(&document);
        prop_assert_eq!(&read(&Value::Object(rule.to_json())), &rule);
    }

    /// Counted one by one, as a person would.
    #[test]
    fn a_schedule_strikes_what_a_person_would_count(
        after in 0..6_u16, every in 1..5_u16, times in of(1..5_u16), requests in 0..40_u16,
    ) {
        let mut document = json!({ "status": 503, "after": after, "every": every });
        if let Some(times) = times {
            document["times"] = json!(times);
        }
        let mut table = FaultTable::default();
        table.add(read(&document), START);
        let (mut to_skip, mut to_wait, mut left) = (after, every, times.unwrap_or(u16::MAX));
        let mut hits = 0;
        for _ in 0..requests {
            let mut expected = false;
            if to_skip > 0 {
                to_skip -= 1;
            } else {
                to_wait -= 1;
                if to_wait == 0 {
                    to_wait = every;
                    expected = left > 0;
                    left -= u16::from(expected);
                }
            }
            let struck = table.decide(&request("/a"), START, &Entropy::seeded(1)).is_some();
            prop_assert_eq!(struck, expected);
            hits += u64::from(struck);
        }
        prop_assert_eq!(table.list()[0].matches(), u64::from(requests));
        prop_assert_eq!(table.list()[0].hits(), hits);
    }

    /// The same rules, requests and seed give the same decisions, and every decision keeps to what its rules say.
    #[test]
    fn decisions_repeat_and_name_what_struck(
        rules in prop::collection::vec(rule(), 0..5),
        requests in prop::collection::vec(("(/[a-z]{1,2}){1,3}", 0..200_i64), 0..20),
        seed: u64,
    ) {
        let mut one = FaultTable::default();
        for rule in &rules {
            one.add(read(rule), START);
        }
        let mut other = one.clone();
        let (entropy, same_entropy) = (Entropy::seeded(seed), Entropy::seeded(seed));
        let mut struck = 0;
        for (path, minutes) in &requests {
            let now = START + TimeDelta::minutes(*minutes);
            let decision = one.decide(&request(path), now, &entropy);
            prop_assert_eq!(&decision, &other.decide(&request(path), now, &same_entropy));
            let Some(decision) = decision else { continue };
            struck += decision.faults.len() as u64;
            prop_assert!(decision.faults.is_sorted() && !decision.faults.is_empty());
            let last = one.get(*decision.faults.last().unwrap()).unwrap();
            prop_assert_eq!(&decision.effect, &last.rule().effect);
            for id in &decision.faults {
                let rule = one.get(*id).unwrap().rule();
                prop_assert!(rule.target.path.as_ref().is_none_or(|pattern| pattern.fits(path)));
                prop_assert!(rule.target.user.is_none());
                prop_assert!(rule.schedule.ttl.as_ref().is_none_or(|ttl| now < ttl.after(START).unwrap()));
            }
        }
        prop_assert_eq!(one.list().iter().map(|fault| fault.hits()).sum::<u64>(), struck);
        prop_assert!(one.list().iter().all(|fault| fault.hits() <= fault.matches()));
    }
}
