//! The tenant's log-in page, which stands in for its identity provider.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};

use super::form::{OpenForm, SessionForm};
use super::html::{escape, page};
use crate::api::error::ApiError;
use crate::api::extract::{Origin, Parameters, SESSION_COOKIE, bad_parameter};
use crate::ops::{TenantHandle, sessions};

/// Where somebody goes who did not say where to.
const HOME: &str = "/";

/// `GET /login`: choose a user. Published as a redirect to the identity provider, which this page stands in for.
pub(super) async fn show(
    State(tenant): State<Arc<TenantHandle>>,
    origin: Origin,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let return_to = return_to(&parameters, &origin)?;
    let users = sessions::candidates(&tenant, "", usize::MAX).users;
    if users.is_empty() {
        return Ok(page(
            "Sign in",
            "<p>This tenant has no users. Start the emulator with another seed.</p>",
        ));
    }
    let choices: String = users
        .iter()
        .map(|candidate| {
            let user = &candidate.user;
            let detail = user.email.as_deref().unwrap_or(&user.subject);
            format!(
                "<li><button name=\"user\" value=\"{}\">{} ({})</button></li>\n",
                escape(user.id.as_str()),
                escape(&user.name),
                escape(detail)
            )
        })
        .collect();
    let body = format!(
        "<p>This page stands in for the identity provider of the tenant. Choose whom to sign in as.</p>\n\
         <form method=\"post\" action=\"/login\">\n<input type=\"hidden\" name=\"returnto\" value=\"{}\">\n\
         <ul>\n{choices}</ul>\n</form>",
        escape(&return_to)
    );
    Ok(page("Sign in", &body))
}

/// `POST /login`: begins a session for the chosen user (`user`: e-mail address, subject or id).
pub(super) async fn sign_in(
    State(tenant): State<Arc<TenantHandle>>,
    origin: Origin,
    OpenForm(form): OpenForm,
) -> Result<Response, ApiError> {
    let return_to = return_to(&form, &origin)?;
    let who = form.get("user").ok_or_else(|| {
        bad_parameter(
            "user",
            "Say who signs in: the e-mail address, subject or id of a user.",
        )
    })?;
    let cookie = sessions::sign_in(&tenant, who)?;
    let cookie = format!(
        "{SESSION_COOKIE}={}; Path=/; HttpOnly; SameSite=Lax",
        cookie.reveal()
    );
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&return_to)).into_response())
}

/// `POST /logout`: ends the session.
pub(super) async fn sign_out(form: SessionForm) -> Response {
    sessions::sign_out(&form.context);
    let cookie = format!("{SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    ([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response()
}

/// The path that `returnto` names: one of this tenant, or else a refusal.
fn return_to(parameters: &Parameters, origin: &Origin) -> Result<String, ApiError> {
    let Some(asked) = parameters.get("returnto") else {
        return Ok(HOME.to_owned());
    };
    let path = match asked.strip_prefix(origin.as_str()) {
        Some("") => HOME,
        Some(path) => path,
        None => asked,
    };
    let own = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if own {
        Ok(path.to_owned())
    } else {
        Err(ApiError::illegal_returnto())
    }
}
