//! `env`: what clients and tests are told about a running emulator, as variables.

use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use super::remote::{self, Answer, Failure, Target};
use crate::domain::ids::TenantName;
use crate::remote::KeySpec;

/// For whom, and for which shell.
#[derive(Args, Clone, Debug)]
pub(super) struct EnvCommand {
    /// Which emulator.
    #[command(flatten)]
    target: Target,

    /// Make a key for this user (e-mail address, subject or id), as QLIK_API_KEY.
    #[arg(long, value_name = "USER")]
    user: Option<String>,

    /// Whose grammar to use.
    #[arg(long, value_name = "SHELL", default_value = "sh")]
    shell: Shell,
}

/// The grammar of a shell.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    /// POSIX: sh, bash, zsh.
    Sh,
    /// Fish.
    Fish,
    /// PowerShell.
    Powershell,
}

impl Shell {
    /// A line that sets a variable.
    fn line(self, name: &str, value: &str) -> String {
        match self {
            Self::Sh => format!("export {name}='{}'", value.replace('\'', r"'\''")),
            Self::Fish => {
                let value = value.replace('\\', r"\\").replace('\'', r"\'");
                format!("set -gx {name} '{value}'")
            }
            Self::Powershell => format!("$env:{name} = '{}'", value.replace('\'', "''")),
        }
    }
}

/// Does what the command says; returns the exit code.
pub(super) async fn run(command: EnvCommand) -> u8 {
    let outcome = act(&command).await;
    remote::tell(&command.target, outcome)
}

async fn act(command: &EnvCommand) -> Result<Answer, Failure> {
    let remote = command.target.remote()?;
    let default = TenantName::of_the_default();
    let name = command.target.tenant().unwrap_or(default.as_str());
    let tenant = remote.find_tenant(name).await?;
    let is_default = tenant.name == default.as_str();
    let mut variables = vec![("MOCK_QLIK_URL", remote.url().to_owned())];
    if !is_default {
        variables.push(("MOCK_QLIK_TENANT", tenant.name));
    }
    // The default tenant answers at the emulator's own address, for which no name has to be resolved.
    let url = if is_default {
        remote.url().to_owned()
    } else {
        tenant.url
    };
    let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host);
    variables.push(("QLIK_TENANT_HOST", host.to_owned()));
    variables.push(("QLIK_TENANT_URL", url));
    variables.push(("QLIK_TENANT_ID", tenant.id));
    if let Some(user) = &command.user {
        let spec = KeySpec::new("Made for a shell");
        let key = remote.make_key(user, &spec).await?;
        variables.push(("QLIK_API_KEY", key.token.reveal().to_owned()));
    }
    let lines = variables
        .iter()
        .map(|(name, value)| command.shell.line(name, value));
    let lines = lines.collect();
    let document: Map<_, _> = variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    Ok(Answer::Lines(lines, document.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_leaves_its_quotes() {
        let value = r"a'; rm \ $x";
        assert_eq!(Shell::Sh.line("A", value), r"export A='a'\''; rm \ $x'");
        assert_eq!(Shell::Fish.line("A", value), r"set -gx A 'a\'; rm \\ $x'");
        assert_eq!(Shell::Powershell.line("A", value), r"$env:A = 'a''; rm \ $x'");
    }
}
