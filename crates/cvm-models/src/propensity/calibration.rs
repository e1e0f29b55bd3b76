//! A correction of the chances a model tells, learned from the answers that came after: its log-odds times a slope, and a level.
//!
//! J. Platt (1999), "Probabilistic outputs for support vector machines", with the prior where his has counts: without answers
//! nothing is corrected, and few correct little. It learns as [`super::logistic`] does, one answer at a time, level and slope
//! together, and forgets as fast as it is told to: a model that learns is mistaken in another way next year.

use super::logistic::{Score, pull};
use crate::{ModelError, Result};

/// Answers that count, before the oldest are forgotten: a share of one in so many goes with each answer.
const ANSWERS: f64 = 10_000.0;

/// By how much the level (in log-odds) and the slope may be expected to be off before any answer.
const LEVEL: f64 = 0.4;
const SLOPE: f64 = 0.25;

/// The least slope: who was told the higher chance keeps it.
const SLOPE_MIN: f64 = 0.1;

/// A correction. All of its state is public: keep it and make it again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// The log-odds from which the slope is counted: about those of a usual customer.
    pub center: f64,
    /// Log-odds that are added.
    pub level: f64,
    /// By how much log-odds beyond the center are stretched.
    pub slope: f64,
    /// How sure that is: the precisions of level and slope, and what they share.
    pub precision: [f64; 3],
}

const PRIOR: [f64; 3] = [1.0 / (LEVEL * LEVEL), 1.0 / (SLOPE * SLOPE), 0.0];

impl Calibration {
    /// Corrects nothing.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for a center that is no finite number.
    pub fn none(center: f64) -> Result<Self> {
        if !center.is_finite() {
            return Err(ModelError::invalid("center of a calibration", center, "a finite number"));
        }
        Ok(Self { center, level: 0.0, slope: 1.0, precision: PRIOR })
    }

    /// The log-odds as they are by what became of others.
    pub fn of(&self, score: Score) -> Score {
        let slope = self.slope.max(SLOPE_MIN);
        Score {
            mean: self.center + self.level + slope * (score.mean - self.center),
            variance: slope * slope * score.variance,
        }
    }

    /// Learns what became of a customer to whom the model itself gave these log-odds.
    pub fn learn(&mut self, score: Score, answered: bool) {
        if !(score.mean.is_finite() && score.variance.is_finite()) {
            return;
        }
        self.forget();
        // The doubt about the model's own weights flattens what is told, and so what can be learned of its log-odds.
        let flat = 1.0 / (1.0 + std::f64::consts::PI / 8.0 * score.variance.max(0.0)).sqrt();
        let (x, z) = (flat, flat * (score.mean - self.center));
        let [level, slope, both] = self.precision;
        let size = level * slope - both * both;
        // Covariance times the direction in which an answer speaks.
        let (by_level, by_slope) = ((slope * x - both * z) / size, (level * z - both * x) / size);
        let told =
            Score { mean: flat * (self.center + self.level) + z * self.slope, variance: by_level * x + by_slope * z };
        let pull = pull(&told, answered);
        let p = super::logistic::logistic(told.mean + told.variance * pull);
        let curvature = p * (1.0 - p);
        (self.level, self.slope) = (self.level + by_level * pull, self.slope + by_slope * pull);
        self.precision = [level + curvature * x * x, slope + curvature * z * z, both + curvature * x * z];
    }

    /// Lets go of a little of what answers told: never of the prior.
    fn forget(&mut self) {
        let keep = 1.0 - 1.0 / ANSWERS;
        let [level, slope, both] = self.precision;
        // Precision times the distance from the prior is what answers told.
        let natural = (level * self.level + both * (self.slope - 1.0), both * self.level + slope * (self.slope - 1.0));
        let kept = |precision: f64, prior: f64| prior + keep * (precision - prior);
        let [level, slope, both] = [kept(level, PRIOR[0]), kept(slope, PRIOR[1]), kept(both, PRIOR[2])];
        let size = level * slope - both * both;
        let natural = (keep * natural.0, keep * natural.1);
        self.level = (slope * natural.0 - both * natural.1) / size;
        self.slope = 1.0 + (level * natural.1 - both * natural.0) / size;
        self.precision = [level, slope, both];
    }
}

#[cfg(test)]
mod tests {
    use super::super::logistic::Propensity;
    use super::super::quality::{Quality, quality};
    use super::*;
    use crate::testing::close;
    use rand::{RngExt, SeedableRng};
    use rand_distr::{Distribution, StandardNormal};
    use rand_pcg::Pcg64Mcg;

    const CENTER: f64 = -3.0;

    fn logistic(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    /// Tells each chance before its answer, as it is and corrected; what both were worth after the first answers.
    fn told(
        answers: usize,
        left_out: usize,
        mut next: impl FnMut(&mut Pcg64Mcg) -> (Score, bool),
    ) -> (Calibration, Quality, Quality) {
        let mut rng = Pcg64Mcg::seed_from_u64(5);
        let mut calibration = Calibration::none(CENTER).unwrap();
        let (mut plain, mut corrected, mut came) = (Vec::new(), Vec::new(), Vec::new());
        for answer in 0..answers {
            let (score, answered) = next(&mut rng);
            if answer >= left_out {
                plain.push(score.chance());
                corrected.push(calibration.of(score).chance());
                came.push(answered);
            }
            calibration.learn(score, answered);
        }
        (calibration, quality(&plain, &came, 20).unwrap(), quality(&corrected, &came, 20).unwrap())
    }

    fn told_by(level: f64, slope: f64) -> impl FnMut(&mut Pcg64Mcg) -> (Score, bool) {
        move |rng| {
            let normal: f64 = StandardNormal.sample(rng);
            let mean = CENTER + 1.2 * normal;
            let truth = logistic(CENTER + level + slope * (mean - CENTER));
            (Score { mean, variance: 0.0 }, rng.random_bool(truth))
        }
    }

    #[test]
    fn what_is_off_is_put_right() {
        // Told too high by far, and too far apart: the truth is known, and found again.
        let (found, before, after) = told(40_000, 2_000, told_by(-0.7, 0.6));
        close(found.level, -0.7, 0.12);
        close(found.slope, 0.6, 0.1);
        assert!(before.calibration_error > 0.03 && after.calibration_error < 0.006, "{before:?} {after:?}");
        assert!(after.log_loss < 0.97 * before.log_loss && after.brier < before.brier, "{before:?} {after:?}");
        // Told too low.
        let (_, before, after) = told(40_000, 2_000, told_by(0.8, 1.3));
        assert!(after.log_loss < 0.97 * before.log_loss && after.calibration_error < 0.01, "{before:?} {after:?}");
    }

    #[test]
    fn what_is_right_is_left_alone() {
        let (found, before, after) = told(40_000, 0, told_by(0.0, 1.0));
        assert!(found.level.abs() < 0.12, "{found:?}");
        close(found.slope, 1.0, 0.1);
        // Within a thousandth, the noise of what was learned included, from the first answer on.
        assert!(after.log_loss < 1.001 * before.log_loss && after.brier < 1.001 * before.brier, "{before:?} {after:?}");
        // And where there are a handful of answers nothing much is believed.
        let (found, ..) = told(5, 0, told_by(0.0, 1.0));
        assert!(found.level.abs() < 0.2 && (found.slope - 1.0).abs() < 0.1, "{found:?}");
    }

    #[test]
    fn a_model_that_misses_what_matters_is_corrected_while_it_learns() {
        // A tenth of what customers do hangs on a feature the model never sees and that goes with one it sees; tastes drift.
        let mut model = Propensity::unknown(2, 0.05, 1.0).unwrap();
        let mut day = 0.0;
        let (_, before, after) = told(30_000, 3_000, move |rng| {
            day += 1.0;
            let features = [(0, f64::from(rng.random_bool(0.5))), (1, StandardNormal.sample(rng))];
            let level = -2.0 - 1.5 * (day / 30_000.0_f64);
            let truth = logistic(level + 0.8 * features[0].1 + 0.9 * features[1].1 * features[0].1);
            let (score, answered) = (model.score(&features), rng.random_bool(truth));
            model.learn(&features, answered).unwrap();
            (score, answered)
        });
        assert!(
            after.log_loss < before.log_loss && after.calibration_error < before.calibration_error,
            "{before:?} {after:?}"
        );
    }

    #[test]
    fn corrections_forget_but_for_the_prior() {
        let mut calibration = Calibration::none(CENTER).unwrap();
        for _ in 0..3_000 {
            calibration.learn(Score { mean: CENTER, variance: 0.0 }, true);
        }
        let before = calibration;
        assert!(before.level > 1.0, "{before:?}");
        for _ in 0..100_000 {
            calibration.forget();
        }
        assert!(calibration.level.abs() < 0.01 * before.level, "{calibration:?}");
        close(calibration.precision[0], PRIOR[0], 1e-2);
        assert!(Calibration::none(f64::NAN).is_err());
        // The order of chances stays.
        let flat = Calibration { slope: -1.0, ..before };
        let of = |mean: f64| flat.of(Score { mean, variance: 0.3 }).chance();
        assert!(of(-1.0) > of(-2.0));
    }
}
