//! What goes over the connection, once there is one, and what does not get that far.

use std::io::ErrorKind;
use std::time::Duration;

use mock_qlik_cloud::Emulator;
use mock_qlik_cloud::domain::secret::ControlToken;
use mock_qlik_cloud::seeds::Seed;
use mock_qlik_cloud::tls::TlsMode;
use reqwest::{StatusCode, Version};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{address, client_of, folder, only, settings, start, stream, token};
use crate::support::jwt;

/// What arrives until the server ends the connection, and how it ends.
async fn rest(mut stream: impl AsyncRead + Unpin) -> (String, Option<ErrorKind>) {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (text, end.err().map(|error| error.kind()))
}

/// An answer with its JSON document, on a connection that stays open.
async fn whole(mut stream: impl AsyncRead + Unpin) -> String {
    let mut text = String::new();
    while !text.ends_with('}') {
        let byte = stream.read_u8().await.unwrap();
        text.push(char::from(byte));
    }
    text
}

#[tokio::test]
async fn one_port_speaks_both_and_both_versions_of_http() {
    let emulator = start(settings()).await;
    let (http, https) = (emulator.url(), emulator.https_url().unwrap());
    assert_eq!(https, http.replace("http:", "https:"));
    let version = async |client: reqwest::ClientBuilder, url: &str| {
        let client = client.build().unwrap();
        let answer = client.get(format!("{url}/health")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(!answer.headers().contains_key("strict-transport-security"));
        answer.version()
    };
    assert_eq!(version(client_of(&emulator), &http).await, Version::HTTP_11);
    assert_eq!(version(client_of(&emulator), &https).await, Version::HTTP_2);
    assert_eq!(
        version(client_of(&emulator).http1_only(), &https).await,
        Version::HTTP_11
    );
    let knowing = client_of(&emulator).http2_prior_knowledge();
    assert_eq!(version(knowing, &http).await, Version::HTTP_2);
    // A client that speaks no ALPN gets HTTP/1.1.
    let mut silent = stream(&emulator, &[]).await;
    silent
        .write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    assert!(rest(silent).await.0.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_connections_of_both_kinds_at_once() {
    let emulator = start(settings()).await;
    let (http, https) = (emulator.url(), emulator.https_url().unwrap());
    let mut clients = JoinSet::new();
    for number in 0..200 {
        let base = if number % 2 == 0 { &http } else { &https }.clone();
        // A client each, and so a connection each; half of those in TLS speak HTTP/2.
        let client = client_of(&emulator);
        let client = if number % 4 == 1 {
            client.http1_only()
        } else {
            client
        };
        let client = client.build().unwrap();
        clients.spawn(async move {
            for _ in 0..3 {
                let request = client.get(format!("{base}/api/v1/users/me")).bearer_auth(token());
                let answer = request.send().await.unwrap();
                assert_eq!(answer.status(), StatusCode::MOVED_PERMANENTLY);
                let location = answer.headers()["location"].to_str().unwrap().to_owned();
                assert_eq!(
                    location,
                    format!("{base}/api/v1/users/650000000000000000000003"),
                    "every link begins as the request did"
                );
                let user = client.get(location).bearer_auth(token()).send().await.unwrap();
                let user: Value = user.json().await.unwrap();
                assert_eq!(user["name"], "Dev Eloper");
                assert!(user["links"]["self"]["href"].as_str().unwrap().starts_with(&base));
            }
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
}

#[tokio::test]
async fn cookies_set_over_tls_are_secure_and_no_others() {
    let emulator = start(settings()).await;
    let client = client_of(&emulator).build().unwrap();
    let cookies = async |base: &str| {
        let sign_in = client
            .post(format!("{base}/login"))
            .header("origin", base)
            .form(&[("user", "admin@example.com")]);
        let signed_in = sign_in.send().await.unwrap();
        assert_eq!(signed_in.status(), StatusCode::SEE_OTHER);
        let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().to_owned();
        let session = cookie.split(';').next().unwrap().to_owned();
        let csrf = client
            .get(format!("{base}/api/v1/csrf-token"))
            .header("cookie", &session);
        let csrf = csrf.send().await.unwrap().headers()["qlik-csrf-token"].clone();
        let sign_out = client
            .post(format!("{base}/logout"))
            .header("cookie", session)
            .form(&[("csrf", csrf.to_str().unwrap())]);
        let signed_out = sign_out.send().await.unwrap();
        assert_eq!(signed_out.status(), StatusCode::SEE_OTHER);
        let mut cookies = vec![cookie];
        for cookie in signed_out.headers().get_all("set-cookie") {
            cookies.push(cookie.to_str().unwrap().to_owned());
        }
        cookies
    };
    let secure = cookies(&emulator.https_url().unwrap()).await;
    assert_eq!(secure.len(), 3, "{secure:?}");
    assert!(
        secure.iter().all(|cookie| cookie.ends_with("; Secure")),
        "{secure:?}"
    );
    let plain = cookies(&emulator.url()).await;
    assert!(plain.iter().all(|cookie| !cookie.contains("Secure")), "{plain:?}");
}

#[tokio::test]
async fn the_cookie_for_the_control_token_is_of_its_port_and_secure_over_tls() {
    let token = ControlToken::new("let me in").unwrap();
    let builder = Emulator::builder().tls(settings()).control_token(&token);
    let emulator = builder.start().await.unwrap();
    let client = client_of(&emulator).build().unwrap();
    let port = address(&emulator).port();
    for (base, end) in [
        (
            emulator.https_url().unwrap(),
            "; Path=/_mock; HttpOnly; SameSite=Strict; Secure",
        ),
        (emulator.url(), "; Path=/_mock; HttpOnly; SameSite=Strict"),
    ] {
        let page = client.post(format!("{base}/_mock/emulator/token"));
        let entered = page.form(&[("token", "let me in")]).send().await.unwrap();
        assert_eq!(entered.status(), StatusCode::SEE_OTHER);
        let cookie = entered.headers()["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with(&format!("mock-control-{port}=")), "{cookie}");
        assert!(cookie.ends_with(end), "{cookie}");
        let session = cookie.split(';').next().unwrap();
        let clock = client
            .get(format!("{base}/_mock/clock"))
            .header("cookie", session);
        assert_eq!(clock.send().await.unwrap().status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn pages_of_other_sites_get_the_cookies_of_a_jwt_session_over_tls() {
    let seed = json!({
        "format": 1,
        "tenant": { "name": "Acme", "hostnames": ["acme.localhost"] },
        "identityProviders": [{
            "protocol": "jwtAuth",
            "provider": "external",
            "options": {
                "issuer": jwt::ISSUER,
                "staticKeys": [{ "kid": jwt::KEY_ID, "pem": jwt::certificate() }],
            },
        }],
    });
    let folder = folder("jwt-session");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("seed.json");
    std::fs::write(&file, seed.to_string()).unwrap();
    let builder = Emulator::builder().seed(Seed::File(file));
    let emulator = builder.start().await.unwrap();
    let (http, https) = (emulator.url(), emulator.https_url().unwrap());
    let attributes = async |client: reqwest::ClientBuilder, base: &str, token_id: &str| {
        let claims = jwt::claims(emulator.clock().now(), token_id);
        let log_in = client.build().unwrap().post(format!("{base}/login/jwt-session"));
        let token = jwt::sign(&jwt::header(), &claims);
        let session = log_in.bearer_auth(token).send().await.unwrap();
        assert_eq!(session.status(), StatusCode::OK);
        let cookies = session.headers().get_all("set-cookie").into_iter();
        let attributes =
            cookies.map(|cookie| cookie.to_str().unwrap().split_once("; ").unwrap().1.to_owned());
        attributes.collect::<Vec<_>>()
    };
    let secure = ["Path=/; HttpOnly; SameSite=None; Secure"; 4];
    // HTTP/2 and HTTP/1.1.
    assert_eq!(attributes(client_of(&emulator), &https, "1").await, secure);
    assert_eq!(
        attributes(client_of(&emulator).http1_only(), &https, "2").await,
        secure
    );
    let plain = ["Path=/; HttpOnly; SameSite=Lax"; 4];
    assert_eq!(attributes(client_of(&emulator), &http, "3").await, plain);
}

#[tokio::test]
async fn a_page_at_the_other_scheme_is_another_site() {
    let emulator = start(settings()).await;
    let client = client_of(&emulator).build().unwrap();
    let (http, https) = (emulator.url(), emulator.https_url().unwrap());
    for (page, target, status) in [
        (&https, &https, StatusCode::SEE_OTHER),
        (&http, &https, StatusCode::FORBIDDEN),
        (&https, &http, StatusCode::FORBIDDEN),
    ] {
        let sign_in = client
            .post(format!("{target}/login"))
            .header("origin", page)
            .form(&[("user", "admin@example.com")]);
        assert_eq!(
            sign_in.send().await.unwrap().status(),
            status,
            "{page} to {target}"
        );
    }
}

#[tokio::test]
async fn where_only_tls_is_spoken_plain_http_is_told_so() {
    let emulator = start(only()).await;
    let https = emulator.url();
    assert!(https.starts_with("https://"));
    assert_eq!(emulator.https_url().as_deref(), Some(https.as_str()));
    let http = https.replace("https:", "http:");
    let client = client_of(&emulator).build().unwrap();
    let get = async |url: String| client.get(url).bearer_auth(token()).send().await.unwrap();

    let refused = get(format!("{http}/api/v1/users?limit=1")).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let mut body: Value = refused.json().await.unwrap();
    body["traceId"].take();
    let error = json!({
        "code": "MOCK-TLS-ONLY", "title": "HTTPS required", "status": 400,
        "detail": format!("Plain HTTP is switched off (--tls only). Use {https}/api/v1/users."),
    });
    assert_eq!(body, json!({ "errors": [error], "traceId": null }));
    for (path, status) in [
        ("/login", 400),
        ("/_mock/clock", 400),
        ("/app/x", 400),
        // A probe has no certificate, and whoever is to trust one must be able to fetch it.
        ("/health", 200),
        ("/livez", 200),
        ("/_mock/ca.pem", 200),
    ] {
        assert_eq!(get(format!("{http}{path}")).await.status(), status, "{path}");
    }
    assert_eq!(get(format!("{https}/api/v1/users/me")).await.status(), 301);
    assert_eq!(get(format!("{https}/_mock/clock")).await.status(), 200);
}

#[tokio::test]
async fn without_tls_a_handshake_is_a_bad_request() {
    let emulator = start(settings().mode(TlsMode::Off)).await;
    assert_eq!((emulator.https_url(), emulator.ca_pem()), (None, None));
    let mut socket = TcpStream::connect(address(&emulator)).await.unwrap();
    socket.write_all(&[22, 3, 1, 0, 1, 1, 13, 10]).await.unwrap();
    let (answer, _) = rest(socket).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
    let plain = reqwest_plain();
    let health = plain
        .get(format!("{}/health", emulator.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(health.status(), 200);
    let none = plain.get(format!("{}/_mock/ca.pem", emulator.url()));
    assert_eq!(none.send().await.unwrap().status(), 404);
}

fn reqwest_plain() -> reqwest::Client {
    crate::support::prepare_clients();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

#[tokio::test]
async fn whoever_asks_for_a_web_socket_is_answered_in_the_envelope() {
    let emulator = start(settings()).await;
    let request =
        b"GET /app/e3b0c442 HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
                    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let mut plain = TcpStream::connect(address(&emulator)).await.unwrap();
    plain.write_all(request).await.unwrap();
    let mut secure = stream(&emulator, &["http/1.1"]).await;
    secure.write_all(request).await.unwrap();
    for answer in [whole(plain).await, whole(secure).await] {
        assert!(answer.starts_with("HTTP/1.1 501 Not Implemented"), "{answer}");
        assert!(answer.contains("\"code\":\"MOCK-NOT-EMULATED\""), "{answer}");
    }
}

#[tokio::test]
async fn faults_strike_over_tls_as_they_do_without() {
    let emulator = start(settings()).await;
    let client = client_of(&emulator).build().unwrap();
    let url = emulator.https_url().unwrap();
    let inject = async |fault: &str| {
        client.delete(format!("{url}/_mock/faults")).send().await.unwrap();
        let rule = json!({ "path": "/api/**", "fault": fault });
        let added = client.post(format!("{url}/_mock/faults")).json(&rule);
        assert_eq!(added.send().await.unwrap().status(), 201);
    };
    let request = format!(
        "GET /api/v1/users/me HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\nconnection: close\r\n\r\n",
        token()
    );
    let arrives = async || {
        let mut stream = stream(&emulator, &["http/1.1"]).await;
        stream.write_all(request.as_bytes()).await.unwrap();
        rest(stream).await
    };
    let breaks_off = async |client: reqwest::ClientBuilder| {
        let client = client.build().unwrap();
        let asked = client.get(format!("{url}/api/v1/users/me")).bearer_auth(token());
        match asked.send().await {
            Ok(answer) => answer.bytes().await.is_err(),
            Err(_) => true,
        }
    };

    inject("connection-reset").await;
    assert_eq!(arrives().await, (String::new(), Some(ErrorKind::ConnectionReset)));
    assert!(breaks_off(client_of(&emulator)).await, "over HTTP/2");
    // Without an orderly end of TLS: a client cannot take nothing for an answer.
    inject("empty-reply").await;
    assert_eq!(arrives().await, (String::new(), Some(ErrorKind::UnexpectedEof)));
    assert!(breaks_off(client_of(&emulator)).await, "over HTTP/2");
    inject("truncated-body").await;
    let (text, _) = arrives().await;
    assert!(text.starts_with("HTTP/1.1 301"), "{text}");
    assert!(breaks_off(client_of(&emulator).http1_only()).await);
    assert!(breaks_off(client_of(&emulator)).await, "over HTTP/2");
    inject("malformed-body").await;
    assert!(arrives().await.0.contains("\r\n\r\n{<!doctype html>"));
}

#[tokio::test]
async fn whatever_comes_first_on_a_connection_concerns_nobody_else() {
    let emulator = start(settings()).await;
    let mut waiting = Vec::new();
    let first: [&[u8]; 8] = [
        b"\x16",
        b"\x16\x03\x01",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x16\x03\x01\x00\x05hello",
        b"\x16\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x80\x2e\x01\x00\x02",
        b"\x00\x00\x00\x00",
        b"GET / HTTP/9.9\r\n\r\n",
    ];
    for bytes in first {
        let mut socket = TcpStream::connect(address(&emulator)).await.unwrap();
        socket.write_all(bytes).await.unwrap();
        waiting.push(socket);
        // One that goes away at once, too.
        let mut socket = TcpStream::connect(address(&emulator)).await.unwrap();
        socket.write_all(bytes).await.unwrap();
    }
    // One that says nothing at all.
    waiting.push(TcpStream::connect(address(&emulator)).await.unwrap());
    for base in [emulator.url(), emulator.https_url().unwrap()] {
        let client = client_of(&emulator).build().unwrap();
        let answer = client.get(format!("{base}/health")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    // And none of them holds up the end.
    let begun = Instant::now();
    emulator.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    drop(waiting);
}

/// Time goes on by itself here, as soon as everybody waits for it.
#[tokio::test(start_paused = true)]
async fn a_handshake_that_takes_too_long_is_given_up() {
    let emulator = start(settings()).await;
    let mut socket = TcpStream::connect(address(&emulator)).await.unwrap();
    let begun = Instant::now();
    socket.write_all(&[22, 3, 1]).await.unwrap();
    assert_eq!(rest(socket).await.0, "");
    let taken = begun.elapsed();
    assert!(
        (Duration::from_secs(30)..Duration::from_secs(38)).contains(&taken),
        "{taken:?}"
    );
}

#[tokio::test]
async fn an_answer_under_way_over_tls_still_arrives_when_the_emulator_stops() {
    let emulator = start(settings()).await;
    let idle = stream(&emulator, &["http/1.1"]).await;
    let mut asking = stream(&emulator, &["http/1.1"]).await;
    let body = "user=admin%40example.com";
    let head = format!(
        "POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    asking.write_all(head.as_bytes()).await.unwrap();
    let mut line = [0; 25];
    asking.read_exact(&mut line).await.unwrap();
    assert_eq!(&line, b"HTTP/1.1 100 Continue\r\n\r\n");
    let begun = Instant::now();
    let stopping = tokio::spawn(emulator.stop());
    assert_eq!(rest(idle).await.0, "");
    asking.write_all(body.as_bytes()).await.unwrap();
    let (answer, end) = rest(asking).await;
    assert!(answer.starts_with("HTTP/1.1 303 See Other"), "{answer}");
    assert_eq!(end, None);
    stopping.await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}
