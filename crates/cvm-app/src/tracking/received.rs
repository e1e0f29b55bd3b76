//! How many messages of each source were received on which day, and when the last one was: counted with the change that takes them to
//! profiles, so each counts once and nobody has to look through them to tell.

use crate::platform::Database;
use crate::platform::clock::DAY;
use crate::platform::database::{Transaction, insert};
use cvm_core::message::Message;
use sqlx::Row;
use std::collections::BTreeMap;

/// What a source sent on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The source's id.
    pub source: String,
    /// Days since 1970, by UTC.
    pub day: i64,
    /// Messages.
    pub messages: i64,
    /// When the last of them was received.
    pub last_at: i64,
}

/// Counts messages that are taken over with this change.
///
/// # Errors
/// What the database gives.
pub async fn count_received(transaction: &mut Transaction, messages: &[Message]) -> Result<(), sqlx::Error> {
    let mut days: BTreeMap<(&str, i64), (i64, i64)> = BTreeMap::new();
    for message in messages {
        let day = message.received_at.div_euclid(DAY);
        let (count, last) = days.entry((&message.source, day)).or_insert((0, message.received_at));
        *count += 1;
        *last = message.received_at.max(*last);
    }
    let days: Vec<_> = days.into_iter().collect();
    let head = "INSERT INTO source_days (source, day, messages, last_at)";
    let tail = "ON CONFLICT (source, day) DO UPDATE SET messages = source_days.messages + excluded.messages, \
                last_at = CASE WHEN excluded.last_at > source_days.last_at THEN excluded.last_at ELSE source_days.last_at END";
    insert(transaction, head, 4, tail, &days, |query, ((source, day), (count, last))| {
        query.bind((*source).to_owned()).bind(*day).bind(*count).bind(*last)
    })
    .await
}

/// What was received from this day on, day by day.
///
/// # Errors
/// What the database gives.
pub async fn received(database: &Database, from: i64) -> Result<Vec<Received>, sqlx::Error> {
    let sql = "SELECT source, day, messages, last_at FROM source_days WHERE day >= $1 ORDER BY day, source";
    let rows = sqlx::query(sql).bind(from).fetch_all(database.pool()).await?;
    let received = |row: &sqlx::any::AnyRow| {
        Ok(Received {
            source: row.try_get(0)?,
            day: row.try_get(1)?,
            messages: row.try_get(2)?,
            last_at: row.try_get(3)?,
        })
    };
    rows.iter().map(received).collect()
}
