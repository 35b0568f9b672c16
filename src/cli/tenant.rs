//! `tenant`: tenants of one's own in a running emulator.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::remote::{self, Answer, Failure, Target};
use crate::config::EditionWord;
use crate::domain::clock::wire;
use crate::remote::{CreatedTenant, KeyHolder, TenantFace, TenantSpec};
use crate::seeds::Seed;

/// What to do with tenants.
#[derive(Args, Clone, Debug)]
pub(super) struct TenantCommand {
    /// Which emulator.
    #[command(flatten)]
    target: Target,

    /// What to do.
    #[command(subcommand)]
    verb: TenantVerb,
}

#[derive(Clone, Debug, Subcommand)]
enum TenantVerb {
    /// Create a tenant, and print its address and a key each for an admin and a developer.
    Create {
        /// The name, which becomes the first label of its host; a numbered one if nothing is said.
        name: Option<String>,
        /// A shipped seed, a file, or a folder of files; `ready` if nothing is said.
        #[arg(long, value_name = "NAME|FILE|FOLDER")]
        seed: Option<Seed>,
        /// The edition, whatever the seed says.
        #[arg(long, value_name = "EDITION")]
        edition: Option<EditionWord>,
    },
    /// All tenants, the default one first.
    List,
    /// Delete tenants. The default one stays.
    Rm {
        /// Name or id.
        #[arg(required_unless_present = "all")]
        name: Option<String>,
        /// All but the default one.
        #[arg(long, conflicts_with = "name")]
        all: bool,
    },
}

/// Does what the command says; returns the exit code.
pub(super) async fn run(command: TenantCommand) -> u8 {
    let outcome = act(&command).await;
    remote::tell(&command.target, outcome)
}

async fn act(command: &TenantCommand) -> Result<Answer, Failure> {
    let remote = command.target.remote()?;
    Ok(match &command.verb {
        TenantVerb::Create { name, seed, edition } => {
            let mut spec = TenantSpec::default();
            if let Some(name) = name {
                spec = spec.name(name);
            }
            if let Some(seed) = seed {
                spec = spec.seed(seed.document()?);
            }
            if let Some(edition) = edition {
                spec = spec.edition((*edition).into());
            }
            let created = remote.create_tenant(&spec).await?;
            Answer::Lines(lines(&created), document(&created))
        }
        TenantVerb::List => Answer::list(&remote.tenants().await?, line),
        TenantVerb::Rm { name: Some(name), .. } => {
            remote.delete_tenant(name).await?;
            Answer::Done("The tenant is gone.")
        }
        TenantVerb::Rm { name: None, .. } => {
            remote.delete_tenants().await?;
            Answer::Done("All tenants but the default one are gone.")
        }
    })
}

fn line(tenant: &TenantFace) -> String {
    format!(
        "{}  {}  {}, {} users, {} API keys",
        tenant.name,
        tenant.url,
        tenant.edition.as_str(),
        tenant.users,
        tenant.api_keys,
    )
}

fn lines(created: &CreatedTenant) -> Vec<String> {
    let holders = [("admin", &created.admin), ("developer", &created.developer)];
    let holders = holders.into_iter().filter_map(|(role, holder)| {
        let holder = holder.as_ref()?;
        let who = holder.email.as_ref().unwrap_or(&holder.subject);
        Some(format!("{role}  {who}  {}", holder.token.reveal()))
    });
    std::iter::once(line(&created.face)).chain(holders).collect()
}

fn document(created: &CreatedTenant) -> Value {
    let holder = |holder: &KeyHolder| {
        json!({
            "userId": holder.user_id,
            "subject": holder.subject,
            "email": holder.email,
            "keyId": holder.key_id,
            "token": holder.token.reveal(),
            "expiry": wire(holder.expiry),
        })
    };
    let mut document = serde_json::to_value(&created.face).unwrap_or_default();
    document["admin"] = created.admin.as_ref().map(holder).into();
    document["developer"] = created.developer.as_ref().map(holder).into();
    document
}
