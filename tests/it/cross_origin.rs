//! Calls by pages of other sites, as a browser would make them.

use mock_qlik_cloud::domain::settings::Edition;
use reqwest::Method;
use serde_json::json;

use crate::support::{Actor, Answer, Client, EDITIONS, Request, WEB_INTEGRATION, World};

const ME: &str = "/api/v1/users/me";
const USERS: &str = "/api/v1/users";
const ID: &str = "qlik-web-integration-id";

/// The origin that the seed's web integration lists.
const LISTED: &str = "https://mashup.example";
/// An origin that nobody lists.
const OTHER: &str = "https://evil.example";

/// What a browser asks before a page may call.
fn preflight(client: &Client, path: &str, origin: &str, headers: &str) -> Request {
    client
        .request(Method::OPTIONS, path)
        .outside_the_contract()
        .header("origin", origin)
        .header("access-control-request-method", "PATCH")
        .header("access-control-request-headers", headers)
}

/// Whether a page of this origin may see the answer; if not, no header says anything about it.
#[track_caller]
fn is_shown(answer: &Answer, origin: &str) -> bool {
    let said: Vec<_> = answer
        .headers
        .keys()
        .filter(|name| name.as_str().starts_with("access-control-"))
        .collect();
    if said.is_empty() {
        return false;
    }
    assert_eq!(answer.header("access-control-allow-origin"), origin);
    assert_eq!(answer.header("access-control-allow-credentials"), "true");
    assert!(answer.header("vary").to_lowercase().contains("origin"));
    true
}

#[tokio::test]
async fn a_preflight_is_answered_before_anybody_is_known() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let anonymous = world.anonymous();
        let wanted = "content-type,qlik-api-version,qlik-csrf-token,qlik-web-integration-id";
        for path in [
            USERS.to_owned(),
            "/api/v1/items".to_owned(),
            format!("{USERS}?{ID}={WEB_INTEGRATION}"),
        ] {
            let answer = preflight(&anonymous, &path, LISTED, wanted)
                .send()
                .await
                .expect(204);
            assert!(is_shown(&answer, LISTED));
            assert!(answer.text.is_empty());
            let allowed = answer.header("access-control-allow-headers");
            for header in wanted.split(',').chain(["authorization"]) {
                assert!(allowed.split(", ").any(|allowed| allowed == header), "{header}");
            }
            let methods = answer.header("access-control-allow-methods");
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                assert!(methods.split(", ").any(|allowed| allowed == method), "{method}");
            }
        }
        for (path, origin, headers) in [
            // An origin that nobody lists, or that is none.
            (USERS.to_owned(), OTHER, wanted),
            (USERS.to_owned(), "null", wanted),
            (USERS.to_owned(), "http://mashup.example", wanted),
            (USERS.to_owned(), "https://mashup.example:8443", wanted),
            // Nothing says that a web integration will come.
            (USERS.to_owned(), LISTED, "authorization"),
            // A web integration that is not there.
            (format!("{USERS}?{ID}=unknown"), LISTED, wanted),
        ] {
            let answer = preflight(&anonymous, &path, origin, headers).send().await;
            let answer = answer.expect_refusal(403, "origin-not-allowed");
            assert!(!is_shown(&answer, origin), "{path} {origin}");
        }
    }
}

#[tokio::test]
async fn a_page_of_a_listed_origin_uses_the_session_of_its_user() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let page = |request: Request| request.header("origin", LISTED);
        for request in [
            admin.get(ME).header(ID, WEB_INTEGRATION),
            admin.get(&format!("{ME}?{ID}={WEB_INTEGRATION}")),
        ] {
            assert!(is_shown(&page(request).send().await.expect(301), LISTED));
        }
        let token = page(admin.get("/api/v1/csrf-token").header(ID, WEB_INTEGRATION))
            .send()
            .await
            .expect(204);
        assert!(is_shown(&token, LISTED));
        let exposed = token.header("access-control-expose-headers");
        assert!(
            exposed.split(", ").any(|name| name == "qlik-csrf-token"),
            "{exposed}"
        );

        let body = json!({ "name": "New" });
        let change = || {
            page(
                admin
                    .post("/api/v1/roles")
                    .json(&body)
                    .header(ID, WEB_INTEGRATION),
            )
        };
        assert!(is_shown(&change().send().await.expect(201), LISTED));
        // The CSRF token is needed as ever; and the page is shown why it was refused.
        let without = change().header("qlik-csrf-token", "wrong").send().await;
        assert!(is_shown(&without.expect_refusal(403, "csrf-token"), LISTED));
        let anonymous = page(world.anonymous().get(ME).header(ID, WEB_INTEGRATION));
        assert!(is_shown(
            &anonymous.send().await.expect_refusal(401, "no-credential"),
            LISTED
        ));
        let missing = page(admin.get(&format!("{USERS}/none")).header(ID, WEB_INTEGRATION));
        assert!(is_shown(&missing.send().await.expect(404), LISTED));
    }
}

#[tokio::test]
async fn a_session_is_of_no_use_to_any_other_page() {
    for edition in EDITIONS {
        let world = World::start(edition).await;
        let admin = world.by_session(Actor::TenantAdmin).await;
        let before = admin.get("/api/v1/roles?limit=100").send().await.expect(200).json;
        for (origin, id) in [
            (OTHER, None),
            (OTHER, Some(WEB_INTEGRATION)),
            ("null", None),
            (LISTED, None),
            (LISTED, Some("unknown")),
            (LISTED, Some("")),
        ] {
            let body = json!({ "name": "New" });
            for request in [
                admin.get("/api/v1/roles"),
                admin.post("/api/v1/roles").json(&body),
            ] {
                let request = match id {
                    Some(id) => request.header(ID, id),
                    None => request,
                };
                let answer = request.header("origin", origin).send().await;
                let answer = answer.expect_refusal(403, "origin-not-allowed");
                assert!(!is_shown(&answer, origin), "{origin} {id:?}");
            }
        }
        assert_eq!(
            admin.get("/api/v1/roles?limit=100").send().await.expect(200).json,
            before
        );
    }
}

#[tokio::test]
async fn an_api_key_works_whatever_page_sends_it_and_only_a_listed_one_sees_the_answer() {
    let world = World::start(Edition::Current).await;
    let holder = world.by_key(Actor::KeyHolder);
    let listed = holder
        .get(ME)
        .header("origin", LISTED)
        .header(ID, WEB_INTEGRATION);
    assert!(is_shown(&listed.send().await.expect(301), LISTED));
    let other = holder.get(ME).header("origin", OTHER).send().await.expect(301);
    assert!(!is_shown(&other, OTHER));
    // Whoever names a web integration is held to it.
    let named = holder.get(ME).header("origin", OTHER).header(ID, WEB_INTEGRATION);
    assert!(!is_shown(
        &named.send().await.expect_refusal(403, "origin-not-allowed"),
        OTHER
    ));
}

#[tokio::test]
async fn the_tenants_own_pages_and_programs_need_no_web_integration() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let own = world.url();
    let body = json!({ "name": "New" });
    let request = admin.post("/api/v1/roles").json(&body).header("origin", &own);
    assert!(!is_shown(&request.send().await.expect(201), &own));
    // A program that names one without being a page.
    admin.get(ME).header(ID, "unknown").send().await.expect(301);
}

#[tokio::test]
async fn a_change_of_the_list_counts_at_once() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let path = format!("/api/v1/web-integrations/{WEB_INTEGRATION}");
    let call = || admin.get(ME).header("origin", OTHER).header(ID, WEB_INTEGRATION);
    call().send().await.expect_refusal(403, "origin-not-allowed");
    let change = json!([{ "op": "replace", "path": "/validOrigins", "value": [OTHER] }]);
    admin.patch(&path).json(&change).send().await.expect(204);
    assert!(is_shown(&call().send().await.expect(301), OTHER));
    admin.delete(&path).send().await.expect(204);
    call().send().await.expect_refusal(403, "origin-not-allowed");
    preflight(&admin, ME, OTHER, ID).send().await.expect(403);
}

#[tokio::test]
async fn neither_the_pages_for_people_nor_the_control_api_are_opened() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    for path in ["/", "/login", "/console/settings", "/_mock/clock", "/health"] {
        // By a client that knows no contract: some of these are in none.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        for method in [Method::GET, Method::OPTIONS] {
            let request = http
                .request(method.clone(), format!("{}{path}", world.url()))
                .header("cookie", admin.secret())
                .header("origin", LISTED)
                .header(ID, WEB_INTEGRATION)
                .header("access-control-request-method", "PATCH")
                .header("access-control-request-headers", ID);
            let answer = request.send().await.unwrap();
            let says = |name: &str| name.starts_with("access-control-");
            assert!(
                !answer.headers().keys().any(|name| says(name.as_str())),
                "{method} {path}"
            );
            assert!(
                method == Method::GET || answer.status().is_client_error(),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_log_in_leads_back_to_a_listed_page() {
    let world = World::start(Edition::Current).await;
    let anonymous = world.anonymous();
    let target = format!("{LISTED}/app?a=b#c");
    let login = |client: &Client, id: &str, target: &str| {
        client.get("/login").query(&[(ID, id), ("returnto", target)])
    };
    let page = login(&anonymous, WEB_INTEGRATION, &target)
        .send()
        .await
        .expect(200);
    assert!(
        page.text
            .contains(&format!("name=\"{ID}\" value=\"{WEB_INTEGRATION}\""))
    );
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains(&format!("form-action 'self' {LISTED};")),
        "{policy}"
    );
    let form = [
        ("user", "viewer"),
        ("returnto", target.as_str()),
        (ID, WEB_INTEGRATION),
    ];
    let signed_in = anonymous.post("/login").form(&form).send().await.expect(303);
    assert_eq!(signed_in.header("location"), target);
    let viewer = world.by_session(Actor::User).await;
    let on = login(&viewer, WEB_INTEGRATION, &target).send().await.expect(302);
    assert_eq!(on.header("location"), target);

    for (id, target, code) in [
        (WEB_INTEGRATION, OTHER, "LOGIN-10"),
        ("unknown", LISTED, "LOGIN-10"),
        ("", LISTED, "LOGIN-8"),
        (WEB_INTEGRATION, "https://mashup.example@evil.example/", "LOGIN-8"),
        (
            WEB_INTEGRATION,
            "https://mashup.example.evil.example/",
            "LOGIN-10",
        ),
        (WEB_INTEGRATION, "//mashup.example", "LOGIN-8"),
        (WEB_INTEGRATION, "https:\\\\mashup.example", "LOGIN-8"),
    ] {
        let answer = login(&anonymous, id, target).send().await.expect(401);
        assert_eq!(answer.str("/errors/0/code"), code, "{id} {target}");
        assert_eq!(answer.str("/errors/0/source/parameter"), "returnto");
        let form = [("user", "viewer"), ("returnto", target), (ID, id)];
        let posted = anonymous.post("/login").form(&form).send().await.expect(401);
        assert!(posted.headers.get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn an_oauth_client_lets_its_pages_in_and_no_session() {
    let world = World::start(Edition::Current).await;
    let admin = world.by_session(Actor::TenantAdmin).await;
    let body = json!({ "appType": "spa", "clientName": "Page", "allowedOrigins": [OTHER] });
    let asked = preflight(&admin, ME, OTHER, "authorization,qlik-api-version");
    asked
        .clone()
        .send()
        .await
        .expect_refusal(403, "origin-not-allowed");
    let client = admin.post("/api/v1/oauth-clients").json(&body);
    client.send().await.expect(201);
    let answer = asked.send().await.expect(204);
    assert!(is_shown(&answer, OTHER));
    let holder = world.by_key(Actor::KeyHolder);
    let by_token = holder.get(ME).header("origin", OTHER).send().await.expect(301);
    assert!(is_shown(&by_token, OTHER));
    // Its pages have tokens of their own; the cookie of the user is none of them.
    let by_cookie = admin.get(ME).header("origin", OTHER).send().await;
    assert!(is_shown(
        &by_cookie.expect_refusal(403, "origin-not-allowed"),
        OTHER
    ));
}
