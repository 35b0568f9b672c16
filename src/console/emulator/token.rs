//! Where the control token is typed, if the emulator was started with one.

use askama::Template;
use axum::Extension;
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect};

use super::{Operator, PATH};
use crate::api::control_access::ControlAccess;
use crate::api::error::ApiError;
use crate::api::extract::{Origin, Parameters};
use crate::console::form::{Field, OpenForm};
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};

/// The page.
#[derive(Debug, Template)]
#[template(path = "emulator_token.html")]
pub(in crate::console) struct TokenPage {
    pub(in crate::console) shell: Shell,
    /// Where to go on.
    pub(in crate::console) return_to: String,
    /// What was typed is never shown again, only what is wrong with it.
    pub(in crate::console) token: Field,
}

impl TokenPage {
    fn new(operator: &Operator, parameters: &Parameters) -> Self {
        let asked = parameters.get("returnto").unwrap_or(PATH);
        let own =
            asked.starts_with(PATH) && asked.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        Self {
            shell: operator.shell(Section::None, "Control token"),
            return_to: if own { asked } else { PATH }.to_owned(),
            token: Field::default(),
        }
    }
}

/// `GET /_mock/emulator/token`.
pub(in crate::console) async fn ask(operator: Operator, parameters: Parameters) -> PageResult {
    operator.show(&TokenPage::new(&operator, &parameters))
}

/// Lets a browser in for as long as it runs.
pub(in crate::console) async fn enter(
    operator: Operator,
    Extension(access): Extension<ControlAccess>,
    origin: Origin,
    OpenForm(form): OpenForm,
) -> PageResult {
    let mut page = TokenPage::new(&operator, &form);
    let Some(cookie) = access.cookie(form.get("token").unwrap_or_default(), &origin) else {
        page.token
            .refuse("This is not the token that the emulator was started with.");
        return operator.show_with(ApiError::control_token().status(), &page);
    };
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&page.return_to)).into_response())
}
