//! Faults that a test injects: which requests they strike, and what happens to those.
//!
//! Faults are a means of this emulator; the service has nothing like them. Only the form of an injected error is
//! the service's own.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use super::clock::{Timestamp, wire};
use super::entropy::Entropy;
use super::ids::{ApiKeyId, UserId};

mod rule;

pub use rule::{Effect, FaultRule, FaultTarget, InjectedError, Latency, Schedule};

/// The id of a fault, `fault-1` on the wire. Ids are given in order and never twice in the life of a table.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FaultId(u64);

impl FaultId {
    /// Takes the form that [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        text.strip_prefix("fault-")?.parse().ok().map(Self)
    }
}

impl fmt::Display for FaultId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "fault-{}", self.0)
    }
}

impl Serialize for FaultId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a fault can tell requests apart by.
#[derive(Clone, Copy, Debug)]
pub struct RequestFacts<'r> {
    /// The operation of the contract, if the request means one.
    pub operation: Option<&'static str>,
    /// The method, in capital letters.
    pub method: &'r str,
    /// The path as it was sent, without the query.
    pub path: &'r str,
    /// The user who sends it, if that is known.
    pub user: Option<&'r UserId>,
    /// The API key that it comes with, if it comes with one.
    pub api_key: Option<ApiKeyId>,
}

/// What is to happen to a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// The faults that strike it, at least one, in the order in which they were added.
    pub faults: Vec<FaultId>,
    /// How long to wait first. The latencies of several faults add up.
    pub latency: Duration,
    /// What happens then; nothing means that the request goes its usual way.
    pub effect: Option<Effect>,
}

/// Whether a fault can still strike.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultState {
    /// It can.
    Active,
    /// It has struck as often as it should.
    Spent,
    /// Its time to live is over.
    Expired,
}

impl FaultState {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Spent => "spent",
            Self::Expired => "expired",
        }
    }
}

/// A fault that was added to a tenant, and what has come of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    id: FaultId,
    rule: FaultRule,
    created: Timestamp,
    matches: u64,
    hits: u64,
}

impl Fault {
    /// Its id.
    pub fn id(&self) -> FaultId {
        self.id
    }

    /// What was asked for.
    pub fn rule(&self) -> &FaultRule {
        &self.rule
    }

    /// How many requests were of the kind that it is about, struck or not. A request that an earlier fault has
    /// settled is not counted, nor is one that comes when this fault has expired.
    pub fn matches(&self) -> u64 {
        self.matches
    }

    /// How many requests it has struck.
    pub fn hits(&self) -> u64 {
        self.hits
    }

    /// When it ceases to strike, if it was given a time to live.
    pub fn expires(&self) -> Option<Timestamp> {
        self.rule
            .schedule
            .ttl
            .as_ref()
            .and_then(|ttl| ttl.after(self.created))
    }

    /// Whether it can still strike at `now`.
    pub fn state(&self, now: Timestamp) -> FaultState {
        if self.expires().is_some_and(|expiry| now >= expiry) {
            FaultState::Expired
        } else if self
            .rule
            .schedule
            .times
            .is_some_and(|times| self.hits >= u64::from(times))
        {
            FaultState::Spent
        } else {
            FaultState::Active
        }
    }

    /// The rule with the members `id`, `state`, `created`, `expires`, `matches` and `hits`.
    pub fn to_json(&self, now: Timestamp) -> Value {
        let mut members = self.rule.to_json();
        members.insert("id".to_owned(), json!(self.id));
        members.insert("state".to_owned(), json!(self.state(now).as_str()));
        members.insert("created".to_owned(), json!(wire(self.created)));
        if let Some(expiry) = self.expires() {
            members.insert("expires".to_owned(), json!(wire(expiry)));
        }
        members.insert("matches".to_owned(), json!(self.matches));
        members.insert("hits".to_owned(), json!(self.hits));
        Value::Object(members)
    }

    /// Counts a request, and decides whether it is struck.
    fn strikes(&mut self, request: &RequestFacts<'_>, now: Timestamp, entropy: &Entropy) -> bool {
        let state = self.state(now);
        if state == FaultState::Expired || !self.rule.target.fits(request) {
            return false;
        }
        self.matches += 1;
        let strikes = state == FaultState::Active && self.rule.schedule.is_due(self.matches, entropy);
        self.hits += u64::from(strikes);
        strikes
    }
}

/// All faults of a tenant. A new table takes the place of this one when the tenant is reset.
#[derive(Clone, Debug, Default)]
pub struct FaultTable {
    faults: Vec<Fault>,
    last_id: u64,
}

impl FaultTable {
    /// Adds a fault behind all others.
    pub fn add(&mut self, rule: FaultRule, now: Timestamp) -> Fault {
        self.last_id += 1;
        let fault = Fault {
            id: FaultId(self.last_id),
            rule,
            created: now,
            matches: 0,
            hits: 0,
        };
        self.faults.push(fault.clone());
        fault
    }

    /// All faults, the first added first. Spent and expired ones stay, so that their counts can be read.
    pub fn list(&self) -> &[Fault] {
        &self.faults
    }

    /// The fault with this id.
    pub fn get(&self, id: FaultId) -> Option<&Fault> {
        self.faults.iter().find(|fault| fault.id == id)
    }

    /// Takes a fault out and returns it, if it is there.
    pub fn remove(&mut self, id: FaultId) -> Option<Fault> {
        let position = self.faults.iter().position(|fault| fault.id == id)?;
        Some(self.faults.remove(position))
    }

    /// Takes all faults out and says how many they were. Their ids do not come back.
    pub fn clear(&mut self) -> usize {
        std::mem::take(&mut self.faults).len()
    }

    /// Decides what happens to a request that begins at `now`; to be asked once a request.
    ///
    /// The faults are asked in the order in which they were added. The first that strikes with an effect settles
    /// the request; one that only delays lets the faults behind it have their turn.
    pub fn decide(
        &mut self,
        request: &RequestFacts<'_>,
        now: Timestamp,
        entropy: &Entropy,
    ) -> Option<Decision> {
        let mut decision = Decision::default();
        for fault in &mut self.faults {
            if !fault.strikes(request, now, entropy) {
                continue;
            }
            decision.faults.push(fault.id);
            if let Some(latency) = fault.rule.latency {
                decision.latency += latency.draw(entropy);
            }
            if let Some(effect) = &fault.rule.effect {
                decision.effect = Some(effect.clone());
                break;
            }
        }
        (!decision.faults.is_empty()).then_some(decision)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn rule(document: Value) -> FaultRule {
        FaultRule::read(&document, &|id| (id == "createApiKey").then_some("createApiKey")).unwrap()
    }

    fn table(rules: impl IntoIterator<Item = Value>) -> FaultTable {
        let mut table = FaultTable::default();
        for document in rules {
            table.add(rule(document), START);
        }
        table
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

    /// Which of `count` equal requests are struck, the first being number 1.
    fn struck(table: &mut FaultTable, count: u64) -> Vec<u64> {
        let entropy = Entropy::seeded(1);
        (1..=count)
            .filter(|_| table.decide(&request("/a"), START, &entropy).is_some())
            .collect()
    }

    #[test]
    fn the_schedule_skips_then_counts_then_stops() {
        for (document, expected) in [
            (json!({ "status": 503, "times": 2 }), vec![1, 2]),
            (json!({ "status": 503, "after": 3, "times": 1 }), vec![4]),
            (json!({ "status": 503, "every": 3 }), vec![3, 6, 9]),
            (
                json!({ "status": 503, "every": 2, "after": 1, "times": 3 }),
                vec![3, 5, 7],
            ),
            (json!({ "status": 503, "probability": 0 }), vec![]),
        ] {
            let mut table = table([document.clone()]);
            assert_eq!(struck(&mut table, 10), expected, "{document}");
            let fault = &table.list()[0];
            assert_eq!(
                (fault.matches(), fault.hits()),
                (10, expected.len() as u64),
                "{document}"
            );
        }
    }

    #[test]
    fn probability_repeats_with_the_seed_and_comes_near_its_share() {
        let mut one = table([json!({ "status": 503, "probability": 0.25 })]);
        let mut other = one.clone();
        let hits = struck(&mut one, 10_000);
        assert_eq!(hits, struck(&mut other, 10_000));
        assert!((2_300..2_700).contains(&hits.len()), "{}", hits.len());
    }

    #[test]
    fn the_first_effect_settles_a_request_and_delays_add_up() {
        let mut table = table([
            json!({ "latency": "PT0.2S" }),
            json!({ "status": 503, "latency": "PT1S", "times": 1 }),
            json!({ "fault": "connection-reset" }),
        ]);
        let entropy = Entropy::seeded(1);
        let mut decide = || table.decide(&request("/a"), START, &entropy).unwrap();
        let first = decide();
        assert_eq!(first.latency, Duration::from_millis(1200));
        assert_eq!(first.faults, [FaultId(1), FaultId(2)]);
        assert!(matches!(first.effect, Some(Effect::Error(error)) if error.status == 503));
        let second = decide();
        assert_eq!(second.faults, [FaultId(1), FaultId(3)]);
        assert_eq!(second.effect, Some(Effect::ConnectionReset));
        assert_eq!(table.list()[1].state(START), FaultState::Spent);
        assert_eq!((table.list()[2].matches(), table.list()[2].hits()), (1, 1));
    }

    #[test]
    fn a_target_is_met_in_every_respect_or_not_at_all() {
        let (ann, bob) = (UserId::parse("ann").unwrap(), UserId::parse("bob").unwrap());
        let key = ApiKeyId::parse("1fc531f9-1964-46d6-9267-256e707fac45").unwrap();
        let whole = RequestFacts {
            operation: Some("createApiKey"),
            method: "POST",
            path: "/api/v1/api-keys",
            user: Some(&ann),
            api_key: Some(key),
        };
        let documents = [
            json!({ "status": 500, "operation": "createApiKey", "user": "ann", "apiKey": key }),
            json!({ "status": 500, "method": "POST", "path": "/api/v1/*", "user": "ann" }),
        ];
        let strikes = |document: &Value, request: RequestFacts<'_>| {
            table([document.clone()])
                .decide(&request, START, &Entropy::seeded(1))
                .is_some()
        };
        for document in &documents {
            assert!(strikes(document, whole));
            assert!(!strikes(
                document,
                RequestFacts {
                    user: Some(&bob),
                    ..whole
                }
            ));
            assert!(!strikes(document, RequestFacts { user: None, ..whole }));
        }
        assert!(!strikes(
            &documents[0],
            RequestFacts {
                operation: None,
                ..whole
            }
        ));
        assert!(!strikes(
            &documents[0],
            RequestFacts {
                api_key: None,
                ..whole
            }
        ));
        assert!(!strikes(
            &documents[1],
            RequestFacts {
                method: "GET",
                ..whole
            }
        ));
        assert!(!strikes(
            &documents[1],
            RequestFacts {
                path: "/api/v1/users/1",
                ..whole
            }
        ));
    }

    #[test]
    fn an_expired_fault_neither_strikes_nor_counts() {
        let mut table = table([json!({ "status": 503, "ttl": "PT1M" })]);
        let entropy = Entropy::seeded(1);
        let end = START + TimeDelta::minutes(1);
        assert!(
            table
                .decide(&request("/a"), end - TimeDelta::milliseconds(1), &entropy)
                .is_some()
        );
        assert!(table.decide(&request("/a"), end, &entropy).is_none());
        assert_eq!(table.list()[0].state(end), FaultState::Expired);
        assert_eq!(table.list()[0].matches(), 1);
        let shown = table.list()[0].to_json(end);
        assert_eq!(shown["expires"], "1970-01-01T00:01:00.000Z");
        assert_eq!(
            (&shown["id"], &shown["state"], &shown["hits"]),
            (&json!("fault-1"), &json!("expired"), &json!(1))
        );
    }

    #[test]
    fn ids_are_never_given_twice() {
        let mut table = table([json!({ "status": 503 }), json!({ "status": 503 })]);
        let second = FaultId::parse("fault-2").unwrap();
        assert_eq!(table.remove(second).map(|fault| fault.id()), Some(second));
        assert_eq!((table.remove(second), table.get(second)), (None, None));
        assert_eq!(table.clear(), 1);
        assert_eq!(
            table.add(rule(json!({ "status": 503 })), START).id().to_string(),
            "fault-3"
        );
    }
}
