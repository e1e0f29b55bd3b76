//! Customers who are alike: RFM scores and segments, clusters.
