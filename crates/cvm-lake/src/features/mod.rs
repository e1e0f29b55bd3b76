//! From clean purchase lines to one row a customer, in one pass over the files.

pub mod base;
mod buckets;
pub mod calendar;
pub mod purchase_history;

pub use base::Base;
