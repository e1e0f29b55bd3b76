//! Two models that learn from each other: the effect on each customer is taken against what the other side's model
//! expects, and learned directly.
//!
//! S. R. Künzel, J. S. Sekhon, P. J. Bickel & B. Yu (2019), "Metalearners for estimating heterogeneous treatment effects
//! using machine learning", PNAS 116. Where the control group is small, as it mostly is, the effect is learned from the
//! many treated.

use super::learner::{Learned, Learner};
use super::two_models::TwoModels;
use super::{Campaign, Uplift};
use crate::{ModelError, Result};
use rand::Rng;

/// A fitted X-learner.
#[derive(Debug, Clone)]
pub struct XLearner {
    /// The outcomes with and without.
    pub outcomes: TwoModels,
    by_treated: Learned,
    by_control: Learned,
    share_treated: f64,
}

impl XLearner {
    /// Learns outcomes with one learner, and effects (which may be negative, so not a logistic one) with another.
    ///
    /// # Errors
    /// Those of the learners; [`ModelError::Invalid`] where effects are to be learned by logistic regression.
    pub fn fit(campaign: &Campaign, outcome: &Learner, effect: &Learner, rng: &mut impl Rng) -> Result<Self> {
        if let Learner::Logistic(penalty) = effect {
            return Err(ModelError::invalid("penalty of a logistic learner", *penalty, "another learner for effects"));
        }
        let outcomes = TwoModels::fit(campaign, outcome, rng)?;
        let mut side = |treated: bool| {
            let mut mine = campaign.side(treated);
            for (row, outcome) in mine.rows.chunks_exact(campaign.columns).zip(&mut mine.outcomes) {
                *outcome = if treated {
                    *outcome - outcomes.control.outcome(row)
                } else {
                    outcomes.treated.outcome(row) - *outcome
                };
            }
            effect.fit(&mine.borrowed(), rng)
        };
        let (by_treated, by_control) = (side(true)?, side(false)?);
        Ok(Self { by_treated, by_control, share_treated: campaign.share_treated(), outcomes })
    }
}

impl Uplift for XLearner {
    /// Either side's effect, weighted by the other's share: where few were treated, the model of the treated leans on
    /// the better model of the control group.
    fn effect(&self, row: &[f64]) -> f64 {
        self.share_treated * self.by_control.outcome(row) + (1.0 - self.share_treated) * self.by_treated.outcome(row)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{campaign, error};
    use super::*;
    use crate::uplift::forest;
    use rand::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    #[test]
    fn straight_lines_agree_with_two_models() {
        // With lines for everything, the effects learned are the differences of the lines (up to the penalty).
        let seen = campaign(2_000, 1);
        let line = Learner::Linear(1e-6);
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let x = XLearner::fit(&seen.borrowed(), &line, &line, &mut rng).unwrap();
        let two = TwoModels::fit(&seen.borrowed(), &line, &mut rng).unwrap();
        for row in seen.rows.chunks_exact(4).take(20) {
            assert!((x.effect(row) - two.effect(row)).abs() < 1e-6);
        }
    }

    #[test]
    fn better_than_two_forests_apart() {
        let seen = campaign(4_000, 1);
        let fresh = campaign(2_000, 2);
        let forest = Learner::Forest(forest::Settings { trees: 100, leaf: 5, ..Default::default() });
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let x = XLearner::fit(&seen.borrowed(), &forest, &forest, &mut rng).unwrap();
        let two = TwoModels::fit(&seen.borrowed(), &forest, &mut rng).unwrap();
        let (x, two) = (error(&fresh, |row| x.effect(row)), error(&fresh, |row| two.effect(row)));
        assert!(x < two && x < 0.2, "{x}, {two}");
    }

    #[test]
    fn effects_are_not_chances() {
        let seen = campaign(100, 1);
        let (line, logistic) = (Learner::Linear(1.0), Learner::Logistic(1.0));
        assert!(XLearner::fit(&seen.borrowed(), &line, &logistic, &mut Pcg64Mcg::seed_from_u64(1)).is_err());
    }
}
