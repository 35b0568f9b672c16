//! The integration tests: everything through the public door. Files mirror the addresses.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics; the helpers stand outside of test functions"
)]

mod abuse;
mod api_keys;
mod architecture;
mod auth_settings;
mod authz;
mod cli;
mod cli_reference;
mod cli_remote;
mod cli_seed;
mod control;
mod cross_origin;
mod csp_origins;
mod errors;
mod fuzz;
mod groups;
mod identity_providers;
mod ip_policies;
mod library;
mod limits;
mod login;
mod oauth;
mod oauth_clients;
mod oauth_console;
mod program;
mod refusals;
mod secrets;
mod seeds;
mod seeds_folder;
mod seeds_schema;
mod seeds_shipped;
mod sessions;
mod support;
mod tls;
mod web_integrations;
mod web_security;

mod properties {
    mod duration;
    mod fault;
    mod filter;
    mod journal;
    mod limiter;
    mod page;
}

mod authentication {
    mod accepted;
    mod disabled_tenant;
    mod refused_keys;
    mod refused_sessions;
    mod token;
}

mod roles {
    mod create;
    mod delete;
    mod list;
    mod update;
}

mod tenants {
    mod create;
    mod read;
    mod status;
    mod update;
}

mod users {
    mod create;
    mod crowd;
    mod filter;
    mod invite;
    mod list;
    mod me;
    mod read;
    mod update;
}
