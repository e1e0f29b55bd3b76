//! Regularised linear and logistic regression: the plain learners, hard to beat where customers are few.
//!
//! A. E. Hoerl & R. W. Kennard (1970), "Ridge regression", Technometrics 12; S. le Cessie & J. C. van Houwelingen (1992),
//! "Ridge estimators in logistic regression", Applied Statistics 41. Columns are brought to mean 0 and deviation 1, so
//! that one penalty fits all; the level is not penalised.

use super::Campaign;
use crate::numerics::newton::{self, Evaluation};
use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};

/// A fitted regression: level + sum of coefficient x column, or the logistic function of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    /// Outcome (or log-odds) where all columns are 0.
    pub level: f64,
    /// By how much one more of a column raises it.
    pub coefficients: Vec<f64>,
    /// Whether it is the log-odds of an answer that is linear.
    pub logistic: bool,
}

impl Regression {
    /// The expected outcome of a row.
    pub fn outcome(&self, row: &[f64]) -> f64 {
        let linear = self.level + self.coefficients.iter().zip(row).map(|(c, x)| c * x).sum::<f64>();
        if self.logistic { logistic(linear) } else { linear }
    }
}

/// Least squares with `penalty / 2` times the sum of squared coefficients (of standardised columns) added to half the
/// sum of squared errors.
///
/// # Errors
/// [`ModelError::Invalid`] for a penalty below 0, no customers, and numbers that are not finite;
/// [`ModelError::NotIdentified`] where columns are collinear and the penalty is 0.
pub fn ridge(campaign: &Campaign, penalty: f64) -> Result<Regression> {
    let scale = Scale::of(campaign, penalty)?;
    let k = campaign.columns;
    let mean = campaign.outcomes.iter().sum::<f64>() / campaign.len() as f64;
    let (mut inside, mut across) = (DMatrix::identity(k, k) * penalty, DVector::zeros(k));
    let mut x = DVector::zeros(k);
    for (row, outcome) in campaign.rows.chunks_exact(k).zip(campaign.outcomes) {
        scale.write(row, x.as_mut_slice());
        inside.syger(1.0, &x, &x, 1.0);
        across.axpy(outcome - mean, &x, 1.0);
    }
    inside.fill_upper_triangle_with_lower_triangle();
    let Some(cholesky) = inside.cholesky() else {
        return Err(ModelError::NotIdentified {
            model: "linear regression",
            found: "columns that say the same".into(),
            advice: "set a penalty, or leave such columns out",
        });
    };
    Ok(scale.regression(mean, cholesky.solve(&across).as_slice(), false))
}

/// Logistic regression with `penalty / 2` times the sum of squared coefficients (of standardised columns) taken from the
/// log-likelihood.
///
/// # Errors
/// As [`ridge`]; also for outcomes other than 0 and 1, and where without a penalty columns tell the answers apart.
pub fn logistic_regression(campaign: &Campaign, penalty: f64) -> Result<Regression> {
    let scale = Scale::of(campaign, penalty)?;
    if let Some(other) = campaign.outcomes.iter().find(|y| **y != 0.0 && **y != 1.0) {
        return Err(ModelError::invalid("outcome", *other, "0 or 1"));
    }
    let (n, k) = (campaign.len() as f64, campaign.columns + 1);
    let share = campaign.outcomes.iter().sum::<f64>() / n;
    // Where all or none answered there is nothing to compare: one more answer of either kind bounds the level.
    let share = (share * n + 0.5) / (n + 1.0);
    let mut start = DVector::zeros(k);
    start[0] = (share / (1.0 - share)).ln();
    if campaign.outcomes.iter().all(|y| *y == campaign.outcomes[0]) {
        return Ok(scale.regression(start[0], &vec![0.0; k - 1], true));
    }
    let mut x = DVector::from_element(k, 1.0);
    let function = |at: &DVector<f64>| {
        let (mut value, mut gradient, mut hessian) = (0.0, DVector::zeros(k), DMatrix::zeros(k, k));
        for (row, y) in campaign.rows.chunks_exact(k - 1).zip(campaign.outcomes) {
            scale.write(row, &mut x.as_mut_slice()[1..]);
            let linear = at.dot(&x);
            let p = logistic(linear);
            value += y * linear - linear.max(0.0) - (-linear.abs()).exp().ln_1p();
            gradient.axpy(y - p, &x, 1.0);
            hessian.syger(-p * (1.0 - p), &x, &x, 1.0);
        }
        hessian.fill_upper_triangle_with_lower_triangle();
        for i in 1..k {
            value -= 0.5 * penalty * at[i] * at[i];
            gradient[i] -= penalty * at[i];
            hessian[(i, i)] -= penalty;
        }
        Evaluation { value: value / n, gradient: gradient / n, hessian: hessian / n }
    };
    let top = newton::maximize("logistic regression", start, &newton::Settings::default(), function)?;
    Ok(scale.regression(top.at[0], &top.at.as_slice()[1..], true))
}

/// 1 / (1 + e^-x).
pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

struct Scale {
    means: Vec<f64>,
    deviations: Vec<f64>,
}

impl Scale {
    fn of(campaign: &Campaign, penalty: f64) -> Result<Self> {
        campaign.check(0)?;
        if campaign.is_empty() {
            return Err(ModelError::invalid("number of customers", 0.0, "at least 1"));
        }
        crate::fitting::check_penalty(penalty)?;
        let n = campaign.len() as f64;
        let column = |column: usize| campaign.rows[column..].iter().step_by(campaign.columns);
        let means = (0..campaign.columns).map(|c| column(c).sum::<f64>() / n).collect::<Vec<_>>();
        let deviation = |c: usize| (column(c).map(|x| (x - means[c]).powi(2)).sum::<f64>() / n).sqrt();
        let deviations = (0..campaign.columns).map(deviation).collect();
        Ok(Self { means, deviations })
    }

    /// A column without differences stays 0.
    fn write(&self, row: &[f64], into: &mut [f64]) {
        for (i, into) in into.iter_mut().enumerate() {
            *into = if self.deviations[i] > 0.0 { (row[i] - self.means[i]) / self.deviations[i] } else { 0.0 };
        }
    }

    fn regression(&self, level: f64, standardised: &[f64], logistic: bool) -> Regression {
        let coefficient = |(c, deviation): (&f64, &f64)| if *deviation > 0.0 { c / deviation } else { 0.0 };
        let coefficients = standardised.iter().zip(&self.deviations).map(coefficient).collect::<Vec<_>>();
        let shift = coefficients.iter().zip(&self.means).map(|(c, mean)| c * mean).sum::<f64>();
        Regression { level: level - shift, coefficients, logistic }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    const ROWS: [f64; 16] = [1.0, 2.0, 2.0, 1.0, 3.0, 5.0, 4.0, 3.0, 5.0, 8.0, 6.0, 4.0, 7.0, 9.0, 8.0, 2.0];

    fn campaign<'a>(outcomes: &'a [f64; 8]) -> Campaign<'a> {
        Campaign { rows: &ROWS, columns: 2, outcomes, treated: &[false; 8] }
    }

    #[test]
    fn ridge_of_scikit_learn() {
        // scikit-learn 1.9.1: StandardScaler, then Ridge(alpha=2).
        let found = ridge(&campaign(&[1.0, 3.0, 2.0, 5.0, 4.0, 6.0, 5.0, 9.0]), 2.0).unwrap();
        for (row, expected) in ROWS.chunks_exact(2).zip([
            2.003520904382973,
            3.05833964885689,
            2.9649962106858654,
            4.249447391688771,
            3.9264715169887583,
            5.67018757104964,
            5.347211696349628,
            7.779825059997474,
        ]) {
            close(found.outcome(row), expected, 1e-9);
        }
    }

    #[test]
    fn logistic_regression_of_scikit_learn() {
        // scikit-learn 1.9.1: StandardScaler, then LogisticRegression(C=0.5, tol=1e-12).
        let found = logistic_regression(&campaign(&[0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0]), 2.0).unwrap();
        for (row, expected) in ROWS.chunks_exact(2).zip([
            0.325556004216255,
            0.3588899593795063,
            0.437631652317492,
            0.4653411660202816,
            0.5564570090467638,
            0.5661651409894372,
            0.6529145041092523,
            0.6370445630988686,
        ]) {
            close(found.outcome(row), expected, 1e-6);
        }
    }

    #[test]
    fn all_alike_and_no_answers_still_give_a_model() {
        let found = logistic_regression(&campaign(&[0.0; 8]), 1.0).unwrap();
        close(found.outcome(&[1.0, 1.0]), 0.5 / 9.0, 1e-12);
        let rows = [3.0; 8];
        let same = Campaign {
            rows: &rows,
            columns: 1,
            outcomes: &[1.0, 3.0, 2.0, 5.0, 4.0, 6.0, 5.0, 9.0],
            treated: &[true; 8],
        };
        close(ridge(&same, 1.0).unwrap().outcome(&[3.0]), 4.375, 1e-12);
        assert!(ridge(&same, 0.0).unwrap_err().to_string().contains("columns that say the same"));
        assert!(ridge(&same, -1.0).is_err());
    }
}
