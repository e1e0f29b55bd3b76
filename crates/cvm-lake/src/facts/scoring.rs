//! The value of everyone: the main job, over the orders of the lake.
//!
//! Owners come from the product, as of now; what is left of all orders is written as `transactions`, and these files go
//! through the same [`crate::analyze`] as any others. Its customers become a part of `customer_values`, and are handed over.

use super::{Definition, RUNS, Tables, not_filled, orders, with_partition};
use crate::analyze::{self, Output, Progress};
use crate::ingest::{self, ColumnChoices, Duplicates};
use crate::{LakeError, engine};
use cvm_core::columns;
use cvm_core::lake::{Exchange, LakeFailure, Owner, Scoring, Values};
use cvm_core::report::Report;
use datafusion::arrow::array::{ArrayRef, Date32Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::json::ArrayWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::HashMap;
use std::fs::File;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

/// The table of whose each id is.
pub(super) const OWNERS: Definition =
    Definition { name: "owners", columns: &[columns::OWNER], lists: &[], ranges: "since", partition: None };

/// The table of what everyone was worth, run by run.
pub(crate) const VALUES: Definition = Definition {
    name: "customer_values",
    columns: &[columns::RUN, columns::CUSTOMER],
    lists: &[],
    ranges: "as_of",
    partition: Some("run"),
};

/// Between reports of how far a step is.
const LOOK: Duration = Duration::from_millis(500);

/// What the engine may hold where nobody says: the server beside it needs memory too.
const MEMORY_BYTES: usize = 1 << 30;

/// Rows of the files of the main job read at once.
const ROWS: usize = 4096;

impl Tables {
    pub(super) async fn run(&self, scoring: &Scoring, exchange: &dyn Exchange) -> Result<Option<Report>, LakeFailure> {
        go_on(exchange, "step-owners")?;
        self.take_owners(exchange).await?;
        go_on(exchange, "step-orders")?;
        if self.settle(scoring).await? == 0 {
            return Ok(None);
        }
        let aside = self.folder.join(RUNS).join(&scoring.run);
        let output = Arc::new(Output::prepare(&aside)?);
        let options = self.options(scoring).await?;
        let report = watched(exchange, {
            let output = output.clone();
            move |progress| async move { analyze::analyze(&options, &output, &progress).await }
        });
        let mut report = match report.await? {
            Err(LakeError::NoPurchases) => return Ok(None),
            report => report?.0,
        };
        report.run.files = vec![orders::TRANSACTIONS.name.to_owned()];
        go_on(exchange, "step-values")?;
        self.keep(scoring, &output.path("customers.parquet"), exchange).await?;
        Ok(Some(report)) // with `output` the files go: all that is kept of them is in the tables
    }

    /// Writes whose each id is.
    async fn take_owners(&self, exchange: &dyn Exchange) -> Result<(), LakeFailure> {
        let failure = Mutex::new(None);
        let pages = futures::stream::unfold((None, Vec::new(), false), async |(last, mut open, done)| {
            if done {
                return None;
            }
            let page = match exchange.owners(last.as_ref()).await {
                Ok(page) => page,
                Err(error) => {
                    *failure.lock().await = Some(error);
                    return Some((
                        Err(LakeError::Internal("owners did not come".to_owned())),
                        (None, Vec::new(), true),
                    ));
                }
            };
            let (last, done) = (page.last().cloned(), page.is_empty());
            open.extend(page);
            // The owners of the last identifier may go on in the next page.
            let whole = match open.last() {
                Some(last) if !done => {
                    let from = open.iter().rposition(|owner: &Owner| owner.identifier != last.identifier);
                    from.map_or(0, |row| row + 1)
                }
                _ => open.len(),
            };
            let rest = open.split_off(whole);
            Some((owners(open), (last, rest, done)))
        });
        let written = self.owners.lock().await.replace(pages, None).await;
        match failure.into_inner() {
            Some(failure) => Err(failure),
            None => Ok(written?),
        }
    }

    /// Writes what is left of all orders; says how many lines.
    async fn settle(&self, scoring: &Scoring) -> Result<usize, LakeFailure> {
        // On one thread: sorts beside each other leave no memory to what joins their results.
        let limits = engine::Limits { threads: 1, ..limits(scoring) };
        let context = self.readers.session(&limits, &[orders::LINES.name, OWNERS.name]).await?;
        let rows = orders::settled(&context).await?;
        let lines = AtomicUsize::new(0);
        let counted = futures::StreamExt::inspect(rows, |batch| {
            lines.fetch_add(batch.as_ref().map_or(0, RecordBatch::num_rows), Ordering::Relaxed);
        });
        self.transactions.lock().await.replace(counted, None).await?;
        Ok(lines.into_inner())
    }

    /// The main job's options. Only costs are left to be found: where nobody told any, there are none.
    async fn options(&self, scoring: &Scoring) -> Result<analyze::Options, LakeError> {
        let files = self.transactions.lock().await.paths().await?;
        let files = files.iter().map(|path| path.display().to_string()).collect();
        let named = |column: &str| Some(column.to_owned());
        let columns = ColumnChoices {
            customer: named("customer_id"),
            time: named("timestamp"),
            amount: named("amount"),
            order: named("order_id"),
            currency: named("currency"),
            ..ColumnChoices::default()
        };
        let ingest = ingest::Options {
            columns,
            timezone: scoring.timezone,
            as_of: Some(scoring.as_of),
            duplicates: Duplicates::Keep,
            currency: Some(scoring.currency.clone()),
            ..ingest::Options::new(scoring.as_of)
        };
        Ok(analyze::Options {
            horizon_days: scoring.horizon_days,
            discount_rate: scoring.discount_rate,
            margin: scoring.margin,
            limits: limits(scoring),
            ..analyze::Options::new(files, ingest)
        })
    }

    /// Puts the customers of a run into `customer_values`, and hands them over.
    async fn keep(&self, scoring: &Scoring, file: &Path, exchange: &dyn Exchange) -> Result<(), LakeFailure> {
        let schema = VALUES.schema();
        let run = HashMap::from([("run".to_owned(), Some(scoring.run.clone()))]);
        let as_of = crate::features::calendar::day(scoring.as_of);
        let rows = read(file)?.map(|batch| {
            let batch = batch?;
            let as_of: ArrayRef = Arc::new(Date32Array::from(vec![as_of; batch.num_rows()]));
            let found = batch.schema();
            let named = found.fields().iter().map(|field| field.name().clone()).chain(["as_of".to_owned()]);
            let columns = named.zip(batch.columns().iter().cloned().chain([as_of])).collect::<Vec<_>>();
            with_partition(&RecordBatch::try_from_iter(columns)?, &schema, &run)
        });
        let place = Some(("run", scoring.run.as_str()));
        self.values.lock().await.replace(futures::stream::iter(rows), place).await?;
        for batch in read(file)? {
            exchange.put(&handed_over(&batch?)?).await?;
            go_on(exchange, "step-values")?;
        }
        Ok(())
    }
}

fn limits(scoring: &Scoring) -> engine::Limits {
    engine::Limits { memory_bytes: scoring.memory_bytes.unwrap_or(MEMORY_BYTES), ..engine::Limits::default() }
}

/// A file of results, batch by batch.
fn read(file: &Path) -> Result<impl Iterator<Item = Result<RecordBatch, LakeError>>, LakeError> {
    let opened = File::open(file).map_err(|source| LakeError::Output { path: file.display().to_string(), source })?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(opened)?.with_batch_size(ROWS).build()?;
    Ok(reader.map(|batch| Ok(batch?)))
}

/// Rows as objects, by customer.
pub(crate) fn handed_over(batch: &RecordBatch) -> Result<Vec<Values>, LakeError> {
    let mut writer = ArrayWriter::new(Vec::new());
    writer.write(batch)?;
    writer.finish()?;
    let text = writer.into_inner();
    let rows: Vec<serde_json::Map<String, serde_json::Value>> = match text.is_empty() {
        true => Vec::new(),
        false => serde_json::from_slice(&text).map_err(|error| LakeError::Internal(error.to_string()))?,
    };
    let values = rows.into_iter().map(|mut row| {
        let customer = row.remove("customer_id").and_then(|id| id.as_str().map(str::to_owned));
        Values { customer: customer.unwrap_or_default(), columns: serde_json::Value::Object(row).to_string() }
    });
    Ok(values.collect())
}

/// Runs the main job on threads of its own, so that requests are answered meanwhile, and tells how far it is.
async fn watched<T, J>(
    exchange: &dyn Exchange,
    job: impl FnOnce(Arc<Progress>) -> J + Send + 'static,
) -> Result<Result<T, LakeError>, LakeFailure>
where
    T: Send + 'static,
    J: Future<Output = Result<T, LakeError>> + Send + 'static,
{
    let progress = Arc::new(Progress::default());
    let shared = progress.clone();
    let mut working = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.map_err(|error| LakeError::Internal(error.to_string()))?.block_on(job(shared))
    });
    loop {
        tokio::select! {
            done = &mut working => return done.map_err(|error| LakeFailure::Internal(error.to_string())),
            () = tokio::time::sleep(LOOK) => {
                let (done, total) = progress.counted();
                let share = (total > 0).then(|| (done as f64 / total as f64).min(1.0));
                // A step cannot be broken off; what it makes is dropped with its folder when it ends.
                if !exchange.at(progress.step().text_id(), share) {
                    return Err(LakeFailure::Stopped);
                }
            }
        }
    }
}

fn go_on(exchange: &dyn Exchange, step: &'static str) -> Result<(), LakeFailure> {
    if exchange.at(step, None) { Ok(()) } else { Err(LakeFailure::Stopped) }
}

/// Rows of `owners`; all owners of each identifier are there.
fn owners(mut owners: Vec<Owner>) -> Result<RecordBatch, LakeError> {
    owners.sort_by(|a, b| (&a.identifier, a.since).cmp(&(&b.identifier, b.since)));
    let same = |a: usize, b: usize| owners.get(b).is_some_and(|other| other.identifier == owners[a].identifier);
    let rows = 0..owners.len();
    // What came before the first owner is theirs too.
    let since =
        |row: usize| (row > 0 && same(row, row - 1)).then(|| owners[row].since).filter(|&since| since > i64::MIN);
    let until = |row: usize| same(row, row + 1).then(|| owners[row + 1].since);
    let time = |of: &dyn Fn(usize) -> Option<i64>| -> ArrayRef {
        Arc::new(rows.clone().map(of).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let text = |of: fn(&Owner) -> &str| -> ArrayRef {
        Arc::new(owners.iter().map(|owner| Some(of(owner))).collect::<StringArray>())
    };
    OWNERS.rows(|column| {
        Ok(match column {
            "identifier" => text(|owner| &owner.identifier),
            "customer_id" => text(|owner| &owner.customer),
            "since" => time(&since),
            "until" => time(&until),
            other => return Err(not_filled(other)),
        })
    })
}
