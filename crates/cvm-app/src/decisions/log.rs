//! Decisions are written down: by one task, many at once, a moment after they were answered. Whoever asks for one waits for that.
//! A crash may lose the last moment of them; who was told of such a decision is then refused its outcome, and nothing else.

use super::arbitration::{Inputs, Parts};
use super::store::{self, Counters};
use crate::contacts::Channel;
use crate::platform::Database;
use crate::platform::database::{insert, select_in};
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

/// Decisions that may wait for the disk; more are refused.
const WAITING: usize = 20_000;

/// Decisions of one change.
const AT_ONCE: usize = 1_000;

/// How long decisions are gathered for one change.
const GATHERED: Duration = Duration::from_millis(20);

/// How often a change is tried before its decisions are given up.
const TRIES: u32 = 5;

/// A decision, as it is written down.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Logged {
    pub id: String,
    pub at: i64,
    /// The survivor; empty where they were erased.
    pub customer: String,
    pub channel: Channel,
    pub placement: String,
    pub asked_by: String,
    pub catalogue: i64,
    pub outcomes: i64,
    pub wanted: i64,
    pub inputs: Inputs,
    pub candidates: Vec<i64>,
    pub answer: Vec<Chosen>,
}

/// An offer that was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Chosen {
    /// Its number.
    pub offer: i64,
    /// Its id.
    pub id: String,
    /// Its group.
    pub group: String,
    /// Key of the treatment.
    pub treatment: i64,
    pub parts: Parts,
    /// After so many days without an answer it counts as ignored.
    pub answer_days: i64,
}

enum Message {
    Write(Box<Logged>),
    /// Tells when all before it is written.
    Flush(oneshot::Sender<()>),
}

/// Where decisions are written down. Clones write to the same.
#[derive(Clone)]
pub(super) struct Log {
    messages: mpsc::Sender<Message>,
    writer: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Log {
    /// Starts the writer.
    pub fn start(database: Database) -> Self {
        let (messages, waiting) = mpsc::channel(WAITING);
        let writer = tokio::spawn(write(database, waiting));
        Self { messages, writer: Arc::new(Mutex::new(Some(writer))) }
    }

    /// Takes a decision; gives it back where too many wait.
    pub fn write(&self, decision: Logged) -> Result<(), Box<Logged>> {
        self.messages.try_send(Message::Write(Box::new(decision))).map_err(|error| match error.into_inner() {
            Message::Write(decision) => decision,
            Message::Flush(_) => unreachable!("it was a decision"),
        })
    }

    /// Waits until all that was taken is written.
    pub async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.messages.send(Message::Flush(done)).await.is_ok() {
            let _ = written.await; // the writer has ended: nothing more can be waited for
        }
    }

    /// Waits until all is written, and ends the writer.
    pub async fn close(&self) {
        self.flush().await;
        if let Some(writer) = self.writer.lock().await.take() {
            writer.abort();
        }
    }
}

async fn write(database: Database, mut waiting: mpsc::Receiver<Message>) {
    let mut messages = Vec::new();
    while waiting.recv_many(&mut messages, AT_ONCE).await > 0 {
        // More of them share one change, unless somebody waits for it.
        let until = Instant::now() + GATHERED;
        while messages.len() < AT_ONCE && !messages.iter().any(|it| matches!(it, Message::Flush(_))) {
            let more = waiting.recv_many(&mut messages, AT_ONCE);
            if timeout_at(until, more).await.is_ok_and(|more| more > 0) {
                continue;
            }
            break;
        }
        let (mut decisions, mut flushed) = (Vec::new(), Vec::new());
        for message in messages.drain(..) {
            match message {
                Message::Write(decision) => decisions.push(*decision),
                Message::Flush(done) => flushed.push(done),
            }
        }
        let mut pause = Duration::from_millis(50);
        for attempt in 1..=TRIES {
            match store_all(&database, &decisions).await {
                Ok(()) => break,
                Err(error) if attempt == TRIES => {
                    tracing::error!(error = %error, decisions = decisions.len(), "decisions could not be written down");
                }
                Err(_) => tokio::time::sleep(pause).await,
            }
            pause *= 2;
        }
        for done in flushed {
            let _ = done.send(()); // who asked may have gone
        }
    }
}

async fn store_all(database: &Database, decisions: &[Logged]) -> Result<(), sqlx::Error> {
    if decisions.is_empty() {
        return Ok(());
    }
    let mut transaction = database.begin().await?;
    // Nothing is written down of who was erased meanwhile.
    let ids: Vec<&str> = decisions.iter().map(|it| it.customer.as_str()).collect();
    let rows = select_in(&mut transaction, "SELECT id FROM customers WHERE id IN ({})", &ids).await?;
    let there: HashSet<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let decisions: Vec<Logged> = decisions.iter().filter(|it| there.contains(&it.customer)).cloned().collect();
    let head = "INSERT INTO decisions (id, at, customer, channel, placement, asked_by, catalogue, outcomes, wanted, inputs, \
                candidates, answer)";
    insert(&mut transaction, head, 12, "ON CONFLICT (id) DO NOTHING", &decisions, |query, it| {
        let query = query.bind(it.id.clone()).bind(it.at).bind(it.customer.clone()).bind(it.channel.name());
        let query = query.bind(it.placement.clone()).bind(it.asked_by.clone()).bind(it.catalogue).bind(it.outcomes);
        query.bind(it.wanted).bind(text(&it.inputs)).bind(packed(&it.candidates)).bind(text(&it.answer))
    })
    .await?;
    let mut offered: BTreeMap<i64, i64> = BTreeMap::new();
    decisions.iter().flat_map(|it| &it.answer).for_each(|chosen| *offered.entry(chosen.offer).or_default() += 1);
    for (offer, offered) in offered {
        store::count(&mut transaction, offer, &Counters { offered, ..Counters::default() }).await?;
    }
    transaction.commit().await
}

/// Keys as text: the steps from one to the next in as few bytes as they need, for of thousands each decision has many.
fn packed(keys: &[i64]) -> String {
    let (mut bytes, mut last) = (Vec::with_capacity(2 * keys.len()), 0);
    for key in keys {
        let step = key.wrapping_sub(last);
        // The sign last, so that small steps back are small numbers too.
        let mut rest = ((step << 1) ^ (step >> 63)) as u64;
        while rest >= 0x80 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        last = *key;
    }
    BASE64_STANDARD_NO_PAD.encode(bytes)
}

/// The keys of a text.
pub(super) fn unpacked(text: &str) -> Result<Vec<i64>, sqlx::Error> {
    let bytes = BASE64_STANDARD_NO_PAD.decode(text).map_err(|error| sqlx::Error::Decode(error.into()))?;
    let (mut keys, mut last, mut number, mut shift) = (Vec::new(), 0_i64, 0_u64, 0_u32);
    for byte in bytes {
        number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        shift += 7;
        if byte < 0x80 {
            last = last.wrapping_add((number >> 1) as i64 ^ -((number & 1) as i64));
            keys.push(last);
            (number, shift) = (0, 0);
        }
    }
    Ok(keys)
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what is written down is plain data")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_were_written() {
        let keys = [101, 102, 201, 301, 299, 250_001, 1, i64::MAX, i64::MIN, 0];
        assert_eq!(unpacked(&packed(&keys)).unwrap(), keys);
        let many: Vec<i64> = (1..=2_500).map(|offer| offer * 100 + 1).collect();
        assert_eq!(unpacked(&packed(&many)).unwrap(), many);
        assert!(packed(&many).len() < 7_000 && packed(&[]).is_empty() && unpacked("!").is_err());
    }
}
