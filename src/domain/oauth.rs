//! OAuth: the clients that a tenant knows, what it has issued to them, and why it issues nothing.

pub mod client;
pub mod kinds;
pub mod pkce;
pub mod refusal;
pub mod scope;
pub mod token;
