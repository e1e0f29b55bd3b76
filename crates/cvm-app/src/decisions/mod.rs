//! What is best for a customer now: every active offer beside doing nothing, ranked by what it is expected to earn, with the
//! reason for each that was left out.
//!
//! `arbitration` ranks, and depends on nothing but what it is given; `features` is what models are told, `models` what is
//! believed of answers, `people` the customers in memory, `reading` how they come there, `ground` offers and policies, taken
//! apart. `engine` puts these together for a decision, and makes one of before again; `log` writes decisions down, `outcomes` takes what became of them, which the
//! very next decision knows. `store` is the SQL.
//!
//! Tables: `decisions`, `outcomes`, `outcomes_awaited`, `propensity_models`, `offer_counters`, `decision_state`.

mod api;
mod arbitration;
mod engine;
mod features;
mod ground;
mod log;
mod models;
mod outcomes;
mod pages;
mod people;
mod reading;
mod results;
mod store;
#[cfg(test)]
mod tests;

pub use api::routes;
pub use arbitration::{Parts, Reason};
pub use engine::{Action, Decision, Engine, Wish, decide, round, run};
pub use outcomes::{JOB, Kind, Outcome, Told, tell, tidy};
pub use pages::pages;
pub(crate) use pages::reason_name;
pub use results::{OfferResults, TreatmentResults, results};
pub use store::Counters;

use serde_json::{Map, Value};

/// A number among the columns of a customer, in which exact amounts may stand as text.
fn figure(values: &Map<String, Value>, name: &str) -> Option<f64> {
    match values.get(name)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}
