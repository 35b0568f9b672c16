//! A user of a tenant, and the collection of all of them.

use std::collections::HashMap;
use std::sync::Arc;

use super::clock::Timestamp;
use super::ids::{GroupId, RoleId, UserId};
use super::order::{Orders, Sortable, Tally};
use super::page::SortKey;

/// Whether a user may come in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum UserStatus {
    /// May sign in and use the tenant.
    Active,
    /// Has been asked to join and has not signed in yet.
    Invited,
    /// Created by provisioning, has not signed in yet.
    Provisioned,
    /// Locked out by a tenant admin.
    Disabled,
    /// Removed; the record is kept so that its keys can name their owner.
    Deleted,
}

impl UserStatus {
    /// The words of the contract.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("active", Self::Active),
        ("invited", Self::Invited),
        ("provisioned", Self::Provisioned),
        ("disabled", Self::Disabled),
        ("deleted", Self::Deleted),
    ];

    /// The word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Invited => "invited",
            Self::Provisioned => "provisioned",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
        }
    }
}

/// A user, `User` in the published contract.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The name that the identity provider knows the user by; unique in a tenant.
    pub subject: String,
    /// The name for people.
    pub name: String,
    /// The e-mail address; unique in a tenant.
    pub email: Option<String>,
    /// Whether the user may come in.
    pub status: UserStatus,
    /// The address of a picture.
    pub picture: Option<String>,
    /// The language that the identity provider gave.
    pub locale: Option<String>,
    /// The time zone that the identity provider gave.
    pub zoneinfo: Option<String>,
    /// The language that the user chose.
    pub preferred_locale: Option<String>,
    /// The time zone that the user chose.
    pub preferred_zoneinfo: Option<String>,
    /// Roles assigned to the user directly, in the order of assignment.
    pub assigned_roles: Vec<RoleId>,
    /// The groups that the user is in, in the order of assignment; not the one that everybody is in.
    pub assigned_groups: Vec<GroupId>,
    /// When the invitation ends, for an invited user.
    pub invite_expiry: Option<Timestamp>,
    /// When the user was created.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub last_updated_at: Timestamp,
}

/// What the subject of a bot user begins with; the id of its OAuth client follows (documented).
pub const BOT_SUBJECT: &str = "qlikbot\\";

impl User {
    /// A user who has just been created and may come in, with a name and nothing else.
    pub fn named(id: UserId, subject: String, name: String, now: Timestamp) -> Self {
        Self {
            id,
            subject,
            name,
            email: None,
            status: UserStatus::Active,
            picture: None,
            locale: None,
            zoneinfo: None,
            preferred_locale: None,
            preferred_zoneinfo: None,
            assigned_roles: Vec::new(),
            assigned_groups: Vec::new(),
            invite_expiry: None,
            created_at: now,
            last_updated_at: now,
        }
    }

    /// The OAuth client that this user is the bot of (documented: told by the subject).
    pub fn client_id(&self) -> Option<&str> {
        self.subject.strip_prefix(BOT_SUBJECT)
    }

    /// Whether nobody can sign in as this user, because it stands for an OAuth client.
    pub fn is_bot(&self) -> bool {
        self.client_id().is_some()
    }
}

/// What makes a new user clash with another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UserClash {
    /// The id is taken.
    Id,
    /// The subject is taken.
    Subject,
    /// The e-mail address is taken.
    Email,
}

/// What a list of users can be sorted by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "each is named after the property that it sorts by")]
pub enum UserField {
    Name,
    Id,
    TenantId,
    ClientId,
    Status,
    Subject,
    Email,
    InviteExpiry,
    CreatedAt,
}

impl UserField {
    /// The words of the contract.
    pub const WORDS: [(&'static str, Self); 10] = [
        ("name", Self::Name),
        ("_id", Self::Id),
        ("id", Self::Id),
        ("tenantId", Self::TenantId),
        ("clientId", Self::ClientId),
        ("status", Self::Status),
        ("subject", Self::Subject),
        ("email", Self::Email),
        ("inviteExpiry", Self::InviteExpiry),
        ("createdAt", Self::CreatedAt),
    ];
}

impl Sortable for User {
    type Id = UserId;
    type Field = UserField;
    const FIELDS: &'static [UserField] = &[
        UserField::Name,
        UserField::Id,
        UserField::TenantId,
        UserField::ClientId,
        UserField::Status,
        UserField::Subject,
        UserField::Email,
        UserField::InviteExpiry,
        UserField::CreatedAt,
    ];

    fn id(&self) -> &UserId {
        &self.id
    }

    fn sort_key(&self, field: UserField) -> SortKey<'_> {
        match field {
            UserField::Name => self.name.to_lowercase().into(),
            UserField::Id => self.id.as_str().into(),
            // All users of a list are of one tenant: their ids decide.
            UserField::TenantId => SortKey::Absent,
            UserField::ClientId => self.client_id().into(),
            UserField::Status => self.status.as_str().into(),
            UserField::Subject => self.subject.to_lowercase().into(),
            UserField::Email => self.email.as_ref().map(|email| email.to_lowercase()).into(),
            UserField::InviteExpiry => self.invite_expiry.into(),
            UserField::CreatedAt => self.created_at.into(),
        }
    }

    fn parse_id(text: &str) -> Option<UserId> {
        UserId::parse(text)
    }
}

/// All users of a tenant, found by id, subject or e-mail address, in any order, and counted by status, group and role.
/// Subjects and addresses are compared without regard to case, as filters do. A copy shares the users themselves.
#[derive(Clone, Debug, Default)]
pub struct Users {
    by_id: HashMap<UserId, Arc<User>>,
    by_subject: HashMap<String, UserId>,
    by_email: HashMap<String, UserId>,
    orders: Orders<User>,
    statuses: Tally<UserStatus>,
    // The deleted are in no group and have no role.
    groups: Tally<GroupId>,
    roles: Tally<RoleId>,
}

impl Users {
    /// The user with this id, deleted ones included.
    pub fn get(&self, id: &UserId) -> Option<&User> {
        self.by_id.get(id).map(Arc::as_ref)
    }

    /// The user with this id, unless deleted.
    pub fn present(&self, id: &UserId) -> Option<&User> {
        self.with_id(id.as_str())
    }

    /// The user whose id this is, unless deleted.
    pub fn with_id(&self, id: &str) -> Option<&User> {
        let user = self.by_id.get(id).map(Arc::as_ref);
        user.filter(|user| user.status != UserStatus::Deleted)
    }

    /// The user with this subject, unless deleted.
    pub fn with_subject(&self, subject: &str) -> Option<&User> {
        self.by_subject
            .get(&subject.to_lowercase())
            .and_then(|id| self.get(id))
    }

    /// The user with this e-mail address, unless deleted.
    pub fn with_email(&self, email: &str) -> Option<&User> {
        self.by_email
            .get(&email.to_lowercase())
            .and_then(|id| self.get(id))
    }

    /// All users, deleted ones included, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &User> {
        self.by_id.values().map(Arc::as_ref)
    }

    /// The orders that a list of them can have.
    pub fn orders(&self) -> &Orders<User> {
        &self.orders
    }

    /// How many there are, deleted ones included.
    pub fn total(&self) -> usize {
        self.by_id.len()
    }

    /// How many have this status.
    pub fn count_with(&self, status: UserStatus) -> usize {
        self.statuses.of(&status)
    }

    /// How many there are, the deleted not counted.
    pub fn count_present(&self) -> usize {
        self.total() - self.count_with(UserStatus::Deleted)
    }

    /// How many are in each group, the deleted not counted. A group without any is not among them.
    pub fn members(&self) -> &Tally<GroupId> {
        &self.groups
    }

    /// To how many each role is assigned, the deleted not counted.
    pub fn assignments(&self) -> &Tally<RoleId> {
        &self.roles
    }

    /// What of `user` is taken by somebody else.
    pub fn clash(&self, user: &User) -> Option<UserClash> {
        let other = |found: Option<&User>| found.is_some_and(|found| found.id != user.id);
        if other(self.with_subject(&user.subject)) {
            Some(UserClash::Subject)
        } else if user
            .email
            .as_deref()
            .is_some_and(|email| other(self.with_email(email)))
        {
            Some(UserClash::Email)
        } else {
            None
        }
    }

    /// Adds a user or puts a changed one in the place of the old.
    ///
    /// # Errors
    /// What of it is taken by somebody else; nothing has changed then.
    pub(super) fn put(&mut self, user: User) -> Result<(), UserClash> {
        if user.status != UserStatus::Deleted
            && let Some(clash) = self.clash(&user)
        {
            return Err(clash);
        }
        if let Some(old) = self.by_id.remove(&user.id) {
            self.forget(&old);
        }
        self.orders.add(&user);
        self.statuses.add(&user.status);
        // A deleted user keeps its record, but neither its subject nor its address.
        if user.status != UserStatus::Deleted {
            self.by_subject
                .insert(user.subject.to_lowercase(), user.id.clone());
            if let Some(email) = &user.email {
                self.by_email.insert(email.to_lowercase(), user.id.clone());
            }
            user.assigned_groups
                .iter()
                .for_each(|group| self.groups.add(group));
            user.assigned_roles.iter().for_each(|role| self.roles.add(role));
        }
        self.by_id.insert(user.id.clone(), Arc::new(user));
        Ok(())
    }

    /// Takes a user out of every index.
    fn forget(&mut self, user: &User) {
        self.orders.remove(user);
        self.statuses.remove(&user.status);
        if user.status != UserStatus::Deleted {
            self.by_subject.remove(&user.subject.to_lowercase());
            if let Some(email) = &user.email {
                self.by_email.remove(&email.to_lowercase());
            }
            user.assigned_groups
                .iter()
                .for_each(|group| self.groups.remove(group));
            user.assigned_roles
                .iter()
                .for_each(|role| self.roles.remove(role));
        }
    }

    /// Takes every user out of a group that is going.
    pub(super) fn leave(&mut self, group: &GroupId) {
        let users = self.by_id.values_mut();
        for user in users.filter(|user| user.assigned_groups.contains(group)) {
            let user = Arc::make_mut(user);
            user.assigned_groups.retain(|own| own != group);
            if user.status != UserStatus::Deleted {
                self.groups.remove(group);
            }
        }
    }
}
