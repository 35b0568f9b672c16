//! Writes instants as the control API does, with milliseconds.

use serde::Serializer;

use crate::domain::clock::{Timestamp, wire};

pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&wire(*at))
}

pub(super) fn serialize_some<S: Serializer>(
    at: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serialize(at, serializer),
        None => serializer.serialize_none(),
    }
}
