//! The lake forgets who was erased: right after the erasure, and its files are gone a little later.
//!
//! What could be missed, and what guards it:
//!
//! - A message that was received and is on its way. The erasure takes it to people first, so that all their ids are known; it
//!   notes the last batch, while nobody can add one; and nothing is forgotten before the lake has that batch. In later batches
//!   the mover and the projector find the tombstones. The number stands in the erasure, so more traffic puts nothing off.
//! - A mover, here or on another server, that read who is erased just before the erasure: its batch is one of those. A mover
//!   that slept meanwhile finds that the lake has its batch and adds nothing; the file that it may have written is named by no
//!   version, and goes a day later (`Table::vacuum`).
//! - Other movers that change the table at the same time would win again and again, so they rest: this holds their lease.
//! - A scoring run that read its owners before the erasure, and writes them after it. Its end asks for another forgetting where
//!   anybody was erased since the run before began, so runs that failed or were killed between the two are reached too. The end
//!   of a run and erasures take turns, so there is none that both miss.
//! - A try that fails is made again; where it failed too often, the hourly tidying asks anew.

use super::erasure::Tombstones;
use super::store::{lock, places};
use crate::platform::clock::{HOUR, MINUTE, SECOND};
use crate::platform::database::Transaction;
use crate::platform::jobs::{self, Asked, Schedule};
use crate::platform::lease::Lease;
use crate::platform::server::App;
use crate::tracking;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row};
use std::time::Duration;

/// Takes the rows of erased persons out of the lake.
pub const FORGET: jobs::Kind = jobs::Kind {
    name: "forget",
    run: |app, _| Box::pin(async move { forget(&app).await }),
    regular: |_| Vec::new(),
    attempts: 20,
};

/// Makes few files of many, and deletes those that no table needs any more.
pub const TIDY_LAKE: jobs::Kind = jobs::Kind {
    name: "tidy-lake",
    run: |app, _| Box::pin(async move { tidy_lake(&app).await }),
    regular: |_| vec![(String::new(), Schedule::Every(HOUR))],
    attempts: 5,
};

/// How long the mover may take for a round.
const PATIENCE: Duration = Duration::from_secs(300);

/// A database file up to this size is wiped at once: nobody notices. A larger one waits for the night.
const WIPED_AT_ONCE: i64 = 128 << 20;

/// Asks for it, within the change that erases somebody.
pub(super) async fn ask(transaction: &mut Transaction, app: &App, due_at: i64) -> Result<(), sqlx::Error> {
    let asked = Asked { kind: FORGET.name, subject: "", input: &Value::Null, by: "erasure", due_at };
    jobs::ask(transaction, app, asked).await.map(drop)
}

/// Asks for it where anybody was erased since; whether somebody was. No erasure comes between this and the end of the change.
///
/// # Errors
/// What the database gives.
pub async fn ask_to_forget(transaction: &mut Transaction, app: &App, since: i64) -> Result<bool, sqlx::Error> {
    lock(transaction).await?;
    // Servers' clocks may differ a little.
    let erased = sqlx::query("SELECT 1 FROM erasures WHERE erased_at >= $1 LIMIT 1").bind(since.saturating_sub(HOUR));
    let erased = erased.fetch_optional(&mut **transaction).await?.is_some();
    if erased {
        ask(transaction, app, app.clock.now()).await?;
    }
    Ok(erased)
}

async fn forget(app: &App) -> anyhow::Result<Value> {
    // Who is erased from here on asks for a try of their own.
    let open = sqlx::query("SELECT id, last_batch FROM erasures WHERE forgotten_at IS NULL OR wiped_at IS NULL");
    let open = open.fetch_all(app.database.pool()).await?;
    let mut last = 0;
    for row in &open {
        last = last.max(row.try_get::<i64, _>(1)?);
    }
    anyhow::ensure!(app.lake.position().await? >= last, "the lake has not yet all that was received; will try again");
    let tombstones = Tombstones::load(&app.database).await?;
    let lease = Lease::new(app.database.clone(), app.clock.clone(), tracking::MOVER);
    let rows = lease.during(PATIENCE, app.lake.forget(&tombstones)).await??;
    let due_at = app.clock.now() + keep(app) + SECOND;
    let mut transaction = app.database.begin().await?;
    let asked = Asked { kind: TIDY_LAKE.name, subject: "", input: &Value::Null, by: "erasure", due_at };
    jobs::ask(&mut transaction, app, asked).await?;
    // Rows that a run wrote while the person was erased.
    let sql =
        "DELETE FROM customer_values WHERE NOT EXISTS (SELECT 1 FROM customers WHERE id = customer_values.customer)";
    sqlx::query(sql).execute(&mut *transaction).await?;
    let ids: Vec<String> = open.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    note(&mut transaction, "forgotten_at", &ids, app.clock.now()).await?;
    transaction.commit().await?;
    if app.database.wipe(WIPED_AT_ONCE).await? {
        let mut transaction = app.database.begin().await?;
        note(&mut transaction, "wiped_at", &ids, app.clock.now()).await?;
        transaction.commit().await?;
    }
    Ok(json!({"rows": rows}))
}

/// Wipes the database of who was forgotten, however large it is; whether there was anybody.
///
/// # Errors
/// What the database gives.
pub async fn wipe(app: &App) -> Result<bool, sqlx::Error> {
    let sql = "SELECT id FROM erasures WHERE wiped_at IS NULL AND forgotten_at IS NOT NULL";
    let open = sqlx::query(sql).fetch_all(app.database.pool()).await?;
    let ids: Vec<String> = open.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    if ids.is_empty() {
        return Ok(false);
    }
    app.database.wipe(i64::MAX).await?;
    let mut transaction = app.database.begin().await?;
    note(&mut transaction, "wiped_at", &ids, app.clock.now()).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Notes what of erasures is done.
async fn note(transaction: &mut Transaction, what: &str, ids: &[String], now: i64) -> Result<(), sqlx::Error> {
    for ids in ids.chunks(100) {
        let sql = format!("UPDATE erasures SET {what} = {now} WHERE {what} IS NULL AND id IN {}", places(1, ids.len()));
        let query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        ids.iter().fold(query, |query, id| query.bind(id.as_str())).execute(&mut **transaction).await?;
    }
    Ok(())
}

async fn tidy_lake(app: &App) -> anyhow::Result<Value> {
    app.lake.tidy(Duration::from_micros(keep(app).unsigned_abs())).await?;
    let open = sqlx::query("SELECT 1 FROM erasures WHERE forgotten_at IS NULL AND erased_at < $1 LIMIT 1");
    let open = open.bind(app.clock.now() - HOUR).fetch_optional(app.database.pool()).await?;
    if open.is_some() {
        let mut transaction = app.database.begin().await?;
        ask(&mut transaction, app, app.clock.now()).await?;
        transaction.commit().await?;
    }
    Ok(Value::Null)
}

fn keep(app: &App) -> i64 {
    app.config.lake_keep_minutes * MINUTE
}
