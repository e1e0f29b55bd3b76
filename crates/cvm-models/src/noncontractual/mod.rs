//! Customers who buy when they like and leave without saying so: "buy till you die".
//!
//! A customer is a [`History`]: how often they bought again, when last, and how long they have been observed. While
//! alive they buy at a rate of their own, and at some unseen moment they are gone. Each model answers two questions:
//! is this customer still alive ([`BuyTillYouDie::probability_alive`]), and what does a living one do from now on
//! ([`BuyTillYouDie::if_alive`], a [`PurchaseProcess`]). Everything else follows from the two, so it is written once,
//! here: because the future of a living customer does not depend on when they last bought, it is the same for all who
//! share frequency and age, and a million customers need few evaluations.

pub mod bgbb;
pub mod bgnbd;
pub mod calibration;
mod collapse;
pub mod combination;
pub mod gamma_gamma;
pub mod mbgnbd;
pub mod pareto_nbd;
pub mod posterior;
pub mod predictive;
pub mod summary;

pub use crate::fitting::{Covariates, Estimate, Fitted, Likelihood, Parameters};
pub use collapse::collapse;

use crate::{ModelError, Result};

/// The purchases of one customer, as much of them as these models can use. One unit of time throughout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// Repeat purchases x: distinct periods with a purchase, less one.
    pub frequency: u32,
    /// Time of the last purchase t_x, counted from the first one; 0 where there is no repeat.
    pub recency: f64,
    /// Time T from the first purchase to the end of observation.
    pub age: f64,
}

impl History {
    /// Checks that the three numbers can belong to one customer.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where a time is negative, not finite, the recency lies beyond the age, or the
    /// frequency and the recency contradict each other.
    pub fn new(frequency: u32, recency: f64, age: f64) -> Result<Self> {
        if !(age.is_finite() && age >= 0.0) {
            return Err(ModelError::invalid("age", age, "a finite number of periods, 0 or more"));
        }
        if !(recency >= 0.0 && recency <= age) {
            return Err(ModelError::invalid("recency", recency, "a number from 0 to the age"));
        }
        if frequency == 0 && recency > 0.0 {
            return Err(ModelError::invalid("recency", recency, "0 for a customer with no repeat purchase"));
        }
        Ok(Self { frequency, recency, age })
    }
}

/// Customers with the same history, counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pattern {
    /// What they have in common.
    pub history: History,
    /// How many they are; any positive weight will do.
    pub weight: f64,
}

/// How a living customer (or a new one) buys from time 0 on, chance included.
pub trait PurchaseProcess {
    /// Expected number of purchases in `(0, time]`.
    fn expected_purchases(&self, time: f64) -> f64;

    /// Probability of exactly n purchases in `(0, time]` for n = 0 ..= `most`.
    fn purchase_distribution(&self, time: f64, most: usize) -> Vec<f64>;

    /// Expected number of purchases over the whole future, each discounted continuously at `rate` per unit of time
    /// (`rate` > 0).
    fn discounted_expected_purchases(&self, rate: f64) -> f64;
}

/// A fitted buy-till-you-die model.
pub trait BuyTillYouDie: PurchaseProcess + Send + Sync {
    /// How a customer behaves who is known to be alive.
    type Alive: PurchaseProcess;

    /// The model's name as its users know it, for instance "BG/NBD".
    fn name(&self) -> &'static str;

    /// Log-likelihood of one customer.
    fn log_likelihood(&self, history: &History) -> f64;

    /// Probability that the customer is still one at the end of observation.
    fn probability_alive(&self, history: &History) -> f64;

    /// The future, counted from the end of observation, of a customer with this frequency and age who is alive then.
    fn if_alive(&self, frequency: u32, age: f64) -> Self::Alive;

    /// Expected purchases, by each of `times` after the end of observation, of those with this frequency and each of
    /// `ages` who are alive then: a row for each age, one row after the other.
    ///
    /// As [`BuyTillYouDie::if_alive`] has them one by one; a model that knows what they share is faster here.
    fn expected_purchases_if_alive(&self, frequency: u32, ages: &[f64], times: &[f64]) -> Vec<f64> {
        let row = |&age: &f64| {
            let process = self.if_alive(frequency, age);
            times.iter().map(move |&time| process.expected_purchases(time))
        };
        ages.iter().flat_map(row).collect()
    }

    /// Expected purchases in the `time` after the end of observation.
    fn conditional_expected_purchases(&self, history: &History, time: f64) -> f64 {
        self.probability_alive(history) * self.if_alive(history.frequency, history.age).expected_purchases(time)
    }

    /// Probability of n = 0 ..= `most` purchases in the `time` after the end of observation.
    fn conditional_purchase_distribution(&self, history: &History, time: f64, most: usize) -> Vec<f64> {
        let alive = self.probability_alive(history);
        let future = self.if_alive(history.frequency, history.age);
        let mut distribution = future.purchase_distribution(time, most);
        for p in &mut distribution {
            *p *= alive;
        }
        distribution[0] += 1.0 - alive;
        distribution
    }

    /// Discounted expected residual transactions: all future purchases, discounted continuously at `rate` (> 0).
    fn discounted_expected_residual_transactions(&self, history: &History, rate: f64) -> f64 {
        self.probability_alive(history)
            * self.if_alive(history.frequency, history.age).discounted_expected_purchases(rate)
    }
}
