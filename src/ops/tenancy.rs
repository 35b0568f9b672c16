//! The tenants of one process: the default one, and those that tests create for themselves.
//!
//! Each has a state, a clock, a source of chance, faults, limits, snapshots and a journal of its own, so that
//! what is done in one cannot be seen in another.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::Value;

use super::TenantHandle;
use super::hostnames::Hostnames;
use super::tokens::{self, KeyWish, MadeKey};
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::entropy::Entropy;
use crate::domain::error::{DomainError, Fault, Resource};
use crate::domain::ids::{TenantId, TenantName};
use crate::domain::policy;
use crate::domain::secret::PresentedToken;
use crate::domain::seed::{self, Surroundings, TenantIdentity};
use crate::domain::settings::Edition;
use crate::domain::tenant::Tenant;
use crate::domain::user::{User, UserStatus};

/// The most tenants that one process has. Our choice.
pub const MOST_TENANTS: usize = 10_000;

/// The domain whose names mean the sender's own machine (RFC 6761).
pub(super) const LOCAL_DOMAIN: &str = ".localhost";

/// All tenants.
#[derive(Debug)]
pub struct Tenants {
    default: Arc<TenantHandle>,
    others: RwLock<Others>,
    are_several: AtomicBool,
    drawn: AtomicU64,
    hostnames: Arc<Hostnames>,
}

#[derive(Debug, Default)]
struct Others {
    by_name: BTreeMap<TenantName, Arc<TenantHandle>>,
    by_id: HashMap<TenantId, Arc<TenantHandle>>,
}

/// Which tenant a host name means.
#[derive(Clone, Debug)]
pub enum AtHost {
    /// This one, and no other.
    Tenant(Arc<TenantHandle>),
    /// Whichever the credential is of: the name is that of the machine, or of nobody.
    Anybody,
    /// None: the name is a local one that only a tenant can have.
    Nobody,
}

/// What a tenant is to be created from.
#[derive(Debug)]
pub struct NewTenant {
    /// The name; without one, it is numbered.
    pub name: Option<TenantName>,
    /// The seed. Its id and host names do not count.
    pub seed: Value,
    /// Overrides the edition that the seed names.
    pub edition: Option<Edition>,
}

/// A tenant that has just been created.
#[derive(Debug)]
pub struct CreatedTenant {
    /// The tenant.
    pub handle: Arc<TenantHandle>,
    /// A tenant admin with a key, if the seed has one who may hold keys.
    pub admin: Option<KeyHolder>,
    /// A user without the role of a tenant admin with a key, if the seed has one who may hold keys.
    pub developer: Option<KeyHolder>,
}

/// A user with a key that works.
#[derive(Debug)]
pub struct KeyHolder {
    /// The user.
    pub user: User,
    /// The key.
    pub key: MadeKey,
}

impl Tenants {
    /// One tenant, the default one.
    pub fn of(tenant: Tenant, clock: Clock, entropy: Entropy) -> Self {
        let hostnames = Arc::new(Hostnames::default());
        let name = TenantName::of_the_default();
        let handle = TenantHandle::new(name, None, tenant, clock, entropy, Arc::clone(&hostnames));
        handle.enlist();
        Self {
            default: Arc::new(handle),
            others: RwLock::default(),
            are_several: AtomicBool::new(false),
            drawn: AtomicU64::new(0),
            hostnames,
        }
    }

    /// The tenant that is always there.
    pub fn default_tenant(&self) -> &Arc<TenantHandle> {
        &self.default
    }

    /// Whether there are others than the default one.
    pub fn are_several(&self) -> bool {
        self.are_several.load(Ordering::Acquire)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        1 + self.read().by_name.len()
    }

    /// All of them, the default one first, the others by name.
    pub fn list(&self) -> Vec<Arc<TenantHandle>> {
        let others = self.read();
        std::iter::once(&self.default)
            .chain(others.by_name.values())
            .cloned()
            .collect()
    }

    /// The tenant with this name or id.
    pub fn named(&self, text: &str) -> Option<Arc<TenantHandle>> {
        let is_default = || text == self.default.name().as_str() || text == self.default.read().id().as_str();
        TenantName::parse(text)
            .and_then(|name| self.read().by_name.get(&name).cloned())
            .or_else(|| self.with_id(&TenantId::parse(text)?))
            .or_else(|| is_default().then(|| Arc::clone(&self.default)))
    }

    /// The tenant with this id, unless it is the default one.
    pub fn with_id(&self, id: &TenantId) -> Option<Arc<TenantHandle>> {
        self.read().by_id.get(id).cloned()
    }

    /// The tenant that a host name means, with or without a port. The first label is a tenant's name; a tenant may
    /// have chosen another name besides.
    pub fn at_host(&self, host: &str) -> AtHost {
        let host = host.rsplit_once(':').map_or(host, |(name, port)| {
            if port.bytes().all(|digit| digit.is_ascii_digit()) {
                name
            } else {
                host
            }
        });
        let is_local = host
            .len()
            .checked_sub(LOCAL_DOMAIN.len())
            .and_then(|start| host.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(LOCAL_DOMAIN));
        let several = self.are_several();
        if !several && !is_local {
            return AtHost::Anybody;
        }
        // A name without a full stop is that of a machine.
        let label = host.split_once('.').map(|(label, _)| label.to_ascii_lowercase());
        if let Some(name) = label.and_then(|label| TenantName::parse(&label)) {
            if name == *self.default.name() {
                return AtHost::Tenant(Arc::clone(&self.default));
            }
            if let Some(tenant) = self.read().by_name.get(&name) {
                return AtHost::Tenant(Arc::clone(tenant));
            }
        }
        // Whatever else a tenant is called, such as an alias that a tenant admin has chosen.
        let names = self.hostnames.with(host);
        if names.contains(self.default.name()) {
            return AtHost::Tenant(Arc::clone(&self.default));
        }
        let others = self.read();
        match names.iter().find_map(|name| others.by_name.get(name)) {
            Some(tenant) => AtHost::Tenant(Arc::clone(tenant)),
            None if is_local => AtHost::Nobody,
            None => AtHost::Anybody,
        }
    }

    /// Whether a host name is one that a tenant has, also where any name would do.
    pub fn has_host(&self, host: &str) -> bool {
        matches!(self.at_host(host), AtHost::Tenant(_)) || self.have_hostname(host)
    }

    /// Whether a tenant has exactly this host name, whichever way leads there.
    pub fn have_hostname(&self, hostname: &str) -> bool {
        !self.hostnames.with(hostname).is_empty()
    }

    /// Creates a tenant, with a key each for an admin and for a developer.
    ///
    /// # Errors
    /// Everything that is wrong with its seed; when its name is taken; when there are too many.
    pub fn create(&self, mut new: NewTenant) -> Result<CreatedTenant, DomainError> {
        without_foreign_keys(&mut new.seed);
        let (handle, (admin, developer)) = self.add(new, LOCAL_DOMAIN, |tenant, now, entropy| {
            let by = (now, entropy);
            let admin = key_holder(tenant, by, |tenant, user| tenant.is_tenant_admin(user));
            let developer = key_holder(tenant, by, |tenant, user| !tenant.is_tenant_admin(user));
            (admin, developer)
        })?;
        Ok(CreatedTenant {
            handle,
            admin,
            developer,
        })
    }

    /// Adds a tenant whose host name is its name followed by `domain`. `finish` completes what the seed has planted: a
    /// reset leads back to what it leaves.
    pub(super) fn add<T>(
        &self,
        new: NewTenant,
        domain: &str,
        finish: impl FnOnce(&mut Tenant, Timestamp, &Entropy) -> T,
    ) -> Result<(Arc<TenantHandle>, T), DomainError> {
        let name = match new.name {
            Some(name) => name,
            None => self.draw_name(),
        };
        self.require_room(&self.read(), &name)?;
        let clock = self.default.clock().anew();
        let entropy = self.default.entropy().derived(name.as_str());
        let identity = TenantIdentity {
            id: TenantId::draw(&entropy),
            hostname: format!("{name}{domain}"),
        };
        let mut tenant = seed::plant(
            &new.seed,
            Surroundings {
                edition: new.edition,
                now: clock.now(),
                entropy: &entropy,
                identity: Some(&identity),
            },
        )
        .map_err(|faults| {
            DomainError::Invalid(faults.into_iter().map(|fault| fault.under("/seed")).collect())
        })?;
        let finished = finish(&mut tenant, clock.now(), &entropy);
        let id = identity.id.clone();
        let hostnames = Arc::clone(&self.hostnames);
        let handle = TenantHandle::new(name.clone(), Some(identity), tenant, clock, entropy, hostnames);
        let handle = Arc::new(handle);

        let mut others = self.write();
        // Somebody else may have been quicker.
        self.require_room(&others, &name)?;
        others.by_name.insert(name, Arc::clone(&handle));
        others.by_id.insert(id, Arc::clone(&handle));
        handle.enlist();
        self.are_several.store(true, Ordering::Release);
        Ok((handle, finished))
    }

    /// Deletes the tenant with this name or id. What is under way in it is finished.
    ///
    /// # Errors
    /// When there is none, or it is the default one, which stays.
    pub fn delete(&self, text: &str) -> Result<(), DomainError> {
        let tenant = self.named(text).ok_or(DomainError::NotFound(Resource::Tenant))?;
        if Arc::ptr_eq(&tenant, &self.default) {
            let sentence = "The default tenant stays. Reset it instead.";
            return Err(DomainError::invalid(Fault::in_parameter("tenant", sentence)));
        }
        let mut others = self.write();
        let removed = others.by_name.remove(tenant.name());
        others.by_id.retain(|_, other| !Arc::ptr_eq(other, &tenant));
        tenant.delist();
        self.are_several
            .store(!others.by_name.is_empty(), Ordering::Release);
        removed.map(drop).ok_or(DomainError::NotFound(Resource::Tenant))
    }

    /// Deletes all tenants but the default one.
    pub fn delete_all(&self) {
        let mut others = self.write();
        for tenant in others.by_name.values() {
            tenant.delist();
        }
        *others = Others::default();
        self.are_several.store(false, Ordering::Release);
    }

    fn draw_name(&self) -> TenantName {
        loop {
            let number = self.drawn.fetch_add(1, Ordering::Relaxed) + 1;
            let name = TenantName::numbered(number);
            if !self.read().by_name.contains_key(&name) {
                return name;
            }
        }
    }

    /// Refuses a state for the default tenant that says it is one of the others: their keys would lead there.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] at the id.
    pub fn require_identity_of_its_own(
        &self,
        handle: &Arc<TenantHandle>,
        document: &Value,
    ) -> Result<(), DomainError> {
        let claimed = document.pointer("/tenant/id").and_then(Value::as_str);
        let other = claimed
            .and_then(TenantId::parse)
            .and_then(|id| self.with_id(&id))
            .filter(|other| Arc::ptr_eq(handle, &self.default) && !Arc::ptr_eq(handle, other));
        match other {
            None => Ok(()),
            Some(other) => {
                let sentence = format!(
                    "This is the id of the tenant `{}`. Leave it out, or put the state into that tenant.",
                    other.name()
                );
                Err(DomainError::invalid(Fault::at("/tenant/id", sentence)))
            }
        }
    }

    /// Whether this tenant has not been deleted.
    pub fn holds(&self, handle: &Arc<TenantHandle>) -> bool {
        let others = self.read();
        let of_its_name = others.by_name.get(handle.name()).unwrap_or(&self.default);
        Arc::ptr_eq(of_its_name, handle)
    }

    fn require_room(&self, others: &Others, name: &TenantName) -> Result<(), DomainError> {
        let hostname = format!("{name}{LOCAL_DOMAIN}");
        let is_taken = name == self.default.name()
            || others.by_name.contains_key(name)
            || !self.hostnames.with(&hostname).is_empty();
        if is_taken {
            let sentence = format!(
                "A tenant has the name or the host name `{name}` already. Choose another name, or delete that one."
            );
            return Err(DomainError::Conflict(Fault::at("/name", sentence)));
        }
        if 1 + others.by_name.len() >= MOST_TENANTS {
            let sentence = format!("The maximum of {MOST_TENANTS} tenants is reached. Delete some first.");
            return Err(DomainError::invalid(Fault::of_request(sentence)));
        }
        Ok(())
    }

    fn read(&self) -> RwLockReadGuard<'_, Others> {
        self.others.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Others> {
        self.others.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes out of a seed the keys whose tokens say that they are of a certain tenant: that is another one.
fn without_foreign_keys(seed: &mut Value) {
    let keys = seed.get_mut("apiKeys").and_then(Value::as_array_mut);
    let is_foreign = |key: &Value| {
        let token = key.get("token").and_then(Value::as_str);
        token.is_some_and(|token| matches!(PresentedToken::new(token).claimed_tenant(), Ok(Some(_))))
    };
    if let Some(keys) = keys {
        keys.retain(|key| !is_foreign(key));
    }
}

/// Makes a key for the first user of a kind who may hold keys, if keys open anything in this tenant.
fn key_holder(
    tenant: &mut Tenant,
    (now, entropy): (Timestamp, &Entropy),
    is_of_the_kind: impl Fn(&Tenant, &User) -> bool,
) -> Option<KeyHolder> {
    if !tenant.api_keys_enabled() {
        return None;
    }
    let user = tenant
        .users()
        .iter()
        .filter(|user| user.status == UserStatus::Active)
        .filter(|user| tenant.may_hold_keys(user) && is_of_the_kind(tenant, user))
        .min_by_key(|user| (user.created_at, user.id.clone()))?
        .clone();
    let signing_key = tenant.signing_key();
    let key = tokens::mint(
        tenant.id(),
        &signing_key,
        &user.id,
        KeyWish::default(),
        now,
        entropy,
    )
    .ok()?;
    tenant.insert_api_key(&policy::by_the_operator(), key.key.clone());
    Some(KeyHolder { user, key })
}
