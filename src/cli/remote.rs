//! What the verbs for a running emulator have in common: which one, how it answers, and what goes wrong.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;
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

    /// Name or id of the tenant that this is about; the default one if nothing is said.
    #[arg(long, env = "MOCK_QLIK_TENANT", value_name = "NAME", global = true, value_parser = NonEmptyStringValueParser::new())]
    tenant: Option<String>,

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
    /// The emulator, with the token if there is one, and the tenant if one is named.
    pub(super) fn remote(&self) -> Result<Remote, RemoteError> {
        let mut remote = Remote::trusting(&self.url, self.ca.as_deref())?;
        if let Some(token) = &self.control_token {
            remote = remote.with_control_token(token.clone());
        }
        if let Some(tenant) = &self.tenant {
            remote = remote.tenant(tenant);
        }
        Ok(remote)
    }

    /// The tenant that is named.
    pub(super) fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// Whether to answer in JSON.
    pub(super) fn json(&self) -> bool {
        self.json
    }
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
    Late(u64, String),
}

/// What a verb has to say: nothing, a document, or a list of lines with the document behind them.
pub(super) enum Answer {
    Done(&'static str),
    Document(Value),
    Lines(Vec<String>, Value),
}

impl Answer {
    /// Lines for people, and for programs what they were made from.
    pub(super) fn lines(lines: Vec<String>, document: &impl Serialize) -> Self {
        Self::Lines(lines, serde_json::to_value(document).unwrap_or_default())
    }

    /// A line each, and for programs `{"data": […]}`.
    pub(super) fn list<T: Serialize>(items: &[T], line: impl Fn(&T) -> String) -> Self {
        Self::Lines(items.iter().map(line).collect(), json!({ "data": items }))
    }
}

/// Says what came of a verb; returns the exit code.
pub(super) fn tell(target: &Target, outcome: Result<Answer, Failure>) -> u8 {
    match outcome {
        Ok(answer) => {
            print(target, answer);
            exit::DONE
        }
        Err(Failure::Seed(error)) if target.json => {
            say(&format!("{:#}", seed::faults(&error)));
            exit::USAGE
        }
        Err(failure) => complain(target, &failure),
    }
}

/// Says what went wrong and what to do; returns the exit code.
pub(super) fn complain(target: &Target, failure: &Failure) -> u8 {
    eprintln!("error: {failure}");
    match failure {
        Failure::Remote(RemoteError::Unreachable { .. }) if target.url.starts_with("https:") => {
            eprintln!("For https, name the file with the certificate to trust: --ca (MOCK_QLIK_CA).");
            exit::FAILED
        }
        Failure::Remote(RemoteError::Unreachable { .. }) => {
            eprintln!("Start one with `mock-qlik-cloud`, or name another address: --url (MOCK_QLIK_URL).");
            exit::FAILED
        }
        Failure::Remote(RemoteError::Stranger { .. }) => {
            eprintln!(
                "Something else listens there, or another version: `mock-qlik-cloud doctor` finds out."
            );
            exit::FAILED
        }
        Failure::Seed(_) | Failure::File { .. } | Failure::Remote(RemoteError::Unusable { .. }) => {
            exit::USAGE
        }
        Failure::Remote(_) | Failure::Late(..) => exit::FAILED,
    }
}

fn print(target: &Target, answer: Answer) {
    match answer {
        Answer::Done(_) if target.json => say(&json!({ "done": true }).to_string()),
        Answer::Done(sentence) => say(sentence),
        Answer::Lines(lines, _) if !target.json => lines.iter().all(|line| say(line)),
        Answer::Document(document) | Answer::Lines(_, document) => say(&format!("{document:#}")),
    };
}

/// Writes a line on standard output; says whether anybody still reads.
pub(super) fn say(line: &str) -> bool {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).is_ok()
}

/// Reads a file that holds a seed.
pub(super) fn read(file: &Path) -> Result<Value, Failure> {
    Ok(Seed::File(file.into()).document()?)
}
