//! The value of everyone, kept fresh: runs of the main job over the lake, on a schedule and when asked for.
//!
//! `job` is the run: the lake computes, the values become rows beside the profiles, and only the last statement makes them
//! the ones that are shown. `store` keeps the runs, `api` shows and starts them. Every run's values stay in the lake, so what
//! a customer was worth in March can be asked. Tables: `scoring_runs`; `customer_values` is written through `customers`.

mod api;
mod job;
mod store;
#[cfg(test)]
mod tests;

pub use api::{routes, start};
pub use job::{JOB, Wish, ask, score};
pub use store::{
    LastRun, Run, Settled, delete as delete_runs, earlier, forget, has_looked_at, kept_and_gone, last, last_run,
    last_settled, list as runs, run_before, shown_as_of,
};
