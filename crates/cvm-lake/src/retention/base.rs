//! The contracts as the models want them: how long each has lasted, in periods, and how long it was seen.

use super::{Options, Shape, calendar};
use crate::ingest::contracts::Contract as Row;
use chrono::{Months, NaiveDate};
use cvm_core::retention::Period;
use cvm_models::contractual::retention::Contract;

/// All contracts; the vectors go by row.
#[derive(Debug)]
pub(super) struct Base {
    /// As read.
    pub(super) rows: Vec<Row>,
    /// As the models want them.
    pub(super) contracts: Vec<Contract>,
    /// Periods from the start to the end, or to the end of observation.
    pub(super) tenure: Vec<f64>,
    /// Renewals so far.
    pub(super) renewals: Vec<u32>,
    /// Last day of observation, where there are dates.
    pub(super) as_of: Option<i32>,
    /// The length of a period.
    pub(super) period: Period,
}

impl Base {
    pub(super) fn new(rows: Vec<Row>, shape: Shape, options: &Options) -> Self {
        let today = options.ingest.today.to_epoch_days();
        let dates = || rows.iter().flat_map(|row| [row.start, row.end]).flatten();
        let as_of = (shape == Shape::Dates).then(|| {
            // A planned end says nothing of when the files were made.
            let last = || dates().filter(|day| *day <= today).max().unwrap_or(today);
            options.ingest.as_of.map_or_else(last, calendar::day)
        });
        let (mut contracts, mut tenure, mut renewals) = (Vec::new(), Vec::new(), Vec::new());
        for row in &rows {
            let life = match as_of {
                Some(as_of) => Life::of_dates(row, as_of, options.period),
                None => Life::of_tenure(row, shape),
            };
            tenure.push(life.shown);
            renewals.push(life.renewals());
            contracts.push(Contract {
                cohort: row.start.map_or(0, calendar::month_of_day),
                duration: life.duration,
                ended: life.ended,
                observed: life.observed,
                value: row.value,
                weight: 1.0,
            });
        }
        Self { rows, contracts, tenure, renewals, as_of, period: options.period }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn is_active(&self, row: usize) -> bool {
        !self.contracts[row].ended
    }

    /// Numbers of the rows of active contracts.
    pub(super) fn active(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).filter(|row| self.is_active(*row))
    }

    pub(super) fn first_day(&self) -> Option<i32> {
        self.as_of.and_then(|_| self.rows.iter().filter_map(|row| row.start).min())
    }
}

/// One contract in periods.
struct Life {
    duration: f64,
    /// The duration as people count it.
    shown: f64,
    observed: f64,
    ended: bool,
}

impl Life {
    fn of_dates(row: &Row, as_of: i32, period: Period) -> Self {
        let start = row.start.expect("rows of this shape have a start, or they are problems");
        let observed = periods_between(start, as_of, period);
        // A status decides, so that an end that is only planned, or long past and renewed, is none.
        let end = row.end.filter(|end| *end <= as_of && row.ended != Some(false));
        let duration = end.map_or(observed, |end| periods_between(start, end, period));
        Self { duration, shown: duration, observed, ended: end.is_some() }
    }

    fn of_tenure(row: &Row, shape: Shape) -> Self {
        let tenure = row.tenure.expect("rows of this shape have a tenure, or they are problems");
        match (shape, row.observed) {
            (Shape::Survival, Some(observed)) if tenure < observed => {
                Self { duration: tenure, shown: tenure, observed, ended: true }
            }
            // One who survived period T - 1 is in period T, and what comes at its end is not known.
            (Shape::Survival, _) => {
                let renewed = (tenure - 1.0).max(0.0);
                Self { duration: renewed, shown: tenure, observed: renewed, ended: false }
            }
            _ => Self { duration: tenure, shown: tenure, observed: f64::INFINITY, ended: row.ended.unwrap_or(false) },
        }
    }

    /// One that was lost at the end of period n has renewed n - 1 times.
    fn renewals(&self) -> u32 {
        if self.ended { ((self.duration - GRACE).ceil().max(1.0) - 1.0) as u32 } else { (self.duration + 1e-9) as u32 }
    }
}

/// The share of a period by which the models let a contract run over.
const GRACE: f64 = 0.1;

/// Periods from one day to another: whole ones by the calendar, and the part of the last.
pub(super) fn periods_between(from: i32, to: i32, period: Period) -> f64 {
    let days = f64::from(to - from);
    let months = match period {
        Period::Week => return days / 7.0,
        Period::Days { days: length } => return days / f64::from(length),
        Period::Month => 1,
        Period::Year => 12,
    };
    let (start, end) = (calendar::date(from), calendar::date(to));
    let after = |whole: u32| start.checked_add_months(Months::new(whole * months)).unwrap_or(NaiveDate::MAX);
    let mut whole = (days / (f64::from(months) * 30.436_875)).floor() as u32;
    while whole > 0 && after(whole) > end {
        whole -= 1;
    }
    while after(whole + 1) <= end {
        whole += 1;
    }
    let (last, next) = (after(whole), after(whole + 1));
    f64::from(whole) + (end - last).num_days() as f64 / (next - last).num_days().max(1) as f64
}
