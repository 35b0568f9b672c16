//! The options of OIDC and SAML providers: which members the contract knows, and which of them it shows.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::FederationProtocol;
use crate::domain::document::{Faults, Fields, boolean, either, elements, filled_text, whole_number};

/// A member of the options.
#[derive(Debug)]
pub(super) struct Member {
    name: &'static str,
    rule: Rule,
    required: bool,
    shown: bool,
}

/// What a member may hold.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// Text of at most so many characters.
    Text(usize),
    /// A realm: letters, digits, `.`, `-` and `_`, two at least.
    Realm,
    Boolean,
    OneOf(&'static [&'static str]),
    Texts,
    WholeNumber,
    Object(&'static [Member]),
    /// One to so many objects.
    Objects(usize, &'static [Member]),
}

/// Text that the contract gives no length.
const TEXT: Rule = Rule::Text(usize::MAX);

const fn optional(name: &'static str, rule: Rule) -> Member {
    Member {
        name,
        rule,
        required: false,
        shown: true,
    }
}

const fn required(name: &'static str, rule: Rule) -> Member {
    Member {
        required: true,
        ..optional(name, rule)
    }
}

/// A member that is kept and not shown: a secret, or one that the contract has in requests only.
const fn hidden(member: Member) -> Member {
    Member {
        shown: false,
        ..member
    }
}

const OIDC_CLAIMS: &[Member] = &[
    optional("sub", Rule::Texts),
    optional("name", Rule::Texts),
    optional("email", Rule::Texts),
    optional("groups", Rule::Texts),
    optional("locale", Rule::Texts),
    optional("picture", Rule::Texts),
    optional("zoneinfo", Rule::Texts),
    optional("client_id", Rule::Texts),
    optional("email_verified", Rule::Texts),
];

const OPENID_CONFIGURATION: &[Member] = &[
    required("issuer", TEXT),
    required("authorization_endpoint", TEXT),
    required("token_endpoint", TEXT),
    required("jwks_uri", TEXT),
    optional("userinfo_endpoint", TEXT),
    optional("end_session_endpoint", TEXT),
    optional("introspection_endpoint", TEXT),
];

const DECRYPTING_KEY: &[Member] = &[
    required("keyType", TEXT),
    required("keySize", Rule::WholeNumber),
    hidden(optional("jwks", TEXT)),
    optional("keyId", TEXT),
    optional("createdAt", TEXT),
    optional("createdBy", TEXT),
    optional("publicKey", TEXT),
    optional("certificate", TEXT),
];

const OIDC_INTERACTIVE: &[Member] = &[
    optional("realm", Rule::Realm),
    optional("scope", Rule::Text(254)),
    required("clientId", TEXT),
    hidden(required("clientSecret", TEXT)),
    optional("discoveryUrl", TEXT),
    required("claimsMapping", Rule::Object(OIDC_CLAIMS)),
    optional("decryptingKey", Rule::Object(DECRYPTING_KEY)),
    hidden(optional("idTokenSignatureAlg", Rule::OneOf(&["RS256", "RS512"]))),
    optional("openid_configuration", Rule::Object(OPENID_CONFIGURATION)),
    hidden(optional("useClaimsFromIdToken", Rule::Boolean)),
    optional("blockOfflineAccessScope", Rule::Boolean),
    optional("emailVerifiedAlwaysTrue", Rule::Boolean),
];

const OIDC_NOT_INTERACTIVE: &[Member] = &[
    optional("realm", Rule::Realm),
    hidden(optional("audience", Rule::Text(256))),
    optional("discoveryUrl", TEXT),
    required("claimsMapping", Rule::Object(OIDC_CLAIMS)),
    hidden(optional("allowedClientIds", Rule::Texts)),
    optional("openid_configuration", Rule::Object(OPENID_CONFIGURATION)),
];

const SAML: &[Member] = &[
    optional("entityId", TEXT),
    hidden(optional("metadata", Rule::Object(&[required("raw", TEXT)]))),
    optional("signOnUrl", TEXT),
    optional(
        "certificates",
        Rule::Objects(
            5,
            &[
                required("certificate", TEXT),
                optional("name", TEXT),
                optional("signature", Rule::Boolean),
                optional("encryption", Rule::Boolean),
            ],
        ),
    ),
    optional(
        "nameIdFormat",
        Rule::OneOf(&[
            "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        ]),
    ),
    required(
        "claimsMapping",
        Rule::Object(&[
            required("sub", Rule::Texts),
            required("name", Rule::Texts),
            required("email", Rule::Texts),
            required("picture", Rule::Texts),
            required("groups", Rule::Texts),
        ]),
    ),
    optional("allowIdpInitiatedLogin", Rule::Boolean),
];

/// The members that the options of a provider can have.
pub(super) fn members(protocol: FederationProtocol, interactive: bool) -> &'static [Member] {
    match (protocol, interactive) {
        (FederationProtocol::Oidc, true) => OIDC_INTERACTIVE,
        (FederationProtocol::Oidc, false) => OIDC_NOT_INTERACTIVE,
        (FederationProtocol::Saml, _) => SAML,
    }
}

/// Reads options.
pub(super) struct OptionsReader<'f> {
    pub(super) faults: &'f Faults,
}

impl OptionsReader<'_> {
    /// Takes the members that are known of an object.
    pub(super) fn object(
        &self,
        pointer: &str,
        value: &Value,
        members: &[Member],
    ) -> Option<Map<String, Value>> {
        let mut fields = Fields::open(self.faults, pointer, value);
        let mut taken = Map::new();
        for member in members {
            match fields.value(member.name) {
                Some(found) => {
                    let found = self.value(&fields.pointer(member.name), found, member.rule);
                    taken.extend(found.map(|found| (member.name.to_owned(), found)));
                }
                None if member.required && value.is_object() => {
                    fields.fault(member.name, format!("`{}` is required.", member.name));
                }
                None => {}
            }
        }
        value.is_object().then_some(taken)
    }

    /// Takes the value of one member.
    pub(super) fn member(
        &self,
        pointer: &str,
        value: &Value,
        members: &[Member],
        name: &str,
    ) -> Option<Value> {
        let member = members.iter().find(|member| member.name == name);
        if member.is_none() {
            self.faults
                .at(pointer, "The options of this provider have no such member.");
        }
        self.value(pointer, value, member?.rule)
    }

    fn value(&self, pointer: &str, value: &Value, rule: Rule) -> Option<Value> {
        let kind = match rule {
            Rule::Object(members) => {
                return self.object(pointer, value, members).map(Value::Object);
            }
            Rule::Objects(most, members) => return self.objects(pointer, value, most, members),
            Rule::Texts => return self.texts(pointer, value),
            Rule::Text(longest) => within(value, longest),
            Rule::Realm => realm(value),
            Rule::Boolean => boolean(value).map(|_| ()),
            Rule::OneOf(words) => one_of(value, words),
            Rule::WholeNumber => whole_number(0, u16::MAX)(value).map(|_| ()),
        };
        match kind {
            Ok(()) => Some(value.clone()),
            Err(sentence) => {
                self.faults.at(pointer, sentence);
                None
            }
        }
    }

    fn texts(&self, pointer: &str, value: &Value) -> Option<Value> {
        for (pointer, text) in elements(self.faults, pointer, value) {
            if let Err(sentence) = filled_text(text) {
                self.faults.at(pointer, sentence);
            }
        }
        Some(value.clone())
    }

    fn objects(&self, pointer: &str, value: &Value, most: usize, members: &[Member]) -> Option<Value> {
        let list = elements(self.faults, pointer, value);
        if value.is_array() && !(1..=most).contains(&list.len()) {
            self.faults
                .at(pointer, format!("Must have 1 to {most} elements."));
        }
        let taken = list
            .into_iter()
            .filter_map(|(pointer, value)| self.object(&pointer, value, members));
        Some(taken.map(Value::Object).collect())
    }
}

fn within(value: &Value, longest: usize) -> Result<(), String> {
    if filled_text(value)?.chars().count() > longest {
        return Err(format!("Must have at most {longest} characters."));
    }
    Ok(())
}

fn realm(value: &Value) -> Result<(), String> {
    let text = filled_text(value)?;
    let fits = (2..=254).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if fits {
        Ok(())
    } else {
        Err("Must be 2 to 254 characters of A-Z a-z 0-9 . - _, a letter or digit first.".to_owned())
    }
}

fn one_of(value: &Value, words: &[&'static str]) -> Result<(), String> {
    let text = filled_text(value)?;
    if words.contains(&text.as_str()) {
        return Ok(());
    }
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    Err(format!("Must be {}.", either(&words)))
}

/// What of `options` is shown.
pub(super) fn shown(members: &[Member], options: &Map<String, Value>) -> Map<String, Value> {
    let shown = members.iter().filter(|member| member.shown).filter_map(|member| {
        let value = options.get(member.name)?;
        let value = match (member.rule, value) {
            (Rule::Object(members), Value::Object(inner)) => Value::Object(shown(members, inner)),
            _ => value.clone(),
        };
        Some((member.name.to_owned(), value))
    });
    shown.collect()
}

/// A hash of options in the form of a UUID, which is the form that the contract gives it.
pub(super) fn hash(options: Option<&Map<String, Value>>) -> Uuid {
    let text = options.map(|options| Value::Object(options.clone()).to_string());
    let digest = Sha256::digest(text.unwrap_or_default());
    let mut bytes = [0; 16];
    bytes
        .iter_mut()
        .zip(digest)
        .for_each(|(byte, of_digest)| *byte = of_digest);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
