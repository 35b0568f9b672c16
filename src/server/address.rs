//! From where a client comes, and whether the tenant can be reached from there.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::api::error::ApiError;
use crate::api::extract::InTenant;
use crate::domain::web::ip_policy::ClientAddress;
use crate::ops::ip_policies;

/// Leaves the client's address among the extensions of a request, and refuses one that the tenant's IP policies leave
/// out. The emulator itself, and what makes a refusal readable, can always be reached.
pub(super) async fn admit(InTenant(tenant): InTenant, mut request: Request, next: Next) -> Response {
    let client = match request.extensions().get::<ConnectInfo<SocketAddr>>() {
        Some(ConnectInfo(address)) => address.ip().into(),
        None => ClientAddress::THIS_MACHINE,
    };
    request.extensions_mut().insert(client);
    let path = request.uri().path();
    if !super::is_of_the_emulator(path)
        && !path.starts_with("/assets/")
        && let Err(denial) = ip_policies::admit(&tenant, client)
    {
        return ApiError::from(denial).into_response();
    }
    next.run(request).await
}
