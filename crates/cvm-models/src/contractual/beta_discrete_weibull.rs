//! The beta-discrete-Weibull model: customers differ in churn as in the shifted beta-geometric model, and besides each
//! one's own churn may rise (c > 1) or fall (c < 1) with tenure.
//!
//! Fader, Hardie, Liu, Davin & Steenburgh (2018), "How to project customer retention revisited: the role of duration
//! dependence", Journal of Interactive Marketing 43.

use super::{RenewalTable, RetentionCurve};
use crate::Result;
use crate::fitting::{Fitted, Likelihood, Parameters, Settings, by_logarithms, check_positive, fit_shapes};
use crate::numerics::gamma_ratio::{digamma_difference, ln_gamma_ratio, trigamma_difference};
use crate::numerics::newton::Evaluation;
use crate::numerics::special::trigamma;
use nalgebra::{Matrix3, Vector3};

const NAME: &str = "BdW";

/// Churn probabilities are beta distributed over customers, and act on a tenure of t^c periods.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaDiscreteWeibull {
    /// Shape towards churn (α).
    pub alpha: f64,
    /// Shape towards loyalty (β).
    pub beta: f64,
    /// Duration dependence: 1 is the shifted beta-geometric model.
    pub c: f64,
}

impl BetaDiscreteWeibull {
    /// Fits to a table of renewals.
    ///
    /// # Errors
    /// [`crate::ModelError::NotIdentified`] where no customer or every one was lost, fewer than three periods were
    /// seen, or the likelihood has no maximum within a factor of a million of 1.
    pub fn fit(table: &RenewalTable, settings: &Settings) -> Result<Fitted<Self>> {
        table.check_identifies(NAME, 3, settings.penalty)?;
        let advice = "the data do not tell differences between customers from change with tenure; take the shifted \
                      beta-geometric model or constant churn, observe more periods, or add a penalty";
        let mut likelihood = BetaDiscreteWeibullLikelihood { table };
        fit_shapes::<_, 3>(NAME, advice, &mut likelihood, settings)
    }

    /// ln S at an effective tenure of z = t^c periods.
    fn ln_survival(&self, z: f64) -> f64 {
        ln_gamma_ratio(self.beta, self.alpha) - ln_gamma_ratio(self.beta + z, self.alpha)
    }

    fn effective(&self, periods: u32) -> f64 {
        f64::from(periods).powf(self.c).min(1e300)
    }
}

impl Parameters for BetaDiscreteWeibull {
    const NAMES: &'static [&'static str] = &["alpha", "beta", "c"];

    fn parameters(&self) -> Vec<f64> {
        vec![self.alpha, self.beta, self.c]
    }

    fn from_parameters(values: &[f64]) -> Result<Self> {
        check_positive(Self::NAMES, values)?;
        Ok(Self { alpha: values[0], beta: values[1], c: values[2] })
    }
}

impl RetentionCurve for BetaDiscreteWeibull {
    fn name(&self) -> &'static str {
        NAME
    }

    fn survival(&self, periods: u32) -> f64 {
        self.ln_survival(self.effective(periods)).exp()
    }

    fn retention(&self, period: u32) -> f64 {
        self.conditional_survival(period.saturating_sub(1), 1)
    }

    fn conditional_survival(&self, renewals: u32, periods: u32) -> f64 {
        let now = self.effective(renewals);
        let then = self.effective(renewals.saturating_add(periods));
        // Of those left, loyalty has grown to β + z, so the ratio needs no difference of two distant survivals.
        let left = Self { beta: self.beta + now, ..*self };
        left.ln_survival(then - now).exp()
    }
}

/// The log-likelihood of a table of renewals, with derivatives through those of ln S.
pub struct BetaDiscreteWeibullLikelihood<'a> {
    /// The data.
    pub table: &'a RenewalTable,
}

/// The derivatives of ln S(t) by α, β and c.
struct LnSurvival {
    gradient: Vector3<f64>,
    hessian: Matrix3<f64>,
}

impl LnSurvival {
    fn at(model: &BetaDiscreteWeibull, periods: u32) -> Self {
        let BetaDiscreteWeibull { alpha, beta, .. } = *model;
        let z = model.effective(periods);
        let ln_t = f64::from(periods.max(1)).ln();
        let late = beta + z;
        let (slope, slope_at_0) = (digamma_difference(late, alpha), digamma_difference(beta, alpha));
        let (curve, curve_at_0) = (trigamma_difference(late, alpha), trigamma_difference(beta, alpha));
        let late_trigamma = trigamma(alpha + late);
        let (dz, dzz) = (z * ln_t, z * ln_t * ln_t);
        let aa = -trigamma_difference(alpha + beta, z);
        let cc = -curve * dz * dz - slope * dzz;
        Self {
            gradient: Vector3::new(-digamma_difference(alpha + beta, z), slope_at_0 - slope, -slope * dz),
            hessian: Matrix3::new(
                aa,
                aa,
                -late_trigamma * dz,
                aa,
                curve_at_0 - curve,
                -curve * dz,
                -late_trigamma * dz,
                -curve * dz,
                cc,
            ),
        }
    }
}

impl Likelihood for BetaDiscreteWeibullLikelihood<'_> {
    fn dimension(&self) -> usize {
        3
    }

    fn customers(&self) -> f64 {
        self.table.customers()
    }

    fn gradient(&mut self, at: &[f64], gradient: &mut [f64]) -> f64 {
        let evaluation = self.evaluate(at);
        gradient.copy_from_slice(evaluation.gradient.as_slice());
        evaluation.value
    }

    fn evaluate(&mut self, at: &[f64]) -> Evaluation {
        let parameters = [at[0].exp(), at[1].exp(), at[2].exp()];
        let model = BetaDiscreteWeibull { alpha: parameters[0], beta: parameters[1], c: parameters[2] };
        let (mut value, mut gradient, mut hessian) = (0.0, Vector3::zeros(), Matrix3::zeros());
        let mut before = LnSurvival::at(&model, 0);
        for (t, renewed, lost, _) in self.table.rows() {
            let after = LnSurvival::at(&model, t as u32 + 1);
            // One period's ln r = ln S(t) - ln S(t - 1); a loss adds ln(1 - r), whose derivatives follow from it.
            let ln_r = model.conditional_survival(t as u32, 1).ln();
            let (dg, dh) = (after.gradient - before.gradient, after.hessian - before.hessian);
            value += renewed * ln_r;
            let mut slope = renewed;
            if lost > 0.0 {
                value += lost * (-ln_r.exp_m1()).ln();
                let odds = 1.0 / (-ln_r).exp_m1();
                slope -= lost * odds;
                hessian -= dg * dg.transpose() * (lost * odds * (1.0 + odds));
            }
            gradient += dg * slope;
            hessian += dh * slope;
            before = after;
        }
        if !value.is_finite() {
            value = f64::NEG_INFINITY;
        }
        let hessian = nalgebra::DMatrix::from_fn(3, 3, |i, j| hessian[(i, j)]);
        by_logarithms(value, gradient.as_slice(), &hessian, &parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contractual::Tenure;
    use crate::testing::close;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_distr::{Beta, Distribution};
    use rand_pcg::Pcg64Mcg;

    #[test]
    fn fits_as_an_independent_search_does() {
        // Percent of customers surviving, Fader & Hardie (2007), table 1. Maxima by scipy 1.17.1 (Nelder-Mead, from
        // four starts), polished by Newton steps in 50-digit arithmetic (mpmath).
        let regular = [1000.0, 631.0, 468.0, 382.0, 326.0, 289.0, 262.0, 241.0];
        let high_end = [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0, 468.0, 445.0, 427.0, 409.0, 394.0];
        for (survivors, values, log_likelihood, errors, twelfth) in [
            (
                &regular[..],
                [0.455613989372, 0.779325508388, 1.28345128578],
                -1679.6028329072,
                [0.1670414275, 0.2827099174, 0.2980950712],
                0.177331398295,
            ),
            (
                &high_end[..8],
                [0.214253339281, 1.42657487486, 1.72356484874],
                -1605.3142132142,
                [0.05957970644, 0.3814086147, 0.3010432817],
                0.4039295907,
            ),
            (
                &high_end[..],
                [0.249640733987, 1.65418095836, 1.59679646784],
                -2004.8168885022,
                [0.05721124523, 0.3576590752, 0.2336547683],
                0.394705774224,
            ),
        ] {
            let table = RenewalTable::from_survivors(survivors).unwrap();
            let fitted = BetaDiscreteWeibull::fit(&table, &Settings::default()).unwrap();
            close(fitted.log_likelihood, log_likelihood, 1e-12);
            for ((e, value), error) in fitted.estimates.iter().zip(values).zip(errors) {
                close(e.value, value, 1e-5);
                close(e.standard_error, error, 1e-5);
            }
            close(fitted.model.survival(12), twelfth, 1e-6);
            close(table.log_likelihood(&fitted.model, 0), log_likelihood, 1e-12);
        }
    }

    #[test]
    fn predictions_equal_fifty_digit_values() {
        // (alpha, beta, c, renewals, more, S(n + k) / S(n), DERL at 10%), mpmath.
        for (alpha, beta, c, renewals, more, conditional, residual) in [
            (0.26, 0.57, 1.4, 5, 7, 0.7299599211953405, 7.844480309763913),
            (0.7, 1.2, 0.6, 0, 1000, 0.056902038201950084, 4.260450072205191),
            (3.0, 40.0, 2.5, 30, 2, 0.6185672059475728, 2.9090467617146367),
        ] {
            let model = BetaDiscreteWeibull { alpha, beta, c };
            close(model.conditional_survival(renewals, more), conditional, 1e-11);
            close(model.discounted_residual_lifetime(renewals, 0.1).unwrap(), residual, 1e-11);
        }
    }

    #[test]
    fn with_c_1_it_is_the_shifted_beta_geometric_model() {
        let general = BetaDiscreteWeibull { alpha: 0.7, beta: 1.2, c: 1.0 };
        let special = super::super::shifted_beta_geometric::ShiftedBetaGeometric { alpha: 0.7, beta: 1.2 };
        for t in [1, 2, 7, 300] {
            close(general.survival(t), special.survival(t), 1e-13);
            close(general.retention(t), special.retention(t), 1e-13);
        }
    }

    #[test]
    fn derivatives_are_those_of_the_likelihood() {
        let table = RenewalTable::from_survivors(&[1000.0, 631.0, 468.0, 382.0, 326.0, 289.0]).unwrap();
        let mut likelihood = BetaDiscreteWeibullLikelihood { table: &table };
        let at = [-0.4, 0.3, 0.5];
        let here = likelihood.evaluate(&at);
        for i in 0..3 {
            let shifted = |by: f64| std::array::from_fn::<f64, 3, _>(|j| if i == j { at[j] + by } else { at[j] });
            let (up, down) = (likelihood.evaluate(&shifted(1e-5)), likelihood.evaluate(&shifted(-1e-5)));
            assert!(((up.value - down.value) / 2e-5 - here.gradient[i]).abs() < 1e-4, "{i}");
            for j in 0..3 {
                let difference = (up.gradient[j] - down.gradient[j]) / 2e-5;
                assert!((difference - here.hessian[(i, j)]).abs() < 1e-4, "{i} {j}");
            }
        }
    }

    #[test]
    fn recovers_what_was_simulated() {
        let truth = [0.8, 2.5, 1.5];
        let mut rng = Pcg64Mcg::seed_from_u64(2018);
        let churn = Beta::new(truth[0], truth[1]).unwrap();
        let tenures: Vec<Tenure> = (0..60_000)
            .map(|i| {
                let (theta, age): (f64, u32) = (churn.sample(&mut rng), 4 + i % 20);
                // P(T > t) = (1 - theta)^(t^c), so the tenure is the c-th root of an exponential, rounded up.
                let exponential = -(1.0 - rng.random::<f64>()).ln() / -(-theta).ln_1p();
                let periods = exponential.powf(1.0 / truth[2]).ceil().max(1.0);
                let ended = periods <= f64::from(age);
                Tenure { periods: if ended { periods as u32 } else { age }, ended, weight: 1.0 }
            })
            .collect();
        let fitted =
            BetaDiscreteWeibull::fit(&RenewalTable::from_tenures(&tenures).unwrap(), &Settings::default()).unwrap();
        for (e, truth) in fitted.estimates.iter().zip(truth) {
            assert!((e.value - truth).abs() < 3.5 * e.standard_error, "{e:?} for {truth}");
            assert!(e.standard_error < 0.15 * truth, "{e:?}");
        }
    }

    #[test]
    fn says_what_the_data_lack() {
        let table = RenewalTable::from_survivors(&[100.0, 80.0, 70.0]).unwrap();
        let error = BetaDiscreteWeibull::fit(&table, &Settings::default()).unwrap_err().to_string();
        assert!(error.starts_with("BdW cannot be fitted: 2 periods were seen for 3 parameters"), "{error}");
    }

    proptest! {
        #[test]
        fn a_curve_of_shares(logs in prop::array::uniform3(-4.0..4.0_f64), renewals in 0u32..300, more in 0u32..300) {
            let model = BetaDiscreteWeibull::from_parameters(&logs.map(f64::exp)).unwrap();
            let conditional = model.conditional_survival(renewals, more);
            prop_assert!((0.0..=1.0 + 1e-12).contains(&conditional));
            prop_assert!(model.survival(renewals + more) <= model.survival(renewals) * (1.0 + 1e-9));
            prop_assert!(model.discounted_residual_lifetime(renewals, 0.05).unwrap() >= 0.0);
        }

        #[test]
        fn a_fit_is_finite_or_says_why(lost in prop::collection::vec(0u32..40, 1..12), left in 0u32..100) {
            let mut survivors = vec![f64::from(left) + 1.0];
            for lost in lost.iter().rev() {
                survivors.insert(0, survivors[0] + f64::from(*lost));
            }
            let table = RenewalTable::from_survivors(&survivors).unwrap();
            if let Ok(fitted) = BetaDiscreteWeibull::fit(&table, &Settings::default()) {
                prop_assert!(fitted.log_likelihood.is_finite());
                prop_assert!(fitted.estimates.iter().all(|e| e.value.is_finite() && e.standard_error.is_finite()));
            }
        }
    }
}
