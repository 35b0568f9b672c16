//! From the operation layer to a socket: the routes of all doors, the layers around them, and the listener.

use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;

use self::limits::Places;
use crate::api::error::ApiError;
use crate::contract::{self, Lookup, Operation};
use crate::control::{ControlAccess, JournalNews};
use crate::ops::tenancy::Tenants;
use crate::tls::Tls;
use crate::{api, console, control};

mod address;
mod admission;
mod ca;
mod connection;
mod coverage;
mod cross_origin;
mod damage;
mod frame;
mod handshake;
mod health;
mod journal;
pub mod limits;
pub mod listener;
mod progress;
mod size;
mod tenancy;

/// Where probes ask whether the emulator is ready.
const HEALTH: [&str; 5] = ["/_mock/health", "/health", "/healthz", "/livez", "/readyz"];

/// Whether a path speaks to the emulator instead of the tenant. What is asked there is neither limited nor struck by a
/// fault nor noted in the journal: it is how a test, or a container, keeps its hands on both. The files of the console
/// belong to it, because the pages over the control API need them, too.
fn is_of_the_emulator(path: &str) -> bool {
    path.starts_with("/_mock/") || path.starts_with("/assets/") || HEALTH.contains(&path)
}

/// Where clients fetch the certificate that they are to trust.
const CA: &str = "/_mock/ca.pem";

/// Among the extensions of a request that came over plain HTTP where only TLS is spoken.
#[derive(Clone, Copy, Debug)]
struct PlainWhereTlsOnly;

/// Among the extensions of a request whose connection came when there were as many as there may be.
#[derive(Clone, Copy, Debug)]
struct Full;

/// Whether a request is refused because there are enough connections. A test keeps its hands on the emulator all the
/// same, and a container that has much to do is not ill.
fn is_refused_as_full(request: &Request) -> bool {
    request.extensions().get::<Full>().is_some() && !is_of_the_emulator(request.uri().path())
}

/// Whether a request is refused because it came over plain HTTP. Probes need no certificate, and nobody can fetch the
/// one to trust over a connection that is to be trusted already.
fn is_refused_in_plain(request: &Request) -> bool {
    let path = request.uri().path();
    request.extensions().get::<PlainWhereTlsOnly>().is_some() && !HEALTH.contains(&path) && path != CA
}

/// Everything that the tenants answer to, ready to serve.
pub fn service(
    tenants: Arc<Tenants>,
    access: ControlAccess,
    news: JournalNews,
    places: Places,
    tls: Option<Arc<Tls>>,
) -> Router {
    Router::new()
        .merge(api::routes())
        .merge(console::routes())
        .merge(console::emulator_routes(access.clone()))
        .merge(control::routes(access, news.clone()))
        .merge(health_routes(places))
        .route(CA, get(ca::show).layer(Extension(tls)))
        .fallback(api::otherwise)
        .method_not_allowed_fallback(api::wrong_method)
        .layer(from_fn(admission::admit))
        .layer(CatchPanicLayer::custom(|_| -> Response {
            ApiError::internal().into_response()
        }))
        .layer(from_fn(cross_origin::judge))
        .layer(from_fn(address::admit))
        // Gives every answer its envelope, that of a panic included.
        .layer(from_fn(frame::frame))
        .layer(map_response(cross_origin::tell))
        .layer(from_fn_with_state(news, journal::note))
        .layer(from_fn(coverage::count))
        // A fault damages the answer as it would go over the wire.
        .layer(from_fn(damage::damage))
        // The last layer is the outermost: everything else happens in a tenant.
        .layer(from_fn_with_state(Arc::clone(&tenants), tenancy::choose))
        .with_state(tenants)
}

/// The published operation that a request means.
#[derive(Clone, Copy, Debug)]
struct Meant(Option<&'static Operation>);

/// The published operation that a request means, if there is one. The layer that asks first looks it up; those inside
/// find it among the extensions.
fn operation_of(request: &mut Request) -> Option<&'static Operation> {
    if let Some(Meant(operation)) = request.extensions().get() {
        return *operation;
    }
    let operation = match contract::find(request.method(), request.uri().path()) {
        Lookup::Operation(operation) => Some(operation),
        Lookup::MethodNotAllowed(_) | Lookup::Unknown => None,
    };
    request.extensions_mut().insert(Meant(operation));
    operation
}

fn health_routes(places: Places) -> Router<Arc<Tenants>> {
    let routes = HEALTH.into_iter().fold(Router::new(), |routes, path| {
        routes.route(path, get(health::handle))
    });
    routes.layer(Extension(places))
}
