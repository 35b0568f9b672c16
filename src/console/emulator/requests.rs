//! What the tenant was asked. Where scripts run, what comes is shown at once.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};

use super::{Operator, known_operation};
use crate::api::extract::{Parameters, TENANT_PARAMETER};
use crate::console::flash::Flash;
use crate::console::form::{Field, OpenForm, Unfit};
use crate::console::moment::Moment;
use crate::console::page::PageResult;
use crate::console::pager::link;
use crate::console::shell::{Section, Shell};
use crate::domain::journal::{Body, Entry, Headers, Query};
use crate::domain::request_pattern::METHODS;
use crate::ops::journal::{self, Found};

/// The page.
#[derive(Debug, Template)]
#[template(path = "emulator_requests.html")]
pub(in crate::console) struct RequestsPage {
    pub(in crate::console) shell: Shell,
    pub(in crate::console) filter: Filter,
    /// What belongs to no field of the filter.
    pub(in crate::console) problems: Vec<String>,
    /// The newest first.
    pub(in crate::console) rows: Vec<RequestRow>,
    /// How many requests had to make room for others.
    pub(in crate::console) dropped: u64,
    /// Where a script hears of what comes; nowhere if the filter is faulty.
    pub(in crate::console) stream: Option<String>,
}

/// Which requests are shown.
#[derive(Clone, Debug, Default)]
pub(in crate::console) struct Filter {
    pub(in crate::console) method: Field,
    pub(in crate::console) path: Field,
    pub(in crate::console) operation: Field,
    pub(in crate::console) status: Field,
    pub(in crate::console) sender: Field,
}

impl Filter {
    fn of(parameters: &Parameters) -> Self {
        let mut filter = Self::default();
        for (name, field) in filter.fields() {
            *field = Field::of(parameters, name.trim_start_matches('/'));
        }
        filter
    }

    /// The fields, each with the pointer under which the journal names it.
    fn fields(&mut self) -> [(&'static str, &mut Field); 5] {
        [
            ("/method", &mut self.method),
            ("/path", &mut self.path),
            ("/operation", &mut self.operation),
            ("/status", &mut self.status),
            ("/caller", &mut self.sender),
        ]
    }

    /// What is filled in, by name.
    fn filled(&self) -> Vec<(&'static str, &str)> {
        let fields = [
            ("method", &self.method),
            ("path", &self.path),
            ("operation", &self.operation),
            ("status", &self.status),
            ("caller", &self.sender),
        ];
        let filled = fields.into_iter().filter(|(_, field)| !field.is_empty());
        filled.map(|(name, field)| (name, field.value.trim())).collect()
    }
}

/// A request in the list.
#[derive(Clone, Debug)]
pub(in crate::console) struct RequestRow {
    pub(in crate::console) sequence: u64,
    pub(in crate::console) at: Moment,
    pub(in crate::console) method: String,
    /// With the query.
    pub(in crate::console) address: String,
    pub(in crate::console) operation: Option<&'static str>,
    /// None if a fault cut the connection.
    pub(in crate::console) status: Option<u16>,
    pub(in crate::console) refusal: Option<&'static str>,
    /// Whose id or subject it came with.
    pub(in crate::console) sender: Option<String>,
    pub(in crate::console) milliseconds: String,
    /// The faults that struck it.
    pub(in crate::console) faults: String,
    /// Headers and body of the request.
    pub(in crate::console) request: String,
    /// Headers and body of the answer.
    pub(in crate::console) response: String,
}

impl RequestRow {
    fn new(entry: &Entry) -> Self {
        let query = entry.query.as_deref().map(|query| format!("?{query}"));
        let faults: Vec<_> = entry.faults.iter().map(ToString::to_string).collect();
        Self {
            sequence: entry.sequence,
            at: Moment::new(entry.at, entry.at),
            method: entry.method.to_string(),
            address: format!("{}{}", entry.path, query.unwrap_or_default()),
            operation: entry.operation,
            status: entry.status,
            refusal: entry.refusal,
            sender: entry.caller.as_ref().map(|caller| caller.subject().to_owned()),
            milliseconds: format!("{:.1} ms", entry.duration_microseconds as f64 / 1000.0),
            faults: faults.join(", "),
            request: message(&entry.request_headers, &entry.request_body),
            response: message(&entry.response_headers, &entry.response_body),
        }
    }

    /// How the status is coloured.
    pub(in crate::console) fn mark(&self) -> &'static str {
        match self.status.map(|status| status / 100) {
            Some(2 | 3) => "chip-ok",
            Some(4) => "chip-warn",
            _ => "chip-danger",
        }
    }
}

/// Headers and body as they would stand in a message.
fn message(headers: &Headers, body: &Body) -> String {
    let mut lines: Vec<_> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    match (body.text(), body.size()) {
        (Some(text), _) => {
            let more = if body.is_truncated() { "…" } else { "" };
            lines.push(format!("\n{text}{more}"));
        }
        (None, 0) => {}
        (None, size) => lines.push(format!("\n({size} bytes)")),
    }
    lines.join("\n")
}

impl RequestsPage {
    /// The choices of the field Method.
    pub(in crate::console) fn methods(&self) -> &'static [&'static str] {
        &METHODS
    }

    /// Whether not all requests are shown.
    pub(in crate::console) fn is_narrowed(&self) -> bool {
        !self.filter.filled().is_empty()
    }
}

/// `GET /_mock/emulator/requests`: `method`, `path`, `operation`, `status`, `caller`.
pub(in crate::console) async fn show(operator: Operator, parameters: Parameters) -> PageResult {
    let mut filter = Filter::of(&parameters);
    let members: Map<_, _> = filter
        .filled()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let (found, status, problems) = match Query::read(&Value::Object(members), &known_operation) {
        Ok(query) => (
            journal::find(&operator.tenant, &query),
            StatusCode::OK,
            Vec::new(),
        ),
        Err(error) => {
            let unfit = Unfit::from(error, &mut filter.fields())?;
            (Found::default(), unfit.status, unfit.sentences)
        }
    };
    let tenant = parameters.get(TENANT_PARAMETER).unwrap_or_default();
    let heard: Vec<_> = filter
        .filled()
        .into_iter()
        .chain([(TENANT_PARAMETER, tenant)])
        .collect();
    let page = RequestsPage {
        shell: operator.shell(Section::Requests, "Requests"),
        problems,
        rows: found
            .entries
            .iter()
            .rev()
            .map(|entry| RequestRow::new(entry))
            .collect(),
        dropped: found.dropped,
        stream: (status == StatusCode::OK).then(|| link("/_mock/requests/stream", &heard)),
        filter,
    };
    operator.show_with(status, &page)
}

/// Forgets all requests.
pub(in crate::console) async fn forget(operator: Operator, _: OpenForm) -> Response {
    journal::clear(&operator.tenant);
    operator.done(Flash::RequestsForgotten, "/requests")
}
