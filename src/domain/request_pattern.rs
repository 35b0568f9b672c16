//! How a document names requests: by operation, by method, by a pattern of their path. Shared by the faults and
//! by the questions to the journal.

use serde_json::Value;

use super::document::{text, word};

/// Finds the operation with an id in the published contract, and hands out the contract's own text of it. The
/// contract is handed in, because the domain does not know it.
pub type KnownOperation<'k> = &'k dyn Fn(&str) -> Option<&'static str>;

/// The methods that a document may name: those of the contract, and what browsers add to them.
pub const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The name of a method that is one of those that a document may name.
pub fn known_method(name: &str) -> Option<&'static str> {
    METHODS.into_iter().find(|known| *known == name)
}

/// An operation by its id. An unknown one is refused: a misspelt id would match nothing, and a test would pass
/// for the wrong reason.
///
/// # Errors
/// What is wrong with it.
pub fn operation(known: KnownOperation<'_>) -> impl Fn(&Value) -> Result<&'static str, String> {
    move |value| {
        let id = text(value)?;
        known(&id).ok_or_else(|| format!("The contract has no operation with the id `{id}`."))
    }
}

/// A method by its name, in capital letters.
///
/// # Errors
/// The methods that would be right.
pub fn method(value: &Value) -> Result<&'static str, String> {
    word(&METHODS.map(|name| (name, name)))(value)
}

/// A pattern of paths: `/api/v1/users/*`.
///
/// `*` stands for one segment that is not empty, and so does a parameter as the contract writes it (`{userId}`);
/// `**` at the end stands for any number of segments, none included. Anything else stands for itself, byte by
/// byte, as it was sent: still percent-encoded, and without the query.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PathPattern {
    text: String,
    segments: Vec<Segment>,
    takes_any_rest: bool,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Segment {
    Fixed(String),
    Any,
}

impl Segment {
    fn fits(&self, given: &str) -> bool {
        match self {
            Self::Fixed(text) => text == given,
            Self::Any => !given.is_empty(),
        }
    }
}

impl PathPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.starts_with('/') {
            return Err("Must begin with a slash, such as /api/v1/users/*.".to_owned());
        }
        if text.contains(['?', '#']) {
            return Err("Must be a path without a query.".to_owned());
        }
        let (fixed, takes_any_rest) = match text.strip_suffix("/**") {
            Some(fixed) => (fixed, true),
            None => (text, false),
        };
        let segments = fixed.split('/').map(segment).collect::<Result<_, _>>()?;
        Ok(Self {
            text: text.to_owned(),
            segments,
            takes_any_rest,
        })
    }

    /// Reads a pattern out of a document.
    ///
    /// # Errors
    /// What would be right.
    pub fn read(value: &Value) -> Result<Self, String> {
        Self::parse(&text(value)?)
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether `path` fits.
    pub fn fits(&self, path: &str) -> bool {
        let mut given = path.split('/');
        let begins_right = self
            .segments
            .iter()
            .all(|segment| given.next().is_some_and(|text| segment.fits(text)));
        begins_right && (self.takes_any_rest || given.next().is_none())
    }

    /// How many segments from the front fit: the more, the nearer is a path that does not fit as a whole.
    pub fn segments_in_common(&self, path: &str) -> usize {
        self.segments
            .iter()
            .zip(path.split('/'))
            .take_while(|(segment, text)| segment.fits(text))
            .count()
    }
}

fn segment(text: &str) -> Result<Segment, String> {
    if text == "*" || (text.starts_with('{') && text.ends_with('}')) {
        Ok(Segment::Any)
    } else if text == "**" {
        Err("`**` is possible at the end only.".to_owned())
    } else if text.contains(['*', '{', '}']) {
        Err("`*` and `{…}` stand for a whole segment, not for a part of one.".to_owned())
    } else {
        Ok(Segment::Fixed(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_star_is_one_segment_and_two_are_the_rest() {
        for (pattern, path, fits) in [
            ("/", "/", true),
            ("/", "/a", false),
            ("/a/*", "/a/b", true),
            ("/a/{id}", "/a/b", true),
            ("/a/*", "/a", false),
            ("/a/*", "/a/", false),
            ("/a/*", "/a/b/c", false),
            ("/a/*/c", "/a/b/c", true),
            ("/a/*/c", "/a/b/d", false),
            ("/a/**", "/a", true),
            ("/a/**", "/a/b/c", true),
            ("/a/**", "/ab", false),
            ("/a/*/**", "/a", false),
            ("/**", "/", true),
            ("/**", "/a/b", true),
            ("/**", "*", false),
            ("/a", "/A", false),
        ] {
            assert_eq!(
                PathPattern::parse(pattern).unwrap().fits(path),
                fits,
                "{pattern} {path}"
            );
        }
    }

    #[test]
    fn a_pattern_that_cannot_mean_what_it_says_is_refused() {
        for wrong in ["", "a", "/a?b=c", "/a/b*", "/**/a", "/a/x{id}"] {
            assert!(PathPattern::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nearness_counts_segments_from_the_front() {
        let pattern = PathPattern::parse("/api/v1/users/*").unwrap();
        assert_eq!(pattern.segments_in_common("/login"), 1);
        assert_eq!(pattern.segments_in_common("/api/v1/usrs/1"), 3);
        assert_eq!(pattern.segments_in_common("/api/v1/users/1/x"), 5);
    }

    #[test]
    fn only_what_exists_is_named() {
        let known: KnownOperation<'_> = &|id| (id == "createApiKey").then_some("createApiKey");
        assert_eq!(operation(known)(&json!("createApiKey")), Ok("createApiKey"));
        assert!(operation(known)(&json!("createApikey")).is_err());
        assert_eq!(method(&json!("PATCH")), Ok("PATCH"));
        assert!(method(&json!("PTACH")).is_err());
    }
}
