//! All offers scored at once for one customer: the models of a placement side by side, feature by feature, so that a
//! decision reads memory in a row. The same sums as [`super::logistic`], in single precision.

use super::logistic::{Features, Propensity, Score};
use crate::{ModelError, Result};

/// Models of several offers over the same features.
#[derive(Debug, Clone, PartialEq)]
pub struct Bank {
    offers: usize,
    /// Feature by feature, the level first; within it offer by offer.
    means: Vec<f32>,
    variances: Vec<f32>,
}

/// The log-odds of all offers. Keep it from decision to decision, so that nothing is allocated.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    means: Vec<f32>,
    variances: Vec<f32>,
}

impl Bank {
    /// Puts models side by side.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for no models, or models of different features.
    pub fn of(models: &[&Propensity]) -> Result<Self> {
        let offers = models.len();
        let weights = models.first().map_or(0, |model| model.weights.len());
        if offers == 0 {
            return Err(ModelError::invalid("number of models", 0.0, "at least 1"));
        }
        let mut bank = Self { offers, means: vec![0.0; offers * weights], variances: vec![0.0; offers * weights] };
        for (offer, model) in models.iter().enumerate() {
            bank.replace(offer, model)?;
        }
        Ok(bank)
    }

    /// Takes over all weights of one offer's model.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for a model of other features or an offer that is not there.
    pub fn replace(&mut self, offer: usize, model: &Propensity) -> Result<()> {
        self.check(offer, model)?;
        (0..model.weights.len()).for_each(|weight| self.copy(offer, weight, model));
        Ok(())
    }

    /// Takes over what an answer changed: the level and the weights of these features.
    ///
    /// # Errors
    /// As [`Bank::replace`].
    pub fn learned(&mut self, offer: usize, model: &Propensity, features: Features) -> Result<()> {
        self.check(offer, model)?;
        self.copy(offer, 0, model);
        let known = features.iter().map(|(feature, _)| *feature as usize + 1).filter(|at| *at < model.weights.len());
        known.for_each(|weight| self.copy(offer, weight, model));
        Ok(())
    }

    /// Scores all offers.
    ///
    /// # Panics
    /// For a feature the models do not have.
    pub fn score(&self, features: Features, scores: &mut Scores) {
        let row = |weight: usize| weight * self.offers..(weight + 1) * self.offers;
        scores.means.clear();
        scores.means.extend_from_slice(&self.means[row(0)]);
        scores.variances.clear();
        scores.variances.extend_from_slice(&self.variances[row(0)]);
        for &(feature, value) in features {
            let (row, value) = (row(feature as usize + 1), value as f32);
            scores.means.iter_mut().zip(&self.means[row.clone()]).for_each(|(sum, mean)| *sum += value * mean);
            let square = value * value;
            scores.variances.iter_mut().zip(&self.variances[row]).for_each(|(sum, v)| *sum += square * v);
        }
    }

    fn copy(&mut self, offer: usize, weight: usize, model: &Propensity) {
        let at = weight * self.offers + offer;
        self.means[at] = model.weights[weight].mean as f32;
        self.variances[at] = model.weights[weight].variance as f32;
    }

    fn check(&self, offer: usize, model: &Propensity) -> Result<()> {
        if offer >= self.offers {
            return Err(ModelError::invalid("offer", offer as f64, "a number below that of offers"));
        }
        let weights = model.weights.len();
        if weights * self.offers != self.means.len() {
            return Err(ModelError::invalid("weights of a model", weights as f64, "as many as the others have"));
        }
        Ok(())
    }
}

impl Scores {
    /// The log-odds of one offer.
    ///
    /// # Panics
    /// Beyond the last offer.
    pub fn of(&self, offer: usize) -> Score {
        Score { mean: f64::from(self.means[offer]), variance: f64::from(self.variances[offer]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    #[test]
    fn the_same_scores_as_one_by_one() {
        let mut rng = Pcg64Mcg::seed_from_u64(2);
        let mut models = (0..30).map(|_| Propensity::unknown(12, 0.1, 1.0).unwrap()).collect::<Vec<_>>();
        let mut bank = Bank::of(&models.iter().collect::<Vec<_>>()).unwrap();
        let mut scores = Scores::default();
        for _ in 0..500 {
            let features = [(rng.random_range(0..6), 1.0), (rng.random_range(6..12), rng.random::<f64>() * 3.0)];
            let offer = rng.random_range(0..30);
            models[offer].learn(&features, rng.random_bool(0.2)).unwrap();
            bank.learned(offer, &models[offer], &features).unwrap();
            bank.score(&features, &mut scores);
            for (offer, model) in models.iter().enumerate() {
                let (alone, here) = (model.score(&features), scores.of(offer));
                assert!((alone.mean - here.mean).abs() < 1e-5 && (alone.variance - here.variance).abs() < 1e-4);
            }
        }
        models[3].forget(0.5).unwrap();
        bank.replace(3, &models[3]).unwrap();
        assert_eq!(bank, Bank::of(&models.iter().collect::<Vec<_>>()).unwrap());
    }

    #[test]
    fn refusals() {
        let (small, large) = (Propensity::unknown(1, 0.1, 1.0).unwrap(), Propensity::unknown(2, 0.1, 1.0).unwrap());
        assert!(Bank::of(&[]).is_err());
        assert!(Bank::of(&[&small, &large]).is_err());
        let mut bank = Bank::of(&[&small]).unwrap();
        assert_eq!(
            bank.replace(1, &small).unwrap_err().to_string(),
            "offer is 1; expected a number below that of offers"
        );
    }
}
