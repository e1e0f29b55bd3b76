//! What a field should be, and whether it is.

use super::When;
use chrono::{DateTime, Datelike, Days, NaiveDate, TimeZone};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;

/// What a field should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = SegmentComparison)]
pub enum Comparison {
    /// This text, number, or true or false.
    Equals(Scalar),
    /// One of these.
    OneOf(Vec<Scalar>),
    /// A text with this in it, or a list of which one is this; capitals do not matter.
    Contains(String),
    /// A text that begins so; capitals do not matter.
    StartsWith(String),
    /// A larger number.
    Above(f64),
    /// This number or a larger one.
    AtLeast(f64),
    /// A smaller number.
    Below(f64),
    /// This number or a smaller one.
    AtMost(f64),
    /// A number from the first to the second, both included.
    Between(f64, f64),
    /// This day.
    #[schema(value_type = String, format = Date)]
    On(NaiveDate),
    /// An earlier day.
    #[schema(value_type = String, format = Date)]
    Before(NaiveDate),
    /// A later day.
    #[schema(value_type = String, format = Date)]
    After(NaiveDate),
    /// Today or one of so many days before.
    InLastDays(u32),
    /// Longer ago than so many days.
    MoreThanDaysAgo(u32),
    /// Today or one of so many days to come.
    InNextDays(u32),
    /// A date whose anniversary is today or on one of so many days to come.
    BirthdayInDays(u32),
    /// Known at all, or with false not known.
    IsSet(bool),
}

/// A text, a number, or true or false.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = SegmentScalar)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Scalar {
    Flag(bool),
    Number(f64),
    Text(String),
}

/// What is known of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Known<'a> {
    /// A text.
    Text(&'a str),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A day.
    Day(NaiveDate),
    /// A list.
    List(&'a [Value]),
    /// Something else that can only be there.
    Other,
}

impl<'a> Known<'a> {
    /// The day that is named, if any.
    pub fn day(self, calendar: &Calendar) -> Option<NaiveDate> {
        day_of(self, calendar)
    }

    /// What a JSON value says; null says nothing.
    pub fn of(value: &'a Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Number(number) => Self::Number(number.as_f64()?),
            Value::String(text) => Self::Text(text),
            Value::Array(items) => Self::List(items),
            Value::Object(_) => Self::Other,
        })
    }
}

/// Now, and whose days count.
#[derive(Debug, Clone, Copy)]
pub struct Calendar {
    now: i64,
    zone: Tz,
    today: NaiveDate,
}

impl Calendar {
    /// At a moment, in microseconds of Unix time.
    pub fn new(now: i64, zone: Tz) -> Self {
        Self { now, zone, today: local_day(now, zone) }
    }

    /// The moment.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// The local day.
    pub fn today(&self) -> NaiveDate {
        self.today
    }

    /// The local day of a moment.
    pub fn day(&self, time: i64) -> NaiveDate {
        local_day(time, self.zone)
    }

    /// The first moment of a local day.
    pub fn start_of(&self, day: NaiveDate) -> i64 {
        start_of_day(day, self.zone)
    }

    /// From when to when, both included, something counts that happened; nothing later than now.
    pub fn window(&self, when: Option<When>) -> (i64, i64) {
        match when {
            None => (i64::MIN, self.now),
            Some(When::InLastDays(days)) => (self.now - i64::from(days) * DAY + 1, self.now),
            Some(When::Between(days)) => {
                let end = days.to.checked_add_days(Days::new(1)).map_or(i64::MAX, |day| self.start_of(day));
                (self.start_of(days.from), (end - 1).min(self.now))
            }
        }
    }
}

/// The first moment of a local day, in microseconds of Unix time.
pub fn start_of_day(day: NaiveDate, zone: Tz) -> i64 {
    let midnight = day.and_hms_opt(0, 0, 0).unwrap_or_default();
    // Where clocks go forward at midnight, the day begins an hour later.
    let local =
        (0..4).find_map(|hours| zone.from_local_datetime(&(midnight + chrono::Duration::hours(hours))).earliest());
    local.map_or_else(|| midnight.and_utc().timestamp_micros(), |time| time.timestamp_micros())
}

fn local_day(time: i64, zone: Tz) -> NaiveDate {
    DateTime::from_timestamp_micros(time).unwrap_or_default().with_timezone(&zone).date_naive()
}

impl Comparison {
    /// Whether it holds for what is known; `None` is nothing.
    pub fn holds(&self, known: Option<Known<'_>>, calendar: &Calendar) -> bool {
        let Some(known) = known else { return matches!(self, Self::IsSet(false)) };
        let text = || if let Known::Text(text) = known { Some(text) } else { None };
        let number = |is: &dyn Fn(f64) -> bool| matches!(known, Known::Number(number) if is(number));
        let day = |is: &dyn Fn(NaiveDate) -> bool| day_of(known, calendar).is_some_and(is);
        let ago = |date: NaiveDate| (calendar.today - date).num_days();
        match self {
            Self::Equals(scalar) => scalar.is(known),
            Self::OneOf(scalars) => scalars.iter().any(|scalar| scalar.is(known)),
            Self::Contains(part) => match known {
                Known::Text(text) => text.to_lowercase().contains(&part.to_lowercase()),
                Known::List(items) => {
                    let is = |item: &Value| item.as_str().is_some_and(|item| same_letters(item, part));
                    items.iter().any(is)
                }
                _ => false,
            },
            Self::StartsWith(part) => text().is_some_and(|text| text.to_lowercase().starts_with(&part.to_lowercase())),
            Self::Above(bound) => number(&|number| number > *bound),
            Self::AtLeast(bound) => number(&|number| number >= *bound),
            Self::Below(bound) => number(&|number| number < *bound),
            Self::AtMost(bound) => number(&|number| number <= *bound),
            Self::Between(low, high) => number(&|number| (*low..=*high).contains(&number)),
            Self::On(date) => day(&|day| day == *date),
            Self::Before(date) => day(&|day| day < *date),
            Self::After(date) => day(&|day| day > *date),
            Self::InLastDays(days) => day(&|day| (0..=i64::from(*days)).contains(&ago(day))),
            Self::MoreThanDaysAgo(days) => day(&|day| ago(day) > i64::from(*days)),
            Self::InNextDays(days) => day(&|day| (0..=i64::from(*days)).contains(&-ago(day))),
            Self::BirthdayInDays(days) => {
                day(&|day| (anniversary(day, calendar.today) - calendar.today).num_days() <= i64::from(*days))
            }
            Self::IsSet(set) => *set,
        }
    }

    /// Whether it asks for nothing but the day that is named: [`Known::day`] of what is known has the same answer.
    pub fn asks_for_a_day(&self) -> bool {
        matches!(
            self,
            Self::On(_)
                | Self::Before(_)
                | Self::After(_)
                | Self::InLastDays(_)
                | Self::MoreThanDaysAgo(_)
                | Self::InNextDays(_)
                | Self::BirthdayInDays(_)
        )
    }

    /// When, by days alone, the answer may next be another for a date that stays.
    pub(super) fn next_change(&self, known: Option<Known<'_>>, calendar: &Calendar) -> Option<i64> {
        let day = day_of(known?, calendar)?;
        let plus = |days: u64| day.checked_add_days(Days::new(days));
        let minus = |days: u64| day.checked_sub_days(Days::new(days));
        let next = match *self {
            Self::InLastDays(days) => [Some(day), plus(u64::from(days) + 1)],
            Self::MoreThanDaysAgo(days) => [plus(u64::from(days) + 1), None],
            Self::InNextDays(days) => [minus(u64::from(days)), plus(1)],
            Self::BirthdayInDays(days) => {
                let next = anniversary(day, calendar.today);
                [next.checked_sub_days(Days::new(u64::from(days))), next.checked_add_days(Days::new(1))]
            }
            _ => return None,
        };
        next.into_iter().flatten().map(|day| calendar.start_of(day)).filter(|&time| time > calendar.now).min()
    }
}

impl Scalar {
    fn is(&self, known: Known<'_>) -> bool {
        match (self, known) {
            (Self::Text(text), Known::Text(known)) => text == known,
            (Self::Text(text), Known::Day(known)) => text.parse() == Ok(known),
            (Self::Number(number), Known::Number(known)) => *number == known,
            (Self::Flag(flag), Known::Flag(known)) => *flag == known,
            _ => false,
        }
    }
}

fn same_letters(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// The day that a field names: a date, or a text that begins with one. A text with a time and its zone is of the local day.
fn day_of(known: Known<'_>, calendar: &Calendar) -> Option<NaiveDate> {
    let text = match known {
        Known::Day(day) => return Some(day),
        Known::Text(text) => text.trim(),
        _ => return None,
    };
    if text.len() > 10
        && let Ok(time) = DateTime::parse_from_rfc3339(text)
    {
        return Some(calendar.day(time.timestamp_micros()));
    }
    let is_whole = text.len() == 10 || text.as_bytes().get(10).is_some_and(|byte| matches!(byte, b'T' | b' '));
    is_whole.then(|| NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()).flatten()
}

/// The next anniversary of a day from today on; one of 29 February is on the 28th where there is none.
fn anniversary(of: NaiveDate, today: NaiveDate) -> NaiveDate {
    let in_year = |year: i32| of.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 2, 28)).unwrap_or(of);
    let this = in_year(today.year());
    if this >= today { this } else { in_year(today.year() + 1) }
}
