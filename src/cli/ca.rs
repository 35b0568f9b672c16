//! `ca`: what a client has to trust for https, and how it is told.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, json};

use super::remote::{self, Answer, Failure, Target};

/// Where to put the certificate.
#[derive(Args, Clone, Debug)]
pub(super) struct CaCommand {
    /// Which emulator.
    #[command(flatten)]
    target: Target,

    /// File to write.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The variables by which clients are told what to trust: curl, the verbs of this program, Node.js, Python's requests,
/// and whatever uses OpenSSL.
const VARIABLES: [&str; 5] = [
    "CURL_CA_BUNDLE",
    "MOCK_QLIK_CA",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
];

/// Does what the command says; returns the exit code.
pub(super) async fn run(command: CaCommand) -> u8 {
    let outcome = act(&command.target, command.out.as_deref()).await;
    remote::tell(&command.target, outcome)
}

async fn act(target: &Target, out: Option<&Path>) -> Result<Answer, Failure> {
    let pem = target.remote()?.ca_pem().await?;
    let Some(out) = out else {
        let document = json!({ "pem": pem });
        return Ok(Answer::Lines(vec![pem.trim_end().to_owned()], document));
    };
    let failure = |error: io::Error| Failure::File {
        file: out.display().to_string(),
        problem: format!("cannot be written: {error}"),
    };
    std::fs::write(out, &pem).map_err(failure)?;
    // Clients may be started in other folders.
    let file = std::path::absolute(out).map_err(failure)?.display().to_string();
    let lines = VARIABLES.map(|name| format!("export {name}={}", quoted(&file)));
    let variables = VARIABLES.map(|name| (name.to_owned(), file.clone().into()));
    let document = json!({ "pem": pem, "variables": Map::from_iter(variables) });
    Ok(Answer::Lines(lines.into(), document))
}

/// A text as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
