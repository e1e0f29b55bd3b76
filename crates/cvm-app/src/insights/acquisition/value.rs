//! What was spent against what came and is to come, by month and channel.
//!
//! A customer's value is the margin so far and the lifetime value expected from now on. When the cost has come back is asked of the
//! margin month by month: so far in the proportions in which all customers of the same first month have bought, from now on evenly over
//! the forecast. The formulas are those of `cvm_models::value::acquisition`.

use super::spend::Spend;
use crate::customers::{AllWon, Won};
use cvm_models::value::acquisition::{Channel, ChannelValue, Terms, by_channel, clv_to_cac, payback_month};
use std::collections::{BTreeMap, BTreeSet};

/// How all customers of a first month have bought since: revenue by months after it.
pub(super) type Bought = BTreeMap<String, Vec<f64>>;

/// When a cost has come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payback {
    /// There was none.
    AtOnce,
    /// In this month after the first purchase, counted from 1.
    In(u64),
    /// It is expected to, in this month.
    Expected(u64),
    /// Not within the forecast.
    Not,
}

/// Customers won in a month by a channel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub month: String,
    pub channel: String,
    pub customers: u64,
    /// What was spent; none where nobody said.
    pub spend: Option<f64>,
    /// What winning one of them cost.
    pub cac: Option<f64>,
    /// What one of them brought so far, and is expected to bring.
    pub margin: f64,
    pub clv: f64,
    /// Both, by the cost.
    pub ratio: Option<f64>,
    pub payback: Option<Payback>,
    /// What one of them has brought by the end of each month, and is expected to.
    curve: Vec<f64>,
}

/// Months that a forecast of so many days has.
pub(super) fn months(horizon_days: u32) -> usize {
    (f64::from(horizon_days) / 30.4375).round().max(1.0) as usize
}

/// Every month and channel with customers or spending, the latest month first.
pub(super) fn lines(won: &AllWon, spend: &[Spend], bought: &Bought, horizon: usize) -> Vec<Line> {
    let spent: BTreeMap<(&str, &str), f64> =
        spend.iter().map(|row| ((row.month.as_str(), row.channel.as_str()), row.amount)).collect();
    let keys: BTreeSet<(&str, &str)> =
        won.by.keys().map(|(month, channel)| (month.as_str(), channel.as_str())).chain(spent.keys().copied()).collect();
    let nobody = Won::default();
    let line = |(month, channel): (&str, &str)| {
        let key = (month.to_owned(), channel.to_owned());
        let group = won.by.get(&key).unwrap_or(&nobody);
        // What is entered goes before what is said of each customer.
        let of_each = (won.has_costs && group.cost > 0.0).then_some(group.cost);
        line(key, group, spent.get(&(month, channel)).copied().or(of_each), bought.get(month), horizon)
    };
    keys.into_iter().rev().map(line).collect()
}

fn line(
    (month, channel): (String, String),
    group: &Won,
    spend: Option<f64>,
    bought: Option<&Vec<f64>>,
    horizon: usize,
) -> Line {
    let each = |sum: f64| if group.customers > 0 { sum / group.customers as f64 } else { 0.0 };
    // Where costs are not known, revenue is what there is.
    let margin = if group.with_margin > 0 { group.margin / group.with_margin as f64 } else { each(group.revenue) };
    let clv = each(group.clv);
    let curve = curve(margin, clv, bought.map_or(&[1.0][..], Vec::as_slice), horizon);
    let so_far = curve.len() - horizon;
    let cac = spend.filter(|_| group.customers > 0).map(each);
    let payback = cac.and_then(|cac| Some((cac, payback_month(&curve, cac).ok()?))).map(|(_, month)| match month {
        Some(0) => Payback::AtOnce,
        Some(month) if month <= so_far => Payback::In(month as u64),
        Some(month) => Payback::Expected(month as u64),
        None => Payback::Not,
    });
    let ratio = cac.and_then(|cac| clv_to_cac(margin + clv, cac).ok().flatten());
    Line { month, channel, customers: group.customers, spend, cac, margin, clv, ratio, payback, curve }
}

/// What one customer has brought by the end of each month since the first purchase, and then is expected to.
fn curve(margin: f64, clv: f64, bought: &[f64], horizon: usize) -> Vec<f64> {
    let all: f64 = bought.iter().sum();
    let mut revenue = 0.0;
    let so_far = bought.iter().map(|month| {
        revenue += month;
        if all > 0.0 { margin * revenue / all } else { margin }
    });
    let to_come = (1..=horizon).map(|month| margin + clv * month as f64 / horizon as f64);
    so_far.chain(to_come).collect()
}

/// The channels over all these months, the most profitable first.
pub(super) fn channels(lines: &[Line]) -> Vec<ChannelValue> {
    let names: BTreeSet<&str> = lines.iter().map(|line| line.channel.as_str()).collect();
    let channel = |name: &str| {
        let of: Vec<&Line> = lines.iter().filter(|line| line.channel == name && line.spend.is_some()).collect();
        let customers: u64 = of.iter().map(|line| line.customers).sum();
        let months = of.iter().map(|line| line.curve.len()).max()?;
        // Beyond its own months a line stays where it ended.
        let at = |line: &Line, month: usize| line.curve[month.min(line.curve.len() - 1)];
        let mean = |month: usize| {
            let sum: f64 = of.iter().map(|line| at(line, month) * line.customers as f64).sum();
            if customers > 0 { sum / customers as f64 } else { 0.0 }
        };
        Some(Channel {
            name: name.to_owned(),
            customers,
            cost: of.iter().filter_map(|line| line.spend).sum(),
            cumulative_margin: (0..months).map(mean).collect(),
        })
    };
    let channels: Vec<Channel> = names.into_iter().filter_map(channel).collect();
    by_channel(&channels, &Terms::default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn won(customers: u64, margin: f64, clv: f64) -> Won {
        Won { customers, margin, with_margin: customers, clv, ..Won::default() }
    }

    /// Worked by hand: ten customers won in January for 300 have brought 200 and are expected to bring 240 over a year. All customers
    /// of that month bought half of what they have in the first month and a quarter in each of the two after. One of ours cost 30 and
    /// has brought 10, 15, 20, and is expected to bring 2 a month: the cost is back in the fifth month of the forecast, the eighth in
    /// all. The value of one is 20 + 24 = 44, by 30.
    #[test]
    fn a_cost_comes_back_as_the_margin_does() {
        let mut all = AllWon::default();
        all.by.insert(("2026-01".to_owned(), "search".to_owned()), won(10, 200.0, 240.0));
        let spend = |amount| [Spend { month: "2026-01".to_owned(), channel: "search".to_owned(), amount }];
        let bought = Bought::from([("2026-01".to_owned(), vec![50.0, 25.0, 25.0])]);
        let line = |amount| lines(&all, &spend(amount), &bought, 12).remove(0);
        let found = line(300.0);
        assert_eq!((found.cac, found.payback), (Some(30.0), Some(Payback::Expected(8))));
        assert!((found.ratio.unwrap() - 44.0 / 30.0).abs() < 1e-12);
        assert_eq!(line(150.0).payback, Some(Payback::In(2)));
        assert_eq!(line(0.0).payback, Some(Payback::AtOnce));
        assert_eq!(line(450.0).payback, Some(Payback::Not));
        let channels = channels(&[found]);
        assert_eq!((channels[0].payback_month, channels[0].highest_paying_cost), (Some(8), 44.0));
        assert!((channels[0].profit - 140.0).abs() < 1e-9);
    }

    #[test]
    fn money_for_nobody_and_customers_for_nothing_known_are_told_apart() {
        let mut all = AllWon::default();
        all.by.insert(("2026-01".to_owned(), "friends".to_owned()), won(4, 40.0, 40.0));
        let spend = [Spend { month: "2026-02".to_owned(), channel: "tv".to_owned(), amount: 500.0 }];
        let found = lines(&all, &spend, &Bought::new(), 12);
        let shown: Vec<_> =
            found.iter().map(|line| (line.channel.as_str(), line.spend, line.cac, line.payback)).collect();
        assert_eq!(shown, [("tv", Some(500.0), None, None), ("friends", None, None, None)]);
        let channels = channels(&found);
        assert_eq!(channels.len(), 1, "of friends nobody said what they cost");
        assert_eq!((channels[0].customers, channels[0].cac, channels[0].profit), (0, None, -500.0));
    }
}
