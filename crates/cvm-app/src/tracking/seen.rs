//! Which message ids were seen, where the inbox is a file of SQLite.
//!
//! Ids are random, so a table of millions of them with an index would be written all over: a page for each new one. Here they are
//! only ever added at the end, in the order of commits, and those that came last are in memory too. When these are many, they
//! are put in order and written once more, as a *run* that never changes, in parts; of a run only a Bloom filter stays in memory,
//! two bytes an id. Nearly every new id is known to be new without a question to the database, and a run goes as a whole when its
//! time has come.
//!
//! Another process may store in the same file (`cvm import` beside a server). So each change looks first whether it knows what
//! was last; as it is the only one at that time, nothing can come between.

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use std::collections::HashSet;

/// A message's place among those seen: 128 bits over source and id.
pub(crate) type Id = u128;

/// Ids that are in memory until they become a run.
const FRESH_MAX: usize = if cfg!(test) { 300 } else { 512 << 10 };

/// Ids of a part, about.
const PART_IDS: usize = 256;

/// Parts written with one statement.
const PARTS_AT_ONCE: usize = 16;

/// What of the ids seen is in memory.
#[derive(Debug)]
pub(super) struct Seen {
    /// Up to which batch the fresh ones are known, and up to which number the runs.
    batch: i64,
    run: i64,
    fresh: HashSet<Id>,
    runs: Vec<Run>,
}

/// Many ids in order.
#[derive(Debug)]
struct Run {
    number: i64,
    bits: u32,
    received_until: i64,
    filter: Filter,
}

impl Default for Seen {
    fn default() -> Self {
        Self { batch: 0, run: i64::MIN, fresh: HashSet::new(), runs: Vec::new() }
    }
}

impl Seen {
    /// Reads what others have written since the last change. Gives the number of the last batch.
    pub async fn catch_up(&mut self, change: &mut AnyConnection) -> Result<i64, sqlx::Error> {
        let sql = "SELECT last_batch, coalesce((SELECT max(run) FROM id_runs), 0) FROM inbox_position";
        let row = sqlx::query(sql).fetch_one(&mut *change).await?;
        let (batch, run): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        if run > self.run {
            let sql = "SELECT run, bits, received_until, filter FROM id_runs WHERE run > $1 ORDER BY run";
            for row in sqlx::query(sql).bind(self.run).fetch_all(&mut *change).await? {
                let (number, bits) = (row.try_get(0)?, row.try_get::<i64, _>(1)? as u32);
                let filter = Filter::read(row.try_get(3)?)?;
                self.runs.push(Run { number, bits, received_until: row.try_get(2)?, filter });
            }
            self.run = run;
        }
        if batch > self.batch {
            let sql = "SELECT ids FROM fresh_ids WHERE batch > $1";
            for row in sqlx::query(sql).bind(self.batch).fetch_all(&mut *change).await? {
                self.fresh.extend(read(row.try_get(0)?)?);
            }
            self.batch = batch;
        }
        Ok(batch)
    }

    /// Whether an id was seen before.
    pub async fn has(&self, change: &mut AnyConnection, id: Id) -> Result<bool, sqlx::Error> {
        if self.fresh.contains(&id) {
            return Ok(true);
        }
        for run in self.runs.iter().rev().filter(|run| run.filter.may_have(id)) {
            let sql = "SELECT ids FROM id_parts WHERE run = $1 AND part = $2";
            let part = sqlx::query(sql).bind(run.number).bind(part_of(id, run.bits));
            if let Some(row) = part.fetch_optional(&mut *change).await?
                && read(row.try_get(0)?)?.contains(&id)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Stores a batch, the one after the last, with its ids. What is in memory changes when the change is made ([`Noted::made`]).
    pub async fn store(
        &self,
        change: &mut AnyConnection,
        batch: &NewBatch<'_>,
        ids: Vec<Id>,
    ) -> Result<Noted, sqlx::Error> {
        // One message to the thread that has the connection, not three: where all processors are busy, each costs milliseconds.
        const STORE: &str = "UPDATE inbox_position SET last_batch = $1; \
             INSERT INTO inbox (batch, received_at, messages, body) VALUES ($1, $2, $3, $4)";
        const STORE_WITH_IDS: &str = "UPDATE inbox_position SET last_batch = $1; \
             INSERT INTO inbox (batch, received_at, messages, body) VALUES ($1, $2, $3, $4); \
             INSERT INTO fresh_ids (batch, received_at, ids) VALUES ($1, $2, $5)";
        let &NewBatch { number, received_at, messages, body } = batch;
        let is_full = self.fresh.len() + ids.len() >= FRESH_MAX;
        let insert = sqlx::query(if is_full { STORE } else { STORE_WITH_IDS });
        let insert = insert.bind(number).bind(received_at).bind(messages).bind(body);
        if !is_full {
            insert.bind(write(&ids)).execute(&mut *change).await?;
            return Ok(Noted { batch: number, ids, run: None });
        }
        insert.execute(&mut *change).await?;
        let mut all: Vec<Id> = self.fresh.iter().copied().chain(ids).collect();
        let run = write_run(change, number, received_at, &mut all).await?;
        sqlx::query("DELETE FROM fresh_ids").execute(&mut *change).await?;
        Ok(Noted { batch: number, ids: Vec::new(), run: Some(run) })
    }

    /// Forgets what was received before this time: of what is in runs, whole runs.
    pub async fn forget(&mut self, change: &mut AnyConnection, before: i64) -> Result<(), sqlx::Error> {
        self.catch_up(change).await?;
        let old = sqlx::query("DELETE FROM fresh_ids WHERE received_at < $1 RETURNING ids").bind(before);
        for row in old.fetch_all(&mut *change).await? {
            for id in read(row.try_get(0)?)? {
                self.fresh.remove(&id);
            }
        }
        for sql in [
            "DELETE FROM id_parts WHERE run IN (SELECT run FROM id_runs WHERE received_until < $1)",
            "DELETE FROM id_runs WHERE received_until < $1",
        ] {
            sqlx::query(sql).bind(before).execute(&mut *change).await?;
        }
        self.runs.retain(|run| run.received_until >= before);
        Ok(())
    }
}

/// A row of the inbox.
#[derive(Debug)]
pub(super) struct NewBatch<'a> {
    pub number: i64,
    pub received_at: i64,
    pub messages: i64,
    pub body: &'a str,
}

/// What a change has written.
pub(super) struct Noted {
    batch: i64,
    ids: Vec<Id>,
    run: Option<Run>,
}

impl Noted {
    /// To be called when the change was made, and only then.
    pub fn made(self, seen: &mut Seen) {
        seen.batch = self.batch;
        seen.fresh.extend(self.ids);
        if let Some(run) = self.run {
            seen.run = run.number;
            seen.runs.push(run);
            seen.fresh.clear();
        }
    }
}

/// Writes ids that come from elsewhere, an older installation or a backup, into runs of their own, before anybody stores.
pub(crate) struct Runs {
    next: i64,
    ids: Vec<Id>,
    received_until: i64,
}

impl Runs {
    /// Removes what an earlier try has left.
    pub async fn begin(change: &mut AnyConnection) -> Result<Self, sqlx::Error> {
        for sql in ["DELETE FROM id_parts WHERE run < 0", "DELETE FROM id_runs WHERE run < 0"] {
            sqlx::query(sql).execute(&mut *change).await?;
        }
        Ok(Self { next: -1, ids: Vec::new(), received_until: i64::MIN })
    }

    /// One more, in the halves in which PostgreSQL and backups have it.
    pub async fn add(
        &mut self,
        change: &mut AnyConnection,
        halves: (i64, i64),
        received_at: i64,
    ) -> Result<(), sqlx::Error> {
        self.ids.push(of_halves(halves));
        self.received_until = self.received_until.max(received_at);
        if self.ids.len() >= FRESH_MAX {
            self.flush(change).await?;
        }
        Ok(())
    }

    /// Writes what is left.
    pub async fn end(mut self, change: &mut AnyConnection) -> Result<(), sqlx::Error> {
        self.flush(change).await
    }

    async fn flush(&mut self, change: &mut AnyConnection) -> Result<(), sqlx::Error> {
        if !self.ids.is_empty() {
            write_run(change, self.next, self.received_until, &mut self.ids).await?;
            (self.next, self.received_until) = (self.next - 1, i64::MIN);
            self.ids.clear();
        }
        Ok(())
    }
}

/// All ids, for a backup: a few at a time, with the latest time at which one of them may have been received.
pub(crate) async fn each(
    change: &mut AnyConnection,
    mut take: impl FnMut(Vec<Id>, i64) -> std::io::Result<()>,
) -> Result<std::io::Result<()>, sqlx::Error> {
    for (keys, sql) in [
        ("SELECT batch, received_at FROM fresh_ids", "SELECT ids FROM fresh_ids WHERE batch = $1"),
        ("SELECT run, received_until FROM id_runs", "SELECT ids FROM id_parts WHERE run = $1"),
    ] {
        for key in sqlx::query(keys).fetch_all(&mut *change).await? {
            let rows = sqlx::query(sql).bind(key.try_get::<i64, _>(0)?).fetch_all(&mut *change).await?;
            for row in rows {
                if let Err(error) = take(read(row.try_get(0)?)?, key.try_get(1)?) {
                    return Ok(Err(error));
                }
            }
        }
    }
    Ok(Ok(()))
}

/// As PostgreSQL and backups keep an id.
pub(crate) fn halves(id: Id) -> (i64, i64) {
    ((id >> 64) as i64, id as i64)
}

/// The way back.
pub(crate) fn of_halves((high, low): (i64, i64)) -> Id {
    (Id::from(high as u64) << 64) | Id::from(low as u64)
}

async fn write_run(
    change: &mut AnyConnection,
    number: i64,
    received_until: i64,
    ids: &mut Vec<Id>,
) -> Result<Run, sqlx::Error> {
    ids.sort_unstable();
    ids.dedup();
    let bits = (ids.len() / PART_IDS).max(1).ilog2();
    let filter = Filter::of(ids);
    let parts: Vec<&[Id]> = ids.chunk_by(|a, b| part_of(*a, bits) == part_of(*b, bits)).collect();
    for parts in parts.chunks(PARTS_AT_ONCE) {
        let sql = format!("INSERT INTO id_parts (run, part, ids) VALUES {}", vec!["(?, ?, ?)"; parts.len()].join(", "));
        let insert = sqlx::query(AssertSqlSafe(sql)).persistent(parts.len() == PARTS_AT_ONCE);
        let bind = |query: sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments>, part: &&[Id]| {
            query.bind(number).bind(part_of(part[0], bits)).bind(write(part))
        };
        parts.iter().fold(insert, bind).execute(&mut *change).await?;
    }
    let sql = "INSERT INTO id_runs (run, received_until, bits, filter) VALUES ($1, $2, $3, $4)";
    let insert = sqlx::query(sql).bind(number).bind(received_until).bind(i64::from(bits)).bind(filter.write());
    insert.execute(&mut *change).await?;
    Ok(Run { number, bits, received_until, filter })
}

/// The first bits of an id.
fn part_of(id: Id, bits: u32) -> i64 {
    id.checked_shr(Id::BITS - bits).unwrap_or(0) as i64
}

fn write(ids: &[Id]) -> String {
    let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
    BASE64_STANDARD_NO_PAD.encode(bytes)
}

fn read(text: &str) -> Result<Vec<Id>, sqlx::Error> {
    let bytes = BASE64_STANDARD_NO_PAD.decode(text).map_err(|error| sqlx::Error::Decode(error.into()))?;
    let (ids, rest) = bytes.as_chunks::<16>();
    match rest.is_empty() {
        true => Ok(ids.iter().map(|id| Id::from_le_bytes(*id)).collect()),
        false => Err(sqlx::Error::Decode("message ids are cut off".into())),
    }
}

/// A Bloom filter in blocks of one line of the processor's cache (Putze, Sanders and Singler, 2007): an id that was put in is always
/// said to be there, another about once in a thousand times.
#[derive(Debug, PartialEq)]
struct Filter {
    blocks: Vec<[u64; 8]>,
}

impl Filter {
    /// Sixteen bits an id.
    const IDS_A_BLOCK: usize = 512 / 16;

    /// Bits set for an id, nine of its own for the place of each.
    const BITS: u32 = 7;

    fn of(ids: &[Id]) -> Self {
        let mut filter = Self { blocks: vec![[0; 8]; ids.len() / Self::IDS_A_BLOCK + 1] };
        for &id in ids {
            let block = filter.block(id);
            for (word, bit) in Self::places(id) {
                filter.blocks[block][word] |= bit;
            }
        }
        filter
    }

    fn may_have(&self, id: Id) -> bool {
        let block = &self.blocks[self.block(id)];
        Self::places(id).all(|(word, bit)| block[word] & bit != 0)
    }

    fn block(&self, id: Id) -> usize {
        (((id >> 64) * self.blocks.len() as u128) >> 64) as usize
    }

    fn places(id: Id) -> impl Iterator<Item = (usize, u64)> {
        let low = id as u64;
        (0..Self::BITS).map(move |place| {
            let bit = (low >> (9 * place)) & 511;
            ((bit >> 6) as usize, 1 << (bit & 63))
        })
    }

    fn write(&self) -> String {
        let bytes: Vec<u8> = self.blocks.iter().flatten().flat_map(|word| word.to_le_bytes()).collect();
        BASE64_STANDARD_NO_PAD.encode(bytes)
    }

    fn read(text: &str) -> Result<Self, sqlx::Error> {
        let bytes = BASE64_STANDARD_NO_PAD.decode(text).map_err(|error| sqlx::Error::Decode(error.into()))?;
        let blocks = bytes.as_chunks::<64>().0.iter().map(|block| {
            let words = block.as_chunks::<8>().0;
            std::array::from_fn(|word| u64::from_le_bytes(words[word]))
        });
        let blocks: Vec<[u64; 8]> = blocks.collect();
        match blocks.is_empty() {
            true => Err(sqlx::Error::Decode("a filter of message ids is cut off".into())),
            false => Ok(Self { blocks }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Database;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    #[test]
    fn a_filter_knows_its_own_and_few_others() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let ids: Vec<Id> = (0..100_000).map(|_| rng.random()).collect();
        let filter = Filter::of(&ids);
        assert!(ids.iter().all(|&id| filter.may_have(id)));
        let others = (0..100_000).filter(|_| filter.may_have(rng.random())).count();
        // 16 bits an id and seven of them: (1 - exp(-7/16))^7 is 0.0007; blocks that happen to be full add to it.
        assert!((20..200).contains(&others), "{others} of 100,000");
        assert_eq!(Filter::read(&filter.write()).unwrap(), filter);
    }

    #[test]
    fn ids_are_read_as_they_were_written() {
        for id in [0, 1, Id::MAX, 1 << 64, (1 << 64) - 1, 1 << 127] {
            assert_eq!(of_halves(halves(id)), id);
        }
        assert_eq!(read(&write(&[7, Id::MAX])).unwrap(), [7, Id::MAX]);
        assert!(read("AAAA").is_err());
        assert_eq!((part_of(Id::MAX, 0), part_of(Id::MAX, 3), part_of(1 << 127, 3)), (0, 7, 4));
    }

    /// Two processes on one file, one of which often fails, against a set of all ids.
    #[tokio::test]
    async fn what_was_seen_is_known_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("cvm.sqlite").display());
        let database = Database::open(&url, 2).await.unwrap();
        let mut rng = Pcg64Mcg::seed_from_u64(2);
        let (mut known, mut all) = (HashSet::new(), Vec::new());
        let mut processes = [Seen::default(), Seen::default()];
        for number in 0..200 {
            if number % 60 == 59 {
                processes[0] = Seen::default(); // started anew
            }
            let seen = &mut processes[rng.random_range(0..2)];
            let offered: Vec<Id> = (0..rng.random_range(1..40)).map(|_| rng.random()).collect();
            let again = (0..10).filter_map(|_| all.get(rng.random_range(0..all.len().max(1))).copied());
            let offered: HashSet<Id> = offered.into_iter().chain(again).collect();
            let mut change = database.begin_inbox().await.unwrap();
            let last = seen.catch_up(&mut change).await.unwrap();
            let mut new = Vec::new();
            for id in offered {
                let has = seen.has(&mut change, id).await.unwrap();
                assert_eq!(has, known.contains(&id), "change {number}");
                new.extend((!has).then_some(id));
            }
            let batch = NewBatch { number: last + 1, received_at: number, messages: 0, body: "" };
            let noted = seen.store(&mut change, &batch, new.clone()).await.unwrap();
            if rng.random_range(0..4) == 0 {
                change.rollback().await.unwrap();
                continue;
            }
            change.commit().await.unwrap();
            noted.made(seen);
            known.extend(&new);
            all.extend(new);
        }
        let mut change = database.begin_inbox().await.unwrap();
        let mut seen = Seen::default();
        seen.catch_up(&mut change).await.unwrap();
        assert!(seen.runs.len() > 5 && seen.fresh.len() < FRESH_MAX, "{} runs", seen.runs.len());
        // What is old goes, run by run.
        let middle = seen.runs[seen.runs.len() / 2].received_until;
        seen.forget(&mut change, middle).await.unwrap();
        let mut kept = HashSet::new();
        each(&mut change, |ids, received_until| {
            assert!(received_until >= middle);
            kept.extend(ids);
            Ok(())
        })
        .await
        .unwrap()
        .unwrap();
        assert!(kept.is_subset(&known) && (known.len() / 4..known.len() * 3 / 4).contains(&kept.len()));
        for &id in &all {
            assert_eq!(seen.has(&mut change, id).await.unwrap(), kept.contains(&id));
        }
    }
}
