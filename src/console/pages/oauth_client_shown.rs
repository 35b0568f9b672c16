//! The secret of a new OAuth client, shown once.

use askama::Template;
use axum::extract::Path;
use axum::http::Method;

use super::oauth_clients::{OAuthClientRow, PATH};
use crate::api::extract::Origin;
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;
use crate::domain::oauth::client::{ExtraGrant, OAuthClient};
use crate::domain::policy::Action;
use crate::domain::secret::MintedToken;
use crate::ops::oauth_clients;

/// Where the page of a new client is.
pub(super) fn path(client: &OAuthClient) -> String {
    format!("{PATH}/{}/shown", client.id)
}

/// The page.
#[derive(Template)]
#[template(path = "oauth_client_shown.html")]
pub(in crate::console) struct OAuthClientShownPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) client: OAuthClientRow,
    /// The secret in every form that it is needed in; none after the first time.
    pub(in crate::console) secret: Option<ShownSecret>,
}

/// The secret of a client in every form that it is needed in. It stands on one page, and nowhere on the server.
pub(in crate::console) struct ShownSecret {
    pub(in crate::console) secret: String,
    /// For a terminal: asks for a token. None for a client that may not act for itself.
    pub(in crate::console) curl: Option<String>,
}

impl ShownSecret {
    /// What the page needs of a secret, for a client that reaches the tenant at `origin`.
    fn new(secret: &MintedToken, client: &OAuthClient, origin: &str) -> Self {
        let secret = secret.reveal();
        let acts = client.is_trusted()
            && client
                .settings
                .extra_grants
                .contains(&ExtraGrant::ClientCredentials);
        Self {
            secret: secret.to_owned(),
            curl: acts.then(|| {
                format!(
                    "curl \"{origin}/oauth/token\" --user \"{}:{secret}\" --data \"grant_type=client_credentials\"",
                    client.id
                )
            }),
        }
    }
}

/// `GET /console/oauth/{id}/shown`: takes the secret out of the session, so that a second look finds nothing.
pub(in crate::console) async fn show(
    visitor: Visitor,
    method: Method,
    origin: Origin,
    Path(id): Path<String>,
) -> PageResult {
    visitor.require(Action::ReadOAuthClientInFull)?;
    let client = oauth_clients::read(&visitor.context, &id)?.client;
    // The answer to HEAD has no body: taking the secret for it would lose it.
    let secret = if method == Method::GET {
        oauth_clients::show_new(&visitor.context, &client.id)
    } else {
        None
    };
    let secret = secret.map(|secret| ShownSecret::new(&secret, &client, origin.as_str()));
    visitor.show(&OAuthClientShownPage {
        shell: Shell::new(&visitor, Section::OAuth, "Your new OAuth client"),
        client: OAuthClientRow::new(client, visitor.context.now),
        secret,
    })
}
