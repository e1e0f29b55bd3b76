//! Logistic regression that learns one answer at a time and knows how little it knows.
//!
//! O. Chapelle & L. Li (2011), "An empirical evaluation of Thompson sampling", NIPS, algorithm 3: each weight is normal
//! with its own mean and variance; an answer moves the means to the most likely point (exactly, by a search along one
//! line) and adds its curvature to the precisions. Chances average over the doubt about the weights: D. J. C. MacKay
//! (1992), "The evidence framework applied to classification networks". Exploration is W. R. Thompson's (1933): act by
//! weights drawn from what is believed.

use crate::{ModelError, Result};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// What is known of a customer and the moment: (number of the feature, its value), each feature at most once. Features
/// of value 0 are left out.
pub type Features<'a> = &'a [(u32, f64)];

/// What is believed of one weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weight {
    /// Its mean: log-odds for one more of the feature.
    pub mean: f64,
    /// Its variance.
    pub variance: f64,
}

/// The model of one treatment. All of its state is public: keep it and make it again.
#[derive(Debug, Clone, PartialEq)]
pub struct Propensity {
    /// Log-odds of a customer without features, first; then one weight for each feature.
    pub weights: Vec<Weight>,
    /// What was believed before any answer.
    pub prior: Vec<Weight>,
    /// Answers learned from, forgotten ones less.
    pub answers: f64,
}

/// Log-odds of an answer with their doubt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Mean of the log-odds.
    pub mean: f64,
    /// Variance of the log-odds.
    pub variance: f64,
}

impl Propensity {
    /// Knows nothing but a usual share of answers: `deviation` is by how far (in log-odds) a feature may be expected to
    /// move it, and the level to be off. 1 is usual.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for a share not between 0 and 1 or a deviation not above 0.
    pub fn unknown(features: usize, usual_share: f64, deviation: f64) -> Result<Self> {
        if !(usual_share > 0.0 && usual_share < 1.0) {
            return Err(ModelError::invalid("usual share of answers", usual_share, "a number between 0 and 1"));
        }
        crate::fitting::positive("deviation of weights", deviation)?;
        let mut prior = vec![Weight { mean: 0.0, variance: deviation * deviation }; features + 1];
        prior[0].mean = (usual_share / (1.0 - usual_share)).ln();
        Ok(Self::starting_from(prior))
    }

    /// Starts from what is believed already, level first: of the [`super::group`], or of an earlier model.
    pub fn starting_from(prior: Vec<Weight>) -> Self {
        Self { weights: prior.clone(), prior, answers: 0.0 }
    }

    /// The log-odds of an answer.
    ///
    /// # Panics
    /// For a feature the model does not have.
    #[inline]
    pub fn score(&self, features: Features) -> Score {
        let level = self.weights[0];
        let mut score = Score { mean: level.mean, variance: level.variance };
        for &(feature, value) in features {
            let weight = self.weights[feature as usize + 1];
            score.mean += weight.mean * value;
            score.variance += weight.variance * value * value;
        }
        score
    }

    /// Learns that a customer with these features answered, or did not.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for a feature the model does not have or a value that is not finite; then nothing is
    /// learned.
    pub fn learn(&mut self, features: Features, answered: bool) -> Result<()> {
        for &(feature, value) in features {
            if feature as usize + 1 >= self.weights.len() {
                return Err(ModelError::invalid("feature", f64::from(feature), "a number below that of the features"));
            }
            if !value.is_finite() {
                return Err(ModelError::invalid(format!("value of feature {feature}"), value, "a finite number"));
            }
        }
        let before = self.score(features);
        let pull = pull(&before, answered);
        let p = logistic(before.mean + before.variance * pull);
        let curvature = p * (1.0 - p);
        let move_weight = |weight: &mut Weight, value: f64| {
            weight.mean += weight.variance * value * pull;
            weight.variance /= 1.0 + weight.variance * curvature * value * value;
        };
        move_weight(&mut self.weights[0], 1.0);
        for &(feature, value) in features {
            move_weight(&mut self.weights[feature as usize + 1], value);
        }
        self.answers += 1.0;
        Ok(())
    }

    /// Keeps this share of what the answers told, so that a taste that changes is followed: with 0.99 a day, half is gone
    /// after ten weeks. The prior is never forgotten.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for a share not from 0 to 1.
    pub fn forget(&mut self, keep: f64) -> Result<()> {
        if !(0.0..=1.0).contains(&keep) {
            return Err(ModelError::invalid("share to keep", keep, "a number from 0 to 1"));
        }
        for (weight, prior) in self.weights.iter_mut().zip(&self.prior) {
            let (precision, before) = (1.0 / weight.variance, 1.0 / prior.variance);
            let kept = before + keep * (precision - before);
            let natural = before * prior.mean + keep * (precision * weight.mean - before * prior.mean);
            *weight = Weight { mean: natural / kept, variance: 1.0 / kept };
        }
        self.answers *= keep;
        Ok(())
    }
}

impl Score {
    /// Chance of an answer, averaged over the doubt.
    pub fn chance(&self) -> f64 {
        logistic(self.mean / (1.0 + std::f64::consts::PI / 8.0 * self.variance).sqrt())
    }

    /// A chance to act by: drawn from what is believed, so that little-known offers are tried. `exploration` is the share
    /// of the doubt to act out: 0 is [`Score::chance`] itself (and draws nothing), 1 is Thompson's, more is bolder.
    pub fn drawn(&self, exploration: f64, rng: &mut impl Rng) -> f64 {
        if exploration <= 0.0 {
            return self.chance();
        }
        let normal: f64 = StandardNormal.sample(rng);
        let mean = self.mean + exploration * self.variance.sqrt() * normal;
        // What is not acted out is averaged over, so that chances mean the same however much is explored.
        Self { mean, variance: self.variance * (1.0 - exploration * exploration).max(0.0) }.chance()
    }
}

/// How far an answer pulls: the most likely weights lie along one line, at g where g = answer - p(mean + variance g).
pub(super) fn pull(score: &Score, answered: bool) -> f64 {
    let answer = f64::from(answered);
    let (mut low, mut high) = (answer - 1.0, answer);
    let mut g = answer - logistic(score.mean);
    for _ in 0..50 {
        let p = logistic(score.mean + score.variance * g);
        let off = answer - p - g;
        if off.abs() < 1e-12 {
            break;
        }
        if off > 0.0 {
            low = g
        } else {
            high = g
        }
        let newton = g + off / (1.0 + p * (1.0 - p) * score.variance);
        g = if newton > low && newton < high { newton } else { (low + high) / 2.0 };
    }
    g
}

pub(super) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::super::quality::quality;
    use super::*;
    use crate::testing::close;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    #[test]
    fn one_answer_goes_to_the_most_likely_point() {
        // scipy.optimize.minimize 1.17.1 (BFGS, gtol 1e-12) of -log p(answer) + sum (w - m)^2 / (2 v).
        let prior = [(-1.0, 0.5), (0.3, 2.0), (-0.2, 1.0)].map(|(mean, variance)| Weight { mean, variance });
        let mut model = Propensity::starting_from(prior.to_vec());
        model.learn(&[(0, 1.5), (1, -2.0)], true).unwrap();
        for (weight, expected) in
            model.weights.iter().zip([-0.9085269948568008, 0.8488380307692509, -0.5658920204969855])
        {
            close(weight.mean, expected, 1e-7);
        }
        // Precisions grow by p (1 - p) x^2 there.
        let p = logistic(model.score(&[(0, 1.5), (1, -2.0)]).mean);
        for ((weight, prior), value) in model.weights.iter().zip(prior).zip([1.0, 1.5, -2.0]) {
            close(1.0 / weight.variance, 1.0 / prior.variance + p * (1.0 - p) * value * value, 1e-12);
        }
    }

    /// True chances: features of two colours and of a number.
    fn customer(rng: &mut Pcg64Mcg) -> (Vec<(u32, f64)>, f64) {
        let colour = rng.random_range(0..2_u32);
        let number: f64 = StandardNormal.sample(rng);
        let log_odds = -2.0 + [0.8, -0.8][colour as usize] + 0.5 * number;
        (vec![(colour, 1.0), (2, number)], logistic(log_odds))
    }

    #[test]
    fn learns_and_is_calibrated() {
        let mut rng = Pcg64Mcg::seed_from_u64(3);
        let mut model = Propensity::unknown(3, 0.1, 1.0).unwrap();
        let (mut chances, mut answers) = (Vec::new(), Vec::new());
        for at in 0..40_000 {
            let (features, truth) = customer(&mut rng);
            let answered = rng.random_bool(truth);
            if at >= 20_000 {
                chances.push(model.score(&features).chance());
                answers.push(answered);
            }
            model.learn(&features, answered).unwrap();
        }
        let found = quality(&chances, &answers, 10).unwrap();
        assert!(found.calibration_error < 0.01, "{found:?}");
        assert_eq!(model.answers, 40_000.0);
        let (yes, no) = (model.weights[0].mean + model.weights[1].mean, model.weights[0].mean + model.weights[2].mean);
        assert!((yes + 1.2).abs() < 0.1 && (no + 2.8).abs() < 0.15, "{model:?}");
        assert!((model.weights[3].mean - 0.5).abs() < 0.06);
    }

    #[test]
    fn exploration_finds_the_better_offer_and_can_be_set_to_nothing() {
        // Two offers, 5% and 8%; the first is known well, the second had bad luck at the start.
        let mut rng = Pcg64Mcg::seed_from_u64(8);
        let mut known = Propensity::unknown(0, 0.05, 1.0).unwrap();
        for at in 0..2_000 {
            known.learn(&[], at % 20 == 0).unwrap();
        }
        let mut unlucky = Propensity::unknown(0, 0.05, 1.0).unwrap();
        for _ in 0..20 {
            unlucky.learn(&[], false).unwrap();
        }
        let mut run = |exploration: f64| {
            let (mut offers, mut second) = ([known.clone(), unlucky.clone()], 0);
            for _ in 0..10_000 {
                let drawn = [0, 1].map(|at: usize| offers[at].score(&[]).drawn(exploration, &mut rng));
                let at = usize::from(drawn[1] > drawn[0]);
                second += at;
                let answered = rng.random_bool([0.05, 0.08][at]);
                offers[at].learn(&[], answered).unwrap();
            }
            second
        };
        assert_eq!(run(0.0), 0, "without exploration the second offer is never tried");
        assert!(run(1.0) > 7_000);
    }

    #[test]
    fn draws_are_around_the_chance() {
        let score = Score { mean: -1.0, variance: 0.8 };
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        assert_eq!(score.drawn(0.0, &mut rng), score.chance());
        for exploration in [0.5, 1.0] {
            let mean = (0..20_000).map(|_| score.drawn(exploration, &mut rng)).sum::<f64>() / 20_000.0;
            assert!((mean - score.chance()).abs() < 5e-3, "{mean} {}", score.chance());
        }
        // The integral of the logistic function over the normal density: scipy.integrate.quad 1.17.1. The
        // approximation is off by one in a hundred.
        close(score.chance(), 0.29775689406916545, 2e-2);
    }

    #[test]
    fn forgetting_leads_back_to_the_prior() {
        let mut model = Propensity::unknown(1, 0.2, 1.0).unwrap();
        for _ in 0..50 {
            model.learn(&[(0, 1.0)], true).unwrap();
        }
        let learned = model.clone();
        model.forget(1.0).unwrap();
        for (weight, before) in model.weights.iter().zip(&learned.weights) {
            close(weight.mean, before.mean, 1e-9);
        }
        model.forget(0.5).unwrap();
        assert!(model.weights[1].variance > learned.weights[1].variance && model.weights[1].variance < 1.0);
        model.forget(0.0).unwrap();
        for (weight, prior) in model.weights.iter().zip(&model.prior) {
            close(weight.variance, prior.variance, 1e-12);
            assert!((weight.mean - prior.mean).abs() < 1e-12);
        }
        assert_eq!(model.answers, 0.0);
    }

    #[test]
    fn refusals_learn_nothing() {
        let mut model = Propensity::unknown(2, 0.2, 1.0).unwrap();
        let before = model.clone();
        let error = model.learn(&[(0, 1.0), (2, 1.0)], true).unwrap_err().to_string();
        assert_eq!(error, "feature is 2; expected a number below that of the features");
        assert!(model.learn(&[(0, f64::NAN)], true).is_err());
        assert_eq!(model, before);
        assert!(model.forget(1.1).is_err());
        assert!(Propensity::unknown(2, 0.0, 1.0).is_err());
        assert!(Propensity::unknown(2, 0.1, 0.0).is_err());
    }
}
