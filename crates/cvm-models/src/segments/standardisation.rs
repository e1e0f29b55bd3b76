//! Columns brought to one scale, so that a distance over them does not hang on their units.
//!
//! Standard scores as in G. W. Milligan & M. C. Cooper (1988), "A study of standardization of variables in cluster
//! analysis", Journal of Classification 5; skewed columns in logarithms first.

use crate::{ModelError, Result};

/// Brings columns to mean 0 and standard deviation 1, skewed ones in logarithms.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardisation {
    /// How each column is changed.
    pub columns: Vec<Scaling>,
}

/// How one column is changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scaling {
    /// Whether the signed logarithm is taken first: ln(1 + x), and -ln(1 - x) below 0.
    pub log: bool,
    /// Mean (of the logarithms).
    pub mean: f64,
    /// Standard deviation (of the logarithms); 0 for a column that does not vary, which is left out.
    pub deviation: f64,
}

impl Standardisation {
    /// Learns the scales from rows. Columns at least as skewed as `skewness` are taken in logarithms if those are less.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for rows of the wrong length, numbers not finite, weights below 0, and columns whose
    /// deviation exceeds the doubles.
    pub fn of(rows: &[f64], columns: usize, weights: Option<&[f64]>, skewness: f64) -> Result<Self> {
        check_rows(rows, columns, weights)?;
        let scaling = |column: usize| {
            let values = || rows.iter().skip(column).step_by(columns).copied();
            let plain = Moments::of(values, weights);
            if plain.skewness.abs() >= skewness {
                let logs = Moments::of(|| values().map(signed_log), weights);
                if logs.skewness.abs() < plain.skewness.abs() {
                    return logs.scaling(true);
                }
            }
            plain.scaling(false)
        };
        let columns = (0..columns).map(scaling).collect::<Vec<_>>();
        match columns.iter().position(|c| !(c.mean.is_finite() && c.deviation.is_finite())) {
            Some(at) => {
                let name = format!("standard deviation of column {}", at + 1);
                Err(ModelError::invalid(name, columns[at].deviation, "a finite number; rescale the column"))
            }
            None => Ok(Self { columns }),
        }
    }

    /// Rows on the common scale.
    pub fn applied(&self, rows: &[f64]) -> Vec<f64> {
        let mut scaled = vec![0.0; rows.len()];
        let width = self.columns.len();
        for (row, scaled) in rows.chunks_exact(width).zip(scaled.chunks_exact_mut(width)) {
            self.write(row, scaled);
        }
        scaled
    }

    pub(super) fn write(&self, row: &[f64], scaled: &mut [f64]) {
        for ((&value, column), scaled) in row.iter().zip(&self.columns).zip(scaled) {
            *scaled = column.scaled(value);
        }
    }
}

impl Scaling {
    pub(super) fn scaled(&self, value: f64) -> f64 {
        if self.deviation == 0.0 {
            return 0.0;
        }
        let value = if self.log { signed_log(value) } else { value };
        (value - self.mean) / self.deviation
    }

    pub(super) fn original(&self, scaled: f64) -> f64 {
        let value = scaled * self.deviation + self.mean;
        if self.log { value.signum() * value.abs().exp_m1() } else { value }
    }
}

fn signed_log(value: f64) -> f64 {
    value.abs().ln_1p().copysign(value)
}

struct Moments {
    mean: f64,
    deviation: f64,
    skewness: f64,
}

impl Moments {
    /// Two passes, because third moments about 0 cancel badly for amounts far from it.
    fn of<I: Iterator<Item = f64>>(values: impl Fn() -> I, weights: Option<&[f64]>) -> Self {
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let (mut total, mut sum) = (0.0, 0.0);
        for (row, value) in values().enumerate() {
            total += weight(row);
            sum += weight(row) * value;
        }
        let mean = sum / total;
        let (mut second, mut third) = (0.0, 0.0);
        for (row, value) in values().enumerate() {
            let off = value - mean;
            second += weight(row) * off * off;
            third += weight(row) * off * off * off;
        }
        let variance = second / total;
        // A column of one value has a variance of rounding errors only.
        if variance <= (1e-12 * mean).powi(2) {
            return Self { mean, deviation: 0.0, skewness: 0.0 };
        }
        Self { mean, deviation: variance.sqrt(), skewness: third / total / (variance * variance.sqrt()) }
    }

    fn scaling(&self, log: bool) -> Scaling {
        Scaling { log, mean: self.mean, deviation: self.deviation }
    }
}

/// Refuses rows that do not fill their columns, numbers that are none and weights that do not add up.
pub(super) fn check_rows(rows: &[f64], columns: usize, weights: Option<&[f64]>) -> Result<()> {
    if columns == 0 {
        return Err(ModelError::invalid("number of columns", 0.0, "at least 1"));
    }
    if rows.is_empty() || !rows.len().is_multiple_of(columns) {
        let expected = "a multiple of the columns, and not 0";
        return Err(ModelError::invalid("numbers in rows", rows.len() as f64, expected));
    }
    if let Some(at) = rows.iter().position(|value| !value.is_finite()) {
        let name = format!("column {} of row {}", at % columns + 1, at / columns + 1);
        return Err(ModelError::invalid(name, rows[at], "a finite number"));
    }
    let Some(weights) = weights else { return Ok(()) };
    if weights.len() != rows.len() / columns {
        return Err(ModelError::invalid("number of weights", weights.len() as f64, "one a row"));
    }
    if let Some(at) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
        return Err(ModelError::invalid(format!("weight of row {}", at + 1), weights[at], "0 or more"));
    }
    let total = weights.iter().sum::<f64>();
    if total > 0.0 && total.is_finite() {
        return Ok(());
    }
    Err(ModelError::invalid("weight of all rows", total, "a finite number above 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standardised_by_hand_and_back() {
        let rows = [1.0, 5.0, 3.0, 5.0, 5.0, 5.0];
        let scale = Standardisation::of(&rows, 2, None, 1.0).unwrap();
        assert_eq!(scale.columns[0], Scaling { log: false, mean: 3.0, deviation: (8.0_f64 / 3.0).sqrt() });
        assert_eq!(scale.columns[1].deviation, 0.0, "does not vary");
        let applied = scale.applied(&rows);
        assert!((applied[0] + 1.5_f64.sqrt()).abs() < 1e-15 && applied[1] == 0.0 && applied[2] == 0.0);
        for log in [false, true] {
            let scaling = Scaling { log, mean: 0.4, deviation: 2.0 };
            for value in [-70.0, -0.5, 0.0, 3.0, 1e6] {
                assert!((scaling.original(scaling.scaled(value)) - value).abs() < 1e-9 * (1.0 + value.abs()));
            }
        }
    }
}
