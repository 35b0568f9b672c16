//! Flags and their twins in the environment. A flag wins over a variable, and a variable over the default.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::domain::secret::ControlToken;
use crate::domain::settings::Edition;
use crate::seeds::Seed;
use crate::server::limits::{self, Limits};
use crate::tls::{TlsMode, TlsName, TlsSettings};

/// The default port: QLIK on a telephone's keypad.
pub const DEFAULT_PORT: u16 = 7545;

/// Where the emulator is, for whoever listens and for whoever asks.
#[derive(Args, Clone, Debug)]
pub struct AddressConfig {
    /// Name or address to listen on. Only this machine can reach the default.
    #[arg(
        long,
        env = "MOCK_QLIK_HOST",
        default_value = "127.0.0.1",
        value_name = "HOST"
    )]
    pub host: String,

    /// Port to listen on; 0 takes a free one, which the line `Ready.` names.
    #[arg(long, env = "MOCK_QLIK_PORT", default_value_t = DEFAULT_PORT, value_name = "PORT")]
    pub port: u16,
}

/// What `serve` can be told.
#[derive(Args, Clone, Debug)]
pub struct ServeConfig {
    /// Where to listen.
    #[command(flatten)]
    pub address: AddressConfig,

    /// First state of the tenant: a file, a folder of files, or one of `tutorial`, `ready`, `empty`, `near-limit`,
    /// `expired-keys`, `revoked`, `keys-off` and `large`. Otherwise mock-qlik-cloud.json of the working directory if it
    /// is there, else `tutorial`.
    #[arg(long, env = "MOCK_QLIK_SEED", value_name = "NAME|FILE|FOLDER")]
    pub seed: Option<Seed>,

    /// Era of the service: `classic` is the tutorial's, with the switch and the role Developer; `current` is today's,
    /// with the scope api-keys. Overrides the seed.
    #[arg(long, env = "MOCK_QLIK_EDITION", value_name = "EDITION")]
    pub edition: Option<EditionWord>,

    /// How TLS is spoken.
    #[command(flatten)]
    pub tls: TlsConfig,

    /// How much clients may hold.
    #[command(flatten)]
    pub limits: LimitsConfig,

    /// Token that requests to the control API (/_mock) must show in the header mock-control-token.
    #[arg(
        long,
        env = "MOCK_QLIK_CONTROL_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    pub control_token: Option<ControlToken>,

    /// Lets ids, secrets and the chance of faults repeat from run to run: the same number gives the same ones. Only for
    /// tests, because whoever knows the number knows the secrets.
    #[arg(long, env = "MOCK_QLIK_RANDOM_SEED", value_name = "NUMBER")]
    pub random_seed: Option<u64>,

    /// Form of the log on standard error.
    #[arg(
        long,
        env = "MOCK_QLIK_LOG_FORMAT",
        default_value = "text",
        value_name = "FORMAT"
    )]
    pub log_format: LogFormat,

    /// How much to log: error, warn, info, debug or trace. `info` shows refusals, `debug` every request.
    #[arg(
        long,
        env = "MOCK_QLIK_LOG_LEVEL",
        default_value = "info",
        value_name = "LEVEL"
    )]
    pub log_level: tracing::level_filters::LevelFilter,
}

/// How TLS is spoken.
#[derive(Args, Clone, Debug)]
pub struct TlsConfig {
    /// Which of http and https are answered, at the one port: `on` is both, `only` refuses plain http.
    #[arg(long, env = "MOCK_QLIK_TLS", default_value = "on", value_name = "MODE")]
    pub tls: TlsMode,

    /// Folder in which the certificate authority is kept, and made if it is not there: ca.pem for clients, ca-key.pem
    /// secret. Without it every start has a new one.
    #[arg(
        long,
        env = "MOCK_QLIK_TLS_DIR",
        value_name = "FOLDER",
        conflicts_with = "tls_cert"
    )]
    pub tls_dir: Option<PathBuf>,

    /// Name to answer to with a certificate, such as *.eu.qlikcloud.com; may be repeated, or be a list with commas.
    /// Local names and the tenant's hosts need no mention.
    #[arg(
        long,
        env = "MOCK_QLIK_TLS_NAME",
        value_name = "NAME",
        value_delimiter = ',',
        conflicts_with = "tls_cert"
    )]
    pub tls_name: Vec<TlsName>,

    /// Certificate chain of your own (PEM) to show in the place of ours.
    #[arg(long, env = "MOCK_QLIK_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// Its private key (PEM).
    #[arg(long, env = "MOCK_QLIK_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
}

impl TlsConfig {
    /// The same for the library.
    pub fn settings(&self) -> TlsSettings {
        let mut settings = TlsSettings::default().mode(self.tls);
        for name in &self.tls_name {
            settings = settings.name(name.clone());
        }
        if let Some(folder) = &self.tls_dir {
            settings = settings.kept_in(folder);
        }
        match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => settings.own_certificate(certificate, key),
            _ => settings,
        }
    }
}

/// How much clients may hold at once, and for how long.
#[derive(Args, Clone, Debug)]
pub struct LimitsConfig {
    /// The most connections that are served at once, or fewer if the system lets the process open fewer files. Requests
    /// on another one are answered with 503, but for /health and the control API.
    #[arg(
        long,
        env = "MOCK_QLIK_MAX_CONNECTIONS",
        default_value_t = limits::MOST_CONNECTIONS,
        value_parser = positive::<usize>,
        value_name = "NUMBER"
    )]
    pub max_connections: usize,

    /// Seconds that each of these may take: the head of a request, its body, and a client to take more of its answer.
    /// The time is the machine's, not the tenant's.
    #[arg(
        long,
        env = "MOCK_QLIK_REQUEST_TIMEOUT",
        default_value_t = limits::REQUEST_SECONDS,
        value_parser = positive::<u64>,
        value_name = "SECONDS"
    )]
    pub request_timeout: u64,

    /// Seconds after which a connection is closed on which nothing is asked.
    #[arg(
        long,
        env = "MOCK_QLIK_IDLE_TIMEOUT",
        default_value_t = limits::IDLE_SECONDS,
        value_parser = positive::<u64>,
        value_name = "SECONDS"
    )]
    pub idle_timeout: u64,
}

impl LimitsConfig {
    /// The same for the library.
    pub fn limits(&self) -> Limits {
        Limits::default()
            .connections(self.max_connections)
            .request(Duration::from_secs(self.request_timeout))
            .idle(Duration::from_secs(self.idle_timeout))
    }
}

/// A whole number that is not zero.
fn positive<T: FromStr + Default + PartialEq>(text: &str) -> Result<T, &'static str> {
    text.parse()
        .ok()
        .filter(|number| *number != T::default())
        .ok_or("must be a whole number from 1")
}

/// An edition, as a flag names it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum EditionWord {
    /// The tutorial's era.
    Classic,
    /// Today.
    Current,
}

impl From<EditionWord> for Edition {
    fn from(word: EditionWord) -> Self {
        match word {
            EditionWord::Classic => Self::Classic,
            EditionWord::Current => Self::Current,
        }
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: a JSON object a line.
    Json,
}
