//! Files of contracts in, one [`Contract`] a row out; what cannot be used goes to the [`ProblemLog`].
//!
//! Three shapes are known: dates (start, end or nothing where the contract goes on, perhaps a status), tenure (periods
//! so far and whether the contract has ended), and survival (periods survived of periods observed, as tables for
//! survival models have it: one who survived all of them goes on).

use super::detect::{self, Column, FoundBy, Native};
use super::numbers::{self, DecimalMark};
use super::options::{Options, Role, SavedMapping};
use super::plan::{ColumnMapping, Mapping};
use super::problems::{Found, ProblemLog, Reason};
use super::times::{LocalDays, TimeFormat};
use super::{Cells, IngestError, InputFile, names};
use cvm_core::report::MappedColumn;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::atomic::AtomicU64;

/// How the files tell of contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Start and end.
    Dates,
    /// Periods so far, and whether it has ended.
    Tenure,
    /// Periods survived, of periods observed.
    Survival,
}

impl Shape {
    /// Stable name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dates => "dates",
            Self::Tenure => "tenure",
            Self::Survival => "survival",
        }
    }
}

/// One row of a file of contracts.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// The customer, as in the file.
    pub customer: String,
    /// First day, where told.
    pub start: Option<i32>,
    /// Last day, where told: it may lie ahead.
    pub end: Option<i32>,
    /// Periods so far, where told.
    pub tenure: Option<f64>,
    /// Periods observed, where told.
    pub observed: Option<f64>,
    /// Whether the status says that it has ended; `None` where there is no status.
    pub ended: Option<bool>,
    /// What it brings in a period.
    pub value: Option<f64>,
}

/// Files of contracts with the choices that were made about them.
#[derive(Debug)]
pub struct ContractFiles {
    files: Vec<InputFile>,
    mapping: Mapping,
    shape: Shape,
    time: Option<TimeFormat>,
    days: LocalDays,
    mark: DecimalMark,
    yes_is_active: bool,
    today: i32,
    last_day: i32,
}

/// Looks at the files and decides how to read them.
///
/// # Errors
/// [`IngestError`] where a file cannot be read, or something must be decided by a flag.
pub fn open(paths: &[String], options: &Options) -> Result<ContractFiles, IngestError> {
    let (files, samples) = super::look_at_all(paths, options)?;
    let columns = detect::columns(&samples);
    if columns.iter().all(|column| column.values.is_empty()) {
        return Err(IngestError::NoRows { paths: samples.iter().map(|sample| sample.file.clone()).collect() });
    }
    let mut search = Search { columns: &columns, named: samples[0].named, chosen: Vec::new() };
    search.by_flags(options, &samples[0].file)?;
    let shape = search.shape(options)?;
    let used = search.used(shape);
    for sample in samples.iter().filter(|sample| !sample.leaves_out) {
        if let Some((role, column, _)) = used.iter().find(|(_, column, _)| !sample.names.contains(column)) {
            return Err(IngestError::MissingInFile {
                path: sample.file.clone(),
                column: column.clone(),
                role: *role,
                first: samples[0].file.clone(),
                columns: sample.names.clone(),
            });
        }
    }
    let rest = |column: &str, see: &mut dyn FnMut(&str) -> ControlFlow<()>| super::scan_all(&files, column, see);
    let (time, midnights, look) = search.time(options, &rest)?;
    let numbers = Role::CONTRACT.into_iter().filter(|role| role.is_number()).filter_map(|role| search.column(role));
    let (mark, mark_seen) = detect::decide_mark(numbers, options.decimal, &rest)?;
    let format = |role: Role| match role {
        Role::Start | Role::End => look.clone(),
        Role::Value if mark_seen => Some(format!("decimal {mark}")),
        _ => None,
    };
    let status = used.iter().find(|(role, ..)| *role == Role::Churned);
    let yes_is_active = status.is_some_and(|(_, name, _)| names::yes_is_active(name));
    let mapped = used.iter().map(|(role, column, found_by)| ColumnMapping {
        role: *role,
        column: column.clone(),
        format: format(*role),
        found_by: *found_by,
    });
    let mapping = Mapping::of_contracts(mapped.collect(), options, time, mark_seen.then_some(mark));
    Ok(ContractFiles {
        mapping,
        shape,
        time,
        days: LocalDays::new(options.timezone, midnights),
        mark,
        yes_is_active,
        today: options.today.to_epoch_days(),
        last_day: options.as_of.map_or(i32::MAX, |day| day.to_epoch_days()),
        files,
    })
}

impl ContractFiles {
    /// How the files tell of contracts.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// For the report.
    pub fn mapped_columns(&self) -> Vec<MappedColumn> {
        self.mapping.mapped_columns()
    }

    /// All choices, to be saved and applied to the next files.
    pub fn to_saved(&self) -> &SavedMapping {
        self.mapping.to_saved()
    }

    /// Sizes of all files together, for progress.
    pub fn bytes_total(&self) -> u64 {
        self.files.iter().map(|file| file.source.size).sum()
    }

    /// All contracts; the rows that are none go to `log`. `progress` counts bytes as they are read.
    ///
    /// # Errors
    /// [`IngestError`] where a file breaks off or cannot be read, or the log cannot be written.
    pub fn read(&self, log: &ProblemLog, progress: &AtomicU64) -> Result<Vec<Contract>, IngestError> {
        let roles: Vec<Role> = self.mapping.columns.iter().map(|column| column.role).collect();
        let columns: Vec<String> = self.mapping.columns.iter().map(|column| column.column.clone()).collect();
        let mut days = self.days.clone();
        let (mut contracts, mut seen) = (Vec::new(), HashSet::new());
        for file in &self.files {
            let mut found = Found::new(&file.source.name);
            file.each_row(&columns, progress, &mut |line, cells, text| {
                found.read += 1;
                let contract = cells.and_then(|cells| {
                    let contract = self.contract(&Row { roles: &roles, cells, mark: self.mark }, &mut days)?;
                    let mut hasher = DefaultHasher::new();
                    cells.text.hash(&mut hasher);
                    if seen.insert(hasher.finish()) { Ok(contract) } else { Err(Reason::Duplicate) }
                });
                match contract {
                    Ok(contract) => {
                        found.used += 1;
                        contracts.push(contract);
                    }
                    Err(reason) => found.add(line, reason, text),
                }
                if found.len() >= 4096 { found.tell(log) } else { Ok(()) }
            })?;
            found.tell(log)?;
        }
        Ok(contracts)
    }

    /// What a row says, or why it cannot be used; the first reason counts.
    fn contract(&self, row: &Row<'_>, days: &mut LocalDays) -> Result<Contract, Reason> {
        let customer = row.text(Role::Customer);
        if numbers::is_missing(customer) {
            return Err(Reason::NoCustomer);
        }
        let start = self.start(row, days)?;
        let end = if self.shape == Shape::Dates { self.end(row, days)? } else { None };
        let ended = match row.text(Role::Churned) {
            "" => None,
            text => Some(names::has_ended(text, self.yes_is_active).ok_or(Reason::UnreadableStatus)?),
        };
        let value = row.number(Role::Value).map_err(|()| Reason::NotANumber)?;
        let periods = |role| match row.number(role) {
            Ok(Some(periods)) if (0.0..=100_000.0).contains(&periods) => Ok(Some(periods)),
            _ => Err(Reason::NoTenure),
        };
        let (mut tenure, mut observed) = (None, None);
        match self.shape {
            Shape::Dates if ended == Some(true) && end.is_none() => return Err(Reason::NoEnd),
            Shape::Dates if end.zip(start).is_some_and(|(end, start)| end < start) => {
                return Err(Reason::EndBeforeStart);
            }
            Shape::Dates => {}
            Shape::Tenure if ended.is_none() => return Err(Reason::UnreadableStatus),
            Shape::Tenure => tenure = periods(Role::Tenure)?,
            Shape::Survival => {
                (tenure, observed) = (periods(Role::Tenure)?, periods(Role::Observed)?);
                if tenure > observed {
                    return Err(Reason::NoTenure);
                }
            }
        }
        Ok(Contract { customer: customer.to_owned(), start, end, tenure, observed, ended, value })
    }

    /// The first day; where the shape is not of dates it is only shown, so it may be missing.
    fn start(&self, row: &Row<'_>, days: &mut LocalDays) -> Result<Option<i32>, Reason> {
        let text = row.text(Role::Start);
        let start = self.day(text, days);
        if self.shape != Shape::Dates {
            return Ok(start);
        }
        match start {
            None if numbers::is_missing(text) => Err(Reason::NoTime),
            None => Err(Reason::UnreadableTime),
            Some(day) if day > self.today => Err(Reason::FutureDate),
            Some(day) if day > self.last_day => Err(Reason::AfterAsOf),
            day => Ok(day),
        }
    }

    /// The last day; none where the contract goes on.
    fn end(&self, row: &Row<'_>, days: &mut LocalDays) -> Result<Option<i32>, Reason> {
        let text = row.text(Role::End);
        if numbers::is_missing(text) {
            return Ok(None);
        }
        // Databases write "for ever" as the last year that has four digits; some as words.
        if text.contains("9999") {
            return Ok(None);
        }
        match self.day(text, days) {
            None if names::has_ended(text, false) == Some(false) => Ok(None),
            None => Err(Reason::UnreadableTime),
            day => Ok(day),
        }
    }

    fn day(&self, text: &str, days: &mut LocalDays) -> Option<i32> {
        self.time.unwrap_or(TimeFormat::Ymd).parse(text).map(|moment| days.day(moment))
    }
}

/// One row with what its cells serve as.
struct Row<'a> {
    roles: &'a [Role],
    cells: Cells<'a>,
    mark: DecimalMark,
}

impl<'a> Row<'a> {
    fn text(&self, role: Role) -> &'a str {
        self.roles.iter().position(|known| *known == role).map_or("", |at| self.cells.text[at].trim())
    }

    fn number(&self, role: Role) -> Result<Option<f64>, ()> {
        let text = self.text(role);
        if numbers::is_missing(text) {
            return Ok(None);
        }
        let plain = self.roles.iter().position(|known| *known == role).is_some_and(|at| self.cells.plain[at]);
        let native = if plain { numbers::parse(text, DecimalMark::Point) } else { None };
        let number = native.or_else(|| numbers::parse(text, self.mark)).ok_or(())?;
        Ok(Some(number.mantissa as f64 / 10_f64.powi(number.scale as i32)))
    }
}

/// The search for columns.
struct Search<'a> {
    columns: &'a [Column<'a>],
    named: bool,
    chosen: Vec<(Role, usize, FoundBy)>,
}

impl<'a> Search<'a> {
    fn has(&self, role: Role) -> bool {
        self.chosen.iter().any(|(known, ..)| *known == role)
    }

    fn column(&self, role: Role) -> Option<&'a Column<'a>> {
        self.chosen.iter().find(|(known, ..)| *known == role).map(|(_, at, _)| &self.columns[*at])
    }

    fn names(&self, columns: impl Iterator<Item = usize>) -> Vec<String> {
        columns.map(|at| self.columns[at].name.to_owned()).collect()
    }

    fn missing(&self, role: Role) -> IngestError {
        IngestError::NoColumn { role, columns: self.names(0..self.columns.len()) }
    }

    fn by_flags(&mut self, options: &Options, file: &str) -> Result<(), IngestError> {
        for role in Role::CONTRACT {
            let Some(wanted) = options.columns.get(role) else { continue };
            let at =
                detect::asked_for(self.columns, self.named, wanted).ok_or_else(|| IngestError::ColumnNotFound {
                    role,
                    wanted: wanted.to_owned(),
                    path: file.to_owned(),
                    columns: self.names(0..self.columns.len()),
                })?;
            let column = &self.columns[at];
            if role.is_number() && !column.values.iter().any(|text| detect::is_number(text)) {
                let example = detect::example(column, |text| !detect::is_number(text)).to_owned();
                return Err(IngestError::NotNumeric { column: column.name.to_owned(), role, example });
            }
            if role == Role::Churned && !is_status(column) {
                return Err(no_status(column));
            }
            self.chosen.push((role, at, FoundBy::Flag));
        }
        Ok(())
    }

    /// Finds a column by its name; whether there is one. Of several that are named alike, a person must choose.
    fn by_name(&mut self, role: Role) -> Result<bool, IngestError> {
        if self.has(role) {
            return Ok(true);
        }
        let tier = |at: &usize| {
            let column = &self.columns[*at];
            let free = !self.chosen.iter().any(|(_, taken, _)| taken == at);
            names::tier(column.name, role).filter(|_| free && self.named && suits(column, role))
        };
        let candidates: Vec<usize> = (0..self.columns.len()).filter(|at| tier(at).is_some()).collect();
        let best = candidates.iter().filter_map(tier).min();
        let equal: Vec<usize> = candidates.into_iter().filter(|at| tier(at) == best).collect();
        if equal.len() > 1 && role != Role::Value {
            return Err(IngestError::AmbiguousColumn { role, columns: self.names(equal.into_iter()) });
        }
        if let [first, ..] = equal[..] {
            self.chosen.push((role, first, FoundBy::Name));
        }
        Ok(!equal.is_empty())
    }

    /// Finds the columns, and with them how the files tell of contracts.
    fn shape(&mut self, options: &Options) -> Result<Shape, IngestError> {
        if !self.by_name(Role::Customer)? {
            return Err(self.missing(Role::Customer));
        }
        self.by_name(Role::Value)?;
        let wants_tenure = options.columns.tenure.is_some();
        let (start, end) = (self.by_name(Role::Start)?, self.by_name(Role::End)?);
        if start && end && !wants_tenure {
            self.by_name(Role::Churned)?;
            return Ok(Shape::Dates);
        }
        if self.by_name(Role::Tenure)? {
            if self.by_name(Role::Churned)? {
                return Ok(Shape::Tenure);
            }
            if self.by_name(Role::Observed)? {
                return Ok(Shape::Survival);
            }
            // A column that is called a status and says nothing of the kind deserves the better message.
            let called =
                |column: &&Column<'_>| names::tier(column.name, Role::Churned).is_some() && !column.values.is_empty();
            return Err(match self.columns.iter().find(called) {
                Some(column) if self.named => no_status(column),
                _ => self.missing(Role::Churned),
            });
        }
        Err(self.missing(if start { Role::End } else { Role::Start }))
    }

    /// The columns that serve in this shape.
    fn used(&mut self, shape: Shape) -> Vec<(Role, String, FoundBy)> {
        let serves = |role: Role| match role {
            Role::End => shape == Shape::Dates,
            Role::Tenure => shape != Shape::Dates,
            Role::Observed => shape == Shape::Survival,
            Role::Churned => shape != Shape::Survival,
            _ => true,
        };
        self.chosen.retain(|(role, ..)| serves(*role));
        self.chosen.sort();
        self.chosen.iter().map(|(role, at, by)| (*role, self.columns[*at].name.to_owned(), *by)).collect()
    }

    /// The format of the dates: start and end are written alike, so that each may decide for the other.
    fn time(
        &self,
        options: &Options,
        rest: &detect::Rest<'_>,
    ) -> Result<(Option<TimeFormat>, bool, Option<String>), IngestError> {
        let dates: Vec<&Column<'_>> =
            [Role::Start, Role::End].into_iter().filter_map(|role| self.column(role)).collect();
        let Some(first) = dates.first() else { return Ok((None, true, None)) };
        let readable = |text: &&str| !text.contains("9999") && names::has_ended(text, false) != Some(false);
        let values: Vec<&str> =
            dates.iter().flat_map(|column| column.values.iter().copied()).filter(readable).collect();
        let both = Column::new(first.name, first.native, values);
        let rest_of_both = |_: &str, see: &mut dyn FnMut(&str) -> ControlFlow<()>| {
            dates.iter().try_for_each(|column| rest(column.name, see))
        };
        let (time, midnights) = detect::decide_time(&both, options.date_format, &rest_of_both)?;
        let look = time.map(|format| format.look(detect::example(&both, |text| format.parse(text).is_some())));
        Ok((time, midnights, look))
    }
}

fn suits(column: &Column<'_>, role: Role) -> bool {
    match role {
        Role::Start => column.is_time,
        // Nothing where no contract has ended yet.
        Role::End => column.is_time || column.values.is_empty() || has_open_ends(column),
        Role::Churned => is_status(column),
        _ if role.is_number() => column.is_number && column.native != Native::Time,
        _ => column.native != Native::Other && !column.values.is_empty(),
    }
}

fn has_open_ends(column: &Column<'_>) -> bool {
    let dated = |text: &str| {
        text.contains("9999")
            || names::has_ended(text, false) == Some(false)
            || TimeFormat::ALL.iter().any(|format| !format.is_number() && format.parse(text).is_some())
    };
    detect::nearly_all(&column.values, dated)
}

fn is_status(column: &Column<'_>) -> bool {
    detect::nearly_all(&column.values, |text| names::has_ended(text, false).is_some())
}

fn no_status(column: &Column<'_>) -> IngestError {
    let example = detect::example(column, |text| names::has_ended(text, false).is_none()).to_owned();
    IngestError::NoStatus { column: column.name.to_owned(), example }
}
