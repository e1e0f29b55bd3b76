//! From a likelihood to a fitted model: the penalty, the climb and what the curvature at the top says.

use super::{Estimate, Fitted, Likelihood, Pattern};
use crate::numerics::newton::{self, Evaluation};
use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};

/// How to fit a model of N positive parameters. The defaults are plain maximum likelihood from starting values found
/// in the data.
#[derive(Debug, Clone, Default)]
pub struct Settings<const N: usize> {
    /// Where to start: the parameters in the model's order.
    pub start: Option<[f64; N]>,
    /// Precision of a normal prior on the logarithm of each parameter, centred at 1 for a shape and at the typical
    /// time or amount for a scale: `penalty / 2` times the squared distance is taken from the log-likelihood, so that
    /// it fades as customers are added. 0 is none; 0.1 is hardly felt by a hundred customers and yet gives an answer
    /// for one. Covariate coefficients have the same prior, centred at 0.
    pub penalty: f64,
    /// The search. The function it climbs is the mean per customer.
    pub newton: newton::Settings,
}

impl<const N: usize> Settings<N> {
    /// Refuses a penalty or starting value outside its domain.
    pub(super) fn check(&self, names: &[&'static str]) -> Result<()> {
        if !(self.penalty >= 0.0 && self.penalty.is_finite()) {
            return Err(ModelError::invalid("penalty", self.penalty, "a number, 0 or more"));
        }
        for (name, value) in names.iter().zip(self.start.into_iter().flatten()) {
            positive(format!("start of {name}"), value)?;
        }
        Ok(())
    }
}

/// Refuses what is not a finite number above 0.
pub(super) fn positive(name: impl Into<String>, value: f64) -> Result<f64> {
    if value > 0.0 && value.is_finite() { Ok(value) } else { Err(ModelError::invalid(name, value, "a number above 0")) }
}

/// Refuses weights that are none.
pub(super) fn check_weights(patterns: &[Pattern]) -> Result<()> {
    for (row, pattern) in patterns.iter().enumerate() {
        if !(pattern.weight > 0.0 && pattern.weight.is_finite()) {
            return Err(ModelError::invalid(format!("weight of row {row}"), pattern.weight, "a number above 0"));
        }
    }
    Ok(())
}

/// The top of a penalised likelihood.
pub(super) struct Top {
    /// Where it is.
    pub at: DVector<f64>,
    /// Without the penalty.
    pub log_likelihood: f64,
    /// Second derivatives of the penalised log-likelihood of all customers, sign changed.
    pub information: DMatrix<f64>,
    /// How often the likelihood was computed.
    pub evaluations: usize,
    /// Total weight.
    pub customers: f64,
}

/// What a penalty of `precision` takes from the log-likelihood; `centre` is 0 where it ends.
pub(super) fn penalty(precision: f64, at: &[f64], centre: &[f64]) -> f64 {
    let centre = centre.iter().chain(std::iter::repeat(&0.0));
    0.5 * precision * at.iter().zip(centre).map(|(x, c)| (x - c).powi(2)).sum::<f64>()
}

/// Climbs from `start` to the top of the penalised likelihood.
pub(super) fn climb(
    model: &'static str,
    likelihood: &mut impl Likelihood,
    start: &[f64],
    centre: &[f64],
    precision: f64,
    search: &newton::Settings,
) -> Result<Top> {
    let customers = likelihood.customers();
    let per_customer = |at: &DVector<f64>| {
        let mut e = likelihood.evaluate(at.as_slice());
        e.value -= penalty(precision, at.as_slice(), centre);
        for i in 0..at.len() {
            e.gradient[i] -= precision * (at[i] - centre.get(i).unwrap_or(&0.0));
            e.hessian[(i, i)] -= precision;
        }
        Evaluation { value: e.value / customers, gradient: e.gradient / customers, hessian: e.hessian / customers }
    };
    let top = newton::maximize(model, DVector::from_column_slice(start), search, per_customer)?;
    let log_likelihood = top.evaluation.value * customers + penalty(precision, top.at.as_slice(), centre);
    let information = -top.evaluation.hessian * customers;
    Ok(Top { at: top.at, log_likelihood, information, evaluations: top.evaluations, customers })
}

/// The fitted model with standard errors; the first `positive` coordinates are logarithms, the rest are as they are.
pub(super) fn summarize<M>(
    model: &'static str,
    names: Vec<String>,
    positive: usize,
    top: Top,
    build: impl FnOnce(&[f64]) -> Result<M>,
) -> Result<Fitted<M>> {
    let open = |found: String| ModelError::NotIdentified {
        model,
        found,
        advice: "observe more customers for longer, set a penalty, or use a model with fewer parameters",
    };
    let covariance = top.information.cholesky().map(|c| c.inverse());
    let covariance = covariance.ok_or_else(|| open("the likelihood has no single best point".into()))?;
    let natural = |i: usize| if i < positive { top.at[i].exp() } else { top.at[i] };
    let values: Vec<f64> = (0..top.at.len()).map(natural).collect();
    let mut estimates = Vec::with_capacity(values.len());
    for (i, name) in names.into_iter().enumerate() {
        let error = covariance[(i, i)].sqrt();
        // A factor of e^20 either way: the data say nothing of it, and it has wandered to the edge of its domain.
        if error.is_nan() || error >= 20.0 {
            return Err(open(format!("the data leave {name} open (it went to {:.1e})", values[i])));
        }
        let scale = if i < positive { values[i] } else { 1.0 };
        estimates.push(Estimate { name, value: values[i], standard_error: scale * error });
    }
    Ok(Fitted {
        model: build(&values)?,
        log_likelihood: top.log_likelihood,
        customers: top.customers,
        estimates,
        log_covariance: covariance.as_slice().to_vec(),
        iterations: top.evaluations,
    })
}
