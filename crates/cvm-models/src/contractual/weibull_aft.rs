//! Weibull accelerated failure time: traits of a customer stretch or shrink their lifetime by a factor.
//!
//! Kalbfleisch & Prentice (2002), "The statistical analysis of failure time data", chapter 3. Survival is
//! S(t | x) = exp(-(t / λ)^ρ) with ln λ linear in the covariates.

use super::concordance::concordance_index;
use super::covariates::{Standardised, check_row, covariance, effect};
use super::cox::Settings;
use super::{Observation, check_observations};
use crate::fitting::{Covariates, Estimate, check_penalty};
use crate::numerics::newton::{self, Evaluation};
use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};

const NAME: &str = "Weibull AFT";

/// A fitted regression.
#[derive(Debug, Clone)]
pub struct WeibullAft {
    /// `lambda:<column>` for each column, `lambda:intercept` (ln λ where all columns are 0) and `rho:intercept` (ln ρ).
    pub estimates: Vec<Estimate>,
    /// Their covariance, row-major.
    pub covariance: Vec<f64>,
    /// Log-likelihood at the maximum, penalty not included.
    pub log_likelihood: f64,
    /// How well the predicted median orders those it was fitted to; `None` where no pair can be compared.
    pub concordance: Option<f64>,
    /// Newton steps taken.
    pub iterations: usize,
    names: Vec<String>,
}

impl WeibullAft {
    /// Fits to lives and their covariates, of which there may be none. The penalty of the settings pulls the
    /// coefficients of the columns, not the intercepts.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for values out of their domain, a life that ended at 0, or a column that does not vary;
    /// [`ModelError::NotIdentified`] where nobody left, all left at one time, or columns overlap.
    pub fn fit(observations: &[Observation], covariates: &Covariates, settings: &Settings) -> Result<Self> {
        let ended = checked_ended(observations, settings)?;
        let columns = Standardised::new(covariates, observations)?;
        let likelihood = LogLikelihood::new(observations, &columns);
        let (size, total) = (columns.mean.len(), observations.iter().map(|o| o.weight).sum::<f64>());
        let lived: f64 = observations.iter().map(|o| o.weight * o.duration).sum();
        let mut start = DVector::zeros(size + 2);
        start[size] = (lived / ended).ln() - likelihood.unit;
        let maximum = newton::maximize(NAME, start, &settings.newton, |at| {
            let mut evaluation = likelihood.evaluate(at);
            let pull = DVector::from_fn(size + 2, |i, _| if i < size { settings.penalty } else { 0.0 });
            evaluation.value = (evaluation.value - 0.5 * pull.component_mul(at).dot(at)) / total;
            evaluation.gradient = (evaluation.gradient - pull.component_mul(at)) / total;
            evaluation.hessian = (evaluation.hessian - DMatrix::from_diagonal(&pull)) / total;
            evaluation
        })?;
        let at = maximum.at;
        if at[size + 1].abs() > 13.0 {
            let found = format!("rho runs away to {:.1e}", at[size + 1].exp());
            let advice = "all customers left at one time: there is no spread to learn from";
            return Err(ModelError::NotIdentified { model: NAME, found, advice });
        }
        let scaled = covariance(NAME, -maximum.evaluation.hessian * total, &covariates.names, &at.as_slice()[..size])?;
        let scores: Vec<f64> = (0..observations.len()).map(|row| -likelihood.location(row, &at)).collect();
        let (values, covariance) = unscaled(&at, &scaled, &columns, likelihood.unit);
        let names = covariates.names.iter().map(|name| format!("lambda:{name}"));
        let names = names.chain(["lambda:intercept".into(), "rho:intercept".into()]);
        let estimates = names.enumerate().map(|(i, name)| Estimate {
            name,
            value: values[i],
            standard_error: covariance[(i, i)].sqrt(),
        });
        Ok(Self {
            estimates: estimates.collect(),
            covariance: covariance.as_slice().to_vec(),
            log_likelihood: likelihood.evaluate(&at).value,
            concordance: concordance_index(observations, &scores),
            iterations: maximum.evaluations,
            names: covariates.names.clone(),
        })
    }

    /// Shape ρ: above 1 the risk of leaving rises with time, below 1 it falls.
    pub fn rho(&self) -> f64 {
        self.estimates[self.names.len() + 1].value.exp()
    }

    /// Scale λ for these covariates: the time by which 63% have left.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where the row has not one finite value for each name.
    pub fn lambda(&self, row: &[f64]) -> Result<f64> {
        check_row(&self.names, row)?;
        let slope: f64 = self.estimates.iter().zip(row).map(|(e, x)| effect(e.value, *x)).sum();
        Ok((slope + self.estimates[row.len()].value).exp().clamp(f64::MIN_POSITIVE, f64::MAX))
    }

    /// Probability that a customer with these covariates stays longer than `time`.
    ///
    /// # Errors
    /// As [`WeibullAft::lambda`], and for a time that is not a number from 0.
    pub fn survival(&self, row: &[f64], time: f64) -> Result<f64> {
        let lambda = self.lambda(row)?;
        if time.is_nan() || time < 0.0 {
            return Err(ModelError::invalid("time", time, "a number, 0 or more"));
        }
        Ok((-(time / lambda).powf(self.rho())).exp())
    }

    /// The time by which half of customers with these covariates have left.
    ///
    /// # Errors
    /// As [`WeibullAft::lambda`].
    pub fn median(&self, row: &[f64]) -> Result<f64> {
        Ok((self.lambda(row)? * std::f64::consts::LN_2.powf(1.0 / self.rho())).min(f64::MAX))
    }
}

/// The lives that ended, counted; fails where values are out of their domain, or there are none.
fn checked_ended(observations: &[Observation], settings: &Settings) -> Result<f64> {
    check_observations(observations)?;
    if let Some(row) = observations.iter().position(|o| o.ended && o.duration <= 0.0) {
        let expected = "a number above 0 for a life that ended, for instance half a unit";
        return Err(ModelError::invalid(format!("duration of row {row}"), 0.0, expected));
    }
    check_penalty(settings.penalty)?;
    let ended: f64 = observations.iter().filter(|o| o.ended).map(|o| o.weight).sum();
    if ended == 0.0 {
        let found = format!("none of {} customers left", observations.len());
        return Err(ModelError::NotIdentified { model: NAME, found, advice: "observe longer" });
    }
    Ok(ended)
}

/// The log-likelihood in standardised columns and with ln t counted from `unit`, its mean.
struct LogLikelihood<'a> {
    lives: &'a [Observation],
    columns: &'a Standardised,
    ln_time: Vec<f64>,
    unit: f64,
}

impl<'a> LogLikelihood<'a> {
    fn new(lives: &'a [Observation], columns: &'a Standardised) -> Self {
        let (mut sum, mut count) = (0.0, 0.0);
        for life in lives.iter().filter(|life| life.ended) {
            sum += life.weight * life.duration.ln();
            count += life.weight;
        }
        let unit = sum / count;
        Self { lives, columns, ln_time: lives.iter().map(|life| life.duration.ln() - unit).collect(), unit }
    }

    /// ln λ of one life, less `unit`.
    fn location(&self, row: usize, at: &DVector<f64>) -> f64 {
        let x = self.columns.row(row);
        x.iter().zip(at.iter()).map(|(x, b)| x * b).sum::<f64>() + at[x.len()]
    }

    /// With w = ρ (ln t - ln λ) a life adds e (ln ρ + w - ln t) - exp(w); coordinates are coefficients, intercept, ln
    /// ρ.
    fn evaluate(&self, at: &DVector<f64>) -> Evaluation {
        let size = at.len();
        let (intercept, shape) = (size - 2, size - 1);
        let (ln_rho, rho) = (at[shape], at[shape].exp());
        let mut sum = Evaluation { value: 0.0, gradient: DVector::zeros(size), hessian: DMatrix::zeros(size, size) };
        let mut x = vec![1.0; size - 1]; // the intercept is the coefficient of a column of ones
        for (row, life) in self.lives.iter().enumerate() {
            // One who has only just come and is still there says nothing.
            if life.duration <= 0.0 {
                continue;
            }
            x[..intercept].copy_from_slice(self.columns.row(row));
            let (ended, w) = (if life.ended { 1.0 } else { 0.0 }, rho * (self.ln_time[row] - self.location(row, at)));
            let hazard = w.exp();
            sum.value += life.weight * (ended * (ln_rho + w - self.ln_time[row] - self.unit) - hazard);
            let slope = life.weight * (ended - hazard); // by w
            let curve = -life.weight * hazard;
            for j in 0..size - 1 {
                sum.gradient[j] -= slope * rho * x[j];
                for i in j..size - 1 {
                    sum.hessian[(i, j)] += curve * rho * rho * x[i] * x[j];
                }
                // w changes with ln ρ by w itself, and its slope in a coefficient, -ρ x, by as much again.
                sum.hessian[(shape, j)] -= rho * x[j] * (curve * w + slope);
            }
            sum.gradient[shape] += life.weight * ended + slope * w;
            sum.hessian[(shape, shape)] += curve * w * w + slope * w;
        }
        sum.hessian.fill_upper_triangle_with_lower_triangle();
        if !(sum.value.is_finite() && sum.hessian.iter().all(|h| h.is_finite())) {
            sum.value = f64::NEG_INFINITY;
        }
        sum
    }
}

/// Coefficients and covariance for the columns as they came.
fn unscaled(at: &DVector<f64>, scaled: &DMatrix<f64>, columns: &Standardised, unit: f64) -> (Vec<f64>, DMatrix<f64>) {
    let size = columns.mean.len();
    let mut back = DMatrix::identity(size + 2, size + 2);
    for i in 0..size {
        back[(i, i)] = 1.0 / columns.deviation[i];
        back[(size, i)] = -columns.mean[i] / columns.deviation[i];
    }
    let mut values = &back * at;
    values[size] += unit;
    (values.as_slice().to_vec(), &back * scaled * back.transpose())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contractual::cox::tests::rossi;
    use crate::testing::close;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    fn none() -> Covariates {
        Covariates { names: Vec::new(), rows: Vec::new() }
    }

    fn life(duration: f64, ended: bool) -> Observation {
        Observation { duration, ended, weight: 1.0 }
    }

    #[test]
    fn equals_an_independent_search_and_lifelines_on_the_convicts() {
        // Maximum by scipy 1.17.1 with Newton steps to a gradient of 4e-14; lifelines 0.30.3 stops 1e-8 below it in
        // log-likelihood and up to 1.3e-5 beside it in the coefficients.
        let (lives, covariates) = rossi();
        let fitted = WeibullAft::fit(&lives, &covariates, &Settings::default()).unwrap();
        for (e, (name, value, error)) in fitted.estimates.iter().zip([
            ("lambda:fin", 0.272163360, 0.13796192),
            ("lambda:age", 0.040713798, 0.01600355),
            ("lambda:race", -0.224802443, 0.22015888),
            ("lambda:wexp", 0.106556587, 0.15154097),
            ("lambda:mar", 0.311273265, 0.27330225),
            ("lambda:paro", 0.058827253, 0.13963824),
            ("lambda:prio", -0.065816905, 0.02094058),
            ("lambda:intercept", 3.990134797, 0.41909519),
            ("rho:intercept", 0.339108240, 0.08902669),
        ]) {
            assert_eq!(e.name, name);
            close(e.value, value, 1e-7);
            close(e.standard_error, error, 1e-6);
        }
        close(fitted.log_likelihood, -679.9165639370913, 1e-13);
        assert!((fitted.log_likelihood - -679.9165639475835).abs() < 2e-8, "lifelines");
        close(fitted.concordance.unwrap(), 0.6401413742896059, 1e-12);
        close(fitted.median(&covariates.rows[..7]).unwrap(), 86.9102248310322, 1e-7);
        close(fitted.survival(&covariates.rows[..7], 52.0).unwrap(), 0.7138663350044563, 1e-7);
    }

    #[test]
    fn without_covariates_it_is_the_weibull_distribution() {
        // The fruit flies of tests/data; maximum as above. lifelines 0.30.3 has 55.73310 and 3.450505.
        let parse = |line: &str| {
            let fields: Vec<&str> = line.split(',').collect();
            life(fields[0].parse().unwrap(), fields[1] == "1")
        };
        let flies: Vec<Observation> = include_str!("../../tests/data/waltons.csv").lines().skip(1).map(parse).collect();
        let fitted = WeibullAft::fit(&flies, &none(), &Settings::default()).unwrap();
        close(fitted.lambda(&[]).unwrap(), 55.73307846, 1e-8);
        close(fitted.rho(), 3.45051035, 1e-8);
        close(fitted.log_likelihood, -672.0621872712829, 1e-13);
    }

    #[test]
    fn weights_count_lives() {
        let (mut lives, covariates) = rossi();
        let (mut repeated, mut rows) = (Vec::new(), Vec::new());
        for (i, life) in lives.iter_mut().enumerate() {
            for _ in 0..1 + i % 3 {
                repeated.push(*life);
                rows.extend_from_slice(&covariates.rows[i * 7..i * 7 + 7]);
            }
            life.weight = (1 + i % 3) as f64;
        }
        let weighted = WeibullAft::fit(&lives, &covariates, &Settings::default()).unwrap();
        let covariates = Covariates { rows, ..covariates };
        let repeated = WeibullAft::fit(&repeated, &covariates, &Settings::default()).unwrap();
        close(weighted.log_likelihood, repeated.log_likelihood, 1e-12);
        for (a, b) in weighted.estimates.iter().zip(&repeated.estimates) {
            close(a.value, b.value, 1e-6);
            close(a.standard_error, b.standard_error, 1e-6);
        }
    }

    #[test]
    fn recovers_what_was_simulated() {
        let mut rng = Pcg64Mcg::seed_from_u64(2002);
        let (truth, mut lives, mut rows) = ([0.6, 2.0, 0.5_f64.ln()], Vec::new(), Vec::new());
        for _ in 0..5_000 {
            let x = rng.random::<f64>() * 3.0;
            let end = (truth[0] * x + truth[1]).exp() * (-(1.0 - rng.random::<f64>()).ln()).powi(2);
            let seen = 60.0 * rng.random::<f64>();
            lives.push(life(end.min(seen), end <= seen));
            rows.push(x);
        }
        let covariates = Covariates { names: vec!["x".into()], rows };
        let fitted = WeibullAft::fit(&lives, &covariates, &Settings::default()).unwrap();
        for (e, truth) in fitted.estimates.iter().zip(truth) {
            assert!((e.value - truth).abs() < 3.5 * e.standard_error, "{e:?} for {truth}");
            assert!(e.standard_error < 0.1, "{e:?}");
        }
    }

    #[test]
    fn edges_are_defined() {
        let fit = |lives: &[Observation]| WeibullAft::fit(lives, &none(), &Settings::default());
        let active = fit(&[life(3.0, false)]).unwrap_err().to_string();
        assert_eq!(active, "Weibull AFT cannot be fitted: none of 1 customers left; observe longer");
        let zero = fit(&[life(3.0, true), life(0.0, true)]).unwrap_err().to_string();
        assert!(zero.starts_with("duration of row 1 is 0; expected a number above 0"), "{zero}");
        assert!(fit(&[life(3.0, true)]).is_err(), "one life has no spread");
        let same = fit(&[life(3.0, true), life(3.0, true)]);
        assert!(same.is_err(), "neither have equal ones");
        let newcomer = fit(&[life(3.0, true), life(5.0, true), life(0.0, false)]).unwrap();
        close(newcomer.log_likelihood, fit(&[life(3.0, true), life(5.0, true)]).unwrap().log_likelihood, 1e-12);
    }

    proptest! {
        #[test]
        fn a_fit_is_finite_or_says_why(lives in prop::collection::vec((1u8..9, any::<bool>(), -2i8..3), 1..25)) {
            let observations: Vec<Observation> = lives.iter().map(|l| life(l.0.into(), l.1)).collect();
            let rows = lives.iter().map(|l| f64::from(l.2)).collect();
            let covariates = Covariates { names: vec!["a".into()], rows };
            if let Ok(fitted) = WeibullAft::fit(&observations, &covariates, &Settings::default()) {
                prop_assert!(fitted.log_likelihood.is_finite());
                prop_assert!(fitted.estimates.iter().all(|e| e.value.is_finite() && e.standard_error.is_finite()));
                prop_assert!((0.0..=1.0).contains(&fitted.survival(&[1e4], 3.0).unwrap()));
                prop_assert!(fitted.median(&[1e4]).unwrap().is_finite());
            }
        }
    }
}
