//! What every test stands on: a tenant behind a real socket, the people in it, and a client that holds every
//! answer against the published contract.

mod actors;
mod client;
mod contract;
mod control_api;
pub(crate) mod jwt;
pub(crate) mod seed_schema;
mod tally;
mod world;

pub(crate) use actors::{
    Actor, BYSTANDER, CSP_ENTRY, Door, EMPTY_GROUP, IP_POLICY, PAGE, Person, ROBOT, ROBOT_SECRET,
    ROBOT_SECRET_HINT, TENANT_ID, UNASSIGNED_ROLE, WEB_INTEGRATION,
};
pub(crate) use client::{Answer, Client, Request};
pub(crate) use control_api::ControlApi;
pub(crate) use world::{EDITIONS, HOSTNAME, START, World, prepare_clients};
