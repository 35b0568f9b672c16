//! The tenants of the process: seen, created, deleted.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};

use super::{Operator, PATH};
use crate::api::error::ApiError;
use crate::api::extract::{Origin, Parameters, TENANT_PARAMETER};
use crate::console::flash::Flash;
use crate::console::form::{Field, OpenForm, Unfit};
use crate::console::page::PageResult;
use crate::console::pager::link;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::done;
use crate::domain::error::{DomainError, Fault, Resource};
use crate::domain::ids::TenantName;
use crate::domain::settings::Edition;
use crate::ops::TenantHandle;
use crate::ops::tenancy::{CreatedTenant, KeyHolder, NewTenant, Tenants};
use crate::seeds::{Seed, Shipped};

/// The seed that the form offers first: keys are switched on in it, and it has a developer.
const USUAL_SEED: &str = "ready";

/// The page.
#[derive(Debug, Template)]
#[template(path = "emulator_tenants.html")]
pub(in crate::console) struct TenantsPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) rows: Vec<TenantRow>,
    pub(in crate::console) name: Field,
    pub(in crate::console) seed: String,
    pub(in crate::console) edition: String,
    pub(in crate::console) problems: Vec<String>,
}

/// A tenant in the list.
#[derive(Clone, Debug)]
pub(in crate::console) struct TenantRow {
    pub(in crate::console) name: String,
    pub(in crate::console) id: String,
    pub(in crate::console) edition: &'static str,
    pub(in crate::console) users: usize,
    pub(in crate::console) keys: usize,
    /// Where it is.
    pub(in crate::console) url: String,
    /// Where its clock is.
    pub(in crate::console) steer: String,
    /// Where it is deleted.
    pub(in crate::console) delete: String,
    /// Whether it is the one that stays.
    pub(in crate::console) is_default: bool,
}

impl TenantRow {
    fn new(operator: &Operator, tenant: &TenantHandle, origin: &Origin) -> Self {
        let state = tenant.read();
        let name = tenant.name();
        Self {
            id: state.id().to_string(),
            edition: state.edition().as_str(),
            users: state.users().total(),
            keys: state.api_keys().total(),
            url: format!("{}://{name}.localhost{}/", origin.scheme(), origin.port()),
            steer: link(&format!("{PATH}/clock"), &[(TENANT_PARAMETER, name.as_str())]),
            delete: operator.link(&format!("/tenants/{name}/delete")),
            is_default: *name == TenantName::of_the_default(),
            name: name.to_string(),
        }
    }
}

impl TenantsPage {
    fn new(operator: &Operator, tenants: &Tenants, origin: &Origin, form: &Parameters) -> Self {
        let list = tenants.list();
        Self {
            shell: operator.shell(Section::Tenants, "Tenants"),
            rows: list
                .iter()
                .map(|tenant| TenantRow::new(operator, tenant, origin))
                .collect(),
            name: Field::of(form, "name"),
            seed: form.text("seed").unwrap_or_else(|| USUAL_SEED.to_owned()),
            edition: form.text("edition").unwrap_or_default(),
            problems: Vec::new(),
        }
    }

    /// The choices of the field Seed.
    pub(in crate::console) fn seeds(&self) -> impl Iterator<Item = &'static str> {
        Shipped::NAMES.into_iter().map(|(name, _)| name)
    }

    /// The choices of the field Edition, beside that of the seed.
    pub(in crate::console) fn editions(&self) -> [&'static str; 2] {
        Edition::WORDS.map(|(word, _)| word)
    }
}

/// `GET /_mock/emulator/tenants`.
pub(in crate::console) async fn show(
    State(tenants): State<Arc<Tenants>>,
    operator: Operator,
    origin: Origin,
) -> PageResult {
    operator.show(&TenantsPage::new(
        &operator,
        &tenants,
        &origin,
        &Parameters::default(),
    ))
}

/// The tenant that was just created, with its keys.
#[derive(Template)]
#[template(path = "emulator_tenant_created.html")]
pub(in crate::console) struct TenantCreatedPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) tenant: TenantRow,
    pub(in crate::console) keys: Vec<NewKey>,
}

/// A key that is shown this once.
pub(in crate::console) struct NewKey {
    /// What its owner is.
    pub(in crate::console) label: &'static str,
    /// For the page.
    pub(in crate::console) handle: &'static str,
    pub(in crate::console) owner: String,
    pub(in crate::console) token: String,
}

impl NewKey {
    fn new(label: &'static str, handle: &'static str, holder: &KeyHolder) -> Self {
        let user = &holder.user;
        Self {
            label,
            handle,
            owner: user.email.clone().unwrap_or_else(|| user.subject.clone()),
            token: holder.key.token.reveal().to_owned(),
        }
    }
}

/// Creates a tenant. The answer is the page itself, because the keys are kept nowhere that another page could show
/// them from.
pub(in crate::console) async fn create(
    State(tenants): State<Arc<Tenants>>,
    operator: Operator,
    origin: Origin,
    OpenForm(form): OpenForm,
) -> PageResult {
    let mut page = TenantsPage::new(&operator, &tenants, &origin, &form);
    match wish(&page).and_then(|wish| tenants.create(wish)) {
        Ok(CreatedTenant {
            handle,
            admin,
            developer,
        }) => {
            let keys = [
                ("Key of a tenant admin", "admin-key", admin),
                ("Key of a developer", "developer-key", developer),
            ];
            let keys = keys.iter().filter_map(|(label, handle, holder)| {
                holder.as_ref().map(|holder| NewKey::new(label, handle, holder))
            });
            operator.show(&TenantCreatedPage {
                shell: operator.shell(Section::Tenants, "Tenant created"),
                tenant: TenantRow::new(&operator, &handle, &origin),
                keys: keys.collect(),
            })
        }
        Err(error) => {
            let unfit = Unfit::from(error, &mut [("/name", &mut page.name)])?;
            page.problems = unfit.sentences;
            operator.show_with(unfit.status, &page)
        }
    }
}

fn wish(page: &TenantsPage) -> Result<NewTenant, DomainError> {
    let name = page.name.value.trim();
    let parsed = TenantName::parse(name);
    if parsed.is_none() && !name.is_empty() {
        return Err(DomainError::invalid(Fault::at("/name", TenantName::RULE)));
    }
    let seed = Seed::shipped(&page.seed).and_then(|seed| seed.document().ok());
    let seed = seed.ok_or_else(|| DomainError::invalid(Fault::of_request("Choose a seed of the list.")))?;
    let edition = Edition::WORDS.iter().find(|(word, _)| *word == page.edition);
    Ok(NewTenant {
        name: parsed,
        seed,
        edition: edition.map(|(_, edition)| *edition),
    })
}

/// The dialog that asks before a tenant is deleted.
#[derive(Debug, Template)]
#[template(path = "emulator_tenant_delete.html")]
pub(in crate::console) struct TenantDeletePage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) tenant: TenantRow,
}

/// `GET /_mock/emulator/tenants/{name}/delete`.
pub(in crate::console) async fn ask_delete(
    State(tenants): State<Arc<Tenants>>,
    operator: Operator,
    origin: Origin,
    Path(name): Path<String>,
) -> PageResult {
    let tenant = tenants
        .named(&name)
        .ok_or(DomainError::NotFound(Resource::Tenant))?;
    operator.show(&TenantDeletePage {
        shell: operator.shell(Section::Tenants, "Delete tenant"),
        tenant: TenantRow::new(&operator, &tenant, &origin),
    })
}

/// Deletes a tenant.
pub(in crate::console) async fn delete(
    State(tenants): State<Arc<Tenants>>,
    operator: Operator,
    Path(name): Path<String>,
    _: OpenForm,
) -> PageResult {
    tenants.delete(&name).map_err(ApiError::from)?;
    let deletes_itself = operator.tenant.name().as_str() == name;
    Ok(if deletes_itself {
        // Its own pages are gone.
        done(Flash::TenantDeleted, &format!("{PATH}/tenants"))
    } else {
        operator.done(Flash::TenantDeleted, "/tenants")
    })
}
