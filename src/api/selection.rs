//! The parameter `fields`: only some members of a resource.

use serde::Serialize;
use serde_json::{Map, Value};

use super::error::ApiError;
use super::extract::Parameters;

/// The members that a client asked for, or all.
pub struct FieldSelection<'p>(Option<Vec<&'p str>>);

impl<'p> FieldSelection<'p> {
    /// What a query asks for.
    pub fn from(parameters: &'p Parameters) -> Self {
        Self(
            parameters
                .get("fields")
                .map(|fields| fields.split(',').map(str::trim).collect()),
        )
    }

    /// The resource with these members. Names that it does not have are passed over.
    ///
    /// # Errors
    /// When it is no object, which only a fault of the emulator can cause.
    pub fn of<R: Serialize>(&self, resource: R) -> Result<Selected<R>, ApiError> {
        let Some(wanted) = &self.0 else {
            return Ok(Selected::Whole(Box::new(resource)));
        };
        let all = serde_json::to_value(resource).map_err(|_| ApiError::internal())?;
        let members = all.as_object().into_iter().flatten();
        let kept = members.filter(|(name, _)| wanted.contains(&name.as_str()));
        Ok(Selected::Part(
            kept.map(|(name, value)| (name.clone(), value.clone())).collect(),
        ))
    }
}

/// A resource with all members, or with those that a client asked for.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Selected<R> {
    /// All.
    Whole(Box<R>),
    /// Some.
    Part(Map<String, Value>),
}
