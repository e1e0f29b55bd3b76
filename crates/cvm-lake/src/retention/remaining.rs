//! What is left of each contract: all that have renewed equally often have the same ahead of them, so it is computed
//! once for each number of renewals.

use super::base::Base;
use super::{LakeError, Options, Retention};
use cvm_core::reason::ContractReason;
use cvm_models::contractual::RetentionCurve;

/// What is ahead after 0, 1, 2, ... renewals.
#[derive(Debug)]
pub(super) struct Remaining {
    next: Vec<f64>,
    periods: Vec<f64>,
    discounted: Vec<f64>,
    /// Variance of the discounted number of renewals, chance alone.
    variance: Vec<f64>,
    endless: Option<Vec<f64>>,
    margin: f64,
    discount: f64,
}

impl Remaining {
    pub(super) fn of(base: &Base, fitted: &Retention, options: &Options) -> Result<Self, LakeError> {
        let most = base.active().map(|row| base.renewals[row]).max().unwrap_or(0);
        let (horizon, discount) = (options.horizon_periods(), options.discount_per_period());
        let curve = fitted.curve.as_dyn();
        let retention = rates(curve, most + horizon);
        let ahead: Vec<Ahead> = (0..=most as usize).map(|n| Ahead::after(&retention[n..], horizon, discount)).collect();
        let endless = match discount >= 1e-6 {
            true => Some(curve.discounted_residual_lifetimes(most, discount)?),
            false => None,
        };
        Ok(Self {
            next: retention[..=most as usize].to_vec(),
            periods: ahead.iter().map(|a| a.periods).collect(),
            discounted: ahead.iter().map(|a| a.discounted).collect(),
            variance: ahead.iter().map(|a| a.square - a.discounted * a.discounted).collect(),
            endless,
            margin: options.margin.unwrap_or(1.0),
            discount,
        })
    }

    fn ahead(of: &[f64], base: &Base, row: usize) -> f64 {
        if base.is_active(row) { of[base.renewals[row] as usize] } else { 0.0 }
    }

    /// The probability that the next renewal comes.
    pub(super) fn renew_next(&self, base: &Base, row: usize) -> f64 {
        Self::ahead(&self.next, base, row)
    }

    /// Periods expected over the horizon.
    pub(super) fn periods(&self, base: &Base, row: usize) -> f64 {
        Self::ahead(&self.periods, base, row)
    }

    /// Margin a period, where known.
    fn margin(&self, base: &Base, row: usize) -> Option<f64> {
        base.rows[row].value.map(|value| value * self.margin)
    }

    /// Margin over the horizon, discounted.
    pub(super) fn value(&self, base: &Base, row: usize) -> Option<f64> {
        Some(self.margin(base, row)? * Self::ahead(&self.discounted, base, row))
    }

    /// The loss expected at the next renewal: the chance of leaving times what a renewal would bring.
    pub(super) fn at_stake(&self, base: &Base, row: usize) -> Option<f64> {
        let after = self.discounted.get(base.renewals[row] as usize + 1).or(self.discounted.last());
        let renewed = 1.0 + after.copied().unwrap_or(0.0) / (1.0 + self.discount);
        Some(self.margin(base, row)? * (1.0 - self.renew_next(base, row)) * renewed)
    }

    /// Margin of all active contracts without an end, discounted.
    pub(super) fn endless(&self, base: &Base) -> Option<f64> {
        let endless = self.endless.as_ref()?;
        Some(base.active().filter_map(|row| Some(self.margin(base, row)? * Self::ahead(endless, base, row))).sum())
    }

    /// Margin a period of all active contracts by number of renewals, and the variance of their value by chance.
    pub(super) fn margins(&self, base: &Base) -> (Vec<f64>, f64) {
        let (mut margins, mut variance) = (vec![0.0; self.next.len()], 0.0);
        for row in base.active() {
            let Some(margin) = self.margin(base, row) else { continue };
            margins[base.renewals[row] as usize] += margin;
            variance += margin * margin * Self::ahead(&self.variance, base, row);
        }
        (margins, variance.max(0.0))
    }

    /// Why a contract is worth what it is.
    pub(super) fn reason(&self, base: &Base, row: usize) -> ContractReason {
        let renew_percent = (self.renew_next(base, row) * 100.0).round() as u8;
        match (base.is_active(row), base.renewals[row]) {
            (false, renewals) => ContractReason::Ended { periods: renewals + 1, period: base.period },
            (true, 0) => ContractReason::New { renew_percent },
            (true, periods) => ContractReason::Active { periods, period: base.period, renew_percent },
        }
    }
}

/// Retention at the end of period 1, 2, ..., `last` + 1.
pub(super) fn rates(curve: &dyn RetentionCurve, last: u32) -> Vec<f64> {
    (1..=last + 1).map(|period| curve.retention(period)).collect()
}

/// What is ahead of one contract.
pub(super) struct Ahead {
    /// Expected renewals over the horizon.
    pub(super) periods: f64,
    /// The same, discounted from the second on.
    pub(super) discounted: f64,
    /// Mean square of the discounted number.
    square: f64,
}

impl Ahead {
    /// From the retention of the periods ahead.
    pub(super) fn after(retention: &[f64], horizon: u32, discount: f64) -> Self {
        let mut ahead = Self { periods: 0.0, discounted: 0.0, square: 0.0 };
        let (mut reach, mut worth, mut annuity) = (1.0, 1.0, 0.0_f64);
        for rate in retention.iter().take(horizon as usize) {
            reach *= rate;
            ahead.periods += reach;
            ahead.discounted += reach * worth;
            // E[A(K)^2] is the sum over k of (A(k)^2 - A(k-1)^2) P(K >= k), A(k) being what k renewals are worth.
            let before = annuity;
            annuity += worth;
            ahead.square += (annuity * annuity - before * before) * reach;
            worth /= 1.0 + discount;
        }
        ahead
    }
}
