//! What is written of web integrations, of the content security policy and of IP policies.

use serde_json::{Value, json};

use super::without_nulls;
use crate::domain::clock::wire;
use crate::domain::web::csp::CspEntry;
use crate::domain::web::integration::WebIntegration;
use crate::domain::web::ip_policy::IpPolicy;

pub(super) fn web_integration(integration: &WebIntegration) -> Value {
    without_nulls(json!({
        "id": integration.id,
        "name": integration.name,
        "validOrigins": integration.valid_origins,
        "createdBy": integration.created_by,
        "created": wire(integration.created),
        "lastUpdated": wire(integration.last_updated),
    }))
}

pub(super) fn csp_entry(entry: &CspEntry) -> Value {
    let mut written = without_nulls(json!({
        "id": entry.id,
        "name": entry.name,
        "description": entry.description,
        "origin": entry.origin.as_str(),
        "createdDate": wire(entry.created),
        "modifiedDate": wire(entry.modified),
    }));
    for directive in &entry.directives {
        written[directive.member()] = true.into();
    }
    written
}

pub(super) fn ip_policy(policy: &IpPolicy) -> Value {
    without_nulls(json!({
        "id": policy.id,
        "name": policy.name,
        "enabled": policy.enabled,
        "allowedIps": policy.allowed_ips,
        "createdBy": policy.created_by,
        "updatedBy": policy.updated_by,
        "createdAt": wire(policy.created_at),
        "updatedAt": wire(policy.updated_at),
    }))
}
