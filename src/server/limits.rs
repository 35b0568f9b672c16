//! How much clients may hold at once, and for how long. All of it is our choice: the service publishes no such limit.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most connections that are served at once, unless told otherwise.
pub const MOST_CONNECTIONS: usize = 16_384;

/// How long a request may take to arrive, and an answer to be taken, in seconds, unless told otherwise.
pub const REQUEST_SECONDS: u64 = 30;

/// How long nothing may be asked on a connection, in seconds, unless told otherwise. Longer than clients keep a
/// connection that they do not use, so that they are the ones who close it.
pub const IDLE_SECONDS: u64 = 300;

/// How long the requests of a connection may take that came when there were enough.
const REFUSED_PATIENCE: Duration = Duration::from_secs(5);

/// How many connections are told at once that there are enough. Others wait until one of these is through.
const REFUSED_AT_ONCE: usize = 64;

/// How many files the process needs besides the connections that are served.
const OTHER_FILES: usize = 128;

/// How much clients may hold at once, and for how long. Time is the machine's, wherever the tenant's clock is moved to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    connections: usize,
    request: Duration,
    idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: MOST_CONNECTIONS,
            request: Duration::from_secs(REQUEST_SECONDS),
            idle: Duration::from_secs(IDLE_SECONDS),
        }
    }
}

impl Limits {
    /// The most connections that are served at once. Requests on another one are answered with 503.
    #[must_use]
    pub fn connections(self, connections: usize) -> Self {
        Self { connections, ..self }
    }

    /// How long each of these may take: the head of a request from its first byte on, a TLS handshake included; its
    /// body; and a client to take more of its answer. What takes longer is cut off at the latest when a quarter of
    /// this has passed besides.
    #[must_use]
    pub fn request(self, request: Duration) -> Self {
        Self { request, ..self }
    }

    /// How long a connection may be open without a request under way. Shorter than the 15 seconds between two signs of
    /// life of `/_mock/requests/stream` it ends such streams, too.
    #[must_use]
    pub fn idle(self, idle: Duration) -> Self {
        Self { idle, ..self }
    }

    /// The same limits, with no more connections than this process may open files for.
    pub(crate) fn within_open_files(self) -> Self {
        // None on a system that cannot tell.
        let files = rlimit::Resource::NOFILE.get_soft().unwrap_or(rlimit::INFINITY);
        let files = usize::try_from(files).unwrap_or(usize::MAX);
        Self {
            connections: self.connections.min(files.saturating_sub(OTHER_FILES).max(1)),
            ..self
        }
    }

    /// The most connections that are served at once.
    pub(crate) fn most_connections(self) -> usize {
        self.connections
    }

    /// How long a request may take to arrive, and an answer to be taken.
    pub(super) fn for_request(self) -> Duration {
        self.request
    }

    /// How long nothing may be asked.
    pub(super) fn for_idling(self) -> Duration {
        self.idle
    }

    /// The limits of a connection that came when there were enough.
    pub(super) fn when_full(self) -> Self {
        Self {
            request: self.request.min(REFUSED_PATIENCE),
            idle: self.idle.min(REFUSED_PATIENCE),
            ..self
        }
    }
}

/// Lets the process open as many files as its system allows: a shell allows few unless it is asked. A connection is one.
pub(crate) fn raise_open_files() {
    // Whatever is allowed then decides how many connections are served.
    let _ = rlimit::increase_nofile_limit(rlimit::INFINITY);
}

/// The places for connections.
#[derive(Clone, Debug)]
pub struct Places {
    most: usize,
    served: Arc<Semaphore>,
    refused: Arc<Semaphore>,
}

impl Places {
    /// As many as there may be.
    pub(crate) fn new(limits: Limits) -> Self {
        let most = limits.connections.min(Semaphore::MAX_PERMITS);
        Self {
            most,
            served: Arc::new(Semaphore::new(most)),
            refused: Arc::new(Semaphore::new(REFUSED_AT_ONCE)),
        }
    }

    /// The most connections that are served at once.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// How many connections are served now.
    pub(super) fn taken(&self) -> usize {
        self.most - self.served.available_permits()
    }

    /// A place to be served at, if there is one. It is free again when it is dropped.
    pub(super) fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.served).try_acquire_owned().ok()
    }

    /// A place to be served at, when there is one.
    pub(super) async fn take_when_free(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.served).acquire_owned().await.ok()
    }

    /// A place to be refused at, when there is one.
    pub(super) async fn take_to_be_refused(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.refused).acquire_owned().await.ok()
    }
}
