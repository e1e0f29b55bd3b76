//! What the events of Segment's ecommerce specification (version 2, and the names of version 1) say of purchases.
//!
//! [`funnel_step`] tells how near to buying an event is; [`order_event`] reads an order's lines from it; [`settle`] tells
//! what is left of an order after all that happened to it. How amounts are read:
//!
//! - An order is worth what its goods cost the customer: after discounts, without tax and shipping. That is `revenue`, else
//!   `subtotal`, else `total` less `tax` and `shipping`, else the products' prices less `discount`.
//! - A line is price times quantity. Where the lines do not add up to the order (a coupon, prices with tax in them), the
//!   difference is shared out in proportion, so that lines always add up to the order, to the smallest unit of money.
//! - A product's `cost` is what one of it costs the seller.
//! - A refund's lines are negative. One that names neither amount nor products takes all back that is left.
//! - JSON numbers are read through their shortest decimal text, never as binary fractions: a sender that writes 19.99 means
//!   19.99, and `rust_decimal` keeps it so through every multiplication. Only the result is rounded, half to even, to the
//!   currency's smallest unit (ISO 4217: yen have none, Kuwaiti dinars three places).

use crate::message::{Message, MessageKind};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Decimal places of a line's cost.
pub const COST_PLACES: u32 = 4;

/// Lines of one order at most.
pub const LINES_MAX: usize = 1_000;

/// Steps on the way to a purchase and after it, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the specification")]
pub enum FunnelStep {
    ProductsSearched,
    ProductListViewed,
    ProductListFiltered,
    PromotionViewed,
    PromotionClicked,
    ProductClicked,
    ProductViewed,
    ProductAddedToWishlist,
    ProductAdded,
    ProductRemoved,
    CartViewed,
    CouponEntered,
    CouponApplied,
    CouponDenied,
    CouponRemoved,
    CheckoutStarted,
    CheckoutStepViewed,
    CheckoutStepCompleted,
    PaymentInfoEntered,
    OrderCompleted,
    OrderUpdated,
    OrderRefunded,
    OrderCancelled,
    ProductReviewed,
}

impl FunnelStep {
    /// Every step, in order.
    pub const ALL: &[Self] = &[
        Self::ProductsSearched,
        Self::ProductListViewed,
        Self::ProductListFiltered,
        Self::PromotionViewed,
        Self::PromotionClicked,
        Self::ProductClicked,
        Self::ProductViewed,
        Self::ProductAddedToWishlist,
        Self::ProductAdded,
        Self::ProductRemoved,
        Self::CartViewed,
        Self::CouponEntered,
        Self::CouponApplied,
        Self::CouponDenied,
        Self::CouponRemoved,
        Self::CheckoutStarted,
        Self::CheckoutStepViewed,
        Self::CheckoutStepCompleted,
        Self::PaymentInfoEntered,
        Self::OrderCompleted,
        Self::OrderUpdated,
        Self::OrderRefunded,
        Self::OrderCancelled,
        Self::ProductReviewed,
    ];

    /// As in the lake: the name of version 2 in lower case, joined by underscores.
    pub fn name(self) -> String {
        let first = STEPS.iter().find(|(_, step)| *step == self);
        first.map_or_else(String::new, |(name, _)| name.replace(' ', "_"))
    }
}

/// Names in lower case: those of version 2, then those of version 1 and common spellings.
const STEPS: &[(&str, FunnelStep)] = &[
    ("products searched", FunnelStep::ProductsSearched),
    ("product list viewed", FunnelStep::ProductListViewed),
    ("product list filtered", FunnelStep::ProductListFiltered),
    ("promotion viewed", FunnelStep::PromotionViewed),
    ("promotion clicked", FunnelStep::PromotionClicked),
    ("product clicked", FunnelStep::ProductClicked),
    ("product viewed", FunnelStep::ProductViewed),
    ("product added to wishlist", FunnelStep::ProductAddedToWishlist),
    ("product added", FunnelStep::ProductAdded),
    ("product removed", FunnelStep::ProductRemoved),
    ("cart viewed", FunnelStep::CartViewed),
    ("coupon entered", FunnelStep::CouponEntered),
    ("coupon applied", FunnelStep::CouponApplied),
    ("coupon denied", FunnelStep::CouponDenied),
    ("coupon removed", FunnelStep::CouponRemoved),
    ("checkout started", FunnelStep::CheckoutStarted),
    ("checkout step viewed", FunnelStep::CheckoutStepViewed),
    ("checkout step completed", FunnelStep::CheckoutStepCompleted),
    ("payment info entered", FunnelStep::PaymentInfoEntered),
    ("order completed", FunnelStep::OrderCompleted),
    ("order updated", FunnelStep::OrderUpdated),
    ("order refunded", FunnelStep::OrderRefunded),
    ("order cancelled", FunnelStep::OrderCancelled),
    ("product reviewed", FunnelStep::ProductReviewed),
    ("viewed product category", FunnelStep::ProductListViewed),
    ("viewed promotion", FunnelStep::PromotionViewed),
    ("clicked promotion", FunnelStep::PromotionClicked),
    ("viewed product", FunnelStep::ProductViewed),
    ("added product", FunnelStep::ProductAdded),
    ("removed product", FunnelStep::ProductRemoved),
    ("viewed cart", FunnelStep::CartViewed),
    ("started order", FunnelStep::CheckoutStarted),
    ("started checkout", FunnelStep::CheckoutStarted),
    ("viewed checkout step", FunnelStep::CheckoutStepViewed),
    ("completed checkout step", FunnelStep::CheckoutStepCompleted),
    ("completed order", FunnelStep::OrderCompleted),
    ("updated order", FunnelStep::OrderUpdated),
    ("refunded order", FunnelStep::OrderRefunded),
    ("cancelled order", FunnelStep::OrderCancelled),
    ("order canceled", FunnelStep::OrderCancelled),
];

/// The step an event of this name is, whatever its capitals.
pub fn funnel_step(event: &str) -> Option<FunnelStep> {
    // Most events are none: looking at the length first spares the comparison.
    let same = |name: &str| name.len() == event.len() && name.eq_ignore_ascii_case(event);
    STEPS.iter().find(|(name, _)| same(name)).map(|&(_, step)| step)
}

/// What happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStep {
    /// It was placed.
    Completed,
    /// It is now as this event says.
    Updated,
    /// Some or all of it was given back.
    Refunded,
    /// It will not happen.
    Cancelled,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionLine {
    /// From 1; that of the product in the event.
    pub line: u32,
    /// The product's id, else its SKU, else its name; none where the order names no products.
    pub product: Option<String>,
    /// The product's category.
    pub category: Option<String>,
    /// How many, or how much of it; negative when given back.
    pub quantity: Decimal,
    /// What the customer pays for it, without tax and shipping, in the currency's smallest unit; negative when given back.
    pub amount: i64,
    /// What price times quantity is more than `amount`: discounts, and tax where prices include it.
    pub discount: i64,
    /// What it cost the seller, where the product says what one costs (`cost`), in 1/10,000 of the currency's unit: costs of
    /// one piece are often finer than money. Negative when given back.
    pub cost: Option<i64>,
}

/// What one event says of one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEvent {
    /// The seller's number of the order.
    pub order_id: String,
    /// What happened.
    pub step: OrderStep,
    /// When, in microseconds of Unix time.
    pub time: i64,
    /// ISO 4217.
    pub currency: String,
    /// The sum of the lines. Zero for what takes all back: what that is, the order's earlier events tell.
    pub amount: i64,
    /// What was bought, or given back.
    pub lines: Vec<TransactionLine>,
    /// Whether all that is left of the order is taken back.
    pub takes_all_back: bool,
    /// Tax on top, as far as named.
    pub tax: i64,
    /// Shipping on top, as far as named.
    pub shipping: i64,
    /// The coupon used.
    pub coupon: Option<String>,
}

/// Why an order cannot be read, and where in the event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {detail}")]
pub struct OrderError {
    /// JSON pointer within the message.
    pub pointer: String,
    /// What was found and expected.
    pub detail: String,
}

/// Reads an order from an event; `None` for an event that is about no order. `default_currency` is for orders that name
/// none.
///
/// # Errors
/// [`OrderError`] for an order without an id, and for amounts that are no money.
pub fn order_event(message: &Message, default_currency: &str) -> Option<Result<OrderEvent, OrderError>> {
    if message.kind != MessageKind::Track {
        return None;
    }
    let step = match funnel_step(message.name.as_deref()?)? {
        FunnelStep::OrderCompleted => OrderStep::Completed,
        FunnelStep::OrderUpdated => OrderStep::Updated,
        FunnelStep::OrderRefunded => OrderStep::Refunded,
        FunnelStep::OrderCancelled => OrderStep::Cancelled,
        _ => return None,
    };
    Some(read(message, step, default_currency))
}

fn read(message: &Message, step: OrderStep, default_currency: &str) -> Result<OrderEvent, OrderError> {
    let properties = &message.properties;
    let Some(order_id) = text(properties, &["order_id", "orderId", "id"]) else {
        return reject("/properties/order_id", "the order has no id");
    };
    let currency = currency_of(properties, default_currency)?;
    let places = currency_places(&currency);
    let money = |name: &str| -> Result<Option<i64>, OrderError> {
        let pointer = format!("/properties/{name}");
        number(properties.get(name), &pointer)?.map(|amount| minor(amount, places, &pointer)).transpose()
    };
    let (tax, shipping, discount) = (money("tax")?, money("shipping")?, money("discount")?);
    let on_top = tax.unwrap_or(0).saturating_add(shipping.unwrap_or(0));
    let total = money("total")?.map(|total| total.saturating_sub(on_top));
    let amount = money("revenue")?.or(money("subtotal")?).or(total).or(money("value")?);
    // Some senders write what is given back as a negative amount.
    let amount = if step == OrderStep::Refunded { amount.map(i64::abs) } else { amount };
    let mut drafts = drafts(properties, places)?;
    if let (Some(amount), None) = (amount, drafts.first()) {
        drafts.push(Draft { quantity: Decimal::ONE, list: Some(amount), ..Draft::default() });
    }
    let lines = match step {
        OrderStep::Cancelled => Vec::new(),
        _ => share_out(drafts, amount, discount.unwrap_or(0)),
    };
    let takes_all_back =
        step == OrderStep::Cancelled || step == OrderStep::Refunded && lines.iter().all(|line| line.amount == 0);
    let lines = match step {
        OrderStep::Refunded if takes_all_back => Vec::new(),
        OrderStep::Refunded => lines.into_iter().map(given_back).collect(),
        _ => lines,
    };
    Ok(OrderEvent {
        order_id,
        step,
        time: message.timestamp,
        currency,
        amount: lines.iter().fold(0, |sum, line| sum.saturating_add(line.amount)),
        lines,
        takes_all_back,
        tax: tax.unwrap_or(0),
        shipping: shipping.unwrap_or(0),
        coupon: text(properties, &["coupon"]),
    })
}

/// A line of what is left of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledLine<'a> {
    /// The event that stated the line, or that took it back.
    pub event: &'a OrderEvent,
    /// When it was bought, or given back.
    pub time: i64,
    /// The line.
    pub line: TransactionLine,
}

/// What is left of an order after all its events, whatever the order in which they came: the lines of the last event that
/// states them, at the time of the first, then the lines given back since. Never less than nothing; only where no event
/// states the order, it was placed before anybody told us, and what is given back counts as it stands.
pub fn settle<'a>(events: &[&'a OrderEvent]) -> Vec<SettledLine<'a>> {
    let mut events = events.to_vec();
    events.sort_by_key(|event| event.time);
    let states = |event: &&&OrderEvent| matches!(event.step, OrderStep::Completed | OrderStep::Updated);
    let stated = events.iter().rev().find(states).copied();
    let placed = events.iter().find(states).map_or(0, |event| event.time);
    let at = |event: &'a OrderEvent, time: i64| {
        event.lines.iter().map(move |line| SettledLine { event, time, line: line.clone() })
    };
    let mut lines: Vec<SettledLine<'a>> = stated.into_iter().flat_map(|event| at(event, placed)).collect();
    let mut left = stated.map(|event| event.amount);
    for &event in events.iter().filter(|event| !states(event)) {
        if event.takes_all_back {
            let back =
                |settled: SettledLine<'a>| SettledLine { event, time: event.time, line: given_back(settled.line) };
            lines.extend(lines.clone().into_iter().map(back));
            return lines;
        }
        match &mut left {
            Some(left) if event.amount.saturating_add(*left) < 0 => {}
            left => {
                *left = left.map(|left| left + event.amount);
                lines.extend(at(event, event.time));
            }
        }
    }
    lines
}

/// Decimal places of a currency's smallest unit, by ISO 4217; two where the code is not known.
pub fn currency_places(code: &str) -> u32 {
    match code {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// A number of JSON, or a number written as text, exactly as its shortest decimal text says; null and empty are none.
///
/// # Errors
/// [`OrderError`] for anything else.
pub fn number(value: Option<&Value>, pointer: &str) -> Result<Option<Decimal>, OrderError> {
    let text = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(_) => return reject(pointer, "expected a number"),
    };
    let read = if text.contains(['e', 'E']) { Decimal::from_scientific(&text) } else { text.parse() };
    read.map(Some).or_else(|_| reject(pointer, "expected a number, like 12.50"))
}

/// An amount in the currency's smallest unit, rounded half to even.
///
/// # Errors
/// [`OrderError`] where it is more than an amount can be.
pub fn minor(amount: Decimal, places: u32, pointer: &str) -> Result<i64, OrderError> {
    amount
        .checked_mul(Decimal::from(10_i64.pow(places)))
        .and_then(|amount| amount.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven).to_i64())
        .filter(|amount| amount.unsigned_abs() < 1 << 60)
        .map_or_else(|| reject(pointer, "more than an amount of money can be"), Ok)
}

/// The order's currency, in capitals.
fn currency_of(properties: &Map<String, Value>, default: &str) -> Result<String, OrderError> {
    let code = text(properties, &["currency"]).unwrap_or_else(|| default.to_owned()).to_ascii_uppercase();
    match code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase()) {
        true => Ok(code),
        false => reject("/properties/currency", format!("`{code}` is no currency; expected three letters, like EUR")),
    }
}

/// A line before the order's amount is shared out.
#[derive(Debug, Clone, Default)]
struct Draft {
    product: Option<String>,
    category: Option<String>,
    quantity: Decimal,
    /// Price times quantity.
    list: Option<i64>,
    /// Cost times quantity.
    cost: Option<i64>,
}

fn drafts(properties: &Map<String, Value>, places: u32) -> Result<Vec<Draft>, OrderError> {
    let products = match properties.get("products") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(products)) if products.len() > LINES_MAX => {
            return reject("/properties/products", format!("{} products; {LINES_MAX} are read", products.len()));
        }
        Some(Value::Array(products)) => products,
        Some(_) => return reject("/properties/products", "expected a list"),
    };
    products.iter().enumerate().map(|(index, product)| draft(product, index, places)).collect()
}

fn draft(product: &Value, index: usize, places: u32) -> Result<Draft, OrderError> {
    let pointer = |name: &str| format!("/properties/products/{index}/{name}");
    let Value::Object(product) = product else {
        return reject(pointer("").trim_end_matches('/'), "expected an object");
    };
    let quantity = number(product.get("quantity"), &pointer("quantity"))?.unwrap_or(Decimal::ONE);
    let price = number(product.get("price"), &pointer("price"))?;
    let list = price.map(|price| match price.checked_mul(quantity) {
        Some(list) => minor(list, places, &pointer("price")),
        None => reject(pointer("price"), "price times quantity is more than an amount of money can be"),
    });
    let cost = number(product.get("cost"), &pointer("cost"))?.map(|cost| match cost.checked_mul(quantity) {
        Some(cost) => minor(cost, COST_PLACES, &pointer("cost")),
        None => reject(pointer("cost"), "cost times quantity is more than an amount of money can be"),
    });
    Ok(Draft {
        cost: cost.transpose()?,
        product: text(product, &["product_id", "productId", "id", "sku", "name"]),
        category: text(product, &["category"]),
        quantity,
        list: list.transpose()?,
    })
}

/// Lines that add up to `amount`, or without one to their prices less `discount`.
fn share_out(drafts: Vec<Draft>, amount: Option<i64>, discount: i64) -> Vec<TransactionLine> {
    let listed = drafts.iter().filter_map(|draft| draft.list).fold(0_i64, i64::saturating_add);
    let amount = amount.unwrap_or_else(|| listed.saturating_sub(discount));
    // Lines without a price are worth what the others leave; where those leave nothing, all share by price.
    let unpriced = drafts.iter().any(|draft| draft.list.is_none()) && amount > listed;
    let weights: Vec<Decimal> = match unpriced {
        true => {
            drafts.iter().map(|draft| if draft.list.is_none() { draft.quantity.abs() } else { Decimal::ZERO }).collect()
        }
        false => drafts.iter().map(|draft| Decimal::from(draft.list.unwrap_or(0))).collect(),
    };
    let to_share = if unpriced { amount - listed } else { amount };
    let shares = in_proportion(to_share, &weights);
    let lines = drafts.into_iter().zip(shares).enumerate().map(|(index, (draft, share))| {
        let amount = if unpriced && let Some(list) = draft.list { list } else { share };
        TransactionLine {
            line: index as u32 + 1,
            product: draft.product,
            category: draft.category,
            quantity: draft.quantity,
            amount,
            discount: draft.list.map_or(0, |list| list.saturating_sub(amount)),
            cost: draft.cost,
        }
    });
    lines.collect()
}

/// Whole shares of an amount, in proportion to the weights, that add up to it: what rounding leaves over goes, one by one, to
/// those who lost most by it. Equal shares where no weight says more.
fn in_proportion(amount: i64, weights: &[Decimal]) -> Vec<i64> {
    let sum: Decimal = weights.iter().sum();
    let equal = vec![Decimal::ONE; weights.len()];
    let (weights, sum) = match sum.is_zero() {
        true => (&equal[..], Decimal::from(weights.len())),
        false => (weights, sum),
    };
    let exact = weights.iter().map(|weight| Decimal::from(amount) * (weight / sum));
    let mut shares: Vec<(i64, Decimal)> =
        exact.map(|exact| (exact.floor().to_i64().unwrap_or(0), exact - exact.floor())).collect();
    let mut left = amount - shares.iter().map(|share| share.0).sum::<i64>();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| shares[b].1.cmp(&shares[a].1).then(a.cmp(&b)));
    // A quotient of 28 digits may put a share one unit off; the loop goes both ways.
    for &index in order.iter().cycle() {
        if left == 0 {
            break;
        }
        shares[index].0 += left.signum();
        left -= left.signum();
    }
    shares.into_iter().map(|share| share.0).collect()
}

fn given_back(line: TransactionLine) -> TransactionLine {
    let cost = line.cost.map(|cost| -cost);
    TransactionLine { quantity: -line.quantity, amount: -line.amount, discount: -line.discount, cost, ..line }
}

/// The first of the members that is text that is not empty, or a whole number.
fn text(object: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match object.get(*name)? {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

fn reject<T>(pointer: impl Into<String>, detail: impl Into<String>) -> Result<T, OrderError> {
    Err(OrderError { pointer: pointer.into(), detail: detail.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn event(name: &str, time: i64, properties: Value) -> Result<OrderEvent, OrderError> {
        let message = json!({
            "message_id": "m", "type": "track", "source": "shop", "name": name, "user_id": "u",
            "timestamp": time, "received_at": time, "properties": properties,
        });
        order_event(&serde_json::from_value(message).unwrap(), "USD").unwrap()
    }

    fn amounts(event: &OrderEvent) -> Vec<i64> {
        event.lines.iter().map(|line| line.amount).collect()
    }

    #[test]
    fn the_order_of_the_specification() {
        // The example of Segment's page "Ecommerce events", event Order Completed.
        let order = event(
            "Order Completed",
            1,
            json!({
                "checkout_id": "fksdjfsdjfisjf9sdfjsd9f", "order_id": "50314b8e9bcf000000000000",
                "affiliation": "Google Store", "subtotal": 22.50, "total": 27.50, "revenue": 22.50, "shipping": 3,
                "tax": 2, "discount": 2.5, "coupon": "hasbros", "currency": "USD",
                "products": [
                    {"product_id": "507f1f77bcf86cd799439011", "sku": "45790-32", "name": "Monopoly: 3rd Edition",
                     "price": 19, "quantity": 1, "category": "Games"},
                    {"product_id": "505bd76785ebb509fc183733", "sku": "46493-32", "name": "Uno Card Game",
                     "price": 3, "quantity": 2, "category": "Games"},
                ],
            }),
        )
        .unwrap();
        assert_eq!((order.amount, order.tax, order.shipping), (2250, 200, 300));
        // 25.00 of goods less 2.50: a tenth off each line.
        assert_eq!(amounts(&order), [1710, 540]);
        assert_eq!(order.lines[1].discount, 60);
        assert_eq!(order.lines[1].product.as_deref(), Some("505bd76785ebb509fc183733"));
        assert_eq!(order.coupon.as_deref(), Some("hasbros"));
    }

    #[test]
    fn money_is_exact_in_every_currency() {
        for (properties, amount) in [
            (json!({"order_id": 1, "products": [{"price": 0.1}, {"price": 0.2}]}), 30),
            (json!({"order_id": 1, "revenue": 0.1 + 0.2}), 30), // the sender's sum is 0.30000000000000004
            (json!({"order_id": 1, "products": [{"price": 1.005, "quantity": 100}]}), 10050),
            (json!({"order_id": 1, "products": [{"price": 8.95, "quantity": 3}]}), 2685), // 26.849999999999998 as f64
            (json!({"order_id": 1, "revenue": 0.125}), 12),                               // half to even
            (json!({"order_id": 1, "revenue": "19.99"}), 1999),
            (json!({"order_id": 1, "revenue": 1e3}), 100_000),
            (json!({"order_id": 1, "revenue": 4.35e-1}), 44),
            (json!({"order_id": 1, "revenue": 1980, "currency": "jpy"}), 1980),
            (json!({"order_id": 1, "revenue": 1.234, "currency": "KWD"}), 1234),
            (json!({"order_id": 1, "total": 12.30, "tax": 2.30, "shipping": 1, "currency": "EUR"}), 900),
            (json!({"order_id": 1, "products": [{"price": 2, "quantity": 0.35}], "currency": "PLN"}), 70),
            (json!({"order_id": 1}), 0),
        ] {
            let order = event("Order Completed", 1, properties.clone()).unwrap();
            assert_eq!(order.amount, amount, "{properties}");
        }
    }

    #[test]
    fn what_is_no_order_is_refused_with_its_place() {
        for (properties, pointer) in [
            (json!({"revenue": 1}), "/properties/order_id"),
            (json!({"order_id": "1", "revenue": "1,234.50"}), "/properties/revenue"),
            (json!({"order_id": "1", "revenue": 1e300}), "/properties/revenue"),
            (json!({"order_id": "1", "revenue": true}), "/properties/revenue"),
            (json!({"order_id": "1", "currency": "zloty"}), "/properties/currency"),
            (json!({"order_id": "1", "products": {}}), "/properties/products"),
            (json!({"order_id": "1", "products": ["a"]}), "/properties/products/0"),
            (json!({"order_id": "1", "products": [{}, {"price": "x"}]}), "/properties/products/1/price"),
            (json!({"order_id": "1", "products": [{"price": 1e18, "quantity": 9}]}), "/properties/products/0/price"),
        ] {
            assert_eq!(event("order completed", 1, properties.clone()).unwrap_err().pointer, pointer, "{properties}");
        }
    }

    #[test]
    fn lines_without_a_price_are_worth_what_is_left() {
        let products = json!([{"sku": "a", "price": 4}, {"sku": "b", "quantity": 2}, {"sku": "c"}]);
        let order = event("Order Completed", 1, json!({"order_id": "1", "revenue": 10, "products": products})).unwrap();
        assert_eq!(amounts(&order), [400, 400, 200]);
    }

    #[test]
    fn refunds_take_back_a_part_or_what_is_left() {
        let products = json!([{"sku": "a", "price": 7, "cost": 2.46914}, {"sku": "b", "price": 3}]);
        let bought = event("Order Completed", 1, json!({"order_id": "1", "products": products})).unwrap();
        let part =
            event("Order Refunded", 2, json!({"order_id": "1", "products": [{"sku": "b", "price": 3}]})).unwrap();
        assert_eq!((amounts(&part), part.lines[0].quantity), (vec![-300], Decimal::NEGATIVE_ONE));
        assert_eq!((bought.lines[0].cost, bought.lines[1].cost, part.lines[0].cost), (Some(24_691), None, None));
        let rest = event("Order Refunded", 3, json!({"order_id": "1"})).unwrap();
        assert!(rest.takes_all_back && rest.lines.is_empty());
        let left = |events: &[&OrderEvent]| -> i64 { settle(events).iter().map(|settled| settled.line.amount).sum() };
        assert_eq!(left(&[&bought, &part]), 700);
        assert_eq!(left(&[&part, &bought]), 700, "whatever comes first");
        assert_eq!(left(&[&bought, &part, &rest]), 0);
        assert_eq!(left(&[&bought, &rest, &rest]), 0);
        let larger = event("Order Updated", 2, json!({"order_id": "1", "revenue": 25})).unwrap();
        assert_eq!(left(&[&bought, &larger]), 2500);
        let cancelled = event("Order Cancelled", 4, json!({"order_id": "1", "revenue": 25})).unwrap();
        assert_eq!(left(&[&bought, &larger, &cancelled]), 0);
        let too_much = event("Order Refunded", 2, json!({"order_id": "1", "total": -99})).unwrap();
        assert_eq!(left(&[&bought, &too_much]), 1000, "no order is worth less than nothing");
        assert_eq!(
            left(&[&part, &too_much]),
            -10_200,
            "of an order never seen, what is given back counts as it stands"
        );
        assert_eq!(left(&[&rest]), 0);
        let lines = |events: &[&OrderEvent]| -> Vec<(i64, i64)> {
            settle(events).iter().map(|settled| (settled.time, settled.line.amount)).collect()
        };
        assert_eq!(lines(&[&larger, &bought]), [(bought.time, 2500)], "as it was changed, when it was placed");
        assert_eq!(lines(&[&bought, &part]), [(bought.time, 700), (bought.time, 300), (part.time, -300)]);
    }

    #[test]
    fn events_are_steps_by_either_name() {
        assert_eq!(funnel_step("Completed Order"), Some(FunnelStep::OrderCompleted));
        assert_eq!(funnel_step("PRODUCT ADDED"), Some(FunnelStep::ProductAdded));
        assert_eq!(funnel_step("Product added to Wishlist"), Some(FunnelStep::ProductAddedToWishlist));
        assert_eq!(funnel_step("viewed cart").map(FunnelStep::name).as_deref(), Some("cart_viewed"));
        assert_eq!(funnel_step("Signed Up"), None);
        assert!(FunnelStep::CartViewed < FunnelStep::CheckoutStarted);
    }

    proptest! {
        #[test]
        fn lines_add_up_to_the_order(
            prices in prop::collection::vec((0_i64..1_000_000, 1_u32..20), 1..20), revenue in 0_i64..100_000_000,
        ) {
            let money = |cents: i64| Decimal::new(cents, 2).to_string();
            let products: Vec<Value> = prices.iter()
                .map(|&(price, quantity)| json!({"sku": "x", "price": money(price), "quantity": quantity})).collect();
            let properties = json!({"order_id": "1", "revenue": money(revenue), "products": products});
            let order = event("Order Completed", 1, properties).unwrap();
            prop_assert_eq!(order.lines.iter().map(|line| line.amount).sum::<i64>(), revenue);
            let list: i64 = prices.iter().map(|&(price, quantity)| price * i64::from(quantity)).sum();
            prop_assert_eq!(order.lines.iter().map(|line| line.amount + line.discount).sum::<i64>(), list);
            if list > 0 {
                for (line, &(price, quantity)) in order.lines.iter().zip(&prices) {
                    let exact = revenue as f64 * (price * i64::from(quantity)) as f64 / list as f64;
                    prop_assert!((line.amount as f64 - exact).abs() <= 1.0 + exact * 1e-12);
                }
            }
        }

        #[test]
        fn every_float_of_money_survives(cents in 0_i64..10_000_000_000) {
            let as_float = cents as f64 / 100.0;
            let order = event("Order Completed", 1, json!({"order_id": "1", "revenue": as_float})).unwrap();
            prop_assert_eq!(order.amount, cents);
        }
    }
}
