//! `seed`: write the present state down as a seed, or plant one.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::remote::{self, Answer, Failure, Target};
use crate::domain::seed;

/// What to do with seeds.
#[derive(Args, Clone, Debug)]
pub(super) struct SeedCommand {
    /// Which emulator.
    #[command(flatten)]
    target: Target,

    /// What to do.
    #[command(subcommand)]
    verb: SeedVerb,
}

#[derive(Clone, Debug, Subcommand)]
enum SeedVerb {
    /// Print the present state as a seed.
    Export,
    /// Plant the seed of a file in the place of the present state.
    Plant {
        /// The file.
        file: PathBuf,
    },
    /// Print the JSON Schema of seeds, for editors.
    Schema,
}

/// Does what the command says; returns the exit code.
pub(super) async fn run(command: SeedCommand) -> u8 {
    let outcome = act(&command.target, command.verb).await;
    remote::tell(&command.target, outcome)
}

async fn act(target: &Target, verb: SeedVerb) -> Result<Answer, Failure> {
    Ok(match verb {
        SeedVerb::Export => Answer::Document(target.remote()?.export_seed().await?),
        SeedVerb::Plant { file } => {
            target.remote()?.plant_seed(&remote::read(&file)?).await?;
            Answer::Done("The seed is planted.")
        }
        SeedVerb::Schema => Answer::Document(seed::schema()),
    })
}
