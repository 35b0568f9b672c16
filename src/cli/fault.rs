//! `fault`: what is to go wrong.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::remote::{self, Answer, Failure, Target};
use crate::domain::duration::{DurationError, Iso8601Duration};
use crate::remote::{FaultReport, FaultSpec, LatencySpec};

/// What to do with faults.
#[derive(Args, Clone, Debug)]
pub(super) struct FaultCommand {
    /// Which emulator.
    #[command(flatten)]
    target: Target,

    /// What to do.
    #[command(subcommand)]
    verb: FaultVerb,
}

#[derive(Clone, Debug, Subcommand)]
enum FaultVerb {
    /// Let requests fail: `fault add createApiKey --status 503 --times 2`.
    Add(Box<NewFault>),
    /// All faults, with how often they have struck.
    List,
    /// Take a fault out.
    Rm {
        /// Its id, such as fault-1.
        id: String,
    },
    /// Take all faults out.
    Clear,
}

/// Which requests, what happens to them, and which of them are struck.
#[derive(Args, Clone, Debug)]
struct NewFault {
    /// Published id of an operation, such as createApiKey. Without it, and without --path, every request.
    operation: Option<String>,

    /// Requests with this method only.
    #[arg(long, value_name = "METHOD", conflicts_with = "operation")]
    method: Option<String>,

    /// Requests to a path like this: `*` is one segment, `/**` at the end any rest.
    #[arg(long, value_name = "PATTERN", conflicts_with = "operation")]
    path: Option<String>,

    /// Requests of the user with this id only.
    #[arg(long, value_name = "ID")]
    user: Option<String>,

    /// Requests with the API key of this id only.
    #[arg(long, value_name = "ID")]
    api_key: Option<String>,

    /// Answer this error, 400 to 599.
    #[arg(long)]
    status: Option<u16>,

    /// Code of the error.
    #[arg(long, requires = "status")]
    code: Option<String>,

    /// Title of the error.
    #[arg(long, requires = "status")]
    title: Option<String>,

    /// Sentence of the error.
    #[arg(long, requires = "status")]
    detail: Option<String>,

    /// Seconds for the header retry-after.
    #[arg(long, value_name = "SECONDS", requires = "status")]
    retry_after: Option<u64>,

    /// Instead of an error: connection-reset, empty-reply, truncated-body or malformed-body.
    #[arg(long, value_name = "KIND", conflicts_with = "status")]
    fault: Option<String>,

    /// Wait first: PT0.2S, or PT0.1S..PT2S for anything between.
    #[arg(long, value_name = "DURATION", value_parser = latency)]
    latency: Option<LatencySpec>,

    /// Let so many requests pass first.
    #[arg(long, value_name = "REQUESTS")]
    after: Option<u64>,

    /// Strike every n-th request.
    #[arg(long, value_name = "N")]
    every: Option<u64>,

    /// Strike at most so often.
    #[arg(long)]
    times: Option<u64>,

    /// Strike this share of the requests, 0 to 1.
    #[arg(long, value_name = "SHARE")]
    probability: Option<f64>,

    /// Strike for so long on the tenant's clock, such as PT1M.
    #[arg(long, value_name = "DURATION")]
    ttl: Option<Iso8601Duration>,
}

/// Does what the command says; returns the exit code.
pub(super) async fn run(command: FaultCommand) -> u8 {
    let target = command.target.clone();
    let outcome = act(command).await;
    remote::tell(&target, outcome)
}

async fn act(command: FaultCommand) -> Result<Answer, Failure> {
    let remote = command.target.remote()?;
    Ok(match command.verb {
        FaultVerb::Add(fault) => {
            let added = remote.add_fault(&fault.spec()).await?;
            Answer::lines(vec![line(&added)], &added)
        }
        FaultVerb::List => Answer::list(&remote.faults().await?, line),
        FaultVerb::Rm { id } => {
            remote.remove_fault(&id).await?;
            Answer::Done("The fault is gone.")
        }
        FaultVerb::Clear => {
            remote.clear_faults().await?;
            Answer::Done("All faults are gone.")
        }
    })
}

impl NewFault {
    fn spec(self) -> FaultSpec {
        let target = match self.operation {
            Some(operation) => FaultSpec::on(operation),
            None => FaultSpec::on_every_request(),
        };
        let target = with(target, self.method, FaultSpec::method);
        let target = with(target, self.path, FaultSpec::path);
        let target = with(target, self.user, FaultSpec::user);
        let target = with(target, self.api_key, FaultSpec::api_key);
        let error = with(target, self.status, FaultSpec::status);
        let error = with(error, self.code, FaultSpec::code);
        let error = with(error, self.title, FaultSpec::title);
        let error = with(error, self.detail, FaultSpec::detail);
        let retry_after = self.retry_after.map(Duration::from_secs);
        let error = with(error, retry_after, FaultSpec::retry_after);
        let effect = with(error, self.fault, FaultSpec::fault);
        let effect = with(effect, self.latency, FaultSpec::latency);
        let schedule = with(effect, self.after, FaultSpec::after);
        let schedule = with(schedule, self.every, FaultSpec::every);
        let schedule = with(schedule, self.times, FaultSpec::times);
        let schedule = with(schedule, self.probability, FaultSpec::probability);
        with(schedule, self.ttl, FaultSpec::ttl)
    }
}

fn with<T>(spec: FaultSpec, value: Option<T>, set: impl Fn(FaultSpec, T) -> FaultSpec) -> FaultSpec {
    match value {
        Some(value) => set(spec, value),
        None => spec,
    }
}

fn latency(text: &str) -> Result<LatencySpec, DurationError> {
    Ok(match text.split_once("..") {
        Some((from, to)) => LatencySpec::Uniform {
            from: from.parse()?,
            to: to.parse()?,
        },
        None => LatencySpec::Fixed(text.parse()?),
    })
}

fn line(fault: &FaultReport) -> String {
    format!("{}  {}  {}", fault.id, fault.state.as_str(), fault.summary())
}
