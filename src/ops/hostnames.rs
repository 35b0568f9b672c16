//! Which tenant has which host name: found at once, whatever the number of tenants.

use std::collections::{BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock};

use super::TenantHandle;
use crate::domain::ids::TenantName;

/// The host names of all tenants, in lower case. Two may have chosen the same one.
#[derive(Debug, Default)]
pub(super) struct Hostnames(RwLock<HashMap<String, BTreeSet<TenantName>>>);

impl Hostnames {
    /// The tenants that have this host name, by name; letter case does not matter.
    pub(super) fn with(&self, host: &str) -> Vec<TenantName> {
        let names = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let tenants = names.get(&host.to_ascii_lowercase());
        tenants.into_iter().flatten().cloned().collect()
    }

    /// Puts the names that a tenant has now in the place of those that it had.
    fn replace(&self, tenant: &TenantName, before: &[String], now: &[String]) {
        let mut names = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for hostname in before {
            let hostname = hostname.to_ascii_lowercase();
            if let Some(tenants) = names.get_mut(&hostname) {
                tenants.remove(tenant);
                if tenants.is_empty() {
                    names.remove(&hostname);
                }
            }
        }
        for hostname in now {
            let tenants = names.entry(hostname.to_ascii_lowercase()).or_default();
            tenants.insert(tenant.clone());
        }
    }
}

impl TenantHandle {
    /// Lets the tenant be found by the host names that it has now, if it has others than it is found by.
    pub(super) fn renew_hostnames(&self, now: &[String]) {
        let mut listed = self.listed();
        if let Some(before) = &mut *listed
            && before != now
        {
            self.hostnames.replace(&self.name, before, now);
            *before = now.to_vec();
        }
    }

    /// Lets the tenant be found by its host names from now on.
    pub(super) fn enlist(&self) {
        let state = self.read();
        let now = state.profile().hostnames.clone();
        let before = self.listed().replace(now.clone());
        self.hostnames
            .replace(&self.name, &before.unwrap_or_default(), &now);
    }

    /// Lets it be found no longer.
    pub(super) fn delist(&self) {
        let before = self.listed().take();
        self.hostnames
            .replace(&self.name, &before.unwrap_or_default(), &[]);
    }
}
