//! The command line. One file a verb.

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::config::{AddressConfig, ServeConfig};
use ca::CaCommand;
use clock::ClockCommand;
use completions::CompletionsCommand;
use coverage::CoverageCommand;
use doctor::DoctorCommand;
use env::EnvCommand;
use fault::FaultCommand;
use requests::RequestsCommand;
use reset::ResetCommand;
use seed::SeedCommand;
use snapshot::SnapshotCommand;
use tenant::TenantCommand;
use token::TokenCommand;
use wait::WaitCommand;

mod ca;
mod clock;
mod completions;
mod coverage;
mod doctor;
mod env;
mod fault;
mod healthcheck;
mod remote;
mod requests;
mod reset;
mod seed;
mod serve;
mod snapshot;
mod tenant;
mod token;
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
/// Exit codes: 0 done, or stopped as told; 1 failed while running, refused, not reachable, or `doctor` found something;
/// 2 a flag, a file or the seed is wrong; 3 the port is taken.
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
    /// Wait until a running emulator is ready.
    Wait(WaitCommand),
    /// Say why something does not work, and what to do; exit code 1 if anything fails.
    Doctor(DoctorCommand),
    /// Print variables that tell clients and tests of an emulator: `eval "$(mock-qlik-cloud env --user developer)"`.
    Env(EnvCommand),
    /// Print the certificate to trust for https, or write it to a file and print the variables that let clients trust
    /// it: `eval "$(mock-qlik-cloud ca --out ca.pem)"`.
    ///
    /// Fetch it over plain http, which is answered for this even with `--tls only`. Node.js trusts it besides what it
    /// trusts already; for the others it takes the place of that.
    Ca(CaCommand),
    /// Make a key, or a session, for any user, whatever the rules of the tenant say.
    Token(TokenCommand),
    /// Make the tenant what it was after the start: state, clock and chance.
    Reset(ResetCommand),
    /// Begin, check, export and plant seeds.
    Seed(SeedCommand),
    /// Keep states of the tenant under names.
    Snapshot(SnapshotCommand),
    /// Read and move the tenant's clock.
    Clock(ClockCommand),
    /// Let requests fail.
    Fault(FaultCommand),
    /// Show what the tenant was asked.
    Requests(RequestsCommand),
    /// Show which published operations the tenant was asked for.
    Coverage(CoverageCommand),
    /// Create, list and delete tenants.
    Tenant(TenantCommand),
    /// Print what a shell needs to complete verbs and flags.
    Completions(CompletionsCommand),
}

/// The command line as a value: its verbs and flags, for whoever writes about them.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the program with the arguments of the process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
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
            Some(Verb::Wait(command)) => wait::run(command).await,
            Some(Verb::Doctor(command)) => doctor::run(command).await,
            Some(Verb::Env(command)) => env::run(command).await,
            Some(Verb::Ca(command)) => ca::run(command).await,
            Some(Verb::Token(command)) => token::run(command).await,
            Some(Verb::Reset(command)) => reset::run(command).await,
            Some(Verb::Seed(command)) => seed::run(command).await,
            Some(Verb::Snapshot(command)) => snapshot::run(command).await,
            Some(Verb::Clock(command)) => clock::run(command).await,
            Some(Verb::Fault(command)) => fault::run(command).await,
            Some(Verb::Requests(command)) => requests::run(command).await,
            Some(Verb::Coverage(command)) => coverage::run(command).await,
            Some(Verb::Tenant(command)) => tenant::run(command).await,
            Some(Verb::Completions(command)) => completions::run(&command),
        }
    });
    // A look-up of a name that hangs must not hold up the exit.
    runtime.shutdown_background();
    code.into()
}
