//! A browser asks for an authorization code in the name of an OAuth client: signing in, consent, and the way back.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::api::error::ApiError;
use crate::api::extract::{InTenant, Parameters};
use crate::console::form::SessionForm;
use crate::console::page::{PageResult, may_send_to};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;
use crate::domain::oauth::refusal::OAuthRefusal;
use crate::domain::oauth::scope;
use crate::ops::TenantHandle;
use crate::ops::oauth::authorize::{self, AuthorizeParameters, Inquiry, NotAnswered, Prompt};

/// Where clients ask.
const AUTHORIZE: &str = "/oauth/authorize";

/// Where users are asked.
const CONSENT: &str = "/oauth/consent";

/// What stays as it is in a query.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The page that asks a user.
#[derive(Debug, Template)]
#[template(path = "consent.html")]
pub(in crate::console) struct ConsentPage {
    pub(in crate::console) shell: Shell,
    /// What the client is called.
    pub(in crate::console) client_name: String,
    /// What it is for.
    pub(in crate::console) client_description: String,
    /// Where the browser goes afterwards.
    pub(in crate::console) destination: String,
    /// What is asked for, with a sentence about it.
    pub(in crate::console) scopes: Vec<(String, &'static str)>,
    /// The request, which the form repeats.
    pub(in crate::console) query: String,
}

impl ConsentPage {
    fn new(visitor: &Visitor, inquiry: &Inquiry, query: &str) -> Self {
        let settings = &inquiry.client.settings;
        let asked = inquiry.to_be_allowed(&visitor.context);
        Self {
            shell: Shell::new(visitor, Section::None, "Allow access"),
            client_name: settings.name.clone(),
            client_description: settings.description.clone(),
            destination: destination(&inquiry.redirect_uri).to_owned(),
            scopes: asked
                .into_iter()
                .map(|scope| {
                    let words = in_words(&scope);
                    (scope, words)
                })
                .collect(),
            query: query.to_owned(),
        }
    }
}

/// A scope for people. The words of the others are those of families that are not emulated.
fn in_words(scope: &str) -> &'static str {
    match scope {
        scope::USER_DEFAULT => "Everything that you may do as a user.",
        scope::ADMIN_CLASSIC => "Everything that you may do as a tenant admin.",
        scope::OFFLINE_ACCESS => "All of this while you are away, until it is revoked.",
        _ => "Part of your access to this tenant.",
    }
}

/// Scheme, host and port of an address; the scheme alone where it has no host.
fn destination(uri: &str) -> &str {
    let host = uri.find("://").map(|scheme| scheme + 3);
    match host {
        Some(host) => {
            let end = uri[host..].find(['/', '?']).map_or(uri.len(), |end| host + end);
            &uri[..end]
        }
        None => uri.split_inclusive(':').next().unwrap_or(uri),
    }
}

fn read(tenant: &TenantHandle, parameters: &Parameters) -> Result<Inquiry, NotAnswered> {
    let get = |name| parameters.get(name);
    authorize::read(
        tenant,
        &AuthorizeParameters {
            client_id: get("client_id"),
            redirect_uri: get("redirect_uri"),
            response_type: get("response_type"),
            scope: get("scope"),
            state: get("state"),
            code_challenge: get("code_challenge"),
            code_challenge_method: get("code_challenge_method"),
            prompt: get("prompt"),
            max_age: get("max_age"),
        },
    )
}

/// Where the client waits whose request is at this path of the tenant: an origin or a scheme; none if no request is.
pub(in crate::console) fn answered_at(tenant: &TenantHandle, path: &str) -> Option<String> {
    let (path, query) = path.split_once('?')?;
    if path != AUTHORIZE && path != CONSENT {
        return None;
    }
    let redirect_uri = match read(tenant, &Parameters::parse(query)) {
        Ok(inquiry) => inquiry.redirect_uri,
        Err(NotAnswered::There { redirect_uri, .. }) => redirect_uri,
        Err(NotAnswered::Here(_)) => return None,
    };
    Some(destination(&redirect_uri).to_owned())
}

/// `GET /oauth/authorize`: to the log-in page, to the consent page, or back with a code or an error.
pub(in crate::console) async fn ask(
    InTenant(tenant): InTenant,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> PageResult {
    let query = query.unwrap_or_default();
    let parameters = Parameters::parse(&query);
    let inquiry = match read(&tenant, &parameters) {
        Ok(inquiry) => inquiry,
        Err(not_answered) => return unanswered(not_answered),
    };
    let visitor = Visitor::of(&headers, &tenant);
    let signed_in = visitor
        .filter(|visitor| inquiry.prompt != Prompt::Login && !inquiry.is_too_long_ago(&visitor.context));
    let Some(visitor) = signed_in else {
        if inquiry.prompt == Prompt::None {
            return refused(&inquiry, OAuthRefusal::LoginRequired);
        }
        return to_sign_in(&parameters);
    };
    visitor.context.require_open_tenant()?;
    let asks = inquiry.prompt == Prompt::Consent || !inquiry.to_be_allowed(&visitor.context).is_empty();
    match (asks, inquiry.prompt) {
        (false, _) => answered(&inquiry, &visitor, StatusCode::FOUND),
        (true, Prompt::None) => refused(&inquiry, OAuthRefusal::ConsentRequired),
        (true, _) => found(StatusCode::FOUND, &format!("{CONSENT}?{query}")),
    }
}

/// `GET /oauth/consent`: asks the user.
pub(in crate::console) async fn show(visitor: Visitor, RawQuery(query): RawQuery) -> PageResult {
    let query = query.unwrap_or_default();
    match read(&visitor.context.tenant, &Parameters::parse(&query)) {
        Ok(inquiry) => {
            let mut page = visitor.show(&ConsentPage::new(&visitor, &inquiry, &query))?;
            // A browser looks at where a form leads in the end, too.
            may_send_to(&mut page, destination(&inquiry.redirect_uri));
            Ok(page)
        }
        Err(not_answered) => unanswered(not_answered),
    }
}

/// `POST /oauth/consent`: what the user has decided.
pub(in crate::console) async fn decide(SessionForm { visitor, values }: SessionForm) -> PageResult {
    let parameters = Parameters::parse(values.get("query").unwrap_or_default());
    let inquiry = match read(&visitor.context.tenant, &parameters) {
        Ok(inquiry) => inquiry,
        Err(not_answered) => return unanswered(not_answered),
    };
    if values.get("decision") != Some("allow") {
        return refused(&inquiry, OAuthRefusal::AccessDenied);
    }
    inquiry.allow(&visitor.context)?;
    answered(&inquiry, &visitor, StatusCode::SEE_OTHER)
}

/// To the log-in page, and back from there without another round of it.
fn to_sign_in(parameters: &Parameters) -> PageResult {
    let encode = |text: &str| utf8_percent_encode(text, QUERY).to_string();
    let kept: Vec<String> = parameters
        .iter()
        // What asks for a new log-in has been obeyed on the way back; asked again, it would never end.
        .filter(|(name, value)| *name != "max_age" && (*name, *value) != ("prompt", "login"))
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    let back = format!("{AUTHORIZE}?{}", kept.join("&"));
    let mut address = format!("/login?prompt=login&returnto={}", encode(&back));
    if let Some(hint) = parameters.get("login_hint") {
        address.push_str(&format!("&login_hint={}", encode(hint)));
    }
    found(StatusCode::FOUND, &address)
}

fn answered(inquiry: &Inquiry, visitor: &Visitor, status: StatusCode) -> PageResult {
    match inquiry.issue_code(&visitor.context) {
        Ok(code) => {
            let parameters = [
                ("code", code.reveal()),
                ("state", inquiry.state.as_deref().unwrap_or_default()),
            ];
            found(status, &with_parameters(&inquiry.redirect_uri, &parameters))
        }
        Err(refusal) => refused(inquiry, refusal),
    }
}

fn refused(inquiry: &Inquiry, refusal: OAuthRefusal) -> PageResult {
    unanswered(NotAnswered::There {
        redirect_uri: inquiry.redirect_uri.clone(),
        state: inquiry.state.clone(),
        refusal,
    })
}

/// The way back with an error as documented: the members of RFC 6749, `error_code` and `error_detail`.
fn unanswered(not_answered: NotAnswered) -> PageResult {
    match not_answered {
        NotAnswered::Here(error) => Err(error.into()),
        NotAnswered::There {
            redirect_uri,
            state,
            refusal,
        } => {
            let parameters = [
                ("error", refusal.word()),
                ("error_description", refusal.sentence()),
                ("error_code", refusal.slug()),
                ("error_detail", refusal.sentence()),
                ("state", state.as_deref().unwrap_or_default()),
            ];
            found(StatusCode::FOUND, &with_parameters(&redirect_uri, &parameters))
        }
    }
}

/// An address with parameters; those without a value are left out.
fn with_parameters(address: &str, parameters: &[(&str, &str)]) -> String {
    let mut address = address.to_owned();
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.push_str(name);
        address.push('=');
        address.extend(utf8_percent_encode(value, QUERY));
    }
    address
}

fn found(status: StatusCode, address: &str) -> PageResult {
    let address = HeaderValue::from_str(address).map_err(|_| ApiError::internal())?;
    let headers = [
        (header::LOCATION, address),
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let response: Response = (status, headers, "<!doctype html><title>Moved</title>").into_response();
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_keeps_what_the_address_has() {
        let parameters = [("code", "a b"), ("state", "")];
        assert_eq!(
            with_parameters("https://a/b", &parameters),
            "https://a/b?code=a%20b"
        );
        assert_eq!(
            with_parameters("app:/b?c=d", &parameters),
            "app:/b?c=d&code=a%20b"
        );
    }

    #[test]
    fn a_destination_is_an_origin_or_a_scheme() {
        for (uri, expected) in [
            ("https://a.example:8443/b?c", "https://a.example:8443"),
            ("http://a?b", "http://a"),
            ("com.example.app:/callback", "com.example.app:"),
        ] {
            assert_eq!(destination(uri), expected);
        }
    }
}
