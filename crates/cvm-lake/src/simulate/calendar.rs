//! Days of the simulation, numbered from its start: which are busy, and at what hour people buy.
//!
//! Seasons are a change of clock: a customer buys evenly in *busyness*, the sum of the days' weights, so that every
//! formula for an even rate stays exact.

use super::dice::Dice;
use super::people::Channel;
use chrono::{Datelike, NaiveDate, NaiveTime};
use std::f64::consts::TAU;

pub(super) const SECOND: i64 = 1_000_000;
pub(super) const HOUR: i64 = 3600 * SECOND;
pub(super) const DAY: i64 = 24 * HOUR;

/// Length of the hold-out after the end.
pub(super) const FUTURE_DAYS: u32 = 365;
/// Length of the campaign's effect.
pub(super) const CAMPAIGN_DAYS: u32 = 30;

/// Monday to Sunday.
const WEEKDAYS: [f64; 7] = [0.90, 0.88, 0.93, 1.00, 1.14, 1.26, 0.89];

pub(super) struct Calendar {
    /// Midnight UTC of day 0, in microseconds.
    start: i64,
    /// Days observed: `0..days`.
    pub(super) days: u32,
    /// Day on which the campaign is sent.
    pub(super) campaign_day: u32,
    /// Weight of each day, 1 on average, over the observed days and the future.
    weight: Vec<f64>,
    /// Busyness before each day.
    busyness: Vec<f64>,
    /// Hours by channel: 256 equally likely places.
    hours: [[u8; 256]; 4],
    /// Months that begin in the observed time.
    pub(super) months: Vec<Month>,
}

pub(super) struct Month {
    pub(super) first_day: u32,
    /// From 1.
    pub(super) of_year: u32,
    /// 2025-03.
    pub(super) name: String,
}

impl Calendar {
    pub(super) fn new(first_day: NaiveDate, days: u32) -> Self {
        let dates = || first_day.iter_days().take((days + FUTURE_DAYS) as usize);
        let mean = dates().map(season).sum::<f64>() / f64::from(days + FUTURE_DAYS);
        let weight: Vec<f64> = dates().map(|date| season(date) / mean).collect();
        let busyness = std::iter::once(0.0)
            .chain(weight.iter().scan(0.0, |sum, w| {
                *sum += w;
                Some(*sum)
            }))
            .collect();
        Self {
            months: months(first_day, days),
            start: first_day.and_time(NaiveTime::MIN).and_utc().timestamp_micros(),
            days,
            campaign_day: (days * 5 / 6).min(days - CAMPAIGN_DAYS),
            weight,
            busyness,
            hours: [hours_of(8, 20, 17), hours_of(0, 24, 20), hours_of(6, 24, 21), hours_of(8, 18, 11)],
        }
    }

    /// Days of the campaign's effect.
    pub(super) fn campaign_window(&self) -> std::ops::Range<u32> {
        self.campaign_day..self.campaign_day + CAMPAIGN_DAYS
    }

    pub(super) fn weight(&self, day: u32) -> f64 {
        self.weight[day as usize]
    }

    /// Busyness from day 0 to the beginning of this day.
    pub(super) fn busyness(&self, day: u32) -> f64 {
        self.busyness[day as usize]
    }

    /// The day in which the busyness reaches a value, among the days before `before`.
    pub(super) fn day_at(&self, busyness: f64, before: u32) -> Option<u32> {
        let ends = &self.busyness[1..=before as usize];
        let day = ends.partition_point(|end| *end <= busyness);
        (day < ends.len()).then_some(day as u32)
    }

    /// Midnight of a day, in microseconds of Unix time.
    pub(super) fn midnight(&self, day: u32) -> i64 {
        self.start + i64::from(day) * DAY
    }

    /// Midnight after the last observed day.
    pub(super) fn end(&self) -> i64 {
        self.midnight(self.days)
    }

    /// A moment of a day at which this channel is used, in whole seconds.
    pub(super) fn moment(&self, day: u32, channel: Channel, dice: &mut Dice) -> i64 {
        let bits = dice.bits();
        let hour = self.hours[channel as usize][(bits >> 56) as usize];
        let second = ((bits & 0xFFFF_FFFF) * 3600) >> 32;
        self.midnight(day) + i64::from(hour) * HOUR + second as i64 * SECOND
    }

    /// Days from 1 January 1970, as Arrow stores a date.
    pub(super) fn unix_day(&self, day: u32) -> i32 {
        (self.midnight(day) / DAY) as i32
    }
}

fn months(first_day: NaiveDate, days: u32) -> Vec<Month> {
    let dates = (0..days).zip(first_day.iter_days());
    dates
        .filter(|(_, date)| date.day() == 1)
        .map(|(day, date)| Month { first_day: day, of_year: date.month(), name: date.format("%Y-%m").to_string() })
        .collect()
}

/// A busy December, a quiet summer, weekends.
fn season(date: NaiveDate) -> f64 {
    let year = f64::from(date.ordinal0()) / 365.0;
    let christmas = if date.month() == 12 && date.day() < 24 { 0.35 } else { 0.0 };
    WEEKDAYS[date.weekday().num_days_from_monday() as usize] * (1.0 + 0.12 * (TAU * (year - 0.95)).cos() + christmas)
}

/// Hours from opening to closing, most of them near the peak.
fn hours_of(open: u8, close: u8, peak: u8) -> [u8; 256] {
    let weight = |hour: u8| 1.0 + 3.0 * (-(f64::from(hour) - f64::from(peak)).powi(2) / 18.0).exp();
    let total: f64 = (open..close).map(weight).sum();
    let mut places = [close - 1; 256];
    let (mut sum, mut from) = (0.0, 0);
    for hour in open..close {
        sum += weight(hour) / total;
        let to = ((sum * 256.0).round() as usize).min(256);
        places[from..to].fill(hour);
        from = to;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::super::dice::Purpose;
    use super::*;

    #[test]
    fn busyness_is_one_a_day_on_average_and_finds_its_day() {
        let calendar = Calendar::new(NaiveDate::from_ymd_opt(2024, 1, 1).unwrap(), 730);
        assert!((calendar.busyness(1095) - 1095.0).abs() < 1e-6);
        for day in [0, 17, 700, 1094] {
            let middle = calendar.busyness(day) + calendar.weight(day) / 2.0;
            assert_eq!(calendar.day_at(middle, 1095), Some(day));
        }
        assert_eq!(calendar.day_at(calendar.busyness(730) + 0.1, 730), None);
    }

    #[test]
    fn shops_sell_in_opening_hours() {
        let calendar = Calendar::new(NaiveDate::from_ymd_opt(2024, 1, 1).unwrap(), 100);
        let mut dice = Dice::new(1, 1, Purpose::Timeline);
        for _ in 0..2000 {
            let at = calendar.moment(3, Channel::Shop, &mut dice) - calendar.midnight(3);
            assert!((8 * HOUR..20 * HOUR).contains(&at));
        }
    }
}
