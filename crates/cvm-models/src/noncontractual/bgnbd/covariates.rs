//! BG/NBD with columns known of each customer, which shift how often they buy and how soon they leave.
//!
//! Fader & Hardie (2007), "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models":
//! alpha = alpha0 exp(-c_alpha z), a = a0 exp(c_a z), b = b0 exp(c_b z) for a customer with columns z. A positive
//! coefficient of alpha means more purchases, one of a earlier leaving, one of b later leaving.

use super::fit::{check, prior_centre, rough_fit};
use super::{BgLikelihood, BgNbd, FirstLeave, Settings};
use crate::fitting::{ADVICE, climb, names, summarize};
use crate::noncontractual::{Covariates, Fitted, Likelihood, Parameters, Pattern};
use crate::numerics::newton::Evaluation;
use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};

const MODEL: &str = "BG/NBD with covariates";

/// The model at given parameters and coefficients.
#[derive(Debug, Clone, PartialEq)]
pub struct BgNbdWithCovariates {
    /// The customer whose columns are all 0.
    pub base: BgNbd,
    /// Names of the columns.
    pub names: Vec<String>,
    /// What a unit of each column adds to ln of the purchase rate (it is taken from ln alpha).
    pub alpha: Vec<f64>,
    /// What it adds to ln a.
    pub a: Vec<f64>,
    /// What it adds to ln b.
    pub b: Vec<f64>,
}

impl BgNbdWithCovariates {
    /// The model of customers with these columns, in the order of `names`.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where the number of columns is another, or a value so far out that a parameter leaves
    /// its domain.
    pub fn model_for(&self, row: &[f64]) -> Result<BgNbd> {
        if row.len() != self.names.len() {
            return Err(ModelError::invalid("number of columns", row.len() as f64, "one value a covariate"));
        }
        let shift = |coefficients: &[f64]| coefficients.iter().zip(row).map(|(c, z)| c * z).sum::<f64>().exp();
        let BgNbd { r, alpha, a, b } = self.base;
        BgNbd::new(r, alpha / shift(&self.alpha), a * shift(&self.a), b * shift(&self.b))
    }
}

/// Fits the model to patterns with one row of `covariates` each.
///
/// Estimates come as r, alpha, a, b, then "alpha:column" for each column, "a:column", "b:column".
///
/// # Errors
/// As [`super::fit`], and [`ModelError::Invalid`] for columns that do not match the patterns or are not numbers. Columns
/// that say the same as others leave their coefficients open: [`ModelError::NotIdentified`].
pub fn fit_with_covariates(
    patterns: &[Pattern],
    covariates: &Covariates,
    settings: &Settings,
) -> Result<Fitted<BgNbdWithCovariates>> {
    check(MODEL, patterns, settings)?;
    let mut likelihood = CovariateLikelihood::new(patterns, covariates)?;
    let centre = prior_centre(patterns);
    let base = settings.start_or(|| rough_fit(MODEL, patterns, FirstLeave::AfterRepeat, settings, centre));
    let columns = covariates.names.len();
    let mut start = base.to_vec();
    start.resize(likelihood.dimension(), 0.0);
    let top = climb(MODEL, &mut likelihood, &start, &centre, settings)?;
    let mut names = names::<BgNbd>();
    for parameter in ["alpha", "a", "b"] {
        names.extend(covariates.names.iter().map(|column| format!("{parameter}:{column}")));
    }
    summarize((MODEL, ADVICE), names, 4, top, |values| {
        let coefficients = |i: usize| values[4 + i * columns..4 + (i + 1) * columns].to_vec();
        Ok(BgNbdWithCovariates {
            base: BgNbd::from_parameters(&values[..4])?,
            names: covariates.names.clone(),
            alpha: coefficients(0),
            a: coefficients(1),
            b: coefficients(2),
        })
    })
}

/// The log-likelihood as a function of ln r, ln alpha0, ln a0, ln b0 and the coefficients of alpha, a and b.
#[derive(Debug, Clone)]
pub struct CovariateLikelihood {
    columns: usize,
    /// Customers with equal columns share a plain likelihood.
    parts: Vec<(Vec<f64>, BgLikelihood)>,
}

impl CovariateLikelihood {
    /// Groups the patterns by their rows.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where rows and patterns do not match, or a value is not a finite number.
    pub fn new(patterns: &[Pattern], covariates: &Covariates) -> Result<Self> {
        let columns = covariates.names.len();
        if covariates.rows.len() != columns * patterns.len() {
            let found = covariates.rows.len() as f64;
            return Err(ModelError::invalid("number of covariate values", found, "columns times patterns"));
        }
        if let Some(i) = covariates.rows.iter().position(|z| !z.is_finite()) {
            let name = format!("{} of pattern {}", covariates.names[i % columns], i / columns);
            return Err(ModelError::invalid(name, covariates.rows[i], "a finite number"));
        }
        let row = |i: usize| &covariates.rows[i * columns..(i + 1) * columns];
        let mut order: Vec<usize> = (0..patterns.len()).collect();
        order.sort_by(|&i, &j| {
            let pairs = row(i).iter().zip(row(j));
            pairs.map(|(x, y)| x.total_cmp(y)).find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        });
        let parts = order.chunk_by(|&i, &j| row(i) == row(j)).map(|members| {
            let alike: Vec<Pattern> = members.iter().map(|&i| patterns[i]).collect();
            (row(members[0]).to_vec(), BgLikelihood::new(&alike, FirstLeave::AfterRepeat))
        });
        Ok(Self { columns, parts: parts.collect() })
    }
}

/// How each coordinate moves the logarithms of r, alpha, a, b of customers with this row: (which of the four, how much).
fn effect(coordinate: usize, row: &[f64]) -> (usize, f64) {
    if coordinate < 4 {
        return (coordinate, 1.0);
    }
    let (parameter, column) = ((coordinate - 4) / row.len() + 1, (coordinate - 4) % row.len());
    (parameter, if parameter == 1 { -row[column] } else { row[column] })
}

/// The logarithms of r, alpha, a, b of customers with this row.
fn local(at: &[f64], row: &[f64]) -> [f64; 4] {
    let mut parameters = [0.0; 4];
    for (coordinate, value) in at.iter().enumerate() {
        let (parameter, effect) = effect(coordinate, row);
        parameters[parameter] += effect * value;
    }
    parameters
}

impl Likelihood for CovariateLikelihood {
    fn dimension(&self) -> usize {
        4 + 3 * self.columns
    }

    fn customers(&self) -> f64 {
        self.parts.iter().map(|(_, part)| part.customers()).sum()
    }

    fn gradient(&mut self, at: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let mut value = 0.0;
        for (row, part) in &mut self.parts {
            let mut slopes = [0.0; 4];
            value += part.gradient(&local(at, row), &mut slopes);
            for (coordinate, total) in gradient.iter_mut().enumerate() {
                let (parameter, effect) = effect(coordinate, row);
                *total += effect * slopes[parameter];
            }
        }
        value
    }

    fn evaluate(&mut self, at: &[f64]) -> Evaluation {
        let n = self.dimension();
        let mut total = Evaluation { value: 0.0, gradient: DVector::zeros(n), hessian: DMatrix::zeros(n, n) };
        for (row, part) in &mut self.parts {
            let here = part.evaluate(&local(at, row));
            total.value += here.value;
            for i in 0..n {
                let (p, by) = effect(i, row);
                total.gradient[i] += by * here.gradient[p];
                for j in 0..n {
                    let (q, and) = effect(j, row);
                    total.hessian[(i, j)] += by * and * here.hessian[(p, q)];
                }
            }
        }
        total
    }
}
