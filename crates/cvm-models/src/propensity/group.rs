//! What a new offer starts from: the knowledge of the offers of its group, as wide as these differ from each other.
//!
//! The random-effects model of R. DerSimonian & N. Laird (1986), "Meta-analysis in clinical trials", Controlled Clinical
//! Trials 7, for each weight: offers have true weights of their own, around a mean of the group. A new one is another
//! draw from there.

use super::logistic::{Propensity, Weight};
use crate::{ModelError, Result};

/// How many offers' worth of doubt stands beside what the group shows of its variety: two offers that happen to be
/// alike do not yet mean that a third will be.
const DOUBT: f64 = 2.0;

/// What to believe of a new offer's weights, from the models of its group; `prior` is what to believe without any.
///
/// # Errors
/// [`ModelError::Invalid`] for a model that does not have as many weights as the prior.
pub fn starting_point(models: &[&Propensity], prior: &[Weight]) -> Result<Vec<Weight>> {
    if let Some(other) = models.iter().find(|model| model.weights.len() != prior.len()) {
        return Err(ModelError::invalid("weights of a model", other.weights.len() as f64, "as many as the prior's"));
    }
    let weights = prior.iter().enumerate().map(|(at, prior)| {
        let told = models.iter().filter_map(|model| evidence(&model.weights[at], &model.prior[at]));
        combined(&told.collect::<Vec<_>>(), prior)
    });
    Ok(weights.collect())
}

/// What answers alone told of a weight, without what was believed before.
fn evidence(weight: &Weight, prior: &Weight) -> Option<Weight> {
    let precision = 1.0 / weight.variance - 1.0 / prior.variance;
    // Answers of customers without the feature tell nothing of it.
    (precision * prior.variance > 1e-9).then(|| Weight {
        mean: (weight.mean / weight.variance - prior.mean / prior.variance) / precision,
        variance: 1.0 / precision,
    })
}

fn combined(told: &[Weight], prior: &Weight) -> Weight {
    let variety = variety(told, prior.variance);
    // The group's mean: its offers, each as far off as they vary and as they are unknown, and the prior.
    let (mut precision, mut natural) = (1.0 / prior.variance, prior.mean / prior.variance);
    for offer in told {
        let known = 1.0 / (offer.variance + variety);
        precision += known;
        natural += known * offer.mean;
    }
    // Without offers there is no group to vary around: the prior is all there is.
    let spread = if told.is_empty() { 0.0 } else { variety };
    Weight { mean: natural / precision, variance: 1.0 / precision + spread }
}

/// Variance between the true weights of offers: DerSimonian and Laird's estimate, drawn towards the prior's.
fn variety(told: &[Weight], usual: f64) -> f64 {
    let beyond_one = told.len().saturating_sub(1) as f64;
    if beyond_one == 0.0 {
        return usual;
    }
    let sum = |power: i32| told.iter().map(|offer| offer.variance.powi(-power)).sum::<f64>();
    let mean = told.iter().map(|offer| offer.mean / offer.variance).sum::<f64>() / sum(1);
    let distance = told.iter().map(|offer| (offer.mean - mean).powi(2) / offer.variance).sum::<f64>();
    let found = ((distance - beyond_one) / (sum(1) - sum(2) / sum(1))).max(0.0);
    (DOUBT * usual + beyond_one * found) / (DOUBT + beyond_one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;
    use rand::{RngExt, SeedableRng};
    use rand_distr::{Distribution, StandardNormal};
    use rand_pcg::Pcg64Mcg;

    const PRIOR: Weight = Weight { mean: 0.0, variance: 1.0 };

    #[test]
    fn variety_of_statsmodels() {
        // statsmodels 0.15.0 combine_effects(effect, variance, method_re="dl").tau2.
        let told =
            [(0.1, 0.02), (0.5, 0.05), (-0.3, 0.04), (0.9, 0.1)].map(|(mean, variance)| Weight { mean, variance });
        close(variety(&told, 1.0), (2.0 + 3.0 * 0.14554054054054055) / 5.0, 1e-9);
        assert_eq!(variety(&told[..1], 0.7), 0.7);
    }

    #[test]
    fn evidence_is_what_came_on_top() {
        let found = evidence(&Weight { mean: 0.6, variance: 0.2 }, &Weight { mean: 0.1, variance: 1.0 }).unwrap();
        close(found.variance, 0.25, 1e-12);
        close(found.mean, (0.6 / 0.2 - 0.1) / 4.0, 1e-12);
        assert_eq!(evidence(&PRIOR, &PRIOR), None);
    }

    #[test]
    fn a_new_offer_is_expected_where_its_group_is() {
        // Forty offers with levels around -3, 0.3 apart; each had 3,000 customers.
        let mut rng = Pcg64Mcg::seed_from_u64(4);
        let prior = Propensity::unknown(1, 0.2, 1.0).unwrap().weights;
        let mut models = Vec::new();
        for _ in 0..40 {
            let own: f64 = StandardNormal.sample(&mut rng);
            let level: f64 = -3.0 + 0.3 * own;
            let mut model = Propensity::starting_from(prior.clone());
            for _ in 0..3_000 {
                model.learn(&[], rng.random_bool(1.0 / (1.0 + (-level).exp()))).unwrap();
            }
            models.push(model);
        }
        let start = starting_point(&models.iter().collect::<Vec<_>>(), &prior).unwrap();
        assert!((start[0].mean + 3.0).abs() < 0.15, "{start:?}");
        let deviation = start[0].variance.sqrt();
        assert!((0.25..0.5).contains(&deviation), "{deviation}");
        // Nobody had the feature.
        assert_eq!(start[1], prior[1]);
        assert_eq!(starting_point(&[], &prior).unwrap(), prior);
        assert!(starting_point(&[&models[0]], &prior[..1]).is_err());
    }
}
