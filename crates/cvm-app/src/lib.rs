//! The product: one folder a feature, each with its rules, pages and tests.

pub mod report;
