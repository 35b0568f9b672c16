//! `clock`: read and move the tenant's clock.

use clap::{Args, Subcommand};
use serde_json::json;

use super::remote::{self, Answer, Failure, Target};
use crate::domain::clock::wire;

/// What to do with the clock.
#[derive(Args, Clone, Debug)]
pub(super) struct ClockCommand {
    /// Which emulator.
    #[command(flatten)]
    target: Target,

    /// What to do.
    #[command(subcommand)]
    verb: ClockVerb,
}

#[derive(Clone, Debug, Subcommand)]
enum ClockVerb {
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

/// Does what the command says; returns the exit code.
pub(super) async fn run(command: ClockCommand) -> u8 {
    let outcome = act(&command).await;
    remote::tell(&command.target, outcome)
}

async fn act(command: &ClockCommand) -> Result<Answer, Failure> {
    let remote = command.target.remote()?;
    let face = match &command.verb {
        ClockVerb::Show => remote.clock().await?,
        ClockVerb::Set { now } => remote.change_clock(&json!({ "now": now })).await?,
        ClockVerb::Advance { by } => remote.change_clock(&json!({ "advance": by })).await?,
        ClockVerb::Freeze => remote.freeze_clock().await?,
        ClockVerb::Resume { rate: None } => remote.resume_clock().await?,
        ClockVerb::Resume { rate: Some(rate) } => remote.run_clock(*rate).await?,
    };
    let line = format!("{} ({})", wire(face.now), face.mode.as_str());
    Ok(Answer::lines(vec![line], &face))
}
