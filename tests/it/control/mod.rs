//! The control API: a test's hands on the tenant.

mod clock;
mod coverage;
mod crowd;
mod faults;
mod guard;
mod openapi;
mod pages;
mod rate_limits;
mod requests;
mod states;
mod tenants;
mod tokens;

use reqwest::Method;
use serde_json::Value;

use crate::support::seed_schema::by_the_schema;
use crate::support::{Answer, World};

/// Sends a request to the control API.
pub(crate) async fn control(world: &World, method: Method, path: &str, body: Option<&Value>) -> Answer {
    let request = world
        .anonymous()
        .request(method, &format!("/_mock{path}"))
        .outside_the_contract();
    match body {
        Some(body) => request.json(body).send().await,
        None => request.send().await,
    }
}

/// The present state as a seed, as it stands on the wire.
async fn state(world: &World) -> String {
    let answer = control(world, Method::GET, "/seed", None).await.expect(200);
    assert_eq!(by_the_schema(&answer.json), []);
    answer.text
}
