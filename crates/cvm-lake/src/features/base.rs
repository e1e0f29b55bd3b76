//! The customer base in memory: one row a customer, column by column, with every purchase packed beside it.
//!
//! Memory goes with customers, not with rows of the files: some fifty bytes a customer, and four or five a purchase day.

use super::calendar::{Months, month_of_day};
use crate::engine::Limits;
use crate::ingest::{Dataset, ProblemLog};
use crate::{LakeError, engine};
use cvm_core::report::ProblemCount;
use datafusion::arrow::array::{ArrayRef, AsArray, UInt32Array};
use datafusion::arrow::compute::{concat, sort_to_indices, take};
use datafusion::arrow::datatypes::{Int32Type, Int64Type, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::StreamExt;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

/// Amounts are whole numbers of this part of a currency unit.
pub const AMOUNT_SCALE: f64 = 10_000.0;

/// One row a customer, sorted by customer id.
///
/// A customer who returned everything they bought has no purchase: `purchases` is 0, and the days are those of the
/// first and last row that names them.
#[derive(Debug)]
pub struct Base {
    /// Text or 64-bit integers, as in the file.
    pub ids: ArrayRef,
    /// Day number of the first purchase.
    pub first_day: Vec<i32>,
    /// Day number of the last purchase.
    pub last_day: Vec<i32>,
    /// Days with a positive net.
    pub purchases: Vec<u32>,
    /// Net of the first purchase.
    pub first_amount: Vec<i64>,
    /// Net of all purchases.
    pub purchase_amount: Vec<i64>,
    /// Net of all rows: also of days that end in a net return.
    pub revenue: Vec<i64>,
    /// Returns, as a positive amount.
    pub returns: Vec<i64>,
    /// Cost, where the files have it.
    pub cost: Option<Vec<i64>>,
    /// Net of the days that end in a return, by month counted from January 1970: they are no purchases, but they are
    /// part of what a month brought in.
    pub returned_by_month: BTreeMap<i32, i64>,
    histories: Histories,
}

/// What became of the rows of the files.
#[derive(Debug, Clone)]
pub struct Problems {
    /// All rows.
    pub rows_read: u64,
    /// Those that are purchases or returns of a customer.
    pub rows_used: u64,
    /// Those used although they repeat a row of the same file.
    pub identical_rows: u64,
    /// Those set aside.
    pub by_reason: Vec<ProblemCount>,
}

/// Purchases of all customers, packed: gaps in days and amounts as variable-length integers.
#[derive(Debug, Default)]
struct Histories {
    starts: Vec<u64>,
    bytes: Vec<u8>,
}

impl Base {
    /// How many customers there are.
    pub fn len(&self) -> usize {
        self.first_day.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.first_day.is_empty()
    }

    /// The purchases of one customer, in order: (day number, net amount).
    pub fn history(&self, customer: usize) -> impl Iterator<Item = (i32, i64)> + '_ {
        let mut at = self.histories.starts[customer] as usize;
        let mut day = 0_i32;
        (0..self.purchases[customer]).map(move |_| {
            day += unzigzag(read_varint(&self.histories.bytes, &mut at)) as i32;
            (day, unzigzag(read_varint(&self.histories.bytes, &mut at)))
        })
    }

    /// Mean net amount of the repeat purchases; `None` where there are none.
    pub fn monetary(&self, customer: usize) -> Option<f64> {
        let repeats = self.purchases[customer].checked_sub(1).filter(|repeats| *repeats > 0)?;
        let amount = self.purchase_amount[customer] - self.first_amount[customer];
        Some(amount as f64 / AMOUNT_SCALE / f64::from(repeats))
    }

    /// First and last day with a purchase, over all customers; `None` where nobody bought.
    pub fn observed_days(&self) -> Option<(i32, i32)> {
        let bought = || (0..self.len()).filter(|&i| self.purchases[i] > 0);
        Some((bought().map(|i| self.first_day[i]).min()?, bought().map(|i| self.last_day[i]).max()?))
    }

    /// The months of all purchases.
    pub fn months(&self) -> Option<Months> {
        let (first, last) = self.observed_days()?;
        Some(Months::covering(first, last))
    }

    /// Reads the files and gathers them by customer; rows that cannot be used go to `log`.
    ///
    /// # Errors
    /// What the files, the memory limit and the disk for spilling can give.
    pub async fn load(
        dataset: &Dataset,
        limits: &Limits,
        log: ProblemLog,
        progress: &Arc<AtomicU64>,
    ) -> Result<(Self, Problems), LakeError> {
        let log = Arc::new(log);
        let base = Self::gather(dataset, limits, &log, progress).await?;
        // The readers have ended, for their rows are all here; at the latest the engine drops them with its plan.
        let log = Arc::into_inner(log).ok_or_else(|| LakeError::Internal("a reader outlived its query".to_owned()))?;
        let (rows_read, rows_used, identical_rows) = (log.rows_read(), log.rows_used(), log.identical_rows());
        Ok((base, Problems { rows_read, rows_used, identical_rows, by_reason: log.finish()? }))
    }

    async fn gather(
        dataset: &Dataset,
        limits: &Limits,
        problems: &Arc<ProblemLog>,
        progress: &Arc<AtomicU64>,
    ) -> Result<Self, LakeError> {
        let context = engine::session(limits)?;
        let schema = dataset.schema();
        let sources = dataset.partitions().into_iter().map(|partition| {
            Arc::new(Source {
                schema: schema.clone(),
                partition: Mutex::new(Some(partition)),
                problems: problems.clone(),
                progress: progress.clone(),
            }) as Arc<dyn PartitionStream>
        });
        let table = StreamingTable::try_new(schema.clone(), sources.collect())?;
        context.register_table("purchases", Arc::new(table))?;
        let has_cost = schema.column_with_name("cost").is_some();
        let cost = if has_cost { ", sum(cost) AS cost" } else { "" };
        let sql = format!(
            "SELECT customer, purchase_history(day, amount) AS history, -sum(least(amount, 0)) AS returns{cost} \
             FROM purchases GROUP BY customer"
        );
        let streams = context.sql(&sql).await?.execute_stream_partitioned().await?;
        let parts = streams.into_iter().map(|stream| tokio::spawn(Builder::collect(stream, has_cost)));
        let mut all = Vec::new();
        for part in parts {
            all.push(part.await.map_err(|error| LakeError::Internal(error.to_string()))??);
        }
        Builder::finish(all)
    }
}

/// One partition of the files as the engine reads it: once, on a thread of its own.
struct Source {
    schema: SchemaRef,
    partition: Mutex<Option<crate::ingest::Partition>>,
    problems: Arc<ProblemLog>,
    progress: Arc<AtomicU64>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source")
    }
}

impl PartitionStream for Source {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStreamBuilder::new(self.schema.clone(), 2);
        let sender = builder.tx();
        let partition = self.partition.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (problems, progress) = (self.problems.clone(), self.progress.clone());
        builder.spawn_blocking(move || {
            let Some(partition) = partition else { return Ok(()) };
            for batch in partition.batches(&problems, &progress) {
                let batch = batch.map_err(|error| datafusion::error::DataFusionError::External(Box::new(error)));
                if sender.blocking_send(batch).is_err() {
                    break; // the reader has gone, so nobody waits for the rest
                }
            }
            Ok(())
        });
        builder.build()
    }
}

/// A part of the base while it grows.
#[derive(Default)]
struct Builder {
    ids: Vec<ArrayRef>,
    first_day: Vec<i32>,
    last_day: Vec<i32>,
    purchases: Vec<u32>,
    first_amount: Vec<i64>,
    purchase_amount: Vec<i64>,
    revenue: Vec<i64>,
    returns: Vec<i64>,
    cost: Vec<i64>,
    returned_by_month: BTreeMap<i32, i64>,
    histories: Histories,
}

impl Builder {
    async fn collect(mut stream: SendableRecordBatchStream, has_cost: bool) -> Result<Self, LakeError> {
        let mut part = Self::default();
        while let Some(batch) = stream.next().await {
            part.push(&batch?, has_cost);
        }
        Ok(part)
    }

    fn push(&mut self, batch: &RecordBatch, has_cost: bool) {
        self.ids.push(compacted(batch.column(0)));
        let lists = batch.column(1).as_list::<i32>();
        let items = lists.values().as_struct();
        let days = items.column(0).as_primitive::<Int32Type>().values();
        let amounts = items.column(1).as_primitive::<Int64Type>().values();
        for list in lists.value_offsets().windows(2) {
            let range = list[0] as usize..list[1] as usize;
            self.push_customer(&days[range.clone()], &amounts[range]);
        }
        self.returns.extend_from_slice(batch.column(2).as_primitive::<Int64Type>().values());
        if has_cost {
            let cost = batch.column(3).as_primitive::<Int64Type>();
            self.cost.extend(cost.iter().map(Option::unwrap_or_default));
        }
    }

    fn push_customer(&mut self, days: &[i32], amounts: &[i64]) {
        self.histories.starts.push(self.histories.bytes.len() as u64);
        let (mut purchases, mut first, mut previous, mut first_amount, mut bought) = (0, days[0], 0, 0, 0);
        let mut last = days[days.len() - 1];
        for (&day, &amount) in days.iter().zip(amounts) {
            if amount <= 0 {
                // A day that ends in a return is no purchase, though its net counts as revenue.
                *self.returned_by_month.entry(month_of_day(day)).or_default() += amount;
                continue;
            }
            if purchases == 0 {
                (first, first_amount) = (day, amount);
            }
            write_varint(&mut self.histories.bytes, zigzag(i64::from(day - previous)));
            write_varint(&mut self.histories.bytes, zigzag(amount));
            (previous, last) = (day, day);
            purchases += 1;
            bought += amount;
        }
        self.first_day.push(first);
        self.last_day.push(last);
        self.purchases.push(purchases);
        self.first_amount.push(first_amount);
        self.purchase_amount.push(bought);
        self.revenue.push(amounts.iter().sum());
    }

    /// Puts the parts together, sorted by customer id, so that a run gives the same file however its threads ran.
    fn finish(parts: Vec<Self>) -> Result<Base, LakeError> {
        let mut all = Self::default();
        for mut part in parts {
            let offset = all.histories.bytes.len() as u64;
            all.ids.append(&mut part.ids);
            all.first_day.append(&mut part.first_day);
            all.last_day.append(&mut part.last_day);
            all.purchases.append(&mut part.purchases);
            all.first_amount.append(&mut part.first_amount);
            all.purchase_amount.append(&mut part.purchase_amount);
            all.revenue.append(&mut part.revenue);
            all.returns.append(&mut part.returns);
            all.cost.append(&mut part.cost);
            for (month, net) in part.returned_by_month {
                *all.returned_by_month.entry(month).or_default() += net;
            }
            all.histories.starts.extend(part.histories.starts.iter().map(|start| start + offset));
            all.histories.bytes.append(&mut part.histories.bytes);
        }
        if all.ids.is_empty() {
            return Err(LakeError::NoPurchases);
        }
        let ids = concat(&all.ids.iter().map(AsRef::as_ref).collect::<Vec<_>>())?;
        drop(std::mem::take(&mut all.ids));
        let order = sort_to_indices(&ids, None, None)?;
        let has_cost = !all.cost.is_empty();
        Ok(Base {
            ids: take(&ids, &order, None)?,
            first_day: gather(&all.first_day, &order),
            last_day: gather(&all.last_day, &order),
            purchases: gather(&all.purchases, &order),
            first_amount: gather(&all.first_amount, &order),
            purchase_amount: gather(&all.purchase_amount, &order),
            revenue: gather(&all.revenue, &order),
            returns: gather(&all.returns, &order),
            cost: has_cost.then(|| gather(&all.cost, &order)),
            returned_by_month: std::mem::take(&mut all.returned_by_month),
            histories: Histories {
                starts: gather(&all.histories.starts, &order),
                bytes: std::mem::take(&mut all.histories.bytes),
            },
        })
    }
}

fn gather<T: Copy>(values: &[T], order: &UInt32Array) -> Vec<T> {
    order.values().iter().map(|&row| values[row as usize]).collect()
}

/// The ids of one batch without the buffers of the whole aggregation behind them.
fn compacted(ids: &ArrayRef) -> ArrayRef {
    ids.as_string_view_opt().map_or_else(|| ids.clone(), |text| Arc::new(text.gc()))
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    ((value >> 1) as i64) ^ -((value & 1) as i64)
}

fn write_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn read_varint(bytes: &[u8], at: &mut usize) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = bytes[*at];
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return value;
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn varints_go_both_ways(values in prop::collection::vec(any::<i64>(), 1..20)) {
            let mut bytes = Vec::new();
            for &value in &values {
                write_varint(&mut bytes, zigzag(value));
            }
            let mut at = 0;
            for &value in &values {
                prop_assert_eq!(unzigzag(read_varint(&bytes, &mut at)), value);
            }
            prop_assert_eq!(at, bytes.len());
        }
    }
}
