//! How many customers it takes, and what so many can show.
//!
//! The usual normal approximation for a difference of means: J. Cohen (1988), "Statistical Power Analysis for the
//! Behavioral Sciences". For a share p take `sqrt(p (1 - p))` as deviation; with [`super::cuped`], the deviation times the
//! root of what variance is left.

use crate::contractual::kaplan_meier::normal_quantile;
use crate::{ModelError, Result};
use statrs::function::erf::erfc;

/// What is known before the campaign.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Design {
    /// Standard deviation of the outcome between treated customers.
    pub deviation_treated: f64,
    /// The same in the control group.
    pub deviation_control: f64,
    /// Share of customers who are treated.
    pub share_treated: f64,
    /// Confidence of the test, two-sided.
    pub confidence: f64,
    /// Chance to find an effect that is there.
    pub power: f64,
}

impl Default for Design {
    /// The usual 95% and 80%, halves, and effects counted in standard deviations.
    fn default() -> Self {
        Self { deviation_treated: 1.0, deviation_control: 1.0, share_treated: 0.5, confidence: 0.95, power: 0.8 }
    }
}

impl Design {
    /// Customers of both arms together to find a difference of this size.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for an effect of 0 and settings out of their domain.
    pub fn customers(&self, effect: f64) -> Result<f64> {
        if !(effect.is_finite() && effect != 0.0) {
            return Err(ModelError::invalid("effect", effect, "a number other than 0"));
        }
        Ok(self.variance()? * (self.quantiles()? / effect).powi(2))
    }

    /// The smallest difference that so many customers (of both arms together) find.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for customers and settings out of their domain.
    pub fn detectable(&self, customers: f64) -> Result<f64> {
        Ok(self.quantiles()? * (self.variance()? / checked(customers)?).sqrt())
    }

    /// Chance that so many customers find a difference of this size.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for customers and settings out of their domain.
    pub fn power(&self, effect: f64, customers: f64) -> Result<f64> {
        let shift = effect.abs() / (self.variance()? / checked(customers)?).sqrt();
        let z = normal_quantile(self.confidence)?;
        let above = |x: f64| 0.5 * erfc(x * std::f64::consts::FRAC_1_SQRT_2);
        // The wrong side counts as well where the effect is small.
        Ok(above(z - shift) + above(z + shift))
    }

    /// Variance of the difference times the number of customers.
    fn variance(&self) -> Result<f64> {
        let share = self.share_treated;
        if !(share > 0.0 && share < 1.0) {
            return Err(ModelError::invalid("share of treated", share, "a number between 0 and 1"));
        }
        for deviation in [self.deviation_treated, self.deviation_control] {
            if !(deviation.is_finite() && deviation > 0.0) {
                return Err(ModelError::invalid("standard deviation", deviation, "a number above 0"));
            }
        }
        Ok(self.deviation_treated.powi(2) / share + self.deviation_control.powi(2) / (1.0 - share))
    }

    fn quantiles(&self) -> Result<f64> {
        if !(self.power >= 0.5 && self.power < 1.0) {
            return Err(ModelError::invalid("power", self.power, "a number from 0.5 to below 1, usually 0.8"));
        }
        // The one-sided quantile of the power is the two-sided one of 2 power - 1; half of the time it is 0.
        let power = if self.power > 0.5 { normal_quantile(2.0 * self.power - 1.0)? } else { 0.0 };
        Ok(normal_quantile(self.confidence)? + power)
    }
}

fn checked(customers: f64) -> Result<f64> {
    let fine = customers.is_finite() && customers >= 2.0;
    if fine { Ok(customers) } else { Err(ModelError::invalid("number of customers", customers, "at least 2")) }
}

/// Customers an arm needs before the mean of outcomes with this skewness is near normal.
///
/// R. Kohavi, A. Deng, R. Longbotham & Y. Xu (2014), "Seven rules of thumb for web site experimenters", KDD: with 355
/// times the squared skewness, the true 95% interval's tails are within 0.25 points of 2.5%. For two arms of one size
/// the difference is less skewed, and this is cautious.
pub fn customers_for_skewness(skewness: f64) -> f64 {
    355.0 * skewness * skewness
}

/// Skewness of outcomes, 0 where all are alike.
pub fn skewness(outcomes: &[f64]) -> f64 {
    let n = outcomes.len() as f64;
    let mean = outcomes.iter().sum::<f64>() / n;
    let moment = |power: i32| outcomes.iter().map(|x| (x - mean).powi(power)).sum::<f64>() / n;
    let variance = moment(2);
    if variance > 0.0 { moment(3) / variance.powf(1.5) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    #[test]
    fn sizes_of_statsmodels() {
        // statsmodels 0.15.0 NormalIndPower().solve_power: nobs1, with nobs2 = ratio x nobs1. It counts effects found on
        // the wrong side as found, and its search is not exact.
        let halves = Design::default();
        close(halves.customers(0.05).unwrap(), 2.0 * 6279.088407460959, 1e-5);
        close(halves.detectable(10_000.0).unwrap(), 0.056029829945018796, 1e-4);
        close(halves.power(0.05, 4_000.0).unwrap(), 0.3526080824447023, 1e-9);
        let uneven = Design { share_treated: 0.8, power: 0.9, ..halves };
        close(uneven.customers(0.1).unwrap(), 1.25 * 5253.7097054792775, 1e-6);
        let looser = Design { share_treated: 1.0 / 1.5, confidence: 0.9, ..halves };
        close(looser.power(0.02, 15_000.0).unwrap(), 0.31457144833510053, 1e-9);
    }

    #[test]
    fn size_effect_and_power_agree() {
        let design =
            Design { deviation_treated: 18.0, deviation_control: 12.0, share_treated: 0.9, ..Design::default() };
        let customers = design.customers(0.7).unwrap();
        close(design.detectable(customers).unwrap(), 0.7, 1e-12);
        close(design.power(0.7, customers).unwrap(), 0.8, 1e-4);
        close(design.power(-0.7, customers).unwrap(), 0.8, 1e-4);
    }

    #[test]
    fn refuses_what_cannot_be_planned() {
        let design = Design::default();
        assert!(design.customers(0.0).is_err());
        assert!(design.detectable(1.0).is_err());
        assert!(Design { power: 1.0, ..design }.customers(1.0).is_err());
        assert!(Design { share_treated: 1.0, ..design }.customers(1.0).is_err());
        assert!(Design { deviation_control: 0.0, ..design }.power(1.0, 10.0).is_err());
    }

    #[test]
    fn skewness_by_hand() {
        // 0 0 3: mean 1, moments 2 and 2: 2 / 2^1.5.
        close(skewness(&[0.0, 0.0, 3.0]), 2.0_f64.powf(-0.5), 1e-12);
        assert_eq!(skewness(&[4.0; 5]), 0.0);
        // Spend after Hillstrom's e-mails has a skewness of 18: a hundred thousand customers an arm.
        close(customers_for_skewness(18.0), 115_020.0, 1e-12);
    }
}
