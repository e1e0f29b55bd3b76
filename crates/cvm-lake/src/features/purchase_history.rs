//! `purchase_history(day, amount)`: an aggregate that gathers each customer's purchases, netted by day, in order.
//!
//! One GROUP BY customer with this aggregate replaces a GROUP BY (customer, day) under a GROUP BY customer: the inner
//! of the two makes nearly as many groups as there are rows. Rows are kept as they come, sixteen bytes each, and put
//! in order once, at the end, by a counting sort over the groups.

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, Int64Array, ListArray, StructArray, UInt32Array,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, Int32Type, Int64Type};
use datafusion::common::{Result, exec_err, not_impl_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};
use std::sync::{Arc, LazyLock};

/// The aggregate, ready to be registered.
pub fn purchase_history() -> AggregateUDF {
    AggregateUDF::new_from_impl(PurchaseHistory::new())
}

static ITEM_FIELDS: LazyLock<Fields> = LazyLock::new(|| {
    Fields::from(vec![Field::new("day", DataType::Int32, false), Field::new("amount", DataType::Int64, false)])
});

static ITEM: LazyLock<FieldRef> =
    LazyLock::new(|| Arc::new(Field::new_list_field(DataType::Struct(ITEM_FIELDS.clone()), false)));

/// What the aggregate returns: for each customer a list of (day, net amount), by day, one entry a day.
pub fn history_type() -> DataType {
    DataType::List(ITEM.clone())
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct PurchaseHistory {
    signature: Signature,
}

impl PurchaseHistory {
    fn new() -> Self {
        Self { signature: Signature::exact(vec![DataType::Int32, DataType::Int64], Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for PurchaseHistory {
    fn name(&self) -> &str {
        "purchase_history"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(history_type())
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[rows]", args.name), history_type(), true))])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        not_impl_err!("purchase_history works with GROUP BY only, not over a whole table or a window")
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Rows::default()))
    }
}

/// Purchases as they came, with the group each belongs to.
#[derive(Debug, Default)]
struct Rows {
    groups: Vec<u32>,
    days: Vec<i32>,
    amounts: Vec<i64>,
    total_groups: usize,
}

/// Both argument arrays, without nulls: the ingest leaves none, and a null here would be silently a zero.
fn arguments(values: &[ArrayRef]) -> Result<(&Int32Array, &Int64Array)> {
    let (days, amounts) = (values[0].as_primitive::<Int32Type>(), values[1].as_primitive::<Int64Type>());
    if days.null_count() + amounts.null_count() > 0 {
        return exec_err!("purchase_history: a day or an amount is null");
    }
    Ok((days, amounts))
}

impl GroupsAccumulator for Rows {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        total_groups: usize,
    ) -> Result<()> {
        let (days, amounts) = arguments(values)?;
        self.total_groups = total_groups;
        match filter {
            None => {
                self.groups.extend(group_indices.iter().map(|&group| group as u32));
                self.days.extend_from_slice(days.values());
                self.amounts.extend_from_slice(amounts.values());
            }
            Some(filter) => {
                for (row, &group) in group_indices.iter().enumerate() {
                    if filter.is_valid(row) && filter.value(row) {
                        self.groups.push(group as u32);
                        self.days.push(days.value(row));
                        self.amounts.push(amounts.value(row));
                    }
                }
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_groups: usize) -> Result<()> {
        let lists = values[0].as_list::<i32>();
        let items = lists.values().as_struct();
        let (days, amounts) =
            (items.column(0).as_primitive::<Int32Type>(), items.column(1).as_primitive::<Int64Type>());
        self.total_groups = total_groups;
        for (list, &group) in lists.value_offsets().windows(2).zip(group_indices) {
            let range = list[0] as usize..list[1] as usize;
            self.groups.extend(std::iter::repeat_n(group as u32, range.len()));
            self.days.extend_from_slice(&days.values()[range.clone()]);
            self.amounts.extend_from_slice(&amounts.values()[range]);
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        Ok(Arc::new(self.emit(emit_to)?))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![Arc::new(self.emit(emit_to)?)])
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let (days, amounts) = arguments(values)?;
        let (days, amounts, offsets) = match filter {
            None => (days.clone(), amounts.clone(), OffsetBuffer::from_lengths(std::iter::repeat_n(1, days.len()))),
            Some(filter) => {
                let keep: Vec<u32> = (0..filter.len())
                    .filter(|&row| filter.is_valid(row) && filter.value(row))
                    .map(|row| row as u32)
                    .collect();
                let lengths = (0..filter.len()).map(|row| usize::from(filter.is_valid(row) && filter.value(row)));
                let offsets = OffsetBuffer::from_lengths(lengths);
                let keep = UInt32Array::from(keep);
                let take = |array: &dyn Array| datafusion::arrow::compute::take(array, &keep, None);
                (take(days)?.as_primitive().clone(), take(amounts)?.as_primitive().clone(), offsets)
            }
        };
        Ok(vec![Arc::new(list(days, amounts, offsets)?)])
    }

    fn size(&self) -> usize {
        // The sorted copy made at the end is counted from the start, or the last step would break the limit.
        size_of::<Self>() + 2 * (4 * self.groups.capacity() + 4 * self.days.capacity() + 8 * self.amounts.capacity())
    }
}

impl Rows {
    fn emit(&mut self, emit_to: EmitTo) -> Result<ListArray> {
        let emitted = match emit_to {
            EmitTo::All => {
                let total_groups = self.total_groups;
                let all = std::mem::take(self);
                Rows { total_groups, ..all }
            }
            EmitTo::First(n) => self.split_first(n),
        };
        emitted.into_lists()
    }

    /// Takes the rows of the first `n` groups away and shifts the rest down.
    fn split_first(&mut self, n: usize) -> Self {
        let mut first = Self { total_groups: n, ..Self::default() };
        let mut kept = 0;
        for row in 0..self.groups.len() {
            let (group, day, amount) = (self.groups[row], self.days[row], self.amounts[row]);
            if (group as usize) < n {
                first.groups.push(group);
                first.days.push(day);
                first.amounts.push(amount);
            } else {
                self.groups[kept] = group - n as u32;
                self.days[kept] = day;
                self.amounts[kept] = amount;
                kept += 1;
            }
        }
        self.groups.truncate(kept);
        self.days.truncate(kept);
        self.amounts.truncate(kept);
        self.total_groups -= n.min(self.total_groups);
        first
    }

    /// One list a group, by day, one entry a day.
    fn into_lists(self) -> Result<ListArray> {
        let mut starts = vec![0_u32; self.total_groups + 1];
        for &group in &self.groups {
            starts[group as usize + 1] += 1;
        }
        for group in 0..self.total_groups {
            starts[group + 1] += starts[group];
        }
        let mut next = starts.clone();
        let mut rows = vec![(0_i32, 0_i64); self.groups.len()];
        for ((&group, &day), &amount) in self.groups.iter().zip(&self.days).zip(&self.amounts) {
            let slot = &mut next[group as usize];
            rows[*slot as usize] = (day, amount);
            *slot += 1;
        }
        let (mut days, mut amounts) = (self.days, self.amounts);
        drop(self.groups);
        days.clear();
        amounts.clear();
        let mut ends = Vec::with_capacity(self.total_groups);
        for group in 0..self.total_groups {
            let purchases = &mut rows[starts[group] as usize..starts[group + 1] as usize];
            purchases.sort_unstable_by_key(|&(day, _)| day);
            let first = days.len();
            for &(day, amount) in purchases.iter() {
                if days.len() > first && days[days.len() - 1] == day {
                    let last = amounts.len() - 1;
                    let Some(net) = i64::checked_add(amounts[last], amount) else {
                        return exec_err!("the amounts of one customer on one day add up beyond what 64 bits hold");
                    };
                    amounts[last] = net;
                } else {
                    days.push(day);
                    amounts.push(amount);
                }
            }
            ends.push(days.len() - first);
        }
        list(Int32Array::from(days), Int64Array::from(amounts), OffsetBuffer::from_lengths(ends))
    }
}

fn list(days: Int32Array, amounts: Int64Array, offsets: OffsetBuffer<i32>) -> Result<ListArray> {
    let items = StructArray::try_new(ITEM_FIELDS.clone(), vec![Arc::new(days), Arc::new(amounts)], None)?;
    Ok(ListArray::try_new(ITEM.clone(), offsets, Arc::new(items), None)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::prelude::{SessionConfig, SessionContext};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    type Purchases = Vec<(i64, i32, i64)>;

    fn table(rows: &Purchases) -> datafusion::arrow::record_batch::RecordBatch {
        datafusion::arrow::record_batch::RecordBatch::try_from_iter([
            ("customer", Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.0))) as ArrayRef),
            ("day", Arc::new(Int32Array::from_iter_values(rows.iter().map(|r| r.1)))),
            ("amount", Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.2)))),
        ])
        .unwrap()
    }

    /// What the aggregate must give, the slow obvious way.
    fn expected(rows: &Purchases) -> BTreeMap<i64, Vec<(i32, i64)>> {
        let mut days: BTreeMap<i64, BTreeMap<i32, i64>> = BTreeMap::new();
        for &(customer, day, amount) in rows {
            *days.entry(customer).or_default().entry(day).or_default() += amount;
        }
        days.into_iter().map(|(customer, days)| (customer, days.into_iter().collect())).collect()
    }

    async fn through_sql(rows: &Purchases, skip_ratio: f64, ordered: bool) -> BTreeMap<i64, Vec<(i32, i64)>> {
        let mut config = SessionConfig::new().with_target_partitions(2).with_batch_size(7);
        config.options_mut().execution.skip_partial_aggregation_probe_ratio_threshold = skip_ratio;
        config.options_mut().execution.skip_partial_aggregation_probe_rows_threshold = 5;
        let context = SessionContext::new_with_config(config);
        context.register_udaf(purchase_history());
        let half = rows.len() / 2;
        let parts = [rows[..half].to_vec(), rows[half..].to_vec()];
        let provider = datafusion::datasource::MemTable::try_new(
            table(rows).schema(),
            parts.iter().map(|part| vec![table(part)]).collect(),
        )
        .unwrap();
        context.register_table("purchases", Arc::new(provider)).unwrap();
        // An ordered input takes the path that emits the first groups early.
        let from = if ordered { "(SELECT * FROM purchases ORDER BY customer)" } else { "purchases" };
        let sql = format!("SELECT customer, purchase_history(day, amount) AS history FROM {from} GROUP BY customer");
        let mut found = BTreeMap::new();
        for batch in context.sql(&sql).await.unwrap().collect().await.unwrap() {
            let (customers, lists) = (batch.column(0).as_primitive::<Int64Type>(), batch.column(1).as_list::<i32>());
            for row in 0..batch.num_rows() {
                let items = lists.value(row);
                let items = items.as_struct();
                let days = items.column(0).as_primitive::<Int32Type>();
                let amounts = items.column(1).as_primitive::<Int64Type>();
                let history = (0..days.len()).map(|i| (days.value(i), amounts.value(i))).collect();
                assert!(found.insert(customers.value(row), history).is_none(), "a customer came twice");
            }
        }
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn equals_the_slow_obvious_way(
            rows in prop::collection::vec((0_i64..12, -5_i32..40, -500_i64..500), 0..120),
            skip_ratio in prop::sample::select(vec![0.0, 0.5, 1.0]),
            ordered: bool,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            prop_assert_eq!(runtime.block_on(through_sql(&rows, skip_ratio, ordered)), expected(&rows));
        }
    }
}
