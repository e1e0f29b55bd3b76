//! What a campaign truly earned: customers who got it against customers who, by lot, did not.
//!
//! Everything starts from an [`Arm`](arm::Arm) (how many customers, their mean, their variance), which SQL can count
//! over any number of customers, and ends in an [`Effect`] with its interval. Before any of it is believed,
//! [`sample_ratio`] says whether the lot was kept.
//!
//! | question | file |
//! |---|---|
//! | how much more per customer, and in all; revenue per order and other ratios | [`difference`] |
//! | the same with less noise, from what was known before | [`cuped`] |
//! | may I look before the end | [`sequential`] |
//! | for whom did it work | [`strata`] |
//! | what did it cost, was it worth it | [`returns`] |
//! | how many customers are needed | [`power`] |

pub mod arm;
pub mod cuped;
pub mod difference;
pub mod fieller;
pub mod power;
pub mod returns;
pub mod sample_ratio;
pub mod sequential;
#[cfg(test)]
mod simulations;
pub mod strata;

use crate::contractual::kaplan_meier::normal_quantile;
use crate::{ModelError, Result};
use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::erf::erfc;
use statrs::function::gamma::gamma_ur;

/// A difference that a treatment made, with how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Lower bound of the interval.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
    /// Chance of an estimate at least this far from 0 if there were no effect.
    pub p_value: f64,
}

impl Effect {
    /// From an estimate whose error follows Student's distribution.
    pub(crate) fn new(estimate: f64, standard_error: f64, freedom: f64, confidence: f64) -> Result<Self> {
        let margin = t_quantile(confidence, freedom)? * standard_error;
        if !(estimate.is_finite() && margin.is_finite()) {
            return Err(ModelError::invalid("effect", estimate, "finite; the numbers are too large"));
        }
        // Where nobody differs from anybody there is no error, and no doubt about a difference.
        let p_value = if standard_error > 0.0 {
            t_two_sided(estimate / standard_error, freedom)
        } else {
            f64::from(estimate == 0.0)
        };
        Ok(Self { estimate, standard_error, low: estimate - margin, high: estimate + margin, p_value })
    }

    /// The effect in another unit: on all `customers`, or in percent.
    pub fn times(&self, factor: f64) -> Self {
        let (a, b) = (self.low * factor, self.high * factor);
        Self {
            estimate: self.estimate * factor,
            standard_error: self.standard_error * factor.abs(),
            low: a.min(b),
            high: a.max(b),
            p_value: self.p_value,
        }
    }

    /// The effect less a sum that is known exactly. The chance is no longer that of "no effect", so it is computed anew
    /// by the normal distribution.
    pub(crate) fn less(&self, sum: f64) -> Self {
        let estimate = self.estimate - sum;
        let p_value = if self.standard_error > 0.0 {
            normal_two_sided(estimate / self.standard_error)
        } else {
            f64::from(estimate == 0.0)
        };
        Self { estimate, low: self.low - sum, high: self.high - sum, p_value, ..*self }
    }
}

/// From so many degrees of freedom on, quantiles are those of the normal distribution with a correction that is right to
/// ten digits: the inverse of the incomplete beta function behind Student's loses them there.
const MANY: f64 = 3e3;

/// From so many on, chances are too.
const VERY_MANY: f64 = 1e5;

/// Half-width of a two-sided interval in standard errors.
fn t_quantile(confidence: f64, freedom: f64) -> Result<f64> {
    let z = normal_quantile(confidence)?;
    if freedom >= MANY {
        // Cornish & Fisher (1937), first two terms.
        let first = (z.powi(3) + z) / 4.0;
        let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
        return Ok(z + first / freedom + second / (freedom * freedom));
    }
    let student = StudentsT::new(0.0, 1.0, freedom);
    let student = student.map_err(|_| ModelError::invalid("degrees of freedom", freedom, "a number above 0"))?;
    Ok(student.inverse_cdf(0.5 + confidence / 2.0))
}

/// Chance to be at least this far from 0.
fn t_two_sided(t: f64, freedom: f64) -> f64 {
    if freedom >= VERY_MANY {
        return normal_two_sided(t * (1.0 - 1.0 / (4.0 * freedom)) / (1.0 + t * t / (2.0 * freedom)).sqrt());
    }
    let student = StudentsT::new(0.0, 1.0, freedom);
    student.map_or(1.0, |student| (2.0 * student.cdf(-t.abs())).min(1.0))
}

/// Chance of a sum of squares at least as large, by Pearson's chi-square. Groups that are just as they should be have a sum of 0,
/// which the function of the library refuses.
fn chi_square_tail(sum: f64, freedom: usize) -> f64 {
    match sum {
        sum if sum <= 0.0 => 1.0,
        sum if sum.is_finite() => gamma_ur(freedom as f64 / 2.0, sum / 2.0),
        _ => 0.0,
    }
}

fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() * std::f64::consts::FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    #[test]
    fn student_of_scipy() {
        // scipy.stats.t 1.17.1: ppf(0.975, df), 2 sf(2.5, df).
        for (freedom, quantile, chance) in [
            (1.5, 6.016663104427929, 0.16980650261469604),
            (5.0, 2.5705818356363146, 0.05449009934237626),
            (30.0, 2.0422724563012378, 0.01811564906806669),
            (1000.0, 1.9623390808264083, 0.012578567801090807),
            (1e5, 1.9599877075346095, 0.012420919192559051),
            (1e6, 1.959966356814107, 0.012419489502163254),
            (1e9, 1.959963986912325, 0.012419330810402493),
        ] {
            close(t_quantile(0.95, freedom).unwrap(), quantile, 1e-9);
            close(t_two_sided(2.5, freedom), chance, 1e-8);
        }
    }

    #[test]
    fn groups_just_as_they_should_be_are_no_surprise() {
        assert_eq!(chi_square_tail(0.0, 2), 1.0);
        assert_eq!(chi_square_tail(f64::INFINITY, 2), 0.0);
        // scipy.stats.chi2.sf(5.991464547107979, 2)
        close(chi_square_tail(5.991464547107979, 2), 0.05, 1e-12);
        let exact = sample_ratio::check(&[280, 280, 140], &[0.4, 0.4, 0.2], 0.001).unwrap();
        assert_eq!((exact.p_value, exact.mismatch), (1.0, false));
    }

    #[test]
    fn a_negative_factor_turns_the_interval_round() {
        let effect = Effect { estimate: 2.0, standard_error: 1.0, low: 0.0, high: 4.0, p_value: 0.05 };
        let turned = effect.times(-3.0);
        assert_eq!((turned.low, turned.estimate, turned.high, turned.standard_error), (-12.0, -6.0, 0.0, 3.0));
    }
}
