//! An error for people: what happened, what became of it, and what to do now.

use std::sync::Arc;

use askama::Template;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::emulator;
use super::page::render;
use super::shell::{Section, Shell};
use super::visitor::Visitor;
use crate::api::error::ApiError;
use crate::domain::error::{Denial, Refusal};
use crate::ops::TenantHandle;
use crate::ops::tenants::{self, Admin};

/// The page of an error.
#[derive(Debug, Template)]
#[template(path = "failure.html")]
pub(super) struct FailurePage {
    pub(super) shell: Shell,
    /// The status, in digits.
    pub(super) status: u16,
    /// What happened.
    pub(super) sentences: Vec<String>,
    /// What helps.
    pub(super) help: Help,
    /// Names the request in the log; only for a fault of the emulator itself.
    pub(super) trace_id: Option<String>,
}

/// What helps after an error.
#[derive(Clone, Debug)]
pub(super) enum Help {
    /// To go on elsewhere.
    Elsewhere,
    /// To sign in.
    SignIn,
    /// To ask one of these.
    Ask(Vec<Admin>),
    /// To go back, reload, and send the form again.
    SendAgain,
    /// To reactivate the tenant.
    Reactivate,
}

/// Paths that programs ask for. Whatever a browser is shown there, it is the answer of the REST reference.
const FOR_PROGRAMS: [&str; 6] = [
    "/api/",
    "/_mock/",
    "/oauth/",
    "/.well-known/",
    "/resources/",
    "/assets/",
];

/// Whether a request comes from a browser that is to show a page, so that an error has to be one too.
pub fn wants_page(request: &Request) -> bool {
    let path = request.uri().path();
    let is_for_programs = FOR_PROGRAMS.iter().any(|prefix| path.starts_with(prefix));
    accepts_page(request.headers()) && (!is_for_programs || path.starts_with(emulator::PATH))
}

/// Whether the client can show a page: browsers say so, programs do not.
pub(super) fn accepts_page(headers: &HeaderMap) -> bool {
    let mut accepted = headers
        .get_all(header::ACCEPT)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    accepted.any(|types| types.contains("text/html"))
}

/// The answer to a request of which [`wants_page`] is true, and which came to an error.
pub fn failure(tenant: &Arc<TenantHandle>, headers: &HeaderMap, error: ApiError, trace_id: &str) -> Response {
    let visitor = Visitor::of(headers, tenant);
    let page = FailurePage::new(tenant, visitor.as_ref(), &error, trace_id);
    match render(error.status(), &page) {
        Ok(page) => error.write_page(page),
        Err(failed) => failed.write(None, trace_id),
    }
}

impl FailurePage {
    fn new(tenant: &Arc<TenantHandle>, visitor: Option<&Visitor>, error: &ApiError, trace_id: &str) -> Self {
        let reason = error.reason().unwrap_or_default();
        let is = |slug: &str| reason == slug;
        let said = || error.sentences().map(str::to_owned).collect::<Vec<_>>();
        let admins = || {
            visitor
                .and_then(|visitor| tenants::admins(&visitor.context).ok())
                .unwrap_or_default()
        };
        let (title, sentences, help) = if is(Denial::CsrfToken.slug()) || is(Denial::ForeignOrigin.slug()) {
            let sentence = "The form did not come from a page of this session: it had no CSRF token, an old one, or \
                            that of another session. Nothing was changed.";
            (
                "This form was refused",
                vec![sentence.to_owned()],
                Help::SendAgain,
            )
        } else if is(Denial::NotTenantAdmin.slug()) {
            let sentence =
                "This is for tenant admins: users with the role Tenant Admin. Nothing was changed.";
            (
                "You don’t have access to this",
                vec![sentence.to_owned()],
                Help::Ask(admins()),
            )
        } else if is(Refusal::TenantDisabled.slug()) {
            ("This tenant is deactivated", said(), Help::Reactivate)
        } else if error.is_about_sessions() {
            let sentence = "Your session has ended, or you were not signed in. Nothing was changed.";
            ("Sign in to go on", vec![sentence.to_owned()], Help::SignIn)
        } else if is(Refusal::OwnerDisabled.slug()) || is(Refusal::OwnerDeleted.slug()) {
            (error.title(), said(), Help::SignIn)
        } else {
            (error.title(), said(), Help::Elsewhere)
        };
        let shell = match visitor {
            Some(visitor) => Shell::new(visitor, Section::None, title),
            None => Shell::open(tenant, title),
        };
        let trace_id = error.status().is_server_error().then(|| trace_id.to_owned());
        Self {
            shell,
            status: error.status().as_u16(),
            sentences,
            help,
            trace_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_browser_gets_pages_and_only_where_people_go() {
        let wants = |path: &str, accept: Option<&str>| {
            let request = Request::builder().uri(path);
            let request = accept
                .into_iter()
                .fold(request, |request, accept| request.header("accept", accept));
            wants_page(&request.body(axum::body::Body::empty()).unwrap())
        };
        let browser = Some("text/html,application/xhtml+xml,*/*;q=0.8");
        assert!(wants("/login", browser) && wants("/console/nowhere", browser));
        assert!(!wants("/login", None) && !wants("/login", Some("*/*")));
        assert!(!wants("/api/v1/users/me", browser));
        assert!(!wants("/_mock/clock", browser) && wants("/_mock/emulator/clock", browser));
    }
}
