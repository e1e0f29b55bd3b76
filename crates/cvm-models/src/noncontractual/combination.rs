//! Predictions of several models combined by weights that the hold-out shows to be better than the best one alone.
//!
//! The weights are not negative and sum to 1: stacking after L. Breiman (1996), "Stacked Regressions", Machine Learning
//! 24. With few models the quadratic programme is solved exactly, one small linear system for each set of models that
//! may carry weight. Because weights are fitted to the hold-out while single models are not, the gain is judged by
//! cross-fitting: weights from one half of the customers are tried on the other.

use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};

/// How many models can be combined: the sets of them to try double with each.
pub const MOST_MODELS: usize = 8;

/// When a combination is worth having.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The share of the best single model's RMSE by which the combination's has to be lower.
    pub margin: f64,
}

impl Default for Settings {
    /// One percent. A single model explains itself: its P(alive), its parameters and its intervals belong together. A
    /// mixture gives that up, and gains below a percent of RMSE neither move the total nor outlive the next month's
    /// data (on CDNOW, three different models lie within a third of a percent).
    fn default() -> Self {
        Self { margin: 0.01 }
    }
}

/// The weights to predict with, and the evidence for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Combination {
    /// The weight of each model, in the order given; 1 for the best one where the combination is not used.
    pub weights: Vec<f64>,
    /// Whether more than the best model predicts.
    pub used: bool,
    /// The best model alone.
    pub best: usize,
    /// Its RMSE over all customers.
    pub best_rmse: f64,
    /// RMSE of weights on customers that they were not fitted to; `None` with too few customers for two halves.
    pub cross_fitted_rmse: Option<f64>,
}

impl Combination {
    /// The combined prediction of one customer.
    pub fn predict(&self, predictions: &[f64]) -> f64 {
        self.weights.iter().zip(predictions).map(|(weight, prediction)| weight * prediction).sum()
    }
}

/// Finds the weights for `predictions` (one column a model) of `actual`, each customer counted `weights` times.
///
/// The halves are every other row, so that a base sorted by anything is halved evenly.
///
/// # Errors
/// [`ModelError::Invalid`] where there is no model or more than [`MOST_MODELS`], columns differ in length, a number is
/// out of its domain, or no customer counts.
pub fn combine(
    predictions: &[&[f64]],
    actual: &[f64],
    weights: Option<&[f64]>,
    settings: &Settings,
) -> Result<Combination> {
    check(predictions, actual, weights)?;
    let halves = [0, 1].map(|half| Errors::of(predictions, actual, weights, half));
    let all = halves[0].plus(&halves[1]);
    if !(all.weight > 0.0 && all.products.iter().all(|p| p.is_finite())) {
        return Err(ModelError::invalid("weight of all customers", all.weight, "a number above 0, with finite errors"));
    }
    let alone = |model: usize| (all.products[(model, model)] / all.weight).sqrt();
    let best = (0..predictions.len()).min_by(|&a, &b| alone(a).total_cmp(&alone(b))).expect("there is a model");
    let best_rmse = alone(best);
    let cross_fitted_rmse = (halves[0].weight > 0.0 && halves[1].weight > 0.0).then(|| {
        let [first, second] = &halves;
        let squared = second.squared(&first.best_weights()) + first.squared(&second.best_weights());
        (squared / all.weight).max(0.0).sqrt()
    });
    let fitted = all.best_weights();
    let better = cross_fitted_rmse.is_some_and(|rmse| rmse < best_rmse * (1.0 - settings.margin));
    let used = better && fitted.iter().filter(|w| **w > 0.0).count() > 1;
    let one = DVector::from_fn(predictions.len(), |model, _| f64::from(u8::from(model == best)));
    let weights = if used { fitted } else { one };
    Ok(Combination { weights: weights.as_slice().to_vec(), used, best, best_rmse, cross_fitted_rmse })
}

/// Non-negative weights that sum to 1 and minimise the weighted squared error of the combined prediction, exactly.
///
/// # Errors
/// As [`combine`].
pub fn best_weights(predictions: &[&[f64]], actual: &[f64], weights: Option<&[f64]>) -> Result<Vec<f64>> {
    check(predictions, actual, weights)?;
    let all = Errors::of(predictions, actual, weights, 0).plus(&Errors::of(predictions, actual, weights, 1));
    Ok(all.best_weights().as_slice().to_vec())
}

/// Weighted products of the models' errors. Since weights sum to 1, the error of a combination is the combination of
/// the errors, so that this small matrix is all that is needed of the customers.
struct Errors {
    products: DMatrix<f64>,
    weight: f64,
}

impl Errors {
    /// Over every other customer, from the row `half` on.
    fn of(predictions: &[&[f64]], actual: &[f64], weights: Option<&[f64]>, half: usize) -> Self {
        let models = predictions.len();
        let mut products = DMatrix::zeros(models, models);
        let mut errors = [0.0; MOST_MODELS];
        let mut total = 0.0;
        for row in (half..actual.len()).step_by(2) {
            let weight = weights.map_or(1.0, |weights| weights[row]);
            total += weight;
            for (error, column) in errors.iter_mut().zip(predictions) {
                *error = column[row] - actual[row];
            }
            for i in 0..models {
                for j in 0..=i {
                    products[(i, j)] += weight * errors[i] * errors[j];
                }
            }
        }
        products.fill_upper_triangle_with_lower_triangle();
        Self { products, weight: total }
    }

    fn plus(&self, other: &Self) -> Self {
        Self { products: &self.products + &other.products, weight: self.weight + other.weight }
    }

    fn squared(&self, weights: &DVector<f64>) -> f64 {
        weights.dot(&(&self.products * weights))
    }

    /// Tries each set of models: within one, the best weights solve a linear system, and the optimum of all is the best
    /// of those that are not negative.
    ///
    /// Models that err alike leave the weights open. A ridge too small to be seen in the error (1e-12 of the largest)
    /// closes them: equal models get equal weights.
    fn best_weights(&self) -> DVector<f64> {
        let models = self.products.nrows();
        let ridge = 1e-12 * self.products.diagonal().max();
        let ridged = Self { products: &self.products + DMatrix::identity(models, models) * ridge, ..*self };
        ridged.best_of_sets()
    }

    fn best_of_sets(&self) -> DVector<f64> {
        let models = self.products.nrows();
        let mut best = (f64::INFINITY, DVector::zeros(models));
        for set in 1_u32..1 << models {
            let members = (0..models).filter(|model| set >> model & 1 == 1).collect::<Vec<_>>();
            let Some(weights) = self.weights_within(&members) else { continue };
            let squared = self.squared(&weights);
            if squared < best.0 {
                best = (squared, weights);
            }
        }
        best.1
    }

    fn weights_within(&self, members: &[usize]) -> Option<DVector<f64>> {
        let mut weights = DVector::zeros(self.products.nrows());
        if let [only] = members {
            weights[*only] = 1.0;
            return Some(weights);
        }
        let among = DMatrix::from_fn(members.len(), members.len(), |i, j| self.products[(members[i], members[j])]);
        let solved = among.cholesky()?.solve(&DVector::repeat(members.len(), 1.0));
        let sum = solved.sum();
        if !(sum.is_finite() && sum > 0.0 && solved.iter().all(|w| *w >= 0.0)) {
            return None;
        }
        for (member, weight) in members.iter().zip(solved.iter()) {
            weights[*member] = weight / sum;
        }
        Some(weights)
    }
}

fn check(predictions: &[&[f64]], actual: &[f64], weights: Option<&[f64]>) -> Result<()> {
    if predictions.is_empty() || predictions.len() > MOST_MODELS {
        return Err(ModelError::invalid("number of models", predictions.len() as f64, "from 1 to 8"));
    }
    for predicted in predictions {
        super::calibration::Outcomes { predicted, actual, weights }.check()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    #[test]
    fn two_models_by_hand() {
        // Errors (1, -1) and (-2, 0): the sum of squares (w - 2 (1 - w))^2 + w^2 is least at w = 0.6.
        let found = best_weights(&[&[1.0, -1.0], &[-2.0, 0.0]], &[0.0, 0.0], None).unwrap();
        assert!((found[0] - 0.6).abs() < 1e-12 && (found[1] - 0.4).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn four_models_against_an_independent_solver() {
        // scipy 1.17.1, minimize(method="SLSQP", ftol=1e-15) on these rows.
        let found = best_weights(&FOUR_MODELS, &FOUR_ACTUAL, Some(&FOUR_COUNTS)).unwrap();
        for (weight, expected) in found.iter().zip(FOUR_WEIGHTS) {
            assert!((weight - expected).abs() < 1e-6, "{found:?}");
        }
    }

    const FOUR_MODELS: [&[f64]; 4] = [
        &[0.55, 0.74, 2.98, 1.07, 0.88, 0.4, 1.07, 1.07],
        &[0.08, 1.33, 4.06, 0.81, 1.64, 0.4, 1.49, 0.88],
        &[0.56, 0.12, 4.02, 1.1, 0.2, 0.49, 0.73, 1.12],
        &[1.03, -1.26, 1.54, 0.73, 2.49, -0.47, 2.2, -0.13],
    ];
    const FOUR_ACTUAL: [f64; 8] = [0.6, 1.1, 3.4, 0.8, 1.8, 0.5, 1.7, 1.3];
    const FOUR_COUNTS: [f64; 8] = [4.0, 4.0, 4.0, 1.0, 5.0, 3.0, 5.0, 2.0];
    const FOUR_WEIGHTS: [f64; 4] = [0.1425256697, 0.7159581878, 0.0, 0.1415161425];

    #[test]
    fn the_same_model_twice_is_no_obstacle() {
        let model = [1.0, 2.0, 4.0];
        let found = best_weights(&[&model, &model, &[9.0, 9.0, 9.0]], &[1.0, 2.0, 3.0], None).unwrap();
        assert!((found[0] - found[1]).abs() < 1e-3 && (found[0] + found[1] - 1.0).abs() < 1e-3, "{found:?}");
        let perfect = combine(&[&model, &model], &model, None, &Settings::default()).unwrap();
        assert_eq!((perfect.used, perfect.best_rmse), (false, 0.0));
    }

    /// `models` that see a customer's true mean, each with its own independent error.
    fn noisy(models: usize, customers: usize, noise: f64, seed: u64) -> (Vec<Vec<f64>>, Vec<f64>) {
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let truth = (0..customers).map(|_| rng.random_range(0.0..4.0)).collect::<Vec<f64>>();
        let mut blurred = |size: f64| truth.iter().map(|t| t + size * rng.random_range(-1.0..1.0)).collect::<Vec<_>>();
        let predictions = (0..models).map(|_| blurred(noise)).collect();
        (predictions, blurred(1.0))
    }

    fn columns(predictions: &[Vec<f64>]) -> Vec<&[f64]> {
        predictions.iter().map(Vec::as_slice).collect()
    }

    #[test]
    fn independent_errors_are_averaged_out() {
        let (predictions, actual) = noisy(3, 3_000, 2.0, 1);
        let found = combine(&columns(&predictions), &actual, None, &Settings::default()).unwrap();
        assert!(found.used);
        assert!(found.cross_fitted_rmse.unwrap() < 0.8 * found.best_rmse, "{found:?}");
        assert!(found.weights.iter().all(|w| (w - 1.0 / 3.0).abs() < 0.05), "{found:?}");
        assert!((found.predict(&[1.0, 1.0, 1.0]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_only_fits_the_sample_is_not_used() {
        // Pure noise for predictions of pure noise: on few customers, weights gain in sample only.
        let mut used = 0;
        for seed in 0..50 {
            let (predictions, actual) = noisy(4, 40, 0.02, seed);
            let found = combine(&columns(&predictions), &actual, None, &Settings::default()).unwrap();
            used += u32::from(found.used);
            let sum = found.weights.iter().sum::<f64>();
            assert!((sum - 1.0).abs() < 1e-12 && (found.used || found.weights[found.best] == 1.0));
        }
        assert!(used <= 2, "{used} of 50");
    }

    #[test]
    fn wrong_input_is_named() {
        let settings = Settings::default();
        assert!(combine(&[], &[1.0], None, &settings).is_err());
        assert!(combine(&[&[1.0] as &[f64]; 9], &[1.0], None, &settings).is_err());
        assert!(combine(&[&[1.0]], &[], None, &settings).is_err());
        assert!(combine(&[&[1.0]], &[1.0], Some(&[0.0]), &settings).is_err());
        assert!(combine(&[&[f64::NAN]], &[1.0], None, &settings).is_err());
        let one = combine(&[&[1.0]], &[3.0], None, &settings).unwrap();
        assert_eq!((one.weights, one.best_rmse, one.cross_fitted_rmse), (vec![1.0], 2.0, None));
    }

    proptest! {
        #[test]
        fn no_other_weights_do_better(
            rows in prop::collection::vec(([-5.0..5.0_f64, -5.0..5.0, -5.0..5.0], -5.0..5.0_f64, 0.1..4.0_f64), 1..20),
        ) {
            let predictions = (0..3).map(|m| rows.iter().map(|r| r.0[m]).collect::<Vec<_>>()).collect::<Vec<_>>();
            let actual = rows.iter().map(|r| r.1).collect::<Vec<_>>();
            let counts = rows.iter().map(|r| r.2).collect::<Vec<_>>();
            let found = best_weights(&columns(&predictions), &actual, Some(&counts)).unwrap();
            prop_assert!(found.iter().all(|w| *w >= 0.0) && (found.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let squared = |w: &[f64]| rows.iter().map(|r| {
                let error = r.0.iter().zip(w).map(|(p, w)| p * w).sum::<f64>() - r.1;
                r.2 * error * error
            }).sum::<f64>();
            let best = squared(&found);
            for i in 0..=20 {
                for j in 0..=20 - i {
                    let other = [i, j, 20 - i - j].map(|n| f64::from(n) / 20.0);
                    prop_assert!(best <= squared(&other) + 1e-8, "{:?} {:?}", found, other);
                }
            }
        }
    }
}
