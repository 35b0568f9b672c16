//! `PATCH /api/v1/tenants/{tenantId}`.

use axum::extract::Path;
use axum::response::Response;
use serde_json::Value;

use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, JsonBody};
use crate::api::no_content;
use crate::domain::document::{Document, boolean, filled_text, text};
use crate::domain::error::DomainError;
use crate::domain::patch;
use crate::domain::settings::Edition;
use crate::ops::Context;
use crate::ops::tenants::{self, Switch, TenantChange};

/// Changes a tenant, all or nothing.
pub async fn handle(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let changes = changes(&context, &body)?;
    tenants::update(&context, &id, changes)?;
    Ok(no_content())
}

#[derive(Clone, Copy)]
enum Property {
    Name,
    Alias,
    Switch(Switch),
}

fn changes(context: &Context, body: &Document) -> Result<Vec<TenantChange>, DomainError> {
    let mut paths = vec![
        ("/name", Property::Name),
        ("/hostnames/1", Property::Alias),
        (
            "/autoAssignCreateSharedSpacesRoleToProfessionals",
            Property::Switch(Switch::AutoAssignSharedSpaceCreator),
        ),
        (
            "/autoAssignPrivateAnalyticsContentCreatorRoleToProfessionals",
            Property::Switch(Switch::AutoAssignPrivateAnalyticsContentCreator),
        ),
        (
            "/autoAssignDataServicesContributorRoleToProfessionals",
            Property::Switch(Switch::AutoAssignDataServicesContributor),
        ),
        (
            "/enableAnalyticCreation",
            Property::Switch(Switch::EnableAnalyticCreation),
        ),
    ];
    if context.tenant.read().edition() == Edition::Current {
        paths.push((
            "/enableAppOpeningFeedback",
            Property::Switch(Switch::EnableAppOpeningFeedback),
        ));
    }
    let faults = body.faults();
    let changes: Vec<_> = patch::read(&faults, body, &[("replace", ())], &paths)
        .into_iter()
        .filter_map(|item| {
            // The service names the property that is wrong, not the place in the patch (published example).
            let property = |sentence: String| faults.at(property_path(item.path, &paths), sentence);
            match item.path {
                Property::Name => filled_text(item.value)
                    .map_err(property)
                    .ok()
                    .map(TenantChange::Name),
                Property::Alias => {
                    subdomain(item.value)
                        .map_err(property)
                        .ok()
                        .map(|subdomain| TenantChange::Alias {
                            subdomain,
                            pointer: "/hostnames/1".to_owned(),
                        })
                }
                Property::Switch(switch) => boolean(item.value)
                    .map_err(property)
                    .ok()
                    .map(|on| TenantChange::Switch(switch, on)),
            }
        })
        .collect();
    match faults.verdict(Some(changes)) {
        Err(DomainError::Invalid(faults)) => Err(DomainError::TenantPatch(faults)),
        other => other,
    }
}

fn property_path(property: Property, paths: &[(&'static str, Property)]) -> &'static str {
    let same = |other: &Property| match (property, other) {
        (Property::Switch(one), Property::Switch(other)) => {
            std::mem::discriminant(&one) == std::mem::discriminant(other)
        }
        _ => std::mem::discriminant(&property) == std::mem::discriminant(other),
    };
    paths
        .iter()
        .find(|(_, other)| same(other))
        .map_or("", |(path, _)| path)
}

/// The sub-domain of an alias. The length is documented; the alphabet is that of host names.
fn subdomain(value: &Value) -> Result<String, String> {
    let text = text(value)?.to_ascii_lowercase();
    let subdomain = text.split('.').next().unwrap_or_default();
    if !(3..=63).contains(&subdomain.len()) {
        return Err("Subdomain should be between 3 and 63 characters".to_owned());
    }
    let fits = subdomain
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits && !subdomain.starts_with('-') && !subdomain.ends_with('-') {
        Ok(subdomain.to_owned())
    } else {
        Err("Subdomain should have letters, digits and hyphens only, and no hyphen at an end".to_owned())
    }
}
