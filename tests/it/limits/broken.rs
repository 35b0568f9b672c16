//! Clients that do not keep to the usual course: several requests at once, half a connection, half a request.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{ask, connect, credential, open_connections, read_answer, request, rest, world};
use crate::support::World;

const JSON: &str = "content-type: application/json\r\n";

fn new_user(number: usize) -> String {
    let body = json!({ "subject": format!("crowd-{number}"), "name": "Crowd" });
    request("POST /api/v1/users", JSON, &body.to_string())
}

/// The users that [`new_user`] has made, by subject.
async fn new_users(world: &World) -> Vec<String> {
    let path = "GET /api/v1/users?limit=100&sort=name&filter=name%20eq%20%22Crowd%22";
    let answer = ask(world, request(path, "", "")).await;
    let list: Value = serde_json::from_str(&answer.body).unwrap();
    let users = list["data"].as_array().unwrap().iter();
    users
        .map(|user| user["subject"].as_str().unwrap().to_owned())
        .collect()
}

/// Exports the state and plants it again, which fails if anything in it does not fit together.
async fn expect_whole(world: &World) {
    let export = ask(world, request("GET /_mock/seed", "", "")).await;
    let planted = ask(world, request("PUT /_mock/seed", JSON, &export.body)).await;
    assert_eq!(planted.status, 204, "{planted:?}");
}

/// Waits until only those are open that ask.
async fn until_all_are_gone(world: &World) {
    while open_connections(world).await > 1 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn requests_that_come_all_at_once_are_answered_one_by_one() {
    let world = world().await;
    let mut all = String::new();
    for number in 0..50 {
        all.push_str(&new_user(number));
        all.push_str(&request("GET /api/v1/users/me", "", ""));
    }
    let mut stream = connect(&world).await;
    stream.write_all(all.as_bytes()).await.unwrap();
    for number in 0..50 {
        let made = read_answer(&mut stream).await.unwrap();
        assert_eq!(made.status, 201, "{made:?}");
        assert!(made.body.contains(&format!("\"crowd-{number}\"")), "{made:?}");
        assert_eq!(read_answer(&mut stream).await.unwrap().status, 301);
    }
    assert_eq!(new_users(&world).await.len(), 50);
}

#[tokio::test]
async fn whoever_has_said_all_and_listens_is_answered() {
    let world = world().await;
    for number in 0..20 {
        let mut stream = connect(&world).await;
        stream.write_all(new_user(number).as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = String::from_utf8(rest(&mut stream).await).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{number}: {answer}");
    }
    // An answer that is long in coming is not: whoever has left looks the same.
    let fault = json!({ "operation": "createUser", "latency": "PT5M" }).to_string();
    let added = ask(&world, request("POST /_mock/faults", JSON, &fault)).await;
    assert_eq!(added.status, 201, "{added:?}");
    let mut stream = connect(&world).await;
    stream.write_all(new_user(20).as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(rest(&mut stream).await, b"");
    assert_eq!(new_users(&world).await.len(), 20);
}

#[tokio::test]
async fn half_a_request_changes_nothing() {
    let world = world().await;
    let whole = new_user(0);
    for length in (0..whole.len()).step_by(7) {
        for reset in [false, true] {
            let mut stream = connect(&world).await;
            stream.write_all(&whole.as_bytes()[..length]).await.unwrap();
            if reset {
                stream.set_zero_linger().unwrap();
            }
            drop(stream);
        }
    }
    until_all_are_gone(&world).await;
    assert!(new_users(&world).await.is_empty());
    expect_whole(&world).await;
}

#[tokio::test]
async fn whoever_leaves_before_the_answer_leaves_a_whole_state() {
    let world = world().await;
    for number in 0..100 {
        let mut stream = connect(&world).await;
        stream.write_all(new_user(number).as_bytes()).await.unwrap();
        let key = json!({ "description": "left", "expiry": "PT1H" }).to_string();
        let key = request("POST /api/v1/api-keys", JSON, &key);
        stream.write_all(key.as_bytes()).await.unwrap();
        if number % 2 == 0 {
            stream.set_zero_linger().unwrap();
        }
        drop(stream);
    }
    // In the middle of an answer that is larger than what is kept on the way.
    for _ in 0..10 {
        let mut stream = connect(&world).await;
        let many = request("GET /_mock/openapi.json", "", "").repeat(200);
        stream.write_all(many.as_bytes()).await.unwrap();
        let mut some = vec![0; 100_000];
        stream.read_exact(&mut some).await.unwrap();
        drop(stream);
    }
    until_all_are_gone(&world).await;
    expect_whole(&world).await;
    // A key that was made is counted once: as many as the list has can be made until the limit is reached.
    let list = ask(&world, request("GET /api/v1/api-keys?limit=100", "", "")).await;
    assert_eq!(list.status, 200);
}

#[tokio::test]
async fn a_body_that_ends_too_early_is_told_so_and_changes_nothing() {
    let world = world().await;
    let mut stream = connect(&world).await;
    let whole = new_user(0);
    stream
        .write_all(&whole.as_bytes()[..whole.len() - 3])
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(10), rest(&mut stream)).await;
    let answer = String::from_utf8(answer.unwrap()).unwrap();
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
    assert!(new_users(&world).await.is_empty());
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_the_connection_closed() {
    let world = world().await;
    let get = |rest: &str| format!("GET /api/v1/users {rest}");
    let post = |headers: &str, body: &str| {
        let credential = credential();
        format!("POST /api/v1/users HTTP/1.1\r\nhost: a\r\n{credential}{JSON}{headers}\r\n{body}")
    };
    let chunked = "transfer-encoding: chunked\r\n";
    for nonsense in [
        get("HTTP/3.7\r\n\r\n"),
        get("HTTP/1.1\r\nhost : a\r\n\r\n"),
        get("HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n"),
        get("HTTP/1.1\r\nhost: a\r\n folded\r\n\r\n"),
        "GET /\0 HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(),
        "\x01\x02\x03\x04\r\n\r\n".to_owned(),
        post("content-length: 2\r\ncontent-length: 3\r\n", "{} "),
        post("content-length: -1\r\n", "{}"),
        post("content-length: 99999999999999999999\r\n", "{}"),
        post("transfer-encoding: gzip\r\n", "{}"),
        post(chunked, "nonsense\r\n{}\r\n0\r\n\r\n"),
        post(chunked, "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        post(
            chunked,
            &format!("2;{}\r\n{{}}\r\n0\r\n\r\n", "a".repeat(100_000)),
        ),
        post(
            chunked,
            &format!("2\r\n{{}}\r\n0\r\nx: {}\r\n\r\n", "a".repeat(100_000)),
        ),
    ] {
        let mut stream = connect(&world).await;
        // It may be closed before all of it is sent.
        let _ = stream.write_all(nonsense.as_bytes()).await;
        let answer = read_answer(&mut stream).await;
        let answer = answer.unwrap_or_else(|| panic!("no answer: {nonsense:.200}"));
        assert_eq!(answer.status, 400, "{nonsense:.200}: {answer:?}");
        assert_eq!(rest(&mut stream).await, b"", "{nonsense:.200}");
    }
    assert!(new_users(&world).await.is_empty());
    expect_whole(&world).await;
}
