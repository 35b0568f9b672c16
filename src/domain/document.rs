//! Reads a JSON document and collects every fault with its pointer, instead of stopping at the first.
//!
//! REST bodies, patches and seeds are all read with this, so that each says all that is wrong at once.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::hash::Hash;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use super::clock::Timestamp;
use super::duration::Iso8601Duration;
use super::error::{DomainError, Fault};

/// The member that is for people, in every object of a format of our own: JSON has no comments.
pub const COMMENT: &str = "$comment";

/// A JSON document that a client sent.
#[derive(Clone, Debug)]
pub struct Document {
    value: Value,
    unread: Option<UnreadMembers>,
}

impl Document {
    /// A document; what of it nobody reads is noted, where somebody wants to know.
    pub fn new(value: Value, unread: Option<UnreadMembers>) -> Self {
        Self { value, unread }
    }

    /// Begins to read it: the faults are those of this document.
    pub fn faults(&self) -> Faults {
        Faults {
            list: RefCell::default(),
            unread: self.unread.clone(),
        }
    }
}

impl Deref for Document {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.value
    }
}

/// The members of a document that nobody has asked for, as JSON pointers.
#[derive(Clone, Debug, Default)]
pub struct UnreadMembers(Arc<Mutex<Vec<String>>>);

/// The most members of one document that are noted.
const MOST_UNREAD: usize = 100;

impl UnreadMembers {
    /// The pointers, in the order of the document.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lock())
    }

    fn note(&self, pointer: String) {
        let mut pointers = self.lock();
        if pointers.len() < MOST_UNREAD && !pointers.contains(&pointer) {
            pointers.push(pointer);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The faults found so far in one document.
#[derive(Debug, Default)]
pub struct Faults {
    list: RefCell<FaultList>,
    unread: Option<UnreadMembers>,
}

#[derive(Debug, Default)]
struct FaultList {
    kept: Vec<Fault>,
    more: usize,
}

/// The most faults of one document that are told one by one: a document of a megabyte can have a million.
pub const MOST_FAULTS: usize = 100;

impl Faults {
    /// Notes a fault.
    pub fn push(&self, fault: Fault) {
        let mut list = self.list.borrow_mut();
        if list.kept.len() < MOST_FAULTS {
            list.kept.push(fault);
        } else {
            list.more += 1;
        }
    }

    /// Notes a fault at `pointer`.
    pub fn at(&self, pointer: impl Into<String>, sentence: impl Into<String>) {
        self.push(Fault::at(pointer, sentence));
    }

    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.list.borrow().kept.is_empty()
    }

    /// The faults in the order in which they were found; after the first [`MOST_FAULTS`] only how many more.
    pub fn take(&self) -> Vec<Fault> {
        let FaultList { mut kept, more } = self.list.take();
        if more > 0 {
            kept.push(Fault::of_request(format!("There are {more} more faults.")));
        }
        kept
    }

    /// `value` if nothing is wrong and it is there; otherwise all faults.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] with every fault.
    pub fn verdict<T>(&self, value: Option<T>) -> Result<T, DomainError> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            _ => Err(DomainError::Invalid(self.take())),
        }
    }
}

/// A function that takes a JSON value for what it should be, or says what would be right.
pub type Kind<'k, T> = &'k dyn Fn(&Value) -> Result<T, String>;

/// One JSON object of a document, with its place in it.
#[derive(Debug)]
pub struct Fields<'d> {
    faults: &'d Faults,
    pointer: String,
    members: Option<&'d Map<String, Value>>,
    known: Vec<&'static str>,
}

impl Drop for Fields<'_> {
    /// What nobody has asked for until now, nobody will.
    fn drop(&mut self) {
        let Some(unread) = &self.faults.unread else { return };
        for member in self.members.into_iter().flat_map(Map::keys) {
            if !self.known.contains(&member.as_str()) {
                unread.note(self.pointer(member));
            }
        }
    }
}

impl<'d> Fields<'d> {
    /// Opens `value` as an object; anything else is a fault and reads as an object without members.
    pub fn open(faults: &'d Faults, pointer: impl Into<String>, value: &'d Value) -> Self {
        let pointer = pointer.into();
        let members = value.as_object();
        if members.is_none() {
            faults.at(
                pointer.clone(),
                format!("Must be an object, not {}.", name_of(value)),
            );
        }
        Self {
            faults,
            pointer,
            members,
            known: Vec::new(),
        }
    }

    /// The pointer of a member, escaped as RFC 6901 wants it.
    pub fn pointer(&self, member: &str) -> String {
        format!(
            "{}/{}",
            self.pointer,
            member.replace('~', "~0").replace('/', "~1")
        )
    }

    /// Notes a fault of a member.
    pub fn fault(&self, member: &str, sentence: impl Into<String>) {
        self.faults.at(self.pointer(member), sentence);
    }

    /// A member that may be missing.
    pub fn optional<T>(&mut self, member: &'static str, kind: Kind<'_, T>) -> Option<T> {
        let value = self.value(member)?;
        kind(value).map_err(|sentence| self.fault(member, sentence)).ok()
    }

    /// A member that must be there.
    pub fn required<T>(&mut self, member: &'static str, kind: Kind<'_, T>) -> Option<T> {
        if self.members.is_some() && self.value(member).is_none() {
            self.fault(member, format!("`{member}` is required."));
        }
        self.optional(member, kind)
    }

    /// A member as it stands.
    pub fn value(&mut self, member: &'static str) -> Option<&'d Value> {
        if !self.known.contains(&member) {
            self.known.push(member);
        }
        self.members?.get(member)
    }

    /// The elements of a member that is a list, each with its pointer; a missing member reads as an empty list.
    pub fn list(&mut self, member: &'static str) -> Vec<(String, &'d Value)> {
        let pointer = self.pointer(member);
        match self.value(member) {
            None => Vec::new(),
            Some(value) => elements(self.faults, &pointer, value),
        }
    }

    /// A member that is an object; none if it is missing.
    pub fn object(&mut self, member: &'static str) -> Option<Fields<'d>> {
        let pointer = self.pointer(member);
        self.value(member)
            .map(|value| Fields::open(self.faults, pointer, value))
    }

    /// The elements of a member that is a list, each of which may stand there once.
    pub fn list_of_distinct(&mut self, member: &'static str) -> Vec<(String, &'d Value)> {
        let mut seen = BTreeSet::new();
        let mut elements = self.list(member);
        elements.retain(|(pointer, element)| {
            let is_new = seen.insert(element.to_string());
            if !is_new {
                self.faults.at(pointer, format!("{element} stands here twice."));
            }
            is_new
        });
        elements
    }

    /// Notes a fault for every member that nobody asked for. Only formats of our own are this strict: a seed, and
    /// what steers the emulator. The service tolerates unknown members. A [`COMMENT`] may stand in every object.
    pub fn refuse_unknown(&self) {
        for member in self.members.into_iter().flat_map(Map::keys) {
            if member != COMMENT && !self.known.contains(&member.as_str()) {
                let known = self.known.join(", ");
                self.fault(member, format!("`{member}` is not known here. Known: {known}."));
            }
        }
    }
}

/// The elements of a list with their pointers; anything but a list is a fault.
pub fn elements<'d>(faults: &Faults, pointer: &str, value: &'d Value) -> Vec<(String, &'d Value)> {
    let Some(list) = value.as_array() else {
        faults.at(pointer, format!("Must be an array, not {}.", name_of(value)));
        return Vec::new();
    };
    list.iter()
        .enumerate()
        .map(|(index, element)| (format!("{pointer}/{index}"), element))
        .collect()
}

/// The entries of a list, each once, where it stands first. A body of a megabyte can have a hundred thousand.
pub fn each_once<T: Clone + Eq + Hash>(mut entries: Vec<T>) -> Vec<T> {
    let mut seen = HashSet::with_capacity(entries.len());
    entries.retain(|entry| seen.insert(entry.clone()));
    entries
}

/// Any text.
///
/// # Errors
/// What it is instead.
pub fn text(value: &Value) -> Result<String, String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("Must be a string, not {}.", name_of(value)))
}

/// Text with something in it.
///
/// # Errors
/// What it is instead.
pub fn filled_text(value: &Value) -> Result<String, String> {
    let text = text(value)?;
    if text.trim().is_empty() {
        Err("Must not be empty.".to_owned())
    } else {
        Ok(text)
    }
}

/// Text that can be an e-mail address.
///
/// # Errors
/// What it is instead.
pub fn address(value: &Value) -> Result<String, String> {
    let text = text(value)?;
    if is_address(&text) {
        Ok(text)
    } else {
        Err("Must be an e-mail address such as user@example.com.".to_owned())
    }
}

/// Whether a text can be an e-mail address: something, an `@`, and something, without blanks.
pub fn is_address(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
        && !text.contains(|character: char| character.is_whitespace() || character.is_control())
}

/// Text of at most so many characters.
///
/// # Errors
/// What it is instead.
pub fn short_text(most: usize) -> impl Fn(&Value) -> Result<String, String> {
    move |value| {
        let text = text(value)?;
        if text.chars().count() > most {
            Err(format!("Must have at most {most} characters."))
        } else {
            Ok(text)
        }
    }
}

/// `true` or `false`.
///
/// # Errors
/// What it is instead.
pub fn boolean(value: &Value) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| format!("Must be true or false, not {}.", name_of(value)))
}

/// A whole number within bounds, both included.
///
/// # Errors
/// What it is instead.
pub fn whole_number(minimum: u16, maximum: u16) -> impl Fn(&Value) -> Result<u16, String> {
    move |value| {
        // 5.0 is the same JSON number as 5.
        let number = value.as_u64().or_else(|| {
            let float = value.as_f64()?;
            (float.fract() == 0.0 && (0.0..=f64::from(u16::MAX)).contains(&float)).then_some(float as u64)
        });
        number
            .and_then(|number| u16::try_from(number).ok())
            .filter(|number| (minimum..=maximum).contains(number))
            .ok_or_else(|| format!("Must be a whole number from {minimum} to {maximum}."))
    }
}

/// Any number within bounds, both included.
///
/// # Errors
/// What it is instead.
pub fn number(minimum: f64, maximum: f64) -> impl Fn(&Value) -> Result<f64, String> {
    move |value| {
        value
            .as_f64()
            .filter(|number| (minimum..=maximum).contains(number))
            .ok_or_else(|| format!("Must be a number from {minimum} to {maximum}."))
    }
}

/// One of a closed set of words.
///
/// # Errors
/// The words that would be right.
pub fn word<T: Copy>(words: &[(&'static str, T)]) -> impl Fn(&Value) -> Result<T, String> {
    move |value| {
        let text = text(value)?;
        let found = words
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, meaning)| *meaning);
        found.ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            format!("Must be {}.", either(&words))
        })
    }
}

/// An ISO 8601 duration.
///
/// # Errors
/// What is wrong with it.
pub fn duration(value: &Value) -> Result<Iso8601Duration, String> {
    text(value)?.parse::<Iso8601Duration>().map_err(sentence)
}

/// An ISO 8601 duration in which time passes: how long a key lives.
///
/// # Errors
/// What is wrong with it.
pub fn lifetime(value: &Value) -> Result<Iso8601Duration, String> {
    let duration = duration(value)?;
    if duration.is_zero() {
        Err("Must be longer than nothing, such as PT1H.".to_owned())
    } else {
        Ok(duration)
    }
}

/// An RFC 3339 instant.
///
/// # Errors
/// What would be right.
pub fn instant(value: &Value) -> Result<Timestamp, String> {
    chrono::DateTime::parse_from_rfc3339(&text(value)?)
        .ok()
        // The service knows whole milliseconds, and no leap seconds.
        .and_then(|at| Timestamp::from_timestamp_millis(at.timestamp_millis()))
        .ok_or_else(|| "Must be an RFC 3339 instant such as 2026-01-31T08:00:00.000Z.".to_owned())
}

/// An error as a sentence: with a capital letter and a full stop.
pub fn sentence(error: impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase);
    let stop = if text.ends_with('.') { "" } else { "." };
    format!(
        "{}{}{stop}",
        first.into_iter().flatten().collect::<String>(),
        characters.as_str()
    )
}

/// `a`, `a or b`, `a, b or c`.
pub fn either(words: &[String]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// What a JSON value is, for a sentence.
pub fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_fault_is_found_with_its_pointer() {
        let faults = Faults::default();
        let document = json!({ "a": 1, "c/d": true, "list": [1, "x"] });
        let mut fields = Fields::open(&faults, "", &document);
        assert_eq!(fields.required("a", &text), None);
        assert_eq!(fields.required("b", &text), None);
        for (pointer, element) in fields.list("list") {
            let _ = text(element).map_err(|sentence| faults.at(pointer, sentence));
        }
        fields.refuse_unknown();
        let pointers: Vec<_> = faults
            .take()
            .into_iter()
            .map(|fault| match fault.location {
                super::super::error::Location::Pointer(pointer) => pointer,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(pointers, ["/a", "/b", "/list/0", "/c~1d"]);
    }

    #[test]
    fn whole_numbers_keep_to_their_bounds() {
        let kind = whole_number(0, 1000);
        assert_eq!(kind(&json!(5)), Ok(5));
        assert_eq!(kind(&json!(5.0)), Ok(5));
        for wrong in [
            json!(-1),
            json!(1001),
            json!(5.5),
            json!("5"),
            json!(1e300),
            json!(null),
        ] {
            assert!(kind(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_keep_to_their_bounds() {
        let kind = number(0.0, 1.0);
        assert_eq!(kind(&json!(0.25)), Ok(0.25));
        assert_eq!(kind(&json!(1)), Ok(1.0));
        for wrong in [json!(-0.1), json!(1.1), json!("0.5"), json!(null)] {
            assert_eq!(
                kind(&wrong),
                Err("Must be a number from 0 to 1.".to_owned()),
                "{wrong}"
            );
        }
    }

    #[test]
    fn words_are_listed_when_none_fits() {
        let kind = word(&[("replace", 1), ("add", 2)]);
        assert_eq!(kind(&json!("add")), Ok(2));
        assert_eq!(
            kind(&json!("move")),
            Err("Must be `replace` or `add`.".to_owned())
        );
    }
}
