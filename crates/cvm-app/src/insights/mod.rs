//! The customer base as a whole: what it brings, what it is worth, where the profit is.
//!
//! The pages show the report of the last scoring run, drawn by `report`, and figures of any period.

mod pages;

pub use pages::pages;
