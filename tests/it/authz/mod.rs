//! The permission matrix: every operation that is emulated, asked for by everybody who can be told apart.
//!
//! `matrix.txt` holds what is expected, written out by hand. A row without an operation fails, and so does an
//! operation without a row. Every cell asks a tenant of its own; what is refused must have changed nothing.

mod requests;
mod table;

use std::collections::BTreeSet;

use mock_qlik_cloud::api::EMULATED;
use mock_qlik_cloud::domain::settings::Edition;
use serde_json::Value;

use crate::support::{Actor, Answer, Client, Door, TENANT_ID, World};
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
    let observer = world.sign_in("keyless-admin").await;
    if row.operation == "reactivateTenantById" {
        request("deactivateTenantById", "", actor, &observer)
            .send()
            .await
            .expect(200);
    }
    let before = if expected == Verdict::Yes {
        None
    } else {
        Some(state(&observer).await)
    };
    let answer = request(row.operation, row.about, actor, &client).send().await;
    let seen = verdict(row, &answer);
    if seen != Some(expected) {
        return Err(format!(
            "expected {expected:?}, got {} {}",
            answer.status, answer.text
        ));
    }
    match before {
        Some(before) if before != state(&observer).await => {
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

/// Everything of a tenant that an admin can see.
async fn state(admin: &Client) -> Vec<Value> {
    let mut state = Vec::new();
    for path in [
        "/api/v1/api-keys?limit=100",
        "/api/v1/users?limit=100&sort=id",
        "/api/v1/roles?limit=100",
        "/api/v1/oauth-clients?limit=100",
        "/api/v1/web-integrations?limit=100",
        "/api/v1/csp-origins?limit=100",
        "/api/core/ip-policies?limit=100",
        "/api/core/auth-settings",
        "/api/v1/groups?limit=100",
        "/api/v1/groups/settings",
        "/api/v1/identity-providers",
        &format!("/api/v1/api-keys/configs/{TENANT_ID}"),
        &format!("/api/v1/tenants/{TENANT_ID}"),
    ] {
        // A deactivated tenant says nothing; that it still is, is what matters then.
        state.push(admin.get(path).send().await.json);
    }
    for error in state.iter_mut().filter_map(|answer| answer.get_mut("traceId")) {
        error.take();
    }
    state
}
