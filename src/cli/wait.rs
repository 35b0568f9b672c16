//! `wait`: until the emulator is ready.

use std::time::Duration;

use clap::Args;

use super::remote::{self, Answer, Failure, Target};
use crate::remote::Remote;

/// How long a pause is between two questions.
const PAUSE: Duration = Duration::from_millis(20);

/// How long to wait.
#[derive(Args, Clone, Debug)]
pub(super) struct WaitCommand {
    /// Which emulator.
    #[command(flatten)]
    target: Target,

    /// How many seconds to wait at the most.
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    timeout: u64,
}

/// Does what the command says; returns the exit code.
pub(super) async fn run(command: WaitCommand) -> u8 {
    let outcome = act(&command).await;
    remote::tell(&command.target, outcome)
}

async fn act(command: &WaitCommand) -> Result<Answer, Failure> {
    wait(&command.target.remote()?, command.timeout).await?;
    Ok(Answer::Done("Ready."))
}

/// Asks until there is an answer. It waits for real time, because it waits for another process.
async fn wait(remote: &Remote, seconds: u64) -> Result<(), Failure> {
    let mut last = None;
    let asking = async {
        while let Err(error) = remote.health().await {
            last = Some(error);
            tokio::time::sleep(PAUSE).await;
        }
    };
    let asked = tokio::time::timeout(Duration::from_secs(seconds), asking).await;
    asked.map_err(|_| {
        let why = last.map_or_else(|| "no answer".to_owned(), |error| error.to_string());
        Failure::Late(seconds, why)
    })
}
