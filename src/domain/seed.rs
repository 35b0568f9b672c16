//! A tenant as a document: what it starts with, and what a snapshot of it holds. One format for both.
//!
//! docs/SEEDS.md describes it. Sessions and the tenant's signing key are never written.

mod oauth;
mod read;
mod schema;
mod write;

pub use read::{Surroundings, TenantIdentity, plant};
pub use schema::schema;
pub use write::harvest;

/// The format that this version reads and writes.
pub const FORMAT: u16 = 1;
