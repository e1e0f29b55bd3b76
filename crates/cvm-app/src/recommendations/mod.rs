//! What a customer may want next, from what all bought together.
//!
//! `training` finds what goes with what and judges it on purchases that it has not seen, against what everybody buys; `job` does so
//! after each scoring run, from the lake. What is recommended is scored from the customer's own purchases at that moment, so
//! today's basket counts. Messages and offers have it as `recommendations`.
//!
//! Tables: `recommender`, `recommender_products`.

mod api;
mod job;
mod store;
#[cfg(test)]
mod tests;
mod training;

pub use api::routes;
pub use job::JOB;
pub use store::{Recommendation, Remembered, for_customer};
pub use training::{Description, Kind, Quality};
