//! `serve`: start, say so, run until told to stop.

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::panic::{self, PanicHookInfo};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};

use super::exit;
use crate::config::{LogFormat, ServeConfig};
use crate::domain::entropy::Entropy;
use crate::domain::secret::without_secrets;
use crate::domain::settings::Edition;
use crate::emulator::{Emulator, StartError};
use crate::ops::sessions;
use crate::seeds::Seed;
use crate::server::crew::Crew;
use crate::server::limits::raise_open_files;
use crate::tls::TlsError;

/// Serves a tenant until SIGTERM or SIGINT; returns the exit code.
pub(super) async fn run(config: ServeConfig) -> u8 {
    let _log = start_log(&config);
    raise_open_files();
    panic::set_hook(Box::new(|panic| tracing::error!("{}", report(panic))));
    let seed = config.seed.clone().unwrap_or_else(Seed::at_hand);
    let mut builder = Emulator::builder()
        .seed(seed.clone())
        .host(config.address.host.clone())
        .port(config.address.port)
        .tls(config.tls.settings())
        .limits(config.limits.limits());
    if let Some(edition) = config.edition {
        builder = builder.edition(edition.into());
    }
    if let Some(token) = &config.control_token {
        builder = builder.control_token(token);
    }
    if let Some(number) = config.random_seed {
        builder = builder.entropy(Entropy::seeded(number));
    }
    // Before the first connection, so that no signal can arrive unheard.
    let mut signals = match StopSignals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            eprintln!("error: cannot listen to signals: {error}");
            return exit::FAILED;
        }
    };
    let emulator = match builder.crew(Crew::of_this_machine()).start().await {
        Ok(emulator) => emulator,
        Err(error) => return refuse(&error),
    };
    match config.log_format {
        // Whoever started us may have closed our output; the emulator serves all the same.
        LogFormat::Text => drop(write!(
            io::stderr(),
            "{}",
            summary(&emulator, &seed, config.seed.is_none())
        )),
        // A log for programs has nothing but objects in it.
        LogFormat::Json => log_summary(&emulator, &seed),
    }
    if emulator.most_connections() < config.limits.max_connections {
        tracing::warn!(
            served_at_once = emulator.most_connections(),
            asked_for = config.limits.max_connections,
            "fewer connections than --max-connections: the system lets this process open no more files (ulimit -n)"
        );
    }
    let mut stdout = io::stdout();
    let _ = writeln!(stdout, "Ready. {}", emulator.url()).and_then(|()| stdout.flush());
    signals.next().await;
    tokio::select! {
        () = emulator.stop() => {}
        // Told twice: whoever waits has waited long enough.
        () = signals.next() => {}
    }
    exit::DONE
}

/// How many lines of the log may wait for a reader who is slow.
const WAITING_LINES: usize = 2_000;

/// Starts the log. It is written by a thread of its own, so that no request waits for whoever reads it, or does not;
/// lines that nobody takes are dropped. The guard writes what is left when it goes.
fn start_log(config: &ServeConfig) -> WorkerGuard {
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING_LINES)
        .finish(io::stderr());
    let log = tracing_subscriber::fmt()
        .with_writer(writer)
        .log_internal_errors(false)
        .with_ansi(io::stderr().is_terminal())
        .with_max_level(config.log_level);
    match config.log_format {
        LogFormat::Text => log.with_target(false).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    guard
}

/// What the log says of a panic: where it was and why, without what the message may have from a client.
fn report(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let payload = panic.payload();
    let constant = payload.downcast_ref::<&str>().copied();
    let message = constant
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or_default();
    format!("panicked at {place}: {}", without_secrets(message))
}

/// The signals that tell the process to stop.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Done when one of them comes.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn refuse(error: &StartError) -> u8 {
    match error {
        StartError::Seed(faults) => {
            eprintln!("error: the seed cannot be used:\n{faults}");
            exit::USAGE
        }
        StartError::Bind { port, source, .. } if source.kind() == ErrorKind::AddrInUse => {
            eprintln!(
                "error: port {port} is taken. Stop what uses it, or choose another: --port 0 takes a free one \
                 (variable MOCK_QLIK_PORT)."
            );
            exit::PORT_TAKEN
        }
        StartError::Bind { .. } => {
            eprintln!(
                "error: {error}. Check --host and --port (variables MOCK_QLIK_HOST and MOCK_QLIK_PORT)."
            );
            exit::USAGE
        }
        StartError::Tls(TlsError::File { .. }) => {
            eprintln!("error: {error}. Check --tls-dir, --tls-cert and --tls-key.");
            exit::USAGE
        }
        StartError::Tls(_) | StartError::Entropy(_) => {
            eprintln!("error: {error}");
            exit::FAILED
        }
    }
}

fn summary(emulator: &Emulator, seed: &Seed, is_at_hand: bool) -> String {
    let users = some_users(emulator);
    let state = emulator.tenant().read();
    let edition = match state.edition() {
        Edition::Classic => "classic (switch in the settings, role Developer)",
        Edition::Current => "current (scope api-keys)",
    };
    let (name, id) = (&state.profile().name, state.id());
    let found = match seed {
        Seed::File(_) if is_at_hand => ", found in the working directory",
        _ => "",
    };
    format!(
        "mock-qlik-cloud {version}, a Qlik Cloud tenant in memory\n\
         \x20 tenant   {name} ({id})\n\
         \x20 edition  {edition}\n\
         \x20 seed     {seed}{found}\n\
         \x20 users    {users}\n\
         \x20 https    {https}\n\
         \x20 next     open {url}/login, or follow the README: Generate your first API key\n",
        version = env!("CARGO_PKG_VERSION"),
        https = https(emulator),
        url = emulator.url(),
    )
}

/// Where TLS is spoken, and what a client has to trust for it.
fn https(emulator: &Emulator) -> String {
    match (emulator.https_url(), emulator.has_authority()) {
        (None, _) => "off".to_owned(),
        (Some(url), false) => format!("{url}, with a certificate of yours"),
        (Some(url), true) => {
            let at = emulator.url().replace("https:", "http:");
            format!("{url}, trusted with `mock-qlik-cloud ca --url {at}`")
        }
    }
}

fn log_summary(emulator: &Emulator, seed: &Seed) {
    let users = some_users(emulator);
    let state = emulator.tenant().read();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        tenant = %state.id(),
        edition = state.edition().as_str(),
        seed = %seed,
        users,
        url = emulator.url(),
        https_url = emulator.https_url(),
        "ready"
    );
}

/// The first few who can sign in.
fn some_users(emulator: &Emulator) -> String {
    let users: Vec<String> = sessions::candidates(emulator.tenant(), "", 5)
        .users
        .into_iter()
        .map(|candidate| candidate.user.email.unwrap_or(candidate.user.subject))
        .collect();
    if users.is_empty() {
        "nobody".to_owned()
    } else {
        users.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn a_panic_is_reported_with_its_place_and_without_what_a_client_sent() {
        let token = "eyJhbGciOiJFUzM4NCJ9.c2VjcmV0LXNlY3JldC1zZWNyZXQ.0123456789abcdef0123456789abcdef";
        let said = Arc::new(Mutex::new(String::new()));
        let hook = panic::take_hook();
        let heard = Arc::clone(&said);
        panic::set_hook(Box::new(move |panic| *heard.lock().unwrap() = report(panic)));
        let panicked = panic::catch_unwind(|| panic!("no key for {token}"));
        panic::set_hook(hook);
        assert!(panicked.is_err());
        let said = said.lock().unwrap();
        assert!(said.starts_with("panicked at src/cli/serve.rs:"), "{said}");
        assert!(said.ends_with(": no key for …"), "{said}");
    }
}
