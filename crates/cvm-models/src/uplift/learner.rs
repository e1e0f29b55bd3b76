//! What a two-model or X-learner learns with.

use super::Campaign;
use super::forest::{self, OutcomeForest};
use super::linear::{self, Regression};
use crate::Result;
use rand::Rng;

/// How to learn an outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Learner {
    /// Ridge regression with this penalty.
    Linear(f64),
    /// Logistic regression with this penalty, for outcomes of 0 and 1.
    Logistic(f64),
    /// A forest.
    Forest(forest::Settings),
}

/// A learned outcome.
#[derive(Debug, Clone)]
pub enum Learned {
    /// By regression.
    Regression(Regression),
    /// By a forest.
    Forest(OutcomeForest),
}

impl Learner {
    /// Learns the outcome of all customers of a campaign, treated or not.
    ///
    /// # Errors
    /// Those of the method.
    pub fn fit(&self, campaign: &Campaign, rng: &mut impl Rng) -> Result<Learned> {
        Ok(match self {
            Self::Linear(penalty) => Learned::Regression(linear::ridge(campaign, *penalty)?),
            Self::Logistic(penalty) => Learned::Regression(linear::logistic_regression(campaign, *penalty)?),
            Self::Forest(settings) => Learned::Forest(OutcomeForest::fit(campaign, settings, rng)?),
        })
    }
}

impl Learned {
    /// The expected outcome of a row.
    pub fn outcome(&self, row: &[f64]) -> f64 {
        match self {
            Self::Regression(regression) => regression.outcome(row),
            Self::Forest(forest) => forest.outcome(row),
        }
    }
}
