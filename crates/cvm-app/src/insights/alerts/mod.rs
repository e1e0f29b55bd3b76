//! Targets and alerts: what somebody watches of the figures of the overview.
//!
//! A target is a value to be reached, an alert a limit not to be passed, or a change that is unusual against the figure's own
//! history. `rules` says which state a figure is in, `job` looks every day and after every scoring run and tells who wants to know,
//! `actions` makes and changes what is watched, `store` is the SQL. Tables: `alerts`, `alert_checks`.

mod actions;
mod api;
mod job;
mod pages;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub use api::routes;
pub use job::{JOB, MAIL, ask};
pub use pages::pages;
pub use rules::{Kind, State};
pub use store::{Alert, tidy};

pub(super) use pages::says;
pub(super) use store::list;
