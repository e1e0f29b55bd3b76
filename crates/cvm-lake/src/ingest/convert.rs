//! From rows of text, delimited or JSON, to clean record batches.

use super::delimited::{Layout, Next, Rows};
use super::json;
use super::numbers::{self, Decimal, DecimalMark};
use super::options::Role;
use super::plan::{Plan, TEXT_ROLES};
use super::problems::{Found, ProblemLog, Reason};
use super::repeats::Verdict;
use super::times::{LocalDays, Moment};
use super::{IngestError, IngestError as Error};
use datafusion::arrow::array::{ArrayRef, Int32Array, Int64Array, Int64Builder, StringViewBuilder};
use datafusion::arrow::record_batch::RecordBatch;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

/// Rows of a batch.
const BATCH: usize = 8192;
/// Problems that are kept before the log hears of them.
const PROBLEMS: usize = 4096;

/// The values of the columns that are used, by role; empty where there is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) text: [&'a str; Role::ALL.len()],
    /// Bit by role: a number of JSON, which has its own notation whatever the mark of the texts.
    pub(super) plain: u16,
}

impl<'a> Values<'a> {
    fn of(&self, role: Role) -> &'a str {
        self.text[role as usize]
    }

    fn number(&self, role: Role, mark: DecimalMark) -> Result<Option<Decimal>, ()> {
        let text = numbers::trimmed(self.of(role));
        if numbers::is_missing(text) {
            return Ok(None);
        }
        let mark = if self.plain & (1 << role as u16) != 0 { DecimalMark::Point } else { mark };
        numbers::parse(text, mark).map(Some).ok_or(())
    }
}

/// A row that can be used.
struct Clean<'a> {
    customer: &'a str,
    day: i32,
    moment: Moment,
    amount: i64,
    cost: Option<i64>,
}

/// Where the rows of a text file come from.
pub(super) enum Lines {
    Delimited {
        /// The roles that have a column, and where it stands.
        places: Vec<(Role, usize)>,
        width: usize,
    },
    Json(Box<json::Wanted>),
}

impl Lines {
    pub(super) fn delimited(layout: &Layout, plan: &Plan) -> Self {
        let place = |role: Role| {
            let place = layout.names.iter().position(|name| Some(name.as_str()) == plan.column(role))?;
            Some((role, place))
        };
        Self::Delimited { places: Role::ALL.into_iter().filter_map(place).collect(), width: layout.names.len() }
    }
}

/// Clean batches of one text file.
pub(super) struct TextBatches<'a> {
    plan: Arc<Plan>,
    rows: Rows<'a>,
    lines: Lines,
    /// Positions of all columns in the order of their names, so that equal rows of two files are seen as equal.
    by_name: Vec<usize>,
    log: &'a ProblemLog,
    found: Found,
    file_name: String,
    file: u32,
    days: LocalDays,
    columns: Columns,
    ended: bool,
}

impl<'a> TextBatches<'a> {
    pub(super) fn new(
        plan: Arc<Plan>,
        rows: Rows<'a>,
        lines: Lines,
        names: &[String],
        (file_name, file): (&str, u32),
        log: &'a ProblemLog,
    ) -> Self {
        let mut by_name: Vec<usize> = (0..names.len()).collect();
        by_name.sort_by_key(|at| &names[*at]);
        let columns = Columns::new(&plan);
        let days = plan.days.clone();
        let found = Found::new(file_name);
        Self {
            plan,
            rows,
            lines,
            by_name,
            log,
            found,
            file_name: file_name.to_owned(),
            file,
            days,
            columns,
            ended: false,
        }
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>, Error> {
        while self.columns.day.len() < BATCH {
            match self.rows.advance().map_err(IngestError::io(&self.file_name))? {
                Next::End => {
                    self.ended = true;
                    break;
                }
                Next::Unreadable(line) => {
                    self.found.read += 1;
                    self.found.add(line, Reason::UnreadableText, self.rows.text());
                }
                Next::Row(line) => self.row(line)?,
            }
            if self.found.len() >= PROBLEMS {
                self.found.tell(self.log)?;
            }
        }
        self.found.used += self.columns.day.len() as u64;
        self.found.tell(self.log)?;
        Ok(self.columns.take(&self.plan))
    }

    fn row(&mut self, line: u64) -> Result<(), Error> {
        self.found.read += 1;
        match self.try_row(line) {
            Ok(()) => {}
            Err(Reason::OtherCurrency) if !self.plan.other_currencies_are_problems => {
                return Err(self.several_currencies());
            }
            Err(reason) => self.found.add(line, reason, self.rows.text()),
        }
        Ok(())
    }

    #[inline]
    fn try_row(&mut self, line: u64) -> Result<(), Reason> {
        let Self { plan, rows, lines, by_name, days, columns, .. } = self;
        let mut values = Values { text: [""; Role::ALL.len()], plain: 0 };
        match lines {
            Lines::Delimited { places, width } => {
                if !has_width(rows, *width) {
                    return Err(Reason::WrongColumns);
                }
                for (role, place) in places {
                    values.text[*role as usize] = rows.field(*place);
                }
            }
            Lines::Json(wanted) => values = wanted.read(rows.text()).ok_or(Reason::UnreadableText)?,
        }
        let row = clean(plan, days, &values)?;
        match repeated(plan, rows, by_name, self.file) {
            Verdict::Duplicate => return Err(Reason::Duplicate),
            verdict => self.found.identical += u64::from(verdict == Verdict::Identical),
        }
        columns.push(&values, &row);
        if let Some(details) = &mut columns.details {
            let quantity = values.number(Role::Quantity, plan.mark).ok().flatten();
            details.push(line, days.instant(row.moment), quantity);
        }
        Ok(())
    }

    fn several_currencies(&mut self) -> Error {
        let column = self.plan.column(Role::Currency).unwrap_or("").to_owned();
        let other = match &mut self.lines {
            Lines::Delimited { places, .. } => {
                let place = places.iter().find(|(role, _)| *role == Role::Currency).map_or(0, |(_, place)| *place);
                self.rows.field(place).to_owned()
            }
            Lines::Json(wanted) => {
                wanted.read(self.rows.text()).map_or(String::new(), |values| values.of(Role::Currency).to_owned())
            }
        };
        let found = self.plan.currency.iter().cloned().chain([other.trim().to_owned()]).collect();
        Error::SeveralCurrencies { column, found }
    }
}

impl Iterator for TextBatches<'_> {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_batch();
        self.ended |= next.is_err();
        next.transpose()
    }
}

/// Whether a row has as many fields as there are columns; empty ones to spare at its end, as spreadsheets leave them,
/// do no harm.
#[inline]
pub(super) fn has_width(rows: &Rows<'_>, width: usize) -> bool {
    rows.len() == width || (rows.len() > width && (width..rows.len()).all(|index| rows.field(index).is_empty()))
}

fn repeated(plan: &Plan, rows: &Rows<'_>, by_name: &[usize], file: u32) -> Verdict {
    let Some(repeats) = &plan.repeats else { return Verdict::New };
    let mut hasher = DefaultHasher::new();
    for place in by_name {
        hasher.write(rows.field(*place).as_bytes());
        hasher.write_u8(0xff); // no byte of UTF-8, so that fields do not run together
    }
    if by_name.is_empty() {
        hasher.write(rows.text().trim_ascii().as_bytes());
    }
    repeats.see(hasher.finish(), file)
}

/// What a row says, or why it cannot be used; the first reason counts.
#[inline]
fn clean<'a>(plan: &Plan, days: &mut LocalDays, values: &Values<'a>) -> Result<Clean<'a>, Reason> {
    let customer = numbers::trimmed(values.of(Role::Customer));
    if numbers::is_missing(customer) {
        return Err(Reason::NoCustomer);
    }
    let moment = moment(plan, numbers::trimmed(values.of(Role::Time)))?;
    let day = days.day(moment);
    let amount = amount(plan, values)?;
    if !plan.is_currency(values.of(Role::Currency)) {
        return Err(Reason::OtherCurrency);
    }
    if day > plan.today {
        return Err(Reason::FutureDate);
    }
    if day > plan.last_day {
        return Err(Reason::AfterAsOf);
    }
    if plan.drop_returns && amount < 0 {
        return Err(Reason::ReturnDropped);
    }
    Ok(Clean { customer, day, moment, amount, cost: cost(plan, values) })
}

fn moment(plan: &Plan, text: &str) -> Result<Moment, Reason> {
    if numbers::is_missing(text) {
        return Err(Reason::NoTime);
    }
    plan.time.and_then(|format| format.parse(text)).ok_or(Reason::UnreadableTime)
}

fn amount(plan: &Plan, values: &Values<'_>) -> Result<i64, Reason> {
    let number = |role| values.number(role, plan.mark).map_err(|()| Reason::NotANumber)?.ok_or(Reason::NoAmount);
    if plan.multiply {
        let (quantity, price) = (number(Role::Quantity)?, number(Role::UnitPrice)?);
        // Twice negative is a return, not a purchase.
        let both = quantity.is_negative() && price.is_negative();
        let product = quantity.times(price).ok_or(Reason::NotANumber)?;
        return Ok(if both { -product } else { product });
    }
    let amount = number(Role::Amount)?.units().ok_or(Reason::NotANumber)?;
    let returned = matches!(values.number(Role::Quantity, plan.mark), Ok(Some(quantity)) if quantity.is_negative());
    Ok(if returned && amount > 0 { -amount } else { amount })
}

/// A cost that is not there or cannot be read is unknown; the purchase is none the worse for it.
fn cost(plan: &Plan, values: &Values<'_>) -> Option<i64> {
    let cost = values.number(Role::Cost, plan.mark).ok()??;
    if !plan.unit_cost {
        return cost.units();
    }
    cost.times(values.number(Role::Quantity, plan.mark).ok()??)
}

/// The columns of a batch in the making.
struct Columns {
    customer: StringViewBuilder,
    day: Vec<i32>,
    amount: Vec<i64>,
    cost: Option<Int64Builder>,
    texts: Vec<(Role, StringViewBuilder)>,
    details: Option<Details>,
}

/// The columns of [`super::plan::DETAILS`] in the making.
#[derive(Default)]
pub(super) struct Details {
    lines: Vec<i64>,
    times: Vec<i64>,
    quantities: StringViewBuilder,
}

impl Details {
    pub(super) fn push(&mut self, line: u64, time: i64, quantity: Option<Decimal>) {
        self.lines.push(line as i64);
        self.times.push(time);
        self.quantities.append_option(quantity.map(|quantity| quantity.to_string()));
    }

    pub(super) fn take(&mut self) -> [ArrayRef; 3] {
        [
            Arc::new(Int64Array::from(std::mem::take(&mut self.lines))),
            Arc::new(Int64Array::from(std::mem::take(&mut self.times))),
            Arc::new(self.quantities.finish()),
        ]
    }
}

impl Columns {
    fn new(plan: &Plan) -> Self {
        let texts = TEXT_ROLES.into_iter().filter(|role| plan.column(*role).is_some());
        Self {
            customer: StringViewBuilder::with_capacity(BATCH),
            day: Vec::with_capacity(BATCH),
            amount: Vec::with_capacity(BATCH),
            cost: plan.column(Role::Cost).map(|_| Int64Builder::with_capacity(BATCH)),
            texts: texts.map(|role| (role, StringViewBuilder::with_capacity(BATCH))).collect(),
            details: plan.detailed.then(Details::default),
        }
    }

    #[inline]
    fn push(&mut self, values: &Values<'_>, row: &Clean<'_>) {
        self.customer.append_value(row.customer);
        self.day.push(row.day);
        self.amount.push(row.amount);
        if let Some(costs) = &mut self.cost {
            costs.append_option(row.cost);
        }
        for (role, texts) in &mut self.texts {
            let text = numbers::trimmed(values.of(*role));
            texts.append_option((!numbers::is_missing(text)).then_some(text));
        }
    }

    fn take(&mut self, plan: &Plan) -> Option<RecordBatch> {
        if self.day.is_empty() {
            return None;
        }
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.customer.finish()),
            Arc::new(Int32Array::from(std::mem::replace(&mut self.day, Vec::with_capacity(BATCH)))),
            Arc::new(Int64Array::from(std::mem::replace(&mut self.amount, Vec::with_capacity(BATCH)))),
        ];
        if let Some(costs) = &mut self.cost {
            columns.push(Arc::new(costs.finish()));
        }
        for (_, texts) in &mut self.texts {
            columns.push(Arc::new(texts.finish()));
        }
        if let Some(details) = &mut self.details {
            columns.extend(details.take());
        }
        Some(RecordBatch::try_new(plan.schema.clone(), columns).expect("the columns are made for the schema"))
    }
}
