//! The verbs for a running emulator: `reset`, `clock`, `snapshot`, `wait`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{exit, seed};
use crate::domain::secret::ControlToken;
use crate::remote::{Remote, RemoteError};
use crate::seeds::{Seed, SeedError};

/// Which emulator, and how it answers.
#[derive(Args, Clone, Debug)]
pub(super) struct Target {
    /// Address of the emulator.
    #[arg(
        long,
        env = "MOCK_QLIK_URL",
        default_value = "http://127.0.0.1:7545",
        value_name = "URL",
        global = true
    )]
    url: String,

    /// File with the certificates to trust for https, such as `ca --out` writes it. No other is trusted.
    #[arg(long, env = "MOCK_QLIK_CA", value_name = "FILE", global = true)]
    ca: Option<PathBuf>,

    /// The token that the emulator was started with, if it was.
    #[arg(
        long,
        env = "MOCK_QLIK_CONTROL_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true,
        global = true
    )]
    control_token: Option<ControlToken>,

    /// Answer in JSON, for programs.
    #[arg(long, global = true)]
    json: bool,
}

impl Target {
    /// The emulator, with the token if there is one.
    pub(super) fn remote(&self) -> Result<Remote, RemoteError> {
        let remote = Remote::trusting(&self.url, self.ca.as_deref())?;
        Ok(match &self.control_token {
            Some(token) => remote.with_control_token(token.clone()),
            None => remote,
        })
    }
}

/// A verb for a running emulator.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum RemoteVerb {
    /// Make the tenant what it was after the start: state, clock and chance.
    Reset {
        /// Which emulator.
        #[command(flatten)]
        target: Target,
        /// Leave nobody in it.
        #[arg(long)]
        empty: bool,
    },
    /// Read and move the tenant's clock.
    Clock {
        /// Which emulator.
        #[command(flatten)]
        target: Target,
        /// What to do.
        #[command(subcommand)]
        verb: ClockVerb,
    },
    /// Keep states of the tenant under names.
    Snapshot {
        /// Which emulator.
        #[command(flatten)]
        target: Target,
        /// What to do.
        #[command(subcommand)]
        verb: SnapshotVerb,
    },
    /// Wait until the emulator is ready.
    Wait {
        /// Which emulator.
        #[command(flatten)]
        target: Target,
        /// How many seconds to wait at the most.
        #[arg(long, default_value_t = 30, value_name = "SECONDS")]
        timeout: u64,
    },
}

#[derive(Clone, Debug, Subcommand)]
pub(super) enum ClockVerb {
    /// What it shows and how it runs.
    Show,
    /// Show another instant, such as 2026-01-31T08:00:00Z.
    Set {
        /// The instant (RFC 3339).
        now: String,
    },
    /// Move it on, such as by P30D; `-P1D` moves it back.
    Advance {
        /// The duration (ISO 8601).
        #[arg(allow_hyphen_values = true)]
        by: String,
    },
    /// Let it stand still.
    Freeze,
    /// Let it go on.
    Resume {
        /// How many times as fast as the machine's clock.
        #[arg(long, value_name = "TIMES")]
        rate: Option<f64>,
    },
}

#[derive(Clone, Debug, Subcommand)]
pub(super) enum SnapshotVerb {
    /// Keep the present state, or the one of a file.
    Save {
        /// The name.
        name: String,
        /// A file with a state.
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
    /// Put a state back.
    Load {
        /// The name.
        name: String,
    },
    /// All names.
    List,
    /// Print a state, to keep it in a file.
    Show {
        /// The name.
        name: String,
    },
    /// Forget a state.
    Rm {
        /// The name.
        name: String,
    },
}

/// What goes wrong on this side.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Remote(#[from] RemoteError),
    #[error("the seed cannot be used:\n{0}")]
    Seed(#[from] SeedError),
    #[error("{file}: {problem}")]
    File { file: String, problem: String },
    #[error("not ready after {0} s: {1}")]
    Late(u64, RemoteError),
}

impl RemoteVerb {
    fn target(&self) -> &Target {
        match self {
            Self::Reset { target, .. }
            | Self::Clock { target, .. }
            | Self::Snapshot { target, .. }
            | Self::Wait { target, .. } => target,
        }
    }
}

/// Does what a verb says; returns the exit code.
pub(super) async fn run(verb: RemoteVerb) -> u8 {
    let target = verb.target().clone();
    let outcome = act(&target, verb).await;
    tell(&target, outcome)
}

/// Says what came of a verb; returns the exit code.
pub(super) fn tell(target: &Target, outcome: Result<Answer, Failure>) -> u8 {
    match outcome {
        Ok(answer) => {
            print(target, answer);
            exit::DONE
        }
        Err(Failure::Seed(error)) if target.json => {
            println!("{:#}", seed::faults(&error));
            exit::USAGE
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            match failure {
                Failure::Remote(RemoteError::Unreachable { .. }) if target.url.starts_with("https:") => {
                    eprintln!("For https, name the file with the certificate to trust: --ca (MOCK_QLIK_CA).");
                    exit::FAILED
                }
                Failure::Remote(RemoteError::Unreachable { .. }) => {
                    eprintln!(
                        "Start one with `mock-qlik-cloud`, or name another address: --url (MOCK_QLIK_URL)."
                    );
                    exit::FAILED
                }
                Failure::Seed(_) | Failure::File { .. } | Failure::Remote(RemoteError::Unusable { .. }) => {
                    exit::USAGE
                }
                Failure::Remote(_) | Failure::Late(..) => exit::FAILED,
            }
        }
    }
}

/// What a verb has to say: nothing, a document, or a list of lines with the document behind them.
pub(super) enum Answer {
    Done(&'static str),
    Document(Value),
    Lines(Vec<String>, Value),
}

fn print(target: &Target, answer: Answer) {
    match answer {
        Answer::Done(_) if target.json => println!("{}", json!({ "done": true })),
        Answer::Done(sentence) => println!("{sentence}"),
        Answer::Lines(lines, _) if !target.json => lines.iter().for_each(|line| println!("{line}")),
        Answer::Document(document) | Answer::Lines(_, document) => println!("{document:#}"),
    }
}

async fn act(target: &Target, verb: RemoteVerb) -> Result<Answer, Failure> {
    let remote = target.remote()?;
    Ok(match verb {
        RemoteVerb::Reset { empty: false, .. } => {
            remote.reset().await?;
            Answer::Done("The tenant is as it was after the start.")
        }
        RemoteVerb::Reset { empty: true, .. } => {
            remote.reset_to_empty().await?;
            Answer::Done("The tenant is empty.")
        }
        RemoteVerb::Clock { verb, .. } => clock(&remote, verb).await?,
        RemoteVerb::Snapshot { verb, .. } => snapshot(&remote, verb).await?,
        RemoteVerb::Wait { timeout, .. } => {
            wait(&remote, timeout).await?;
            Answer::Done("Ready.")
        }
    })
}

async fn clock(remote: &Remote, verb: ClockVerb) -> Result<Answer, RemoteError> {
    let face = match verb {
        ClockVerb::Show => remote.clock().await?,
        ClockVerb::Set { now } => remote.change_clock(&json!({ "now": now })).await?,
        ClockVerb::Advance { by } => remote.change_clock(&json!({ "advance": by })).await?,
        ClockVerb::Freeze => remote.change_clock(&json!({ "frozen": true })).await?,
        ClockVerb::Resume { rate: None } => remote.change_clock(&json!({ "frozen": false })).await?,
        ClockVerb::Resume { rate: Some(rate) } => remote.change_clock(&json!({ "rate": rate })).await?,
    };
    let text = |member: &str| face.get(member).and_then(Value::as_str).unwrap_or("?").to_owned();
    Ok(Answer::Lines(
        vec![format!("{} ({})", text("now"), text("mode"))],
        face,
    ))
}

async fn snapshot(remote: &Remote, verb: SnapshotVerb) -> Result<Answer, Failure> {
    Ok(match verb {
        SnapshotVerb::Save { name, from } => {
            let state = from.as_deref().map(read).transpose()?;
            let saved = remote.save_snapshot(&name, state.as_ref()).await?;
            Answer::Lines(vec![line(&saved)], saved)
        }
        SnapshotVerb::Load { name } => {
            remote.restore_snapshot(&name).await?;
            Answer::Done("The state is back.")
        }
        SnapshotVerb::List => {
            let list = remote.snapshots().await?;
            let lines = list
                .get("data")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(line)
                .collect();
            Answer::Lines(lines, list)
        }
        SnapshotVerb::Show { name } => Answer::Document(remote.export_snapshot(&name).await?),
        SnapshotVerb::Rm { name } => {
            remote.forget_snapshot(&name).await?;
            Answer::Done("The snapshot is gone.")
        }
    })
}

fn line(snapshot: &Value) -> String {
    let member = |name: &str| snapshot.get(name).cloned().unwrap_or_default();
    let text = |name: &str| member(name).as_str().unwrap_or("?").to_owned();
    let (users, keys) = (member("users"), member("apiKeys"));
    format!(
        "{}  saved at {}, {users} users, {keys} API keys",
        text("name"),
        text("savedAt")
    )
}

fn read(file: &Path) -> Result<Value, Failure> {
    Ok(Seed::File(file.into()).document()?)
}

/// Asks until there is an answer. The one place that waits for real time, because it waits for another process.
async fn wait(remote: &Remote, seconds: u64) -> Result<(), Failure> {
    let asking = async {
        loop {
            match remote.health().await {
                Ok(_) => return,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    if tokio::time::timeout(Duration::from_secs(seconds), asking)
        .await
        .is_ok()
    {
        return Ok(());
    }
    match remote.health().await {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::Late(seconds, error)),
    }
}
