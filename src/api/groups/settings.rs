//! `/api/v1/groups/settings`.

use std::collections::BTreeMap;

use axum::response::Response;
use serde::Serialize;

use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, JsonBody, Origin};
use crate::api::json::Json;
use crate::api::links::SelfLink;
use crate::api::no_content;
use crate::api::users::{RoleSummaryResource, references};
use crate::domain::clock::wire;
use crate::domain::document::{Document, boolean};
use crate::domain::error::DomainError;
use crate::domain::ids::{GroupId, TenantId};
use crate::domain::patch;
use crate::ops::groups::{self, GroupView, SettingsChange, SettingsView};

/// `GroupSettings` of the contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SettingsResource {
    tenant_id: TenantId,
    auto_create_groups: bool,
    sync_idp_groups: bool,
    /// Under their ids.
    system_groups: BTreeMap<String, SystemGroupResource>,
    links: SelfLink,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SystemGroupResource {
    id: GroupId,
    name: String,
    /// Documented: always true.
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_roles: Option<Vec<RoleSummaryResource<'static>>>,
    created_at: String,
    last_updated_at: String,
}

impl SettingsResource {
    fn new(view: SettingsView, origin: &Origin) -> Self {
        let GroupView {
            group,
            tenant_id,
            roles,
        } = view.everyone;
        let everyone = SystemGroupResource {
            id: group.id.clone(),
            name: group.name,
            enabled: true,
            assigned_roles: roles.map(|roles| roles.into_iter().map(Into::into).collect()),
            created_at: wire(group.created_at),
            last_updated_at: wire(group.last_updated_at),
        };
        Self {
            tenant_id,
            auto_create_groups: view.settings.auto_create_groups,
            sync_idp_groups: view.settings.sync_idp_groups,
            system_groups: BTreeMap::from([(group.id.to_string(), everyone)]),
            links: SelfLink::to(origin, "/api/v1/groups/settings"),
        }
    }
}

/// `GET /api/v1/groups/settings`.
pub async fn read(
    Authenticated(context): Authenticated,
    origin: Origin,
) -> Result<Json<SettingsResource>, ApiError> {
    let settings = groups::read_settings(&context)?;
    Ok(Json(SettingsResource::new(settings, &origin)))
}

/// `PATCH /api/v1/groups/settings`.
pub async fn update(
    Authenticated(context): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    groups::update_settings(&context, changes(&body)?)?;
    Ok(no_content())
}

#[derive(Clone, Copy)]
enum Property {
    AutoCreateGroups,
    SyncIdpGroups,
    RolesOfEveryone,
}

/// The paths of the contract, with the id of the only system group in the place of `{id}`.
const PATHS: [(&str, Property); 3] = [
    ("/autoCreateGroups", Property::AutoCreateGroups),
    ("/syncIdpGroups", Property::SyncIdpGroups),
    (
        "/systemGroups/000000000000000000000001/assignedRoles",
        Property::RolesOfEveryone,
    ),
];

fn changes(body: &Document) -> Result<Vec<SettingsChange>, DomainError> {
    let faults = body.faults();
    let changes = patch::read(&faults, body, &[("replace", ())], &PATHS)
        .into_iter()
        .filter_map(|item| match item.path {
            Property::AutoCreateGroups => item
                .value_as(&faults, boolean)
                .map(SettingsChange::AutoCreateGroups),
            Property::SyncIdpGroups => item.value_as(&faults, boolean).map(SettingsChange::SyncIdpGroups),
            Property::RolesOfEveryone => {
                let pointer = format!("{}/value", item.pointer);
                Some(SettingsChange::RolesOfEveryone {
                    roles: references(&faults, &pointer, item.value),
                    pointer,
                })
            }
        })
        .collect();
    faults.verdict(Some(changes))
}
