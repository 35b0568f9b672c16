//! The command line. One file a verb.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{AddressConfig, ServeConfig};
use ca::CaCommand;
use clock::ClockCommand;
use reset::ResetCommand;
use seed::SeedCommand;
use snapshot::SnapshotCommand;
use wait::WaitCommand;

mod ca;
mod clock;
mod healthcheck;
mod remote;
mod reset;
mod seed;
mod serve;
mod snapshot;
mod wait;

/// What the program exits with.
mod exit {
    /// Stopped as it was told to, or healthy.
    pub(super) const DONE: u8 = 0;
    /// Something failed while running, or not healthy.
    pub(super) const FAILED: u8 = 1;
    /// A flag, a variable or the seed is wrong.
    pub(super) const USAGE: u8 = 2;
    /// The port is taken.
    pub(super) const PORT_TAKEN: u8 = 3;
}

/// A Qlik Cloud tenant in memory: offline, started in milliseconds, for tests and for learning.
///
/// Exit codes: 0 stopped as told, 1 failed while running, 2 a flag or the seed is wrong, 3 the port is taken.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,

    #[command(flatten)]
    serve: ServeConfig,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve a tenant (what happens without a verb).
    Serve(ServeConfig),
    /// Ask a running emulator whether it is ready; exit code 0 if so.
    Healthcheck(AddressConfig),
    /// Print the certificate to trust for https, or write it to a file and print the variables that let clients trust
    /// it: `eval "$(mock-qlik-cloud ca --out ca.pem)"`.
    ///
    /// Fetch it over plain http, which is answered for this even with `--tls only`. Node.js trusts it besides what it
    /// trusts already; for the others it takes the place of that.
    Ca(CaCommand),
    /// Begin, check, export and plant seeds.
    Seed(SeedCommand),
    /// Wait until a running emulator is ready.
    Wait(WaitCommand),
    /// Make the tenant what it was after the start: state, clock and chance.
    Reset(ResetCommand),
    /// Read and move the tenant's clock.
    Clock(ClockCommand),
    /// Keep states of the tenant under names.
    Snapshot(SnapshotCommand),
}

/// Runs the program with the arguments of the process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no runtime: {error}");
            return exit::FAILED.into();
        }
    };
    let code = runtime.block_on(async {
        match cli.verb {
            None => serve::run(cli.serve).await,
            Some(Verb::Serve(config)) => serve::run(config).await,
            Some(Verb::Healthcheck(config)) => healthcheck::run(&config).await,
            Some(Verb::Ca(command)) => ca::run(command).await,
            Some(Verb::Seed(command)) => seed::run(command).await,
            Some(Verb::Wait(command)) => wait::run(command).await,
            Some(Verb::Reset(command)) => reset::run(command).await,
            Some(Verb::Clock(command)) => clock::run(command).await,
            Some(Verb::Snapshot(command)) => snapshot::run(command).await,
        }
    });
    // A look-up of a name that hangs must not hold up the exit.
    runtime.shutdown_background();
    code.into()
}
