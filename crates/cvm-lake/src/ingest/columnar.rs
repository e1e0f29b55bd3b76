//! Parquet files: only the columns that are used, whole arrays at a time.

use super::IngestError;
use super::convert::Details;
use super::detect::{Native, Sample};
use super::numbers::{self, Decimal, SCALE};
use super::options::Role;
use super::plan::{Plan, TEXT_ROLES};
use super::problems::{Found, ProblemLog, Reason};
use super::repeats::Verdict;
use super::source::Source;
use super::times::{LocalDays, Moment};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int32Array, Int64Array, StringViewArray,
};
use datafusion::arrow::compute::{cast, filter_record_batch};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float64Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::JsonArray;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use datafusion::parquet::file::statistics::Statistics;
use serde_json::{Map, Value};
use std::fs::File;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A Parquet file's footer, with text read as views.
#[derive(Debug, Clone)]
pub(super) struct Footer {
    metadata: ArrowReaderMetadata,
}

/// Rows of a batch: large enough to forget the cost of a batch, small enough for the cache.
const BATCH: usize = 16 * 1024;
/// Rows of a partition, at least.
const PARTITION: i64 = 500_000;

/// Who is shown each row: its number and its cells as text.
pub(super) type SeeText<'a> = &'a mut dyn FnMut(u64, &[&str]) -> Result<(), IngestError>;

impl Footer {
    pub(super) fn read(source: &Source) -> Result<Self, IngestError> {
        let damaged = |error| IngestError::damaged(&source.name, error);
        let file = File::open(&source.path).map_err(IngestError::io(&source.name))?;
        // The types that other programs leave as a note would bring dictionaries and the like; the plain ones will do.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = ArrowReaderMetadata::load(&file, options).map_err(|error| damaged(error.to_string()))?;
        let views = metadata.schema().fields().iter().map(|field| match field.data_type() {
            DataType::Utf8 | DataType::Binary => {
                Arc::new(Field::new(field.name(), DataType::Utf8View, field.is_nullable()))
            }
            _ => field.clone(),
        });
        let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(views.collect::<Vec<_>>())));
        let metadata = ArrowReaderMetadata::try_new(metadata.metadata().clone(), options)
            .map_err(|error| damaged(error.to_string()))?;
        Ok(Self { metadata })
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.metadata.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// Whether a column holds whole numbers that an Int64 can hold.
    pub(super) fn is_integer(&self, column: &str) -> bool {
        let field = self.metadata.schema().field_with_name(column);
        field.is_ok_and(|field| native(field.data_type()) == Native::Integer && *field.data_type() != DataType::UInt64)
    }

    /// The least and the greatest raw value of a column of whole numbers or times, where the footer says them.
    pub(super) fn range(&self, column: &str) -> Option<(DataType, i64, i64)> {
        let field = self.metadata.schema().field_with_name(column).ok()?;
        let at = self.metadata.parquet_schema().columns().iter().position(|leaf| leaf.path().string() == column)?;
        let mut range: Option<(i64, i64)> = None;
        for group in self.metadata.metadata().row_groups() {
            let (least, most) = match group.column(at).statistics()? {
                Statistics::Int32(values) => (i64::from(*values.min_opt()?), i64::from(*values.max_opt()?)),
                Statistics::Int64(values) => (*values.min_opt()?, *values.max_opt()?),
                _ => return None,
            };
            range = Some(range.map_or((least, most), |(a, b)| (a.min(least), b.max(most))));
        }
        range.map(|(least, most)| (field.data_type().clone(), least, most))
    }

    /// Consecutive row groups that belong together, with the number of their first row and their rows.
    pub(super) fn partitions(&self) -> Vec<RowGroups> {
        let mut partitions: Vec<RowGroups> = Vec::new();
        let mut first_row = 0;
        for (index, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            let rows = group.num_rows();
            match partitions.last_mut() {
                Some(last) if last.rows < PARTITION => {
                    last.groups.end = index + 1;
                    last.rows += rows;
                }
                _ => partitions.push(RowGroups { groups: index..index + 1, first_row, rows }),
            }
            first_row += rows;
        }
        partitions
    }

    pub(super) fn rows(&self) -> i64 {
        self.metadata.metadata().file_metadata().num_rows()
    }

    fn reader(
        &self,
        source: &Source,
        columns: Option<&[usize]>,
        groups: Option<&Range<usize>>,
    ) -> Result<ParquetRecordBatchReader, IngestError> {
        let file = File::open(&source.path).map_err(IngestError::io(&source.name))?;
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
        if let Some(columns) = columns {
            let mask = ProjectionMask::roots(self.metadata.parquet_schema(), columns.iter().copied());
            builder = builder.with_projection(mask);
        }
        if let Some(groups) = groups {
            builder = builder.with_row_groups(groups.clone().collect());
        }
        builder.with_batch_size(BATCH).build().map_err(|error| IngestError::damaged(&source.name, error))
    }

    /// The first rows of all columns as text.
    pub(super) fn sample(&self, source: &Source, rows: usize) -> Result<Sample, IngestError> {
        let names = self.names();
        let natives = self.metadata.schema().fields().iter().map(|field| native(field.data_type())).collect();
        let mut values = vec![Vec::new(); names.len()];
        let mut taken = 0;
        for batch in self.reader(source, None, None)? {
            let batch = batch.map_err(|error| IngestError::damaged(&source.name, error))?;
            let batch = batch.slice(0, batch.num_rows().min(rows - taken));
            for (values, column) in values.iter_mut().zip(batch.columns()) {
                values.extend(texts(column).into_iter().map(Option::unwrap_or_default));
            }
            taken += batch.num_rows();
            if taken == rows {
                break;
            }
        }
        Ok(Sample { file: source.name.clone(), named: true, leaves_out: false, names, natives, values })
    }

    /// Row after row of these columns as text, each with its number from 1; columns that are not there are empty.
    pub(super) fn each_row(&self, source: &Source, columns: &[String], see: SeeText<'_>) -> Result<(), IngestError> {
        let names = self.names();
        let used: Vec<usize> = (0..names.len()).filter(|at| columns.contains(&names[*at])).collect();
        let mut line = 0;
        for batch in self.reader(source, Some(&used), None)? {
            let batch = batch.map_err(|error| IngestError::damaged(&source.name, error))?;
            let column = |name: &String| match batch.column_by_name(name) {
                Some(column) => texts(&as_text(column).unwrap_or_else(|_| column.clone())),
                None => vec![None; batch.num_rows()],
            };
            let cells: Vec<Vec<Option<String>>> = columns.iter().map(column).collect();
            let mut row = vec![""; columns.len()];
            for at in 0..batch.num_rows() {
                for (text, cells) in row.iter_mut().zip(&cells) {
                    *text = cells[at].as_deref().unwrap_or_default();
                }
                line += 1;
                see(line, &row)?;
            }
        }
        Ok(())
    }

    /// Row after row of all columns as JSON, each with its number from 1, until told to stop. Decimals are text, so that
    /// they stay exact.
    pub(super) fn each_object(
        &self,
        source: &Source,
        progress: &AtomicU64,
        see: &mut dyn FnMut(u64, Map<String, Value>) -> Result<bool, IngestError>,
    ) -> Result<(), IngestError> {
        let bytes_per_row = source.size as f64 / self.rows().max(1) as f64;
        let mut line = 0;
        for batch in self.reader(source, None, None)? {
            let damaged = |error: datafusion::arrow::error::ArrowError| IngestError::damaged(&source.name, error);
            let batch = batch.map_err(damaged)?;
            let batch = exact(&batch).map_err(damaged)?;
            let mut writer = WriterBuilder::new().build::<_, JsonArray>(Vec::new());
            writer.write(&batch).and_then(|()| writer.finish()).map_err(damaged)?;
            let objects: Vec<Map<String, Value>> = serde_json::from_slice(&writer.into_inner())
                .map_err(|error| IngestError::damaged(&source.name, error))?;
            progress.fetch_add((bytes_per_row * objects.len() as f64) as u64, Ordering::Relaxed);
            for object in objects {
                line += 1;
                if !see(line, object)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// All values of a column as text, until told to stop.
    pub(super) fn scan(
        &self,
        source: &Source,
        column: &str,
        see: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, IngestError> {
        let Some(at) = self.names().iter().position(|name| name == column) else {
            return Ok(ControlFlow::Continue(()));
        };
        for batch in self.reader(source, Some(&[at]), None)? {
            let batch = batch.map_err(|error| IngestError::damaged(&source.name, error))?;
            for text in texts(batch.column(0)).into_iter().flatten() {
                if see(&text).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// The batch with its decimals as text, and times in a form that [`TimeFormat::Ymd`](super::TimeFormat) reads.
fn exact(batch: &RecordBatch) -> Result<RecordBatch, datafusion::arrow::error::ArrowError> {
    let column = |(field, column): (&Arc<Field>, &ArrayRef)| {
        let kind = match field.data_type() {
            kind if kind.is_decimal() => DataType::Utf8,
            DataType::Timestamp(..) | DataType::Date64 => DataType::Utf8,
            _ => return Ok((field.clone(), column.clone())),
        };
        let field = Field::new(field.name(), kind.clone(), field.is_nullable());
        Ok::<_, datafusion::arrow::error::ArrowError>((Arc::new(field), cast(column, &kind)?))
    };
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).map(column).collect::<Result<Vec<_>, _>>()?;
    let (fields, columns): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// A run of row groups.
#[derive(Debug, Clone)]
pub(super) struct RowGroups {
    groups: Range<usize>,
    first_row: i64,
    pub(super) rows: i64,
}

fn native(data_type: &DataType) -> Native {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Native::Text,
        integer if integer.is_integer() => Native::Integer,
        DataType::Decimal32(_, 0) | DataType::Decimal64(_, 0) | DataType::Decimal128(_, 0) => Native::Integer,
        number if number.is_numeric() => Native::Number,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Native::Time,
        _ => Native::Other,
    }
}

fn texts(column: &ArrayRef) -> Vec<Option<String>> {
    match cast(column, &DataType::Utf8) {
        Ok(texts) => texts.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect(),
        Err(_) => vec![None; column.len()],
    }
}

/// Clean batches of a run of row groups.
pub(super) struct ColumnBatches<'a> {
    plan: Arc<Plan>,
    reader: ParquetRecordBatchReader,
    log: &'a ProblemLog,
    progress: &'a AtomicU64,
    bytes_per_row: f64,
    found: Found,
    file_name: String,
    file: u32,
    next_row: i64,
    days: LocalDays,
    ended: bool,
}

impl<'a> ColumnBatches<'a> {
    pub(super) fn new(
        plan: Arc<Plan>,
        footer: &Footer,
        groups: &RowGroups,
        source: &Source,
        file: u32,
        log: &'a ProblemLog,
        progress: &'a AtomicU64,
    ) -> Result<Self, IngestError> {
        let used: Vec<usize> =
            (0..).zip(footer.names()).filter(|(_, name)| plan.uses(name)).map(|(at, _)| at).collect();
        // Whether a row stands there twice is seen from all of its columns.
        let columns = if plan.repeats.is_some() { None } else { Some(used.as_slice()) };
        let reader = footer.reader(source, columns, Some(&groups.groups))?;
        Ok(Self {
            days: plan.days.clone(),
            plan,
            reader,
            log,
            progress,
            bytes_per_row: source.size as f64 / footer.rows().max(1) as f64,
            found: Found::new(&source.name),
            file_name: source.name.clone(),
            file,
            next_row: groups.first_row,
            ended: false,
        })
    }

    fn convert(&mut self, batch: &RecordBatch) -> Result<Option<RecordBatch>, IngestError> {
        let mut rows = RowMarks::new(batch.num_rows());
        let plan = self.plan.clone();
        let damaged = |error: String| IngestError::damaged(&self.file_name, error);
        let customer = customers(&plan, column(batch, &plan, Role::Customer)?, &mut rows).map_err(damaged)?;
        let days = days(&plan, &mut self.days, column(batch, &plan, Role::Time)?, &mut rows).map_err(damaged)?;
        let amounts = amounts(&plan, batch, &mut rows).map_err(damaged)?;
        self.mark_currencies(batch, &mut rows)?;
        mark_limits(&plan, &days, &amounts, &mut rows);
        self.mark_repeats(batch, &mut rows)?;
        let damaged = |error: String| IngestError::damaged(&self.file_name, error);
        let mut columns: Vec<ArrayRef> =
            vec![customer, Arc::new(Int32Array::from(days)), Arc::new(Int64Array::from(amounts))];
        if plan.column(Role::Cost).is_some() {
            columns.push(Arc::new(costs(&plan, batch).map_err(damaged)?));
        }
        for role in TEXT_ROLES.into_iter().filter(|role| plan.column(*role).is_some()) {
            columns.push(as_text(column(batch, &plan, role)?).map_err(damaged)?);
        }
        if plan.detailed {
            columns.extend(self.details(batch)?);
        }
        let clean = self.keep(batch, columns, &rows)?;
        self.next_row += batch.num_rows() as i64;
        self.found.read += batch.num_rows() as u64;
        self.found.used += (batch.num_rows() - rows.bad) as u64;
        self.found.tell(self.log)?;
        let bytes = self.bytes_per_row * batch.num_rows() as f64;
        self.progress.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok((clean.num_rows() > 0).then_some(clean))
    }

    /// Where each row stands, its time and its quantity; whatever for rows that are marked.
    fn details(&self, batch: &RecordBatch) -> Result<[ArrayRef; 3], IngestError> {
        let plan = &self.plan;
        let damaged = |error: String| IngestError::damaged(&self.file_name, error);
        let moments = moments(plan, column(batch, plan, Role::Time)?).map_err(damaged)?;
        let quantities = match plan.column(Role::Quantity) {
            Some(_) => Some(Numbers::of(column(batch, plan, Role::Quantity)?).map_err(damaged)?),
            None => None,
        };
        let mut details = Details::default();
        for (row, moment) in moments.into_iter().enumerate() {
            let quantity = quantities.as_ref().and_then(|quantities| quantities.decimal(plan, row).ok());
            let time = moment.map_or(0, |moment| self.days.instant(moment));
            details.push((self.next_row + row as i64 + 1) as u64, time, quantity);
        }
        Ok(details.take())
    }

    /// Notes the rows that are marked and takes them out.
    fn keep(
        &mut self,
        batch: &RecordBatch,
        columns: Vec<ArrayRef>,
        rows: &RowMarks,
    ) -> Result<RecordBatch, IngestError> {
        let damaged = |error: datafusion::arrow::error::ArrowError| IngestError::damaged(&self.file_name, error);
        if rows.bad == 0 {
            return RecordBatch::try_new(self.plan.schema.clone(), columns).map_err(damaged);
        }
        for (row, mark) in rows.marks.iter().enumerate().filter(|(_, mark)| **mark != 0) {
            let line = (self.next_row + row as i64 + 1) as u64;
            self.found.add(line, Reason::ALL[*mark as usize - 1], &row_text(&self.plan, batch, row));
        }
        let keep = BooleanArray::from_iter(rows.marks.iter().map(|mark| Some(*mark == 0)));
        // Marked rows may hold nulls where clean ones may not, so the check comes after they are gone.
        let fields = self.plan.schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
        let loose = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let all = RecordBatch::try_new(loose, columns).map_err(damaged)?;
        let kept = filter_record_batch(&all, &keep).map_err(damaged)?;
        RecordBatch::try_new(self.plan.schema.clone(), kept.columns().to_vec()).map_err(damaged)
    }

    fn mark_currencies(&self, batch: &RecordBatch, rows: &mut RowMarks) -> Result<(), IngestError> {
        let Some(name) = self.plan.column(Role::Currency) else { return Ok(()) };
        let texts = as_text(column(batch, &self.plan, Role::Currency)?)
            .map_err(|error| IngestError::damaged(&self.file_name, error))?;
        for (row, text) in texts.as_string_view().iter().enumerate() {
            let text = text.unwrap_or_default();
            if !self.plan.is_currency(text) {
                if !self.plan.other_currencies_are_problems {
                    let found = self.plan.currency.iter().cloned().chain([text.trim().to_owned()]).collect();
                    return Err(IngestError::SeveralCurrencies { column: name.to_owned(), found });
                }
                rows.mark(row, Reason::OtherCurrency);
            }
        }
        Ok(())
    }

    fn mark_repeats(&mut self, batch: &RecordBatch, rows: &mut RowMarks) -> Result<(), IngestError> {
        let Some(repeats) = &self.plan.repeats else { return Ok(()) };
        let schema = batch.schema();
        let mut order: Vec<usize> = (0..batch.num_columns()).collect();
        order.sort_by_key(|at| schema.field(*at).name());
        let arrays: Vec<&ArrayRef> = order.iter().map(|at| batch.column(*at)).collect();
        let mut hashes = vec![0; batch.num_rows()];
        create_hashes(arrays, &RandomState::with_seed(0x0c), &mut hashes)
            .map_err(|error| IngestError::damaged(&self.file_name, error))?;
        for (row, hash) in hashes.into_iter().enumerate() {
            if rows.marks[row] == 0 {
                match repeats.see(hash, self.file) {
                    Verdict::New => {}
                    Verdict::Identical => self.found.identical += 1,
                    Verdict::Duplicate => rows.mark(row, Reason::Duplicate),
                }
            }
        }
        Ok(())
    }
}

impl Iterator for ColumnBatches<'_> {
    type Item = Result<RecordBatch, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let converted = match self.reader.next() {
                None => break,
                Some(Err(error)) => Err(IngestError::damaged(&self.file_name, error)),
                Some(Ok(batch)) => self.convert(&batch),
            };
            self.ended |= converted.is_err();
            if let Some(item) = converted.transpose() {
                return Some(item);
            }
        }
        self.ended = true;
        None
    }
}

/// Which rows of a batch cannot be used; the first reason counts.
struct RowMarks {
    marks: Vec<u8>,
    bad: usize,
}

impl RowMarks {
    fn new(rows: usize) -> Self {
        Self { marks: vec![0; rows], bad: 0 }
    }

    fn mark(&mut self, row: usize, reason: Reason) {
        if self.marks[row] == 0 {
            self.marks[row] = reason as u8;
            self.bad += 1;
        }
    }

    fn mark_nulls(&mut self, array: &dyn Array, reason: Reason) {
        if array.null_count() > 0 {
            (0..array.len()).filter(|row| array.is_null(*row)).for_each(|row| self.mark(row, reason));
        }
    }
}

fn column<'a>(batch: &'a RecordBatch, plan: &Plan, role: Role) -> Result<&'a ArrayRef, IngestError> {
    let name = plan.column(role).expect("asked only for roles that have a column");
    Ok(batch.column_by_name(name).expect("the columns that are used are read"))
}

fn row_text(plan: &Plan, batch: &RecordBatch, row: usize) -> String {
    let mut texts = Vec::new();
    for mapped in &plan.mapping.columns {
        let value = batch.column_by_name(&mapped.column).map(|column| array_value_to_string(column, row));
        texts.push(format!("{}={}", mapped.column, value.and_then(Result::ok).unwrap_or_default()));
    }
    texts.join(", ")
}

type Converted<T> = Result<T, String>;

fn cast_to(column: &ArrayRef, data_type: &DataType) -> Converted<ArrayRef> {
    if column.data_type() == data_type {
        return Ok(column.clone());
    }
    cast(column, data_type).map_err(|error| error.to_string())
}

/// Anything as text; numbers that went through floating point lose their ".0".
fn as_text(column: &ArrayRef) -> Converted<ArrayRef> {
    if let Some(floats) = column.as_primitive_opt::<Float64Type>()
        && floats.iter().flatten().all(|value| value.fract() == 0.0 && value.abs() < 9e15)
    {
        return cast_to(&cast_to(column, &DataType::Int64)?, &DataType::Utf8View);
    }
    cast_to(column, &DataType::Utf8View)
}

fn customers(plan: &Plan, column: &ArrayRef, rows: &mut RowMarks) -> Converted<ArrayRef> {
    let customers = if plan.integer_customers { cast_to(column, &DataType::Int64)? } else { as_text(column)? };
    rows.mark_nulls(&customers, Reason::NoCustomer);
    if let Some(texts) = customers.as_string_view_opt() {
        for (row, view) in texts.views().iter().enumerate() {
            // The low half of a view is its length; words for "nothing" are short.
            if *view as u32 <= 4 && numbers::is_missing(texts.value(row).trim()) {
                rows.mark(row, Reason::NoCustomer);
            }
        }
    }
    Ok(customers)
}

/// First day that is taken for one: what lies before 1900 stands for "unknown".
const FIRST_DAY: i32 = -25_567;

fn days(plan: &Plan, days: &mut LocalDays, column: &ArrayRef, rows: &mut RowMarks) -> Converted<Vec<i32>> {
    rows.mark_nulls(column, Reason::NoTime);
    let local = match column.data_type() {
        DataType::Date32 => column.as_primitive::<Date32Type>().values().to_vec(),
        DataType::Date64 => return self::days(plan, days, &cast_to(column, &DataType::Date32)?, rows),
        DataType::Timestamp(unit, zone) => timestamps(days, column, *unit, zone.is_some()),
        DataType::Utf8View => return Ok(text_days(plan, days, column.as_string_view(), rows)),
        _ => return number_days(plan, days, column, rows),
    };
    if local.iter().fold(i32::MAX, |least, day| least.min(*day)) < FIRST_DAY {
        for (row, day) in local.iter().enumerate() {
            if *day < FIRST_DAY {
                rows.mark(row, Reason::UnreadableTime);
            }
        }
    }
    Ok(local)
}

fn timestamps(days: &mut LocalDays, column: &ArrayRef, unit: TimeUnit, instants: bool) -> Vec<i32> {
    match unit {
        TimeUnit::Second => units::<1>(days, column.as_primitive::<TimestampSecondType>().values(), instants),
        TimeUnit::Millisecond => {
            units::<1_000>(days, column.as_primitive::<TimestampMillisecondType>().values(), instants)
        }
        TimeUnit::Microsecond => {
            units::<1_000_000>(days, column.as_primitive::<TimestampMicrosecondType>().values(), instants)
        }
        TimeUnit::Nanosecond => {
            units::<1_000_000_000>(days, column.as_primitive::<TimestampNanosecondType>().values(), instants)
        }
    }
}

/// The divisor is a constant, so that dividing is multiplying.
fn units<const PER_SECOND: i64>(days: &mut LocalDays, values: &[i64], instants: bool) -> Vec<i32> {
    if days.is_utc() {
        return values.iter().map(|value| value.div_euclid(PER_SECOND).div_euclid(86_400) as i32).collect();
    }
    let moment = if instants { Moment::Instant } else { Moment::Naive };
    values.iter().map(|value| days.day(moment(value.div_euclid(PER_SECOND)))).collect()
}

/// The times themselves, for those who need more than the day.
fn moments(plan: &Plan, column: &ArrayRef) -> Converted<Vec<Option<Moment>>> {
    Ok(match column.data_type() {
        DataType::Date32 => column.as_primitive::<Date32Type>().iter().map(|day| day.map(Moment::Day)).collect(),
        DataType::Date64 => return moments(plan, &cast_to(column, &DataType::Date32)?),
        DataType::Timestamp(_, zone) => {
            let moment = if zone.is_some() { Moment::Instant } else { Moment::Naive };
            let seconds = cast_to(column, &DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))?;
            let seconds = seconds.as_primitive::<TimestampMicrosecondType>();
            seconds.iter().map(|time| time.map(|time| moment(time.div_euclid(1_000_000)))).collect()
        }
        DataType::Utf8View => {
            let format = plan.time.expect("texts have a format of time");
            column.as_string_view().iter().map(|text| format.parse(text?.trim())).collect()
        }
        other => {
            let format = plan.time.ok_or_else(|| format!("{other} is no type of times"))?;
            if other.is_floating() {
                let floats = cast_to(column, &DataType::Float64)?;
                floats.as_primitive::<Float64Type>().iter().map(|value| format.of_float(value?)).collect()
            } else {
                let integers = cast_to(column, &DataType::Int64)?;
                integers.as_primitive::<Int64Type>().iter().map(|value| format.of_integer(value?)).collect()
            }
        }
    })
}

fn text_days(plan: &Plan, days: &mut LocalDays, texts: &StringViewArray, rows: &mut RowMarks) -> Vec<i32> {
    let format = plan.time.expect("texts have a format of time");
    let mut local = Vec::with_capacity(texts.len());
    for (row, text) in texts.iter().enumerate() {
        let text = text.unwrap_or_default().trim();
        let moment = format.parse(text);
        if moment.is_none() {
            rows.mark(row, if numbers::is_missing(text) { Reason::NoTime } else { Reason::UnreadableTime });
        }
        local.push(moment.map_or(0, |moment| days.day(moment)));
    }
    local
}

fn number_days(plan: &Plan, days: &mut LocalDays, column: &ArrayRef, rows: &mut RowMarks) -> Converted<Vec<i32>> {
    let format = plan.time.ok_or_else(|| format!("{} is no type of times", column.data_type()))?;
    let mut local = Vec::with_capacity(column.len());
    let mut push = |row: usize, moment: Option<Moment>| {
        if moment.is_none() {
            rows.mark(row, Reason::UnreadableTime);
        }
        local.push(moment.map_or(0, |moment| days.day(moment)));
    };
    if column.data_type().is_floating() {
        let floats = cast_to(column, &DataType::Float64)?;
        let floats = floats.as_primitive::<Float64Type>();
        floats.values().iter().enumerate().for_each(|(row, value)| push(row, format.of_float(*value)));
    } else {
        let integers = cast_to(column, &DataType::Int64)?;
        let integers = integers.as_primitive::<Int64Type>();
        integers.values().iter().enumerate().for_each(|(row, value)| push(row, format.of_integer(*value)));
    }
    Ok(local)
}

/// A column of numbers in the type nearest to its own.
enum Numbers {
    Integers(Int64Array),
    Floats(Float64Array),
    Decimals(Decimal128Array, u32),
    Texts(StringViewArray),
}

/// Why there is no number in a row.
type NoNumber = Reason;

impl Numbers {
    fn of(column: &ArrayRef) -> Converted<Self> {
        Ok(match column.data_type() {
            DataType::Utf8View => Self::Texts(column.as_string_view().clone()),
            DataType::Decimal128(_, scale) if *scale >= 0 => {
                Self::Decimals(column.as_primitive::<Decimal128Type>().clone(), *scale as u32)
            }
            integer if integer.is_integer() && *integer != DataType::UInt64 => {
                Self::Integers(cast_to(column, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
            }
            DataType::UInt64 => Self::Decimals(
                cast_to(column, &DataType::Decimal128(20, 0))?.as_primitive::<Decimal128Type>().clone(),
                0,
            ),
            _ => Self::Floats(cast_to(column, &DataType::Float64)?.as_primitive::<Float64Type>().clone()),
        })
    }

    fn array(&self) -> &dyn Array {
        match self {
            Self::Integers(array) => array,
            Self::Floats(array) => array,
            Self::Decimals(array, _) => array,
            Self::Texts(array) => array,
        }
    }

    /// The value of a row, exactly as its shortest decimal notation.
    fn decimal(&self, plan: &Plan, row: usize) -> Result<Decimal, NoNumber> {
        if self.array().is_null(row) {
            return Err(Reason::NoAmount);
        }
        match self {
            Self::Integers(array) => Ok(Decimal { mantissa: array.value(row), scale: 0 }),
            Self::Floats(array) => decimal_of_float(array.value(row)),
            Self::Decimals(array, scale) => {
                let mantissa = i64::try_from(array.value(row)).map_err(|_| Reason::NotANumber)?;
                Ok(Decimal { mantissa, scale: *scale })
            }
            Self::Texts(array) => {
                let text = array.value(row).trim();
                let missing = if numbers::is_missing(text) { Reason::NoAmount } else { Reason::NotANumber };
                numbers::parse(text, plan.mark).ok_or(missing)
            }
        }
    }

    /// In 1/10000, whole arrays at a time.
    fn units(&self, plan: &Plan, rows: &mut RowMarks) -> Vec<i64> {
        rows.mark_nulls(self.array(), Reason::NoAmount);
        let factor = 10_i64.pow(SCALE);
        match self {
            Self::Integers(array) => {
                let most = i64::MAX / factor;
                if array.values().iter().any(|value| !(-most..=most).contains(value)) {
                    return self.units_one_by_one(plan, rows);
                }
                array.values().iter().map(|value| value * factor).collect()
            }
            Self::Floats(array) => {
                let scale = factor as f64;
                // 2^53: beyond it the fourth place is no longer there. NaN fails the test, too.
                if !array.values().iter().fold(true, |all, value| all & ((value * scale).abs() < 9.007e15)) {
                    return self.units_one_by_one(plan, rows);
                }
                array.values().iter().map(|value| half_away(value * scale)).collect()
            }
            Self::Decimals(..) | Self::Texts(_) => self.units_one_by_one(plan, rows),
        }
    }

    fn units_one_by_one(&self, plan: &Plan, rows: &mut RowMarks) -> Vec<i64> {
        let units = |row| self.decimal(plan, row).and_then(|decimal| decimal.units().ok_or(Reason::NotANumber));
        (0..rows.marks.len())
            .map(|row| {
                units(row).unwrap_or_else(|reason| {
                    rows.mark(row, reason);
                    0
                })
            })
            .collect()
    }
}

fn half_away(value: f64) -> i64 {
    (value + 0.5_f64.copysign(value)) as i64
}

/// The shortest decimal that is this number: nearly always one of four places, which a division can check.
fn decimal_of_float(value: f64) -> Result<Decimal, NoNumber> {
    if value.is_nan() {
        return Err(Reason::NoAmount);
    }
    let scaled = value * 1e4;
    if scaled.abs() < 9.007e15 {
        let mantissa = half_away(scaled);
        if mantissa as f64 / 1e4 == value {
            return Ok(Decimal { mantissa, scale: SCALE });
        }
    }
    numbers::parse(&format!("{value:e}"), numbers::DecimalMark::Point).ok_or(Reason::NotANumber)
}

fn amounts(plan: &Plan, batch: &RecordBatch, rows: &mut RowMarks) -> Converted<Vec<i64>> {
    let numbers = |role| column(batch, plan, role).map_err(|error| error.to_string()).and_then(Numbers::of);
    if plan.multiply {
        let (quantities, prices) = (numbers(Role::Quantity)?, numbers(Role::UnitPrice)?);
        let product = |row| {
            let (quantity, price) = (quantities.decimal(plan, row)?, prices.decimal(plan, row)?);
            let product = quantity.times(price).ok_or(Reason::NotANumber)?;
            // Twice negative is a return, not a purchase.
            Ok(if quantity.is_negative() && price.is_negative() { -product } else { product })
        };
        let products = (0..batch.num_rows()).map(|row| {
            product(row).unwrap_or_else(|reason| {
                rows.mark(row, reason);
                0
            })
        });
        return Ok(products.collect());
    }
    let mut amounts = numbers(Role::Amount)?.units(plan, rows);
    if plan.column(Role::Quantity).is_some() {
        let quantities = numbers(Role::Quantity)?;
        for (row, amount) in amounts.iter_mut().enumerate() {
            if *amount > 0 && quantities.decimal(plan, row).is_ok_and(Decimal::is_negative) {
                *amount = -*amount;
            }
        }
    }
    Ok(amounts)
}

/// A cost that is not there or cannot be read is unknown; the purchase is none the worse for it.
fn costs(plan: &Plan, batch: &RecordBatch) -> Converted<Int64Array> {
    let numbers = |role| column(batch, plan, role).map_err(|error| error.to_string()).and_then(Numbers::of);
    let costs = numbers(Role::Cost)?;
    let quantities = if plan.unit_cost { Some(numbers(Role::Quantity)?) } else { None };
    let cost = |row| {
        let cost = costs.decimal(plan, row).ok()?;
        match &quantities {
            None => cost.units(),
            Some(quantities) => cost.times(quantities.decimal(plan, row).ok()?),
        }
    };
    Ok((0..batch.num_rows()).map(cost).collect())
}

fn mark_limits(plan: &Plan, days: &[i32], amounts: &[i64], rows: &mut RowMarks) {
    let last = plan.today.min(plan.last_day);
    if days.iter().fold(i32::MIN, |most, day| most.max(*day)) > last {
        for (row, day) in days.iter().enumerate() {
            if *day > plan.today {
                rows.mark(row, Reason::FutureDate);
            } else if *day > plan.last_day {
                rows.mark(row, Reason::AfterAsOf);
            }
        }
    }
    if plan.drop_returns {
        let returned = |(_, amount): &(usize, &i64)| **amount < 0;
        amounts.iter().enumerate().filter(returned).for_each(|(row, _)| rows.mark(row, Reason::ReturnDropped));
    }
}
