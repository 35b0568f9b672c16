//! A running emulator as a value: it starts on a port and stops when it is dropped, or needs no port at all.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::Service;
use tower::util::BoxCloneSyncService;

use crate::api::extract::Scheme;
use crate::control::{ControlAccess, JournalNews};
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::secret::ControlToken;
use crate::domain::seed::Surroundings;
use crate::domain::settings::Edition;
use crate::ops::TenantHandle;
use crate::ops::tenancy::Tenants;
use crate::remote::{Remote, RemoteError};
use crate::seeds::{Seed, SeedError};
use crate::server::crew::Crew;
use crate::server::limits::{Limits, Places};
use crate::server::{self, Front, listener};
use crate::tls::{Tls, TlsError, TlsSettings, prepare_clients};

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
    control_token: Option<ControlToken>,
    tls: TlsSettings,
    limits: Limits,
    crew: Crew,
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
            control_token: None,
            tls: TlsSettings::default(),
            limits: Limits::default(),
            crew: Crew::default(),
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
            control_token: Some(token.clone()),
            ..self
        }
    }

    /// How TLS is spoken.
    #[must_use]
    pub fn tls(self, tls: TlsSettings) -> Self {
        Self { tls, ..self }
    }

    /// How much clients may hold at once, and for how long.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The threads that connections are served on, in the place of the runtime that the emulator is started on.
    #[must_use]
    pub fn crew(self, crew: Crew) -> Self {
        Self { crew, ..self }
    }

    /// Plants the seed, and listens nowhere: for a test that hands its requests over itself.
    ///
    /// # Errors
    /// When the seed has faults, or a file for TLS cannot be used.
    pub fn build(self) -> Result<EmulatorService, StartError> {
        prepare_clients();
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
        let access = self
            .control_token
            .as_ref()
            .map(ControlAccess::with_token)
            .unwrap_or_default();
        let news = JournalNews::default();
        let limits = self.limits.within_open_files();
        let places = Places::new(limits);
        let front = server::service(
            Arc::clone(&tenants),
            access,
            news.clone(),
            places.clone(),
            tls.clone(),
        );
        Ok(EmulatorService {
            front,
            limits,
            places,
            tenants,
            news,
            tls,
            control_token: self.control_token,
        })
    }

    /// Plants the seed, binds the port, and serves.
    ///
    /// # Errors
    /// When the seed has faults, the port cannot be bound, or a file for TLS cannot be used.
    pub async fn start(self) -> Result<Emulator, StartError> {
        let (host, port, crew) = (self.host.clone(), self.port, self.crew.clone());
        let service = self.build()?;
        let bound = async {
            let listener = listener::bind(&host, port).await?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (listener, address) = match bound.await {
            Ok(bound) => bound,
            Err(source) => return Err(StartError::Bind { host, port, source }),
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let news = service.news.clone();
        let stopped = async move {
            // Told to stop, or dropped without a word: the same.
            let _ = stopped.await;
            // A stream has no end of its own.
            news.end();
        };
        let (front, tls) = (service.front.clone(), service.tls.clone());
        let limits = (service.limits, service.places.clone());
        let serving = tokio::spawn(listener::serve(listener, crew, front, tls, limits, stopped));
        Ok(Emulator {
            service,
            address,
            stop: Some(stop),
            serving,
        })
    }
}

/// An emulator on a port. Dropped, it takes no more connections.
///
/// ```
/// use mock_qlik_cloud::Emulator;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = Emulator::builder().seed("ready".parse()?).start().await?;
/// let developer = emulator.control()?.client_for("developer@example.com").await?;
/// let key = developer.create_api_key(&Default::default()).await?;
/// assert_eq!(key.record.status, "active");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Emulator {
    service: EmulatorService,
    address: SocketAddr,
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
        let is_tls_only = self.service.tls.as_ref().is_some_and(|tls| tls.is_only());
        let scheme = if is_tls_only { Scheme::Https } else { Scheme::Http };
        listener::base_url(scheme, self.address)
    }

    /// The address over TLS, without a slash at the end; none if TLS is off.
    pub fn https_url(&self) -> Option<String> {
        let tls = self.service.tls.as_ref();
        tls.map(|_| listener::base_url(Scheme::Https, self.address))
    }

    /// Whether there is a certificate authority: TLS is on, and the certificate is none of yours.
    pub fn has_authority(&self) -> bool {
        self.service.tls.as_ref().is_some_and(|tls| tls.has_authority())
    }

    /// The certificate that clients are to trust, in PEM; none if TLS is off or the certificate is one of yours.
    pub fn ca_pem(&self) -> Option<&str> {
        self.service.tls.as_ref().and_then(|tls| tls.ca_pem())
    }

    /// The clock of the default tenant.
    pub fn clock(&self) -> &Clock {
        self.service.clock()
    }

    /// The default tenant, which the seed was planted in.
    pub fn tenant(&self) -> &Arc<TenantHandle> {
        self.service.tenant()
    }

    /// All tenants.
    pub fn tenants(&self) -> &Arc<Tenants> {
        self.service.tenants()
    }

    /// Everything that the emulator answers to, as a service that needs no socket.
    pub fn service(&self) -> EmulatorService {
        self.service.clone()
    }

    /// The most connections that are served at once: those of [`Limits`], or fewer if the process may not open as many
    /// files.
    pub fn most_connections(&self) -> usize {
        self.service.limits.most_connections()
    }

    /// The helpers for tests. They go over the port, as they do to an emulator in another process.
    ///
    /// Where TLS alone is spoken, with a certificate of yours, [`Remote::trusting`] has to be told what to trust.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn control(&self) -> Result<Remote, RemoteError> {
        let url = self.url();
        // Where plain http is answered, no certificate has to be made for this.
        let pem = Some(())
            .filter(|()| url.starts_with("https:"))
            .and_then(|()| self.ca_pem());
        let remote = Remote::trusting_pem(&url, pem)?;
        Ok(self.service.authorized(remote))
    }

    /// Finishes the requests that run, then stops.
    pub async fn stop(mut self) {
        self.stop = None;
        let _ = self.serving.await;
    }
}

/// An emulator that listens nowhere: a [`tower::Service`], which answers whatever request it is handed. Clones
/// share everything.
///
/// ```
/// use axum::body::Body;
/// use axum::http::Request;
/// use mock_qlik_cloud::Emulator;
/// use tower::ServiceExt as _;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = Emulator::builder().build()?;
/// let request = Request::get("http://localhost/api/v1/users/me").body(Body::empty())?;
/// assert_eq!(emulator.clone().oneshot(request).await?.status(), 401);
/// emulator.control().reset().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct EmulatorService {
    front: Front,
    limits: Limits,
    places: Places,
    tenants: Arc<Tenants>,
    news: JournalNews,
    control_token: Option<ControlToken>,
    tls: Option<Arc<Tls>>,
}

impl EmulatorService {
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

    /// The helpers for tests, without a socket. What they call the address is `http://localhost`.
    ///
    pub fn control(&self) -> Remote {
        self.authorized(Remote::of_service(BoxCloneSyncService::new(self.front.clone())))
    }

    fn authorized(&self, remote: Remote) -> Remote {
        match &self.control_token {
            Some(token) => remote.with_control_token(token.clone()),
            None => remote,
        }
    }
}

impl<B> Service<Request<B>> for EmulatorService
where
    Front: Service<Request<B>>,
{
    type Response = <Front as Service<Request<B>>>::Response;
    type Error = <Front as Service<Request<B>>>::Error;
    type Future = <Front as Service<Request<B>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.front.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.front.call(request)
    }
}
