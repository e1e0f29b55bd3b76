//! Whether the lot was kept: a group that is smaller than it should be lost its customers to something (a filter, a
//! crash, a list cleaned on one side), and whatever took them makes the comparison void.
//!
//! A. Fabijan et al. (2019), "Diagnosing sample ratio mismatch in online controlled experiments", KDD. Two small arms by
//! the exact binomial test, otherwise K. Pearson's chi-square (1900).

use super::chi_square_tail;
use crate::numerics::special::ln_gamma;
use crate::{ModelError, Result};

/// What the check found.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleRatio {
    /// Customers each arm should have.
    pub expected: Vec<f64>,
    /// Chance of counts at least this far from the shares if the lot was kept.
    pub p_value: f64,
    /// The chance is below the threshold: do not read the result, find the leak.
    pub mismatch: bool,
}

/// Below this chance the usual alarm goes off: checks are many and leaks are grave, so it is stricter than 0.05.
pub const USUAL_THRESHOLD: f64 = 0.001;

/// Largest two arms that are checked exactly.
const EXACT: u64 = 100_000;

/// Compares counts with the shares they were drawn by (any positive numbers: 9 to 1 is as good as 0.9 to 0.1).
///
/// # Errors
/// [`ModelError::Invalid`] for fewer than two arms, shares that are not above 0, no customers at all, or a threshold not
/// between 0 and 1.
pub fn check(counts: &[u64], shares: &[f64], threshold: f64) -> Result<SampleRatio> {
    if counts.len() < 2 || counts.len() != shares.len() {
        return Err(ModelError::invalid("number of arms", counts.len() as f64, "at least 2, with a share each"));
    }
    if let Some(share) = shares.iter().find(|share| !(share.is_finite() && **share > 0.0)) {
        return Err(ModelError::invalid("share of an arm", *share, "a number above 0"));
    }
    if !(threshold > 0.0 && threshold < 1.0) {
        return Err(ModelError::invalid("threshold", threshold, "a number between 0 and 1"));
    }
    let customers = counts.iter().sum::<u64>();
    if customers == 0 {
        return Err(ModelError::invalid("number of customers", 0.0, "at least 1"));
    }
    let whole = shares.iter().sum::<f64>();
    let expected = shares.iter().map(|share| share / whole * customers as f64).collect::<Vec<_>>();
    let p_value = if counts.len() == 2 && customers <= EXACT {
        binomial_two_sided(counts[0], customers, shares[0] / whole)
    } else {
        let distance = |(count, expected): (&u64, &f64)| (*count as f64 - expected).powi(2) / expected;
        let chi2 = counts.iter().zip(&expected).map(distance).sum::<f64>();
        chi_square_tail(chi2, counts.len() - 1)
    };
    Ok(SampleRatio { expected, p_value, mismatch: p_value < threshold })
}

/// Chance of a count that is no likelier than this one.
fn binomial_two_sided(count: u64, of: u64, share: f64) -> f64 {
    let (n, whole) = (of as f64, ln_gamma(of as f64 + 1.0));
    let ln_chance = |k: u64| {
        let k = k as f64;
        whole - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0) + k * share.ln() + (n - k) * (-share).ln_1p()
    };
    // Counts as likely as the one seen are in, though rounding tells them apart.
    let limit = ln_chance(count) + 1e-7;
    let chances = (0..=of).map(ln_chance).filter(|chance| *chance <= limit);
    chances.map(f64::exp).sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    #[test]
    fn two_arms_exactly_as_scipy() {
        // scipy.stats.binomtest 1.17.1.
        for (count, of, share, expected) in [
            (60, 100, 0.5, 0.05688793364098089),
            (3, 20, 0.3, 0.22041826738070913),
            (480, 1000, 0.5, 0.2174482932041415),
            (120, 1000, 0.1, 0.039607719641630554),
            (0, 10, 0.2, 0.22824806400000008),
            (5300, 10_000, 0.5, 2.076033695920612e-9),
            (44_700, 90_189, 0.5, 0.008692234389090966),
        ] {
            let found = check(&[count, of - count], &[share, 1.0 - share], USUAL_THRESHOLD).unwrap();
            close(found.p_value, expected, 1e-8);
        }
    }

    #[test]
    fn several_arms_by_chi_square() {
        // scipy.stats.chisquare 1.17.1; the second are the arms of Hillstrom's e-mails.
        let found = check(&[100, 120, 80], &[90.0, 110.0, 100.0], 0.05).unwrap();
        close(found.p_value, 0.04928670005446562, 1e-12);
        assert!(found.mismatch);
        let found = check(&[21_307, 21_306, 21_387], &[1.0; 3], USUAL_THRESHOLD).unwrap();
        close(found.p_value, 0.9036929575604196, 1e-12);
        assert!(!found.mismatch);
    }

    #[test]
    fn what_is_no_experiment_is_refused() {
        for (counts, shares) in [(vec![5], vec![1.0]), (vec![0, 0], vec![1.0, 1.0]), (vec![1, 2], vec![1.0, 0.0])] {
            assert!(check(&counts, &shares, 0.001).is_err(), "{counts:?}");
        }
        assert!(check(&[1, 2], &[1.0, 1.0], 0.0).is_err());
    }
}
