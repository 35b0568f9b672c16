//! The tenant's log-in page, which stands in for its identity provider.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect};

use crate::api::control_access::is_of_this_machine;
use crate::api::error::ApiError;
use crate::api::extract::{InTenant, Origin, Parameters, SESSION_COOKIE, bad_parameter, session_cookie};
use crate::console::failure::accepts_page;
use crate::console::flash::Flash;
use crate::console::form::OpenForm;
use crate::console::page::{PageResult, render_leading_to};
use crate::console::return_to::ReturnTo;
use crate::console::shell::{Shell, initials, role_title};
use crate::console::visitor::Visitor;
use crate::domain::error::Refusal;
use crate::domain::secret::PresentedToken;
use crate::domain::user::UserStatus;
use crate::ops::sessions::{self, Candidate};
use crate::ops::tenancy::Tenants;
use crate::ops::{TenantHandle, authentication};

/// How many users the page offers at once; with more, there is a field to search.
const OFFERED: usize = 12;

/// The page.
#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
pub(in crate::console) struct SignInPage {
    pub(in crate::console) shell: Shell,
    /// Where the browser goes afterwards.
    pub(in crate::console) return_to: String,
    /// The web integration that the browser goes there by.
    pub(in crate::console) integration: Option<String>,
    /// Whom to choose from.
    pub(in crate::console) choices: Vec<Choice>,
    /// How many users were found.
    pub(in crate::console) found: usize,
    /// What was searched for.
    pub(in crate::console) search: String,
    /// Whether there are so many users that searching helps.
    pub(in crate::console) searchable: bool,
    /// Why the page shows up, or why signing in failed.
    pub(in crate::console) problem: Option<String>,
}

/// A user to choose.
#[derive(Clone, Debug)]
pub(in crate::console) struct Choice {
    pub(in crate::console) id: String,
    pub(in crate::console) name: String,
    pub(in crate::console) initials: String,
    /// The e-mail address, or else the subject.
    pub(in crate::console) address: String,
    pub(in crate::console) roles: Vec<String>,
    /// What is special about the user's status, if anything.
    pub(in crate::console) status: Option<&'static str>,
    /// Whether `login_hint` names this user.
    pub(in crate::console) hinted: bool,
}

impl Choice {
    fn new(candidate: Candidate, hint: Option<&str>) -> Self {
        let Candidate { user, roles } = candidate;
        let known_as = [
            user.email.as_deref(),
            Some(&*user.subject),
            Some(user.id.as_str()),
        ];
        let hinted = hint.is_some_and(|hint| {
            known_as
                .into_iter()
                .flatten()
                .any(|name| name.eq_ignore_ascii_case(hint))
        });
        Self {
            id: user.id.to_string(),
            initials: initials(&user.name),
            address: user.email.unwrap_or(user.subject),
            name: user.name,
            roles: roles
                .iter()
                .map(|role| role_title(&role.name, role.kind))
                .collect(),
            status: match user.status {
                UserStatus::Active | UserStatus::Provisioned => None,
                UserStatus::Invited => Some("Invited"),
                UserStatus::Disabled | UserStatus::Deleted => Some("Disabled"),
            },
            hinted,
        }
    }
}

impl SignInPage {
    fn new(
        tenant: &TenantHandle,
        parameters: &Parameters,
        return_to: &ReturnTo,
        problem: Option<String>,
    ) -> Self {
        let search = parameters.get("search").unwrap_or_default();
        let hint = parameters.get("login_hint");
        let everybody = sessions::candidates(tenant, "", 0).total;
        let found = sessions::candidates(tenant, search, OFFERED);
        let hinted = hint
            .map(|hint| sessions::candidates(tenant, hint, OFFERED).users)
            .unwrap_or_default();
        let mut choices: Vec<Choice> = hinted
            .into_iter()
            .map(|user| Choice::new(user, hint))
            .filter(|choice| choice.hinted)
            .collect();
        for user in found.users {
            let choice = Choice::new(user, hint);
            if !choices.iter().any(|other| other.id == choice.id) {
                choices.push(choice);
            }
        }
        Self {
            shell: Shell::open(tenant, "Sign in"),
            return_to: return_to.address.clone(),
            integration: return_to.integration.clone(),
            choices,
            found: found.total,
            search: search.to_owned(),
            searchable: everybody > OFFERED,
            problem,
        }
    }
}

/// `GET /login`: choose a user. Published as a redirect to the identity provider, which this page stands in for.
/// Whoever is signed in goes on at once, unless `prompt=login` asks for the page; `prompt=none` never shows it.
pub(in crate::console) async fn show(
    InTenant(tenant): InTenant,
    origin: Origin,
    headers: HeaderMap,
    parameters: Parameters,
) -> PageResult {
    let return_to = ReturnTo::of(&tenant, &origin, &headers, &parameters)?;
    let prompt = parameters.get("prompt");
    let signed_in = Visitor::of(&headers, &tenant).is_some();
    if signed_in && prompt != Some("login") {
        return Ok((StatusCode::FOUND, [(header::LOCATION, return_to.address)]).into_response());
    }
    if prompt == Some("none") {
        return Err(Refusal::NoCredential.into());
    }
    let ended = session_cookie(&headers)
        .and_then(|cookie| authentication::by_session(&tenant, &PresentedToken::new(cookie)).err())
        .map(|refusal| match refusal {
            Refusal::SessionEnded => "Your session has ended. Sign in to go on.".to_owned(),
            other => other.sentence().to_owned(),
        });
    let mut page = SignInPage::new(&tenant, &parameters, &return_to, ended);
    let flash = Flash::of(&headers);
    page.shell.flash = flash.map(Flash::sentence);
    let mut response = render_leading_to(StatusCode::OK, &page, return_to.elsewhere.as_deref())?;
    if flash.is_some() {
        response.headers_mut().append(header::SET_COOKIE, Flash::spent());
    }
    Ok(response)
}

/// `POST /login`: begins a session for the chosen user (`user`: e-mail address, subject or id).
pub(in crate::console) async fn sign_in(
    State(tenants): State<Arc<Tenants>>,
    InTenant(tenant): InTenant,
    origin: Origin,
    headers: HeaderMap,
    OpenForm(form): OpenForm,
) -> PageResult {
    require_own_name(&tenants, &origin, &headers)?;
    let return_to = ReturnTo::of(&tenant, &origin, &headers, &form)?;
    match begin(&tenant, &form) {
        Ok(cookie) => Ok((
            [(
                header::SET_COOKIE,
                format!(
                    "{SESSION_COOKIE}={cookie}; Path=/; HttpOnly; SameSite={}",
                    same_site(&origin)
                ),
            )],
            Redirect::to(&return_to.address),
        )
            .into_response()),
        Err(error) if accepts_page(&headers) => {
            let problem = error.sentences().collect::<Vec<_>>().join(" ");
            let page = SignInPage::new(&tenant, &form, &return_to, Some(problem));
            render_leading_to(error.status(), &page, return_to.elsewhere.as_deref())
        }
        Err(error) => Err(error),
    }
}

/// Refuses a browser where its page may be one on the internet whose name has been pointed at this machine (DNS
/// rebinding): no log-in asks for a secret. Over TLS a certificate has shown whose name it is. Our choice.
fn require_own_name(tenants: &Tenants, origin: &Origin, headers: &HeaderMap) -> Result<(), ApiError> {
    let is_page = headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site");
    let is_own = origin.scheme() == "https"
        || is_of_this_machine(origin.host())
        || tenants.have_hostname(origin.hostname());
    if is_page && !is_own {
        Err(ApiError::log_in_at_foreign_host())
    } else {
        Ok(())
    }
}

/// Which sites a browser sends the session's cookie for. Over TLS all of them, so that the pages of a web integration can
/// use it wherever they are; which of them may, the server decides. Browsers take that over TLS only.
fn same_site(origin: &Origin) -> &'static str {
    match origin.scheme() {
        "https" => "None",
        _ => "Lax",
    }
}

fn begin(tenant: &TenantHandle, form: &Parameters) -> Result<String, ApiError> {
    let who = form.get("user").ok_or_else(|| {
        bad_parameter(
            "user",
            "Say who signs in: the e-mail address, subject or id of a user.",
        )
    })?;
    Ok(sessions::sign_in(tenant, who)?.reveal().to_owned())
}
