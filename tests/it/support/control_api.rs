//! Holds requests to the control API and its answers against `docs/control.openapi.json`.
//!
//! The document is the emulator's own, so it is held against more strictly than the published contract: an accepted
//! request may have no parameter that the document does not name.

use std::sync::LazyLock;

use axum::http::{HeaderMap, Method};
use serde_json::Value;

use super::contract::{self, Document, elements, members};

/// Where the control API begins.
pub(crate) const PREFIX: &str = "/_mock/";

static CONTROL_API: LazyLock<ControlApi> = LazyLock::new(ControlApi::read);

/// The document, and which of its paths a request means.
pub(crate) struct ControlApi {
    document: Document,
    paths: matchit::Router<Value>,
}

/// One request with its answer.
pub(crate) struct Exchange<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) request_body: Option<Value>,
    pub(crate) status: u16,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl ControlApi {
    /// The document, read once a process.
    pub(crate) fn load() -> &'static Self {
        &CONTROL_API
    }

    fn read() -> Self {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/control.openapi.json");
        let raw: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let mut paths = matchit::Router::new();
        for (path, _) in members(&raw["paths"]) {
            paths.insert(path, Value::from(path.as_str())).unwrap();
        }
        let document = Document::of_openapi_3_1(raw);
        Self { document, paths }
    }

    /// Every operation: method in capital letters, path, and what the document says of it.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (String, &str, &Value)> {
        members(&self.document.value()["paths"]).flat_map(|(path, item)| {
            members(item).map(move |(method, operation)| (method.to_uppercase(), path.as_str(), operation))
        })
    }

    /// The documented path that a request means.
    pub(crate) fn template(&self, path: &str) -> Option<&str> {
        self.paths.at(path).ok()?.value.as_str()
    }

    /// A sentence about each example of the document that its own schema does not allow.
    pub(crate) fn wrong_examples(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        self.look_for_examples(self.document.value(), "", &mut wrong);
        wrong
    }

    fn look_for_examples(&self, value: &Value, at: &str, wrong: &mut Vec<String>) {
        if let Some(schema) = value.get("schema") {
            let one = value.get("example");
            let several = members(&value["examples"]).filter_map(|(_, example)| example.get("value"));
            for example in one.into_iter().chain(several) {
                let checked = self.document.check_json(schema, example.to_string().as_bytes());
                wrong.extend(checked.err().map(|problem| format!("{at}: {problem}")));
            }
        }
        for (name, member) in members(value) {
            self.look_for_examples(member, &format!("{at}/{name}"), wrong);
        }
        for (index, element) in elements(value).enumerate() {
            self.look_for_examples(element, &format!("{at}/{index}"), wrong);
        }
    }

    /// Holds a request and its answer against the document.
    ///
    /// # Errors
    ///
    /// A sentence for what the document does not allow.
    pub(crate) fn check(&self, exchange: &Exchange<'_>) -> Result<(), String> {
        let name = exchange.method.as_str();
        let Some(path) = self.template(exchange.path) else {
            return match exchange.status {
                401 | 403 | 404 => Ok(()),
                _ => Err("the path is not documented".to_owned()),
            };
        };
        let item = &self.document.value()["paths"][path];
        let Some(published) = item.get(name.to_ascii_lowercase()) else {
            return match exchange.status {
                405 => Ok(()),
                _ => Err(format!("{name} {path} is not documented")),
            };
        };
        contract::check_published_answer(
            &self.document,
            published,
            &contract::Answer {
                status: exchange.status,
                content_type: exchange
                    .headers
                    .get("content-type")
                    .and_then(|value| value.to_str().ok()),
                headers: exchange.headers,
                body: exchange.body,
            },
        )?;
        if !(200..300).contains(&exchange.status) {
            return Ok(());
        }
        for (sent, _) in &exchange.query {
            let named = elements(&published["parameters"]).any(|parameter| {
                let parameter = self.document.resolve(parameter).unwrap();
                parameter["in"] == "query" && parameter["name"] == *sent
            });
            if !named {
                return Err(format!("the query parameter `{sent}` is not documented"));
            }
        }
        contract::check_query(&self.document, published, &exchange.query)?;
        contract::check_request_body(&self.document, published, exchange.request_body.as_ref())
    }
}
