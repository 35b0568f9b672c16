//! `/api/v1/oauth-clients`.

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::extract::{Authenticated, JsonBody, Origin, Parameters, bad_parameter};
use super::links::PageLinks;
use super::no_content;
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::document::{self, word};
use crate::domain::filter::Filter;
use crate::domain::ids::{OAuthClientId, TenantId, UserId};
use crate::domain::oauth::client::{AuthMethod, ClientSecret, ConsentMethod, ExtraGrant};
use crate::domain::page::{Direction, Sort};
use crate::domain::patch;
use crate::ops::oauth_clients::{self, CREATED_BY_TYPE, ClientField, ClientView, ListClients};

pub mod create;
pub mod update;

/// The header that names the client to be deleted once more (documented).
const CONFIRMATION: &str = "qlik-confirm-delete";

/// A client as the contract has it: `OAuthClientAdminReadResponse`, or `OAuthClientReadResponse` for whoever is no
/// tenant admin. Empty texts stand where nothing was chosen, as seen.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientResource {
    client_id: OAuthClientId,
    client_name: String,
    app_type: &'static str,
    description: String,
    client_uri: String,
    logo_uri: String,
    owner_id: TenantId,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<String>,
    created_by_type: &'static str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    set_up: Option<SetUp>,
}

/// What only a tenant admin sees of a client.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SetUp {
    redirect_uris: Vec<String>,
    allowed_origins: Vec<String>,
    allowed_scopes: Vec<String>,
    allowed_grant_types: Vec<&'static str>,
    allowed_auth_methods: Vec<&'static str>,
    public_keys: Vec<Value>,
    client_secrets: Vec<SecretResource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_config: Option<ConnectionResource>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SecretResource {
    hint: String,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<UserId>,
}

impl From<ClientSecret> for SecretResource {
    fn from(secret: ClientSecret) -> Self {
        Self {
            hint: secret.hint,
            created_at: wire(secret.created_at),
            created_by: secret.created_by,
        }
    }
}

/// `ConnectionConfigReadResponse` of the contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionResource {
    consent_method: &'static str,
}

impl From<ConsentMethod> for ConnectionResource {
    fn from(consent: ConsentMethod) -> Self {
        Self {
            consent_method: consent.as_str(),
        }
    }
}

impl From<ClientView> for ClientResource {
    fn from(view: ClientView) -> Self {
        let (client, in_full) = (view.client, view.in_full);
        let settings = client.settings;
        Self {
            client_id: client.id,
            client_name: settings.name,
            app_type: client.app_type.as_str(),
            description: settings.description,
            client_uri: settings.client_uri,
            logo_uri: settings.logo_uri,
            owner_id: view.tenant_id,
            created_at: wire(client.created_at),
            updated_at: wire(client.updated_at),
            published_at: client.published_at.map(wire),
            created_by_type: CREATED_BY_TYPE,
            set_up: in_full.then(|| SetUp {
                redirect_uris: settings.redirect_uris,
                allowed_origins: settings.allowed_origins,
                allowed_scopes: settings.allowed_scopes,
                allowed_grant_types: settings
                    .extra_grants
                    .into_iter()
                    .map(ExtraGrant::as_str)
                    .collect(),
                allowed_auth_methods: if client.app_type.is_confidential() {
                    settings
                        .auth_methods
                        .into_iter()
                        .map(AuthMethod::as_str)
                        .collect()
                } else {
                    Vec::new()
                },
                public_keys: settings.public_keys.into_iter().map(|key| key.jwk).collect(),
                client_secrets: client.secrets.into_iter().map(Into::into).collect(),
                connection_config: client.consent.map(Into::into),
            }),
        }
    }
}

/// `OAuthClientAdminListResponse` of the contract, or `OAuthClientListResponse` for whoever is no tenant admin.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientPageResource {
    data: Vec<ClientResource>,
    links: PageLinks,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_results: Option<usize>,
}

/// The contract names no default order; by name is our choice.
const DEFAULT_SORT: Sort<ClientField> = Sort {
    field: ClientField::ClientName,
    name: "clientName",
    direction: Direction::Ascending,
};

/// `GET /api/v1/oauth-clients`.
pub async fn list(
    Authenticated(context): Authenticated,
    origin: Origin,
    uri: Uri,
    parameters: Parameters,
) -> Result<Json<ClientPageResource>, ApiError> {
    let sort = parameters.sort(&ClientField::WORDS, DEFAULT_SORT)?;
    let query = ListClients {
        filter: parameters.kind("filter", |text| {
            Filter::parse(text, &oauth_clients::VOCABULARY).map_err(document::sentence)
        })?,
        sort,
        limit: parameters.limit()?,
        start: parameters.start(&sort)?,
    };
    let with_total = parameters.switch("totalResults")?;
    let page = oauth_clients::list(&context, &query)?;
    let links = PageLinks::by_cursor(&origin, &uri, &parameters, query.limit, page.next, page.previous);
    Ok(Json(ClientPageResource {
        data: page.clients.into_iter().map(Into::into).collect(),
        links,
        // The answer for whoever is no tenant admin has no such member.
        total_results: (with_total && page.in_full).then_some(page.total),
    }))
}

/// `GET /api/v1/oauth-clients/{id}`.
pub async fn read(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Json<ClientResource>, ApiError> {
    let mut resource = ClientResource::from(oauth_clients::read(&context, &id)?);
    // Only an element of a list has its connection with it.
    if let Some(set_up) = &mut resource.set_up {
        set_up.connection_config = None;
    }
    Ok(Json(resource))
}

/// `DELETE /api/v1/oauth-clients/{id}`. The header `qlik-confirm-delete` must repeat the id.
pub async fn delete(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let confirmed = headers
        .get(CONFIRMATION)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|confirmed| confirmed == id);
    if !confirmed {
        // Whoever may not delete it learns that first.
        oauth_clients::may_delete(&context, &id)?;
        return Err(bad_parameter(CONFIRMATION, "Must be the id of the OAuth client."));
    }
    oauth_clients::delete(&context, &id)?;
    Ok(no_content())
}

/// `POST /api/v1/oauth-clients/{id}/actions/publish`.
pub async fn publish(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let client = oauth_clients::publish(&context, &id)?;
    let at = client.published_at.unwrap_or(context.now);
    Ok((StatusCode::CREATED, Json(json!({ "publishedAt": wire(at) }))).into_response())
}

/// `POST /api/v1/oauth-clients/{id}/client-secrets`.
pub async fn create_secret(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let created = oauth_clients::create_secret(&context, &id)?;
    let mut body = json!({
        "clientId": created.client_id,
        "clientSecret": created.secret.reveal(),
        "hint": created.record.hint,
        "createdAt": wire(created.record.created_at),
    });
    if let Some(creator) = created.record.created_by {
        body["createdBy"] = json!(creator);
    }
    Ok((
        StatusCode::CREATED,
        [(header::CACHE_CONTROL, "no-store")],
        Json(body),
    )
        .into_response())
}

/// `DELETE /api/v1/oauth-clients/{id}/client-secrets/{hint}`.
pub async fn delete_secret(
    Authenticated(context): Authenticated,
    Path((id, hint)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    oauth_clients::delete_secret(&context, &id, &hint)?;
    Ok(no_content())
}

/// `GET /api/v1/oauth-clients/{id}/connection-configs/me`.
pub async fn read_connection(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Json<ConnectionResource>, ApiError> {
    Ok(Json(oauth_clients::read_connection(&context, &id)?.into()))
}

/// `PATCH /api/v1/oauth-clients/{id}/connection-configs/me`.
pub async fn update_connection(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let faults = body.faults();
    let mut consent = None;
    for item in patch::read(&faults, &body, &[("replace", ())], &[("/consentMethod", ())]) {
        consent = item.value_as(&faults, word(&ConsentMethod::WORDS)).or(consent);
    }
    let consent = faults.verdict(Some(consent))?;
    oauth_clients::update_connection(&context, &id, consent)?;
    Ok(no_content())
}

/// `DELETE /api/v1/oauth-clients/{id}/connection-configs/me`.
pub async fn delete_connection(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    oauth_clients::delete_connection(&context, &id)?;
    Ok(no_content())
}
