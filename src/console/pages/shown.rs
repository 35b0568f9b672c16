//! The key, shown once.

use askama::Template;
use axum::extract::Path;
use axum::http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::api_keys::KeyRow;
use crate::api::extract::Origin;
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;
use crate::domain::api_key::ApiKey;
use crate::domain::secret::MintedToken;
use crate::ops::api_keys;

/// Where the page of a new key is.
pub(super) fn path(key: &ApiKey) -> String {
    format!("/profile/api-keys/shown/{}", key.id)
}

/// The page.
#[derive(Template)]
#[template(path = "shown.html")]
pub(in crate::console) struct ShownPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) key: KeyRow,
    /// The key in every form that it is needed in; none after the first time.
    pub(in crate::console) secret: Option<Secret>,
}

/// The token of a key in every form that it is needed in. It stands on one page, and nowhere on the server.
pub(in crate::console) struct Secret {
    pub(in crate::console) token: String,
    /// For the header of a request.
    pub(in crate::console) authorization: String,
    /// For a terminal.
    pub(in crate::console) curl: String,
    /// A Postman environment as a `data:` address, which a browser saves without asking the server.
    pub(in crate::console) environment: String,
}

impl Secret {
    /// What the page needs of a token, for a client that reaches the tenant at `origin`.
    pub(in crate::console) fn new(token: &MintedToken, origin: &str, tenant: &str) -> Self {
        let token = token.reveal();
        let variable = |key: &str, value: &str, kind: &str| json!({ "key": key, "value": value, "type": kind, "enabled": true });
        let environment = json!({
            "name": format!("mock-qlik-cloud: {tenant}"),
            "values": [variable("baseUrl", origin, "default"), variable("apiKey", token, "secret")],
            "_postman_variable_scope": "environment",
        });
        let environment = environment.to_string();
        let environment = utf8_percent_encode(&environment, NON_ALPHANUMERIC);
        let authorization = format!("Authorization: Bearer {token}");
        Self {
            token: token.to_owned(),
            curl: format!("curl --location \"{origin}/api/v1/users/me\" --header \"{authorization}\""),
            authorization,
            environment: format!("data:application/json,{environment}"),
        }
    }
}

/// `GET /profile/api-keys/shown/{id}`: takes the key out of the session, so that a second look finds nothing.
pub(in crate::console) async fn show(
    visitor: Visitor,
    method: Method,
    origin: Origin,
    Path(id): Path<String>,
) -> PageResult {
    let view = api_keys::read(&visitor.context, &id)?;
    let key_id = view.key.id;
    let key = KeyRow::new(&visitor, view);
    // The answer to HEAD has no body: taking the key for it would lose it.
    let token = if method == Method::GET {
        api_keys::show_new(&visitor.context, key_id)
    } else {
        None
    };
    let shell = Shell::new(&visitor, Section::OwnApiKeys, "Your new API key");
    let secret = token.map(|token| Secret::new(&token, origin.as_str(), &shell.tenant));
    visitor.show(&ShownPage { shell, key, secret })
}
