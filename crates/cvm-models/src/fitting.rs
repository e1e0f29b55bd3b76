//! From a likelihood to a fitted model, for all models alike: the penalty, the climb and what the curvature at the top
//! says.
//!
//! Standard errors are those of the observed information: Efron & Hinkley (1978), "Assessing the accuracy of the maximum
//! likelihood estimator: observed versus expected Fisher information", Biometrika 65(3).

use crate::noncontractual::Pattern;
use crate::numerics::newton::{self, Evaluation};
use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};

/// How to fit a model of positive parameters. The defaults are plain maximum likelihood from starting values found in the
/// data.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where to start: one value a parameter, in the model's order.
    pub start: Option<Vec<f64>>,
    /// Precision of a normal prior on the logarithm of each parameter, centred at 1 for a shape and at the typical
    /// time or amount for a scale: `penalty / 2` times the squared distance is taken from the log-likelihood, so that
    /// it fades as customers are added. 0 is none; 0.1 is hardly felt by a hundred customers and yet gives an answer
    /// for one. Covariate coefficients have the same prior, centred at 0.
    pub penalty: f64,
    /// The search. The function it climbs is the mean per customer.
    pub newton: newton::Settings,
}

impl Settings {
    /// Refuses a penalty or starting value outside its domain.
    pub(crate) fn check(&self, names: &[&'static str]) -> Result<()> {
        check_penalty(self.penalty)?;
        let Some(start) = &self.start else { return Ok(()) };
        if start.len() != names.len() {
            return Err(ModelError::invalid("number of starting values", start.len() as f64, "one value a parameter"));
        }
        for (name, value) in names.iter().zip(start) {
            positive(format!("start of {name}"), *value)?;
        }
        Ok(())
    }

    /// Logarithms of the starting values, or of those that `found` gives.
    pub(crate) fn start_or<const N: usize>(&self, found: impl FnOnce() -> [f64; N]) -> [f64; N] {
        match &self.start {
            Some(start) => std::array::from_fn(|i| start[i].ln()),
            None => found(),
        }
    }
}

/// Refuses what is no precision of a prior.
pub(crate) fn check_penalty(penalty: f64) -> Result<()> {
    let fine = penalty >= 0.0 && penalty.is_finite();
    if fine { Ok(()) } else { Err(ModelError::invalid("penalty", penalty, "a number, 0 or more")) }
}

/// One parameter with its uncertainty, on the scale of the literature.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The letter the literature uses, for instance "alpha"; covariate coefficients are `alpha:<column>`.
    pub name: String,
    /// The estimate.
    pub value: f64,
    /// Standard error from the observed information.
    pub standard_error: f64,
}

/// A model with the evidence of its fit.
#[derive(Debug, Clone)]
pub struct Fitted<M> {
    /// The model at its maximum likelihood (or penalised) parameters.
    pub model: M,
    /// Log-likelihood at the maximum, penalty not included.
    pub log_likelihood: f64,
    /// Total weight of the customers it was fitted to.
    pub customers: f64,
    /// The parameters in the model's order.
    pub estimates: Vec<Estimate>,
    /// Covariance of the *logarithms* of the positive parameters (coefficients as they are), row-major, in the order of
    /// `estimates`: the scale on which a normal approximation is closest.
    pub log_covariance: Vec<f64>,
    /// Newton steps taken.
    pub iterations: usize,
}

/// A model that is a point in a space of positive parameters.
pub trait Parameters: Sized {
    /// Letters of the literature, in order.
    const NAMES: &'static [&'static str];

    /// The values, in the order of [`Parameters::NAMES`].
    fn parameters(&self) -> Vec<f64>;

    /// The model at these values.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] naming the parameter that is not a finite positive number.
    fn from_parameters(values: &[f64]) -> Result<Self>;
}

/// The log-likelihood of given customers as a function of a model's parameters, with its derivatives.
///
/// Coordinates are the logarithms of the positive parameters in the order of [`Parameters::NAMES`], then covariate
/// coefficients as they are. A point outside the domain has the value negative infinity.
pub trait Likelihood {
    /// Number of coordinates.
    fn dimension(&self) -> usize;

    /// Total weight of the customers.
    fn customers(&self) -> f64;

    /// The log-likelihood of all customers, with its gradient written to `gradient`.
    fn gradient(&mut self, at: &[f64], gradient: &mut [f64]) -> f64;

    /// The same with second derivatives.
    fn evaluate(&mut self, at: &[f64]) -> Evaluation;
}

/// Columns that are known of each customer and shift a model's parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariates {
    /// Their names.
    pub names: Vec<String>,
    /// Row-major, one row a pattern, as many columns as names; centre and scale them beforehand.
    pub rows: Vec<f64>,
}

/// Refuses what is not a finite number above 0.
pub(crate) fn positive(name: impl Into<String>, value: f64) -> Result<f64> {
    if value > 0.0 && value.is_finite() { Ok(value) } else { Err(ModelError::invalid(name, value, "a number above 0")) }
}

/// Refuses weights that are none; `each` is what the caller calls an entry.
pub(crate) fn check_weights(each: &str, patterns: &[Pattern]) -> Result<()> {
    for (row, pattern) in patterns.iter().enumerate() {
        // The name is made for a wrong one only: a million names take longer than the fit.
        if positive("", pattern.weight).is_err() {
            return Err(ModelError::invalid(format!("weight of {each} {row}"), pattern.weight, "a number above 0"));
        }
    }
    Ok(())
}

/// The top of a penalised likelihood.
pub(crate) struct Top {
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
pub(crate) fn penalty(precision: f64, at: &[f64], centre: &[f64]) -> f64 {
    let centre = centre.iter().chain(std::iter::repeat(&0.0));
    0.5 * precision * at.iter().zip(centre).map(|(x, c)| (x - c).powi(2)).sum::<f64>()
}

/// Climbs from `start` to the top of the penalised likelihood.
pub(crate) fn climb(
    model: &'static str,
    likelihood: &mut impl Likelihood,
    start: &[f64],
    centre: &[f64],
    settings: &Settings,
) -> Result<Top> {
    let precision = settings.penalty;
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
    let top = newton::maximize(model, DVector::from_column_slice(start), &settings.newton, per_customer)?;
    let log_likelihood = top.evaluation.value * customers + penalty(precision, top.at.as_slice(), centre);
    let information = -top.evaluation.hessian * customers;
    Ok(Top { at: top.at, log_likelihood, information, evaluations: top.evaluations, customers })
}

/// What to try where nothing better is known of the model.
pub(crate) const ADVICE: &str =
    "observe more customers for longer, set a penalty, or use a model with fewer parameters";

/// The fitted model with standard errors, or `advice`; the first `positive` coordinates are logarithms, the rest are as they are.
pub(crate) fn summarize<M>(
    (model, advice): (&'static str, &'static str),
    names: Vec<String>,
    positive: usize,
    top: Top,
    build: impl FnOnce(&[f64]) -> Result<M>,
) -> Result<Fitted<M>> {
    let open = |found: String| ModelError::NotIdentified { model, found, advice };
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

/// The letters of a model as names of estimates.
pub(crate) fn names<M: Parameters>() -> Vec<String> {
    M::NAMES.iter().map(|name| name.to_string()).collect()
}

/// Without a penalty, a shape this far from 1 (a factor of a million) in either direction means that the likelihood has
/// no maximum.
const FARTHEST: f64 = 13.8;

/// Fits a model of discrete time, all of whose parameters are shapes: the search starts from 1, and without a penalty
/// a shape that leaves 1 too far behind has run away.
///
/// # Errors
/// [`ModelError::Invalid`] for a setting outside its domain, [`ModelError::NotIdentified`] with `advice` where a
/// parameter runs away or the curvature at the top is not that of a maximum, and [`ModelError::NoConvergence`].
pub(crate) fn fit_shapes<M: Parameters, const N: usize>(
    model: &'static str,
    advice: &'static str,
    likelihood: &mut impl Likelihood,
    settings: &Settings,
) -> Result<Fitted<M>> {
    settings.check(M::NAMES)?;
    let top = climb(model, likelihood, &settings.start_or(|| [0.0; N]), &[], settings)?;
    if settings.penalty == 0.0 && top.at.amax() >= FARTHEST {
        let farthest = top.at.iamax();
        let found = format!("{} runs away to {:.1e}", M::NAMES[farthest], top.at[farthest].exp());
        return Err(ModelError::NotIdentified { model, found, advice });
    }
    summarize((model, advice), names::<M>(), N, top, M::from_parameters)
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
