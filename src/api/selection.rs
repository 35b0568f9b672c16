//! The parameter `fields`: only some members of a resource.

use serde::ser::{Error as _, Serialize, Serializer};

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
    pub fn of<R>(&self, resource: R) -> Selected<'_, R> {
        Selected {
            resource,
            wanted: self.0.as_deref(),
        }
    }
}

/// A resource with all members, or with those that a client asked for. It must be an object.
#[derive(Clone, Copy, Debug)]
pub struct Selected<'s, R> {
    resource: R,
    wanted: Option<&'s [&'s str]>,
}

impl<R: Serialize> Serialize for Selected<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(wanted) = self.wanted else {
            return self.resource.serialize(serializer);
        };
        let all = serde_json::to_value(&self.resource).map_err(S::Error::custom)?;
        let members = all.as_object().into_iter().flatten();
        serializer.collect_map(members.filter(|(name, _)| wanted.contains(&name.as_str())))
    }
}
