//! Clients that do not keep to the usual course: several requests at once, half a connection, half a request.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::{ask, connect, credential, open_connections, read_answer, request, rest, world};
use crate::program::Program;
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

/// How many requests [`ask_for_much`] sends at once.
const MUCH: usize = 40;

/// Requests that each keep a thread busy for a while, all at once on one connection, in HTTP/1.1 or in HTTP/2; returns how
/// many of them are answered by and by.
fn ask_for_much(server: &Program, token: &str, is_shared: bool) -> (JoinHandle<()>, Arc<AtomicUsize>) {
    let answered = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&answered);
    let nobody = "name%20co%20%22nobody%22";
    let path = format!("/api/v1/users?filter={nobody}");
    let (address, url) = (server.address().to_owned(), format!("{}{path}", server.url()));
    let token = token.to_owned();
    let asking = tokio::spawn(async move {
        if is_shared {
            let client = reqwest::Client::builder()
                .http2_prior_knowledge()
                .build()
                .unwrap();
            let mut all = tokio::task::JoinSet::new();
            for _ in 0..MUCH {
                all.spawn(client.get(&url).bearer_auth(&token).send());
            }
            while let Some(answer) = all.join_next().await {
                assert_eq!(answer.unwrap().unwrap().status(), 200);
                count.fetch_add(1, Ordering::Relaxed);
            }
        } else {
            let request =
                format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(request.repeat(MUCH).as_bytes()).await.unwrap();
            for _ in 0..MUCH {
                assert_eq!(read_answer(&mut stream).await.unwrap().status, 200);
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    (asking, answered)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_for_much_at_once_takes_turns_with_others() {
    let server = Program::start(&["--port", "0", "--seed", "large"], &[]);
    let made = reqwest::Client::new()
        .post(format!("{}/_mock/tokens", server.url()))
        .json(&json!({ "user": "admin@example.com" }));
    let made: Value = made.send().await.unwrap().json().await.unwrap();
    let token = made["token"].as_str().unwrap();
    for is_shared in [false, true] {
        let (asking, answered) = ask_for_much(&server, token, is_shared);
        // More than there are threads.
        let mut others = Vec::new();
        for _ in 0..2 * std::thread::available_parallelism().unwrap().get() {
            others.push(TcpStream::connect(server.address()).await.unwrap());
        }
        while answered.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        for other in &mut others {
            let ask = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";
            other.write_all(ask.as_bytes()).await.unwrap();
        }
        for other in &mut others {
            assert_eq!(read_answer(other).await.unwrap().status, 200);
        }
        let before = answered.load(Ordering::Relaxed);
        asking.await.unwrap();
        assert!(
            before < MUCH / 2,
            "HTTP/2: {is_shared}: {before} of {MUCH} came first"
        );
    }
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

/// Where the end has come before the server looks at the request, as it has when another thread is to look.
#[test]
fn whoever_has_said_all_at_once_is_answered_by_the_program() {
    let server = Program::start(&["--port", "0"], &[]);
    let ask = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for is_kept in [false, true] {
        for number in 0..50 {
            let mut stream = std::net::TcpStream::connect(server.address()).unwrap();
            let mut answer = String::new();
            if is_kept {
                stream.write_all(ask.as_bytes()).unwrap();
                let mut first = [0; 1];
                stream.read_exact(&mut first).unwrap();
            }
            stream.write_all(ask.as_bytes()).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            stream.read_to_string(&mut answer).unwrap();
            assert_eq!(
                answer.matches("200 OK").count(),
                1 + usize::from(is_kept),
                "{number}: {answer}"
            );
        }
    }
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
