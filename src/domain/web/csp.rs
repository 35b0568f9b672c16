//! The content security policy of a tenant: from which origins its pages may load what.
//!
//! The pages of this emulator's own console load nothing from anywhere and follow a stricter policy. The header that
//! is made here is the one that the service would send with the pages that are not emulated.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::domain::clock::Timestamp;
use crate::domain::document::text;
use crate::domain::ids::CspEntryId;

/// The most entries that a tenant may have, as documented.
pub const MOST_ENTRIES: usize = 256;
/// The longest header, in characters, as documented.
pub const LONGEST_HEADER: usize = 6144;
/// The longest name of an entry, in characters.
pub const LONGEST_NAME: usize = 512;
/// The longest description of an entry, in characters.
pub const LONGEST_DESCRIPTION: usize = 1024;
/// The longest origin of an entry, in characters.
pub const LONGEST_ORIGIN: usize = 256;

/// What an entry allows its origin to be used for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(
    missing_docs,
    reason = "each is named after the member of the contract and the directive of the header"
)]
pub enum Directive {
    ChildSrc,
    ConnectSrc,
    ConnectSrcWss,
    FontSrc,
    FormAction,
    FrameAncestors,
    FrameSrc,
    ImgSrc,
    MediaSrc,
    ObjectSrc,
    ScriptSrc,
    StyleSrc,
    WorkerSrc,
}

impl Directive {
    /// The members of the contract, in the order of the header.
    pub const WORDS: [(&'static str, Self); 13] = [
        ("childSrc", Self::ChildSrc),
        ("connectSrc", Self::ConnectSrc),
        ("connectSrcWSS", Self::ConnectSrcWss),
        ("fontSrc", Self::FontSrc),
        ("formAction", Self::FormAction),
        ("frameAncestors", Self::FrameAncestors),
        ("frameSrc", Self::FrameSrc),
        ("imgSrc", Self::ImgSrc),
        ("mediaSrc", Self::MediaSrc),
        ("objectSrc", Self::ObjectSrc),
        ("scriptSrc", Self::ScriptSrc),
        ("styleSrc", Self::StyleSrc),
        ("workerSrc", Self::WorkerSrc),
    ];

    /// The member of the contract.
    pub fn member(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, directive)| *directive == self)
            .map_or("", |(member, _)| member)
    }

    /// The directive of the header.
    pub fn in_header(self) -> &'static str {
        match self {
            Self::ChildSrc => "child-src",
            Self::ConnectSrc | Self::ConnectSrcWss => "connect-src",
            Self::FontSrc => "font-src",
            Self::FormAction => "form-action",
            Self::FrameAncestors => "frame-ancestors",
            Self::FrameSrc => "frame-src",
            Self::ImgSrc => "img-src",
            Self::MediaSrc => "media-src",
            Self::ObjectSrc => "object-src",
            Self::ScriptSrc => "script-src",
            Self::StyleSrc => "style-src",
            Self::WorkerSrc => "worker-src",
        }
    }
}

/// An entry, `CSPEntry` in the published contract.
#[derive(Clone, Debug)]
pub struct CspEntry {
    /// The id.
    pub id: CspEntryId,
    /// The name for people; may be missing.
    pub name: Option<String>,
    /// Why the origin is allowed; may be missing.
    pub description: Option<String>,
    /// The origin, as it stands in the header.
    pub origin: CspOrigin,
    /// What the origin may be used for.
    pub directives: BTreeSet<Directive>,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
}

/// A source in a content security policy: a host with or without a scheme, a port or a path, and perhaps with a
/// wildcard, such as `https://cdn.example.com`, `*.example.com` or `data:`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct CspOrigin(String);

impl CspOrigin {
    /// Takes what can stand in the header without being taken for something else: neither a separator nor a keyword.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=LONGEST_ORIGIN).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"'\";,\\<>".contains(&byte));
        fits.then(|| Self(text.to_owned()))
    }

    /// The origin as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same host for web sockets: "all sources will be prefixed with 'wss://'".
    fn for_sockets(&self) -> String {
        let host = self.0.split_once("://").map_or(self.0.as_str(), |(_, host)| host);
        format!("wss://{host}")
    }
}

/// A member of a document that is a source.
///
/// # Errors
/// What it is instead.
pub fn csp_origin(value: &Value) -> Result<CspOrigin, String> {
    CspOrigin::parse(&text(value)?).ok_or_else(|| {
        format!(
            "Must be 1 to {LONGEST_ORIGIN} characters, such as https://example.com or *.example.com, without blanks, \
             quotes, commas and semicolons."
        )
    })
}

/// The header `Content-Security-Policy` that these entries make: for each directive the tenant itself and the
/// origins. The service adds domains of its own, which are not published as a whole; that the rest looks like this is
/// our choice.
pub fn header<'e>(entries: impl IntoIterator<Item = &'e CspEntry>) -> String {
    let entries: Vec<_> = entries.into_iter().collect();
    let mut header = "default-src 'self'".to_owned();
    let mut names: Vec<&str> = Directive::WORDS
        .map(|(_, directive)| directive.in_header())
        .to_vec();
    names.dedup();
    for name in names {
        let mut sources = BTreeSet::new();
        for entry in &entries {
            for directive in entry
                .directives
                .iter()
                .filter(|directive| directive.in_header() == name)
            {
                sources.insert(match directive {
                    Directive::ConnectSrcWss => entry.origin.for_sockets(),
                    _ => entry.origin.as_str().to_owned(),
                });
            }
        }
        // Writing to a text cannot fail.
        let _ = write!(header, "; {name} 'self'");
        for source in sources {
            let _ = write!(header, " {source}");
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::Entropy;

    fn entry(origin: &str, directives: &[Directive]) -> CspEntry {
        CspEntry {
            id: CspEntryId::draw(&Entropy::seeded(1), Timestamp::UNIX_EPOCH),
            name: None,
            description: None,
            origin: CspOrigin::parse(origin).unwrap(),
            directives: directives.iter().copied().collect(),
            created: Timestamp::UNIX_EPOCH,
            modified: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_header_has_every_directive_once_and_each_origin_once() {
        assert_eq!(
            header(&[
                entry(
                    "https://b.example",
                    &[Directive::ConnectSrc, Directive::ConnectSrcWss]
                ),
                entry("*.a.example", &[Directive::ConnectSrcWss, Directive::ImgSrc]),
                entry("*.a.example", &[Directive::ImgSrc]),
                entry("c.example", &[]),
            ]),
            "default-src 'self'; child-src 'self'; connect-src 'self' https://b.example wss://*.a.example \
             wss://b.example; font-src 'self'; form-action 'self'; frame-ancestors 'self'; frame-src 'self'; \
             img-src 'self' *.a.example; media-src 'self'; object-src 'self'; script-src 'self'; style-src 'self'; \
             worker-src 'self'"
        );
    }

    #[test]
    fn no_origin_can_say_more_than_itself() {
        for text in [
            "",
            "a b",
            "a;script-src *",
            "a,b",
            "'unsafe-inline'",
            "\"a\"",
            "a\nb",
            "é",
            &"a".repeat(257),
        ] {
            assert!(CspOrigin::parse(text).is_none(), "{text}");
        }
        for text in [
            "https://example.com:8080/path/",
            "*.example.com",
            "data:",
            "*",
            &"a".repeat(256),
        ] {
            assert!(CspOrigin::parse(text).is_some(), "{text}");
        }
    }
}
