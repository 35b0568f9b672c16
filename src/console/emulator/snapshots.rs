//! States under names: saved, restored, deleted.

use askama::Template;
use axum::extract::Path;
use axum::response::{Redirect, Response};

use super::Operator;
use crate::api::error::ApiError;
use crate::api::extract::TENANT_PARAMETER;
use crate::console::flash::Flash;
use crate::console::form::{Field, OpenForm, Unfit};
use crate::console::moment::Moment;
use crate::console::page::PageResult;
use crate::console::pager::link;
use crate::console::shell::{Section, Shell};
use crate::ops::states;

/// The page.
#[derive(Debug, Template)]
#[template(path = "emulator_snapshots.html")]
pub(in crate::console) struct SnapshotsPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) rows: Vec<SnapshotRow>,
    /// The form that saves one.
    pub(in crate::console) name: Field,
}

/// A snapshot in the list.
#[derive(Clone, Debug)]
pub(in crate::console) struct SnapshotRow {
    pub(in crate::console) name: String,
    pub(in crate::console) saved: Moment,
    pub(in crate::console) users: usize,
    pub(in crate::console) keys: usize,
    /// Where it is written down as a seed.
    pub(in crate::console) seed: String,
    /// Where the forms are sent that put it back and forget it.
    pub(in crate::console) restore: String,
    pub(in crate::console) delete: String,
}

impl SnapshotsPage {
    fn new(operator: &Operator, name: Field) -> Self {
        let now = operator.tenant.clock().now();
        let tenant = operator.asked.as_deref().unwrap_or_default();
        let row = |snapshot: states::SnapshotSummary| SnapshotRow {
            saved: Moment::new(snapshot.saved_at, now),
            users: snapshot.users,
            keys: snapshot.api_keys,
            seed: link(
                &format!("/_mock/snapshots/{}", snapshot.name),
                &[(TENANT_PARAMETER, tenant)],
            ),
            restore: operator.link(&format!("/snapshots/{}/restore", snapshot.name)),
            delete: operator.link(&format!("/snapshots/{}/delete", snapshot.name)),
            name: snapshot.name,
        };
        Self {
            shell: operator.shell(Section::Snapshots, "Snapshots"),
            rows: states::list(&operator.tenant).into_iter().map(row).collect(),
            name,
        }
    }
}

/// `GET /_mock/emulator/snapshots`.
pub(in crate::console) async fn show(operator: Operator) -> PageResult {
    operator.show(&SnapshotsPage::new(&operator, Field::default()))
}

/// `GET` of a path that only takes forms.
pub(in crate::console) async fn back(operator: Operator) -> Redirect {
    operator.back("/snapshots")
}

/// Keeps the present state.
pub(in crate::console) async fn save(operator: Operator, OpenForm(form): OpenForm) -> PageResult {
    let name = Field::of(&form, "name");
    let Err(error) = states::save(&operator.tenant, name.value.trim()) else {
        return Ok(operator.done(Flash::SnapshotSaved, "/snapshots"));
    };
    let unfit = Unfit::from(error, &mut [])?;
    let mut page = SnapshotsPage::new(&operator, name);
    page.name.refuse(unfit.sentences.join(" "));
    operator.show_with(unfit.status, &page)
}

/// Puts a state back.
pub(in crate::console) async fn restore(
    operator: Operator,
    Path(name): Path<String>,
    _: OpenForm,
) -> Result<Response, ApiError> {
    states::restore(&operator.tenant, &name)?;
    Ok(operator.done(Flash::SnapshotRestored, "/snapshots"))
}

/// Forgets a state.
pub(in crate::console) async fn delete(
    operator: Operator,
    Path(name): Path<String>,
    _: OpenForm,
) -> Result<Response, ApiError> {
    states::forget(&operator.tenant, &name)?;
    Ok(operator.done(Flash::SnapshotDeleted, "/snapshots"))
}
