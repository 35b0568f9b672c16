//! `reset`: the tenant as it was.

use clap::Args;

use super::remote::{self, Answer, Failure, Target};

/// What to lead back to.
#[derive(Args, Clone, Debug)]
pub(super) struct ResetCommand {
    /// Which emulator.
    #[command(flatten)]
    target: Target,

    /// Leave nobody in it.
    #[arg(long)]
    empty: bool,

    /// Every tenant, not only one.
    #[arg(long, conflicts_with = "empty")]
    all: bool,
}

/// Does what the command says; returns the exit code.
pub(super) async fn run(command: ResetCommand) -> u8 {
    let outcome = act(&command).await;
    remote::tell(&command.target, outcome)
}

async fn act(command: &ResetCommand) -> Result<Answer, Failure> {
    let remote = command.target.remote()?;
    Ok(if command.all {
        remote.reset_all().await?;
        Answer::Done("All tenants are as they were after their start.")
    } else if command.empty {
        remote.reset_to_empty().await?;
        Answer::Done("The tenant is empty.")
    } else {
        remote.reset().await?;
        Answer::Done("The tenant is as it was after the start.")
    })
}
