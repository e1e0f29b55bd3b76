//! The customer base as a whole: what it brings, what it is worth, where the profit is.
//!
//! `period` is a stretch of days and what it is compared with, `figures` counts in the lake what happened in one, `overview`
//! shows that, `funnels` how many go on from step to step, `pages` the report of the last scoring run by its parts.

mod figures;
mod funnels;
mod overview;
mod pages;
mod period;

pub use figures::Remembered;
pub use pages::pages;
