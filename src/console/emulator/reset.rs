//! Back to the state after the start.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;

use super::Operator;
use crate::api::extract::bad_parameter;
use crate::console::flash::Flash;
use crate::console::form::OpenForm;
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::ops::states::{self, ResetTo};
use crate::ops::tenancy::Tenants;

/// The page.
#[derive(Debug, Template)]
#[template(path = "emulator_reset.html")]
pub(in crate::console) struct ResetPage {
    pub(in crate::console) shell: Shell,
    /// Whether there are other tenants.
    pub(in crate::console) are_several: bool,
}

/// `GET /_mock/emulator/reset`.
pub(in crate::console) async fn show(State(tenants): State<Arc<Tenants>>, operator: Operator) -> PageResult {
    operator.show(&ResetPage {
        shell: operator.shell(Section::Reset, "Reset"),
        are_several: tenants.are_several(),
    })
}

/// Does what the button says that was pressed: `seed`, `empty` or `all`.
pub(in crate::console) async fn reset(
    State(tenants): State<Arc<Tenants>>,
    operator: Operator,
    OpenForm(form): OpenForm,
) -> PageResult {
    let flash = match form.get("do") {
        Some("seed") => {
            states::reset(&operator.tenant, ResetTo::Seed);
            Flash::TenantReset
        }
        Some("empty") => {
            states::reset(&operator.tenant, ResetTo::Empty);
            Flash::TenantReset
        }
        Some("all") => {
            for tenant in tenants.list() {
                states::reset(&tenant, ResetTo::Seed);
            }
            Flash::TenantsReset
        }
        _ => return Err(bad_parameter("do", "Must be `seed`, `empty` or `all`.")),
    };
    Ok(operator.done(flash, "/reset"))
}
