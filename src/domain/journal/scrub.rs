//! Takes secrets out of what a client or the tenant has said, before it enters the journal.
//!
//! Two rules hold together. What looks like a token goes wherever it stands (see [`without_secrets`]). What has the
//! name of a secret goes whatever it looks like: a member of a JSON object, the value of a JSON Patch whose path has
//! such a name in it, a parameter of a query or a form. Text that cannot be read as JSON or as a form is not kept at
//! all, because names cannot be found in it.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memrchr};
use percent_encoding::percent_decode_str;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::domain::secret::without_secrets;

/// What stands in place of a secret.
pub const REDACTED: &str = "…";

/// What the names of secrets have in them, in small letters and without `-` and `_`.
const SECRET_WORDS: [&str; 10] = [
    "assertion",
    "authorization",
    "cookie",
    "credential",
    "csrf",
    "licensekey",
    "passw",
    "privatekey",
    "secret",
    "token",
];

/// Finds any of [`SECRET_WORDS`] in a name of ASCII letters as [`is_secret`] reads it.
static NAME_OF_A_SECRET: Words = Words::new(&SECRET_WORDS);

/// Finds words in one pass over a text, whatever its letter case, hyphens and underscores aside.
///
/// Each letter of each word is a bit. A bit is set while the text so far ends in the word up to that letter
/// (Baeza-Yates and Gonnet, 1992).
struct Words {
    /// The letters that each byte can be.
    letters: [u128; 256],
    first: u128,
    last: u128,
}

impl Words {
    const fn new(words: &[&str]) -> Self {
        let (mut letters, mut first, mut last) = ([0; 256], 0, 0);
        let (mut bit, mut word) = (1_u128, 0);
        while word < words.len() {
            let text = words[word].as_bytes();
            first |= bit;
            let mut index = 0;
            while index < text.len() {
                assert!(bit != 0, "the words have more letters than there are bits");
                letters[text[index] as usize] |= bit;
                letters[text[index].to_ascii_uppercase() as usize] |= bit;
                if index + 1 == text.len() {
                    last |= bit;
                }
                bit <<= 1;
                index += 1;
            }
            word += 1;
        }
        Self { letters, first, last }
    }

    fn find(&self, text: &[u8]) -> bool {
        let mut reached = 0;
        for byte in text.iter().filter(|byte| !b"-_".contains(byte)) {
            reached = ((reached << 1) | self.first) & self.letters[usize::from(*byte)];
            if reached & self.last != 0 {
                return true;
            }
        }
        false
    }
}

/// Names of parameters that are secrets in an OAuth exchange only; in JSON, `code` is the code of an error.
const SECRET_PARAMETERS: [&str; 2] = ["code", "codeverifier"];

/// A text without secrets, cut to at most `limit` bytes.
pub fn text(text: &str, limit: usize) -> Box<str> {
    shown(text, limit).into()
}

/// The same, borrowed where nothing has to be taken out.
pub fn shown(text: &str, limit: usize) -> Cow<'_, str> {
    match without_secrets(text) {
        Cow::Borrowed(text) => Cow::Borrowed(cut(text, limit)),
        Cow::Owned(text) => Cow::Owned(cut(&text, limit).to_owned()),
    }
}

/// A query or the body of a form, cut to at most `limit` bytes.
pub fn parameters(text: &str, limit: usize) -> Box<str> {
    self::text(&without_secret_parameters(text), limit)
}

/// An address with its query and fragment, cut to at most `limit` bytes.
pub fn address(text: &str, limit: usize) -> Box<str> {
    let (path, rest) = text.split_at(text.find(['?', '#']).unwrap_or(text.len()));
    self::text(&format!("{path}{}", without_secret_parameters(rest)), limit)
}

/// A JSON text; none if it is no JSON. Where something may be a secret, it is written anew without.
pub fn json(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if names_no_secret(bytes) {
        let _: IgnoredAny = serde_json::from_slice(bytes).ok()?;
    }
    own_json(bytes)
}

/// What is known to be a JSON text, in the same way.
pub fn own_json(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if names_no_secret(bytes) {
        return std::str::from_utf8(bytes).ok().map(without_secrets);
    }
    let mut value: Value = serde_json::from_slice(bytes).ok()?;
    redact(&mut value);
    Some(without_secrets(&value.to_string()).into_owned().into())
}

/// Most bodies have no secret, and need not be taken apart to see that.
///
/// Without an escape, which may hide anything, a name stands between the last two quotation marks before its colon. What
/// a patch changes is named by a value.
fn names_no_secret(json: &[u8]) -> bool {
    let names = memchr_iter(b':', json).filter_map(|colon| {
        let name = json[..colon].trim_ascii_end().strip_suffix(b"\"")?;
        Some(&name[memrchr(b'"', name).map_or(0, |quotation_mark| quotation_mark + 1)..])
    });
    memchr(b'\\', json).is_none()
        && names
            .into_iter()
            .all(|name| name != b"path" && name.is_ascii() && !NAME_OF_A_SECRET.find(name))
}

/// `text`, or as much of it as `limit` bytes hold.
pub fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn without_secret_parameters(text: &str) -> String {
    const SEPARATORS: [char; 3] = ['&', '?', '#'];
    let mut kept = String::with_capacity(text.len());
    for piece in text.split_inclusive(SEPARATORS) {
        let pair = piece.trim_end_matches(SEPARATORS);
        match pair.split_once('=') {
            Some((name, _)) if is_secret_parameter(name) => {
                kept.extend([name, "=", REDACTED, &piece[pair.len()..]]);
            }
            _ => kept.push_str(piece),
        }
    }
    kept
}

fn is_secret_parameter(encoded: &str) -> bool {
    let name = percent_decode_str(encoded).decode_utf8_lossy();
    is_secret(&name) || SECRET_PARAMETERS.contains(&plain(&name).as_ref())
}

/// Whether this is the name of a secret.
fn is_secret(name: &str) -> bool {
    let name = plain(name);
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

fn plain(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(name);
    }
    name.chars()
        .filter(|character| !"-_".contains(*character))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Goes as deep as serde_json reads, which is 128 levels.
fn redact(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let changes_a_secret = members
                .get("path")
                .and_then(Value::as_str)
                .is_some_and(|pointer| pointer.split('/').any(is_secret));
            for (name, member) in members {
                // Whether something is set is no secret, and often what a test looks for.
                let says_nothing = member.is_null() || member.is_boolean();
                if !says_nothing && (is_secret(name) || (changes_a_secret && name == "value")) {
                    *member = REDACTED.into();
                } else {
                    redact(member);
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scrubbed(value: &Value) -> Value {
        serde_json::from_str(&json(value.to_string().as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn members_with_the_name_of_a_secret_are_taken_out_however_deep() {
        let value = json!({
            "description": "CI", "token": "short", "a": [{ "client_secret": ["x"], "Pass-Word": 1 }],
            "hasToken": true, "refreshToken": null, "errors": [{ "code": "CSRF-TOKEN-2" }],
        });
        assert_eq!(
            scrubbed(&value),
            json!({
                "description": "CI", "token": "…", "a": [{ "client_secret": "…", "Pass-Word": "…" }],
                "hasToken": true, "refreshToken": null, "errors": [{ "code": "CSRF-TOKEN-2" }],
            })
        );
    }

    #[test]
    fn a_text_without_a_secret_stays_as_it_is_and_one_with_a_hidden_name_does_not() {
        let plain = r#"{ "description": "CI: token",  "passage" : ["to ken", "a:b", ":"], "crsf": 1 }"#;
        assert_eq!(json(plain.as_bytes()).unwrap(), plain);
        assert!(json(b"not: JSON").is_none() && json(b"{").is_none() && json(b"[\"\xff\"]").is_none());
        for name in [
            "TOKEN",
            "to-ken",
            "to_k-en",
            "aToKeNb",
            r"\u0074oken",
            "pass_word",
            "x-csrf",
        ] {
            let text = format!(r#"{{"{name}":"hunter2"}}"#);
            assert!(!json(text.as_bytes()).unwrap().contains("hunter2"), "{name}");
        }
    }

    #[test]
    fn a_patch_of_a_secret_keeps_its_path_only() {
        let patch = json!([
            { "op": "replace", "path": "/clientSecret", "value": "hunter2" },
            { "op": "add", "path": "/secrets/0", "value": "hunter2" },
            { "value": "kept", "op": "replace", "path": "/description" },
        ]);
        assert_eq!(scrubbed(&patch)[0]["value"], "…");
        assert_eq!(scrubbed(&patch)[1]["value"], "…");
        assert_eq!(scrubbed(&patch)[2]["value"], "kept");
    }

    #[test]
    fn what_looks_like_a_token_goes_wherever_it_stands() {
        let token = "eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ";
        assert_eq!(
            scrubbed(&json!({ "note": format!("my key: {token}!") }))["note"],
            "my key: …!"
        );
        assert_eq!(&*address(&format!("/a/{token}?b={token}"), 100), "/a/…?b=…");
    }

    #[test]
    fn parameters_of_queries_fragments_and_forms_are_taken_out_by_name() {
        assert_eq!(
            &*parameters("limit=5&access_token=abc&q=token", 100),
            "limit=5&access_token=…&q=token"
        );
        assert_eq!(
            &*parameters("%74oken=abc&code=xyz&flag", 100),
            "%74oken=…&code=…&flag"
        );
        assert_eq!(&*address("/a?b=c#id_token=d&e=f", 100), "/a?b=c#id_token=…&e=f");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!((cut("aé", 2), cut("aé", 3), cut("aé", 9)), ("a", "aé", "aé"));
    }
}
