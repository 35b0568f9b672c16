//! Every way to authenticate, and every refusal of each, over a socket.
//!
//! `table.txt` holds what is expected, written out by hand: one good attempt of each way, and beside it attempts that
//! differ from it in one thing. What is refused must have changed nothing, but where the table says so.
//! `tests/mutations/run` takes the checks out of the program one by one, and looks which rows notice.

mod attempts;
mod oauth;
mod table;

use std::collections::BTreeSet;

use mock_qlik_cloud::domain::secret::ControlToken;
use mock_qlik_cloud::domain::settings::Edition;
use reqwest::Url;
use tokio::task::JoinSet;

use crate::support::{Answer, World};
use table::{Expected, Row, rows};

/// How many rows are tried at once, each in a tenant of its own.
const AT_ONCE: usize = 8;

/// What lets in to the control API where it asks for something.
const CONTROL_TOKEN: &str = "let me in, I run this emulator";

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_holds_in_the_classic_edition() {
    hold(Edition::Classic).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_holds_in_the_current_edition() {
    hold(Edition::Current).await;
}

#[test]
fn no_row_stands_twice_and_every_way_has_a_good_attempt() {
    let rows = rows();
    for (index, row) in rows.iter().enumerate() {
        let same = |other: &&Row| (other.way, other.attempt) == (row.way, row.attempt);
        assert_eq!(rows[..index].iter().find(same).map(Row::name), None);
        let good = |other: &Row| other.way == row.way && other.expected.status < 400;
        assert!(
            rows.iter().any(good) || row.way == "SCIM key",
            "nothing good by {}",
            row.way
        );
    }
}

async fn hold(edition: Edition) {
    // `tests/mutations/run` asks for some rows only.
    let only = std::env::var("REFUSALS_ONLY").ok();
    let is_wanted = |row: &Row| {
        only.as_ref()
            .is_none_or(|only| only.lines().any(|name| name == row.name()))
    };
    let mut rows = rows()
        .into_iter()
        .filter(|row| row.is_in(edition) && is_wanted(row));
    let mut running = JoinSet::new();
    let mut wrong = BTreeSet::new();
    loop {
        while running.len() < AT_ONCE
            && let Some(row) = rows.next()
        {
            running.spawn(async move {
                // A row may also panic on its way, when what it needs is refused already.
                let found = tokio::spawn(try_out(row.clone(), edition)).await;
                let found = found.unwrap_or_else(|panic| Err(panic.to_string()));
                found.map_err(|difference| format!("WRONG {}: {difference}", row.name()))
            });
        }
        match running.join_next().await {
            None => break,
            Some(found) => wrong.extend(found.unwrap().err()),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} rows are not as in table.txt:\n{}",
        wrong.len(),
        Vec::from_iter(wrong).join("\n")
    );
}

async fn try_out(row: Row, edition: Edition) -> Result<(), String> {
    let world = if row.way.starts_with("control ") {
        World::asking_for(edition, &ControlToken::new(CONTROL_TOKEN).unwrap()).await
    } else {
        World::start(edition).await
    };
    let request = attempts::attempt(&world, row.way, row.attempt).await;
    let before = world.state();
    let answer = request.send().await;
    let found = Expected::found(&answer);
    if found != row.expected {
        return Err(format!("{found:?} instead of {:?}", row.expected));
    }
    let is_refused = row.expected.status >= 400;
    if is_refused && answer.headers.contains_key("set-cookie") {
        return Err("a cookie comes with it".to_owned());
    }
    if is_refused && (before != world.state()) != row.changes {
        return Err("what it has changed is not as in the table".to_owned());
    }
    Ok(())
}

impl Expected {
    /// What an answer says. A redirect tells by its address: by the parameter `error`, or else by the path.
    fn found(answer: &Answer) -> Self {
        let text = |pointer: &str| answer.json.pointer(pointer).and_then(|text| text.as_str());
        let location = answer.headers.get("location").map(|_| answer.header("location"));
        let base = Url::parse("http://tenant").unwrap();
        let location = location.map(|location| base.join(location).unwrap());
        let error = location.as_ref().and_then(|location| {
            let mut parameters = location.query_pairs();
            let error = parameters.find(|(name, _)| name == "error");
            error.map(|(_, word)| word.into_owned())
        });
        let title = text("/errors/0/title").map(str::to_owned);
        let header = |name: &str| answer.headers.get(name).map(|_| answer.header(name).to_owned());
        Self {
            status: answer.status,
            code: text("/errors/0/code").map(str::to_owned),
            title: title.or(error).or_else(|| {
                let to_page = location.filter(|location| location.host_str() == Some("tenant"));
                to_page
                    .map(|location| location.path().to_owned())
                    .filter(|path| path == "/login")
            }),
            challenge: header("www-authenticate"),
            refusal: header("mock-qlik-refusal"),
        }
    }
}
