//! Groups: what the identity provider says that a user belongs to, custom ones of a tenant, and the system group of
//! everybody. Whoever is in a group has its roles.

use std::collections::HashMap;

use super::clock::Timestamp;
use super::ids::{GroupId, RoleId, UserId};

/// The published name of the system group that everybody is in. Its id is [`GroupId::everyone`].
pub const EVERYONE: &str = "com.qlik.Everyone";

/// The most groups that a tenant may have, as documented; the system group is not counted.
pub const MOST_GROUPS: usize = 10_000;

/// The most roles that a group may have, as documented.
pub const MOST_ROLES: usize = 100;

/// The most characters that the name of a group may have, as published.
pub const LONGEST_NAME: usize = 256;

/// Where a group comes from, and so who says who is in it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum GroupKind {
    /// The identity provider, whenever a user signs in. Nobody else changes who is in it.
    Idp,
    /// A tenant admin.
    Custom,
    /// The service itself: everybody is in it.
    System,
}

impl GroupKind {
    /// The words of the contract (`providerType`). A system group has none.
    pub const WORDS: [(&'static str, Self); 2] = [("idp", Self::Idp), ("custom", Self::Custom)];

    /// The word of the contract, unless it is a system group.
    pub fn provider_type(self) -> Option<&'static str> {
        match self {
            Self::Idp => Some("idp"),
            Self::Custom => Some("custom"),
            Self::System => None,
        }
    }
}

/// A group, `Group` in the published contract. The contract knows a status `disabled` too, but no way to it, so that
/// every group here is active.
#[derive(Clone, Debug)]
pub struct Group {
    /// The id.
    pub id: GroupId,
    /// The name: unique among the groups of its kind, and case matters.
    pub name: String,
    /// Where it comes from.
    pub kind: GroupKind,
    /// What it is for.
    pub description: Option<String>,
    /// The roles of everybody in it, in the order of assignment.
    pub assigned_roles: Vec<RoleId>,
    /// Who created it, if it was a user.
    pub created_by: Option<UserId>,
    /// Who changed it last, if it was a user.
    pub updated_by: Option<UserId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub last_updated_at: Timestamp,
}

/// What a tenant does with the groups that its identity provider names, `GroupSettings` in the published contract.
/// Off by default, as in the published example.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct GroupSettings {
    /// Whether a group that does not exist yet is created when a user of it signs in.
    pub auto_create_groups: bool,
    /// The deprecated switch `syncIdpGroups`, which is only kept.
    pub sync_idp_groups: bool,
}

/// All groups of a tenant, found by id or by kind and name.
#[derive(Clone, Debug)]
pub struct Groups {
    everyone: Group,
    by_id: HashMap<GroupId, Group>,
    idp: HashMap<String, GroupId>,
    custom: HashMap<String, GroupId>,
}

impl Groups {
    /// The system group alone, created together with the tenant and without a role.
    pub fn new(created_at: Timestamp) -> Self {
        Self {
            everyone: Group {
                id: GroupId::everyone(),
                name: EVERYONE.to_owned(),
                kind: GroupKind::System,
                description: None,
                assigned_roles: Vec::new(),
                created_by: None,
                updated_by: None,
                created_at,
                last_updated_at: created_at,
            },
            by_id: HashMap::new(),
            idp: HashMap::new(),
            custom: HashMap::new(),
        }
    }

    /// The system group that everybody is in.
    pub fn everyone(&self) -> &Group {
        &self.everyone
    }

    /// The group with this id, the system group included.
    pub fn get(&self, id: &GroupId) -> Option<&Group> {
        if *id == self.everyone.id {
            Some(&self.everyone)
        } else {
            self.by_id.get(id)
        }
    }

    /// The group of this kind with this name; case matters.
    pub fn named(&self, kind: GroupKind, name: &str) -> Option<&Group> {
        let names = match kind {
            GroupKind::Idp => &self.idp,
            GroupKind::Custom => &self.custom,
            GroupKind::System => return Some(&self.everyone).filter(|everyone| everyone.name == name),
        };
        names.get(name).and_then(|id| self.by_id.get(id))
    }

    /// All groups but the system group, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Group> {
        self.by_id.values()
    }

    /// How many groups there are, the system group not counted.
    pub fn count(&self) -> usize {
        self.by_id.len()
    }

    /// Adds a group or puts a changed one in the place of the old. The caller has checked that its name is free.
    pub(super) fn put(&mut self, group: Group) {
        if group.kind == GroupKind::System {
            self.everyone = group;
            return;
        }
        self.forget_name(&group.id);
        if let Some(names) = self.names_mut(group.kind) {
            names.insert(group.name.clone(), group.id.clone());
        }
        self.by_id.insert(group.id.clone(), group);
    }

    /// Removes a group. The system group stays.
    pub(super) fn remove(&mut self, id: &GroupId) {
        self.forget_name(id);
        self.by_id.remove(id);
    }

    fn forget_name(&mut self, id: &GroupId) {
        let Some((kind, name)) = self.by_id.get(id).map(|old| (old.kind, old.name.clone())) else {
            return;
        };
        if let Some(names) = self.names_mut(kind) {
            names.remove(&name);
        }
    }

    fn names_mut(&mut self, kind: GroupKind) -> Option<&mut HashMap<String, GroupId>> {
        match kind {
            GroupKind::Idp => Some(&mut self.idp),
            GroupKind::Custom => Some(&mut self.custom),
            GroupKind::System => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(id: &str, kind: GroupKind, name: &str) -> Group {
        Group {
            id: GroupId::parse(id).unwrap(),
            name: name.to_owned(),
            kind,
            ..Groups::new(Timestamp::UNIX_EPOCH).everyone
        }
    }

    #[test]
    fn a_name_stands_for_one_group_of_each_kind() {
        let mut groups = Groups::new(Timestamp::UNIX_EPOCH);
        groups.put(group("1", GroupKind::Idp, "Sales"));
        groups.put(group("2", GroupKind::Custom, "Sales"));
        let id = |groups: &Groups, kind, name| groups.named(kind, name).map(|group| group.id.to_string());
        assert_eq!(id(&groups, GroupKind::Idp, "Sales").as_deref(), Some("1"));
        assert_eq!(id(&groups, GroupKind::Custom, "Sales").as_deref(), Some("2"));
        assert_eq!(id(&groups, GroupKind::Custom, "sales"), None);

        groups.put(group("2", GroupKind::Custom, "Marketing"));
        assert_eq!(id(&groups, GroupKind::Custom, "Sales"), None);
        assert_eq!(id(&groups, GroupKind::Custom, "Marketing").as_deref(), Some("2"));

        groups.remove(&GroupId::parse("1").unwrap());
        assert_eq!(id(&groups, GroupKind::Idp, "Sales"), None);
        assert_eq!(groups.count(), 1);
    }

    #[test]
    fn the_system_group_is_always_there_and_never_among_the_others() {
        let mut groups = Groups::new(Timestamp::UNIX_EPOCH);
        groups.remove(&GroupId::everyone());
        assert_eq!(groups.get(&GroupId::everyone()).unwrap().name, EVERYONE);
        assert!(groups.named(GroupKind::System, EVERYONE).is_some());
        assert_eq!(groups.iter().count(), 0);
    }
}
