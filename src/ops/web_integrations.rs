//! Web integrations: list, read, create, change, delete. For tenant admins.

use super::Context;
use crate::domain::document::each_once;
use crate::domain::error::{DomainError, Fault, Resource};
use crate::domain::ids::{TenantId, WebIntegrationId};
use crate::domain::page::{Limit, Position, Sort, Start, paginate};
use crate::domain::policy::{Action, Target};
use crate::domain::tenant::Tenant;
use crate::domain::web::integration::WebIntegration;
use crate::domain::web::origin::WebOrigin;

/// A web integration with the tenant that it belongs to.
#[derive(Clone, Debug)]
pub struct WebIntegrationView {
    /// The web integration.
    pub integration: WebIntegration,
    /// The tenant.
    pub tenant_id: TenantId,
}

/// Where a page of web integrations starts.
#[derive(Clone, Debug)]
pub enum IntegrationCursor {
    /// `startingAfter`.
    After(WebIntegrationId),
    /// `endingBefore`.
    Before(WebIntegrationId),
}

/// Which web integrations to list. The list can be sorted by name only.
#[derive(Clone, Debug)]
pub struct ListWebIntegrations {
    /// Only those of this tenant, which is this one or none.
    pub tenant_id: Option<String>,
    /// In this order.
    pub sort: Sort<()>,
    /// At most so many.
    pub limit: Limit,
    /// From here on.
    pub cursor: Option<IntegrationCursor>,
}

/// One page of web integrations.
#[derive(Clone, Debug)]
pub struct WebIntegrationPage {
    /// The web integrations.
    pub integrations: Vec<WebIntegrationView>,
    /// The one after which the next page starts, if there is one.
    pub next: Option<WebIntegrationId>,
    /// The one before which the previous page ends, if there is one.
    pub previous: Option<WebIntegrationId>,
}

/// Lists web integrations.
///
/// # Errors
/// When the caller may not, or a cursor is no web integration of this tenant.
pub fn list(context: &Context, query: &ListWebIntegrations) -> Result<WebIntegrationPage, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ListWebIntegrations, Target::Other)?;
    let all = &tenant.web().integrations;
    let start = match &query.cursor {
        None => Start::First,
        Some(IntegrationCursor::After(id)) => Start::After(position(at(&tenant, id, "startingAfter")?)),
        Some(IntegrationCursor::Before(id)) => Start::Before(position(at(&tenant, id, "endingBefore")?)),
    };
    let is_of = |tenant_id: &str| tenant_id == tenant.id().as_str();
    let wanted = all
        .values()
        .filter(|_| query.tenant_id.as_deref().is_none_or(is_of));
    let page = paginate(
        wanted,
        |integration| position(integration),
        query.sort.direction,
        &start,
        query.limit,
    );
    let id =
        |position: Option<Position<'_>>| position.and_then(|position| WebIntegrationId::parse(&position.id));
    Ok(WebIntegrationPage {
        next: id(page.next),
        previous: id(page.previous),
        integrations: page
            .items
            .into_iter()
            .map(|integration| view(&tenant, integration))
            .collect(),
    })
}

fn position(integration: &WebIntegration) -> Position<'_> {
    Position::new(integration.name.to_lowercase(), integration.id.as_str())
}

fn at<'t>(
    tenant: &'t Tenant,
    id: &WebIntegrationId,
    parameter: &'static str,
) -> Result<&'t WebIntegration, DomainError> {
    tenant.web().integrations.get(id).ok_or_else(|| {
        let sentence = "Must be the id of a web integration of this tenant.";
        DomainError::invalid(Fault::in_parameter(parameter, sentence))
    })
}

/// All web integrations, by name.
///
/// # Errors
/// When the caller may not.
pub fn all(context: &Context) -> Result<Vec<WebIntegration>, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ListWebIntegrations, Target::Other)?;
    let mut all: Vec<_> = tenant.web().integrations.values().cloned().collect();
    all.sort_by_cached_key(|integration| (integration.name.to_lowercase(), integration.id.to_string()));
    Ok(all)
}

/// Reads a web integration.
///
/// # Errors
/// When there is none with this id, or the caller may not.
pub fn read(context: &Context, id: &str) -> Result<WebIntegrationView, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadWebIntegration, Target::Other)?;
    Ok(view(&tenant, find(&tenant, id)?))
}

/// A web integration to be made.
#[derive(Clone, Debug)]
pub struct CreateWebIntegration {
    /// The name.
    pub name: String,
    /// The origins whose pages may call the tenant.
    pub valid_origins: Vec<WebOrigin>,
}

/// Makes a web integration.
///
/// # Errors
/// When the caller may not.
pub fn create(context: &Context, command: CreateWebIntegration) -> Result<WebIntegrationView, DomainError> {
    let id = WebIntegrationId::draw(context.tenant.entropy());
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::CreateWebIntegration, Target::Other)?;
    let integration = WebIntegration {
        id: id.clone(),
        name: command.name,
        valid_origins: each_once(command.valid_origins),
        created_by: context.caller.user_id().cloned(),
        created: context.now,
        last_updated: context.now,
    };
    let made = view(&tenant, &integration);
    tenant.web_mut(&permit).integrations.insert(id, integration);
    Ok(made)
}

/// One change of a web integration.
#[derive(Clone, Debug)]
pub enum WebIntegrationChange {
    /// Another name.
    Name(String),
    /// Other origins in the place of those it has.
    ValidOrigins(Vec<WebOrigin>),
}

/// Changes a web integration.
///
/// # Errors
/// When there is none with this id, or the caller may not.
pub fn update(context: &Context, id: &str, changes: Vec<WebIntegrationChange>) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::UpdateWebIntegration, Target::Other)?;
    let mut integration = find(&tenant, id)?.clone();
    if changes.is_empty() {
        return Ok(());
    }
    for change in changes {
        match change {
            WebIntegrationChange::Name(name) => integration.name = name,
            WebIntegrationChange::ValidOrigins(origins) => integration.valid_origins = each_once(origins),
        }
    }
    integration.last_updated = context.now;
    let rules = tenant.web_mut(&permit);
    rules.integrations.insert(integration.id.clone(), integration);
    Ok(())
}

/// Deletes a web integration: the pages that name it are refused from now on.
///
/// # Errors
/// When there is none with this id, or the caller may not.
pub fn delete(context: &Context, id: &str) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::DeleteWebIntegration, Target::Other)?;
    let id = find(&tenant, id)?.id.clone();
    tenant.web_mut(&permit).integrations.remove(&id);
    Ok(())
}

fn find<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t WebIntegration, DomainError> {
    WebIntegrationId::parse(id)
        .and_then(|id| tenant.web().integrations.get(&id))
        .ok_or(DomainError::NotFound(Resource::WebIntegration))
}

fn view(tenant: &Tenant, integration: &WebIntegration) -> WebIntegrationView {
    WebIntegrationView {
        integration: integration.clone(),
        tenant_id: tenant.id().clone(),
    }
}
