//! Numbers, shares, amounts and dates as each language writes them, by ICU4X and its CLDR data.
//!
//! Choices: English dates are in the day-month order ("9 Dec 2011"), which nobody misreads; Persian uses its own
//! digits and the Persian calendar, but the months of a series stay Gregorian under their Persian names, because that
//! is what was counted.

use super::{Calendar, Digits, Words};
use crate::Language;
use chrono::{NaiveTime, Timelike};
use icu_calendar::{Date, Iso};
use icu_datetime::input::Time;
use icu_datetime::{DateTimeFormatter, NoCalendarFormatter, fieldsets};
use icu_decimal::input::{Decimal, FloatPrecision, SignDisplay};
use icu_decimal::{CompactDecimalFormatter, DecimalFormatter};
use icu_experimental::dimension::currency::CurrencyType;
use icu_experimental::dimension::currency::formatter::CurrencyFormatter;
use icu_experimental::dimension::percent::formatter::PercentFormatter;
use icu_locale_core::{Locale, locale};
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

/// Shown where there is no figure.
const NOTHING: &str = "–";

impl Words {
    /// A number with exactly so many decimals; a dash for what is not a number.
    pub fn number(self, value: f64, decimals: u8) -> String {
        if self.is_plain {
            return plain(value, decimals);
        }
        match decimal(value, decimals) {
            Some(value) => with_formats(self, |f| f.decimal.format(&value).to_string()),
            None => NOTHING.to_owned(),
        }
    }

    /// A large number in short: 1.2M, 1,2 mln, 1,2 млн, ۱٫۲ میلیون.
    pub fn compact(self, value: f64) -> String {
        if self.is_plain {
            return plain(value, 2);
        }
        match short(value) {
            Some(value) => with_formats(self, |f| f.compact.format(&value).to_string()),
            None => NOTHING.to_owned(),
        }
    }

    /// A fraction of 1 as percent.
    pub fn percent(self, share: f64, decimals: u8) -> String {
        if self.is_plain {
            return plain(share, decimals + 2);
        }
        match decimal(share * 100.0, decimals) {
            Some(value) => {
                let text = with_formats(self, |f| f.percent.format(&value).to_string());
                // ICU4X 2.4 writes a Latin sign after Persian digits; CLDR has its own.
                let persian = self.language == Language::Fa && self.digits == Digits::Usual;
                if persian { text.replace('%', "٪") } else { text }
            }
            None => NOTHING.to_owned(),
        }
    }

    /// An amount in full, in the smallest unit of its ISO 4217 currency; two decimals where that is not known.
    pub fn money(self, amount: f64, currency: Option<&str>) -> String {
        let decimals = with_affixes(self, currency, |affixes| affixes.decimals);
        self.money_with(amount, currency, decimals)
    }

    /// An amount rounded to whole units of its currency.
    pub fn money_whole(self, amount: f64, currency: Option<&str>) -> String {
        self.money_with(amount, currency, 0)
    }

    fn money_with(self, amount: f64, currency: Option<&str>, decimals: u8) -> String {
        // The sign stands where the currency's pattern puts it; what rounds to nothing has none.
        let negative = amount < 0.0 && decimal(amount, decimals).is_some_and(|d| !d.absolute.is_zero());
        self.in_currency(amount, negative, currency, |words| words.number(amount.abs(), decimals))
    }

    /// A large amount in short: £1.2M.
    pub fn money_compact(self, amount: f64, currency: Option<&str>) -> String {
        self.in_currency(amount, amount < 0.0, currency, |words| words.compact(amount.abs()))
    }

    fn in_currency(
        self,
        amount: f64,
        negative: bool,
        currency: Option<&str>,
        number: impl FnOnce(Self) -> String,
    ) -> String {
        let number = number(self);
        if !amount.is_finite() {
            return number;
        }
        if self.is_plain {
            return if negative { format!("-{number}") } else { number };
        }
        with_affixes(self, currency, |affixes| {
            let (before, after) = if negative { &affixes.negative } else { &affixes.positive };
            format!("{before}{number}{after}")
        })
    }

    /// An ISO 8601 day, as in a table: 9 Dec 2011. What is not one is shown as it stands.
    pub fn date(self, day: &str) -> String {
        self.dated(day, |formats, date| formats.medium.format(date).to_string())
    }

    /// An ISO 8601 day, as in a sentence: 9 December 2011.
    pub fn date_long(self, day: &str) -> String {
        self.dated(day, |formats, date| formats.long.format(date).to_string())
    }

    /// A Gregorian month "2011-04": April 2011.
    pub fn month(self, month: &str) -> String {
        if self.is_plain {
            return month.to_owned();
        }
        self.dated(&format!("{month}-01"), |formats, date| formats.month.format(date).to_string())
    }

    /// A Gregorian month "2011-04" where there is little room: Apr 2011.
    pub fn month_short(self, month: &str) -> String {
        if self.is_plain {
            return month.to_owned();
        }
        self.dated(&format!("{month}-01"), |formats, date| formats.month_short.format(date).to_string())
    }

    /// A time of day to the minute, counted from 0 to 24 hours: 15:04.
    pub fn clock(self, time: NaiveTime) -> String {
        let (hour, minute) = (time.hour() as u8, time.minute() as u8);
        match Time::try_new(hour, minute, 0, 0) {
            Ok(_) if self.is_plain => format!("{hour:02}:{minute:02}"),
            Ok(time) => with_formats(self, |formats| formats.clock.format(&time).to_string()),
            Err(_) => NOTHING.to_owned(),
        }
    }

    fn dated(self, day: &str, format: impl FnOnce(&Formats, &Date<Iso>) -> String) -> String {
        match day_of(day) {
            Some(date) if !self.is_plain => with_formats(self, |formats| format(formats, &date)),
            _ => day.to_owned(),
        }
    }
}

/// A number as programs read it; nothing for what is none.
fn plain(value: f64, decimals: u8) -> String {
    decimal(value, decimals).map_or_else(String::new, |value| value.to_string())
}

fn day_of(day: &str) -> Option<Date<Iso>> {
    let mut parts = day.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    Date::try_new_iso(year, month, day).ok()
}

/// The value rounded half to even at so many decimals; no sign is left on a zero.
fn decimal(value: f64, decimals: u8) -> Option<Decimal> {
    let mut decimal = Decimal::try_from_f64(value, FloatPrecision::RoundTrip).ok()?;
    let position = -i16::from(decimals);
    decimal.round(position);
    decimal.absolute.trim_end();
    decimal.absolute.pad_end(position);
    decimal.apply_sign_display(SignDisplay::Negative);
    Some(decimal)
}

/// The value with two leading digits below a hundred and none behind the point above; ICU shortens larger ones.
fn short(value: f64) -> Option<Decimal> {
    let decimals = if value.abs() < 10.0 { 1 } else { 0 };
    let mut decimal = decimal(value, decimals)?;
    decimal.absolute.trim_end();
    Some(decimal)
}

/// A locale with the digits 0 to 9.
fn latin(locale: &str) -> Locale {
    let locale = if locale.contains("-u-") { format!("{locale}-nu-latn") } else { format!("{locale}-u-nu-latn") };
    locale.parse().expect("our locales are locales")
}

struct Formats {
    decimal: DecimalFormatter,
    compact: CompactDecimalFormatter,
    percent: PercentFormatter<DecimalFormatter>,
    medium: DateTimeFormatter<fieldsets::YMD>,
    long: DateTimeFormatter<fieldsets::YMD>,
    month: DateTimeFormatter<fieldsets::YM>,
    month_short: DateTimeFormatter<fieldsets::YM>,
    clock: NoCalendarFormatter<fieldsets::T>,
    affixes: RefCell<HashMap<Option<String>, Affixes>>,
    locale: Locale,
}

/// What stands around the number of an amount: (before, after).
struct Affixes {
    positive: (String, String),
    negative: (String, String),
    decimals: u8,
}

thread_local! {
    // ICU4X formatters are not `Send`; making one costs microseconds, so each thread has its own.
    static FORMATS: [OnceCell<Formats>; 16] = const { [const { OnceCell::new() }; 16] };
}

fn with_formats<T>(words: Words, use_them: impl FnOnce(&Formats) -> T) -> T {
    let place = words.language as usize * 4 + words.calendar as usize * 2 + words.digits as usize;
    FORMATS.with(|all| use_them(all[place].get_or_init(|| Formats::new(words))))
}

fn with_affixes<T>(words: Words, currency: Option<&str>, use_them: impl FnOnce(&Affixes) -> T) -> T {
    with_formats(words, |formats| {
        let mut known = formats.affixes.borrow_mut();
        let affixes = known.entry(currency.map(str::to_owned)).or_insert_with(|| formats.affixes_of(currency));
        use_them(affixes)
    })
}

impl Formats {
    fn new(words: Words) -> Self {
        const BAKED: &str = "the data of our four languages are compiled in";
        let (numbers, days, months) = match words.language {
            Language::En => (locale!("en"), locale!("en-GB"), locale!("en-GB")),
            Language::Pl => (locale!("pl"), locale!("pl"), locale!("pl")),
            Language::Ru => (locale!("ru"), locale!("ru"), locale!("ru")),
            Language::Fa => match (words.calendar, words.digits) {
                (Calendar::Usual, Digits::Usual) => {
                    (locale!("fa"), locale!("fa-IR-u-ca-persian"), locale!("fa-IR-u-ca-gregory"))
                }
                (Calendar::Gregorian, Digits::Usual) => {
                    (locale!("fa"), locale!("fa-IR-u-ca-gregory"), locale!("fa-IR-u-ca-gregory"))
                }
                (Calendar::Usual, Digits::Latin) => {
                    (latin("fa"), latin("fa-IR-u-ca-persian"), latin("fa-IR-u-ca-gregory"))
                }
                (Calendar::Gregorian, Digits::Latin) => {
                    (latin("fa"), latin("fa-IR-u-ca-gregory"), latin("fa-IR-u-ca-gregory"))
                }
            },
        };
        Self {
            decimal: DecimalFormatter::try_new((&numbers).into(), Default::default()).expect(BAKED),
            compact: CompactDecimalFormatter::try_new_short((&numbers).into(), Default::default()).expect(BAKED),
            percent: PercentFormatter::try_new((&numbers).into(), Default::default()).expect(BAKED),
            medium: DateTimeFormatter::try_new((&days).into(), fieldsets::YMD::medium()).expect(BAKED),
            long: DateTimeFormatter::try_new((&days).into(), fieldsets::YMD::long()).expect(BAKED),
            month: DateTimeFormatter::try_new((&months).into(), fieldsets::YM::long()).expect(BAKED),
            month_short: DateTimeFormatter::try_new((&months).into(), fieldsets::YM::medium()).expect(BAKED),
            clock: NoCalendarFormatter::try_new((&days).into(), fieldsets::T::hm()).expect(BAKED),
            affixes: RefCell::default(),
            locale: numbers,
        }
    }

    /// ICU4X writes an amount with all the decimals of its currency and no other, so the pattern is read off what it
    /// writes for one unit, and put around numbers of our own rounding.
    fn affixes_of(&self, currency: Option<&str>) -> Affixes {
        let formatter = currency
            .and_then(|code| CurrencyType::try_from_str(&code.to_lowercase()).ok())
            .and_then(|code| CurrencyFormatter::try_new_symbol((&self.locale).into(), code, Default::default()).ok());
        let Some(formatter) = formatter else {
            let minus = |number: String| number.replace(char::is_numeric, "");
            let before = minus(self.decimal.format(&Decimal::from(-1)).to_string());
            return Affixes { positive: Default::default(), negative: (before, String::new()), decimals: 2 };
        };
        let one = formatter.format_fixed_decimal(&Decimal::from(1)).to_string();
        let minus_one = formatter.format_fixed_decimal(&Decimal::from(-1)).to_string();
        let decimals = one.chars().filter(|c| c.is_numeric()).count() as u8 - 1;
        Affixes { positive: around_number(&one), negative: around_number(&minus_one), decimals }
    }
}

fn around_number(text: &str) -> (String, String) {
    let start = text.find(char::is_numeric).unwrap_or(text.len());
    let end = text.char_indices().filter(|(_, c)| c.is_numeric()).map(|(i, c)| i + c.len_utf8()).next_back();
    let (before, after) = (&text[..start], &text[end.unwrap_or(text.len())..]);
    // CLDR puts every currency before a Persian number, which suits "£" but not a Persian word: people write
    // "۱۲۰۰ ریال".
    let word = before.trim_matches(|c: char| !c.is_alphabetic());
    if word.chars().any(|c| ('\u{600}'..='\u{6ff}').contains(&c)) {
        let sign = before.replace(word, "").trim_end_matches(['\u{a0}', '\u{200e}']).to_owned();
        return (sign, format!("\u{a0}{word}"));
    }
    (before.to_owned(), after.to_owned())
}
