//! `serve`: start, say so, run until told to stop.

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

use tokio::signal::unix::{SignalKind, signal};

use super::exit;
use crate::config::{LogFormat, ServeConfig};
use crate::domain::settings::Edition;
use crate::emulator::{Emulator, StartError};
use crate::ops::sessions;

/// Serves a tenant until SIGTERM or SIGINT; returns the exit code.
pub(super) async fn run(config: ServeConfig) -> u8 {
    start_log(&config);
    let mut builder = Emulator::builder()
        .seed(config.seed.clone())
        .host(config.address.host.clone())
        .port(config.address.port);
    if let Some(edition) = config.edition {
        builder = builder.edition(edition.into());
    }
    if let Some(token) = &config.control_token {
        builder = builder.control_token(token);
    }
    // Before the first connection, so that no signal can arrive unheard.
    let stop = match stop_signal() {
        Ok(stop) => stop,
        Err(error) => {
            eprintln!("error: cannot listen to signals: {error}");
            return exit::FAILED;
        }
    };
    let emulator = match builder.start().await {
        Ok(emulator) => emulator,
        Err(error) => return refuse(&error),
    };
    match config.log_format {
        LogFormat::Text => eprint!("{}", summary(&emulator, &config)),
        // A log for programs has nothing but objects in it.
        LogFormat::Json => log_summary(&emulator, &config),
    }
    let mut stdout = io::stdout();
    // Whoever started us may have closed our output; the emulator serves all the same.
    let _ = writeln!(stdout, "Ready. {}", emulator.url()).and_then(|()| stdout.flush());
    stop.await;
    emulator.stop().await;
    exit::DONE
}

fn start_log(config: &ServeConfig) {
    let log = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_max_level(config.log_level);
    match config.log_format {
        LogFormat::Text => log.with_target(false).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

/// Done when the process is told to stop.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
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
        StartError::Entropy(_) => {
            eprintln!("error: {error}");
            exit::FAILED
        }
    }
}

fn summary(emulator: &Emulator, config: &ServeConfig) -> String {
    let users = some_users(emulator);
    let state = emulator.tenant().read();
    let edition = match state.edition() {
        Edition::Classic => "classic (switch in the settings, role Developer)",
        Edition::Current => "current (scope api-keys)",
    };
    let (name, id) = (&state.profile().name, state.id());
    format!(
        "mock-qlik-cloud {version}, a Qlik Cloud tenant in memory\n\
         \x20 tenant   {name} ({id})\n\
         \x20 edition  {edition}\n\
         \x20 seed     {seed}\n\
         \x20 users    {users}\n\
         \x20 next     open {url}/login, or follow the README: Generate your first API key\n",
        version = env!("CARGO_PKG_VERSION"),
        seed = config.seed,
        url = emulator.url(),
    )
}

fn log_summary(emulator: &Emulator, config: &ServeConfig) {
    let users = some_users(emulator);
    let state = emulator.tenant().read();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        tenant = %state.id(),
        edition = state.edition().as_str(),
        seed = %config.seed,
        users,
        url = emulator.url(),
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
