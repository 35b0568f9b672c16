//! Roles: list, read, create, change, delete.

use std::collections::HashMap;

use std::collections::HashSet;

use super::Context;
use crate::domain::error::{Denial, DomainError, Fault, Resource};
use crate::domain::filter::{Attribute, Filter, Vocabulary};
use crate::domain::ids::{RoleId, TenantId};
use crate::domain::page::{Cursor, Limit, Position, Sort, SortKey, Start, paginate};
use crate::domain::policy::{Action, Target};
use crate::domain::role::{MOST_CUSTOM_ROLES, Role, RoleLevel, RoleType};
use crate::domain::tenant::Tenant;
use crate::domain::user::UserStatus;

/// A role with the tenant that it belongs to.
#[derive(Clone, Debug)]
pub struct RoleView {
    /// The role.
    pub role: Role,
    /// The tenant.
    pub tenant_id: TenantId,
}

/// What a filter of roles may name: the properties that the contract marks as filterable.
pub static VOCABULARY: Vocabulary = Vocabulary {
    attributes: &[
        Attribute::exact("id"),
        Attribute::searchable("name"),
        Attribute::exact("type"),
        Attribute::exact("level"),
        Attribute::exact("tenantId"),
        Attribute::exact("createdAt"),
        Attribute::searchable("description"),
        Attribute::exact("permissions"),
        Attribute::exact("lastUpdatedAt"),
    ],
    grouped: None,
};

/// What a list of roles can be sorted by. The contract names no fields; these are our choice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "each is named after the property that it sorts by")]
pub enum RoleField {
    Id,
    Name,
    Type,
    Level,
    Description,
    CreatedAt,
    LastUpdatedAt,
}

impl RoleField {
    /// The words that `sort` takes.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("name", Self::Name),
        ("id", Self::Id),
        ("type", Self::Type),
        ("level", Self::Level),
        ("description", Self::Description),
        ("createdAt", Self::CreatedAt),
        ("lastUpdatedAt", Self::LastUpdatedAt),
    ];
}

/// Which roles to list.
#[derive(Clone, Debug)]
pub struct ListRoles {
    /// Only those that pass.
    pub filter: Option<Filter>,
    /// In this order.
    pub sort: Sort<RoleField>,
    /// At most so many.
    pub limit: Limit,
    /// From here on.
    pub start: Start<'static>,
}

/// One page of roles.
#[derive(Clone, Debug)]
pub struct RolePage {
    /// The roles.
    pub roles: Vec<RoleView>,
    /// The cursor of the next page.
    pub next: Option<Cursor>,
    /// The cursor of the previous page.
    pub previous: Option<Cursor>,
    /// How many roles pass.
    pub total: usize,
}

/// Lists roles.
///
/// # Errors
/// When the caller may not.
pub fn list(context: &Context, query: &ListRoles) -> Result<RolePage, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ListRoles, Target::Other)?;
    let wanted = tenant.roles().iter().filter(|role| {
        query
            .filter
            .as_ref()
            .is_none_or(|filter| passes(&tenant, role, filter))
    });
    let page = paginate(
        wanted,
        |role| Position::new(sort_key(role, query.sort.field), role.id.as_str()),
        query.sort.direction,
        &query.start,
        query.limit,
    );
    Ok(RolePage {
        next: page.next.map(|position| Cursor::new(&query.sort, position)),
        previous: page.previous.map(|position| Cursor::new(&query.sort, position)),
        total: page.total,
        roles: page.items.into_iter().map(|role| view(&tenant, role)).collect(),
    })
}

fn sort_key(role: &Role, field: RoleField) -> SortKey<'_> {
    match field {
        RoleField::Id => role.id.as_str().into(),
        RoleField::Name => role.name.to_lowercase().into(),
        RoleField::Type => role.kind.as_str().into(),
        RoleField::Level => role.level.as_str().into(),
        RoleField::Description => role.description.to_lowercase().into(),
        RoleField::CreatedAt => role.created_at.into(),
        RoleField::LastUpdatedAt => role.last_updated_at.into(),
    }
}

fn passes(tenant: &Tenant, role: &Role, filter: &Filter) -> bool {
    use crate::domain::clock::wire;
    filter.matches(|attribute, test| match attribute {
        "id" => test(role.id.as_str()),
        "name" => test(&role.name),
        "type" => test(role.kind.as_str()),
        "level" => test(role.level.as_str()),
        "tenantId" => test(tenant.id().as_str()),
        "createdAt" => test(&wire(role.created_at)),
        "description" => test(&role.description),
        "lastUpdatedAt" => test(&wire(role.last_updated_at)),
        // Roles of this emulator grant scopes, no permissions.
        _ => false,
    })
}

/// A role, and to how many users and groups it is assigned.
#[derive(Clone, Debug)]
pub struct RoleInUse {
    /// The role.
    pub role: Role,
    /// To how many users it is assigned, the deleted not counted.
    pub holders: usize,
    /// How many groups have it, the system group included.
    pub groups: usize,
}

/// All roles, by name, with how many users and groups have each.
///
/// # Errors
/// When the caller may not.
pub fn all(context: &Context) -> Result<Vec<RoleInUse>, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ListRoles, Target::Other)?;
    let mut holders: HashMap<&RoleId, usize> = HashMap::new();
    let present = tenant
        .users()
        .iter()
        .filter(|user| user.status != UserStatus::Deleted);
    for role in present.flat_map(|user| &user.assigned_roles) {
        *holders.entry(role).or_default() += 1;
    }
    let mut in_groups: HashMap<&RoleId, usize> = HashMap::new();
    let groups = tenant.groups().iter().chain([tenant.groups().everyone()]);
    for role in groups.flat_map(|group| &group.assigned_roles) {
        *in_groups.entry(role).or_default() += 1;
    }
    let mut roles: Vec<_> = tenant.roles().iter().cloned().collect();
    roles.sort_by_cached_key(|role| (role.name.to_lowercase(), role.id.to_string()));
    let in_use = |role: Role| RoleInUse {
        holders: holders.get(&role.id).copied().unwrap_or_default(),
        groups: in_groups.get(&role.id).copied().unwrap_or_default(),
        role,
    };
    Ok(roles.into_iter().map(in_use).collect())
}

/// Reads a role.
///
/// # Errors
/// When there is none with this id, or the caller may not.
pub fn read(context: &Context, id: &str) -> Result<RoleView, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadRole, Target::Other)?;
    Ok(view(&tenant, find(&tenant, id)?))
}

/// A custom role to be made.
#[derive(Clone, Debug)]
pub struct CreateRole {
    /// The name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The scopes that it grants.
    pub assigned_scopes: Vec<String>,
}

/// Makes a custom role.
///
/// # Errors
/// When the caller may not, the name is taken, or there are as many custom roles as there may be.
pub fn create(context: &Context, command: CreateRole) -> Result<RoleView, DomainError> {
    let id = RoleId::draw(context.tenant.entropy(), context.now);
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::CreateRole, Target::Other)?;
    require_free_name(&tenant, &command.name, None, "/name")?;
    if tenant.roles().custom_count() >= MOST_CUSTOM_ROLES {
        return Err(Denial::CustomRoleLimit {
            maximum: MOST_CUSTOM_ROLES,
        }
        .into());
    }
    let author = context.caller.user_id().cloned();
    let role = Role {
        id,
        name: command.name,
        kind: RoleType::Custom,
        level: RoleLevel::User,
        description: command.description,
        assigned_scopes: without_repeats(command.assigned_scopes),
        created_by: author.clone(),
        updated_by: author,
        created_at: context.now,
        last_updated_at: context.now,
    };
    let made = view(&tenant, &role);
    tenant.put_role(&permit, role);
    Ok(made)
}

/// One change of a role.
#[derive(Clone, Debug)]
pub enum RoleChange {
    /// Another name.
    Name {
        /// The name.
        name: String,
        /// Where in the patch it stands.
        pointer: String,
    },
    /// Another description.
    Description(String),
    /// Other scopes in the place of those it has.
    ReplaceScopes(Vec<String>),
    /// More scopes.
    AddScopes(Vec<String>),
    /// Fewer scopes.
    RemoveScopes(Vec<String>),
}

/// Changes a role: all of the changes or none.
///
/// # Errors
/// When there is none with this id, it cannot be changed, the caller may not, or the name is taken.
pub fn update(context: &Context, id: &str, changes: Vec<RoleChange>) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::UpdateRole, Target::Other)?;
    let mut role = find(&tenant, id)?.clone();
    if !role.can_edit() {
        return Err(Denial::BuiltInRole.into());
    }
    if changes.is_empty() {
        return Ok(());
    }
    for change in changes {
        match change {
            RoleChange::Name { name, pointer } => {
                if role.kind == RoleType::Default {
                    return Err(DomainError::invalid(Fault::at(
                        pointer,
                        "A built-in role keeps its name.",
                    )));
                }
                require_free_name(&tenant, &name, Some(&role.id), &pointer)?;
                role.name = name;
            }
            RoleChange::Description(description) => role.description = description,
            RoleChange::ReplaceScopes(scopes) => role.assigned_scopes = without_repeats(scopes),
            RoleChange::AddScopes(scopes) => {
                role.assigned_scopes.extend(scopes);
                role.assigned_scopes = without_repeats(role.assigned_scopes);
            }
            RoleChange::RemoveScopes(scopes) => {
                let gone: HashSet<String> = scopes.into_iter().collect();
                role.assigned_scopes.retain(|scope| !gone.contains(scope));
            }
        }
    }
    role.updated_by = context.caller.user_id().cloned();
    role.last_updated_at = context.now;
    tenant.put_role(&permit, role);
    Ok(())
}

/// Deletes a custom role that nobody has.
///
/// # Errors
/// When there is none with this id, it is built in, somebody has it, or the caller may not.
pub fn delete(context: &Context, id: &str) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::DeleteRole, Target::Other)?;
    // The contract has no 404 for this operation, so an unknown id is a fault of the request.
    let role = find(&tenant, id).map_err(|_| {
        DomainError::invalid(Fault::in_parameter("id", "This tenant has no role with this id."))
    })?;
    if !role.can_delete() {
        return Err(Denial::BuiltInRole.into());
    }
    if tenant.is_assigned(&role.id) {
        return Err(Denial::RoleAssigned.into());
    }
    let id = role.id.clone();
    tenant.remove_role(&permit, &id);
    Ok(())
}

fn require_free_name(
    tenant: &Tenant,
    name: &str,
    own: Option<&RoleId>,
    pointer: &str,
) -> Result<(), DomainError> {
    match tenant.roles().named(name) {
        Some(other) if own != Some(&other.id) => Err(DomainError::invalid(Fault::at(
            pointer,
            format!("Another role has the name `{name}`."),
        ))),
        _ => Ok(()),
    }
}

fn without_repeats(scopes: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    scopes
        .into_iter()
        .filter(|scope| seen.insert(scope.clone()))
        .collect()
}

fn find<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t Role, DomainError> {
    RoleId::parse(id)
        .and_then(|id| tenant.roles().get(&id))
        .ok_or(DomainError::NotFound(Resource::Role))
}

fn view(tenant: &Tenant, role: &Role) -> RoleView {
    RoleView {
        role: role.clone(),
        tenant_id: tenant.id().clone(),
    }
}
