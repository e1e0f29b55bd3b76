//! What a new customer may cost: acquisition cost against value, and when it comes back.
//!
//! Value enters as the discounted margin expected of a new customer up to the end of each month (cumulative), so that
//! the ratio, the payback and the limit all speak of the same forecast.

use super::formulas::{finite, not_negative};
use crate::{ModelError, Result};

/// CLV divided by acquisition cost; `None` where the customer cost nothing, so that there is no ratio.
///
/// # Errors
/// [`ModelError::Invalid`] where the value is not finite or the cost is negative.
pub fn clv_to_cac(clv: f64, cac: f64) -> Result<Option<f64>> {
    let clv = finite("CLV", clv)?;
    let cac = not_negative("acquisition cost", cac)?;
    // A cost so small that the ratio overflows is no cost either.
    Ok(Some(clv / cac).filter(|ratio| ratio.is_finite()))
}

/// The month in which the cumulative discounted margin first covers the acquisition cost.
///
/// Months count from 1; 0 is "at once", for a cost of 0. `None` where the months given never cover it.
///
/// # Errors
/// [`ModelError::Invalid`] where the cost is negative or a margin is not finite.
pub fn payback_month(cumulative_margin: &[f64], cac: f64) -> Result<Option<usize>> {
    let cac = not_negative("acquisition cost", cac)?;
    check_margins(cumulative_margin)?;
    if cac == 0.0 {
        return Ok(Some(0));
    }
    Ok(cumulative_margin.iter().position(|&margin| margin >= cac).map(|month| month + 1))
}

/// What acquisition has to fulfil to count as paying.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// CLV has to be at least this many times the cost; above 0.
    pub ratio: f64,
    /// The cost has to come back within this many months; `None` for any time within the forecast.
    pub payback_months: Option<usize>,
}

impl Default for Terms {
    /// Break even within the forecast.
    fn default() -> Self {
        Self { ratio: 1.0, payback_months: None }
    }
}

/// The highest acquisition cost that still pays on these terms; 0 where nothing does.
///
/// # Errors
/// [`ModelError::Invalid`] where the ratio is not above 0, there are no months, a margin is not finite, or the payback
/// asked for lies beyond the months given.
pub fn highest_paying_cost(cumulative_margin: &[f64], terms: &Terms) -> Result<f64> {
    if !(terms.ratio.is_finite() && terms.ratio > 0.0) {
        return Err(ModelError::invalid("ratio of CLV to acquisition cost", terms.ratio, "a number above 0"));
    }
    let by_ratio = finite("highest acquisition cost", clv(cumulative_margin)? / terms.ratio)?;
    let within = terms.payback_months.unwrap_or(cumulative_margin.len());
    if within > cumulative_margin.len() {
        let expected = "no more than the months of the forecast";
        return Err(ModelError::invalid("payback months", within as f64, expected));
    }
    // The margin may fall again when serving costs more than it brings; it pays back at its highest point.
    let by_payback = cumulative_margin[..within].iter().copied().fold(0.0, f64::max);
    Ok(by_ratio.min(by_payback).max(0.0))
}

/// A way in which customers were won.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// Customers won.
    pub customers: u64,
    /// What it cost in all.
    pub cost: f64,
    /// Discounted margin expected of one such customer up to the end of each month.
    pub cumulative_margin: Vec<f64>,
}

/// What a channel's acquisition is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelValue {
    /// The channel.
    pub name: String,
    /// Customers won.
    pub customers: u64,
    /// Cost of one customer; `None` where money was spent and nobody won.
    pub cac: Option<f64>,
    /// Value of one customer over the months given.
    pub clv: f64,
    /// CLV to CAC; `None` where either has no number.
    pub ratio: Option<f64>,
    /// Month in which the cost of one customer comes back; `None` where it does not.
    pub payback_month: Option<usize>,
    /// The highest cost of one customer that still pays.
    pub highest_paying_cost: f64,
    /// Value less cost of all its customers.
    pub profit: f64,
}

/// Acquisition by channel, the most profitable first (equal ones by name).
///
/// # Errors
/// As [`highest_paying_cost`], and for a negative cost.
pub fn by_channel(channels: &[Channel], terms: &Terms) -> Result<Vec<ChannelValue>> {
    let mut values = channels.iter().map(|channel| channel_value(channel, terms)).collect::<Result<Vec<_>>>()?;
    values.sort_by(|a, b| b.profit.total_cmp(&a.profit).then_with(|| a.name.cmp(&b.name)));
    Ok(values)
}

fn channel_value(channel: &Channel, terms: &Terms) -> Result<ChannelValue> {
    let cost = not_negative("acquisition cost", channel.cost)?;
    let customers = channel.customers as f64;
    let cac = match channel.customers {
        0 if cost > 0.0 => None,
        0 => Some(0.0),
        _ => Some(cost / customers),
    };
    let clv = clv(&channel.cumulative_margin)?;
    Ok(ChannelValue {
        name: channel.name.clone(),
        customers: channel.customers,
        cac,
        clv,
        ratio: cac.map(|cac| clv_to_cac(clv, cac)).transpose()?.flatten(),
        payback_month: cac.map(|cac| payback_month(&channel.cumulative_margin, cac)).transpose()?.flatten(),
        highest_paying_cost: highest_paying_cost(&channel.cumulative_margin, terms)?,
        profit: finite("profit", clv * customers - cost)?,
    })
}

/// The margin at the end of the forecast.
fn clv(cumulative_margin: &[f64]) -> Result<f64> {
    check_margins(cumulative_margin)?;
    cumulative_margin.last().copied().ok_or_else(|| ModelError::invalid("months of margin", 0.0, "at least 1"))
}

fn check_margins(cumulative_margin: &[f64]) -> Result<()> {
    match cumulative_margin.iter().position(|margin| !margin.is_finite()) {
        Some(at) => {
            Err(ModelError::invalid(format!("margin of month {}", at + 1), cumulative_margin[at], "a finite number"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MARGINS: [f64; 4] = [10.0, 18.0, 24.0, 28.0];

    #[test]
    fn ratio_of_value_to_cost() {
        for (clv, cac, expected) in [
            (300.0, 100.0, Some(3.0)),
            (-30.0, 60.0, Some(-0.5)),
            (300.0, 0.0, None),
            (0.0, 0.0, None),
            (1e300, 1e-300, None),
        ] {
            assert_eq!(clv_to_cac(clv, cac).unwrap(), expected, "{clv} to {cac}");
        }
        assert!(clv_to_cac(1.0, -1.0).is_err());
        assert!(clv_to_cac(f64::NAN, 1.0).is_err());
    }

    #[test]
    fn payback_is_the_first_month_that_covers_the_cost() {
        for (cac, expected) in
            [(0.0, Some(0)), (5.0, Some(1)), (10.0, Some(1)), (10.01, Some(2)), (28.0, Some(4)), (29.0, None)]
        {
            assert_eq!(payback_month(&MARGINS, cac).unwrap(), expected, "cost {cac}");
        }
        assert_eq!(payback_month(&[], 1.0).unwrap(), None);
        assert!(payback_month(&[1.0, f64::INFINITY], 5.0).is_err());
        assert!(payback_month(&MARGINS, f64::NAN).is_err());
    }

    #[test]
    fn the_highest_cost_meets_both_terms() {
        let highest = |ratio, payback_months| highest_paying_cost(&MARGINS, &Terms { ratio, payback_months });
        assert_eq!(highest_paying_cost(&MARGINS, &Terms::default()).unwrap(), 28.0);
        assert_eq!(highest(4.0, None).unwrap(), 7.0, "the ratio binds");
        assert_eq!(highest(1.0, Some(2)).unwrap(), 18.0, "the payback binds");
        assert_eq!(highest(4.0, Some(1)).unwrap(), 7.0);
        assert_eq!(highest(1.0, Some(0)).unwrap(), 0.0);
        assert_eq!(highest_paying_cost(&[-5.0, -9.0], &Terms::default()).unwrap(), 0.0, "nothing pays");
        assert_eq!(highest_paying_cost(&[5.0, -9.0], &Terms::default()).unwrap(), 0.0, "worth less than nothing");
        assert!(highest(0.0, None).is_err());
        assert!(highest(1.0, Some(5)).is_err());
        assert!(highest_paying_cost(&[], &Terms::default()).is_err());
    }

    #[test]
    fn channels_stand_by_what_they_earn() {
        let channel = |name: &str, customers, cost| Channel {
            name: name.into(),
            customers,
            cost,
            cumulative_margin: MARGINS.to_vec(),
        };
        let channels = [
            channel("search", 10, 200.0),
            channel("fair", 0, 50.0),
            channel("friends", 5, 0.0),
            channel("tv", 2, 80.0),
        ];
        let found = by_channel(&channels, &Terms { ratio: 2.0, payback_months: None }).unwrap();
        let rows = found.iter().map(|c| (c.name.as_str(), c.cac, c.ratio, c.payback_month, c.profit));
        assert_eq!(
            rows.collect::<Vec<_>>(),
            [
                ("friends", Some(0.0), None, Some(0), 140.0),
                ("search", Some(20.0), Some(1.4), Some(3), 80.0),
                ("tv", Some(40.0), Some(0.7), None, -24.0),
                ("fair", None, None, None, -50.0),
            ]
        );
        assert!(found.iter().all(|c| c.highest_paying_cost == 14.0 && c.clv == 28.0));
        assert!(by_channel(&[channel("odd", 1, -1.0)], &Terms::default()).is_err());
        assert_eq!(by_channel(&[], &Terms::default()).unwrap(), []);
    }

    proptest! {
        #[test]
        fn what_costs_no_more_than_the_limit_pays(
            steps in prop::collection::vec(-3.0..10.0_f64, 1..30),
            ratio in 0.2..5.0_f64,
            within in 0_usize..30,
            share in 0.0..1.0_f64,
        ) {
            let mut total = 0.0;
            let margins = steps.iter().map(|s| { total += s; total }).collect::<Vec<_>>();
            let within = within.min(margins.len());
            let highest = highest_paying_cost(&margins, &Terms { ratio, payback_months: Some(within) }).unwrap();
            let cost = highest * share;
            prop_assert!(highest == 0.0 || total >= cost * ratio * (1.0 - 1e-12));
            prop_assert!(payback_month(&margins, cost).unwrap().is_some_and(|month| month <= within));
            let dear = highest * 1.001 + 0.001;
            let late = payback_month(&margins, dear).unwrap().is_none_or(|month| month > within);
            prop_assert!(late || total < dear * ratio);
        }
    }
}
