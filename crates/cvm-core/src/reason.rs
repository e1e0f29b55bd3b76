//! Why a customer is where they are, as data; [`crate::text`] puts it into words.
//!
//! Times and factors are rounded as people say them ("every 3 weeks", "11 weeks"), so that many customers share one
//! reason and the sentence is made once.

use crate::retention::Period;
use serde::{Deserialize, Serialize};

/// The reason shown beside a customer's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reason {
    /// When they buy.
    pub rhythm: Rhythm,
    /// What they spend, where it stands out.
    pub spend: Option<Spend>,
}

/// A customer's purchases in time, against their own habit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Rhythm {
    /// Bought once, so recently that nothing can be said yet.
    New {
        /// Since the first purchase.
        since: Span,
    },
    /// Bought once, and not again for this long.
    Once {
        /// Since the only purchase.
        since: Span,
    },
    /// Came back as often as they do.
    OnTime {
        /// The usual time between purchases.
        every: Span,
        /// Since the last purchase.
        since: Span,
    },
    /// Silent for longer than their habit explains.
    Silent {
        /// The usual time between purchases.
        every: Span,
        /// Since the last purchase.
        since: Span,
    },
    /// Returned as much as they bought, or more.
    Returned,
}

/// Spend per purchase that stands out from the average customer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Spend {
    /// At least twice the average.
    High {
        /// How many times the average, rounded down.
        times: u16,
    },
    /// At most half of the average.
    Low,
}

/// A length of time as people say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// How many; 0 days is "today".
    pub count: u16,
    /// Of what.
    pub unit: Unit,
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// A twelfth of 365.25 days.
    Month,
    /// 365.25 days.
    Year,
}

impl Span {
    /// The usual wording of a number of days: days up to two weeks, weeks up to 17, months up to two years, then years.
    pub fn of_days(days: f64) -> Self {
        let days = days.max(0.0);
        let (per_unit, unit) = match days {
            d if d < 13.5 => (1.0, Unit::Day),
            d if d < 122.0 => (7.0, Unit::Week),
            d if d < 730.5 => (365.25 / 12.0, Unit::Month),
            _ => (365.25, Unit::Year),
        };
        Self { count: (days / per_unit).round().clamp(0.0, f64::from(u16::MAX)) as u16, unit }
    }
}

/// The reason shown beside a contract: how long it has lasted, and what such contracts do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ContractReason {
    /// Has not come to its first renewal yet.
    New {
        /// Of a hundred such contracts, how many renew.
        renew_percent: u8,
    },
    /// Active.
    Active {
        /// Periods completed.
        periods: u32,
        /// The length of a period.
        period: Period,
        /// Of a hundred such contracts, how many renew the next time.
        renew_percent: u8,
    },
    /// Ended.
    Ended {
        /// In which period, from 1.
        periods: u32,
        /// The length of a period.
        period: Period,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_as_people_say_them() {
        for (days, count, unit) in [
            (0.0, 0, Unit::Day),
            (13.4, 13, Unit::Day),
            (14.0, 2, Unit::Week),
            (77.0, 11, Unit::Week),
            (150.0, 5, Unit::Month),
            (800.0, 2, Unit::Year),
        ] {
            assert_eq!(Span::of_days(days), Span { count, unit }, "{days} days");
        }
    }
}
