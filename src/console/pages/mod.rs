//! One file a page, or a family of small ones.

pub(super) mod api_keys;
pub(super) mod authorize;
pub(super) mod generate;
pub(super) mod group;
pub(super) mod group_members;
pub(super) mod group_roles;
pub(super) mod groups;
pub(super) mod home;
pub(super) mod identity_providers;
pub(super) mod invite;
pub(super) mod own_key;
pub(super) mod own_keys;
pub(super) mod profile;
pub(super) mod revoke;
pub(super) mod role;
pub(super) mod roles;
pub(super) mod settings;
pub(super) mod shown;
pub(super) mod sign_in;
pub(super) mod sign_out;
pub(super) mod user;
pub(super) mod user_roles;
pub(super) mod users;
pub(super) mod web;
pub(super) mod web_integration;
