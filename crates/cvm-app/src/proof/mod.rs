//! What was earned that would not have come by itself: campaigns against their control groups, and all that is done against those
//! who are never told anything.
//!
//! `measure` is the comparison, pure: margin and revenue of the treated less those of the control group, with what the customers'
//! own past explains taken out, its cost, its parts; `results` what it says. `job` gathers who was assigned to what, asks the lake
//! what each bought before and since, and keeps what comes out; `store` is the SQL, `api` and `pages` show it.
//!
//! People are compared by the group they were dealt to, whatever they got. While days of observation pass, intervals hold at all looks
//! together, and every look is kept. Discounts are no cost: revenue and margin are what was paid.
//!
//! `uplift` learns on whom a campaign works, pure; `learning` is its job, which keeps what is expected of each customer, and tells it
//! of them, so that segments know persuadables from the others.
//!
//! Tables: `proof_settings`, `proof_looks`, `uplift_models`, `uplift_scores`; those of campaigns are read.

mod api;
mod job;
mod learning;
mod measure;
mod pages;
mod results;
mod store;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod uplift;

use api::OverTime;
pub use api::routes;
pub use job::{JOB, ask};
pub use learning::{JOB as UPLIFT, Model};
pub use pages::pages;
pub use results::{Interval, Results, Settings, Strata};
pub use store::{last_looks, looks, model, scores};

/// The subject of the result of everything that is done.
pub const ALL: &str = "all";
