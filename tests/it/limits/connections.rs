//! How many connections there may be.

use mock_qlik_cloud::Emulator;
use mock_qlik_cloud::server::limits::Limits;
use reqwest::{Certificate, Client};
use serde_json::Value;

use crate::program::{self, Program};

/// One request on a connection of its own.
async fn ask(client: &Client, url: &str) -> (u16, Value) {
    let answer = client
        .get(url)
        .header("connection", "close")
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

fn client(emulator: &Emulator) -> Client {
    let pem = emulator.ca_pem().unwrap();
    Client::builder()
        .tls_certs_only([Certificate::from_pem(pem.as_bytes()).unwrap()])
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}

#[tokio::test]
async fn whoever_comes_when_there_are_enough_is_told_so() {
    crate::support::prepare_clients();
    let limits = Limits::default().connections(2);
    let emulator = Emulator::builder().limits(limits).start().await.unwrap();
    let client = client(&emulator);
    let keep = || async {
        let kept = Client::new();
        let health: Value = kept
            .get(format!("{}/health", emulator.url()))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        (kept, health["connections"].clone())
    };
    let (first, one) = keep().await;
    let (_second, two) = keep().await;
    assert_eq!((&one["open"], &two["open"]), (&1.into(), &2.into()));
    assert_eq!(two["maximum"], 2);

    let https = emulator.https_url().unwrap();
    for base in [emulator.url(), https] {
        // More often than are refused at once.
        for _ in 0..70 {
            let (status, body) = ask(&client, &format!("{base}/api/v1/users/me")).await;
            assert_eq!(status, 503);
            let error = &body["errors"][0];
            assert_eq!(error["code"], "MOCK-TOO-MANY-CONNECTIONS");
            assert!(error["detail"].as_str().unwrap().contains("--max-connections"));
        }
        // Probes and tests get in.
        assert_eq!(ask(&client, &format!("{base}/health")).await.0, 200);
        assert_eq!(ask(&client, &format!("{base}/_mock/clock")).await.0, 200);
    }
    drop(first);
    let mut status = 503;
    while status == 503 {
        // Until the server has seen that the first is gone.
        status = ask(&client, &format!("{}/api/v1/users/me", emulator.url()))
            .await
            .0;
    }
    assert_eq!(status, 401);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_refused_and_says_nothing_does_not_stay() {
    use tokio::io::AsyncReadExt as _;
    let limits = Limits::default().connections(1);
    let emulator = Emulator::builder().limits(limits).start().await.unwrap();
    let address = emulator.url().trim_start_matches("http://").to_owned();
    let connect = || tokio::net::TcpStream::connect(&address);
    let _served = connect().await.unwrap();
    let mut silent = [connect().await.unwrap(), connect().await.unwrap()];
    let begun = tokio::time::Instant::now();
    for stream in &mut silent {
        assert!(stream.read_u8().await.is_err());
    }
    let taken = begun.elapsed().as_secs();
    assert!((5..8).contains(&taken), "{taken}");
}

async fn most_connections(server: &Program) -> u64 {
    let answer = reqwest::get(format!("{}/health", server.url())).await.unwrap();
    let health: Value = answer.json().await.unwrap();
    health["connections"]["maximum"].as_u64().unwrap()
}

#[tokio::test]
async fn there_are_no_more_connections_than_the_system_lets_files_be_open() {
    let server = Program::start_after("ulimit -n 300", &["--port", "0"]);
    assert_eq!(most_connections(&server).await, 172);
    let log = server.stop().stderr;
    assert!(log.contains("served_at_once=172 asked_for=16384"), "{log}");
    assert!(log.contains("ulimit -n"), "{log}");

    let server = Program::start_after("ulimit -n 300", &["--port", "0", "--max-connections", "172"]);
    assert!(!server.stop().stderr.contains("ulimit"));

    // What a shell allows unless it is asked is no limit.
    let server = Program::start_after("ulimit -Sn 300", &["--port", "0"]);
    assert!(most_connections(&server).await > 172);
}

#[test]
fn the_doctor_counts_the_connections() {
    for (kept, line) in [
        (0, "ok    sockets    1 open, 20 at most"),
        (18, "warn  sockets    19 open, 20 at most"),
    ] {
        let server = Program::start(&["--port", "0", "--max-connections", "20"], &[]);
        let kept: Vec<_> = (0..kept)
            .map(|_| std::net::TcpStream::connect(server.address()).unwrap())
            .collect();
        let said = program::run(&["doctor", "--url", server.url()], &[]).stdout;
        assert!(said.lines().any(|found| found == line), "{said}");
        drop(kept);
    }
}
