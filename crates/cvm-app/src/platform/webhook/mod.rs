//! Telling other systems: signed messages over HTTPS, by the rules of Standard Webhooks 1.0, tried again through the queue of jobs.
//!
//! [`send`] notes a message within a change, so that there is neither without the other; a job for each takes it to its endpoint.
//! `endpoints` is who is told and with which secret it is signed, `delivery` the way there, `address` keeps it off addresses
//! that are no business of others, `api` shows it all. Tables: `webhook_endpoints`, `webhook_deliveries`.

mod address;
mod api;
mod delivery;
mod endpoints;
#[cfg(test)]
mod tests;

pub use api::routes;
pub use delivery::{Delivery, JOB, Sender, again, deliveries, send, tidy};
pub use endpoints::{CreatedEndpoint, Endpoint, NewEndpoint, create, list, remove, set_enabled};
