//! Users: list, filter, count, read, create, invite, change, delete.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::Context;
use crate::domain::clock::{Timestamp, later};
use crate::domain::document::{self, is_address};
use crate::domain::error::{Denial, DomainError, Fault, Resource};
use crate::domain::filter::{Attribute, Filter, Vocabulary};
use crate::domain::group::{Group, GroupKind};
use crate::domain::ids::{GroupId, RoleId, UserId};
use crate::domain::order::{NoSuchPlace, Sortable as _};
use crate::domain::page::{Cursor, Limit, PageError, Position, Sort, Start, paginate};
use crate::domain::policy::{Action, Permit, Target};
use crate::domain::role::{Role, RoleLevel, RoleType};
use crate::domain::tenant::Tenant;
use crate::domain::user::{User, UserClash, UserField, UserStatus, Users};

/// How long an invitation lasts, as seen in a published example.
const INVITATION: TimeDelta = TimeDelta::days(7);

/// A user as one caller may see it. It is shown while the tenant is looked at, so that nothing is copied for it.
#[derive(Clone, Copy, Debug)]
pub struct UserView<'t> {
    /// The user.
    pub user: &'t User,
    /// The tenant that the user belongs to.
    pub tenant: &'t Tenant,
    /// Whether the caller may see what the user may do: the own roles and scopes, or all as a tenant admin.
    pub shows_access: bool,
}

impl<'t> UserView<'t> {
    /// The groups that the user is in; not the one that everybody is in.
    pub fn groups(self) -> impl Iterator<Item = &'t Group> {
        self.tenant.groups_of(self.user)
    }

    /// The roles of a group of the user, if the caller may see them.
    pub fn roles_of(self, group: &'t Group) -> Option<impl Iterator<Item = &'t Role>> {
        self.shows_access
            .then(|| self.tenant.roles_with(&group.assigned_roles))
    }

    /// The roles assigned to the user, without those of groups, if the caller may see them.
    pub fn roles(self) -> Option<impl Iterator<Item = &'t Role>> {
        self.shows_access.then(|| assigned(self.tenant, self.user))
    }

    /// The roles that the user has through groups only, that of everybody included, if the caller may see them.
    pub fn inherited_roles(self) -> Option<impl Iterator<Item = &'t Role>> {
        let is_inherited = move |role: &&Role| !self.user.assigned_roles.contains(&role.id);
        let roles = || self.tenant.roles_of(self.user).filter(is_inherited);
        self.shows_access.then(roles)
    }

    /// The scopes that come from all roles and from `UserDefault`, if the caller may see them.
    pub fn scopes(self) -> Option<BTreeSet<&'t str>> {
        self.shows_access.then(|| self.tenant.scopes_of(self.user))
    }
}

/// A role as it is shown inside a group or to whoever signs in.
#[derive(Clone, Debug)]
pub struct RoleSummary {
    /// The id.
    pub id: RoleId,
    /// The name.
    pub name: String,
    /// Who made it.
    pub kind: RoleType,
    /// Whether it administers or uses the tenant.
    pub level: RoleLevel,
}

/// What a filter of users may name, as documented.
pub static VOCABULARY: Vocabulary = Vocabulary {
    attributes: &[
        Attribute::exact("id"),
        Attribute::searchable("subject"),
        Attribute::searchable("name"),
        Attribute::searchable("email"),
        Attribute::exact("status"),
        Attribute::exact("clientId"),
        Attribute::exact("assignedRoles.id"),
        Attribute::exact("assignedRoles.name"),
        Attribute::exact("assignedGroups.id"),
        Attribute::exact("assignedGroupsAssignedRoles.name"),
        Attribute::exact("assignedScopes"),
    ],
    grouped: Some("status"),
};

/// Where a page of users starts.
#[derive(Clone, Debug)]
pub enum UserStart {
    /// At the beginning, or at an opaque cursor.
    Cursor(Start<'static>),
    /// After the user with this id: the older parameter `startingAfter`.
    AfterUser(String),
    /// Before the user with this id: the older parameter `endingBefore`.
    BeforeUser(String),
}

/// Which users to list.
#[derive(Clone, Debug)]
pub struct ListUsers {
    /// Only those that pass.
    pub filter: Option<Filter>,
    /// Only those with one of these statuses; if not given, all but the deleted, unless the filter names the status.
    pub statuses: Option<Vec<UserStatus>>,
    /// Only the one with this e-mail address.
    pub email: Option<String>,
    /// Only the one with this subject.
    pub subject: Option<String>,
    /// Only those to whom the role of this name is assigned.
    pub role: Option<String>,
    /// Only those of this tenant.
    pub tenant_id: Option<String>,
    /// In this order.
    pub sort: Sort<UserField>,
    /// At most so many.
    pub limit: Limit,
    /// From here on.
    pub start: UserStart,
    /// Whether to count how many pass.
    pub with_total: bool,
}

/// One page of users.
#[derive(Clone, Debug)]
pub struct UserPage<U> {
    /// The users.
    pub users: Vec<U>,
    /// The cursor of the next page.
    pub next: Option<Cursor>,
    /// The cursor of the previous page.
    pub previous: Option<Cursor>,
    /// How many users pass, if that was asked for.
    pub total: Option<usize>,
}

impl<U> UserPage<U> {
    /// The page with something else for each user.
    pub fn map<V>(self, each: impl FnMut(U) -> V) -> UserPage<V> {
        UserPage {
            users: self.users.into_iter().map(each).collect(),
            next: self.next,
            previous: self.previous,
            total: self.total,
        }
    }
}

/// Lists users; `action` is that of the operation, listing or filtering. The page is shown while the tenant is locked.
///
/// # Errors
/// When the caller may not, or a cursor names a user who does not exist.
pub fn list<R>(
    context: &Context,
    action: Action,
    query: &ListUsers,
    show: impl FnOnce(UserPage<UserView<'_>>) -> R,
) -> Result<R, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, action, Target::Other)?;
    let sees = Sight::of(context, &tenant);
    let by_filter = query
        .filter
        .as_ref()
        .is_some_and(|filter| filter.mentions("status"));
    let users = tenant.users();
    let has_status = |status: UserStatus| match &query.statuses {
        Some(statuses) => statuses.contains(&status),
        None => by_filter || status != UserStatus::Deleted,
    };
    let same = |asked: &Option<String>, value: Option<&str>| {
        asked
            .as_deref()
            .is_none_or(|asked| value.is_some_and(|value| value.eq_ignore_ascii_case(asked)))
    };
    let wanted = |user: &&User| {
        has_status(user.status)
            && same(&query.email, user.email.as_deref())
            && same(&query.subject, Some(&user.subject))
            && query
                .tenant_id
                .as_deref()
                .is_none_or(|id| tenant.id().as_str() == id)
            && query.role.as_deref().is_none_or(|name| {
                sees.access_of(user) && assigned(&tenant, user).any(|role| role.name == name)
            })
            && query
                .filter
                .as_ref()
                .is_none_or(|filter| passes(&tenant, &sees, user, filter))
    };
    let position =
        |user: &User| Position::new(user.sort_key(query.sort.field), user.id.as_str()).into_owned();
    let of_user = |id: &str, parameter| {
        let user = UserId::parse(id).and_then(|id| users.get(&id));
        user.map(position).ok_or_else(|| {
            DomainError::invalid(Fault::in_parameter(
                parameter,
                "Must be the id of a user of this tenant.",
            ))
        })
    };
    let start = match &query.start {
        UserStart::Cursor(start) => start.clone(),
        UserStart::AfterUser(id) => Start::After(of_user(id, "startingAfter")?),
        UserStart::BeforeUser(id) => Start::Before(of_user(id, "endingBefore")?),
    };
    let (direction, limit) = (query.sort.direction, query.limit);
    // Who can be looked up is not searched for.
    let only = only(users, query).filter(|_| !has_status(UserStatus::Deleted));
    let page = match only {
        Some(user) => paginate(
            user.into_iter().filter(wanted),
            |user| position(user),
            direction,
            &start,
            limit,
        )
        .into(),
        None => {
            let find = |id: &UserId| users.get(id).filter(wanted);
            users
                .orders()
                .page(users.iter(), (query.sort.field, direction), &start, limit, find)
                .map_err(|NoSuchPlace| not_a_cursor(&start))?
        }
    };
    let by_status_only = query.filter.is_none()
        && query.email.is_none()
        && query.subject.is_none()
        && query.role.is_none()
        && query.tenant_id.is_none();
    let total = || match only {
        Some(user) => user.into_iter().filter(wanted).count(),
        None if by_status_only => UserStatus::WORDS
            .into_iter()
            .filter(|(_, status)| has_status(*status))
            .map(|(_, status)| users.count_with(status))
            .sum(),
        None => users.iter().filter(wanted).count(),
    };
    Ok(show(UserPage {
        next: page.next.map(|position| Cursor::new(&query.sort, position)),
        previous: page.previous.map(|position| Cursor::new(&query.sort, position)),
        total: query.with_total.then(total),
        users: page
            .items
            .into_iter()
            .map(|user| view(&tenant, &sees, user))
            .collect(),
    }))
}

/// The one user who can pass, where the query names somebody by what is unique among all who are not deleted; there may
/// be nobody.
fn only<'u>(users: &'u Users, query: &ListUsers) -> Option<Option<&'u User>> {
    // Letters beyond ASCII are not folded everywhere alike.
    let required = |attribute| {
        let value = query.filter.as_ref()?.requires(attribute)?;
        value.is_ascii().then_some(value)
    };
    let email = query.email.as_deref().or_else(|| required("email"));
    let subject = query.subject.as_deref().or_else(|| required("subject"));
    email
        .map(|email| users.with_email(email))
        .or_else(|| subject.map(|subject| users.with_subject(subject)))
}

/// A cursor whose words are right and whose place is none: nobody but its sender has made it.
fn not_a_cursor(start: &Start<'_>) -> DomainError {
    let parameter = match start {
        Start::Before(_) => "prev",
        Start::First | Start::After(_) => "next",
    };
    DomainError::invalid(Fault::in_parameter(
        parameter,
        document::sentence(PageError::Cursor),
    ))
}

fn passes(tenant: &Tenant, sees: &Sight, user: &User, filter: &Filter) -> bool {
    filter.matches(|attribute, test| match attribute {
        "id" => test(user.id.as_str()),
        "clientId" => user.client_id().is_some_and(test),
        "subject" => test(&user.subject),
        "name" => test(&user.name),
        "email" => user.email.as_deref().is_some_and(test),
        "status" => test(user.status.as_str()),
        "assignedRoles.id" if sees.access_of(user) => {
            assigned(tenant, user).any(|role| test(role.id.as_str()))
        }
        "assignedRoles.name" if sees.access_of(user) => assigned(tenant, user).any(|role| test(&role.name)),
        "assignedGroups.id" => tenant.groups_of(user).any(|group| test(group.id.as_str())),
        "assignedGroupsAssignedRoles.name" if sees.access_of(user) => tenant
            .groups_of(user)
            .flat_map(|group| tenant.roles_with(&group.assigned_roles))
            .any(|role| test(&role.name)),
        "assignedScopes" if sees.access_of(user) => tenant.scopes_of(user).into_iter().any(test),
        // Nobody stands for an OAuth client here; roles of others are not shown to everybody.
        _ => false,
    })
}

/// How many users there are, the deleted not counted.
///
/// # Errors
/// When the caller may not know.
pub fn count(context: &Context) -> Result<usize, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::CountUsers, Target::Other)?;
    Ok(tenant.users().count_present())
}

/// The id of the caller.
///
/// # Errors
/// When no user stands behind the credential.
pub fn me(context: &Context) -> Result<UserId, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadMe, Target::Own)?;
    Ok(context.caller.user_id().cloned().ok_or(Denial::ExternalClient)?)
}

/// Reads a user, who is shown while the tenant is locked.
///
/// # Errors
/// When there is none with this id, or the caller may not.
pub fn read<R>(context: &Context, id: &str, show: impl FnOnce(UserView<'_>) -> R) -> Result<R, DomainError> {
    let tenant = context.tenant.read();
    context.require(&tenant, Action::ReadUser, Target::Other)?;
    let user = find(&tenant, id)?;
    Ok(show(view(&tenant, &Sight::of(context, &tenant), user)))
}

/// A role that a request names by id or by name.
#[derive(Clone, Debug)]
pub struct RoleReference {
    /// The id or the name.
    pub role: IdOrName,
    /// Where in the request it stands.
    pub pointer: String,
}

/// How a request names a role or a group.
#[derive(Clone, Debug)]
pub enum IdOrName {
    /// By its id.
    Id(String),
    /// By its name; case matters.
    Name(String),
}

impl RoleReference {
    /// The role that is meant.
    pub(super) fn resolve(&self, tenant: &Tenant) -> Result<RoleId, Fault> {
        let role = match &self.role {
            IdOrName::Id(id) => RoleId::parse(id).and_then(|id| tenant.roles().get(&id)),
            IdOrName::Name(name) => tenant.roles().named(name),
        };
        role.map(|role| role.id.clone()).ok_or_else(|| {
            let (IdOrName::Id(asked) | IdOrName::Name(asked)) = &self.role;
            Fault::at(&self.pointer, format!("This tenant has no role `{asked}`."))
        })
    }
}

/// A group that a request names.
#[derive(Clone, Debug)]
pub struct GroupReference {
    /// Its id, or its name and kind.
    pub group: GroupName,
    /// Where in the request it stands.
    pub pointer: String,
}

/// How a request names a group.
#[derive(Clone, Debug)]
pub enum GroupName {
    /// By its id.
    Id(String),
    /// By its name, where case matters, among the groups of a kind.
    Name(String, GroupKind),
}

impl GroupReference {
    fn resolve<'t>(&self, tenant: &'t Tenant) -> Result<&'t Group, Fault> {
        let (group, asked) = match &self.group {
            GroupName::Id(id) => (GroupId::parse(id).and_then(|id| tenant.groups().get(&id)), id),
            GroupName::Name(name, kind) => (tenant.groups().named(*kind, name), name),
        };
        group.ok_or_else(|| Fault::at(&self.pointer, format!("This tenant has no group `{asked}`.")))
    }
}

/// A user to be made.
#[derive(Clone, Debug)]
pub struct CreateUser {
    /// The name that the identity provider knows the user by.
    pub subject: String,
    /// The name for people; the subject if not given.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The address of a picture.
    pub picture: Option<String>,
    /// Invited, or active at once.
    pub status: UserStatus,
    /// The roles to assign.
    pub assigned_roles: Vec<RoleReference>,
}

/// Makes a user, who is shown while the tenant is locked.
///
/// # Errors
/// When the caller may not, a role does not exist, or the subject or the address is taken.
pub fn create<R>(
    context: &Context,
    command: CreateUser,
    show: impl FnOnce(UserView<'_>) -> R,
) -> Result<R, DomainError> {
    let id = UserId::draw(context.tenant.entropy(), context.now);
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::CreateUser, Target::Other)?;
    let mut faults = Vec::new();
    let mut assigned_roles = Vec::new();
    for reference in &command.assigned_roles {
        match reference.resolve(&tenant) {
            Ok(role) if !assigned_roles.contains(&role) => assigned_roles.push(role),
            Ok(_) => {}
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(DomainError::Invalid(faults));
    }
    let invited = command.status == UserStatus::Invited;
    let user = User {
        id: id.clone(),
        name: command.name.unwrap_or_else(|| command.subject.clone()),
        subject: command.subject,
        email: command.email,
        status: command.status,
        picture: command.picture,
        locale: None,
        zoneinfo: None,
        preferred_locale: None,
        preferred_zoneinfo: None,
        assigned_roles,
        assigned_groups: Vec::new(),
        invite_expiry: invited.then(|| later(context.now, INVITATION)),
        created_at: context.now,
        last_updated_at: context.now,
    };
    put(&mut tenant, &permit, user)?;
    Ok(show(view(&tenant, &Sight::All, find(&tenant, id.as_str())?)))
}

/// Somebody to invite.
#[derive(Clone, Debug)]
pub struct Invitee {
    /// The address that the invitation goes to.
    pub email: String,
    /// The name for people; the address if not given.
    pub name: Option<String>,
    /// Whether to renew an invitation that is still open.
    pub resend: bool,
    /// The language of the invitation, and of the user.
    pub language: Option<String>,
}

/// What became of one invitation.
#[derive(Clone, Debug)]
pub enum Invitation {
    /// The user is invited, or invited again.
    Sent {
        /// The user's id.
        user: UserId,
        /// The user's subject, a UUID.
        subject: String,
    },
    /// An invitation is open already and was left as it is.
    Exists {
        /// The user's id.
        user: UserId,
        /// The user's subject.
        subject: String,
    },
    /// The user is active (documented code 1001).
    ActiveUser,
    /// The user is disabled (documented code 1002).
    DisabledUser,
    /// The address is none (the documented code is the HTTP status).
    NotAnAddress,
}

/// Invites people by their e-mail addresses; each has an outcome of its own.
///
/// # Errors
/// When the caller may not.
pub fn invite(context: &Context, invitees: Vec<Invitee>) -> Result<Vec<(String, Invitation)>, DomainError> {
    let mut tenant = context.tenant.write();
    let permit = context.require(&tenant, Action::InviteUsers, Target::Other)?;
    Ok(invitees
        .into_iter()
        .map(|invitee| {
            let email = invitee.email.clone();
            let outcome = invite_one(context, &mut tenant, &permit, invitee);
            (email, outcome)
        })
        .collect())
}

fn invite_one(context: &Context, tenant: &mut Tenant, permit: &Permit, invitee: Invitee) -> Invitation {
    if !is_address(&invitee.email) {
        return Invitation::NotAnAddress;
    }
    let expiry = later(context.now, INVITATION);
    let user = match tenant.users().with_email(&invitee.email) {
        Some(user) => match user.status {
            UserStatus::Active | UserStatus::Provisioned => return Invitation::ActiveUser,
            UserStatus::Disabled | UserStatus::Deleted => return Invitation::DisabledUser,
            UserStatus::Invited if !invitee.resend => {
                return Invitation::Exists {
                    user: user.id.clone(),
                    subject: user.subject.clone(),
                };
            }
            UserStatus::Invited => User {
                invite_expiry: Some(expiry),
                last_updated_at: context.now,
                ..user.clone()
            },
        },
        None => User {
            id: UserId::draw(context.tenant.entropy(), context.now),
            subject: context.tenant.entropy().uuid().to_string(),
            name: invitee.name.unwrap_or_else(|| invitee.email.clone()),
            email: Some(invitee.email),
            status: UserStatus::Invited,
            picture: None,
            locale: invitee.language,
            zoneinfo: None,
            preferred_locale: None,
            preferred_zoneinfo: None,
            assigned_roles: Vec::new(),
            assigned_groups: Vec::new(),
            invite_expiry: Some(expiry),
            created_at: context.now,
            last_updated_at: context.now,
        },
    };
    let sent = Invitation::Sent {
        user: user.id.clone(),
        subject: user.subject.clone(),
    };
    // The address is free or the user's own, and the subject is the user's own or was drawn just now.
    let _ = tenant.put_user(permit, user);
    sent
}

/// One change of a user, with its place in the patch.
#[derive(Clone, Debug)]
pub struct UserChange {
    /// What to change.
    pub kind: UserChangeKind,
    /// Where in the patch it stands.
    pub pointer: String,
}

/// What to change of a user.
#[derive(Clone, Debug)]
pub enum UserChangeKind {
    /// Another name.
    Name(String),
    /// Another e-mail address.
    Email(String),
    /// Another language, or none.
    PreferredLocale(Option<String>),
    /// Another time zone, or none.
    PreferredZoneinfo(Option<String>),
    /// Enable or disable.
    Status(UserStatus),
    /// Let the invitation last anew.
    RenewInvitation,
    /// These roles in the place of those the user has.
    ReplaceRoles(Vec<RoleReference>),
    /// These roles besides those the user has.
    AddRoles(Vec<RoleReference>),
    /// These roles no longer.
    RemoveRoles(Vec<RoleReference>),
    /// These groups in the place of those the user is in. Those of the identity provider stay as they are.
    ReplaceGroups(Vec<GroupReference>),
    /// These custom groups besides those the user is in.
    AddGroups(Vec<GroupReference>),
    /// These custom groups no longer.
    RemoveGroups(Vec<GroupReference>),
}

impl UserChangeKind {
    fn is_preference(&self) -> bool {
        matches!(self, Self::PreferredLocale(_) | Self::PreferredZoneinfo(_))
    }
}

/// Changes a user. Roles and groups that do not exist are left out and returned, while the other changes are made.
///
/// # Errors
/// When there is no such user, the caller may not, a value cannot be, or nothing of the patch could be done.
pub fn update(context: &Context, id: &str, changes: Vec<UserChange>) -> Result<Vec<Fault>, DomainError> {
    let mut tenant = context.tenant.write();
    let only_preferences = changes.iter().all(|change| change.kind.is_preference());
    let action = if only_preferences {
        Action::UpdateUserPreferences
    } else {
        Action::UpdateUser
    };
    let own = context.caller.user_id().is_some_and(|own| own.as_str() == id);
    let permit = context.require(&tenant, action, Target::own_if(own))?;
    let before = find(&tenant, id)?;
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let mut user = before.clone();
    let mut missing = Vec::new();
    let mut done = false;
    let mut email_pointer = String::new();
    for change in changes {
        if matches!(change.kind, UserChangeKind::Email(_)) {
            email_pointer = format!("{}/value", change.pointer);
        }
        done |= apply(&tenant, context.now, &mut user, change, &mut missing)?;
    }
    if !done {
        return Err(DomainError::Invalid(missing));
    }
    if own
        && (user.status != UserStatus::Active
            || tenant.is_tenant_admin(before) && !tenant.is_tenant_admin(&user))
    {
        return Err(Denial::OwnAdminAccess.into());
    }
    user.last_updated_at = context.now;
    put(&mut tenant, &permit, user).map_err(|error| match error {
        // The contract has a conflict (409) for a new user, and none for a change.
        DomainError::Conflict(fault) => DomainError::invalid(Fault::at(email_pointer, fault.sentence)),
        other => other,
    })?;
    Ok(missing)
}

/// Makes one change, and says whether any of it could be done.
fn apply(
    tenant: &Tenant,
    now: Timestamp,
    user: &mut User,
    change: UserChange,
    missing: &mut Vec<Fault>,
) -> Result<bool, DomainError> {
    let mut resolve = |references: Vec<RoleReference>| -> (Vec<RoleId>, bool) {
        let resolved = references.iter().map(|reference| reference.resolve(tenant));
        let roles: Vec<RoleId> = resolved
            .filter_map(|role| role.map_err(|fault| missing.push(fault)).ok())
            .collect();
        let some = references.is_empty() || !roles.is_empty();
        (roles, some)
    };
    match change.kind {
        UserChangeKind::Name(name) => user.name = name,
        UserChangeKind::Email(email) => user.email = Some(email),
        UserChangeKind::PreferredLocale(locale) => user.preferred_locale = locale,
        UserChangeKind::PreferredZoneinfo(zone) => user.preferred_zoneinfo = zone,
        UserChangeKind::Status(status) => {
            user.status = status;
            user.invite_expiry = None;
        }
        UserChangeKind::RenewInvitation => {
            if user.status != UserStatus::Invited {
                let sentence = "Only an invited user has an invitation to renew.";
                return Err(DomainError::invalid(Fault::at(
                    format!("{}/path", change.pointer),
                    sentence,
                )));
            }
            user.invite_expiry = Some(later(now, INVITATION));
        }
        UserChangeKind::ReplaceRoles(references) => {
            let (roles, some) = resolve(references);
            if some {
                user.assigned_roles.clear();
                add(&mut user.assigned_roles, roles);
            }
            return Ok(some);
        }
        UserChangeKind::AddRoles(references) => {
            let (roles, some) = resolve(references);
            add(&mut user.assigned_roles, roles);
            return Ok(some);
        }
        UserChangeKind::RemoveRoles(references) => {
            let (gone, some) = resolve(references);
            user.assigned_roles.retain(|role| !gone.contains(role));
            return Ok(some);
        }
        UserChangeKind::ReplaceGroups(references) => {
            let pointer = format!("{}/value", change.pointer);
            let groups = find_groups(tenant, &references, missing);
            let some = references.is_empty() || !groups.is_empty();
            if some {
                replace_groups(tenant, user, &groups, &pointer)?;
            }
            return Ok(some);
        }
        UserChangeKind::AddGroups(references) => {
            let groups = find_groups(tenant, &references, missing);
            for (group, pointer) in &groups {
                require_custom(group, pointer)?;
                if user.assigned_groups.contains(&group.id) {
                    let sentence = format!("The user is in the group `{}` already.", group.name);
                    return Err(DomainError::invalid(Fault::at(*pointer, sentence)));
                }
                user.assigned_groups.push(group.id.clone());
            }
            return Ok(references.is_empty() || !groups.is_empty());
        }
        UserChangeKind::RemoveGroups(references) => {
            let groups = find_groups(tenant, &references, missing);
            for (group, pointer) in &groups {
                require_custom(group, pointer)?;
                user.assigned_groups.retain(|own| *own != group.id);
            }
            return Ok(references.is_empty() || !groups.is_empty());
        }
    }
    Ok(true)
}

/// The groups that a request names, each with its place; those that do not exist are missing.
fn find_groups<'t, 'r>(
    tenant: &'t Tenant,
    references: &'r [GroupReference],
    missing: &mut Vec<Fault>,
) -> Vec<(&'t Group, &'r str)> {
    let found = references.iter().filter_map(|reference| {
        let group = reference.resolve(tenant).map_err(|fault| missing.push(fault));
        group.ok().map(|group| (group, reference.pointer.as_str()))
    });
    found.collect()
}

/// Only who is in a custom group is said here: documented, with the status 400.
fn require_custom(group: &Group, pointer: &str) -> Result<(), DomainError> {
    let who = match group.kind {
        GroupKind::Custom => return Ok(()),
        GroupKind::Idp => "the identity provider",
        GroupKind::System => "the service",
    };
    let sentence = format!("Who is in the group `{}` is up to {who}.", group.name);
    Err(DomainError::invalid(Fault::at(pointer, sentence)))
}

/// Gives a user these groups, of which those that are not custom must be the ones that the user is in.
fn replace_groups(
    tenant: &Tenant,
    user: &mut User,
    groups: &[(&Group, &str)],
    pointer: &str,
) -> Result<(), DomainError> {
    let mut replaced: Vec<GroupId> = Vec::new();
    for (group, pointer) in groups {
        if !user.assigned_groups.contains(&group.id) {
            require_custom(group, pointer)?;
        }
        if !replaced.contains(&group.id) {
            replaced.push(group.id.clone());
        }
    }
    for group in tenant
        .groups_of(user)
        .filter(|group| !replaced.contains(&group.id))
    {
        require_custom(group, pointer)?;
    }
    user.assigned_groups = replaced;
    Ok(())
}

fn add(roles: &mut Vec<RoleId>, more: Vec<RoleId>) {
    for role in more {
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
}

/// Deletes a user. The record stays, so that the keys can name their owner.
///
/// # Errors
/// When there is none with this id, or the caller may not: nobody deletes himself.
pub fn delete(context: &Context, id: &str) -> Result<(), DomainError> {
    let mut tenant = context.tenant.write();
    let own = context.caller.user_id().is_some_and(|own| own.as_str() == id);
    let permit = context.require(&tenant, Action::DeleteUser, Target::own_if(own))?;
    let user = find(&tenant, id)?;
    if own {
        return Err(Denial::OwnAdminAccess.into());
    }
    let user = User {
        status: UserStatus::Deleted,
        invite_expiry: None,
        last_updated_at: context.now,
        ..user.clone()
    };
    put(&mut tenant, &permit, user)
}

fn put(tenant: &mut Tenant, permit: &Permit, user: User) -> Result<(), DomainError> {
    tenant.put_user(permit, user).map_err(|clash| {
        let (pointer, what) = match clash {
            UserClash::Id => ("/id", "id"),
            UserClash::Subject => ("/subject", "subject"),
            UserClash::Email => ("/email", "e-mail address"),
        };
        DomainError::Conflict(Fault::at(
            pointer,
            format!("Another user of this tenant has the same {what}."),
        ))
    })
}

fn find<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t User, DomainError> {
    tenant
        .users()
        .with_id(id)
        .ok_or(DomainError::NotFound(Resource::User))
}

/// Whose roles a caller sees: "Must have access to roles to view other users' assigned roles" (contract).
enum Sight {
    All,
    Own(Option<UserId>),
}

impl Sight {
    fn of(context: &Context, tenant: &Tenant) -> Self {
        match context.require(tenant, Action::ListRoles, Target::Other) {
            Ok(_) => Self::All,
            Err(_) => Self::Own(context.caller.user_id().cloned()),
        }
    }

    fn access_of(&self, user: &User) -> bool {
        match self {
            Self::All => true,
            Self::Own(own) => own.as_ref() == Some(&user.id),
        }
    }
}

/// The roles assigned to the user, without those of groups.
fn assigned<'t>(tenant: &'t Tenant, user: &'t User) -> impl Iterator<Item = &'t Role> {
    tenant.roles_with(&user.assigned_roles)
}

fn view<'t>(tenant: &'t Tenant, sees: &Sight, user: &'t User) -> UserView<'t> {
    UserView {
        user,
        tenant,
        shows_access: sees.access_of(user),
    }
}

pub(super) fn summary(role: &Role) -> RoleSummary {
    RoleSummary {
        id: role.id.clone(),
        name: role.name.clone(),
        kind: role.kind,
        level: role.level,
    }
}
