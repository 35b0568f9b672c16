//! OAuth: the clients that a tenant knows, and what it has issued to them.

pub mod client;
pub mod kinds;
pub mod scope;
