//! Maximum likelihood for the Pareto/NBD model, with and without covariates.

use super::{NAME, ParetoNbd, ParetoNbdLikelihood};
pub use crate::fitting::Settings;
use crate::fitting::{ADVICE, Top, check_weights, climb, names, penalty, summarize};
use crate::noncontractual::{Covariates, Fitted, Likelihood, Parameters, Pattern};
use crate::{ModelError, Result};

/// Fits the model. A penalty's centre for alpha and beta is the mean age of the customers.
///
/// # Errors
/// [`ModelError::Invalid`] for a weight or setting outside its domain; [`ModelError::NotIdentified`] where the data
/// leave a parameter open, as when nobody bought again; [`ModelError::NoConvergence`].
pub fn fit(patterns: &[Pattern], settings: &Settings) -> Result<Fitted<ParetoNbd>> {
    let (top, _) = top(patterns, settings)?;
    summarize((NAME, ADVICE), names::<ParetoNbd>(), 4, top, ParetoNbd::from_parameters)
}

/// A model whose scales depend on what is known of the customer (Fader & Hardie 2007): a customer with covariates z
/// has alpha exp(-z'a) and beta exp(-z'b), so that positive coefficients mean more purchases and an earlier end.
#[derive(Debug, Clone, PartialEq)]
pub struct ParetoNbdWithCovariates {
    /// The model where every covariate is 0.
    pub base: ParetoNbd,
    /// Names of the covariates.
    pub names: Vec<String>,
    /// Coefficients a of alpha.
    pub alpha: Vec<f64>,
    /// Coefficients b of beta.
    pub beta: Vec<f64>,
}

impl ParetoNbdWithCovariates {
    /// The model of a customer with these covariates, in the order of `names`.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where their number differs, or they take alpha or beta out of the numbers.
    pub fn model_for(&self, row: &[f64]) -> Result<ParetoNbd> {
        if row.len() != self.names.len() {
            let expected = "as many as the model has";
            return Err(ModelError::invalid("covariates of a customer", row.len() as f64, expected));
        }
        let dot = |coefficients: &[f64]| coefficients.iter().zip(row).map(|(c, z)| c * z).sum::<f64>();
        let [r, alpha, s, beta] = self.base.values();
        ParetoNbd::new(r, alpha * (-dot(&self.alpha)).exp(), s, beta * (-dot(&self.beta)).exp())
    }
}

/// Fits the model with covariates. Estimates are r, alpha, s, beta, then `alpha:<column>` and `beta:<column>`.
///
/// # Errors
/// As [`fit`]; [`ModelError::Invalid`] where the covariates do not match the patterns or are not finite;
/// [`ModelError::NotIdentified`] where they say the same as each other, or are constant.
pub fn fit_with_covariates(
    patterns: &[Pattern],
    covariates: &Covariates,
    settings: &Settings,
) -> Result<Fitted<ParetoNbdWithCovariates>> {
    let mut likelihood = ParetoNbdLikelihood::of_covariates(patterns, covariates)?;
    let width = covariates.names.len();
    let (base, centre) = top(patterns, settings)?;
    let mut start = base.at.as_slice().to_vec();
    start.resize(4 + 2 * width, 0.0);
    let top = climb(NAME, &mut likelihood, &start, &centre, settings)?;
    let mut names = names::<ParetoNbd>();
    for scale in ["alpha", "beta"] {
        names.extend(covariates.names.iter().map(|column| format!("{scale}:{column}")));
    }
    summarize((NAME, ADVICE), names, 4, top, |values| {
        Ok(ParetoNbdWithCovariates {
            base: ParetoNbd::from_parameters(&values[..4])?,
            names: covariates.names.clone(),
            alpha: values[4..4 + width].to_vec(),
            beta: values[4 + width..].to_vec(),
        })
    })
}

/// The top of the likelihood without covariates, and the centre of the penalty.
fn top(patterns: &[Pattern], settings: &Settings) -> Result<(Top, [f64; 4])> {
    settings.check(ParetoNbd::NAMES)?;
    check_weights("row", patterns)?;
    let open = |found: &str, advice| ModelError::NotIdentified { model: NAME, found: found.into(), advice };
    if patterns.is_empty() {
        return Err(open("no customers", "give it some"));
    }
    if settings.penalty == 0.0 && patterns.iter().all(|p| p.history.frequency == 0) {
        let advice = "observe longer, use shorter periods, or set a penalty";
        return Err(open("no customer bought again", advice));
    }
    let customers: f64 = patterns.iter().map(|p| p.weight).sum();
    let mean_age = patterns.iter().map(|p| p.weight * p.history.age).sum::<f64>() / customers;
    let scale = if mean_age > 0.0 { mean_age.ln() } else { 0.0 };
    let centre = [0.0, scale, 0.0, scale];
    let start = settings.start_or(|| rough_fit(patterns, settings, &centre));
    let mut likelihood = ParetoNbdLikelihood::new(patterns);
    let top = climb(NAME, &mut likelihood, &start, &centre, settings)?;
    Ok((top, centre))
}

/// Logarithms of the best of a few plausible points, improved on a part of the customers where they are many.
fn rough_fit(patterns: &[Pattern], settings: &Settings, centre: &[f64; 4]) -> [f64; 4] {
    const ENOUGH: usize = 5_000;
    let stride = patterns.len().div_ceil(ENOUGH);
    let some: Vec<Pattern> = patterns.iter().step_by(stride).copied().collect();
    let mut likelihood = ParetoNbdLikelihood::new(&some);
    let best = best_of_grid(&mut likelihood, &some, settings.penalty, centre);
    if stride == 1 {
        return best;
    }
    match climb(NAME, &mut likelihood, &best, centre, settings) {
        Ok(top) => std::array::from_fn(|i| top.at[i]),
        Err(_) => best,
    }
}

/// Logarithms of the best among a few parameter sets that give the data's rate of purchase.
fn best_of_grid(
    likelihood: &mut ParetoNbdLikelihood,
    patterns: &[Pattern],
    precision: f64,
    centre: &[f64; 4],
) -> [f64; 4] {
    // Nobody knows when those who are silent left; halfway is a fair guess for a first rate.
    let time: f64 = patterns.iter().map(|p| p.weight * 0.5 * (p.history.recency + p.history.age)).sum();
    let purchases: f64 = patterns.iter().map(|p| p.weight * f64::from(p.history.frequency)).sum();
    let time_between = if time > 0.0 { time / purchases.max(0.5) } else { 1.0 };
    let mut best = (f64::NEG_INFINITY, *centre);
    let mut gradient = [0.0; 4];
    for r in [0.3_f64, 1.0, 4.0] {
        for (s, ages) in [(0.5_f64, 0.3_f64), (0.5, 2.0), (1.0, 1.0), (2.0, 8.0)] {
            let at = [r.ln(), (r * time_between).ln(), s.ln(), centre[3] + ages.ln()];
            let value = likelihood.gradient(&at, &mut gradient) - penalty(precision, &at, centre);
            if value > best.0 {
                best = (value, at);
            }
        }
    }
    best.1
}
