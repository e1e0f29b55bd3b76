//! Programmes: whoever enters a segment or does something goes through steps, each at its time: pauses, conditions, forks,
//! messages.
//!
//! `definition` is a programme as people write it and `step` one step of it, `ready` those that are there to begin with, `actions`
//! makes, starts and stops them, `walk` takes people in and from step to step, `hear` notices what they do, `pages` shows them and
//! `writing` is their form, `store` is the SQL. A step that says something is a campaign, so that texts, ways, policy, answers
//! and costs are those of campaigns; who is held back to be compared with is a member of the programme as of a campaign.
//!
//! Steps have ids that stay, and people are at a step by its id: so a programme can be changed while they are on their way.
//!
//! Tables: `programmes`, `programme_people`, `programme_passages`, `programme_state`.

mod actions;
mod api;
mod definition;
mod hear;
mod pages;
mod ready;
mod step;
mod store;
#[cfg(test)]
mod tests;
mod walk;
mod writing;

pub use actions::{Draft, create, create_ready, delete, pause, start, stop, update};
pub use api::routes;
pub use definition::Definition;
pub use pages::pages;
pub use ready::{READY, Ready};
pub use step::{Kind, LocalTime, Step, Until};
pub use store::{Programme, State, StepCounts, counts, get, list};
pub use walk::{Walked, round, run};
