//! Identity providers: list, read, create, change, delete.

use serde_json::Value;

use super::Context;
use crate::domain::error::{Denial, DomainError, Fault, Resource};
use crate::domain::identity_provider::{Draft, IdentityProvider, Kind, patched};
use crate::domain::ids::{IdentityProviderId, TenantId};
use crate::domain::page::{Cursor, Direction, Limit, Position, Sort, Start, paginate};
use crate::domain::policy::{Action, Target};
use crate::domain::sorted::sorted;
use crate::domain::tenant::Tenant;

/// A provider with the tenant that it belongs to.
#[derive(Clone, Debug)]
pub struct IdentityProviderView {
    /// The provider.
    pub provider: IdentityProvider,
    /// The tenant.
    pub tenant_id: TenantId,
}

/// What a list of providers is sorted by: the contract names no order; the oldest first is our choice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ByCreation;

/// The order of a list.
pub const ORDER: Sort<ByCreation> = Sort {
    field: ByCreation,
    name: "created",
    direction: Direction::Ascending,
};

/// Which providers to list.
#[derive(Clone, Debug)]
pub struct ListIdentityProviders {
    /// Only those that are active, or only those that are not.
    pub active: Option<bool>,
    /// At most so many.
    pub limit: Limit,
    /// From here on.
    pub start: Start<'static>,
}

/// One page of providers.
#[derive(Clone, Debug)]
pub struct IdentityProviderPage {
    /// The providers.
    pub providers: Vec<IdentityProviderView>,
    /// The cursor of the next page.
    pub next: Option<Cursor>,
    /// The cursor of the previous page.
    pub previous: Option<Cursor>,
}

/// Lists providers.
///
/// # Errors
/// When the caller may not.
pub fn list(context: &Context, query: &ListIdentityProviders) -> Result<IdentityProviderPage, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ListIdentityProviders, Target::Other)?;
    let wanted = tenant
        .identity_providers()
        .iter()
        .filter(|provider| query.active.is_none_or(|active| active == provider.active));
    let page = paginate(
        wanted,
        |provider| Position::new(provider.created, provider.id.as_str()),
        ORDER.direction,
        &query.start,
        query.limit,
    );
    Ok(IdentityProviderPage {
        next: page.next.map(|position| Cursor::new(&ORDER, position)),
        previous: page.previous.map(|position| Cursor::new(&ORDER, position)),
        providers: page
            .items
            .into_iter()
            .map(|provider| view(&tenant, provider))
            .collect(),
    })
}

/// All providers, the oldest first.
///
/// # Errors
/// When the caller may not.
pub fn all(context: &Context) -> Result<Vec<IdentityProvider>, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ListIdentityProviders, Target::Other)?;
    let providers = tenant.identity_providers().iter();
    let providers = sorted(providers, |provider| (provider.created, provider.id.to_string()));
    Ok(providers.into_iter().cloned().collect())
}

/// What the status of providers says of one.
#[derive(Clone, Copy, Debug)]
pub struct ProviderStatus {
    /// Whether it is available for use.
    pub active: bool,
    /// Whose product it is.
    pub provider: &'static str,
    /// Whether people sign in by it, in a browser.
    pub interactive: bool,
}

/// The status of all providers, the oldest first.
///
/// # Errors
/// When the caller may not.
pub fn status(context: &Context) -> Result<Vec<ProviderStatus>, DomainError> {
    let status = |provider: &IdentityProvider| ProviderStatus {
        active: provider.active,
        provider: provider.provider(),
        interactive: provider.is_interactive(),
    };
    Ok(all(context)?.iter().map(status).collect())
}

/// Whether the tenant's own log-in is in use, and not an interactive provider.
///
/// # Errors
/// When the caller may not.
pub fn require_default_login(context: &Context) -> Result<(), DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadIdentityProviderMetadata, Target::Other)?;
    let mut providers = tenant.identity_providers().iter();
    if providers.any(|provider| provider.active && provider.is_interactive()) {
        return Err(DomainError::NotFound(Resource::IdentityProviderMetadata));
    }
    Ok(())
}

/// Decides whether the caller may know what kinds of providers there can be.
///
/// # Errors
/// When the caller may not.
pub fn require_metadata(context: &Context) -> Result<(), DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadIdentityProviderMetadata, Target::Other)?;
    Ok(())
}

/// Reads a provider.
///
/// # Errors
/// When there is none with this id, or the caller may not.
pub fn read(context: &Context, id: &str) -> Result<IdentityProviderView, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadIdentityProvider, Target::Other)?;
    Ok(view(&tenant, find(&tenant, id)?))
}

/// Makes a provider.
///
/// # Errors
/// When the caller may not, the provider is for other tenants only, or issuer and key are those of another provider.
pub fn create(context: &Context, draft: Draft) -> Result<IdentityProviderView, DomainError> {
    let id = IdentityProviderId::draw(context.tenant.entropy(), context.now);
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::CreateIdentityProvider, Target::Other)?;
    if let Some(ids) = &draft.tenant_ids
        && !ids.iter().any(|id| id == tenant.id().as_str())
    {
        return Err(Denial::OtherTenant.into());
    }
    if let Kind::Jwt(jwt) = &draft.kind
        && tenant
            .identity_providers()
            .issuing(&jwt.issuer)
            .any(|(_, other)| other.key_id == jwt.key_id)
    {
        let sentence = "Another identity provider has this issuer and this key id.";
        return Err(DomainError::invalid(Fault::at("/options/issuer", sentence)));
    }
    let provider = IdentityProvider {
        id,
        description: draft.description,
        active: draft.active,
        clock_tolerance_seconds: draft.clock_tolerance_seconds,
        kind: draft.kind,
        created: context.now,
        last_updated: context.now,
    };
    let view = view(&tenant, &provider);
    tenant.put_identity_provider(&permit, provider);
    Ok(view)
}

/// Changes a provider by a patch, all or nothing. `pending_match` is the hash of the options that it is about.
///
/// # Errors
/// When the caller may not, there is none with this id, or anything of the patch is wrong.
pub fn update(
    context: &Context,
    id: &str,
    patch: &Value,
    pending_match: Option<&str>,
) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::UpdateIdentityProvider, Target::Other)?;
    let changed = IdentityProvider {
        last_updated: context.now,
        ..patched(find(&tenant, id)?, patch, pending_match)?
    };
    tenant.put_identity_provider(&permit, changed);
    Ok(())
}

/// Deletes a provider. Sessions that it began go on.
///
/// # Errors
/// When the caller may not, there is none with this id, or it is the interactive one in use.
pub fn delete(context: &Context, id: &str) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::DeleteIdentityProvider, Target::Other)?;
    let provider = find(&tenant, id)?;
    if provider.active && provider.is_interactive() {
        let sentence = "The interactive identity provider in use cannot be deleted. Make it inactive first.";
        return Err(DomainError::invalid(Fault::of_request(sentence)));
    }
    let id = provider.id.clone();
    tenant.remove_identity_provider(&permit, &id);
    Ok(())
}

fn find<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t IdentityProvider, DomainError> {
    IdentityProviderId::parse(id)
        .and_then(|id| tenant.identity_providers().get(&id))
        .ok_or(DomainError::NotFound(Resource::IdentityProvider))
}

fn view(tenant: &Tenant, provider: &IdentityProvider) -> IdentityProviderView {
    IdentityProviderView {
        provider: provider.clone(),
        tenant_id: tenant.id().clone(),
    }
}
