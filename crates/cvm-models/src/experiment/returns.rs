//! What a campaign earned after what it cost, and the return on it.
//!
//! The cost is what the treated cost more than the control group: contact, discount, reward, each counted at the
//! customer who caused it, beside a fixed sum for the whole. Margin and cost of one customer go together (who redeems,
//! buys), so their covariance enters. The return is a ratio with an uncertain cost below the line: Fieller's interval
//! ([`super::fieller`]), not the delta method's.

use super::Effect;
use super::arm::PairedArm;
use super::difference::difference_of_means;
use super::fieller::{Ratio, ratio_of_estimates};
use crate::{ModelError, Result};

/// What was earned, per treated customer and in all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Returns {
    /// Margin that would not have come without the campaign, per treated customer, before its cost.
    pub margin: Effect,
    /// Cost that the campaign caused, per treated customer, without the fixed sum.
    pub cost: Effect,
    /// Margin less cost, per treated customer, the fixed sum included.
    pub profit: Effect,
    /// Margin in all.
    pub total_margin: Effect,
    /// Cost in all, the fixed sum included.
    pub total_cost: Effect,
    /// Profit in all.
    pub total_profit: Effect,
    /// Profit by cost: 0.5 is half of the cost earned on top of it. `None` where nothing was spent.
    pub return_on_investment: Option<Ratio>,
}

/// Compares margin (first outcome, before the campaign's cost) and cost (second) of the treated with the control group.
///
/// # Errors
/// [`ModelError::Invalid`] for arms with fewer than two customers, a fixed cost that is negative, and numbers out of their
/// domain.
///
/// ```
/// use cvm_models::experiment::{arm::PairedArm, returns::returns};
///
/// // Margin and cost in cents: each contact costs 5, the two who bought redeemed 100 as well.
/// let treated = PairedArm::of(&[0.0, 900.0, 0.0, 700.0], &[5.0, 105.0, 5.0, 105.0])?;
/// let control = PairedArm::of(&[0.0, 600.0, 0.0, 0.0], &[0.0; 4])?;
/// let found = returns(&treated, &control, 0.0, 0.9)?;
/// assert_eq!(found.margin.estimate, 250.0);
/// assert_eq!(found.total_profit.estimate, 4.0 * (250.0 - 55.0));
/// # Ok::<(), cvm_models::ModelError>(())
/// ```
pub fn returns(treated: &PairedArm, control: &PairedArm, fixed_cost: f64, confidence: f64) -> Result<Returns> {
    if !(fixed_cost.is_finite() && fixed_cost >= 0.0) {
        return Err(ModelError::invalid("fixed cost", fixed_cost, "0 or more"));
    }
    let customers = treated.customers as f64;
    let margin = difference_of_means(&treated.arm(0), &control.arm(0), confidence)?;
    let cost = difference_of_means(&treated.arm(1), &control.arm(1), confidence)?;
    let profit = difference_of_means(&treated.less(1.0), &control.less(1.0), confidence)?;
    let profit = if fixed_cost > 0.0 { profit.less(fixed_cost / customers) } else { profit };
    let whole_cost = if fixed_cost > 0.0 { cost.less(-fixed_cost / customers) } else { cost };
    let covariance = treated.covariance / customers + control.covariance / control.customers as f64;
    let variances = [margin, cost].map(|effect| effect.standard_error.powi(2));
    let return_on_investment = if whole_cost.estimate == 0.0 {
        None
    } else {
        let means = [margin.estimate, whole_cost.estimate];
        Some(ratio_of_estimates(means, variances, covariance, confidence)?.less_one())
    };
    Ok(Returns {
        margin,
        cost,
        profit,
        total_margin: margin.times(customers),
        total_cost: whole_cost.times(customers),
        total_profit: profit.times(customers),
        return_on_investment,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    const TREATED: PairedArm =
        PairedArm { customers: 4_000, means: [12.0, 2.0], variances: [400.0, 9.0], covariance: 20.0 };
    const CONTROL: PairedArm =
        PairedArm { customers: 1_000, means: [9.0, 0.0], variances: [300.0, 0.0], covariance: 0.0 };

    #[test]
    fn by_hand() {
        let found = returns(&TREATED, &CONTROL, 2_000.0, 0.95).unwrap();
        close(found.margin.estimate, 3.0, 1e-12);
        close(found.profit.estimate, 3.0 - 2.0 - 0.5, 1e-12);
        close(found.total_cost.estimate, 4_000.0 * 2.5, 1e-12);
        close(found.total_profit.estimate, 2_000.0, 1e-12);
        // Var(margin - cost) = (400 + 9 - 40) / 4000 + 300 / 1000.
        close(found.profit.standard_error, (369.0_f64 / 4_000.0 + 0.3).sqrt(), 1e-12);
        // Fieller with x = 3, y = 2.5, variances 0.4 and 0.00225, covariance 0.005.
        let roi = found.return_on_investment.unwrap();
        let expected = ratio_of_estimates([3.0, 2.5], [0.4, 0.00225], 0.005, 0.95).unwrap().interval.unwrap();
        close(roi.estimate, 0.2, 1e-12);
        close(roi.interval.unwrap().0, expected.0 - 1.0, 1e-9);
        close(roi.interval.unwrap().1, expected.1 - 1.0, 1e-9);
    }

    #[test]
    fn the_return_is_positive_just_where_the_profit_is() {
        // With a cost known exactly both say the same.
        let sure = PairedArm { variances: [400.0, 0.0], covariance: 0.0, ..TREATED };
        let found = returns(&sure, &CONTROL, 0.0, 0.95).unwrap();
        let (low, high) = found.return_on_investment.unwrap().interval.unwrap();
        close(low, found.profit.low / 2.0, 1e-2);
        close(high, found.profit.high / 2.0, 1e-2);
    }

    #[test]
    fn a_campaign_that_costs_nothing_has_no_return_on_it() {
        let free = PairedArm { means: [12.0, 0.0], variances: [400.0, 0.0], covariance: 0.0, ..TREATED };
        assert_eq!(returns(&free, &CONTROL, 0.0, 0.95).unwrap().return_on_investment, None);
        assert!(returns(&free, &CONTROL, 100.0, 0.95).unwrap().return_on_investment.is_some());
        let error = returns(&free, &CONTROL, -1.0, 0.95).unwrap_err();
        assert_eq!(error.to_string(), "fixed cost is -1; expected 0 or more");
    }
}
