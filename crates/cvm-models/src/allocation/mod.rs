//! Who gets what: at most one action a customer, to the highest expected value in all, within a budget and what the
//! channels can carry.
//!
//! The multiple-choice knapsack (P. Sinha & A. A. Zoltners 1979, Operations Research 27) with several limits, through its
//! Lagrangian (M. L. Fisher 1981, "The Lagrangian relaxation method for solving integer programming problems",
//! Management Science 27): each limit gets a price, each customer the action that is worth most after prices, and the
//! prices are those at which the limits just hold. They also give a bound that no plan can exceed, so that the plan comes
//! with its distance from the best there is. [`plan`] finds one, [`curve`] says what another budget would bring and
//! where more stops paying.

pub mod curve;
pub mod plan;
mod prices;
mod repair;

use crate::{ModelError, Result};

/// The customers, the actions and the limits. Doing nothing is always an action too: of no value, at no cost.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// Expected incremental value of each action for each customer, before its cost; row-major, a row a customer.
    /// Negative infinity where the customer must not get it.
    pub values: &'a [f32],
    /// Cost to the budget, in the same order, 0 or more.
    pub costs: &'a [f32],
    /// The channel of each action, as a position in `capacities`.
    pub channels: &'a [usize],
    /// How many customers each channel can carry; infinite where there is no limit.
    pub capacities: &'a [f64],
    /// What may be spent; infinite where there is no limit.
    pub budget: f64,
}

impl<'a> Problem<'a> {
    /// Number of actions.
    pub fn actions(&self) -> usize {
        self.channels.len()
    }

    /// Number of customers.
    pub fn customers(&self) -> usize {
        self.values.len() / self.actions().max(1)
    }

    /// Values and costs of one customer's actions.
    fn row(&self, customer: usize) -> (&'a [f32], &'a [f32]) {
        let at = customer * self.actions()..(customer + 1) * self.actions();
        (&self.values[at.clone()], &self.costs[at])
    }

    /// The limits: the budget, then the channels.
    fn limits(&self) -> Vec<f64> {
        [self.budget].into_iter().chain(self.capacities.iter().copied()).collect()
    }

    /// What an action takes of a limit.
    fn use_of(&self, limit: usize, action: usize, cost: f32) -> f64 {
        if limit == 0 { f64::from(cost) } else { f64::from(self.channels[action] + 1 == limit) }
    }

    fn check(&self) -> Result<()> {
        let actions = self.actions();
        if actions == 0 || actions > usize::from(u16::MAX) {
            return Err(ModelError::invalid("number of actions", actions as f64, "from 1 to 65535"));
        }
        if self.values.is_empty() || !self.values.len().is_multiple_of(actions) {
            let expected = "customers times actions, at least one row";
            return Err(ModelError::invalid("number of values", self.values.len() as f64, expected));
        }
        if self.costs.len() != self.values.len() {
            return Err(ModelError::invalid("number of costs", self.costs.len() as f64, "one a value"));
        }
        if let Some(channel) = self.channels.iter().find(|channel| **channel >= self.capacities.len()) {
            return Err(ModelError::invalid("channel of an action", *channel as f64, "a position in the capacities"));
        }
        for (name, limit) in
            [("budget", self.budget)].into_iter().chain(self.capacities.iter().map(|c| ("capacity", *c)))
        {
            if limit.is_nan() || limit < 0.0 {
                return Err(ModelError::invalid(name, limit, "0 or more, infinite for no limit"));
            }
        }
        let place = |at: usize| format!("of action {} for customer {}", at % actions + 1, at / actions + 1);
        if let Some(at) = self.values.iter().position(|value| value.is_nan() || *value == f32::INFINITY) {
            let expected = "a number, negative infinity for never";
            return Err(ModelError::invalid(format!("value {}", place(at)), f64::from(self.values[at]), expected));
        }
        if let Some(at) = self.costs.iter().position(|cost| !(cost.is_finite() && *cost >= 0.0)) {
            let name = format!("cost {}", place(at));
            return Err(ModelError::invalid(name, f64::from(self.costs[at]), "a finite number, 0 or more"));
        }
        Ok(())
    }
}
