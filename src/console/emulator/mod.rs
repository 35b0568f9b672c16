//! Pages over the control API: clock, requests, faults, snapshots, tenants, reset. They are a part of the emulator and
//! not of what it emulates, so they speak for whoever runs it: whoever may use the control API may use them, signed in
//! or not, and no permission of the tenant applies.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};

use super::flash::Flash;
use super::page::{PageResult, render};
use super::pager::link;
use super::shell::{Section, Shell};
use super::visitor::{Visitor, done};
use crate::api::control_access::ControlAccess;
use crate::api::error::ApiError;
use crate::api::extract::{InTenant, Parameters, TENANT_PARAMETER};
use crate::contract;
use crate::ops::TenantHandle;
use crate::ops::tenancy::Tenants;

pub(super) mod clock;
pub(super) mod faults;
pub(super) mod requests;
pub(super) mod reset;
pub(super) mod snapshots;
pub(super) mod tenants;
pub(super) mod token;

/// Where all of them are.
pub(super) const PATH: &str = "/_mock/emulator";

/// Every page over the control API.
pub fn routes(access: ControlAccess) -> Router<Arc<Tenants>> {
    Router::new()
        .route("/_mock/emulator", get(home))
        .route("/_mock/emulator/clock", get(clock::show).post(clock::change))
        .route(
            "/_mock/emulator/requests",
            get(requests::show).post(requests::forget),
        )
        .route("/_mock/emulator/faults", get(faults::show).post(faults::add))
        .route(
            "/_mock/emulator/faults/clear",
            get(faults::back).post(faults::clear),
        )
        .route(
            "/_mock/emulator/faults/{id}/remove",
            get(faults::back).post(faults::remove),
        )
        .route(
            "/_mock/emulator/snapshots",
            get(snapshots::show).post(snapshots::save),
        )
        .route(
            "/_mock/emulator/snapshots/{name}/restore",
            get(snapshots::back).post(snapshots::restore),
        )
        .route(
            "/_mock/emulator/snapshots/{name}/delete",
            get(snapshots::back).post(snapshots::delete),
        )
        .route(
            "/_mock/emulator/tenants",
            get(tenants::show).post(tenants::create),
        )
        .route(
            "/_mock/emulator/tenants/{name}/delete",
            get(tenants::ask_delete).post(tenants::delete),
        )
        .route("/_mock/emulator/reset", get(reset::show).post(reset::reset))
        .route_layer(from_fn(guard))
        // Where the token is typed that the others ask for.
        .route("/_mock/emulator/token", get(token::ask).post(token::enter))
        .layer(Extension(access))
}

/// Lets in whoever may use the control API. Whoever has not got its token is asked for it.
async fn guard(
    Extension(access): Extension<ControlAccess>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if access.misses_token(&request) {
        let here = request.uri().path_and_query().map_or(PATH, |path| path.as_str());
        let back = if request.method() == Method::GET {
            here
        } else {
            PATH
        };
        let ask = link(&format!("{PATH}/token"), &[("returnto", back)]);
        return Ok(Redirect::to(&ask).into_response());
    }
    access.require(&request)?;
    Ok(next.run(request).await)
}

/// `GET /_mock/emulator`.
async fn home(operator: Operator) -> Redirect {
    operator.back("/clock")
}

/// Whoever runs the emulator, at a page about one of its tenants.
#[derive(Debug)]
pub(super) struct Operator {
    /// The tenant.
    pub(super) tenant: Arc<TenantHandle>,
    /// The user of the tenant who is signed in besides.
    visitor: Option<Visitor>,
    /// The tenant that the address names.
    asked: Option<String>,
    flash: Option<Flash>,
}

impl<S: Send + Sync> FromRequestParts<S> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let InTenant(tenant) = InTenant::of(&parts.extensions)?;
        Ok(Self {
            visitor: Visitor::of(&parts.headers, &tenant),
            asked: Parameters::parse(parts.uri.query().unwrap_or_default()).text(TENANT_PARAMETER),
            flash: Flash::of(&parts.headers),
            tenant,
        })
    }
}

impl Operator {
    /// The surroundings of a page.
    pub(super) fn shell(&self, section: Section, title: &str) -> Shell {
        let shell = match &self.visitor {
            Some(visitor) => Shell::new(visitor, section, title),
            None => Shell {
                section,
                ..Shell::open(&self.tenant, title)
            },
        };
        Shell {
            asked_tenant: self.asked.clone(),
            flash: self.flash.map(Flash::sentence),
            ..shell
        }
    }

    /// Shows a page.
    pub(super) fn show(&self, page: &impl Template) -> PageResult {
        self.show_with(StatusCode::OK, page)
    }

    /// Shows a page under a status, such as that of a form that was not carried out.
    pub(super) fn show_with(&self, status: StatusCode, page: &impl Template) -> PageResult {
        let mut response = render(status, page)?;
        if self.flash.is_some() {
            response.headers_mut().append(header::SET_COOKIE, Flash::spent());
        }
        Ok(response)
    }

    /// Sends a browser from a form that was carried out to the page that shows it.
    pub(super) fn done(&self, flash: Flash, path: &str) -> Response {
        done(flash, &self.link(path))
    }

    /// Sends a browser to a page about the same tenant.
    pub(super) fn back(&self, path: &str) -> Redirect {
        Redirect::to(&self.link(path))
    }

    fn link(&self, path: &str) -> String {
        let tenant = self.asked.as_deref().unwrap_or_default();
        link(&format!("{PATH}{path}"), &[(TENANT_PARAMETER, tenant)])
    }
}

/// The id of a published operation, in the contract's own text.
fn known_operation(id: &str) -> Option<&'static str> {
    contract::by_id(id).map(|operation| operation.id)
}
