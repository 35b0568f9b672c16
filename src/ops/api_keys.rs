//! API keys: list, create, read, describe, delete or revoke; and their configuration.

use chrono::SubsecRound as _;

use super::Context;
use crate::domain::api_key::{ApiKey, KeyOrder, KeyStatus, KeySubject};
use crate::domain::clock::Timestamp;
use crate::domain::duration::Iso8601Duration;
use crate::domain::error::{Denial, DomainError, Fault, Resource};
use crate::domain::ids::{ApiKeyId, TenantId, UserId};
use crate::domain::order::{NoSuchPlace, Sortable as _};
use crate::domain::page::{Limit, Position, Sort, SortKey, Start, paginate};
use crate::domain::policy::{Action, Credential, Target};
use crate::domain::secret::{ApiKeyClaims, MintedToken};
use crate::domain::settings::{ApiKeySettings, Edition};
use crate::domain::tenant::Tenant;
use crate::domain::user::{User, UserStatus};

/// A key as it is shown: never with its token.
#[derive(Clone, Debug)]
pub struct ApiKeyView {
    /// The key.
    pub key: ApiKey,
    /// Its status at the time of the request.
    pub status: KeyStatus,
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// The user for whom it speaks; none for a SCIM key.
    pub owner: Option<Owner>,
}

/// The owner of a key, for people.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// Whether the user has been deleted since.
    pub deleted: bool,
}

/// What a list of keys can be sorted by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "each is named after the property that it sorts by")]
pub enum KeyField {
    CreatedByUser,
    Sub,
    Status,
    Description,
    Created,
    // The contract has no words for these; the console sorts by them.
    Owner,
    LastUpdated,
    Expiry,
}

impl KeyField {
    fn by(self) -> By {
        match self {
            Self::CreatedByUser => By::Order(KeyOrder::CreatedByUser),
            Self::Sub => By::Order(KeyOrder::Sub),
            Self::Description => By::Order(KeyOrder::Description),
            Self::Created => By::Order(KeyOrder::Created),
            Self::LastUpdated => By::Order(KeyOrder::LastUpdated),
            Self::Expiry => By::Order(KeyOrder::Expiry),
            Self::Status => By::Status,
            Self::Owner => By::Owner,
        }
    }

    /// The words of the contract.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("createdByUser", Self::CreatedByUser),
        ("sub", Self::Sub),
        ("status", Self::Status),
        ("description", Self::Description),
        ("created", Self::Created),
    ];
}

/// Where the value that keys are sorted by comes from.
enum By {
    /// From the key itself, so that the order is kept.
    Order(KeyOrder),
    /// From the time: a key expires without anybody changing it.
    Status,
    /// From its owner.
    Owner,
}

/// Where a page of keys starts: the cursor is the id of a key.
#[derive(Clone, Copy, Debug)]
pub enum KeyCursor {
    /// `startingAfter`.
    After(ApiKeyId),
    /// `endingBefore`.
    Before(ApiKeyId),
}

impl KeyCursor {
    fn parameter(self) -> &'static str {
        match self {
            Self::After(_) => "startingAfter",
            Self::Before(_) => "endingBefore",
        }
    }

    fn id(self) -> ApiKeyId {
        match self {
            Self::After(id) | Self::Before(id) => id,
        }
    }
}

/// Which keys to list.
#[derive(Clone, Debug)]
pub struct ListApiKeys {
    /// Only those that this user created.
    pub created_by: Option<String>,
    /// Only those of this subject.
    pub sub: Option<String>,
    /// Only those with this status.
    pub status: Option<KeyStatus>,
    /// Only those with this text, letter case aside, in their description or id, or in the name or e-mail address of
    /// their owner. The contract has no such parameter; the console has the field.
    pub search: Option<String>,
    /// In this order.
    pub sort: Sort<KeyField>,
    /// At most so many.
    pub limit: Limit,
    /// From here on.
    pub cursor: Option<KeyCursor>,
    /// Whether to count how many pass.
    pub with_total: bool,
}

/// One page of keys.
#[derive(Clone, Debug)]
pub struct ApiKeyPage {
    /// The keys.
    pub keys: Vec<ApiKeyView>,
    /// The key after which the next page starts, if there is one.
    pub next: Option<ApiKeyId>,
    /// The key before which the previous page ends, if there is one.
    pub previous: Option<ApiKeyId>,
    /// How many keys pass, if that was asked for.
    pub total: Option<usize>,
}

/// Lists keys. A tenant admin sees all, anybody else the own ones.
///
/// # Errors
/// When somebody who is no tenant admin asks for the keys of others, or the cursor is not the id of a key.
pub fn list(context: &Context, query: &ListApiKeys) -> Result<ApiKeyPage, DomainError> {
    let tenant = context.tenant.read();
    let own = context.caller.user_id();
    let asks_for_others = [&query.sub, &query.created_by]
        .into_iter()
        .flatten()
        .any(|asked| own.is_none_or(|own| own.as_str() != asked));
    let sees_all = context.require(&tenant, Action::ListApiKeys, Target::Other);
    if asks_for_others && let Err(denial) = sees_all {
        return Err(denial.into());
    }
    context.require(&tenant, Action::ListApiKeys, Target::Own)?;

    let keys = tenant.api_keys();
    let search = query.search.as_deref().map(str::to_lowercase);
    let passes = |key: &ApiKey| {
        query
            .status
            .is_none_or(|status| key.status(context.now) == status)
            && query.sub.as_deref().is_none_or(|sub| key.subject.as_str() == sub)
            && query
                .created_by
                .as_deref()
                .is_none_or(|user| key.created_by.as_str() == user)
            && search
                .as_deref()
                .is_none_or(|search| found_by(&tenant, key, search))
    };
    let position = |key: &ApiKey| {
        Position::new(
            sort_key(&tenant, key, query.sort.field, context.now),
            key.id.to_string(),
        )
        .into_owned()
    };
    // Those of one subject are at hand.
    let subjects = match (&sees_all, own, query.sub.as_deref()) {
        (Err(_), Some(own), _) => vec![KeySubject::User(own.clone())],
        (_, _, Some(sub)) => UserId::parse(sub)
            .map(KeySubject::User)
            .into_iter()
            .chain([KeySubject::ExternalClient(sub.to_owned())])
            .collect(),
        _ => Vec::new(),
    };
    let candidates = || -> Box<dyn Iterator<Item = &ApiKey>> {
        if subjects.is_empty() {
            Box::new(keys.iter())
        } else {
            Box::new(subjects.iter().flat_map(|subject| keys.of(subject)))
        }
    };
    let start = match query.cursor {
        None => Start::First,
        Some(cursor) => {
            let at = keys
                .get(cursor.id())
                .filter(|key| sees_all.is_ok() || subjects.contains(&key.subject))
                .ok_or_else(|| {
                    let sentence = "Must be the id of an API key of this list.";
                    DomainError::invalid(Fault::in_parameter(cursor.parameter(), sentence))
                })?;
            match cursor {
                KeyCursor::After(_) => Start::After(position(at)),
                KeyCursor::Before(_) => Start::Before(position(at)),
            }
        }
    };
    let (direction, limit) = (query.sort.direction, query.limit);
    let wanted = || candidates().filter(|key| passes(key));
    let page = match query.sort.field.by() {
        By::Order(order) if subjects.is_empty() => {
            let find = |id: &ApiKeyId| keys.get(*id).filter(|key| passes(key));
            keys.orders()
                .page(keys.iter(), (order, direction), &start, limit, find)
                .map_err(|NoSuchPlace| DomainError::NotFound(Resource::ApiKey))?
        }
        _ => paginate(wanted(), |key| position(key), direction, &start, limit).into(),
    };
    let everything = subjects.is_empty()
        && query.created_by.is_none()
        && query.sub.is_none()
        && query.status.is_none()
        && query.search.is_none();
    let id = |position: Option<Position<'_>>| position.and_then(|position| ApiKeyId::parse(&position.id));
    Ok(ApiKeyPage {
        next: id(page.next),
        previous: id(page.previous),
        total: query.with_total.then(|| {
            if everything {
                keys.total()
            } else {
                wanted().count()
            }
        }),
        keys: page
            .items
            .into_iter()
            .map(|key| view(&tenant, key, context.now))
            .collect(),
    })
}

fn found_by(tenant: &Tenant, key: &ApiKey, search: &str) -> bool {
    let contains = |text: &str| text.to_lowercase().contains(search);
    contains(&key.description)
        || contains(&key.id.to_string())
        || match owner(tenant, &key.subject) {
            Some(owner) => contains(&owner.name) || owner.email.as_deref().is_some_and(contains),
            None => contains(key.subject.as_str()),
        }
}

fn owner<'t>(tenant: &'t Tenant, subject: &KeySubject) -> Option<&'t User> {
    match subject {
        KeySubject::User(id) => tenant.users().get(id),
        KeySubject::ExternalClient(_) => None,
    }
}

fn sort_key<'k>(tenant: &'k Tenant, key: &'k ApiKey, field: KeyField, now: Timestamp) -> SortKey<'k> {
    match field.by() {
        By::Order(order) => key.sort_key(order),
        By::Status => key.status(now).as_str().into(),
        By::Owner => match owner(tenant, &key.subject) {
            Some(owner) => owner.name.to_lowercase().into(),
            None => key.subject.as_str().into(),
        },
    }
}

/// For whom a new key shall speak.
#[derive(Clone, Debug)]
pub enum NewKeySubject {
    /// The caller.
    Caller,
    /// The user with this id.
    User(String),
    /// A SCIM client with this name.
    ExternalClient(String),
}

/// A key to be made.
#[derive(Clone, Debug)]
pub struct CreateApiKey {
    /// What it shall be called.
    pub description: String,
    /// How long it shall live; the tenant's maximum if not given.
    pub expiry: Option<Iso8601Duration>,
    /// For whom it shall speak.
    pub subject: NewKeySubject,
}

/// A key that has just been made, with its token for the only time.
#[derive(Debug)]
pub struct CreatedApiKey {
    /// The key.
    pub view: ApiKeyView,
    /// Its token.
    pub token: MintedToken,
}

/// Makes a key.
///
/// # Errors
/// When the caller or the subject may not, keys are switched off, the subject has too many active ones, or the
/// expiry is above the maximum.
pub fn create(context: &Context, command: CreateApiKey) -> Result<CreatedApiKey, DomainError> {
    // Refuse what can be refused before the expensive signature; everything is checked again under the lock.
    let (subject, signing_key, tenant_id) = {
        let tenant = context.tenant.read();
        let (subject, _) = admit(&tenant, context, &command)?;
        (subject, tenant.signing_key(), tenant.id().clone())
    };
    let id = ApiKeyId::new(context.tenant.entropy().uuid());
    let token = signing_key.mint(&ApiKeyClaims {
        sub_type: subject.sub_type(),
        tenant_id: &tenant_id,
        id,
        subject: subject.as_str(),
        issued_at: context.now,
    });

    let mut tenant = context.tenant.write();
    let (subject, expiry) = admit(&tenant, context, &command)?;
    let target = context.caller.user_id().map_or(Target::Other, |own| {
        Target::own_if(subject.as_str() == own.as_str())
    });
    let permit = context.require(&tenant, Action::CreateApiKey, target)?;
    let created_by = context.caller.user_id().cloned().ok_or(Denial::ExternalClient)?;
    let key = ApiKey {
        id,
        digest: token.digest(),
        description: command.description,
        subject,
        created_by,
        created: context.now,
        last_updated: context.now,
        expiry,
        revoked: false,
    };
    let view = view(&tenant, &key, context.now);
    tenant.insert_api_key(&permit, key);
    Ok(CreatedApiKey { view, token })
}

/// Checks every rule of creation; returns the subject and the expiry that the key would have.
fn admit(
    tenant: &Tenant,
    context: &Context,
    command: &CreateApiKey,
) -> Result<(KeySubject, Timestamp), DomainError> {
    let own = context.caller.user_id().ok_or(Denial::ExternalClient)?;
    let subject = match &command.subject {
        NewKeySubject::Caller => KeySubject::User(own.clone()),
        NewKeySubject::User(id) if id == own.as_str() => KeySubject::User(own.clone()),
        NewKeySubject::User(id) => {
            context.require(tenant, Action::CreateApiKey, Target::Other)?;
            KeySubject::User(entitled_user(tenant, id)?)
        }
        NewKeySubject::ExternalClient(name) => {
            context.require(tenant, Action::CreateApiKey, Target::Other)?;
            KeySubject::ExternalClient(name.clone())
        }
    };
    require_switched_on(tenant)?;
    if matches!(&subject, KeySubject::User(id) if id == own) {
        context.require(tenant, Action::CreateApiKey, Target::Own)?;
    }
    let settings = tenant.api_key_settings();
    let maximum = match subject {
        KeySubject::User(_) => &settings.max_expiry,
        KeySubject::ExternalClient(_) => &settings.scim_expiry,
    };
    let expiry = expiry_within(maximum, command.expiry.as_ref(), context.now)?;
    require_room(tenant, &subject, context.now)?;
    Ok((subject, expiry))
}

fn require_switched_on(tenant: &Tenant) -> Result<(), Denial> {
    if tenant.api_keys_enabled() {
        Ok(())
    } else {
        Err(Denial::KeysSwitchedOff)
    }
}

fn require_room(tenant: &Tenant, subject: &KeySubject, now: Timestamp) -> Result<(), Denial> {
    let maximum = tenant.api_key_settings().max_keys_per_user;
    // Counted no further than it matters: a seed may hold more.
    let most = usize::from(maximum);
    if tenant.api_keys().active_of(subject, now).take(most).count() < most {
        Ok(())
    } else {
        Err(Denial::KeyLimitReached { maximum })
    }
}

/// What a user may make of API keys at present, for the page that offers it.
#[derive(Clone, Debug)]
pub struct Allowance {
    /// Everything that stands in the way of a new key.
    pub obstacles: Vec<Denial>,
    /// How many active keys the caller has.
    pub active: usize,
    /// What the tenant allows.
    pub settings: ApiKeySettings,
}

/// What stands between the caller and a new key, all of it at once.
///
/// # Errors
/// When no user stands behind the credential.
pub fn allowance(context: &Context) -> Result<Allowance, DomainError> {
    let tenant = context.tenant.read();
    let subject = KeySubject::User(context.caller.user_id().cloned().ok_or(Denial::ExternalClient)?);
    let verdicts = [
        require_switched_on(&tenant),
        context
            .require(&tenant, Action::CreateApiKey, Target::Own)
            .map(|_| ()),
        require_room(&tenant, &subject, context.now),
    ];
    Ok(Allowance {
        obstacles: verdicts.into_iter().filter_map(Result::err).collect(),
        active: tenant.api_keys().active_of(&subject, context.now).count(),
        settings: tenant.api_key_settings().clone(),
    })
}

/// Makes a key and keeps its token in the caller's session, for the one page that shows it.
///
/// # Errors
/// Those of [`create`].
pub fn create_to_show(context: &Context, command: CreateApiKey) -> Result<ApiKeyView, DomainError> {
    let created = create(context, command)?;
    if let Credential::Session(cookie) = &context.caller.credential {
        context
            .tenant
            .write()
            .keep_new_key(cookie, created.view.key.id, created.token);
    }
    Ok(created.view)
}

/// Takes the token that [`create_to_show`] kept: once, whoever else asks at the same time.
pub fn show_new(context: &Context, id: ApiKeyId) -> Option<MintedToken> {
    match &context.caller.credential {
        Credential::Session(cookie) => context.tenant.write().take_new_key(cookie, id),
        Credential::ApiKey(_) | Credential::AccessToken { .. } => None,
    }
}

fn entitled_user(tenant: &Tenant, id: &str) -> Result<UserId, DomainError> {
    let user = UserId::parse(id)
        .and_then(|id| tenant.users().present(&id))
        .ok_or_else(|| DomainError::invalid(Fault::at("/sub", "No user of this tenant has this id.")))?;
    if user.status == UserStatus::Disabled {
        return Err(DomainError::invalid(Fault::at("/sub", "This user is disabled.")));
    }
    if tenant.may_hold_keys(user) {
        Ok(user.id.clone())
    } else {
        Err(Denial::SubjectMayNotHoldKeys.into())
    }
}

fn expiry_within(
    maximum: &Iso8601Duration,
    asked: Option<&Iso8601Duration>,
    now: Timestamp,
) -> Result<Timestamp, DomainError> {
    let fault = |sentence: String| DomainError::invalid(Fault::at("/expiry", sentence));
    let latest = maximum.after(now);
    let expiry = asked
        .unwrap_or(maximum)
        .after(now)
        .ok_or_else(|| fault("Ends outside of the calendar.".to_owned()))?
        .trunc_subsecs(3);
    if expiry <= now {
        return Err(fault("Must be at least a millisecond.".to_owned()));
    }
    if latest.is_some_and(|latest| expiry > latest) {
        return Err(fault(format!(
            "Must be at most {maximum}, the maximum of this tenant."
        )));
    }
    Ok(expiry)
}

/// Reads a key.
///
/// # Errors
/// When there is none with this id, or it belongs to somebody else.
pub fn read(context: &Context, id: &str) -> Result<ApiKeyView, DomainError> {
    let tenant = context.tenant.read();
    let key = find(&tenant, id)?;
    context.require(&tenant, Action::ReadApiKey, target(context, key))?;
    Ok(view(&tenant, key, context.now))
}

/// Gives a key another description; none leaves it as it is.
///
/// # Errors
/// When there is none with this id, or the caller may not.
pub fn describe(context: &Context, id: &str, description: Option<String>) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let key = find(&tenant, id)?;
    let permit = context.require(&tenant, Action::UpdateApiKey, target(context, key))?;
    let id = key.id;
    if let Some(description) = description {
        tenant.describe_api_key(&permit, id, description, context.now);
    }
    Ok(())
}

/// What became of a key that was to be deleted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Deletion {
    /// Its owner asked: it is gone.
    Removed,
    /// A tenant admin asked: it stays in the list and opens nothing any more.
    Revoked,
}

/// Deletes a key for its owner, or revokes it for a tenant admin.
///
/// # Errors
/// When there is none with this id, or the caller may not.
pub fn delete(context: &Context, id: &str) -> Result<Deletion, DomainError> {
    let mut tenant = context.tenant.write();
    let key = find(&tenant, id)?;
    let (id, target) = (key.id, target(context, key));
    let permit = context.require(&tenant, Action::DeleteApiKey, target)?;
    match target {
        Target::Own => {
            tenant.remove_api_key(&permit, id);
            Ok(Deletion::Removed)
        }
        Target::Other => {
            tenant.revoke_api_key(&permit, id, context.now);
            Ok(Deletion::Revoked)
        }
    }
}

/// The configuration of keys, with what the edition shows of it.
#[derive(Clone, Debug)]
pub struct ConfigView {
    /// The configuration.
    pub settings: ApiKeySettings,
    /// Which members of the resource exist.
    pub edition: Edition,
}

/// Reads the configuration of keys.
///
/// # Errors
/// When it is that of another tenant, or the caller may not.
pub fn read_config(context: &Context, tenant_id: &str) -> Result<ConfigView, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadApiKeysConfig, Target::Other)?;
    require_own_config(&tenant, tenant_id)?;
    Ok(ConfigView {
        settings: tenant.api_key_settings().clone(),
        edition: tenant.edition(),
    })
}

/// One change of the configuration of keys.
#[derive(Clone, Debug)]
pub enum ConfigChange {
    /// The switch, which exists in the classic edition only.
    Enabled(bool),
    /// The longest life of a user's key.
    MaxExpiry(Iso8601Duration),
    /// How many active keys a subject may have.
    MaxKeysPerUser(u16),
    /// The longest life of a SCIM key.
    ScimExpiry(Iso8601Duration),
}

/// Changes the configuration of keys. Keys that exist keep their expiry.
///
/// # Errors
/// When it is that of another tenant, or the caller may not.
pub fn update_config(
    context: &Context,
    tenant_id: &str,
    changes: Vec<ConfigChange>,
) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::UpdateApiKeysConfig, Target::Other)?;
    require_own_config(&tenant, tenant_id)?;
    let mut settings = tenant.api_key_settings().clone();
    for change in changes {
        match change {
            ConfigChange::Enabled(enabled) => settings.enabled = enabled,
            ConfigChange::MaxExpiry(expiry) => settings.max_expiry = expiry,
            ConfigChange::MaxKeysPerUser(maximum) => settings.max_keys_per_user = maximum,
            ConfigChange::ScimExpiry(expiry) => settings.scim_expiry = expiry,
        }
    }
    tenant.set_api_key_settings(&permit, settings);
    Ok(())
}

fn require_own_config(tenant: &Tenant, tenant_id: &str) -> Result<(), DomainError> {
    if tenant.id().as_str() == tenant_id {
        Ok(())
    } else {
        Err(DomainError::NotFound(Resource::ApiKeysConfig))
    }
}

fn find<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t ApiKey, DomainError> {
    ApiKeyId::parse(id)
        .and_then(|id| tenant.api_keys().get(id))
        .ok_or(DomainError::NotFound(Resource::ApiKey))
}

fn target(context: &Context, key: &ApiKey) -> Target {
    match &key.subject {
        KeySubject::User(owner) => context.caller.target(owner),
        KeySubject::ExternalClient(_) => Target::Other,
    }
}

fn view(tenant: &Tenant, key: &ApiKey, now: Timestamp) -> ApiKeyView {
    ApiKeyView {
        key: key.clone(),
        status: key.status(now),
        tenant_id: tenant.id().clone(),
        owner: owner(tenant, &key.subject).map(|owner| Owner {
            name: owner.name.clone(),
            email: owner.email.clone(),
            deleted: owner.status == UserStatus::Deleted,
        }),
    }
}
