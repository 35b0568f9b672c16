//! A tenant of a test's own: a running emulator on a port of its own, with a clock that stands still.

use chrono::TimeDelta;
use mock_qlik_cloud::domain::clock::{Clock, Timestamp};
use mock_qlik_cloud::domain::entropy::Entropy;
use mock_qlik_cloud::domain::secret::ControlToken;
use mock_qlik_cloud::domain::settings::Edition;
use mock_qlik_cloud::seeds::Seed;
use mock_qlik_cloud::{Builder, Emulator};
use serde_json::{Value, json};

use super::actors::{self, Actor, Door};
use super::client::Client;

/// Both editions, for tests that run in each.
pub(crate) const EDITIONS: [Edition; 2] = [Edition::Classic, Edition::Current];

/// The host name of the tenant.
pub(crate) const HOSTNAME: &str = "example.localhost";

/// What the clock shows at the start of every test, as the wire writes it.
pub(crate) const START: &str = "2026-03-02T08:00:00.000Z";

/// A running emulator. Dropped, it stops.
pub(crate) struct World {
    emulator: Emulator,
    anonymous: Client,
}

/// A key that has just been made.
#[derive(Clone, Debug)]
pub(crate) struct Minted {
    /// Its id.
    pub(crate) id: String,
    /// Its token.
    pub(crate) token: String,
    /// The whole answer.
    pub(crate) json: Value,
}

/// Tells the clients of this process by what to speak TLS. They want to know it even if they never do.
pub(crate) fn prepare_clients() {
    // Fails if it was told already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl World {
    /// A tenant with all actors in it.
    pub(crate) async fn start(edition: Edition) -> Self {
        Self::start_with(edition, Seed::File(actors::SEED_PATH.into())).await
    }

    /// A tenant with all actors in it, whose control API asks for a token.
    pub(crate) async fn asking_for(edition: Edition, token: &ControlToken) -> Self {
        let seed = Seed::File(actors::SEED_PATH.into());
        Self::build(edition, Emulator::builder().seed(seed).control_token(token)).await
    }

    /// A tenant from another seed.
    pub(crate) async fn start_with(edition: Edition, seed: Seed) -> Self {
        Self::build(edition, Emulator::builder().seed(seed)).await
    }

    async fn build(edition: Edition, builder: Builder) -> Self {
        prepare_clients();
        let emulator = builder
            .edition(edition)
            .clock(Clock::frozen(START.parse().unwrap()))
            .entropy(Entropy::seeded(7545))
            .start()
            .await
            .unwrap();
        let anonymous = Client::at(emulator.url(), edition);
        Self { emulator, anonymous }
    }

    /// The address, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        self.emulator.url()
    }

    /// Everything that the tenant is, sessions and tokens included, without their secrets.
    pub(crate) fn state(&self) -> String {
        format!("{:?}", *self.emulator.tenant().read())
    }

    /// What the clock shows.
    pub(crate) fn now(&self) -> Timestamp {
        self.emulator.clock().now()
    }

    /// Moves the clock.
    pub(crate) fn advance(&self, by: TimeDelta) {
        self.emulator.clock().advance(by);
    }

    /// A client without a credential.
    pub(crate) fn anonymous(&self) -> Client {
        self.anonymous.clone()
    }

    /// A client that sends this text as its bearer token.
    pub(crate) fn with_token(&self, token: &str) -> Client {
        self.anonymous.with_token(token)
    }

    /// An actor with the key from the seed; nobody comes without one.
    #[track_caller]
    pub(crate) fn by_key(&self, actor: Actor) -> Client {
        match actor {
            Actor::Anonymous => self.anonymous(),
            actor => self.with_token(actor.person().token()),
        }
    }

    /// An actor with a new session; nobody comes without one.
    pub(crate) async fn by_session(&self, actor: Actor) -> Client {
        match actor {
            Actor::Anonymous => self.anonymous(),
            actor => self.sign_in(actor.person().subject).await,
        }
    }

    /// An actor through one of the doors.
    pub(crate) async fn by(&self, actor: Actor, door: Door) -> Client {
        match door {
            Door::Key => self.by_key(actor),
            Door::Session => self.by_session(actor).await,
        }
    }

    /// Signs in by e-mail address, subject or id, and fetches the CSRF token.
    pub(crate) async fn sign_in(&self, who: &str) -> Client {
        self.anonymous.sign_in(who).await
    }

    /// Makes a key for its maker. An empty `expiry` leaves it to the tenant.
    pub(crate) async fn mint(&self, maker: &Client, description: &str, expiry: &str) -> Minted {
        let mut body = json!({ "description": description });
        if !expiry.is_empty() {
            body["expiry"] = expiry.into();
        }
        let json = maker
            .post("/api/v1/api-keys")
            .json(&body)
            .send()
            .await
            .expect(201)
            .json;
        let text = |member: &str| json[member].as_str().unwrap().to_owned();
        Minted {
            id: text("id"),
            token: text("token"),
            json,
        }
    }
}
