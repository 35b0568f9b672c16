//! `PATCH /api/core/ip-policies/{id}`.

use axum::extract::Path;
use axum::response::Response;
use serde_json::Value;

use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, JsonBody};
use crate::api::no_content;
use crate::domain::document::{Document, boolean, text};
use crate::domain::error::DomainError;
use crate::domain::patch;
use crate::domain::web::ip_policy::{AddressRange, ClientAddress, address_range};
use crate::ops::ip_policies::{self, IpPolicyChange};

/// Changes an IP policy, all or nothing.
pub async fn handle(
    Authenticated(context): Authenticated,
    client: ClientAddress,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    ip_policies::update(&context, client, &id, changes(&body)?)?;
    Ok(no_content())
}

#[derive(Clone, Copy)]
enum Property {
    Enabled,
    Name,
    AllowedIps,
}

fn changes(body: &Document) -> Result<Vec<IpPolicyChange>, DomainError> {
    let faults = body.faults();
    let paths = [
        ("/enabled", Property::Enabled),
        ("/name", Property::Name),
        ("/allowedIps", Property::AllowedIps),
    ];
    let changes: Vec<_> = patch::read(&faults, body, &[("replace", ())], &paths)
        .into_iter()
        .filter_map(|item| match item.path {
            Property::Enabled => item.value_as(&faults, boolean).map(IpPolicyChange::Enabled),
            Property::Name => item.value_as(&faults, text).map(IpPolicyChange::Name),
            Property::AllowedIps => item.value_as(&faults, ranges).map(IpPolicyChange::AllowedIps),
        })
        .collect();
    faults.verdict(Some(changes))
}

fn ranges(value: &Value) -> Result<Vec<AddressRange>, String> {
    let list = value.as_array().ok_or("Must be an array of addresses.")?;
    list.iter().map(address_range).collect()
}
