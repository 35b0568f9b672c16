//! From where a client comes, and whether the tenant can be reached from there.

use axum::extract::Request;

use crate::api::error::ApiError;
use crate::api::extract::client_address;
use crate::ops::{TenantHandle, ip_policies};

/// Refuses a client from elsewhere. The emulator itself, and what makes a refusal readable, can always be reached.
///
/// # Errors
/// When the tenant's IP policies leave the address out.
pub(super) fn admit(tenant: &TenantHandle, request: &Request) -> Result<(), ApiError> {
    if !super::is_of_the_emulator(request.uri().path()) {
        ip_policies::admit(tenant, client_address(request.extensions()))?;
    }
    Ok(())
}
