//! From the operation layer to a socket: the routes of all doors, what stands before them, and the listener.

use std::sync::Arc;

use axum::extract::Request;
use axum::routing::get;
use axum::{Extension, Router};

use self::limits::Places;
use crate::control::{ControlAccess, JournalNews};
use crate::ops::tenancy::Tenants;
use crate::tls::Tls;
use crate::{api, console, control};

mod address;
mod admission;
mod ca;
mod connection;
mod coverage;
pub mod crew;
mod cross_origin;
mod damage;
mod frame;
mod front;
mod handshake;
mod health;
mod journal;
pub mod limits;
pub mod listener;
mod progress;
mod size;
mod tenancy;

pub use front::Front;

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
) -> Front {
    let routes = Router::new()
        .merge(api::routes())
        .merge(console::routes())
        .merge(console::emulator_routes(access.clone()))
        .merge(control::routes(access, news.clone()))
        .merge(health_routes(places))
        .route(CA, get(ca::show).layer(Extension(tls)))
        .fallback(api::otherwise)
        .method_not_allowed_fallback(api::wrong_method)
        .with_state(Arc::clone(&tenants));
    Front::new(tenants, news, routes)
}

fn health_routes(places: Places) -> Router<Arc<Tenants>> {
    let routes = HEALTH.into_iter().fold(Router::new(), |routes, path| {
        routes.route(path, get(health::handle))
    });
    routes.layer(Extension(places))
}
