//! The customer base as a whole: what it brings, what it is worth, where the profit is.
//!
//! `period` is a stretch of days and what it is compared with, `figures` counts in the lake what happened in one, `figure` names
//! each, `overview` shows them and `alerts` watches them; `funnels` is how many go on from step to step, `profit` where the
//! profit is, `acquisition` what winning customers costs and brings, `tiers` who moved between value tiers, `pages` the report of the last scoring run by its parts.

pub mod acquisition;
pub mod alerts;
mod figure;
mod figures;
mod funnels;
mod overview;
mod pages;
mod period;
mod profit;
#[cfg(test)]
mod tests;
mod tiers;

pub use figure::Figure;
pub use figures::Remembered;
pub use pages::pages;
