//! How likely a customer answers an offer, learned from each answer as it comes, and how far that is to be believed.
//!
//! [`logistic`] is the model of one treatment, [`bank`] many of them side by side for a decision, [`group`] what a new one
//! starts from, [`quality`] whether the chances it tells come true, and [`calibration`] corrects them where they do not.

pub mod bank;
pub mod calibration;
pub mod group;
pub mod logistic;
pub mod quality;
