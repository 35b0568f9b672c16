//! Where a browser goes after signing in: to a page of this tenant, or back to a page that a web integration lists.

use axum::http::HeaderMap;

use crate::api::cross_origin::web_integration;
use crate::api::error::ApiError;
use crate::api::extract::{Origin, Parameters};
use crate::console::pages::authorize::answered_at;
use crate::domain::web::integration::WEB_INTEGRATION;
use crate::domain::web::origin::WebOrigin;
use crate::ops::TenantHandle;
use crate::ops::cross_origin::{Right, is_allowed};

/// Where somebody goes who did not say where to.
const HOME: &str = "/";

/// What `returnto` asks for, as far as it may.
#[derive(Clone, Debug)]
pub(super) struct ReturnTo {
    /// The path, or the whole address of a page elsewhere.
    pub(super) address: String,
    /// The web integration that was named, which the form carries on.
    pub(super) integration: Option<String>,
    /// Where the browser ends up outside of this tenant, as an origin or a scheme: at a page elsewhere, or where the
    /// OAuth client waits that asks the user to sign in.
    pub(super) elsewhere: Option<String>,
}

impl ReturnTo {
    /// Reads `returnto` and the web integration of a query or a form.
    ///
    /// # Errors
    /// `LOGIN-8` when it leads out of this tenant, `LOGIN-10` when the web integration does not list where it leads to.
    pub(super) fn of(
        tenant: &TenantHandle,
        origin: &Origin,
        headers: &HeaderMap,
        parameters: &Parameters,
    ) -> Result<Self, ApiError> {
        let integration = web_integration(headers, parameters.get(WEB_INTEGRATION)).map(str::to_owned);
        let asked = parameters.get("returnto").unwrap_or(HOME);
        if let Some(path) = own_path(asked, origin) {
            return Ok(Self {
                address: path.to_owned(),
                integration,
                elsewhere: answered_at(tenant, path),
            });
        }
        let (Some(id), Some(elsewhere)) = (&integration, origin_of(asked)) else {
            return Err(ApiError::illegal_returnto());
        };
        if !is_allowed(tenant, &elsewhere, Right::WebIntegration(id)) {
            return Err(ApiError::returnto_not_listed());
        }
        Ok(Self {
            address: asked.to_owned(),
            integration,
            elsewhere: Some(elsewhere.to_string()),
        })
    }
}

fn own_path<'a>(asked: &'a str, origin: &Origin) -> Option<&'a str> {
    let path = match asked.strip_prefix(origin.as_str()) {
        Some("") => HOME,
        Some(path) => path,
        None => asked,
    };
    (path.starts_with('/') && !path.starts_with("//") && is_plain(path)).then_some(path)
}

/// The origin of a whole address.
fn origin_of(address: &str) -> Option<WebOrigin> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let origin = WebOrigin::parse(&format!("{scheme}://{authority}")).ok();
    origin.filter(|_| is_plain(address))
}

/// Whether a text can stand in a header, and means the same to every reader of addresses.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}
