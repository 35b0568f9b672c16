//! What is to go wrong: seen with its hits, added, taken out.

use askama::Template;
use axum::extract::Path;
use axum::response::{Redirect, Response};
use serde_json::{Map, Value};

use super::{Operator, known_operation};
use crate::api::error::ApiError;
use crate::api::extract::Parameters;
use crate::console::flash::Flash;
use crate::console::form::{Field, OpenForm, Unfit};
use crate::console::page::PageResult;
use crate::console::shell::{Section, Shell};
use crate::domain::clock::Timestamp;
use crate::domain::error::{DomainError, Resource};
use crate::domain::fault::{Effect, Fault, FaultId, FaultRule};
use crate::domain::request_pattern::METHODS;
use crate::ops::faults;

/// The page.
#[derive(Debug, Template)]
#[template(path = "emulator_faults.html")]
pub(in crate::console) struct FaultsPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) rows: Vec<FaultRow>,
    pub(in crate::console) fields: Vec<FaultField>,
    pub(in crate::console) problems: Vec<String>,
}

/// A fault in the list. Each part is a list of names and values, as the control API has them.
#[derive(Clone, Debug)]
pub(in crate::console) struct FaultRow {
    pub(in crate::console) id: String,
    pub(in crate::console) state: &'static str,
    /// Which requests it is about.
    pub(in crate::console) target: Vec<(&'static str, String)>,
    /// What happens to them.
    pub(in crate::console) effect: Vec<(&'static str, String)>,
    /// Which of them it strikes.
    pub(in crate::console) schedule: Vec<(&'static str, String)>,
    pub(in crate::console) matches: u64,
    pub(in crate::console) hits: u64,
    /// Where the form is sent that takes it out.
    pub(in crate::console) remove: String,
}

impl FaultRow {
    fn new(operator: &Operator, fault: &Fault, now: Timestamp) -> Self {
        let rule = fault.rule().to_json();
        let part = |names: &[&'static str]| {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            names
                .iter()
                .filter_map(|name| Some((*name, text(rule.get(*name)?))))
                .collect()
        };
        Self {
            id: fault.id().to_string(),
            state: fault.state(now).as_str(),
            target: part(&["operation", "method", "path", "user", "apiKey"]),
            effect: part(&[
                "status",
                "code",
                "title",
                "detail",
                "retryAfter",
                "fault",
                "latency",
            ]),
            schedule: part(&["after", "every", "probability", "times", "ttl"]),
            matches: fault.matches(),
            hits: fault.hits(),
            remove: operator.link(&format!("/faults/{}/remove", fault.id())),
        }
    }

    pub(in crate::console) fn is_active(&self) -> bool {
        self.state == "active"
    }
}

/// A field of the form that adds a fault: a member of its rule.
#[derive(Clone, Debug)]
pub(in crate::console) struct FaultField {
    pub(in crate::console) name: &'static str,
    /// Where the rule says what is wrong with it.
    pointer: &'static str,
    pub(in crate::console) label: &'static str,
    pub(in crate::console) example: &'static str,
    /// What can be chosen; nothing where it is typed.
    pub(in crate::console) choices: Vec<&'static str>,
    pub(in crate::console) field: Field,
}

/// Pointer, label and example of each.
const FIELDS: [(&str, &str, &str); 10] = [
    ("/operation", "Operation", "createApiKey"),
    ("/method", "Method", ""),
    ("/path", "Path", "/api/v1/users/**"),
    ("/status", "Error status", "503"),
    ("/retryAfter", "Retry after, in seconds", "2"),
    ("/fault", "Connection or body", ""),
    ("/latency", "Latency", "PT0.5S"),
    ("/after", "Let pass first", "0"),
    ("/times", "At most so often", "1"),
    ("/ttl", "For so long", "PT5M"),
];

impl FaultField {
    /// The form with what was typed.
    pub(in crate::console) fn all(values: &Parameters) -> Vec<Self> {
        FIELDS
            .into_iter()
            .map(|(pointer, label, example)| {
                let name = pointer.trim_start_matches('/');
                Self {
                    name,
                    pointer,
                    label,
                    example,
                    choices: match name {
                        "method" => METHODS.to_vec(),
                        "fault" => Effect::names().collect(),
                        _ => Vec::new(),
                    },
                    field: Field::of(values, name),
                }
            })
            .collect()
    }

    /// The value as a rule has it: what looks like a number is one.
    fn value(&self) -> Option<Value> {
        let text = self.field.value.trim();
        let number = || text.parse::<u64>().ok().map(Value::from);
        (!text.is_empty()).then(|| number().unwrap_or_else(|| text.into()))
    }
}

impl FaultsPage {
    fn new(operator: &Operator, values: &Parameters) -> Self {
        let now = operator.tenant.clock().now();
        Self {
            shell: operator.shell(Section::Faults, "Faults"),
            rows: faults::list(&operator.tenant)
                .iter()
                .map(|fault| FaultRow::new(operator, fault, now))
                .collect(),
            fields: FaultField::all(values),
            problems: Vec::new(),
        }
    }
}

/// `GET /_mock/emulator/faults`.
pub(in crate::console) async fn show(operator: Operator) -> PageResult {
    operator.show(&FaultsPage::new(&operator, &Parameters::default()))
}

/// `GET` of a path that only takes forms.
pub(in crate::console) async fn back(operator: Operator) -> Redirect {
    operator.back("/faults")
}

/// Adds a fault.
pub(in crate::console) async fn add(operator: Operator, OpenForm(form): OpenForm) -> PageResult {
    let mut page = FaultsPage::new(&operator, &form);
    let rule: Map<_, _> = page
        .fields
        .iter()
        .filter_map(|field| Some((field.name.to_owned(), field.value()?)))
        .collect();
    let added = FaultRule::read(&Value::Object(rule), &known_operation)
        .and_then(|rule| faults::add(&operator.tenant, rule));
    let Err(error) = added else {
        return Ok(operator.done(Flash::FaultAdded, "/faults"));
    };
    let fields = page.fields.iter_mut();
    let mut fields: Vec<_> = fields.map(|field| (field.pointer, &mut field.field)).collect();
    let unfit = Unfit::from(error, &mut fields)?;
    page.problems = unfit.sentences;
    operator.show_with(unfit.status, &page)
}

/// Takes a fault out.
pub(in crate::console) async fn remove(
    operator: Operator,
    Path(id): Path<String>,
    _: OpenForm,
) -> Result<Response, ApiError> {
    let id = FaultId::parse(&id).ok_or(DomainError::NotFound(Resource::Fault))?;
    faults::remove(&operator.tenant, id)?;
    Ok(operator.done(Flash::FaultRemoved, "/faults"))
}

/// Takes all faults out.
pub(in crate::console) async fn clear(operator: Operator, _: OpenForm) -> Response {
    faults::clear(&operator.tenant);
    operator.done(Flash::FaultsRemoved, "/faults")
}
