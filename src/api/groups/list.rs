//! `GET /api/v1/groups` and `POST /api/v1/groups/actions/filter`.

use axum::http::Uri;
use serde::Serialize;

use super::GroupResource;
use crate::api::error::ApiError;
use crate::api::extract::{Authenticated, OptionalJsonBody, Origin, Parameters, bad_parameter};
use crate::api::json::Json;
use crate::api::links::PageLinks;
use crate::domain::document::{self, Document, Fields, text};
use crate::domain::error::DomainError;
use crate::domain::filter::Filter;
use crate::domain::page::{Direction, Limit, Sort};
use crate::domain::policy::Action;
use crate::ops::Context;
use crate::ops::groups::{self, GroupField, GroupPage, ListGroups};

/// `Groups` of the contract.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupPageResource {
    data: Vec<GroupResource>,
    links: PageLinks,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_results: Option<usize>,
}

/// The documented order of the filter, and our choice for the list: `+name`.
const DEFAULT_SORT: Sort<GroupField> = Sort {
    field: GroupField::Name,
    name: "name",
    direction: Direction::Ascending,
};

/// Lists groups, or with `systemGroups` those of the service.
pub async fn handle(
    Authenticated(context): Authenticated,
    origin: Origin,
    uri: Uri,
    parameters: Parameters,
) -> Result<Json<GroupPageResource>, ApiError> {
    if parameters.switch("systemGroups")? {
        require_alone(&parameters)?;
        let system = groups::system(&context)?;
        let page = GroupPage {
            next: None,
            previous: None,
            total: system.len(),
            groups: system,
        };
        return Ok(answer(page, Limit::default(), &origin, &uri, &parameters, false));
    }
    let filter = parameters.kind("filter", parse_filter)?;
    let with_total = parameters.switch("totalResults")?;
    let sort = parameters.sort(&GroupField::WORDS, DEFAULT_SORT)?;
    let query = ListGroups {
        filter,
        sort,
        limit: parameters.limit()?,
        start: parameters.start(&sort)?,
    };
    let page = groups::list(&context, Action::ListGroups, &query)?;
    Ok(answer(page, query.limit, &origin, &uri, &parameters, with_total))
}

/// Lists the groups that pass a filter in the body.
pub async fn filter(
    Authenticated(context): Authenticated,
    origin: Origin,
    uri: Uri,
    parameters: Parameters,
    OptionalJsonBody(body): OptionalJsonBody,
) -> Result<Json<GroupPageResource>, ApiError> {
    let (page, limit) = filtered(&context, &parameters, body.as_ref())?;
    Ok(answer(page, limit, &origin, &uri, &parameters, false))
}

fn filtered(
    context: &Context,
    parameters: &Parameters,
    body: Option<&Document>,
) -> Result<(GroupPage, Limit), ApiError> {
    let sort = parameters.sort(&[("name", GroupField::Name)], DEFAULT_SORT)?;
    let query = ListGroups {
        filter: body.map(filter_of_body).transpose()?.flatten(),
        sort,
        limit: parameters.limit()?,
        start: parameters.start(&sort)?,
    };
    let page = groups::list(context, Action::FilterGroups, &query)?;
    Ok((page, query.limit))
}

/// Documented: `systemGroups` "cannot be combined with any other query parameters".
fn require_alone(parameters: &Parameters) -> Result<(), ApiError> {
    const OTHERS: [&str; 6] = ["filter", "limit", "next", "prev", "sort", "totalResults"];
    match OTHERS.into_iter().find(|other| parameters.get(other).is_some()) {
        None => Ok(()),
        Some(other) => Err(bad_parameter(
            other,
            "Cannot be combined with `systemGroups`. Send that alone.",
        )),
    }
}

fn parse_filter(text: &str) -> Result<Filter, String> {
    Filter::parse(text, &groups::VOCABULARY).map_err(document::sentence)
}

fn filter_of_body(body: &Document) -> Result<Option<Filter>, DomainError> {
    let faults = body.faults();
    let filter = Fields::open(&faults, "", body).optional("filter", &|value| match text(value)?.trim() {
        "" => Ok(None),
        filter => parse_filter(filter).map(Some),
    });
    faults.verdict(Some(filter.flatten()))
}

fn answer(
    page: GroupPage,
    limit: Limit,
    origin: &Origin,
    uri: &Uri,
    parameters: &Parameters,
    with_total: bool,
) -> Json<GroupPageResource> {
    let links = PageLinks::by_cursor(origin, uri, parameters, limit, page.next, page.previous);
    Json(GroupPageResource {
        data: page
            .groups
            .into_iter()
            .map(|group| GroupResource::new(group, origin))
            .collect(),
        links,
        total_results: with_total.then_some(page.total),
    })
}
