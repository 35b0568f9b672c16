//! Holds requests and answers against the published contract in `fixtures/contract/`.
//!
//! An answer passes if its status is published for the operation (or covered by `default`), its media type
//! and headers are the published ones, its body is valid against the schema of the edition, and no object in
//! it has a member that the schema does not know. What the contract gets wrong, and what the emulator decides
//! where the contract is silent, stands with a reason in `tests/it/contract_exceptions.json`.
//!
//! One deviation is general: `oneOf` is read as `anyOf`. Alternatives of the contract overlap (a list of
//! roles that are named by id *and* name is both a `RefIDs` and a `RefNames`), so that "exactly one" would
//! refuse what the contract means.

mod document;
mod exceptions;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use axum::http::HeaderMap;
use mock_qlik_cloud::contract::{self, Operation};
use serde::Deserialize;
use serde_json::Value;

pub(super) use self::document::{Document, elements, members};
use self::exceptions::{Exceptions, StatusException};

/// The edition whose documents count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Edition {
    Classic,
    Current,
}

static CONTRACT: LazyLock<Result<Contract, String>> = LazyLock::new(Contract::read);
static ANSWERS_CHECKED: AtomicU64 = AtomicU64::new(0);
static REQUESTS_CHECKED: AtomicU64 = AtomicU64::new(0);

/// How many answers this process has held against the contract, whatever came of it.
pub(crate) fn answers_checked() -> u64 {
    ANSWERS_CHECKED.load(Ordering::Relaxed)
}

/// How many requests this process has held against the contract, whatever came of it.
pub(crate) fn requests_checked() -> u64 {
    REQUESTS_CHECKED.load(Ordering::Relaxed)
}

/// An answer as a test received it.
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) content_type: Option<&'a str>,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

/// A document is one family in one edition, without one of the amendments if a number is given.
type DocumentKey = (Edition, &'static str, Option<usize>);

/// The contract with its exceptions; documents are read when they are first needed.
pub(crate) struct Contract {
    exceptions: Exceptions,
    documents: Mutex<HashMap<DocumentKey, Arc<Document>>>,
}

impl Contract {
    /// The contract, read once a process.
    ///
    /// # Errors
    ///
    /// The file of exceptions cannot be read or names something that is not in the contract.
    pub(crate) fn load() -> Result<&'static Self, String> {
        CONTRACT.as_ref().map_err(Clone::clone)
    }

    fn read() -> Result<Self, String> {
        let contract = Self {
            exceptions: Exceptions::read()?,
            documents: Mutex::default(),
        };
        contract.exceptions.check()?;
        Ok(contract)
    }

    /// Holds one answer against the contract.
    ///
    /// # Errors
    ///
    /// A sentence for each thing that the contract does not allow, or the reason why nothing could be checked.
    pub(crate) fn check_answer(
        &self,
        edition: Edition,
        operation_id: &str,
        status: u16,
        content_type: Option<&str>,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), String> {
        ANSWERS_CHECKED.fetch_add(1, Ordering::Relaxed);
        let operation = operation(operation_id)?;
        let answer = Answer {
            status,
            content_type,
            headers,
            body,
        };
        let document = self.document((edition, operation.family, None))?;
        let published = check_published_answer(&document, document.operation(operation)?, &answer);
        let exception = self.exceptions.status(operation, status);
        let verdict = match (published, exception) {
            (Err(problem), Some(exception)) => {
                self.excepted_answer(&document, exception, &answer)
                    .map_err(|also| {
                        format!("{problem}\nnor does the exception for status {status} cover it: {also}")
                    })
            }
            (published, _) => published.and_then(|()| {
                self.note_amendments(edition, operation, |document| {
                    check_published_answer(document, document.operation(operation)?, &answer)
                })
            }),
        };
        verdict.map_err(|problem| format!("{operation_id} answered {status}: {problem}"))
    }

    /// Holds one request that was accepted (answered with 2xx) against the contract: the emulator should not
    /// take what the service would refuse. `query` is percent-decoded.
    ///
    /// Parameters that the contract does not know, and empty ones, pass: the service tolerates both. So do
    /// unknown members of the body.
    ///
    /// # Errors
    ///
    /// A sentence for each thing that the contract does not allow, or the reason why nothing could be checked.
    pub(crate) fn check_request(
        &self,
        edition: Edition,
        operation_id: &str,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<(), String> {
        REQUESTS_CHECKED.fetch_add(1, Ordering::Relaxed);
        let operation = operation(operation_id)?;
        let check = |document: &Document| {
            let published = document.operation(operation)?;
            check_query(document, published, query)?;
            check_request_body(document, published, body)
        };
        check(&*self.document((edition, operation.family, None))?)
            .and_then(|()| self.note_amendments(edition, operation, check))
            .map_err(|problem| format!("{operation_id} accepted a request: {problem}"))
    }

    /// The exceptions that nothing in this process has needed so far, one line each.
    pub(crate) fn unused_exceptions(&self) -> Vec<String> {
        self.exceptions.unused()
    }

    fn document(&self, key: DocumentKey) -> Result<Arc<Document>, String> {
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = documents.get(&key) {
            return Ok(Arc::clone(document));
        }
        let (edition, family, left_out) = key;
        let mut raw = document::read(edition, family)?;
        for (_, amendment) in self.exceptions.amendments_of(edition, family, left_out) {
            amendment.apply(&mut raw)?;
        }
        let document = Arc::new(Document::new(raw));
        documents.insert(key, Arc::clone(&document));
        Ok(document)
    }

    /// An amendment was needed if the same check fails without it.
    fn note_amendments(
        &self,
        edition: Edition,
        operation: &'static Operation,
        check: impl Fn(&Document) -> Result<(), String>,
    ) -> Result<(), String> {
        for (number, amendment) in self.exceptions.amendments_of(edition, operation.family, None) {
            if !amendment.used.get() {
                let without = self.document((edition, operation.family, Some(number)))?;
                if check(&without).is_err() {
                    amendment.used.set();
                }
            }
        }
        Ok(())
    }

    fn excepted_answer(
        &self,
        document: &Document,
        exception: &StatusException,
        answer: &Answer<'_>,
    ) -> Result<(), String> {
        for name in &exception.headers {
            check_header(answer.headers, name, &Value::Null)?;
        }
        let family = exception
            .family_envelope
            .then(|| document.errors_schema())
            .flatten();
        check_media_type("application/json", answer.content_type)?;
        match family {
            Some(schema) => document.check_json(schema, answer.body)?,
            None => Document::new(Value::Null).check_json(self.exceptions.edge_envelope(), answer.body)?,
        }
        exception.used.set();
        Ok(())
    }
}

fn operation(id: &str) -> Result<&'static Operation, String> {
    contract::by_id(id).ok_or_else(|| format!("`{id}` is no operation of the contract"))
}

/// Holds an answer against what the document publishes for an operation and the status.
pub(super) fn check_published_answer(
    document: &Document,
    published: &Value,
    answer: &Answer<'_>,
) -> Result<(), String> {
    let responses = &published["responses"];
    let response = match (responses.get(answer.status.to_string()), responses.get("default")) {
        (Some(response), _) | (None, Some(response)) => document.resolve(response)?,
        (None, None) => {
            let statuses: Vec<_> = members(responses).map(|(status, _)| status).collect();
            return Err(format!("the status is not published; these are: {statuses:?}"));
        }
    };
    for (name, header) in members(&response["headers"]) {
        check_header(answer.headers, name, &document.resolve(header)?["schema"])?;
    }
    let content: Vec<_> = members(&response["content"]).collect();
    // The contract gives some 204 answers a media type, which HTTP does not allow.
    if answer.status == 204 || content.is_empty() {
        return match answer.body.len() {
            0 => Ok(()),
            length => Err(format!(
                "no body is published, but there is one of {length} bytes"
            )),
        };
    }
    let mut mismatches = Vec::new();
    for (media_type, body) in content {
        let schema = body.get("schema");
        if schema.is_none() && answer.body.is_empty() {
            return Ok(());
        }
        match check_media_type(media_type, answer.content_type) {
            Err(mismatch) => mismatches.push(mismatch),
            Ok(()) => {
                return match schema {
                    Some(schema) if is_json(media_type) => document.check_json(schema, answer.body),
                    _ => Ok(()),
                };
            }
        }
    }
    Err(mismatches.join("; "))
}

/// Every header that the contract lists for a status has to be there.
fn check_header(headers: &HeaderMap, name: &str, schema: &Value) -> Result<(), String> {
    let value = headers
        .get(name)
        .ok_or_else(|| format!("the header `{name}` is missing"))?;
    let text = value
        .to_str()
        .map_err(|_| format!("the header `{name}` is not readable text"))?;
    if schema["type"] == "integer" && text.parse::<i64>().is_err() {
        return Err(format!(
            "the header `{name}` should be an integer, it is `{text}`"
        ));
    }
    Ok(())
}

fn check_media_type(published: &str, content_type: Option<&str>) -> Result<(), String> {
    let essence = content_type.map(|whole| whole.split(';').next().unwrap_or(whole).trim());
    match essence {
        Some(essence) if published == "*/*" || essence.eq_ignore_ascii_case(published) => Ok(()),
        Some(essence) => Err(format!("the media type should be {published}, it is {essence}")),
        None => Err(format!("the media type should be {published}, there is none")),
    }
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}

pub(super) fn check_query(
    document: &Document,
    published: &Value,
    query: &[(String, String)],
) -> Result<(), String> {
    for parameter in elements(&published["parameters"]) {
        let parameter = document.resolve(parameter)?;
        if parameter["in"] != "query" {
            continue;
        }
        let name = parameter["name"].as_str().unwrap_or_default();
        let mut sent = query
            .iter()
            .filter(|(key, value)| key == name && !value.is_empty())
            .peekable();
        if parameter["required"] == true && sent.peek().is_none() {
            return Err(format!("the query parameter `{name}` is required"));
        }
        for (_, text) in sent {
            let value = document.query_value(parameter, text)?;
            document
                .validate(&parameter["schema"], &value)
                .map_err(|problem| format!("the query parameter `{name}` is `{text}`: {problem}"))?;
        }
    }
    Ok(())
}

pub(super) fn check_request_body(
    document: &Document,
    published: &Value,
    body: Option<&Value>,
) -> Result<(), String> {
    let published = &published["requestBody"];
    let Some(body) = body else {
        return if published["required"] == true {
            Err("a body is required".to_owned())
        } else {
            Ok(())
        };
    };
    let Some(content) = published["content"].get("application/json") else {
        return Err("the operation takes no JSON body".to_owned());
    };
    content
        .get("schema")
        .map_or(Ok(()), |schema| document.validate(schema, body))
}
