//! The header `Cookie`, at pages and operations.

use axum::http::{HeaderValue, Request, header};

use super::choose;
use super::door::{self, Door};

/// Something that a browser asks for.
struct Wish {
    method: &'static str,
    path: &'static str,
    /// Whether the right CSRF token goes with it.
    with_csrf: bool,
}

const fn read(path: &'static str) -> Wish {
    Wish {
        method: "GET",
        path,
        with_csrf: false,
    }
}

static WISHES: [Wish; 9] = [
    read("/api/v1/api-keys"),
    read("/api/v1/csrf-token"),
    read("/console/users"),
    read("/console/api-keys"),
    read("/console/settings"),
    read("/login"),
    read("/_mock/emulator/clock"),
    Wish {
        method: "DELETE",
        path: "/api/v1/users/650000000000000000000006",
        with_csrf: false,
    },
    Wish {
        method: "DELETE",
        path: "/api/v1/users/650000000000000000000006",
        with_csrf: true,
    },
];

/// What a cookie may carry to see whether a page shows it.
const MARK: &str = "Kanarienvogel";

/// What is for everybody.
const PUBLIC: [&str; 2] = ["/login", "/_mock/emulator/clock"];

/// Only the cookie of a session opens anything, and a change wants its CSRF token; nothing of a cookie is ever shown.
pub fn holds(input: &[u8]) {
    let Some((wish, rest)) = choose(input, &WISHES) else {
        return;
    };
    door::with(|door| {
        let sent = with_session(door, rest);
        let Ok(value) = HeaderValue::from_bytes(&sent) else {
            return;
        };
        let mut request = Request::builder()
            .method(wish.method)
            .uri(wish.path)
            .header(header::COOKIE, value);
        if wish.with_csrf {
            request = request.header("qlik-csrf-token", door.csrf());
        }
        let answer = door.send(request, Vec::new()).unwrap();
        let what = format!(
            "{} {} with {:?}",
            wish.method,
            wish.path,
            String::from_utf8_lossy(&sent)
        );
        if (200..300).contains(&answer.status) && !PUBLIC.contains(&wish.path) {
            assert!(has_session(door, &sent), "{what} was let in");
            assert!(wish.method == "GET" || wish.with_csrf, "{what} changed something");
        } else {
            assert_eq!(door.state(), *door.start(), "{what}");
        }
        let text = format!("{:?} {}", answer.headers, answer.text());
        assert!(!text.contains(MARK), "{what} is shown: {text}");
        assert!(!text.contains(door.session()), "{what} tells the session: {text}");
    });
}

fn with_session(door: &Door, input: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(input) {
        Ok(text) => text.replace("%SESSION%", door.session()).into(),
        Err(_) => input.to_vec(),
    }
}

/// Whether the first session cookie that is not empty is that of the session.
fn has_session(door: &Door, sent: &[u8]) -> bool {
    let text = std::str::from_utf8(sent).unwrap_or_default();
    let mut values = text
        .split(';')
        .filter_map(|cookie| cookie.trim().strip_prefix("eas.sid="));
    values.find(|value| !value.is_empty()) == Some(door.session())
}
