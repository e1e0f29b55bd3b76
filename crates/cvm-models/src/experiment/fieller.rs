//! A ratio of two estimates with an interval that stays honest where the one below the line is uncertain.
//!
//! E. C. Fieller (1954), "Some problems in interval estimation", JRSS B 16. The delta method's symmetric interval is too
//! short where the cost is itself uncertain (rewards that few redeem); Fieller's holds, and where the cost cannot be
//! told from 0 says so: then no interval is bounded.

use crate::contractual::kaplan_meier::normal_quantile;
use crate::{ModelError, Result};

/// A ratio, for instance the return on a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// The estimate.
    pub estimate: f64,
    /// Lower and upper bound; `None` where what stands below the line cannot be told from 0, and any ratio is possible.
    pub interval: Option<(f64, f64)>,
}

impl Ratio {
    /// The ratio less 1.
    pub(crate) fn less_one(self) -> Self {
        Self { estimate: self.estimate - 1.0, interval: self.interval.map(|(low, high)| (low - 1.0, high - 1.0)) }
    }
}

/// The ratio of two estimates that are near normal, from their variances and covariance.
///
/// # Errors
/// [`ModelError::Invalid`] where the estimate below the line is 0 or a number is out of its domain.
pub fn ratio_of_estimates(
    [above, below]: [f64; 2],
    variances: [f64; 2],
    covariance: f64,
    confidence: f64,
) -> Result<Ratio> {
    let z2 = normal_quantile(confidence)?.powi(2);
    if !(below.is_finite() && below != 0.0) {
        return Err(ModelError::invalid("estimate below the line", below, "a number other than 0"));
    }
    if !(above.is_finite() && covariance.is_finite() && variances.iter().all(|v| v.is_finite() && *v >= 0.0)) {
        return Err(ModelError::invalid("estimate above the line", above, "finite, with variances of 0 or more"));
    }
    // Ratios r for which above - r x below is within z standard errors of 0: a r^2 - 2 b r + c <= 0.
    let a = below * below - z2 * variances[1];
    let b = above * below - z2 * covariance;
    let c = above * above - z2 * variances[0];
    let root = (b * b - a * c).max(0.0).sqrt();
    let interval = (a > 0.0).then(|| ((b - root) / a, (b + root) / a));
    Ok(Ratio { estimate: above / below, interval })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    #[test]
    fn bounds_are_the_roots_of_the_quadratic() {
        // numpy.roots of the quadratic at z = 1.959963984540054.
        let found = ratio_of_estimates([2.0, 1.0], [0.04, 0.01], 0.005, 0.95).unwrap();
        let (low, high) = found.interval.unwrap();
        assert_eq!(found.estimate, 2.0);
        close(low, 1.5666833303478822, 1e-12);
        close(high, 2.55316433290434, 1e-12);
    }

    #[test]
    fn a_sure_cost_leaves_a_plain_interval() {
        let found = ratio_of_estimates([6.0, 2.0], [1.0, 0.0], 0.0, 0.95).unwrap();
        let (low, high) = found.interval.unwrap();
        close(low, 3.0 - 1.959963984540054 / 2.0, 1e-12);
        close(high, 3.0 + 1.959963984540054 / 2.0, 1e-12);
    }

    #[test]
    fn a_cost_that_may_be_none_leaves_all_open() {
        assert_eq!(ratio_of_estimates([6.0, 1.0], [1.0, 0.3], 0.0, 0.95).unwrap().interval, None);
        let error = ratio_of_estimates([6.0, 0.0], [1.0, 0.3], 0.0, 0.95).unwrap_err();
        assert_eq!(error.to_string(), "estimate below the line is 0; expected a number other than 0");
    }
}
