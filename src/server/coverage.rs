//! Counts which published operations a tenant is asked for.

use axum::http::StatusCode;

use crate::contract::{self, Operation};
use crate::domain::coverage::Class;
use crate::ops::{TenantHandle, coverage};

/// Counts a request by the status of its answer, if it got one.
pub(super) fn count(tenant: &TenantHandle, operation: &Operation, status: Option<StatusCode>) {
    coverage::count(
        tenant,
        operation.place.into(),
        contract::operations().len(),
        Class::of(status.map(|status| status.as_u16())),
    );
}
