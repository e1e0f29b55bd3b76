//! Files of purchases in, clean Arrow record batches out; [`contracts`] and [`covariates`] read other files by the same
//! rules.
//!
//! [`open`] looks at the files, decides which column is what and how values are written, or stops with a message that
//! names the flag that decides. The [`Dataset`] it gives falls into [`Partition`]s that are read in parallel; rows that
//! cannot be used go to a [`ProblemLog`] with their file, line and reason. Nothing is lost silently.
//!
//! A clean batch has the columns `customer` (text as in the file, or Int64 where all files are Parquet with whole
//! numbers), `day` (Int32, local day since 1970-01-01), `amount` (Int64, 1/10000 of the currency, the whole line,
//! negative for a return), and where the files have them `cost` (as `amount`), `order`, `product`, `category` and
//! `channel` (text); detailed ones also say where each row stands, the time and the quantity. [`Reading`] gives them row by
//! row, and [`RecordFiles`] the rows of any other table as records.

mod columnar;
pub mod contracts;
mod convert;
pub mod covariates;
mod delimited;
mod detect;
mod error;
mod json;
mod names;
mod numbers;
mod options;
mod plan;
mod problems;
pub mod records;
mod repeats;
mod rows;
mod source;
#[cfg(test)]
mod tests;
mod times;

pub use detect::FoundBy;
pub use error::IngestError;
pub use numbers::DecimalMark;
pub use options::{ColumnChoices, Duplicates, Encoding, Options, Returns, Role, SavedMapping, Separator};
pub use plan::{ColumnMapping, Mapping};
pub use problems::{PROBLEM_REASONS, ProblemLog};
pub use records::{RecordChoices, RecordFiles};
pub use rows::Reading;
pub(crate) use times::LocalDays;
pub use times::TimeFormat;

use columnar::{ColumnBatches, Footer, RowGroups};
use convert::{Lines, TextBatches};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use delimited::{Layout, Next, Rows};
use detect::{Decision, Native, Sample};
use plan::Plan;
use problems::Reason;
use repeats::Repeats;
use source::{Container, Source, Text};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Looks at the files and decides how to read them.
///
/// `paths` are files, patterns, or `-` for standard input.
///
/// # Errors
/// [`IngestError`] where a file cannot be read, or something must be decided by a flag.
pub fn open(paths: &[String], options: &Options) -> Result<Dataset, IngestError> {
    let (files, samples) = look_at_all(paths, options)?;
    let rest = |column: &str, see: &mut dyn FnMut(&str) -> ControlFlow<()>| scan_all(&files, column, see);
    let decision = detect::decide(&samples, options, &rest)?;
    check_columns(&decision, &samples)?;
    let currency = currency(&decision, options, &samples)?;
    let integers = files.iter().all(|file| match &file.kind {
        Kind::Parquet(footer) => decision.column(Role::Customer).is_some_and(|name| footer.is_integer(name)),
        _ => false,
    });
    let has_order = decision.column(Role::Order).is_some();
    let repeats = if options.duplicates == Duplicates::Auto && are_apart(&files, &decision) {
        None
    } else {
        Repeats::new(options.duplicates, files.len(), has_order)
    };
    let plan = Plan::new(&decision, options, currency, integers, repeats);
    Ok(Dataset { plan: Arc::new(plan), files: files.into_iter().map(Arc::new).collect() })
}

/// Finds the files, their forms, and a sample of the rows of each.
/// The names of the columns of files, as the first has them.
///
/// # Errors
/// [`IngestError`] where a file cannot be read at all.
pub fn column_names(paths: &[String], options: &Options) -> Result<Vec<String>, IngestError> {
    let (_, samples) = look_at_all(paths, options)?;
    Ok(samples.into_iter().next().map(|sample| sample.names).unwrap_or_default())
}

fn look_at_all(paths: &[String], options: &Options) -> Result<(Vec<InputFile>, Vec<Sample>), IngestError> {
    let sources = source::find(paths)?;
    // Of many files, a little of each.
    let rows = (SAMPLE_ROWS * 4 / sources.len()).clamp(200, SAMPLE_ROWS);
    let head = (HEAD * 4 / sources.len()).clamp(64 * 1024, HEAD);
    let (mut files, mut samples) = (Vec::new(), Vec::new());
    for source in sources {
        let (file, sample) = look(source, options, (head, rows))?;
        files.push(file);
        samples.push(sample);
    }
    Ok((files, samples))
}

/// All values of a column in all files, until told to stop.
fn scan_all(
    files: &[InputFile],
    column: &str,
    see: &mut dyn FnMut(&str) -> ControlFlow<()>,
) -> Result<(), IngestError> {
    for file in files {
        if file.scan(column, see)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Rows looked at in one file.
const SAMPLE_ROWS: usize = 20_000;
/// Bytes looked at from the beginning of a text file, unpacked.
const HEAD: usize = 4 * 1024 * 1024;
/// And from its end, where it is not packed.
const TAIL: u64 = 256 * 1024;

/// Files that are read as one table.
#[derive(Debug)]
pub struct Dataset {
    plan: Arc<Plan>,
    files: Vec<Arc<InputFile>>,
}

impl Dataset {
    /// What was chosen.
    pub fn mapping(&self) -> &Mapping {
        &self.plan.mapping
    }

    /// The columns of the clean batches.
    pub fn schema(&self) -> SchemaRef {
        self.plan.schema.clone()
    }

    /// Sizes of all files together, for progress.
    pub fn bytes_total(&self) -> u64 {
        self.files.iter().map(|file| file.source.size).sum()
    }

    /// The files, as the user knows them.
    pub fn files(&self) -> Vec<String> {
        self.files.iter().map(|file| file.source.name.clone()).collect()
    }

    /// Parts that can be read independently, in the order of the files.
    ///
    /// The search for duplicates remembers rows: read the partitions of one data set once.
    pub fn partitions(&self) -> Vec<Partition> {
        let mut partitions = Vec::new();
        for (number, file) in (0..).zip(&self.files) {
            let parts: Vec<Option<RowGroups>> = match &file.kind {
                Kind::Parquet(footer) => footer.partitions().into_iter().map(Some).collect(),
                _ => vec![None],
            };
            partitions.extend(parts.into_iter().map(|groups| Partition {
                plan: self.plan.clone(),
                file: file.clone(),
                number,
                groups,
            }));
        }
        partitions
    }
}

/// A part of a data set: a text file, or some row groups of a Parquet file.
#[derive(Debug)]
pub struct Partition {
    plan: Arc<Plan>,
    file: Arc<InputFile>,
    number: u32,
    groups: Option<RowGroups>,
}

impl Partition {
    /// The clean rows; the others go to `problems`. `progress` counts bytes of the file as they are read.
    pub fn batches<'a>(
        self,
        problems: &'a ProblemLog,
        progress: &'a AtomicU64,
    ) -> impl Iterator<Item = Result<RecordBatch, IngestError>> + Send + 'a {
        let batches: Box<dyn Iterator<Item = Result<RecordBatch, IngestError>> + Send + 'a> =
            match self.start(problems, progress) {
                Ok(batches) => batches,
                Err(error) => Box::new(std::iter::once(Err(error))),
            };
        batches
    }

    fn start<'a>(self, log: &'a ProblemLog, progress: &'a AtomicU64) -> Result<Batches<'a>, IngestError> {
        let Self { plan, file, number, groups } = self;
        let source = &file.source;
        Ok(match (&file.kind, &groups) {
            (Kind::Parquet(footer), Some(groups)) => {
                Box::new(ColumnBatches::new(plan, footer, groups, source, number, log, progress)?)
            }
            _ => {
                let rows = file.rows(Some(progress))?;
                let (lines, names) = match &file.kind {
                    Kind::Delimited(layout, _) => (Lines::delimited(layout, &plan), layout.names.as_slice()),
                    _ => (Lines::Json(Box::new(json::Wanted::new(&plan))), [].as_slice()),
                };
                Box::new(TextBatches::new(plan, rows, lines, names, (&source.name, number), log))
            }
        })
    }
}

type Batches<'a> = Box<dyn Iterator<Item = Result<RecordBatch, IngestError>> + Send + 'a>;

/// The cells of a row, in the order in which columns were asked for.
#[derive(Debug, Clone, Copy)]
struct Cells<'a> {
    text: &'a [&'a str],
    plain: &'a [bool],
}

/// A file with what is known of its form.
#[derive(Debug)]
struct InputFile {
    source: Source,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Delimited(Layout, Option<Encoding>),
    Json(Option<Encoding>),
    Parquet(Footer),
}

/// Finds the form of a file and takes a sample of its rows.
fn look(source: Source, options: &Options, (head, rows): (usize, usize)) -> Result<(InputFile, Sample), IngestError> {
    if source.container == Container::Parquet {
        let footer = Footer::read(&source)?;
        let sample = footer.sample(&source, rows)?;
        return Ok((InputFile { source, kind: Kind::Parquet(footer) }, sample));
    }
    let (head, complete) = source.head(head)?;
    let encoding = options.encoding.or_else(|| source::guess_encoding(&head));
    if source::is_binary(&head, encoding) {
        let advice = "give delimited text, JSON lines or Parquet, plain or packed with gzip or zstd";
        return Err(IngestError::Unsupported { path: source.name, kind: "not text".to_owned(), advice });
    }
    let mut text = String::new();
    let mut reader = Text::new(Box::new(io::Cursor::new(head)), Some(encoding.unwrap_or(Encoding::Utf8)));
    while reader.read_more(&mut text).map_err(IngestError::io(&source.name))? {}
    let kind = match text.trim_start().chars().next() {
        None => return Err(IngestError::Empty { path: source.name }),
        Some('{') => Kind::Json(encoding),
        Some('[') => {
            let kind = "one JSON array".to_owned();
            return Err(IngestError::Unsupported {
                path: source.name,
                kind,
                advice: "write one object a line instead",
            });
        }
        Some(_) => {
            let layout = delimited::find_layout(&text, complete, options.separator, options.header)
                .map_err(IngestError::io(&source.name))?;
            Kind::Delimited(layout, encoding)
        }
    };
    let file = InputFile { source, kind };
    let sample = file.sample(text, complete, rows)?;
    Ok((file, sample))
}

/// Who is shown each row: its line, its cells or why it has none, and its text.
type SeeCells<'a> = &'a mut dyn FnMut(u64, Result<Cells<'_>, Reason>, &str) -> Result<(), IngestError>;

impl InputFile {
    fn rows<'a>(&self, progress: Option<&'a AtomicU64>) -> Result<Rows<'a>, IngestError> {
        let bytes = self.source.bytes(progress)?;
        let io = IngestError::io(&self.source.name);
        match &self.kind {
            Kind::Delimited(layout, encoding) => Rows::of_file(Text::new(bytes, *encoding), layout).map_err(io),
            Kind::Json(encoding) => Ok(Rows::lines(Text::new(bytes, *encoding))),
            Kind::Parquet(_) => unreachable!("Parquet files have row groups"),
        }
    }

    /// The first rows of a text file, and some of its last.
    fn sample(&self, head: String, complete: bool, rows: usize) -> Result<Sample, IngestError> {
        let io = IngestError::io(&self.source.name);
        let mut sampler = Sampler::new(&self.source.name, &self.kind);
        let plain: Box<dyn Read + Send> = Box::new(io::Cursor::new(head.into_bytes()));
        let plain = Text::new(plain, Some(Encoding::Utf8));
        let head = match &self.kind {
            Kind::Delimited(layout, _) => Rows::of_file(plain, layout),
            _ => Ok(Rows::lines(plain)),
        };
        head.and_then(|mut head| sampler.take(&mut head, rows, complete)).map_err(io)?;
        if !complete && let Some(mut tail) = self.tail().map_err(IngestError::io(&self.source.name))? {
            sampler.take(&mut tail, rows / 10, true).map_err(IngestError::io(&self.source.name))?;
        }
        Ok(sampler.sample)
    }

    /// The rows in the last part of an unpacked file, after the first line break there.
    fn tail(&self) -> io::Result<Option<Rows<'static>>> {
        let (encoding, separator) = match &self.kind {
            Kind::Delimited(layout, encoding) => (*encoding, Some(layout.separator)),
            Kind::Json(encoding) => (*encoding, None),
            Kind::Parquet(_) => return Ok(None),
        };
        let wide = matches!(encoding, Some(Encoding::Utf16Le | Encoding::Utf16Be));
        if self.source.container != Container::Plain || wide {
            return Ok(None);
        }
        let mut file = std::fs::File::open(&self.source.path)?;
        file.seek(SeekFrom::Start(self.source.size.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let start = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
        bytes.drain(..start);
        let text = Text::new(Box::new(io::Cursor::new(bytes)), encoding);
        Ok(Some(match separator {
            Some(separator) => Rows::new(text, separator),
            None => Rows::lines(text),
        }))
    }

    /// Row after row of these columns as text, each with its line and whether it is a number of JSON or Parquet, which
    /// have their own notation whatever the mark of texts; rows that have no such columns come as their reason.
    fn each_row(&self, columns: &[String], progress: &AtomicU64, see: SeeCells<'_>) -> Result<(), IngestError> {
        if let Kind::Parquet(footer) = &self.kind {
            let plain = vec![true; columns.len()];
            footer.each_row(&self.source, columns, &mut |line, text| {
                see(line, Ok(Cells { text, plain: &plain }), &text.join(", "))
            })?;
            progress.fetch_add(self.source.size, std::sync::atomic::Ordering::Relaxed);
            return Ok(());
        }
        let mut rows = self.rows(Some(progress))?;
        let plain = vec![false; columns.len()];
        loop {
            match (rows.advance().map_err(IngestError::io(&self.source.name))?, &self.kind) {
                (Next::End, _) => return Ok(()),
                (Next::Unreadable(line), _) => see(line, Err(Reason::UnreadableText), rows.text())?,
                (Next::Row(line), Kind::Delimited(layout, _)) => {
                    if !convert::has_width(&rows, layout.names.len()) {
                        see(line, Err(Reason::WrongColumns), rows.text())?;
                        continue;
                    }
                    let place = |column: &String| layout.names.iter().position(|name| name == column);
                    let text: Vec<&str> =
                        columns.iter().map(|column| place(column).map_or("", |at| rows.field(at))).collect();
                    see(line, Ok(Cells { text: &text, plain: &plain }), rows.text())?;
                }
                (Next::Row(line), _) => {
                    let Some(members) = json::members(rows.text()) else {
                        see(line, Err(Reason::UnreadableText), rows.text())?;
                        continue;
                    };
                    let member = |column: &String| members.iter().find(|(name, ..)| name == column);
                    let found: Vec<_> = columns.iter().map(member).collect();
                    let text: Vec<&str> = found.iter().map(|one| one.map_or("", |(_, text, _)| text)).collect();
                    let plain: Vec<bool> = found.iter().map(|one| one.is_some_and(|(.., plain)| *plain)).collect();
                    see(line, Ok(Cells { text: &text, plain: &plain }), rows.text())?;
                }
            }
        }
    }

    /// All values of a column, until told to stop.
    fn scan(&self, column: &str, see: &mut dyn FnMut(&str) -> ControlFlow<()>) -> Result<ControlFlow<()>, IngestError> {
        let mut rows = match &self.kind {
            Kind::Parquet(footer) => return footer.scan(&self.source, column, see),
            _ => self.rows(None)?,
        };
        let place = match &self.kind {
            Kind::Delimited(layout, _) => layout.names.iter().position(|name| name == column),
            _ => None,
        };
        loop {
            let next = rows.advance().map_err(IngestError::io(&self.source.name))?;
            let value = match (next, &self.kind, place) {
                (Next::End, ..) => return Ok(ControlFlow::Continue(())),
                (Next::Row(_), Kind::Delimited(layout, _), Some(place)) if rows.len() == layout.names.len() => {
                    rows.field(place).to_owned()
                }
                (Next::Row(_), Kind::Json(_), _) => json::member(rows.text(), column).unwrap_or_default(),
                _ => continue,
            };
            if see(&value).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
}

/// Gathers a sample, by column.
struct Sampler {
    sample: Sample,
    json: bool,
    rows: usize,
}

impl Sampler {
    fn new(file: &str, kind: &Kind) -> Self {
        let (names, named) = match kind {
            Kind::Delimited(layout, _) => (layout.names.clone(), layout.header),
            _ => (Vec::new(), true),
        };
        let natives = vec![Native::Text; names.len()];
        let values = vec![Vec::new(); names.len()];
        let json = matches!(kind, Kind::Json(_));
        Self {
            sample: Sample { file: file.to_owned(), named, leaves_out: json, names, natives, values },
            json,
            rows: 0,
        }
    }

    fn take(&mut self, rows: &mut Rows<'_>, most: usize, complete: bool) -> io::Result<()> {
        let end = self.rows + most;
        while self.rows < end {
            match rows.advance()? {
                Next::End => {
                    // The last row of a head is cut.
                    if !complete && self.rows > 1 {
                        self.sample.values.iter_mut().for_each(|values| values.truncate(self.rows - 1));
                    }
                    return Ok(());
                }
                Next::Unreadable(_) => {}
                Next::Row(_) if self.json => self.object(rows.text()),
                Next::Row(_) => self.fields(rows),
            }
        }
        Ok(())
    }

    fn fields(&mut self, rows: &Rows<'_>) {
        if rows.len() == self.sample.names.len() {
            self.rows += 1;
            for (index, values) in self.sample.values.iter_mut().enumerate() {
                values.push(rows.field(index).to_owned());
            }
        }
    }

    fn object(&mut self, line: &str) {
        let Some(members) = json::members(line) else { return };
        self.rows += 1;
        for (name, text, plain) in members {
            let at = self.sample.names.iter().position(|known| *known == name).unwrap_or_else(|| {
                self.sample.names.push(name);
                self.sample.natives.push(Native::Number);
                self.sample.values.push(Vec::new());
                self.sample.names.len() - 1
            });
            // Numbers are read by the rules of JSON only where no text is among them.
            if !plain && !numbers::is_missing(&text) {
                self.sample.natives[at] = Native::Text;
            }
            self.sample.values[at].push(text);
        }
    }
}

impl Decision {
    fn column(&self, role: Role) -> Option<&str> {
        self.columns.iter().find(|(known, ..)| *known == role).map(|(_, name, _)| name.as_str())
    }
}

/// Every file must have every column that is used. JSON objects leave out what is empty, so only what no purchase can
/// do without is missed there.
fn check_columns(decision: &Decision, samples: &[Sample]) -> Result<(), IngestError> {
    for sample in samples {
        for (role, column, _) in &decision.columns {
            let needed = !sample.leaves_out || *role <= Role::UnitPrice;
            if needed && !sample.names.contains(column) {
                return Err(IngestError::MissingInFile {
                    path: sample.file.clone(),
                    column: column.clone(),
                    role: *role,
                    first: samples[0].file.clone(),
                    columns: sample.names.clone(),
                });
            }
        }
    }
    Ok(())
}

/// Whether the footers say that no two files share a time, or an order, so that no row can stand in both.
fn are_apart(files: &[InputFile], decision: &Decision) -> bool {
    [Role::Time, Role::Order].into_iter().filter_map(|role| decision.column(role)).any(|column| {
        let range = |file: &InputFile| match &file.kind {
            Kind::Parquet(footer) => footer.range(column),
            _ => None,
        };
        let Some(mut ranges) = files.iter().map(range).collect::<Option<Vec<_>>>() else { return false };
        ranges.sort_by_key(|(_, least, _)| *least);
        ranges.windows(2).all(|two| two[0].0 == two[1].0 && two[0].2 < two[1].1)
    })
}

/// The one currency: the user's, or the only one in the samples.
fn currency(decision: &Decision, options: &Options, samples: &[Sample]) -> Result<Option<String>, IngestError> {
    if options.currency.is_some() {
        return Ok(options.currency.clone());
    }
    let Some(column) = decision.column(Role::Currency) else { return Ok(None) };
    let mut found: Vec<String> = Vec::new();
    for sample in samples {
        let Some(at) = sample.names.iter().position(|name| name == column) else { continue };
        for value in &sample.values[at] {
            let value = value.trim();
            if !numbers::is_missing(value) && !found.iter().any(|known| known.eq_ignore_ascii_case(value)) {
                found.push(value.to_owned());
            }
        }
    }
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => Err(IngestError::SeveralCurrencies { column: column.to_owned(), found }),
    }
}
