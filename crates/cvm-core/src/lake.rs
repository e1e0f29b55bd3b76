//! What the product asks of the lake: the wall between what knows HTTP and the database and what knows the engine.

use crate::message::Message;
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

    /// How large each table is: for those who watch over the server.
    fn sizes(&self) -> Answering<'_, Result<Vec<TableSize>, LakeFailure>>;

    /// Answers one read-only SQL statement.
    fn query<'a>(&'a self, sql: &'a str, limits: QueryLimits) -> Answering<'a, Result<QueryAnswer, LakeFailure>>;
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
    /// Our fault.
    #[error("internal error: {0}")]
    Internal(String),
}
