//! Lines of purchases become orders: lines that follow one another and belong together are one record.
//!
//! What is known of an order is what its last event says, as a whole. So every record must be an order of its own, or it
//! would undo another: the first of an order has the file's own number, by which later refunds from elsewhere find it;
//! whatever else has that number (lines that stand apart, a number used again, what was given back) has a number made
//! unique by its place. The file's own number stays in `order_number`.

use cvm_core::rows::{AMOUNT_PARTS, Place, PurchaseLine};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// Lines of one record at most: far below what an order may have, and small enough for one message.
const LINES_MAX: usize = 100;

/// Bytes of a record's lines at most, of those that a message may have.
const BYTES_SHARE: usize = 2;

/// Numbers of orders that are remembered; whatever comes after so many has a number of its own.
const REMEMBERED_MAX: usize = 16 << 20;

/// A record, and the lines that it is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Order {
    /// Of the first line; the record's id is made from it.
    pub(super) first: Place,
    /// Of the last line: everything up to here is in it or before it.
    pub(super) last: Place,
    pub(super) lines: i64,
    pub(super) record: Map<String, Value>,
}

/// Gathers lines into orders.
#[derive(Debug)]
pub(super) struct Orders {
    /// What makes numbers of this import unlike those of any other.
    import: String,
    currency: Option<String>,
    bytes_max: usize,
    /// An order never goes over this place: what is up to it is stored already.
    done: Option<Place>,
    open: Vec<PurchaseLine>,
    bytes: usize,
    seen: HashSet<u64, BuildHasherDefault<DefaultHasher>>,
}

impl Orders {
    pub(super) fn new(import: &str, currency: Option<String>, event_bytes_max: usize, done: Option<Place>) -> Self {
        Self {
            import: import.to_owned(),
            currency,
            bytes_max: event_bytes_max / BYTES_SHARE,
            done,
            open: Vec::new(),
            bytes: 0,
            seen: HashSet::default(),
        }
    }

    /// Adds a line; gives the order before, where this line begins another.
    pub(super) fn push(&mut self, line: PurchaseLine) -> Option<Order> {
        let bytes = product(&line).to_string().len();
        let fits = self.open.len() < LINES_MAX && self.bytes + bytes <= self.bytes_max;
        let over = |last: &PurchaseLine| self.done.is_some_and(|done| last.place <= done && done < line.place);
        let goes_on = self.open.last().is_some_and(|last| belong_together(last, &line) && !over(last)) && fits;
        let before = if goes_on { None } else { self.finish() };
        self.bytes += bytes;
        self.open.push(line);
        before
    }

    /// The last order.
    pub(super) fn finish(&mut self) -> Option<Order> {
        let lines = std::mem::take(&mut self.open);
        self.bytes = 0;
        let (first, last) = (lines.first()?, lines.last()?);
        let returned = first.amount < 0;
        let mut record = Map::new();
        record.insert("customer_id".to_owned(), json!(first.customer));
        record.insert("time".to_owned(), json!(rfc3339(first.time)));
        record.insert("type".to_owned(), json!(if returned { "refund" } else { "sale" }));
        let amount: i128 = lines.iter().map(|line| i128::from(line.amount)).sum();
        record.insert("amount".to_owned(), json!(decimal(amount.abs()).to_string()));
        if let Some(currency) = &self.currency {
            record.insert("currency".to_owned(), json!(currency));
        }
        if let Some(number) = &first.order {
            let is_first = self.is_first(number, returned);
            let place = format!("{number}~{}-{}-{}", self.import, first.place.file, first.place.line);
            record.insert("order_id".to_owned(), json!(if is_first { number } else { &place }));
            record.insert("order_number".to_owned(), json!(number));
        }
        if let Some(channel) = &first.channel {
            record.insert("channel".to_owned(), json!(channel));
        }
        record.insert("products".to_owned(), lines.iter().map(product).collect());
        Some(Order { first: first.place, last: last.place, lines: lines.len() as i64, record })
    }

    fn is_first(&mut self, number: &str, returned: bool) -> bool {
        if returned || self.seen.len() >= REMEMBERED_MAX {
            return false;
        }
        // Two numbers of one hash would only give the second a longer one.
        self.seen.insert(BuildHasherDefault::<DefaultHasher>::default().hash_one(number))
    }
}

/// Whether two lines that follow one another are of one order, bought at once; what is given back stands by itself.
fn belong_together(a: &PurchaseLine, b: &PurchaseLine) -> bool {
    a.order.is_some()
        && a.order == b.order
        && a.place.file == b.place.file
        && a.customer == b.customer
        && a.time == b.time
        && a.channel == b.channel
        && (a.amount < 0) == (b.amount < 0)
}

/// A line as a product of an order: price times quantity is its amount.
fn product(line: &PurchaseLine) -> Value {
    let quantity = line.quantity.as_deref().and_then(|text| text.parse::<Decimal>().ok()).map(|number| number.abs());
    let quantity = quantity.filter(|quantity| !quantity.is_zero()).unwrap_or(Decimal::ONE);
    let amount = decimal(i128::from(line.amount).abs());
    let mut product = Map::new();
    for (name, value) in [("product_id", &line.product), ("category", &line.category)] {
        if let Some(value) = value {
            product.insert(name.to_owned(), json!(value));
        }
    }
    // More places than any currency has, so that price times quantity rounds to the amount again.
    let price = amount.checked_div(quantity).map(|price| price.round_dp(16).normalize());
    let (quantity, price) = price.map_or((Decimal::ONE, amount), |price| (quantity.normalize(), price));
    product.insert("quantity".to_owned(), json!(quantity.to_string()));
    product.insert("price".to_owned(), json!(price.to_string()));
    // A product says what one costs. What is given back is turned round when it is read, as its amount is.
    let cost = line.cost.map(|cost| if line.amount < 0 { -cost } else { cost });
    if let Some(cost) = cost.and_then(|cost| decimal(cost.into()).checked_div(quantity)) {
        product.insert("cost".to_owned(), json!(cost.round_dp(16).normalize().to_string()));
    }
    Value::Object(product)
}

/// An amount in parts as a decimal.
fn decimal(parts: i128) -> Decimal {
    (Decimal::from(parts) / Decimal::from(AMOUNT_PARTS)).normalize()
}

fn rfc3339(seconds: i64) -> String {
    let time = chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(number: u64, customer: &str, order: &str, amount: i64) -> PurchaseLine {
        PurchaseLine {
            place: Place { file: 0, line: number },
            customer: customer.to_owned(),
            time: 1_700_000_000,
            amount,
            quantity: Some("3".to_owned()),
            cost: None,
            order: Some(order.to_owned()).filter(|order| !order.is_empty()),
            product: Some("A".to_owned()),
            category: None,
            channel: None,
        }
    }

    fn gather(lines: impl IntoIterator<Item = PurchaseLine>) -> Vec<Order> {
        let mut orders = Orders::new("i", Some("EUR".to_owned()), 32_768, None);
        let mut found: Vec<Order> = lines.into_iter().filter_map(|line| orders.push(line)).collect();
        found.extend(orders.finish());
        found
    }

    #[test]
    fn lines_that_follow_one_another_are_one_order_and_no_number_comes_twice() {
        let orders = gather([
            line(2, "u", "7", 10_000),
            line(3, "u", "7", 20_000),
            line(4, "u", "7", -5_000), // given back: by itself
            line(5, "u", "8", 10_000),
            line(6, "u", "7", 10_000), // apart
            line(7, "v", "8", 10_000), // the number again, another's
            line(8, "v", "", 10_000),
            line(9, "v", "", 10_000), // without numbers nothing belongs together
        ]);
        let shown = |order: &Order| {
            let text = |name: &str| order.record.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
            format!("{} {} {} {}", text("order_id"), text("order_number"), text("type"), text("amount"))
        };
        assert_eq!(
            orders.iter().map(shown).collect::<Vec<_>>(),
            [
                "7 7 sale 3",
                "7~i-0-4 7 refund 0.5",
                "8 8 sale 1",
                "7~i-0-6 7 sale 1",
                "8~i-0-7 8 sale 1",
                "- - sale 1",
                "- - sale 1"
            ]
        );
        assert_eq!(orders.iter().map(|order| order.lines).collect::<Vec<_>>(), [2, 1, 1, 1, 1, 1, 1]);
        assert_eq!((orders[0].first.line, orders[0].last.line), (2, 3));
    }

    #[test]
    fn an_order_is_never_too_long_for_a_message() {
        let name = "ż".repeat(200);
        let lines = (0..250).map(|number| PurchaseLine { product: Some(name.clone()), ..line(number, "u", "7", 100) });
        let orders = gather(lines);
        assert!(orders.len() > 2);
        assert_eq!(orders.iter().map(|order| order.lines).sum::<i64>(), 250);
        assert!(orders.iter().all(|order| Value::Object(order.record.clone()).to_string().len() < 32_768));
    }

    proptest! {
        #[test]
        fn what_an_order_is_read_as_is_what_its_lines_say(
            lines in prop::collection::vec((0_i64..100_000_000, 1_u32..5000), 1..30),
        ) {
            let all = lines.iter().enumerate().map(|(at, &(cents, thousandths))| PurchaseLine {
                quantity: Some(Decimal::new(thousandths.into(), 3).to_string()),
                ..line(at as u64, "u", "7", cents * 100)
            });
            let orders = gather(all);
            let mut properties = orders[0].record.clone();
            let amount = properties["amount"].clone();
            properties.insert("revenue".to_owned(), amount);
            let message = json!({
                "message_id": "m", "type": "track", "source": "s", "name": "Order Completed", "timestamp": 0,
                "received_at": 0, "properties": properties,
            });
            let order = cvm_core::order::order_event(&serde_json::from_value(message).unwrap(), "EUR").unwrap().unwrap();
            let expected: Vec<i64> = lines.iter().map(|line| line.0).collect();
            prop_assert_eq!(order.lines.iter().map(|line| line.amount).collect::<Vec<_>>(), expected);
        }
    }
}
