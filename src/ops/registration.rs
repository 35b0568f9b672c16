//! The register host of a region: the tenant named `register`, whose OAuth clients are the regional ones. They create
//! tenants, and go on to set them up with the same id and secret.

use std::sync::Arc;

use serde_json::json;

use super::oauth::token::bot_of;
use super::tenancy::{LOCAL_DOMAIN, MOST_TENANTS, NewTenant, Tenants};
use super::{Context, TenantHandle};
use crate::domain::error::{Denial, DomainError, LicenseRefusal};
use crate::domain::ids::OAuthClientId;
use crate::domain::oauth::client::{ClientSecret, OAuthClient};
use crate::domain::policy::{Action, Target};
use crate::domain::secret::PresentedToken;
use crate::domain::tenant::Tenant;
use crate::domain::user::BOT_SUBJECT;

/// The name of the tenant that is the register host, as in `register.{region}.qlikcloud.com`.
pub const REGISTER: &str = "register";

/// Whether an access token is one of a regional client: issued by the register host.
pub fn is_regional(handle: &TenantHandle, token: &PresentedToken<'_>) -> bool {
    handle.name().as_str() == REGISTER && handle.read().oauth_tokens().access(&token.digest()).is_some()
}

/// What a regional client wants a tenant with.
#[derive(Debug)]
pub struct Registration {
    /// The license key, if one was sent. None is checked against anything: every word is one.
    pub license_key: Option<String>,
    /// The data centre; that of an unnamed tenant if not given.
    pub datacenter: Option<String>,
    /// The host name by which the register host was asked.
    pub asked_at: String,
}

/// Creates a tenant for a regional client: empty, but for the client and its bot user, who is a tenant admin.
///
/// # Errors
/// When the caller is no regional client, or the license is not good for another tenant.
pub fn create_tenant(
    tenants: &Tenants,
    context: &Context,
    registration: Registration,
) -> Result<Arc<TenantHandle>, DomainError> {
    let (permit, client, edition) = {
        let register = context.tenant.read();
        let permit = context.require(&register, Action::CreateTenant, Target::Other)?;
        let client = (context.tenant.name().as_str() == REGISTER)
            .then(|| regional_client(&register, context))
            .flatten()
            .ok_or(Denial::NotRegionalClient)?;
        (permit, client, register.edition())
    };
    check_license(registration.license_key.as_deref(), tenants.count()).map_err(DomainError::License)?;
    let new = NewTenant {
        name: None,
        // The name and the host name that count are given below.
        seed: json!({ "format": 1, "tenant": { "name": "New", "hostnames": ["new.localhost"] } }),
        edition: Some(edition),
    };
    let domain = domain_of(&registration.asked_at);
    let (handle, ()) = tenants.add(new, domain, |tenant, now, entropy| {
        let bot = bot_of(entropy, tenant, &permit, &client, now);
        tenant.put_oauth_client(&permit, client);
        tenant.change_profile(&permit, |profile| {
            let hostname = profile.hostnames.first();
            if let Some((name, _)) = hostname.and_then(|hostname| hostname.split_once('.')) {
                profile.name = name.to_owned();
            }
            if let Some(datacenter) = registration.datacenter {
                profile.datacenter = datacenter;
            }
            profile.created_by = Some(bot);
        });
    })?;
    Ok(handle)
}

/// Whether a license is good for one more tenant besides so many.
fn check_license(key: Option<&str>, tenants: usize) -> Result<(), LicenseRefusal> {
    let key = key.ok_or(LicenseRefusal::Missing)?;
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        Err(LicenseRefusal::Invalid)
    } else if tenants >= MOST_TENANTS {
        Err(LicenseRefusal::QuotaReached)
    } else {
        Ok(())
    }
}

/// The client of whom the caller is the bot user, as another tenant knows it: nobody there has made its secrets.
fn regional_client(register: &Tenant, context: &Context) -> Option<OAuthClient> {
    let user = register.users().present(context.caller.user_id()?)?;
    let id = OAuthClientId::parse(user.subject.strip_prefix(BOT_SUBJECT)?)?;
    let client = register.oauth_clients().get(&id)?.clone();
    let secrets = client.secrets.into_iter().map(|secret| ClientSecret {
        created_by: None,
        ..secret
    });
    Some(OAuthClient {
        secrets: secrets.collect(),
        ..client
    })
}

/// What follows the name in the host name of a new tenant: the same as at the register host, and otherwise the local
/// domain.
fn domain_of(asked_at: &str) -> &str {
    match asked_at.split_once('.') {
        Some((first, _)) if first.eq_ignore_ascii_case(REGISTER) => &asked_at[first.len()..],
        _ => LOCAL_DOMAIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_license_is_good_while_there_is_room() {
        let key = Some("a-license");
        assert_eq!(check_license(key, 1), Ok(()));
        assert_eq!(check_license(key, MOST_TENANTS - 1), Ok(()));
        let full = Err(LicenseRefusal::QuotaReached);
        assert_eq!(check_license(key, MOST_TENANTS), full);
        assert_eq!(check_license(None, MOST_TENANTS), Err(LicenseRefusal::Missing));
        assert_eq!(
            check_license(Some(""), MOST_TENANTS),
            Err(LicenseRefusal::Invalid)
        );
    }
}
