//! Persons of whom nothing was heard for as long as they are kept are erased, a few at a time.

use super::actions::{self, SCHEDULE};
use crate::platform::clock::{DAY, HOUR};
use crate::platform::server::App;
use sqlx::Row;
use tokio_util::sync::CancellationToken;

/// Persons erased at once; the rest has its turn a little later.
const ERASED_MAX: usize = 500;

/// Persons looked at with one question, and in all at once.
const PAGE: i64 = 1_000;
const LOOKED_AT_MAX: i64 = 200_000;

/// How long the hashes of those who were erased so stay. A restored backup needs none: whoever is in it is still not heard of.
const TOMBSTONES_KEPT: i64 = 7 * DAY;

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unseen {
    /// Persons erased.
    pub erased: usize,
    /// After whom to go on; `None` where all were looked at.
    pub next: Option<String>,
}

/// Erases persons, after this one in the order of ids, of whom nothing was heard since `before`. Each is a change of its own,
/// so nobody waits for more than one of them, and whatever is killed, those who are gone are gone.
///
/// # Errors
/// What the database gives.
pub async fn erase(app: &App, before: i64, after: &str, stop: &CancellationToken) -> anyhow::Result<Unseen> {
    let sql = "SELECT survivor, max(last_seen_at) FROM customers WHERE survivor > $1 GROUP BY survivor \
               ORDER BY survivor LIMIT $2";
    // The lake's files are gone through once for many.
    let forget_at = app.clock.now() + HOUR;
    let (mut after, mut looked_at, mut erased) = (after.to_owned(), 0, 0);
    while looked_at < LOOKED_AT_MAX {
        let rows = sqlx::query(sql).bind(after.as_str()).bind(PAGE).fetch_all(app.database.pool()).await?;
        if rows.is_empty() {
            return Ok(Unseen { erased, next: None });
        }
        looked_at += PAGE;
        for row in &rows {
            let id: String = row.try_get(0)?;
            if row.try_get::<i64, _>(1)? < before {
                anyhow::ensure!(!stop.is_cancelled(), "the server stops");
                let gone = actions::erase_unseen(app, &id, before, forget_at).await;
                erased += usize::from(gone.map_err(|problem| anyhow::anyhow!("{problem}"))?);
            }
            after = id;
            if erased >= ERASED_MAX {
                return Ok(Unseen { erased, next: Some(after) });
            }
        }
    }
    Ok(Unseen { erased, next: Some(after) })
}

/// Drops the hashes of those who were erased so, once the lake has forgotten them: over the years they would be more than all
/// customers.
///
/// # Errors
/// What the database gives.
pub async fn drop_tombstones(app: &App) -> Result<u64, sqlx::Error> {
    let sql = "SELECT id FROM erasures WHERE erased_by = $1 AND erased_at < $2 AND forgotten_at IS NOT NULL \
               AND wiped_at IS NOT NULL ORDER BY id LIMIT 100";
    let mut dropped = 0;
    loop {
        let mut transaction = app.database.begin().await?;
        let rows = sqlx::query(sql).bind(SCHEDULE).bind(app.clock.now() - TOMBSTONES_KEPT);
        let rows = rows.fetch_all(&mut *transaction).await?;
        if rows.is_empty() {
            return Ok(dropped);
        }
        for row in &rows {
            for sql in ["DELETE FROM erasure_identifiers WHERE erasure = $1", "DELETE FROM erasures WHERE id = $1"] {
                sqlx::query(sql).bind(row.try_get::<&str, _>(0)?).execute(&mut *transaction).await?;
            }
            dropped += 1;
        }
        transaction.commit().await?;
    }
}
