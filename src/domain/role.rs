//! Roles: the built-in ones that every tenant has, and the custom ones of a tenant.

use std::collections::HashMap;

use super::clock::Timestamp;
use super::ids::{RoleId, UserId};
use super::settings::Edition;

/// The scope that lets a user hold API keys ("Manage API keys"), in the current edition.
pub const SCOPE_API_KEYS: &str = "api-keys";

/// The name of the role of a tenant admin.
pub const TENANT_ADMIN: &str = "TenantAdmin";
/// The name of the role that lets a user hold API keys in the classic edition.
pub const DEVELOPER: &str = "Developer";
/// The name of the role that every user has without assignment.
pub const USER_DEFAULT: &str = "UserDefault";

/// The most custom roles that a tenant may have.
pub const MOST_CUSTOM_ROLES: usize = 500;

/// Who made a role.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum RoleType {
    /// Built in.
    Default,
    /// Made by a tenant admin.
    Custom,
}

impl RoleType {
    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Custom => "custom",
        }
    }
}

/// Whether a role administers or uses the tenant.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum RoleLevel {
    /// Administers.
    Admin,
    /// Uses.
    User,
}

impl RoleLevel {
    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
        }
    }
}

/// A role, `Role` in the published contract.
#[derive(Clone, Debug)]
pub struct Role {
    /// The id.
    pub id: RoleId,
    /// The name, unique in a tenant.
    pub name: String,
    /// Who made it.
    pub kind: RoleType,
    /// Whether it administers or uses the tenant.
    pub level: RoleLevel,
    /// What it is for.
    pub description: String,
    /// The scopes that it grants.
    pub assigned_scopes: Vec<String>,
    /// Who created a custom role.
    pub created_by: Option<UserId>,
    /// Who changed the role last.
    pub updated_by: Option<UserId>,
    /// When the role was created.
    pub created_at: Timestamp,
    /// When the role was last changed.
    pub last_updated_at: Timestamp,
}

impl Role {
    /// Custom roles can be changed, and of the built-in ones `UserDefault`.
    pub fn can_edit(&self) -> bool {
        self.kind == RoleType::Custom || self.name == USER_DEFAULT
    }

    /// Only custom roles can be deleted.
    pub fn can_delete(&self) -> bool {
        self.kind == RoleType::Custom
    }
}

struct BuiltIn {
    name: &'static str,
    id: &'static str,
    level: RoleLevel,
    description: &'static str,
}

const fn built_in(
    name: &'static str,
    id: &'static str,
    level: RoleLevel,
    description: &'static str,
) -> BuiltIn {
    BuiltIn {
        name,
        id,
        level,
        description,
    }
}

/// Names and levels as published. The ids of `TenantAdmin`, `AuditAdmin`, `SharedSpaceCreator`,
/// `AutomationCreator`, `PrivateAnalyticsContentCreator` and `Developer` are published too; the others, and all
/// descriptions, are ours.
const BUILT_IN: &[BuiltIn] = &[
    built_in(
        "AnalyticsAdmin",
        "75450000000000000000a001",
        RoleLevel::Admin,
        "Administers spaces and their content.",
    ),
    built_in(
        "AuditAdmin",
        "608050f7634644db3678b1a2",
        RoleLevel::Admin,
        "Reads the events of the tenant.",
    ),
    built_in(
        "AutomationCreator",
        "6467dcd960754c03a3ed402c",
        RoleLevel::User,
        "Creates automations.",
    ),
    built_in(
        "AutomlDeploymentContributor",
        "75450000000000000000a002",
        RoleLevel::User,
        "Deploys and uses machine learning models.",
    ),
    built_in(
        "AutomlExperimentContributor",
        "75450000000000000000a003",
        RoleLevel::User,
        "Trains machine learning models.",
    ),
    built_in(
        "CollaborationPlatformUser",
        "75450000000000000000a004",
        RoleLevel::User,
        "Uses the tenant from a collaboration platform.",
    ),
    built_in(
        "DataAdmin",
        "75450000000000000000a005",
        RoleLevel::Admin,
        "Administers data spaces and data services.",
    ),
    built_in(
        "DataProductManager",
        "75450000000000000000a006",
        RoleLevel::User,
        "Creates and publishes data products.",
    ),
    built_in(
        "DataServicesContributor",
        "75450000000000000000a007",
        RoleLevel::User,
        "Uses data services.",
    ),
    built_in(
        "DataSpaceCreator",
        "75450000000000000000a008",
        RoleLevel::User,
        "Creates data spaces.",
    ),
    built_in(
        "EmbeddedAnalyticsUser",
        "75450000000000000000a009",
        RoleLevel::User,
        "Sees embedded analytics only.",
    ),
    built_in(
        "ManagedSpaceCreator",
        "75450000000000000000a00a",
        RoleLevel::User,
        "Creates managed spaces.",
    ),
    built_in(
        "PrivateAnalyticsContentCreator",
        "63580b8d5cf9728f19217be0",
        RoleLevel::User,
        "Creates analytics content of one's own.",
    ),
    built_in(
        "SharedSpaceCreator",
        "605a1c2151382ffc836af862",
        RoleLevel::User,
        "Creates shared spaces.",
    ),
    built_in(
        "Steward",
        "75450000000000000000a00b",
        RoleLevel::User,
        "Curates the glossaries.",
    ),
    built_in(
        TENANT_ADMIN,
        TENANT_ADMIN_ID,
        RoleLevel::Admin,
        "Administers the tenant.",
    ),
    built_in(
        USER_DEFAULT,
        USER_DEFAULT_ID,
        RoleLevel::User,
        "What every user of the tenant may do.",
    ),
];

/// Exists in the classic edition only.
const BUILT_IN_CLASSIC: BuiltIn = built_in(
    DEVELOPER,
    DEVELOPER_ID,
    RoleLevel::User,
    "Grants permission to generate API keys.",
);

const TENANT_ADMIN_ID: &str = "608050f750afab80bd53586d";
const DEVELOPER_ID: &str = "60804cf8a77b649c66733f65";
const USER_DEFAULT_ID: &str = "75450000000000000000a00c";

/// All roles of a tenant, found by id or name.
#[derive(Clone, Debug)]
pub struct Roles {
    by_id: HashMap<RoleId, Role>,
    by_name: HashMap<String, RoleId>,
}

impl Roles {
    /// The built-in roles of an edition, created together with the tenant.
    pub fn built_in(edition: Edition, created_at: Timestamp) -> Self {
        let mut roles = Self {
            by_id: HashMap::new(),
            by_name: HashMap::new(),
        };
        let classic = (edition == Edition::Classic).then_some(&BUILT_IN_CLASSIC);
        for row in BUILT_IN.iter().chain(classic) {
            // The table's ids are ids: a test proves that none is lost here.
            let Some(id) = RoleId::parse(row.id) else { continue };
            roles.put(Role {
                id,
                name: row.name.to_owned(),
                kind: RoleType::Default,
                level: row.level,
                description: row.description.to_owned(),
                assigned_scopes: Vec::new(),
                created_by: None,
                updated_by: None,
                created_at,
                last_updated_at: created_at,
            });
        }
        roles
    }

    /// The role with this id.
    pub fn get(&self, id: &RoleId) -> Option<&Role> {
        self.by_id.get(id)
    }

    /// The role with this name; case matters.
    pub fn named(&self, name: &str) -> Option<&Role> {
        self.by_name.get(name).and_then(|id| self.by_id.get(id))
    }

    /// All roles, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Role> {
        self.by_id.values()
    }

    /// How many custom roles there are.
    pub fn custom_count(&self) -> usize {
        self.iter().filter(|role| role.kind == RoleType::Custom).count()
    }

    /// Adds a role or puts a changed one in the place of the old. The caller has checked that its name is free.
    pub(super) fn put(&mut self, role: Role) {
        if let Some(old) = self.by_id.get(&role.id) {
            self.by_name.remove(&old.name);
        }
        self.by_name.insert(role.name.clone(), role.id.clone());
        self.by_id.insert(role.id.clone(), role);
    }

    /// Removes a role.
    pub(super) fn remove(&mut self, id: &RoleId) {
        if let Some(role) = self.by_id.remove(id) {
            self.by_name.remove(&role.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_becomes_a_role() {
        let current = Roles::built_in(Edition::Current, Timestamp::UNIX_EPOCH);
        assert_eq!(current.iter().count(), BUILT_IN.len());
        assert!(current.named(DEVELOPER).is_none());
        let classic = Roles::built_in(Edition::Classic, Timestamp::UNIX_EPOCH);
        assert_eq!(classic.iter().count(), BUILT_IN.len() + 1);
        assert_eq!(classic.named(DEVELOPER).unwrap().id.as_str(), DEVELOPER_ID);
    }
}
