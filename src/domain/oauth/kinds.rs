//! What the settings of a client are read as, by the rules of the contract: for REST bodies, patches, seeds and forms
//! alike.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::Value;

use super::super::document::{Fields, each_once, name_of, text, word};
use super::super::jwt::PublicKey;
use super::client::{
    AuthMethod, ClientKey, ClientSettings, ExtraGrant, MOST_ADDRESSES, MOST_PUBLIC_KEYS, MOST_SCOPES,
};

/// The longest name of a client, in characters (the contract's `maxLength`, as for all of these).
pub const LONGEST_NAME: usize = 512;
/// The longest description of a client.
pub const LONGEST_DESCRIPTION: usize = 4096;
/// The longest address of a client's home page or picture.
pub const LONGEST_URI: usize = 2048;
/// The longest redirect URI, origin or scope.
pub(in crate::domain) const LONGEST_ENTRY: usize = 256;

/// The settings of a client of this name, but for its keys; what is missing is as usual.
pub fn settings(fields: &mut Fields<'_>, name: String) -> ClientSettings {
    let default = ClientSettings::named(name);
    ClientSettings {
        description: fields
            .optional("description", &text_up_to(LONGEST_DESCRIPTION))
            .unwrap_or(default.description),
        client_uri: fields
            .optional("clientUri", &text_up_to(LONGEST_URI))
            .unwrap_or(default.client_uri),
        logo_uri: fields
            .optional("logoUri", &text_up_to(LONGEST_URI))
            .unwrap_or(default.logo_uri),
        redirect_uris: fields
            .optional("redirectUris", &redirect_uris)
            .unwrap_or(default.redirect_uris),
        allowed_origins: fields
            .optional("allowedOrigins", &origins)
            .unwrap_or(default.allowed_origins),
        allowed_scopes: fields
            .optional("allowedScopes", &scopes)
            .unwrap_or(default.allowed_scopes),
        extra_grants: fields
            .optional("allowedGrantTypes", &words(&ExtraGrant::WORDS))
            .unwrap_or(default.extra_grants),
        auth_methods: fields
            .optional("allowedAuthMethods", &auth_methods)
            .unwrap_or(default.auth_methods),
        name: default.name,
        public_keys: default.public_keys,
    }
}

/// Text of at most so many characters.
///
/// # Errors
/// What would be right.
pub fn text_up_to(maximum: usize) -> impl Fn(&Value) -> Result<String, String> {
    move |value| {
        let text = text(value)?;
        if text.chars().count() <= maximum {
            Ok(text)
        } else {
            Err(format!("Must have at most {maximum} characters."))
        }
    }
}

/// A name: text with something in it, of at most [`LONGEST_NAME`] characters.
///
/// # Errors
/// What would be right.
pub fn name(value: &Value) -> Result<String, String> {
    let name = text_up_to(LONGEST_NAME)(value)?;
    if name.trim().is_empty() {
        Err("Must not be empty.".to_owned())
    } else {
        Ok(name)
    }
}

/// Absolute addresses that a browser can be sent to. Documented: absolute ones only. That those without a fragment
/// (RFC 6749) are taken, of plain HTTP those on the user's own machine (RFC 8252, section 7.3), and of other schemes
/// those that an application may have registered for itself, is our choice.
///
/// # Errors
/// What would be right.
pub fn redirect_uris(value: &Value) -> Result<Vec<String>, String> {
    let sentence = "Each must be an absolute URI without a fragment, such as https://example.com/callback: https, \
                    http on localhost, 127.0.0.1 or [::1], or a scheme of an application.";
    list(value, MOST_ADDRESSES, sentence, |uri| {
        let (scheme, rest) = uri.split_once(':').unwrap_or_default();
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_lowercase())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte));
        let is_plain = !rest.is_empty()
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"#\\".contains(&byte));
        let is_of_its_scheme = match scheme {
            "https" => host_of(rest).is_some(),
            "http" => host_of(rest).is_some_and(is_loopback),
            other => !NOT_OF_APPLICATIONS.contains(&other),
        };
        is_scheme && is_plain && is_of_its_scheme
    })
}

/// Schemes that a browser or a system takes for itself: no application waits there for a code.
const NOT_OF_APPLICATIONS: [&str; 12] = [
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "ftp",
    "javascript",
    "mailto",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// The host of what follows `https:`, without the port: a name, or an address. None if there is something else, such as
/// the name of a user.
fn host_of(rest: &str) -> Option<&str> {
    let authority = rest.strip_prefix("//")?.split(['/', '?']).next()?;
    let (host, port) = match authority.rfind(']') {
        Some(end) => authority.split_at(end + 1),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let consists = |text: &str, others: &[u8]| {
        let is_one = |byte: u8| byte.is_ascii_alphanumeric() || others.contains(&byte);
        !text.is_empty() && text.bytes().all(is_one)
    };
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => consists(address, b":."),
        None => consists(host, b"._-"),
    };
    let has_port = match port.strip_prefix(':') {
        Some(digits) => (1..=5).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit()),
        None => port.is_empty(),
    };
    (is_host && has_port).then_some(host)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Origins of web pages: scheme, host and perhaps a port, and no wildcard (documented).
///
/// # Errors
/// What would be right.
pub fn origins(value: &Value) -> Result<Vec<String>, String> {
    let sentence =
        "Each must be an origin, such as https://example.com: without a path, a slash at the end, or a *.";
    list(value, MOST_ADDRESSES, sentence, |origin| {
        let host = origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"));
        host.is_some_and(|host| {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]_".contains(&byte))
        })
    })
}

/// Names of scopes, each once. Any name is taken: the published list grows, and a scope that is not emulated opens
/// nothing.
///
/// # Errors
/// What would be right.
pub fn scopes(value: &Value) -> Result<Vec<String>, String> {
    let sentence = "Each must be the name of a scope, such as user_default.";
    list(value, MOST_SCOPES, sentence, |scope| {
        !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

/// Words of a closed set.
///
/// # Errors
/// What would be right.
pub fn words<T: Copy + Ord>(words: &[(&'static str, T)]) -> impl Fn(&Value) -> Result<BTreeSet<T>, String> {
    move |value| array(value)?.iter().map(word(words)).collect()
}

/// At least one way in which a client proves who it is.
///
/// # Errors
/// What would be right.
pub fn auth_methods(value: &Value) -> Result<BTreeSet<AuthMethod>, String> {
    let methods = words(&AuthMethod::WORDS)(value)?;
    if methods.is_empty() {
        Err("Must have at least one entry.".to_owned())
    } else {
        Ok(methods)
    }
}

/// JSON Web Keys with a `kid` each that names no other.
///
/// # Errors
/// What would be right.
pub fn public_keys(value: &Value) -> Result<Vec<ClientKey>, String> {
    let mut keys: Vec<ClientKey> = Vec::new();
    let array = array(value)?;
    if array.len() > MOST_PUBLIC_KEYS {
        return Err(format!("Must have at most {MOST_PUBLIC_KEYS} entries."));
    }
    for jwk in array {
        let id = jwk
            .get("kid")
            .and_then(Value::as_str)
            .filter(|id| !id.is_empty())
            .ok_or("Each key needs a `kid`.")?;
        if jwk.get("use").and_then(Value::as_str) != Some("sig") {
            return Err("`use` of each key must be sig.".to_owned());
        }
        // Whoever sends this by mistake should stop using it.
        if jwk.get("d").is_some() {
            return Err("Send the public part of each key only, without `d`.".to_owned());
        }
        if keys.iter().any(|key| key.id == id) {
            return Err("Each `kid` may stand here once.".to_owned());
        }
        keys.push(ClientKey {
            id: id.to_owned(),
            key: PublicKey::from_jwk(jwk)?,
            jwk: jwk.clone(),
        });
    }
    Ok(keys)
}

fn array(value: &Value) -> Result<&Vec<Value>, String> {
    value
        .as_array()
        .ok_or_else(|| format!("Must be an array, not {}.", name_of(value)))
}

/// A list of short texts; one that stands there twice counts once.
fn list(
    value: &Value,
    maximum: usize,
    sentence: &str,
    fits: impl Fn(&str) -> bool,
) -> Result<Vec<String>, String> {
    let array = array(value)?;
    if array.len() > maximum {
        return Err(format!("Must have at most {maximum} entries."));
    }
    let mut entries: Vec<String> = Vec::new();
    for entry in array {
        let entry = text_up_to(LONGEST_ENTRY)(entry)?;
        if !fits(&entry) {
            return Err(sentence.to_owned());
        }
        entries.push(entry);
    }
    Ok(each_once(entries))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_an_absolute_address_without_a_fragment_is_one_to_go_back_to() {
        for good in [
            "https://example.com/callback",
            "http://127.0.0.1:3000",
            "http://[::1]:3000/callback",
            "http://localhost/callback?a=b",
            "http://page.localhost:3000/callback",
            "https://[2001:db8::1]:8443/",
            "com.example.app:/callback?a=b",
        ] {
            assert_eq!(redirect_uris(&json!([good, good])).unwrap(), [good]);
        }
        for bad in [
            "",
            "/callback",
            "https://",
            "https:x",
            "https://a/#b",
            "https://a b",
            "https://a/\\b",
            "https://a@b/",
            "https://a:b/",
            "https://a:/",
            "http://page.example/callback",
            "http://10.0.0.1/callback",
            "http://localhost.evil.example/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://localhost@evil.example/callback",
            "http://evil.example\\@localhost/callback",
            "ws://localhost/callback",
            "wss://page.example/callback",
            "file:///callback",
            "blob:https://page.example/1",
            "javascript:x",
            "data:text/html,x",
            "1a:b",
        ] {
            assert!(redirect_uris(&json!([bad])).is_err(), "{bad}");
        }
        assert!(redirect_uris(&json!(["a:1", "a:2", "a:3", "a:4", "a:5", "a:6"])).is_err());
        assert!(redirect_uris(&json!([format!("a:{}", "b".repeat(255))])).is_err());
    }

    #[test]
    fn an_origin_has_no_path_and_no_wildcard() {
        for good in ["https://example.com", "http://127.0.0.1:3000", "http://[::1]:80"] {
            assert_eq!(origins(&json!([good])).unwrap(), [good]);
        }
        for bad in [
            "example.com",
            "https://",
            "https://a/",
            "https://*.a",
            "ftp://a",
            "null",
        ] {
            assert!(origins(&json!([bad])).is_err(), "{bad}");
        }
    }
}
