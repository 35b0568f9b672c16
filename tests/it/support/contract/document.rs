//! One document of the contract: references, validation, and the members that a schema knows.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::{Draft, Validator};
use mock_qlik_cloud::contract::Operation;
use serde_json::{Value, json};

use super::Edition;

/// Reads the document of a family; families that the classic edition does not have of its own are the same
/// in both.
pub(super) fn read(edition: Edition, family: &str) -> Result<Value, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/contract");
    let name = format!("{}.json", family.trim_start_matches('.').replace('/', "-"));
    let classic = folder.join("classic").join(&name);
    let file = match edition {
        Edition::Classic if classic.exists() => classic,
        Edition::Classic | Edition::Current => folder.join("openapi").join(&name),
    };
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))
}

/// The members of an object; of anything else, none.
pub(in crate::support) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The elements of an array; of anything else, none.
pub(in crate::support) fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A document with its schemas as JSON Schema.
pub(in crate::support) struct Document {
    value: Value,
    draft: Draft,
    /// By the text of the schema.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Document {
    /// A document of OpenAPI 3.0, whose schemas are turned into JSON Schema.
    pub(super) fn new(mut value: Value) -> Self {
        to_json_schema(&mut value);
        Self {
            value,
            draft: Draft::Draft7,
            validators: Mutex::default(),
        }
    }

    /// A document of OpenAPI 3.1, whose schemas are JSON Schema; `oneOf` is read as `anyOf` here, too.
    pub(in crate::support) fn of_openapi_3_1(value: Value) -> Self {
        Self {
            draft: Draft::Draft202012,
            ..Self::new(value)
        }
    }

    /// The whole document.
    pub(in crate::support) fn value(&self) -> &Value {
        &self.value
    }

    /// What the document publishes for an operation.
    pub(super) fn operation(&self, operation: &Operation) -> Result<&Value, String> {
        let method = operation.method.as_str().to_ascii_lowercase();
        self.value["paths"][operation.path].get(&method).ok_or_else(|| {
            format!(
                "{} {} is not in its family's document",
                operation.method, operation.path
            )
        })
    }

    /// The schema that the family calls `Errors`.
    pub(super) fn errors_schema(&self) -> Option<&Value> {
        self.value["components"]["schemas"].get("Errors")
    }

    /// Follows `$ref` to what it names.
    pub(in crate::support) fn resolve<'a>(&'a self, mut value: &'a Value) -> Result<&'a Value, String> {
        while let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            value = reference
                .strip_prefix('#')
                .and_then(|pointer| self.value.pointer(pointer))
                .ok_or_else(|| format!("`{reference}` names nothing in its document"))?;
        }
        Ok(value)
    }

    /// The text of a query parameter as the JSON value that its schema describes.
    pub(super) fn query_value(&self, parameter: &Value, text: &str) -> Result<Value, String> {
        let schema = self.resolve(&parameter["schema"])?;
        let parsed = || serde_json::from_str(text).unwrap_or_else(|_| text.into());
        Ok(match schema["type"].as_str() {
            Some("number" | "integer" | "boolean") => parsed(),
            Some("array") => {
                let separator = if parameter["style"] == "spaceDelimited" {
                    ' '
                } else {
                    ','
                };
                text.split(separator).collect()
            }
            // A client that does not encode the `+` of `sort=+name` sends a blank.
            _ => text
                .strip_prefix(' ')
                .map_or_else(|| text.into(), |rest| format!("+{rest}").into()),
        })
    }

    /// Parses a body, validates it, and refuses members that the schema does not know.
    pub(in crate::support) fn check_json(&self, schema: &Value, body: &[u8]) -> Result<(), String> {
        let value = serde_json::from_slice(body).map_err(|error| format!("the body is not JSON: {error}"))?;
        self.validate(schema, &value)?;
        let mut unknown = Vec::new();
        self.find_unknown(&[schema], &value, "", &mut unknown)?;
        if unknown.is_empty() {
            Ok(())
        } else {
            Err(format!(
                "the schema does not know these members: {}",
                unknown.join(", ")
            ))
        }
    }

    /// Validates a value; every complaint names its place in the value.
    pub(super) fn validate(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let validator = self.validator(schema)?;
        let complaints: Vec<_> = validator
            .iter_errors(value)
            .map(|error| format!("at `{}`: {error}", error.instance_path()))
            .collect();
        if complaints.is_empty() {
            Ok(())
        } else {
            Err(complaints.join("; "))
        }
    }

    fn validator(&self, schema: &Value) -> Result<Arc<Validator>, String> {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        let name = schema.to_string();
        if let Some(validator) = validators.get(&name) {
            return Ok(Arc::clone(validator));
        }
        let root = json!({ "components": self.value["components"], "allOf": [schema] });
        let validator = jsonschema::options()
            .with_draft(self.draft)
            .should_validate_formats(true)
            .with_format("uuid", |text: &str| {
                text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
            })
            .build(&root)
            .map_err(|error| format!("the contract's own schema is not usable: {error}"))?;
        let validator = Arc::new(validator);
        validators.insert(name, Arc::clone(&validator));
        Ok(validator)
    }

    /// Walks a value along the schemas that apply to it and notes the object members that none of them has.
    /// An object whose schemas name no member at all is free-form.
    fn find_unknown(
        &self,
        schemas: &[&Value],
        value: &Value,
        at: &str,
        unknown: &mut Vec<String>,
    ) -> Result<(), String> {
        let mut applying = Vec::new();
        for schema in schemas {
            self.flatten(schema, value, &mut applying)?;
        }
        for (index, element) in elements(value).enumerate() {
            let inner: Vec<_> = applying.iter().filter_map(|schema| schema.get("items")).collect();
            self.find_unknown(&inner, element, &format!("{at}/{index}"), unknown)?;
        }
        let others = || {
            applying
                .iter()
                .filter_map(|schema| schema.get("additionalProperties"))
        };
        let names_none = applying
            .iter()
            .all(|schema| members(&schema["properties"]).next().is_none());
        let open = others().any(|other| *other != false) || (names_none && others().next().is_none());
        for (name, member) in members(value) {
            let named = applying
                .iter()
                .filter_map(|schema| schema["properties"].get(name));
            let mut inner: Vec<_> = named.collect();
            if inner.is_empty() {
                if !open {
                    unknown.push(format!("{at}/{name}"));
                }
                inner.extend(others());
            }
            self.find_unknown(&inner, member, &format!("{at}/{name}"), unknown)?;
        }
        Ok(())
    }

    /// The schema itself and everything that applies through `$ref`, `allOf` and the matching alternatives.
    fn flatten<'a>(
        &'a self,
        schema: &'a Value,
        value: &Value,
        applying: &mut Vec<&'a Value>,
    ) -> Result<(), String> {
        let schema = self.resolve(schema)?;
        applying.push(schema);
        for part in elements(&schema["allOf"]) {
            self.flatten(part, value, applying)?;
        }
        for alternative in elements(&schema["anyOf"]) {
            if self.validator(alternative)?.is_valid(value) {
                self.flatten(alternative, value, applying)?;
            }
        }
        Ok(())
    }
}

/// Turns the schemas in an OpenAPI 3.0 document into JSON Schema: `nullable` becomes a type, and `oneOf`
/// becomes `anyOf` (why: the documentation of `contract.rs`).
fn to_json_schema(value: &mut Value) {
    if let Some(array) = value.as_array_mut() {
        array.iter_mut().for_each(to_json_schema);
    }
    let Some(object) = value.as_object_mut() else {
        return;
    };
    if let Some(alternatives) = object.remove("oneOf") {
        object.insert("anyOf".to_owned(), alternatives);
    }
    if object.remove("nullable") == Some(Value::Bool(true)) {
        if let Some(Value::String(name)) = object.get("type") {
            object.insert("type".to_owned(), json!([name, "null"]));
        }
        if let Some(Value::Array(values)) = object.get_mut("enum") {
            values.push(Value::Null);
        }
        if let Some(Value::Array(alternatives)) = object.get_mut("anyOf") {
            alternatives.push(json!({ "type": "null" }));
        }
    }
    for (name, member) in object {
        match name.as_str() {
            // Values, not schemas.
            "default" | "enum" => {}
            // The names below are a resource's own, one of them may be `nullable` or `oneOf`.
            "properties" => {
                if let Some(named) = member.as_object_mut() {
                    named.values_mut().for_each(to_json_schema);
                }
            }
            _ => to_json_schema(member),
        }
    }
}
