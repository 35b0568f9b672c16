//! `mock-qlik-cloud`: a Qlik Cloud tenant in memory, for tests and for learning.
//!
//! ```
//! use mock_qlik_cloud::Emulator;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), mock_qlik_cloud::StartError> {
//! let emulator = Emulator::builder().start().await?;
//! assert!(emulator.url().starts_with("http://127.0.0.1:"));
//! emulator.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! [`remote`] has the helpers for tests: users, keys, the clock, faults, the journal, snapshots, tenants. They are the
//! same for an [`Emulator`], for an [`EmulatorService`] without a port, and for a process elsewhere.
//!
//! ARCHITECTURE.md shows how the parts fit together.

pub mod api;
pub mod cli;
pub mod config;
mod console;
pub mod contract;
mod control;
pub mod domain;
mod emulator;
pub mod ops;
pub mod remote;
pub mod seeds;
pub mod server;
pub mod tls;

pub use emulator::{Builder, Emulator, EmulatorService, StartError};
pub use remote::{Remote, RemoteError};
