//! The permission matrix: every operation that is emulated, asked for by everybody who can be told apart.
//!
//! `matrix.txt` holds what is expected, written out by hand. A row without an operation fails, and so does an
//! operation without a row. Every cell asks a tenant of its own; what is refused must have changed nothing.

mod requests;
mod table;

use std::collections::BTreeSet;

use mock_qlik_cloud::api::EMULATED;
use mock_qlik_cloud::domain::settings::Edition;

use crate::support::{Actor, Answer, Door, World};
use requests::request;
use table::{COLUMNS, Row, Verdict, rows};

/// What is emulated besides the published operations and can be asked for by anybody.
const BESIDES: [&str; 2] = ["POST /login", "POST /logout"];

#[test]
fn every_operation_has_a_row_and_every_row_an_operation() {
    let expected: BTreeSet<_> = EMULATED.iter().chain(&BESIDES).copied().collect();
    let found: BTreeSet<_> = rows().iter().map(|row| row.operation).collect();
    assert_eq!(found, expected);
    let cases: Vec<_> = rows().iter().map(|row| (row.operation, row.about)).collect();
    let distinct: BTreeSet<_> = cases.iter().collect();
    assert_eq!(distinct.len(), cases.len(), "a row stands twice");
}

#[tokio::test]
async fn the_matrix_holds_in_the_classic_edition() {
    hold(Edition::Classic).await;
}

#[tokio::test]
async fn the_matrix_holds_in_the_current_edition() {
    hold(Edition::Current).await;
}

async fn hold(edition: Edition) {
    let mut wrong = Vec::new();
    for row in rows() {
        for ((actor, door), verdict) in COLUMNS.into_iter().zip(&row.verdicts) {
            if let Err(difference) = ask(edition, &row, actor, door, *verdict).await {
                wrong.push(format!(
                    "{} ({}), {actor:?} by {door:?}: {difference}",
                    row.operation, row.about
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cells are not as in matrix.txt:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Asks one cell of a new tenant.
async fn ask(edition: Edition, row: &Row, actor: Actor, door: Door, expected: Verdict) -> Result<(), String> {
    let world = World::start(edition).await;
    let client = world.by(actor, door).await;
    if row.operation == "reactivateTenantById" {
        let observer = world.sign_in("keyless-admin").await;
        request("deactivateTenantById", "", actor, &observer)
            .send()
            .await
            .expect(200);
    }
    let to_send = if row.operation == "DELETE /api/v1/oauth-tokens/{tokenId}" {
        // The bot of a client has one, who is nobody of these.
        request("POST /oauth/token", "", actor, &client)
            .send()
            .await
            .expect(200);
        let observer = world.sign_in("keyless-admin").await;
        let tokens = observer.get("/api/v1/oauth-tokens").send().await.expect(200);
        client.delete(&format!("/api/v1/oauth-tokens/{}", tokens.str("/data/0/id")))
    } else {
        request(row.operation, row.about, actor, &client)
    };
    let before = if expected == Verdict::Yes {
        None
    } else {
        Some(state(&world).await)
    };
    let answer = to_send.send().await;
    let seen = verdict(row, &answer);
    if seen != Some(expected) {
        return Err(format!(
            "expected {expected:?}, got {} {}",
            answer.status, answer.text
        ));
    }
    match before {
        Some(before) if before != state(&world).await => {
            Err("was refused and has changed something".to_owned())
        }
        _ => Ok(()),
    }
}

/// What an answer says in the words of the table.
fn verdict(row: &Row, answer: &Answer) -> Option<Verdict> {
    if answer.status == row.success {
        return Some(Verdict::Yes);
    }
    let code = answer.json["errors"][0]["code"].as_str().unwrap_or_default();
    match (answer.status, answer.refusal(), code) {
        (404, None, "CSRF-TOKEN-3") => Some(Verdict::NoSession),
        (400, None, "CSRF-TOKEN-4") => Some(Verdict::NeedsNone),
        (status, Some(slug), _) => Verdict::of_refusal(status, slug),
        _ => None,
    }
}

/// Everything of a tenant, as a seed.
async fn state(world: &World) -> String {
    let seed = world.anonymous().get("/_mock/seed").outside_the_contract();
    seed.send().await.expect(200).text
}
