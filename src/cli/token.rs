//! `token`: a credential for any user.

use clap::Args;
use serde_json::json;

use super::remote::{self, Answer, Failure, Target};
use crate::domain::clock::wire;
use crate::domain::duration::Iso8601Duration;
use crate::remote::KeySpec;

/// For whom, and what kind.
#[derive(Args, Clone, Debug)]
pub(super) struct TokenCommand {
    /// Which emulator.
    #[command(flatten)]
    target: Target,

    /// E-mail address, subject or id.
    user: String,

    /// Begin a session instead, and print the headers that a browser would send: `curl -H @-` takes them.
    #[arg(long, conflicts_with_all = ["expiry", "description"])]
    session: bool,

    /// How long the key lasts, such as P1D; a year if nothing is said.
    #[arg(long, value_name = "DURATION")]
    expiry: Option<Iso8601Duration>,

    /// What the key is called.
    #[arg(long, value_name = "TEXT", default_value = "Made by the command line")]
    description: String,
}

/// Does what the command says; returns the exit code.
pub(super) async fn run(command: TokenCommand) -> u8 {
    let target = command.target.clone();
    let outcome = act(command).await;
    remote::tell(&target, outcome)
}

async fn act(command: TokenCommand) -> Result<Answer, Failure> {
    let remote = command.target.remote()?;
    if command.session {
        let session = remote.make_session(&command.user).await?;
        let (cookie, csrf_token) = (session.reveal_cookie(), session.reveal_csrf_token());
        let lines = [
            format!("cookie: {cookie}"),
            format!("qlik-csrf-token: {csrf_token}"),
        ];
        let document = json!({ "userId": session.user_id, "cookie": cookie, "csrfToken": csrf_token });
        return Ok(Answer::Lines(lines.into(), document));
    }
    let spec = KeySpec {
        description: command.description,
        expiry: command.expiry,
    };
    let key = remote.make_key(&command.user, &spec).await?;
    let token = key.token.reveal();
    let document = json!({
        "userId": key.user_id, "id": key.id, "token": token, "expiry": wire(key.expiry),
    });
    Ok(Answer::Lines(vec![token.to_owned()], document))
}
