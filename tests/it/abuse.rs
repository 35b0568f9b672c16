//! Requests and surroundings that nobody means well with: the answer stays small and clear, and the server goes on.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use mock_qlik_cloud::domain::secret::ControlToken;
use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::remote::Remote;
use mock_qlik_cloud::seeds::Seed;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, World};

/// Sends bytes as they are, and reads the answer to its end.
fn raw(world: &World, request: &str) -> String {
    let mut stream = TcpStream::connect(world.url().trim_start_matches("http://")).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_document_with_a_hundred_thousand_faults_gets_a_short_answer() {
    let world = World::start(Edition::Classic).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    let path = format!("/api/v1/users/{}", Actor::User.person().id);
    for element in [
        json!({}),
        json!(1),
        json!({ "op": "add", "path": "/assignedRoles", "value": { "name": "No" } }),
    ] {
        let patch = Value::Array(vec![element; 10_000]);
        let answer = admin.patch(&path).json(&patch).send().await.expect(400);
        let errors = answer.json["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 101);
        assert!(errors[100]["detail"].as_str().unwrap().ends_with("more faults."));
        assert!(answer.text.len() < 50_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_none_is_refused_and_never_repeated() {
    let world = World::start(Edition::Classic).await;
    let token = Actor::KeyHolder.person().token();
    for host in [
        "Host: \"><script>alert(1)</script>",
        "Host: a b/c?d",
        "Host: a@b",
        "Host: a\r\nHost: b",
        "Host: ",
    ] {
        let request = format!(
            "GET /api/v1/users/me HTTP/1.1\r\n{host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        let answer = raw(&world, &request);
        assert!(answer.starts_with("HTTP/1.1 400"), "{host}: {answer}");
        assert!(!answer.contains("script"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_credentials_in_one_request_are_none() {
    let world = World::start(Edition::Classic).await;
    let token = Actor::KeyHolder.person().token();
    let header = format!("Authorization: Bearer {token}\r\n");
    let answer = raw(
        &world,
        &format!("GET /api/v1/users/me HTTP/1.1\r\nHost: a\r\n{header}{header}Connection: close\r\n\r\n"),
    );
    assert!(
        answer.starts_with("HTTP/1.1 401") && answer.contains("malformed-credential"),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_much_too_large_is_refused_to_whoever_is_still_sending() {
    let world = World::start(Edition::Classic).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    let large = vec![b' '; 20 * 1024 * 1024];
    admin
        .post("/api/v1/users")
        .body("application/json", large)
        .send()
        .await
        .expect(413);
    // Whoever asks before sending is told before sending.
    let token = Actor::TenantAdminHoldingKeys.person().token();
    let answer = raw(
        &world,
        &format!(
            "POST /api/v1/users HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Length: 99999999\r\n\
             Expect: 100-continue\r\nConnection: close\r\n\r\n"
        ),
    );
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn a_role_with_fifty_thousand_scopes_holds_nobody_up() {
    let world = World::start(Edition::Classic).await;
    let admin = world.by_key(Actor::TenantAdminHoldingKeys);
    let scopes: Vec<_> = (0..50_000)
        .map(|number| format!("s{number}"))
        .chain(["s1".to_owned()])
        .collect();
    let role = admin
        .post("/api/v1/roles")
        .json(&json!({ "name": "Wide", "assignedScopes": scopes }));
    let made = role.send().await.expect(201);
    assert_eq!(made.json["assignedScopes"].as_array().unwrap().len(), 50_000);
}

#[tokio::test]
async fn at_the_end_of_time_dates_stay_dates() {
    let world = World::start(Edition::Classic).await;
    let control = async |method, path: &str, body: Option<Value>| {
        super::control::control(&world, method, path, body.as_ref()).await
    };
    control(
        Method::PUT,
        "/clock",
        Some(json!({ "now": "9999-12-31T23:00:00Z" })),
    )
    .await
    .expect(200);
    let admin = world.sign_in("admin@example.com").await;
    let invitation = json!({ "invitees": [{ "email": "late@example.com" }] });
    admin
        .post("/api/v1/users/actions/invite")
        .json(&invitation)
        .send()
        .await
        .expect(207);
    let written = control(Method::GET, "/seed", None).await.expect(200).json;
    control(Method::PUT, "/seed", Some(written)).await.expect(204);
    let key = json!({ "description": "late", "expiry": "PT2H" });
    let admin = world.sign_in("admin@example.com").await;
    admin
        .post("/api/v1/api-keys")
        .json(&key)
        .send()
        .await
        .expect_faults(&["/expiry"]);
}

#[tokio::test]
async fn a_key_cannot_live_for_less_than_the_clock_can_show() {
    let world = World::start(Edition::Classic).await;
    let key = json!({ "description": "short", "expiry": "PT0.0004S" });
    world
        .by_key(Actor::KeyHolder)
        .post("/api/v1/api-keys")
        .json(&key)
        .send()
        .await
        .expect_faults(&["/expiry"]);
}

#[test]
fn a_server_whose_log_nobody_reads_goes_on_and_stops_when_told() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mock-qlik-cloud"))
        .args(["--port", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(child.stdout.take().unwrap()),
        &mut line,
    )
    .unwrap();
    let address = line.trim().trim_start_matches("Ready. http://").to_owned();
    // A pipe holds 64 KiB, which is some three hundred refusals.
    for _ in 0..1_000 {
        assert_eq!(status_of(&address), "HTTP/1.1 401");
    }
    // And once nobody can read it any more, refusals are answered all the same.
    drop(child.stderr.take());
    assert_eq!(status_of(&address), "HTTP/1.1 401");
    Command::new("sh")
        .args(["-c", &format!("kill -s TERM {}", child.id())])
        .status()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

fn status_of(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET /api/v1/users HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.chars().take(12).collect()
}

#[test]
fn what_holds_a_secret_does_not_print_it() {
    let token = ControlToken::new("open sesame").unwrap();
    let remote = Remote::at("http://127.0.0.1:1")
        .unwrap()
        .with_control_token(token.clone());
    let seed = Seed::shipped("ready").unwrap();
    let builder = mock_qlik_cloud::Emulator::builder()
        .seed(seed.clone())
        .control_token(&token);
    let printed = format!("{token:?} {remote:?} {seed:?} {builder:?}");
    assert!(
        !printed.contains("sesame") && !printed.contains("eyJ") && !printed.contains("84c44db0"),
        "{printed}"
    );
}
