//! Reading a moment from text or a number in one chosen format, and the local day it falls on.

use super::options::words;
use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

/// How dates and times are written. Between day, month and year stands `.`, `/`, `-` or a space; a time of day, with
/// or without an offset from UTC, may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFormat {
    /// Year first: 2024-01-31, 2024-01-31T15:04:05Z, 2024/01/31.
    Ymd,
    /// Day first: 31.01.2024, 31/01/2024 15:04, 31-Jan-2024.
    Dmy,
    /// Month first: 01/31/2024, 1/31/24 3:04 PM, Jan 31, 2024.
    Mdy,
    /// Digits only: 20240131, 20240131150405.
    Compact,
    /// Seconds since 1970 in UTC.
    UnixSeconds,
    /// Milliseconds since 1970 in UTC.
    UnixMillis,
    /// Microseconds since 1970 in UTC.
    UnixMicros,
    /// Nanoseconds since 1970 in UTC.
    UnixNanos,
    /// Days since 30 December 1899, the fraction is the time of day, as spreadsheets count.
    Excel,
}
words!(TimeFormat: Ymd = "ymd", Dmy = "dmy", Mdy = "mdy", Compact = "yyyymmdd", UnixSeconds = "unix",
    UnixMillis = "unix-ms", UnixMicros = "unix-us", UnixNanos = "unix-ns", Excel = "excel");

/// What a value says about time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Moment {
    /// A calendar day, the same in every zone.
    Day(i32),
    /// Seconds since 1970 on a clock whose zone is not said.
    Naive(i64),
    /// Seconds since 1970 in UTC.
    Instant(i64),
}

const DAY: i64 = 86_400;
/// Days from 30 December 1899 to 1 January 1970.
const EXCEL_EPOCH: i64 = 25_569;

impl TimeFormat {
    /// The formats, each with whether it is made of digits alone.
    pub(crate) const ALL: [Self; 9] = [
        Self::Ymd,
        Self::Dmy,
        Self::Mdy,
        Self::Compact,
        Self::UnixSeconds,
        Self::UnixMillis,
        Self::UnixMicros,
        Self::UnixNanos,
        Self::Excel,
    ];

    /// Whether a plain number can be meant, so that a column of numbers is not taken for times by mistake.
    pub(crate) fn is_number(self) -> bool {
        !matches!(self, Self::Ymd | Self::Dmy | Self::Mdy)
    }

    /// Reads one value; `None` where it is not written so, or lies before 1900.
    pub(crate) fn parse(self, text: &str) -> Option<Moment> {
        if !text.is_ascii() {
            let western = super::numbers::western_digits(text);
            return if western.is_ascii() { self.parse(&western) } else { None };
        }
        let text = text.trim_ascii().as_bytes();
        match self {
            Self::Ymd => ymd(text),
            Self::Dmy | Self::Mdy => day_or_month_first(text, self == Self::Dmy),
            Self::Compact => compact(text),
            _ => self.parse_number(text),
        }
    }

    fn parse_number(self, text: &[u8]) -> Option<Moment> {
        if text.is_empty() || !text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
            return None;
        }
        let text = std::str::from_utf8(text).ok()?;
        if self == Self::Excel {
            return self.of_float(text.parse().ok()?);
        }
        let whole = text.split('.').next().unwrap_or(text);
        self.of_integer(whole.parse().ok()?)
    }

    /// Reads a whole number.
    pub(crate) fn of_integer(self, value: i64) -> Option<Moment> {
        let per_second = match self {
            Self::Compact => {
                let (year, month, day) = (value / 10_000, value / 100 % 100, value % 100);
                return date(year, month, day).map(Moment::Day);
            }
            Self::Excel => return self.of_float(value as f64),
            Self::UnixSeconds => 1,
            Self::UnixMillis => 1_000,
            Self::UnixMicros => 1_000_000,
            Self::UnixNanos => 1_000_000_000,
            Self::Ymd | Self::Dmy | Self::Mdy => return None,
        };
        let seconds = value.div_euclid(per_second);
        // From 1980: what is smaller is more likely another unit, or no time at all.
        (315_532_800..4_133_980_800).contains(&seconds).then_some(Moment::Instant(seconds))
    }

    /// Reads a number with a fraction.
    pub(crate) fn of_float(self, value: f64) -> Option<Moment> {
        if !value.is_finite() {
            return None;
        }
        if self != Self::Excel {
            return self.of_integer(value.floor() as i64);
        }
        // 1954 to 2119: most other columns of numbers lie outside.
        if !(20_000.0..80_000.0).contains(&value) {
            return None;
        }
        let days = value as i64 - EXCEL_EPOCH;
        let seconds = (value.fract() * DAY as f64).round() as i64;
        Some(if seconds == 0 { Moment::Day(days as i32) } else { Moment::Naive(days * DAY + seconds) })
    }

    /// How the format looks in this value, for people: "dd.mm.yyyy hh:mm".
    pub(crate) fn look(self, example: &str) -> String {
        let numbers = match self {
            Self::UnixSeconds => return "Unix seconds".to_owned(),
            Self::UnixMillis => return "Unix milliseconds".to_owned(),
            Self::UnixMicros => return "Unix microseconds".to_owned(),
            Self::UnixNanos => return "Unix nanoseconds".to_owned(),
            Self::Excel => return "Excel day number".to_owned(),
            Self::Compact => return "yyyymmdd".to_owned(),
            Self::Ymd => ["yyyy", "mm", "dd"],
            Self::Dmy => ["dd", "mm", "yyyy"],
            Self::Mdy => ["mm", "dd", "yyyy"],
        };
        let between = example.trim().chars().find(|c| matches!(c, '.' | '/' | '-' | ' ')).unwrap_or('-');
        let date = numbers.join(&between.to_string());
        if example.contains(':') { format!("{date} hh:mm") } else { date }
    }
}

/// The local day of moments in one zone, with the offsets it has met.
#[derive(Debug, Clone)]
pub(crate) struct LocalDays {
    zone: Option<Tz>,
    /// Times of day without a zone are all midnight: the column holds days.
    midnights_are_days: bool,
    /// By day of UTC since 1970: the offset in seconds where it is the same all day, or one of the two below.
    offsets: Vec<i32>,
}

/// Not looked up yet.
const UNKNOWN: i32 = i32::MAX;
/// The zone changes on this day.
const CHANGES: i32 = i32::MIN;
/// Days from 1970 to 2100.
const OFFSETS: usize = 47_847;

impl LocalDays {
    pub(crate) fn new(zone: Tz, midnights_are_days: bool) -> Self {
        let zone = (zone != Tz::UTC).then_some(zone);
        let offsets = if zone.is_some() { vec![UNKNOWN; OFFSETS] } else { Vec::new() };
        Self { zone, midnights_are_days, offsets }
    }

    /// Whether days are simply those of UTC.
    pub(crate) fn is_utc(&self) -> bool {
        self.zone.is_none()
    }

    #[inline]
    pub(crate) fn day(&mut self, moment: Moment) -> i32 {
        match moment {
            Moment::Day(day) => day,
            Moment::Naive(seconds) if self.midnights_are_days => seconds.div_euclid(DAY) as i32,
            Moment::Naive(seconds) | Moment::Instant(seconds) => self.of_utc(seconds),
        }
    }

    /// The moment in seconds of Unix time: one whose local day is that of [`Self::day`]. A day is where it begins.
    pub(crate) fn instant(&self, moment: Moment) -> i64 {
        let day = match moment {
            Moment::Day(day) => i64::from(day),
            Moment::Naive(seconds) if self.midnights_are_days => seconds.div_euclid(DAY),
            Moment::Naive(seconds) | Moment::Instant(seconds) => return seconds,
        };
        let Some(zone) = self.zone else { return day * DAY };
        let midnight = DateTime::from_timestamp(day * DAY, 0).unwrap_or_default().naive_utc();
        // Where clocks go forward at midnight, the day begins an hour later.
        let begins = [midnight, midnight + chrono::TimeDelta::hours(1)];
        let begin = begins.iter().find_map(|time| zone.from_local_datetime(time).earliest());
        begin.map_or(day * DAY, |begin| begin.timestamp())
    }

    pub(crate) fn of_utc(&mut self, seconds: i64) -> i32 {
        let local = seconds + self.offset(seconds);
        local.div_euclid(DAY) as i32
    }

    fn offset(&mut self, seconds: i64) -> i64 {
        let Some(zone) = self.zone else { return 0 };
        let day = seconds.div_euclid(DAY);
        let Some(known) = usize::try_from(day).ok().and_then(|day| self.offsets.get_mut(day)) else {
            return i64::from(offset_at(zone, seconds));
        };
        if *known == UNKNOWN {
            let (start, end) = (offset_at(zone, day * DAY), offset_at(zone, (day + 1) * DAY));
            *known = if start == end { start } else { CHANGES };
        }
        i64::from(if *known == CHANGES { offset_at(zone, seconds) } else { *known })
    }
}

fn offset_at(zone: Tz, seconds: i64) -> i32 {
    let utc = DateTime::from_timestamp(seconds, 0).unwrap_or_default().naive_utc();
    zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()
}

/// Day number since 1970-01-01, after Hinnant's "chrono-compatible low-level date algorithms" (2013): years begin in
/// March, so that the leap day is the last.
fn date(year: i64, month: i64, day: i64) -> Option<i32> {
    const LENGTHS: [i64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1900..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 || day > LENGTHS[month as usize - 1] {
        return None;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if month == 2 && day == 29 && !leap {
        return None;
    }
    let march_year = if month <= 2 { year - 1 } else { year };
    let era = march_year / 400;
    let year_of_era = march_year % 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some((era * 146_097 + day_of_era - 719_468) as i32)
}

/// Takes digits off the front, `most` at most.
fn digits(text: &mut &[u8], most: usize) -> Option<(i64, usize)> {
    let mut value = 0;
    let mut count = 0;
    while count < most && count < text.len() && text[count].is_ascii_digit() {
        value = value * 10 + i64::from(text[count] - b'0');
        count += 1;
    }
    *text = &text[count..];
    (count > 0).then_some((value, count))
}

fn take(text: &mut &[u8], wanted: u8) -> bool {
    let found = text.first() == Some(&wanted);
    if found {
        *text = &text[1..];
    }
    found
}

fn skip_spaces(text: &mut &[u8]) {
    *text = text.trim_ascii_start();
}

fn ymd(mut text: &[u8]) -> Option<Moment> {
    let (year, length) = digits(&mut text, 4)?;
    let between = *text.first()?;
    if length != 4 || !matches!(between, b'-' | b'/' | b'.') {
        return None;
    }
    text = &text[1..];
    let (month, _) = digits(&mut text, 2)?;
    if !take(&mut text, between) {
        return None;
    }
    let (day, _) = digits(&mut text, 2)?;
    with_clock(date(year, month, day)?, text)
}

fn day_or_month_first(mut text: &[u8], day_first: bool) -> Option<Moment> {
    let (first, first_named) = part(&mut text)?;
    let between = separator(&mut text)?;
    let (second, second_named) = part(&mut text)?;
    if separator(&mut text)? != between && !(first_named || second_named) {
        return None;
    }
    let (mut year, length) = digits(&mut text, 4)?;
    match length {
        4 => {}
        2 => year += if year < 69 { 2000 } else { 1900 }, // the POSIX convention
        _ => return None,
    }
    // A month in letters has its place; two of them, or one in the other's, is no date of this format.
    if if day_first { first_named } else { second_named } {
        return None;
    }
    let (day, month) = if day_first { (first, second) } else { (second, first) };
    with_clock(date(year, month, day)?, text)
}

/// A number of one or two digits, or the English name of a month.
fn part(text: &mut &[u8]) -> Option<(i64, bool)> {
    if let Some((value, _)) = digits(text, 2) {
        return Some((value, false));
    }
    const MONTHS: [&[u8]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let length = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let start = text.get(..3)?;
    let month = MONTHS.iter().position(|month| start.eq_ignore_ascii_case(month))?;
    *text = &text[length.max(3)..];
    Some((month as i64 + 1, true))
}

fn separator(text: &mut &[u8]) -> Option<u8> {
    take(text, b',');
    let between = *text.first()?;
    if !matches!(between, b'.' | b'/' | b'-' | b' ') {
        return None;
    }
    *text = &text[1..];
    skip_spaces(text);
    Some(between)
}

fn compact(text: &[u8]) -> Option<Moment> {
    let mut rest = text;
    let (value, length) = digits(&mut rest, 8)?;
    if length != 8 {
        return None;
    }
    let day = date(value / 10_000, value / 100 % 100, value % 100)?;
    // A whole number that went through floating point.
    if rest.is_empty() || rest == b".0" {
        return Some(Moment::Day(day));
    }
    take(&mut rest, b'T');
    skip_spaces(&mut rest);
    let (clock, length) = digits(&mut rest, 6)?;
    let clock = match length {
        6 => clock,
        4 => clock * 100,
        _ => return None,
    };
    let (hour, minute, second) = (clock / 10_000, clock / 100 % 100, clock % 100);
    with_offset(i64::from(day) * DAY + seconds_of_day(hour, minute, second)?, rest)
}

fn seconds_of_day(hour: i64, minute: i64, second: i64) -> Option<i64> {
    // 60 is a leap second, which Unix time does not count.
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second.min(59))
}

/// The rest of a value after its date: nothing, or a time of day.
fn with_clock(day: i32, mut text: &[u8]) -> Option<Moment> {
    if text.is_empty() {
        return Some(Moment::Day(day));
    }
    take(&mut text, b',');
    if !(take(&mut text, b'T') || take(&mut text, b't') || take(&mut text, b' ')) {
        return None;
    }
    skip_spaces(&mut text);
    let (mut hour, _) = digits(&mut text, 2)?;
    if !take(&mut text, b':') {
        return None;
    }
    let (minute, _) = digits(&mut text, 2)?;
    let mut second = 0;
    if take(&mut text, b':') {
        second = digits(&mut text, 2)?.0;
        if take(&mut text, b'.') || take(&mut text, b',') {
            digits(&mut text, 12)?;
        }
    }
    skip_spaces(&mut text);
    if let Some([half, m]) = text.get(..2).map(|two| [two[0].to_ascii_lowercase(), two[1].to_ascii_lowercase()])
        && matches!(half, b'a' | b'p')
        && m == b'm'
    {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if half == b'p' { 12 } else { 0 };
        text = &text[2..];
    }
    with_offset(i64::from(day) * DAY + seconds_of_day(hour, minute, second)?, text)
}

/// The rest of a value after its time of day: nothing, `Z`, `UTC`, or an offset such as +02:00.
fn with_offset(seconds: i64, mut text: &[u8]) -> Option<Moment> {
    skip_spaces(&mut text);
    if text.is_empty() {
        return Some(Moment::Naive(seconds));
    }
    if text.eq_ignore_ascii_case(b"z") || text.eq_ignore_ascii_case(b"utc") {
        return Some(Moment::Instant(seconds));
    }
    let sign = match text[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    text = &text[1..];
    let (hours, _) = digits(&mut text, 2)?;
    take(&mut text, b':');
    let minutes = if text.is_empty() { 0 } else { digits(&mut text, 2)?.0 };
    (text.is_empty() && hours <= 18 && minutes < 60)
        .then_some(Moment::Instant(seconds - sign * (hours * 3600 + minutes * 60)))
}

/// The day number as an ISO date.
pub(crate) fn iso_day(day: i32) -> String {
    match chrono::NaiveDate::from_epoch_days(day) {
        Some(date) => date.to_string(),
        None => day.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn day(year: i32, month: u32, day: u32) -> i32 {
        NaiveDate::from_ymd_opt(year, month, day).unwrap().to_epoch_days()
    }

    #[test]
    fn each_format_reads_its_values_and_no_other() {
        use TimeFormat::*;
        let at = |y, m, d, seconds: i64| Some(Moment::Naive(i64::from(day(y, m, d)) * DAY + seconds));
        let utc = |y, m, d, seconds: i64| Some(Moment::Instant(i64::from(day(y, m, d)) * DAY + seconds));
        let on = |y, m, d| Some(Moment::Day(day(y, m, d)));
        for (format, text, expected) in [
            (Ymd, "2024-02-29", on(2024, 2, 29)),
            (Ymd, "2023-02-29", None),
            (Ymd, "2024/1/5", on(2024, 1, 5)),
            (Ymd, "2010-12-01 08:26:00", at(2010, 12, 1, 30_360)),
            (Ymd, "2010-12-01T08:26:00.123456Z", utc(2010, 12, 1, 30_360)),
            (Ymd, "2010-12-01T00:30:00+02:00", utc(2010, 11, 30, 81_000)),
            (Ymd, "2010-12-01 08:26 UTC", utc(2010, 12, 1, 30_360)),
            (Ymd, "01.02.2024", None),
            (Ymd, "1402-05-12", None),
            (Dmy, "31.01.2024", on(2024, 1, 31)),
            (Dmy, "1/2/24 7:05", at(2024, 2, 1, 25_500)),
            (Dmy, "31-Jan-2024", on(2024, 1, 31)),
            (Dmy, "Jan 31, 2024", None),
            (Dmy, "01/31/2024", None),
            (Dmy, "01.02/2024", None),
            (Mdy, "01/31/2024", on(2024, 1, 31)),
            (Mdy, "1/31/2024 3:04 PM", at(2024, 1, 31, 15 * 3600 + 240)),
            (Mdy, "1/31/2024 12:04 AM", at(2024, 1, 31, 240)),
            (Mdy, "Jan 31, 2024", on(2024, 1, 31)),
            (Compact, "19970101", on(1997, 1, 1)),
            (Compact, "19970101153000", at(1997, 1, 1, 55_800)),
            (Compact, "19971301", None),
            (UnixSeconds, "874724710", utc(1997, 9, 20, 11_110)),
            (UnixMillis, "874724710123", utc(1997, 9, 20, 11_110)),
            (UnixMicros, "874724710123456", utc(1997, 9, 20, 11_110)),
            (UnixSeconds, "874724710123", None),
            (Excel, "40544", on(2011, 1, 1)),
            (Excel, "40544.5", at(2011, 1, 1, 43_200)),
            (Dmy, "۳۱/۰۱/۲۰۲۴", on(2024, 1, 31)),
        ] {
            assert_eq!(format.parse(text), expected, "{text} as {format}");
        }
    }

    #[test]
    fn local_days_follow_the_zone_but_dates_do_not() {
        let mut days = LocalDays::new(Tz::America__New_York, false);
        let midnight = i64::from(day(2024, 7, 1)) * DAY;
        assert_eq!(days.day(Moment::Day(day(2024, 7, 1))), day(2024, 7, 1));
        assert_eq!(days.day(Moment::Instant(midnight + 4 * 3600)), day(2024, 7, 1), "summer time is UTC-4");
        assert_eq!(days.day(Moment::Naive(midnight + 4 * 3600 - 1)), day(2024, 6, 30));
        let winter = i64::from(day(2024, 1, 1)) * DAY;
        assert_eq!(days.day(Moment::Instant(winter + 5 * 3600 - 1)), day(2023, 12, 31), "winter time is UTC-5");
        let mut days = LocalDays::new(Tz::America__New_York, true);
        assert_eq!(days.day(Moment::Naive(midnight)), day(2024, 7, 1), "a column of midnights holds days");
    }

    #[test]
    fn the_moment_of_a_value_lies_on_its_day() {
        for zone in [Tz::UTC, Tz::Europe__Warsaw, Tz::America__Sao_Paulo, Tz::Pacific__Auckland, Tz::Asia__Tehran] {
            for midnights in [false, true] {
                let mut days = LocalDays::new(zone, midnights);
                for number in day(2015, 1, 1)..day(2019, 1, 1) {
                    let seconds = i64::from(number) * DAY;
                    for moment in [Moment::Day(number), Moment::Naive(seconds), Moment::Instant(seconds + 80_000)] {
                        let instant = days.instant(moment);
                        assert_eq!(days.of_utc(instant), days.day(moment), "{zone} {moment:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn day_numbers_agree_with_chrono_over_two_centuries() {
        let mut expected = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap();
        while let Some(next) = expected.succ_opt().filter(|day| day.to_string().as_str() < "2101-01-01") {
            assert_eq!(TimeFormat::Ymd.parse(&next.to_string()), Some(Moment::Day(next.to_epoch_days())));
            expected = next;
        }
    }
}
