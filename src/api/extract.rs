//! What a handler takes from a request: who asks, the query, the body. Every refusal leaves in our envelope.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{Extensions, HeaderMap, Method, Uri, header};
use http_body_util::BodyExt as _;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::aside::aside;
use super::cross_origin::PageElsewhere;
use super::error::ApiError;
use crate::domain::document::{self, Document};
use crate::domain::error::{Denial, DomainError, Fault, Refusal};
use crate::domain::page::{Cursor, Limit, Sort, Start};
use crate::domain::secret::{CsrfToken, PresentedToken};
use crate::domain::web::ip_policy::ClientAddress;
use crate::ops::{Context, TenantHandle, authentication};

/// The cookie that carries a browser session.
pub const SESSION_COOKIE: &str = "eas.sid";

/// The header that carries a session's CSRF token.
pub const CSRF_HEADER: &str = "qlik-csrf-token";

/// The most bytes that a body may have, unless the operation says otherwise. Our choice.
pub const BODY_LIMIT: usize = 1_048_576;

/// The most parameters that a query or a form may have. Our choice.
pub const MOST_PARAMETERS: usize = 1_000;

/// The tenant that a request is for. The server finds it first of all, and leaves it among the extensions, alone or
/// with who the request comes from.
#[derive(Clone, Debug)]
pub struct InTenant(pub Arc<TenantHandle>);

impl InTenant {
    /// The tenant among the extensions of a request.
    ///
    /// # Errors
    /// When the server did not look for one.
    pub fn of(extensions: &Extensions) -> Result<Self, ApiError> {
        let alone = || extensions.get().cloned();
        let identified = extensions.get().map(Identification::tenant);
        identified
            .map(|tenant| Self(Arc::clone(tenant)))
            .or_else(alone)
            .ok_or_else(ApiError::internal)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for InTenant {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::of(&parts.extensions)
    }
}

/// Where a request comes from. Where there is no socket, the client is on this machine.
pub fn client_address(extensions: &Extensions) -> ClientAddress {
    match extensions.get() {
        Some(ConnectInfo::<SocketAddr>(address)) => address.ip().into(),
        None => ClientAddress::THIS_MACHINE,
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(client_address(&parts.extensions))
    }
}

/// The parameter of the control API that names a tenant.
pub const TENANT_PARAMETER: &str = "tenant";

/// The caller, whose tenant is in use. Extracted before the body is read.
#[derive(Debug)]
pub struct Authenticated(pub Context);

impl<S: Send + Sync> FromRequestParts<S> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let context = authenticate(parts)?;
        context.require_open_tenant()?;
        Ok(Self(context))
    }
}

/// The caller, even where the tenant is deactivated: only for what its reactivation needs.
#[derive(Debug)]
pub struct AuthenticatedEvenIfDisabled(pub Context);

impl<S: Send + Sync> FromRequestParts<S> for AuthenticatedEvenIfDisabled {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        authenticate(parts).map(Self)
    }
}

/// Who a request comes from, or why that is not known. The server finds it out once, before anything else is done,
/// and leaves it among the extensions of the request.
#[derive(Clone, Debug)]
pub struct Identification(Result<Identified, (Arc<TenantHandle>, Refusal)>);

#[derive(Clone, Debug)]
struct Identified {
    context: Context,
    /// The token of the session, if it is one.
    csrf: Option<CsrfToken>,
}

impl Identification {
    /// Looks for a credential. A bearer token wins over a session cookie, which a client may send along without
    /// meaning it.
    pub fn of(headers: &HeaderMap, tenant: &Arc<TenantHandle>) -> Self {
        Self(identify(headers, tenant).map_err(|refusal| (Arc::clone(tenant), refusal)))
    }

    /// The tenant.
    pub fn tenant(&self) -> &Arc<TenantHandle> {
        match &self.0 {
            Ok(identified) => &identified.context.tenant,
            Err((tenant, _)) => tenant,
        }
    }

    /// The caller, if there is one. It may still be refused, by a missing CSRF token for instance.
    pub fn context(&self) -> Option<&Context> {
        self.0.as_ref().ok().map(|identified| &identified.context)
    }
}

fn identify(headers: &HeaderMap, tenant: &Arc<TenantHandle>) -> Result<Identified, Refusal> {
    let mut authorizations = headers.get_all(header::AUTHORIZATION).into_iter();
    if let Some(value) = authorizations.next() {
        if authorizations.next().is_some() {
            return Err(Refusal::Malformed);
        }
        let token = value.to_str().ok().and_then(bearer).ok_or(Refusal::Malformed)?;
        let context = authentication::by_bearer(tenant, &PresentedToken::new(token))?;
        return Ok(Identified { context, csrf: None });
    }
    let cookie = session_cookie(headers).ok_or(Refusal::NoCredential)?;
    let (context, csrf) = authentication::by_session(tenant, &PresentedToken::new(cookie))?;
    Ok(Identified {
        context,
        csrf: Some(csrf),
    })
}

/// Takes the identification away: whoever asked has the tenant in the context.
fn authenticate(parts: &mut Parts) -> Result<Context, ApiError> {
    let Identification(found) = match parts.extensions.remove() {
        Some(known) => known,
        None => Identification::of(&parts.headers, &InTenant::of(&parts.extensions)?.0),
    };
    let Identified { context, csrf } = found.map_err(|(_, refusal)| refusal)?;
    // A browser sends the cookie along whichever page asks.
    let page = parts.extensions.get::<PageElsewhere>();
    if csrf.is_some() && page.is_some_and(|page| *page != PageElsewhere::OfWebIntegration) {
        return Err(Denial::OriginNotAllowed.into());
    }
    if let Some(csrf) = csrf
        && !matches!(parts.method, Method::GET | Method::HEAD)
    {
        let presented = parts
            .headers
            .get(CSRF_HEADER)
            .and_then(|value| value.to_str().ok());
        if !presented.is_some_and(|presented| csrf.matches(presented)) {
            return Err(Denial::CsrfToken.into());
        }
    }
    Ok(context)
}

/// The bearer token of a request that has one header `Authorization` of that kind.
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?;
    bearer(value.to_str().ok()?)
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The value of the session cookie, if there is one.
pub fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, SESSION_COOKIE)
}

/// The value of a cookie, if it was sent with one.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(sent, value)| *sent == name && !value.is_empty())
        .map(|(_, value)| value)
}

/// How a request came in. The server leaves it among the extensions of the request; without a word it was plain HTTP.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Scheme {
    /// Plain HTTP.
    #[default]
    Http,
    /// HTTP in TLS.
    Https,
}

impl Scheme {
    /// How a request with these extensions came in.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or_default()
    }

    /// The scheme as an address begins with it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// Scheme and host as the client named them: the beginning of every absolute link.
#[derive(Clone, Debug)]
pub struct Origin(String);

impl Origin {
    /// The origin as text, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &str {
        self.0.split_once("://").map_or("http", |(scheme, _)| scheme)
    }

    /// The port with its colon, if there is one.
    pub fn port(&self) -> &str {
        let host = self.host();
        // An address of IPv6 has colons of its own, within brackets.
        let name_end = host.find(']').unwrap_or_default();
        host[name_end..]
            .find(':')
            .map_or("", |colon| &host[name_end + colon..])
    }

    /// The host, with the port if there is one.
    pub fn host(&self) -> &str {
        self.0.split_once("://").map_or(self.0.as_str(), |(_, host)| host)
    }

    /// The same scheme and port at another host name.
    pub fn at(&self, hostname: &str) -> Self {
        Self(format!("{}://{hostname}{}", self.scheme(), self.port()))
    }

    /// The host name, without the port.
    pub fn hostname(&self) -> &str {
        let host = self.host();
        host.strip_suffix(self.port()).unwrap_or(host)
    }

    /// The origin that a request was sent to.
    pub fn of(request: &Request) -> Self {
        Self::named(Scheme::of(request.extensions()), request.headers(), request.uri())
    }

    /// Whether the header `Host` is missing or is one well-formed name: it becomes a part of links.
    pub fn is_well_named(headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(header::HOST).into_iter();
        match (hosts.next(), hosts.next()) {
            (None, _) => true,
            (Some(host), None) => is_plain_host(host.as_bytes()) || is_authority(host.as_bytes()),
            (Some(_), Some(_)) => false,
        }
    }

    fn named(scheme: Scheme, headers: &HeaderMap, uri: &Uri) -> Self {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let host = host
            .or(uri.authority().map(|authority| authority.as_str()))
            .unwrap_or("localhost");
        Self([scheme.as_str(), "://", host].concat())
    }

    /// The same origin over TLS: one port speaks both.
    pub fn over_tls(&self) -> Self {
        Self(format!("{}://{}", Scheme::Https.as_str(), self.host()))
    }

    /// An absolute link to a path on this origin.
    pub fn link(&self, path: &str) -> String {
        [self.0.as_str(), path].concat()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Origin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self::named(
            Scheme::of(&parts.extensions),
            &parts.headers,
            &parts.uri,
        ))
    }
}

/// Whether a host is a name or an IPv4 address, with or without a port, as nearly all are.
fn is_plain_host(host: &[u8]) -> bool {
    let (name, port) = match host.iter().position(|byte| *byte == b':') {
        Some(colon) => (&host[..colon], &host[colon + 1..]),
        None => (host, &b"0"[..]),
    };
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    !name.is_empty() && name.iter().all(in_name) && !port.is_empty() && port.iter().all(u8::is_ascii_digit)
}

fn is_authority(host: &[u8]) -> bool {
    Authority::try_from(host).is_ok_and(|host| !host.as_str().contains('@'))
}

/// Refuses a request that a browser sends for a page of another site. Other clients say nothing of where they come
/// from, and are believed.
///
/// # Errors
/// [`Denial::ForeignOrigin`].
pub fn require_own_site(headers: &HeaderMap, own: &Origin) -> Result<(), ApiError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let foreign_origin = text("origin").is_some_and(|origin| origin != own.as_str());
    let foreign_site = text("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if foreign_origin || foreign_site {
        Err(Denial::ForeignOrigin.into())
    } else {
        Ok(())
    }
}

/// The query of a request. Of a repeated parameter the first counts; an empty one counts as not sent; unknown ones
/// are tolerated.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    sent: Vec<(String, String)>,
    read: Option<ReadParameters>,
}

/// Notes which parameters of a query somebody asked for. The journal leaves it among the extensions of a request that
/// has a query.
#[derive(Clone, Debug, Default)]
pub struct ReadParameters(Arc<Mutex<Vec<String>>>);

impl ReadParameters {
    fn note(&self, name: &str) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }

    /// The parameters that a query has with a value and that nobody asked for.
    pub fn unread(&self, query: &str) -> Vec<String> {
        let sent = Parameters::parse(query);
        let read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let unread = sent.iter().map(|(name, _)| name);
        unread
            .filter(|name| !read.iter().any(|known| known == name))
            .map(str::to_owned)
            .collect()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self::of(&parts.uri, &parts.extensions))
    }
}

impl Parameters {
    /// The query of a request, noting what is asked for.
    pub fn of(uri: &Uri, extensions: &Extensions) -> Self {
        Self {
            read: extensions.get().cloned(),
            ..Self::parse(uri.query().unwrap_or_default())
        }
    }

    /// Reads `name=value` pairs joined by `&`, as a query or a form has them.
    pub fn parse(query: &str) -> Self {
        let decode = |text: &str| {
            percent_decode_str(&text.replace('+', " "))
                .decode_utf8_lossy()
                .into_owned()
        };
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        Self {
            sent: pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
            read: None,
        }
    }

    /// Reads the body of a form.
    ///
    /// # Errors
    /// When it is no text, or has too many fields.
    pub fn of_form(body: Vec<u8>) -> Result<Self, ApiError> {
        let text = String::from_utf8(body).map_err(|_| whole("The form is not UTF-8."))?;
        if text.split('&').count() > MOST_PARAMETERS {
            return Err(too_many_parameters());
        }
        Ok(Self::parse(&text))
    }

    /// A parameter, if it was sent with a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .sent
            .iter()
            .find(|(sent, value)| sent == name && !value.is_empty());
        if let (Some(_), Some(read)) = (found, &self.read) {
            read.note(name);
        }
        found.map(|(_, value)| value.as_str())
    }

    /// The first value of a parameter, even an empty one.
    pub fn first(&self, name: &str) -> Option<&str> {
        let found = self.sent.iter().find(|(sent, _)| sent == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter that may be repeated, such as the ticked boxes of a form.
    pub fn all<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        if let Some(read) = &self.read {
            read.note(name);
        }
        let sent = self
            .sent
            .iter()
            .filter(move |(sent, value)| sent == name && !value.is_empty());
        sent.map(|(_, value)| value.as_str())
    }

    /// A parameter as an owned text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// All parameters that count, in the order in which they were sent. Who goes through all has asked for none.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sent
            .iter()
            .enumerate()
            .filter(|(index, (name, value))| {
                let repeated = self.sent[..*index]
                    .iter()
                    .any(|(earlier, value)| earlier == name && !value.is_empty());
                !value.is_empty() && !repeated
            })
            .map(|(_, (name, value))| (name.as_str(), value.as_str()))
    }

    /// A parameter that must be one of a closed set of words.
    ///
    /// # Errors
    /// The words that would be right.
    pub fn word<T: Copy>(
        &self,
        name: &'static str,
        words: &[(&'static str, T)],
    ) -> Result<Option<T>, ApiError> {
        self.kind(name, |text| {
            document::word(words)(&Value::String(text.to_owned()))
        })
    }

    /// A parameter that is `true` or `false`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn switch(&self, name: &'static str) -> Result<bool, ApiError> {
        Ok(self
            .word(name, &[("true", true), ("false", false)])?
            .unwrap_or(false))
    }

    /// `limit`.
    ///
    /// # Errors
    /// When it is out of its bounds.
    pub fn limit(&self) -> Result<Limit, ApiError> {
        Ok(self
            .kind("limit", |text| text.parse::<Limit>().map_err(document::sentence))?
            .unwrap_or_default())
    }

    /// `sort`, or the default order.
    ///
    /// # Errors
    /// When the list cannot be sorted like that.
    pub fn sort<F: Copy>(
        &self,
        allowed: &[(&'static str, F)],
        default: Sort<F>,
    ) -> Result<Sort<F>, ApiError> {
        Ok(self
            .kind("sort", |text| {
                Sort::parse(text, allowed).map_err(document::sentence)
            })?
            .unwrap_or(default))
    }

    /// Where the page starts, from the opaque cursors `next` and `prev`.
    ///
    /// # Errors
    /// When both were sent, or one is no cursor of this list.
    pub fn start<F: Copy>(&self, sort: &Sort<F>) -> Result<Start<'static>, ApiError> {
        self.exclusive("next", "prev")?;
        let position = |text: &str| {
            Cursor::decode(text)
                .and_then(|cursor| cursor.position_in(sort))
                .map_err(document::sentence)
        };
        let after = self.kind("next", position)?.map(Start::After);
        let before = self.kind("prev", position)?.map(Start::Before);
        Ok(after.or(before).unwrap_or(Start::First))
    }

    /// Refuses two parameters that exclude each other.
    ///
    /// # Errors
    /// When both were sent.
    pub fn exclusive(&self, one: &str, other: &'static str) -> Result<(), ApiError> {
        if self.get(one).is_some() && self.get(other).is_some() {
            return Err(bad_parameter(
                other,
                format!("`{one}` and `{other}` exclude each other. Send one of them."),
            ));
        }
        Ok(())
    }

    /// A parameter as whatever `kind` takes it for.
    ///
    /// # Errors
    /// What `kind` says is wrong.
    pub fn kind<T>(
        &self,
        name: &'static str,
        kind: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ApiError> {
        self.get(name)
            .map(|text| kind(text).map_err(|sentence| bad_parameter(name, sentence)))
            .transpose()
    }
}

/// The error for a query or a form with more parameters than it may have.
pub fn too_many_parameters() -> ApiError {
    whole(format!(
        "A query or a form may have at most {MOST_PARAMETERS} parameters."
    ))
}

/// The error for a parameter that is wrong.
pub fn bad_parameter(name: &str, sentence: impl Into<String>) -> ApiError {
    DomainError::invalid(Fault::in_parameter(name, sentence)).into()
}

/// A JSON body of at most `LIMIT` bytes.
#[derive(Debug)]
pub struct JsonBody<const LIMIT: usize = BODY_LIMIT>(pub Document);

impl<S: Send + Sync, const LIMIT: usize> FromRequest<S> for JsonBody<LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let OptionalJsonBody::<LIMIT>(body) = OptionalJsonBody::from_request(request, state).await?;
        let missing = || whole("The body is empty. Send a JSON document.");
        body.map(Self).ok_or_else(missing)
    }
}

/// A JSON body of at most `LIMIT` bytes, or none.
#[derive(Debug)]
pub struct OptionalJsonBody<const LIMIT: usize = BODY_LIMIT>(pub Option<Document>);

impl<S: Send + Sync, const LIMIT: usize> FromRequest<S> for OptionalJsonBody<LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let is_json = request.headers().get(header::CONTENT_TYPE).is_none_or(says_json);
        let (parts, body) = request.into_parts();
        let bytes = read_body(&parts.headers, body, LIMIT).await?;
        // A client may name the type and send nothing, or send nothing and name another type.
        if bytes.is_empty() {
            return Ok(Self(None));
        }
        if !is_json {
            return Err(ApiError::unsupported_media_type("application/json"));
        }
        let value = if bytes.len() > BODY_LIMIT {
            aside(move || serde_json::from_slice(&bytes)).await?
        } else {
            serde_json::from_slice(&bytes)
        };
        let value = value.map_err(|error| no_json("document", &error))?;
        let unread = parts.extensions.get().cloned();
        Ok(Self(Some(Document::new(value, unread))))
    }
}

/// The error for a body that is not the JSON document or object that it should be.
pub fn no_json(what: &str, error: &serde_json::Error) -> ApiError {
    let error = error.to_string();
    // Such a body may well be JSON; what reads it goes no deeper.
    if error.starts_with("recursion limit exceeded") {
        return whole("The body is nested too deep. Arrays and objects may stand in one another 127 deep.");
    }
    whole(format!("The body is no JSON {what}: {error}."))
}

/// A body that has not arrived in time. The server lets a body fail with it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body did not arrive within {0:?}")]
pub struct BodyTooSlow(pub Duration);

/// How much of a body that is too large is read and thrown away. A client that is still sending when the connection
/// closes sees a broken connection, and not why.
const DISCARDED: usize = 32 * 1024 * 1024;

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// When it is larger, takes too long, or breaks off.
pub async fn read_body(headers: &HeaderMap, mut body: Body, limit: usize) -> Result<Vec<u8>, ApiError> {
    let announced = body.size_hint().lower() > limit as u64;
    if announced && headers.contains_key(header::EXPECT) {
        // The client asks before it sends.
        return Err(ApiError::too_large(limit));
    }
    let mut bytes = Vec::new();
    let mut length = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken_off(&error))?;
        let Some(data) = frame.data_ref() else { continue };
        length += data.len();
        if length <= limit && !announced {
            bytes.extend_from_slice(data);
        } else if length > DISCARDED {
            break;
        }
    }
    if announced || length > limit {
        Err(ApiError::too_large(limit))
    } else {
        Ok(bytes)
    }
}

fn broken_off(error: &axum::Error) -> ApiError {
    let error: &(dyn Error + 'static) = error;
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    let too_slow = causes.find_map(|cause| cause.downcast_ref());
    match too_slow {
        Some(BodyTooSlow(limit)) => ApiError::body_too_slow(*limit),
        None => whole("The body broke off before its end."),
    }
}

/// The error for a request that is wrong as a whole.
pub fn whole(sentence: impl Into<String>) -> ApiError {
    DomainError::invalid(Fault::of_request(sentence)).into()
}

fn says_json(value: &axum::http::HeaderValue) -> bool {
    let Ok(value) = value.to_str() else { return false };
    let essence = value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_repeated_parameter_the_first_value_counts() {
        let parameters = Parameters::parse("limit=&limit=3&sort=+name&limit=100&&x");
        assert_eq!(parameters.get("limit"), Some("3"));
        assert_eq!(parameters.get("sort"), Some(" name"));
        assert_eq!(parameters.get("x"), None);
        assert_eq!(
            parameters.iter().collect::<Vec<_>>(),
            [("limit", "3"), ("sort", " name")]
        );
    }

    #[test]
    fn a_bearer_token_is_told_from_other_schemes() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        for other in ["Bearer", "Bearer ", "Basic abc", "abc", ""] {
            assert_eq!(bearer(other), None, "{other}");
        }
    }

    #[test]
    fn the_session_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            "a=b; eas.sid=one; eas.sid.sig=two".parse().unwrap(),
        );
        assert_eq!(session_cookie(&headers), Some("one"));
    }
}
