//! Programmes: whoever enters a segment goes through steps, each at its time: a pause, a condition, a message.
//!
//! `definition` is a programme as people write it, `ready` those that are there to begin with, `actions` makes, starts and stops
//! them, `walk` takes people in and from step to step, `pages` shows them, `store` is the SQL. A step that says something is a
//! campaign, so that texts, ways, policy, answers and costs are those of campaigns; who is held back to be compared with is a
//! member of the programme as of a campaign.
//!
//! Tables: `programmes`, `programme_people`.

mod actions;
mod api;
mod definition;
mod pages;
mod ready;
mod store;
#[cfg(test)]
mod tests;
mod walk;

pub use actions::{Draft, create, create_ready, delete, pause, start, stop, update};
pub use api::routes;
pub use definition::{Definition, Step};
pub use pages::pages;
pub use ready::{READY, Ready};
pub use store::{Programme, State, StepCounts, counts, get, list};
pub use walk::{Walked, round, run};
