//! What winning customers costs and brings: lifetime value to acquisition cost, and when the cost has come back, by channel and month.
//!
//! `spend` is what was spent, which people and other systems enter; `value` sets it against what the customers won brought so far and
//! are expected to bring, `pages` and `api` show it. Table: `acquisition_spend`.

mod api;
mod pages;
mod spend;
#[cfg(test)]
mod tests;
mod value;

pub use api::routes;
pub use pages::pages;
