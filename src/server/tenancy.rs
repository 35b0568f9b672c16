//! Which tenant a request is for.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};

use super::size;
use crate::api::error::ApiError;
use crate::api::extract::{
    Origin, Parameters, TENANT_PARAMETER, bad_parameter, bearer_token, session_cookie,
};
use crate::domain::ids::TenantId;
use crate::domain::secret::PresentedToken;
use crate::ops::TenantHandle;
use crate::ops::registration::is_regional;
use crate::ops::tenancy::{AtHost, Tenants};

/// Where regional clients create tenants.
const TENANTS: &str = "/api/v1/tenants";

/// The tenant that the control API is asked for by name; else the one that the host names, whose credentials alone
/// are then good; else the one that the credential says it is of; else the default one.
///
/// # Errors
/// Why the request is for no tenant, or fit for none.
pub(super) fn choose<'t>(
    tenants: &'t Tenants,
    request: &Request,
) -> Result<Cow<'t, Arc<TenantHandle>>, ApiError> {
    if let Some(too_large) = size::refusal_of(request) {
        return Err(too_large);
    }
    if super::is_refused_as_full(request) {
        return Err(ApiError::too_many_connections());
    }
    if !Origin::is_well_named(request.headers()) {
        return Err(ApiError::bad_host());
    }
    if super::is_refused_in_plain(request) {
        let link = Origin::of(request).over_tls().link(request.uri().path());
        return Err(ApiError::tls_only(&link));
    }
    if request.uri().path().starts_with("/_mock/")
        && let Some(query) = request.uri().query()
        && let parameters = Parameters::parse(query)
        && let Some(asked) = parameters.first(TENANT_PARAMETER)
    {
        // A variable that is not set must not let one suite steer the tenant of another.
        if parameters.all(TENANT_PARAMETER).any(|other| other != asked) {
            return Err(bad_parameter(TENANT_PARAMETER, "Name one tenant."));
        }
        return tenants
            .named(asked)
            .map(Cow::Owned)
            .ok_or_else(|| ApiError::no_tenant_named(TENANT_PARAMETER));
    }
    match tenants.at_host(host(request)) {
        AtHost::Tenant(tenant) => Ok(Cow::Owned(tenant)),
        AtHost::Nobody => Err(ApiError::no_tenant_at_host()),
        AtHost::Anybody => {
            let claimed = tenants
                .are_several()
                .then(|| claimed(request.headers()))
                .flatten()
                .and_then(|id| tenants.with_id(&id))
                .filter(|tenant| may_be_found_by_credential(tenant, request));
            Ok(claimed.map_or(Cow::Borrowed(tenants.default_tenant()), Cow::Owned))
        }
    }
}

/// Whether a credential of this tenant leads to it where the host does not. The token of a regional client is good at the
/// register host; elsewhere it creates tenants and no more.
fn may_be_found_by_credential(tenant: &TenantHandle, request: &Request) -> bool {
    let creates_tenant = request.method() == Method::POST && request.uri().path() == TENANTS;
    creates_tenant
        || !bearer_token(request.headers())
            .is_some_and(|token| is_regional(tenant, &PresentedToken::new(token)))
}

fn host(request: &Request) -> &str {
    let named = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let named = named.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    named.unwrap_or_default()
}

/// The tenant that a credential says it is of. Nothing is believed by that: the tenant itself looks for it.
fn claimed(headers: &HeaderMap) -> Option<TenantId> {
    if headers.contains_key(header::AUTHORIZATION) {
        let token = PresentedToken::new(bearer_token(headers)?);
        return token.claimed_tenant().ok().flatten();
    }
    PresentedToken::new(session_cookie(headers)?).tenant_of_session()
}
