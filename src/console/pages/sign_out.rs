//! The way out.

use askama::Template;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Redirect, Response};

use crate::api::extract::InTenant;
use crate::console::flash::Flash;
use crate::console::form::SessionFormEvenIfDisabled;
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Visitor, done};
use crate::ops::sessions;

const LOGIN: &str = "/login";

/// The session's cookie, past its end.
const NO_SESSION: HeaderValue =
    HeaderValue::from_static("eas.sid=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");

/// The page that asks.
#[derive(Debug, Template)]
#[template(path = "sign_out.html")]
pub(in crate::console) struct SignOutPage {
    pub(in crate::console) shell: Shell,
}

/// `GET /logout`: asks, because a link of another site must not end a session.
pub(in crate::console) async fn ask(InTenant(tenant): InTenant, headers: HeaderMap) -> PageResult {
    match Visitor::of(&headers, &tenant) {
        Some(visitor) => visitor.show(&SignOutPage {
            shell: Shell::new(&visitor, Section::None, "Sign out"),
        }),
        None => Ok(Redirect::to(LOGIN).into_response()),
    }
}

/// `POST /logout`: ends the session.
pub(in crate::console) async fn sign_out(
    SessionFormEvenIfDisabled(form): SessionFormEvenIfDisabled,
) -> Response {
    sessions::sign_out(&form.visitor.context);
    let mut response = done(Flash::SignedOut, LOGIN);
    response.headers_mut().append(header::SET_COOKIE, NO_SESSION);
    response
}
