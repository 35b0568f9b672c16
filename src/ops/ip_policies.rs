//! IP policies: list, read, create, change, delete. For tenant admins, none of whom can lock himself out.

use super::{Context, TenantHandle};
use crate::domain::clock::wire;
use crate::domain::error::{Denial, DomainError, Resource};
use crate::domain::filter::{Attribute, Filter, Vocabulary};
use crate::domain::ids::{IpPolicyId, TenantId};
use crate::domain::page::{Cursor, Limit, Position, Sort, SortKey, Start, paginate};
use crate::domain::policy::{Action, Target};
use crate::domain::tenant::Tenant;
use crate::domain::web::WebRules;
use crate::domain::web::ip_policy::{AddressRange, ClientAddress, IpPolicy};

/// Refuses a client at an address that the policies in force leave out.
///
/// # Errors
/// [`Denial::AddressNotAllowed`].
pub fn admit(handle: &TenantHandle, client: ClientAddress) -> Result<(), Denial> {
    if !handle.notice.restricts_addresses() || handle.read().web().can_be_reached_from(client) {
        Ok(())
    } else {
        Err(Denial::AddressNotAllowed)
    }
}

/// An IP policy with the tenant that it belongs to, and what whoever asks can do with it.
#[derive(Clone, Debug)]
pub struct IpPolicyView {
    /// The policy.
    pub policy: IpPolicy,
    /// The tenant.
    pub tenant_id: TenantId,
    /// Whether it can be deleted from the address of the caller.
    pub deletable: bool,
    /// Whether it can be enabled, or disabled, from the address of the caller.
    pub toggleable: bool,
}

/// What a filter of policies may name. As documented, but for the operator `ne` of `id`.
pub static VOCABULARY: Vocabulary = Vocabulary {
    attributes: &[
        Attribute::exact("enabled"),
        Attribute::exact("id"),
        Attribute::searchable("name"),
        Attribute::exact("tenantId"),
        Attribute::exact("createdAt"),
        Attribute::exact("updatedAt"),
    ],
    grouped: None,
};

/// What a list of policies can be sorted by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "each is named after the property that it sorts by")]
pub enum IpPolicyField {
    Enabled,
    CreatedAt,
    UpdatedAt,
    Name,
}

impl IpPolicyField {
    /// The words that `sort` takes.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("enabled", Self::Enabled),
        ("createdAt", Self::CreatedAt),
        ("updatedAt", Self::UpdatedAt),
        ("name", Self::Name),
    ];
}

/// Which policies to list.
#[derive(Clone, Debug)]
pub struct ListIpPolicies {
    /// Only those that pass.
    pub filter: Option<Filter>,
    /// In this order.
    pub sort: Sort<IpPolicyField>,
    /// At most so many.
    pub limit: Limit,
    /// From here on.
    pub start: Start<'static>,
}

/// One page of policies.
#[derive(Clone, Debug)]
pub struct IpPolicyPage {
    /// The policies.
    pub policies: Vec<IpPolicyView>,
    /// The cursor of the next page.
    pub next: Option<Cursor>,
    /// The cursor of the previous page.
    pub previous: Option<Cursor>,
    /// How many policies pass.
    pub total: usize,
}

/// Lists policies.
///
/// # Errors
/// When the caller may not.
pub fn list(
    context: &Context,
    client: ClientAddress,
    query: &ListIpPolicies,
) -> Result<IpPolicyPage, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ListIpPolicies, Target::Other)?;
    let wanted = tenant.web().ip_policies.values().filter(|policy| {
        query
            .filter
            .as_ref()
            .is_none_or(|filter| passes(&tenant, policy, filter))
    });
    let page = paginate(
        wanted,
        |policy| Position::new(sort_key(policy, query.sort.field), policy.id.as_str()),
        query.sort.direction,
        &query.start,
        query.limit,
    );
    Ok(IpPolicyPage {
        next: page.next.map(|position| Cursor::new(&query.sort, position)),
        previous: page.previous.map(|position| Cursor::new(&query.sort, position)),
        total: page.total,
        policies: page
            .items
            .into_iter()
            .map(|policy| view(&tenant, policy, client))
            .collect(),
    })
}

fn sort_key(policy: &IpPolicy, field: IpPolicyField) -> SortKey<'_> {
    match field {
        IpPolicyField::Enabled => i64::from(policy.enabled).into(),
        IpPolicyField::CreatedAt => policy.created_at.into(),
        IpPolicyField::UpdatedAt => policy.updated_at.into(),
        IpPolicyField::Name => policy.name.to_lowercase().into(),
    }
}

fn passes(tenant: &Tenant, policy: &IpPolicy, filter: &Filter) -> bool {
    filter.matches(|attribute, test| match attribute {
        "enabled" => test(if policy.enabled { "true" } else { "false" }),
        "id" => test(policy.id.as_str()),
        "name" => test(&policy.name),
        "tenantId" => test(tenant.id().as_str()),
        "createdAt" => test(&wire(policy.created_at)),
        "updatedAt" => test(&wire(policy.updated_at)),
        _ => false,
    })
}

/// Reads a policy.
///
/// # Errors
/// When there is none with this id, or the caller may not.
pub fn read(context: &Context, client: ClientAddress, id: &str) -> Result<IpPolicyView, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadIpPolicy, Target::Other)?;
    Ok(view(&tenant, find(&tenant, id)?, client))
}

/// A policy to be made.
#[derive(Clone, Debug)]
pub struct CreateIpPolicy {
    /// The name.
    pub name: String,
    /// Whether it is in force at once.
    pub enabled: bool,
    /// The addresses that it lets in.
    pub allowed_ips: Vec<AddressRange>,
}

/// Makes a policy.
///
/// # Errors
/// When the caller may not, or would be locked out.
pub fn create(
    context: &Context,
    client: ClientAddress,
    command: CreateIpPolicy,
) -> Result<IpPolicyView, DomainError> {
    let id = IpPolicyId::draw(context.tenant.entropy(), context.now);
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::CreateIpPolicy, Target::Other)?;
    let author = context.caller.user_id().cloned();
    let policy = IpPolicy {
        id: id.clone(),
        name: command.name,
        enabled: command.enabled,
        allowed_ips: command.allowed_ips,
        created_by: author.clone(),
        updated_by: author,
        created_at: context.now,
        updated_at: context.now,
    };
    require_access(tenant.web(), client, |rules| put(rules, policy.clone()))?;
    put(tenant.web_mut(&permit), policy.clone());
    Ok(view(&tenant, &policy, client))
}

/// One change of a policy.
#[derive(Clone, Debug)]
pub enum IpPolicyChange {
    /// Put in force, or not.
    Enabled(bool),
    /// Another name.
    Name(String),
    /// Other addresses in the place of those it has.
    AllowedIps(Vec<AddressRange>),
}

/// Changes a policy: all of the changes or none.
///
/// # Errors
/// When there is none with this id, the caller may not, or would be locked out.
pub fn update(
    context: &Context,
    client: ClientAddress,
    id: &str,
    changes: Vec<IpPolicyChange>,
) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::UpdateIpPolicy, Target::Other)?;
    let mut policy = find(&tenant, id)?.clone();
    if changes.is_empty() {
        return Ok(());
    }
    for change in changes {
        match change {
            IpPolicyChange::Enabled(enabled) => policy.enabled = enabled,
            IpPolicyChange::Name(name) => policy.name = name,
            IpPolicyChange::AllowedIps(ranges) => policy.allowed_ips = ranges,
        }
    }
    policy.updated_by = context.caller.user_id().cloned();
    policy.updated_at = context.now;
    require_access(tenant.web(), client, |rules| put(rules, policy.clone()))?;
    put(tenant.web_mut(&permit), policy);
    Ok(())
}

/// Deletes a policy.
///
/// # Errors
/// When there is none with this id, the caller may not, or would be locked out.
pub fn delete(context: &Context, client: ClientAddress, id: &str) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::DeleteIpPolicy, Target::Other)?;
    let id = find(&tenant, id)?.id.clone();
    require_access(tenant.web(), client, |rules| remove(rules, &id))?;
    remove(tenant.web_mut(&permit), &id);
    Ok(())
}

fn put(rules: &mut WebRules, policy: IpPolicy) {
    rules.ip_policies.insert(policy.id.clone(), policy);
}

fn remove(rules: &mut WebRules, id: &IpPolicyId) {
    rules.ip_policies.remove(id);
}

/// "The user's IP address must be present in at least one policy if allowlisting is enabled", as documented.
fn require_access(
    rules: &WebRules,
    client: ClientAddress,
    change: impl FnOnce(&mut WebRules),
) -> Result<(), Denial> {
    let mut changed = WebRules {
        ip_policies: rules.ip_policies.clone(),
        ..WebRules::default()
    };
    change(&mut changed);
    if changed.can_be_reached_from(client) {
        Ok(())
    } else {
        Err(Denial::OwnAddress)
    }
}

fn find<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t IpPolicy, DomainError> {
    IpPolicyId::parse(id)
        .and_then(|id| tenant.web().ip_policies.get(&id))
        .ok_or(DomainError::NotFound(Resource::IpPolicy))
}

fn view(tenant: &Tenant, policy: &IpPolicy, client: ClientAddress) -> IpPolicyView {
    let keeps_access =
        |change: &dyn Fn(&mut WebRules)| require_access(tenant.web(), client, |rules| change(rules)).is_ok();
    IpPolicyView {
        deletable: keeps_access(&|rules| remove(rules, &policy.id)),
        toggleable: keeps_access(&|rules| {
            let enabled = !policy.enabled;
            put(
                rules,
                IpPolicy {
                    enabled,
                    ..policy.clone()
                },
            );
        }),
        policy: policy.clone(),
        tenant_id: tenant.id().clone(),
    }
}
