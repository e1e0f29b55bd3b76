//! Installations on SQLite had what came in among everything else: it moves to its own file, once.

use super::{Database, Transaction};
use crate::tracking::seen;
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, Executor, Row};

/// Tables that are the same in both files.
const SAME: [&str; 4] = ["inbox", "bookmarks", "synced_files", "rejections"];

/// Moves what is still in the other file. Killed between the two changes, it is done again, and what is there stays as it is.
pub(super) async fn take(database: &Database) -> Result<(), sqlx::Error> {
    if !has_table(&mut *database.pool().acquire().await?, "bookmarks").await?
        && !has_table(&mut *database.pool().acquire().await?, "inbox").await?
    {
        return Ok(());
    }
    // Nobody else may do the same meanwhile.
    let mut before = database.begin().await?;
    let mut tables = Vec::new();
    for table in SAME.into_iter().chain(["inbox_position", "message_ids"]) {
        if has_table(&mut before, table).await? {
            tables.push(table);
        }
    }
    copy(database, &mut before, &tables).await?;
    for table in tables {
        before.execute(AssertSqlSafe(format!("DROP TABLE {table}"))).await?;
    }
    before.commit().await
}

pub(super) async fn copy(database: &Database, before: &mut Transaction, tables: &[&str]) -> Result<(), sqlx::Error> {
    let sql = "SELECT file FROM pragma_database_list WHERE name = 'main'";
    let path: String = sqlx::query(sql).fetch_one(&mut **before).await?.try_get(0)?;
    let mut connection = database.inbox.writer.acquire().await?;
    sqlx::query("ATTACH DATABASE $1 AS before").bind(path).execute(&mut *connection).await?;
    // An immediate one would ask for the other file too, which `before` holds.
    let mut now = connection.begin_with("BEGIN").await?;
    for table in tables.iter().filter(|table| SAME.contains(table)) {
        let sql = format!("INSERT INTO main.{table} SELECT * FROM before.{table} WHERE true ON CONFLICT DO NOTHING");
        now.execute(AssertSqlSafe(sql)).await?;
    }
    if tables.contains(&"inbox_position") {
        let sql = "UPDATE inbox_position SET last_batch = \
                   max(last_batch, (SELECT last_batch FROM before.inbox_position))";
        now.execute(sql).await?;
    }
    if tables.contains(&"message_ids") {
        let mut ids = seen::Runs::begin(&mut now).await?;
        let mut rows = sqlx::query("SELECT high, low, received_at FROM message_ids").fetch(&mut **before);
        while let Some(row) = rows.try_next().await? {
            ids.add(&mut now, (row.try_get(0)?, row.try_get(1)?), row.try_get(2)?).await?;
        }
        ids.end(&mut now).await?;
    }
    now.commit().await?;
    connection.execute("DETACH DATABASE before").await.map(drop)
}

async fn has_table(connection: &mut sqlx::AnyConnection, table: &str) -> Result<bool, sqlx::Error> {
    let sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1";
    Ok(sqlx::query(sql).bind(table).fetch_optional(connection).await?.is_some())
}
