//! Constant churn: everyone leaves with the same probability each period, however long they have been there.
//!
//! The formula of the trade, and the baseline that a model of heterogeneity has to beat.

use super::{RenewalTable, RetentionCurve, check_discount};
use crate::{ModelError, Result};

/// The geometric lifetime.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConstantChurn {
    /// Probability of not renewing, each period.
    pub churn: f64,
}

impl ConstantChurn {
    /// Losses divided by renewals due. Zero losses give a churn of 0 and all losses one of 1: both are defined.
    ///
    /// # Errors
    /// [`ModelError::NotIdentified`] where no renewal fell due.
    pub fn fit(table: &RenewalTable) -> Result<Self> {
        let due: f64 = table.at_risk().iter().sum();
        if due <= 0.0 {
            return Err(ModelError::NotIdentified {
                model: "constant churn",
                found: "no customer has come to the end of a period".into(),
                advice: "observe longer, or take a shorter period",
            });
        }
        Ok(Self { churn: (table.lost().iter().sum::<f64>() / due).clamp(0.0, 1.0) })
    }
}

impl RetentionCurve for ConstantChurn {
    fn name(&self) -> &'static str {
        "constant churn"
    }

    fn survival(&self, periods: u32) -> f64 {
        (1.0 - self.churn).powf(f64::from(periods))
    }

    fn retention(&self, _period: u32) -> f64 {
        1.0 - self.churn
    }

    fn conditional_survival(&self, _renewals: u32, periods: u32) -> f64 {
        self.survival(periods)
    }

    fn discounted_residual_lifetime(&self, _renewals: u32, discount: f64) -> Result<f64> {
        check_discount(discount)?;
        Ok((1.0 - self.churn) * (1.0 + discount) / (discount + self.churn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_formula_of_the_trade() {
        let table = RenewalTable::from_survivors(&[100.0, 80.0, 64.0]).unwrap();
        let constant = ConstantChurn::fit(&table).unwrap();
        assert!((constant.churn - 0.2).abs() < 1e-15);
        let summed = constant.expected_renewals(3, 10_000, 0.1);
        assert!((constant.discounted_residual_lifetime(3, 0.1).unwrap() - summed).abs() < 1e-12);
    }

    #[test]
    fn no_loss_and_all_lost_are_defined() {
        let never = ConstantChurn::fit(&RenewalTable::from_survivors(&[9.0, 9.0]).unwrap()).unwrap();
        assert_eq!((never.churn, never.survival(1000)), (0.0, 1.0));
        assert!((never.discounted_residual_lifetime(0, 0.1).unwrap() - 11.0).abs() < 1e-12);
        let always = ConstantChurn::fit(&RenewalTable::from_survivors(&[9.0, 0.0]).unwrap()).unwrap();
        assert_eq!((always.survival(0), always.survival(1)), (1.0, 0.0));
        assert_eq!(always.discounted_residual_lifetime(0, 0.1).unwrap(), 0.0);
        assert!(ConstantChurn::fit(&RenewalTable::default()).is_err());
    }
}
