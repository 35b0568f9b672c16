//! How long a connection, a request and an answer may take. Time goes on by itself here, as soon as everybody waits.

use std::ops::Range;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::{HTTP2, HTTP2_REQUEST, ask, connect, open_connections, read_answer, request, rest, world};

/// The limit of 30 seconds, at which a connection is looked at four times.
const REQUEST: Range<u64> = 30..38;

/// The limit of five minutes, at which it is looked at as often.
const IDLE: Range<u64> = 300..308;

/// Says in which second the server ends a connection.
async fn second_of_the_end(stream: &mut TcpStream) -> u64 {
    let begun = Instant::now();
    rest(stream).await;
    begun.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_arrive_is_not_waited_for() {
    let world = world().await;
    for beginning in [
        &b"G"[..],
        b"GET /health HTTP/1.1\r\nhost: local",
        b"PRI * HT",
        HTTP2,
    ] {
        let mut stream = connect(&world).await;
        stream.write_all(beginning).await.unwrap();
        let second = second_of_the_end(&mut stream).await;
        assert!(REQUEST.contains(&second), "{beginning:?}: {second}");
    }
    // Not behind an answer either.
    let mut stream = connect(&world).await;
    stream
        .write_all(request("GET /health", "", "").as_bytes())
        .await
        .unwrap();
    assert_eq!(read_answer(&mut stream).await.unwrap().status, 200);
    sleep(Duration::from_secs(100)).await;
    stream.write_all(b"GET /").await.unwrap();
    let second = second_of_the_end(&mut stream).await;
    assert!((30..46).contains(&second), "{second}");
}

#[tokio::test(start_paused = true)]
async fn a_head_that_comes_byte_by_byte_is_not_waited_for() {
    let world = world().await;
    let (mut answers, mut requests) = connect(&world).await.into_split();
    let drip = async {
        loop {
            let _ = requests.write_all(b"a").await;
            sleep(Duration::from_secs(1)).await;
        }
    };
    let begun = Instant::now();
    let mut bytes = Vec::new();
    tokio::select! {
        _ = answers.read_to_end(&mut bytes) => {}
        () = drip => {}
    }
    assert!(
        REQUEST.contains(&begun.elapsed().as_secs()),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_a_request_is_closed() {
    let world = world().await;
    let mut silent = connect(&world).await;
    let second = second_of_the_end(&mut silent).await;
    assert!(IDLE.contains(&second), "{second}");

    let mut used = connect(&world).await;
    for _ in 0..3 {
        // Each request begins the time anew.
        sleep(Duration::from_secs(200)).await;
        used.write_all(request("GET /health", "", "").as_bytes())
            .await
            .unwrap();
        assert_eq!(read_answer(&mut used).await.unwrap().status, 200);
    }
    let second = second_of_the_end(&mut used).await;
    assert!(IDLE.contains(&second), "{second}");
}

#[tokio::test(start_paused = true)]
async fn signs_of_life_of_http2_are_no_requests() {
    let world = world().await;
    let (mut answers, mut frames) = connect(&world).await.into_split();
    frames.write_all(HTTP2).await.unwrap();
    frames.write_all(HTTP2_REQUEST).await.unwrap();
    let ping = async {
        loop {
            sleep(Duration::from_secs(20)).await;
            let _ = frames.write_all(b"\0\0\x08\x06\0\0\0\0\0pingpong").await;
        }
    };
    let begun = Instant::now();
    let mut bytes = Vec::new();
    tokio::select! {
        _ = answers.read_to_end(&mut bytes) => {}
        () = ping => {}
    }
    assert!(IDLE.contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    let answered = bytes.windows(8).any(|part| part == b"\"status\"");
    assert!(answered, "{}", String::from_utf8_lossy(&bytes));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_told_so() {
    let world = world().await;
    let half = request("POST /api/v1/users", "", &" ".repeat(1_000));
    for (path, code) in [("/api/v1/users", "HTTP-408"), ("/oauth/token", "HTTP-408")] {
        let half = half.replace("/api/v1/users", path);
        let (mut stream, begun) = (connect(&world).await, Instant::now());
        stream
            .write_all(&half.as_bytes()[..half.len() - 500])
            .await
            .unwrap();
        let answer = read_answer(&mut stream).await.unwrap();
        assert_eq!(answer.status, 408, "{answer:?}");
        assert_eq!(answer.error()["code"], code);
        assert!(
            (30..31).contains(&begun.elapsed().as_secs()),
            "{:?}",
            begun.elapsed()
        );
        // The rest of the body would be taken for a request.
        assert_eq!(rest(&mut stream).await, b"");
    }
    // Byte by byte it takes too long as well; in time it does not.
    let (_, body) = half.split_once("\r\n\r\n").unwrap();
    for (pause, status) in [(1_000, 408), (20, 400)] {
        let mut stream = connect(&world).await;
        let head = &half.as_bytes()[..half.len() - body.len()];
        stream.write_all(head).await.unwrap();
        let (mut answers, mut requests) = stream.into_split();
        let drip = tokio::spawn(async move {
            for _ in 0..1_000 {
                let _ = requests.write_all(b" ").await;
                sleep(Duration::from_millis(pause)).await;
            }
        });
        let mut bytes = [0; 12];
        answers.read_exact(&mut bytes).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&bytes), format!("HTTP/1.1 {status}"));
        drip.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_takes_is_given_up() {
    let world = world().await;
    let mut stream = connect(&world).await;
    // A hundred megabytes of answers: more than any buffer on the way keeps.
    let requests = request("GET /_mock/openapi.json", "", "").repeat(2_000);
    let sending = tokio::spawn(async move {
        let _ = stream.write_all(requests.as_bytes()).await;
        std::future::pending::<()>().await;
        drop(stream);
    });
    sleep(Duration::from_secs(29)).await;
    assert_eq!(open_connections(&world).await, 2);
    sleep(Duration::from_secs(17)).await;
    assert_eq!(open_connections(&world).await, 1);
    sending.abort();
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_a_test_wants_to_be_late_has_no_limit() {
    let world = world().await;
    let fault = json!({ "operation": "getUsers", "latency": "PT10M" }).to_string();
    let json = "content-type: application/json\r\n";
    let added = ask(&world, request("POST /_mock/faults", json, &fault)).await;
    assert_eq!(added.status, 201, "{added:?}");
    let begun = Instant::now();
    let late = ask(&world, request("GET /api/v1/users", "", "")).await;
    assert_eq!((late.status, begun.elapsed().as_secs()), (200, 10 * 60));
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_events_goes_on_while_nothing_happens() {
    let world = world().await;
    let mut stream = connect(&world).await;
    stream
        .write_all(request("GET /_mock/requests/stream", "", "").as_bytes())
        .await
        .unwrap();
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!(open_connections(&world).await, 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_request_yet_does_not_hold_up_the_end() {
    let emulator = mock_qlik_cloud::Emulator::builder().start().await.unwrap();
    let address = emulator.url().trim_start_matches("http://").to_owned();
    let health = request("GET /health", "", "");
    let mut open = Vec::new();
    for sent in [
        &b""[..],
        b"GET /",
        b"PRI * HT",
        HTTP2,
        &[HTTP2, HTTP2_REQUEST].concat(),
        health.as_bytes(),
        format!("{health}GET /").as_bytes(),
        &[22, 3, 1],
    ] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        open.push(stream);
    }
    sleep(Duration::from_secs(1)).await;
    let begun = Instant::now();
    emulator.stop().await;
    assert!(
        begun.elapsed() < Duration::from_millis(500),
        "{:?}",
        begun.elapsed()
    );
}

/// Everything of this test is on one thread, so what kept it busy until the seed was read would keep the others waiting.
#[tokio::test]
async fn whoever_sends_a_large_seed_keeps_nobody_waiting() {
    let world = world().await;
    let users: Vec<_> = (0..30_000)
        .map(|number| json!({ "subject": format!("auth0|{number}"), "name": format!("Somebody {number}") }))
        .collect();
    let tenant = json!({ "name": "Large", "hostnames": ["large.localhost"] });
    let seed = json!({ "format": 1, "tenant": tenant, "users": users }).to_string();
    assert!(seed.len() > 1_048_576);
    let request = request(
        "POST /_mock/seed/check",
        "content-type: application/json\r\n",
        &seed,
    );
    let (most, last) = request.split_at(request.len() - 1);
    let mut large = connect(&world).await;
    large.write_all(most.as_bytes()).await.unwrap();
    let mut other = connect(&world).await;
    large.write_all(last.as_bytes()).await.unwrap();
    let checked = tokio::spawn(async move { read_answer(&mut large).await });
    let mut meanwhile = 0;
    while !checked.is_finished() {
        let ask = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";
        other.write_all(ask.as_bytes()).await.unwrap();
        assert_eq!(read_answer(&mut other).await.unwrap().status, 200);
        meanwhile += 1;
    }
    let checked = checked.await.unwrap().unwrap();
    assert_eq!(checked.status, 204, "{:.300}", checked.body);
    assert!(meanwhile > 10, "{meanwhile} answers");
}
