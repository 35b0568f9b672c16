//! What the tenant lets browsers and networks do: which pages may call it, which sources its own pages may use, and
//! from which addresses it can be reached.

use std::collections::BTreeMap;

use super::ids::{CspEntryId, IpPolicyId, WebIntegrationId};
use csp::CspEntry;
use integration::WebIntegration;
use ip_policy::{ClientAddress, IpPolicy};
use origin::WebOrigin;

pub mod csp;
pub mod integration;
pub mod ip_policy;
pub mod origin;

/// The rules of a tenant.
#[derive(Clone, Debug, Default)]
pub struct WebRules {
    /// Web integrations: the pages that may call the tenant.
    pub integrations: BTreeMap<WebIntegrationId, WebIntegration>,
    /// Entries of the content security policy.
    pub csp_entries: BTreeMap<CspEntryId, CspEntry>,
    /// IP policies: the addresses that the tenant can be reached from.
    pub ip_policies: BTreeMap<IpPolicyId, IpPolicy>,
}

impl WebRules {
    /// Whether pages of this origin may call the tenant under this web integration.
    pub fn integration_lists(&self, id: &str, origin: &WebOrigin) -> bool {
        let integration = WebIntegrationId::parse(id).and_then(|id| self.integrations.get(&id));
        integration.is_some_and(|integration| integration.valid_origins.contains(origin))
    }

    /// Whether any web integration lists this origin.
    pub fn any_integration_lists(&self, origin: &WebOrigin) -> bool {
        self.integrations
            .values()
            .any(|integration| integration.valid_origins.contains(origin))
    }

    /// Whether a client at this address can reach the tenant: where no policy is enabled everybody can, else whoever
    /// is in one that is.
    pub fn can_be_reached_from(&self, address: ClientAddress) -> bool {
        let mut enabled = self.enabled_ip_policies();
        !self.restricts_addresses() || enabled.any(|policy| policy.contains(address))
    }

    /// Whether any policy is enabled, so that somebody may be left out.
    pub fn restricts_addresses(&self) -> bool {
        self.enabled_ip_policies().next().is_some()
    }

    fn enabled_ip_policies(&self) -> impl Iterator<Item = &IpPolicy> {
        self.ip_policies.values().filter(|policy| policy.enabled)
    }
}
