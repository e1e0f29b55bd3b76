//! What every feature stands on: configuration, the database, the clock, errors over HTTP, the server.
//!
//! Tables: `_sqlx_migrations`, `leases`. Features add theirs by migrations of their name in `migrations/`.

pub mod clock;
pub mod config;
pub mod database;
pub mod lease;
pub mod problem;
pub mod server;
#[cfg(test)]
pub mod testing;

pub use clock::Clock;
pub use config::Config;
pub use database::Database;
pub use problem::{Problem, Result};
