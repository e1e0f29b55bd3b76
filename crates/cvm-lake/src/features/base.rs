//! The customer base in memory: one row a customer, column by column, with every purchase packed beside it.
//!
//! Memory goes with customers, not with rows of the files: some fifty bytes a customer, and four or five a purchase day.

use super::buckets::Buckets;
use super::calendar::{Months, month_of_day};
use crate::engine::Limits;
use crate::ingest::{Dataset, ProblemLog};
use crate::{LakeError, engine};
use cvm_core::report::ProblemCount;
use datafusion::arrow::array::{ArrayRef, AsArray, UInt32Array};
use datafusion::arrow::compute::{concat, sort_to_indices, take};
use datafusion::arrow::datatypes::{Int32Type, Int64Type};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;

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
        let amount = self.purchase_amount[customer] - self.first_amount(customer)?;
        Some(amount as f64 / AMOUNT_SCALE / f64::from(repeats))
    }

    /// Amount of the first purchase; `None` where there is none.
    ///
    /// Histories lie in the order in which they were gathered, so with one customer after the other each is far from
    /// the last. A short one is taken apart without a decision that has to wait for the memory: the processor then asks
    /// for the next ones while it waits.
    fn first_amount(&self, customer: usize) -> Option<i64> {
        if self.purchases[customer] == 0 {
            return None;
        }
        let start = self.histories.starts[customer] as usize;
        let begin = self.histories.bytes.get(start..).and_then(<[u8]>::first_chunk);
        match begin.and_then(|bytes| second_varint(*bytes)) {
            Some(amount) => Some(unzigzag(amount)),
            None => self.history(customer).next().map(|(_, amount)| amount),
        }
    }

    /// The row of the customer with this id; ids that are whole numbers in the purchases are compared as numbers.
    pub fn find(&self, id: &str) -> Option<usize> {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let search = |order: &dyn Fn(usize) -> std::cmp::Ordering| {
            let (mut low, mut high) = (0, self.len());
            while low < high {
                let middle = low.midpoint(high);
                match order(middle) {
                    Less => low = middle + 1,
                    Greater => high = middle,
                    Equal => return Some(middle),
                }
            }
            None
        };
        match self.ids.as_string_view_opt() {
            Some(ids) => search(&|row| ids.value(row).cmp(id)),
            None => {
                let (ids, wanted) = (self.ids.as_primitive_opt::<Int64Type>()?, id.parse::<i64>().ok()?);
                search(&|row| ids.value(row).cmp(&wanted))
            }
        }
    }

    /// A customer's id as text.
    pub fn id(&self, customer: usize) -> String {
        match self.ids.as_string_view_opt() {
            Some(ids) => ids.value(customer).to_owned(),
            None => self.ids.as_primitive::<Int64Type>().value(customer).to_string(),
        }
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
        let schema = dataset.schema();
        let has_cost = schema.column_with_name("cost").is_some();
        // Half of the memory for rows that wait, half for the sums of those that are in work.
        let half = limits.memory_bytes / 2;
        let context = engine::session(&Limits { memory_bytes: half, threads: 1, ..limits.clone() })?;
        let wanted = Arc::new(schema.project(&(0..3 + usize::from(has_cost)).collect::<Vec<_>>())?);
        let bits = bucket_bits(dataset.bytes_total(), limits);
        let buckets = Arc::new(Buckets::new(wanted, bits, half, context.runtime_env()));
        deal(dataset, limits.threads, &buckets, problems, progress).await?;
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = JoinSet::new();
        for _ in 0..limits.threads {
            workers.spawn(sum(context.clone(), buckets.clone(), next.clone(), has_cost));
        }
        let mut parts = Vec::new();
        while let Some(part) = workers.join_next().await {
            parts.push(part.map_err(|error| LakeError::Internal(error.to_string()))??);
        }
        Builder::finish(parts)
    }
}

/// Bytes of a file, packed as they may be, that make a bucket: some hundred thousand rows, whose sums fit into the
/// second cache of a processor.
const BUCKET_BYTES: u64 = 1 << 20;

/// More buckets would only make smaller writes.
const MOST_BUCKET_BITS: u32 = 8;

/// How often a row takes its bytes of a packed file while it is summed: unpacked, sorted, and as the result.
const UNPACKED: u64 = 32;

/// The logarithm of the number of buckets: one for a small file; more for a large one, or for little memory.
fn bucket_bits(bytes: u64, limits: &Limits) -> u32 {
    let at_once = (limits.memory_bytes / 2 / limits.threads.max(1)) as u64;
    let buckets = (bytes / BUCKET_BYTES).max(bytes.saturating_mul(UNPACKED) / at_once.max(1));
    (u64::BITS - buckets.leading_zeros()).min(MOST_BUCKET_BITS)
}

/// Reads all files, `threads` partitions at once, and deals their rows to the buckets of their customers.
async fn deal(
    dataset: &Dataset,
    threads: usize,
    buckets: &Arc<Buckets>,
    problems: &Arc<ProblemLog>,
    progress: &Arc<AtomicU64>,
) -> Result<(), LakeError> {
    /// Tells the readers that nobody waits for them any more.
    struct Stop(Arc<AtomicBool>);
    impl Drop for Stop {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let stop = Stop(Arc::new(AtomicBool::new(false)));
    let partitions = dataset.partitions();
    let queue = Arc::new(Mutex::new(partitions.into_iter()));
    let mut readers = JoinSet::new();
    for _ in 0..threads {
        let (queue, stop) = (queue.clone(), stop.0.clone());
        let (buckets, problems, progress) = (buckets.clone(), problems.clone(), progress.clone());
        readers.spawn_blocking(move || -> Result<(), LakeError> {
            let mut dealer = buckets.dealer();
            loop {
                let Some(partition) = queue.lock().unwrap_or_else(PoisonError::into_inner).next() else { break };
                for batch in partition.batches(&problems, &progress) {
                    if stop.load(Ordering::Relaxed) {
                        return Ok(());
                    }
                    dealer.deal(&batch?)?;
                }
            }
            Ok(dealer.finish()?)
        });
    }
    while let Some(reader) = readers.join_next().await {
        reader.map_err(|error| LakeError::Internal(error.to_string()))??;
    }
    Ok(())
}

/// Sums one bucket after the other, as long as there are any.
async fn sum(
    context: SessionContext,
    buckets: Arc<Buckets>,
    next: Arc<AtomicUsize>,
    has_cost: bool,
) -> Result<Builder, LakeError> {
    let cost = if has_cost { ", sum(cost) AS cost" } else { "" };
    let mut part = Builder::default();
    loop {
        let bucket = next.fetch_add(1, Ordering::Relaxed);
        if bucket >= buckets.count() {
            return Ok(part);
        }
        let taken = Arc::new(buckets.take(bucket));
        let table = format!("bucket_{bucket}");
        context.register_table(&table, Arc::new(StreamingTable::try_new(taken.schema().clone(), vec![taken])?))?;
        let sql = format!(
            "SELECT customer, purchase_history(day, amount) AS history, -sum(least(amount, 0)) AS returns{cost} \
             FROM {table} GROUP BY customer"
        );
        let mut stream = context.sql(&sql).await?.execute_stream().await?;
        context.deregister_table(&table)?;
        while let Some(batch) = stream.next().await {
            part.push(&batch?, has_cost);
        }
    }
}

/// A part of the base while it grows.
#[derive(Default)]
struct Builder {
    ids: Vec<ArrayRef>,
    first_day: Vec<i32>,
    last_day: Vec<i32>,
    purchases: Vec<u32>,
    purchase_amount: Vec<i64>,
    revenue: Vec<i64>,
    returns: Vec<i64>,
    cost: Vec<i64>,
    returned_by_month: BTreeMap<i32, i64>,
    histories: Histories,
}

impl Builder {
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
        let (mut purchases, mut first, mut previous, mut bought) = (0, days[0], 0, 0);
        let mut last = days[days.len() - 1];
        for (&day, &amount) in days.iter().zip(amounts) {
            if amount <= 0 {
                // A day that ends in a return is no purchase, though its net counts as revenue.
                *self.returned_by_month.entry(month_of_day(day)).or_default() += amount;
                continue;
            }
            if purchases == 0 {
                first = day;
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
        self.purchase_amount.push(bought);
        self.revenue.push(amounts.iter().sum());
    }

    /// Puts the parts together, sorted by customer id, so that a run gives the same file however its threads ran.
    fn finish(mut parts: Vec<Self>) -> Result<Base, LakeError> {
        /// One column of all parts in the new order; each part's own is gone before the next is made.
        fn column<T: Copy>(
            parts: &mut [Builder],
            of: impl Fn(&mut Builder) -> &mut Vec<T>,
            order: &UInt32Array,
        ) -> Vec<T> {
            let all: Vec<T> = parts.iter_mut().flat_map(|part| std::mem::take(of(part))).collect();
            order.values().iter().map(|&row| all[row as usize]).collect()
        }
        let ids: Vec<ArrayRef> = parts.iter_mut().flat_map(|part| std::mem::take(&mut part.ids)).collect();
        if ids.is_empty() {
            return Err(LakeError::NoPurchases);
        }
        let ids = concat(&ids.iter().map(AsRef::as_ref).collect::<Vec<_>>())?;
        let order = sort_to_indices(&ids, None, None)?;
        let ids = take(&ids, &order, None)?;
        let mut returned_by_month = BTreeMap::new();
        let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.histories.bytes.len()).sum());
        for part in &mut parts {
            for (month, net) in &part.returned_by_month {
                *returned_by_month.entry(*month).or_default() += net;
            }
            let offset = bytes.len() as u64;
            part.histories.starts.iter_mut().for_each(|start| *start += offset);
            bytes.append(&mut std::mem::take(&mut part.histories.bytes));
        }
        let has_cost = parts.iter().any(|part| !part.cost.is_empty());
        Ok(Base {
            ids,
            first_day: column(&mut parts, |part| &mut part.first_day, &order),
            last_day: column(&mut parts, |part| &mut part.last_day, &order),
            purchases: column(&mut parts, |part| &mut part.purchases, &order),
            purchase_amount: column(&mut parts, |part| &mut part.purchase_amount, &order),
            revenue: column(&mut parts, |part| &mut part.revenue, &order),
            returns: column(&mut parts, |part| &mut part.returns, &order),
            // A column that says nothing says nothing of profit.
            cost: has_cost
                .then(|| column(&mut parts, |part| &mut part.cost, &order))
                .filter(|costs| costs.iter().any(|cost| *cost != 0)),
            returned_by_month,
            histories: Histories { starts: column(&mut parts, |part| &mut part.histories.starts, &order), bytes },
        })
    }
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

/// The second of the numbers that begin with these bytes; `None` where it reaches beyond them.
fn second_varint(bytes: [u8; 8]) -> Option<u64> {
    let word = u64::from_le_bytes(bytes);
    let ends = !word & 0x8080_8080_8080_8080; // the high bit is set on all bytes of a number but its last
    let second_end = ends & ends.wrapping_sub(1);
    if second_end == 0 {
        return None;
    }
    let (from, to) = (ends.trailing_zeros() + 1, second_end.trailing_zeros() + 1);
    let packed = (word << (u64::BITS - to)) >> (u64::BITS - to + from);
    Some((0..7).fold(0, |value, byte| value | (((packed >> (8 * byte)) & 0x7f) << (7 * byte))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest;
    use proptest::prelude::*;
    use std::fmt::Write;
    use std::path::Path;

    proptest! {
        /// The quick way to a history's first amount against reading number by number.
        #[test]
        fn takes_the_second_number_of_any(
            day in any::<i32>(),
            bits in 0..=64_u32,
            amount in any::<u64>(),
            next in any::<u64>(),
        ) {
            let (day, amount) = (zigzag(i64::from(day)), amount.checked_shr(64 - bits).unwrap_or(0));
            let mut bytes = Vec::new();
            [day, amount, next].into_iter().for_each(|value| write_varint(&mut bytes, value));
            let mut at = 0;
            read_varint(&bytes, &mut at);
            prop_assert_eq!(read_varint(&bytes, &mut at), amount);
            bytes.resize(24, 0xff);
            let found = second_varint(*bytes.first_chunk().unwrap());
            prop_assert_eq!(found, (at <= 8).then_some(amount));
        }
    }

    async fn load(file: &Path, limits: &Limits) -> (Base, Problems) {
        let today = chrono::NaiveDate::from_ymd_opt(2026, 1, 2).unwrap();
        let dataset = ingest::open(&[file.display().to_string()], &ingest::Options::new(today)).unwrap();
        let log = ProblemLog::create(&file.with_extension("problems.parquet")).unwrap();
        Base::load(&dataset, limits, log, &Arc::default()).await.unwrap()
    }

    /// Id, purchases, revenue and returns of every customer, in order.
    type Known = (String, Vec<(i32, i64)>, i64, i64);

    fn all(base: &Base) -> Vec<Known> {
        let ids = datafusion::arrow::compute::cast(&base.ids, &datafusion::arrow::datatypes::DataType::Utf8).unwrap();
        let id = |row: usize| ids.as_string::<i32>().value(row).to_owned();
        let known = |row| (id(row), base.history(row).collect(), base.revenue[row], base.returns[row]);
        (0..base.len()).map(known).collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_hundredth_of_the_memory_gives_the_same_through_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("purchases.csv");
        let mut text = String::from("customer,date,amount\n");
        let mut expected: BTreeMap<String, i64> = BTreeMap::new();
        for row in 0..60_000_i64 {
            let (customer, amount) = (format!("customer number {}", row * 7919 % 5003), row % 997 - 40);
            let day = chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + chrono::Days::new((row % 700) as u64);
            writeln!(text, "{customer},{day},{amount}.50").unwrap();
            *expected.entry(customer).or_default() +=
                if amount < 0 { amount * 10_000 - 5000 } else { amount * 10_000 + 5000 };
        }
        std::fs::write(&file, text).unwrap();
        let (whole, problems) = load(&file, &Limits { threads: 2, ..Limits::default() }).await;
        let spill = folder.path().join("spill");
        std::fs::create_dir(&spill).unwrap();
        let little = Limits { memory_bytes: 400_000, threads: 2, spill: Some(spill) };
        let (through_disk, same_problems) = load(&file, &little).await;
        assert_eq!(all(&whole), all(&through_disk));
        assert!((0..whole.len()).all(|row| whole.find(&whole.id(row)) == Some(row)));
        assert_eq!((whole.find("nobody"), whole.find("")), (None, None));
        assert_eq!((problems.rows_used, same_problems.rows_used), (60_000, 60_000));
        let revenue: BTreeMap<String, i64> = all(&whole).into_iter().map(|one| (one.0, one.2)).collect();
        assert_eq!(revenue, expected);
    }

    #[test]
    fn little_memory_makes_more_buckets() {
        let bits =
            |bytes: u64, memory_bytes: usize| bucket_bits(bytes, &Limits { memory_bytes, threads: 2, spill: None });
        assert_eq!(bits(100_000, 8 << 30), 0, "one bucket for a small file");
        assert_eq!(bits(100 << 20, 8 << 30), 7);
        assert_eq!(bits(100 << 30, 8 << 30), MOST_BUCKET_BITS);
        assert_eq!(bits(1 << 20, 1 << 20), 8);
    }

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
