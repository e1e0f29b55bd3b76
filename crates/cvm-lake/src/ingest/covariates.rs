//! A file of what else is known of customers in, column by column out, in the order of the customers of the purchases.
//!
//! It is read by the rules of purchases, whatever its form; but how it is written is found by looking at it alone, since
//! another program may have written it.

use super::detect::{self, Column};
use super::numbers::{self, DecimalMark};
use super::options::{Options, Role};
use super::{IngestError, InputFile, Sample, names};
use cvm_core::report::{LeftOut, LeftOutReason};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicU64;

/// The most columns that are read.
const MOST_COLUMNS: usize = 16;

/// Different texts of a column that are told apart; those that come up later are rare.
const MOST_WORDS: usize = 10_000;

/// No value.
pub const MISSING: u32 = u32::MAX;

/// A text beyond [`MOST_WORDS`].
pub const RARE: u32 = u32::MAX - 1;

/// What is asked of the file.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The file, or a pattern.
    pub file: String,
    /// The column of customers; `None` finds it by its name.
    pub id: Option<String>,
    /// The columns to use; all that can be used where there are none.
    pub columns: Vec<String>,
}

/// The file with the choices that were made about it.
#[derive(Debug)]
pub struct CustomerFile {
    files: Vec<InputFile>,
    name: String,
    id: String,
    /// Name, and whether its values are numbers.
    columns: Vec<(String, bool)>,
    left_out: Vec<LeftOut>,
    mark: DecimalMark,
}

/// What the file says of each customer.
#[derive(Debug)]
pub struct Known {
    /// Column by column.
    pub columns: Vec<KnownColumn>,
    /// Customers with a row.
    pub matched: Vec<bool>,
    /// Rows of customers who are not in the purchases.
    pub other_rows: u64,
    /// Rows that could not be read, or name nobody.
    pub unusable_rows: u64,
}

/// One column over all customers.
#[derive(Debug)]
pub struct KnownColumn {
    /// Its name.
    pub name: String,
    /// One value a customer.
    pub values: Values,
}

/// The values of a column, one a customer.
#[derive(Debug)]
pub enum Values {
    /// Text: an index into the words, or [`MISSING`] or [`RARE`].
    Text {
        /// The different texts.
        words: Vec<String>,
        /// By customer.
        codes: Vec<u32>,
    },
    /// Numbers; what is missing is not a number.
    Numbers(Vec<f64>),
}

/// Looks at the file and decides how to read it. `customer_column` is what the purchases call the customer.
///
/// # Errors
/// [`IngestError`] where the file cannot be read, or something must be decided by an option.
pub fn open(wanted: &Wanted, customer_column: Option<&str>, options: &Options) -> Result<CustomerFile, IngestError> {
    let (files, samples) = super::look_at_all(std::slice::from_ref(&wanted.file), &Options::new(options.today))?;
    let columns = detect::columns(&samples);
    if columns.iter().all(|column| column.values.is_empty()) {
        return Err(IngestError::NoRows { paths: samples.iter().map(|sample| sample.file.clone()).collect() });
    }
    let search = Search { columns: &columns, samples: &samples };
    let id = search.id(wanted.id.as_deref(), customer_column)?;
    let (used, left_out) = search.columns(id, &wanted.columns)?;
    if used.is_empty() {
        return Err(nothing_left(&wanted.file, &left_out));
    }
    let rest = |column: &str, see: &mut dyn FnMut(&str) -> ControlFlow<()>| super::scan_all(&files, column, see);
    let numbers = || used.iter().map(|at| &columns[*at]).filter(|column| column.is_number);
    let mark = match detect::decide_mark(numbers(), None, &rest) {
        // The option is that of the purchases, which may be written otherwise; it decides only where nothing else does.
        Err(error) => options.decimal.ok_or(error)?,
        Ok((mark, _)) => mark,
    };
    Ok(CustomerFile {
        name: wanted.file.clone(),
        id: columns[id].name.to_owned(),
        columns: used.iter().map(|at| (columns[*at].name.to_owned(), columns[*at].is_number)).collect(),
        left_out,
        mark,
        files,
    })
}

impl CustomerFile {
    /// The file, as the user named it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The column of customers.
    pub fn id_column(&self) -> &str {
        &self.id
    }

    /// The columns that are not used.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Sizes of all files together, for progress.
    pub fn bytes_total(&self) -> u64 {
        self.files.iter().map(|file| file.source.size).sum()
    }

    /// What the file says of so many customers; `find` gives the number of one by id, and `example` is one of their
    /// ids.
    ///
    /// # Errors
    /// [`IngestError`] where the file breaks off, none of its customers is known, or two rows of one do not agree.
    pub fn read(
        &self,
        customers: usize,
        find: impl Fn(&str) -> Option<usize>,
        example: &str,
        progress: &AtomicU64,
    ) -> Result<Known, IngestError> {
        let mut columns: Vec<Filling> =
            self.columns.iter().map(|(_, number)| Filling::new(*number, customers)).collect();
        let names: Vec<String> =
            std::iter::once(&self.id).chain(self.columns.iter().map(|(name, _)| name)).cloned().collect();
        // Where each customer's row is: the number of the file above, the line below; 0 for none.
        let mut places = vec![0_u64; customers];
        let (mut other_rows, mut unusable_rows) = (0, 0);
        let mut here = None;
        for (number, file) in (0_u64..).zip(&self.files) {
            file.each_row(&names, progress, &mut |line, cells, _| {
                let Ok(cells) = cells else {
                    unusable_rows += 1;
                    return Ok(());
                };
                let id = numbers::trimmed(cells.text[0]);
                if numbers::is_missing(id) {
                    unusable_rows += 1;
                    return Ok(());
                }
                here.get_or_insert_with(|| id.to_owned());
                let Some(customer) = find(id) else {
                    other_rows += 1;
                    return Ok(());
                };
                let is_first = places[customer] == 0;
                let mut agrees = true;
                for (at, column) in columns.iter_mut().enumerate() {
                    let value = column.value(cells.text[at + 1].trim(), cells.plain[at + 1], self.mark);
                    agrees &= is_first || column.has(customer, value);
                    if is_first {
                        column.put(customer, value);
                    }
                }
                if !agrees {
                    let place = |place: u64| {
                        let file = &self.files[(place >> PLACE_BITS) as usize].source.name;
                        format!("line {} of `{file}`", place & ((1 << PLACE_BITS) - 1))
                    };
                    return Err(IngestError::CustomerTwice {
                        customer: id.to_owned(),
                        first: place(places[customer]),
                        second: place(number << PLACE_BITS | line),
                    });
                }
                if is_first {
                    places[customer] = number << PLACE_BITS | line;
                }
                Ok(())
            })?;
        }
        if places.iter().all(|place| *place == 0) {
            return Err(IngestError::NoCommonCustomers {
                path: self.name.clone(),
                column: self.id.clone(),
                here: here.unwrap_or_default(),
                there: example.to_owned(),
            });
        }
        let finished = self.columns.iter().zip(columns);
        Ok(Known {
            columns: finished
                .map(|((name, _), filled)| KnownColumn { name: name.clone(), values: filled.end() })
                .collect(),
            matched: places.iter().map(|place| *place > 0).collect(),
            other_rows,
            unusable_rows,
        })
    }
}

/// Lines below, files above.
const PLACE_BITS: u32 = 44;

/// A column while it is read.
struct Filling {
    values: Values,
    codes: HashMap<String, u32>,
}

/// One value of a column.
#[derive(Clone, Copy)]
enum Value {
    Code(u32),
    Number(f64),
}

impl Filling {
    fn new(is_number: bool, customers: usize) -> Self {
        let values = match is_number {
            true => Values::Numbers(vec![f64::NAN; customers]),
            false => Values::Text { words: Vec::new(), codes: vec![MISSING; customers] },
        };
        Self { values, codes: HashMap::new() }
    }

    /// A cell; what is no number in a column of numbers is missing.
    fn value(&mut self, text: &str, plain: bool, mark: DecimalMark) -> Value {
        match &mut self.values {
            Values::Numbers(_) => {
                let native = if plain { numbers::parse(text, DecimalMark::Point) } else { None };
                let number = native.or_else(|| numbers::parse(text, mark)).filter(|_| !numbers::is_missing(text));
                Value::Number(number.map_or(f64::NAN, |n| n.mantissa as f64 / 10_f64.powi(n.scale as i32)))
            }
            Values::Text { .. } if numbers::is_missing(text) => Value::Code(MISSING),
            Values::Text { words, .. } => Value::Code(match self.codes.get(text) {
                Some(code) => *code,
                None if words.len() == MOST_WORDS => RARE,
                None => {
                    let code = words.len() as u32;
                    words.push(text.to_owned());
                    self.codes.insert(text.to_owned(), code);
                    code
                }
            }),
        }
    }

    fn has(&self, customer: usize, value: Value) -> bool {
        match (&self.values, value) {
            (Values::Numbers(numbers), Value::Number(number)) => {
                numbers[customer] == number || (numbers[customer].is_nan() && number.is_nan())
            }
            (Values::Text { codes, .. }, Value::Code(code)) => codes[customer] == code,
            _ => false,
        }
    }

    fn put(&mut self, customer: usize, value: Value) {
        match (&mut self.values, value) {
            (Values::Numbers(numbers), Value::Number(number)) => numbers[customer] = number,
            (Values::Text { codes, .. }, Value::Code(code)) => codes[customer] = code,
            _ => {}
        }
    }

    fn end(self) -> Values {
        self.values
    }
}

impl Column<'_> {
    /// How many kinds of customers it makes; numbers are cut into few.
    fn kinds(&self) -> usize {
        if self.is_number { self.distinct.min(5) } else { self.distinct }
    }
}

/// The search for columns.
struct Search<'a> {
    columns: &'a [Column<'a>],
    samples: &'a [Sample],
}

impl Search<'_> {
    fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.to_owned()).collect()
    }

    /// A column by the name, or in a file without names the number, that an option gives.
    fn by_option(&self, flag: &'static str, wanted: &str) -> Result<usize, IngestError> {
        detect::asked_for(self.columns, self.samples[0].named, wanted).ok_or_else(|| IngestError::NoCovariateColumn {
            flag,
            wanted: wanted.to_owned(),
            path: self.samples[0].file.clone(),
            columns: self.names(),
        })
    }

    /// The column of customers: the one that is named, that is called as in the purchases, or by a name of the trade.
    fn id(&self, wanted: Option<&str>, customer_column: Option<&str>) -> Result<usize, IngestError> {
        let at = match wanted {
            Some(wanted) => self.by_option("--covariates-id", wanted)?,
            None => self.id_by_name(customer_column)?,
        };
        let name = self.columns[at].name;
        match self.samples.iter().find(|sample| !sample.leaves_out && !sample.names.iter().any(|known| known == name)) {
            Some(sample) => Err(IngestError::MissingInFile {
                path: sample.file.clone(),
                column: name.to_owned(),
                role: Role::Customer,
                first: self.samples[0].file.clone(),
                columns: sample.names.clone(),
            }),
            None => Ok(at),
        }
    }

    fn id_by_name(&self, customer_column: Option<&str>) -> Result<usize, IngestError> {
        let path = || self.samples[0].file.clone();
        let nothing = || IngestError::NoCovariateId { path: path(), columns: self.names() };
        if !self.samples[0].named {
            return Err(nothing());
        }
        let same = customer_column
            .and_then(|name| self.columns.iter().position(|column| column.name.to_lowercase() == name.to_lowercase()));
        if let Some(at) = same {
            return Ok(at);
        }
        let tier = |at: &usize| {
            let column = &self.columns[*at];
            names::tier(column.name, Role::Customer).filter(|_| !column.values.is_empty())
        };
        let best = (0..self.columns.len()).filter_map(|at| tier(&at)).min().ok_or_else(nothing)?;
        let equal: Vec<usize> = (0..self.columns.len()).filter(|at| tier(at) == Some(best)).collect();
        match equal[..] {
            [one] => Ok(one),
            _ => {
                let columns = equal.iter().map(|at| self.columns[*at].name.to_owned()).collect();
                Err(IngestError::AmbiguousCovariateId { path: path(), columns })
            }
        }
    }

    /// The columns to use, and the others with the reason why not.
    fn columns(&self, id: usize, wanted: &[String]) -> Result<(Vec<usize>, Vec<LeftOut>), IngestError> {
        let chosen: Vec<usize> = match wanted {
            [] => (0..self.columns.len()).filter(|at| *at != id).collect(),
            _ => wanted.iter().map(|name| self.by_option("--covariates-columns", name)).collect::<Result<_, _>>()?,
        };
        let is_wanted = |at: usize| !wanted.is_empty() || at == id;
        let mut unique: Vec<usize> = Vec::new();
        for at in chosen {
            if !unique.contains(&at) {
                unique.push(at);
            }
        }
        let mut used: Vec<usize> =
            unique.iter().copied().filter(|&at| self.useless(at, is_wanted(at)).is_none()).collect();
        if wanted.is_empty() {
            // Few kinds of customers tell more of each than many: a gender more than a first name.
            used.sort_by_key(|&at| self.columns[at].kinds());
        }
        used.truncate(MOST_COLUMNS);
        used.sort_by_key(|at| unique.iter().position(|other| other == at));
        let reason = |at: usize| self.useless(at, is_wanted(at)).unwrap_or(LeftOutReason::TooManyColumns);
        let out = unique.iter().filter(|at| !used.contains(at));
        let left_out = out.map(|&at| LeftOut { column: self.columns[at].name.to_owned(), reason: reason(at) });
        let left_out = left_out.collect();
        Ok((used, left_out))
    }

    /// Why a column says nothing that a group of customers could have in common.
    fn useless(&self, at: usize, is_wanted: bool) -> Option<LeftOutReason> {
        let column = &self.columns[at];
        let filled = column.values.len();
        let rows = |sample: &Sample| {
            sample.names.iter().position(|name| name == column.name).map_or(0, |at| sample.values[at].len())
        };
        let is_complete = self.samples.iter().map(rows).sum::<usize>() == filled;
        if filled == 0 {
            return Some(LeftOutReason::Empty);
        }
        if column.time_class().is_some() {
            return Some(LeftOutReason::Dates);
        }
        // A text with gaps still tells those who have it from those who do not.
        if column.distinct == 1 && (column.is_number || is_complete) {
            return Some(LeftOutReason::AllTheSame);
        }
        let nearly_each = column.distinct * 10 > filled * 9 && filled > 20;
        let differs = match column.is_number {
            true => column.distinct == filled && filled > 20 && !column.has_fractions && !is_wanted,
            false => nearly_each,
        };
        differs.then_some(LeftOutReason::AllDifferent)
    }
}

/// What is to be said where every column is left out.
pub fn nothing_left(file: &str, left_out: &[LeftOut]) -> IngestError {
    let why: Vec<String> = left_out.iter().map(said).collect();
    IngestError::NoCovariates { path: file.to_owned(), why: why.join(", ") }
}

fn said(left_out: &LeftOut) -> String {
    let why = match left_out.reason {
        LeftOutReason::Empty => "has no value",
        LeftOutReason::AllTheSame => "is the same for all",
        LeftOutReason::AllDifferent => "is another for nearly each customer",
        LeftOutReason::Dates => "holds dates",
        LeftOutReason::TooManyColumns => "is one more than can be read",
        LeftOutReason::TooManyGroups => "makes too many groups of customers",
    };
    format!("`{}` {why}", left_out.column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use datafusion::arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array};
    use datafusion::arrow::record_batch::RecordBatch;
    use datafusion::parquet::arrow::ArrowWriter;
    use std::io::Write;
    use std::path::Path;
    use std::sync::Arc;

    fn wanted(path: &Path) -> Wanted {
        Wanted { file: path.display().to_string(), ..Wanted::default() }
    }

    fn options() -> Options {
        Options::new(NaiveDate::from_ymd_opt(2026, 11, 22).unwrap())
    }

    /// The customers a, b and c of a file, whatever their letters' case.
    fn read(wanted: &Wanted) -> Result<(CustomerFile, Known), IngestError> {
        let file = open(wanted, Some("client"), &options())?;
        let find = |id: &str| ["a", "b", "c"].iter().position(|known| *known == id.to_lowercase());
        let known = file.read(3, find, "a", &AtomicU64::new(0))?;
        Ok((file, known))
    }

    fn column(known: &Known, name: &str) -> Vec<String> {
        let column = known.columns.iter().find(|column| column.name == name).unwrap();
        match &column.values {
            Values::Text { words, codes } => {
                codes.iter().map(|code| words.get(*code as usize).map_or("-", String::as_str).to_owned()).collect()
            }
            Values::Numbers(numbers) => numbers.iter().map(f64::to_string).collect(),
        }
    }

    fn write(folder: &Path, name: &str, content: &[u8]) -> Wanted {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        wanted(&path)
    }

    fn refusal(folder: &Path, content: &str, change: impl Fn(&mut Wanted)) -> String {
        let mut wanted = write(folder, "customers.csv", content.as_bytes());
        change(&mut wanted);
        let message = read(&wanted).err().unwrap().to_string();
        message.replace(&format!("{}/", folder.display()), "")
    }

    #[test]
    fn any_form_of_file_says_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let comma = "client,plec,wzrost\nb,kobieta,1.75\na,mężczyzna,\nz,kobieta,1.5\nc,,1.8\n,kobieta,1.6\n";
        let semicolon = comma.replace(',', ";").replace('.', ",");
        let (polish, _, _) = encoding_rs::WINDOWS_1250.encode(&semicolon);
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&polish).unwrap();
        let lines = "{\"client\":\"b\",\"plec\":\"kobieta\",\"wzrost\":1.75}\n{\"client\":\"a\",\"plec\":\"mężczyzna\"}\n\
                     {\"client\":\"z\",\"plec\":\"kobieta\",\"wzrost\":1.5}\n{\"client\":\"c\",\"wzrost\":1.8}\n\
                     {\"plec\":\"kobieta\",\"wzrost\":1.6}\n";
        for (name, content) in [
            ("comma.csv", comma.as_bytes()),
            ("polish.csv", &polish),
            ("packed.csv.gz", &packed.finish().unwrap()),
            ("lines.ndjson", lines.as_bytes()),
        ] {
            let (file, known) = read(&write(folder, name, content)).unwrap();
            assert_eq!(file.id_column(), "client", "{name}");
            assert_eq!(column(&known, "plec"), ["mężczyzna", "kobieta", "-"], "{name}");
            assert_eq!(column(&known, "wzrost"), ["NaN", "1.75", "1.8"], "{name}");
            assert_eq!((known.other_rows, known.unusable_rows), (1, 1), "{name}");
        }
    }

    #[test]
    fn parquet_has_flags_and_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("customers.parquet");
        let ids: ArrayRef = Arc::new(Int64Array::from(vec![7, 9, 8]));
        let member: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]));
        let score: ArrayRef = Arc::new(Float64Array::from(vec![Some(0.25), None, Some(-1e-3)]));
        let batch = RecordBatch::try_from_iter([("Customer ID", ids), ("member", member), ("score", score)]).unwrap();
        let mut writer = ArrowWriter::try_new(std::fs::File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let file = open(&wanted(&path), None, &options()).unwrap();
        let known = file.read(3, |id| Some(id.parse::<usize>().unwrap() - 7), "7", &AtomicU64::new(0)).unwrap();
        assert_eq!(column(&known, "member"), ["true", "-", "false"]);
        assert_eq!(column(&known, "score"), ["0.25", "-0.001", "NaN"]);
    }

    #[test]
    fn says_which_columns_are_not_used_and_why() {
        let folder = tempfile::tempdir().unwrap();
        let mut content = String::from("client,mail,card,since,country,note,first_name,income");
        (2..17).for_each(|k| content.push_str(&format!(",k{k}")));
        content.push('\n');
        for i in 0..60 {
            let id = ["a", "b", "c"].get(i).map_or_else(|| format!("other {i}"), |id| (*id).to_owned());
            let kinds: Vec<String> = (2..17).map(|k| format!("kind {}", i % k)).collect();
            content.push_str(&format!(
                "{id},{i}@example.org,{},2024-01-{:02},PL,,name {},{i}.5,{}\n",
                900_000 + i,
                i % 28 + 1,
                i % 30,
                kinds.join(",")
            ));
        }
        let mut wanted = write(folder.path(), "customers.csv", content.as_bytes());
        let (file, known) = read(&wanted).unwrap();
        let out: Vec<String> =
            file.left_out().iter().map(|out| format!("{} {}", out.column, out.reason.id())).collect();
        assert_eq!(
            out,
            [
                "mail all_different",
                "card all_different",
                "since dates",
                "country all_the_same",
                "note empty",
                "first_name too_many_columns"
            ]
        );
        assert_eq!(known.columns.len(), MOST_COLUMNS);
        assert!(known.columns.iter().all(|column| column.name != "first_name"), "it has the most different values");
        // Who names columns gets them in that order; a number may be another for each customer then.
        wanted.columns = ["income", "K2", "card", "income"].map(str::to_owned).into();
        let (file, known) = read(&wanted).unwrap();
        assert!(file.left_out().is_empty());
        let names: Vec<&str> = known.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["income", "k2", "card"]);
    }

    #[test]
    fn wrong_files_are_named_with_the_way_on() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let plain = "client,sex\na,m\nb,w\nc,m\n";
        let id = |id: &str| {
            let id = id.to_owned();
            move |wanted: &mut Wanted| wanted.id = Some(id.clone())
        };
        assert_eq!(
            refusal(folder, plain, id("kunde")),
            "--covariates-id names the column `kunde`, which `customers.csv` does not have; its columns are `client` and \
             `sex`"
        );
        assert_eq!(
            refusal(folder, plain, |wanted| wanted.columns = vec!["age".to_owned()]),
            "--covariates-columns names the column `age`, which `customers.csv` does not have; its columns are `client` \
             and `sex`"
        );
        assert_eq!(
            refusal(folder, "person,sex\na,m\nb,w\n", |_| ()),
            "found no column for the customer in `customers.csv`, whose columns are `person` and `sex`; name it with \
             --covariates-id COLUMN"
        );
        assert_eq!(
            refusal(folder, "customer,user_id,sex\na,x,m\nb,y,w\n", |_| ()),
            "`customer` and `user_id` of `customers.csv` could each be the customer; say which with --covariates-id COLUMN"
        );
        assert_eq!(
            refusal(folder, "client,sex\n17,m\n18,w\n", |_| ()),
            "no customer of the purchases is in `customers.csv`: its column `client` has ids such as `17`, the purchases \
             such as `a`; name another column with --covariates-id, or write the ids alike"
        );
        assert_eq!(
            refusal(folder, "client,sex\na,m\nb,w\nz,m\nz,w\nA,w\n", |_| ()),
            "customer `A` stands in line 2 of `customers.csv` and in line 6 of `customers.csv` with different values; \
             leave one row for each customer"
        );
        assert!(
            read(&write(folder, "twice.csv", b"client,sex\na,m\nb,w\nc,m\na,m\n")).is_ok(),
            "the same twice is fine"
        );
        assert_eq!(
            refusal(folder, "client,since,country\na,2024-01-02,PL\nb,2024-02-02,PL\n", |_| ()),
            "no column of `customers.csv` can be used: `since` holds dates, `country` is the same for all; expected at \
             least one whose values several customers share, such as gender, age or the channel they came by"
        );
        assert!(refusal(folder, "client,sex\n", |_| ()).starts_with("no rows in `customers.csv`"));
    }
}
