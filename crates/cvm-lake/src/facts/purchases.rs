//! What customers bought before and after a time of their own: the ground of every comparison with a control group.
//!
//! One pass over `transactions` serves all that is asked at once. An order stands where it was placed, with what was given back of
//! it since: what a campaign sold and got back again is not what it earned, and what was given back of earlier orders is not
//! its doing.

use super::readers::Readers;
use super::{OWNERS, messages, orders};
use crate::LakeError;
use crate::engine::Limits;
use cvm_core::lake::{Bought, LakeFailure, Purchases, Spent};
use cvm_core::segment::PersonId;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::prelude::SessionContext;
use futures::StreamExt;

/// What the engine may hold: requests are answered beside it.
const MEMORY_BYTES: usize = 512 << 20;

/// Adds up.
pub(super) async fn purchases(readers: &Readers, question: &Purchases<'_>) -> Result<Vec<Bought>, LakeFailure> {
    let mut asked = Asked::new(question)?;
    if question.customers.is_empty() {
        return Ok(asked.bought);
    }
    let limits = Limits { memory_bytes: MEMORY_BYTES, ..Limits::default() };
    let tables = [orders::TRANSACTIONS.name, OWNERS.name, messages::TABLE.name];
    let tables = if question.event.is_some() { &tables[..] } else { &tables[..1] };
    let context = readers.session(&limits, tables).await?;
    let each = |batch: &RecordBatch| asked.take_orders(batch, question.margin);
    for_each(&context, &orders_of(question.currency), each).await?;
    if let Some(event) = question.event {
        for_each(&context, &events_of(event), |batch| asked.take_events(batch)).await?;
    }
    Ok(asked.bought)
}

async fn for_each(
    context: &SessionContext,
    sql: &str,
    mut take: impl FnMut(&RecordBatch) -> Result<(), LakeError>,
) -> Result<(), LakeError> {
    let mut rows = context.sql(sql).await?.execute_stream().await?;
    while let Some(batch) = rows.next().await {
        take(&batch?)?;
    }
    Ok(())
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Order by order. The same number at two customers is two orders. Sums are exact, so that nothing depends on their order.
fn orders_of(currency: &str) -> String {
    let sum = |what: &str, of: &str| {
        let currency = quoted(currency);
        format!("CAST(sum(CASE WHEN currency = {currency} AND {of} THEN {what} END) AS DOUBLE)")
    };
    format!(
        "SELECT customer_id, min(\"timestamp\"), {}, {}, {}, {}, \
         CAST(CASE WHEN sum(amount) > 0 OR min(amount) >= 0 THEN 1 ELSE 0 END AS DOUBLE) \
         FROM transactions GROUP BY customer_id, order_id",
        sum("amount", "cost IS NULL"),
        sum("amount", "cost IS NOT NULL"),
        sum("cost", "true"),
        sum("discount", "true"),
    )
}

fn events_of(name: &str) -> String {
    format!(
        "SELECT owners.customer_id, messages.\"timestamp\" FROM messages JOIN owners ON owners.identifier = \
         CASE WHEN messages.user_id IS NULL THEN concat('anonymous_id:', messages.anonymous_id) \
         ELSE concat('user_id:', messages.user_id) END \
         WHERE messages.type = 'track' AND messages.name = {} \
         AND (owners.since IS NULL OR messages.\"timestamp\" >= owners.since) \
         AND (owners.until IS NULL OR messages.\"timestamp\" < owners.until)",
        quoted(name)
    )
}

/// What is asked, found by customer.
struct Asked<'a> {
    question: &'a Purchases<'a>,
    /// In the order of ids.
    customers: Vec<(PersonId, u32)>,
    bought: Vec<Bought>,
}

impl<'a> Asked<'a> {
    fn new(question: &'a Purchases<'a>) -> Result<Self, LakeError> {
        let mut customers = question.customers.to_vec();
        customers.sort_unstable();
        customers.dedup();
        if let Some((_, place)) = customers.iter().find(|(_, place)| *place as usize >= question.stretches.len()) {
            return Err(LakeError::Internal(format!("there is no stretch {place}")));
        }
        Ok(Self { question, customers, bought: vec![Bought::default(); question.stretches.len()] })
    }

    /// What each stretch of a customer that holds this moment has bought: in its first part or its second.
    fn at(&mut self, customer: Option<&str>, time: i64, mut add: impl FnMut(&mut Bought, bool)) {
        let Some(id) = customer.and_then(|id| id.parse::<PersonId>().ok()) else { return };
        let from = self.customers.partition_point(|(other, _)| *other < id);
        for (_, place) in self.customers[from..].iter().take_while(|(other, _)| *other == id) {
            let stretch = self.question.stretches[*place as usize];
            if stretch.before <= time && time < stretch.until {
                add(&mut self.bought[*place as usize], time >= stretch.from);
            }
        }
    }

    fn take_orders(&mut self, batch: &RecordBatch, margin: Option<f64>) -> Result<(), LakeError> {
        let (customers, times) = heads(batch)?;
        let (customers, times) = (customers.as_string_view(), times.as_primitive::<TimestampMicrosecondType>());
        let number = |column: usize, row: usize| {
            let column = batch.column(column).as_primitive::<Float64Type>();
            if column.is_null(row) { 0.0 } else { column.value(row) }
        };
        for row in 0..batch.num_rows() {
            let customer = customers.is_valid(row).then(|| customers.value(row));
            let (uncosted, costed, cost) = (number(2, row), number(3, row), number(4, row));
            self.at(customer, times.value(row), |bought, is_after| {
                let spent: &mut Spent = if is_after { &mut bought.after } else { &mut bought.before };
                spent.orders += number(6, row) as u32;
                spent.revenue += uncosted + costed;
                spent.margin += uncosted * margin.unwrap_or(1.0) + costed - cost;
                spent.discount += number(5, row);
                spent.revenue_costed += costed;
            });
        }
        Ok(())
    }

    fn take_events(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        let (customers, times) = heads(batch)?;
        let (customers, times) = (customers.as_string_view(), times.as_primitive::<TimestampMicrosecondType>());
        for row in 0..batch.num_rows() {
            let customer = customers.is_valid(row).then(|| customers.value(row));
            self.at(customer, times.value(row), |bought, is_after| bought.events += u32::from(is_after));
        }
        Ok(())
    }
}

/// The customer and the time of each row.
fn heads(
    batch: &RecordBatch,
) -> Result<(datafusion::arrow::array::ArrayRef, datafusion::arrow::array::ArrayRef), LakeError> {
    let time = DataType::Timestamp(TimeUnit::Microsecond, None);
    Ok((cast(batch.column(0), &DataType::Utf8View)?, cast(batch.column(1), &time)?))
}
