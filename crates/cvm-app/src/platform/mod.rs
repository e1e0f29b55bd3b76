//! What every feature stands on: configuration, the database, the clock, errors over HTTP, the server.
//!
//! Tables: `_sqlx_migrations`, `leases`, `jobs`, `webhook_endpoints`, `webhook_deliveries`. Features add theirs by migrations of their name in `migrations/`.

pub mod backup;
pub mod clock;
pub mod config;
pub mod database;
pub mod docs;
pub mod idempotency;
pub mod jobs;
pub mod json;
pub mod lease;
pub mod mail;
pub mod metrics;
pub mod money;
pub mod page;
pub mod pages;
pub mod problem;
pub mod random;
pub mod remembered;
pub mod routes;
pub mod server;
mod spoken;
pub mod templates;
#[cfg(test)]
pub mod testing;
pub mod tls;
pub mod traces;
pub mod webhook;

pub use clock::{Clock, Time};
pub use config::Config;
pub use database::Database;
pub use json::{Body, Json, JsonList, Path, Query};
pub use mail::{Mail, Mailer};
pub use metrics::Metrics;
pub use page::{Page, Paging};
pub use pages::{Pages, View};
pub use problem::{Problem, Result};
pub use random::Random;
pub use remembered::Remembered;
pub use routes::{Access, Routes};
pub use spoken::Spoken;
