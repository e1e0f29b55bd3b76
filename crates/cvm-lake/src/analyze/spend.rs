//! What customers spend per purchase: the Gamma-Gamma model, and what stands in where it cannot be fitted.

use super::population::Population;
use cvm_core::report::Warning;
use cvm_models::noncontractual::Fitted;
use cvm_models::noncontractual::gamma_gamma::{self, GammaGamma};

/// Repeat customers needed for a spend model.
const LEAST_REPEAT_CUSTOMERS: usize = 20;

/// The spend model, or why there is none.
pub struct Spend {
    /// `None` where it cannot be fitted, or has no mean.
    pub model: Option<Fitted<GammaGamma>>,
    /// What the reader must know.
    pub warnings: Vec<Warning>,
}

/// Fits spend to the repeat purchases of a population.
pub fn fit(population: &Population) -> Spend {
    let spenders: Vec<(u32, f64)> = population.spenders().collect();
    let mut warnings = Vec::new();
    let correlation = correlation(&spenders);
    // The model takes spend and frequency for unrelated; beyond 0.3 the product of their means is off by far.
    if correlation.abs() > 0.3 {
        warnings.push(Warning::SpendDependsOnFrequency { correlation });
    }
    if spenders.len() < LEAST_REPEAT_CUSTOMERS {
        warnings.push(Warning::NoSpendModel);
        return Spend { model: None, warnings };
    }
    let rows: Vec<gamma_gamma::Spend> =
        spenders.iter().map(|&(purchases, mean)| gamma_gamma::Spend { purchases, mean, weight: 1.0 }).collect();
    // Up to q = 1 the mean spend of a new customer is infinite, and so would be their value.
    match gamma_gamma::fit(&rows, &gamma_gamma::Settings::default()) {
        Ok(fitted) if fitted.model.customer_shape(0) > 1.0 => Spend { model: Some(fitted), warnings },
        _ => {
            warnings.push(Warning::NoSpendModel);
            Spend { model: None, warnings }
        }
    }
}

/// Pearson's correlation of frequency and mean spend; 0 where either does not vary.
fn correlation(spenders: &[(u32, f64)]) -> f64 {
    let n = spenders.len() as f64;
    let (sx, sy) = spenders.iter().fold((0.0, 0.0), |(x, y), s| (x + f64::from(s.0), y + s.1));
    let (mx, my) = (sx / n, sy / n);
    let (xx, yy, xy) = spenders.iter().fold((0.0, 0.0, 0.0), |(xx, yy, xy), s| {
        let (dx, dy) = (f64::from(s.0) - mx, s.1 - my);
        (xx + dx * dx, yy + dy * dy, xy + dx * dy)
    });
    let scale = (xx * yy).sqrt();
    if scale > 0.0 { xy / scale } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlation_is_that_of_the_textbook() {
        // numpy.corrcoef([1, 2, 3, 4], [10, 9, 14, 20])[0, 1]
        let found = correlation(&[(1, 10.0), (2, 9.0), (3, 14.0), (4, 20.0)]);
        assert!((found - 0.905_206).abs() < 1e-6, "{found}");
        assert_eq!(correlation(&[(1, 5.0), (2, 5.0)]), 0.0);
        assert_eq!(correlation(&[]), 0.0);
    }
}
