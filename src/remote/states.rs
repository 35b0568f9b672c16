//! The state of a tenant as a whole: reset, snapshots, seeds.

use axum::http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Remote, RemoteError, encoded, moment};
use crate::domain::clock::Timestamp;

/// What is known of a snapshot.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotSummary {
    /// Its name.
    pub name: String,
    /// When it was saved, on the tenant's clock.
    #[serde(serialize_with = "moment::serialize")]
    pub saved_at: Timestamp,
    /// How many users it has, the deleted included.
    pub users: u64,
    /// How many API keys it has.
    pub api_keys: u64,
}

impl Remote {
    /// Makes the tenant what it was after the start: state, clock and chance.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn reset(&self) -> Result<(), RemoteError> {
        self.done(self.request(Method::POST, "/_mock/reset")).await
    }

    /// Makes the tenant an empty one.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn reset_to_empty(&self) -> Result<(), RemoteError> {
        let request = self.request(Method::POST, "/_mock/reset");
        self.done(request.json(&json!({ "to": "empty" }))).await
    }

    /// Makes every tenant what it was after its start.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn reset_all(&self) -> Result<(), RemoteError> {
        let request = self.request(Method::POST, "/_mock/reset");
        self.done(request.json(&json!({ "all": true }))).await
    }

    /// All snapshots, by name.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn snapshots(&self) -> Result<Vec<SnapshotSummary>, RemoteError> {
        self.list("/_mock/snapshots").await
    }

    /// Keeps the present state and the clock under a name.
    ///
    /// ```
    /// # use mock_qlik_cloud::Emulator;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = Emulator::builder().seed("ready".parse()?).start().await?;
    /// let control = emulator.control()?;
    /// control.save_snapshot("before").await?;
    /// let before = control.export_seed().await?;
    /// control.reset_to_empty().await?;
    /// control.restore_snapshot("before").await?;
    /// assert_eq!(control.export_seed().await?, before);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the emulator cannot be reached, or the name is wrong.
    pub async fn save_snapshot(&self, name: &str) -> Result<SnapshotSummary, RemoteError> {
        self.fetch(self.request(Method::PUT, &snapshot(name))).await
    }

    /// Keeps a written state under a name. Put back, it does not move the clock.
    ///
    /// # Errors
    /// When the emulator cannot be reached, or the name or the state is wrong.
    pub async fn import_snapshot(&self, name: &str, seed: &Value) -> Result<SnapshotSummary, RemoteError> {
        self.fetch(self.request(Method::PUT, &snapshot(name)).json(seed))
            .await
    }

    /// A snapshot as a seed.
    ///
    /// # Errors
    /// When the emulator cannot be reached or there is none of that name.
    pub async fn export_snapshot(&self, name: &str) -> Result<Value, RemoteError> {
        self.fetch(self.request(Method::GET, &snapshot(name))).await
    }

    /// Puts a snapshot back.
    ///
    /// # Errors
    /// When the emulator cannot be reached or there is none of that name.
    pub async fn restore_snapshot(&self, name: &str) -> Result<(), RemoteError> {
        self.done(self.request(Method::POST, &format!("{}/restore", snapshot(name))))
            .await
    }

    /// Forgets a snapshot.
    ///
    /// # Errors
    /// When the emulator cannot be reached or there is none of that name.
    pub async fn forget_snapshot(&self, name: &str) -> Result<(), RemoteError> {
        self.done(self.request(Method::DELETE, &snapshot(name))).await
    }

    /// The present state as a seed. A document and not a type: docs/SEEDS.md has its form.
    ///
    /// # Errors
    /// When the emulator cannot be reached or refuses.
    pub async fn export_seed(&self) -> Result<Value, RemoteError> {
        self.fetch(self.request(Method::GET, "/_mock/seed")).await
    }

    /// Plants a seed in the place of the present state.
    ///
    /// # Errors
    /// When the emulator cannot be reached or anything is wrong with the seed.
    pub async fn plant_seed(&self, seed: &Value) -> Result<(), RemoteError> {
        self.done(self.request(Method::PUT, "/_mock/seed").json(seed))
            .await
    }

    /// Says what is wrong with a seed, without planting it.
    ///
    /// # Errors
    /// When the emulator cannot be reached or anything is wrong with the seed.
    pub async fn check_seed(&self, seed: &Value) -> Result<(), RemoteError> {
        self.done(self.request(Method::POST, "/_mock/seed/check").json(seed))
            .await
    }
}

fn snapshot(name: &str) -> String {
    format!("/_mock/snapshots/{}", encoded(name))
}
