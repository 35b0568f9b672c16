//! OAuth: how a client gets tokens, and how they are taken back.

pub mod authorize;
mod client_authentication;
pub mod token;
pub mod tokens;

pub use client_authentication::ClientProof;
