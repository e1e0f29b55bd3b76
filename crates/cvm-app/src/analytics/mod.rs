//! Questions in SQL over the lake, for analysts and the tools they bring.
//!
//! No tables of its own: the lake answers, read-only and within limits of time, rows and memory. Who asked what is in the
//! audit, for the lake holds personal data.

mod api;
#[cfg(test)]
mod tests;

pub use api::{ask, routes};
