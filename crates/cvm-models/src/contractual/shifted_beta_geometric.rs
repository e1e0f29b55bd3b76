//! The shifted beta-geometric model: each customer has a churn probability of their own, so those who stay are ever
//! more loyal and retention rises with tenure.
//!
//! Fader & Hardie (2007), "How to project customer retention", Journal of Interactive Marketing 21(1); residual
//! lifetimes from Fader & Hardie (2010), "Customer-base valuation in a contractual setting: the perils of ignoring
//! heterogeneity", Marketing Science 29(1).

use super::{RenewalTable, RetentionCurve, check_discount, sum_of_renewals};
use crate::Result;
use crate::fitting::{Fitted, Likelihood, Parameters, Settings, by_logarithms, check_positive, fit_shapes};
use crate::numerics::gamma_ratio::{digamma_difference, ln_gamma_ratio};
use crate::numerics::newton::Evaluation;
use nalgebra::dmatrix;

const NAME: &str = "sBG";

/// Churn probabilities are beta distributed over customers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShiftedBetaGeometric {
    /// Shape towards churn (α).
    pub alpha: f64,
    /// Shape towards loyalty (β).
    pub beta: f64,
}

impl ShiftedBetaGeometric {
    /// Fits to a table of renewals.
    ///
    /// # Errors
    /// [`crate::ModelError::NotIdentified`] where no customer or every one was lost, fewer than two periods were seen,
    /// or retention does not rise with tenure, so that the best distribution of churn is a single point.
    ///
    /// ```
    /// use cvm_models::contractual::{RenewalTable, RetentionCurve, shifted_beta_geometric::ShiftedBetaGeometric};
    ///
    /// let table = RenewalTable::from_survivors(&[1000.0, 631.0, 468.0, 382.0, 326.0])?;
    /// let curve = ShiftedBetaGeometric::fit(&table, &Default::default())?.model;
    /// // Those who have renewed four times are more loyal than new ones.
    /// assert!(curve.retention(5) > 0.85 && curve.retention(1) < 0.65);
    /// # Ok::<(), cvm_models::ModelError>(())
    /// ```
    pub fn fit(table: &RenewalTable, settings: &Settings) -> Result<Fitted<Self>> {
        table.check_identifies(NAME, 2, settings.penalty)?;
        let advice = "retention does not rise with tenure as this model says; take beta-discrete-Weibull or constant \
                      churn, or add a penalty";
        let mut likelihood = ShiftedBetaGeometricLikelihood { table };
        fit_shapes::<_, 2>(NAME, advice, &mut likelihood, settings)
    }

    /// The customers who are left after this many renewals: again shifted beta-geometric.
    pub fn after(&self, renewals: u32) -> Self {
        Self { beta: self.beta + f64::from(renewals), ..*self }
    }

    /// Expected renewals of a new customer over the next `horizon`, not discounted.
    pub(crate) fn expected_periods(&self, horizon: f64) -> f64 {
        let Self { alpha, beta } = *self;
        let excess = alpha - 1.0;
        if excess == 0.0 {
            return beta * digamma_difference(1.0 + beta, horizon);
        }
        // Γ(α+β) Γ(1+β+h) / (Γ(α+β+h) Γ(1+β)); as powers of it, so that α near 1 keeps its digits.
        let decline = ln_gamma_ratio(1.0 + beta, excess) - ln_gamma_ratio(1.0 + beta + horizon, excess);
        -beta * decline.exp_m1() / excess
    }
}

impl Parameters for ShiftedBetaGeometric {
    const NAMES: &'static [&'static str] = &["alpha", "beta"];

    fn parameters(&self) -> Vec<f64> {
        vec![self.alpha, self.beta]
    }

    fn from_parameters(values: &[f64]) -> Result<Self> {
        check_positive(Self::NAMES, values)?;
        Ok(Self { alpha: values[0], beta: values[1] })
    }
}

impl RetentionCurve for ShiftedBetaGeometric {
    fn name(&self) -> &'static str {
        NAME
    }

    fn survival(&self, periods: u32) -> f64 {
        let (beta, periods) = (self.beta, f64::from(periods));
        (ln_gamma_ratio(beta, self.alpha) - ln_gamma_ratio(beta + periods, self.alpha)).exp()
    }

    fn retention(&self, period: u32) -> f64 {
        let loyal = self.beta + f64::from(period.saturating_sub(1));
        loyal / (self.alpha + loyal)
    }

    fn conditional_survival(&self, renewals: u32, periods: u32) -> f64 {
        self.after(renewals).survival(periods)
    }

    fn expected_renewals(&self, renewals: u32, horizon: u32, discount: f64) -> f64 {
        if discount <= 0.0 {
            return self.after(renewals).expected_periods(f64::from(horizon));
        }
        sum_of_renewals(self, renewals, horizon, discount)
    }

    fn discounted_residual_lifetime(&self, renewals: u32, discount: f64) -> Result<f64> {
        check_discount(discount)?;
        let left = self.after(renewals);
        // 2F1(1, β + 1; α + β + 1; 1 / (1 + d)) by Pfaff's transformation (DLMF 15.8.1), whose argument is -1 / d: a
        // small discount keeps its digits, which 1 / (1 + d) would lose.
        let series = hypergeometric_1(left.alpha, left.alpha + left.beta + 1.0, 1.0 / discount);
        Ok(left.retention(1) * (1.0 + discount) / discount * series)
    }
}

/// 2F1(1, b; c; -z) for c > b > 0 and z > 0, by Gauss's continued fraction (DLMF 15.7.1) with Lentz's method: all its
/// partial numerators are positive, so no step loses digits. It takes some 20 √z steps.
fn hypergeometric_1(b: f64, c: f64, z: f64) -> f64 {
    let tail = |k: usize| {
        let m = (k / 2) as f64;
        if k == 1 {
            b / c
        } else if k % 2 == 1 {
            (b + m) * (c - 1.0 + m) / ((c + 2.0 * m - 1.0) * (c + 2.0 * m))
        } else {
            m * (c - b + m - 1.0) / ((c + 2.0 * m - 2.0) * (c + 2.0 * m - 1.0))
        }
    };
    let (mut fraction, mut front, mut back) = (1.0, 1.0, 0.0);
    for k in 1..1_000_000 {
        let numerator = tail(k) * z;
        back = 1.0 / (1.0 + numerator * back);
        front = 1.0 + numerator / front;
        let change: f64 = front * back;
        fraction *= change;
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    1.0 / fraction
}

/// The log-likelihood of a table of renewals. Every renewal due is a coin with the chance α / (α + β + t - 1) of a
/// loss, so no special function is needed.
pub struct ShiftedBetaGeometricLikelihood<'a> {
    /// The data.
    pub table: &'a RenewalTable,
}

impl Likelihood for ShiftedBetaGeometricLikelihood<'_> {
    fn dimension(&self) -> usize {
        2
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
        let (alpha, beta) = (at[0].exp(), at[1].exp());
        let (mut value, mut g, mut h) = (0.0, [0.0; 2], [0.0; 3]);
        for (t, renewed, lost, due) in self.table.rows() {
            let (loyal, all) = (beta + t as f64, alpha + beta + t as f64);
            value += lost * (alpha / all).ln() + renewed * (loyal / all).ln();
            g[0] += lost / alpha - due / all;
            g[1] += renewed / loyal - due / all;
            let shared = due / (all * all);
            h[0] += shared - lost / (alpha * alpha);
            h[1] += shared;
            h[2] += shared - renewed / (loyal * loyal);
        }
        by_logarithms(value, &g, &dmatrix![h[0], h[1]; h[1], h[2]], &[alpha, beta])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ModelError;
    use crate::contractual::Tenure;
    use crate::testing::close;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_distr::{Beta, Distribution};
    use rand_pcg::Pcg64Mcg;

    /// Percent of customers surviving 0 to 12 years, Fader & Hardie (2007), table 1, as if of 1,000 customers.
    const REGULAR: [f64; 13] =
        [1000.0, 631.0, 468.0, 382.0, 326.0, 289.0, 262.0, 241.0, 223.0, 207.0, 194.0, 183.0, 173.0];
    const HIGH_END: [f64; 13] =
        [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0, 468.0, 445.0, 427.0, 409.0, 394.0];

    #[test]
    fn fits_seven_years_as_published_and_projects_twelve() {
        // Maximum polished in 50-digit arithmetic; the paper has alpha 0.704, beta 1.182 and 0.668, 3.806.
        let regular =
            ([0.704077298474, 1.18204302621], -1680.2651884633, [0.06559896423, 0.1524756317], 0.170037452812);
        let high_end =
            ([0.668088351106, 3.80609496406], -1611.1581473912, [0.1037349311, 0.7855316918], 0.377999071597);
        for (survivors, (values, log_likelihood, errors, twelfth)) in [(REGULAR, regular), (HIGH_END, high_end)] {
            let table = RenewalTable::from_survivors(&survivors[..8]).unwrap();
            let fitted = ShiftedBetaGeometric::fit(&table, &Settings::default()).unwrap();
            close(fitted.log_likelihood, log_likelihood, 1e-12);
            for ((e, value), error) in fitted.estimates.iter().zip(values).zip(errors) {
                close(e.value, value, 1e-6);
                close(e.standard_error, error, 1e-6);
            }
            close(fitted.model.survival(12), twelfth, 1e-7);
            close(table.log_likelihood(&fitted.model, 0), log_likelihood, 1e-12);
        }
    }

    #[test]
    fn residual_lifetimes_equal_fifty_digit_values() {
        // (alpha, beta, renewals, discount, DERL), mpmath.
        for (alpha, beta, renewals, discount, expected) in [
            (0.704, 1.182, 0, 0.1, 2.9646621461320315),
            (0.704, 1.182, 4, 0.1, 5.89442285984416),
            (0.668, 3.806, 0, 0.1, 5.41485604837404),
            (0.668, 3.806, 1, 0.01, 21.55951058998132),
            (2.5, 0.3, 1000, 0.0001, 587.5240536753935),
            (0.2, 0.1, 5000, 1e-6, 399240.47033940733),
            (50.0, 300.0, 3, 0.02, 5.502231497641165),
            (1.0, 2.0, 0, 0.005, 7.741455784922359),
        ] {
            let model = ShiftedBetaGeometric { alpha, beta };
            close(model.discounted_residual_lifetime(renewals, discount).unwrap(), expected, 1e-11);
            if discount > 0.001 {
                close(
                    model.discounted_residual_lifetimes(renewals + 9, discount).unwrap()[renewals as usize],
                    expected,
                    1e-11,
                );
                close(sum_of_renewals(&model, renewals, 1_000_000, discount), expected, 1e-11);
            }
        }
    }

    #[test]
    fn expected_renewals_equal_fifty_digit_values() {
        for (alpha, beta, renewals, horizon, expected) in [
            (0.704, 1.182, 0, 10, 3.230333681033276),
            (1.0, 2.0, 3, 100, 14.76298513988598),
            (1.0000001, 2.0, 3, 100, 14.762982917467816),
            (2.5, 0.3, 0, 1_000_000, 0.1999999996263974),
        ] {
            let model = ShiftedBetaGeometric { alpha, beta };
            close(model.expected_renewals(renewals, horizon, 0.0), expected, 1e-12);
        }
    }

    #[test]
    fn recovers_what_was_simulated_in_cohorts_of_different_age() {
        let mut rng = Pcg64Mcg::seed_from_u64(2007);
        let churn = Beta::new(0.7, 2.4).unwrap();
        let tenures: Vec<Tenure> = (0..30_000)
            .map(|i| {
                let (theta, age) = (churn.sample(&mut rng), 1 + i % 12);
                match (1..=age).find(|_| rng.random::<f64>() < theta) {
                    Some(periods) => Tenure { periods, ended: true, weight: 1.0 },
                    None => Tenure { periods: age, ended: false, weight: 1.0 },
                }
            })
            .collect();
        let table = RenewalTable::from_tenures(&tenures).unwrap();
        let fitted = ShiftedBetaGeometric::fit(&table, &Settings::default()).unwrap();
        for (e, truth) in fitted.estimates.iter().zip([0.7, 2.4]) {
            assert!((e.value - truth).abs() < 3.5 * e.standard_error, "{e:?} for {truth}");
            assert!(e.standard_error < 0.1 * truth, "{e:?}");
        }
    }

    #[test]
    fn says_what_the_data_lack() {
        let fit = |survivors: &[f64]| {
            ShiftedBetaGeometric::fit(&RenewalTable::from_survivors(survivors).unwrap(), &Settings::default())
        };
        let none = fit(&[50.0, 50.0, 50.0]).unwrap_err().to_string();
        assert!(none.starts_with("sBG cannot be fitted: none of 50 customers was lost; observe more"), "{none}");
        let all = fit(&[50.0, 0.0]).unwrap_err().to_string();
        assert!(all.contains("all 50 customers were lost in their first period"), "{all}");
        let short = fit(&[50.0, 20.0]).unwrap_err().to_string();
        assert!(short.contains("1 periods were seen for 2 parameters"), "{short}");
        let falling = fit(&[1000.0, 900.0, 700.0, 400.0]).unwrap_err();
        assert!(matches!(falling, ModelError::NotIdentified { .. }), "{falling}");
        assert!(falling.to_string().contains("retention does not rise"), "{falling}");
        let table = RenewalTable::from_survivors(&[1000.0, 900.0, 700.0, 400.0]).unwrap();
        assert!(ShiftedBetaGeometric::fit(&table, &Settings { penalty: 1.0, ..Settings::default() }).is_ok());
        let loyal = RenewalTable::from_survivors(&[50.0, 50.0, 50.0]).unwrap();
        let drawn = ShiftedBetaGeometric::fit(&loyal, &Settings { penalty: 1.0, ..Settings::default() }).unwrap();
        assert!(drawn.model.retention(1) > 0.9, "{drawn:?}");
        let empty =
            ShiftedBetaGeometric::fit(&RenewalTable::default(), &Settings { penalty: 1.0, ..Settings::default() });
        assert!(empty.unwrap_err().to_string().contains("no customer has come to the end"));
        let free = ShiftedBetaGeometric { alpha: 1.0, beta: 1.0 }.discounted_residual_lifetime(0, 0.0).unwrap_err();
        assert_eq!(
            free.to_string(),
            "discount per period is 0; expected a number from 1e-6, or a finite horizon instead"
        );
    }

    proptest! {
        #[test]
        fn a_curve_of_shares(logs in prop::array::uniform2(-6.0..6.0_f64), renewals in 0u32..500, more in 0u32..500) {
            let model = ShiftedBetaGeometric::from_parameters(&logs.map(f64::exp)).unwrap();
            let conditional = model.conditional_survival(renewals, more);
            prop_assert!((0.0..=1.0).contains(&conditional));
            let product: f64 = (1..=more).map(|k| model.retention(renewals + k)).product();
            prop_assert!((conditional - product).abs() < 1e-10);
            let few = model.expected_renewals(renewals, more, 0.0);
            let many = sum_of_renewals(&model, renewals, more, 0.0);
            prop_assert!((few - many).abs() < 1e-9 * (1.0 + many), "{} {}", few, many);
            prop_assert!(model.discounted_residual_lifetime(renewals, 0.01).unwrap() >= 0.0);
        }
    }
}
