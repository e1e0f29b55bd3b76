//! Whether predicted chances come true: reliability table, Brier score, log-loss, calibration error, and how well answers
//! are ranked.
//!
//! G. W. Brier (1950), "Verification of forecasts expressed in terms of probability"; M. P. Naeini, G. F. Cooper &
//! M. Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian binning" for the expected calibration
//! error. Judge chances that were told before the answer was known, as a log of decisions has them.

use crate::{ModelError, Result};

/// How good predictions were.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// Answers compared.
    pub predictions: usize,
    /// Mean chance told.
    pub predicted: f64,
    /// Share that answered.
    pub observed: f64,
    /// Mean squared distance of the chance from what happened; lower is better.
    pub brier: f64,
    /// Brier score less that of telling everyone the share that answered, as a share of it: above 0 is worth having.
    pub brier_skill: f64,
    /// Mean negative log-likelihood; lower is better.
    pub log_loss: f64,
    /// Mean distance of observed shares from chances told, over the table.
    pub calibration_error: f64,
    /// Chance that who answered had been given the higher chance of two; `None` where all or none answered.
    pub ranking: Option<f64>,
    /// The reliability table, chances of equal width; empty ones are left out.
    pub table: Vec<Bin>,
}

/// Predictions of about the same chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Lowest chance.
    pub from: f64,
    /// Highest chance.
    pub to: f64,
    /// How many.
    pub predictions: usize,
    /// Mean chance told.
    pub predicted: f64,
    /// Share that answered.
    pub observed: f64,
}

/// Chances nearer than this to 0 or 1 count as this near, so that one surprise does not make the log-loss infinite.
const NEAREST: f64 = 1e-15;

/// Compares chances with answers.
///
/// # Errors
/// [`ModelError::Invalid`] for no predictions, slices of different length, no bins, and chances not from 0 to 1.
pub fn quality(chances: &[f64], answers: &[bool], bins: usize) -> Result<Quality> {
    let n = chances.len();
    if n == 0 || answers.len() != n {
        return Err(ModelError::invalid("number of answers", answers.len() as f64, "one a prediction, at least 1"));
    }
    if bins == 0 {
        return Err(ModelError::invalid("number of bins", 0.0, "at least 1"));
    }
    if let Some(chance) = chances.iter().find(|chance| !(0.0..=1.0).contains(*chance)) {
        return Err(ModelError::invalid("predicted chance", *chance, "a number from 0 to 1"));
    }
    let mut sums = vec![(0_usize, 0.0, 0.0); bins];
    let (mut brier, mut log_loss) = (0.0, 0.0);
    for (&chance, &answered) in chances.iter().zip(answers) {
        let bin = &mut sums[((chance * bins as f64) as usize).min(bins - 1)];
        *bin = (bin.0 + 1, bin.1 + chance, bin.2 + f64::from(answered));
        brier += (chance - f64::from(answered)).powi(2);
        let told = if answered { chance } else { 1.0 - chance };
        log_loss -= told.clamp(NEAREST, 1.0).ln();
    }
    let of = |count: usize, sum: f64| sum / count as f64;
    let table = sums.iter().enumerate().filter(|(_, sum)| sum.0 > 0).map(|(at, &(count, predicted, observed))| Bin {
        from: at as f64 / bins as f64,
        to: (at + 1) as f64 / bins as f64,
        predictions: count,
        predicted: of(count, predicted),
        observed: of(count, observed),
    });
    let table = table.collect::<Vec<_>>();
    let off = table.iter().map(|bin| bin.predictions as f64 * (bin.predicted - bin.observed).abs()).sum();
    let observed = of(n, answers.iter().map(|answered| f64::from(*answered)).sum());
    let (brier, constant) = (of(n, brier), observed * (1.0 - observed));
    Ok(Quality {
        predictions: n,
        predicted: of(n, chances.iter().sum()),
        observed,
        brier,
        brier_skill: if constant > 0.0 { 1.0 - brier / constant } else { 0.0 },
        log_loss: of(n, log_loss),
        calibration_error: of(n, off),
        ranking: ranking(chances, answers),
        table,
    })
}

/// Area under the receiver operating characteristic: H. B. Mann & D. R. Whitney (1947), ties half.
fn ranking(chances: &[f64], answers: &[bool]) -> Option<f64> {
    let mut order = (0..chances.len()).collect::<Vec<_>>();
    order.sort_by(|a, b| chances[*a].total_cmp(&chances[*b]));
    let yes = answers.iter().filter(|answered| **answered).count() as f64;
    let no = chances.len() as f64 - yes;
    let (mut below, mut won) = (0.0, 0.0);
    for same in order.chunk_by(|a, b| chances[*a] == chances[*b]) {
        let here = same.iter().filter(|at| answers[**at]).count() as f64;
        let not = same.len() as f64 - here;
        won += here * (below + not / 2.0);
        below += not;
    }
    (yes > 0.0 && no > 0.0).then(|| won / (yes * no))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    const CHANCES: [f64; 12] = [0.05, 0.1, 0.1, 0.22, 0.31, 0.38, 0.45, 0.62, 0.62, 0.8, 0.93, 1.0];
    const ANSWERS: [u8; 12] = [0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 1];

    #[test]
    fn scores_of_scikit_learn() {
        // scikit-learn 1.9.1: brier_score_loss, log_loss, roc_auc_score, calibration_curve(n_bins=4, strategy="uniform").
        let found = quality(&CHANCES, &ANSWERS.map(|a| a == 1), 4).unwrap();
        close(found.brier, 0.1773, 1e-12);
        close(found.log_loss, 0.5321265868416526, 1e-9);
        close(found.ranking.unwrap(), 0.8055555555555556, 1e-12);
        let curve = [(0.1175, 0.25), (0.38, 1.0 / 3.0), (0.62, 0.5), (0.91, 1.0)];
        for (bin, (predicted, observed)) in found.table.iter().zip(curve) {
            close(bin.predicted, predicted, 1e-9);
            close(bin.observed, observed, 1e-9);
        }
        // By hand: (4 x 0.1325 + 3 x 0.046667 + 2 x 0.12 + 3 x 0.09) / 12.
        close(found.calibration_error, 1.18 / 12.0, 1e-9);
        close(found.brier_skill, 1.0 - 0.1773 / 0.25, 1e-12);
    }

    #[test]
    fn edges() {
        let sure = quality(&[0.0, 1.0], &[true, true], 10).unwrap();
        assert!(sure.log_loss.is_finite() && sure.log_loss > 17.0);
        assert_eq!((sure.ranking, sure.brier, sure.table.len()), (None, 0.5, 2));
        assert!(quality(&[], &[], 10).is_err());
        assert!(quality(&[0.5], &[true], 0).is_err());
        assert_eq!(
            quality(&[1.5], &[true], 10).unwrap_err().to_string(),
            "predicted chance is 1.5; expected a number from 0 to 1"
        );
    }
}
