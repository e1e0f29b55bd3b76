//! The columns of a customer and of a contract, named once: files, SQL tables, the report and the documentation read them from here.

/// Arrow-independent type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// Calendar day.
    Date,
    /// Whole number.
    Integer,
    /// Decimal amount in the file's currency, four places.
    Amount,
    /// Floating-point estimate.
    Number,
    /// Yes or no.
    Flag,
    /// Moment, to the microsecond, UTC.
    Time,
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Name in files and SQL.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// What it says, in English, for the documentation.
    pub meaning: &'static str,
}

const fn column(name: &'static str, kind: Kind, meaning: &'static str) -> Column {
    Column { name, kind, meaning }
}

/// One row a customer, in the order in which they are written.
pub const CUSTOMER: &[Column] = &[
    column("customer_id", Kind::Text, "The customer, as in the file"),
    column("first_purchase", Kind::Date, "Local day of the first purchase"),
    column("last_purchase", Kind::Date, "Local day of the last purchase"),
    column("frequency", Kind::Integer, "Repeat purchases: days with a positive net, less the first"),
    column("recency_days", Kind::Integer, "Days from the first purchase to the last"),
    column("age_days", Kind::Integer, "Days from the first purchase to the as-of date"),
    column("monetary", Kind::Number, "Mean net amount of the repeat purchases; empty where there are none"),
    column("revenue", Kind::Amount, "Net revenue so far, returns taken off"),
    column("returns", Kind::Amount, "Returns and cancellations so far, as a positive amount"),
    column(
        "profit",
        Kind::Number,
        "Margin so far: revenue less costs where the file has them, else revenue x margin; empty where neither is known",
    ),
    column("r_score", Kind::Integer, "Recency score, 1 to 5; 5 bought most recently"),
    column("f_score", Kind::Integer, "Frequency score, 1 to 5; 5 buys most often"),
    column("m_score", Kind::Integer, "Monetary score, 1 to 5; 5 spent most in all"),
    column("rfm_segment", Kind::Text, "One of the eleven RFM segments"),
    column("p_alive", Kind::Number, "Probability of still being a customer at the as-of date"),
    column("expected_purchases", Kind::Number, "Purchases expected over the horizon"),
    column("expected_spend", Kind::Number, "Revenue expected over the horizon, not discounted"),
    column("clv", Kind::Number, "Customer lifetime value: expected margin over the horizon, discounted"),
    column("clv_low", Kind::Number, "5% of outcomes lie below, chance included; empty without uncertainty"),
    column("clv_high", Kind::Number, "5% of outcomes lie above, chance included; empty without uncertainty"),
    column("clv_simple", Kind::Number, "Average order value x purchases a year x lifetime of the base, x margin"),
    column("value_tier", Kind::Text, "By CLV: platinum (best 5%), gold (next 15%), silver (next 30%), bronze"),
    column("cluster", Kind::Integer, "Cluster by behaviour, 1 the most valuable; empty where none were found"),
    column("reason", Kind::Text, "Why, in words"),
];

/// One row a message of a source: the table `messages` of the lake.
pub const MESSAGE: &[Column] = &[
    column("message_id", Kind::Text, "The sender's id of the message; unique within a source"),
    column("source", Kind::Text, "The source that sent it"),
    column("type", Kind::Text, "identify, track, page, screen, group or alias"),
    column("name", Kind::Text, "The event, page or screen"),
    column("funnel_step", Kind::Text, "How near to buying it is, by the e-commerce specification, as in product_added"),
    column("user_id", Kind::Text, "The sender's id of a known person"),
    column("anonymous_id", Kind::Text, "The sender's id of a device"),
    column("group_id", Kind::Text, "The group joined"),
    column("previous_id", Kind::Text, "The id that is another name of user_id"),
    column("timestamp", Kind::Time, "When it happened, the sender's clock corrected"),
    column("received_at", Kind::Time, "When it was received"),
    column("traits", Kind::Text, "Traits, a JSON object"),
    column("properties", Kind::Text, "Properties, a JSON object"),
    column("context", Kind::Text, "Circumstances, a JSON object"),
    column("batch", Kind::Integer, "The batch of the inbox it came in"),
];

/// What the lake's table `order_lines` has before the columns of [`LINE`]: one row a line of an order, as events tell of it. An
/// event without lines has one row without amount.
pub const ORDER_EVENT: &[Column] = &[
    column("message_id", Kind::Text, "The message that tells of it"),
    column("user_id", Kind::Text, "The sender's id of a known person"),
    column("anonymous_id", Kind::Text, "The sender's id of a device"),
    column("step", Kind::Text, "completed, updated, refunded or cancelled"),
    column("takes_all_back", Kind::Flag, "Whether all that is left of the order is taken back"),
    column("received_at", Kind::Time, "When it was received"),
    column("batch", Kind::Integer, "The batch of the inbox it came in"),
];

/// What the lake's table `transactions` has before the columns of [`LINE`]: what is left of every order, line by line, as of the
/// last scoring run.
pub const BUYER: &[Column] = &[column("customer_id", Kind::Text, "Who bought")];

/// A line of an order.
pub const LINE: &[Column] = &[
    column("order_id", Kind::Text, "The seller's number of the order"),
    column("timestamp", Kind::Time, "When it was bought, or given back"),
    column("line", Kind::Integer, "The line within the order, from 1"),
    column("product", Kind::Text, "The product's id, else its SKU, else its name"),
    column("category", Kind::Text, "The product's category"),
    column("quantity", Kind::Number, "How many; negative when given back"),
    column("amount", Kind::Amount, "What the customer pays, without tax and shipping; negative when given back"),
    column("discount", Kind::Amount, "What price times quantity is more than the amount"),
    column("cost", Kind::Amount, "What the line cost the seller; empty where nobody said"),
    column("currency", Kind::Text, "ISO 4217"),
    column("coupon", Kind::Text, "The coupon used"),
    column("source", Kind::Text, "The source that told of it"),
];

/// From when until when an id is whose, as of the last scoring run: the table `owners` of the lake.
pub const OWNER: &[Column] = &[
    column("identifier", Kind::Text, "user_id:.. or anonymous_id:.."),
    column("customer_id", Kind::Text, "Whose it is"),
    column("since", Kind::Time, "Messages of this time and later; empty from the beginning"),
    column("until", Kind::Time, "Messages before this time; empty to the end"),
];

/// What a row of the table `customer_values` of the lake has before the columns of [`CUSTOMER`]: which run computed it.
pub const RUN: &[Column] =
    &[column("run", Kind::Text, "The scoring run"), column("as_of", Kind::Date, "The last day that the run looked at")];

/// What a row of the customers that an SQL condition of a segment is asked about has before the columns of [`CUSTOMER`]. The id
/// stands among those.
pub const PERSON: &[Column] = &[
    column("first_seen_at", Kind::Time, "When the customer was first seen"),
    column("last_seen_at", Kind::Time, "When the customer was last seen"),
    column(
        "attributes",
        Kind::Text,
        "What is known of the customer, a JSON object; attribute(attributes, 'city') reads one",
    ),
];

/// One row a contract, in the order in which they are written.
pub const CONTRACT: &[Column] = &[
    column("customer_id", Kind::Text, "The customer, as in the file"),
    column("start", Kind::Date, "First day of the contract; empty where the file has no dates"),
    column("tenure_periods", Kind::Number, "Periods from the start to the end, or to the end of observation"),
    column("active", Kind::Flag, "Whether the contract was active at the end of observation"),
    column("renewals", Kind::Integer, "Renewals so far"),
    column("p_renew_next", Kind::Number, "Probability that the next renewal comes; 0 for a contract that has ended"),
    column("expected_remaining_periods", Kind::Number, "Periods expected over the horizon, not discounted"),
    column(
        "residual_value",
        Kind::Number,
        "Expected margin over the horizon, discounted; empty without a value column",
    ),
    column("reason", Kind::Text, "Why, in words"),
];

/// A catalogue of columns: the family of the messages that say what each means in every language, and the columns.
pub type Catalogue = (&'static str, &'static [Column]);

/// All of them.
pub const CATALOGUES: &[Catalogue] = &[
    ("column", CUSTOMER),
    ("contract-column", CONTRACT),
    ("message-column", MESSAGE),
    ("order-column", ORDER_EVENT),
    ("buyer-column", BUYER),
    ("line-column", LINE),
    ("owner-column", OWNER),
    ("run-column", RUN),
    ("person-column", PERSON),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_guide_lists_these_columns() {
        let guide = include_str!("../../../docs/user-guide.md");
        for column in CATALOGUES.iter().flat_map(|(_, columns)| *columns) {
            let kind = format!("{:?}", column.kind).to_lowercase();
            let row = format!("| `{}` | {kind} | {} |", column.name, column.meaning);
            assert!(guide.contains(&row), "docs/user-guide.md lacks the row\n{row}");
        }
        // Other tables of the guide have no kinds in their second column.
        let kinds: std::collections::BTreeSet<String> = CATALOGUES
            .iter()
            .flat_map(|(_, columns)| columns.iter().map(|column| format!("{:?}", column.kind).to_lowercase()))
            .collect();
        let is_column = |line: &&str| {
            line.starts_with("| `") && line.split('|').nth(2).is_some_and(|kind| kinds.contains(kind.trim()))
        };
        let rows = guide.lines().filter(is_column).count();
        let columns: usize = CATALOGUES.iter().map(|(_, columns)| columns.len()).sum();
        assert_eq!(rows, columns, "docs/user-guide.md has rows of columns that are gone");
    }
}
