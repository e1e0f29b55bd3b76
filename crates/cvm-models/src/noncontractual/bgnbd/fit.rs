//! Maximum likelihood for BG/NBD and MBG/NBD: where to start, how to climb, and what the top says.

use super::{BgLikelihood, BgNbd, FirstLeave};
pub use crate::fitting::Settings;
use crate::fitting::{ADVICE, check_weights, climb, names, penalty, summarize};
use crate::noncontractual::{Fitted, Likelihood, Parameters, Pattern};
use crate::{ModelError, Result};

/// Fits the BG/NBD model. A penalty's centre for alpha is the mean age of the customers.
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
    let start = settings.start_or(|| rough_fit(model, patterns, first_leave, settings, centre));
    let mut likelihood = BgLikelihood::new(patterns, first_leave);
    let top = climb(model, &mut likelihood, &start, &centre, settings)?;
    summarize((model, ADVICE), names::<M>(), 4, top, M::from_parameters)
}

/// What is wrong with the data or settings before any search.
pub(super) fn check(model: &'static str, patterns: &[Pattern], settings: &Settings) -> Result<()> {
    check_weights("pattern", patterns)?;
    settings.check(BgNbd::NAMES)?;
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

/// Logarithms of the best of a few plausible points, improved on a part of the customers where they are many.
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
        return best;
    }
    match climb(model, &mut likelihood, &best, &centre, settings) {
        Ok(top) => std::array::from_fn(|i| top.at[i]),
        Err(_) => best,
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
