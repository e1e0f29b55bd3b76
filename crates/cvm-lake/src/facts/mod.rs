//! The lake of a running server: tables of what happened and of what was made of it, in Delta Lake, that SQL and other
//! tools read.
//!
//! `table` keeps one table (exactly-once appends, replacing, taking out, compaction), `messages` and `orders` turn what comes
//! in into rows, `scoring` computes the value of everyone, `query` answers SQL. Any reader of Delta Lake can open the folders
//! under the lake at any time.

mod local_day;
mod messages;
mod orders;
mod purchases;
mod query;
mod readers;
pub(crate) mod scoring;
mod table;
#[cfg(test)]
mod tests;

use crate::segments::people::PEOPLE;
use crate::{LakeError, segments};
use cvm_core::columns::{Column, Kind};
use cvm_core::lake::{
    Answering, Bought, Erased, Exchange, Expired, Export, Lake, LakeFailure, LakeFile, Numbers, People, Purchases,
    QueryAnswer, QueryLimits, Scoring, Segmentation, Segmented, TableSize,
};
use cvm_core::message::Message;
use cvm_core::report::Report;
use cvm_core::segment::PersonId;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray, StringViewArray, new_null_array,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType};
use readers::Readers;
use scoring::OWNERS;
pub(crate) use scoring::VALUES;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use table::Table;
use tokio::sync::Mutex;

/// Files of a table above which it is compacted: opening and appending slow down with each.
const FILES_MAX: usize = 128;

/// The folder of what runs make before it is in the tables.
const RUNS: &str = ".runs";

/// A column that holds a list of rows, and what these have.
pub(crate) type List = (&'static str, fn() -> Fields);

/// A table: its name and columns, which of them may have least and largest values in the log, and by which it is parted.
pub(crate) struct Definition {
    pub name: &'static str,
    pub columns: &'static [&'static [Column]],
    /// After the columns.
    pub lists: &'static [List],
    pub ranges: &'static str,
    pub partition: Option<&'static str>,
}

/// The tables that SQL sees and a backup keeps. Beside them stand the `people` of segments, which the database can always
/// make again.
const TABLES: [&Definition; 5] = [&messages::TABLE, &orders::LINES, &OWNERS, &orders::TRANSACTIONS, &VALUES];

impl Definition {
    /// The columns as types that every reader of Delta Lake knows.
    pub(crate) fn schema(&self) -> SchemaRef {
        let field = |column: &Column| {
            let kind = match column.kind {
                Kind::Text => DataType::Utf8,
                Kind::Date => DataType::Date32,
                Kind::Integer => DataType::Int64,
                Kind::Amount => DataType::Decimal128(18, 4),
                Kind::Number => DataType::Float64,
                Kind::Flag => DataType::Boolean,
                Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            };
            Field::new(column.name, kind, true)
        };
        let list = |(name, fields): &List| {
            let element = Field::new("element", DataType::Struct(fields()), true);
            Field::new(*name, DataType::List(Arc::new(element)), true)
        };
        let fields = self.columns.iter().copied().flatten().map(field).chain(self.lists.iter().map(list));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// Rows, filled column by column.
    pub(crate) fn rows(&self, column: impl Fn(&str) -> Result<ArrayRef, LakeError>) -> Result<RecordBatch, LakeError> {
        let schema = self.schema();
        let arrays = schema.fields().iter().map(|field| column(field.name())).collect::<Result<Vec<_>, _>>()?;
        Ok(RecordBatch::try_new(schema, arrays)?)
    }
}

pub(crate) fn not_filled(column: &str) -> LakeError {
    LakeError::Internal(format!("column `{column}` of the catalogue is not filled"))
}

/// Adds to the rows of a file what its place says of them all.
fn with_partition(
    rows: &RecordBatch,
    schema: &SchemaRef,
    partition: &HashMap<String, Option<String>>,
) -> Result<RecordBatch, LakeError> {
    let column = |field: &Arc<Field>| -> Result<ArrayRef, LakeError> {
        Ok(match (rows.column_by_name(field.name()), partition.get(field.name())) {
            (Some(column), _) => cast(column, field.data_type())?,
            (None, Some(Some(value))) => {
                cast(&StringArray::from(vec![value.as_str(); rows.num_rows()]), field.data_type())?
            }
            (None, _) => new_null_array(field.data_type(), rows.num_rows()),
        })
    };
    let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}

/// The tables of a server, on its disk.
#[derive(Debug)]
pub struct Tables {
    folder: PathBuf,
    currency: String,
    messages: Mutex<Table>,
    lines: Mutex<Table>,
    owners: Mutex<Table>,
    transactions: Mutex<Table>,
    values: Mutex<Table>,
    people: Mutex<Table>,
    readers: Readers,
}

impl Tables {
    /// Opens the tables in a folder, and makes those that are not there. Orders that name no currency are in this one.
    ///
    /// # Errors
    /// What the disk gives, and tables that are not ours.
    pub async fn open(folder: &Path, currency: &str) -> Result<Self, LakeError> {
        let open = async |definition| Table::open(folder, definition).await.map(Mutex::new);
        Ok(Self {
            messages: open(&messages::TABLE).await?,
            lines: open(&orders::LINES).await?,
            owners: open(&OWNERS).await?,
            transactions: open(&orders::TRANSACTIONS).await?,
            values: open(&VALUES).await?,
            people: open(&PEOPLE).await?,
            readers: Readers::new(folder)?,
            folder: folder.to_owned(),
            currency: currency.to_owned(),
        })
    }

    /// All of them, in the order of [`TABLES`].
    fn tables(&self) -> [&Mutex<Table>; TABLES.len()] {
        [&self.messages, &self.lines, &self.owners, &self.transactions, &self.values]
    }

    /// Messages last: theirs is the position that the caller is told, so what it says is in the other table too.
    async fn add(&self, messages: &[(i64, Message)], batch: i64) -> Result<(), LakeError> {
        let lines = |new: &[&(i64, Message)]| orders::lines(new, &self.currency);
        append(&self.lines, messages, batch, lines).await?;
        append(&self.messages, messages, batch, messages::rows).await
    }

    async fn take_out(&self, erased: &dyn Erased) -> Result<u64, LakeError> {
        let of_messages = |rows: &RecordBatch| -> Result<BooleanArray, LakeError> {
            let (user, anonymous) = (text(rows, "user_id")?, text(rows, "anonymous_id")?);
            let (time, received) = (time(rows, "timestamp")?, time(rows, "received_at")?);
            let (time, received) =
                (time.as_primitive::<TimestampMicrosecondType>(), received.as_primitive::<TimestampMicrosecondType>());
            let gone = (0..rows.num_rows()).map(|row| {
                erased.covers(value(&user, row), value(&anonymous, row), time.value(row), received.value(row))
            });
            Ok(gone.map(Some).collect())
        };
        let of_customers = |rows: &RecordBatch| -> Result<BooleanArray, LakeError> {
            let customers = text(rows, "customer_id")?;
            let gone = |row| value(&customers, row).is_some_and(|customer| erased.covers_customer(customer));
            Ok((0..rows.num_rows()).map(|row| Some(gone(row))).collect())
        };
        let mut taken = 0;
        for table in [&self.messages, &self.lines] {
            let columns = ["user_id", "anonymous_id", "timestamp", "received_at"];
            taken += table.lock().await.take_out(&columns, of_messages).await?;
        }
        for table in [&self.owners, &self.transactions, &self.values, &self.people] {
            taken += table.lock().await.take_out(&["customer_id"], of_customers).await?;
        }
        Ok(taken)
    }

    async fn take_out_expired(&self, what: Expired<'_>) -> Result<u64, LakeError> {
        match what {
            Expired::Messages(before) => self.messages.lock().await.take_out_before("timestamp", before).await,
            Expired::Orders(before) => {
                let of_events = self.lines.lock().await.take_out_before("timestamp", before).await?;
                // The next run makes this table anew; there may be none.
                self.transactions.lock().await.take_out_before("timestamp", before).await?;
                Ok(of_events)
            }
            Expired::Values(gone) => {
                let gone = |file: &table::Live| gone(file.partition("run")?).then(|| file.rows().unwrap_or(0));
                self.values.lock().await.take_out_files(gone).await
            }
        }
    }

    fn at(&self, source: std::io::Error) -> LakeError {
        LakeError::Output { path: self.folder.display().to_string(), source }
    }

    /// Drops rows of persons that later ones have taken the place of, where there are many.
    async fn settle_people(&self) -> Result<(), LakeError> {
        let mut table = self.people.lock().await;
        let paths = table.paths().await?;
        let (rows, count) = blocking({
            let paths = paths.clone();
            move || segments::settled(&paths)
        })
        .await?;
        // Few files are read faster, and rows of nobody cost as much as others.
        if paths.len() <= FILES_MAX / 4 && rows <= count + count / 4 + 10_000 {
            return Ok(());
        }
        table.replace(futures::stream::iter(segments::rows_that_count(&paths)?), None).await
    }

    async fn answer(&self, question: &Segmentation<'_>) -> Result<Segmented, LakeFailure> {
        let people = self.people.lock().await.paths().await?;
        let values = self.files_of(question.run).await?;
        let work = segments::Work::new(question, people, values);
        blocking(move || work.answer()).await
    }

    /// Puts values in place, as a run would.
    #[cfg(test)]
    pub(crate) async fn put_values(&self, run: &str, rows: RecordBatch) -> Result<(), LakeError> {
        self.values.lock().await.replace(futures::stream::iter([Ok(rows)]), Some(("run", run))).await
    }

    /// The files of a run's values.
    async fn files_of(&self, run: Option<&str>) -> Result<Vec<PathBuf>, LakeError> {
        match run {
            Some(run) => self.values.lock().await.paths_of("run", run).await,
            None => Ok(Vec::new()),
        }
    }

    async fn clean(&self, keep: Duration) -> Result<(), LakeError> {
        for table in self.tables() {
            let mut table = table.lock().await;
            if table.files()? > FILES_MAX / 4 {
                table.compact().await?;
            }
            table.vacuum(keep).await?;
        }
        self.settle_people().await?;
        self.people.lock().await.vacuum(keep).await?;
        self.clean_runs()
    }

    /// Deletes what runs that were killed have left beside the tables.
    fn clean_runs(&self) -> Result<(), LakeError> {
        let Ok(entries) = std::fs::read_dir(self.folder.join(RUNS)) else { return Ok(()) };
        for entry in entries {
            let entry = entry.map_err(|source| self.at(source))?;
            let age = entry.metadata().and_then(|about| about.modified()).map(|changed| changed.elapsed());
            // One that has no age yet was just made, or is gone.
            if age.is_ok_and(|age| age.is_ok_and(|age| age > table::UNCOMMITTED)) {
                std::fs::remove_dir_all(entry.path()).map_err(|source| self.at(source))?;
            }
        }
        Ok(())
    }
}

/// Adds what a table has not yet.
async fn append(
    table: &Mutex<Table>,
    messages: &[(i64, Message)],
    batch: i64,
    rows: impl Fn(&[&(i64, Message)]) -> Result<RecordBatch, LakeError>,
) -> Result<(), LakeError> {
    let mut table = table.lock().await;
    let position = table.position().await?;
    if position >= batch {
        return Ok(());
    }
    let new: Vec<&(i64, Message)> = messages.iter().filter(|(batch, _)| *batch > position).collect();
    table.append(rows(&new)?, batch).await?;
    if table.files()? > FILES_MAX {
        table.compact().await?;
    }
    Ok(())
}

impl Lake for Tables {
    fn position(&self) -> Answering<'_, Result<i64, LakeFailure>> {
        Box::pin(async { Ok(self.messages.lock().await.position().await?) })
    }

    fn append<'a>(&'a self, messages: &'a [(i64, Message)], batch: i64) -> Answering<'a, Result<(), LakeFailure>> {
        Box::pin(async move { Ok(self.add(messages, batch).await?) })
    }

    fn sizes(&self) -> Answering<'_, Result<Vec<TableSize>, LakeFailure>> {
        Box::pin(async { Ok(self.readers.sizes().await?) })
    }

    fn score<'a>(
        &'a self,
        scoring: &'a Scoring,
        exchange: &'a dyn Exchange,
    ) -> Answering<'a, Result<Option<Report>, LakeFailure>> {
        Box::pin(self.run(scoring, exchange))
    }

    fn forget<'a>(&'a self, erased: &'a dyn Erased) -> Answering<'a, Result<u64, LakeFailure>> {
        Box::pin(async move { Ok(self.take_out(erased).await?) })
    }

    fn expire<'a>(&'a self, what: Expired<'a>) -> Answering<'a, Result<u64, LakeFailure>> {
        Box::pin(async move { Ok(self.take_out_expired(what).await?) })
    }

    fn tidy(&self, keep: Duration) -> Answering<'_, Result<(), LakeFailure>> {
        Box::pin(async move { Ok(self.clean(keep).await?) })
    }

    fn files(&self) -> Answering<'_, Result<Vec<LakeFile>, LakeFailure>> {
        Box::pin(async {
            let (mut files, lake) = (Vec::new(), self.folder.canonicalize().map_err(|source| self.at(source))?);
            for table in self.tables() {
                for path in table.lock().await.version_files().await? {
                    let name = path.strip_prefix(&lake).unwrap_or(&path).display().to_string();
                    files.push(LakeFile { name, path });
                }
            }
            Ok(files)
        })
    }

    fn people_position(&self) -> Answering<'_, Result<i64, LakeFailure>> {
        Box::pin(async { Ok(self.people.lock().await.position().await?) })
    }

    fn take_people<'a>(&'a self, people: &'a People<'a>, change: i64) -> Answering<'a, Result<(), LakeFailure>> {
        Box::pin(async move {
            let mut table = self.people.lock().await;
            table.position().await?; // what another process has added meanwhile
            Ok(table.append(segments::people::rows(people)?, change).await?)
        })
    }

    fn segment<'a>(&'a self, question: &'a Segmentation<'a>) -> Answering<'a, Result<Segmented, LakeFailure>> {
        Box::pin(self.answer(question))
    }

    fn check_condition<'a>(&'a self, sql: &'a str) -> Answering<'a, Result<(), LakeFailure>> {
        Box::pin(async move { segments::sql::condition(sql).map(drop) })
    }

    fn export<'a>(&'a self, export: &'a Export<'a>) -> Answering<'a, Result<(), LakeFailure>> {
        Box::pin(async move {
            let (files, customers) = (self.files_of(export.run).await?, export.customers.to_vec());
            let (format, path) = (export.format, export.path.to_owned());
            Ok(blocking(move || segments::write(&customers, &files, format, &path)).await?)
        })
    }

    fn purchases<'a>(&'a self, question: &'a Purchases<'a>) -> Answering<'a, Result<Vec<Bought>, LakeFailure>> {
        Box::pin(purchases::purchases(&self.readers, question))
    }

    fn numbers<'a>(&'a self, run: &'a str, columns: &'a [&'a str]) -> Answering<'a, Result<Numbers, LakeFailure>> {
        Box::pin(async move {
            let (files, columns) = (self.files_of(Some(run)).await?, columns.iter().map(|&name| name.to_owned()));
            let columns: Vec<String> = columns.collect();
            Ok(blocking(move || segments::numbers(&files, &columns)).await?)
        })
    }

    fn query<'a>(&'a self, sql: &'a str, limits: QueryLimits) -> Answering<'a, Result<QueryAnswer, LakeFailure>> {
        Box::pin(query::query(&self.readers, sql, &[], limits))
    }

    fn query_among<'a>(
        &'a self,
        sql: &'a str,
        lists: &'a [Vec<PersonId>],
        limits: QueryLimits,
    ) -> Answering<'a, Result<QueryAnswer, LakeFailure>> {
        Box::pin(query::query(&self.readers, sql, lists, limits))
    }
}

impl From<LakeError> for LakeFailure {
    fn from(error: LakeError) -> Self {
        match error {
            LakeError::Output { .. } | LakeError::Table(_) => Self::Unavailable(error.to_string()),
            other => Self::Internal(other.to_string()),
        }
    }
}

/// Does work that waits for nobody on a thread of its own.
async fn blocking<T: Send + 'static, E: From<LakeError> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(LakeError::Internal(error.to_string()).into()))
}

/// A column of text, however it is kept.
fn text(rows: &RecordBatch, name: &str) -> Result<StringViewArray, LakeError> {
    let column =
        rows.column_by_name(name).ok_or_else(|| LakeError::Table(format!("a file lacks the column {name}")))?;
    Ok(cast(column, &DataType::Utf8View)?.as_string_view().clone())
}

fn value(texts: &StringViewArray, row: usize) -> Option<&str> {
    texts.is_valid(row).then(|| texts.value(row))
}

/// A column of times, in microseconds.
fn time(rows: &RecordBatch, name: &str) -> Result<ArrayRef, LakeError> {
    let column =
        rows.column_by_name(name).ok_or_else(|| LakeError::Table(format!("a file lacks the column {name}")))?;
    Ok(cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None))?)
}
