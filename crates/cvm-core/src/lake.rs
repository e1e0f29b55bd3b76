//! What the product asks of the lake: the wall between what knows HTTP and the database and what knows the engine.

use crate::message::Message;
use crate::report::Report;
use crate::segment::{Calendar, Person, PersonId, Rule};
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::pin::Pin;
use std::time::Duration;

/// What an asynchronous method of a trait object returns.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Facts in, answers out.
pub trait Lake: Send + Sync + 'static {
    /// The last batch of the inbox that the lake has; 0 where it has none.
    fn position(&self) -> Answering<'_, Result<i64, LakeFailure>>;

    /// Adds the messages of batches up to `batch`, each with its batch; both they and the position, or neither, and on
    /// the disk when it answers. One caller at a time, over all servers.
    fn append<'a>(&'a self, messages: &'a [(i64, Message)], batch: i64) -> Answering<'a, Result<(), LakeFailure>>;

    /// Computes the value of everyone: what is left of all orders, by owner, through the models; keeps the values in the lake
    /// and hands them over. Half a run is never seen in the lake: a table shows the run before, or all of this one. `None`
    /// where nobody has bought anything.
    fn score<'a>(
        &'a self,
        scoring: &'a Scoring,
        exchange: &'a dyn Exchange,
    ) -> Answering<'a, Result<Option<Report>, LakeFailure>>;

    /// Takes all rows of erased persons out of every table; says how many. What held them is gone from the disk with the next
    /// [`Lake::tidy`] that keeps nothing of its age.
    fn forget<'a>(&'a self, erased: &'a dyn Erased) -> Answering<'a, Result<u64, LakeFailure>>;

    /// Takes out what was kept for as long as it should be; says how many rows. Their files go as with [`Lake::forget`].
    fn expire<'a>(&'a self, what: Expired<'a>) -> Answering<'a, Result<u64, LakeFailure>>;

    /// Makes few files of many, and deletes those that have been no part of any table for as long as `keep`.
    fn tidy(&self, keep: Duration) -> Answering<'_, Result<(), LakeFailure>>;

    /// The files that make up all tables as they are now, for a backup. They stay where they are for a while, whatever
    /// happens to the tables.
    fn files(&self) -> Answering<'_, Result<Vec<LakeFile>, LakeFailure>>;

    /// How large each table is: for those who watch over the server.
    fn sizes(&self) -> Answering<'_, Result<Vec<TableSize>, LakeFailure>>;

    /// The last change of customers of which the lake has who it changed; 0 where it has not got everybody yet.
    fn people_position(&self) -> Answering<'_, Result<i64, LakeFailure>>;

    /// Takes over what is known of some persons, in the place of what it had of them, and moves the position to `change`. One
    /// caller at a time, over all servers.
    fn take_people<'a>(&'a self, people: &'a People<'a>, change: i64) -> Answering<'a, Result<(), LakeFailure>>;

    /// Answers rules for everybody it has.
    fn segment<'a>(&'a self, question: &'a Segmentation<'a>) -> Answering<'a, Result<Segmented, LakeFailure>>;

    /// What is wrong with an SQL condition of a rule, in words.
    fn check_condition<'a>(&'a self, sql: &'a str) -> Answering<'a, Result<(), LakeFailure>>;

    /// Writes rows of [`crate::columns::CUSTOMER`], as that run computed them, for these customers; those it knows nothing of
    /// have their id alone.
    fn export<'a>(&'a self, export: &'a Export<'a>) -> Answering<'a, Result<(), LakeFailure>>;

    /// Adds up what customers bought in stretches of time of their own, an answer a stretch; from orders as the last run of
    /// scoring settled them.
    fn purchases<'a>(&'a self, question: &'a Purchases<'a>) -> Answering<'a, Result<Vec<Bought>, LakeFailure>>;

    /// Columns of [`crate::columns::CUSTOMER`] as a run computed them, for everybody it has; nobody where its values are gone.
    fn numbers<'a>(&'a self, run: &'a str, columns: &'a [&'a str]) -> Answering<'a, Result<Numbers, LakeFailure>>;

    /// Answers one read-only SQL statement.
    fn query<'a>(&'a self, sql: &'a str, limits: QueryLimits) -> Answering<'a, Result<QueryAnswer, LakeFailure>>;

    /// The same with a table besides, `members`: of each list its place, from 1, as `list`, and who is on it as `customer_id`.
    fn query_among<'a>(
        &'a self,
        sql: &'a str,
        lists: &'a [Vec<PersonId>],
        limits: QueryLimits,
    ) -> Answering<'a, Result<QueryAnswer, LakeFailure>>;
}

/// How large a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSize {
    /// Its name in SQL.
    pub table: &'static str,
    /// Live files.
    pub files: i64,
    /// Bytes in them.
    pub bytes: i64,
    /// Rows in them.
    pub rows: i64,
}

/// What a run of scoring is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Scoring {
    /// The run: letters, digits and dashes. Another try of the same run replaces what the first has left.
    pub run: String,
    /// Last day of observation; later purchases are not looked at.
    pub as_of: NaiveDate,
    /// The zone whose days count.
    pub timezone: Tz,
    /// How far ahead to look.
    pub horizon_days: u32,
    /// Discount a year, as a fraction.
    pub discount_rate: f64,
    /// Margin on revenue, as a fraction; `None` counts revenue.
    pub margin: Option<f64>,
    /// The one currency that counts.
    pub currency: String,
    /// What the engine may hold before it spills; `None` for its default.
    pub memory_bytes: Option<usize>,
}

/// From when on a user id or anonymous id is whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// As `user_id:..` or `anonymous_id:..`.
    pub identifier: String,
    /// Messages of this time and later, until the next owner of the same identifier, in microseconds of Unix time. The
    /// first owner's messages before it are theirs too.
    pub since: i64,
    /// The surviving customer.
    pub customer: String,
    /// The customer within that person, by which the next page begins.
    pub member: String,
}

/// What a run says of a surviving customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// The surviving customer.
    pub customer: String,
    /// The columns of [`crate::columns::CUSTOMER`], as a JSON object.
    pub columns: String,
}

/// What a run of scoring asks and tells. A failure ends the run.
pub trait Exchange: Send + Sync {
    /// The next owners, in the order of identifiers; none at the end.
    fn owners<'a>(&'a self, after: Option<&'a Owner>) -> Answering<'a, Result<Vec<Owner>, LakeFailure>>;

    /// Takes values of some customers; each customer comes once.
    fn put<'a>(&'a self, values: &'a [Values]) -> Answering<'a, Result<(), LakeFailure>>;

    /// Hears what the run is at (the id of its words) and, where it can be counted, how much of it is done, from 0 to 1.
    /// Whether to go on.
    fn at(&self, step: &'static str, done: Option<f64>) -> bool;
}

/// Persons, as the database has them.
#[derive(Debug, Clone, Copy)]
pub struct People<'a> {
    /// When they were read, in microseconds of Unix time: of one person the latest counts.
    pub read_at: i64,
    /// By id; `None` where there is nobody of that id any more.
    pub people: &'a [(PersonId, Option<Person>)],
}

/// Rules to be answered.
#[derive(Clone, Copy)]
pub struct Segmentation<'a> {
    /// Each after those that it is made of, with its id.
    pub rules: &'a [(&'a str, &'a Rule)],
    /// Now, and whose days count.
    pub calendar: Calendar,
    /// The scoring run whose values hold.
    pub run: Option<&'a str>,
    /// Whether each condition of each rule is counted by itself.
    pub conditions: bool,
}

/// Who belongs where.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Segmented {
    /// Everybody, in no order.
    pub people: Vec<PersonId>,
    /// What everybody is worth.
    pub value: f64,
    /// Rule by rule.
    pub segments: Vec<Members>,
}

/// Who fits a rule.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Members {
    /// Of [`Segmented::people`], one bit each, the lowest of a word first.
    pub bits: Vec<u64>,
    /// How many they are and what they are worth.
    pub count: Count,
    /// The same of each condition by itself, in the order of [`Rule::nodes`]; empty where nobody asked.
    pub conditions: Vec<Count>,
}

/// So many customers, worth so much.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Count {
    /// How many.
    pub customers: u64,
    /// The sum of their lifetime values.
    pub value: f64,
}

impl Members {
    /// Whether the person at this place belongs.
    pub fn has(&self, place: usize) -> bool {
        self.bits.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    /// How many belong to both.
    pub fn shared(&self, other: &Self) -> u64 {
        self.bits.iter().zip(&other.bits).map(|(a, b)| u64::from((a & b).count_ones())).sum()
    }
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Text, with a line of names.
    Csv,
    /// Apache Parquet.
    Parquet,
}

/// What is to be written where.
#[derive(Debug, Clone, Copy)]
pub struct Export<'a> {
    /// Whom.
    pub customers: &'a [PersonId],
    /// The scoring run whose values hold.
    pub run: Option<&'a str>,
    /// How.
    pub format: ExportFormat,
    /// A file to be made.
    pub path: &'a std::path::Path,
}

/// A stretch of somebody's time, cut in two, in microseconds of Unix time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The first part begins.
    pub before: i64,
    /// The second part begins.
    pub from: i64,
    /// It ends; this moment is no part of it.
    pub until: i64,
}

/// What is to be added up.
#[derive(Debug, Clone, Copy)]
pub struct Purchases<'a> {
    /// When.
    pub stretches: &'a [Stretch],
    /// Whose: ids of customers, each with the place of a stretch. A person may have several ids, as before and after a merge,
    /// and an id several stretches.
    pub customers: &'a [(PersonId, u32)],
    /// The one currency whose amounts count.
    pub currency: &'a str,
    /// Margin on what is sold without a known cost, as a fraction; `None` counts revenue.
    pub margin: Option<f64>,
    /// Events of this name are counted too.
    pub event: Option<&'a str>,
}

/// What somebody bought in their stretch.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bought {
    /// In its first part.
    pub before: Spent,
    /// In its second part.
    pub after: Spent,
    /// Events of the name that was asked for, in the second part.
    pub events: u32,
}

/// Orders added up. An order counts when it was placed, with all that was given back of it since.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// How many, in any currency; one of which all was given back is none.
    pub orders: u32,
    /// What was paid, in units of the currency.
    pub revenue: f64,
    /// What is left of it after the cost of what was sold.
    pub margin: f64,
    /// What list prices are more than was paid. It is in neither of the two above.
    pub discount: f64,
    /// The part of revenue whose cost was known.
    pub revenue_costed: f64,
}

/// Columns of numbers, a row a customer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Numbers {
    /// Whose row it is.
    pub customers: Vec<PersonId>,
    /// The columns that were asked for; NaN where nothing is known. A value tier is its place among
    /// [`crate::text::TIERS`], from 1.
    pub columns: Vec<Vec<f64>>,
}

/// Who is erased.
pub trait Erased: Send + Sync {
    /// Whether a message with these ids, of this time and received then, is an erased person's.
    fn covers(&self, user_id: Option<&str>, anonymous_id: Option<&str>, timestamp: i64, received_at: i64) -> bool;

    /// Whether this customer is erased.
    fn covers_customer(&self, customer: &str) -> bool;
}

/// What has been kept for long enough. Times are in microseconds of Unix time.
#[derive(Clone, Copy)]
pub enum Expired<'a> {
    /// Messages of before this time; what they say of orders stays.
    Messages(i64),
    /// What messages of before this time say of orders, and what was left of those.
    Orders(i64),
    /// The values of runs of which this says so.
    Values(&'a (dyn Fn(&str) -> bool + Sync)),
}

/// A file of the lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LakeFile {
    /// Its place within the lake, with `/` between folders.
    pub name: String,
    /// Where it is now.
    pub path: std::path::PathBuf,
}

/// What one question may cost.
#[derive(Debug, Clone, Copy)]
pub struct QueryLimits {
    /// From the first word to the last row.
    pub time: Duration,
    /// Rows of the answer; more are cut off, and the answer says so.
    pub rows: usize,
    /// What the engine may hold before it spills.
    pub memory_bytes: usize,
}

impl Default for QueryLimits {
    /// Half a minute, ten thousand rows, 512 MiB.
    fn default() -> Self {
        Self { time: Duration::from_secs(30), rows: 10_000, memory_bytes: 512 << 20 }
    }
}

/// The rows of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryAnswer {
    /// Names and types of the columns, in order.
    pub columns: Vec<(String, String)>,
    /// One JSON object a row.
    pub rows: Vec<serde_json::Map<String, serde_json::Value>>,
    /// Whether there were more than the limit.
    pub cut: bool,
}

/// Why the lake did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LakeFailure {
    /// The statement is wrong, does more than read, or asks for more than its limits allow.
    #[error("{0}")]
    Statement(String),
    /// The disk is full or away; it may pass.
    #[error("the lake cannot be used right now: {0}")]
    Unavailable(String),
    /// It was told to stop.
    #[error("stopped")]
    Stopped,
    /// Our fault.
    #[error("internal error: {0}")]
    Internal(String),
}
