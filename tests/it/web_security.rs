//! What a browser is told about pages, so that no other site, no cache and no text of a user gets hold of them.

use mock_qlik_cloud::domain::settings::Edition;
use reqwest::Method;
use serde_json::{Value, json};

use crate::control::control;
use crate::oauth::authorization;
use crate::support::{Actor, Answer, Client, EDITIONS, PAGE, ROBOT, WEB_INTEGRATION, World, jwt};

/// What would run if a page did not escape it, in a text, in an attribute and in a script.
const PAYLOAD: &str = "x\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}";

/// Parts of [`PAYLOAD`] of which none may stand in a page as it is.
const ACTIVE: [&str; 3] = ["<script>alert", "<img src=x", "x\"'>"];

/// A page as a browser asks for it.
async fn page(client: &Client, path: &str) -> Answer {
    let path = path.split('#').next().unwrap();
    let request = client.get(path).header("accept", "text/html,*/*;q=0.8");
    let published = path.starts_with("/login") || path.starts_with("/oauth/authorize");
    let request = if published {
        request
    } else {
        request.outside_the_contract()
    };
    request.send().await
}

/// The addresses of a page's links on this tenant.
fn links(html: &str) -> Vec<String> {
    let links = html.split("href=\"").skip(1);
    links
        .map(|rest| {
            rest.split('"')
                .next()
                .unwrap()
                .replace("&#38;", "&")
                .replace("&amp;", "&")
        })
        .filter(|link| link.starts_with('/') && !link.starts_with("/assets/"))
        .collect()
}

/// Every page that links lead to, and those that no link does.
pub(crate) async fn all_pages(client: &Client) -> Vec<(String, Answer)> {
    let consent = authorization(&[]).replace("/oauth/authorize", "/oauth/consent");
    let mut next = vec![
        "/".to_owned(),
        "/login?prompt=login".to_owned(),
        "/logout".to_owned(),
        "/console/nowhere".to_owned(),
        "/console/users?search=x&limit=0".to_owned(),
        "/_mock/emulator/token".to_owned(),
        consent,
    ];
    let (mut seen, mut pages) = (Vec::new(), Vec::new());
    while let Some(path) = next.pop() {
        if seen.contains(&path) || path.starts_with("/_mock/requests") || path.starts_with("/_mock/s") {
            continue;
        }
        seen.push(path.clone());
        let answer = page(client, &path).await;
        let is_page = answer
            .headers
            .get("content-type")
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        if is_page && !(300..400).contains(&answer.status) {
            next.extend(links(&answer.text));
            pages.push((path, answer));
        } else if let Some(location) = answer.headers.get("location") {
            next.push(location.to_str().unwrap().to_owned());
        }
    }
    pages
}

#[tokio::test]
async fn no_page_can_be_framed_sniffed_kept_or_given_a_script() {
    let world = World::start(Edition::Current).await;
    for client in [
        world.by_session(Actor::TenantAdminHoldingKeys).await,
        world.anonymous(),
    ] {
        let pages = all_pages(&client).await;
        assert!(pages.len() > 12, "only {} pages", pages.len());
        for (path, page) in pages {
            for (name, value) in [
                ("x-frame-options", "DENY"),
                ("x-content-type-options", "nosniff"),
                ("cache-control", "no-store"),
                ("referrer-policy", "same-origin"),
                ("content-type", "text/html; charset=utf-8"),
            ] {
                assert_eq!(page.header(name), value, "{path}");
            }
            let policy = page.header("content-security-policy");
            for directive in [
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "frame-ancestors 'none'",
                "base-uri 'none'",
            ] {
                assert!(
                    policy.split("; ").any(|other| other == directive),
                    "{path}: {policy}"
                );
            }
            assert!(
                !policy.contains("unsafe") && !policy.contains('*'),
                "{path}: {policy}"
            );
            let lower = page.text.to_lowercase();
            assert!(
                !lower.contains("<script>") && !lower.contains(" onclick=") && !lower.contains("javascript:"),
                "{path}"
            );
        }
    }
}

/// Puts the payload wherever somebody can put a text, and returns where it was taken.
async fn plant(world: &World, admin: &Client) -> usize {
    let patch = |path: &str| json!([{ "op": "replace", "path": path, "value": PAYLOAD }]);
    let viewer = Actor::User.person();
    let tenant = format!("/api/v1/tenants/{}", crate::support::TENANT_ID);
    let requests = [
        admin.patch(&tenant).json(&patch("/name")),
        admin
            .patch(&format!("/api/v1/users/{}", viewer.id))
            .json(&patch("/name")),
        admin
            .post("/api/v1/users")
            .json(&json!({ "subject": PAYLOAD, "name": PAYLOAD, "picture": PAYLOAD })),
        admin
            .post("/api/v1/users")
            .json(&json!({ "subject": "y", "email": "<img/src=x>@example.com" })),
        admin
            .post("/api/v1/roles")
            .json(&json!({ "name": PAYLOAD, "description": PAYLOAD })),
        admin
            .post("/api/v1/groups")
            .json(&json!({ "name": PAYLOAD, "description": PAYLOAD, "providerType": "custom" })),
        admin
            .post("/api/v1/api-keys")
            .json(&json!({ "description": PAYLOAD })),
        admin
            .patch(&format!("/api/v1/oauth-clients/{ROBOT}"))
            .json(&patch("/clientName")),
        admin
            .patch(&format!("/api/v1/oauth-clients/{PAGE}"))
            .json(&json!([
                { "op": "replace", "path": "/clientName", "value": PAYLOAD },
                { "op": "replace", "path": "/description", "value": PAYLOAD },
            ])),
        admin
            .patch(&format!("/api/v1/web-integrations/{WEB_INTEGRATION}"))
            .json(&patch("/name")),
        admin
            .patch(&format!("/api/v1/identity-providers/{}", jwt::PROVIDER_ID))
            .json(&patch("/description")),
        admin
            .post("/api/core/ip-policies")
            .json(&json!({ "name": PAYLOAD, "allowedIps": ["192.0.2.1"] })),
        // For the page of requests.
        admin
            .get("/api/v1/users")
            .query(&[("filter", PAYLOAD)])
            .header("user-agent", PAYLOAD),
        admin.get("/api/v1/users/%3Cscript%3Ealert(1)%3C%2Fscript%3E"),
    ];
    let mut taken = 0;
    for request in requests {
        let answer = request.send().await;
        taken += usize::from(answer.status < 300);
    }
    let fault =
        json!({ "path": "/nowhere", "status": 500, "title": PAYLOAD, "detail": PAYLOAD, "code": PAYLOAD });
    let tenant = json!({ "name": "alpha", "seed": {
        "format": 1, "tenant": { "name": PAYLOAD, "hostnames": ["x.localhost"] },
    } });
    for (path, body) in [("/faults", fault), ("/tenants", tenant)] {
        let answer = control(world, Method::POST, path, Some(&body)).await;
        taken += usize::from(answer.status < 300);
    }
    taken
}

#[tokio::test]
async fn a_text_of_a_user_is_a_text_on_every_page() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdminHoldingKeys).await;
        let taken = plant(&world, &admin).await;
        assert!(taken >= 12, "the payload was taken {taken} times only");
        let mut shown = 0;
        for client in [admin, world.anonymous()] {
            for (path, page) in all_pages(&client).await {
                for active in ACTIVE {
                    assert!(
                        !page.text.contains(active),
                        "{path} has {active} in it:\n{}",
                        page.text
                    );
                }
                assert!(!page.text.contains("<img/src"), "{path}");
                // A field may be typed in again, and come back on the page.
                shown += usize::from(page.text.contains("alert(1)"));
            }
        }
        assert!(shown >= 12, "the payload is on {shown} pages only");
    }
}

#[tokio::test]
async fn what_was_typed_or_asked_for_is_a_text_where_it_comes_back() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdminHoldingKeys).await;
    let mut shown = 0;
    for (path, parameter) in [
        ("/login?prompt=login", "search"),
        ("/login?prompt=login", "login_hint"),
        ("/login?prompt=login", "returnto"),
        ("/console/users", "search"),
        ("/console/api-keys", "search"),
        ("/console/groups", "search"),
        ("/console/roles", "search"),
        ("/console/users", "status"),
        ("/_mock/emulator/requests", "path"),
        ("/_mock/emulator/requests", "method"),
        ("/_mock/emulator/clock", "tenant"),
        ("/_mock/emulator/token", "returnto"),
        ("/oauth/authorize", "client_id"),
        ("/oauth/consent", "redirect_uri"),
    ] {
        let mark = if path.contains('?') { '&' } else { '?' };
        let encoded: String = PAYLOAD.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let answer = page(&admin, &format!("{path}{mark}{parameter}={encoded}")).await;
        let is_json = answer
            .headers
            .get("content-type")
            .is_some_and(|kind| kind == "application/json");
        shown += usize::from(!is_json && answer.text.contains("alert(1)"));
        let runs = ACTIVE.iter().any(|active| answer.text.contains(active));
        assert!(is_json || !runs, "{path} {parameter}: {}", answer.text);
    }
    for (path, fields) in [
        (
            "/console/oauth/new",
            vec!["name", "redirect-urls", "origins", "scopes", "type"],
        ),
        ("/console/web/new", vec!["name", "origins"]),
        ("/console/groups/new", vec!["name", "description"]),
        ("/console/roles/new", vec!["name", "description"]),
        ("/console/users/invite", vec!["emails"]),
        (
            "/console/identity-providers/new",
            vec!["description", "certificate", "issuer", "key-id"],
        ),
        ("/profile/api-keys/generate", vec!["description", "expiry"]),
        (
            "/_mock/emulator/faults",
            vec!["path", "operation", "status", "title"],
        ),
        ("/_mock/emulator/tenants", vec!["name", "edition", "seed"]),
        ("/_mock/emulator/snapshots", vec!["name"]),
        ("/_mock/emulator/clock", vec!["now", "by"]),
        ("/_mock/emulator/token", vec!["token", "returnto"]),
        ("/login", vec!["user", "search"]),
    ] {
        let mut form: Vec<(&str, &str)> = fields.iter().map(|name| (*name, PAYLOAD)).collect();
        form.push(("csrf", admin.csrf()));
        let request = admin.post(path).form(&form).header("accept", "text/html");
        let request = if path == "/login" {
            request
        } else {
            request.outside_the_contract()
        };
        let answer = request.send().await;
        shown += usize::from(answer.text.contains("alert(1)"));
        for active in ACTIVE {
            assert!(!answer.text.contains(active), "{path}: {}", answer.text);
        }
    }
    assert!(shown >= 10, "the payload came back {shown} times only");
}

#[tokio::test]
async fn no_answer_of_the_control_api_is_kept() {
    let world = World::start(Edition::Current).await;
    for path in [
        "/clock",
        "/seed",
        "/requests",
        "/requests/har",
        "/snapshots",
        "/faults",
        "/tenants",
        "/coverage",
    ] {
        let answer = control(&world, Method::GET, path, None).await.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let admin = world.by_session(Actor::TenantAdmin).await;
    let csrf = admin.get("/api/v1/csrf-token").send().await.expect(204);
    assert_eq!(csrf.header("cache-control"), "no-store");
    assert_eq!(csrf.json, Value::Null);
}

#[tokio::test]
async fn no_header_of_a_request_becomes_one_of_the_answer() {
    let world = World::start(Edition::Current).await;
    let viewer = world.by_session(Actor::User).await;
    for path in [
        "/login?returnto=%2Fx%0d%0aset-cookie:%20a=b",
        "/oauth/authorize?client_id=x%0d%0aset-cookie:%20a=b",
        &format!("{}%0d%0aset-cookie:%20a=b", authorization(&[("prompt", "none")])),
    ] {
        let answer = viewer.get(path).send().await;
        assert!(answer.headers.get("set-cookie").is_none(), "{path}");
    }
}
