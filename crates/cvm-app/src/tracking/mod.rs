//! The Segment HTTP tracking API: existing SDKs are pointed here and what they send is safe once they have our 200.
//!
//! `message` checks a call and corrects its time, `inbox` makes it durable (many requests, one commit) and knows what
//! it has seen before, `mover` takes it to the lake, `sources` holds the write keys, `api` is the routes of SDKs, `manage`
//! those of the people who look after sources. Tables: `sources`, `source_days`; with the inbox: `inbox`, `inbox_position`, and on PostgreSQL
//! `message_ids`, on SQLite what `seen` has instead: `fresh_ids`, `id_runs`, `id_parts`.

mod api;
pub mod inbox;
mod manage;
mod message;
mod mover;
mod received;
pub(crate) mod seen;
mod sources;
#[cfg(test)]
mod tests;

pub use api::routes;
pub use inbox::{Inbox, InboxError, Stored, tidy};
pub use manage::{add as add_source, close as close_source, routes as management_routes};
pub(crate) use message::{Receipt, Rejection, message};
pub use mover::{LEASE as MOVER, catch_up, run as move_to_lake};
pub use received::{Received, count_received, received};
pub use sources::{Source, create_source, list_sources};
