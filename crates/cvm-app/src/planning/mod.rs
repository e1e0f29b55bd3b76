//! Who gets what for a budget: at most one action a customer, to the highest expected profit within the budget and what channels
//! can carry; what another budget would bring; and what may be paid for a new customer.
//!
//! `definition` is what is asked and answered, `choose` the choice, pure, `acquisition` the price of new customers. `job` makes a
//! plan from the values of the last scoring run and what campaigns have proven, and writes it down at its customers, so that a
//! segment of them is the audience of a campaign. `store` is the SQL, `api` and `pages` show it.
//!
//! Tables: `plans`, `plan_choices`.

mod acquisition;
mod api;
mod choose;
mod definition;
mod job;
mod pages;
mod store;
#[cfg(test)]
mod tests;

pub use api::routes;
pub use job::JOB;
pub use pages::pages;
