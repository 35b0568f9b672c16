//! Pages for people: the screens of the tutorial. No rule of its own; it calls the same use cases as REST.
//!
//! A page is read with GET. A change is a POST of a form, answered with a redirect to the page that shows it, so that
//! a reload repeats nothing. Whatever a browser is asked for without JavaScript, it can do.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::ops::tenancy::Tenants;
use pages::authorize;
use pages::{
    api_keys, generate, group, group_members, group_roles, groups, home, identity_providers, own_key,
    own_keys, profile, revoke, role, roles, settings,
};
use pages::{invite, shown, sign_in, sign_out, user, user_roles, users, web, web_integration};
use pages::{oauth_client, oauth_client_shown, oauth_clients};

mod assets;
mod emulator;
mod failure;
mod flash;
mod form;
mod lifetime;
mod moment;
mod page;
mod pager;
mod pages;
mod return_to;
#[cfg(test)]
mod samples;
mod shell;
mod visitor;

pub use emulator::routes as emulator_routes;
pub use failure::{failure, wants_page};

/// Every page.
pub fn routes() -> Router<Arc<Tenants>> {
    Router::new()
        .route("/", get(home::show))
        .route("/login", get(sign_in::show).post(sign_in::sign_in))
        .route("/logout", get(sign_out::ask).post(sign_out::sign_out))
        .route("/oauth/authorize", get(authorize::ask))
        .route("/oauth/consent", get(authorize::show).post(authorize::decide))
        .route("/console", get(home::console))
        .route("/console/settings", get(settings::show))
        .route(
            "/console/settings/api-keys/enabled",
            get(settings::back).post(settings::switch),
        )
        .route(
            "/console/settings/api-keys/maximum-expiration",
            get(settings::back).post(settings::maximum_expiration),
        )
        .route(
            "/console/settings/api-keys/maximum-per-user",
            get(settings::back).post(settings::maximum_per_user),
        )
        .route(
            "/console/settings/groups/automatic-creation",
            get(settings::back).post(settings::switch_group_creation),
        )
        .route(
            "/console/settings/sessions",
            get(settings::back).post(settings::sessions),
        )
        .route("/console/users", get(users::show))
        .route("/console/users/invite", get(invite::ask).post(invite::invite))
        .route(
            "/console/users/{id}/roles",
            get(user_roles::ask).post(user_roles::save),
        )
        .route(
            "/console/users/{id}/disable",
            get(user::ask_disable).post(user::disable),
        )
        .route(
            "/console/users/{id}/delete",
            get(user::ask_delete).post(user::delete),
        )
        .route("/console/users/{id}/enable", get(user::back).post(user::enable))
        .route(
            "/console/users/{id}/renew-invitation",
            get(user::back).post(user::renew_invitation),
        )
        .route("/console/groups", get(groups::show))
        .route("/console/groups/new", get(group::ask_new).post(group::create))
        .route("/console/groups/{id}", get(group::ask_change).post(group::change))
        .route(
            "/console/groups/{id}/roles",
            get(group_roles::ask).post(group_roles::save),
        )
        .route(
            "/console/groups/{id}/members",
            get(group_members::show).post(group_members::add),
        )
        .route(
            "/console/groups/{id}/members/remove",
            get(group_members::back).post(group_members::remove),
        )
        .route(
            "/console/groups/{id}/delete",
            get(group::ask_delete).post(group::delete),
        )
        .route("/console/api-keys", get(api_keys::show))
        .route("/console/api-keys/revoke", get(revoke::ask).post(revoke::revoke))
        .route("/console/identity-providers", get(identity_providers::show))
        .route(
            "/console/identity-providers/new",
            get(identity_providers::ask_new).post(identity_providers::create),
        )
        .route(
            "/console/identity-providers/{id}/delete",
            get(identity_providers::ask_delete).post(identity_providers::delete),
        )
        .route("/console/oauth", get(oauth_clients::show))
        .route(
            "/console/oauth/new",
            get(oauth_client::ask_new).post(oauth_client::create),
        )
        .route("/console/oauth/{id}/shown", get(oauth_client_shown::show))
        .route(
            "/console/oauth/{id}/publish",
            get(oauth_client::back).post(oauth_client::publish),
        )
        .route(
            "/console/oauth/{id}/delete",
            get(oauth_client::ask_delete).post(oauth_client::delete),
        )
        .route("/console/web", get(web::show))
        .route(
            "/console/web/new",
            get(web_integration::ask_new).post(web_integration::create),
        )
        .route(
            "/console/web/{id}",
            get(web_integration::ask_change).post(web_integration::change),
        )
        .route(
            "/console/web/{id}/delete",
            get(web_integration::ask_delete).post(web_integration::delete),
        )
        .route("/console/roles", get(roles::show))
        .route("/console/roles/new", get(role::ask_new).post(role::create))
        .route("/console/roles/{id}", get(role::ask_change).post(role::change))
        .route(
            "/console/roles/{id}/delete",
            get(role::ask_delete).post(role::delete),
        )
        .route("/profile", get(profile::show))
        .route("/profile/api-keys", get(own_keys::show))
        .route(
            "/profile/api-keys/generate",
            get(generate::ask).post(generate::generate),
        )
        .route("/profile/api-keys/shown/{id}", get(shown::show))
        .route(
            "/profile/api-keys/{id}/edit",
            get(own_key::ask_description).post(own_key::describe),
        )
        .route(
            "/profile/api-keys/{id}/delete",
            get(own_key::ask_delete).post(own_key::delete),
        )
        .route("/assets/{name}", get(assets::serve))
}
