//! Columns that explain how long customers stay, brought to one scale so that the search for coefficients is steady.

use super::Observation;
use crate::fitting::Covariates;
use crate::{ModelError, Result};
use nalgebra::DMatrix;

/// Columns centred at their mean and divided by their standard deviation.
pub(crate) struct Standardised {
    pub mean: Vec<f64>,
    pub deviation: Vec<f64>,
    /// Row-major.
    pub rows: Vec<f64>,
}

impl Standardised {
    /// # Errors
    /// [`ModelError::Invalid`] where the table is not rows x names, a value is not finite, or a column does not vary.
    pub fn new(covariates: &Covariates, observations: &[Observation]) -> Result<Self> {
        let (columns, lives) = (covariates.names.len(), observations.len());
        if covariates.rows.len() != columns * lives {
            let expected = "one value for each observation and name";
            return Err(ModelError::invalid("number of covariate values", covariates.rows.len() as f64, expected));
        }
        if let Some(bad) = covariates.rows.iter().position(|v| !v.is_finite()) {
            let name = format!("covariate `{}` of row {}", covariates.names[bad % columns], bad / columns);
            return Err(ModelError::invalid(name, covariates.rows[bad], "a finite number"));
        }
        let total: f64 = observations.iter().map(|o| o.weight).sum();
        let mean_of = |value: &dyn Fn(usize) -> f64| {
            observations.iter().enumerate().map(|(row, o)| o.weight * value(row)).sum::<f64>() / total
        };
        let at = |row: usize, column: usize| covariates.rows[row * columns + column];
        let mean: Vec<f64> = (0..columns).map(|column| mean_of(&|row| at(row, column))).collect();
        let deviation: Vec<f64> =
            (0..columns).map(|column| mean_of(&|row| (at(row, column) - mean[column]).powi(2)).sqrt()).collect();
        for (column, name) in covariates.names.iter().enumerate() {
            let size = (0..lives).map(|row| at(row, column).abs()).fold(0.0, f64::max);
            if deviation[column] <= 1e-12 * size {
                let expected = "a column that varies; leave it out";
                return Err(ModelError::invalid(format!("covariate `{name}` of every row"), mean[column], expected));
            }
        }
        let scaled = |(i, v): (usize, &f64)| (v - mean[i % columns]) / deviation[i % columns];
        let rows = covariates.rows.iter().enumerate().map(scaled).collect();
        Ok(Self { mean, deviation, rows })
    }

    /// The columns of one life.
    pub fn row(&self, row: usize) -> &[f64] {
        let columns = self.mean.len();
        &self.rows[row * columns..(row + 1) * columns]
    }
}

/// Checks a row to predict for.
pub(crate) fn check_row(names: &[String], row: &[f64]) -> Result<()> {
    if row.len() != names.len() {
        return Err(ModelError::invalid("number of covariate values", row.len() as f64, "one value for each name"));
    }
    match row.iter().position(|v| !v.is_finite()) {
        Some(bad) => Err(ModelError::invalid(format!("covariate `{}`", names[bad]), row[bad], "a finite number")),
        None => Ok(()),
    }
}

/// Coefficient times value; what would overflow stops short of infinity, so that no difference of two such terms is
/// NaN.
pub(crate) fn effect(coefficient: f64, value: f64) -> f64 {
    (coefficient * value).clamp(-1e300, 1e300)
}

/// The inverse of the information matrix, or an error that tells what may be the matter.
pub(crate) fn covariance(
    model: &'static str,
    information: DMatrix<f64>,
    names: &[String],
    coefficients: &[f64],
) -> Result<DMatrix<f64>> {
    check_separation(model, names, coefficients)?;
    let scale = information.diagonal().amax();
    let factor = information.cholesky().filter(|factor| factor.l_dirty().diagonal().min().powi(2) > 1e-10 * scale);
    factor.map(|factor| factor.inverse()).ok_or_else(|| ModelError::NotIdentified {
        model,
        found: "the covariates overlap: one of them follows from others".into(),
        advice: "leave one of them out, or add a penalty",
    })
}

/// Fails where one standard deviation of a column multiplies the risk by more than e^10: that is not an effect but a
/// separation, and the likelihood rises for ever as the coefficient grows.
pub(crate) fn check_separation(model: &'static str, names: &[String], coefficients: &[f64]) -> Result<()> {
    match coefficients.iter().position(|c| c.abs() > 10.0) {
        None => Ok(()),
        Some(apart) => Err(ModelError::NotIdentified {
            model,
            found: format!("`{}` separates those who left from those who did not", names[apart]),
            advice: "leave that column out, or add a penalty",
        }),
    }
}
