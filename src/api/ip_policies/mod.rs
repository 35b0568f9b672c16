//! `/api/core/ip-policies`.

use axum::extract::Path;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::error::ApiError;
use super::extract::{Authenticated, JsonBody, Origin, Parameters};
use super::links::PageLinks;
use super::no_content;
use super::selection::{FieldSelection, Selected};
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::document::{self, Document, Fields, boolean, text};
use crate::domain::error::DomainError;
use crate::domain::filter::Filter;
use crate::domain::ids::{IpPolicyId, TenantId, UserId};
use crate::domain::page::{Cursor, Direction, Sort, Start};
use crate::domain::web::ip_policy::{AddressRange, ClientAddress, address_range};
use crate::ops::ip_policies::{self, CreateIpPolicy, IpPolicyField, IpPolicyView, ListIpPolicies};

pub mod update;

/// `IPPolicyResource` of the contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IpPolicyResource {
    id: IpPolicyId,
    tenant_id: TenantId,
    name: String,
    enabled: bool,
    allowed_ips: Vec<AddressRange>,
    editable: bool,
    deletable: bool,
    toggleable: bool,
    created_at: String,
    updated_at: String,
    created_by: String,
    updated_by: String,
}

impl From<IpPolicyView> for IpPolicyResource {
    fn from(view: IpPolicyView) -> Self {
        let policy = view.policy;
        let who = |user: Option<UserId>| user.map(|id| id.to_string()).unwrap_or_default();
        Self {
            id: policy.id,
            tenant_id: view.tenant_id,
            name: policy.name,
            enabled: policy.enabled,
            allowed_ips: policy.allowed_ips,
            editable: true,
            deletable: view.deletable,
            toggleable: view.toggleable,
            created_at: wire(policy.created_at),
            updated_at: wire(policy.updated_at),
            created_by: who(policy.created_by),
            updated_by: who(policy.updated_by),
        }
    }
}

/// `ListIPPoliciesResult` of the contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct IpPolicyPageResource<'s> {
    data: Vec<Selected<'s, IpPolicyResource>>,
    links: PageLinks,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_results: Option<usize>,
}

/// The contract names no default order; by name is our choice.
const DEFAULT_SORT: Sort<IpPolicyField> = Sort {
    field: IpPolicyField::Name,
    name: "name",
    direction: Direction::Ascending,
};

/// The one cursor parameter of this family. It leads on or back, which its first letter says.
const PAGE: &str = "page";
const ON: char = 'n';
const BACK: char = 'p';

/// `GET /api/core/ip-policies`.
pub async fn list(
    Authenticated(context): Authenticated,
    client: ClientAddress,
    origin: Origin,
    uri: Uri,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let sort = parameters.sort(&IpPolicyField::WORDS, DEFAULT_SORT)?;
    let query = ListIpPolicies {
        filter: parameters.kind("filter", |text| {
            Filter::parse(text, &ip_policies::VOCABULARY).map_err(document::sentence)
        })?,
        sort,
        limit: parameters.limit()?,
        start: parameters
            .kind(PAGE, |text| start(text, &sort))?
            .unwrap_or(Start::First),
    };
    let with_total = parameters.switch("totalResults")?;
    let fields = FieldSelection::from(&parameters);
    let page = ip_policies::list(&context, client, &query)?;
    let links = PageLinks::new(
        &origin,
        &uri,
        &parameters,
        query.limit,
        page.next.map(|cursor| (PAGE, format!("{ON}{cursor}"))),
        page.previous.map(|cursor| (PAGE, format!("{BACK}{cursor}"))),
    );
    let data = page
        .policies
        .into_iter()
        .map(|policy| fields.of(IpPolicyResource::from(policy)));
    let resource = IpPolicyPageResource {
        data: data.collect(),
        links,
        total_results: with_total.then_some(page.total),
    };
    Ok(Json(resource).into_response())
}

fn start(text: &str, sort: &Sort<IpPolicyField>) -> Result<Start<'static>, String> {
    let position = |text: &str| {
        Cursor::decode(text)
            .and_then(|cursor| cursor.position_in(sort))
            .map_err(document::sentence)
    };
    match text.strip_prefix(BACK) {
        Some(text) => position(text).map(Start::Before),
        None => position(text.strip_prefix(ON).unwrap_or_default()).map(Start::After),
    }
}

/// `GET /api/core/ip-policies/{id}`.
pub async fn read(
    Authenticated(context): Authenticated,
    client: ClientAddress,
    Path(id): Path<String>,
) -> Result<Json<IpPolicyResource>, ApiError> {
    Ok(Json(ip_policies::read(&context, client, &id)?.into()))
}

/// `POST /api/core/ip-policies`.
pub async fn create(
    Authenticated(context): Authenticated,
    client: ClientAddress,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let made = ip_policies::create(&context, client, command(&body)?)?;
    Ok((StatusCode::CREATED, Json(IpPolicyResource::from(made))).into_response())
}

/// `DELETE /api/core/ip-policies/{id}`.
pub async fn delete(
    Authenticated(context): Authenticated,
    client: ClientAddress,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    ip_policies::delete(&context, client, &id)?;
    Ok(no_content())
}

fn command(body: &Document) -> Result<CreateIpPolicy, DomainError> {
    let faults = body.faults();
    let mut fields = Fields::open(&faults, "", body);
    let name = fields.optional("name", &text).unwrap_or_default();
    let enabled = fields.optional("enabled", &boolean).unwrap_or(false);
    fields.required("allowedIps", &|_| Ok(()));
    let allowed_ips = fields
        .list("allowedIps")
        .into_iter()
        .filter_map(|(pointer, range)| {
            address_range(range)
                .map_err(|sentence| faults.at(pointer, sentence))
                .ok()
        })
        .collect();
    faults.verdict(Some(CreateIpPolicy {
        name,
        enabled,
        allowed_ips,
    }))
}
