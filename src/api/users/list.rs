//! `GET /api/v1/users` and `POST /api/v1/users/actions/filter`.

use axum::http::Uri;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::Value;

use super::UserResource;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, OptionalJsonBody, Origin, Parameters, bad_parameter};
use crate::api::json::Json;
use crate::api::links::PageLinks;
use crate::api::selection::{FieldSelection, Selected};
use crate::domain::document::{self, Document, Fields, text};
use crate::domain::error::DomainError;
use crate::domain::filter::Filter;
use crate::domain::page::{Direction, Sort};
use crate::domain::policy::Action;
use crate::domain::settings::Edition;
use crate::domain::user::{UserField, UserStatus};
use crate::ops::Context;
use crate::ops::users::{self, ListUsers, UserPage, UserStart, UserView};

/// `Users` of the contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserPageResource<'t> {
    data: Vec<Selected<'t, UserResource<'t>>>,
    links: PageLinks,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_results: Option<usize>,
}

/// The documented order: `+name`.
const DEFAULT_SORT: Sort<UserField> = Sort {
    field: UserField::Name,
    name: "name",
    direction: Direction::Ascending,
};

/// Lists users.
pub async fn handle(
    Authenticated(context): Authenticated,
    origin: Origin,
    uri: Uri,
    parameters: Parameters,
) -> Result<Response, ApiError> {
    let edition = context.tenant.read().edition();
    let sort = parameters.sort(&UserField::WORDS, older_sort(edition, &parameters)?)?;
    let filter = parameters.kind("filter", parse_filter)?;
    let query = ListUsers {
        filter,
        sort,
        limit: parameters.limit()?,
        start: UserStart::Cursor(parameters.start(&sort)?),
        statuses: None,
        email: None,
        subject: None,
        role: None,
        tenant_id: None,
        with_total: parameters.switch("totalResults")?,
    };
    let query = match edition {
        Edition::Classic => with_older_parameters(query, &parameters)?,
        Edition::Current => query,
    };
    answer(&context, Action::ListUsers, &query, &origin, &uri, &parameters)
}

/// Lists the users that pass a filter in the body.
pub async fn filter(
    Authenticated(context): Authenticated,
    origin: Origin,
    uri: Uri,
    parameters: Parameters,
    OptionalJsonBody(body): OptionalJsonBody,
) -> Result<Response, ApiError> {
    let sort = parameters.sort(&[("name", UserField::Name)], DEFAULT_SORT)?;
    let query = ListUsers {
        filter: body.as_ref().map(filter_of_body).transpose()?.flatten(),
        sort,
        limit: parameters.limit()?,
        start: UserStart::Cursor(parameters.start(&sort)?),
        statuses: None,
        email: None,
        subject: None,
        role: None,
        tenant_id: None,
        with_total: parameters.switch("totalResults")?,
    };
    answer(&context, Action::FilterUsers, &query, &origin, &uri, &parameters)
}

fn parse_filter(text: &str) -> Result<Filter, String> {
    Filter::parse(text, &users::VOCABULARY).map_err(document::sentence)
}

fn filter_of_body(body: &Document) -> Result<Option<Filter>, DomainError> {
    let faults = body.faults();
    let filter = Fields::open(&faults, "", body).optional("filter", &|value| match text(value)?.trim() {
        "" => Ok(None),
        filter => parse_filter(filter).map(Some),
    });
    faults.verdict(Some(filter.flatten()))
}

/// `sortBy` and `sortOrder`, which `sort` has replaced.
fn older_sort(edition: Edition, parameters: &Parameters) -> Result<Sort<UserField>, ApiError> {
    if edition == Edition::Current {
        return Ok(DEFAULT_SORT);
    }
    parameters.word("sortBy", &[("name", ())])?;
    let order = [("asc", Direction::Ascending), ("desc", Direction::Descending)];
    let direction = parameters
        .word("sortOrder", &order)?
        .unwrap_or(DEFAULT_SORT.direction);
    Ok(Sort {
        direction,
        ..DEFAULT_SORT
    })
}

/// The parameters that the classic edition still has: `status` (`active` if not given), `email`, `subject`, `role`,
/// `tenantId`, `startingAfter`, `endingBefore`. A filter excludes them. But Qlik's Python client sends `status` with
/// every filter, so that one narrows the filter down instead of being refused.
fn with_older_parameters(query: ListUsers, parameters: &Parameters) -> Result<ListUsers, ApiError> {
    if query.filter.is_some() {
        for older in [
            "email",
            "subject",
            "role",
            "tenantId",
            "startingAfter",
            "endingBefore",
        ] {
            parameters.exclusive("filter", older)?;
        }
    }
    let statuses = parameters.kind("status", statuses)?;
    let only_active = (query.filter.is_none()).then(|| vec![UserStatus::Active]);
    parameters.exclusive("startingAfter", "endingBefore")?;
    let start = match (parameters.text("startingAfter"), parameters.text("endingBefore")) {
        (Some(id), _) => UserStart::AfterUser(id),
        (_, Some(id)) => UserStart::BeforeUser(id),
        (None, None) => query.start,
    };
    if !matches!(start, UserStart::Cursor(_)) && (parameters.get("next").or(parameters.get("prev"))).is_some()
    {
        return Err(bad_parameter(
            "startingAfter",
            "A page starts at one cursor only. Send one of them.",
        ));
    }
    Ok(ListUsers {
        statuses: statuses.or(only_active),
        email: parameters.text("email"),
        subject: parameters.text("subject"),
        role: parameters.text("role"),
        tenant_id: parameters.text("tenantId"),
        start,
        ..query
    })
}

/// A list of statuses, separated by commas.
fn statuses(text: &str) -> Result<Vec<UserStatus>, String> {
    let word = document::word(&UserStatus::WORDS);
    text.split(',')
        .map(|status| word(&Value::String(status.trim().to_owned())))
        .collect()
}

fn answer(
    context: &Context,
    action: Action,
    query: &ListUsers,
    origin: &Origin,
    uri: &Uri,
    parameters: &Parameters,
) -> Result<Response, ApiError> {
    let fields = FieldSelection::from(parameters);
    let show = |page: UserPage<UserView<'_>>| {
        let users = page.users.into_iter();
        let resource = UserPageResource {
            data: users
                .map(|user| fields.of(UserResource::new(user, origin)))
                .collect(),
            links: PageLinks::by_cursor(origin, uri, parameters, query.limit, page.next, page.previous),
            total_results: page.total,
        };
        Json(resource).into_response()
    };
    Ok(users::list(context, action, query, show)?)
}
