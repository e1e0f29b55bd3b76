//! The inbox: messages become durable here before anybody is told that we have them.
//!
//! One task writes for all requests: it takes what waits, stores it in one transaction, and only then answers each. So a
//! commit to the disk is shared by all who wait for one. Message ids seen before are left out in the same transaction,
//! so a crash can neither drop a message nor store it twice.
//!
//! Consumers read it batch by batch. Each keeps its position in the transaction in which it does its work, so it does it
//! exactly once, whatever is killed and when; a batch that all are past can go. With SQLite the inbox is a file of its own:
//! positions are with the work, in the other file or in the lake, and a batch is on the disk before anybody can read it.

use super::seen::{self, NewBatch, Seen};
use crate::intake::Move;
use crate::platform::clock::HOUR;
use crate::platform::database::{Kind, Transaction};
use crate::platform::problem::is_outage;
use crate::platform::server::App;
use crate::platform::traces;
use crate::platform::{Clock, Database, Metrics, Problem};
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use cvm_core::message::Message;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::Instrument;

/// Messages that may wait for the disk at once: they bound memory, and the rest is asked to come again.
const WAITING_MESSAGES: usize = 50_000;

/// Messages of one commit, as far as requests allow.
const COMMIT_MESSAGES: usize = 2_000;

/// How long a request waits for room before it is sent away.
const PATIENCE: Duration = Duration::from_secs(5);

/// Rows of one INSERT, three parameters each: SQLite looks a parameter up by walking through those before it, so long
/// statements cost more than many.
const INSERT_ROWS: usize = 64;

/// How many of the messages offered were new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Stored now.
    pub new: usize,
    /// Known already, by their id.
    pub repeated: usize,
    /// The rows of a file or table that those were made of.
    pub repeated_rows: i64,
}

/// Why messages were not stored. None of them is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InboxError {
    /// More is coming in than the disk takes.
    #[error("more messages are waiting than can be stored; send them again later")]
    Full,
    /// The disk is full or the database away.
    #[error("messages cannot be stored right now; send them again later")]
    Unavailable,
    /// The server stops.
    #[error("the server is stopping; send the messages again later")]
    Closed,
    /// Another has moved the bookmark since it was read.
    #[error("another reads the same at this moment; it goes on")]
    Overtaken,
    /// Our fault.
    #[error("messages could not be stored")]
    Internal,
}

impl From<InboxError> for Problem {
    fn from(error: InboxError) -> Self {
        match error {
            InboxError::Full => Self::too_many_requests(error.to_string(), 5),
            InboxError::Unavailable | InboxError::Closed => Self::unavailable(error.to_string(), 5),
            InboxError::Overtaken => Self::conflict(error.to_string()),
            InboxError::Internal => Self::internal(&error),
        }
    }
}

/// Where messages are stored. Clones store in the same.
#[derive(Debug, Clone)]
pub struct Inbox {
    offers: mpsc::UnboundedSender<Offer>,
    room: Arc<Semaphore>,
    /// Whether the last commit failed because the disk is full or the database away.
    failing: Arc<AtomicBool>,
    writer: Arc<Mutex<Option<JoinHandle<()>>>>,
    /// Message ids, where the database has no table of them that all servers share.
    seen: Arc<Mutex<Seen>>,
}

/// A message as it is stored: made by who offers it, so that the one writer has less to do.
#[derive(Debug)]
struct Line {
    id: seen::Id,
    json: String,
}

#[derive(Debug)]
struct Offer {
    lines: Vec<Line>,
    /// How far the reader of a file or table is with these.
    step: Option<Move>,
    answer: oneshot::Sender<Result<Stored, InboxError>>,
    _room: OwnedSemaphorePermit,
}

impl Inbox {
    /// Starts the writer.
    pub fn start(database: Database, clock: Clock, metrics: Metrics) -> Self {
        let (offers, waiting) = mpsc::unbounded_channel();
        let (failing, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Seen::default())));
        let store = Store { database, clock, seen: seen.clone() };
        let writer = tokio::spawn(write(store, metrics, failing.clone(), waiting));
        let (room, writer) = (Arc::new(Semaphore::new(WAITING_MESSAGES)), Arc::new(Mutex::new(Some(writer))));
        Self { offers, room, failing, writer, seen }
    }

    /// Stores messages, all or none; when this returns `Ok`, they are on the disk.
    ///
    /// # Errors
    /// [`InboxError`].
    pub async fn store(&self, messages: Vec<Message>) -> Result<Stored, InboxError> {
        if messages.is_empty() {
            return Ok(Stored { new: 0, repeated: 0, repeated_rows: 0 });
        }
        self.offer(messages, None).instrument(traces::step("inbox.store")).await
    }

    /// Stores messages and moves the bookmark of who reads them, both or neither.
    ///
    /// # Errors
    /// [`InboxError`]; `Overtaken` where the bookmark is not where the step begins.
    pub async fn store_with(&self, messages: Vec<Message>, step: Move) -> Result<Stored, InboxError> {
        self.offer(messages, Some(step)).instrument(traces::step("inbox.store")).await
    }

    async fn offer(&self, messages: Vec<Message>, step: Option<Move>) -> Result<Stored, InboxError> {
        let lines: Vec<Line> = messages.iter().map(Line::of).collect();
        drop(messages);
        let wanted = lines.len().min(WAITING_MESSAGES) as u32;
        let room = tokio::time::timeout(PATIENCE, self.room.clone().acquire_many_owned(wanted)).await;
        let room = room.map_err(|_| InboxError::Full)?.map_err(|_| InboxError::Closed)?;
        let (answer, answered) = oneshot::channel();
        self.offers.send(Offer { lines, step, answer, _room: room }).map_err(|_| InboxError::Closed)?;
        answered.await.map_err(|_| InboxError::Closed)?
    }

    /// Whether messages wait for the disk at this moment.
    pub fn is_pressed(&self) -> bool {
        self.room.available_permits() < WAITING_MESSAGES
    }

    /// Takes no more, and waits until what was taken is stored.
    pub async fn close(&self) {
        self.room.close();
        let writer = self.writer.lock().await.take();
        if let Some(writer) = writer {
            // An empty offer tells the writer that it is the last.
            let (answer, _) = oneshot::channel();
            if let Ok(room) = Arc::new(Semaphore::new(1)).try_acquire_owned() {
                let _ = self.offers.send(Offer { lines: Vec::new(), step: None, answer, _room: room });
            }
            if let Err(error) = writer.await {
                tracing::error!(error = %error, "the inbox did not end well");
            }
        }
    }

    /// Whether messages can be stored. After a failure it is tried: whoever sends only to servers that are ready would
    /// else never find out that there is room again.
    ///
    /// # Errors
    /// [`InboxError`].
    pub async fn ready(&self, database: &Database) -> Result<(), InboxError> {
        if self.room.is_closed() || self.offers.is_closed() {
            return Err(InboxError::Closed);
        }
        if self.failing.load(Ordering::Relaxed) {
            try_to_store(database).await.map_err(|error| match is_outage(&error) {
                true => InboxError::Unavailable,
                false => InboxError::Internal,
            })?;
            self.failing.store(false, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Where the writer stores.
struct Store {
    database: Database,
    clock: Clock,
    seen: Arc<Mutex<Seen>>,
}

/// Writes what is offered, until an empty offer comes.
async fn write(store: Store, metrics: Metrics, failing: Arc<AtomicBool>, mut waiting: mpsc::UnboundedReceiver<Offer>) {
    while let Some(first) = waiting.recv().await {
        let mut offers = vec![first];
        let mut messages = offers[0].lines.len();
        while messages < COMMIT_MESSAGES
            && let Ok(offer) = waiting.try_recv()
        {
            messages += offer.lines.len();
            offers.push(offer);
        }
        let is_end = |offer: &Offer| offer.lines.is_empty() && offer.step.is_none();
        let last = offers.iter().any(is_end);
        offers.retain(|offer| !is_end(offer));
        let stored = store.commit(&offers).await;
        if let Err(error) = &stored {
            tracing::error!(error = %error, messages, "messages could not be stored");
        }
        failing.store(stored.as_ref().is_err_and(is_outage), Ordering::Relaxed);
        for Stored { new, repeated, .. } in stored.iter().flatten().flatten() {
            metrics.stored.inc_by(*new as u64);
            metrics.repeated.inc_by(*repeated as u64);
        }
        for (index, offer) in offers.into_iter().enumerate() {
            let answer = match &stored {
                Ok(stored) => stored[index].ok_or(InboxError::Overtaken),
                Err(error) if is_outage(error) => Err(InboxError::Unavailable),
                Err(_) => Err(InboxError::Internal),
            };
            let _ = offer.answer.send(answer); // the sender may have gone; the message is stored all the same
        }
        if last {
            return;
        }
    }
}

impl Line {
    fn of(message: &Message) -> Self {
        let mut hash = Sha256::new();
        hash.update((message.source.len() as u64).to_le_bytes());
        hash.update(&message.source);
        hash.update(&message.message_id);
        let hash = hash.finalize();
        let part = |from: usize| i64::from_le_bytes(hash[from..from + 8].try_into().expect("eight of 32 bytes"));
        let json = serde_json::to_string(message).expect("a message is plain data");
        Self { id: seen::of_halves((part(0), part(8))), json }
    }
}

impl Store {
    /// Stores the new ones of all offers in one transaction; `None` for an offer that was overtaken.
    async fn commit(&self, offers: &[Offer]) -> Result<Vec<Option<Stored>>, sqlx::Error> {
        if offers.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let mut seen = match self.database.kind() {
            Kind::Sqlite => Some(self.seen.lock().await),
            Kind::Postgres => None,
        };
        let mut transaction = self.database.begin_inbox().await?;
        let mut goes = Vec::with_capacity(offers.len());
        for offer in offers {
            goes.push(match &offer.step {
                Some(step) => step.take(&mut transaction, now).await?,
                None => true,
            });
        }
        let going = || offers.iter().zip(&goes).filter(|(_, goes)| **goes).map(|(offer, _)| offer);
        let ids: Vec<seen::Id> = going().flat_map(|offer| &offer.lines).map(|line| line.id).collect();
        let (mut new, last) = match &mut seen {
            Some(seen) => unseen_ids(&mut transaction, seen, &ids).await?,
            None => (new_ids(&mut transaction, &ids, now).await?, 0),
        };
        let mut new_in_order = Vec::with_capacity(new.len());
        let (mut body, mut count) = (String::new(), 0_i64);
        let mut answers = Vec::with_capacity(offers.len());
        for (offer, goes) in offers.iter().zip(&goes) {
            if !goes {
                answers.push(None);
                continue;
            }
            let mut stored = Stored { new: 0, repeated: 0, repeated_rows: 0 };
            let mut accepted = 0;
            for (index, line) in offer.lines.iter().enumerate() {
                let rows = offer.step.as_ref().map_or(1, |step| step.rows(index));
                if new.remove(&line.id) {
                    new_in_order.push(line.id);
                    body.push_str(&line.json);
                    body.push('\n');
                    stored.new += 1;
                    accepted += rows;
                } else {
                    stored.repeated += 1;
                    stored.repeated_rows += rows;
                }
            }
            count += stored.new as i64;
            if let Some(step) = &offer.step {
                step.keep(&mut transaction, accepted, stored.repeated_rows, now).await?;
            }
            answers.push(Some(stored));
        }
        let mut noted = None;
        if count > 0 {
            let body = pack(&body)?;
            match &seen {
                Some(seen) => {
                    let batch = NewBatch { number: last + 1, received_at: now, messages: count, body: &body };
                    noted = Some(seen.store(&mut transaction, &batch, new_in_order).await?);
                }
                None => insert_batch(&mut transaction, now, count, &body).await?,
            }
        }
        transaction.commit().await?;
        if let (Some(noted), Some(seen)) = (noted, &mut seen) {
            noted.made(seen);
        }
        Ok(answers)
    }
}

/// Of ids, those that were not seen yet; and the number of the last batch.
async fn unseen_ids(
    transaction: &mut Transaction,
    seen: &mut Seen,
    ids: &[seen::Id],
) -> Result<(HashSet<seen::Id>, i64), sqlx::Error> {
    let last = seen.catch_up(transaction).await?;
    let mut new = HashSet::with_capacity(ids.len());
    for &id in ids {
        if !seen.has(transaction, id).await? {
            new.insert(id);
        }
    }
    Ok((new, last))
}

/// Adds a batch where servers share the inbox: taking its number locks the number's row until the change ends.
async fn insert_batch(transaction: &mut Transaction, now: i64, count: i64, body: &str) -> Result<(), sqlx::Error> {
    let position = "UPDATE inbox_position SET last_batch = last_batch + 1 WHERE id = 1 RETURNING last_batch";
    let batch: i64 = sqlx::query(position).fetch_one(&mut **transaction).await?.try_get(0)?;
    let insert = sqlx::query("INSERT INTO inbox (batch, received_at, messages, body) VALUES ($1, $2, $3, $4)");
    insert.bind(batch).bind(now).bind(count).bind(body).execute(&mut **transaction).await.map(drop)
}

/// Messages of a batch look alike, so packed they are a small part of it, and all that is written is written several times.
/// In Base64, since both databases have text alike.
fn pack(lines: &str) -> Result<String, sqlx::Error> {
    const LEVEL: i32 = 1;
    let packed = zstd::bulk::compress(lines.as_bytes(), LEVEL).map_err(sqlx::Error::Io)?;
    Ok(BASE64_STANDARD_NO_PAD.encode(packed))
}

/// The lines of a batch; those of older versions are not packed.
fn unpack(body: &str) -> Result<String, sqlx::Error> {
    let broken = |error: std::io::Error| sqlx::Error::Decode(error.into());
    if body.is_empty() || body.starts_with('{') {
        return Ok(body.to_owned());
    }
    let packed = BASE64_STANDARD_NO_PAD.decode(body).map_err(|error| sqlx::Error::Decode(error.into()))?;
    String::from_utf8(zstd::stream::decode_all(packed.as_slice()).map_err(broken)?)
        .map_err(|error| sqlx::Error::Decode(error.into()))
}

/// Stores something as large as what senders often send, and takes it away again. Its number is of no batch, so no
/// consumer sees it.
async fn try_to_store(database: &Database) -> Result<(), sqlx::Error> {
    const NUMBER: i64 = -1;
    const BYTES: usize = 64 << 10;
    let insert = "INSERT INTO inbox (batch, received_at, messages, body) VALUES ($1, 0, 0, $2) \
                  ON CONFLICT (batch) DO UPDATE SET body = excluded.body";
    sqlx::query(insert).bind(NUMBER).bind("-".repeat(BYTES)).execute(database.inbox()).await?;
    sqlx::query("DELETE FROM inbox WHERE batch = $1").bind(NUMBER).execute(database.inbox()).await.map(drop)
}

/// Notes the ids in the table that all servers of a PostgreSQL share, and says which were not known.
async fn new_ids(transaction: &mut Transaction, ids: &[seen::Id], now: i64) -> Result<HashSet<seen::Id>, sqlx::Error> {
    let mut new = HashSet::with_capacity(ids.len());
    // A message may come twice in one commit: PostgreSQL takes a row twice in one INSERT .. DO NOTHING.
    for rows in ids.chunks(INSERT_ROWS) {
        let insert =
            sqlx::query(AssertSqlSafe(insert_ids(rows.len()))).persistent(rows.len() == INSERT_ROWS || rows.len() < 4);
        let insert = rows.iter().fold(insert, |insert, &id| {
            let (high, low) = seen::halves(id);
            insert.bind(high).bind(low).bind(now)
        });
        for row in insert.fetch_all(&mut **transaction).await? {
            new.insert(seen::of_halves((row.try_get(0)?, row.try_get(1)?)));
        }
    }
    Ok(new)
}

/// The messages of one commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Counted from 1, without gaps, in the order of commits.
    pub number: i64,
    /// When it was stored.
    pub received_at: i64,
    /// What came, in its order.
    pub messages: Vec<Message>,
}

/// The batches after a position, in their order: as many as fit into `bytes_max`, and one at least if there is one.
///
/// # Errors
/// What the database gives.
pub async fn next_batches(database: &Database, after: i64, bytes_max: usize) -> Result<Vec<Batch>, sqlx::Error> {
    let sql = "SELECT batch, received_at, body FROM inbox WHERE batch > $1 ORDER BY batch LIMIT 1";
    let (mut batches, mut bytes, mut last) = (Vec::new(), 0, after);
    // One by one: only so is it known how large the next is before it is in memory.
    while bytes < bytes_max
        && let Some(row) = sqlx::query(sql).bind(last).fetch_optional(database.inbox()).await?
    {
        let lines = unpack(row.try_get(2)?)?;
        bytes += lines.len();
        if bytes > bytes_max && !batches.is_empty() {
            break;
        }
        last = row.try_get(0)?;
        batches.push(Batch { number: last, received_at: row.try_get(1)?, messages: messages(&lines)? });
    }
    Ok(batches)
}

fn messages(lines: &str) -> Result<Vec<Message>, sqlx::Error> {
    let messages = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>();
    messages.map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// The last batch that a consumer is past; zero for one that has not begun.
///
/// # Errors
/// What the database gives.
pub async fn position(database: &Database, consumer: &str) -> Result<i64, sqlx::Error> {
    let row = sqlx::query("SELECT batch FROM consumers WHERE name = $1").bind(consumer);
    row.fetch_optional(database.pool()).await?.map_or(Ok(0), |row| row.try_get(0))
}

/// The same within a change, and no other server takes this consumer's part until it ends.
///
/// # Errors
/// What the database gives.
pub async fn lock_position(transaction: &mut Transaction, consumer: &str) -> Result<i64, sqlx::Error> {
    let sql = "INSERT INTO consumers (name, batch) VALUES ($1, 0) \
               ON CONFLICT (name) DO UPDATE SET batch = consumers.batch RETURNING batch";
    sqlx::query(sql).bind(consumer).fetch_one(&mut **transaction).await?.try_get(0)
}

/// Moves a consumer past a batch, in the change that does what the batch asks for.
///
/// # Errors
/// What the database gives.
pub async fn set_position(transaction: &mut Transaction, consumer: &str, batch: i64) -> Result<(), sqlx::Error> {
    let sql =
        "INSERT INTO consumers (name, batch) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET batch = excluded.batch";
    sqlx::query(sql).bind(consumer).bind(batch).execute(&mut **transaction).await.map(drop)
}

/// Forgets message ids that have been remembered long enough; to be called once in a while.
///
/// # Errors
/// What the database gives.
pub async fn tidy(app: &App) -> Result<(), sqlx::Error> {
    let old = app.clock.now() - app.config.message_id_hours * HOUR;
    if app.database.kind() == Kind::Postgres {
        let delete = sqlx::query("DELETE FROM message_ids WHERE received_at < $1").bind(old);
        return delete.execute(app.database.inbox()).await.map(drop);
    }
    let mut seen = app.inbox.seen.lock().await;
    let mut transaction = app.database.begin_inbox().await?;
    seen.forget(&mut transaction, old).await?;
    transaction.commit().await
}

/// That nobody adds a batch, until this is dropped and the change for which it was made has ended.
#[derive(Debug)]
pub struct Held {
    /// The number of the last batch.
    pub last: i64,
    /// When the last of those that are still there was received.
    pub received_at: i64,
    _change: Option<Transaction>,
}

/// Lets no server add a batch until this change ends.
///
/// # Errors
/// What the database gives.
pub async fn hold(database: &Database, change: &mut Transaction) -> Result<Held, sqlx::Error> {
    // A file of its own has a change of its own, in which nothing is changed.
    let mut own = match database.kind() {
        Kind::Sqlite => Some(database.begin_inbox().await?),
        Kind::Postgres => None,
    };
    let inbox = own.as_mut().unwrap_or(change);
    let sql = "UPDATE inbox_position SET last_batch = last_batch WHERE id = 1 RETURNING last_batch";
    let last = sqlx::query(sql).fetch_one(&mut **inbox).await?.try_get(0)?;
    let received = sqlx::query("SELECT max(received_at) FROM inbox").fetch_one(&mut **inbox).await?;
    let received_at = received.try_get::<Option<i64>, _>(0)?.unwrap_or(i64::MIN);
    Ok(Held { last, received_at, _change: own })
}

/// The number of the last batch.
///
/// # Errors
/// What the database gives.
pub async fn last(database: &Database) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT last_batch FROM inbox_position").fetch_one(database.inbox()).await?.try_get(0)
}

/// Leaves out messages of those that wait, in a restored backup. Batches stay, empty if need be: they are counted.
///
/// # Errors
/// What the database gives.
pub async fn leave_out(transaction: &mut Transaction, which: impl Fn(&Message) -> bool) -> Result<(), sqlx::Error> {
    let sql = "SELECT batch, received_at, body FROM inbox WHERE batch > $1 ORDER BY batch LIMIT 1";
    let mut after = 0;
    while let Some(row) = sqlx::query(sql).bind(after).fetch_optional(&mut **transaction).await? {
        after = row.try_get(0)?;
        let all = messages(&unpack(row.try_get(2)?)?)?;
        let (gone, kept): (Vec<Message>, Vec<Message>) = all.into_iter().partition(&which);
        if gone.is_empty() {
            continue;
        }
        let write = |message| serde_json::to_string(message).expect("a message is plain data") + "\n";
        sqlx::query("UPDATE inbox SET messages = $1, body = $2 WHERE batch = $3")
            .bind(kept.len() as i64)
            .bind(pack(&kept.iter().map(write).collect::<String>())?)
            .bind(after)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// Whether no batch waits.
///
/// # Errors
/// What the database gives.
pub async fn is_empty(database: &Database) -> Result<bool, sqlx::Error> {
    Ok(sqlx::query("SELECT 1 FROM inbox LIMIT 1").fetch_optional(database.inbox()).await?.is_none())
}

/// How many messages the inbox has after a batch.
///
/// # Errors
/// What the database gives.
pub async fn waiting(database: &Database, after: i64) -> Result<i64, sqlx::Error> {
    let sql = "SELECT CAST(coalesce(sum(messages), 0) AS BIGINT) FROM inbox WHERE batch > $1";
    sqlx::query(sql).bind(after).fetch_one(database.inbox()).await?.try_get(0)
}

/// Who reads the inbox: the lake and the customers. All must be past a batch before it goes.
pub const CONSUMERS: &[&str] = &[super::mover::CONSUMER, crate::customers::CONSUMER];

/// What a consumer has still before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    /// So many messages.
    pub messages: i64,
    /// When the oldest of them was received.
    pub oldest_received_at: Option<i64>,
}

/// How far a consumer is behind what was received.
///
/// # Errors
/// What the database gives.
pub async fn lag(database: &Database, consumer: &str) -> Result<Lag, sqlx::Error> {
    let after = position(database, consumer).await?;
    let sql = "SELECT CAST(coalesce(sum(messages), 0) AS BIGINT), min(received_at) FROM inbox WHERE batch > $1";
    let row = sqlx::query(sql).bind(after).fetch_one(database.inbox()).await?;
    Ok(Lag { messages: row.try_get(0)?, oldest_received_at: row.try_get(1)? })
}

/// Deletes the batches that all of these consumers are past; says how many.
///
/// # Errors
/// What the database gives.
pub async fn delete_passed(database: &Database, consumers: &[&str]) -> Result<u64, sqlx::Error> {
    let mut passed = i64::MAX;
    for consumer in consumers {
        passed = passed.min(position(database, consumer).await?);
    }
    if consumers.is_empty() || passed == 0 {
        return Ok(0);
    }
    let mut change = database.begin_inbox().await?;
    let deleted = sqlx::query("DELETE FROM inbox WHERE batch <= $1").bind(passed).execute(&mut *change).await?;
    change.commit().await?;
    Ok(deleted.rows_affected())
}

fn insert_ids(rows: usize) -> String {
    let mut sql = String::from("INSERT INTO message_ids (high, low, received_at) VALUES ");
    for row in 0..rows {
        let comma = if row == 0 { "" } else { ", " };
        sql.push_str(&format!("{comma}(${}, ${}, ${})", 3 * row + 1, 3 * row + 2, 3 * row + 3));
    }
    sql.push_str(" ON CONFLICT (high, low) DO NOTHING RETURNING high, low");
    sql
}
