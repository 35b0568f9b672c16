//! TLS: which certificate a client is shown, and what it has to trust for that.
//!
//! All of it is ours: the real service has certificates of a public authority, which an emulator cannot have.
//! Certificates go by the machine's clock, as clients do, wherever the tenant's clock is moved to.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::TimeDelta;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::domain::clock::{Clock, Timestamp};

mod authority;
mod names;

use authority::Authority;
pub use names::{NoTlsName, TlsName};

/// A certificate with less time left than this is not shown any more.
const RENEWED_BEFORE: TimeDelta = TimeDelta::days(30);

/// How many certificates are remembered. A client may ask for any number of names without a full stop.
const REMEMBERED: usize = 1_000;

/// What every certificate is good for, whatever the client asked for.
const ALWAYS: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// HTTP/2 first: whoever offers both is served by one connection.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Which of http and https are answered.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum TlsMode {
    /// http only.
    Off,
    /// Both, at one port.
    #[default]
    On,
    /// https only; plain http is refused, but for health and the CA's certificate.
    Only,
}

/// How TLS is spoken. Without a word: http and https at one port, with a certificate authority that lives as long as
/// the emulator.
#[derive(Clone, Debug, Default)]
pub struct TlsSettings {
    mode: TlsMode,
    names: Vec<TlsName>,
    source: Source,
}

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    NewAuthority,
    KeptAuthority(PathBuf),
    Own {
        certificate: PathBuf,
        key: PathBuf,
    },
}

impl TlsSettings {
    /// Which of http and https are answered.
    #[must_use]
    pub fn mode(self, mode: TlsMode) -> Self {
        Self { mode, ..self }
    }

    /// Makes certificates for this name too. Local names and the hosts of the tenants need no mention.
    #[must_use]
    pub fn name(mut self, name: TlsName) -> Self {
        self.names.push(name);
        self
    }

    /// Keeps the certificate authority in this folder: `ca.pem` is the certificate for clients, `ca-key.pem` the
    /// secret. Both are made if they are missing.
    #[must_use]
    pub fn kept_in(self, folder: impl Into<PathBuf>) -> Self {
        let source = Source::KeptAuthority(folder.into());
        Self { source, ..self }
    }

    /// Shows this certificate, whatever a client asks for; there is no certificate authority then. Both files are PEM;
    /// the chain begins with the certificate itself.
    #[must_use]
    pub fn own_certificate(self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        let source = Source::Own {
            certificate: certificate.into(),
            key: key.into(),
        };
        Self { source, ..self }
    }
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be used.
    #[error("{file}: {problem}")]
    File {
        /// The file.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A certificate could not be made.
    #[error("no certificate could be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A certificate cannot be used.
    #[error("a certificate cannot be used: {0}")]
    Use(#[from] rustls::Error),
}

impl TlsError {
    fn file(file: &Path, problem: impl Into<String>) -> Self {
        Self::File {
            file: file.display().to_string(),
            problem: problem.into(),
        }
    }
}

/// Says whether a name, in lower case, is that of a tenant.
pub type IsTenantHost = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// The certificates of a running emulator.
#[derive(Debug)]
pub struct Tls {
    mode: TlsMode,
    shown: Shown,
}

#[derive(Debug)]
enum Shown {
    Own(Arc<ServerConfig>),
    Issued(Box<Issuance>),
}

impl Tls {
    /// Reads or makes what the settings want; nothing if TLS is off. `clock` is the machine's.
    ///
    /// # Errors
    /// When a file cannot be read, written or understood.
    pub fn new(
        settings: &TlsSettings,
        clock: Clock,
        is_tenant_host: IsTenantHost,
    ) -> Result<Option<Self>, TlsError> {
        let mode = settings.mode;
        if mode == TlsMode::Off {
            return Ok(None);
        }
        let provider = Arc::new(ring::default_provider());
        let authority = match &settings.source {
            Source::NewAuthority => OnceLock::new(),
            Source::KeptAuthority(folder) => Authority::kept_in(folder, clock.now(), &provider)?.into(),
            Source::Own { certificate, key } => {
                let shown = Shown::Own(config(&provider, own(certificate, key, &provider)?)?);
                return Ok(Some(Self { mode, shown }));
            }
        };
        let issuance = Issuance {
            authority,
            provider,
            clock,
            names: settings.names.clone(),
            is_tenant_host,
            certificates: Mutex::default(),
        };
        let shown = Shown::Issued(Box::new(issuance));
        Ok(Some(Self { mode, shown }))
    }

    /// Whether plain http is refused.
    pub fn is_only(&self) -> bool {
        self.mode == TlsMode::Only
    }

    /// Whether the certificates are of an authority of the emulator's, and none of somebody else's.
    pub fn has_authority(&self) -> bool {
        match &self.shown {
            Shown::Own(_) => false,
            Shown::Issued(_) => true,
        }
    }

    /// The certificate that clients are to trust, in PEM; none if the emulator shows a certificate of somebody else.
    pub fn ca_pem(&self) -> Option<&str> {
        match &self.shown {
            Shown::Own(_) => None,
            Shown::Issued(issuance) => match issuance.authority() {
                Ok(authority) => Some(authority.pem()),
                Err(error) => {
                    tracing::error!(%error, "there is no certificate authority");
                    None
                }
            },
        }
    }

    /// How to speak with a client that asked for a name (SNI), or for none, at the address `reached`. Whoever asks for
    /// a name that is not answered to is shown the certificate of the address, and finds the difference.
    ///
    /// # Errors
    /// When no certificate can be made.
    pub fn config_for(&self, name: Option<&str>, reached: IpAddr) -> Result<Arc<ServerConfig>, TlsError> {
        match &self.shown {
            Shown::Own(config) => Ok(Arc::clone(config)),
            Shown::Issued(issuance) => issuance.config_for(name, reached),
        }
    }
}

/// Certificates made as clients ask for them.
struct Issuance {
    /// Made when somebody asks for it, unless it is kept: most clients speak no TLS.
    authority: OnceLock<Authority>,
    provider: Arc<CryptoProvider>,
    clock: Clock,
    names: Vec<TlsName>,
    is_tenant_host: IsTenantHost,
    /// By the name or the address that the client asked for.
    certificates: Mutex<HashMap<String, Remembered>>,
}

struct Remembered {
    config: Arc<ServerConfig>,
    expires: Timestamp,
}

impl fmt::Debug for Issuance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Issuance")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl Issuance {
    fn authority(&self) -> Result<&Authority, TlsError> {
        if let Some(authority) = self.authority.get() {
            return Ok(authority);
        }
        let made = Authority::new(self.clock.now())?;
        // Another client may have been faster.
        Ok(self.authority.get_or_init(|| made))
    }

    fn config_for(&self, name: Option<&str>, reached: IpAddr) -> Result<Arc<ServerConfig>, TlsError> {
        let subject = name
            .map(str::to_ascii_lowercase)
            .filter(|name| self.answers_to(name))
            .unwrap_or_else(|| reached.to_canonical().to_string());
        let now = self.clock.now();
        let mut certificates = self.certificates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(remembered) = certificates.get(&subject)
            && remembered.expires - now > RENEWED_BEFORE
        {
            return Ok(Arc::clone(&remembered.config));
        }
        let mut subjects = vec![subject.clone()];
        for other in ALWAYS.into_iter().chain(self.names.iter().map(TlsName::as_str)) {
            if !subjects.iter().any(|subject| subject == other) {
                subjects.push(other.to_owned());
            }
        }
        let issued = self.authority()?.issue(&subjects, now, &self.provider)?;
        let config = config(&self.provider, issued.certificate)?;
        if certificates.len() >= REMEMBERED {
            certificates.clear();
        }
        let remembered = Remembered {
            config: Arc::clone(&config),
            expires: issued.expires,
        };
        certificates.insert(subject, remembered);
        Ok(config)
    }

    fn answers_to(&self, name: &str) -> bool {
        let known = names::is_local(name)
            || self.names.iter().any(|given| given.covers(name))
            || (self.is_tenant_host)(name);
        if !known {
            tracing::info!("a client wants a certificate for {name}, which there is for --tls-name {name}");
        }
        known
    }
}

/// A certificate from files.
fn own(certificate: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let chain = certificates(certificate)?;
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| TlsError::file(key, format!("holds no private key: {error}")))?;
    CertifiedKey::from_der(chain, private, provider).map_err(|error| {
        TlsError::file(
            certificate,
            format!("cannot be shown with the key {}: {error}", key.display()),
        )
    })
}

/// The certificates of a PEM file, at least one.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |error| TlsError::file(file, format!("holds no certificate: {error}"));
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file).map_err(failed)?.collect();
    let chain = chain.map_err(failed)?;
    if chain.is_empty() {
        return Err(TlsError::file(file, "holds no certificate"));
    }
    Ok(chain)
}

fn config(
    provider: &Arc<CryptoProvider>,
    certificate: CertifiedKey,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certificate)));
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    Ok(Arc::new(config))
}

/// Which certificates a client trusts.
#[derive(Clone, Copy, Debug)]
pub enum Trusted<'a> {
    /// None.
    None,
    /// Those of a file in PEM.
    File(&'a Path),
    /// Those of a text in PEM.
    Pem(&'a str),
}

/// Tells the clients of this process by what to speak TLS, unless they know. A client of reqwest wants to know it even
/// if it never does: with the features that this library asks for, it would panic.
pub fn prepare_clients() {
    // Fails if they know.
    let _ = ring::default_provider().install_default();
}

/// How a client of ours speaks TLS, which trusts these certificates and no others.
///
/// # Errors
/// When the file cannot be read or holds no certificate, or the text does not.
pub fn client_config(trusted: Trusted<'_>) -> Result<ClientConfig, TlsError> {
    let trusted = match trusted {
        Trusted::None => Vec::new(),
        Trusted::File(path) => certificates(path)?,
        Trusted::Pem(text) => CertificateDer::pem_slice_iter(text.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| rustls::Error::General(error.to_string()))?,
    };
    let mut roots = RootCertStore::empty();
    for certificate in trusted {
        roots.add(certificate)?;
    }
    Ok(
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth(),
    )
}
