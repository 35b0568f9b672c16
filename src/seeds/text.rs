//! Reads a JSON file, and says where it stops being one.

use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::error::{Place, SeedFault};

/// What UTF-8 may begin with. RFC 8259 lets a reader skip it.
const MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];
/// What UTF-16 begins with, in either order of bytes.
const UTF_16: [[u8; 2]; 2] = [[0xFF, 0xFE], [0xFE, 0xFF]];

/// Reads a file as JSON.
///
/// # Errors
/// When it cannot be read, or is no JSON.
pub(super) fn read(path: &Path) -> Result<Value, SeedFault> {
    let bytes = std::fs::read(path)
        .map_err(|error| SeedFault::at(path, Place::Whole, format!("cannot be read: {error}")))?;
    parse(&bytes).map_err(|(place, sentence)| SeedFault::at(path, place, sentence))
}

fn parse(bytes: &[u8]) -> Result<Value, (Place, String)> {
    if UTF_16.iter().any(|mark| bytes.starts_with(mark)) {
        return Err((Place::Whole, "is written in UTF-16; save it as UTF-8".to_owned()));
    }
    let bytes = bytes.strip_prefix(&MARK).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line_start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let place = Place::Position {
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
            column: 1 + before.len() - line_start,
        };
        (place, "is not written in UTF-8; save it as UTF-8".to_owned())
    })?;
    serde_json::from_str(text)
        .map(|Once(value)| value)
        .map_err(|error| {
            let place = Place::Position {
                line: error.line(),
                column: error.column(),
            };
            let message = error.to_string();
            // The place has been said already.
            let what = message
                .rsplit_once(" at line ")
                .map_or(message.as_str(), |(what, _)| what);
            let sentence = if error.is_data() {
                what.to_owned()
            } else {
                format!("is no JSON document: {what}")
            };
            (place, sentence)
        })
}

/// A JSON value in which no object has a member twice. Readers of JSON take the last one and say nothing.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnceVisitor).map(Self)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Once(element)) = elements.next_element()? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                let sentence = format!("has the member `{name}` twice in one object");
                return Err(A::Error::custom(sentence));
            }
            let Once(value) = members.next_value()?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(parse(b"\xEF\xBB\xBF{\"a\": 1}"), Ok(json!({ "a": 1 })));
    }

    #[test]
    fn what_is_no_json_is_said_with_its_place() {
        let fault = |bytes: &[u8]| {
            let (place, sentence) = parse(bytes).unwrap_err();
            match place {
                Place::Position { line, column } => (line, column, sentence),
                other => panic!("{other:?}"),
            }
        };
        let (line, column, sentence) = fault(b"{\n  \"a\": 1,\n}");
        assert_eq!((line, column), (3, 1));
        assert_eq!(sentence, "is no JSON document: trailing comma");
        let (line, column, sentence) = fault(b"{\n  \"a\": \"\xE9\"\n}");
        assert_eq!((line, column), (2, 9));
        assert!(sentence.contains("UTF-8"), "{sentence}");
        assert_eq!(fault(b"").0, 1);
        let (line, _, sentence) = fault(b"{\n  \"a\": 1,\n  \"b\": [{ \"a\": 2, \"a\": 2 }]\n}");
        assert_eq!(
            (line, sentence.as_str()),
            (3, "has the member `a` twice in one object")
        );
    }

    #[test]
    fn every_kind_of_value_is_read_as_it_stands() {
        let text = r#"[null, true, 1, -1, 1.5, "a", "\u00e9", [], {}, { "a": { "a": 1 } }]"#;
        assert_eq!(parse(text.as_bytes()), Ok(serde_json::from_str(text).unwrap()));
    }

    #[test]
    fn another_encoding_is_named() {
        for bytes in [b"\xFF\xFE{\0}\0", b"\xFE\xFF\0{\0}"] {
            let (place, sentence) = parse(bytes).unwrap_err();
            assert_eq!(place, Place::Whole);
            assert!(
                sentence.contains("UTF-16") && sentence.contains("UTF-8"),
                "{sentence}"
            );
        }
    }
}
