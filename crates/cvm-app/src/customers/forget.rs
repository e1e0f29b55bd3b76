//! The lake forgets who was erased: right after the erasure, and its files are gone a little later.

use super::erasure::Tombstones;
use crate::platform::clock::{HOUR, MINUTE};
use crate::platform::database::Transaction;
use crate::platform::jobs::{self, Asked, Schedule};
use crate::platform::server::App;
use serde_json::{Value, json};
use sqlx::Row;
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

/// Asks for it, within the change that erases somebody.
pub(super) async fn ask(transaction: &mut Transaction, app: &App) -> Result<(), sqlx::Error> {
    let asked = Asked { kind: FORGET.name, subject: "", input: &Value::Null, by: "erasure", due_at: app.clock.now() };
    jobs::ask(transaction, app, asked).await.map(drop)
}

/// Asks for it where anybody was erased since; whether somebody was.
///
/// # Errors
/// What the database gives.
pub async fn ask_to_forget(transaction: &mut Transaction, app: &App, since: i64) -> Result<bool, sqlx::Error> {
    let erased = sqlx::query("SELECT 1 FROM erasures WHERE erased_at >= $1 LIMIT 1").bind(since);
    let erased = erased.fetch_optional(&mut **transaction).await?.is_some();
    if erased {
        ask(transaction, app).await?;
    }
    Ok(erased)
}

async fn forget(app: &App) -> anyhow::Result<Value> {
    // What is on its way to the lake must be there, or it would come after us: the projector and the mover drop nothing.
    let last: i64 =
        sqlx::query("SELECT last_batch FROM inbox_position").fetch_one(app.database.pool()).await?.try_get(0)?;
    anyhow::ensure!(app.lake.position().await? >= last, "the lake has not yet all that was received; will try again");
    let tombstones = Tombstones::load(&app.database).await?;
    let rows = app.lake.forget(&tombstones).await?;
    let due_at = app.clock.now() + keep(app) + MINUTE;
    let mut transaction = app.database.begin().await?;
    let asked = Asked { kind: TIDY_LAKE.name, subject: "", input: &Value::Null, by: "erasure", due_at };
    jobs::ask(&mut transaction, app, asked).await?;
    // Rows that a run wrote while the person was erased.
    let sql =
        "DELETE FROM customer_values WHERE NOT EXISTS (SELECT 1 FROM customers WHERE id = customer_values.customer)";
    sqlx::query(sql).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(json!({"rows": rows}))
}

async fn tidy_lake(app: &App) -> anyhow::Result<Value> {
    app.lake.tidy(Duration::from_micros(keep(app).unsigned_abs())).await?;
    Ok(Value::Null)
}

fn keep(app: &App) -> i64 {
    app.config.lake_keep_minutes * MINUTE
}
