//! The library as a test of somebody else's uses it: the same helpers for an emulator on a port, for one that listens
//! nowhere, and for one in another process.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use mock_qlik_cloud::domain::clock::{ClockMode, Timestamp, wire};
use mock_qlik_cloud::domain::fault::FaultState;
use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::remote::{Expected, FaultSpec, KeySpec, RateLimits, RequestQuery, TenantSpec, UserSpec};
use mock_qlik_cloud::tls::{TlsMode, TlsSettings};
use mock_qlik_cloud::{Emulator, EmulatorService, Remote, RemoteError};
use tower::ServiceExt as _;

use crate::program::Program;

const CREATE_KEY: &str = "createApiKey";

async fn on_a_port() -> Emulator {
    let builder = Emulator::builder().seed("ready".parse().unwrap());
    builder.start().await.unwrap()
}

fn without_a_port() -> EmulatorService {
    let builder = Emulator::builder().seed("ready".parse().unwrap());
    builder.build().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn refusal(error: RemoteError) -> (u16, String) {
    match error {
        RemoteError::Refused { status, code, .. } => (status.as_u16(), code),
        other => panic!("not refused, but {other:?}"),
    }
}

/// A test that uses every kind of helper once, through any of the three ways.
async fn everything(control: &Remote) {
    let health = control.health().await.unwrap();
    assert_eq!((health.status.as_str(), health.edition), ("ok", Edition::Classic));

    // Snapshots and seeds.
    let saved = control.save_snapshot("start").await.unwrap();
    assert_eq!((saved.users, saved.api_keys), (3, 2));
    let seed = control.export_seed().await.unwrap();
    control.check_seed(&seed).await.unwrap();

    // The clock.
    let face = control.freeze_clock_at(at("2030-01-01T00:00:00Z")).await.unwrap();
    assert_eq!((face.mode, face.rate), (ClockMode::Frozen, 0.0));

    // Users and keys, with the rights of whoever asks.
    let admin = control.client_for("admin@example.com").await.unwrap();
    let carol = UserSpec::new("carol")
        .name("Carol")
        .email("carol@example.com")
        .active()
        .role("Developer");
    let carol = admin.create_user(&carol).await.unwrap();
    assert_eq!(
        (carol.status.as_str(), carol.assigned_roles[0].name.as_str()),
        ("active", "Developer")
    );
    admin.withdraw_role(&carol.id, "Developer").await.unwrap();
    assert!(admin.user(&carol.id).await.unwrap().assigned_roles.is_empty());
    // A session, as a browser has it: a key opens nothing for a user who may hold none.
    let browser = control.session_for("carol").await.unwrap();
    assert!(browser.token().is_none());
    assert_eq!(browser.me().await.unwrap().name, "Carol");
    let key = KeySpec::new("CI").expiry("P1D".parse().unwrap());
    assert_eq!(refusal(browser.create_api_key(&key).await.unwrap_err()).0, 403);
    admin.assign_role(&carol.id, "Developer").await.unwrap();
    let her = control.client_for("carol").await.unwrap();
    let made = her.create_api_key(&key).await.unwrap();
    assert_eq!(wire(made.record.expiry), "2030-01-02T00:00:00.000Z");
    assert_eq!(made.record.sub, carol.id);
    assert_eq!(
        her.api_keys().await.unwrap().len(),
        2,
        "the one of the control API, and hers"
    );
    assert_eq!(admin.users().await.unwrap().len(), 4);
    browser.delete_api_key(&made.record.id).await.unwrap();
    let revoked = control.client_with_token(made.token);
    assert_eq!(revoked.get("/api/v1/users").send().await.unwrap().status, 401);

    // The journal.
    let created = RequestQuery::of(CREATE_KEY);
    assert_eq!(
        control
            .verify(&created.clone().status(201).exactly(1))
            .await
            .unwrap()
            .matched,
        1
    );
    let order = Expected::in_order([created.clone().status("4xx"), created.clone().status(201)]);
    control.verify(&order).await.unwrap();
    let Err(RemoteError::Unmet(unmet)) = control.verify(&created.never()).await else {
        panic!("it was never asked?")
    };
    assert_eq!((unmet.matched, unmet.nearest.len()), (2, 2));
    let found = control
        .requests(&created.clone().caller(&carol.id))
        .await
        .unwrap();
    assert_eq!(
        found
            .requests
            .iter()
            .map(|request| request.status)
            .collect::<Vec<_>>(),
        [Some(403), Some(201)]
    );
    let callers = found
        .requests
        .iter()
        .map(|request| request.caller.as_ref().unwrap());
    assert_eq!(
        callers.map(|caller| caller.session).collect::<Vec<_>>(),
        [true, false]
    );
    let rest = RequestQuery::any().since(found.last_sequence);
    assert!(control.requests(&rest).await.unwrap().requests.is_empty());

    // Faults.
    let spec = FaultSpec::on(CREATE_KEY)
        .status(503)
        .retry_after(Duration::from_secs(2))
        .times(2)
        .ttl(
            "P1D"
                .parse::<mock_qlik_cloud::domain::duration::Iso8601Duration>()
                .unwrap(),
        );
    let fault = control.add_fault(&spec).await.unwrap();
    assert_eq!((&fault.spec, fault.state), (&spec, FaultState::Active));
    for _ in 0..2 {
        assert_eq!(refusal(her.create_api_key(&key).await.unwrap_err()).0, 503);
    }
    her.create_api_key(&key).await.unwrap();
    let report = control.fault(&fault.id).await.unwrap();
    assert_eq!(
        (report.hits, report.matches, report.state),
        (2, 3, FaultState::Spent)
    );
    control.remove_fault(&fault.id).await.unwrap();
    assert!(control.faults().await.unwrap().is_empty());

    // Rate limits.
    control.set_rate_limits(&RateLimits::scaled(0.001)).await.unwrap();
    assert_eq!(control.rate_limits().await.unwrap().scale, 0.001);
    for _ in 0..5 {
        her.users().await.unwrap();
    }
    assert_eq!(refusal(her.users().await.unwrap_err()).0, 429);
    control.advance_clock(Duration::from_secs(301)).await.unwrap();
    her.users().await.unwrap();
    control.set_rate_limits(&RateLimits::off()).await.unwrap();

    // A tenant of its own.
    let created = control
        .create_tenant(
            &TenantSpec::default()
                .name("apart")
                .seed("tutorial")
                .edition(Edition::Current),
        )
        .await
        .unwrap();
    assert_eq!((created.face.name.as_str(), created.face.users), ("apart", 2));
    let apart = control.tenant("apart");
    apart.freeze_clock_at(at("2040-01-01T00:00:00Z")).await.unwrap();
    assert_eq!(
        wire(control.clock().await.unwrap().now),
        "2030-01-01T00:05:01.000Z"
    );
    assert_eq!(apart.health().await.unwrap().tenant_id, created.face.id);
    let their_admin = apart.session_for("admin").await.unwrap();
    assert_eq!(their_admin.me().await.unwrap().tenant_id, created.face.id);
    assert_eq!(control.tenants().await.unwrap().len(), 2);
    control.delete_tenant("apart").await.unwrap();
    assert_eq!(refusal(apart.clock().await.unwrap_err()).0, 404);

    // And back.
    control.restore_snapshot("start").await.unwrap();
    assert_eq!(control.export_seed().await.unwrap(), seed);
    control.forget_snapshot("start").await.unwrap();
    control.reset().await.unwrap();
    assert_eq!(control.clock().await.unwrap().mode, ClockMode::System);
    control.reset_to_empty().await.unwrap();
    assert!(control.client_for("carol").await.is_err());
    control.reset_all().await.unwrap();
}

#[tokio::test]
async fn every_helper_works_on_a_port() {
    everything(&on_a_port().await.control().unwrap()).await;
}

#[tokio::test]
async fn every_helper_works_without_a_port() {
    everything(&without_a_port().control()).await;
}

#[tokio::test]
async fn every_helper_works_in_another_process() {
    let server = Program::start(
        &["--port", "0", "--seed", "ready", "--control-token", "sesame"],
        &[],
    );
    let remote = Remote::at(server.url()).unwrap();
    assert_eq!(refusal(remote.reset().await.unwrap_err()).0, 401);
    everything(&remote.with_control_token("sesame".parse().unwrap())).await;
}

#[tokio::test]
async fn a_service_answers_what_it_is_handed_and_its_clones_share_everything() {
    let emulator = without_a_port();
    let control = emulator.control();
    let admin = control.client_for("admin").await.unwrap();
    let request = |token: &str| {
        let request = Request::get("http://localhost/api/v1/tenants/me");
        let request = request.header("authorization", format!("Bearer {token}"));
        request.body(Body::empty()).unwrap()
    };
    let token = admin.token().unwrap().reveal();
    let answer = emulator.clone().oneshot(request(token)).await.unwrap();
    assert_eq!(answer.status(), 302, "to the tenant with its id");
    let answer = emulator.clone().oneshot(request("nothing")).await.unwrap();
    assert_eq!(answer.status(), 401);
    emulator.clock().advance(TimeDelta::days(400));
    assert_eq!(
        admin.get("/api/v1/users").send().await.unwrap().status,
        401,
        "expired"
    );
}

#[tokio::test]
async fn requests_are_followed_as_they_come_in_either_way() {
    let (started, service) = (on_a_port().await, without_a_port());
    for control in [started.control().unwrap(), service.control()] {
        let mut stream = control.follow(&RequestQuery::of("getUsers")).await.unwrap();
        let developer = control.client_for("developer").await.unwrap();
        developer.me().await.unwrap();
        for _ in 0..2 {
            developer.users().await.unwrap();
            let request = stream.next().await.unwrap().unwrap();
            assert_eq!(
                (request.status, request.path.as_str()),
                (Some(200), "/api/v1/users")
            );
            assert!(
                request
                    .summary()
                    .contains("GET /api/v1/users?limit=100  200  getUsers")
            );
        }
    }
}

#[tokio::test]
async fn a_dropped_emulator_listens_no_more() {
    let emulator = on_a_port().await;
    let control = emulator.control().unwrap();
    control.health().await.unwrap();
    emulator.stop().await;
    assert!(matches!(
        control.health().await,
        Err(RemoteError::Unreachable { .. })
    ));
}

#[tokio::test]
async fn a_cut_connection_is_an_error_either_way() {
    let (started, service) = (on_a_port().await, without_a_port());
    for control in [started.control().unwrap(), service.control()] {
        let developer = control.client_for("developer").await.unwrap();
        let reset = FaultSpec::on_path("/api/v1/users").connection_reset().times(1);
        control.add_fault(&reset).await.unwrap();
        assert!(developer.users().await.is_err());
        developer.users().await.unwrap();
    }
}

#[tokio::test]
async fn no_helper_prints_a_secret() {
    let emulator = Emulator::builder()
        .seed("ready".parse().unwrap())
        .control_token(&"sesame-sesame".parse().unwrap())
        .start()
        .await
        .unwrap();
    let control = emulator.control().unwrap();
    let client = control.client_for("developer").await.unwrap();
    let session = control.make_session("developer").await.unwrap();
    let browser = control.session_for("developer").await.unwrap();
    let key = client.create_api_key(&KeySpec::default()).await.unwrap();
    let printed = format!(
        "{emulator:?} {control:?} {client:?} {session:?} {browser:?} {key:?} {:?} {:?}",
        client.headers(),
        client.get("/"),
    );
    let secrets = [
        "sesame-sesame",
        client.token().unwrap().reveal(),
        key.token.reveal(),
        session.reveal_cookie(),
        session.reveal_csrf_token(),
    ];
    for secret in secrets {
        assert!(!printed.contains(secret), "{printed}");
    }
    assert!(!printed.contains("eas.sid"), "{printed}");
}

#[tokio::test]
async fn a_client_of_another_library_carries_the_credential() {
    let emulator = on_a_port().await;
    let control = emulator.control().unwrap();
    for client in [
        control.client_for("admin").await.unwrap(),
        control.session_for("admin").await.unwrap(),
    ] {
        let http = reqwest::Client::builder().default_headers(client.headers().clone());
        let http = http.no_proxy().build().unwrap();
        let users = format!("{}/api/v1/users", client.url());
        assert_eq!(http.get(&users).send().await.unwrap().status(), 200);
        // Or the one that is at hand, which follows the redirect.
        let me = format!("{}/api/v1/users/me", client.url());
        let me = client.reqwest().unwrap().get(me).send().await.unwrap();
        assert_eq!(me.status(), 200);
        let body = serde_json::json!({ "subject": format!("new-{}", client.token().is_some()) });
        assert_eq!(http.post(&users).json(&body).send().await.unwrap().status(), 201);
    }
}

#[tokio::test]
async fn where_tls_alone_is_spoken_the_helpers_trust_the_emulator_s_own_certificate() {
    let emulator = Emulator::builder()
        .seed("ready".parse().unwrap())
        .tls(TlsSettings::default().mode(TlsMode::Only))
        .start()
        .await
        .unwrap();
    let control = emulator.control().unwrap();
    assert!(control.url().starts_with("https://"));
    let developer = control.client_for("developer").await.unwrap();
    assert_eq!(developer.me().await.unwrap().name, "Dev Eloper");
    let stranger = Remote::at(control.url()).unwrap();
    assert!(matches!(
        stranger.health().await,
        Err(RemoteError::Unreachable { .. })
    ));
}
