//! What a seed says of web integrations, of the content security policy and of IP policies.

use serde_json::Value;

use super::{Planter, id_kind};
use crate::domain::clock::Timestamp;
use crate::domain::document::{Fields, boolean, filled_text, short_text, text};
use crate::domain::ids::{CspEntryId, IpPolicyId, UserId, WebIntegrationId};
use crate::domain::web::WebRules;
use crate::domain::web::csp::{self, CspEntry, Directive, csp_origin};
use crate::domain::web::integration::WebIntegration;
use crate::domain::web::ip_policy::{IpPolicy, address_range};
use crate::domain::web::origin::web_origin;

/// The three lists of a seed, each element with its pointer.
pub(super) struct WebLists<'s> {
    integrations: Vec<(String, &'s Value)>,
    csp_entries: Vec<(String, &'s Value)>,
    ip_policies: Vec<(String, &'s Value)>,
}

impl<'s> WebLists<'s> {
    /// Takes the lists out of the seed.
    pub(super) fn of(root: &mut Fields<'s>) -> Self {
        Self {
            integrations: root.list("webIntegrations"),
            csp_entries: root.list("cspOrigins"),
            ip_policies: root.list("ipPolicies"),
        }
    }
}

impl Planter<'_> {
    /// Plants the three lists.
    pub(super) fn web(&self, rules: &mut WebRules, lists: WebLists<'_>) {
        for (pointer, integration) in lists.integrations {
            self.web_integration(rules, &pointer, integration);
        }
        for (pointer, entry) in lists.csp_entries {
            self.csp_entry(rules, &pointer, entry);
        }
        for (pointer, policy) in lists.ip_policies {
            self.ip_policy(rules, &pointer, policy);
        }
        if rules.csp_entries.len() > csp::MOST_ENTRIES {
            let sentence = format!("A tenant has at most {} entries.", csp::MOST_ENTRIES);
            self.faults.at("/cspOrigins", sentence);
        }
        let length = csp::header(rules.csp_entries.values()).len();
        if length > csp::LONGEST_HEADER {
            let most = csp::LONGEST_HEADER;
            let sentence = format!("The header would have {length} characters, and may have {most}.");
            self.faults.at("/cspOrigins", sentence);
        }
    }

    fn web_integration(&self, rules: &mut WebRules, pointer: &str, value: &Value) {
        let mut fields = Fields::open(self.faults, pointer, value);
        let id = fields.optional("id", &id_kind(WebIntegrationId::parse));
        let name = fields.required("name", &filled_text);
        let mut valid_origins = Vec::new();
        for (pointer, origin) in fields.list("validOrigins") {
            match web_origin(origin) {
                Ok(origin) if valid_origins.contains(&origin) => {
                    self.faults.at(pointer, "This origin stands here twice.");
                }
                Ok(origin) => valid_origins.push(origin),
                Err(sentence) => self.faults.at(pointer, sentence),
            }
        }
        let created_by = fields.optional("createdBy", &id_kind(UserId::parse));
        let (created, last_updated) = self.dates(&mut fields, "created", "lastUpdated");
        fields.refuse_unknown();
        let Some(name) = name else { return };
        let id = id.unwrap_or_else(|| WebIntegrationId::draw(self.surroundings.entropy));
        let integration = WebIntegration {
            id: id.clone(),
            name,
            valid_origins,
            created_by,
            created,
            last_updated,
        };
        if rules.integrations.insert(id, integration).is_some() {
            fields.fault("id", "Another web integration of this seed has the same id.");
        }
    }

    fn csp_entry(&self, rules: &mut WebRules, pointer: &str, value: &Value) {
        let mut fields = Fields::open(self.faults, pointer, value);
        let id = fields.optional("id", &id_kind(CspEntryId::parse));
        let name = fields.optional("name", &short_text(csp::LONGEST_NAME));
        let description = fields.optional("description", &short_text(csp::LONGEST_DESCRIPTION));
        let origin = fields.required("origin", &csp_origin);
        let directives = Directive::WORDS
            .into_iter()
            .filter(|(member, _)| fields.optional(member, &boolean) == Some(true))
            .map(|(_, directive)| directive)
            .collect();
        let (created, modified) = self.dates(&mut fields, "createdDate", "modifiedDate");
        fields.refuse_unknown();
        let Some(origin) = origin else { return };
        let id = id.unwrap_or_else(|| CspEntryId::draw(self.surroundings.entropy, self.surroundings.now));
        let entry = CspEntry {
            id: id.clone(),
            name,
            description,
            origin,
            directives,
            created,
            modified,
        };
        if rules.csp_entries.insert(id, entry).is_some() {
            fields.fault("id", "Another entry of this seed has the same id.");
        }
    }

    fn ip_policy(&self, rules: &mut WebRules, pointer: &str, value: &Value) {
        let mut fields = Fields::open(self.faults, pointer, value);
        let id = fields.optional("id", &id_kind(IpPolicyId::parse));
        let name = fields.optional("name", &text).unwrap_or_default();
        let enabled = fields.optional("enabled", &boolean).unwrap_or(false);
        fields.required("allowedIps", &|value| Ok(value.clone()));
        let allowed_ips = fields
            .list("allowedIps")
            .into_iter()
            .filter_map(|(pointer, range)| {
                address_range(range)
                    .map_err(|sentence| self.faults.at(pointer, sentence))
                    .ok()
            })
            .collect();
        let created_by = fields.optional("createdBy", &id_kind(UserId::parse));
        let updated_by = fields.optional("updatedBy", &id_kind(UserId::parse));
        let (created_at, updated_at) = self.dates(&mut fields, "createdAt", "updatedAt");
        fields.refuse_unknown();
        let id = id.unwrap_or_else(|| IpPolicyId::draw(self.surroundings.entropy, self.surroundings.now));
        let policy = IpPolicy {
            id: id.clone(),
            name,
            enabled,
            allowed_ips,
            created_by,
            updated_by,
            created_at,
            updated_at,
        };
        if rules.ip_policies.insert(id, policy).is_some() {
            fields.fault("id", "Another IP policy of this seed has the same id.");
        }
    }

    /// When something was made and last changed: now and never, unless the seed says otherwise.
    fn dates(
        &self,
        fields: &mut Fields<'_>,
        made: &'static str,
        changed: &'static str,
    ) -> (Timestamp, Timestamp) {
        let made = fields
            .optional(made, &self.moment())
            .unwrap_or(self.surroundings.now);
        (made, fields.optional(changed, &self.moment()).unwrap_or(made))
    }
}
