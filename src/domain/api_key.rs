//! An API key, and the collection of all keys of a tenant.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use super::clock::Timestamp;
use super::ids::{ApiKeyId, UserId};
use super::order::{Orders, Sortable};
use super::page::SortKey;
use super::secret::TokenDigest;

/// For whom a key speaks.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum KeySubject {
    /// A user.
    User(UserId),
    /// A SCIM client, written `SCIM\{identity provider}`; no user stands behind it.
    ExternalClient(String),
}

impl KeySubject {
    /// `user` or `externalClient`.
    pub fn sub_type(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::ExternalClient(_) => "externalClient",
        }
    }

    /// The value of `sub`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::User(id) => id.as_str(),
            Self::ExternalClient(name) => name,
        }
    }
}

impl fmt::Display for KeySubject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Whether a key opens anything. Always computed from `now`, never stored.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum KeyStatus {
    /// It is good.
    Active,
    /// Its expiry has come.
    Expired,
    /// A tenant admin has revoked it.
    Revoked,
}

impl KeyStatus {
    /// The words of the contract.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("active", Self::Active),
        ("expired", Self::Expired),
        ("revoked", Self::Revoked),
    ];

    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// An API key, `ApiKey` in the published contract. Of its token only the digest is kept.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// The id, and the token's `jti`.
    pub id: ApiKeyId,
    /// The SHA-256 digest of the token.
    pub digest: TokenDigest,
    /// What the owner calls it.
    pub description: String,
    /// For whom it speaks.
    pub subject: KeySubject,
    /// Who made it.
    pub created_by: UserId,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub last_updated: Timestamp,
    /// From this instant on it opens nothing.
    pub expiry: Timestamp,
    /// Whether a tenant admin has revoked it.
    pub revoked: bool,
}

impl ApiKey {
    /// The status at `now`. A key that was revoked stays revoked after its expiry.
    pub fn status(&self, now: Timestamp) -> KeyStatus {
        if self.revoked {
            KeyStatus::Revoked
        } else if self.expiry <= now {
            KeyStatus::Expired
        } else {
            KeyStatus::Active
        }
    }
}

/// What of a key a list can be kept in order by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "each is named after the property that it sorts by")]
pub enum KeyOrder {
    CreatedByUser,
    Sub,
    Description,
    Created,
    LastUpdated,
    Expiry,
}

impl Sortable for ApiKey {
    type Id = ApiKeyId;
    type Field = KeyOrder;
    const FIELDS: &'static [KeyOrder] = &[
        KeyOrder::CreatedByUser,
        KeyOrder::Sub,
        KeyOrder::Description,
        KeyOrder::Created,
        KeyOrder::LastUpdated,
        KeyOrder::Expiry,
    ];

    fn id(&self) -> &ApiKeyId {
        &self.id
    }

    fn sort_key(&self, field: KeyOrder) -> SortKey<'_> {
        match field {
            KeyOrder::CreatedByUser => self.created_by.as_str().into(),
            KeyOrder::Sub => self.subject.as_str().into(),
            KeyOrder::Description => self.description.to_lowercase().into(),
            KeyOrder::Created => self.created.into(),
            KeyOrder::LastUpdated => self.last_updated.into(),
            KeyOrder::Expiry => self.expiry.into(),
        }
    }

    fn parse_id(text: &str) -> Option<ApiKeyId> {
        ApiKeyId::parse(text)
    }
}

/// All API keys of a tenant, found by id, by digest, and by subject, in any order that time does not change. A copy
/// shares the keys themselves.
#[derive(Clone, Debug, Default)]
pub struct ApiKeys {
    by_id: HashMap<ApiKeyId, Arc<ApiKey>>,
    by_digest: HashMap<TokenDigest, ApiKeyId>,
    by_subject: HashMap<KeySubject, BTreeSet<PlaceOfSubject>>,
    orders: Orders<ApiKey>,
}

/// The keys of one subject: first those that are not revoked, the first to expire first.
type PlaceOfSubject = (bool, Timestamp, ApiKeyId);

fn place_of_subject(key: &ApiKey) -> PlaceOfSubject {
    (key.revoked, key.expiry, key.id)
}

impl ApiKeys {
    /// The key with this id.
    pub fn get(&self, id: ApiKeyId) -> Option<&ApiKey> {
        self.by_id.get(&id).map(Arc::as_ref)
    }

    /// The key whose token has this digest. The time does not depend on how many keys there are.
    pub fn with_digest(&self, digest: &TokenDigest) -> Option<&ApiKey> {
        self.by_digest.get(digest).and_then(|id| self.get(*id))
    }

    /// All keys of one subject, those that are revoked last, otherwise the first to expire first.
    pub fn of<'k>(&'k self, subject: &KeySubject) -> impl Iterator<Item = &'k ApiKey> {
        self.by_subject
            .get(subject)
            .into_iter()
            .flatten()
            .filter_map(|(_, _, id)| self.get(*id))
    }

    /// The active keys of a subject at `now`, the first to expire first. The time to find them does not depend on how
    /// many others there are.
    pub fn active_of(&self, subject: &KeySubject, now: Timestamp) -> impl Iterator<Item = ApiKeyId> {
        let expired = (false, now, ApiKeyId::LAST);
        self.by_subject
            .get(subject)
            .into_iter()
            .flat_map(move |keys| keys.range((Bound::Excluded(expired), Bound::Unbounded)))
            .take_while(|(revoked, _, _)| !revoked)
            .map(|(_, _, id)| *id)
    }

    /// All keys, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &ApiKey> {
        self.by_id.values().map(Arc::as_ref)
    }

    /// How many there are.
    pub fn total(&self) -> usize {
        self.by_id.len()
    }

    /// The orders that a list of them can have.
    pub fn orders(&self) -> &Orders<ApiKey> {
        &self.orders
    }

    /// Adds a key with its indexes.
    pub(super) fn insert(&mut self, key: ApiKey) {
        self.insert_shared(Arc::new(key));
    }

    fn insert_shared(&mut self, key: Arc<ApiKey>) {
        self.by_digest.insert(key.digest, key.id);
        self.by_subject
            .entry(key.subject.clone())
            .or_default()
            .insert(place_of_subject(&key));
        self.orders.add(&key);
        self.by_id.insert(key.id, key);
    }

    /// Changes a key, with its indexes.
    pub(super) fn change(&mut self, id: ApiKeyId, change: impl FnOnce(&mut ApiKey)) {
        if let Some(mut key) = self.take(id) {
            change(Arc::make_mut(&mut key));
            self.insert_shared(key);
        }
    }

    /// Removes a key with its indexes.
    pub(super) fn remove(&mut self, id: ApiKeyId) {
        drop(self.take(id));
    }

    fn take(&mut self, id: ApiKeyId) -> Option<Arc<ApiKey>> {
        let key = self.by_id.remove(&id)?;
        self.by_digest.remove(&key.digest);
        self.orders.remove(&key);
        if let Some(keys) = self.by_subject.get_mut(&key.subject) {
            keys.remove(&place_of_subject(&key));
            if keys.is_empty() {
                self.by_subject.remove(&key.subject);
            }
        }
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::entropy::Entropy;
    use super::super::secret::PresentedToken;
    use super::*;

    fn key(entropy: &Entropy) -> ApiKey {
        ApiKey {
            id: ApiKeyId::new(entropy.uuid()),
            digest: PresentedToken::new(&entropy.trace_id()).digest(),
            description: "a key".to_owned(),
            subject: KeySubject::ExternalClient("SCIM\\one".to_owned()),
            created_by: UserId::parse("admin").unwrap(),
            created: Timestamp::UNIX_EPOCH,
            last_updated: Timestamp::UNIX_EPOCH,
            expiry: Timestamp::UNIX_EPOCH + TimeDelta::hours(1),
            revoked: false,
        }
    }

    #[test]
    fn a_key_is_expired_from_the_instant_of_its_expiry_on() {
        let key = key(&Entropy::seeded(1));
        assert_eq!(
            key.status(key.expiry - TimeDelta::milliseconds(1)),
            KeyStatus::Active
        );
        assert_eq!(key.status(key.expiry), KeyStatus::Expired);
        assert_eq!(
            ApiKey {
                revoked: true,
                ..key.clone()
            }
            .status(key.expiry),
            KeyStatus::Revoked
        );
    }

    #[test]
    fn a_removed_key_leaves_no_index_behind() {
        let entropy = Entropy::seeded(1);
        let (one, two) = (key(&entropy), key(&entropy));
        let mut keys = ApiKeys::default();
        keys.insert(one.clone());
        keys.insert(two.clone());
        assert_eq!(keys.active_of(&one.subject, Timestamp::UNIX_EPOCH).count(), 2);
        keys.remove(one.id);
        assert!(keys.get(one.id).is_none() && keys.with_digest(&one.digest).is_none());
        assert_eq!(keys.active_of(&one.subject, Timestamp::UNIX_EPOCH).count(), 1);
        keys.remove(two.id);
        assert_eq!(keys.of(&two.subject).count(), 0);
    }
}
