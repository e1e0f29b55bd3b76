//! A stretch of days, and what it is compared with; both are in the address of the page.

use crate::platform::{Problem, Result};
use chrono::{Days, Months, NaiveDate};
use chrono_tz::Tz;
use cvm_core::segment::start_of_day;
use serde::Deserialize;

/// Days of a period at most.
const DAYS_MAX: i64 = 3_660;

/// Whole local days, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    /// The first.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
}

/// With what a period is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Comparison {
    /// As many days, right before it.
    #[default]
    Before,
    /// The same days a year before.
    Year,
    /// Days of one's choice.
    Other,
    /// Nothing.
    None,
}

/// What the address asks for. Empty fields of a form are not given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// The last so many days.
    pub days: String,
    /// The first day; goes before `days`.
    pub from: String,
    /// The last day.
    pub to: String,
    /// With what to compare.
    pub compare: Comparison,
    /// The first day to compare with, of one's choice.
    pub other_from: String,
    /// The last day to compare with.
    pub other_to: String,
}

impl Period {
    /// The last so many days up to a day.
    pub fn last(days: i64, to: NaiveDate) -> Self {
        Self { from: to - chrono::TimeDelta::days(days.clamp(1, DAYS_MAX) - 1), to }
    }

    /// How many days.
    pub fn days(self) -> i64 {
        (self.to - self.from).num_days() + 1
    }

    /// As many days, right before it.
    pub fn before(self) -> Self {
        let to = self.from - Days::new(1);
        Self::last(self.days(), to)
    }

    /// The same days a year before.
    pub fn year_before(self) -> Self {
        Self { from: self.from - Months::new(12), to: self.to - Months::new(12) }
    }

    /// From where on and up to where, in microseconds of Unix time, its days last in a zone.
    pub fn micros(self, zone: Tz) -> (i64, i64) {
        (start_of_day(self.from, zone), start_of_day(self.to + Days::new(1), zone))
    }
}

impl Wanted {
    /// The period and what it is compared with; where nothing is asked for, the last 30 days up to `today`.
    ///
    /// # Errors
    /// 400 for what is no day, ends before it begins, or is too long.
    pub fn read(&self, today: NaiveDate) -> Result<(Period, Option<Period>)> {
        let period = match (stated(&self.from), stated(&self.to)) {
            (None, None) => {
                let days = stated(&self.days).map_or(Ok(30), str::parse);
                let days = days.map_err(|_| Problem::bad_request(format!("`{}` is no number of days", self.days)))?;
                Period::last(days, today)
            }
            (from, to) => {
                let to = to.map_or(Ok(today), day)?;
                Period { from: from.map_or(Ok(to), day)?, to }
            }
        };
        let other = match self.compare {
            Comparison::Before => Some(period.before()),
            Comparison::Year => Some(period.year_before()),
            Comparison::Other => match (stated(&self.other_from), stated(&self.other_to)) {
                (Some(from), Some(to)) => Some(Period { from: day(from)?, to: day(to)? }),
                _ => Some(period.before()),
            },
            Comparison::None => None,
        };
        for period in [Some(period), other].into_iter().flatten() {
            if !(1..=DAYS_MAX).contains(&period.days()) {
                let Period { from, to } = period;
                return Err(Problem::bad_request(format!(
                    "{from} to {to} is no period; expected an end not before the beginning, and at most {DAYS_MAX} days"
                )));
            }
        }
        Ok((period, other))
    }
}

fn stated(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn day(text: &str) -> Result<NaiveDate> {
    text.parse().map_err(|_| Problem::bad_request(format!("`{text}` is no day; expected one like 2026-01-31")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn nothing_asked_for_is_the_last_thirty_days_and_those_before() {
        let (period, other) = Wanted::default().read(day("2026-03-31")).unwrap();
        assert_eq!((period.from, period.to, period.days()), (day("2026-03-02"), day("2026-03-31"), 30));
        assert_eq!(other, Some(Period { from: day("2026-01-31"), to: day("2026-03-01") }));
    }

    #[test]
    fn periods_are_as_asked_for() {
        let wanted = Wanted {
            from: "2024-02-01".into(),
            to: "2024-02-29".into(),
            compare: Comparison::Year,
            ..Wanted::default()
        };
        let (period, other) = wanted.read(day("2026-03-31")).unwrap();
        assert_eq!((period.days(), other), (29, Some(Period { from: day("2023-02-01"), to: day("2023-02-28") })));
        let wrong = |from: &str, to: &str| {
            Wanted { from: from.into(), to: to.into(), ..Wanted::default() }
                .read(day("2026-03-31"))
                .unwrap_err()
                .to_string()
        };
        assert_eq!(wrong("yesterday", ""), "`yesterday` is no day; expected one like 2026-01-31");
        assert!(wrong("2026-02-02", "2026-02-01").starts_with("2026-02-02 to 2026-02-01 is no period"));
        assert!(wrong("1026-02-02", "2026-02-01").contains("at most 3660 days"));
    }

    #[test]
    fn days_begin_where_people_live() {
        let spring = Period { from: day("2026-03-29"), to: day("2026-03-29") };
        let (from, until) = spring.micros(Tz::Europe__Warsaw);
        assert_eq!((until - from) / 3_600_000_000, 23, "clocks go forward");
    }
}
