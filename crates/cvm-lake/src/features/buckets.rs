//! Purchases dealt into buckets by a hash of their customer, so that each bucket can be summed on its own.
//!
//! Customers are independent: a bucket holds all rows of its customers, so what is made of it needs no other. That
//! bounds memory (what does not fit goes to disk, and comes back one bucket a thread) and keeps the tables of the
//! sums small enough for the processor's caches.

use datafusion::arrow::array::{RecordBatch, UInt32Array};
use datafusion::arrow::compute::{BatchCoalescer, take_record_batch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use datafusion::error::Result;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SendableRecordBatchStream, SpillFile, TaskContext};
use datafusion::physical_plan::SpillManager;
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, SpillMetrics};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::{StreamExt, TryStreamExt, stream};
use std::sync::{Arc, Mutex, PoisonError};

/// Rows gathered for a bucket before they are put to the others of it.
const ROWS: usize = 4096;

/// The engine hashes groups by another state: were it the same, all customers of a bucket would share their highest
/// bits, and crowd in the engine's tables.
const HASH: RandomState = RandomState::with_seed(0x5eed);

/// Rows of all buckets, in memory up to a limit and on disk beyond it.
pub(super) struct Buckets {
    schema: SchemaRef,
    bits: u32,
    limit: usize,
    spills: SpillManager,
    state: Mutex<State>,
}

struct State {
    buckets: Vec<Bucket>,
    held: usize,
}

/// Rows of some customers, all that there are of them.
#[derive(Default)]
struct Bucket {
    bytes: usize,
    batches: Vec<RecordBatch>,
    spilled: Vec<Arc<dyn SpillFile>>,
}

impl Buckets {
    /// `2^bits` buckets of rows whose first column is the customer; in all they hold `limit` bytes in memory. Of the
    /// rows dealt, the first columns, those of `schema`, are kept.
    pub(super) fn new(schema: SchemaRef, bits: u32, limit: usize, runtime: Arc<RuntimeEnv>) -> Self {
        let spills = SpillManager::new(runtime, SpillMetrics::new(&ExecutionPlanMetricsSet::new(), 0), schema.clone());
        let buckets = (0..1 << bits).map(|_| Bucket::default()).collect();
        Self { schema, bits, limit, spills, state: Mutex::new(State { buckets, held: 0 }) }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        1 << self.bits
    }

    /// Who deals rows; each thread has its own.
    pub(super) fn dealer(&self) -> Dealer<'_> {
        let coalescers = (0..self.count()).map(|_| BatchCoalescer::new(self.schema.clone(), ROWS)).collect();
        Dealer { buckets: self, coalescers, hashes: Vec::new(), ends: Vec::new() }
    }

    /// Takes all rows of a bucket.
    pub(super) fn take(&self, bucket: usize) -> Taken {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = std::mem::take(&mut state.buckets[bucket]);
        state.held -= bucket.bytes;
        Taken { schema: self.schema.clone(), spills: self.spills.clone(), bucket: Mutex::new(bucket) }
    }

    fn put(&self, bucket: usize, batch: RecordBatch) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = batch.get_array_memory_size();
        let bucket = &mut state.buckets[bucket];
        bucket.bytes += bytes;
        bucket.batches.push(batch);
        state.held += bytes;
        if state.held > self.limit { self.spill(&mut state) } else { Ok(()) }
    }

    /// Everything at once: few large files rather than many small ones.
    fn spill(&self, state: &mut State) -> Result<()> {
        for bucket in &mut state.buckets {
            let file = self.spills.spill_record_batch_and_finish(&bucket.batches, "purchases by customer")?;
            bucket.spilled.extend(file);
            bucket.batches.clear();
            bucket.bytes = 0;
        }
        state.held = 0;
        Ok(())
    }

    /// How many files there are on disk.
    #[cfg(test)]
    fn spilled_files(&self) -> usize {
        self.state.lock().unwrap().buckets.iter().map(|bucket| bucket.spilled.len()).sum()
    }
}

/// Deals the rows of one reader.
pub(super) struct Dealer<'a> {
    buckets: &'a Buckets,
    coalescers: Vec<BatchCoalescer>,
    hashes: Vec<u64>,
    ends: Vec<u32>,
}

impl Dealer<'_> {
    /// Puts each row to the bucket of its customer.
    pub(super) fn deal(&mut self, batch: &RecordBatch) -> Result<()> {
        // The columns behind those of the schema are not needed here.
        let batch = batch.project(&(0..self.buckets.schema.fields().len()).collect::<Vec<_>>())?;
        if self.buckets.bits == 0 {
            self.coalescers[0].push_batch(batch)?;
            return self.hand_over(0);
        }
        let order = self.order(&batch)?;
        let dealt = take_record_batch(&batch, &order)?;
        let mut start = 0;
        for bucket in 0..self.coalescers.len() {
            let end = self.ends[bucket] as usize;
            if end > start {
                self.coalescers[bucket].push_batch(dealt.slice(start, end - start))?;
                self.hand_over(bucket)?;
            }
            start = end;
        }
        Ok(())
    }

    /// Hands over what has not filled a batch.
    pub(super) fn finish(mut self) -> Result<()> {
        for bucket in 0..self.coalescers.len() {
            self.coalescers[bucket].finish_buffered_batch()?;
            self.hand_over(bucket)?;
        }
        Ok(())
    }

    fn hand_over(&mut self, bucket: usize) -> Result<()> {
        while let Some(batch) = self.coalescers[bucket].next_completed_batch() {
            self.buckets.put(bucket, batch)?;
        }
        Ok(())
    }

    /// Rows in the order of their buckets, by counting; `ends` is left with where each bucket ends.
    fn order(&mut self, batch: &RecordBatch) -> Result<UInt32Array> {
        self.hashes.clear();
        self.hashes.resize(batch.num_rows(), 0);
        create_hashes([batch.column(0)], &HASH, &mut self.hashes)?;
        let bucket = |hash: u64| (hash >> (u64::BITS - self.buckets.bits)) as usize;
        self.ends.clear();
        self.ends.resize(self.coalescers.len(), 0);
        for &hash in &self.hashes {
            self.ends[bucket(hash)] += 1;
        }
        let mut before = 0;
        for end in &mut self.ends {
            before += std::mem::replace(end, before);
        }
        let mut order = vec![0; batch.num_rows()];
        for (row, &hash) in (0..).zip(&self.hashes) {
            let place = &mut self.ends[bucket(hash)];
            order[*place as usize] = row;
            *place += 1;
        }
        Ok(order.into())
    }
}

/// The rows of one bucket, to be read once.
pub(super) struct Taken {
    schema: SchemaRef,
    spills: SpillManager,
    bucket: Mutex<Bucket>,
}

impl std::fmt::Debug for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Taken")
    }
}

impl PartitionStream for Taken {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let bucket = std::mem::take(&mut *self.bucket.lock().unwrap_or_else(PoisonError::into_inner));
        let spills = self.spills.clone();
        let on_disk =
            stream::iter(bucket.spilled).map(move |file| spills.read_spill_as_stream(file, None)).try_flatten();
        let rows = stream::iter(bucket.batches.into_iter().map(Ok)).chain(on_disk);
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array, StringViewArray};
    use datafusion::arrow::datatypes::Int64Type;
    use proptest::prelude::*;

    fn batch(rows: &[(u32, i64)], text: bool) -> RecordBatch {
        let customer: ArrayRef = match text {
            true => Arc::new(StringViewArray::from_iter_values(
                rows.iter().map(|(customer, _)| format!("a customer with a long number {customer}")),
            )),
            false => Arc::new(Int64Array::from_iter_values(rows.iter().map(|(customer, _)| i64::from(*customer)))),
        };
        let amount: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, amount)| *amount)));
        RecordBatch::try_from_iter([("customer", customer), ("amount", amount)]).unwrap()
    }

    fn customer(batch: &RecordBatch, row: usize) -> u32 {
        match batch.column(0).as_string_view_opt() {
            Some(text) => text.value(row).rsplit(' ').next().unwrap().parse().unwrap(),
            None => batch.column(0).as_primitive::<Int64Type>().value(row) as u32,
        }
    }

    async fn rows(taken: Taken) -> Vec<(u32, i64)> {
        let batches: Vec<RecordBatch> = taken.execute(Arc::default()).try_collect().await.unwrap();
        let row =
            |batch: &RecordBatch, row| (customer(batch, row), batch.column(1).as_primitive::<Int64Type>().value(row));
        batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |at| row(batch, at))).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]
        #[test]
        fn every_row_is_there_once_with_its_customer_in_one_bucket(
            batches in prop::collection::vec(prop::collection::vec((0_u32..40, any::<i64>()), 0..300), 0..8),
            bits in 0_u32..6,
            limit in prop::sample::select(vec![0, 3000, usize::MAX]),
            text: bool,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let buckets = Buckets::new(batch(&[], text).schema(), bits, limit, Arc::default());
                for part in batches.chunks(3) {
                    let mut dealer = buckets.dealer();
                    for rows in part {
                        dealer.deal(&batch(rows, text)).unwrap();
                    }
                    dealer.finish().unwrap();
                }
                let mut expected: Vec<_> = batches.concat();
                match limit {
                    0 => assert_eq!(buckets.spilled_files() > 0, !expected.is_empty()),
                    usize::MAX => assert_eq!(buckets.spilled_files(), 0),
                    _ => {}
                }
                let mut bucket_of = std::collections::HashMap::new();
                let mut found = Vec::new();
                for bucket in 0..buckets.count() {
                    for (customer, amount) in rows(buckets.take(bucket)).await {
                        assert_eq!(*bucket_of.entry(customer).or_insert(bucket), bucket, "customer {customer}");
                        found.push((customer, amount));
                    }
                }
                found.sort_unstable();
                expected.sort_unstable();
                assert_eq!(found, expected);
            });
        }
    }
}
