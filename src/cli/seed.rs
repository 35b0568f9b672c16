//! `seed`: begin a seed, check one, write the present state of a running emulator down as one, plant one in it.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::remote::{self, Answer, Failure, Target};
use crate::config::EditionWord;
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::role::RoleType;
use crate::domain::seed::{self, Surroundings};
use crate::seeds::{Place, Seed, SeedError, SeedFault};

mod init;

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
    /// Write a seed to begin with, and the schema that editors read beside it.
    Init(init::Beginning),
    /// Say what is wrong with a seed; no emulator has to run.
    Check {
        /// A shipped seed, a file, or a folder of files. Otherwise what the program would start with here.
        #[arg(value_name = "NAME|FILE|FOLDER")]
        seed: Option<Seed>,
        /// The edition to check it for, whatever the seed says.
        #[arg(long, value_name = "EDITION")]
        edition: Option<EditionWord>,
    },
    /// Print the JSON Schema of seeds, for editors.
    Schema,
    /// Print the present state of a running emulator as a seed.
    Export,
    /// Plant a seed in the place of the present state of a running emulator.
    Plant {
        /// A shipped seed, a file, or a folder of files.
        #[arg(value_name = "NAME|FILE|FOLDER")]
        seed: Seed,
    },
}

/// Does what the command says; returns the exit code.
pub(super) async fn run(command: SeedCommand) -> u8 {
    let outcome = act(&command.target, command.verb).await;
    remote::tell(&command.target, outcome)
}

async fn act(target: &Target, verb: SeedVerb) -> Result<Answer, Failure> {
    Ok(match verb {
        SeedVerb::Init(beginning) => beginning.write()?,
        SeedVerb::Check { seed, edition } => check(&seed.unwrap_or_else(Seed::at_hand), edition)?,
        SeedVerb::Schema => Answer::Document(seed::schema()),
        SeedVerb::Export => Answer::Document(target.remote()?.export_seed().await?),
        SeedVerb::Plant { seed } => {
            // The emulator checks it too, but knows no files.
            check(&seed, None)?;
            target.remote()?.plant_seed(&seed.document()?).await?;
            Answer::Done("The seed is planted.")
        }
    })
}

/// Plants a seed here and throws the tenant away.
fn check(seed: &Seed, edition: Option<EditionWord>) -> Result<Answer, SeedError> {
    let tenant = seed.plant(Surroundings {
        edition: edition.map(Into::into),
        now: Clock::system().now(),
        entropy: &Entropy::seeded(0),
        identity: None,
    })?;
    let edition = tenant.edition().as_str();
    let users = tenant.users().total();
    let api_keys = tenant.api_keys().total();
    let roles = tenant
        .roles()
        .iter()
        .filter(|role| role.kind == RoleType::Custom)
        .count();
    Ok(Answer::Lines(
        vec![format!(
            "{seed}: good. Edition {edition}; users: {users}, API keys: {api_keys}, custom roles: {roles}."
        )],
        json!({
            "seed": seed.to_string(),
            "good": true,
            "faults": [],
            "edition": edition,
            "users": users,
            "apiKeys": api_keys,
            "customRoles": roles,
        }),
    ))
}

/// What is wrong with a seed, for programs.
pub(super) fn faults(error: &SeedError) -> Value {
    let faults: Vec<_> = error.faults().iter().map(fault).collect();
    json!({ "good": false, "faults": faults })
}

fn fault(fault: &SeedFault) -> Value {
    let SeedFault {
        file,
        place,
        sentence,
    } = fault;
    match place {
        Place::Whole => json!({ "file": file, "detail": sentence }),
        Place::Position { line, column } => {
            json!({ "file": file, "line": line, "column": column, "detail": sentence })
        }
        Place::Pointer(pointer) => json!({ "file": file, "pointer": pointer, "detail": sentence }),
    }
}
