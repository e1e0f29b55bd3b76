//! Why each customer is where they are, from their own rhythm and spend.

use crate::features::base::{AMOUNT_SCALE, Base};
use cvm_core::reason::{Reason, Rhythm, Span, Spend};

/// Silence beyond this many of a customer's usual intervals is worth a word.
const SILENT_INTERVALS: f64 = 1.5;

/// Why customer `i` is where they are.
pub fn reason(base: &Base, i: usize, as_of: i32, typical: &Typical) -> Reason {
    Reason { rhythm: rhythm(base, i, as_of, typical), spend: spend(base, i, typical) }
}

/// What is usual in this base.
pub struct Typical {
    interval_days: f64,
    order_value: f64,
}

impl Typical {
    /// Of all customers with a purchase.
    pub fn of(base: &Base) -> Self {
        let bought = || (0..base.len()).filter(|&i| base.purchases[i] > 0);
        let mut intervals: Vec<f64> = bought().filter_map(|i| interval_days(base, i)).collect();
        let middle = intervals.len() / 2;
        let interval_days = match intervals.is_empty() {
            true => 0.0,
            false => *intervals.select_nth_unstable_by(middle, f64::total_cmp).1,
        };
        let purchases: f64 = bought().map(|i| f64::from(base.purchases[i])).sum();
        let amount: f64 = bought().map(|i| base.purchase_amount[i] as f64).sum();
        Self { interval_days, order_value: amount / AMOUNT_SCALE / purchases.max(1.0) }
    }
}

/// Mean days between a customer's purchases.
pub fn interval_days(base: &Base, i: usize) -> Option<f64> {
    let repeats = base.purchases[i].checked_sub(1).filter(|repeats| *repeats > 0)?;
    Some(f64::from(base.last_day[i] - base.first_day[i]) / f64::from(repeats))
}

fn rhythm(base: &Base, i: usize, as_of: i32, typical: &Typical) -> Rhythm {
    let since_days = f64::from(as_of - base.last_day[i]);
    let since = Span::of_days(since_days);
    if base.purchases[i] == 0 {
        return Rhythm::Returned;
    }
    match interval_days(base, i) {
        // Who bought once is new for as long as the others usually take to come back.
        None if since_days <= typical.interval_days => Rhythm::New { since },
        None => Rhythm::Once { since },
        Some(interval) => {
            let every = Span::of_days(interval.max(1.0));
            if since_days > SILENT_INTERVALS * interval && since_days > 1.0 {
                Rhythm::Silent { every, since }
            } else {
                Rhythm::OnTime { every, since }
            }
        }
    }
}

fn spend(base: &Base, i: usize, typical: &Typical) -> Option<Spend> {
    if base.purchases[i] == 0 || typical.order_value <= 0.0 {
        return None;
    }
    let order_value = base.purchase_amount[i] as f64 / AMOUNT_SCALE / f64::from(base.purchases[i]);
    let times = order_value / typical.order_value;
    if times >= 2.0 {
        Some(Spend::High { times: times.min(f64::from(u16::MAX)) as u16 })
    } else if times <= 0.5 {
        Some(Spend::Low)
    } else {
        None
    }
}
