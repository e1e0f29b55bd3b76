//! Any table as records: a JSON object a row, as the API takes them. Who it is about, when and what are found by their
//! columns' names; the rest stays as it is called and typed in the file.

use super::convert::has_width;
use super::delimited::Next;
use super::detect::{self, Column};
use super::numbers::{self, DecimalMark};
use super::options::{Options, Role};
use super::problems::{Found, Reason};
use super::rows::{Out, Reading};
use super::times::{LocalDays, TimeFormat};
use super::{IngestError, InputFile, Kind, names};
use chrono::{DateTime, SecondsFormat};
use cvm_core::rows::{Place, Rows};
use serde_json::{Map, Value};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Rows handed on at once.
const BATCH: usize = 1_000;

/// What is asked of the files.
#[derive(Debug, Clone, Default)]
pub struct RecordChoices {
    /// Columns by what a record calls them: `customer_id`, `email`, `phone`, `loyalty_card`, `time`, `event`.
    pub columns: Vec<(String, String)>,
    /// Those that must be there.
    pub needed: Vec<&'static str>,
    /// Whether columns are found by their names, too.
    pub by_name: bool,
    /// Where all other columns go: a member of the record; empty for the record itself.
    pub others: &'static str,
    /// Whether a column `id` names the customer, where no other does.
    pub id_is_customer: bool,
}

impl RecordChoices {
    /// What is asked of files of `customers` or of `events` that people bring in: columns are found by their names, what has
    /// no other meaning is an attribute, or a property.
    pub fn of(kind: &str, columns: Vec<(String, String)>) -> Self {
        match kind {
            "events" => Self {
                columns,
                needed: vec!["event", "time"],
                by_name: true,
                others: "properties",
                id_is_customer: false,
            },
            _ => Self { columns, needed: Vec::new(), by_name: true, others: "attributes", id_is_customer: true },
        }
    }
}

/// Names of columns that say what they are, without capitals and marks.
const KNOWN: &[(&str, &[&str])] = &[
    ("email", &["email", "emailaddress", "mail", "почта", "электроннаяпочта", "ایمیل"]),
    ("phone", &["phone", "phonenumber", "mobile", "mobilephone", "telephone", "telefon", "msisdn", "телефон", "تلفن"]),
    ("loyalty_card", &["loyaltycard", "loyaltycardnumber", "cardnumber", "kartalojalnosciowa"]),
    ("event", &["event", "eventname", "zdarzenie", "событие"]),
];

/// Files with the choices that were made about them.
#[derive(Debug)]
pub struct RecordFiles {
    files: Vec<InputFile>,
    plan: Plan,
}

#[derive(Debug, Clone)]
struct Plan {
    /// Column and what the record calls it.
    named: Vec<(String, String)>,
    others: &'static str,
    time: Option<(TimeFormat, LocalDays)>,
    /// Columns of text that hold nothing but numbers, or truth.
    numbers: Vec<String>,
    truths: Vec<String>,
    mark: DecimalMark,
}

/// Looks at the files and decides how to read them.
///
/// # Errors
/// [`IngestError`] where a file cannot be read, or something must be decided by a flag.
pub fn open(paths: &[String], choices: &RecordChoices, options: &Options) -> Result<RecordFiles, IngestError> {
    let (files, samples) = super::look_at_all(paths, options)?;
    let columns = detect::columns(&samples);
    if columns.iter().all(|column| column.values.is_empty()) {
        return Err(IngestError::NoRows { paths: samples.iter().map(|sample| sample.file.clone()).collect() });
    }
    let mut named: Vec<(String, String)> = Vec::new();
    for (name, wanted) in &choices.columns {
        let Some(at) = detect::asked_for(&columns, samples[0].named, wanted) else {
            // Objects leave out what is empty.
            if samples.iter().all(|sample| sample.leaves_out) && !choices.by_name {
                continue;
            }
            return Err(IngestError::NoSuchColumn {
                wanted: wanted.clone(),
                path: samples[0].file.clone(),
                columns: columns.iter().map(|column| column.name.to_owned()).collect(),
            });
        };
        named.push((columns[at].name.to_owned(), name.clone()));
    }
    for column in &columns {
        if choices.by_name
            && let Some(name) = known(column, choices)
            && !named.iter().any(|(known, as_)| known == column.name || *as_ == name)
        {
            named.push((column.name.to_owned(), name.to_owned()));
        }
    }
    if choices.id_is_customer
        && !named.iter().any(|(_, name)| name == "customer_id")
        && let Some(column) = columns.iter().find(|column| column.name.eq_ignore_ascii_case("id"))
    {
        named.push((column.name.to_owned(), "customer_id".to_owned()));
    }
    if let Some(name) = choices.needed.iter().find(|name| !named.iter().any(|(_, as_)| as_ == *name)) {
        let columns = columns.iter().map(|column| column.name.to_owned()).collect();
        return Err(IngestError::NoMember { name, columns });
    }
    let rest = |column: &str, see: &mut dyn FnMut(&str) -> ControlFlow<()>| super::scan_all(&files, column, see);
    let when = named.iter().find(|(_, name)| name == "time").map(|(column, _)| column.as_str());
    let time = match columns.iter().find(|column| Some(column.name) == when) {
        None => None,
        Some(column) => {
            let (format, midnights) = detect::decide_time(column, options.date_format, &rest)?;
            Some((format.unwrap_or(TimeFormat::Ymd), LocalDays::new(options.timezone, midnights)))
        }
    };
    let mark = options.decimal.unwrap_or_default();
    let free = || columns.iter().filter(|column| !named.iter().any(|(known, _)| known == column.name));
    let all = |column: &&Column<'_>, fits: &dyn Fn(&str) -> bool| {
        !column.values.is_empty() && column.values.iter().all(|value| fits(value))
    };
    let numbers = free().filter(|column| all(column, &|text| number(text, mark).is_some()));
    let truths = free().filter(|column| all(column, &|text| truth(text).is_some()));
    let plan = Plan {
        numbers: numbers.map(|column| column.name.to_owned()).collect(),
        truths: truths.map(|column| column.name.to_owned()).collect(),
        others: choices.others,
        time,
        mark,
        named,
    };
    Ok(RecordFiles { files, plan })
}

/// What a column is by its name, of what is asked for.
fn known(column: &Column<'_>, choices: &RecordChoices) -> Option<&'static str> {
    let plain: String = column.name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
    if names::tier(column.name, Role::Customer) == Some(1) {
        return Some("customer_id");
    }
    if names::tier(column.name, Role::Time).is_some() && choices.needed.contains(&"time") {
        return Some("time");
    }
    let wanted = |name: &str| name != "event" || choices.needed.contains(&name);
    KNOWN.iter().find(|(name, words)| wanted(name) && words.contains(&plain.as_str())).map(|(name, _)| *name)
}

/// A number that loses nothing by being one: no zeros before it, no more digits than a number of JSON keeps.
fn number(text: &str, mark: DecimalMark) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let plain = digits.first().is_some_and(u8::is_ascii_digit) && digits.len() <= 16;
    let padded = digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit();
    if !plain || padded {
        return None;
    }
    serde_json::from_str(&numbers::parse(text, mark)?.to_string()).ok()
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

impl RecordFiles {
    /// The columns with a meaning, and which.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &str)> {
        self.plan.named.iter().map(|(column, name)| (column.as_str(), name.as_str()))
    }

    /// The files, as the user knows them.
    pub fn files(&self) -> Vec<String> {
        self.files.iter().map(|file| file.source.name.clone()).collect()
    }

    /// Sizes of all files together, for progress.
    pub fn bytes_total(&self) -> u64 {
        self.files.iter().map(|file| file.source.size).sum()
    }

    /// All records in their order, and the rows that are none; from a runtime of tokio. `progress` counts bytes of the
    /// files.
    pub fn read(self, progress: Arc<AtomicU64>) -> Reading {
        Reading::start(move |out| {
            let Self { files, plan } = self;
            (0..).zip(&files).try_for_each(|(number, file)| read(file, number, &plan, &progress, out))
        })
    }
}

/// All rows of a file.
fn read(file: &InputFile, number: u32, plan: &Plan, progress: &AtomicU64, out: &Out) -> Result<(), IngestError> {
    let mut waiting = Waiting { rows: Vec::new(), found: Found::new(&file.source.name), file: number, out };
    if let Kind::Parquet(footer) = &file.kind {
        footer.each_object(&file.source, progress, &mut |line, object| {
            waiting.add(line, Ok(plan.record(object.into_iter().map(|(name, value)| (name, value, false)))), "")
        })?;
        return waiting.flush().map(drop);
    }
    let mut rows = file.rows(Some(progress))?;
    loop {
        let (line, record) = match rows.advance().map_err(IngestError::io(&file.source.name))? {
            Next::End => return waiting.flush().map(drop),
            Next::Unreadable(line) => (line, Err(Reason::UnreadableText)),
            Next::Row(line) => match &file.kind {
                Kind::Delimited(layout, _) if has_width(&rows, layout.names.len()) => {
                    let cell = |(at, name): (usize, &String)| {
                        (name.clone(), Value::String(numbers::trimmed(rows.field(at)).to_owned()), true)
                    };
                    (line, Ok(plan.record(layout.names.iter().enumerate().map(cell))))
                }
                Kind::Delimited(..) => (line, Err(Reason::WrongColumns)),
                _ => match serde_json::from_str(rows.text()) {
                    Ok(Value::Object(object)) => {
                        (line, Ok(plan.record(object.into_iter().map(|(name, value)| (name, value, false)))))
                    }
                    _ => (line, Err(Reason::UnreadableText)),
                },
            },
        };
        if !waiting.add(line, record, rows.text())? {
            return Ok(());
        }
    }
}

/// Rows on their way.
struct Waiting<'a> {
    rows: Vec<(Place, Map<String, Value>)>,
    found: Found,
    file: u32,
    out: &'a Out,
}

impl Waiting<'_> {
    /// False where nobody asks any more.
    fn add(&mut self, line: u64, record: Result<Map<String, Value>, Reason>, text: &str) -> Result<bool, IngestError> {
        match record {
            Ok(record) => self.rows.push((Place { file: self.file, line }, record)),
            Err(reason) => self.found.add(line, reason, text),
        }
        if self.rows.len() + self.found.len() < BATCH { Ok(true) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<bool, IngestError> {
        if self.found.len() > 0 {
            let rejected = self.found.take(self.file);
            if !self.out.send(Rows::Rejected(rejected)) {
                return Ok(false);
            }
        }
        Ok(self.rows.is_empty() || self.out.send(Rows::Records(std::mem::take(&mut self.rows))))
    }
}

impl Plan {
    /// The record of a row: name, value, and whether it is text of a file that has nothing else.
    fn record(&self, cells: impl Iterator<Item = (String, Value, bool)>) -> Map<String, Value> {
        let (mut record, mut others) = (Map::new(), Map::new());
        for (name, value, untyped) in cells {
            let missing = match &value {
                Value::Null => true,
                Value::String(text) if untyped => numbers::is_missing(text),
                _ => false,
            };
            if missing {
                continue;
            }
            match self.named.iter().find(|(column, _)| *column == name) {
                Some((_, as_)) => {
                    let value = if as_ == "time" { self.time(value) } else { value };
                    record.insert(as_.clone(), value);
                }
                None => {
                    let value = if untyped { self.typed(&name, value) } else { value };
                    others.insert(name, value);
                }
            }
        }
        if self.others.is_empty() {
            for (name, value) in others {
                record.entry(name).or_insert(value);
            }
        } else {
            record.insert(self.others.to_owned(), Value::Object(others));
        }
        record
    }

    fn typed(&self, name: &str, value: Value) -> Value {
        let Value::String(text) = &value else { return value };
        if self.numbers.iter().any(|column| column == name) {
            return number(text, self.mark).unwrap_or(value);
        }
        if self.truths.iter().any(|column| column == name) {
            return truth(text).map_or(value, Value::Bool);
        }
        value
    }

    /// The time as RFC 3339; one that cannot be read stays as it is, and whoever takes the record says so.
    fn time(&self, value: Value) -> Value {
        let Some((format, days)) = &self.time else { return value };
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let moment = format.parse(text.trim()).and_then(|moment| DateTime::from_timestamp(days.instant(moment), 0));
        moment.map_or(value, |time| Value::String(time.to_rfc3339_opts(SecondsFormat::Secs, true)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cvm_core::rows::RowReader;
    use datafusion::arrow::array::{ArrayRef, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray};
    use datafusion::parquet::arrow::ArrowWriter;
    use serde_json::json;
    use std::path::Path;

    async fn read(path: &Path, choices: &RecordChoices) -> (Vec<Value>, Vec<u64>) {
        let options = Options::new(chrono::NaiveDate::MAX);
        let files = open(&[path.display().to_string()], choices, &options).unwrap();
        let mut reading = files.read(Arc::default());
        let (mut records, mut rejected) = (Vec::new(), Vec::new());
        while let Some(rows) = reading.next().await.unwrap() {
            match rows {
                Rows::Records(more) => records.extend(more.into_iter().map(|(_, record)| Value::Object(record))),
                Rows::Rejected(more) => rejected.extend(more.into_iter().map(|row| row.place.line)),
                Rows::Purchases(_) => unreachable!(),
            }
        }
        (records, rejected)
    }

    #[tokio::test]
    async fn columns_are_typed_as_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.csv");
        let text = "Customer ID;E-mail;Phone;visits;zip;vip;since\n\
                    007;a@example.org;48601234567;3;00-950;true;2024-05-06\n8;;;12;02-001;false;\n9;b@example.org\n";
        std::fs::write(&path, text).unwrap();
        let choices = RecordChoices { by_name: true, others: "attributes", ..RecordChoices::default() };
        let (records, rejected) = read(&path, &choices).await;
        assert_eq!(
            records,
            [
                json!({"customer_id": "007", "email": "a@example.org", "phone": "48601234567",
                    "attributes": {"visits": 3, "zip": "00-950", "vip": true, "since": "2024-05-06"}}),
                json!({"customer_id": "8", "attributes": {"visits": 12, "zip": "02-001", "vip": false}}),
            ]
        );
        assert_eq!(rejected, [4]);
    }

    #[tokio::test]
    async fn decimals_of_parquet_stay_exact_and_times_are_moments() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.parquet");
        let paid = Decimal128Array::from(vec![Some(123_456_789_012_345_678_901_i128), None]);
        let times = TimestampMicrosecondArray::from(vec![1_751_371_200_123_456, 0]).with_timezone("UTC");
        let fields: Vec<(&str, ArrayRef)> = vec![
            ("who", Arc::new(StringArray::from(vec!["ann", "bob"]))),
            ("paid", Arc::new(paid.with_precision_and_scale(30, 4).unwrap())),
            ("at", Arc::new(times)),
        ];
        let batch = RecordBatch::try_from_iter(fields).unwrap();
        let mut writer = ArrowWriter::try_new(std::fs::File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let columns = [("customer_id", "who"), ("amount", "paid"), ("time", "at")];
        let columns = columns.map(|(member, column)| (member.to_owned(), column.to_owned())).to_vec();
        let (records, _) = read(&path, &RecordChoices { columns, ..RecordChoices::default() }).await;
        let expected =
            json!({"customer_id": "ann", "amount": "12345678901234567.8901", "time": "2025-07-01T12:00:00Z"});
        assert_eq!(records, [expected, json!({"customer_id": "bob", "time": "1970-01-01T00:00:00Z"})]);
    }
}
