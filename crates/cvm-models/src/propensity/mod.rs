//! How likely a customer answers an offer, learned from each answer as it comes, and how far that is to be believed.
//!
//! [`logistic`] is the model of one treatment, [`group`] what a new one starts from, [`quality`] whether the chances it
//! tells come true.

pub mod group;
pub mod logistic;
pub mod quality;
