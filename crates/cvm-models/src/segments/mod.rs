//! Customers who are alike: RFM scores and segments, clusters.

pub mod kmeans;
pub mod rfm;
pub mod standardisation;
