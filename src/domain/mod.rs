//! The tenant and its rules: no HTTP, no async, no reading of the machine's clock or randomness.
//!
//! [`tenant::Tenant`] is the whole state as one value. Everything here is a function of that value, of a
//! `now` that is handed in, and of random bytes that are handed in.

pub mod api_key;
pub mod clock;
pub mod coverage;
pub mod document;
pub mod duration;
pub mod entropy;
pub mod error;
pub mod fault;
pub mod filter;
pub mod group;
pub mod identity_provider;
pub mod ids;
pub mod journal;
pub mod jwt;
pub mod jwt_session;
pub mod limiter;
pub mod oauth;
pub mod order;
pub mod page;
pub mod patch;
pub mod policy;
pub mod request_pattern;
pub mod role;
pub mod secret;
pub mod seed;
pub mod session;
pub mod settings;
pub mod sorted;
pub mod tenant;
pub mod user;
pub mod web;
