//! Groups: list, filter, read, create, change, delete, their settings, and what a sign-in makes of them.

use std::collections::HashMap;

use super::Context;
use super::sessions;
use super::users::{
    self, GroupName, GroupReference, RoleReference, RoleSummary, UserChange, UserChangeKind, summary,
};
use crate::domain::clock::{Timestamp, wire};
use crate::domain::entropy::Entropy;
use crate::domain::error::{Denial, DomainError, Fault, Resource};
use crate::domain::filter::{Attribute, Filter, Vocabulary};
use crate::domain::group::{
    EVERYONE, Group, GroupKind, GroupSettings, LONGEST_NAME, MOST_GROUPS, MOST_ROLES,
};
use crate::domain::ids::{GroupId, RoleId, TenantId};
use crate::domain::page::{Cursor, Limit, Position, Sort, SortKey, Start, paginate};
use crate::domain::policy::{Action, Permit, Target};
use crate::domain::tenant::Tenant;
use crate::domain::user::User;

/// The word of the contract for a group that is in use, which every group here is.
pub const ACTIVE: &str = "active";

/// A group as one caller may see it.
#[derive(Clone, Debug)]
pub struct GroupView {
    /// The group.
    pub group: Group,
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// Its roles, if the caller may see them: "Must have access to roles to view other users' assigned roles"
    /// (contract).
    pub roles: Option<Vec<RoleSummary>>,
}

/// What a filter of groups may name: the properties that the contract marks as filterable.
pub static VOCABULARY: Vocabulary = Vocabulary {
    attributes: &[
        Attribute::exact("id"),
        Attribute::searchable("name"),
        Attribute::exact("status"),
        Attribute::exact("providerType"),
        Attribute::exact("createdAt"),
        Attribute::exact("lastUpdatedAt"),
    ],
    grouped: None,
};

/// What a list of groups can be sorted by. The contract names no fields but `name`; the others are our choice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "each is named after the property that it sorts by")]
pub enum GroupField {
    Name,
    Id,
    Description,
    ProviderType,
    CreatedAt,
    LastUpdatedAt,
}

impl GroupField {
    /// The words that `sort` takes.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("name", Self::Name),
        ("id", Self::Id),
        ("description", Self::Description),
        ("providerType", Self::ProviderType),
        ("createdAt", Self::CreatedAt),
        ("lastUpdatedAt", Self::LastUpdatedAt),
    ];
}

/// Which groups to list.
#[derive(Clone, Debug)]
pub struct ListGroups {
    /// Only those that pass.
    pub filter: Option<Filter>,
    /// In this order.
    pub sort: Sort<GroupField>,
    /// At most so many.
    pub limit: Limit,
    /// From here on.
    pub start: Start<'static>,
}

/// One page of groups.
#[derive(Clone, Debug)]
pub struct GroupPage {
    /// The groups.
    pub groups: Vec<GroupView>,
    /// The cursor of the next page.
    pub next: Option<Cursor>,
    /// The cursor of the previous page.
    pub previous: Option<Cursor>,
    /// How many groups pass.
    pub total: usize,
}

/// Lists groups, without the system group; `action` is that of the operation, listing or filtering.
///
/// # Errors
/// When the caller may not.
pub fn list(context: &Context, action: Action, query: &ListGroups) -> Result<GroupPage, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, action, Target::Other)?;
    let sees_roles = sees_roles(context, &tenant);
    let wanted = tenant
        .groups()
        .iter()
        .filter(|group| query.filter.as_ref().is_none_or(|filter| passes(group, filter)));
    let page = paginate(
        wanted,
        |group| Position::new(sort_key(group, query.sort.field), group.id.as_str()),
        query.sort.direction,
        &query.start,
        query.limit,
    );
    Ok(GroupPage {
        next: page.next.map(|position| Cursor::new(&query.sort, position)),
        previous: page.previous.map(|position| Cursor::new(&query.sort, position)),
        total: page.total,
        groups: page
            .items
            .into_iter()
            .map(|group| view(&tenant, group, sees_roles))
            .collect(),
    })
}

fn sort_key(group: &Group, field: GroupField) -> SortKey<'_> {
    match field {
        GroupField::Name => group.name.to_lowercase().into(),
        GroupField::Id => group.id.as_str().into(),
        GroupField::Description => group.description.as_ref().map(|text| text.to_lowercase()).into(),
        GroupField::ProviderType => group.kind.provider_type().into(),
        GroupField::CreatedAt => group.created_at.into(),
        GroupField::LastUpdatedAt => group.last_updated_at.into(),
    }
}

fn passes(group: &Group, filter: &Filter) -> bool {
    filter.matches(|attribute, test| match attribute {
        "id" => test(group.id.as_str()),
        "name" => test(&group.name),
        "status" => test(ACTIVE),
        "providerType" => group.kind.provider_type().is_some_and(test),
        "createdAt" => test(&wire(group.created_at)),
        "lastUpdatedAt" => test(&wire(group.last_updated_at)),
        _ => false,
    })
}

/// The system groups: the one that everybody is in.
///
/// # Errors
/// When the caller may not.
pub fn system(context: &Context) -> Result<Vec<GroupView>, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ListGroups, Target::Other)?;
    let sees_roles = sees_roles(context, &tenant);
    Ok(vec![view(&tenant, tenant.groups().everyone(), sees_roles)])
}

/// Reads a group, the system group included.
///
/// # Errors
/// When there is none with this id, or the caller may not.
pub fn read(context: &Context, id: &str) -> Result<GroupView, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadGroup, Target::Other)?;
    let sees_roles = sees_roles(context, &tenant);
    Ok(view(&tenant, find(&tenant, id)?, sees_roles))
}

/// How many users are in each group, the deleted not counted. A group without any is not among them.
///
/// # Errors
/// When the caller may not count users.
pub fn member_counts(context: &Context) -> Result<HashMap<GroupId, usize>, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::CountUsers, Target::Other)?;
    let members = tenant.users().members().iter();
    Ok(members.map(|(group, count)| (group.clone(), count)).collect())
}

/// A group to be made.
#[derive(Clone, Debug)]
pub struct CreateGroup {
    /// The name.
    pub name: String,
    /// Where it comes from.
    pub kind: GroupKind,
    /// What it is for.
    pub description: Option<String>,
    /// The roles to assign.
    pub assigned_roles: Vec<RoleReference>,
}

/// Makes a group with nobody in it.
///
/// # Errors
/// When the caller may not, the name is too long or taken, a role does not exist, or there are too many roles or as
/// many groups as there may be.
pub fn create(context: &Context, command: CreateGroup) -> Result<GroupView, DomainError> {
    let id = GroupId::draw(context.tenant.entropy(), context.now);
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::CreateGroup, Target::Other)?;
    let mut faults = Vec::new();
    faults.extend(check_name(&command.name, "/name").err());
    let assigned_roles = resolve(&tenant, &command.assigned_roles, "/assignedRoles", &mut faults);
    if !faults.is_empty() {
        return Err(DomainError::Invalid(faults));
    }
    if let Some(fault) = name_clash(&tenant, command.kind, &command.name, None, "/name") {
        return Err(DomainError::Conflict(fault));
    }
    if tenant.groups().count() >= MOST_GROUPS {
        return Err(Denial::GroupLimit { maximum: MOST_GROUPS }.into());
    }
    let author = context.caller.user_id().cloned();
    let group = Group {
        id,
        name: command.name,
        kind: command.kind,
        description: command.description,
        assigned_roles,
        created_by: author.clone(),
        updated_by: author,
        created_at: context.now,
        last_updated_at: context.now,
    };
    let made = view(&tenant, &group, true);
    tenant.put_group(&permit, group);
    Ok(made)
}

/// One change of a group, with its place in the patch.
#[derive(Clone, Debug)]
pub struct GroupChange {
    /// What to change.
    pub kind: GroupChangeKind,
    /// Where in the patch it stands.
    pub pointer: String,
}

/// What to change of a group.
#[derive(Clone, Debug)]
pub enum GroupChangeKind {
    /// Another name, for a custom group.
    Name(String),
    /// Another description, for a custom group.
    Description(String),
    /// These roles in the place of those that it has.
    Roles(Vec<RoleReference>),
}

/// Changes a group: all of the changes or none. What changes counts for everybody in it from the next request on.
///
/// # Errors
/// When there is none with this id, the caller may not, or a value cannot be.
pub fn update(context: &Context, id: &str, changes: Vec<GroupChange>) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::UpdateGroup, Target::Other)?;
    let mut group = find(&tenant, id)?.clone();
    if changes.is_empty() {
        return Ok(());
    }
    let mut faults = Vec::new();
    for change in changes {
        let value = format!("{}/value", change.pointer);
        if !matches!(change.kind, GroupChangeKind::Roles(_)) && group.kind != GroupKind::Custom {
            let sentence = "Only a custom group can have another name or description.";
            faults.push(Fault::at(format!("{}/path", change.pointer), sentence));
            continue;
        }
        match change.kind {
            GroupChangeKind::Name(name) => {
                let clash = name_clash(&tenant, group.kind, &name, Some(&group.id), &value);
                faults.extend(check_name(&name, &value).err().or(clash));
                group.name = name;
            }
            GroupChangeKind::Description(description) => group.description = Some(description),
            GroupChangeKind::Roles(roles) => {
                group.assigned_roles = resolve(&tenant, &roles, &value, &mut faults);
            }
        }
    }
    if !faults.is_empty() {
        return Err(DomainError::Invalid(faults));
    }
    group.updated_by = context.caller.user_id().cloned();
    group.last_updated_at = context.now;
    tenant.put_group(&permit, group);
    Ok(())
}

/// Deletes a group: one of the identity provider, or a custom one that nobody is in. Its roles are gone with it.
///
/// # Errors
/// When there is none with this id, somebody is in the custom group, it is the system group, or the caller may not.
pub fn delete(context: &Context, id: &str) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::DeleteGroup, Target::Other)?;
    let group = find(&tenant, id)?;
    match group.kind {
        GroupKind::System => return Err(Denial::SystemGroup.into()),
        GroupKind::Custom if tenant.has_members(&group.id) => return Err(Denial::GroupHasMembers.into()),
        GroupKind::Custom | GroupKind::Idp => {}
    }
    let id = group.id.clone();
    tenant.remove_group(&permit, &id);
    Ok(())
}

/// Puts somebody into a custom group: the user with this e-mail address, subject or id.
///
/// # Errors
/// When there is no such group or user, the user is in it already, it is no custom group, or the caller may not.
pub fn add_member(context: &Context, id: &str, who: &str) -> Result<(), DomainError> {
    let user = {
        let tenant = context.tenant.read();
        context.require(&tenant, Action::UpdateUser, Target::Other)?;
        find(&tenant, id)?;
        sessions::find(&tenant, who).map(|user| user.id.clone())
    };
    let Some(user) = user else {
        let sentence = "This tenant has no user with this e-mail address, subject or id.";
        return Err(DomainError::invalid(Fault::at(MEMBER, sentence)));
    };
    change_member(
        context,
        user.as_str(),
        UserChangeKind::AddGroups(vec![reference(id)]),
    )
}

/// Takes a user out of a custom group.
///
/// # Errors
/// When there is no such group or user, it is no custom group, the caller would lose the role of a tenant admin, or
/// may not.
pub fn remove_member(context: &Context, id: &str, user: &str) -> Result<(), DomainError> {
    change_member(context, user, UserChangeKind::RemoveGroups(vec![reference(id)]))
}

/// Where the faults of a change of one member stand.
pub const MEMBER: &str = "/user";

fn reference(id: &str) -> GroupReference {
    GroupReference {
        group: GroupName::Id(id.to_owned()),
        pointer: MEMBER.to_owned(),
    }
}

fn change_member(context: &Context, user: &str, kind: UserChangeKind) -> Result<(), DomainError> {
    let change = UserChange {
        kind,
        pointer: String::new(),
    };
    users::update(context, user, vec![change]).map(|_| ())
}

/// The settings of groups.
#[derive(Clone, Debug)]
pub struct SettingsView {
    /// The settings.
    pub settings: GroupSettings,
    /// The system group that everybody is in.
    pub everyone: GroupView,
}

/// Reads the settings of groups.
///
/// # Errors
/// When the caller may not.
pub fn read_settings(context: &Context) -> Result<SettingsView, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadGroupSettings, Target::Other)?;
    Ok(SettingsView {
        settings: tenant.group_settings(),
        everyone: view(&tenant, tenant.groups().everyone(), true),
    })
}

/// One change of the settings of groups.
#[derive(Clone, Debug)]
pub enum SettingsChange {
    /// Whether groups are created when users of them sign in.
    AutoCreateGroups(bool),
    /// The deprecated switch.
    SyncIdpGroups(bool),
    /// Other roles for everybody.
    RolesOfEveryone {
        /// The roles.
        roles: Vec<RoleReference>,
        /// Where in the patch they stand.
        pointer: String,
    },
}

/// Changes the settings of groups: all of the changes or none.
///
/// # Errors
/// When the caller may not, a role does not exist, or there are too many.
pub fn update_settings(context: &Context, changes: Vec<SettingsChange>) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::UpdateGroupSettings, Target::Other)?;
    let mut settings = tenant.group_settings();
    let mut roles_of_everyone = None;
    let mut faults = Vec::new();
    for change in changes {
        match change {
            SettingsChange::AutoCreateGroups(on) => settings.auto_create_groups = on,
            SettingsChange::SyncIdpGroups(on) => settings.sync_idp_groups = on,
            SettingsChange::RolesOfEveryone { roles, pointer } => {
                roles_of_everyone = Some(resolve(&tenant, &roles, &pointer, &mut faults));
            }
        }
    }
    if !faults.is_empty() {
        return Err(DomainError::Invalid(faults));
    }
    tenant.set_group_settings(&permit, settings);
    if let Some(assigned_roles) = roles_of_everyone {
        let everyone = Group {
            assigned_roles,
            updated_by: context.caller.user_id().cloned(),
            last_updated_at: context.now,
            ..tenant.groups().everyone().clone()
        };
        tenant.put_group(&permit, everyone);
    }
    Ok(())
}

/// Makes the groups that the identity provider names at a sign-in the user's groups of that kind. Custom groups stay.
/// A group that does not exist yet is created if the settings say so, and otherwise passed over; so is a name that no
/// group can have, and one that would be a group too many.
pub fn follow_identity_provider(
    tenant: &mut Tenant,
    permit: &Permit,
    user: &mut User,
    names: &[String],
    entropy: &Entropy,
    now: Timestamp,
) {
    let custom = |id: &GroupId| {
        tenant
            .groups()
            .get(id)
            .is_some_and(|group| group.kind == GroupKind::Custom)
    };
    let mut groups: Vec<GroupId> = user
        .assigned_groups
        .iter()
        .filter(|id| custom(id))
        .cloned()
        .collect();
    for name in names {
        let known = tenant
            .groups()
            .named(GroupKind::Idp, name)
            .map(|group| group.id.clone());
        let group = known.or_else(|| create_from_claim(tenant, permit, name, entropy, now));
        groups.extend(group.filter(|group| !groups.contains(group)));
    }
    user.assigned_groups = groups;
}

fn create_from_claim(
    tenant: &mut Tenant,
    permit: &Permit,
    name: &str,
    entropy: &Entropy,
    now: Timestamp,
) -> Option<GroupId> {
    let may = tenant.group_settings().auto_create_groups
        && check_name(name, "").is_ok()
        && tenant.groups().count() < MOST_GROUPS;
    may.then(|| {
        let id = GroupId::draw(entropy, now);
        let group = Group {
            id: id.clone(),
            name: name.to_owned(),
            kind: GroupKind::Idp,
            description: None,
            assigned_roles: Vec::new(),
            created_by: None,
            updated_by: None,
            created_at: now,
            last_updated_at: now,
        };
        tenant.put_group(permit, group);
        id
    })
}

fn check_name(name: &str, pointer: &str) -> Result<(), Fault> {
    let sentence = if name.trim().is_empty() {
        "Must not be empty.".to_owned()
    } else if name.chars().count() > LONGEST_NAME {
        format!("Must have at most {LONGEST_NAME} characters.")
    } else if name == EVERYONE {
        "This is the name of a system group.".to_owned()
    } else {
        return Ok(());
    };
    Err(Fault::at(pointer, sentence))
}

fn name_clash(
    tenant: &Tenant,
    kind: GroupKind,
    name: &str,
    own: Option<&GroupId>,
    pointer: &str,
) -> Option<Fault> {
    let other = tenant
        .groups()
        .named(kind, name)
        .filter(|group| own != Some(&group.id));
    other.map(|_| {
        Fault::at(
            pointer,
            format!("Another group of this kind has the name `{name}`."),
        )
    })
}

/// The roles that a request names, each once; those that do not exist are faults, and so are too many.
fn resolve(
    tenant: &Tenant,
    references: &[RoleReference],
    pointer: &str,
    faults: &mut Vec<Fault>,
) -> Vec<RoleId> {
    let mut roles = Vec::new();
    for reference in references {
        match reference.resolve(tenant) {
            Ok(role) if !roles.contains(&role) => roles.push(role),
            Ok(_) => {}
            Err(fault) => faults.push(fault),
        }
    }
    if roles.len() > MOST_ROLES {
        let sentence = format!("A group can have at most {MOST_ROLES} roles.");
        faults.push(Fault::at(pointer, sentence));
    }
    roles
}

fn find<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t Group, DomainError> {
    GroupId::parse(id)
        .and_then(|id| tenant.groups().get(&id))
        .ok_or(DomainError::NotFound(Resource::Group))
}

fn sees_roles(context: &Context, tenant: &Tenant) -> bool {
    context.require(tenant, Action::ListRoles, Target::Other).is_ok()
}

fn view(tenant: &Tenant, group: &Group, with_roles: bool) -> GroupView {
    GroupView {
        group: group.clone(),
        tenant_id: tenant.id().clone(),
        roles: with_roles.then(|| tenant.roles_with(&group.assigned_roles).map(summary).collect()),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::oauth::scope::Reach;
    use serde_json::json;

    use super::*;
    use crate::domain::ids::UserId;
    use crate::domain::policy::{Actor, decide};
    use crate::domain::seed::{Surroundings, plant};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn tenant(auto_create: bool) -> Tenant {
        let seed = json!({
            "format": 1,
            "tenant": { "name": "T", "hostnames": ["t.localhost"] },
            "groupSettings": { "autoCreateGroups": auto_create },
            "groups": [
                { "id": "idp", "name": "Known" },
                { "id": "old", "name": "Old" },
                { "id": "custom", "name": "New", "providerType": "custom" },
            ],
            "users": [{ "id": "u", "subject": "u", "name": "U", "assignedGroups": ["Old", "New"] }],
        });
        let surroundings = Surroundings {
            edition: None,
            now: NOW,
            entropy: &Entropy::seeded(1),
            identity: None,
        };
        plant(&seed, surroundings).unwrap()
    }

    /// The names and kinds of the user's groups after signing in with these.
    fn groups_after(tenant: &mut Tenant, names: &[&str]) -> Vec<(String, GroupKind)> {
        let admin = Actor::User {
            tenant_admin: true,
            may_hold_keys: false,
            reach: Reach::Everything,
        };
        let permit = decide(admin, Action::CreateGroup, Target::Other).unwrap();
        let mut user = tenant.users().get(&UserId::parse("u").unwrap()).unwrap().clone();
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        follow_identity_provider(tenant, &permit, &mut user, &names, &Entropy::seeded(2), NOW);
        tenant.put_user(&permit, user.clone()).unwrap();
        tenant
            .groups_of(&user)
            .map(|group| (group.name.clone(), group.kind))
            .collect()
    }

    fn custom() -> (String, GroupKind) {
        ("New".to_owned(), GroupKind::Custom)
    }

    fn idp(name: &str) -> (String, GroupKind) {
        (name.to_owned(), GroupKind::Idp)
    }

    #[test]
    fn the_identity_provider_says_who_is_in_its_groups() {
        let mut tenant = tenant(true);
        let groups = groups_after(&mut tenant, &["Known", "New", "Known"]);
        assert_eq!(groups, [custom(), idp("Known"), idp("New")]);
        let made = tenant.groups().named(GroupKind::Idp, "New").unwrap();
        assert!(made.created_by.is_none() && made.assigned_roles.is_empty());
        assert_eq!(groups_after(&mut tenant, &[]), [custom()]);
        assert_eq!(tenant.groups().count(), 4, "a group stays without members");
    }

    #[test]
    fn without_automatic_creation_only_known_groups_count() {
        let mut tenant = tenant(false);
        assert_eq!(
            groups_after(&mut tenant, &["New", "Known"]),
            [custom(), idp("Known")]
        );
        assert_eq!(tenant.groups().count(), 3);
    }

    #[test]
    fn a_name_that_no_group_can_have_is_passed_over() {
        let mut tenant = tenant(true);
        let long = "x".repeat(257);
        let groups = groups_after(&mut tenant, &["", " ", &long, EVERYONE, "Fine"]);
        assert_eq!(groups, [custom(), idp("Fine")]);
    }
}
