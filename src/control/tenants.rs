//! `/_mock/tenants`: tenants of a test's own, so that parallel tests never meet.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::aside::aside;
use crate::api::error::ApiError;
use crate::api::extract::{OptionalJsonBody, Origin};
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::document::{Document, Faults, Fields, text, word};
use crate::domain::error::{DomainError, Resource};
use crate::domain::ids::TenantName;
use crate::domain::settings::Edition;
use crate::ops::TenantHandle;
use crate::ops::tenancy::{KeyHolder, NewTenant, Tenants};
use crate::seeds::{Seed, SeedError};

use super::states::STATE_LIMIT;
use super::tail::JournalNews;

/// The seed of a tenant that was given none: keys are switched on in it, and it has a developer.
const USUAL_SEED: &str = "ready";

type All = State<Arc<Tenants>>;

/// `GET /_mock/tenants`.
pub(super) async fn list(State(tenants): All, origin: Origin) -> Json<Value> {
    let list: Vec<_> = tenants
        .list()
        .iter()
        .map(|tenant| face(tenant, &origin))
        .collect();
    Json(json!({ "data": list }))
}

/// `POST /_mock/tenants`: `name`, `seed` (the name of a shipped one, or a seed itself) and `edition`; each may be
/// missing.
pub(super) async fn create(
    State(tenants): All,
    origin: Origin,
    OptionalJsonBody(body): OptionalJsonBody<STATE_LIMIT>,
) -> Result<Response, ApiError> {
    let wish = wish(&body.unwrap_or_else(|| Document::new(json!({}), None)))?;
    let create = {
        let tenants = Arc::clone(&tenants);
        move || tenants.create(wish)
    };
    let created = aside(create).await??;
    let mut face = face(&created.handle, &origin);
    face["admin"] = created.admin.as_ref().map(holder).into();
    face["developer"] = created.developer.as_ref().map(holder).into();
    let headers = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, Json(face)).into_response())
}

/// `DELETE /_mock/tenants`: all but the default one.
pub(super) async fn clear(State(tenants): All, Extension(news): Extension<JournalNews>) -> Response {
    tenants.delete_all();
    news.look();
    StatusCode::NO_CONTENT.into_response()
}

/// `GET /_mock/tenants/{name}`, by name or id.
pub(super) async fn read(
    State(tenants): All,
    origin: Origin,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let tenant = tenants
        .named(&name)
        .ok_or(DomainError::NotFound(Resource::Tenant))?;
    Ok(Json(face(&tenant, &origin)))
}

/// `DELETE /_mock/tenants/{name}`, by name or id.
pub(super) async fn remove(
    State(tenants): All,
    Extension(news): Extension<JournalNews>,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    tenants.delete(&name)?;
    news.look();
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn wish(body: &Value) -> Result<NewTenant, ApiError> {
    let faults = Faults::default();
    let mut fields = Fields::open(&faults, "", body);
    let name = fields.optional("name", &|value| {
        TenantName::parse(&text(value)?).ok_or_else(|| TenantName::RULE.to_owned())
    });
    let seed = fields.optional("seed", &seed);
    let edition = fields.optional("edition", &word(&Edition::WORDS));
    fields.refuse_unknown();
    faults.verdict(Some(()))?;
    let seed = match seed {
        Some(seed) => seed,
        None => shipped(USUAL_SEED).map_err(|_| ApiError::internal())?,
    };
    Ok(NewTenant { name, seed, edition })
}

fn seed(value: &Value) -> Result<Value, String> {
    match value {
        Value::Object(_) => Ok(value.clone()),
        Value::String(name) => shipped(name),
        _ => Err("Must be the name of a shipped seed, or a seed.".to_owned()),
    }
}

fn shipped(name: &str) -> Result<Value, String> {
    let seed = Seed::shipped(name)
        .ok_or_else(|| format!("No shipped seed has this name; there are {}.", Seed::names()))?;
    seed.document().map_err(|error: SeedError| error.to_string())
}

/// What is said of a tenant: its base URL begins as the client's own did.
fn face(tenant: &TenantHandle, origin: &Origin) -> Value {
    let state = tenant.read();
    let host = format!("{}.localhost{}", tenant.name(), origin.port());
    json!({
        "id": state.id(),
        "name": tenant.name().as_str(),
        "host": host,
        "url": format!("{}://{host}", origin.scheme()),
        "edition": state.edition().as_str(),
        "time": wire(tenant.clock().now()),
        "users": state.users().total(),
        "apiKeys": state.api_keys().total(),
    })
}

fn holder(holder: &KeyHolder) -> Value {
    json!({
        "userId": holder.user.id,
        "subject": holder.user.subject,
        "email": holder.user.email,
        "keyId": holder.key.key.id,
        "token": holder.key.token.reveal(),
        "expiry": wire(holder.key.key.expiry),
    })
}
