//! `/_mock/faults`. What a fault does is seen with a client that knows no contract, and on a bare socket.

use std::error::Error as _;
use std::io::ErrorKind;
use std::time::Duration;

use axum::body::Body;
use chrono::TimeDelta;
use mock_qlik_cloud::Emulator;
use mock_qlik_cloud::domain::settings::Edition;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tower::ServiceExt as _;

use super::control;
use crate::support::{Actor, Answer, START, World};

async fn inject(world: &World, rule: &Value) -> Answer {
    control(world, Method::POST, "/faults", Some(rule))
        .await
        .expect(201)
}

async fn fault(world: &World, id: &str) -> Value {
    control(world, Method::GET, &format!("/faults/{id}"), None)
        .await
        .expect(200)
        .json
}

fn request(world: &World, actor: Actor, method: Method, path: &str) -> reqwest::RequestBuilder {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let request = http.request(method, format!("{}{path}", world.url()));
    match actor {
        Actor::Anonymous => request,
        actor => request.bearer_auth(actor.person().token()),
    }
}

async fn ask(world: &World, path: &str) -> reqwest::Result<Response> {
    request(world, Actor::KeyHolder, Method::GET, path).send().await
}

async fn status(world: &World, path: &str) -> u16 {
    ask(world, path).await.unwrap().status().as_u16()
}

/// What arrives on a socket of its own until the server ends the connection, and how it ends.
async fn arrives(world: &World, request: &str) -> (String, Option<ErrorKind>) {
    let mut stream = TcpStream::connect(world.url().trim_start_matches("http://"))
        .await
        .unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let end = stream
        .read_to_end(&mut bytes)
        .await
        .err()
        .map(|error| error.kind());
    (String::from_utf8(bytes).unwrap(), end)
}

fn get(path: &str) -> String {
    let token = Actor::KeyHolder.person().token();
    format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    )
}

#[tokio::test]
async fn a_client_that_tries_again_gets_through_after_two_errors() {
    let world = World::start(Edition::Classic).await;
    let added = inject(
        &world,
        &json!({ "operation": "getUsers", "status": 503, "retryAfter": 7, "times": 2 }),
    )
    .await;
    assert_eq!((added.str("/id"), added.str("/state")), ("fault-1", "active"));
    for _ in 0..2 {
        let refused = ask(&world, "/api/v1/users").await.unwrap();
        assert_eq!(refused.status(), 503);
        assert_eq!(refused.headers()["retry-after"], "7");
        assert_eq!(refused.headers()["content-type"], "application/json");
        let mut body: Value = refused.json().await.unwrap();
        assert_eq!(body["traceId"].take().as_str().map(str::len), Some(32));
        let error = json!({
            "code": "HTTP-503", "title": "Service Unavailable", "detail": "A test has injected this error.",
            "status": 503,
        });
        assert_eq!(body, json!({ "errors": [error], "traceId": null }));
    }
    assert_eq!(status(&world, "/api/v1/users").await, 200);
    assert_eq!(status(&world, "/api/v1/users/me").await, 301);
    let seen = fault(&world, "fault-1").await;
    assert_eq!(
        (&seen["hits"], &seen["matches"], &seen["state"], &seen["created"]),
        (&json!(2), &json!(3), &json!("spent"), &json!(START))
    );
}

#[tokio::test]
async fn the_words_of_an_error_may_be_given_and_are_usual_otherwise() {
    let world = World::start(Edition::Classic).await;
    inject(
        &world,
        &json!({
            "path": "/login", "status": 429, "times": 1,
        }),
    )
    .await;
    inject(
        &world,
        &json!({
            "method": "GET", "path": "/api/v1/roles", "status": 599, "code": "X-1", "title": "Odd", "detail": "Why not.",
        }),
    )
    .await;
    let limited = ask(&world, "/login").await.unwrap();
    assert_eq!(limited.headers()["retry-after"], "1");
    let body: Value = limited.json().await.unwrap();
    assert_eq!(body["errors"][0]["title"], "API rate limit reached.");
    assert_eq!(
        body["errors"][0]["detail"],
        "You need to wait 1 seconds until limit is lifted."
    );
    let odd = ask(&world, "/api/v1/roles").await.unwrap();
    assert_eq!(odd.status().as_u16(), 599);
    let body: Value = odd.json().await.unwrap();
    assert_eq!(
        body["errors"][0],
        json!({ "code": "X-1", "title": "Odd", "detail": "Why not." })
    );
}

#[tokio::test]
async fn a_fault_is_about_one_user_or_one_key() {
    let world = World::start(Edition::Classic).await;
    let holder = Actor::KeyHolder.person();
    inject(&world, &json!({ "user": holder.id, "status": 500, "times": 1 })).await;
    inject(
        &world,
        &json!({ "apiKey": holder.key_id, "status": 502, "times": 1 }),
    )
    .await;
    let me = async |actor| {
        let asked = request(&world, actor, Method::GET, "/api/v1/users/me")
            .send()
            .await;
        asked.unwrap().status().as_u16()
    };
    assert_eq!(me(Actor::TenantAdminHoldingKeys).await, 301);
    assert_eq!(me(Actor::Anonymous).await, 401);
    assert_eq!(me(Actor::KeyHolder).await, 500);
    assert_eq!(me(Actor::KeyHolder).await, 502);
    assert_eq!(me(Actor::KeyHolder).await, 301);
}

#[tokio::test]
async fn a_reset_is_seen_as_one_on_the_socket_and_by_a_client() {
    let world = World::start(Edition::Classic).await;
    inject(
        &world,
        &json!({ "path": "/api/v1/users", "fault": "connection-reset" }),
    )
    .await;
    assert_eq!(
        arrives(&world, &get("/api/v1/users")).await,
        (String::new(), Some(ErrorKind::ConnectionReset))
    );
    let error = ask(&world, "/api/v1/users").await.unwrap_err();
    let mut cause = error.source();
    while let Some(inner) = cause
        && inner.downcast_ref::<std::io::Error>().is_none()
    {
        cause = inner.source();
    }
    let cause = cause.and_then(|error| error.downcast_ref::<std::io::Error>());
    assert_eq!(cause.map(std::io::Error::kind), Some(ErrorKind::ConnectionReset));
    assert_eq!(fault(&world, "fault-1").await["hits"], 2);
    assert_eq!(status(&world, "/api/v1/users/me").await, 301);
}

#[tokio::test]
async fn an_empty_reply_ends_the_connection_in_order_without_a_byte() {
    let world = World::start(Edition::Classic).await;
    inject(&world, &json!({ "path": "/**", "fault": "empty-reply" })).await;
    let nothing = (String::new(), None);
    assert_eq!(arrives(&world, &get("/api/v1/users")).await, nothing);
    let body = "x".repeat(500_000);
    let post = format!(
        "POST /api/v1/users HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(arrives(&world, &post).await, nothing);
}

#[tokio::test]
async fn a_request_that_gets_no_answer_of_its_own_changes_nothing() {
    let world = World::start(Edition::Classic).await;
    let before = super::state(&world).await;
    for rule in [
        json!({ "status": 500 }),
        json!({ "fault": "connection-reset" }),
        json!({ "fault": "empty-reply" }),
    ] {
        inject(&world, &rule).await;
        let _ = request(&world, Actor::KeyHolder, Method::POST, "/api/v1/api-keys")
            .json(&json!({ "description": "lost" }))
            .send()
            .await;
        control(&world, Method::DELETE, "/faults", None).await.expect(204);
    }
    assert_eq!(super::state(&world).await, before);
}

#[tokio::test]
async fn a_truncated_answer_breaks_off_after_the_operation_was_carried_out() {
    let world = World::start(Edition::Classic).await;
    inject(
        &world,
        &json!({ "operation": "createApiKey", "fault": "truncated-body", "times": 1 }),
    )
    .await;
    let answer = request(&world, Actor::KeyHolder, Method::POST, "/api/v1/api-keys")
        .json(&json!({ "description": "half" }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    assert!(answer.bytes().await.is_err());
    assert!(super::state(&world).await.contains("half"));

    inject(&world, &json!({ "fault": "truncated-body" })).await;
    let (text, end) = arrives(&world, &get("/api/v1/users")).await;
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!((body.len(), end), (length / 2, None), "{head}");
    // An error is an answer, too; one without a body is whole.
    let refused = request(&world, Actor::Anonymous, Method::GET, "/api/v1/users")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    assert!(refused.bytes().await.is_err());
}

#[tokio::test]
async fn a_malformed_answer_is_whole_and_no_json() {
    let world = World::start(Edition::Classic).await;
    inject(&world, &json!({ "fault": "malformed-body" })).await;
    for path in ["/api/v1/users", "/api/v1/nowhere"] {
        let answer = ask(&world, path).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json");
        let bytes = answer.bytes().await.unwrap();
        assert!(serde_json::from_slice::<Value>(&bytes).is_err());
        assert!(serde_json::from_slice::<Value>(&bytes[1..]).is_ok());
    }
}

#[tokio::test]
async fn without_a_socket_the_body_of_a_cut_answer_breaks_off() {
    let emulator = Emulator::builder().start().await.unwrap();
    let send = async |request: axum::http::Request<Body>| emulator.service().oneshot(request).await.unwrap();
    for fault in ["connection-reset", "empty-reply", "truncated-body"] {
        let rule = json!({ "fault": fault, "times": 1 }).to_string();
        let inject = axum::http::Request::post("/_mock/faults").header("content-type", "application/json");
        assert_eq!(send(inject.body(Body::from(rule)).unwrap()).await.status(), 201);
        let struck = axum::http::Request::get("/api/v1/users")
            .body(Body::empty())
            .unwrap();
        let body = send(struck).await.into_body();
        assert!(axum::body::to_bytes(body, usize::MAX).await.is_err(), "{fault}");
    }
}

#[tokio::test]
async fn latency_is_waited_for_in_fact() {
    let world = World::start(Edition::Classic).await;
    inject(&world, &json!({ "latency": "PT0.2S", "times": 1 })).await;
    let begun = Instant::now();
    assert_eq!(status(&world, "/api/v1/users").await, 200);
    assert!(begun.elapsed() >= Duration::from_millis(200));
    assert_eq!(fault(&world, "fault-1").await["hits"], 1);
}

#[tokio::test]
async fn a_time_to_live_goes_by_the_clock_of_the_tenant() {
    let world = World::start(Edition::Classic).await;
    inject(&world, &json!({ "status": 500, "ttl": "PT1H" })).await;
    assert_eq!(status(&world, "/api/v1/users").await, 500);
    world.advance(TimeDelta::hours(1));
    assert_eq!(status(&world, "/api/v1/users").await, 200);
    assert_eq!(fault(&world, "fault-1").await["state"], "expired");
}

#[tokio::test]
async fn faults_are_taken_out_one_by_one_all_at_once_or_by_a_reset() {
    let world = World::start(Edition::Classic).await;
    let list = async || {
        control(&world, Method::GET, "/faults", None)
            .await
            .expect(200)
            .each("id")
    };
    for _ in 0..3 {
        inject(&world, &json!({ "status": 500 })).await;
    }
    assert_eq!(list().await, ["fault-1", "fault-2", "fault-3"]);
    control(&world, Method::DELETE, "/faults/fault-2", None)
        .await
        .expect(204);
    assert_eq!(list().await, ["fault-1", "fault-3"]);
    for (method, id) in [
        (Method::DELETE, "fault-2"),
        (Method::GET, "fault-2"),
        (Method::GET, "2"),
    ] {
        let answer = control(&world, method, &format!("/faults/{id}"), None)
            .await
            .expect(404);
        assert_eq!(answer.str("/errors/0/code"), "MOCK-NOT-FOUND");
    }
    control(&world, Method::DELETE, "/faults", None).await.expect(204);
    assert_eq!(list().await, [""; 0]);
    assert_eq!(
        inject(&world, &json!({ "status": 500 })).await.str("/id"),
        "fault-4"
    );
    assert_eq!(status(&world, "/api/v1/users").await, 500);
    control(&world, Method::POST, "/reset", None).await.expect(204);
    assert_eq!(list().await, [""; 0]);
    assert_eq!(status(&world, "/api/v1/users").await, 200);
}

#[tokio::test]
async fn what_steers_the_emulator_is_never_struck() {
    let world = World::start(Edition::Classic).await;
    inject(&world, &json!({ "fault": "connection-reset" })).await;
    for path in ["/_mock/clock", "/_mock/health", "/health", "/livez"] {
        assert_eq!(status(&world, path).await, 200, "{path}");
    }
    assert_eq!(fault(&world, "fault-1").await["matches"], 0);
}

#[tokio::test]
async fn a_fault_that_would_strike_nothing_is_refused() {
    let world = World::start(Edition::Classic).await;
    for (wrong, places) in [
        (
            json!({ "operation": "getUser", "status": 500 }),
            vec!["/operation"],
        ),
        (json!({ "operation": "getUsers" }), vec![""]),
        (
            json!({ "path": "users", "status": 200, "often": 1 }),
            vec!["/path", "/status", "/often"],
        ),
    ] {
        control(&world, Method::POST, "/faults", Some(&wrong))
            .await
            .expect_faults(&places);
    }
}
