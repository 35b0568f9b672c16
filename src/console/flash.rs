//! What the next page says about what was just done. It travels in a cookie that holds a word of a closed set and
//! perhaps a number, so that nothing of a sender's choice is ever shown.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// The cookie.
const NAME: &str = "mock-qlik-notice";

/// What was just done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flash {
    KeysSwitchedOn,
    KeysSwitchedOff,
    MaximumExpirationSaved,
    MaximumPerUserSaved,
    Invited,
    InvitationRenewed,
    RolesSaved,
    RolesSavedInPart,
    UserDisabled,
    UserEnabled,
    UserDeleted,
    KeysRevoked(usize),
    KeyDescribed,
    KeyDeleted,
    RoleCreated,
    RoleSaved,
    RoleDeleted,
    OAuthClientCreated,
    OAuthClientPublished,
    OAuthClientDeleted,
    WebIntegrationCreated,
    WebIntegrationSaved,
    WebIntegrationDeleted,
    GroupCreated,
    GroupSaved,
    GroupDeleted,
    MemberAdded,
    MemberRemoved,
    GroupCreationOn,
    GroupCreationOff,
    SessionsSaved,
    IdentityProviderCreated,
    IdentityProviderDeleted,
    SignedOut,
    ClockChanged,
    RequestsForgotten,
    FaultAdded,
    FaultRemoved,
    FaultsRemoved,
    SnapshotSaved,
    SnapshotRestored,
    SnapshotDeleted,
    TenantDeleted,
    TenantReset,
    TenantsReset,
}

/// Every flash without a number, under its word.
const WORDS: [(&str, Flash); 44] = [
    ("keys-on", Flash::KeysSwitchedOn),
    ("keys-off", Flash::KeysSwitchedOff),
    ("maximum-expiration", Flash::MaximumExpirationSaved),
    ("maximum-per-user", Flash::MaximumPerUserSaved),
    ("invited", Flash::Invited),
    ("renewed", Flash::InvitationRenewed),
    ("roles", Flash::RolesSaved),
    ("roles-in-part", Flash::RolesSavedInPart),
    ("user-disabled", Flash::UserDisabled),
    ("user-enabled", Flash::UserEnabled),
    ("user-deleted", Flash::UserDeleted),
    ("key-described", Flash::KeyDescribed),
    ("key-deleted", Flash::KeyDeleted),
    ("role-created", Flash::RoleCreated),
    ("role-saved", Flash::RoleSaved),
    ("role-deleted", Flash::RoleDeleted),
    ("oauth-client-created", Flash::OAuthClientCreated),
    ("oauth-client-published", Flash::OAuthClientPublished),
    ("oauth-client-deleted", Flash::OAuthClientDeleted),
    ("web-integration-created", Flash::WebIntegrationCreated),
    ("web-integration-saved", Flash::WebIntegrationSaved),
    ("web-integration-deleted", Flash::WebIntegrationDeleted),
    ("group-created", Flash::GroupCreated),
    ("group-saved", Flash::GroupSaved),
    ("group-deleted", Flash::GroupDeleted),
    ("member-added", Flash::MemberAdded),
    ("member-removed", Flash::MemberRemoved),
    ("group-creation-on", Flash::GroupCreationOn),
    ("group-creation-off", Flash::GroupCreationOff),
    ("sessions", Flash::SessionsSaved),
    ("identity-provider-created", Flash::IdentityProviderCreated),
    ("identity-provider-deleted", Flash::IdentityProviderDeleted),
    ("signed-out", Flash::SignedOut),
    ("clock", Flash::ClockChanged),
    ("requests", Flash::RequestsForgotten),
    ("fault-added", Flash::FaultAdded),
    ("fault-removed", Flash::FaultRemoved),
    ("faults-removed", Flash::FaultsRemoved),
    ("snapshot-saved", Flash::SnapshotSaved),
    ("snapshot-restored", Flash::SnapshotRestored),
    ("snapshot-deleted", Flash::SnapshotDeleted),
    ("tenant-deleted", Flash::TenantDeleted),
    ("tenant-reset", Flash::TenantReset),
    ("tenants-reset", Flash::TenantsReset),
];

const REVOKED: &str = "revoked-";

impl Flash {
    /// The sentence that is shown.
    pub(super) fn sentence(self) -> String {
        let sentence = match self {
            Self::KeysSwitchedOn => "API keys are switched on.",
            Self::KeysSwitchedOff => {
                "API keys are switched off. No key opens anything until they are on again."
            }
            Self::MaximumExpirationSaved => {
                "The maximum token expiration is changed. It applies to new keys."
            }
            Self::MaximumPerUserSaved => {
                "The maximum of active API keys per user is changed. It applies to new keys."
            }
            Self::Invited => "The user is invited, and accepts by signing in.",
            Self::InvitationRenewed => "The invitation is renewed.",
            Self::RolesSaved => "The roles are saved.",
            Self::RolesSavedInPart => "The roles are saved, except for one that no longer exists.",
            Self::UserDisabled => "The user is disabled.",
            Self::UserEnabled => "The user is enabled.",
            Self::UserDeleted => "The user is deleted.",
            Self::KeysRevoked(0) => "No API key was revoked: none of them is active any more.",
            Self::KeysRevoked(1) => "1 API key no longer opens anything.",
            Self::KeysRevoked(count) => return format!("{count} API keys no longer open anything."),
            Self::KeyDescribed => "The description is saved.",
            Self::KeyDeleted => "The API key is deleted.",
            Self::RoleCreated => "The role is created.",
            Self::RoleSaved => "The role is saved.",
            Self::RoleDeleted => "The role is deleted.",
            Self::OAuthClientCreated => "The OAuth client is created.",
            Self::OAuthClientPublished => "The OAuth client is published.",
            Self::OAuthClientDeleted => "The OAuth client is deleted.",
            Self::WebIntegrationCreated => "The web integration is created.",
            Self::WebIntegrationSaved => "The web integration is saved.",
            Self::WebIntegrationDeleted => "The web integration is deleted.",
            Self::GroupCreated => "The group is created.",
            Self::GroupSaved => "The group is saved.",
            Self::GroupDeleted => "The group is deleted.",
            Self::MemberAdded => "The user is in the group.",
            Self::MemberRemoved => "The user is no longer in the group.",
            Self::GroupCreationOn => "Groups are created when users of them sign in.",
            Self::GroupCreationOff => "No groups are created when users sign in.",
            Self::SessionsSaved => "The life of sessions is changed. It applies to new sessions.",
            Self::IdentityProviderCreated => "The identity provider is created.",
            Self::IdentityProviderDeleted => "The identity provider is deleted.",
            Self::SignedOut => "You are signed out.",
            Self::ClockChanged => "The clock is changed.",
            Self::RequestsForgotten => "The requests are forgotten.",
            Self::FaultAdded => "The fault is in.",
            Self::FaultRemoved => "The fault is taken out.",
            Self::FaultsRemoved => "All faults are taken out.",
            Self::SnapshotSaved => "The snapshot is saved.",
            Self::SnapshotRestored => "The snapshot is restored, with its clock if it has one.",
            Self::SnapshotDeleted => "The snapshot is deleted.",
            Self::TenantDeleted => "The tenant is deleted.",
            Self::TenantReset => "The tenant is reset. Its sessions have ended.",
            Self::TenantsReset => "All tenants are reset. Their sessions have ended.",
        };
        sentence.to_owned()
    }

    fn word(self) -> String {
        match self {
            Self::KeysRevoked(count) => format!("{REVOKED}{count}"),
            other => WORDS
                .iter()
                .find(|(_, flash)| *flash == other)
                .map_or("", |(word, _)| word)
                .to_owned(),
        }
    }

    fn parse(word: &str) -> Option<Self> {
        match word.strip_prefix(REVOKED) {
            Some(count) => count.parse().ok().map(Self::KeysRevoked),
            None => WORDS
                .iter()
                .find(|(known, _)| *known == word)
                .map(|(_, flash)| *flash),
        }
    }

    /// The cookie that carries this to the next page.
    pub(super) fn cookie(self) -> Option<HeaderValue> {
        HeaderValue::from_str(&format!(
            "{NAME}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60",
            self.word()
        ))
        .ok()
    }

    /// What the page before has to say.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers
            .get_all(COOKIE)
            .into_iter()
            .filter_map(|value| value.to_str().ok());
        let pairs = cookies
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        pairs
            .into_iter()
            .find(|(name, _)| *name == NAME)
            .and_then(|(_, word)| Self::parse(word))
    }

    /// The cookie that ends it: it is said once.
    pub(super) fn spent() -> HeaderValue {
        HeaderValue::from_static("mock-qlik-notice=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_leads_back_to_its_flash() {
        for flash in WORDS
            .iter()
            .map(|(_, flash)| *flash)
            .chain([Flash::KeysRevoked(0), Flash::KeysRevoked(12)])
        {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, format!("a=b; {NAME}={}", flash.word()).parse().unwrap());
            assert_eq!(Flash::of(&headers), Some(flash));
            assert!(flash.cookie().is_some() && flash.sentence().ends_with('.'));
        }
        assert!(Flash::spent().to_str().unwrap().starts_with(&format!("{NAME}=;")));
    }

    #[test]
    fn a_cookie_of_somebody_elses_making_says_nothing() {
        assert_eq!(Flash::parse("<b>hello</b>"), None);
        assert_eq!(Flash::parse("revoked-x"), None);
    }
}
