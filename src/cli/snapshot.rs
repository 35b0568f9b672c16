//! `snapshot`: keep states of the tenant under names.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::remote::{self, Answer, Failure, Target};
use crate::domain::clock::wire;
use crate::remote::SnapshotSummary;

/// What to do with snapshots.
#[derive(Args, Clone, Debug)]
pub(super) struct SnapshotCommand {
    /// Which emulator.
    #[command(flatten)]
    target: Target,

    /// What to do.
    #[command(subcommand)]
    verb: SnapshotVerb,
}

#[derive(Clone, Debug, Subcommand)]
enum SnapshotVerb {
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

/// Does what the command says; returns the exit code.
pub(super) async fn run(command: SnapshotCommand) -> u8 {
    let outcome = act(&command).await;
    remote::tell(&command.target, outcome)
}

async fn act(command: &SnapshotCommand) -> Result<Answer, Failure> {
    let remote = command.target.remote()?;
    Ok(match &command.verb {
        SnapshotVerb::Save { name, from } => {
            let saved = match from {
                None => remote.save_snapshot(name).await?,
                Some(file) => remote.import_snapshot(name, &remote::read(file)?).await?,
            };
            Answer::lines(vec![line(&saved)], &saved)
        }
        SnapshotVerb::Load { name } => {
            remote.restore_snapshot(name).await?;
            Answer::Done("The state is back.")
        }
        SnapshotVerb::List => Answer::list(&remote.snapshots().await?, line),
        SnapshotVerb::Show { name } => Answer::Document(remote.export_snapshot(name).await?),
        SnapshotVerb::Rm { name } => {
            remote.forget_snapshot(name).await?;
            Answer::Done("The snapshot is gone.")
        }
    })
}

fn line(snapshot: &SnapshotSummary) -> String {
    format!(
        "{}  saved at {}, {} users, {} API keys",
        snapshot.name,
        wire(snapshot.saved_at),
        snapshot.users,
        snapshot.api_keys,
    )
}
