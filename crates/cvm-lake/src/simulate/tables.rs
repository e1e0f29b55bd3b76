//! The tables of the sample company: their columns, named once for files and README, and how rows become Parquet.

use super::SimulateError;
use datafusion::arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int32Builder,
    RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, Encoding};
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// A table of the sample company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Who the customers are.
    Customers,
    /// What the shop sells.
    Products,
    /// Lines of orders and returns.
    Purchases,
    /// Sessions on the site and in the app.
    Visits,
    /// Marketing messages and what became of them.
    Messages,
    /// Answers to surveys.
    Surveys,
    /// Cases of the customer service.
    Complaints,
    /// What serving a customer cost.
    CostsToServe,
    /// The randomised campaign of the past: who was in it, in which group.
    Campaign,
    /// The hidden truth about each customer.
    Truth,
    /// What each customer really bought in the year after the end.
    FuturePurchases,
}

impl Table {
    /// All of them, in the order of the README.
    pub const ALL: [Self; 11] = [
        Self::Customers,
        Self::Products,
        Self::Purchases,
        Self::Visits,
        Self::Messages,
        Self::Surveys,
        Self::Complaints,
        Self::CostsToServe,
        Self::Campaign,
        Self::Truth,
        Self::FuturePurchases,
    ];

    /// The file's name without its ending, and the word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Products => "products",
            Self::Purchases => "purchases",
            Self::Visits => "visits",
            Self::Messages => "messages",
            Self::Surveys => "surveys",
            Self::Complaints => "complaints",
            Self::CostsToServe => "costs_to_serve",
            Self::Campaign => "campaign",
            Self::Truth => "truth",
            Self::FuturePurchases => "future_purchases",
        }
    }

    /// What a row is.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Customers => "One row a customer, as the shop knows them at the end of the observed time.",
            Self::Products => "One row a product.",
            Self::Purchases => {
                "One row a line of an order or of a return, in the order of customers. Some orders of the tills have \
                 no customer."
            }
            Self::Visits => "One row a session on the site or in the app, with and without a log-in.",
            Self::Messages => "One row a marketing message sent.",
            Self::Surveys => "One row an answer to a survey.",
            Self::Complaints => "One row a case opened by a customer after an order.",
            Self::CostsToServe => "One row a cost that a customer caused beyond the goods.",
            Self::Campaign => {
                "One row a customer in the audience of the past campaign (e-mail with a 10% coupon), half of them in \
                 the control group by chance."
            }
            Self::Truth => "Hidden from any real shop. One row a customer: what made them do what they did.",
            Self::FuturePurchases => {
                "Hidden at the time. One row a customer: what they bought in the 365 days after the end."
            }
        }
    }

    /// Its columns, in order.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Customers => CUSTOMERS,
            Self::Products => PRODUCTS,
            Self::Purchases => PURCHASES,
            Self::Visits => VISITS,
            Self::Messages => MESSAGES,
            Self::Surveys => SURVEYS,
            Self::Complaints => COMPLAINTS,
            Self::CostsToServe => COSTS_TO_SERVE,
            Self::Campaign => CAMPAIGN,
            Self::Truth => TRUTH,
            Self::FuturePurchases => FUTURE_PURCHASES,
        }
    }

    fn schema(self) -> Arc<Schema> {
        let field = |c: &Column| Field::new(c.name, c.kind.data_type(), true);
        Arc::new(Schema::new(self.columns().iter().map(field).collect::<Vec<_>>()))
    }
}

impl std::str::FromStr for Table {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|table| table.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            format!("table `{name}` is not known; expected one of {known}")
        })
    }
}

/// Type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text that differs in every row.
    Id,
    /// Text.
    Text,
    /// Whole number.
    Integer,
    /// Euros, as a decimal with two places.
    Amount,
    /// Floating-point number.
    Number,
    /// True or false.
    Flag,
    /// Calendar day.
    Date,
    /// Moment in UTC, to the microsecond.
    Time,
}

impl Kind {
    /// What a reader of the README wants to know.
    pub fn words(self) -> &'static str {
        match self {
            Self::Id | Self::Text => "text",
            Self::Integer => "integer",
            Self::Amount => "decimal, euros",
            Self::Number => "number",
            Self::Flag => "true or false",
            Self::Date => "date",
            Self::Time => "time, UTC",
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Self::Id | Self::Text => DataType::Utf8,
            Self::Integer => DataType::Int32,
            Self::Amount => DataType::Decimal128(AMOUNT_DIGITS, AMOUNT_PLACES),
            Self::Number => DataType::Float64,
            Self::Flag => DataType::Boolean,
            Self::Date => DataType::Date32,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Name in the file.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// What it says.
    pub meaning: &'static str,
}

const AMOUNT_DIGITS: u8 = 12;
const AMOUNT_PLACES: i8 = 2;

/// Rows held before they are encoded.
const BATCH_ROWS: usize = 32_768;
/// Rows of a row group: the unit of skipping for a reader, and what bounds the writer's memory.
const GROUP_ROWS: usize = 500_000;

const fn column(name: &'static str, kind: Kind, meaning: &'static str) -> Column {
    Column { name, kind, meaning }
}

const CUSTOMERS: &[Column] = &[
    column("customer_id", Kind::Id, "The customer"),
    column("email", Kind::Text, "Invented address under example.com or example.org; empty where not given"),
    column("phone", Kind::Text, "Under +999, which belongs to no country; empty where not given"),
    column("first_name", Kind::Text, "In the script of the language"),
    column("last_name", Kind::Text, "In the script of the language"),
    column("gender", Kind::Text, "female, male, or empty"),
    column("birth_date", Kind::Date, "Date of birth"),
    column("city", Kind::Text, "In the language of the customer"),
    column("country", Kind::Text, "ISO 3166 code"),
    column("language", Kind::Text, "en, pl, ru or fa"),
    column("joined", Kind::Date, "Day of registration, up to 30 days before the first order"),
    column("acquisition_channel", Kind::Text, "How the customer was won"),
    column("acquisition_cost", Kind::Amount, "What that cost"),
    column("preferred_category", Kind::Text, "Category named at registration"),
    column("preferred_channel", Kind::Text, "Channel named at registration: shop, web, app or call_centre"),
    column("consent_email", Kind::Flag, "May be sent marketing by e-mail; false after an unsubscription"),
    column("consent_sms", Kind::Flag, "By SMS"),
    column("consent_push", Kind::Flag, "By push message"),
    column("consent_call", Kind::Flag, "By telephone"),
    column("consent_post", Kind::Flag, "By post"),
];

const PRODUCTS: &[Column] = &[
    column("product_id", Kind::Id, "The product"),
    column("name", Kind::Text, "Its name"),
    column("category", Kind::Text, "One of eight"),
    column("price", Kind::Amount, "List price"),
    column("unit_cost", Kind::Amount, "Cost of goods of one"),
];

const PURCHASES: &[Column] = &[
    column("order_id", Kind::Id, "The order, O...; a return has a number of its own, R...; a till's, T..."),
    column("customer_id", Kind::Text, "Who bought; empty for an order without a customer"),
    column("purchased_at", Kind::Time, "When"),
    column("channel", Kind::Text, "shop, web, app or call_centre"),
    column("product_id", Kind::Text, "What"),
    column("category", Kind::Text, "The product's category"),
    column("quantity", Kind::Integer, "How many; negative in a return"),
    column("amount", Kind::Amount, "Paid for the line, reductions taken off; negative in a return"),
    column("discount", Kind::Amount, "Reductions, promotions and coupon together"),
    column("cost", Kind::Amount, "Cost of goods of the line; negative in a return, the goods come back to the shelf"),
    column("currency", Kind::Text, "EUR"),
    column("return_of", Kind::Text, "In a return, the order it belongs to"),
];

const VISITS: &[Column] = &[
    column("session_id", Kind::Id, "The session"),
    column("customer_id", Kind::Text, "Who, where logged in"),
    column("device_id", Kind::Text, "The browser or telephone; the same before and after a log-in"),
    column("at", Kind::Time, "Beginning of the session"),
    column("channel", Kind::Text, "web or app"),
    column("pages", Kind::Integer, "Pages seen"),
    column("cart_added", Kind::Flag, "Something was put in the cart"),
    column("checkout_started", Kind::Flag, "The checkout was begun"),
    column("order_id", Kind::Text, "The order it ended in; empty where nothing was bought"),
];

const MESSAGES: &[Column] = &[
    column("message_id", Kind::Id, "The message"),
    column("customer_id", Kind::Text, "To whom"),
    column("campaign_id", Kind::Text, "newsletter-YYYY-MM, offer-sms-YYYY-MM, app-news-YYYY-MM, or coupon-10"),
    column("channel", Kind::Text, "email, sms or push"),
    column("sent_at", Kind::Time, "When it was sent"),
    column("opened_at", Kind::Time, "When it was opened; empty where it was not, and for SMS"),
    column("clicked_at", Kind::Time, "When a link was followed"),
    column("unsubscribed", Kind::Flag, "The customer withdrew the consent through it"),
];

const SURVEYS: &[Column] = &[
    column("survey_id", Kind::Id, "The answer"),
    column("customer_id", Kind::Text, "Who answered"),
    column("at", Kind::Time, "When"),
    column(
        "kind",
        Kind::Text,
        "nps (0 to 10, twice a year), csat (1 to 5, after an order), ces (1 to 7, after a case)",
    ),
    column("score", Kind::Integer, "The answer; high is good"),
    column("text", Kind::Text, "In the customer's words and language; often empty"),
    column("language", Kind::Text, "en, pl, ru or fa"),
    column("order_id", Kind::Text, "The order asked about; csat and ces only"),
];

const COMPLAINTS: &[Column] = &[
    column("case_id", Kind::Id, "The case"),
    column("customer_id", Kind::Text, "Who complained"),
    column("order_id", Kind::Text, "Of which order"),
    column("opened_at", Kind::Time, "When"),
    column("topic", Kind::Text, "delivery, damaged, wrong_item, billing, quality or staff"),
    column("channel", Kind::Text, "email, call or chat"),
    column("first_response_at", Kind::Time, "First answer; empty where none by the end"),
    column("resolved_at", Kind::Time, "Settled; empty where open at the end"),
    column("compensation", Kind::Amount, "Given as a goodwill payment; 0 where nothing"),
    column("satisfied", Kind::Flag, "What the customer said when it was settled; empty where open"),
];

const COSTS_TO_SERVE: &[Column] = &[
    column("customer_id", Kind::Text, "Who caused it"),
    column("at", Kind::Time, "When"),
    column("kind", Kind::Text, "call, delivery or return_handling"),
    column("amount", Kind::Amount, "The cost"),
];

const CAMPAIGN: &[Column] = &[
    column("customer_id", Kind::Id, "The customer"),
    column("campaign_id", Kind::Text, "coupon-10"),
    column("treated", Kind::Flag, "Got the e-mail with the coupon; false in the control group"),
    column("variant", Kind::Text, "A or B, two wordings; control"),
    column(
        "assigned_at",
        Kind::Time,
        "When the message was sent, or would have been: the effect lasts 30 days from it",
    ),
    column("sent_at", Kind::Time, "When it was sent; empty in the control group"),
];

const TRUTH: &[Column] = &[
    column("customer_id", Kind::Id, "The customer"),
    column(
        "order_rate",
        Kind::Number,
        "The model's lambda: orders a day while a customer, on a day of average busyness",
    ),
    column("leaving_rate", Kind::Number, "The model's mu: rate of leaving a day, before any disappointment"),
    column("mean_spend", Kind::Number, "Expected amount of an order, in euros, before returns"),
    column(
        "satisfaction",
        Kind::Number,
        "Standard normal over customers; raises survey scores, lowers the rate of leaving and complaints",
    ),
    column(
        "disappointed",
        Kind::Flag,
        "A complaint was answered late before the end: the rate of leaving is three times as high",
    ),
    column("alive_at_end", Kind::Flag, "Still a customer on the first day after the end"),
    column("died_on", Kind::Date, "Last day as a customer; empty where it lies after the 365 days"),
    column("expected_purchases", Kind::Number, "Orders expected in the 365 days after the end, given all of the above"),
    column("expected_spend", Kind::Number, "Revenue net of returns expected of them, in euros"),
    column("expected_margin", Kind::Number, "Revenue net of returns less cost of goods, in euros"),
    column("response", Kind::Text, "To the coupon: persuadable, sure_thing, lost_cause or do_not_disturb"),
    column(
        "incremental_orders",
        Kind::Number,
        "Expected effect of the campaign if treated; empty outside its audience",
    ),
    column("incremental_revenue", Kind::Number, "The same in euros, net of returns"),
    column("incremental_margin", Kind::Number, "The same less cost of goods: the coupon's cost is in it"),
];

const FUTURE_PURCHASES: &[Column] = &[
    column("customer_id", Kind::Id, "The customer"),
    column("purchases", Kind::Integer, "Orders"),
    column("purchase_days", Kind::Integer, "Distinct days with an order"),
    column("revenue", Kind::Amount, "What was paid for them and not paid back"),
    column("margin", Kind::Amount, "The same less cost of goods"),
];

/// Rows of one table on their way to a file. Cells are given in the order of the columns, then [`Sheet::end_row`].
pub(super) struct Sheet {
    table: Table,
    schema: Arc<Schema>,
    cells: Vec<Cells>,
    /// The next cell's column.
    at: usize,
    held: usize,
    writer: ArrowWriter<File>,
    pub(super) rows: u64,
}

enum Cells {
    Text(StringBuilder),
    Integer(Int32Builder),
    Amount(Decimal128Builder),
    Number(Float64Builder),
    Flag(BooleanBuilder),
    Date(Date32Builder),
    Time(TimestampMicrosecondBuilder),
}

/// A method that adds one cell: the kinds of cell differ in nothing but their builder.
macro_rules! cell {
    ($name:ident, $variant:ident, $type:ty) => {
        pub(super) fn $name(&mut self, value: impl Into<Option<$type>>) -> &mut Self {
            let Some(Cells::$variant(builder)) = self.cells.get_mut(self.at) else {
                unreachable!("{} has no {} in column {}", self.table.name(), stringify!($name), self.at)
            };
            builder.append_option(value.into());
            self.at += 1;
            self
        }
    };
}

impl Sheet {
    pub(super) fn create(table: Table, path: &Path) -> Result<Self, SimulateError> {
        let schema = table.schema();
        let file = File::create(path).map_err(|e| SimulateError::io(path, e))?;
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties(table)))?;
        let cells = table.columns().iter().map(|c| Cells::new(c.kind)).collect();
        Ok(Self { table, schema, cells, at: 0, held: 0, writer, rows: 0 })
    }

    cell!(integer, Integer, i32);
    cell!(number, Number, f64);
    cell!(flag, Flag, bool);
    cell!(date, Date, i32);
    cell!(time, Time, i64);

    pub(super) fn text<'a>(&mut self, value: impl Into<Option<&'a str>>) -> &mut Self {
        let Some(Cells::Text(builder)) = self.cells.get_mut(self.at) else {
            unreachable!("{} has no text in column {}", self.table.name(), self.at)
        };
        builder.append_option(value.into());
        self.at += 1;
        self
    }

    /// An amount in cents.
    pub(super) fn amount(&mut self, cents: i64) -> &mut Self {
        let Some(Cells::Amount(builder)) = self.cells.get_mut(self.at) else {
            unreachable!("{} has no amount in column {}", self.table.name(), self.at)
        };
        builder.append_value(i128::from(cents));
        self.at += 1;
        self
    }

    pub(super) fn end_row(&mut self) -> Result<(), SimulateError> {
        assert_eq!(self.at, self.cells.len(), "a row of {} has a cell for each column", self.table.name());
        self.at = 0;
        self.held += 1;
        if self.held >= BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), SimulateError> {
        let arrays = self.cells.iter_mut().map(Cells::finish).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), arrays).map_err(|e| SimulateError::Parquet(e.into()))?;
        self.writer.write(&batch)?;
        self.rows += self.held as u64;
        self.held = 0;
        Ok(())
    }

    /// Writes what is held and the file's footer; returns the number of rows.
    pub(super) fn finish(mut self) -> Result<u64, SimulateError> {
        self.flush()?;
        self.writer.close()?;
        Ok(self.rows)
    }
}

impl Cells {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Id | Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Integer => Self::Integer(Int32Builder::new()),
            Kind::Amount => Self::Amount(
                Decimal128Builder::new()
                    .with_precision_and_scale(AMOUNT_DIGITS, AMOUNT_PLACES)
                    .expect("12 digits fit into 128 bits"),
            ),
            Kind::Number => Self::Number(Float64Builder::new()),
            Kind::Flag => Self::Flag(BooleanBuilder::new()),
            Kind::Date => Self::Date(Date32Builder::new()),
            Kind::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        let builder: &mut dyn ArrayBuilder = match self {
            Self::Text(b) => b,
            Self::Integer(b) => b,
            Self::Amount(b) => b,
            Self::Number(b) => b,
            Self::Flag(b) => b,
            Self::Date(b) => b,
            Self::Time(b) => b,
        };
        builder.finish()
    }
}

/// Snappy, because writing is what takes the time. Identifiers, moments and amounts hardly repeat: a dictionary of them
/// would only be built and given up, while differences between neighbours are short.
fn properties(table: Table) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_created_by("OpenCVM simulate".into());
    for column in table.columns() {
        let encoding = match column.kind {
            Kind::Id => Encoding::DELTA_BYTE_ARRAY,
            Kind::Time | Kind::Amount => Encoding::DELTA_BINARY_PACKED,
            _ => continue,
        };
        builder = builder
            .set_column_dictionary_enabled(column.name.into(), false)
            .set_column_encoding(column.name.into(), encoding);
    }
    builder.build()
}
