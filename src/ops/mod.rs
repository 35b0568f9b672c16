//! What can be done with a tenant: one use case a function, the same for REST, console and control API.
//!
//! A use case takes the caller's [`Context`] and a command, decides under the tenant's lock, and says what came
//! of it in the domain's terms.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use arc_swap::ArcSwap;

use crate::domain::clock::{Clock, Timestamp};
use crate::domain::coverage::Coverage;
use crate::domain::entropy::Entropy;
use crate::domain::error::Denial;
use crate::domain::fault::FaultTable;
use crate::domain::ids::TenantName;
use crate::domain::journal::{Journal, JournalSettings};
use crate::domain::limiter::RateLimiter;
use crate::domain::policy::{self, Action, Caller, Permit, Target};
use crate::domain::seed::TenantIdentity;
use crate::domain::tenant::Tenant;
use hostnames::Hostnames;
use seldom::Seldom;
use state::{Notice, StateGuard};
use states::Snapshots;

pub mod api_keys;
pub mod auth_settings;
pub mod authentication;
pub mod coverage;
pub mod cross_origin;
pub mod csp_origins;
pub mod faults;
pub mod groups;
mod hostnames;
pub mod identity_providers;
pub mod ip_policies;
pub mod journal;
pub mod jwt_sessions;
pub mod oauth;
pub mod oauth_clients;
pub mod rate_limits;
pub mod registration;
pub mod roles;
mod seldom;
pub mod sessions;
mod state;
pub mod states;
pub mod tenancy;
pub mod tenants;
pub mod tokens;
pub mod users;
pub mod web_integrations;

/// A tenant in use: its state behind a lock, its clock, its source of chance, and what a test has set up around it.
#[derive(Debug)]
pub struct TenantHandle {
    state: RwLock<Tenant>,
    initial: Tenant,
    snapshots: Mutex<Snapshots>,
    notice: Notice,
    limiter: Seldom<RateLimiter>,
    faults: Seldom<FaultTable>,
    journal: Mutex<Journal>,
    /// Those of the journal: every request reads them, and need not wait for the journal.
    journal_settings: ArcSwap<JournalSettings>,
    coverage: Coverage,
    clock: Clock,
    entropy: Entropy,
    name: TenantName,
    identity: Option<TenantIdentity>,
    hostnames: Arc<Hostnames>,
    // Those under which it is found; none unless it is one of the tenants of the process.
    listed: Mutex<Option<Vec<String>>>,
}

impl TenantHandle {
    /// Puts a tenant into use. With an identity, it keeps that whatever state is put into it. It is found by its host
    /// names among those of others once it is enlisted.
    fn new(
        name: TenantName,
        identity: Option<TenantIdentity>,
        tenant: Tenant,
        clock: Clock,
        entropy: Entropy,
        hostnames: Arc<Hostnames>,
    ) -> Self {
        Self {
            name,
            identity,
            initial: tenant.clone(),
            notice: Notice::of(&tenant),
            state: RwLock::new(tenant),
            snapshots: Mutex::default(),
            limiter: Seldom::default(),
            faults: Seldom::default(),
            journal: Mutex::default(),
            journal_settings: ArcSwap::default(),
            coverage: Coverage::default(),
            clock,
            entropy,
            hostnames,
            listed: Mutex::default(),
        }
    }

    /// The name under which the emulator knows it.
    pub fn name(&self) -> &TenantName {
        &self.name
    }

    /// The clock that everything in this tenant goes by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The source of every id and secret of this tenant.
    pub fn entropy(&self) -> &Entropy {
        &self.entropy
    }

    /// Looks at the state.
    pub fn read(&self) -> RwLockReadGuard<'_, Tenant> {
        // A use case changes the state only after its last check, so a panic leaves it whole.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state.
    pub fn write(&self) -> StateGuard<'_> {
        StateGuard {
            handle: self,
            state: self.state.write().unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn listed(&self) -> MutexGuard<'_, Option<Vec<String>>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who asks, of which tenant, and when. The instant is read once a request.
#[derive(Clone, Debug)]
pub struct Context {
    /// The tenant.
    pub tenant: Arc<TenantHandle>,
    /// Who asks.
    pub caller: Caller,
    /// When.
    pub now: Timestamp,
}

impl Context {
    /// Whether the caller may do this at present: for a page that is only offered to whoever can use it. The use
    /// case itself decides again.
    ///
    /// # Errors
    /// Why not.
    pub fn may(&self, action: Action, target: Target) -> Result<(), Denial> {
        self.require(&self.tenant.read(), action, target).map(|_| ())
    }

    /// Decides whether the caller may do this, from the state as it is now.
    fn require(&self, tenant: &Tenant, action: Action, target: Target) -> Result<Permit, Denial> {
        policy::decide(tenant.actor(&self.caller), action, target)
    }
}
