//! How far an import or a sync has read, moved in the commit that stores what was read.

use crate::customers::{Refusal, keep_refusals};
use crate::platform::Database;
use crate::platform::database::{Transaction, json};
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashMap;

/// Letters of an error that are kept.
const ERROR_MAX: usize = 2_000;

/// A bookmark as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Bookmark {
    /// `import:` or `sync:` and which.
    pub name: String,
    /// How often it was moved.
    pub moves: i64,
    /// Where to go on; null at the very beginning.
    pub place: Value,
    /// Rows in all so far.
    pub rows: Rows,
    /// When it was begun.
    pub began_at: i64,
    /// When it was last moved.
    pub moved_at: i64,
    /// When the last run ended.
    pub ran_at: Option<i64>,
    /// Why the last run failed; empty where it did not.
    pub error: String,
}

/// What became of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = IntakeRows)]
pub struct Rows {
    /// Stored.
    pub accepted: i64,
    /// Known already by their ids.
    pub repeated: i64,
    /// Kept aside with their reasons.
    pub rejected: i64,
}

/// A step forward: goes with messages into one commit.
#[derive(Debug, Clone)]
pub struct Move {
    name: String,
    /// How often it was moved before: who finds another number has been overtaken.
    moves: i64,
    place: Value,
    refused: Vec<Refusal>,
    finished: Option<(String, String)>,
    rows: Vec<i64>,
}

const COLUMNS: &str = "name, moves, place, accepted, repeated, rejected, began_at, moved_at, ran_at, error";

fn bookmark(row: &AnyRow) -> Result<Bookmark, sqlx::Error> {
    Ok(Bookmark {
        name: row.try_get(0)?,
        moves: row.try_get(1)?,
        place: json(row, 2)?,
        rows: Rows { accepted: row.try_get(3)?, repeated: row.try_get(4)?, rejected: row.try_get(5)? },
        began_at: row.try_get(6)?,
        moved_at: row.try_get(7)?,
        ran_at: row.try_get(8)?,
        error: row.try_get(9)?,
    })
}

impl Bookmark {
    /// One that was never moved.
    pub fn new(name: &str, now: i64) -> Self {
        Self {
            name: name.to_owned(),
            moves: 0,
            place: Value::Null,
            rows: Rows::default(),
            began_at: now,
            moved_at: now,
            ran_at: None,
            error: String::new(),
        }
    }

    /// The bookmark of this name.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn find(database: &Database, name: &str) -> Result<Option<Self>, sqlx::Error> {
        let sql = format!("SELECT {COLUMNS} FROM bookmarks WHERE name = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(name).fetch_optional(database.inbox()).await?;
        row.as_ref().map(bookmark).transpose()
    }

    /// All whose names begin so, by name.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn all(database: &Database, prefix: &str) -> Result<Vec<Self>, sqlx::Error> {
        let sql = format!("SELECT {COLUMNS} FROM bookmarks WHERE substr(name, 1, length($1)) = $1 ORDER BY name");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(prefix).fetch_all(database.inbox()).await?;
        rows.iter().map(bookmark).collect()
    }

    /// The step from here to a place, with what cannot be messages. It is taken when it is stored, and only from here.
    pub(crate) fn to(&mut self, place: Value, refused: Vec<Refusal>) -> Move {
        let step = Move {
            name: self.name.clone(),
            moves: self.moves,
            place: place.clone(),
            refused,
            finished: None,
            rows: Vec::new(),
        };
        self.moves += 1;
        self.place = place;
        step
    }
}

/// Notes how a run ended.
///
/// # Errors
/// What the database gives.
pub async fn note_run(database: &Database, name: &str, now: i64, error: &str) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO bookmarks (name, moves, place, accepted, repeated, rejected, began_at, moved_at, ran_at, error) \
               VALUES ($1, 0, 'null', 0, 0, 0, $2, $2, $2, $3) \
               ON CONFLICT (name) DO UPDATE SET ran_at = excluded.ran_at, error = excluded.error";
    let error: String = error.chars().filter(|&letter| letter != '\0').take(ERROR_MAX).collect();
    sqlx::query(sql).bind(name).bind(now).bind(error).execute(database.inbox()).await.map(drop)
}

/// Forgets a bookmark, and the files read under it.
pub(super) async fn forget(database: &Database, name: &str) -> Result<(), sqlx::Error> {
    let mut transaction = database.begin_inbox().await?;
    for sql in ["DELETE FROM bookmarks WHERE name = $1", "DELETE FROM synced_files WHERE bookmark = $1"] {
        sqlx::query(sql).bind(name).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

/// The files that were read to their end, each with its version.
pub(super) async fn read_files(database: &Database, name: &str) -> Result<HashMap<String, String>, sqlx::Error> {
    let sql = "SELECT file, version FROM synced_files WHERE bookmark = $1";
    let rows = sqlx::query(sql).bind(name).fetch_all(database.inbox()).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

impl Move {
    /// With it, a file is read to its end; its version is what changes with its content.
    #[must_use]
    pub fn finishing(mut self, file: &str, version: &str) -> Self {
        self.finished = Some((file.to_owned(), version.to_owned()));
        self
    }

    /// How many rows each of its messages is made of, where that is not one.
    #[must_use]
    pub fn made_of(mut self, rows: Vec<i64>) -> Self {
        self.rows = rows;
        self
    }

    /// How many rows a message is made of.
    pub(crate) fn rows(&self, message: usize) -> i64 {
        self.rows.get(message).copied().unwrap_or(1)
    }

    /// Moves the bookmark, if it is where this step begins.
    pub(crate) async fn take(&self, transaction: &mut Transaction, now: i64) -> Result<bool, sqlx::Error> {
        let sql = match self.moves {
            0 => {
                "INSERT INTO bookmarks (place, moved_at, name, moves, accepted, repeated, rejected, began_at, error) \
                 VALUES ($1, $2, $3, $4 + 1, 0, 0, 0, $2, '') ON CONFLICT (name) DO UPDATE SET \
                 place = excluded.place, moved_at = excluded.moved_at, moves = excluded.moves WHERE bookmarks.moves = $4"
            }
            _ => "UPDATE bookmarks SET place = $1, moved_at = $2, moves = moves + 1 WHERE name = $3 AND moves = $4",
        };
        let query = sqlx::query(sql).bind(self.place.to_string()).bind(now).bind(self.name.as_str()).bind(self.moves);
        Ok(query.execute(&mut **transaction).await?.rows_affected() == 1)
    }

    /// Keeps what goes with the step, when it is known how many of its rows were new.
    pub(crate) async fn keep(
        &self,
        transaction: &mut Transaction,
        accepted: i64,
        repeated: i64,
        now: i64,
    ) -> Result<(), sqlx::Error> {
        keep_refusals(transaction, &self.refused, now).await?;
        let sql = "UPDATE bookmarks SET accepted = accepted + $1, repeated = repeated + $2, rejected = rejected + $3 \
                   WHERE name = $4";
        let query = sqlx::query(sql).bind(accepted).bind(repeated).bind(self.refused.len() as i64);
        query.bind(self.name.as_str()).execute(&mut **transaction).await?;
        if let Some((file, version)) = &self.finished {
            let sql = "INSERT INTO synced_files (bookmark, file, version, read_at) VALUES ($1, $2, $3, $4) \
                       ON CONFLICT (bookmark, file) DO UPDATE SET version = excluded.version, read_at = excluded.read_at";
            let query = sqlx::query(sql).bind(self.name.as_str()).bind(file.as_str()).bind(version.as_str()).bind(now);
            query.execute(&mut **transaction).await?;
        }
        Ok(())
    }
}
