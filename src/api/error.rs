//! Errors on the wire. The only file that names a 4xx or 5xx status.
//!
//! A handler answers with an [`ApiError`]; `server::frame` writes it in the form of the
//! operation's family with [`ApiError::write`], because the families differ in where they put the status and the
//! trace id. Codes without the prefix `MOCK-` are published ones of the service.

use std::borrow::Cow;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::contract::Operation;
use crate::domain::document::MOST_FAULTS;
use crate::domain::error::{Denial, DomainError, Fault, LicenseRefusal, Location, Refusal, Resource};
use crate::domain::fault::InjectedError;
use crate::domain::journal::Mismatch;
use crate::domain::jwt_session::JwtRefusal;
use crate::domain::limiter::{self, Limited};
use crate::domain::oauth::refusal::OAuthRefusal;
use crate::domain::secret::without_secrets;

/// Names the reason of a refusal for people and tests; the real service has no such header.
pub const REFUSAL_HEADER: HeaderName = HeaderName::from_static("mock-qlik-refusal");

/// One error of an answer.
#[derive(Clone, Debug)]
struct Item {
    code: Cow<'static, str>,
    title: Cow<'static, str>,
    detail: String,
    location: Location,
    /// What a program can read besides.
    meta: Option<Value>,
}

impl Item {
    fn new(
        code: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
        detail: impl AsRef<str>,
    ) -> Self {
        // A detail may repeat what the client sent.
        let detail = without_secrets(detail.as_ref()).into_owned();
        Self {
            code: code.into(),
            title: title.into(),
            detail,
            location: Location::Whole,
            meta: None,
        }
    }

    fn at(self, location: Location) -> Self {
        // So may a pointer, where it leads to a member that nobody knows.
        let location = match location {
            Location::Pointer(pointer) => Location::Pointer(without_secrets(&pointer).into_owned()),
            other => other,
        };
        Self { location, ..self }
    }
}

/// An answer that is an error, before it has the form of its family.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// The status of each error, and of the answer unless that was done in part.
    status: StatusCode,
    partly_done: Option<StatusCode>,
    items: Vec<Item>,
    headers: Vec<(HeaderName, HeaderValue)>,
    reason: Option<&'static str>,
}

impl ApiError {
    fn new(status: StatusCode, item: Item) -> Self {
        Self {
            status,
            partly_done: None,
            items: vec![item],
            headers: Vec::new(),
            reason: None,
        }
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    fn because(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self.with_header(REFUSAL_HEADER, HeaderValue::from_static(reason))
    }

    /// The same errors about an operation that was done in part: only the status of the answer differs.
    pub fn partly_done(self, status: StatusCode) -> Self {
        Self {
            partly_done: Some(status),
            ..self
        }
    }

    /// Whether the caller came without a session, or with one that has ended.
    pub fn is_about_sessions(&self) -> bool {
        [Refusal::NoCredential.slug(), Refusal::SessionEnded.slug()]
            .map(Some)
            .contains(&self.reason)
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.partly_done.unwrap_or(self.status)
    }

    /// Why the caller was refused, for the log.
    pub fn reason(&self) -> Option<&'static str> {
        self.reason
    }

    /// What kind of error it is, in a few words.
    pub fn title(&self) -> &str {
        self.items.first().map_or("Error", |item| &item.title)
    }

    /// The sentences of the errors, for people.
    pub fn sentences(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(|item| item.detail.as_str())
    }

    /// A path that the service does not have.
    pub fn unknown_path(path: &str) -> Self {
        let detail = format!("There is no resource at {path}.");
        Self::new(StatusCode::NOT_FOUND, Item::new("HTTP-404", "Not found", detail))
    }

    /// A method that a path does not take.
    pub fn method_not_allowed(method: &Method, allowed: &[Method]) -> Self {
        let allowed: Vec<_> = allowed.iter().map(Method::as_str).collect();
        let allowed = allowed.join(", ");
        let detail = format!("{method} is not possible here. Possible: {allowed}.");
        let error = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            Item::new("HTTP-405", "Method not allowed", detail),
        );
        match HeaderValue::from_str(&allowed) {
            Ok(value) => error.with_header(header::ALLOW, value),
            Err(_) => error,
        }
    }

    /// A method that a route beyond the reference does not take; the router lists those that it does in `Allow`.
    pub fn wrong_method(method: &Method) -> Self {
        let detail = format!("{method} is not possible here. The header Allow says what is.");
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            Item::new("HTTP-405", "Method not allowed", detail),
        )
    }

    /// A published operation that this emulator does not have.
    pub fn not_emulated(operation: &Operation) -> Self {
        let detail = format!(
            "The operation {} of the family {} is published, but not emulated by this version.",
            operation.id, operation.family
        );
        Self::new(
            StatusCode::NOT_IMPLEMENTED,
            Item::new("MOCK-NOT-EMULATED", "Not emulated", detail),
        )
    }

    /// A request that does not say, or not well, which host it is for.
    pub fn bad_host() -> Self {
        let detail = "Send one header Host, with a name or an address and perhaps a port.";
        let item = Item::new("HTTP-400", "Bad request", detail);
        Self::new(
            StatusCode::BAD_REQUEST,
            item.at(Location::Parameter("host".to_owned())),
        )
    }

    /// A request for a tenant by a name that none has.
    pub fn no_tenant_named(parameter: &str) -> Self {
        let detail = "No tenant has this name or id. GET /_mock/tenants lists them all.";
        let item = Item::new("MOCK-NO-TENANT", "No such tenant", detail);
        Self::new(
            StatusCode::NOT_FOUND,
            item.at(Location::Parameter(parameter.to_owned())),
        )
    }

    /// A request to a local host name that no tenant has.
    pub fn no_tenant_at_host() -> Self {
        let detail = "No tenant has this host name. GET /_mock/tenants at localhost lists them all; \
                      default.localhost is the default one.";
        let item = Item::new("MOCK-NO-TENANT", "No such tenant", detail);
        Self::new(
            StatusCode::NOT_FOUND,
            item.at(Location::Parameter("host".to_owned())),
        )
    }

    /// Plain HTTP where only TLS is spoken. `link` is where to go instead.
    pub fn tls_only(link: &str) -> Self {
        let detail = format!("Plain HTTP is switched off (--tls only). Use {link}.");
        Self::new(
            StatusCode::BAD_REQUEST,
            Item::new("MOCK-TLS-ONLY", "HTTPS required", detail),
        )
    }

    /// The certificate authority of an emulator that has none.
    pub fn no_certificate_authority() -> Self {
        let detail = "The emulator has no certificate authority of its own: TLS is off, or it shows a certificate that it \
                      was given (--tls, --tls-cert).";
        Self::new(StatusCode::NOT_FOUND, Item::new("HTTP-404", "Not found", detail))
    }

    /// The engine of an app, which speaks over a WebSocket.
    pub fn no_engine() -> Self {
        let detail = "The engine of an app speaks over a WebSocket, and is not emulated by this version.";
        Self::new(
            StatusCode::NOT_IMPLEMENTED,
            Item::new("MOCK-NOT-EMULATED", "Not emulated", detail),
        )
    }

    /// A body that is larger than the operation takes.
    pub fn too_large(limit: usize) -> Self {
        let detail = format!("The body may have at most {limit} bytes.");
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            Item::new("HTTP-413", "Payload too large", detail),
        )
    }

    /// A body that does not arrive.
    pub fn body_too_slow(limit: Duration) -> Self {
        let detail = format!(
            "The body did not arrive within {} s (--request-timeout).",
            limit.as_secs()
        );
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            Item::new("HTTP-408", "Request timeout", detail),
        )
    }

    /// A path and query that are longer than any that has a meaning.
    pub fn target_too_long(limit: usize) -> Self {
        let detail = format!("Path and query together may have at most {limit} bytes.");
        Self::new(
            StatusCode::URI_TOO_LONG,
            Item::new("HTTP-414", "URI too long", detail),
        )
    }

    /// More headers than there may be.
    pub fn too_many_headers(limit: usize) -> Self {
        let detail = format!("A request may have at most {limit} headers.");
        Self::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Item::new("HTTP-431", "Request header fields too large", detail),
        )
    }

    /// Headers that are too large together; the largest of them is named.
    pub fn headers_too_large(largest: &str, limit: usize) -> Self {
        let detail = format!("All headers together may have at most {limit} bytes.");
        let item = Item::new("HTTP-431", "Request header fields too large", detail);
        Self::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            item.at(Location::Parameter(largest.to_owned())),
        )
    }

    /// A request on a connection that came when there were as many as there may be.
    pub fn too_many_connections() -> Self {
        let detail = "There are as many connections as the emulator serves at once (--max-connections). Close some, or use \
                      them again for more than one request.";
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            Item::new("MOCK-TOO-MANY-CONNECTIONS", "Too many connections", detail),
        )
    }

    /// An answer in a form that the client does not want.
    pub fn not_acceptable(offered: &str) -> Self {
        let detail = format!("The answer can be had as {offered}.");
        Self::new(
            StatusCode::NOT_ACCEPTABLE,
            Item::new("HTTP-406", "Not acceptable", detail).at(Location::Parameter("accept".to_owned())),
        )
    }

    /// A body of a type that the operation does not take.
    pub fn unsupported_media_type(expected: &str) -> Self {
        let detail = format!("Send the body as `{expected}`.");
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Item::new("HTTP-415", "Unsupported media type", detail),
        )
    }

    /// A `returnto` that leads out of the tenant; code and status as seen.
    pub fn illegal_returnto() -> Self {
        let detail = "Must be a path of this tenant, such as /api/v1/users/me.";
        let item = Item::new("LOGIN-8", "Illegal returnto value", detail);
        Self::new(
            StatusCode::UNAUTHORIZED,
            item.at(Location::Parameter("returnto".to_owned())),
        )
    }

    /// A `returnto` that the named web integration does not list; code, title and status as seen.
    pub fn returnto_not_listed() -> Self {
        let detail = "The web integration does not list the origin of this address.";
        let title = "returnto not included in web integration whitelist";
        Self::new(
            StatusCode::UNAUTHORIZED,
            Item::new("LOGIN-10", title, detail).at(Location::Parameter("returnto".to_owned())),
        )
    }

    /// The control API without its token.
    pub fn control_token() -> Self {
        let detail = "Send the header mock-control-token with the token that the emulator was started with; to the verbs \
                      it is given by --control-token (MOCK_QLIK_CONTROL_TOKEN).";
        Self::new(
            StatusCode::UNAUTHORIZED,
            Item::new("MOCK-CONTROL-TOKEN", "Unauthorized", detail),
        )
    }

    /// The control API under a name that may belong to a page on the internet.
    pub fn foreign_host() -> Self {
        let detail = "The control API answers to addresses, to names without a full stop, and to names that end in \
                      .localhost. Under another name it needs a control token (--control-token).";
        Self::new(
            StatusCode::FORBIDDEN,
            Item::new("MOCK-FOREIGN-HOST", "Forbidden", detail),
        )
    }

    /// A log-in under a name that may belong to a page on the internet.
    pub fn log_in_at_foreign_host() -> Self {
        let detail = "Over plain http a browser signs in at addresses, at names without a full stop, at names that end in \
                      .localhost, and at the host names of a tenant. Use https, or add the name to the tenant (hostnames \
                      in the seed).";
        Self::new(
            StatusCode::FORBIDDEN,
            Item::new("MOCK-FOREIGN-HOST", "Forbidden", detail),
        )
    }

    /// A fault of the emulator itself.
    pub fn internal() -> Self {
        let detail = "Something went wrong in the emulator. Its log says more; please report it.";
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            Item::new("HTTP-500", "Internal Server Error", detail),
        )
    }

    /// An error that a framework answered with by its status alone.
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            // The router answers 400 to a path that is no text.
            StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST => Self::unknown_path("this address"),
            StatusCode::INTERNAL_SERVER_ERROR => Self::internal(),
            _ => Self::new(
                status,
                Item::new(
                    "HTTP-400",
                    "Bad request",
                    status.canonical_reason().unwrap_or("The request is bad."),
                ),
            ),
        }
    }

    /// The answer with a page for people in the place of the envelope.
    pub fn write_page(self, mut page: Response) -> Response {
        *page.status_mut() = self.status();
        for (name, value) in self.headers {
            page.headers_mut().insert(name, value);
        }
        page
    }

    /// The answer in the form of the operation's family.
    pub fn write(self, operation: Option<&Operation>, trace_id: &str) -> Response {
        let form = Form::of(operation, self.status);
        let errors: Vec<Value> = self
            .items
            .iter()
            .map(|item| form.item(self.status, item))
            .collect();
        let mut body = Map::new();
        body.insert("errors".to_owned(), Value::Array(errors));
        if form.trace_id {
            body.insert("traceId".to_owned(), trace_id.into());
        }
        let mut response = Response::new(Body::from(Value::Object(body).to_string()));
        *response.status_mut() = self.status();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl IntoResponse for ApiError {
    /// Only the status, and the error itself as an extension: `server::frame` writes the body.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// How a family writes its errors, from its published schema.
struct Form {
    status: StatusForm,
    trace_id: bool,
    /// Invitations give the status as the code.
    number_as_code: bool,
    /// A patch of the tenant says what is wrong in `meta`, and has neither `detail` nor `status`.
    detail_in_meta: bool,
    /// Errors of invitations, of OAuth and of the content security policy have no `source`: the detail begins with the place.
    place_in_detail: bool,
}

enum StatusForm {
    Number,
    Text,
    Absent,
}

impl Form {
    fn of(operation: Option<&Operation>, status: StatusCode) -> Self {
        let (id, family) = operation.map_or(("", ""), |operation| (operation.id, operation.family));
        let number_as_code = id == "inviteUsers";
        let detail_in_meta = id == "updateTenantById" && status == StatusCode::BAD_REQUEST;
        let place_in_detail =
            number_as_code || matches!(family, "csp-origins" | "oauth" | "oauth-clients" | "oauth-tokens");
        let (status, trace_id) = match family {
            "csp-origins" | "oauth-clients" => (StatusForm::Absent, false),
            _ if number_as_code || detail_in_meta => (StatusForm::Absent, false),
            "api-keys" | "identity-providers" => (StatusForm::Number, false),
            "users" | "groups" => (StatusForm::Number, true),
            "login" | "csrf-token" | "oauth" | "oauth-tokens" => (StatusForm::Text, false),
            "audits" | "roles" => (StatusForm::Absent, true),
            family if family.starts_with("core/") => (StatusForm::Absent, true),
            // Tenants, and whatever is no operation: as seen in answers of the service's edge.
            _ => (StatusForm::Text, true),
        };
        Self {
            status,
            trace_id,
            number_as_code,
            detail_in_meta,
            place_in_detail,
        }
    }

    fn item(&self, status: StatusCode, item: &Item) -> Value {
        let mut error = Map::new();
        let code = if self.number_as_code {
            json!(status.as_u16())
        } else {
            json!(item.code)
        };
        error.insert("code".to_owned(), code);
        error.insert("title".to_owned(), json!(item.title));
        if self.detail_in_meta {
            error.insert(
                "meta".to_owned(),
                json!({ "code": item.code, "title": item.detail }),
            );
        } else if let (true, Location::Pointer(place) | Location::Parameter(place)) =
            (self.place_in_detail, &item.location)
        {
            error.insert("detail".to_owned(), format!("{place}: {}", item.detail).into());
        } else {
            error.insert("detail".to_owned(), item.detail.as_str().into());
        }
        if let Some(meta) = &item.meta {
            error.insert("meta".to_owned(), meta.clone());
        }
        match &item.location {
            Location::Whole => {}
            _ if self.place_in_detail => {}
            Location::Pointer(pointer) => {
                error.insert("source".to_owned(), json!({ "pointer": pointer }));
            }
            Location::Parameter(name) => {
                error.insert("source".to_owned(), json!({ "parameter": name }));
            }
        }
        match self.status {
            StatusForm::Number => error.insert("status".to_owned(), status.as_u16().into()),
            StatusForm::Text => error.insert("status".to_owned(), status.as_str().into()),
            StatusForm::Absent => None,
        };
        Value::Object(error)
    }
}

impl From<DomainError> for ApiError {
    fn from(error: DomainError) -> Self {
        match error {
            DomainError::Refused(refusal) => refusal.into(),
            DomainError::Denied(denial) => denial.into(),
            DomainError::NotFound(resource) => {
                let (code, title, detail) = match resource {
                    Resource::ApiKey => ("HTTP-404", "Not found", "API key was not found."),
                    Resource::ApiKeysConfig => (
                        "HTTP-404",
                        "Not found",
                        "This tenant has no configuration of API keys with this id.",
                    ),
                    Resource::User => ("USERS-7", "Not found", "There is no user with this id."),
                    Resource::Role => ("IDENTITIES-10402", "Not Found", "There is no role with this id."),
                    Resource::Group => ("GROUPS-7", "Not found", "There is no group with this id."),
                    Resource::OAuthToken => {
                        ("HTTP-404", "Not found", "There is no OAuth token with this id.")
                    }
                    Resource::OAuthClient => {
                        ("HTTP-404", "Not found", "There is no OAuth client with this id.")
                    }
                    Resource::OAuthClientSecret => (
                        "HTTP-404",
                        "Not found",
                        "The OAuth client has no secret with this hint.",
                    ),
                    Resource::OAuthConnection => (
                        "HTTP-404",
                        "Not found",
                        "This tenant has no connection to the OAuth client.",
                    ),
                    Resource::IdentityProvider => (
                        "HTTP-404",
                        "Not found",
                        "There is no identity provider with this id.",
                    ),
                    Resource::IdentityProviderMetadata => (
                        "HTTP-404",
                        "Not found",
                        "An interactive identity provider is in use, and there is no other metadata.",
                    ),
                    Resource::Tenant => ("TENANTS-8", "Not found", "There is no tenant with this id."),
                    // As in the example of the published reference.
                    Resource::WebIntegration => (
                        "TENANTS-8",
                        "Not found",
                        "There is no web integration with this id.",
                    ),
                    Resource::CspEntry => ("HTTP-404", "Not found", "There is no entry with this id."),
                    Resource::IpPolicy => ("HTTP-404", "Not found", "There is no IP policy with this id."),
                    Resource::Snapshot => (
                        "MOCK-NOT-FOUND",
                        "Not found",
                        "There is no snapshot of this name.",
                    ),
                    Resource::Fault => (
                        "MOCK-NOT-FOUND",
                        "Not found",
                        "There is no injected fault with this id.",
                    ),
                    Resource::Session => (
                        "CSRF-TOKEN-3",
                        "No token found",
                        "There is no session. Sign in at /login.",
                    ),
                };
                Self::new(StatusCode::NOT_FOUND, Item::new(code, title, detail))
            }
            DomainError::Invalid(faults) => Self {
                status: StatusCode::BAD_REQUEST,
                partly_done: None,
                items: listed("HTTP-400", "Bad request", faults),
                headers: Vec::new(),
                reason: None,
            },
            DomainError::Conflict(fault) => {
                Self::new(StatusCode::CONFLICT, located("HTTP-409", "Conflict", fault))
            }
            DomainError::License(refusal) => {
                // Codes, titles and statuses are documented.
                let (status, code, title, detail) = match refusal {
                    LicenseRefusal::Missing => (
                        StatusCode::BAD_REQUEST,
                        "TENANTS-21",
                        "Missing licenseKey property",
                        "`licenseKey` is required.",
                    ),
                    LicenseRefusal::Invalid => (
                        StatusCode::FORBIDDEN,
                        "TENANTS-23",
                        "Invalid license error",
                        "A license key is one word of printable ASCII characters.",
                    ),
                    LicenseRefusal::QuotaReached => (
                        StatusCode::FORBIDDEN,
                        "TENANTS-22",
                        "License quota limit reached",
                        "There are as many tenants as one process may have. Delete some first.",
                    ),
                };
                let pointer = Location::Pointer("/licenseKey".to_owned());
                Self::new(status, Item::new(code, title, detail).at(pointer))
            }
            DomainError::TenantPatch(faults) => Self {
                status: StatusCode::BAD_REQUEST,
                partly_done: None,
                items: listed("TENANTS-10", "Invalid PATCH request", faults),
                headers: Vec::new(),
                reason: None,
            },
            DomainError::HostnameUnavailable { pointer } => {
                let detail = "The specified hostname is unavailable for use";
                Self::new(
                    StatusCode::BAD_REQUEST,
                    Item::new("TENANTS-11", "Invalid PATCH request", detail).at(Location::Pointer(pointer)),
                )
            }
            DomainError::HostnameNotConfirmed => Self::new(
                StatusCode::PRECONDITION_FAILED,
                Item::new(
                    "HTTP-412",
                    "Precondition failed",
                    "Send the header qlik-confirm-hostname with a host name of the tenant.",
                )
                .at(Location::Parameter("qlik-confirm-hostname".to_owned())),
            ),
            DomainError::PendingOptionsNotMatched => Self::new(
                StatusCode::PRECONDITION_FAILED,
                Item::new(
                    "HTTP-412",
                    "Precondition failed",
                    "Send the header QLIK-IDP-POPTS-MATCH with the value that QLIK-IDP-POPTS has.",
                )
                .at(Location::Parameter("QLIK-IDP-POPTS-MATCH".to_owned())),
            ),
            DomainError::JwtClaims(phrases) => Self {
                status: StatusCode::BAD_REQUEST,
                partly_done: None,
                items: phrases
                    .into_iter()
                    .map(|phrase| {
                        // As seen, with the missing claim behind it.
                        let detail = format!("JWT_LOGIN_VALIDATIONS {phrase}");
                        Item::new("INTERNAL-TOKEN-1", "Invalid token request", detail)
                    })
                    .collect(),
                headers: Vec::new(),
                reason: None,
            },
            DomainError::OAuth(refusal) => refusal.into(),
            DomainError::CsrfTokenNotSupported => Self::new(
                StatusCode::BAD_REQUEST,
                Item::new(
                    "CSRF-TOKEN-4",
                    "CSRF token not supported for given authentication type",
                    "A request with a bearer token needs no CSRF token.",
                ),
            ),
        }
    }
}

/// An error for each fault; after the first [`MOST_FAULTS`] only how many more.
fn listed(code: &'static str, title: &'static str, mut faults: Vec<Fault>) -> Vec<Item> {
    // A list that was kept short has one line more, which says so.
    if faults.len() > MOST_FAULTS + 1 {
        let more = faults.split_off(MOST_FAULTS).len();
        faults.push(Fault::of_request(format!("There are {more} more faults.")));
    }
    faults
        .into_iter()
        .map(|fault| located(code, title, fault))
        .collect()
}

impl From<Limited> for ApiError {
    /// Status, code, title, detail and `retry-after` as documented. The answer does not tell whose limit it is.
    fn from(limited: Limited) -> Self {
        let item = Item::new("HTTP-429", limiter::TITLE, limited.detail());
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, item).with_header(
            header::RETRY_AFTER,
            HeaderValue::from(limited.retry_after_seconds),
        );
        Self {
            reason: Some(limited.slug()),
            ..error
        }
    }
}

impl From<&InjectedError> for ApiError {
    /// An error that a test wants to see. Where the test gives no words, those of the service for a request too many,
    /// and otherwise words that say where the error comes from.
    fn from(wanted: &InjectedError) -> Self {
        // A number of three digits, which every status is.
        let status = StatusCode::from_u16(wanted.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let is_limit = status == StatusCode::TOO_MANY_REQUESTS;
        // The documented 429 always says how long to wait.
        let retry_after = wanted.retry_after_seconds.or(is_limit.then_some(1));
        let code = wanted.code.clone();
        let title = wanted.title.clone().map_or_else(
            || match status.canonical_reason() {
                _ if is_limit => limiter::TITLE.into(),
                reason => reason.unwrap_or("Error").into(),
            },
            Cow::Owned,
        );
        let detail = wanted.detail.clone().unwrap_or_else(|| match retry_after {
            Some(seconds) if is_limit => limiter::detail(seconds.into()),
            _ => "A test has injected this error.".to_owned(),
        });
        let item = Item::new(
            code.unwrap_or_else(|| format!("HTTP-{}", status.as_str())),
            title,
            detail,
        );
        let mut error = Self::new(status, item);
        if let Some(seconds) = retry_after {
            error = error.with_header(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            error = error.with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Self {
            reason: Some("injected-fault"),
            ..error
        }
    }
}

impl From<Mismatch> for ApiError {
    /// An expectation of a test that has not come true; `meta` has the requests that come nearest.
    fn from(mismatch: Mismatch) -> Self {
        let item = Item::new("MOCK-NOT-AS-EXPECTED", "Not as expected", &mismatch.sentence);
        // The differences repeat what was expected, which the client may have got wrong.
        let meta = serde_json::from_str(&without_secrets(&mismatch.to_json().to_string())).ok();
        Self::new(StatusCode::CONFLICT, Item { meta, ..item })
    }
}

fn located(code: &'static str, title: &'static str, fault: Fault) -> Item {
    Item::new(code, title, fault.sentence).at(fault.location)
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let challenge = match refusal {
            Refusal::NoCredential | Refusal::Jwt(JwtRefusal::Missing) => "Bearer",
            _ => "Bearer error=\"invalid_token\"",
        };
        Self::new(
            StatusCode::UNAUTHORIZED,
            Item::new("HTTP-401", "Unauthorized", refusal.sentence()),
        )
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
        .because(refusal.slug())
    }
}

impl From<OAuthRefusal> for ApiError {
    /// The statuses are published; the codes are not, so the title is the word of RFC 6749.
    fn from(refusal: OAuthRefusal) -> Self {
        let (status, code) = match refusal.word() {
            "invalid_client" => (StatusCode::UNAUTHORIZED, "HTTP-401"),
            "access_denied" => (StatusCode::FORBIDDEN, "HTTP-403"),
            _ => (StatusCode::BAD_REQUEST, "HTTP-400"),
        };
        let error = Self::new(status, Item::new(code, refusal.word(), refusal.sentence()));
        let error = if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"OAuth client\"");
            error.with_header(header::WWW_AUTHENTICATE, challenge)
        } else {
            error
        };
        error.because(refusal.slug())
    }
}

impl From<Denial> for ApiError {
    fn from(denial: Denial) -> Self {
        let code = match denial {
            Denial::CsrfToken => "CSRF-TOKEN-2",
            _ => "HTTP-403",
        };
        Self::new(
            StatusCode::FORBIDDEN,
            Item::new(code, "Forbidden", denial.to_string()),
        )
        .because(denial.slug())
    }
}
