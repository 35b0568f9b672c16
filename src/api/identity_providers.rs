//! `/api/v1/identity-providers`.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::extract::{Authenticated, JsonBody, Origin, Parameters};
use super::links::PageLinks;
use super::no_content;
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::document::{Document, Fields};
use crate::domain::error::DomainError;
use crate::domain::identity_provider::{Draft, Federation, FederationProtocol, JwtIssuer, Kind, Reader};
use crate::domain::ids::{IdentityProviderId, TenantId};
use crate::ops::identity_providers::{self, IdentityProviderView, ListIdentityProviders, ORDER};

/// Carries the hash of the options that wait to be verified.
const PENDING_HASH: HeaderName = HeaderName::from_static("qlik-idp-popts");

/// Names the options that are to be promoted, by their hash.
const PENDING_MATCH: HeaderName = HeaderName::from_static("qlik-idp-popts-match");

/// `IDP` of the contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityProviderResource {
    id: IdentityProviderId,
    tenant_ids: [TenantId; 1],
    protocol: &'static str,
    provider: &'static str,
    interactive: bool,
    active: bool,
    description: String,
    clock_tolerance_sec: u16,
    created: String,
    last_updated: String,
    #[serde(flatten)]
    rest: Rest,
}

/// What differs between the protocols.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Rest {
    Jwt {
        options: Value,
    },
    #[serde(rename_all = "camelCase")]
    Federation {
        create_new_users_on_login: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        post_logout_redirect_uri: Option<String>,
        #[serde(skip_serializing_if = "Value::is_null")]
        meta: Value,
        #[serde(skip_serializing_if = "Value::is_null")]
        options: Value,
        #[serde(skip_serializing_if = "Option::is_none")]
        pending_state: Option<&'static str>,
        #[serde(skip_serializing_if = "Value::is_null")]
        pending_options: Value,
    },
}

impl From<IdentityProviderView> for IdentityProviderResource {
    fn from(view: IdentityProviderView) -> Self {
        let provider = view.provider;
        Self {
            tenant_ids: [view.tenant_id],
            protocol: provider.protocol(),
            provider: provider.provider(),
            interactive: provider.is_interactive(),
            active: provider.active,
            clock_tolerance_sec: provider.clock_tolerance_seconds,
            created: wire(provider.created),
            last_updated: wire(provider.last_updated),
            rest: match provider.kind {
                Kind::Jwt(jwt) => jwt.into(),
                Kind::Federation(federation) => federation.into(),
            },
            id: provider.id,
            description: provider.description,
        }
    }
}

impl From<JwtIssuer> for Rest {
    fn from(jwt: JwtIssuer) -> Self {
        let keys = json!([{ "kid": jwt.key_id, "pem": jwt.pem }]);
        Self::Jwt {
            options: json!({ "issuer": jwt.issuer, "staticKeys": keys }),
        }
    }
}

impl From<Federation> for Rest {
    fn from(federation: Federation) -> Self {
        let shown = |options: &Option<_>| match options {
            Some(options) => Value::Object(federation.shown(options)),
            None => Value::Null,
        };
        Self::Federation {
            create_new_users_on_login: federation.create_new_users,
            options: shown(&federation.options),
            pending_state: federation.pending_options.is_some().then_some("pending"),
            pending_options: shown(&federation.pending_options),
            meta: if federation.meta.is_empty() {
                Value::Null
            } else {
                Value::Object(federation.meta)
            },
            post_logout_redirect_uri: federation.post_logout_redirect_uri,
        }
    }
}

/// `IDPArray` of the contract.
#[derive(Debug, Serialize)]
pub struct IdentityProviderPageResource {
    data: Vec<IdentityProviderResource>,
    links: PageLinks,
}

/// `GET /api/v1/identity-providers`.
pub async fn list(
    Authenticated(context): Authenticated,
    origin: Origin,
    uri: Uri,
    parameters: Parameters,
) -> Result<Json<IdentityProviderPageResource>, ApiError> {
    let query = ListIdentityProviders {
        active: parameters.word("active", &[("true", true), ("false", false)])?,
        limit: parameters.limit()?,
        start: parameters.start(&ORDER)?,
    };
    let page = identity_providers::list(&context, &query)?;
    let links = PageLinks::by_cursor(&origin, &uri, &parameters, query.limit, page.next, page.previous);
    Ok(Json(IdentityProviderPageResource {
        data: page.providers.into_iter().map(Into::into).collect(),
        links,
    }))
}

/// `GET /api/v1/identity-providers/{id}`.
pub async fn read(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let view = identity_providers::read(&context, &id)?;
    Ok(with_hash(StatusCode::OK, view))
}

/// `POST /api/v1/identity-providers`.
pub async fn create(
    Authenticated(context): Authenticated,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let view = identity_providers::create(&context, draft(&body)?)?;
    Ok(with_hash(StatusCode::CREATED, view))
}

/// `PATCH /api/v1/identity-providers/{id}`.
pub async fn update(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let pending_match = headers.get(PENDING_MATCH).and_then(|value| value.to_str().ok());
    identity_providers::update(&context, &id, &body, pending_match)?;
    Ok(no_content())
}

/// `DELETE /api/v1/identity-providers/{id}`.
pub async fn delete(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    identity_providers::delete(&context, &id)?;
    Ok(no_content())
}

/// `IDPsStatus` of the contract.
#[derive(Debug, Serialize)]
pub struct StatusResource {
    idps_metadata: Vec<ProviderStatusResource>,
    active_interactive_idps_count: usize,
}

#[derive(Debug, Serialize)]
struct ProviderStatusResource {
    active: bool,
    provider: &'static str,
    interactive: bool,
}

/// `GET /api/v1/identity-providers/status`.
pub async fn status(Authenticated(context): Authenticated) -> Result<Json<StatusResource>, ApiError> {
    let all = identity_providers::status(&context)?;
    let in_use = all.iter().filter(|status| status.active && status.interactive);
    Ok(Json(StatusResource {
        active_interactive_idps_count: in_use.count(),
        idps_metadata: all
            .into_iter()
            .map(|status| ProviderStatusResource {
                active: status.active,
                provider: status.provider,
                interactive: status.interactive,
            })
            .collect(),
    }))
}

/// `IDPMeta` of the contract. Of a subscription there is nothing to manage here.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetaResource {
    user_portal_link: String,
}

/// `GET /api/v1/identity-providers/me/meta`.
pub async fn my_meta(
    Authenticated(context): Authenticated,
    origin: Origin,
) -> Result<Json<MetaResource>, ApiError> {
    identity_providers::require_default_login(&context)?;
    Ok(Json(MetaResource {
        user_portal_link: origin.link("/profile"),
    }))
}

/// `GET /api/v1/identity-providers/.well-known/metadata.json`. The contract does not say what is in it: here the
/// protocols and providers that can be configured.
pub async fn metadata(Authenticated(context): Authenticated) -> Result<Json<Value>, ApiError> {
    identity_providers::require_metadata(&context)?;
    let federation = |protocol: FederationProtocol| json!({ "protocol": protocol.as_str(), "providers": protocol.providers() });
    Ok(Json(json!({
        "supported": [
            federation(FederationProtocol::Oidc),
            federation(FederationProtocol::Saml),
            { "protocol": "jwtAuth", "providers": ["external"] },
        ],
    })))
}

fn with_hash(status: StatusCode, view: IdentityProviderView) -> Response {
    let hash = view.provider.pending_hash().to_string();
    let resource = Json(IdentityProviderResource::from(view));
    (status, [(PENDING_HASH, hash)], resource).into_response()
}

/// The provider that a body asks for; the console sends one as well.
///
/// # Errors
/// Everything that is wrong with it.
pub fn draft(body: &Document) -> Result<Draft, DomainError> {
    let faults = body.faults();
    let reader = Reader {
        faults: &faults,
        of_seed: false,
    };
    let draft = reader.read(&mut Fields::open(&faults, "", body));
    faults.verdict(draft)
}
