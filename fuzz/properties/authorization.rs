//! The header `Authorization`, at everything that reads one.

use axum::http::{HeaderValue, Request, header};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::percent_decode;

use super::choose;
use super::door::{self, Door};

/// Something that reads the header.
struct Reader {
    method: &'static str,
    path: &'static str,
    form: &'static str,
    /// Whether the input is a JWT that is not encoded yet: a line each for header, claims and signature.
    is_jwt: bool,
}

const fn reader(method: &'static str, path: &'static str, form: &'static str) -> Reader {
    Reader {
        method,
        path,
        form,
        is_jwt: false,
    }
}

const fn reader_of_jwt(method: &'static str, path: &'static str) -> Reader {
    Reader {
        method,
        path,
        form: "",
        is_jwt: true,
    }
}

static READERS: [Reader; 8] = [
    reader("GET", "/api/v1/api-keys", ""),
    reader("GET", "/api/v1/users/me", ""),
    reader("DELETE", "/api/v1/users/650000000000000000000006", ""),
    reader("POST", "/oauth/token", "grant_type=client_credentials"),
    reader(
        "POST",
        "/oauth/token",
        "grant_type=urn:qlik:oauth:user-impersonation&user_lookup[field]=subject&user_lookup[value]=viewer",
    ),
    reader("POST", "/login/jwt-session", ""),
    reader_of_jwt("GET", "/api/v1/api-keys"),
    reader_of_jwt("POST", "/login/jwt-session"),
];

/// Only what was issued opens anything; whatever else is refused, says why, and changes nothing.
pub fn holds(input: &[u8]) {
    let Some((reader, rest)) = choose(input, &READERS) else {
        return;
    };
    door::with(|door| {
        let sent = if reader.is_jwt {
            jwt(rest)
        } else {
            with_secrets(door, rest)
        };
        let Ok(value) = HeaderValue::from_bytes(&sent) else {
            return;
        };
        let mut request = Request::builder()
            .method(reader.method)
            .uri(reader.path)
            .header(header::AUTHORIZATION, value);
        if !reader.form.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let answer = door.send(request, reader.form.into()).unwrap();
        let what = format!("{} {}", reader.method, reader.path);
        let is_key = sent == format!("Bearer {}", door.key()).as_bytes();
        assert!(
            !(is_key && reader.path == "/api/v1/api-keys") || answer.status == 200,
            "{what} refused the key"
        );
        if answer.status < 400 {
            assert!(
                is_issued(door, &sent),
                "{what} let in {:?}",
                String::from_utf8_lossy(&sent)
            );
            return;
        }
        assert_eq!(door.state(), *door.start(), "{what}");
        if answer.status == 401 {
            let says = |name: &str| answer.headers.contains_key(name);
            assert!(
                says("www-authenticate") && says("mock-qlik-refusal"),
                "{what}: {:?}",
                answer.headers
            );
        }
        let text = format!("{:?} {}", answer.headers, answer.text());
        for secret in [door.key(), door.access_token(), secret_of_the_client(door)] {
            assert!(!text.contains(secret), "{what} tells the secret: {text}");
        }
    });
}

/// What a client has been given, in the place of its name: an input that had the secrets in it would find them nowhere
/// once they are others.
fn with_secrets(door: &Door, input: &[u8]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(input) else {
        return input.to_vec();
    };
    text.replace("%KEY%", door.key())
        .replace("%ACCESS%", door.access_token())
        .replace("%BASIC%", &BASE64_STANDARD.encode(client(door)))
        .into()
}

fn jwt(input: &[u8]) -> Vec<u8> {
    let parts: Vec<_> = input
        .splitn(3, |byte| *byte == b'\n')
        .map(|part| BASE64_URL_SAFE_NO_PAD.encode(part))
        .collect();
    format!("Bearer {}", parts.join(".")).into()
}

/// Whether the header has a scheme and something behind it that a client was given.
fn is_issued(door: &Door, sent: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(sent) else {
        return false;
    };
    let Some((scheme, credential)) = text.split_once(' ') else {
        return false;
    };
    let credential = credential.trim();
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => [door.key(), door.access_token()].contains(&credential),
        // Both parts may be written as in a form.
        "basic" => BASE64_STANDARD
            .decode(credential)
            .is_ok_and(|pair| percent_decode(&pair).eq(client(door).bytes())),
        _ => false,
    }
}

/// The id and the secret of the tenant's OAuth client, as HTTP Basic joins them.
fn client(door: &Door) -> String {
    let id = door.document()["oauthClients"][0]["clientId"].as_str().unwrap();
    format!("{id}:{}", secret_of_the_client(door))
}

fn secret_of_the_client(door: &Door) -> &str {
    door.document()["oauthClients"][0]["secrets"][0]["secret"]
        .as_str()
        .unwrap()
}
