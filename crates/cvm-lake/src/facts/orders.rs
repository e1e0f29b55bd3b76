//! Orders: what each event says of one, and what is left of them all.
//!
//! `order_lines` is appended with the messages, so what an event means for an order is worked out once. `transactions` is
//! made anew at every scoring run, when it is known whose each id is and what else was said of the order.

use super::{Definition, not_filled};
use crate::LakeError;
use cvm_core::columns;
use cvm_core::message::Message;
use cvm_core::order::{OrderEvent, OrderStep, TransactionLine, currency_places, order_event, settle};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    StringViewArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType};
use datafusion::prelude::SessionContext;
use futures::{Stream, StreamExt};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use std::sync::Arc;

/// The table of what events say.
pub(super) const LINES: Definition = Definition {
    name: "order_lines",
    columns: &[columns::ORDER_EVENT, columns::LINE],
    lists: &[],
    ranges: "timestamp,received_at,batch",
    partition: None,
};

/// The table of what is left.
pub(super) const TRANSACTIONS: Definition = Definition {
    name: "transactions",
    columns: &[columns::BUYER, columns::LINE],
    lists: &[],
    ranges: "timestamp",
    partition: None,
};

/// Places of amounts in the lake.
const PLACES: u32 = 4;

/// A line and the event it is of; none for an event without lines.
struct Told<'a> {
    message: &'a Message,
    batch: i64,
    order: usize,
    line: Option<usize>,
}

/// What messages say of orders, line by line. An order that cannot be read stays in `messages`.
pub(super) fn lines(messages: &[&(i64, Message)], currency: &str) -> Result<RecordBatch, LakeError> {
    let (mut orders, mut rows) = (Vec::new(), Vec::new());
    for (batch, message) in messages {
        let Some(Ok(order)) = order_event(message, currency) else { continue };
        let lines = if order.lines.is_empty() { vec![None] } else { (0..order.lines.len()).map(Some).collect() };
        rows.extend(lines.into_iter().map(|line| Told { message, batch: *batch, order: orders.len(), line }));
        orders.push(order);
    }
    let order = |row: &Told<'_>| -> &OrderEvent { &orders[row.order] };
    let line = |row: &Told<'_>| row.line.map(|line| &orders[row.order].lines[line]);
    let text = |of: &dyn Fn(&Told<'_>) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    let time = |of: fn(&Message) -> i64| times(rows.iter().map(|row| of(row.message)));
    let money = |of: fn(&TransactionLine) -> i64| {
        amounts(rows.iter().map(|row| Some(scaled(of(line(row)?), &order(row).currency))))
    };
    LINES.rows(|column| {
        Ok(match column {
            "message_id" => text(&|row| Some(row.message.message_id.clone())),
            "source" => text(&|row| Some(row.message.source.clone())),
            "user_id" => text(&|row| row.message.user_id.clone()),
            "anonymous_id" => text(&|row| row.message.anonymous_id.clone()),
            "order_id" => text(&|row| Some(order(row).order_id.clone())),
            "step" => text(&|row| Some(step_name(order(row).step).to_owned())),
            "takes_all_back" => {
                Arc::new(BooleanArray::from_iter(rows.iter().map(|row| Some(order(row).takes_all_back))))
            }
            "timestamp" => time(|message| message.timestamp),
            "received_at" => time(|message| message.received_at),
            "line" => Arc::new(Int64Array::from_iter(rows.iter().map(|row| Some(i64::from(line(row)?.line))))),
            "product" => text(&|row| line(row)?.product.clone()),
            "category" => text(&|row| line(row)?.category.clone()),
            "quantity" => Arc::new(Float64Array::from_iter(rows.iter().map(|row| line(row)?.quantity.to_f64()))),
            "amount" => money(|line| line.amount)?,
            "discount" => money(|line| line.discount)?,
            "cost" => amounts(rows.iter().map(|row| line(row)?.cost.map(i128::from)))?,
            "currency" => text(&|row| Some(order(row).currency.clone())),
            "coupon" => text(&|row| order(row).coupon.clone()),
            "batch" => Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.batch))),
            other => return Err(not_filled(other)),
        })
    })
}

/// A customer's lines of one order stand together, event by event, in the order of time.
///
/// Texts are copied out of the join: as it hands them over, each batch points into all of its owners, and the sort takes each for that
/// large.
fn whose() -> String {
    let texts = |table: &str, columns: &[&str]| {
        let text = |column: &&str| format!("arrow_cast({table}.{column}, 'Utf8') AS {column}");
        columns.iter().map(text).collect::<Vec<_>>().join(", ")
    };
    format!(
        "SELECT {}, {}, lines.takes_all_back, lines.\"timestamp\", lines.line, {}, lines.quantity, lines.amount, lines.discount, {}, \
         lines.cost FROM order_lines AS lines JOIN owners ON owners.identifier = \
         CASE WHEN lines.user_id IS NULL THEN concat('anonymous_id:', lines.anonymous_id) \
         ELSE concat('user_id:', lines.user_id) END \
         WHERE (owners.since IS NULL OR lines.\"timestamp\" >= owners.since) \
         AND (owners.until IS NULL OR lines.\"timestamp\" < owners.until) \
         ORDER BY customer_id, order_id, \"timestamp\", source, message_id, line",
        texts("owners", &["customer_id"]),
        texts("lines", &["order_id", "message_id", "source", "step"]),
        texts("lines", &["product", "category"]),
        texts("lines", &["currency", "coupon"]),
    )
}

/// What is left of every order, customer by customer.
pub(super) async fn settled(
    context: &SessionContext,
) -> Result<impl Stream<Item = Result<RecordBatch, LakeError>> + use<>, LakeError> {
    let rows = context.sql(&whose()).await?.execute_stream().await?;
    let state = (rows, Gatherer::default(), false);
    Ok(futures::stream::try_unfold(state, async |(mut rows, mut gatherer, done)| {
        if done {
            return Ok(None);
        }
        let done = match rows.next().await {
            Some(batch) => {
                gatherer.take(&batch?)?;
                false
            }
            None => {
                gatherer.end_order();
                true
            }
        };
        let batch = batch(&std::mem::take(&mut gatherer.settled))?;
        Ok(Some((batch, (rows, gatherer, done))))
    }))
}

/// A row of `transactions`.
struct Row {
    customer: String,
    order_id: String,
    time: i64,
    line: TransactionLine,
    currency: String,
    coupon: Option<String>,
    source: String,
}

/// Puts together what belongs to one order of one customer. The same number at two customers is two orders.
#[derive(Default)]
struct Gatherer {
    customer: String,
    order_id: String,
    message: (String, String),
    events: Vec<(OrderEvent, String)>,
    settled: Vec<Row>,
}

impl Gatherer {
    fn take(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        let columns: Vec<ArrayRef> = batch
            .columns()
            .iter()
            .map(|column| match column.data_type() {
                DataType::Utf8 | DataType::LargeUtf8 => cast(column, &DataType::Utf8View),
                _ => Ok(column.clone()),
            })
            .collect::<Result<_, _>>()?;
        let text = |column: usize, row: usize| -> Option<&str> {
            let values: &StringViewArray = columns[column].as_string_view();
            values.is_valid(row).then(|| values.value(row))
        };
        let costs = columns[15].as_primitive::<Decimal128Type>();
        let owned = |column: usize, row: usize| text(column, row).unwrap_or_default().to_owned();
        for row in 0..batch.num_rows() {
            let (customer, order_id) = (text(0, row).unwrap_or_default(), text(1, row).unwrap_or_default());
            if customer != self.customer || order_id != self.order_id {
                self.end_order();
                (self.customer, self.order_id) = (customer.to_owned(), order_id.to_owned());
            }
            let message = (owned(3, row), owned(2, row));
            if self.events.is_empty() || message != self.message {
                let event = OrderEvent {
                    order_id: order_id.to_owned(),
                    step: step_of(text(4, row).unwrap_or_default())?,
                    time: columns[6].as_primitive::<TimestampMicrosecondType>().value(row),
                    currency: owned(13, row),
                    amount: 0,
                    lines: Vec::new(),
                    takes_all_back: columns[5].as_boolean().value(row),
                    tax: 0,
                    shipping: 0,
                    coupon: text(14, row).map(str::to_owned),
                };
                self.events.push((event, message.0.clone()));
                self.message = message;
            }
            let (event, _) = self.events.last_mut().expect("one was just put there");
            let numbers = columns[7].as_primitive::<Int64Type>();
            if numbers.is_null(row) {
                continue;
            }
            let money =
                |column: usize| unscaled(columns[column].as_primitive::<Decimal128Type>().value(row), &event.currency);
            let line = TransactionLine {
                line: u32::try_from(numbers.value(row)).unwrap_or(0),
                product: text(8, row).map(str::to_owned),
                category: text(9, row).map(str::to_owned),
                quantity: Decimal::from_f64(columns[10].as_primitive::<Float64Type>().value(row)).unwrap_or_default(),
                amount: money(11),
                discount: money(12),
                cost: costs.is_valid(row).then(|| i64::try_from(costs.value(row)).unwrap_or(i64::MAX)),
            };
            event.amount = event.amount.saturating_add(line.amount);
            event.lines.push(line);
        }
        Ok(())
    }

    fn end_order(&mut self) {
        let told = std::mem::take(&mut self.events);
        let events: Vec<&OrderEvent> = told.iter().map(|(event, _)| event).collect();
        for settled in settle(&events) {
            let source = told.iter().find(|(event, _)| std::ptr::eq(event, settled.event)).map(|(_, source)| source);
            self.settled.push(Row {
                customer: self.customer.clone(),
                order_id: self.order_id.clone(),
                time: settled.time,
                line: settled.line,
                currency: settled.event.currency.clone(),
                coupon: settled.event.coupon.clone(),
                source: source.cloned().unwrap_or_default(),
            });
        }
    }
}

fn batch(rows: &[Row]) -> Result<RecordBatch, LakeError> {
    let text =
        |of: &dyn Fn(&Row) -> Option<&str>| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<StringArray>()) };
    let money =
        |of: fn(&TransactionLine) -> i64| amounts(rows.iter().map(|row| Some(scaled(of(&row.line), &row.currency))));
    TRANSACTIONS.rows(|column| {
        Ok(match column {
            "customer_id" => text(&|row| Some(&row.customer)),
            "order_id" => text(&|row| Some(&row.order_id)),
            "timestamp" => times(rows.iter().map(|row| row.time)),
            "line" => Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| i64::from(row.line.line)))),
            "product" => text(&|row| row.line.product.as_deref()),
            "category" => text(&|row| row.line.category.as_deref()),
            "quantity" => Arc::new(Float64Array::from_iter(rows.iter().map(|row| row.line.quantity.to_f64()))),
            "amount" => money(|line| line.amount)?,
            "discount" => money(|line| line.discount)?,
            "cost" => amounts(rows.iter().map(|row| row.line.cost.map(i128::from)))?,
            "currency" => text(&|row| Some(&row.currency)),
            "coupon" => text(&|row| row.coupon.as_deref()),
            "source" => text(&|row| Some(&row.source)),
            other => return Err(not_filled(other)),
        })
    })
}

fn times(times: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC"))
}

fn amounts(amounts: impl Iterator<Item = Option<i128>>) -> Result<ArrayRef, LakeError> {
    Ok(Arc::new(amounts.collect::<Decimal128Array>().with_precision_and_scale(18, PLACES as i8)?))
}

/// From the currency's smallest unit to the lake's places.
fn scaled(amount: i64, currency: &str) -> i128 {
    i128::from(amount) * 10_i128.pow(PLACES.saturating_sub(currency_places(currency)))
}

fn unscaled(amount: i128, currency: &str) -> i64 {
    i64::try_from(amount / 10_i128.pow(PLACES.saturating_sub(currency_places(currency)))).unwrap_or(i64::MAX)
}

const STEPS: [(OrderStep, &str); 4] = [
    (OrderStep::Completed, "completed"),
    (OrderStep::Updated, "updated"),
    (OrderStep::Refunded, "refunded"),
    (OrderStep::Cancelled, "cancelled"),
];

fn step_name(step: OrderStep) -> &'static str {
    STEPS.iter().find(|(known, _)| *known == step).map_or("", |(_, name)| name)
}

fn step_of(name: &str) -> Result<OrderStep, LakeError> {
    let known = STEPS.iter().find(|(_, known)| *known == name).map(|(step, _)| *step);
    known.ok_or_else(|| LakeError::Internal(format!("`{name}` is no step of an order")))
}
