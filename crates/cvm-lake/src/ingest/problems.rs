//! The rows that could not be used, each with its file, line and reason, written to a Parquet file as they come.

use super::IngestError;
use cvm_core::report::ProblemCount;
use cvm_core::rows::{Place, RejectedRow};
use datafusion::arrow::array::{ArrayRef, Int64Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Why a row was not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Reason {
    /// Another number of fields than the file has columns.
    WrongColumns = 1,
    /// Bytes that are no text, or a line that is no JSON object.
    UnreadableText,
    NoCustomer,
    NoTime,
    UnreadableTime,
    NoAmount,
    NotANumber,
    OtherCurrency,
    FutureDate,
    AfterAsOf,
    ReturnDropped,
    Duplicate,
    /// A contract that has ended, nobody knows when.
    NoEnd,
    EndBeforeStart,
    UnreadableStatus,
    NoTenure,
}

impl Reason {
    pub(super) const ALL: [Self; 16] = [
        Self::WrongColumns,
        Self::UnreadableText,
        Self::NoCustomer,
        Self::NoTime,
        Self::UnreadableTime,
        Self::NoAmount,
        Self::NotANumber,
        Self::OtherCurrency,
        Self::FutureDate,
        Self::AfterAsOf,
        Self::ReturnDropped,
        Self::Duplicate,
        Self::NoEnd,
        Self::EndBeforeStart,
        Self::UnreadableStatus,
        Self::NoTenure,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::WrongColumns => "wrong_columns",
            Self::UnreadableText => "unreadable_text",
            Self::NoCustomer => "no_customer",
            Self::NoTime => "no_time",
            Self::UnreadableTime => "unreadable_time",
            Self::NoAmount => "no_amount",
            Self::NotANumber => "not_a_number",
            Self::OtherCurrency => "other_currency",
            Self::FutureDate => "future_date",
            Self::AfterAsOf => "after_as_of",
            Self::ReturnDropped => "return_dropped",
            Self::Duplicate => "duplicate",
            Self::NoEnd => "no_end",
            Self::EndBeforeStart => "end_before_start",
            Self::UnreadableStatus => "unreadable_status",
            Self::NoTenure => "no_tenure",
        }
    }
}

/// Names of the reasons, as they stand in the file and the counts.
pub const PROBLEM_REASONS: [&str; 16] = {
    let mut names = [""; 16];
    let mut index = 0;
    while index < names.len() {
        names[index] = Reason::ALL[index].name();
        index += 1;
    }
    names
};

/// Longest text of a row that is kept, in characters.
const ROW_TEXT: usize = 500;

/// Collects problems from all readers at once; memory is bounded by one row group.
#[derive(Debug)]
pub struct ProblemLog {
    path: PathBuf,
    written: Mutex<Sink>,
    rows_read: AtomicU64,
    rows_used: AtomicU64,
    identical_rows: AtomicU64,
}

enum Sink {
    File(Box<Written>),
    /// Is told the file and its problems.
    Listener(Box<Listener>),
}

/// Hears of the problems of a file: line, reason and row.
type Listener = dyn FnMut(&str, Vec<(u64, &'static str, String)>) + Send;

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Self::File(_)) { "File" } else { "Listener" })
    }
}

struct Written {
    writer: ArrowWriter<File>,
    counts: BTreeMap<Reason, u64>,
}

impl ProblemLog {
    /// Begins the Parquet file `path`, with columns file, line, reason and row.
    ///
    /// # Errors
    /// [`IngestError::ProblemLog`] where it cannot be written.
    pub fn create(path: &Path) -> Result<Self, IngestError> {
        let failed = |detail: String| IngestError::ProblemLog { path: path.display().to_string(), detail };
        let file = File::create(path).map_err(|error| failed(error.to_string()))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(64 * 1024))
            .build();
        let writer =
            ArrowWriter::try_new(file, schema(), Some(properties)).map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            path: path.to_owned(),
            written: Mutex::new(Sink::File(Box::new(Written { writer, counts: BTreeMap::new() }))),
            rows_read: AtomicU64::new(0),
            rows_used: AtomicU64::new(0),
            identical_rows: AtomicU64::new(0),
        })
    }

    /// Tells somebody instead of writing a file.
    pub(super) fn telling(listener: Box<Listener>) -> Self {
        Self {
            path: PathBuf::new(),
            written: Mutex::new(Sink::Listener(listener)),
            rows_read: AtomicU64::new(0),
            rows_used: AtomicU64::new(0),
            identical_rows: AtomicU64::new(0),
        }
    }

    /// Rows seen so far, used or not; a header and blank lines are none.
    pub fn rows_read(&self) -> u64 {
        self.rows_read.load(Ordering::Relaxed)
    }

    /// Rows handed on so far.
    pub fn rows_used(&self) -> u64 {
        self.rows_used.load(Ordering::Relaxed)
    }

    /// Rows handed on although an identical one stands in the same file; counted only where duplicates are looked
    /// for at all.
    pub fn identical_rows(&self) -> u64 {
        self.identical_rows.load(Ordering::Relaxed)
    }

    /// Ends the file and gives the counts by reason, the most frequent first.
    ///
    /// # Errors
    /// [`IngestError::ProblemLog`] where the end cannot be written.
    pub fn finish(self) -> Result<Vec<ProblemCount>, IngestError> {
        let written = self.written.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Sink::File(written) = written else { return Ok(Vec::new()) };
        let Written { writer, counts } = *written;
        let path = self.path.display().to_string();
        writer.close().map_err(|error| IngestError::ProblemLog { path, detail: error.to_string() })?;
        let mut counts: Vec<(Reason, u64)> = counts.into_iter().collect();
        counts.sort_by_key(|(reason, rows)| (std::cmp::Reverse(*rows), *reason));
        Ok(counts.into_iter().map(|(reason, rows)| ProblemCount { reason: reason.name().to_owned(), rows }).collect())
    }

    fn lock(&self) -> MutexGuard<'_, Sink> {
        // A reader that panicked left whole rows behind: each write is one call.
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one reader found in a file since it last told the log.
#[derive(Debug)]
pub(super) struct Found {
    file: Arc<str>,
    rows: Vec<(u64, Reason, String)>,
    pub(super) read: u64,
    pub(super) used: u64,
    pub(super) identical: u64,
}

impl Found {
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.into(), rows: Vec::new(), read: 0, used: 0, identical: 0 }
    }

    pub(super) fn add(&mut self, line: u64, reason: Reason, text: &str) {
        let end = text.char_indices().nth(ROW_TEXT).map_or(text.len(), |(at, _)| at);
        self.rows.push((line, reason, text[..end].to_owned()));
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Takes everything, as rows of a file of this number.
    pub(super) fn take(&mut self, file: u32) -> Vec<RejectedRow> {
        let row = |(line, reason, text): (u64, Reason, String)| RejectedRow {
            place: Place { file, line },
            reason: reason.name(),
            text,
        };
        self.rows.drain(..).map(row).collect()
    }

    /// Moves everything to the log.
    pub(super) fn tell(&mut self, log: &ProblemLog) -> Result<(), IngestError> {
        log.rows_read.fetch_add(std::mem::take(&mut self.read), Ordering::Relaxed);
        log.rows_used.fetch_add(std::mem::take(&mut self.used), Ordering::Relaxed);
        log.identical_rows.fetch_add(std::mem::take(&mut self.identical), Ordering::Relaxed);
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut sink = log.lock();
        let written = match &mut *sink {
            Sink::File(written) => written,
            Sink::Listener(listener) => {
                let told = self.rows.drain(..).map(|(line, reason, text)| (line, reason.name(), text));
                listener(&self.file, told.collect());
                return Ok(());
            }
        };
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(self.rows.iter().map(|_| &*self.file))),
            Arc::new(Int64Array::from_iter_values(self.rows.iter().map(|(line, ..)| *line as i64))),
            Arc::new(StringArray::from_iter_values(self.rows.iter().map(|(_, reason, _)| reason.name()))),
            Arc::new(StringArray::from_iter_values(self.rows.iter().map(|(.., text)| text))),
        ];
        let batch = RecordBatch::try_new(schema(), columns).expect("the columns are those of the schema");
        for (_, reason, _) in self.rows.drain(..) {
            *written.counts.entry(reason).or_default() += 1;
        }
        written.writer.write(&batch).map_err(|error| IngestError::ProblemLog {
            path: log.path.display().to_string(),
            detail: error.to_string(),
        })
    }
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("file", DataType::Utf8, false),
        Field::new("line", DataType::Int64, false),
        Field::new("reason", DataType::Utf8, false),
        Field::new("row", DataType::Utf8, false),
    ]))
}
