//! The command line: flags and variables, what is printed where, exit codes, and stopping.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use mock_qlik_cloud::config::ServeConfig;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::program::{self, Program};

/// Every flag of `serve` with its twin in the environment and its default.
const FLAGS: [(&str, &str, &str); 16] = [
    ("host", "MOCK_QLIK_HOST", "127.0.0.1"),
    ("port", "MOCK_QLIK_PORT", "7545"),
    ("seed", "MOCK_QLIK_SEED", ""),
    ("edition", "MOCK_QLIK_EDITION", ""),
    ("tls", "MOCK_QLIK_TLS", "on"),
    ("tls-dir", "MOCK_QLIK_TLS_DIR", ""),
    ("tls-name", "MOCK_QLIK_TLS_NAME", ""),
    ("tls-cert", "MOCK_QLIK_TLS_CERT", ""),
    ("tls-key", "MOCK_QLIK_TLS_KEY", ""),
    ("max-connections", "MOCK_QLIK_MAX_CONNECTIONS", "16384"),
    ("request-timeout", "MOCK_QLIK_REQUEST_TIMEOUT", "30"),
    ("idle-timeout", "MOCK_QLIK_IDLE_TIMEOUT", "300"),
    ("control-token", "MOCK_QLIK_CONTROL_TOKEN", ""),
    ("random-seed", "MOCK_QLIK_RANDOM_SEED", ""),
    ("log-format", "MOCK_QLIK_LOG_FORMAT", "text"),
    ("log-level", "MOCK_QLIK_LOG_LEVEL", "info"),
];

/// A port that nobody listens on: the operating system gave it a moment ago, and it is free again.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}

async fn health(server: &Program) -> Value {
    let answer = reqwest::get(format!("{}/health", server.url()))
        .await
        .expect("the server answers");
    answer.json().await.expect("a JSON document")
}

/// The status of an answer of the control API.
async fn control(server: &Program, token: &str) -> u16 {
    let request = reqwest::Client::new().get(format!("{}/_mock/clock", server.url()));
    let answer = request.header("mock-control-token", token).send().await;
    answer.expect("the server answers").status().as_u16()
}

#[tokio::test]
async fn one_line_on_standard_output_says_where_it_is() {
    for level in ["info", "trace"] {
        let server = Program::start(&["--port", "0", "--log-level", level], &[]);
        let port: u16 = server
            .url()
            .trim_start_matches("http://127.0.0.1:")
            .parse()
            .expect("a port");
        assert_ne!(port, 0);
        assert_eq!(health(&server).await["status"], "ok");
        let outcome = server.stop();
        assert_eq!(
            outcome.stdout,
            format!("Ready. http://127.0.0.1:{port}\n"),
            "at level {level}"
        );
    }
}

#[tokio::test]
async fn the_verb_serve_is_what_happens_without_a_verb() {
    let server = Program::start(&["serve", "--port", "0", "--edition", "current"], &[]);
    assert_eq!(health(&server).await["edition"], "current");
    let server = Program::start(&["--port", "0"], &[]);
    assert_eq!(health(&server).await["edition"], "classic");
}

#[tokio::test]
async fn the_summary_on_standard_error_says_what_runs() {
    let server = Program::start(&["--port", "0", "--seed", "tutorial"], &[]);
    let url = server.url().to_owned();
    let summary = server.stop().stderr;
    for part in [
        "Mq7545_example_tenant_0000000001",
        "classic",
        "tutorial",
        "admin@example.com",
        &format!("{url}/login"),
    ] {
        assert!(summary.contains(part), "{part} is not in:\n{summary}");
    }
}

#[tokio::test]
async fn every_interface_is_reached_by_loopback() {
    let server = Program::start(&["--host", "0.0.0.0", "--port", "0"], &[]);
    assert!(server.url().starts_with("http://127.0.0.1:"), "{}", server.url());
    assert_eq!(health(&server).await["status"], "ok");
}

#[tokio::test]
async fn every_flag_has_a_twin_in_the_environment() {
    let port = free_port().to_string();
    let seed = program::file("twins.json", include_str!("../../fixtures/seeds/empty.json"));
    let seed = seed.display().to_string();
    let variables = [
        ("MOCK_QLIK_HOST", "localhost"),
        ("MOCK_QLIK_PORT", port.as_str()),
        ("MOCK_QLIK_SEED", seed.as_str()),
        ("MOCK_QLIK_EDITION", "current"),
        ("MOCK_QLIK_MAX_CONNECTIONS", "7"),
        ("MOCK_QLIK_REQUEST_TIMEOUT", "8"),
        ("MOCK_QLIK_IDLE_TIMEOUT", "9"),
        ("MOCK_QLIK_CONTROL_TOKEN", "let me in"),
        ("MOCK_QLIK_RANDOM_SEED", "7545"),
        ("MOCK_QLIK_LOG_FORMAT", "json"),
        ("MOCK_QLIK_LOG_LEVEL", "debug"),
    ];
    // Those of TLS exclude each other, and stand in tls/files.rs.
    assert_eq!(
        variables.map(|(name, _)| name).to_vec(),
        FLAGS
            .map(|(_, variable, _)| variable)
            .into_iter()
            .filter(|variable| !variable.starts_with("MOCK_QLIK_TLS"))
            .collect::<Vec<_>>()
    );
    let server = Program::start(&[], &variables);
    assert!(server.url().ends_with(&format!(":{port}")), "{}", server.url());
    assert_eq!(health(&server).await["edition"], "current");
    assert_eq!(health(&server).await["connections"]["maximum"], 7);
    assert_eq!(control(&server, "").await, 401);
    assert_eq!(control(&server, "let me in").await, 200);
    let log = server.stop().stderr;
    assert!(log.contains(&format!("\"seed\":\"{seed}\"")), "{log}");
    assert!(log.contains("\"level\":\"DEBUG\""), "{log}");
}

#[tokio::test]
async fn a_flag_wins_over_its_variable() {
    let variables = [
        ("MOCK_QLIK_HOST", "192.0.2.1"),
        ("MOCK_QLIK_PORT", "1"),
        ("MOCK_QLIK_SEED", "empty"),
        ("MOCK_QLIK_EDITION", "current"),
        ("MOCK_QLIK_CONTROL_TOKEN", "let me in"),
        ("MOCK_QLIK_LOG_FORMAT", "json"),
        ("MOCK_QLIK_LOG_LEVEL", "trace"),
    ];
    let flags = [
        ["--host", "127.0.0.1"],
        ["--port", "0"],
        ["--seed", "tutorial"],
        ["--edition", "classic"],
        ["--control-token", "open"],
        ["--log-format", "text"],
        ["--log-level", "error"],
    ];
    let server = Program::start(&flags.concat(), &variables);
    assert!(server.url().starts_with("http://127.0.0.1:"));
    assert_eq!(health(&server).await["edition"], "classic");
    assert_eq!(control(&server, "let me in").await, 401);
    assert_eq!(control(&server, "open").await, 200);
    let log = server.stop().stderr;
    assert!(
        log.contains("admin@example.com"),
        "another seed than the flag's:\n{log}"
    );
    assert!(
        !log.contains('{') && !log.contains("DEBUG"),
        "another log than the flags':\n{log}"
    );
}

#[test]
fn the_help_names_every_flag_variable_and_default() {
    let known = clap::Command::new("serve");
    let known = <ServeConfig as clap::Args>::augment_args(known);
    let known: BTreeMap<String, String> = known
        .get_arguments()
        .map(|argument| {
            let text = |text: Option<&std::ffi::OsStr>| {
                text.map(|text| text.to_string_lossy().into_owned())
                    .unwrap_or_default()
            };
            (
                argument.get_long().unwrap_or_default().to_owned(),
                text(argument.get_env()),
            )
        })
        .collect();
    let rows: BTreeMap<String, String> = FLAGS
        .iter()
        .map(|(flag, variable, _)| ((*flag).to_owned(), (*variable).to_owned()))
        .collect();
    assert_eq!(known, rows, "each flag has a row here, and each row is a flag");
    for verb in [vec!["--help"], vec!["serve", "--help"]] {
        let outcome = program::run(&verb, &[]);
        assert_eq!(outcome.code, Some(0));
        for (flag, variable, default) in FLAGS {
            let parts = [
                format!("--{flag} <"),
                format!("[env: {variable}"),
                format!("[default: {default}]"),
            ];
            for part in parts.iter().take(if default.is_empty() { 2 } else { 3 }) {
                assert!(
                    outcome.stdout.contains(part),
                    "{part} is not in:\n{}",
                    outcome.stdout
                );
            }
        }
    }
    let shown = program::run(&["--help"], &[("MOCK_QLIK_CONTROL_TOKEN", "let me in")]);
    assert!(!shown.stdout.contains("let me in"), "the help shows the token");
    let help = program::run(&["--help"], &[]).stdout;
    for part in [
        "healthcheck",
        "serve",
        "Exit codes",
        "tutorial",
        "ready",
        "empty",
        "near-limit",
        "expired-keys",
        "revoked",
        "keys-off",
        "large",
        "mock-qlik-cloud.json",
        "classic",
        "current",
    ] {
        assert!(help.contains(part), "{part} is not in:\n{help}");
    }
}

#[test]
fn the_version_is_the_package_s() {
    let outcome = program::run(&["--version"], &[]);
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (
            Some(0),
            concat!("mock-qlik-cloud ", env!("CARGO_PKG_VERSION"), "\n")
        )
    );
}

#[test]
fn a_taken_port_is_exit_code_3_with_a_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port().to_string();
    for (arguments, variables) in [
        (vec!["--port", port.as_str()], vec![]),
        (vec![], vec![("MOCK_QLIK_PORT", port.as_str())]),
    ] {
        let outcome = program::run(&arguments, &variables);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(3), ""));
        for part in [
            format!("port {port} is taken"),
            "--port 0".to_owned(),
            "MOCK_QLIK_PORT".to_owned(),
        ] {
            assert!(
                outcome.stderr.contains(&part),
                "{part} is not in:\n{}",
                outcome.stderr
            );
        }
    }
}

#[test]
fn an_address_that_is_not_this_machine_s_is_exit_code_2() {
    // A block that is reserved for documentation (RFC 5737): no machine has it.
    let outcome = program::run(&["--host", "192.0.2.1", "--port", "0"], &[]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
    for part in ["192.0.2.1", "--host", "MOCK_QLIK_HOST"] {
        assert!(
            outcome.stderr.contains(part),
            "{part} is not in:\n{}",
            outcome.stderr
        );
    }
}

#[test]
fn a_bad_seed_is_exit_code_2_with_every_fault() {
    let seed = program::file(
        "bad-seed.json",
        r#"{
            "format": 1,
            "tenant": { "name": "", "hostnames": [] },
            "users": [
                { "subject": "a", "name": "A", "assignedRoles": ["Nobody"] },
                { "subject": "A", "name": "B", "age": 3 }
            ],
            "apiKeys": [{ "description": "x", "sub": "nobody", "token": "t", "expiry": "soon" }]
        }"#,
    );
    let path = seed.display().to_string();
    let outcome = program::run(&["--seed", &path, "--port", "0"], &[]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""));
    let pointers = [
        "/tenant/name",
        "/tenant/hostnames",
        "/users/0/assignedRoles/0",
        "/users/1/subject",
        "/users/1/age",
        "/apiKeys/0/sub",
        "/apiKeys/0/expiry",
    ];
    for pointer in pointers {
        assert!(
            outcome.stderr.contains(&format!("{path}: {pointer}: ")),
            "{pointer} is not in:\n{}",
            outcome.stderr
        );
    }
    let lines = outcome
        .stderr
        .lines()
        .filter(|line| line.starts_with(&path))
        .count();
    assert_eq!(
        lines,
        pointers.len(),
        "more faults than there are:\n{}",
        outcome.stderr
    );
}

#[test]
fn a_seed_that_is_nowhere_or_no_document_is_exit_code_2() {
    let outcome = program::run(&["--seed", "nowhere.json"], &[]);
    assert_eq!(outcome.code, Some(2));
    for part in ["nowhere.json", "tutorial", "ready", "empty", "--seed"] {
        assert!(
            outcome.stderr.contains(part),
            "{part} is not in:\n{}",
            outcome.stderr
        );
    }
    let seed = program::file("no-document.json", "{ \"format\": 1,");
    let path = seed.display().to_string();
    let outcome = program::run(&["--port", "0"], &[("MOCK_QLIK_SEED", &path)]);
    assert_eq!(outcome.code, Some(2));
    assert!(
        outcome.stderr.contains(&format!("{path}:1:14: ")),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_bad_flag_or_variable_is_exit_code_2_and_named() {
    let bad = [
        ("port", "65536"),
        ("port", "-1"),
        ("port", "http"),
        ("seed", "nowhere.json"),
        ("edition", "modern"),
        ("tls", "maybe"),
        ("tls-name", "a b"),
        ("control-token", ""),
        ("log-format", "xml"),
        ("log-level", "loud"),
    ];
    for (flag, value) in bad {
        let variable = FLAGS.iter().find(|(name, _, _)| *name == flag).expect("a row").1;
        for outcome in [
            program::run(&[&format!("--{flag}={value}")], &[]),
            program::run(&[], &[(variable, value)]),
        ] {
            assert_eq!(
                (outcome.code, outcome.stdout.as_str()),
                (Some(2), ""),
                "{flag} {value}"
            );
            assert!(
                outcome.stderr.contains(&format!("--{flag}")) && outcome.stderr.contains(value),
                "{}",
                outcome.stderr
            );
        }
    }
    for unknown in [
        vec!["--colour"],
        vec!["stop"],
        vec!["serve", "now"],
        vec!["--port", "0", "healthcheck"],
    ] {
        let outcome = program::run(&unknown, &[]);
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (Some(2), ""),
            "{unknown:?}"
        );
    }
}

#[test]
fn both_signals_stop_it_with_exit_code_0() {
    for signal in ["TERM", "INT"] {
        let server = Program::start(&["--port", "0"], &[]);
        let address = server.address().to_owned();
        server.signal(signal);
        let outcome = server.wait();
        assert_eq!(outcome.code, Some(0), "SIG{signal}:\n{}", outcome.stderr);
        assert!(TcpStream::connect(address).is_err(), "somebody still listens");
    }
}

#[test]
fn a_request_under_way_still_gets_its_whole_answer() {
    for signal in ["TERM", "INT"] {
        let server = Program::start(&["--port", "0"], &[]);
        let address = server.address().to_owned();
        let body = "user=admin%40example.com";
        let mut connection = TcpStream::connect(&address).expect("it listens");
        write!(
            connection,
            "POST /login HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
            body.len()
        )
        .expect("the head is sent");
        let mut answer = BufReader::new(connection.try_clone().expect("a second handle"));
        // The server says this when the handler asks for the body: from here on the request is under way.
        let mut line = String::new();
        answer.read_line(&mut line).expect("a status line");
        assert!(line.starts_with("HTTP/1.1 100"), "{line}");

        server.signal(signal);
        while TcpStream::connect(&address).is_ok() {
            thread::yield_now();
        }
        connection.write_all(body.as_bytes()).expect("the body is sent");
        let mut rest = String::new();
        answer.read_to_string(&mut rest).expect("the answer is whole");
        let rest = rest.trim_start();
        assert!(
            rest.starts_with("HTTP/1.1 303 See Other\r\n"),
            "SIG{signal}: {rest}"
        );
        assert!(
            rest.contains("eas.sid=") && rest.contains("\r\n\r\n"),
            "SIG{signal}: {rest}"
        );
        assert_eq!(server.wait().code, Some(0));
    }
}

#[test]
fn an_idle_connection_does_not_hold_up_the_end() {
    let server = Program::start(&["--port", "0"], &[]);
    let mut connection = TcpStream::connect(server.address()).expect("it listens");
    write!(
        connection,
        "GET /health HTTP/1.1\r\nHost: {}\r\n\r\n",
        server.address()
    )
    .expect("a request is sent");
    let mut line = String::new();
    BufReader::new(connection.try_clone().expect("a second handle"))
        .read_line(&mut line)
        .expect("an answer");
    assert_eq!(line, "HTTP/1.1 200 OK\r\n");
    let outcome = server.stop();
    assert_eq!(outcome.code, Some(0));
    assert!(!outcome.stderr.contains("still under way"), "{}", outcome.stderr);
    drop(connection);
}

/// How long after its last request a client may send the next one and be sure of an answer, although the server was told
/// to stop in between. The server waits longer.
const WITHOUT_PAUSE: Duration = Duration::from_millis(5);

/// The token of the first key of the seed `ready`.
fn ready_token() -> String {
    let seed: Value =
        serde_json::from_str(include_str!("../../fixtures/seeds/ready.json")).expect("a seed is JSON");
    seed["apiKeys"][0]["token"]
        .as_str()
        .expect("a key's token")
        .to_owned()
}

/// Asks on one connection, one request after the other, until the server says that an answer was the last one. Counts
/// answers as they come.
///
/// # Errors
/// What is not there when an answer is cut off, or is missing although the client made no pause.
fn ask_until_sent_away(address: &str, token: &str, answers: &AtomicUsize) -> Result<(), String> {
    let mut connection = TcpStream::connect(address).map_err(|error| format!("no connection: {error}"))?;
    let mut reader = BufReader::new(connection.try_clone().expect("a second handle"));
    let request =
        format!("GET /api/v1/users HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n");
    let mut last_sent = Instant::now();
    loop {
        let sent = connection.write_all(request.as_bytes());
        let paused = last_sent.elapsed() > WITHOUT_PAUSE;
        last_sent = Instant::now();
        let mut head = String::new();
        let begun = sent.and_then(|()| reader.read_line(&mut head));
        match begun {
            Ok(0) | Err(_) if paused => return Ok(()),
            Ok(0) | Err(_) => return Err(format!("no answer to a request without a pause: {begun:?}")),
            Ok(_) => {}
        }
        while !head.ends_with("\r\n\r\n") {
            match reader.read_line(&mut head) {
                Ok(0) | Err(_) => return Err(format!("cut off in the head: {head:?}")),
                Ok(_) => {}
            }
        }
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.and_then(|length| length.parse().ok()).expect("a length");
        let mut body = vec![0; length];
        reader
            .read_exact(&mut body)
            .map_err(|error| format!("cut off in the body: {error}"))?;
        if !head.starts_with("HTTP/1.1 200 OK\r\n") || !body.ends_with(b"}") {
            return Err(format!("not the whole list: {head}"));
        }
        answers.fetch_add(1, Ordering::Relaxed);
        if head.contains("\r\nconnection: close\r\n") {
            return Ok(());
        }
    }
}

/// Connects anew and asks until nobody is there any more; returns the heads of the answers.
fn ask_on_new_connections(address: &str) -> Vec<String> {
    let mut heads = Vec::new();
    while let Ok(mut connection) = TcpStream::connect(address) {
        let sent = connection.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let mut answer = String::new();
        if sent.is_ok() && connection.read_to_string(&mut answer).is_ok() && !answer.is_empty() {
            heads.push(answer);
        }
    }
    heads
}

#[test]
fn whoever_comes_when_it_is_stopping_is_told_that_there_is_one_answer() {
    let token = ready_token();
    // A machine that is held up may miss the moment.
    let heads = (0..20)
        .map(|_| {
            let server = Program::start(&["--port", "0", "--seed", "ready"], &[]);
            server.signal("TERM");
            let known = ask_until_sent_away(server.address(), &token, &AtomicUsize::new(0));
            let heads = match known {
                Ok(()) => ask_on_new_connections(server.address()),
                Err(_) => Vec::new(),
            };
            assert_eq!(server.wait().code, Some(0));
            heads
        })
        .find(|heads| !heads.is_empty())
        .expect("an answer in one of twenty tries");
    for head in heads {
        assert!(head.contains("\r\nconnection: close\r\n"), "{head}");
    }
}

#[test]
fn no_answer_is_cut_when_it_is_stopped_under_load() {
    const CLIENTS: usize = 32;
    let token = ready_token();
    for signal in ["TERM", "INT"] {
        let server = Program::start(&["--port", "0", "--seed", "ready"], &[]);
        let answers = AtomicUsize::new(0);
        let outcomes: Vec<_> = thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|_| scope.spawn(|| ask_until_sent_away(server.address(), &token, &answers)))
                .collect();
            while answers.load(Ordering::Relaxed) < 10 * CLIENTS
                && !clients.iter().any(|client| client.is_finished())
            {
                thread::yield_now();
            }
            server.signal(signal);
            clients
                .into_iter()
                .map(|client| client.join().expect("no panic"))
                .collect()
        });
        assert_eq!(outcomes, [const { Ok(()) }; CLIENTS], "SIG{signal}");
        let outcome = server.wait();
        assert_eq!(outcome.code, Some(0), "SIG{signal}:\n{}", outcome.stderr);
        assert!(!outcome.stderr.contains("still under way"), "{}", outcome.stderr);
    }
}

#[test]
fn the_healthcheck_tells_a_healthy_server_from_none() {
    let server = Program::start(&["--port", "0"], &[]);
    let port = server.address().rsplit(':').next().expect("a port").to_owned();
    for (arguments, variables) in [
        (vec!["healthcheck", "--port", port.as_str()], vec![]),
        (vec!["healthcheck"], vec![("MOCK_QLIK_PORT", port.as_str())]),
        (
            vec!["healthcheck", "--host", "0.0.0.0", "--port", port.as_str()],
            vec![],
        ),
        (
            vec!["healthcheck", "--port", port.as_str()],
            vec![
                ("HTTP_PROXY", "http://192.0.2.1:1"),
                ("http_proxy", "http://192.0.2.1:1"),
            ],
        ),
    ] {
        let outcome = program::run(&arguments, &variables);
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (Some(0), ""),
            "{arguments:?}: {}",
            outcome.stderr
        );
    }
    server.stop();
    let outcome = program::run(&["healthcheck", "--port", &port], &[]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome
            .stderr
            .contains(&format!("http://127.0.0.1:{port}/health")),
        "{}",
        outcome.stderr
    );
}

#[test]
fn the_healthcheck_does_not_take_another_server_for_healthy() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port().to_string();
    let another = thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a client");
        let mut line = String::new();
        BufReader::new(connection.try_clone().expect("a second handle"))
            .read_line(&mut line)
            .expect("a request");
        connection
            .write_all(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")
            .expect("an answer is sent");
        line
    });
    let outcome = program::run(&["healthcheck", "--port", &port], &[]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert_eq!(another.join().expect("it was asked"), "GET /health HTTP/1.1\r\n");
}

#[tokio::test]
async fn the_json_log_is_one_object_a_line() {
    let server = Program::start(
        &["--port", "0", "--log-format", "json", "--log-level", "debug"],
        &[],
    );
    health(&server).await;
    let refused = reqwest::get(format!("{}/api/v1/users/me", server.url()))
        .await
        .expect("an answer");
    assert_eq!(refused.status(), 401);
    let log = server.stop().stderr;
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let refusal = lines
        .iter()
        .find(|line| line["status"] == 401)
        .expect("a line for the refusal");
    assert_eq!(refusal["level"], "INFO");
    assert_eq!(refusal["reason"], "no-credential");
    assert_eq!(refusal["path"], "/api/v1/users/me");
    assert_eq!(refusal["operation"], "GET /api/v1/users/me");
    assert!(
        lines
            .iter()
            .any(|line| line["path"] == "/health" && line["level"] == "DEBUG"),
        "{log}"
    );
}

#[tokio::test]
async fn the_log_says_as_much_as_its_level() {
    for (level, refusals, answers) in [
        ("error", false, false),
        ("warn", false, false),
        ("info", true, false),
        ("debug", true, true),
    ] {
        let server = Program::start(&["--port", "0", "--log-level", level], &[]);
        health(&server).await;
        reqwest::get(format!("{}/api/v1/users/me", server.url()))
            .await
            .expect("an answer");
        let log = server.stop().stderr;
        assert_eq!(log.contains("no-credential"), refusals, "{level}:\n{log}");
        assert_eq!(log.contains("/health"), answers, "{level}:\n{log}");
    }
}

#[tokio::test]
async fn a_number_makes_everything_that_is_left_to_chance_repeat() {
    let run = async |arguments: &[&str]| {
        let server = Program::start(&[&["--port", "0", "--seed", "ready"], arguments].concat(), &[]);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let made = http.post(format!("{}/_mock/tokens", server.url()));
        let made = made.json(&json!({ "user": "developer" })).send().await.unwrap();
        made.json::<Value>().await.unwrap()["id"].clone()
    };
    let seeded = ["--random-seed", "7"];
    assert_eq!(run(&seeded).await, run(&seeded).await);
    assert_ne!(run(&seeded).await, run(&["--random-seed", "8"]).await);
    assert_ne!(run(&[]).await, run(&[]).await);
}
