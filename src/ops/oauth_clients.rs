//! OAuth clients: list, create, read, change, publish, delete; their secrets; the tenant's connections to them.

use std::collections::BTreeSet;

use super::Context;
use crate::domain::error::{DomainError, Fault, Resource};
use crate::domain::filter::{Attribute, Filter, Vocabulary};
use crate::domain::ids::{OAuthClientId, TenantId};
use crate::domain::oauth::client::{
    AppType, AuthMethod, ClientKey, ClientSecret, ClientSettings, ConsentMethod, ExtraGrant, MOST_ADDRESSES,
    MOST_PUBLIC_KEYS, MOST_SCOPES, MOST_SECRETS, OAuthClient,
};
use crate::domain::page::{Cursor, Limit, Position, Sort, SortKey, Start, paginate};
use crate::domain::policy::{Action, Credential, Target};
use crate::domain::secret::MintedToken;
use crate::domain::tenant::Tenant;

/// How many characters of a secret its hint has (the contract's `maxLength`).
const HINT_LENGTH: usize = 5;

/// A client as one caller may see it.
#[derive(Clone, Debug)]
pub struct ClientView {
    /// The client.
    pub client: OAuthClient,
    /// The tenant that owns it.
    pub tenant_id: TenantId,
    /// Whether the caller may see how it is set up.
    pub in_full: bool,
}

/// What a filter of clients may name, as published.
pub static VOCABULARY: Vocabulary = Vocabulary {
    attributes: &[
        Attribute::exact("clientId"),
        Attribute::searchable("clientName"),
        Attribute::exact("appType"),
        Attribute::exact("tenantId"),
        Attribute::exact("createdByType"),
    ],
    grouped: None,
};

/// What a list of clients can be sorted by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "each is named after the property that it sorts by")]
pub enum ClientField {
    ClientId,
    ClientName,
    AppType,
    TenantId,
    CreatedAt,
    UpdatedAt,
}

impl ClientField {
    /// The words of the contract.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("clientId", Self::ClientId),
        ("clientName", Self::ClientName),
        ("appType", Self::AppType),
        ("tenantId", Self::TenantId),
        ("createdAt", Self::CreatedAt),
        ("updatedAt", Self::UpdatedAt),
    ];
}

/// Which clients to list.
#[derive(Clone, Debug)]
pub struct ListClients {
    /// Only those that pass.
    pub filter: Option<Filter>,
    /// In this order.
    pub sort: Sort<ClientField>,
    /// At most so many.
    pub limit: Limit,
    /// From here on.
    pub start: Start<'static>,
}

/// One page of clients.
#[derive(Clone, Debug)]
pub struct ClientPage {
    /// The clients.
    pub clients: Vec<ClientView>,
    /// The cursor of the next page.
    pub next: Option<Cursor>,
    /// The cursor of the previous page.
    pub previous: Option<Cursor>,
    /// How many clients pass.
    pub total: usize,
    /// Whether the caller may see how they are set up.
    pub in_full: bool,
}

/// Lists clients. A tenant admin sees how they are set up, anybody else what they are.
///
/// # Errors
/// When the caller may not.
pub fn list(context: &Context, query: &ListClients) -> Result<ClientPage, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ListOAuthClients, Target::Other)?;
    let in_full = sees_in_full(context, &tenant);
    let wanted = tenant.oauth_clients().iter().filter(|client| {
        query
            .filter
            .as_ref()
            .is_none_or(|filter| passes(&tenant, client, filter))
    });
    let page = paginate(
        wanted,
        |client| Position::new(sort_key(&tenant, client, query.sort.field), client.id.as_str()),
        query.sort.direction,
        &query.start,
        query.limit,
    );
    Ok(ClientPage {
        next: page.next.map(|position| Cursor::new(&query.sort, position)),
        previous: page.previous.map(|position| Cursor::new(&query.sort, position)),
        total: page.total,
        clients: page
            .items
            .into_iter()
            .map(|client| view(&tenant, client, in_full))
            .collect(),
        in_full,
    })
}

/// All clients, by name, for a page of the console.
///
/// # Errors
/// When the caller may not see how they are set up.
pub fn all(context: &Context) -> Result<Vec<OAuthClient>, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadOAuthClientInFull, Target::Other)?;
    let mut clients: Vec<_> = tenant.oauth_clients().iter().cloned().collect();
    clients.sort_by_cached_key(|client| (client.settings.name.to_lowercase(), client.id.to_string()));
    Ok(clients)
}

fn sees_in_full(context: &Context, tenant: &Tenant) -> bool {
    context
        .require(tenant, Action::ReadOAuthClientInFull, Target::Other)
        .is_ok()
}

fn sort_key<'c>(tenant: &'c Tenant, client: &'c OAuthClient, field: ClientField) -> SortKey<'c> {
    match field {
        ClientField::ClientId => client.id.as_str().into(),
        ClientField::ClientName => client.settings.name.to_lowercase().into(),
        ClientField::AppType => client.app_type.as_str().into(),
        ClientField::TenantId => tenant.id().as_str().into(),
        ClientField::CreatedAt => client.created_at.into(),
        ClientField::UpdatedAt => client.updated_at.into(),
    }
}

fn passes(tenant: &Tenant, client: &OAuthClient, filter: &Filter) -> bool {
    filter.matches(|attribute, test| match attribute {
        "clientId" => test(client.id.as_str()),
        "clientName" => test(&client.settings.name),
        "appType" => test(client.app_type.as_str()),
        "tenantId" => test(tenant.id().as_str()),
        // Nobody else than users creates clients here.
        "createdByType" => test(CREATED_BY_TYPE),
        _ => false,
    })
}

/// What `createdByType` says of every client: users create them. `service` and `dcr` are published too.
pub const CREATED_BY_TYPE: &str = "user";

/// Reads a client.
///
/// # Errors
/// When there is none with this id, or the caller may not.
pub fn read(context: &Context, id: &str) -> Result<ClientView, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadOAuthClient, Target::Other)?;
    let in_full = sees_in_full(context, &tenant);
    Ok(view(&tenant, find(&tenant, id)?, in_full))
}

/// A client to be made.
#[derive(Clone, Debug)]
pub struct CreateClient {
    /// What kind of application it is.
    pub app_type: AppType,
    /// What may be chosen.
    pub settings: ClientSettings,
    /// Whether users are asked.
    pub consent: ConsentMethod,
}

/// A client that has just been made, with its secret for the only time.
#[derive(Debug)]
pub struct CreatedClient {
    /// The client.
    pub view: ClientView,
    /// Its secret; a client that proves who it is otherwise, or not at all, has none.
    pub secret: Option<MintedToken>,
}

/// Makes a client, and its first secret if it has use for one.
///
/// # Errors
/// When the caller may not, or what was chosen does not fit together.
pub fn create(context: &Context, command: CreateClient) -> Result<CreatedClient, DomainError> {
    let CreateClient {
        app_type,
        settings,
        consent,
    } = command;
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::CreateOAuthClient, Target::Other)?;
    require_fitting(app_type, &settings)?;
    let mut client = OAuthClient {
        id: OAuthClientId::draw(context.tenant.entropy()),
        app_type,
        settings,
        secrets: Vec::new(),
        consent: Some(consent),
        created_at: context.now,
        updated_at: context.now,
        published_at: None,
    };
    let secret = client
        .may_authenticate_by(AuthMethod::ClientSecret)
        .then(|| add_secret(context, &mut client));
    let made = view(&tenant, &client, true);
    tenant.put_oauth_client(&permit, client);
    Ok(CreatedClient { view: made, secret })
}

/// Makes a client and keeps its secret in the caller's session, for the one page that shows it.
///
/// # Errors
/// Those of [`create`].
pub fn create_to_show(context: &Context, command: CreateClient) -> Result<OAuthClient, DomainError> {
    let created = create(context, command)?;
    let client = created.view.client;
    if let (Credential::Session(cookie), Some(secret)) = (&context.caller.credential, created.secret) {
        context
            .tenant
            .write()
            .keep_new_client_secret(cookie, client.id.clone(), secret);
    }
    Ok(client)
}

/// Takes the secret that [`create_to_show`] kept: once, whoever else asks at the same time.
pub fn show_new(context: &Context, id: &OAuthClientId) -> Option<MintedToken> {
    match &context.caller.credential {
        Credential::Session(cookie) => context.tenant.write().take_new_client_secret(cookie, id),
        _ => None,
    }
}

/// What is done to a list. `add` and `remove` of a list are published without a word on what they do; that they change
/// some of its entries, as for roles and users, is our reading.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ListEdit {
    /// These entries in the place of those that it has.
    Replace,
    /// These entries besides.
    Add,
    /// Without these entries.
    Remove,
}

/// One change of a client.
#[derive(Clone, Debug)]
pub enum ClientChange {
    /// Another name.
    Name(String),
    /// Another description.
    Description(String),
    /// Another home page.
    ClientUri(String),
    /// Another picture.
    LogoUri(String),
    /// Other addresses to go back to.
    RedirectUris(ListEdit, Vec<String>),
    /// Other origins.
    AllowedOrigins(ListEdit, Vec<String>),
    /// Other scopes.
    AllowedScopes(ListEdit, Vec<String>),
    /// Other grants.
    ExtraGrants(ListEdit, BTreeSet<ExtraGrant>),
    /// Other ways to prove who it is.
    AuthMethods(ListEdit, BTreeSet<AuthMethod>),
    /// Other public keys. One takes the place of another with the same `kid`.
    PublicKeys(ListEdit, Vec<ClientKey>),
}

/// Changes a client: all of the changes or none. A client that may use a secret from now on, and has none, is given
/// one, which is returned (documented).
///
/// # Errors
/// When there is none with this id, the caller may not, or it would no longer fit together.
pub fn update(
    context: &Context,
    id: &str,
    changes: Vec<ClientChange>,
) -> Result<Option<MintedToken>, DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::UpdateOAuthClient, Target::Other)?;
    let mut client = find(&tenant, id)?.clone();
    if changes.is_empty() {
        return Ok(None);
    }
    let settings = &mut client.settings;
    for change in changes {
        match change {
            ClientChange::Name(name) => settings.name = name,
            ClientChange::Description(description) => settings.description = description,
            ClientChange::ClientUri(uri) => settings.client_uri = uri,
            ClientChange::LogoUri(uri) => settings.logo_uri = uri,
            ClientChange::RedirectUris(how, uris) => edit(&mut settings.redirect_uris, how, uris),
            ClientChange::AllowedOrigins(how, origins) => edit(&mut settings.allowed_origins, how, origins),
            ClientChange::AllowedScopes(how, scopes) => edit(&mut settings.allowed_scopes, how, scopes),
            ClientChange::ExtraGrants(how, grants) => edit_set(&mut settings.extra_grants, how, grants),
            ClientChange::AuthMethods(how, methods) => edit_set(&mut settings.auth_methods, how, methods),
            ClientChange::PublicKeys(how, keys) => edit(&mut settings.public_keys, how, keys),
        }
    }
    require_fitting(client.app_type, settings)?;
    client.updated_at = context.now;
    let needs_secret = client.may_authenticate_by(AuthMethod::ClientSecret) && client.secrets.is_empty();
    let secret = needs_secret.then(|| add_secret(context, &mut client));
    tenant.put_oauth_client(&permit, client);
    Ok(secret)
}

fn edit<T: PartialEq>(list: &mut Vec<T>, how: ListEdit, entries: Vec<T>) {
    match how {
        ListEdit::Replace => *list = entries,
        ListEdit::Remove => list.retain(|entry| !entries.contains(entry)),
        ListEdit::Add => {
            list.retain(|entry| !entries.contains(entry));
            list.extend(entries);
        }
    }
}

fn edit_set<T: Ord>(set: &mut BTreeSet<T>, how: ListEdit, entries: BTreeSet<T>) {
    match how {
        ListEdit::Replace => *set = entries,
        ListEdit::Remove => set.retain(|entry| !entries.contains(entry)),
        ListEdit::Add => set.extend(entries),
    }
}

/// Deletes a client. What was issued to it opens nothing any more.
///
/// # Errors
/// When there is none with this id, or the caller may not.
pub fn delete(context: &Context, id: &str) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::DeleteOAuthClient, Target::Other)?;
    let id = find(&tenant, id)?.id.clone();
    tenant.remove_oauth_client(&permit, &id);
    Ok(())
}

/// Whether the caller may delete a client, if there is one.
///
/// # Errors
/// Those of [`delete`].
pub fn may_delete(context: &Context, id: &str) -> Result<(), DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::DeleteOAuthClient, Target::Other)?;
    find(&tenant, id).map(drop)
}

/// Shares a client with the other tenants of the region. There are none here, so this only notes when it was first
/// done; again changes nothing.
///
/// # Errors
/// When there is none with this id, or the caller may not.
pub fn publish(context: &Context, id: &str) -> Result<OAuthClient, DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::UpdateOAuthClient, Target::Other)?;
    let mut client = find(&tenant, id)?.clone();
    if client.published_at.is_none() {
        client.published_at = Some(context.now);
        client.updated_at = context.now;
        tenant.put_oauth_client(&permit, client.clone());
    }
    Ok(client)
}

/// A secret that has just been made.
#[derive(Debug)]
pub struct CreatedSecret {
    /// The client.
    pub client_id: OAuthClientId,
    /// What is kept of it.
    pub record: ClientSecret,
    /// The secret itself, for the only time.
    pub secret: MintedToken,
}

/// Makes another secret for a client.
///
/// # Errors
/// When there is no client with this id, it has no use for one, has as many as it may have, or the caller may not.
pub fn create_secret(context: &Context, id: &str) -> Result<CreatedSecret, DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::UpdateOAuthClient, Target::Other)?;
    let mut client = find(&tenant, id)?.clone();
    if !client.may_authenticate_by(AuthMethod::ClientSecret) {
        let sentence = "Only a client of type web with the authentication method client_secret has secrets.";
        return Err(DomainError::invalid(Fault::in_parameter("id", sentence)));
    }
    if client.secrets.len() >= MOST_SECRETS {
        let sentence = format!("A client has at most {MOST_SECRETS} secrets. Delete one first.");
        return Err(DomainError::Conflict(Fault::of_request(sentence)));
    }
    let secret = add_secret(context, &mut client);
    client.updated_at = context.now;
    let client_id = client.id.clone();
    // The one that was just added.
    let record = client
        .secrets
        .last()
        .cloned()
        .ok_or(DomainError::NotFound(Resource::OAuthClientSecret))?;
    tenant.put_oauth_client(&permit, client);
    Ok(CreatedSecret {
        client_id,
        record,
        secret,
    })
}

/// Deletes the secret of a client that has this hint. It proves nothing any more; tokens that it was used for live on.
///
/// # Errors
/// When there is no such client or secret, or the caller may not.
pub fn delete_secret(context: &Context, id: &str, hint: &str) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::UpdateOAuthClient, Target::Other)?;
    let mut client = find(&tenant, id)?.clone();
    let before = client.secrets.len();
    client.secrets.retain(|secret| secret.hint != hint);
    if client.secrets.len() == before {
        return Err(DomainError::NotFound(Resource::OAuthClientSecret));
    }
    client.updated_at = context.now;
    tenant.put_oauth_client(&permit, client);
    Ok(())
}

fn add_secret(context: &Context, client: &mut OAuthClient) -> MintedToken {
    loop {
        let secret = MintedToken::opaque(context.tenant.entropy());
        let hint = secret.hint(HINT_LENGTH);
        // A hint names one secret of its client.
        if client.secrets.iter().any(|known| known.hint == hint) {
            continue;
        }
        client.secrets.push(ClientSecret {
            hint,
            digest: secret.digest(),
            created_at: context.now,
            created_by: context.caller.user_id().cloned(),
        });
        return secret;
    }
}

/// Whether users of this tenant are asked before a client acts for them.
///
/// # Errors
/// When there is no client with this id, the tenant has deleted its connection to it, or the caller may not.
pub fn read_connection(context: &Context, id: &str) -> Result<ConsentMethod, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadOAuthClientInFull, Target::Other)?;
    let client = find(&tenant, id)?;
    client
        .consent
        .ok_or(DomainError::NotFound(Resource::OAuthConnection))
}

/// Sets whether users are asked. A connection that was deleted is made anew.
///
/// # Errors
/// When there is no client with this id, or the caller may not.
pub fn update_connection(
    context: &Context,
    id: &str,
    consent: Option<ConsentMethod>,
) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::UpdateOAuthClient, Target::Other)?;
    let mut client = find(&tenant, id)?.clone();
    if let Some(consent) = consent {
        client.consent = Some(consent);
        client.updated_at = context.now;
        tenant.put_oauth_client(&permit, client);
    }
    Ok(())
}

/// Deletes the tenant's connection to a client, with what users have allowed it.
///
/// # Errors
/// When there is no such client or connection, or the caller may not.
pub fn delete_connection(context: &Context, id: &str) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::UpdateOAuthClient, Target::Other)?;
    let mut client = find(&tenant, id)?.clone();
    if client.consent.take().is_none() {
        return Err(DomainError::NotFound(Resource::OAuthConnection));
    }
    client.updated_at = context.now;
    tenant.disconnect_oauth_client(&permit, client);
    Ok(())
}

/// What of a client's settings is only for some kinds of clients. The rules are published in prose; that breaking one
/// is refused, and not passed over, is our choice.
fn require_fitting(app_type: AppType, settings: &ClientSettings) -> Result<(), DomainError> {
    let mut faults = Vec::new();
    let web_only = "Only for clients of type web.";
    for (pointer, count, maximum) in [
        ("/redirectUris", settings.redirect_uris.len(), MOST_ADDRESSES),
        ("/allowedOrigins", settings.allowed_origins.len(), MOST_ADDRESSES),
        ("/allowedScopes", settings.allowed_scopes.len(), MOST_SCOPES),
        ("/publicKeys", settings.public_keys.len(), MOST_PUBLIC_KEYS),
    ] {
        if count > maximum {
            faults.push(Fault::at(
                pointer,
                format!("Must have at most {maximum} entries."),
            ));
        }
    }
    if settings.auth_methods.is_empty() {
        faults.push(Fault::at("/allowedAuthMethods", "Must have at least one entry."));
    }
    if !settings.extra_grants.is_empty() && !app_type.is_confidential() {
        faults.push(Fault::at("/allowedGrantTypes", web_only));
    }
    let by_key = settings.auth_methods.contains(&AuthMethod::PrivateKeyJwt);
    if by_key && !app_type.is_confidential() {
        faults.push(Fault::at("/allowedAuthMethods", web_only));
    }
    if by_key && settings.public_keys.is_empty() {
        let sentence = "Required for the authentication method private_key_jwt.";
        faults.push(Fault::at("/publicKeys", sentence));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(DomainError::Invalid(faults))
    }
}

fn find<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t OAuthClient, DomainError> {
    OAuthClientId::parse(id)
        .and_then(|id| tenant.oauth_clients().get(&id))
        .ok_or(DomainError::NotFound(Resource::OAuthClient))
}

fn view(tenant: &Tenant, client: &OAuthClient, in_full: bool) -> ClientView {
    ClientView {
        client: client.clone(),
        tenant_id: tenant.id().clone(),
        in_full,
    }
}
