//! The MBG/NBD model: as BG/NBD, but customers may also leave right after their first purchase.
//!
//! Batislam, Denizel & Filiztekin (2007), "Empirical validation and comparison of models for customer base analysis",
//! International Journal of Research in Marketing 24(3). The extra chance to leave mends what BG/NBD gets wrong about
//! customers who never came back: there they all count as alive, here many have left at once.

use super::bgnbd::{self, BgNbd, FirstLeave, Settings};
use super::{BuyTillYouDie, Fitted, History, Parameters, Pattern, PurchaseProcess};
use crate::Result;

/// The model at given parameters. As a [`PurchaseProcess`] it is a new customer, just before the chance to leave after
/// the first purchase.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MbgNbd(pub(super) BgNbd);

/// Fits the MBG/NBD model.
///
/// # Errors
/// As [`bgnbd::fit`].
pub fn fit(patterns: &[Pattern], settings: &Settings) -> Result<Fitted<MbgNbd>> {
    bgnbd::fit_family("MBG/NBD", patterns, FirstLeave::AtOnce, settings)
}

impl MbgNbd {
    /// `r` and `alpha`: shape and rate of the gamma distribution of purchase rates; `a` and `b`: the beta distribution
    /// of the chance to leave after a purchase.
    ///
    /// # Errors
    /// As [`BgNbd::new`].
    pub fn new(r: f64, alpha: f64, a: f64, b: f64) -> Result<Self> {
        BgNbd::new(r, alpha, a, b).map(Self)
    }

    /// The probability to be still there after the first purchase, and the future of those who are.
    fn after_first(&self) -> (f64, BgNbd) {
        (self.probability_alive(&History { frequency: 0, recency: 0.0, age: 0.0 }), self.if_alive(0, 0.0))
    }
}

impl Parameters for MbgNbd {
    const NAMES: &'static [&'static str] = BgNbd::NAMES;

    fn parameters(&self) -> Vec<f64> {
        self.0.parameters()
    }

    fn from_parameters(values: &[f64]) -> Result<Self> {
        BgNbd::from_parameters(values).map(Self)
    }
}

impl BuyTillYouDie for MbgNbd {
    type Alive = BgNbd;

    fn name(&self) -> &'static str {
        "MBG/NBD"
    }

    fn log_likelihood(&self, history: &History) -> f64 {
        self.0.log_likelihood_with(history, FirstLeave::AtOnce.chances(history.frequency))
    }

    fn probability_alive(&self, history: &History) -> f64 {
        self.0.probability_alive_with(history, FirstLeave::AtOnce.chances(history.frequency))
    }

    fn if_alive(&self, frequency: u32, age: f64) -> BgNbd {
        self.0.if_alive_with(frequency, age, FirstLeave::AtOnce.chances(frequency))
    }

    fn expected_purchases_if_alive(&self, frequency: u32, ages: &[f64], times: &[f64]) -> Vec<f64> {
        bgnbd::expected_purchases(&self.if_alive(frequency, 0.0), ages, times)
    }
}

impl PurchaseProcess for MbgNbd {
    fn expected_purchases(&self, time: f64) -> f64 {
        let (staying, future) = self.after_first();
        staying * future.expected_purchases(time)
    }

    fn purchase_distribution(&self, time: f64, most: usize) -> Vec<f64> {
        let (staying, future) = self.after_first();
        let mut distribution = future.purchase_distribution(time, most);
        for p in &mut distribution {
            *p *= staying;
        }
        distribution[0] += 1.0 - staying;
        distribution
    }

    fn discounted_expected_purchases(&self, rate: f64) -> f64 {
        let (staying, future) = self.after_first();
        staying * future.discounted_expected_purchases(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noncontractual::bgnbd::tests::cdnow;
    use crate::testing::close;

    /// An independent fit: scipy 1.17.1 on the likelihood of lifetimes 0.11.3, polished.
    #[test]
    fn fits_cdnow() {
        let fitted = fit(&cdnow(), &Settings::default()).unwrap();
        close(fitted.log_likelihood, -9582.132684899903, 1e-12);
        let expected = [
            ("r", 0.5248379973391366, 0.08326431934559583),
            ("alpha", 6.182992588892401, 0.6955995533458328),
            ("a", 0.8913561884802418, 0.15478556368546106),
            ("b", 1.6139993952991925, 0.5374738646476208),
        ];
        for (estimate, (name, value, error)) in fitted.estimates.iter().zip(expected) {
            assert_eq!(estimate.name, name);
            close(estimate.value, value, 1e-5);
            close(estimate.standard_error, error, 1e-4);
        }
    }

    /// New customers at the same optimum: scipy 1.17.1 with the closed forms.
    #[test]
    fn new_customers_of_cdnow() {
        let model = MbgNbd::new(0.5248379973391366, 6.182992588892401, 0.8913561884802418, 1.6139993952991925).unwrap();
        for (time, expected) in [(1.0, 0.05306061682481871), (39.0, 1.1822836444404252), (78.0, 1.8036360118904269)] {
            close(model.expected_purchases(time), expected, 1e-9);
        }
        let expected = [0.5826055556983271, 0.18276339170093714, 0.08687059792352675, 0.0485507244044941];
        for (value, expected) in model.purchase_distribution(39.0, 3).into_iter().zip(expected) {
            close(value, expected, 1e-10);
        }
    }
}
