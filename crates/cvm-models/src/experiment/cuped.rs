//! The same effect with less noise: what was known of customers before explains part of why they differ now, and is
//! taken out.
//!
//! A. Deng, Y. Xu, R. Kohavi & T. Walker (2013), "Improving the sensitivity of online controlled experiments by
//! utilizing pre-experiment data", WSDM. Coefficients are those that make the variance of the difference smallest for
//! arms of any size (each arm counts by its variance of the mean), so that adjustment never does harm, as plain
//! regression may (D. A. Freedman 2008). Customers without a past stay in: their covariate is the mean of the others,
//! and a column of its own says that it was not known.

use super::Effect;
use super::arm::Arm;
use super::difference::difference_of_means;
use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};

/// What to take out.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjustment {
    /// One for each covariate, in their order.
    pub columns: Vec<Column>,
    /// Variance of the difference after adjustment, as a share of before. So many customers do the work of one.
    pub variance_left: f64,
}

/// One covariate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// Mean of those known.
    pub mean: f64,
    /// Outcome for one more of the covariate.
    pub coefficient: f64,
    /// Share of customers of whom it is not known.
    pub unknown: f64,
    /// By how much the outcome of those is higher than the covariate's mean would have it.
    pub coefficient_unknown: f64,
}

impl Adjustment {
    /// Learns from an experiment. Each covariate has one number a customer, NaN where it is not known, measured before
    /// the treatment could change it: the outcome itself in the weeks before explains most.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for slices of different length, an arm with fewer than two customers or an outcome that
    /// is not finite.
    pub fn fit(outcomes: &[f64], treated: &[bool], covariates: &[&[f64]]) -> Result<Self> {
        check_lengths(outcomes, covariates)?;
        if treated.len() != outcomes.len() {
            return Err(ModelError::invalid("number of treatments", treated.len() as f64, "one a customer"));
        }
        let mut columns = covariates.iter().map(|c| Column::of(c)).collect::<Vec<_>>();
        let columns_seen = columns.clone();
        let design = Design { columns: &columns_seen, covariates };
        let [(inside, across, before), (inside_control, across_control, before_control)] =
            [true, false].map(|arm| design.covariances(outcomes, |row| treated[row] == arm));
        let coefficients = solved(inside + inside_control, &(&across + &across_control));
        for (column, pair) in columns.iter_mut().zip(coefficients.as_slice().chunks_exact(2)) {
            (column.coefficient, column.coefficient_unknown) = (pair[0], pair[1]);
        }
        let mut found = Self { columns, variance_left: 1.0 };
        let adjusted = found.adjusted(outcomes, covariates)?;
        let [after, after_control] = arms(&adjusted, treated)?.map(|arm| arm.error());
        if before + before_control > 0.0 {
            found.variance_left = (after + after_control) / (before + before_control);
        }
        Ok(found)
    }

    /// Outcomes as they would have been with the same past for all; their mean over everyone stays. Compare these as any
    /// outcomes: in all, by stratum, at every look.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for other covariates than were fitted, or of another length.
    pub fn adjusted(&self, outcomes: &[f64], covariates: &[&[f64]]) -> Result<Vec<f64>> {
        check_lengths(outcomes, covariates)?;
        if covariates.len() != self.columns.len() {
            return Err(ModelError::invalid("number of covariates", covariates.len() as f64, "as many as were fitted"));
        }
        let mut adjusted = outcomes.to_vec();
        for (column, covariate) in self.columns.iter().zip(covariates) {
            for (outcome, &value) in adjusted.iter_mut().zip(*covariate) {
                let [known, unknown] = column.centred(value);
                *outcome -= column.coefficient * known + column.coefficient_unknown * unknown;
            }
        }
        Ok(adjusted)
    }
}

/// The adjusted difference of means, and the adjustment it rests on.
///
/// # Errors
/// As [`Adjustment::fit`], and for a confidence not between 0 and 1.
pub fn adjusted_difference(
    outcomes: &[f64],
    treated: &[bool],
    covariates: &[&[f64]],
    confidence: f64,
) -> Result<(Effect, Adjustment)> {
    let adjustment = Adjustment::fit(outcomes, treated, covariates)?;
    let [treated, control] = arms(&adjustment.adjusted(outcomes, covariates)?, treated)?;
    Ok((difference_of_means(&treated, &control, confidence)?, adjustment))
}

/// The treated and the others.
fn arms(outcomes: &[f64], treated: &[bool]) -> Result<[Arm; 2]> {
    let of = |arm| {
        let chosen = outcomes.iter().zip(treated).filter(|(_, treated)| **treated == arm);
        Arm::of(&chosen.map(|(outcome, _)| *outcome).collect::<Vec<_>>())
    };
    Ok([of(true)?, of(false)?])
}

fn check_lengths(outcomes: &[f64], covariates: &[&[f64]]) -> Result<()> {
    match covariates.iter().find(|covariate| covariate.len() != outcomes.len()) {
        Some(other) => Err(ModelError::invalid("length of a covariate", other.len() as f64, "one number a customer")),
        None => Ok(()),
    }
}

impl Column {
    fn of(covariate: &[f64]) -> Self {
        let known = covariate.iter().filter(|value| value.is_finite()).count();
        let sum = covariate.iter().filter(|value| value.is_finite()).sum::<f64>();
        Self {
            mean: sum / known.max(1) as f64,
            coefficient: 0.0,
            unknown: 1.0 - known as f64 / covariate.len().max(1) as f64,
            coefficient_unknown: 0.0,
        }
    }

    /// How far from the mean, and whether not known, less its share.
    fn centred(&self, value: f64) -> [f64; 2] {
        if value.is_finite() { [value - self.mean, -self.unknown] } else { [0.0, 1.0 - self.unknown] }
    }
}

/// Two columns for each covariate.
struct Design<'a> {
    columns: &'a [Column],
    covariates: &'a [&'a [f64]],
}

impl Design<'_> {
    fn row(&self, row: usize, into: &mut DVector<f64>) {
        for (at, (column, covariate)) in self.columns.iter().zip(self.covariates).enumerate() {
            [into[2 * at], into[2 * at + 1]] = column.centred(covariate[row]);
        }
    }

    /// For the mean of one arm: variances of the columns, their covariance with the outcome, the outcome's variance.
    fn covariances(&self, outcomes: &[f64], chosen: impl Fn(usize) -> bool) -> (DMatrix<f64>, DVector<f64>, f64) {
        let k = 2 * self.columns.len();
        let rows = || (0..outcomes.len()).filter(|row| chosen(*row));
        let n = rows().count() as f64;
        let (mut x, mut mean_x, mut mean_y) = (DVector::zeros(k), DVector::zeros(k), 0.0);
        for row in rows() {
            self.row(row, &mut x);
            mean_x += &x / n;
            mean_y += outcomes[row] / n;
        }
        let (mut inside, mut across, mut variance) = (DMatrix::zeros(k, k), DVector::zeros(k), 0.0);
        for row in rows() {
            self.row(row, &mut x);
            x -= &mean_x;
            let y = outcomes[row] - mean_y;
            inside.syger(1.0, &x, &x, 1.0);
            across.axpy(y, &x, 1.0);
            variance += y * y;
        }
        inside.fill_upper_triangle_with_lower_triangle();
        let scale = 1.0 / ((n - 1.0) * n);
        (inside * scale, across * scale, variance * scale)
    }
}

/// The least-squares coefficients; columns that say nothing, or nothing new, get none.
fn solved(mut inside: DMatrix<f64>, across: &DVector<f64>) -> DVector<f64> {
    if across.is_empty() {
        return across.clone();
    }
    let scale = inside.diagonal().map(|variance| if variance > 0.0 { variance.sqrt().recip() } else { 0.0 });
    for i in 0..inside.nrows() {
        for j in 0..inside.ncols() {
            inside[(i, j)] *= scale[i] * scale[j];
        }
    }
    let eigen = inside.symmetric_eigen();
    // What is left of a column after the others, as a share: below this it is rounding.
    let inverse = eigen.eigenvalues.map(|value| if value > 1e-9 { value.recip() } else { 0.0 });
    let turned = eigen.eigenvectors.transpose() * across.component_mul(&scale);
    (eigen.eigenvectors * turned.component_mul(&inverse)).component_mul(&scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    const N: f64 = f64::NAN;
    const TREATED: [u8; 40] = [
        0, 0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0,
        1, 1, 0,
    ];
    const SPEND: [f64; 40] = [
        N, N, N, 17.2, 13.8, N, 28.1, N, 43.2, 71.9, N, 10.0, 40.9, 19.2, 25.8, 14.8, 18.0, 31.1, 5.5, N, 7.0, 22.7,
        5.0, 5.5, 16.6, 16.0, 10.8, N, 12.5, N, 9.0, 18.8, 18.0, N, 50.6, 7.2, 16.9, 9.8, 17.3, 12.8,
    ];
    const VISITS: [f64; 40] = [
        5.0, 3.0, 0.0, 1.0, 1.0, 3.0, 5.0, 3.0, 5.0, 1.0, 3.0, 5.0, 3.0, 5.0, 2.0, 0.0, 2.0, 2.0, 3.0, 4.0, 2.0, 1.0,
        3.0, 1.0, 5.0, 3.0, 4.0, 5.0, 3.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 3.0, 3.0, 2.0,
    ];
    const OUTCOME: [f64; 40] = [
        39.2, 9.5, 3.6, 21.0, 20.7, 31.7, 25.4, 23.9, 47.6, 62.4, 24.8, 27.9, 41.7, 24.9, 23.2, 12.3, 20.7, 27.8, 5.9,
        42.1, 9.4, 23.5, 10.4, 0.0, 25.4, 17.5, 18.5, 12.2, 12.1, 17.5, 6.4, 18.4, 15.0, 23.5, 50.5, 10.4, 11.5, 21.1,
        18.6, 19.0,
    ];

    fn of(covariates: &[&[f64]]) -> (Effect, Adjustment) {
        adjusted_difference(&OUTCOME, &TREATED.map(|t| t == 1), covariates, 0.95).unwrap()
    }

    #[test]
    fn forty_customers_as_numpy_and_scipy_have_them() {
        // Coefficients: (S1/n1 + S0/n0)^-1 (c1/n1 + c0/n0) with numpy.cov 2.4.6; interval: scipy.stats.ttest_ind 1.17.1
        // of the outcomes less covariates times coefficients.
        let (effect, adjustment) = of(&[&VISITS]);
        close(adjustment.columns[0].coefficient, 3.2009777026218025, 1e-10);
        close(effect.estimate, 4.75617276386296, 1e-10);
        close(effect.low, -3.1980900301842103, 1e-8);
        close(effect.high, 12.710435557910131, 1e-8);

        // With customers of whom nothing is known: their mean, and a column of its own.
        let (effect, adjustment) = of(&[&SPEND, &VISITS]);
        close(adjustment.columns[0].coefficient, 0.8631334738069393, 1e-10);
        close(adjustment.columns[0].coefficient_unknown, 1.2495570091275165, 1e-9);
        close(adjustment.columns[1].coefficient, 2.9838825464623158, 1e-10);
        close(effect.estimate, 5.932318754322514, 1e-10);
        close(effect.low, 2.344326078639033, 1e-8);
        close(effect.high, 9.520311430005995, 1e-8);
        close(effect.p_value, 0.0018558546543193223, 1e-8);
        let plain = of(&[]).0;
        close(plain.low, -4.284235018531152, 1e-8);
        close(adjustment.variance_left, (effect.standard_error / plain.standard_error).powi(2), 1e-10);
    }

    #[test]
    fn a_column_that_adds_nothing_changes_nothing() {
        let twice: Vec<f64> = VISITS.iter().map(|v| 2.0 * v + 1.0).collect();
        let (alone, same) = (of(&[&VISITS]).0, of(&[&VISITS, &twice, &[7.0; 40], &[N; 40]]).0);
        close(same.estimate, alone.estimate, 1e-9);
        close(same.standard_error, alone.standard_error, 1e-9);
    }

    #[test]
    fn the_mean_of_all_stays() {
        let covariates: [&[f64]; 2] = [&SPEND, &VISITS];
        let adjusted = of(&covariates).1.adjusted(&OUTCOME, &covariates).unwrap();
        close(adjusted.iter().sum(), OUTCOME.iter().sum(), 1e-12);
    }

    #[test]
    fn lengths_are_checked() {
        let error = Adjustment::fit(&OUTCOME, &[true; 3], &[]).unwrap_err();
        assert_eq!(error.to_string(), "number of treatments is 3; expected one a customer");
        assert!(Adjustment::fit(&OUTCOME, &[true; 40], &[]).is_err(), "no control group");
        assert!(of(&[&VISITS]).1.adjusted(&OUTCOME, &[]).is_err());
        assert!(Adjustment::fit(&OUTCOME, &TREATED.map(|t| t == 1), &[&[1.0]]).is_err());
    }
}
