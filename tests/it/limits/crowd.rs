//! Ten thousand connections that ask nothing, and a thousand that ask slowly, while one client works.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::request;
use crate::program::Program;

const IDLE: usize = 10_000;
const SLOW: usize = 1_000;

/// What this process has open besides.
const OTHER_FILES: usize = 500;

/// How many connections are made at once: fewer than wait to be accepted at most.
const AT_ONCE: usize = 250;

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
    }
    streams
}

/// Asks on a connection that is there, or on one of its own, and says how long the answer took.
fn ask(address: &str, kept: &mut Option<std::net::TcpStream>, path: &str) -> Duration {
    let begun = Instant::now();
    let mut stream = kept
        .take()
        .unwrap_or_else(|| std::net::TcpStream::connect(address).expect("a connection"));
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n").as_bytes())
        .expect("a request is sent");
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    while !answer.ends_with(b"}") {
        let read = stream.read(&mut part).expect("an answer is read");
        assert!(read > 0, "the connection was closed");
        answer.extend_from_slice(&part[..read]);
    }
    assert!(
        answer.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    *kept = Some(stream);
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_asks_nothing_or_slowly_holds_nobody_up() {
    let possible = possible();
    let server = Program::start(&["--port", "0", "--seed", "ready"], &[]);
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
    let drip = tokio::spawn(async move {
        let head = request("GET /api/v1/users", "", "");
        for byte in head.bytes().cycle() {
            for stream in &mut slow {
                let _ = stream.write_all(&[byte]).await;
            }
            tokio::task::yield_now().await;
        }
    });
    let worked = tokio::task::spawn_blocking({
        let address = address.clone();
        move || {
            let mut kept = None;
            let mut taken = Vec::new();
            for number in 0..1_000 {
                taken.push(ask(&address, &mut kept, "/health"));
                if number % 5 == 0 {
                    kept = None;
                }
            }
            taken.sort();
            (taken[500], taken[990], taken[999])
        }
    });
    let (median, p99, worst) = worked.await.expect("every request was answered");
    println!("{possible} idle, {SLOW} slow: median {median:?}, p99 {p99:?}, worst {worst:?}");
    assert!(worst < WORST, "{worst:?}");
    drip.abort();

    // All of them are still there, and none holds up the end.
    let begun = Instant::now();
    let outcome = server.stop();
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    drop(idle);
}
