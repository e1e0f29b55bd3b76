//! Which column is what, and how its values are written, by looking at whole columns; where two readings fit, it says
//! so instead of guessing.

use super::numbers::{self, DecimalMark, Readings};
use super::options::{Options, Role};
use super::times::{Moment, TimeFormat, iso_day};
use super::{IngestError, names};
use std::collections::HashSet;
use std::ops::ControlFlow;

/// What a file says of a column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Native {
    /// Text, to be understood.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// Days or moments.
    Time,
    /// Lists, truth values and other things of no use here.
    Other,
}

/// Some rows of one file, by column.
#[derive(Debug)]
pub(super) struct Sample {
    /// The file's name.
    pub(super) file: String,
    /// Whether the file names its columns.
    pub(super) named: bool,
    /// Whether a row may leave out a column.
    pub(super) leaves_out: bool,
    pub(super) names: Vec<String>,
    pub(super) natives: Vec<Native>,
    /// Values as text, one vector a column; missing ones are empty.
    pub(super) values: Vec<Vec<String>>,
}

/// How a column was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FoundBy {
    /// By its name.
    Name,
    /// By its values.
    Content,
    /// Named by the user.
    Flag,
    /// Nothing else was left that could be it.
    Only,
}

impl FoundBy {
    /// Stable name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Content => "content",
            Self::Flag => "flag",
            Self::Only => "only",
        }
    }
}

/// What was decided.
#[derive(Debug)]
pub(super) struct Decision {
    /// By role: the column's name and how it was found.
    pub(super) columns: Vec<(Role, String, FoundBy)>,
    /// `None` where the file's own type says it.
    pub(super) time: Option<TimeFormat>,
    /// How the times look, for people.
    pub(super) time_look: Option<String>,
    /// All times without a zone are midnights.
    pub(super) midnights: bool,
    pub(super) mark: DecimalMark,
    /// Whether any number was text with a mark in it.
    pub(super) mark_seen: bool,
}

/// A column over all files.
pub(super) struct Column<'a> {
    pub(super) name: &'a str,
    pub(super) native: Native,
    /// Not the missing ones.
    pub(super) values: Vec<&'a str>,
    pub(super) is_time: bool,
    pub(super) is_number: bool,
    pub(super) has_fractions: bool,
    pub(super) distinct: usize,
}

/// Reads the rest of a column, beyond the samples, until told to stop.
pub(super) type Rest<'a> = dyn Fn(&str, &mut dyn FnMut(&str) -> ControlFlow<()>) -> Result<(), IngestError> + 'a;

/// Decides on columns and formats.
pub(super) fn decide(samples: &[Sample], options: &Options, rest: &Rest<'_>) -> Result<Decision, IngestError> {
    let columns = columns(samples);
    if columns.iter().all(|column| column.values.is_empty()) {
        return Err(IngestError::NoRows { paths: samples.iter().map(|sample| sample.file.clone()).collect() });
    }
    let mut search = Search { columns: &columns, named: samples[0].named, chosen: [None; Role::ALL.len()] };
    search.by_flags(options, &samples[0].file)?;
    search.by_names(options)?;
    search.settle_amount()?;
    search.by_content()?;
    let time_column = search.column(Role::Time).expect("the search ends with a time or an error");
    let (time, midnights) = decide_time(time_column, options.date_format, rest)?;
    let time_look = time.map(|format| format.look(example(time_column, |text| format.parse(text).is_some())));
    let numbers = Role::ALL.into_iter().filter(|role| role.is_number()).filter_map(|role| search.column(role));
    let (mark, mark_seen) = decide_mark(numbers, options.decimal, rest)?;
    let columns = Role::ALL
        .into_iter()
        .filter_map(|role| search.chosen[role as usize].map(|(at, by)| (role, columns[at].name.to_owned(), by)))
        .collect();
    Ok(Decision { columns, time, time_look, midnights, mark, mark_seen })
}

pub(super) fn columns(samples: &[Sample]) -> Vec<Column<'_>> {
    let first = &samples[0];
    first
        .names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let mut values = Vec::new();
            for sample in samples {
                if let Some(at) = sample.names.iter().position(|other| other == name) {
                    values
                        .extend(sample.values[at].iter().map(|value| value.trim()).filter(|v| !numbers::is_missing(v)));
                }
            }
            Column::new(name, first.natives[at], values)
        })
        .collect()
}

/// Share of the values that must fit, in percent: real files hold some rubbish.
const FIT: usize = 95;

pub(super) fn nearly_all(values: &[&str], fits: impl Fn(&str) -> bool) -> bool {
    let allowed = values.len() * (100 - FIT) / 100;
    let mut misfits = 0;
    !values.is_empty()
        && values.iter().all(|value| {
            misfits += usize::from(!fits(value));
            misfits <= allowed
        })
}

impl<'a> Column<'a> {
    pub(super) fn new(name: &'a str, native: Native, values: Vec<&'a str>) -> Self {
        let is_time = match native {
            Native::Time => true,
            Native::Other => false,
            _ => {
                TimeFormat::ALL.iter().any(|format| nearly_all(&values, |text| format.parse(text).is_some()))
                    || nearly_all(&values, is_day_or_month_first)
            }
        };
        let is_number = match native {
            Native::Integer | Native::Number => true,
            Native::Text => nearly_all(&values, |text| !matches!(numbers::readings(text), Readings::Neither)),
            Native::Time | Native::Other => false,
        };
        let fraction = |text: &&str| match numbers::readings(text) {
            Readings::Point(number) | Readings::Comma(number) => !number.is_whole() || text.contains(['.', ',']),
            Readings::Both(..) => true,
            Readings::Same(number) => !number.is_whole(),
            Readings::Neither => false,
        };
        let has_fractions = is_number && native != Native::Integer && values.iter().any(fraction);
        let distinct = values.iter().collect::<HashSet<_>>().len();
        Self { name, native, values, is_time, is_number, has_fractions, distinct }
    }

    fn suits(&self, role: Role) -> bool {
        match role {
            Role::Time => self.is_time,
            Role::Currency => !self.is_number && !self.is_time && !self.values.is_empty(),
            _ if role.is_number() => self.is_number,
            Role::Customer => self.native != Native::Other && !self.values.is_empty(),
            _ => self.native != Native::Other,
        }
    }

    /// A time that is written as one, which a number may only happen to look like.
    pub(super) fn time_class(&self) -> Option<u8> {
        let fits = |format: &TimeFormat| nearly_all(&self.values, |text| format.parse(text).is_some());
        if self.native == Native::Time || (self.is_time && !self.is_number) {
            return Some(0);
        }
        if fits(&TimeFormat::Compact) {
            return Some(1);
        }
        let unix = [TimeFormat::UnixSeconds, TimeFormat::UnixMillis, TimeFormat::UnixMicros, TimeFormat::UnixNanos];
        unix.iter().any(fits).then_some(2)
    }

    /// Whether the values could be names of customers: neither times nor fractions nor always the same.
    fn is_id_like(&self) -> bool {
        let filled = self.values.len();
        !self.has_fractions
            && matches!(self.native, Native::Text | Native::Integer)
            && self.time_class().is_none_or(|class| class == 2)
            && self.distinct > 1
            && (self.distinct * 20 > filled || self.distinct > 100)
    }
}

struct Search<'a> {
    columns: &'a [Column<'a>],
    named: bool,
    chosen: [Option<(usize, FoundBy)>; Role::ALL.len()],
}

impl<'a> Search<'a> {
    fn column(&self, role: Role) -> Option<&'a Column<'a>> {
        self.chosen[role as usize].map(|(at, _)| &self.columns[at])
    }

    fn has(&self, role: Role) -> bool {
        self.chosen[role as usize].is_some()
    }

    fn by_flag(&self, role: Role) -> bool {
        matches!(self.chosen[role as usize], Some((_, FoundBy::Flag)))
    }

    fn is_taken(&self, column: usize) -> bool {
        self.chosen.iter().flatten().any(|(taken, _)| *taken == column)
    }

    fn all_names(&self) -> Vec<String> {
        self.names(&(0..self.columns.len()).collect::<Vec<_>>())
    }

    fn names(&self, columns: &[usize]) -> Vec<String> {
        columns.iter().map(|at| self.columns[*at].name.to_owned()).collect()
    }

    /// Free columns, left to right, that a test lets through.
    fn free(&self, test: impl Fn(&Column<'_>) -> bool) -> Vec<usize> {
        (0..self.columns.len()).filter(|at| !self.is_taken(*at) && test(&self.columns[*at])).collect()
    }

    fn by_flags(&mut self, options: &Options, file: &str) -> Result<(), IngestError> {
        for role in Role::ALL {
            let Some(wanted) = options.columns.get(role) else { continue };
            let at = asked_for(self.columns, self.named, wanted).ok_or_else(|| IngestError::ColumnNotFound {
                role,
                wanted: wanted.to_owned(),
                path: file.to_owned(),
                columns: self.all_names(),
            })?;
            if role.is_number() && !self.columns[at].values.iter().any(|text| is_number(text)) {
                return Err(self.not_numeric(role, at));
            }
            self.chosen[role as usize] = Some((at, FoundBy::Flag));
        }
        Ok(())
    }

    fn not_numeric(&self, role: Role, at: usize) -> IngestError {
        let column = &self.columns[at];
        let example = example(column, |text| !is_number(text)).to_owned();
        IngestError::NotNumeric { column: column.name.to_owned(), role, example }
    }

    fn by_names(&mut self, options: &Options) -> Result<(), IngestError> {
        use Role::{Amount, Category, Channel, Cost, Currency, Customer, Order, Product, Quantity, Time, UnitPrice};
        // Two flags make an amount, so none is looked for.
        let product = self.by_flag(Quantity) && self.by_flag(UnitPrice) && options.columns.amount.is_none();
        for role in [Customer, Time, Amount, Quantity, UnitPrice, Cost, Currency, Order, Product, Category, Channel] {
            if self.has(role) || (role == Amount && product) {
                continue;
            }
            let fits = |column: &Column<'_>| self.tier(column, role).is_some();
            let candidates = self.free(fits);
            let best = candidates.iter().filter_map(|at| self.tier(&self.columns[*at], role)).min();
            let equal: Vec<usize> =
                candidates.into_iter().filter(|at| self.tier(&self.columns[*at], role) == best).collect();
            let needed = match role {
                Customer | Time | Amount => true,
                Quantity | UnitPrice => !self.has(Amount),
                _ => false,
            };
            if needed && equal.len() > 1 {
                return Err(IngestError::AmbiguousColumn { role, columns: self.names(&equal) });
            }
            if let Some(first) = equal.first() {
                self.chosen[role as usize] = Some((*first, FoundBy::Name));
            }
        }
        Ok(())
    }

    fn tier(&self, column: &Column<'_>, role: Role) -> Option<u8> {
        let tier = names::tier(column.name, role).filter(|_| self.named && column.suits(role))?;
        // A bare "id" that never repeats numbers the rows, not the customers.
        let numbers_rows = role == Role::Customer && tier == 4 && column.values.len() > 20;
        (!numbers_rows || column.distinct < column.values.len()).then_some(tier)
    }

    /// The amount is a column, or quantity times unit price, or a price that stands for the whole line.
    fn settle_amount(&mut self) -> Result<(), IngestError> {
        let price = Role::UnitPrice as usize;
        if self.has(Role::Amount) {
            self.chosen[price] = None;
        } else if let Some((at, by)) = self.chosen[price]
            && !self.has(Role::Quantity)
        {
            self.chosen[Role::Amount as usize] = Some((at, by));
            self.chosen[price] = None;
        }
        Ok(())
    }

    fn by_content(&mut self) -> Result<(), IngestError> {
        if !self.has(Role::Time) {
            self.time_by_content()?;
        }
        let product = self.has(Role::UnitPrice) && self.has(Role::Quantity);
        let amount_is_open = !product && !self.has(Role::Amount);
        if amount_is_open {
            self.fraction_as_amount()?;
        }
        if !self.has(Role::Customer) {
            self.customer_by_content()?;
        }
        if amount_is_open && !self.has(Role::Amount) {
            let numbers = self.free(|column| column.is_number && !column.values.is_empty());
            self.choose(Role::Amount, &numbers)?;
        }
        Ok(())
    }

    fn time_by_content(&mut self) -> Result<(), IngestError> {
        for class in 0..=2 {
            let fitting = self.free(|column| column.time_class() == Some(class));
            if !fitting.is_empty() {
                return self.choose(Role::Time, &fitting);
            }
        }
        // A column that is called a time and cannot be read as one deserves the better message.
        let called = |column: &&Column<'_>| names::tier(column.name, Role::Time).is_some() && !column.values.is_empty();
        match self.columns.iter().find(called) {
            Some(column) if self.named => Err(no_time_format(column)),
            _ => Err(IngestError::NoColumn { role: Role::Time, columns: self.all_names() }),
        }
    }

    fn fraction_as_amount(&mut self) -> Result<(), IngestError> {
        let fractions = self.free(|column| column.has_fractions);
        if fractions.is_empty() { Ok(()) } else { self.choose(Role::Amount, &fractions) }
    }

    /// Without names the first id-like column that repeats; with names nobody knows, the only one.
    fn customer_by_content(&mut self) -> Result<(), IngestError> {
        let ids = self.free(|column| column.is_id_like());
        let repeating: Vec<usize> =
            ids.iter().copied().filter(|at| self.columns[*at].distinct < self.columns[*at].values.len()).collect();
        let ids = if repeating.is_empty() { ids } else { repeating };
        if self.named {
            self.choose(Role::Customer, &ids)
        } else {
            self.choose(Role::Customer, &ids[..ids.len().min(1)])
        }
    }

    fn choose(&mut self, role: Role, fitting: &[usize]) -> Result<(), IngestError> {
        match fitting {
            [] => {
                // A column that is called so but holds something else deserves the better message.
                let called = (0..self.columns.len()).find(|at| {
                    let column = &self.columns[*at];
                    self.named && !self.is_taken(*at) && names::tier(column.name, role).is_some()
                });
                match called {
                    Some(at) if role.is_number() => Err(self.not_numeric(role, at)),
                    _ => Err(IngestError::NoColumn { role, columns: self.all_names() }),
                }
            }
            [one] => {
                let by = if self.named { FoundBy::Only } else { FoundBy::Content };
                self.chosen[role as usize] = Some((*one, by));
                Ok(())
            }
            several => Err(IngestError::AmbiguousColumn { role, columns: self.names(several) }),
        }
    }
}

/// One mark serves all columns of numbers; the second value says whether any number has one.
pub(super) fn decide_mark<'a>(
    columns: impl Iterator<Item = &'a Column<'a>>,
    given: Option<DecimalMark>,
    rest: &Rest<'_>,
) -> Result<(DecimalMark, bool), IngestError> {
    let columns: Vec<&Column<'_>> = columns.filter(|column| column.native == Native::Text).collect();
    let mut marks = Race::default();
    for column in &columns {
        for text in &column.values {
            marks.see_number(column.name, text);
        }
    }
    let seen = marks.first.is_some() || marks.second.is_some() || marks.both.is_some();
    if let Some(mark) = given {
        return Ok((mark, seen));
    }
    for column in &columns {
        if marks.is_open() {
            rest(column.name, &mut |text| {
                marks.see_number(column.name, text.trim());
                if marks.is_open() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
        }
    }
    Ok((marks.number_winner()?, seen))
}

pub(super) fn is_number(text: &str) -> bool {
    !matches!(numbers::readings(text), Readings::Neither)
}

/// The column that a user asked for: by its name, by its name in other letters, or in files without names by its number
/// from 1.
pub(super) fn asked_for(columns: &[Column<'_>], named: bool, wanted: &str) -> Option<usize> {
    let exact = columns.iter().position(|column| column.name == wanted);
    let close = || columns.iter().position(|column| column.name.to_lowercase() == wanted.to_lowercase());
    let numbered = || wanted.parse::<usize>().ok().filter(|_| !named)?.checked_sub(1);
    exact.or_else(close).or_else(numbered).filter(|at| *at < columns.len())
}

pub(super) fn example<'a>(column: &Column<'a>, test: impl Fn(&str) -> bool) -> &'a str {
    column.values.iter().copied().find(|text| test(text)).unwrap_or("")
}

fn no_time_format(column: &Column<'_>) -> IngestError {
    let readable = |text: &str| TimeFormat::ALL.iter().any(|format| format.parse(text).is_some());
    let example = example(column, |text| !readable(text)).to_owned();
    IngestError::NoTimeFormat { column: column.name.to_owned(), example }
}

/// Two readings of the same values, and the evidence for each.
#[derive(Debug, Default)]
struct Race {
    only_first: usize,
    only_second: usize,
    /// (column, value) that only one explains, or that both explain differently.
    first: Option<(String, String)>,
    second: Option<(String, String)>,
    both: Option<(String, String, String, String)>,
}

impl Race {
    /// Whether the two would give different results and no value decides.
    fn is_open(&self) -> bool {
        self.both.is_some() && self.only_first == 0 && self.only_second == 0
    }

    fn for_first(&mut self, column: &str, text: &str) {
        self.only_first += 1;
        self.first.get_or_insert_with(|| (column.to_owned(), text.to_owned()));
    }

    fn for_second(&mut self, column: &str, text: &str) {
        self.only_second += 1;
        self.second.get_or_insert_with(|| (column.to_owned(), text.to_owned()));
    }

    fn for_both(&mut self, column: &str, text: &str, readings: impl FnOnce() -> (String, String)) {
        if self.both.is_none() {
            let (first, second) = readings();
            self.both = Some((column.to_owned(), text.to_owned(), first, second));
        }
    }

    /// `None` where both have evidence of weight: twenty to one is rubbish, less is a mixture.
    fn first_wins(&self) -> Option<bool> {
        if self.only_first >= self.only_second * 20 {
            Some(true)
        } else if self.only_second >= self.only_first * 20 {
            Some(false)
        } else {
            None
        }
    }

    fn see_number(&mut self, column: &str, text: &str) {
        match numbers::readings(text) {
            Readings::Neither | Readings::Same(_) => {}
            Readings::Point(_) => self.for_first(column, text),
            Readings::Comma(_) => self.for_second(column, text),
            Readings::Both(point, comma) => self.for_both(column, text, || (point.to_string(), comma.to_string())),
        }
    }

    fn number_winner(self) -> Result<DecimalMark, IngestError> {
        if self.is_open()
            && let Some((column, example, point, comma)) = self.both
        {
            return Err(IngestError::AmbiguousDecimal { column, example, point, comma });
        }
        match (self.first_wins(), self.first, self.second) {
            (Some(true), ..) => Ok(DecimalMark::Point),
            (Some(false), ..) => Ok(DecimalMark::Comma),
            (None, Some((column, point)), Some((_, comma))) => Err(IngestError::MixedDecimals { column, point, comma }),
            (None, ..) => unreachable!("evidence keeps an example"),
        }
    }

    fn see_time(&mut self, column: &str, text: &str, formats: [TimeFormat; 2]) {
        match formats.map(|format| format.parse(text)) {
            [None, None] => {}
            [Some(_), None] => self.for_first(column, text),
            [None, Some(_)] => self.for_second(column, text),
            [Some(first), Some(second)] if first == second => {}
            [Some(first), Some(second)] => self.for_both(column, text, || (iso(first), iso(second))),
        }
    }

    fn time_winner(self, formats: [TimeFormat; 2]) -> Result<TimeFormat, IngestError> {
        let [first_flag, second_flag] = formats;
        if self.is_open()
            && let Some((column, example, first, second)) = self.both
        {
            return Err(IngestError::AmbiguousTime { column, example, first, first_flag, second, second_flag });
        }
        match (self.first_wins(), self.first, self.second) {
            (Some(true), ..) => Ok(formats[0]),
            (Some(false), ..) => Ok(formats[1]),
            (None, Some((column, first)), Some((_, second))) => {
                Err(IngestError::MixedTimes { column, first, first_flag, second, second_flag })
            }
            (None, ..) => unreachable!("evidence keeps an example"),
        }
    }
}

fn iso(moment: Moment) -> String {
    match moment {
        Moment::Day(day) => iso_day(day),
        Moment::Naive(seconds) | Moment::Instant(seconds) => iso_day(seconds.div_euclid(86_400) as i32),
    }
}

/// The format of the times, `None` for a native type; and whether all of them are midnights.
pub(super) fn decide_time(
    column: &Column<'_>,
    given: Option<TimeFormat>,
    rest: &Rest<'_>,
) -> Result<(Option<TimeFormat>, bool), IngestError> {
    let midnights = |format: TimeFormat| {
        column.values.iter().filter_map(|text| format.parse(text)).all(|moment| match moment {
            Moment::Day(_) => true,
            Moment::Naive(seconds) => seconds % 86_400 == 0,
            Moment::Instant(_) => false,
        })
    };
    if column.native == Native::Time {
        return Ok((None, midnights(TimeFormat::Ymd)));
    }
    if let Some(format) = given {
        let fits = column.values.iter().any(|text| format.parse(text).is_some());
        return if fits { Ok((Some(format), midnights(format))) } else { Err(no_time_format_as(column, format)) };
    }
    let fits = |format: &TimeFormat| nearly_all(&column.values, |text| format.parse(text).is_some());
    let fitting: Vec<TimeFormat> = TimeFormat::ALL.into_iter().filter(fits).collect();
    let format = match fitting.as_slice() {
        // A mixture: the race will say so.
        [] if nearly_all(&column.values, is_day_or_month_first) => {
            race_times(column, [TimeFormat::Dmy, TimeFormat::Mdy], rest)?
        }
        [] => return Err(no_time_format(column)),
        [one] => *one,
        [first, second, ..] => race_times(column, [*first, *second], rest)?,
    };
    Ok((Some(format), midnights(format)))
}

fn is_day_or_month_first(text: &str) -> bool {
    TimeFormat::Dmy.parse(text).is_some() || TimeFormat::Mdy.parse(text).is_some()
}

fn no_time_format_as(column: &Column<'_>, format: TimeFormat) -> IngestError {
    let example = example(column, |text| format.parse(text).is_none()).to_owned();
    IngestError::NoTimeFormat { column: column.name.to_owned(), example }
}

fn race_times(column: &Column<'_>, formats: [TimeFormat; 2], rest: &Rest<'_>) -> Result<TimeFormat, IngestError> {
    let mut race = Race::default();
    for text in &column.values {
        race.see_time(column.name, text, formats);
    }
    if race.is_open() {
        rest(column.name, &mut |text| {
            race.see_time(column.name, text.trim(), formats);
            if race.is_open() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
    }
    race.time_winner(formats)
}
