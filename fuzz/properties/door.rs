//! An emulator without a port, with the tenant of the tests in it, that every input finds in the same state.

use std::cell::LazyCell;

use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, header};
use http_body_util::BodyExt as _;
use mock_qlik_cloud::domain::clock::Clock;
use mock_qlik_cloud::domain::entropy::Entropy;
use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::ops::{TenantHandle, sessions, states};
use mock_qlik_cloud::{Emulator, EmulatorService};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// The tenant that the integration tests are written for.
const SEED: &str = include_str!("../../tests/it/support/actors.json");

/// Its id.
pub const TENANT: &str = "Mq7545_example_tenant_0000000001";

/// What the clock shows, as it stands still.
const NOW: &str = "2026-03-02T08:00:00.000Z";

/// The snapshot that every input begins with.
const START: &str = "start";

thread_local! {
    static DOOR: LazyCell<Door> = LazyCell::new(Door::new);
}

/// Lends the emulator, in the state that every input finds.
pub fn with<T>(use_it: impl FnOnce(&Door) -> T) -> T {
    DOOR.with(|door| {
        door.restart();
        use_it(door)
    })
}

/// The emulator.
pub struct Door {
    runtime: tokio::runtime::Runtime,
    service: EmulatorService,
    /// The seed.
    document: Value,
    /// The state at the start, written down.
    start: Value,
    /// The session of the tenant admin.
    session: String,
    /// The CSRF token of that session.
    csrf: String,
    /// An access token that the tenant's OAuth client has been issued.
    access_token: String,
}

/// What came back.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Door {
    fn new() -> Self {
        let service = Emulator::builder()
            .edition(Edition::Current)
            .clock(Clock::frozen(NOW.parse().unwrap()))
            .entropy(Entropy::seeded(7545))
            .build()
            .unwrap();
        let document: Value = serde_json::from_str(SEED).unwrap();
        states::plant(service.tenant(), &arranged(&document)).unwrap();
        let session = sessions::sign_in(service.tenant(), "admin").unwrap();
        let mut door = Self {
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
            start: states::export(service.tenant()),
            service,
            document,
            session: session.reveal().to_owned(),
            csrf: String::new(),
            access_token: String::new(),
        };
        let request =
            Request::get("/api/v1/csrf-token").header(header::COOKIE, format!("eas.sid={}", door.session));
        let answer = door.send(request, Vec::new()).unwrap();
        door.csrf = answer.headers["qlik-csrf-token"].to_str().unwrap().to_owned();
        let client = &door.document["oauthClients"][0];
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            client["clientId"].as_str().unwrap(),
            client["secrets"][0]["secret"].as_str().unwrap(),
        );
        let request =
            Request::post("/oauth/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = door.send(request, form.into()).unwrap();
        door.access_token = answer.json()["access_token"].as_str().unwrap().to_owned();
        door.start = door.state();
        states::save(door.tenant(), START).unwrap();
        door
    }

    fn restart(&self) {
        states::restore(self.tenant(), START).unwrap();
        self.tenant().entropy().reset();
    }

    /// The tenant.
    pub fn tenant(&self) -> &TenantHandle {
        self.service.tenant()
    }

    /// The seed that the tenant was planted from.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The state at the start, written down.
    pub fn start(&self) -> &Value {
        &self.start
    }

    /// The present state, written down.
    pub fn state(&self) -> Value {
        states::export(self.tenant())
    }

    /// The tenant admin's API key.
    pub fn key(&self) -> &str {
        self.document["apiKeys"][0]["token"].as_str().unwrap()
    }

    /// The tenant admin's session.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// The CSRF token of the session.
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    /// An access token of the tenant's OAuth client.
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// Sends a request as the tenant admin.
    pub fn send_as_admin(&self, request: Builder, body: Vec<u8>) -> Option<Answer> {
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.key()));
        self.send(request, body)
    }

    /// Sends a request; nothing is sent if it is none that an HTTP library would let through.
    ///
    /// Whatever it is, the answer is no 5xx, and who is refused is told so in JSON or on a page.
    pub fn send(&self, request: Builder, body: Vec<u8>) -> Option<Answer> {
        let request = request
            .header(header::HOST, "example.localhost")
            .body(Body::from(body))
            .ok()?;
        let what = format!("{} {}", request.method(), request.uri());
        let (status, headers, body) = self.runtime.block_on(async {
            let Ok(answer) = self.service.clone().oneshot(request).await;
            let (parts, body) = answer.into_parts();
            let body = body.collect().await.map(|whole| whole.to_bytes().to_vec());
            (parts.status.as_u16(), parts.headers, body.unwrap())
        });
        let answer = Answer {
            status,
            headers,
            body,
        };
        assert!(status < 500, "{what}: {status} {}", answer.text());
        if status >= 400 && !answer.is_page() {
            let errors = &answer.json()["errors"];
            let is_told = errors.as_array().is_some_and(|errors| !errors.is_empty());
            assert!(is_told, "{what}: {status} {}", answer.text());
        }
        Some(answer)
    }

    /// The state, as it is now, is one that can be written down and planted again.
    pub fn assert_whole(&self) {
        let state = self.state();
        if let Err(error) = states::plant(self.tenant(), &state) {
            panic!("the state that came of it cannot be planted: {error:?}\n{state}");
        }
        assert_eq!(
            self.state(),
            state,
            "the state changes when it is written down and planted again"
        );
    }
}

/// The seed of the tests leaves it to them which edition it is. What an identity provider says of groups counts here.
fn arranged(document: &Value) -> Value {
    let mut document = document.clone();
    document["edition"] = Edition::Current.as_str().into();
    document["groupSettings"] = json!({ "autoCreateGroups": true, "syncIdpGroups": true });
    document
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn is_page(&self) -> bool {
        self.headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
    }
}
