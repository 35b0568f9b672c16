//! A fault as it is asked for: its form in JSON, and what it says.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::RequestFacts;
use crate::domain::document::{self, Faults, Fields, filled_text, number, text, whole_number};
use crate::domain::duration::{self, Iso8601Duration};
use crate::domain::entropy::Entropy;
use crate::domain::error::DomainError;
use crate::domain::ids::{ApiKeyId, UserId};
use crate::domain::request_pattern::{self, KnownOperation, PathPattern};

/// The longest latency of one fault. More is a slip of the pen, and would hold a connection for nothing.
const LONGEST_LATENCY: TimeDelta = TimeDelta::minutes(10);

/// A fault that a test asks for.
///
/// ```json
/// { "operation": "createApiKey", "status": 503, "retryAfter": 5, "times": 2 }
/// { "path": "/api/v1/users/**", "latency": { "from": "PT0.1S", "to": "PT0.5S" }, "probability": 0.1 }
/// { "method": "GET", "fault": "connection-reset", "after": 3, "every": 2, "ttl": "PT1M" }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRule {
    /// Which requests it is about.
    pub target: FaultTarget,
    /// What happens to a request that it strikes; nothing if it only delays.
    pub effect: Option<Effect>,
    /// How long a request waits that it strikes, before anything else happens to it.
    pub latency: Option<Latency>,
    /// Which of the requests that it is about it strikes.
    pub schedule: Schedule,
}

/// Which requests a fault is about: those that are right in every respect that is named. A target that names
/// nothing is every request.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FaultTarget {
    /// `operation`: an id of the contract. It stands alone, without `method` and `path`.
    pub operation: Option<&'static str>,
    /// `method`: in capital letters.
    pub method: Option<&'static str>,
    /// `path`: a pattern.
    pub path: Option<PathPattern>,
    /// `user`: the id of the user who sends the request.
    pub user: Option<UserId>,
    /// `apiKey`: the id of the API key that the request comes with.
    pub api_key: Option<ApiKeyId>,
}

/// What can happen to a request besides a delay.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Effect {
    /// `status`: an error of the service's own form, instead of the operation; nothing is changed.
    Error(InjectedError),
    /// `connection-reset`: the connection is reset (TCP RST) instead of the operation; nothing is changed.
    ConnectionReset,
    /// `empty-reply`: the connection is closed without a byte, instead of the operation; nothing is changed.
    EmptyReply,
    /// `truncated-body`: the operation is carried out; its answer breaks off in the middle of the body, and the
    /// connection is closed.
    TruncatedBody,
    /// `malformed-body`: the operation is carried out; its answer is whole, but its body is not the JSON that it
    /// says it is.
    MalformedBody,
}

impl Effect {
    /// What `fault` may say: our names, and WireMock's for what comes nearest. WireMock breaks an answer off with
    /// a malformed chunk where we break off its body, and sends bytes that are no HTTP where we send a body that is
    /// no JSON.
    const WORDS: [(&'static str, Self); 8] = [
        ("connection-reset", Self::ConnectionReset),
        ("empty-reply", Self::EmptyReply),
        ("truncated-body", Self::TruncatedBody),
        ("malformed-body", Self::MalformedBody),
        ("CONNECTION_RESET_BY_PEER", Self::ConnectionReset),
        ("EMPTY_RESPONSE", Self::EmptyReply),
        ("MALFORMED_RESPONSE_CHUNK", Self::TruncatedBody),
        ("RANDOM_DATA_THEN_CLOSE", Self::MalformedBody),
    ];

    /// Our own names of all effects that have one.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let ours = |word: &&str| word.bytes().all(|byte| byte != b'_');
        Self::WORDS.iter().map(|(word, _)| *word).filter(ours)
    }

    fn read(value: &Value) -> Result<Self, String> {
        let name = text(value)?;
        Self::WORDS
            .iter()
            .find(|(word, _)| *word == name)
            .map(|(_, effect)| effect.clone())
            .ok_or_else(|| {
                let words: Vec<_> = Self::WORDS.iter().map(|(word, _)| format!("`{word}`")).collect();
                format!("Must be {}.", document::either(&words))
            })
    }

    /// The name that `fault` says, none for an error.
    pub fn name(&self) -> Option<&'static str> {
        Self::WORDS
            .iter()
            .find(|(_, effect)| effect == self)
            .map(|(word, _)| *word)
    }
}

/// An error that is answered instead of carrying out the operation. Where it gives no words, it has those that are
/// usual for its status.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InjectedError {
    /// `status`: 400 to 599.
    pub status: u16,
    /// `code`
    pub code: Option<String>,
    /// `title`
    pub title: Option<String>,
    /// `detail`: a sentence.
    pub detail: Option<String>,
    /// `retryAfter`: the header of that name, in seconds.
    pub retry_after_seconds: Option<u16>,
}

/// How long a request waits: always the same, or anything between two lengths with the same chance.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Latency {
    shortest_milliseconds: u32,
    longest_milliseconds: u32,
}

impl Latency {
    /// A wait of at least `shortest` and at most `longest`, in whole milliseconds; none if there is no such wait,
    /// or if it may last longer than ten minutes.
    pub fn between(shortest: TimeDelta, longest: TimeDelta) -> Option<Self> {
        let possible = TimeDelta::zero() <= shortest && shortest <= longest && longest <= LONGEST_LATENCY;
        let milliseconds = |length: TimeDelta| u32::try_from(length.num_milliseconds()).ok();
        possible.then_some(Self {
            shortest_milliseconds: milliseconds(shortest)?,
            longest_milliseconds: milliseconds(longest)?,
        })
    }

    /// The wait of one request. Draws only if there is a choice.
    pub(super) fn draw(self, entropy: &Entropy) -> Duration {
        let choices = u128::from(self.longest_milliseconds - self.shortest_milliseconds) + 1;
        let extra = match choices {
            1 => 0,
            // The upper half of the product of 64 random bits and a number below 2^32 is even enough.
            _ => (u128::from(u64::from_be_bytes(entropy.bytes())) * choices) >> u64::BITS,
        };
        Duration::from_millis(
            u64::from(self.shortest_milliseconds) + u64::try_from(extra).unwrap_or_default(),
        )
    }

    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let length = |value: &Value| {
            document::duration(value)?
                .length()
                .filter(|length| *length <= LONGEST_LATENCY)
                .ok_or_else(|| format!("Must be at most {}.", duration::wire(LONGEST_LATENCY)))
        };
        if fields.value("latency")?.is_object() {
            let mut range = fields.object("latency")?;
            let (from, to) = (range.required("from", &length), range.required("to", &length));
            range.refuse_unknown();
            let latency = Self::between(from?, to?);
            if latency.is_none() {
                range.fault("to", "Must not be shorter than `from`.");
            }
            latency
        } else {
            let fixed = fields.optional("latency", &length)?;
            Self::between(fixed, fixed)
        }
    }

    fn to_json(self) -> Value {
        let written = |milliseconds| json!(duration::wire(TimeDelta::milliseconds(i64::from(milliseconds))));
        let (from, to) = (
            written(self.shortest_milliseconds),
            written(self.longest_milliseconds),
        );
        if from == to {
            from
        } else {
            json!({ "from": from, "to": to })
        }
    }
}

/// Which of the requests that a fault is about it strikes. All conditions must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// `after`: how many requests it lets pass first.
    pub after: u16,
    /// `every`: of the requests behind those it strikes the n-th, the 2n-th and so on.
    pub every: u16,
    /// `probability`: the share of those that it strikes, from 0 to 1, as the tenant's source of chance has it.
    pub probability: f64,
    /// `times`: how many requests it strikes at most.
    pub times: Option<u16>,
    /// `ttl`: how long after it was added it may strike.
    pub ttl: Option<Iso8601Duration>,
}

impl Default for Schedule {
    /// Every request, always.
    fn default() -> Self {
        Self {
            after: 0,
            every: 1,
            probability: 1.0,
            times: None,
            ttl: None,
        }
    }
}

impl Schedule {
    /// Whether the `number`-th request is struck, the first being number 1. Draws only if chance decides.
    pub(super) fn is_due(&self, number: u64, entropy: &Entropy) -> bool {
        let counted = number.saturating_sub(u64::from(self.after));
        counted > 0
            && counted.is_multiple_of(u64::from(self.every.max(1)))
            && (self.probability >= 1.0 || fraction(entropy) < self.probability)
    }

    fn read(fields: &mut Fields<'_>) -> Self {
        let default = Self::default();
        Self {
            after: fields
                .optional("after", &whole_number(0, u16::MAX))
                .unwrap_or(default.after),
            every: fields
                .optional("every", &whole_number(1, u16::MAX))
                .unwrap_or(default.every),
            probability: fields
                .optional("probability", &number(0.0, 1.0))
                .unwrap_or(default.probability),
            times: fields.optional("times", &whole_number(1, u16::MAX)),
            ttl: fields.optional("ttl", &document::lifetime),
        }
    }
}

/// A number from 0 up to but not including 1, of the 53 bits that a float holds exactly.
fn fraction(entropy: &Entropy) -> f64 {
    const BITS: u32 = f64::MANTISSA_DIGITS;
    let drawn = u64::from_be_bytes(entropy.bytes()) >> (u64::BITS - BITS);
    drawn as f64 / (1_u64 << BITS) as f64
}

impl FaultTarget {
    /// Whether a request is right in every respect.
    pub(super) fn fits(&self, request: &RequestFacts<'_>) -> bool {
        self.operation.is_none_or(|id| request.operation == Some(id))
            && self.method.is_none_or(|method| request.method == method)
            && self
                .path
                .as_ref()
                .is_none_or(|pattern| pattern.fits(request.path))
            && self.user.as_ref().is_none_or(|user| request.user == Some(user))
            && self.api_key.is_none_or(|key| request.api_key == Some(key))
    }

    fn read(fields: &mut Fields<'_>, known: KnownOperation<'_>) -> Self {
        let operation = fields.optional("operation", &request_pattern::operation(known));
        let method = fields.optional("method", &request_pattern::method);
        let path = fields.optional("path", &PathPattern::read);
        if operation.is_some() && (method.is_some() || path.is_some()) {
            fields.fault("operation", "Give `operation`, or `method` and `path`, not both.");
        }
        let user = fields.optional("user", &|value| {
            UserId::parse(&text(value)?).ok_or_else(|| "Must be the id of a user.".to_owned())
        });
        let api_key = fields.optional("apiKey", &|value| {
            ApiKeyId::parse(&text(value)?).ok_or_else(|| "Must be the id of an API key, a UUID.".to_owned())
        });
        Self {
            operation,
            method,
            path,
            user,
            api_key,
        }
    }
}

impl FaultRule {
    /// Reads a rule. Unknown members are refused.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] with everything that is wrong.
    pub fn read(document: &Value, known: KnownOperation<'_>) -> Result<Self, DomainError> {
        let faults = Faults::default();
        let mut fields = Fields::open(&faults, "", document);
        let target = FaultTarget::read(&mut fields, known);
        let effect = read_effect(&mut fields);
        let latency = Latency::read(&mut fields);
        let schedule = Schedule::read(&mut fields);
        let names_a_consequence = ["status", "fault", "latency"]
            .iter()
            .any(|member| document.get(member).is_some());
        if document.is_object() && !names_a_consequence {
            faults.at("", "Say what should happen: `status`, `fault` or `latency`.");
        }
        fields.refuse_unknown();
        faults.verdict(Some(Self {
            target,
            effect,
            latency,
            schedule,
        }))
    }

    /// The rule as [`FaultRule::read`] takes it. Members that say what goes without saying are left out.
    pub fn to_json(&self) -> Map<String, Value> {
        let Self {
            target,
            effect,
            latency,
            schedule,
        } = self;
        let mut members = Map::new();
        let mut put = |member: &str, value: Option<Value>| {
            if let Some(value) = value {
                members.insert(member.to_owned(), value);
            }
        };
        put("operation", target.operation.map(Value::from));
        put("method", target.method.map(Value::from));
        put("path", target.path.as_ref().map(|path| json!(path.as_str())));
        put("user", target.user.as_ref().map(|user| json!(user)));
        put("apiKey", target.api_key.map(|key| json!(key)));
        if let Some(Effect::Error(error)) = effect {
            put("status", Some(json!(error.status)));
            put("code", error.code.as_ref().map(|text| json!(text)));
            put("title", error.title.as_ref().map(|text| json!(text)));
            put("detail", error.detail.as_ref().map(|text| json!(text)));
            put("retryAfter", error.retry_after_seconds.map(Value::from));
        }
        put("fault", effect.as_ref().and_then(Effect::name).map(Value::from));
        put("latency", latency.map(Latency::to_json));
        put("after", (schedule.after > 0).then(|| json!(schedule.after)));
        put("every", (schedule.every > 1).then(|| json!(schedule.every)));
        put(
            "probability",
            (schedule.probability < 1.0).then(|| json!(schedule.probability)),
        );
        put("times", schedule.times.map(Value::from));
        put("ttl", schedule.ttl.as_ref().map(|ttl| json!(ttl)));
        members
    }
}

/// `status` with what belongs to it, or `fault`.
fn read_effect(fields: &mut Fields<'_>) -> Option<Effect> {
    let has_status = fields.value("status").is_some();
    let status = fields.optional("status", &whole_number(400, 599));
    let effect = fields.optional("fault", &Effect::read);
    if has_status && effect.is_some() {
        fields.fault("fault", "Give `status` or `fault`, not both.");
    }
    let code = fields.optional("code", &filled_text);
    let title = fields.optional("title", &filled_text);
    let detail = fields.optional("detail", &filled_text);
    let retry_after_seconds = fields.optional("retryAfter", &whole_number(0, u16::MAX));
    for member in ["code", "title", "detail", "retryAfter"] {
        if !has_status && fields.value(member).is_some() {
            fields.fault(member, format!("`{member}` goes with `status` only."));
        }
    }
    let error = status.map(|status| {
        Effect::Error(InjectedError {
            status,
            code,
            title,
            detail,
            retry_after_seconds,
        })
    });
    error.or(effect)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::Location;

    fn read(document: &Value) -> Result<FaultRule, DomainError> {
        FaultRule::read(document, &|id| (id == "createApiKey").then_some("createApiKey"))
    }

    #[test]
    fn a_rule_is_given_back_as_it_was_read() {
        for document in [
            json!({ "status": 503, "code": "X-1", "title": "No", "detail": "Not now.", "retryAfter": 5 }),
            json!({ "status": 429 }),
            json!({ "operation": "createApiKey", "fault": "empty-reply", "times": 2, "after": 1, "every": 3 }),
            json!({
                "method": "GET", "path": "/api/**", "user": "ann",
                "apiKey": "1fc531f9-1964-46d6-9267-256e707fac45",
                "latency": { "from": "PT0.1S", "to": "PT2S" }, "probability": 0.5, "ttl": "P1D",
            }),
        ] {
            assert_eq!(Value::Object(read(&document).unwrap().to_json()), document);
        }
    }

    #[test]
    fn the_names_of_wiremock_are_read_and_ours_are_written() {
        for (theirs, ours) in [
            ("CONNECTION_RESET_BY_PEER", "connection-reset"),
            ("EMPTY_RESPONSE", "empty-reply"),
            ("MALFORMED_RESPONSE_CHUNK", "truncated-body"),
            ("RANDOM_DATA_THEN_CLOSE", "malformed-body"),
        ] {
            assert_eq!(
                read(&json!({ "fault": theirs })).unwrap().to_json()["fault"],
                ours
            );
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let wrong = json!({
            "operation": "createApikey", "method": "get", "path": "users", "user": "a b", "apiKey": "x",
            "status": 200, "fault": "nothing", "latency": { "from": "PT2S", "to": "PT1S", "by": 1 },
            "after": -1, "every": 0, "probability": 1.5, "times": 0, "ttl": "PT0S", "count": 3,
        });
        let Err(DomainError::Invalid(faults)) = read(&wrong) else {
            panic!("it was read")
        };
        let mut pointers: Vec<_> = faults
            .into_iter()
            .map(|fault| match fault.location {
                Location::Pointer(pointer) => pointer,
                other => panic!("{other:?}"),
            })
            .collect();
        pointers.sort();
        let expected = [
            "/after",
            "/apiKey",
            "/count",
            "/every",
            "/fault",
            "/latency/by",
            "/latency/to",
            "/method",
            "/operation",
            "/path",
            "/probability",
            "/status",
            "/times",
            "/ttl",
            "/user",
        ];
        assert_eq!(pointers, expected);
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for wrong in [
            json!({}),
            json!([]),
            json!({ "times": 2 }),
            json!({ "status": 503, "fault": "empty-reply" }),
            json!({ "status": 503, "operation": "createApiKey", "method": "POST" }),
            json!({ "fault": "empty-reply", "retryAfter": 1 }),
            json!({ "latency": "PT11M" }),
            json!({ "latency": "P1M" }),
        ] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_drawn_latency_keeps_within_its_bounds_and_reaches_them() {
        let entropy = Entropy::seeded(1);
        let latency = Latency::between(TimeDelta::milliseconds(10), TimeDelta::milliseconds(12)).unwrap();
        let mut drawn: Vec<_> = (0..100).map(|_| latency.draw(&entropy).as_millis()).collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn, [10, 11, 12]);
        assert_eq!(
            Latency::between(TimeDelta::seconds(2), TimeDelta::seconds(1)),
            None
        );
    }
}
