//! Where the profit is: what each customer brought less the goods, serving and winning them; the whale curve; and what could be
//! done about those who bring a loss.
//!
//! `ledger` adds it up in the lake, `advice` says what drives a loss and what to do, `pages` shows it.
//!
//! What serving costs comes as events `Cost Incurred` with the properties `amount` and `kind`; what winning somebody cost, as their
//! attribute `acquisition_cost`.

mod advice;
mod ledger;
mod pages;
#[cfg(test)]
mod tests;

pub use pages::pages;
