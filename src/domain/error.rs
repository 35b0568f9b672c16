//! Why something was not done, in the domain's own terms. No HTTP here: `api::error` gives each its status.

use std::fmt;

use super::jwt_session::JwtRefusal;
use super::oauth::refusal::OAuthRefusal;

/// Why a credential opens nothing. Each reason is a value of its own, for the log and for whoever debugs a
/// client, even where the answer on the wire is the same 401.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// Neither an `Authorization` header nor a session cookie.
    NoCredential,
    /// Something that is no credential of this service: another scheme, or no JWT.
    Malformed,
    /// A well-formed token that this tenant never issued, or has removed.
    Unknown,
    /// A token that says it belongs to another tenant.
    WrongTenant,
    /// The key has passed its expiry.
    KeyExpired,
    /// A tenant admin has revoked the key.
    KeyRevoked,
    /// API keys are switched off in the tenant (classic edition).
    KeysSwitchedOff,
    /// The key's owner may no longer hold keys: no role `Developer` (classic), no scope `api-keys` (current).
    PermissionGone,
    /// The user behind the credential is disabled.
    OwnerDisabled,
    /// The user behind the credential is deleted.
    OwnerDeleted,
    /// The session is unknown, signed out, or past its end.
    SessionEnded,
    /// The tenant is deactivated.
    TenantDisabled,
    /// The token of a JWT provider begins no session.
    Jwt(JwtRefusal),
    /// The OAuth access token has passed its expiry.
    TokenExpired,
    /// The OAuth access token has been revoked, or its client has been deleted.
    TokenRevoked,
    /// The OAuth access token was exchanged for another purpose than REST.
    TokenPurpose,
}

impl Refusal {
    /// A stable name for logs and headers.
    pub fn slug(self) -> &'static str {
        match self {
            Self::NoCredential => "no-credential",
            Self::Malformed => "malformed-credential",
            Self::Unknown => "unknown-credential",
            Self::WrongTenant => "wrong-tenant",
            Self::KeyExpired => "key-expired",
            Self::KeyRevoked => "key-revoked",
            Self::KeysSwitchedOff => "keys-switched-off",
            Self::PermissionGone => "permission-gone",
            Self::OwnerDisabled => "owner-disabled",
            Self::OwnerDeleted => "owner-deleted",
            Self::SessionEnded => "session-ended",
            Self::TenantDisabled => "tenant-disabled",
            Self::Jwt(refusal) => refusal.slug(),
            Self::TokenExpired => "token-expired",
            Self::TokenRevoked => "token-revoked",
            Self::TokenPurpose => "token-purpose",
        }
    }

    /// What happened and what would help, for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NoCredential => {
                "No credential was sent. Send `Authorization: Bearer <API key>`, or sign in at /login."
            }
            Self::Malformed => {
                "The credential is malformed. Send `Authorization: Bearer <token>` with the API key or access token as it was issued."
            }
            Self::Unknown => {
                "This tenant has not issued this key or token, or it is gone: an owner has deleted the key."
            }
            Self::WrongTenant => "This key or token belongs to another tenant.",
            Self::KeyExpired => "The API key has expired. Generate a new one.",
            Self::KeyRevoked => "The API key has been revoked by a tenant admin. Generate a new one.",
            Self::KeysSwitchedOff => {
                "API keys are switched off in this tenant. A tenant admin can switch them on in the settings."
            }
            Self::PermissionGone => {
                "The owner of this key may no longer use API keys. A tenant admin can give the permission back."
            }
            Self::OwnerDisabled => "The user behind this credential is disabled.",
            Self::OwnerDeleted => "The user behind this credential is deleted.",
            Self::SessionEnded => "The session has ended. Sign in again at /login.",
            Self::TenantDisabled => "This tenant is deactivated.",
            Self::Jwt(refusal) => refusal.sentence(),
            Self::TokenExpired => "The access token has expired. Ask /oauth/token for another.",
            Self::TokenRevoked => "The access token has been revoked, or its OAuth client has been deleted.",
            Self::TokenPurpose => "The access token is for a web socket or a web resource, not for REST.",
        }
    }
}

/// Why a caller who is known may not do what was asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Denial {
    /// Only a user with the role `TenantAdmin` may do this.
    NotTenantAdmin,
    /// The key belongs to somebody else.
    NotOwner,
    /// The caller may not hold API keys.
    MayNotHoldKeys,
    /// The user named as `sub` may not hold API keys.
    SubjectMayNotHoldKeys,
    /// API keys are switched off in the tenant (classic edition).
    KeysSwitchedOff,
    /// The subject has as many active keys as the tenant allows.
    KeyLimitReached {
        /// The tenant's maximum of active keys.
        maximum: u16,
    },
    /// A SCIM key opens no operation of the REST reference.
    ExternalClient,
    /// A tenant admin may not take away his own access.
    OwnAdminAccess,
    /// The role is built in and cannot be changed.
    BuiltInRole,
    /// The role is still assigned to somebody.
    RoleAssigned,
    /// The tenant has as many custom roles as it may have.
    CustomRoleLimit {
        /// The most custom roles that a tenant may have.
        maximum: usize,
    },
    /// A system group cannot be deleted.
    SystemGroup,
    /// Somebody is still in the custom group.
    GroupHasMembers,
    /// The tenant has as many groups as it may have.
    GroupLimit {
        /// The most groups that a tenant may have.
        maximum: usize,
    },
    /// The resource belongs to another tenant.
    OtherTenant,
    /// A request of a session came without its CSRF token, or with another one.
    CsrfToken,
    /// A form was posted from another site.
    ForeignOrigin,
    /// A page of another site calls, which neither its web integration nor an OAuth client lists.
    OriginNotAllowed,
    /// The IP policies in force leave the client's address out.
    AddressNotAllowed,
    /// An IP policy would leave out the address of whoever wants it.
    OwnAddress,
    /// The user is disabled and may not sign in.
    UserDisabled,
    /// The user's invitation has passed its expiry.
    InviteExpired,
    /// The user is the bot of an OAuth client.
    BotUser,
    /// The scopes of the access token do not reach this far.
    OutOfScope,
    /// Only an OAuth client of the register host may do this, for itself.
    NotRegionalClient,
}

impl Denial {
    /// A stable name for logs.
    pub fn slug(self) -> &'static str {
        match self {
            Self::NotTenantAdmin => "not-tenant-admin",
            Self::NotOwner => "not-owner",
            Self::MayNotHoldKeys => "may-not-hold-keys",
            Self::SubjectMayNotHoldKeys => "subject-may-not-hold-keys",
            Self::KeysSwitchedOff => "keys-switched-off",
            Self::KeyLimitReached { .. } => "key-limit-reached",
            Self::ExternalClient => "external-client",
            Self::OwnAdminAccess => "own-admin-access",
            Self::BuiltInRole => "built-in-role",
            Self::RoleAssigned => "role-assigned",
            Self::CustomRoleLimit { .. } => "custom-role-limit",
            Self::SystemGroup => "system-group",
            Self::GroupHasMembers => "group-has-members",
            Self::GroupLimit { .. } => "group-limit",
            Self::OtherTenant => "other-tenant",
            Self::CsrfToken => "csrf-token",
            Self::ForeignOrigin => "foreign-origin",
            Self::OriginNotAllowed => "origin-not-allowed",
            Self::AddressNotAllowed => "address-not-allowed",
            Self::OwnAddress => "own-address",
            Self::UserDisabled => "user-disabled",
            Self::InviteExpired => "invite-expired",
            Self::BotUser => "bot-user",
            Self::OutOfScope => "out-of-scope",
            Self::NotRegionalClient => "not-regional-client",
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotTenantAdmin => "Only a user with the role TenantAdmin may do this.",
            Self::NotOwner => "The API key belongs to another user.",
            Self::MayNotHoldKeys => {
                "You may not use API keys. A tenant admin can give you the permission: the role Developer, or the \
                 scope api-keys, depending on the edition."
            }
            Self::SubjectMayNotHoldKeys => {
                "The user named as sub may not use API keys. Give that user the permission first."
            }
            Self::KeysSwitchedOff => {
                "API keys are switched off in this tenant. A tenant admin can switch them on in the settings."
            }
            Self::KeyLimitReached { maximum } => {
                return write!(
                    formatter,
                    "The maximum of {maximum} active API keys is reached. Delete or revoke one, or wait until one \
                     expires."
                );
            }
            Self::ExternalClient => "A SCIM key opens the SCIM endpoint only, no operation of the REST reference.",
            Self::OwnAdminAccess => {
                "A tenant admin cannot take away the own access. Ask another tenant admin to do it."
            }
            Self::BuiltInRole => "Only custom roles can be changed, and of the built-in ones only UserDefault.",
            Self::RoleAssigned => "The role is still assigned. Take it from every user and every group first.",
            Self::CustomRoleLimit { maximum } => {
                return write!(formatter, "The maximum of {maximum} custom roles is reached.");
            }
            Self::SystemGroup => "A system group cannot be deleted.",
            Self::GroupHasMembers => "Somebody is still in the group. Take everybody out of it first.",
            Self::GroupLimit { maximum } => {
                return write!(formatter, "The maximum of {maximum} groups is reached.");
            }
            Self::OtherTenant => "The resource belongs to another tenant.",
            Self::CsrfToken => {
                "A request of a browser session needs the header qlik-csrf-token with the value that GET \
                 /api/v1/csrf-token returns."
            }
            Self::ForeignOrigin => "The form was sent from another site.",
            Self::OriginNotAllowed => {
                "Pages of this origin may not call this tenant. A tenant admin can list the origin in a web \
                 integration, whose id the page sends as qlik-web-integration-id, or in an OAuth client."
            }
            Self::AddressNotAllowed => "The IP policies of this tenant do not allow your address.",
            Self::OwnAddress => {
                "You would lock yourself out: your own address has to be in a policy that is enabled."
            }
            Self::UserDisabled => "This user is disabled. A tenant admin can enable the user again.",
            Self::InviteExpired => "The invitation has expired. A tenant admin can renew it.",
            Self::BotUser => "This user stands for an OAuth client. Nobody can sign in as it.",
            Self::OutOfScope => {
                "The scopes of the access token do not allow this. Ask for user_default, or admin_classic for what a \
                 tenant admin may do."
            }
            Self::NotRegionalClient => {
                "Only a regional OAuth client creates tenants: one of the tenant `register`, with a token that it got \
                 for itself there."
            }
        })
    }
}

/// A kind of thing that can be missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Resource {
    /// An API key.
    ApiKey,
    /// The configuration of the API keys of a tenant.
    ApiKeysConfig,
    /// A user.
    User,
    /// A role.
    Role,
    /// A group.
    Group,
    /// An OAuth token.
    OAuthToken,
    /// An OAuth client.
    OAuthClient,
    /// A secret of an OAuth client.
    OAuthClientSecret,
    /// The connection of the tenant to an OAuth client.
    OAuthConnection,
    /// A web integration.
    WebIntegration,
    /// An entry of the content security policy.
    CspEntry,
    /// An IP policy.
    IpPolicy,
    /// An identity provider.
    IdentityProvider,
    /// The metadata of the tenant's own log-in, while an interactive provider stands in its place.
    IdentityProviderMetadata,
    /// A tenant.
    Tenant,
    /// A snapshot.
    Snapshot,
    /// An injected fault.
    Fault,
    /// A session, where a CSRF token was asked for without one.
    Session,
}

/// Where in a request or a document a fault is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Location {
    /// The request as a whole.
    Whole,
    /// A JSON pointer (RFC 6901) into the body.
    Pointer(String),
    /// The name of a query parameter or a header.
    Parameter(String),
}

/// One thing that is wrong with what was sent, and what would be right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// Where it is.
    pub location: Location,
    /// A sentence.
    pub sentence: String,
}

impl Fault {
    /// A fault at a JSON pointer.
    pub fn at(pointer: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self {
            location: Location::Pointer(pointer.into()),
            sentence: sentence.into(),
        }
    }

    /// The same fault in a document that is a part of another, at this pointer.
    #[must_use]
    pub fn under(self, pointer: &str) -> Self {
        match self.location {
            Location::Pointer(inner) => Self::at(format!("{pointer}{inner}"), self.sentence),
            Location::Whole => Self::at(pointer, self.sentence),
            Location::Parameter(_) => self,
        }
    }

    /// A fault in a query parameter or a header.
    pub fn in_parameter(name: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self {
            location: Location::Parameter(name.into()),
            sentence: sentence.into(),
        }
    }

    /// A fault of the request as a whole.
    pub fn of_request(sentence: impl Into<String>) -> Self {
        Self {
            location: Location::Whole,
            sentence: sentence.into(),
        }
    }
}

/// Why no tenant is created for a license.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LicenseRefusal {
    /// There is no license key (`TENANTS-21`).
    Missing,
    /// The license key is none (`TENANTS-23`).
    Invalid,
    /// There are as many tenants as there may be (`TENANTS-22`).
    QuotaReached,
}

/// Why an operation was not carried out. Nothing has changed when one of these is returned.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DomainError {
    /// The credential opens nothing.
    Refused(Refusal),
    /// The caller may not do this.
    Denied(Denial),
    /// The named resource does not exist.
    NotFound(Resource),
    /// What was sent is wrong, in one or more places.
    Invalid(Vec<Fault>),
    /// A value that must be unique is taken.
    Conflict(Fault),
    /// No tenant is created.
    License(LicenseRefusal),
    /// A patch of the tenant has a value that is wrong (`TENANTS-10`).
    TenantPatch(Vec<Fault>),
    /// The host name is taken or reserved (`TENANTS-11`).
    HostnameUnavailable {
        /// JSON pointer of the property that was to be changed.
        pointer: String,
    },
    /// `qlik-confirm-hostname` does not name the tenant.
    HostnameNotConfirmed,
    /// Pending options were to be promoted, and `QLIK-IDP-POPTS-MATCH` does not name them.
    PendingOptionsNotMatched,
    /// Claims of a JWT are missing or wrong (`INTERNAL-TOKEN-1`): a phrase each.
    JwtClaims(Vec<String>),
    /// A client gets nothing.
    OAuth(OAuthRefusal),
    /// A CSRF token was asked for with a credential that needs none (`CSRF-TOKEN-4`).
    CsrfTokenNotSupported,
}

impl DomainError {
    /// A single fault.
    pub fn invalid(fault: Fault) -> Self {
        Self::Invalid(vec![fault])
    }
}

impl From<Refusal> for DomainError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<OAuthRefusal> for DomainError {
    fn from(refusal: OAuthRefusal) -> Self {
        Self::OAuth(refusal)
    }
}

impl From<Denial> for DomainError {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}
