//! `requests`: what the tenant was asked.

use clap::Args;

use super::exit;
use super::remote::{self, Answer, Failure, Target, say};
use crate::remote::{RecordedRequest, Remote, RequestQuery};

/// Which requests, and how to show them.
#[derive(Args, Clone, Debug)]
pub(super) struct RequestsCommand {
    /// Which emulator.
    #[command(flatten)]
    target: Target,

    /// Go on with what comes, until the emulator stops; in JSON, an object a line.
    #[arg(long, conflicts_with_all = ["har", "clear", "limit"])]
    follow: bool,

    /// Print an HTTP Archive, which browsers open.
    #[arg(long)]
    har: bool,

    /// Forget all requests.
    #[arg(long, conflicts_with = "har")]
    clear: bool,

    /// Requests that mean this operation, by its published id.
    #[arg(long, value_name = "ID")]
    operation: Option<String>,

    /// Requests with this method.
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,

    /// Requests to a path like this: `*` is one segment, `/**` at the end any rest.
    #[arg(long, value_name = "PATTERN")]
    path: Option<String>,

    /// Requests answered with this status, or with one of this class: 404 or 4xx.
    #[arg(long)]
    status: Option<String>,

    /// Requests of the user, or with the API key, of this id.
    #[arg(long, value_name = "ID")]
    caller: Option<String>,

    /// Requests with a parameter, or a member of the body, that nothing asked for.
    #[arg(long)]
    unread: bool,

    /// Requests after the one with this number.
    #[arg(long, value_name = "SEQUENCE")]
    since: Option<u64>,

    /// At most so many: the newest, or with --since the oldest. 100 if nothing is said.
    #[arg(long, value_name = "REQUESTS")]
    limit: Option<u64>,
}

/// Does what the command says; returns the exit code.
pub(super) async fn run(command: RequestsCommand) -> u8 {
    let target = command.target.clone();
    let query = query(&command);
    if command.follow {
        return match follow(&target, &query).await {
            Ok(()) => exit::DONE,
            Err(failure) => remote::complain(&target, &failure),
        };
    }
    let outcome = act(&command, &query).await;
    remote::tell(&target, outcome)
}

fn query(command: &RequestsCommand) -> RequestQuery {
    let mut query = RequestQuery::any();
    if let Some(operation) = &command.operation {
        query = RequestQuery::of(operation);
    }
    if let Some(method) = &command.method {
        query = query.method(method);
    }
    if let Some(path) = &command.path {
        query = query.path(path);
    }
    if let Some(status) = &command.status {
        query = query.status(status);
    }
    if let Some(caller) = &command.caller {
        query = query.caller(caller);
    }
    if command.unread {
        query = query.unread(true);
    }
    if let Some(since) = command.since {
        query = query.since(since);
    }
    if let Some(limit) = command.limit {
        query = query.limit(limit);
    }
    query
}

async fn act(command: &RequestsCommand, query: &RequestQuery) -> Result<Answer, Failure> {
    let remote = command.target.remote()?;
    if command.clear {
        remote.clear_requests().await?;
        return Ok(Answer::Done("All requests are forgotten."));
    }
    if command.har {
        return Ok(Answer::Document(remote.archive(query).await?));
    }
    let found = remote.requests(query).await?;
    let lines = found.requests.iter().map(RecordedRequest::summary).collect();
    Ok(Answer::lines(lines, &found))
}

/// Prints what comes, until the emulator stops or nobody reads any more.
async fn follow(target: &Target, query: &RequestQuery) -> Result<(), Failure> {
    let remote: Remote = target.remote()?;
    let mut requests = remote.follow(query).await?;
    while let Some(request) = requests.next().await? {
        let line = if target.json() {
            serde_json::to_string(&request).unwrap_or_default()
        } else {
            request.summary()
        };
        if !say(&line) {
            break;
        }
    }
    Ok(())
}
