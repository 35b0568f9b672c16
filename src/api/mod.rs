//! The REST reference. Every route is on this page; the handlers read a request, call `ops`, and shape the answer.

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::contract::{self, Lookup};
use crate::ops::tenancy::Tenants;
use error::ApiError;

mod api_keys;
pub mod aside;
mod auth_settings;
pub mod control_access;
pub mod cross_origin;
mod csp_origins;
pub mod error;
pub mod extract;
mod groups;
pub mod identity_providers;
mod ip_policies;
pub mod json;
pub mod links;
mod login;
mod oauth;
mod oauth_clients;
mod oauth_tokens;
mod product_info;
mod roles;
mod selection;
mod sessions;
mod tenants;
mod users;
mod web_integrations;

/// Every route of the REST reference that is emulated.
pub fn routes() -> Router<Arc<Tenants>> {
    Router::new()
        .route(
            "/api/v1/api-keys",
            get(api_keys::list::handle).post(api_keys::create::handle),
        )
        .route(
            "/api/v1/api-keys/{id}",
            get(api_keys::read)
                .patch(api_keys::update::handle)
                .delete(api_keys::delete),
        )
        .route(
            "/api/v1/api-keys/configs/{tenantId}",
            get(api_keys::config::read).patch(api_keys::config::update),
        )
        .route(
            "/api/v1/users",
            get(users::list::handle).post(users::create::handle),
        )
        .route("/api/v1/users/me", get(users::me))
        .route("/api/v1/users/actions/count", get(users::count))
        .route("/api/v1/users/actions/filter", post(users::list::filter))
        .route("/api/v1/users/actions/invite", post(users::invite::handle))
        .route(
            "/api/v1/users/{userId}",
            get(users::read)
                .patch(users::update::handle)
                .delete(users::delete),
        )
        .route("/oauth/token", post(oauth::token::handle))
        .route("/oauth/revoke", post(oauth::revoke))
        .route("/.well-known/oauth-authorization-server", get(oauth::metadata))
        .route("/.well-known/jwks.json", get(oauth::keys))
        .route("/api/v1/oauth-tokens", get(oauth_tokens::list))
        .route(
            "/api/v1/oauth-tokens/{tokenId}",
            axum::routing::delete(oauth_tokens::revoke),
        )
        .route(
            "/api/v1/oauth-clients",
            get(oauth_clients::list).post(oauth_clients::create::handle),
        )
        .route(
            "/api/v1/oauth-clients/{id}",
            get(oauth_clients::read)
                .patch(oauth_clients::update::handle)
                .delete(oauth_clients::delete),
        )
        .route(
            "/api/v1/oauth-clients/{id}/actions/publish",
            post(oauth_clients::publish),
        )
        .route(
            "/api/v1/oauth-clients/{id}/client-secrets",
            post(oauth_clients::create_secret),
        )
        .route(
            "/api/v1/oauth-clients/{id}/client-secrets/{hint}",
            axum::routing::delete(oauth_clients::delete_secret),
        )
        .route(
            "/api/v1/oauth-clients/{id}/connection-configs/me",
            get(oauth_clients::read_connection)
                .patch(oauth_clients::update_connection)
                .delete(oauth_clients::delete_connection),
        )
        .route(
            "/api/v1/web-integrations",
            get(web_integrations::list).post(web_integrations::create),
        )
        .route(
            "/api/v1/web-integrations/{id}",
            get(web_integrations::read)
                .patch(web_integrations::update::handle)
                .delete(web_integrations::delete),
        )
        .route(
            "/api/v1/csp-origins",
            get(csp_origins::list).post(csp_origins::create),
        )
        .route(
            "/api/v1/csp-origins/actions/generate-header",
            get(csp_origins::generate_header),
        )
        .route(
            "/api/v1/csp-origins/{id}",
            get(csp_origins::read)
                .put(csp_origins::replace)
                .delete(csp_origins::delete),
        )
        .route(
            "/api/core/ip-policies",
            get(ip_policies::list).post(ip_policies::create),
        )
        .route(
            "/api/core/ip-policies/{id}",
            get(ip_policies::read)
                .patch(ip_policies::update::handle)
                .delete(ip_policies::delete),
        )
        .route("/api/v1/roles", get(roles::list).post(roles::create))
        .route(
            "/api/v1/roles/{id}",
            get(roles::read)
                .patch(roles::update::handle)
                .delete(roles::delete),
        )
        .route(
            "/api/core/auth-settings",
            get(auth_settings::read).patch(auth_settings::update),
        )
        .route("/api/v1/groups", get(groups::list::handle).post(groups::create))
        .route("/api/v1/groups/actions/filter", post(groups::list::filter))
        .route(
            "/api/v1/groups/settings",
            get(groups::settings::read).patch(groups::settings::update),
        )
        .route(
            "/api/v1/groups/{groupId}",
            get(groups::read)
                .patch(groups::update::handle)
                .delete(groups::delete),
        )
        .route(
            "/api/v1/identity-providers",
            get(identity_providers::list).post(identity_providers::create),
        )
        .route(
            "/api/v1/identity-providers/.well-known/metadata.json",
            get(identity_providers::metadata),
        )
        .route(
            "/api/v1/identity-providers/me/meta",
            get(identity_providers::my_meta),
        )
        .route(
            "/api/v1/identity-providers/status",
            get(identity_providers::status),
        )
        .route(
            "/api/v1/identity-providers/{id}",
            get(identity_providers::read)
                .patch(identity_providers::update)
                .delete(identity_providers::delete),
        )
        .route("/login/jwt-session", post(login::jwt_session))
        .route("/api/v1/tenants", post(tenants::create::handle))
        .route("/api/v1/tenants/me", get(tenants::me))
        .route(
            "/api/v1/tenants/{tenantId}",
            get(tenants::read).patch(tenants::update::handle),
        )
        .route(
            "/api/v1/tenants/{tenantId}/actions/deactivate",
            post(tenants::status::deactivate),
        )
        .route(
            "/api/v1/tenants/{tenantId}/actions/reactivate",
            post(tenants::status::reactivate),
        )
        .route("/api/v1/csrf-token", get(sessions::csrf_token))
        .route(
            "/resources/autogenerated/product-info.json",
            get(product_info::handle),
        )
}

/// The ids of all operations of the contract that [`routes`] emulates, in the order of the contract.
pub const EMULATED: &[&str] = &[
    "GET /.well-known/oauth-authorization-server",
    "getApiKeys",
    "createApiKey",
    "getApiKeyById",
    "updateApiKey",
    "deleteApiKeyById",
    "getApiKeysConfiguration",
    "updateApiKeyConfiguration",
    "getAuthSettings",
    "updateAuthSettings",
    "getIPPolicies",
    "createIPPolicy",
    "getIPPolicyByID",
    "updateIPPolicyByID",
    "deleteIPPolicyByID",
    "listCSPEntries",
    "createCSPEntry",
    "getCSPEntry",
    "updateCSPEntry",
    "deleteCSPEntry",
    "getCSPHeader",
    "GET /api/v1/csrf-token",
    "getGroups",
    "postGroups",
    "getGroupById",
    "updateGroupById",
    "deleteGroupById",
    "groups_api_actions_filter",
    "groups_api_get_settings",
    "patchSettings",
    "readAllOAuthClients",
    "createOAuthClient",
    "readOAuthClient",
    "patchOAuthClient",
    "deleteOAuthClient",
    "publishOAuthClient",
    "createOAuthClientSecret",
    "deleteOAuthClientSecret",
    "readConnectionConfig",
    "patchConnectionConfig",
    "deleteConnectionConfig",
    "getIdps",
    "createIdp",
    "getWellKnownMetaData",
    "getMeMeta",
    "identity-providers/getStatus",
    "getIdp",
    "updateIdp",
    "deleteIdp",
    "POST /login/jwt-session",
    "GET /api/v1/oauth-tokens",
    "DELETE /api/v1/oauth-tokens/{tokenId}",
    "GET /oauth/authorize",
    "POST /oauth/revoke",
    "POST /oauth/token",
    "getRoles",
    "createRole",
    "getRoleById",
    "updateRoleById",
    "deleteRoleById",
    "createTenant",
    "getTenantById",
    "updateTenantById",
    "deactivateTenantById",
    "reactivateTenantById",
    "GET /api/v1/tenants/me",
    "getUsers",
    "createUser",
    "getUserById",
    "updateUserById",
    "deleteUserById",
    "countUsers",
    "users_api_actions_filter",
    "inviteUsers",
    "GET /api/v1/users/me",
    "getWebIntegrations",
    "createWebIntegration",
    "getWebIntegrationById",
    "updateWebIntegrationById",
    "deleteWebIntegrationById",
];

/// The answer to whatever no route takes: published but not emulated, another method, or unknown.
pub async fn otherwise(method: Method, uri: Uri) -> ApiError {
    match contract::find(&method, uri.path()) {
        Lookup::Operation(operation) => ApiError::not_emulated(operation),
        Lookup::MethodNotAllowed(allowed) => ApiError::method_not_allowed(&method, allowed),
        // Clients open a WebSocket there; whoever is answered otherwise than by 101 knows that there is none.
        Lookup::Unknown if uri.path().starts_with("/app/") => ApiError::no_engine(),
        Lookup::Unknown => ApiError::unknown_path(uri.path()),
    }
}

/// The answer to a method that a route does not take; whatever is published says by itself which ones it takes.
pub async fn wrong_method(method: Method, uri: Uri) -> ApiError {
    match contract::find(&method, uri.path()) {
        Lookup::Unknown => ApiError::wrong_method(&method),
        Lookup::Operation(_) | Lookup::MethodNotAllowed(_) => otherwise(method, uri).await,
    }
}

/// An answer without a body.
fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// A redirect as the contract has it for `me`: with a small page for whoever does not follow. The address is one of
/// our own, so it needs no escaping.
fn redirect(status: StatusCode, address: &str) -> Response {
    let page = format!("<!doctype html><title>Moved</title><a href=\"{address}\">{address}</a>");
    let headers = [
        (axum::http::header::LOCATION, address.to_owned()),
        (
            axum::http::header::CONTENT_TYPE,
            "text/html; charset=utf-8".to_owned(),
        ),
    ];
    (status, headers, page).into_response()
}
