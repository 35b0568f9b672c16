//! Ten thousand connections that ask nothing, and a thousand that ask slowly, while one client works.

use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{read_answer, request};
use crate::program::Program;

const IDLE: usize = 10_000;
const SLOW: usize = 1_000;

/// How often the working client asks.
const REQUESTS: usize = 500;

/// What this process has open besides.
const OTHER_FILES: usize = 500;

/// How many connections are made at once: fewer than wait to be accepted at most.
const AT_ONCE: usize = 1_000;

/// The longest that the working client waits for an answer, on a machine that runs all the other tests besides.
const WORST: Duration = Duration::from_secs(2);

/// How many connections that ask nothing this machine lets us have.
fn possible() -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX).expect("the limit of open files can be read");
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    let possible = files.saturating_sub(SLOW + OTHER_FILES).min(IDLE);
    assert!(
        possible >= 1_000,
        "this machine lets a process open {files} files, which is too few for this test: ulimit -Hn"
    );
    if possible < IDLE {
        println!(
            "{possible} connections instead of {IDLE}: a process may open {files} files here (ulimit -Hn)"
        );
    }
    possible
}

async fn connect(address: &str, count: usize) -> Vec<TcpStream> {
    let mut streams = Vec::with_capacity(count);
    while streams.len() < count {
        let mut batch = JoinSet::new();
        for _ in 0..AT_ONCE.min(count - streams.len()) {
            let address = address.to_owned();
            batch.spawn(async move { TcpStream::connect(address).await.expect("a connection") });
        }
        streams.extend(batch.join_all().await);
        // Answered when all of them have been accepted.
        ask(address, &mut None).await;
    }
    streams
}

/// Asks on a connection that is there, or on one of its own, and says how long the answer took.
async fn ask(address: &str, kept: &mut Option<TcpStream>) -> Duration {
    let begun = Instant::now();
    let mut stream = match kept.take() {
        Some(stream) => stream,
        None => TcpStream::connect(address).await.expect("a connection"),
    };
    let request = request("GET /api/v1/users", "", "");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("a request is sent");
    let answer = read_answer(&mut stream).await.expect("the connection stays");
    assert_eq!(answer.status, 200, "{answer:?}");
    *kept = Some(stream);
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_asks_nothing_or_slowly_holds_nobody_up() {
    let possible = possible();
    // So much time that nobody is closed on a machine that is busy with other things.
    let limits = ["--request-timeout", "600", "--idle-timeout", "600"];
    let server = Program::start(&[&["--port", "0", "--seed", "ready"], &limits[..]].concat(), &[]);
    let begun = Instant::now();
    let address = server.address().to_owned();
    let mut idle = connect(&address, possible).await;
    // Half of them have asked once, and been answered.
    for stream in idle.iter_mut().step_by(2) {
        stream
            .write_all(request("GET /health", "", "").as_bytes())
            .await
            .expect("a request is sent");
    }
    let mut slow = connect(&address, SLOW).await;
    let head = request("GET /api/v1/users", "", "");
    println!("{} connections after {:?}", possible + SLOW, begun.elapsed());
    let mut kept = None;
    let mut taken = Vec::new();
    for number in 0..REQUESTS {
        // Meanwhile a tenth of the slow ones sends another byte, which is not the last one of its head yet.
        let byte = &head.as_bytes()[number / 10..][..1];
        for stream in slow.iter_mut().skip(number % 10).step_by(10) {
            stream.write_all(byte).await.expect("a byte is sent");
        }
        taken.push(ask(&address, &mut kept).await);
        if number % 5 == 0 {
            kept = None;
        }
    }
    taken.sort();
    let [median, p99, worst] = [50, 99, 100].map(|percent| taken[taken.len() * percent / 100 - 1]);
    println!("{REQUESTS} requests after {:?}", begun.elapsed());
    println!("{possible} idle, {SLOW} slow: median {median:?}, p99 {p99:?}, worst {worst:?}");
    assert!(worst < WORST, "{worst:?}");

    // All of them are still there, and none holds up the end.
    let open = ask_health(&address).await["connections"]["open"].clone();
    let open = usize::try_from(open.as_u64().expect("a number")).expect("a small one");
    assert!(open > possible + SLOW, "{open}");
    let begun = Instant::now();
    let outcome = server.stop();
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    drop((idle, slow));
}

async fn ask_health(address: &str) -> Value {
    let answer = reqwest::get(format!("http://{address}/health")).await;
    answer.expect("an answer").json().await.expect("a JSON document")
}
