//! How large a request may be, and how deep.

use std::time::Duration;

use mock_qlik_cloud::Emulator;
use reqwest::Client;
use serde_json::{Value, json};

use super::{Answer, ask, request, world};
use crate::support::{ROBOT, ROBOT_SECRET, World};

/// A request with so many headers besides those that every request of these tests has.
async fn with_headers(world: &World, headers: usize, size: usize) -> Answer {
    let lines: String = (0..headers)
        .map(|number| format!("x-{number}: {}\r\n", "a".repeat(size)))
        .collect();
    ask(world, request("GET /api/v1/users", &lines, "")).await
}

#[tokio::test]
async fn an_address_that_is_too_long_is_told_so() {
    let world = world().await;
    let get = async |length: usize| {
        let path = "/api/v1/users?name=";
        let name = "a".repeat(length - path.len());
        ask(&world, request(&format!("GET {path}{name}"), "", "")).await
    };
    assert_eq!(get(32 * 1024).await.status, 200);
    let refused = get(32 * 1024 + 1).await;
    assert_eq!(
        (refused.status, &refused.error()["code"]),
        (414, &"HTTP-414".into())
    );
    assert_eq!(refused.error()["status"], 414, "in the form of its family");
    // What is much too long is not even read to its end.
    assert_eq!(get(70_000).await.status, 414);
    assert_eq!(get(200_000).await.status, 431);
}

#[tokio::test]
async fn headers_that_are_too_many_or_too_large_are_told_so() {
    let world = world().await;
    // Host, authorization and content-length are there already.
    assert_eq!(with_headers(&world, 77, 1).await.status, 200);
    let refused = with_headers(&world, 78, 1).await;
    assert_eq!(
        (refused.status, &refused.error()["code"]),
        (431, &"HTTP-431".into())
    );
    assert_eq!(with_headers(&world, 200, 1).await.status, 431);

    assert_eq!(with_headers(&world, 1, 60_000).await.status, 200);
    let refused = with_headers(&world, 1, 66_000).await;
    assert_eq!(
        (refused.status, &refused.error()["code"]),
        (431, &"HTTP-431".into())
    );
    assert_eq!(refused.error()["source"]["parameter"], "x-0");
    assert_eq!(with_headers(&world, 70, 1_000).await.status, 431);
    assert_eq!(with_headers(&world, 1, 200_000).await.status, 431);
}

#[tokio::test]
async fn http2_has_the_same_limits() {
    crate::support::prepare_clients();
    let emulator = Emulator::builder().start().await.unwrap();
    let client = Client::builder().http2_prior_knowledge().build().unwrap();
    let get = async |path: &str, headers: usize, size: usize| {
        let mut request = client.get(format!("{}{path}", emulator.url()));
        for number in 0..headers {
            request = request.header(format!("x-{number}"), "a".repeat(size));
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let json: Value = answer.json().await.unwrap_or_default();
        (status, json["errors"][0]["code"].clone())
    };
    assert_eq!(get("/health", 1, 60_000).await, (200, Value::Null));
    assert_eq!(get("/health", 1, 66_000).await, (431, "HTTP-431".into()));
    assert_eq!(get("/health", 100, 1).await, (431, "HTTP-431".into()));
    let long = format!("/health?{}", "a".repeat(33_000));
    assert_eq!(get(&long, 0, 0).await, (414, "HTTP-414".into()));
}

#[tokio::test]
async fn parameters_that_are_too_many_are_told_so() {
    let world = world().await;
    let parameters =
        |count: usize| -> Vec<String> { (0..count).map(|number| format!("p{number}=1")).collect() };
    let get = async |count: usize| {
        let path = format!("GET /api/v1/users?{}", parameters(count).join("&"));
        ask(&world, request(&path, "", "")).await
    };
    assert_eq!(get(1_000).await.status, 200);
    let refused = get(1_001).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    assert!(
        refused.error()["detail"].as_str().unwrap().contains("1000"),
        "{refused:?}"
    );
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    for path in ["/oauth/token", "/login"] {
        let post = async |count: usize| {
            let line = format!("POST {path}");
            ask(&world, request(&line, form, &parameters(count).join("&"))).await
        };
        let few = post(1_000).await;
        assert!(!few.body.contains("1000 parameters"), "{few:?}");
        let many = post(1_001).await;
        assert_eq!(many.status, 400, "{many:?}");
        assert!(many.body.contains("1000 parameters"), "{many:?}");
    }
    // As many as fit, all of them different, are not compared with each other.
    let many = request("POST /oauth/token", form, &parameters(100_000).join("&"));
    assert_eq!(ask(&world, many).await.status, 400);
}

#[tokio::test]
async fn a_document_that_is_nested_too_deep_is_told_so() {
    let world = world().await;
    let json = "content-type: application/json\r\n";
    for path in ["/api/v1/users", "/oauth/token"] {
        let post = async |depth: usize| {
            let body = format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
            ask(&world, request(&format!("POST {path}"), json, &body)).await
        };
        let deep = post(127).await;
        assert_eq!(deep.status, 400, "{deep:?}");
        assert!(!deep.body.contains("too deep"), "{deep:?}");
        for depth in [128, 200_000] {
            let deeper = post(depth).await;
            assert_eq!(deeper.status, 400, "{deeper:?}");
            let detail = deeper.error()["detail"].clone();
            assert_eq!(
                detail,
                "The body is nested too deep. Arrays and objects may stand in one another 127 deep."
            );
        }
    }
}

#[tokio::test]
async fn a_filter_that_is_too_large_or_too_deep_is_told_so() {
    let world = world().await;
    for (filter, words) in [
        ("(".repeat(8_000), "nested at most 32 deep"),
        ("not%20".repeat(1_600), "not supported"),
        ("a".repeat(9_000), "at most 8192 bytes"),
        (
            ["name%20eq%20%22a%22"; 101].join("%20or%20"),
            "at most 100 conditions",
        ),
    ] {
        let refused = ask(
            &world,
            request(&format!("GET /api/v1/users?filter={filter}"), "", ""),
        )
        .await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert_eq!(refused.error()["source"]["parameter"], "filter");
        assert!(
            refused.error()["detail"].as_str().unwrap().contains(words),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_megabyte_of_entries_is_not_compared_with_itself() {
    let world = world().await;
    let json_type = "content-type: application/json\r\n";
    let many = |count: usize, entry: &dyn Fn(usize) -> String| (0..count).map(entry).collect::<Vec<_>>();
    let origins = json!({
        "name": "Wide",
        "validOrigins": many(40_000, &|number| format!("https://n{number}.example")),
    });
    let scopes = json!({
        "appType": "web",
        "clientName": "Wide",
        "allowedScopes": many(60_000, &|number| format!("n{number}")),
    });
    let token = json!({
        "grant_type": "client_credentials",
        "client_id": ROBOT,
        "client_secret": ROBOT_SECRET,
        "scope": many(140_000, &|number| format!("n{number}")).join(" "),
    });
    for (path, body, status) in [
        ("/api/v1/web-integrations", origins, 201),
        ("/api/v1/oauth-clients", scopes, 400),
        ("/oauth/token", token, 400),
    ] {
        let request = request(&format!("POST {path}"), json_type, &body.to_string());
        // A tenth of a second each; compared with itself, half a minute.
        let answer = tokio::time::timeout(Duration::from_secs(10), ask(&world, request));
        let answer = answer.await.unwrap_or_else(|_| panic!("{path} takes its time"));
        assert_eq!(answer.status, status, "{path}: {:.300}", answer.body);
    }
}
