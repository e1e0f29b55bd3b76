//! The step that models of discrete time share: from a likelihood to a fitted model with standard errors.

use crate::noncontractual::{Estimate, Fitted, Likelihood, Parameters};
use crate::numerics::newton::{self, Evaluation};
use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};

/// How to fit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// Precision of a normal prior on the logarithm of each parameter, centred at 0: half of this times the sum of
    /// their squares is taken from the log-likelihood, so that it fades as customers are added. 0 is maximum
    /// likelihood.
    pub penalty: f64,
    /// The search. The function it climbs is the mean per customer.
    pub newton: newton::Settings,
}

/// Without a penalty, a parameter this far from 1 (a factor of a million) in either direction means that the likelihood
/// has no maximum.
const FARTHEST: f64 = 13.8;

/// Climbs from `start` (logarithms of the parameters) to the maximum of the likelihood.
///
/// # Errors
/// [`ModelError::Invalid`] for a negative penalty, [`ModelError::NotIdentified`] with `advice` where a parameter runs
/// away or the curvature at the top is not that of a maximum, and [`ModelError::NoConvergence`].
pub(crate) fn maximum_likelihood<M: Parameters>(
    model: &'static str,
    advice: &'static str,
    likelihood: &mut impl Likelihood,
    start: &[f64],
    settings: &Settings,
) -> Result<Fitted<M>> {
    if !(settings.penalty >= 0.0 && settings.penalty.is_finite()) {
        return Err(ModelError::invalid("penalty", settings.penalty, "a finite number, 0 or more"));
    }
    let customers = likelihood.customers();
    let mut log_likelihood = f64::NAN;
    let maximum = newton::maximize(model, DVector::from_column_slice(start), &settings.newton, |at| {
        penalised_mean(likelihood, at, settings.penalty)
    })?;
    let mut unused = vec![0.0; start.len()];
    if settings.penalty > 0.0 || maximum.at.amax() < FARTHEST {
        log_likelihood = likelihood.gradient(maximum.at.as_slice(), &mut unused);
    }
    let covariance = (-maximum.evaluation.hessian * customers).cholesky().map(|factor| factor.inverse());
    let Some(covariance) = covariance.filter(|c| log_likelihood.is_finite() && c.iter().all(|v| v.is_finite())) else {
        let farthest = maximum.at.iamax();
        let (name, value) = (M::NAMES[farthest], maximum.at[farthest].exp());
        return Err(ModelError::NotIdentified { model, found: format!("{name} runs away to {value:.1e}"), advice });
    };
    let values: Vec<f64> = maximum.at.iter().map(|v| v.exp()).collect();
    let estimate = |(i, &value): (usize, &f64)| Estimate {
        name: M::NAMES[i].into(),
        value,
        standard_error: value * covariance[(i, i)].sqrt(),
    };
    Ok(Fitted {
        model: M::from_parameters(&values)?,
        log_likelihood,
        customers,
        estimates: values.iter().enumerate().map(estimate).collect(),
        log_covariance: covariance.as_slice().to_vec(),
        iterations: maximum.evaluations,
    })
}

fn penalised_mean(likelihood: &mut impl Likelihood, at: &DVector<f64>, penalty: f64) -> Evaluation {
    let customers = likelihood.customers();
    let mut evaluation = likelihood.evaluate(at.as_slice());
    evaluation.value = (evaluation.value - 0.5 * penalty * at.norm_squared()) / customers;
    evaluation.gradient = (evaluation.gradient - at * penalty) / customers;
    for i in 0..at.len() {
        evaluation.hessian[(i, i)] -= penalty;
    }
    evaluation.hessian /= customers;
    evaluation
}

/// Turns derivatives by the parameters into derivatives by their logarithms.
pub(crate) fn by_logarithms(value: f64, gradient: &[f64], hessian: &DMatrix<f64>, parameters: &[f64]) -> Evaluation {
    let n = parameters.len();
    let gradient = DVector::from_fn(n, |i, _| gradient[i] * parameters[i]);
    let hessian = DMatrix::from_fn(n, n, |i, j| {
        hessian[(i, j)] * parameters[i] * parameters[j] + if i == j { gradient[i] } else { 0.0 }
    });
    Evaluation { value, gradient, hessian }
}

/// Checks that there are as many values as names, all of them finite and positive.
pub(crate) fn check_positive(names: &'static [&'static str], values: &[f64]) -> Result<()> {
    if values.len() != names.len() {
        return Err(ModelError::invalid("number of parameters", values.len() as f64, "one value a parameter"));
    }
    for (name, &value) in names.iter().zip(values) {
        if !(value.is_finite() && value > 0.0) {
            return Err(ModelError::invalid(*name, value, "a finite number above 0"));
        }
    }
    Ok(())
}
