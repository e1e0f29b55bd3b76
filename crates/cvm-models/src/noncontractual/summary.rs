//! From one customer's purchases to what the buy-till-you-die models need: frequency, recency, age and mean spend.
//!
//! The conventions are those of the literature (P. S. Fader, B. G. S. Hardie and K. L. Lee, 2005, "RFM and CLV: Using
//! Iso-Value Curves for Customer Base Analysis"), computed as the common tools compute them:
//!
//! - Time is cut into [`Period`]s. All purchases of a period are one purchase.
//! - Frequency is the number of periods with a purchase, less one: the first makes the customer.
//! - Recency is the time from the first to the last purchase, age the time from the first to the end of observation.
//! - Monetary is the mean net amount of the *repeat* periods; the first is left out because it tells of how the
//!   customer was won rather than of what they are worth.
//!
//! Three faults of those tools are avoided. A purchase after the end of observation is never counted, also when it
//! falls into the same week. Refunds are netted within their period, and a period whose net is not positive is not a
//! purchase (it counts towards revenue only): a customer who only sent things back has not shown that they are
//! alive. Money of the hold-out is a sum over periods, not a mean over lines.

use super::History;
use std::num::NonZeroU32;

/// What the models need to know of one customer, and what the report shows beside it. Money is in minor units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Frequency, recency and age, in units of [`Observation::periods_per_unit`].
    pub history: History,
    /// Mean net amount of the purchase periods that the frequency counts; 0 where it counts none.
    pub monetary: f64,
    /// Period of the first purchase.
    pub first: i32,
    /// Period of the last purchase.
    pub last: i32,
    /// Periods with a purchase, the first included.
    pub purchases: u32,
    /// Net of everything observed, refunds without a purchase and those before the first purchase included.
    pub revenue: i64,
}

/// What a customer did after the calibration ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holdout {
    /// Periods with a purchase.
    pub purchases: u32,
    /// Net of the purchase periods: what a forecast of purchases times spend has to meet.
    pub spend: i64,
    /// Net of all periods: the spend less refunds that were not netted within a purchase period.
    pub net: i64,
}

/// A customer in two parts: what the models may see, and what they have to foretell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// The customer as known at the end of the calibration.
    pub calibration: Summary,
    /// What came after.
    pub holdout: Holdout,
}

/// How long customers were observed and how they are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// The last period observed; what comes later does not exist.
    pub end: i32,
    /// Periods in one unit of the models' time: 7 for purchases by day and models in weeks.
    pub periods_per_unit: NonZeroU32,
    /// Counts the first purchase in frequency and monetary. The models here do not want this; tables of RFM may.
    pub include_first: bool,
}

impl Observation {
    /// Observation up to and including the period `end`, one period being one unit of time.
    pub fn until(end: i32) -> Self {
        Self { end, periods_per_unit: NonZeroU32::MIN, include_first: false }
    }
}

/// Summarises one customer's (period, net amount) pairs, sorted by period. Several pairs of one period are netted.
///
/// `None` for a customer with no purchase up to the end. The input must be sorted ([`sort_and_merge`]); any iterator
/// will do, so columns of a table need not be copied together.
///
/// ```
/// use cvm_models::noncontractual::summary::{Observation, summarise};
/// let purchases = [(0, 1_000), (9, 2_000), (9, 3_000), (31, 700)];
/// let summary = summarise(purchases, &Observation::until(59)).expect("there are purchases");
/// assert_eq!((summary.history.frequency, summary.history.recency, summary.history.age), (2, 31.0, 59.0));
/// assert_eq!(summary.monetary, 2_850.0);
/// ```
pub fn summarise(purchases: impl IntoIterator<Item = (i32, i64)>, observation: &Observation) -> Option<Summary> {
    let mut known = Tally::default();
    for (period, net) in netted(purchases) {
        if period > observation.end {
            break;
        }
        known.add(period, net);
    }
    known.summary(observation)
}

/// Summarises one customer at `calibration.end` and counts what follows it up to and including `holdout_end`.
///
/// `None` for a customer with no purchase before the hold-out: no model can know of them. Both ends should be the last
/// of a whole period, since a period belongs to one side.
pub fn split(
    purchases: impl IntoIterator<Item = (i32, i64)>,
    calibration: &Observation,
    holdout_end: i32,
) -> Option<Split> {
    let mut known = Tally::default();
    let mut later = Tally::default();
    for (period, net) in netted(purchases) {
        if period > holdout_end {
            break;
        }
        if period <= calibration.end { &mut known } else { &mut later }.add(period, net);
    }
    let holdout = Holdout { purchases: later.purchases, spend: later.spend, net: later.revenue };
    Some(Split { calibration: known.summary(calibration)?, holdout })
}

/// Sorts one customer's pairs and nets those of one period, in place; the rest of the slice is left over.
pub fn sort_and_merge(purchases: &mut [(i32, i64)]) -> &mut [(i32, i64)] {
    // What a database hands over is mostly sorted already, and looking is cheaper than sorting.
    if !purchases.is_sorted_by_key(|&(period, _)| period) {
        purchases.sort_unstable_by_key(|&(period, _)| period);
    }
    let mut kept = 0;
    for next in 0..purchases.len() {
        if kept > 0 && purchases[kept - 1].0 == purchases[next].0 {
            purchases[kept - 1].1 = purchases[kept - 1].1.saturating_add(purchases[next].1);
        } else {
            purchases[kept] = purchases[next];
            kept += 1;
        }
    }
    &mut purchases[..kept]
}

/// A stretch of the calendar in which purchases count as one.
///
/// A month is none: months differ in length, so that a rate per month would not be one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// Clock hour.
    Hour,
    /// Calendar day.
    Day,
    /// Calendar week, Monday to Sunday.
    Week,
}

const HOUR_MICROS: i64 = 3_600_000_000;
const DAY_MICROS: i64 = 24 * HOUR_MICROS;

impl Period {
    /// The number of the period that holds a moment, in microseconds since 1970-01-01 00:00.
    ///
    /// For local days and weeks, give local time. Moments beyond the range of `i32` (for hours, some 245,000 years) are
    /// counted to its last period.
    pub fn of(self, micros: i64) -> i32 {
        let number = match self {
            Self::Hour => micros.div_euclid(HOUR_MICROS),
            Self::Day => micros.div_euclid(DAY_MICROS),
            // 1970-01-01 was a Thursday, so that week 0 began three days earlier.
            Self::Week => (micros.div_euclid(DAY_MICROS) + 3).div_euclid(7),
        };
        number.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
    }

    /// The first microsecond of a period.
    pub fn start(self, period: i32) -> i64 {
        let period = i64::from(period);
        match self {
            Self::Hour => period * HOUR_MICROS,
            Self::Day => period * DAY_MICROS,
            Self::Week => (period * 7 - 3) * DAY_MICROS,
        }
    }

    /// Writes the (period, net) pairs of timed purchases to `pairs`, sorted and netted, which may be summarised then.
    ///
    /// Purchases after the moment `end` are left out *here*, because afterwards they could not be told from earlier
    /// ones of the same period. `pairs` is emptied first and keeps its room, so that one buffer serves all customers.
    pub fn group(self, purchases: impl IntoIterator<Item = (i64, i64)>, end: i64, pairs: &mut Vec<(i32, i64)>) {
        pairs.clear();
        let observed = purchases.into_iter().filter(|&(micros, _)| micros <= end);
        pairs.extend(observed.map(|(micros, net)| (self.of(micros), net)));
        let kept = sort_and_merge(pairs).len();
        pairs.truncate(kept);
    }
}

/// One customer's purchases, counted in order of time.
#[derive(Debug, Default)]
struct Tally {
    first: i32,
    first_net: i64,
    last: i32,
    purchases: u32,
    spend: i64,
    revenue: i64,
}

impl Tally {
    fn add(&mut self, period: i32, net: i64) {
        // Saturation keeps a sum of impossible amounts from wrapping round to a believable one.
        self.revenue = self.revenue.saturating_add(net);
        if net <= 0 {
            return;
        }
        if self.purchases == 0 {
            self.first = period;
            self.first_net = net;
        }
        self.last = period;
        self.purchases += 1;
        self.spend = self.spend.saturating_add(net);
    }

    fn summary(&self, observation: &Observation) -> Option<Summary> {
        let repeats = self.purchases.checked_sub(1)?;
        let (frequency, spend) = if observation.include_first {
            (self.purchases, self.spend)
        } else {
            (repeats, self.spend - self.first_net)
        };
        let unit = f64::from(observation.periods_per_unit.get());
        let since_first = |period: i32| (i64::from(period) - i64::from(self.first)) as f64 / unit;
        Some(Summary {
            history: History { frequency, recency: since_first(self.last), age: since_first(observation.end) },
            monetary: if frequency == 0 { 0.0 } else { spend as f64 / f64::from(frequency) },
            first: self.first,
            last: self.last,
            purchases: self.purchases,
            revenue: self.revenue,
        })
    }
}

/// Nets neighbours of one period while passing through.
fn netted(purchases: impl IntoIterator<Item = (i32, i64)>) -> impl Iterator<Item = (i32, i64)> {
    let mut rest = purchases.into_iter().peekable();
    std::iter::from_fn(move || {
        let (period, mut net) = rest.next()?;
        while let Some((_, more)) = rest.next_if(|next| next.0 == period) {
            net = net.saturating_add(more);
        }
        debug_assert!(rest.peek().is_none_or(|next| next.0 > period), "purchases must be sorted by period");
        Some((period, net))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2024-01-01 00:00:00 was day 19,723.
    const NEW_YEAR: i64 = 19_723 * DAY_MICROS;

    /// A moment of the first months of 2024: day of the year (1 January is 0) and seconds of the day.
    fn at(day: i64, seconds: i64) -> i64 {
        NEW_YEAR + day * DAY_MICROS + seconds * 1_000_000
    }

    /// The edge-case log of customers A to F: (customer, moment, amount).
    fn log() -> Vec<(char, i64, i64)> {
        vec![
            ('A', at(0, 9 * 3600), 10),
            ('A', at(0, 18 * 3600), 5),
            ('A', at(9, 10 * 3600), 20),
            ('A', at(9, 11 * 3600), 30),
            ('A', at(31, 0), 7),
            ('B', at(4, 0), 99),
            ('C', at(2, 0), 10),
            ('C', at(19, 0), -4),
            ('C', at(24, 0), 0),
            ('D', at(74, 0), 50),
            ('E', at(30, 86_399), 12),
            ('E', at(59, 0), 14),
            ('E', at(59, 1), 16),
            ('E', at(60, 0), 100),
            ('F', at(1, 0), 1),
            ('F', at(2, 0), 2),
            ('F', at(7, 0), 3),
            ('F', at(8, 0), 4),
            ('F', at(35, 0), 5),
        ]
    }

    fn summary_of(customer: char, period: Period, end: i64, units: u32, include_first: bool) -> Option<Summary> {
        let purchases = log().into_iter().filter(|row| row.0 == customer).map(|(_, micros, net)| (micros, net));
        let mut pairs = Vec::new();
        period.group(purchases, end, &mut pairs);
        let periods_per_unit = NonZeroU32::new(units).unwrap();
        summarise(pairs, &Observation { end: period.of(end), periods_per_unit, include_first })
    }

    type Row = (char, u32, f64, f64, f64);

    fn check(period: Period, end: i64, units: u32, include_first: bool, expected: &[Row]) {
        for &(customer, frequency, recency, age, monetary) in expected {
            let found = summary_of(customer, period, end, units, include_first).unwrap();
            let history = History { frequency, recency, age };
            assert_eq!((found.history, found.monetary), (history, monetary), "{customer} by {period:?}");
        }
        let listed = expected.iter().map(|row| row.0).collect::<String>();
        for customer in "ABCDEF".chars().filter(|&c| !listed.contains(c)) {
            assert_eq!(summary_of(customer, period, end, units, include_first), None, "{customer} by {period:?}");
        }
    }

    // Expected rows: lifetimes 0.11.3, `summary_data_from_transaction_data` on this log. Its last moment of observation
    // is the end of the period named by `observation_period_end` = 2024-02-29, day 59 of the year. Its seventh setting,
    // months, it refuses as we do. Where we differ on purpose, the comment has its value.

    #[test]
    fn by_day() {
        check(
            Period::Day,
            at(60, 0) - 1,
            1,
            false,
            &[
                ('A', 2, 31.0, 59.0, 28.5),
                ('B', 0, 0.0, 55.0, 0.0),
                ('C', 0, 0.0, 57.0, 0.0), // 2, 22, 57, -2: a refund and a zero counted as purchases
                ('E', 1, 29.0, 29.0, 30.0),
                ('F', 4, 34.0, 58.0, 3.5),
            ],
        );
    }

    #[test]
    fn by_day_to_the_last_purchase_of_all() {
        check(
            Period::Day,
            at(74, 0),
            1,
            false,
            &[
                ('A', 2, 31.0, 74.0, 28.5),
                ('B', 0, 0.0, 70.0, 0.0),
                ('C', 0, 0.0, 72.0, 0.0), // 2, 22, 72, -2: as above
                ('D', 0, 0.0, 0.0, 0.0),
                ('E', 2, 30.0, 44.0, 65.0),
                ('F', 4, 34.0, 73.0, 3.5),
            ],
        );
    }

    #[test]
    fn by_calendar_week() {
        check(
            Period::Week,
            at(60, 0) - 1,
            1,
            false,
            &[
                ('A', 2, 4.0, 8.0, 28.5),
                ('B', 0, 0.0, 8.0, 0.0),
                ('C', 0, 0.0, 8.0, 0.0),  // 2, 3, 8, -2: as above
                ('E', 1, 4.0, 4.0, 30.0), // monetary 130: the purchase of 1 March, after the end, counted
                ('F', 2, 5.0, 8.0, 6.0),
            ],
        );
    }

    #[test]
    fn by_day_in_units_of_a_week() {
        check(
            Period::Day,
            at(60, 0) - 1,
            7,
            false,
            &[
                ('A', 2, 4.428571428571429, 8.428571428571429, 28.5),
                ('B', 0, 0.0, 7.857142857142857, 0.0),
                ('C', 0, 0.0, 8.142857142857142, 0.0), // 2, 3.142857142857143, 8.142857142857142, -2: as above
                ('E', 1, 4.142857142857143, 4.142857142857143, 30.0),
                ('F', 4, 4.857142857142857, 8.285714285714286, 3.5),
            ],
        );
    }

    #[test]
    fn by_hour() {
        check(
            Period::Hour,
            at(59, 3_599),
            1,
            false,
            &[
                ('A', 4, 735.0, 1407.0, 15.5),
                ('B', 0, 0.0, 1320.0, 0.0),
                ('C', 0, 0.0, 1368.0, 0.0), // 2, 528, 1368, -2: as above
                ('E', 1, 673.0, 673.0, 30.0),
                ('F', 4, 816.0, 1392.0, 3.5),
            ],
        );
    }

    #[test]
    fn by_day_with_the_first_purchase_counted() {
        check(
            Period::Day,
            at(60, 0) - 1,
            1,
            true,
            &[
                ('A', 3, 31.0, 59.0, 24.0),
                ('B', 1, 0.0, 55.0, 99.0),
                ('C', 1, 0.0, 57.0, 10.0), // 3, 22, 57, 2: as above
                ('E', 2, 29.0, 29.0, 21.0),
                ('F', 5, 34.0, 58.0, 3.0),
            ],
        );
    }

    #[test]
    fn refunds_are_netted_within_their_period_and_never_make_a_purchase() {
        let purchases = [(1, -5), (3, 10), (5, 20), (5, -20), (7, 30), (7, -10), (9, -100)];
        let found = summarise(purchases, &Observation::until(10)).unwrap();
        assert_eq!(found.history, History { frequency: 1, recency: 4.0, age: 7.0 });
        assert_eq!((found.monetary, found.purchases, found.revenue), (20.0, 2, -75));
        assert_eq!((found.first, found.last), (3, 7));
        assert_eq!(summarise([(1, -5), (2, 0)], &Observation::until(10)), None);
    }

    #[test]
    fn a_split_sees_each_purchase_once() {
        let purchases = [(0, 10), (10, 20), (20, 7), (21, 5), (21, 6), (25, -3), (30, 9), (31, 1_000)];
        let found = split(purchases, &Observation::until(20), 30).unwrap();
        assert_eq!(found.calibration, summarise(purchases, &Observation::until(20)).unwrap());
        assert_eq!(found.holdout, Holdout { purchases: 2, spend: 20, net: 17 });
        assert_eq!(split([(25, 10)], &Observation::until(20), 30), None, "unknown to the calibration");
    }

    #[test]
    fn periods_begin_where_the_calendar_says() {
        // 2024-01-01 was a Monday; 1969-12-31 lies before the epoch.
        assert_eq!(Period::Week.of(NEW_YEAR) - Period::Week.of(NEW_YEAR - 1), 1);
        assert_eq!(Period::Week.of(NEW_YEAR + 7 * DAY_MICROS - 1), Period::Week.of(NEW_YEAR));
        assert_eq!(Period::Day.of(-1), -1);
        assert_eq!(Period::Hour.of(-1), -1);
        assert_eq!(Period::Hour.of(i64::MAX), i32::MAX);
    }

    proptest! {
        #[test]
        fn periods_hold_their_moments(micros in -10_i64.pow(16)..10_i64.pow(16)) {
            for period in [Period::Hour, Period::Day, Period::Week] {
                let number = period.of(micros);
                prop_assert!(period.start(number) <= micros && micros < period.start(number + 1));
            }
        }

        #[test]
        fn agrees_with_a_slow_count(
            mut purchases in prop::collection::vec((0_i32..60, -50_i64..100), 0..40),
            end in 0_i32..60,
            holdout in 0_i32..30,
        ) {
            let mut slow = std::collections::BTreeMap::<i32, i64>::new();
            for &(period, net) in &purchases {
                *slow.entry(period).or_default() += net;
            }
            let bought = |from: i32, to: i32| {
                slow.range(from..=to).filter(|p| *p.1 > 0).map(|(&p, &n)| (p, n)).collect::<Vec<_>>()
            };
            let known = bought(0, end);
            let later = if holdout > 0 { bought(end + 1, end + holdout) } else { vec![] };
            let observation = Observation::until(end);
            let found = split(sort_and_merge(&mut purchases).iter().copied(), &observation, end + holdout);
            prop_assert_eq!(found.is_some(), !known.is_empty());
            if let Some(Split { calibration, holdout }) = found {
                let repeats = &known[1..];
                prop_assert_eq!(calibration.history.frequency as usize, repeats.len());
                prop_assert_eq!(calibration.history.recency, f64::from(known[known.len() - 1].0 - known[0].0));
                prop_assert_eq!(calibration.history.age, f64::from(end - known[0].0));
                let mean = repeats.iter().map(|p| p.1).sum::<i64>() as f64 / repeats.len().max(1) as f64;
                prop_assert_eq!(calibration.monetary, mean);
                prop_assert_eq!(calibration.revenue, slow.range(..=end).map(|p| p.1).sum::<i64>());
                prop_assert_eq!(holdout.purchases as usize, later.len());
                prop_assert_eq!(holdout.spend, later.iter().map(|p| p.1).sum::<i64>());
                let History { frequency, recency, age } = calibration.history;
                prop_assert!(History::new(frequency, recency, age).is_ok());
            }
        }
    }
}
