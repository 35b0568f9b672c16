//! The integration tests: everything through the public door. Files mirror the addresses.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics; the helpers stand outside of test functions"
)]

mod api_keys;
mod authz;
mod control;
mod errors;
mod support;

mod properties {
    mod duration;
    mod filter;
    mod page;
}

mod authentication {
    mod accepted;
    mod disabled_tenant;
    mod refused_keys;
    mod refused_sessions;
    mod token;
}
