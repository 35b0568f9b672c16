//! `/api/v1/oauth-tokens`.

use axum::extract::Path;
use axum::http::Uri;
use axum::response::Response;
use serde::Serialize;

use super::error::ApiError;
use super::extract::{Authenticated, Origin, Parameters};
use super::links::PageLinks;
use super::no_content;
use crate::api::json::Json;
use crate::domain::clock::wire;
use crate::domain::document;
use crate::domain::ids::{OAuthClientId, OAuthTokenId, TenantId, UserId};
use crate::domain::page::{Cursor, Direction, PageError, Position, Sort, Start};
use crate::ops::oauth::tokens::{self, ListTokens, TokenView};

/// `oauth-token` of the contract; `clientId` as a published example has it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenResource {
    id: OAuthTokenId,
    tenant_id: TenantId,
    client_id: OAuthClientId,
    user_id: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_type: Option<String>,
    last_used: String,
}

impl From<TokenView> for TokenResource {
    fn from(token: TokenView) -> Self {
        Self {
            id: token.id,
            tenant_id: token.tenant_id,
            client_id: token.client_id,
            user_id: token.user_id,
            description: token.description,
            device_type: token.device_type,
            last_used: wire(token.last_used),
        }
    }
}

/// `oauth-token-page` of the contract.
#[derive(Debug, Serialize)]
pub struct TokenPageResource {
    data: Vec<TokenResource>,
    links: PageLinks,
}

/// The only order that the contract has.
const SORT: Sort<()> = Sort {
    field: (),
    name: "userId",
    direction: Direction::Ascending,
};

/// What a value of `page` begins with: whether the page ends before the position or begins after it.
const BEFORE: &str = "p";
const AFTER: &str = "n";

/// `GET /api/v1/oauth-tokens`.
pub async fn list(
    Authenticated(context): Authenticated,
    origin: Origin,
    uri: Uri,
    parameters: Parameters,
) -> Result<Json<TokenPageResource>, ApiError> {
    let sort = parameters.sort(&[("userId", ())], SORT)?;
    let query = ListTokens {
        user_id: parameters.text("userId"),
        direction: sort.direction,
        limit: parameters.limit()?,
        start: parameters
            .kind("page", |page| start(page, &sort).map_err(document::sentence))?
            .unwrap_or(Start::First),
    };
    let page = tokens::list(&context, &query)?;
    let link =
        |prefix: &str, position: Position<'_>| ("page", format!("{prefix}{}", Cursor::new(&sort, position)));
    let links = PageLinks::new(
        &origin,
        &uri,
        &parameters,
        query.limit,
        page.next.map(|position| link(AFTER, position)),
        page.previous.map(|position| link(BEFORE, position)),
    );
    Ok(Json(TokenPageResource {
        data: page.tokens.into_iter().map(Into::into).collect(),
        links,
    }))
}

fn start(page: &str, sort: &Sort<()>) -> Result<Start<'static>, PageError> {
    let (cursor, start): (_, fn(Position<'static>) -> Start<'static>) = match page.split_at_checked(1) {
        Some((AFTER, cursor)) => (cursor, Start::After),
        Some((BEFORE, cursor)) => (cursor, Start::Before),
        _ => return Err(PageError::Cursor),
    };
    Cursor::decode(cursor)?.position_in(sort).map(start)
}

/// `DELETE /api/v1/oauth-tokens/{tokenId}`.
pub async fn revoke(
    Authenticated(context): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    tokens::revoke(&context, &id)?;
    Ok(no_content())
}
