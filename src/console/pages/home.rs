//! The ways in: each leads to the page where its visitor has something to do.

use axum::http::HeaderMap;
use axum::response::Redirect;

use crate::api::extract::InTenant;
use crate::console::visitor::Visitor;
use crate::domain::policy::{Action, Target};

/// `GET /`: to the settings for a tenant admin, to the own API keys for anybody else, and to the log-in page for
/// whoever is not signed in.
pub(in crate::console) async fn show(InTenant(tenant): InTenant, headers: HeaderMap) -> Redirect {
    let Some(visitor) = Visitor::of(&headers, &tenant) else {
        return Redirect::to("/login");
    };
    let is_admin = visitor
        .context
        .may(Action::UpdateApiKeysConfig, Target::Other)
        .is_ok();
    Redirect::to(if is_admin {
        super::settings::PATH
    } else {
        super::own_keys::PATH
    })
}

/// `GET /console`: to the settings, where the tutorial begins.
pub(in crate::console) async fn console() -> Redirect {
    Redirect::to(super::settings::PATH)
}
