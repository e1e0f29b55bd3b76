//! Maximum likelihood for BG/NBD and MBG/NBD: where to start, how to climb, and what the top says.

use super::{BgLikelihood, BgNbd, FirstLeave};
use crate::noncontractual::{Estimate, Fitted, Likelihood, Parameters, Pattern};
use crate::numerics::newton::{self, Evaluation};
use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};

/// How to fit. The defaults are plain maximum likelihood from starting values found in the data.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where to start: r, alpha, a, b.
    pub start: Option<[f64; 4]>,
    /// Precision of a normal prior on the logarithm of each parameter, centred at 1 for r, a and b and at the mean age
    /// of the customers for alpha: `penalty / 2` times the squared distance is taken from the log-likelihood, so that it
    /// fades as customers are added. 0 is none; 0.1 is hardly felt by a hundred customers and yet gives an answer for
    /// one. Covariate coefficients have the same prior, centred at 0.
    pub penalty: f64,
    /// The search. The function it climbs is the mean per customer.
    pub newton: newton::Settings,
}

/// Fits the BG/NBD model.
///
/// ```
/// use cvm_models::noncontractual::{BuyTillYouDie, History, bgnbd, collapse};
///
/// // Repeat purchases, week of the last one, weeks observed.
/// let seen = [(0, 0.0, 30.0), (1, 3.0, 30.0), (5, 27.0, 32.0), (0, 0.0, 12.0), (2, 20.0, 25.0), (1, 1.0, 40.0)];
/// let histories = seen.map(|(x, last, age)| History::new(x, last, age)).into_iter().collect::<Result<Vec<_>, _>>()?;
/// let (patterns, _) = collapse(&histories);
/// let settings = bgnbd::Settings { penalty: 0.5, ..bgnbd::Settings::default() }; // six customers say little
/// let fitted = bgnbd::fit(&patterns, &settings)?;
/// let next_quarter = fitted.model.conditional_expected_purchases(&histories[2], 13.0);
/// assert!(next_quarter > 0.5 && next_quarter < 2.5);
/// # Ok::<(), cvm_models::ModelError>(())
/// ```
///
/// # Errors
/// [`ModelError::Invalid`] for a weight or setting outside its domain; [`ModelError::NotIdentified`] where the data
/// leave a parameter open, as when nobody bought again, or nobody seems to leave; [`ModelError::NoConvergence`].
pub fn fit(patterns: &[Pattern], settings: &Settings) -> Result<Fitted<BgNbd>> {
    fit_family("BG/NBD", patterns, FirstLeave::AfterRepeat, settings)
}

/// Fits either model of the family, named `model`.
pub(in crate::noncontractual) fn fit_family<M: Parameters>(
    model: &'static str,
    patterns: &[Pattern],
    first_leave: FirstLeave,
    settings: &Settings,
) -> Result<Fitted<M>> {
    check(model, patterns, settings)?;
    let centre = prior_centre(patterns);
    let start = match settings.start {
        Some(start) => start,
        None => rough_fit(model, patterns, first_leave, settings, centre),
    };
    let mut likelihood = BgLikelihood::new(patterns, first_leave);
    let top = climb(model, &mut likelihood, &start.map(f64::ln), &centre, settings)?;
    summarize(model, M::NAMES.iter().map(|n| n.to_string()).collect(), top, likelihood.customers(), |values| {
        M::from_parameters(values)
    })
}

/// What is wrong with the data or settings before any search.
pub(super) fn check(model: &'static str, patterns: &[Pattern], settings: &Settings) -> Result<()> {
    for (i, pattern) in patterns.iter().enumerate() {
        if !(pattern.weight > 0.0 && pattern.weight.is_finite()) {
            return Err(ModelError::invalid(format!("weight of pattern {i}"), pattern.weight, "a number above 0"));
        }
    }
    if !(settings.penalty >= 0.0 && settings.penalty.is_finite()) {
        return Err(ModelError::invalid("penalty", settings.penalty, "a number, 0 or more"));
    }
    for (name, value) in BgNbd::NAMES.iter().zip(settings.start.into_iter().flatten()) {
        if !(value > 0.0 && value.is_finite()) {
            return Err(ModelError::invalid(format!("start of {name}"), value, "a number above 0"));
        }
    }
    if patterns.is_empty() {
        return Err(ModelError::NotIdentified { model, found: "no customers".into(), advice: "give it some" });
    }
    if settings.penalty == 0.0 && patterns.iter().all(|p| p.history.frequency == 0) {
        return Err(ModelError::NotIdentified {
            model,
            found: "no customer bought again".into(),
            advice: "observe longer, use shorter periods, or set a penalty",
        });
    }
    Ok(())
}

/// Logarithms of the parameters that a penalty draws to.
pub(super) fn prior_centre(patterns: &[Pattern]) -> [f64; 4] {
    let customers: f64 = patterns.iter().map(|p| p.weight).sum();
    let mean_age = patterns.iter().map(|p| p.weight * p.history.age).sum::<f64>() / customers;
    [0.0, if mean_age > 0.0 { mean_age.ln() } else { 0.0 }, 0.0, 0.0]
}

/// The best of a few plausible points, improved on a part of the customers where they are many.
pub(super) fn rough_fit(
    model: &'static str,
    patterns: &[Pattern],
    first_leave: FirstLeave,
    settings: &Settings,
    centre: [f64; 4],
) -> [f64; 4] {
    const ENOUGH: usize = 10_000;
    let stride = patterns.len().div_ceil(ENOUGH);
    let some: Vec<Pattern> = patterns.iter().step_by(stride).copied().collect();
    let mut likelihood = BgLikelihood::new(&some, first_leave);
    let best = best_of_grid(&mut likelihood, &some, settings, &centre);
    if stride == 1 {
        return best.map(f64::exp);
    }
    match climb(model, &mut likelihood, &best, &centre, settings) {
        Ok(top) => std::array::from_fn(|i| top.at[i].exp()),
        Err(_) => best.map(f64::exp),
    }
}

/// Logarithms of the best among a few parameter sets that give the data's rate of purchase.
fn best_of_grid(
    likelihood: &mut BgLikelihood,
    patterns: &[Pattern],
    settings: &Settings,
    centre: &[f64; 4],
) -> [f64; 4] {
    // Nobody knows when those who are silent left; halfway is a fair guess for a first rate.
    let time: f64 = patterns.iter().map(|p| p.weight * 0.5 * (p.history.recency + p.history.age)).sum();
    let purchases = likelihood.purchases().max(0.5);
    let time = if time > 0.0 { time } else { 1.0 };
    let mut best = (f64::NEG_INFINITY, [0.0, (time / purchases).ln(), 0.0, 1.0]);
    let mut gradient = [0.0; 4];
    for r in [0.2_f64, 0.6, 2.0, 8.0] {
        for (a, b) in [(0.5_f64, 2.0_f64), (1.0, 1.5), (1.0, 10.0), (2.0, 8.0)] {
            let alpha = r * time / purchases;
            let at = [r.ln(), alpha.ln(), a.ln(), b.ln()];
            let value = likelihood.gradient(&at, &mut gradient) - penalty(settings.penalty, &at, centre);
            if value > best.0 {
                best = (value, at);
            }
        }
    }
    best.1
}

fn penalty(precision: f64, at: &[f64], centre: &[f64]) -> f64 {
    let center = centre.iter().chain(std::iter::repeat(&0.0));
    0.5 * precision * at.iter().zip(center).map(|(x, c)| (x - c).powi(2)).sum::<f64>()
}

/// The top of the penalised likelihood.
pub(super) struct Top {
    pub at: DVector<f64>,
    /// Without the penalty.
    pub log_likelihood: f64,
    /// Second derivatives of the penalised log-likelihood of all customers, sign changed.
    pub information: DMatrix<f64>,
    pub evaluations: usize,
}

/// Climbs from `start`; `centre` is 0 where it ends.
pub(super) fn climb(
    model: &'static str,
    likelihood: &mut impl Likelihood,
    start: &[f64],
    centre: &[f64],
    settings: &Settings,
) -> Result<Top> {
    let customers = likelihood.customers();
    let precision = settings.penalty;
    let per_customer = |at: &DVector<f64>| {
        let mut e = likelihood.evaluate(at.as_slice());
        e.value = (e.value - penalty(precision, at.as_slice(), centre)) / customers;
        for i in 0..at.len() {
            e.gradient[i] -= precision * (at[i] - centre.get(i).unwrap_or(&0.0));
            e.hessian[(i, i)] -= precision;
        }
        Evaluation { value: e.value, gradient: e.gradient / customers, hessian: e.hessian / customers }
    };
    let start = DVector::from_column_slice(start);
    let top = newton::maximize(model, start, &settings.newton, per_customer)?;
    let log_likelihood = top.evaluation.value * customers + penalty(precision, top.at.as_slice(), centre);
    Ok(Top {
        at: top.at,
        log_likelihood,
        information: -top.evaluation.hessian * customers,
        evaluations: top.evaluations,
    })
}

/// Estimates with their standard errors; the first four coordinates are logarithms, the rest are as they are.
pub(super) fn summarize<M>(
    model: &'static str,
    names: Vec<String>,
    top: Top,
    customers: f64,
    build: impl FnOnce(&[f64]) -> Result<M>,
) -> Result<Fitted<M>> {
    let open = |found: String| ModelError::NotIdentified {
        model,
        found,
        advice: "observe more customers for longer, set a penalty, or use a model with fewer parameters",
    };
    let covariance = top.information.clone().cholesky().map(|c| c.inverse());
    let covariance = covariance.ok_or_else(|| open("the likelihood has no single best point".into()))?;
    let values: Vec<f64> = top.at.iter().enumerate().map(|(i, v)| if i < 4 { v.exp() } else { *v }).collect();
    let mut estimates = Vec::with_capacity(values.len());
    for (i, name) in names.into_iter().enumerate() {
        let error = covariance[(i, i)].sqrt();
        // e^20: the data say nothing about this parameter, and it has wandered to the edge of its domain.
        if error.is_nan() || error > 20.0 {
            return Err(open(format!("the data leave {name} open (it went to {:.1e})", values[i])));
        }
        let scale = if i < 4 { values[i] } else { 1.0 };
        estimates.push(Estimate { name, value: values[i], standard_error: scale * error });
    }
    Ok(Fitted {
        model: build(&values)?,
        log_likelihood: top.log_likelihood,
        customers,
        estimates,
        log_covariance: covariance.as_slice().to_vec(),
        iterations: top.evaluations,
    })
}
