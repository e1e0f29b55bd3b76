//! What is to be known of a group of customers to compare it with another: sums that a database can count.

use crate::{ModelError, Result};

/// One outcome of one group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arm {
    /// How many customers, those with an outcome of 0 included.
    pub customers: u64,
    /// Mean outcome per customer.
    pub mean: f64,
    /// Variance between customers, with n - 1 below.
    pub variance: f64,
}

/// Two outcomes of the same customers: revenue and orders, margin and cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedArm {
    /// How many customers.
    pub customers: u64,
    /// Mean of each outcome.
    pub means: [f64; 2],
    /// Variance of each, with n - 1 below.
    pub variances: [f64; 2],
    /// Their covariance, with n - 1 below.
    pub covariance: f64,
}

impl Arm {
    /// Counts one outcome a customer.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for fewer than two customers or an outcome that is not finite.
    pub fn of(outcomes: &[f64]) -> Result<Self> {
        let pair = PairedArm::of(outcomes, outcomes)?;
        Ok(pair.arm(0))
    }

    /// Refuses what no customers can have.
    pub(crate) fn check(&self, name: &str) -> Result<()> {
        if self.customers < 2 {
            return Err(ModelError::invalid(format!("customers of {name}"), self.customers as f64, "at least 2"));
        }
        if !self.mean.is_finite() {
            return Err(ModelError::invalid(format!("mean of {name}"), self.mean, "a finite number"));
        }
        let fine = self.variance.is_finite() && self.variance >= 0.0;
        if fine { Ok(()) } else { Err(ModelError::invalid(format!("variance of {name}"), self.variance, "0 or more")) }
    }

    /// Variance of the mean.
    pub(crate) fn error(&self) -> f64 {
        self.variance / self.customers as f64
    }
}

impl PairedArm {
    /// Counts two outcomes a customer.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for fewer than two customers, slices of different length, or an outcome that is not
    /// finite.
    pub fn of(first: &[f64], second: &[f64]) -> Result<Self> {
        let n = first.len();
        if n < 2 {
            return Err(ModelError::invalid("number of customers", n as f64, "at least 2"));
        }
        if second.len() != n {
            return Err(ModelError::invalid("number of second outcomes", second.len() as f64, "one a customer"));
        }
        let means = [first, second].map(|outcomes| outcomes.iter().sum::<f64>() / n as f64);
        // Around the mean in a second pass: amounts in cents have squares that would drown the differences.
        let mut sums = [0.0; 3];
        for (row, (x, y)) in first.iter().zip(second).enumerate() {
            if !(x.is_finite() && y.is_finite()) {
                let name = format!("outcome of customer {}", row + 1);
                return Err(ModelError::invalid(name, if x.is_finite() { *y } else { *x }, "a finite number"));
            }
            let (x, y) = (x - means[0], y - means[1]);
            sums[0] += x * x;
            sums[1] += y * y;
            sums[2] += x * y;
        }
        let [x, y, xy] = sums.map(|sum| sum / (n - 1) as f64);
        Ok(Self { customers: n as u64, means, variances: [x, y], covariance: xy })
    }

    /// One of the two outcomes alone.
    pub fn arm(&self, outcome: usize) -> Arm {
        Arm { customers: self.customers, mean: self.means[outcome], variance: self.variances[outcome] }
    }

    /// The first outcome less `price` times the second: margin less cost.
    pub fn less(&self, price: f64) -> Arm {
        let variance = self.variances[0] - 2.0 * price * self.covariance + price * price * self.variances[1];
        Arm {
            customers: self.customers,
            mean: self.means[0] - price * self.means[1],
            // Outcomes in proportion to each other leave nothing, but for rounding.
            variance: variance.max(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    #[test]
    fn by_hand() {
        let pair = PairedArm::of(&[1.0, 2.0, 6.0], &[0.0, 1.0, 2.0]).unwrap();
        assert_eq!((pair.customers, pair.means, pair.variances, pair.covariance), (3, [3.0, 1.0], [7.0, 1.0], 2.5));
        // 1, 0, 2 have mean 1 and variance 1.
        assert_eq!(pair.less(2.0), Arm { customers: 3, mean: 1.0, variance: 1.0 });
        close(Arm::of(&[1e9, 1e9 + 1.0]).unwrap().variance, 0.5, 1e-12);
    }

    #[test]
    fn what_cannot_be_counted_is_named() {
        let message = |error: ModelError| error.to_string();
        assert_eq!(message(Arm::of(&[1.0]).unwrap_err()), "number of customers is 1; expected at least 2");
        let error = Arm::of(&[1.0, f64::NAN]).unwrap_err();
        assert_eq!(message(error), "outcome of customer 2 is NaN; expected a finite number");
        let error = PairedArm::of(&[1.0, 2.0], &[1.0]).unwrap_err();
        assert_eq!(message(error), "number of second outcomes is 1; expected one a customer");
        let error = Arm { customers: 5, mean: 1.0, variance: -1.0 }.check("the control group").unwrap_err();
        assert_eq!(message(error), "variance of the control group is -1; expected 0 or more");
    }
}
