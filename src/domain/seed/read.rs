//! Fills a tenant from a seed document. Every fault of the document is found at once, with its JSON pointer.
//!
//! Dates are instants, or durations relative to the clock at loading:
//! `"-P29D"` is 29 days ago, `"P1D"` is tomorrow. A token in a seed is hashed while it is read.

use std::collections::BTreeSet;

use serde_json::Value;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::FORMAT;
use crate::domain::api_key::{ApiKey, KeySubject};
use crate::domain::clock::Timestamp;
use crate::domain::document::{
    self, Faults, Fields, address, boolean, filled_text, text, whole_number, word,
};
use crate::domain::duration::RelativeTime;
use crate::domain::entropy::Entropy;
use crate::domain::error::Fault;
use crate::domain::group::{EVERYONE, Group, GroupKind, GroupSettings, LONGEST_NAME};
use crate::domain::identity_provider::{IdentityProvider, Kind, Reader};
use crate::domain::ids::{ApiKeyId, AuthSettingsId, GroupId, IdentityProviderId, RoleId, TenantId, UserId};
use crate::domain::role::{Role, RoleLevel, RoleType};
use crate::domain::secret::{PresentedToken, SigningKey, TokenDigest};
use crate::domain::settings::{ApiKeySettings, AuthSettings, Edition, RegistrationMethod, SessionSettings};
use crate::domain::tenant::{Tenant, TenantProfile, TenantStatus, TenantSwitches};
use crate::domain::user::{User, UserClash, UserStatus};

mod web;

/// What tells a tenant from the others in the same process. It stays, whatever state is put into the tenant.
#[derive(Clone, Debug)]
pub struct TenantIdentity {
    /// The id, which the tenant's tokens claim.
    pub id: TenantId,
    /// The host name.
    pub hostname: String,
}

/// What a seed needs besides its own text.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'s> {
    /// Overrides the edition that the seed names.
    pub edition: Option<Edition>,
    /// The instant that relative dates start from.
    pub now: Timestamp,
    /// Where ids and keys come from that the seed does not pin.
    pub entropy: &'s Entropy,
    /// What the tenant is, whatever the seed says.
    pub identity: Option<&'s TenantIdentity>,
}

/// Makes a tenant from a parsed seed.
///
/// # Errors
/// Everything that is wrong with it.
pub fn plant(seed: &Value, surroundings: Surroundings<'_>) -> Result<Tenant, Vec<Fault>> {
    let faults = Faults::default();
    let planter = Planter {
        surroundings,
        faults: &faults,
    };
    let tenant = planter.tenant(seed);
    if faults.is_empty() {
        Ok(tenant)
    } else {
        Err(faults.take())
    }
}

pub(super) struct Planter<'s> {
    pub(super) surroundings: Surroundings<'s>,
    pub(super) faults: &'s Faults,
}

impl Planter<'_> {
    /// What can be made of the seed: where it has a fault, something else stands in, so that all are found.
    fn tenant(&self, seed: &Value) -> Tenant {
        let mut root = Fields::open(self.faults, "", seed);
        root.optional("$schema", &text);
        root.required("format", &format);
        let written = root.optional("edition", &word(&Edition::WORDS));
        let edition = self.surroundings.edition.or(written).unwrap_or(Edition::Classic);
        let profile = root
            .required("tenant", &|value| Ok(value.clone()))
            .and(root.object("tenant"));
        let profile = profile.and_then(|fields| self.profile(fields));
        let signing_key = root
            .object("signingKey")
            .and_then(|fields| self.signing_key(fields))
            // As with the id: what signs for one tenant must not sign for another.
            .filter(|_| self.surroundings.identity.is_none())
            .unwrap_or_else(|| SigningKey::random(self.surroundings.entropy));
        let settings = root.object("apiKeySettings").map(|fields| self.settings(fields));
        let auth_settings = root
            .object("authSettings")
            .map(|fields| self.auth_settings(fields));
        let group_settings = root.object("groupSettings").map(|fields| group_settings(fields));
        let (roles, groups) = (root.list("roles"), root.list("groups"));
        let (users, api_keys) = (root.list("users"), root.list("apiKeys"));
        let oauth_clients = root.list("oauthClients");
        let web = web::WebLists::of(&mut root);
        let identity_providers = root.list("identityProviders");
        root.refuse_unknown();

        // Faults further down are worth finding even where the tenant itself has one.
        let profile = profile.unwrap_or_else(|| self.stand_in_profile());
        let mut tenant = Tenant::new(edition, profile, signing_key);
        if let Some(settings) = settings {
            tenant.seed_settings(settings);
        }
        if let Some(settings) = auth_settings {
            tenant.seed_auth_settings(settings);
        }
        let mut named = BTreeSet::new();
        for (pointer, role) in roles {
            self.role(&mut tenant, &mut named, &pointer, role);
        }
        if let Some(settings) = group_settings {
            tenant.seed_group_settings(settings);
        }
        let mut named = BTreeSet::new();
        for (pointer, group) in groups {
            self.group(&mut tenant, &mut named, &pointer, group);
        }
        for (pointer, user) in users {
            self.user(&mut tenant, &pointer, user);
        }
        for (pointer, key) in api_keys {
            self.api_key(&mut tenant, &pointer, key);
        }
        for (pointer, client) in oauth_clients {
            self.oauth_client(&mut tenant, &pointer, client);
        }
        self.web(tenant.seed_web(), web);
        for (pointer, provider) in identity_providers {
            self.identity_provider(&mut tenant, &pointer, provider);
        }
        let creator = tenant.profile().created_by.as_ref();
        if let Some(id) = creator.filter(|id| tenant.users().get(id).is_none()) {
            let sentence = format!("No user of this seed has the id `{id}`.");
            self.faults.at("/tenant/createdByUser", sentence);
        }
        tenant
    }

    fn stand_in_profile(&self) -> TenantProfile {
        let now = self.surroundings.now;
        TenantProfile {
            id: TenantId::draw(self.surroundings.entropy),
            name: String::new(),
            hostnames: Vec::new(),
            datacenter: "local".to_owned(),
            region: "local".to_owned(),
            status: TenantStatus::Active,
            created_by: None,
            created: now,
            last_updated: now,
            status_last_updated: now,
            switches: TenantSwitches::default(),
        }
    }

    fn profile(&self, mut fields: Fields<'_>) -> Option<TenantProfile> {
        let stand_in = self.stand_in_profile();
        let id = fields.optional("id", &id_kind(TenantId::parse));
        let name = fields.required("name", &filled_text);
        let hostnames = fields.required("hostnames", &|value| match value.as_array() {
            Some(list) if !list.is_empty() => list.iter().map(filled_text).collect::<Result<Vec<_>, _>>(),
            _ => Err("Must be an array with at least one host name.".to_owned()),
        });
        let datacenter = fields.optional("datacenter", &filled_text);
        let region = fields.optional("region", &filled_text);
        let created_by = fields.optional("createdByUser", &id_kind(UserId::parse));
        let created = fields
            .optional("created", &self.moment())
            .unwrap_or(stand_in.created);
        let status = fields
            .optional("status", &word(&TenantStatus::WORDS))
            .unwrap_or(stand_in.status);
        let last_updated = fields.optional("lastUpdated", &self.moment()).unwrap_or(created);
        let status_last_updated = fields
            .optional("statusLastUpdatedAt", &self.moment())
            .unwrap_or(created);
        let switches = switches(&mut fields);
        fields.refuse_unknown();
        let (id, hostnames) = match self.surroundings.identity {
            Some(identity) => (Some(identity.id.clone()), Some(vec![identity.hostname.clone()])),
            None => (id, hostnames),
        };
        Some(TenantProfile {
            id: id.unwrap_or(stand_in.id),
            name: name?,
            hostnames: hostnames?,
            datacenter: datacenter.unwrap_or(stand_in.datacenter),
            region: region.unwrap_or(stand_in.region),
            created_by,
            created,
            status,
            last_updated,
            status_last_updated,
            switches,
        })
    }

    fn signing_key(&self, mut fields: Fields<'_>) -> Option<SigningKey> {
        let kid = fields.required("kid", &|value| {
            let text = text(value)?;
            Uuid::try_parse(&text)
                .ok()
                .filter(|_| text.len() == Hyphenated::LENGTH)
                .ok_or("Must be a UUID.".to_owned())
        });
        let secret = fields.required("secret", &|value| {
            let text = text(value)?;
            let text = if text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                text
            } else {
                String::new()
            };
            let digits = text.as_bytes().chunks(2).map(|pair| {
                std::str::from_utf8(pair)
                    .ok()
                    .and_then(|pair| u8::from_str_radix(pair, 16).ok())
            });
            let bytes: Option<Vec<u8>> = digits.collect();
            bytes
                .filter(|bytes| bytes.len() == 48 && text.len() == 96)
                .ok_or("Must be 96 hexadecimal digits (48 bytes).".to_owned())
        });
        fields.refuse_unknown();
        let key = SigningKey::from_secret(kid?, &secret?);
        if key.is_none() {
            fields.fault("secret", "Must be a number from 1 to below the order of P-384.");
        }
        key
    }

    fn settings(&self, mut fields: Fields<'_>) -> ApiKeySettings {
        let default = ApiKeySettings::default();
        let most = ApiKeySettings::MOST_KEYS_PER_USER;
        let settings = ApiKeySettings {
            enabled: fields
                .optional("api_keys_enabled", &boolean)
                .unwrap_or(default.enabled),
            max_expiry: fields
                .optional("max_api_key_expiry", &document::lifetime)
                .unwrap_or(default.max_expiry),
            max_keys_per_user: fields
                .optional("max_keys_per_user", &whole_number(0, most))
                .unwrap_or(default.max_keys_per_user),
            scim_expiry: fields
                .optional("scim_externalClient_expiry", &document::lifetime)
                .unwrap_or(default.scim_expiry),
        };
        fields.refuse_unknown();
        settings
    }

    fn auth_settings(&self, mut fields: Fields<'_>) -> AuthSettings {
        let default = AuthSettings::default();
        let (now, entropy) = (self.surroundings.now, self.surroundings.entropy);
        let id = fields.optional("id", &id_kind(AuthSettingsId::parse));
        let settings = AuthSettings {
            id: Some(id.unwrap_or_else(|| AuthSettingsId::draw(entropy, now))),
            sessions: SessionSettings {
                inactivity_minutes: fields
                    .optional(
                        "userSessionInactivityTimeoutMinutes",
                        &SessionSettings::inactivity,
                    )
                    .unwrap_or(default.sessions.inactivity_minutes),
                lifespan_minutes: fields
                    .optional("maxUserSessionLifespanMinutes", &SessionSettings::lifespan)
                    .unwrap_or(default.sessions.lifespan_minutes),
            },
            client_registration: fields
                .optional("dynamicClientRegistrationEnabled", &boolean)
                .unwrap_or(default.client_registration),
            registration_methods: fields
                .optional("dcrAllowedAuthenticationMethods", &RegistrationMethod::list)
                .unwrap_or(default.registration_methods),
        };
        fields.refuse_unknown();
        settings
    }

    /// A custom role; or, under the name of a built-in one, the description and scopes of that.
    fn role(&self, tenant: &mut Tenant, named: &mut BTreeSet<String>, pointer: &str, value: &Value) {
        let mut fields = Fields::open(self.faults, pointer, value);
        let id = fields.optional("id", &id_kind(RoleId::parse));
        let name = fields.required("name", &filled_text);
        let description = fields.optional("description", &text);
        let scopes: Vec<_> = fields
            .list_of_distinct("assignedScopes")
            .into_iter()
            .filter_map(|(pointer, scope)| {
                filled_text(scope)
                    .map_err(|sentence| self.faults.at(pointer, sentence))
                    .ok()
            })
            .collect();
        let created_at = fields
            .optional("createdAt", &self.moment())
            .unwrap_or(self.surroundings.now);
        let last_updated_at = fields.optional("lastUpdatedAt", &self.moment());
        let created_by = fields.optional("createdBy", &id_kind(UserId::parse));
        let updated_by = fields.optional("updatedBy", &id_kind(UserId::parse));
        fields.refuse_unknown();
        let Some(name) = name else { return };
        if !named.insert(name.clone()) {
            return fields.fault("name", format!("The role `{name}` stands here twice."));
        }
        let role = match tenant.roles().named(&name) {
            Some(known) if id.as_ref().is_some_and(|id| *id != known.id) => {
                return fields.fault(
                    "id",
                    format!("The built-in role `{name}` has the id {}.", known.id),
                );
            }
            Some(known) => Role {
                description: description.unwrap_or_else(|| known.description.clone()),
                assigned_scopes: scopes,
                updated_by,
                last_updated_at: last_updated_at.unwrap_or(known.last_updated_at),
                ..known.clone()
            },
            None => Role {
                id: id.unwrap_or_else(|| RoleId::draw(self.surroundings.entropy, self.surroundings.now)),
                name,
                kind: RoleType::Custom,
                level: RoleLevel::User,
                description: description.unwrap_or_default(),
                assigned_scopes: scopes,
                created_by,
                updated_by,
                created_at,
                last_updated_at: last_updated_at.unwrap_or(created_at),
            },
        };
        if tenant
            .roles()
            .get(&role.id)
            .is_some_and(|known| known.name != role.name)
        {
            return fields.fault("id", format!("The id {} belongs to another role.", role.id));
        }
        tenant.seed_role(role);
    }

    /// A group; or, under the name of the system group, its roles.
    fn group(
        &self,
        tenant: &mut Tenant,
        named: &mut BTreeSet<(GroupKind, String)>,
        pointer: &str,
        value: &Value,
    ) {
        let mut fields = Fields::open(self.faults, pointer, value);
        let id = fields.optional("id", &id_kind(GroupId::parse));
        let name = fields.required("name", &|value| {
            let name = filled_text(value)?;
            let fits = name.chars().count() <= LONGEST_NAME;
            fits.then_some(name)
                .ok_or_else(|| format!("Must have at most {LONGEST_NAME} characters."))
        });
        let kind = fields
            .optional("providerType", &word(&GroupKind::WORDS))
            .unwrap_or(GroupKind::Idp);
        let description = fields.optional("description", &text);
        let assigned_roles = fields
            .list_of_distinct("assignedRoles")
            .into_iter()
            .filter_map(|(pointer, value)| self.role_reference(tenant, &pointer, value))
            .collect();
        let created_at = fields
            .optional("createdAt", &self.moment())
            .unwrap_or(self.surroundings.now);
        let last_updated_at = fields.optional("lastUpdatedAt", &self.moment());
        let created_by = fields.optional("createdBy", &id_kind(UserId::parse));
        let updated_by = fields.optional("updatedBy", &id_kind(UserId::parse));
        fields.refuse_unknown();
        let Some(name) = name else { return };
        let kind = if name == EVERYONE { GroupKind::System } else { kind };
        if !named.insert((kind, name.clone())) {
            return fields.fault("name", format!("The group `{name}` stands here twice."));
        }
        if kind == GroupKind::System {
            let everyone = tenant.groups().everyone();
            if id.is_some_and(|id| id != everyone.id) {
                return fields.fault(
                    "id",
                    format!("The system group `{name}` has the id {}.", everyone.id),
                );
            }
            let everyone = Group {
                assigned_roles,
                updated_by,
                last_updated_at: last_updated_at.unwrap_or(everyone.last_updated_at),
                ..everyone.clone()
            };
            return tenant.seed_group(everyone);
        }
        let id = id.unwrap_or_else(|| GroupId::draw(self.surroundings.entropy, self.surroundings.now));
        if tenant.groups().get(&id).is_some() {
            return fields.fault("id", "Another group of this seed has the same id.");
        }
        tenant.seed_group(Group {
            id,
            name,
            kind,
            description,
            assigned_roles,
            created_by,
            updated_by,
            created_at,
            last_updated_at: last_updated_at.unwrap_or(created_at),
        });
    }

    /// A group by its name; by name and `providerType` where one of each kind has the name.
    fn group_reference(&self, tenant: &Tenant, pointer: &str, value: &Value) -> Option<GroupId> {
        let (name, kind) = if value.is_object() {
            let mut fields = Fields::open(self.faults, pointer, value);
            let name = fields.required("name", &filled_text);
            let kind = fields.required("providerType", &word(&GroupKind::WORDS));
            fields.refuse_unknown();
            (name?, Some(kind?))
        } else {
            let name = filled_text(value).map_err(|sentence| self.faults.at(pointer, sentence));
            (name.ok()?, None)
        };
        let mut found = [GroupKind::Idp, GroupKind::Custom]
            .into_iter()
            .filter(|known| kind.is_none_or(|kind| kind == *known))
            .filter_map(|kind| tenant.groups().named(kind, &name));
        match (found.next(), found.next()) {
            (Some(group), None) => Some(group.id.clone()),
            (None, _) => {
                self.faults
                    .at(pointer, format!("There is no group `{name}` in this seed."));
                None
            }
            (Some(_), Some(_)) => {
                let sentence = format!(
                    "Two groups are called `{name}`. Write {{\"name\": …, \"providerType\": \"idp\"}}, or `custom`."
                );
                self.faults.at(pointer, sentence);
                None
            }
        }
    }

    fn user(&self, tenant: &mut Tenant, pointer: &str, value: &Value) {
        let mut fields = Fields::open(self.faults, pointer, value);
        let id = fields.optional("id", &id_kind(UserId::parse));
        let subject = fields.required("subject", &filled_text);
        let name = fields.required("name", &filled_text);
        let email = fields.optional("email", &address);
        let status = fields
            .optional("status", &word(&UserStatus::WORDS))
            .unwrap_or(UserStatus::Active);
        let (picture, locale) = (
            fields.optional("picture", &text),
            fields.optional("locale", &text),
        );
        let zoneinfo = fields.optional("zoneinfo", &text);
        let preferred_locale = fields.optional("preferredLocale", &text);
        let preferred_zoneinfo = fields.optional("preferredZoneinfo", &text);
        let assigned_roles = fields
            .list_of_distinct("assignedRoles")
            .into_iter()
            .filter_map(|(pointer, value)| self.role_reference(tenant, &pointer, value))
            .collect();
        let mut assigned_groups = Vec::new();
        for (pointer, value) in fields.list_of_distinct("assignedGroups") {
            match self.group_reference(tenant, &pointer, value) {
                Some(group) if assigned_groups.contains(&group) => {
                    self.faults.at(pointer, "The same group stands here twice.");
                }
                group => assigned_groups.extend(group),
            }
        }
        let created_at = fields
            .optional("createdAt", &self.moment())
            .unwrap_or(self.surroundings.now);
        let last_updated_at = fields
            .optional("lastUpdatedAt", &self.moment())
            .unwrap_or(created_at);
        let invite_expiry = fields.optional("inviteExpiry", &self.moment());
        fields.refuse_unknown();
        let (Some(subject), Some(name)) = (subject, name) else {
            return;
        };
        let user = User {
            id: id.unwrap_or_else(|| UserId::draw(self.surroundings.entropy, self.surroundings.now)),
            subject,
            name,
            email,
            status,
            picture,
            locale,
            zoneinfo,
            preferred_locale,
            preferred_zoneinfo,
            assigned_roles,
            assigned_groups,
            invite_expiry,
            created_at,
            last_updated_at,
        };
        match tenant.seed_user(user) {
            Ok(()) => {}
            Err(UserClash::Id) => fields.fault("id", "Another user of this seed has the same id."),
            Err(UserClash::Subject) => {
                fields.fault("subject", "Another user of this seed has the same subject.")
            }
            Err(UserClash::Email) => {
                fields.fault("email", "Another user of this seed has the same e-mail address.")
            }
        }
    }

    fn role_reference(&self, tenant: &Tenant, pointer: &str, value: &Value) -> Option<RoleId> {
        let name = filled_text(value)
            .map_err(|sentence| self.faults.at(pointer, sentence))
            .ok()?;
        let role = tenant.roles().named(&name);
        if role.is_none() {
            let edition = tenant.edition().as_str();
            self.faults.at(
                pointer,
                format!("There is no role `{name}` in the {edition} edition or in this seed."),
            );
        }
        role.map(|role| role.id.clone())
    }

    fn api_key(&self, tenant: &mut Tenant, pointer: &str, value: &Value) {
        let now = self.surroundings.now;
        let mut fields = Fields::open(self.faults, pointer, value);
        let id = fields.optional("id", &|value| {
            ApiKeyId::parse(&text(value)?).ok_or("Must be a UUID.".to_owned())
        });
        let description = fields.required("description", &text);
        let external = fields
            .optional("subType", &word(&[("user", false), ("externalClient", true)]))
            .unwrap_or(false);
        let subject = fields.required("sub", &filled_text);
        let created_by = fields.optional("createdByUser", &id_kind(UserId::parse));
        let token = fields.optional("token", &filled_text);
        let digest = fields.optional("digest", &|value| {
            TokenDigest::parse(&text(value)?)
                .ok_or("Must be 64 hexadecimal digits, a SHA-256 digest.".to_owned())
        });
        let created = fields.optional("created", &self.moment()).unwrap_or(now);
        let last_updated = fields.optional("lastUpdated", &self.moment()).unwrap_or(created);
        let expiry = fields.required("expiry", &self.moment());
        let revoked = fields.optional("revoked", &boolean).unwrap_or(false);
        fields.refuse_unknown();

        let digest = match (token, digest) {
            (Some(token), None) => Some(PresentedToken::new(&token).digest()),
            (None, Some(digest)) => Some(digest),
            _ => {
                self.faults
                    .at(pointer, "Needs either `token` or `digest`, not both.");
                None
            }
        };
        let subject = subject.and_then(|subject| {
            if external {
                return Some(KeySubject::ExternalClient(subject));
            }
            let user = self.user_reference(tenant, &fields, "sub", &subject)?;
            Some(KeySubject::User(user))
        });
        let created_by = match created_by {
            Some(creator) => self.user_reference(tenant, &fields, "createdByUser", creator.as_str()),
            None => match &subject {
                Some(KeySubject::User(user)) => Some(user.clone()),
                Some(KeySubject::ExternalClient(_)) => {
                    fields.fault(
                        "createdByUser",
                        "`createdByUser` is required for an external client.",
                    );
                    None
                }
                None => None,
            },
        };
        let (Some(description), Some(subject), Some(created_by), Some(digest), Some(expiry)) =
            (description, subject, created_by, digest, expiry)
        else {
            return;
        };
        let id = id.unwrap_or_else(|| ApiKeyId::new(self.surroundings.entropy.uuid()));
        if tenant.api_keys().get(id).is_some() {
            return fields.fault("id", "Another API key of this seed has the same id.");
        }
        if tenant.api_keys().with_digest(&digest).is_some() {
            return self
                .faults
                .at(pointer, "Another API key of this seed has the same token.");
        }
        tenant.seed_api_key(ApiKey {
            id,
            digest,
            description,
            subject,
            created_by,
            created,
            last_updated,
            expiry,
            revoked,
        });
    }

    /// A JWT provider as REST creates one, and what REST cannot say: id, dates, and whether it is active.
    fn identity_provider(&self, tenant: &mut Tenant, pointer: &str, value: &Value) {
        let now = self.surroundings.now;
        let mut fields = Fields::open(self.faults, pointer, value);
        let id = fields.optional("id", &id_kind(IdentityProviderId::parse));
        let created = fields.optional("created", &self.moment()).unwrap_or(now);
        let last_updated = fields.optional("lastUpdated", &self.moment()).unwrap_or(created);
        let reader = Reader {
            faults: self.faults,
            of_seed: true,
        };
        let draft = reader.read(&mut fields);
        fields.refuse_unknown();
        let Some(draft) = draft else { return };
        let id = id.unwrap_or_else(|| IdentityProviderId::draw(self.surroundings.entropy, now));
        let others = tenant.identity_providers();
        if others.get(&id).is_some() {
            return fields.fault("id", "Another identity provider of this seed has the same id.");
        }
        if let Kind::Jwt(jwt) = &draft.kind
            && others
                .issuing(&jwt.issuer)
                .any(|(_, other)| other.key_id == jwt.key_id)
        {
            let sentence = "Another identity provider of this seed has the same issuer and key id.";
            return fields.fault("options", sentence);
        }
        tenant.seed_identity_provider(IdentityProvider {
            id,
            description: draft.description,
            active: draft.active,
            clock_tolerance_seconds: draft.clock_tolerance_seconds,
            kind: draft.kind,
            created,
            last_updated,
        });
    }

    pub(super) fn user_reference(
        &self,
        tenant: &Tenant,
        fields: &Fields<'_>,
        member: &str,
        id: &str,
    ) -> Option<UserId> {
        let user = UserId::parse(id).filter(|id| tenant.users().get(id).is_some());
        if user.is_none() {
            fields.fault(member, format!("No user of this seed has the id `{id}`."));
        }
        user
    }

    pub(super) fn moment(&self) -> impl Fn(&Value) -> Result<Timestamp, String> + use<> {
        let now = self.surroundings.now;
        move |value| {
            let written = text(value)?;
            if !written.trim_start_matches('-').starts_with('P') {
                return document::instant(value).map_err(|sentence| {
                    format!("{sentence} Or a duration relative to the clock: -P29D is 29 days ago.")
                });
            }
            let relative = written.parse::<RelativeTime>().map_err(document::sentence)?;
            relative
                .seen_from(now)
                .ok_or("Lies outside of the calendar.".to_owned())
        }
    }
}

fn format(value: &Value) -> Result<(), String> {
    match whole_number(0, u16::MAX)(value) {
        Ok(FORMAT) => Ok(()),
        Ok(newer) if newer > FORMAT => Err(format!(
            "Format {newer} is newer than this version understands ({FORMAT}). Update the emulator."
        )),
        _ => Err(format!("Must be {FORMAT}.")),
    }
}

fn switches(fields: &mut Fields<'_>) -> TenantSwitches {
    let default = TenantSwitches::default();
    let mut switch = |member, default| fields.optional(member, &boolean).unwrap_or(default);
    TenantSwitches {
        enable_analytic_creation: switch("enableAnalyticCreation", default.enable_analytic_creation),
        enable_app_opening_feedback: switch("enableAppOpeningFeedback", default.enable_app_opening_feedback),
        auto_assign_shared_space_creator: switch(
            "autoAssignCreateSharedSpacesRoleToProfessionals",
            default.auto_assign_shared_space_creator,
        ),
        auto_assign_private_analytics_content_creator: switch(
            "autoAssignPrivateAnalyticsContentCreatorRoleToProfessionals",
            default.auto_assign_private_analytics_content_creator,
        ),
        auto_assign_data_services_contributor: switch(
            "autoAssignDataServicesContributorRoleToProfessionals",
            default.auto_assign_data_services_contributor,
        ),
    }
}

fn group_settings(mut fields: Fields<'_>) -> GroupSettings {
    let default = GroupSettings::default();
    let settings = GroupSettings {
        auto_create_groups: fields
            .optional("autoCreateGroups", &boolean)
            .unwrap_or(default.auto_create_groups),
        sync_idp_groups: fields
            .optional("syncIdpGroups", &boolean)
            .unwrap_or(default.sync_idp_groups),
    };
    fields.refuse_unknown();
    settings
}

pub(super) fn id_kind<Id>(parse: impl Fn(&str) -> Option<Id>) -> impl Fn(&Value) -> Result<Id, String> {
    move |value| parse(&text(value)?).ok_or("Must be 1 to 64 characters of A-Z a-z 0-9 _ -.".to_owned())
}
