//! A running emulator as a value: it starts on a port, and stops when it is dropped.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::api::extract::Scheme;
use crate::control::ControlAccess;
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::secret::ControlToken;
use crate::domain::seed::Surroundings;
use crate::domain::settings::Edition;
use crate::ops::TenantHandle;
use crate::ops::tenancy::Tenants;
use crate::seeds::{Seed, SeedError};
use crate::server::{self, listener};
use crate::tls::{Tls, TlsError, TlsSettings};

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The seed has faults; each is a line.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The address cannot be bound.
    #[error("cannot listen on {host}:{port}: {source}")]
    Bind {
        /// The host that was asked for.
        host: String,
        /// The port that was asked for.
        port: u16,
        /// What the operating system says.
        source: io::Error,
    },
    /// The files for TLS cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Entropy(getrandom::Error),
}

/// What an emulator starts with. Without a word: the seed `tutorial`, the machine's clock, a random port on
/// loopback.
#[derive(Debug)]
pub struct Builder {
    seed: Seed,
    edition: Option<Edition>,
    clock: Clock,
    entropy: Option<Entropy>,
    host: String,
    port: u16,
    access: ControlAccess,
    tls: TlsSettings,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            seed: Seed::default(),
            edition: None,
            clock: Clock::system(),
            entropy: None,
            host: "127.0.0.1".to_owned(),
            port: 0,
            access: ControlAccess::default(),
            tls: TlsSettings::default(),
        }
    }
}

impl Builder {
    /// The first state of the tenant.
    #[must_use]
    pub fn seed(self, seed: Seed) -> Self {
        Self { seed, ..self }
    }

    /// The edition, whatever the seed says.
    #[must_use]
    pub fn edition(self, edition: Edition) -> Self {
        Self {
            edition: Some(edition),
            ..self
        }
    }

    /// The clock that everything goes by.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The source of ids and secrets; a seeded one makes a run repeat.
    #[must_use]
    pub fn entropy(self, entropy: Entropy) -> Self {
        Self {
            entropy: Some(entropy),
            ..self
        }
    }

    /// The name or address to listen on.
    #[must_use]
    pub fn host(self, host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            ..self
        }
    }

    /// The port to listen on; 0 lets the operating system choose.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// The token that the control API asks for.
    #[must_use]
    pub fn control_token(self, token: &ControlToken) -> Self {
        Self {
            access: ControlAccess::with_token(token),
            ..self
        }
    }

    /// How TLS is spoken.
    #[must_use]
    pub fn tls(self, tls: TlsSettings) -> Self {
        Self { tls, ..self }
    }

    /// Plants the seed, binds the port, and serves.
    ///
    /// # Errors
    /// When the seed has faults, the port cannot be bound, or a file for TLS cannot be used.
    pub async fn start(self) -> Result<Emulator, StartError> {
        let entropy = self
            .entropy
            .map_or_else(Entropy::system, Ok)
            .map_err(StartError::Entropy)?;
        let surroundings = Surroundings {
            edition: self.edition,
            now: self.clock.now(),
            entropy: &entropy,
            identity: None,
        };
        let tenant = self.seed.plant(surroundings)?;
        let tenants = Arc::new(Tenants::of(tenant, self.clock, entropy));
        let hosts = Arc::clone(&tenants);
        let is_tenant_host = Box::new(move |name: &str| hosts.has_host(name));
        // Clients look at certificates by the machine's time, wherever the tenant's has been moved to.
        let tls = Tls::new(&self.tls, Clock::system(), is_tenant_host)?.map(Arc::new);
        let bound = async {
            let listener = listener::bind(&self.host, self.port).await?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (host, port) = (self.host.clone(), self.port);
        let (listener, address) = bound
            .await
            .map_err(|source| StartError::Bind { host, port, source })?;

        let service = server::service(Arc::clone(&tenants), self.access, tls.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async {
            // Told to stop, or dropped without a word: the same.
            let _ = stopped.await;
        };
        let serving = tokio::spawn(listener::serve(listener, service.clone(), tls.clone(), stopped));
        Ok(Emulator {
            tenants,
            service,
            address,
            tls,
            stop: Some(stop),
            serving,
        })
    }
}

/// A running emulator. Dropped, it takes no more connections.
#[derive(Debug)]
pub struct Emulator {
    tenants: Arc<Tenants>,
    service: Router,
    address: SocketAddr,
    tls: Option<Arc<Tls>>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Emulator {
    /// What to start with.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The address for clients on this machine, without a slash at the end: `http://…`, or `https://…` where nothing
    /// else is answered.
    pub fn url(&self) -> String {
        let is_tls_only = self.tls.as_ref().is_some_and(|tls| tls.is_only());
        let scheme = if is_tls_only { Scheme::Https } else { Scheme::Http };
        listener::base_url(scheme, self.address)
    }

    /// The address over TLS, without a slash at the end; none if TLS is off.
    pub fn https_url(&self) -> Option<String> {
        let tls = self.tls.as_ref();
        tls.map(|_| listener::base_url(Scheme::Https, self.address))
    }

    /// The certificate that clients are to trust, in PEM; none if TLS is off or the certificate is one of yours.
    pub fn ca_pem(&self) -> Option<&str> {
        self.tls.as_ref().and_then(|tls| tls.ca_pem())
    }

    /// The clock of the default tenant.
    pub fn clock(&self) -> &Clock {
        self.tenant().clock()
    }

    /// The default tenant, which the seed was planted in.
    pub fn tenant(&self) -> &Arc<TenantHandle> {
        self.tenants.default_tenant()
    }

    /// All tenants.
    pub fn tenants(&self) -> &Arc<Tenants> {
        &self.tenants
    }

    /// Everything that the emulator answers to, as a service that needs no socket.
    pub fn service(&self) -> Router {
        self.service.clone()
    }

    /// Finishes the requests that run, then stops.
    pub async fn stop(mut self) {
        self.stop = None;
        let _ = self.serving.await;
    }
}
