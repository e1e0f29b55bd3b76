//! Damped Newton search for the maximum of a smooth function of a few parameters with its exact second derivatives.
//!
//! Levenberg (1944) damping: where the curvature is not that of a maximum, or a step does not gain, the step is
//! shortened towards the gradient. The models here have at most a dozen parameters and exact derivatives at hand;
//! general optimisers approximate what is already known and need ten times the evaluations.

use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};

/// The function and its derivatives at one point.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// Value; anything not finite marks a point outside the domain.
    pub value: f64,
    /// First derivatives.
    pub gradient: DVector<f64>,
    /// Second derivatives, symmetric.
    pub hessian: DMatrix<f64>,
}

/// When to stop, and how far to go at once.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Give up after this many evaluations.
    pub evaluations: usize,
    /// Stop when no component of the gradient is larger. Scale the function to a mean per customer.
    pub gradient: f64,
    /// Longest step in any coordinate; with logarithms as coordinates, 2 is a factor of 7.4.
    pub step: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { evaluations: 200, gradient: 1e-9, step: 2.0 }
    }
}

/// The maximum found.
#[derive(Debug, Clone)]
pub struct Maximum {
    /// Where it is.
    pub at: DVector<f64>,
    /// The function there.
    pub evaluation: Evaluation,
    /// Evaluations made.
    pub evaluations: usize,
}

/// Climbs from `start` to a maximum of `function`.
///
/// # Errors
/// [`ModelError::NoConvergence`] where the function at the start is not finite, or the limit of evaluations is
/// reached.
pub fn maximize(
    model: &'static str,
    start: DVector<f64>,
    settings: &Settings,
    mut function: impl FnMut(&DVector<f64>) -> Evaluation,
) -> Result<Maximum> {
    let mut at = start;
    let mut here = function(&at);
    let mut evaluations = 1;
    let mut damping = 0.0_f64;
    let failed = |here: &Evaluation, evaluations| ModelError::NoConvergence {
        model,
        iterations: evaluations,
        gradient: here.gradient.amax(),
        advice: "add a penalty, give other starting values, or use a model with fewer parameters",
    };
    if !here.value.is_finite() {
        return Err(failed(&here, evaluations));
    }
    while here.gradient.amax() > settings.gradient {
        if evaluations >= settings.evaluations {
            return Err(failed(&here, evaluations));
        }
        let Some(step) = damped_step(&here, damping, settings.step) else {
            damping = raised(damping, &here.hessian);
            if !damping.is_finite() {
                return Err(failed(&here, evaluations));
            }
            continue;
        };
        let promised = step.dot(&here.gradient) + 0.5 * step.dot(&(&here.hessian * &step));
        let next_at = &at + &step;
        let next = function(&next_at);
        evaluations += 1;
        let gain = next.value - here.value;
        // Near the top the gain drowns in rounding, so there a smaller gradient is the better witness.
        let rounding = 1e-13 * (1.0 + here.value.abs());
        let better = gain > 1e-4 * promised
            || (promised.abs() < rounding && gain > -rounding && next.gradient.amax() < here.gradient.amax());
        if next.value.is_finite() && better {
            damping = if gain > 0.75 * promised { damping * 0.1 } else { damping };
            if damping < 1e-12 {
                damping = 0.0;
            }
            at = next_at;
            here = next;
        } else if promised.abs() < rounding {
            break; // as near as doubles can tell
        } else {
            damping = raised(damping, &here.hessian);
        }
    }
    Ok(Maximum { at, evaluation: here, evaluations })
}

fn raised(damping: f64, hessian: &DMatrix<f64>) -> f64 {
    (damping * 8.0).max(1e-3 * hessian.amax().max(1e-8))
}

/// The damped Newton step, cut to `longest`; `None` where the damped curvature is not that of a maximum.
fn damped_step(here: &Evaluation, damping: f64, longest: f64) -> Option<DVector<f64>> {
    let n = here.gradient.len();
    let curvature = -&here.hessian + DMatrix::identity(n, n) * damping;
    let mut step = curvature.cholesky()?.solve(&here.gradient);
    let length = step.amax();
    if !length.is_finite() {
        return None;
    }
    if length > longest {
        step *= longest / length;
    }
    Some(step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{dmatrix, dvector};

    /// Rosenbrock (1960), turned upside down: a curved valley with the maximum 0 at (1, 1).
    fn rosenbrock(p: &DVector<f64>) -> Evaluation {
        let (x, y) = (p[0], p[1]);
        Evaluation {
            value: -((1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2)),
            gradient: dvector![2.0 * (1.0 - x) + 400.0 * x * (y - x * x), -200.0 * (y - x * x)],
            hessian: dmatrix![-2.0 + 400.0 * (y - 3.0 * x * x), 400.0 * x; 400.0 * x, -200.0],
        }
    }

    #[test]
    fn climbs_a_curved_ridge() {
        let found = maximize("test", dvector![-1.2, 1.0], &Settings::default(), rosenbrock).unwrap();
        assert!((found.at - dvector![1.0, 1.0]).amax() < 1e-8);
        assert!(found.evaluations < 60, "{}", found.evaluations);
    }

    #[test]
    fn says_when_it_gives_up() {
        let settings = Settings { evaluations: 3, ..Settings::default() };
        let error = maximize("test", dvector![-1.2, 1.0], &settings, rosenbrock).unwrap_err();
        assert!(error.to_string().contains("did not converge"), "{error}");
    }
}
