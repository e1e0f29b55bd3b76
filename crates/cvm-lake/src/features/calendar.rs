//! Local day numbers (days since 1970-01-01) to dates and months.

use chrono::{Datelike, Days, NaiveDate};

/// The date of a day number.
pub fn date(day: i32) -> NaiveDate {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).expect("1970-01-01 is a date");
    let distance = Days::new(u64::from(day.unsigned_abs()));
    let date = if day < 0 { epoch.checked_sub_days(distance) } else { epoch.checked_add_days(distance) };
    date.expect("the ingest admits only years chrono knows")
}

/// The day number of a date.
pub fn day(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - NaiveDate::from_ymd_opt(1970, 1, 1).expect("1970-01-01 is a date").num_days_from_ce()
}

/// Calendar months, counted from January 1970; looked up in a table because every purchase asks.
#[derive(Debug)]
pub struct Months {
    first_day: i32,
    table: Vec<i32>,
}

impl Months {
    /// A table that covers these days, both included.
    pub fn covering(first_day: i32, last_day: i32) -> Self {
        Self { first_day, table: (first_day..=last_day).map(month_of_day).collect() }
    }

    /// The month of a day inside the table.
    pub fn of(&self, day: i32) -> i32 {
        self.table[(day - self.first_day) as usize]
    }
}

/// The month of any day, counted from January 1970.
pub fn month_of_day(day: i32) -> i32 {
    let date = date(day);
    (date.year() - 1970) * 12 + date.month0() as i32
}

/// "2011-04".
pub fn month_name(month: i32) -> String {
    format!("{:04}-{:02}", 1970 + month.div_euclid(12), month.rem_euclid(12) + 1)
}

/// First day of a month.
pub fn month_start(month: i32) -> i32 {
    let date = NaiveDate::from_ymd_opt(1970 + month.div_euclid(12), month.rem_euclid(12) as u32 + 1, 1);
    day(date.expect("the first of a month is a date"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_go_both_ways() {
        for text in ["1969-12-31", "1970-01-01", "2000-02-29", "2011-12-09", "1899-12-30"] {
            let parsed: NaiveDate = text.parse().unwrap();
            assert_eq!(date(day(parsed)), parsed);
            let month = month_of_day(day(parsed));
            assert_eq!(month_name(month), text[..7]);
            assert_eq!(month_of_day(month_start(month)), month);
        }
        assert_eq!(Months::covering(0, 60).of(59), 2);
    }
}
