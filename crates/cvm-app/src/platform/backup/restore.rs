//! From a backup to a folder that serves.

use super::{ABOUT, About, BackupError, DATABASE, FORMAT, LAKE, MESSAGE_IDS, OF_INBOX, SETTINGS, TABLES, at, unusable};
use crate::customers::erasure::{self, Tombstones};
use crate::platform::database::{self, Kind, Transaction};
use crate::platform::{Config, Database};
use crate::tracking::seen;
use serde_json::Value;
use sqlx::AssertSqlSafe;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Component, Path};

/// Bytes of a row at most: a batch of the inbox is the largest.
const ROW_MAX: u64 = 256 << 20;

/// Parameters of one statement.
const PARAMETERS: usize = 400;

/// Erasures made after the backup, which are applied to what is restored: read from an installation that is still there.
#[derive(Debug, Clone, Default)]
pub struct Erasures {
    tables: Vec<Rows>,
}

/// Rows of a table, column by column.
#[derive(Debug, Clone)]
struct Rows {
    table: &'static str,
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Erasures {
    /// Those of an installation.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn of(database: &Database) -> Result<Self, BackupError> {
        let mut tables = Vec::new();
        for (table, columns) in [
            ("identifier_salt", "id, salt"),
            ("suppressions", "hash, scope, reason, suppressed_at"),
            ("erasures", "id, erased_at, erased_by, reason"),
            ("erasure_identifiers", "hash, erasure, from_time, until_time, received_until"),
        ] {
            let sql = format!("SELECT {columns} FROM {table}");
            let found = sqlx::query(AssertSqlSafe(sql)).fetch_all(database.pool()).await?;
            let rows = found.iter().map(super::create::cells).collect::<Result<Vec<_>, _>>()?;
            tables.push(Rows { table, columns: columns.split(", ").map(str::to_owned).collect(), rows });
        }
        Ok(Self { tables })
    }
}

/// Puts a backup into `folder`, which must not be there, whole or not at all; `variables` go before its settings, so that
/// it can be restored to another database. Says what it was, and which configuration holds now.
///
/// The lake is in place, and all that is left is to apply the tombstones to it.
///
/// # Errors
/// [`BackupError`].
pub async fn restore(
    backup: &Path,
    folder: &Path,
    variables: &[(String, String)],
    erasures: &Erasures,
) -> Result<(About, Config, Tombstones), BackupError> {
    if folder.exists() {
        return Err(unusable(format!("{} is there already; name a folder that is not", folder.display())));
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(at(parent))?;
    let aside = tempfile::Builder::new().prefix(".restore-").tempdir_in(parent).map_err(at(parent))?;
    let about = unpack(backup, aside.path())?;
    if about.format > FORMAT || about.migration > database::newest() {
        let message = format!("the backup was made by version {}; restore it with that or a later one", about.version);
        return Err(unusable(message));
    }
    let settings = |folder: &Path| {
        let config = Config::load(&folder.join(SETTINGS), variables.iter().cloned());
        config.map_err(|error| unusable(error.to_string()))
    };
    let config = settings(aside.path())?;
    if config.data != aside.path() {
        let data = config.data.display();
        return Err(unusable(format!(
            "the backup's settings keep the data in {data}; give CVM_DATA=. to have all in one folder"
        )));
    }
    let tables = aside.path().join(DATABASE);
    let database = Database::open_at(&config.database_url(), 2, about.migration).await?;
    let filled = fill(&database, &tables, erasures).await;
    let tombstones = match filled {
        Ok(()) => Tombstones::load(&database).await,
        Err(error) => return Err(error),
    };
    if tombstones.as_ref().is_ok_and(|tombstones| !tombstones.is_empty()) {
        database.wipe(i64::MAX).await?; // they were in the file for a moment
    }
    database.close().await;
    // What is newer than the backup comes now.
    Database::open(&config.database_url(), 2).await?.close().await;
    std::fs::remove_dir_all(&tables).map_err(at(&tables))?;
    std::fs::rename(aside.path(), folder).map_err(at(folder))?;
    let _ = aside.keep(); // it has moved, so there is nothing left to remove
    Ok((about, settings(folder)?, tombstones?))
}

/// Writes all files of a backup into a folder.
fn unpack(backup: &Path, folder: &Path) -> Result<About, BackupError> {
    let file = File::open(backup).map_err(at(backup))?;
    let broken = |error: std::io::Error| unusable(format!("{} is no backup, or not whole: {error}", backup.display()));
    let mut archive = tar::Archive::new(zstd::Decoder::new(file).map_err(broken)?);
    let mut about: Option<About> = None;
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let name = entry.path().map_err(broken)?.into_owned();
        if !is_ours(&name) {
            return Err(unusable(format!("{} holds {}, which no backup does", backup.display(), name.display())));
        }
        let target = folder.join(&name);
        let parent = target.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(at(parent))?;
        entry.unpack(&target).map_err(broken)?;
        if name == Path::new(ABOUT) {
            let text = std::fs::read(&target).map_err(at(&target))?;
            about = serde_json::from_slice(&text).ok();
            std::fs::remove_file(&target).map_err(at(&target))?;
        }
    }
    about.ok_or_else(|| unusable(format!("{} is no backup: it does not say what it is", backup.display())))
}

/// Nothing of a backup may end up outside of the folder.
fn is_ours(name: &Path) -> bool {
    let mut parts = name.components();
    let first = parts.next().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let known = first.is_some_and(|first| [ABOUT, SETTINGS, DATABASE, LAKE].contains(&first.as_str()));
    known && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// Puts the rows of all tables in place, in one change, or of SQLite's two files one each, and takes out who was erased since.
async fn fill(database: &Database, tables: &Path, erasures: &Erasures) -> Result<(), BackupError> {
    let mut transaction = database.begin().await?;
    let mut inbox = match database.kind() {
        Kind::Sqlite => Some(database.begin_inbox().await?),
        Kind::Postgres => None,
    };
    for table in ["users", "customers", "sources", "inbox"] {
        let sql = format!("SELECT 1 FROM {table} LIMIT 1");
        let there = sqlx::query(AssertSqlSafe(sql)).fetch_optional(&mut **of(table, &mut transaction, &mut inbox));
        if there.await?.is_some() {
            let message = "the database has data already; restore to an empty one, named by CVM_DATABASE_URL";
            return Err(unusable(message));
        }
    }
    // A table that is newer than the backup is not there yet.
    let in_runs = |table: &str| table == MESSAGE_IDS && database.kind() == Kind::Sqlite;
    let kept: Vec<&str> = TABLES.iter().copied().filter(|table| tables.join(table).exists()).collect();
    for &table in kept.iter().rev().filter(|table| !in_runs(table)) {
        let delete = sqlx::query(AssertSqlSafe(format!("DELETE FROM {table}")));
        delete.execute(&mut **of(table, &mut transaction, &mut inbox)).await?;
    }
    for &table in &kept {
        let change = of(table, &mut transaction, &mut inbox);
        match in_runs(table) {
            true => load_ids(change, &tables.join(table)).await?,
            false => load(change, table, &tables.join(table)).await?,
        }
    }
    for Rows { table, columns, rows } in &erasures.tables {
        insert(&mut transaction, table, columns, rows, "ON CONFLICT DO NOTHING").await?;
    }
    erasure::erase_again(&mut transaction, inbox.as_mut(), |table| kept.contains(&table)).await?;
    if kept.contains(&"outbox") {
        // What waited then may have been sent since: nobody is told twice without being asked.
        for sql in [
            "UPDATE outbox SET state = 'unknown', reason = 'restored' WHERE state IN ('waiting', 'sending')",
            "UPDATE campaigns SET state = 'paused' WHERE state IN ('running', 'scheduled')",
        ] {
            sqlx::query(sql).execute(&mut *transaction).await?;
        }
    }
    if let Some(inbox) = inbox {
        inbox.commit().await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// The change in which a table is.
fn of<'t>(table: &str, data: &'t mut Transaction, inbox: &'t mut Option<Transaction>) -> &'t mut Transaction {
    inbox.as_mut().filter(|_| OF_INBOX.contains(&table)).unwrap_or(data)
}

/// The lines of a table: its columns, then its rows.
struct Lines<'t> {
    table: &'t str,
    path: &'t Path,
    file: BufReader<File>,
    line: Vec<u8>,
}

impl<'t> Lines<'t> {
    fn open(table: &'t str, path: &'t Path) -> Result<Self, BackupError> {
        let file = BufReader::new(File::open(path).map_err(at(path))?);
        Ok(Self { table, path, file, line: Vec::new() })
    }

    fn next(&mut self) -> Result<Option<Vec<Value>>, BackupError> {
        self.line.clear();
        let mut file = std::io::Read::take(&mut self.file, ROW_MAX);
        if file.read_until(b'\n', &mut self.line).map_err(at(self.path))? == 0 {
            return Ok(None);
        }
        let cells = serde_json::from_slice(&self.line);
        cells.map(Some).map_err(|error| unusable(format!("a row of {} cannot be read: {error}", self.table)))
    }
}

async fn load(transaction: &mut Transaction, table: &str, path: &Path) -> Result<(), BackupError> {
    let mut lines = Lines::open(table, path)?;
    let Some(names) = lines.next()? else { return Ok(()) };
    let names: Vec<String> = names.into_iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
    let is_name = |name: &String| name.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'_');
    if !names.iter().all(is_name) {
        return Err(unusable(format!("the columns of {table} are none of ours")));
    }
    let (mut rows, most) = (Vec::new(), (PARAMETERS / names.len().max(1)).max(1));
    loop {
        let row = lines.next()?;
        let ended = row.is_none();
        rows.extend(row);
        if rows.len() == most || ended {
            insert(transaction, table, &names, &rows, "").await?;
            rows.clear();
        }
        if ended {
            return Ok(());
        }
    }
}

/// Message ids, which SQLite keeps in another way than they are in a backup.
async fn load_ids(transaction: &mut Transaction, path: &Path) -> Result<(), BackupError> {
    let mut lines = Lines::open(MESSAGE_IDS, path)?;
    let names = lines.next()?.unwrap_or_default();
    let mut ids = seen::Runs::begin(transaction).await?;
    while let Some(row) = lines.next()? {
        let cell = |name: &str| {
            let place = names.iter().position(|column| column == name);
            let value = place.and_then(|place| row.get(place)).and_then(Value::as_i64);
            value.ok_or_else(|| unusable(format!("a row of {MESSAGE_IDS} has no {name}")))
        };
        ids.add(transaction, (cell("high")?, cell("low")?), cell("received_at")?).await?;
    }
    Ok(ids.end(transaction).await?)
}

/// Inserts rows. A null is written into the statement: a parameter that is null has no kind that both databases know.
async fn insert(
    transaction: &mut Transaction,
    table: &str,
    names: &[String],
    rows: &[Vec<Value>],
    tail: &str,
) -> Result<(), BackupError> {
    for rows in rows.chunks((PARAMETERS / names.len().max(1)).max(1)) {
        let mut sql = format!("INSERT INTO {table} ({}) VALUES ", names.join(", "));
        let mut place = 0;
        for (index, row) in rows.iter().enumerate() {
            if row.len() != names.len() {
                return Err(unusable(format!("a row of {table} has {} values for {} columns", row.len(), names.len())));
            }
            let cells = row.iter().map(|cell| match cell {
                Value::Null => "NULL".to_owned(),
                _ => {
                    place += 1;
                    format!("${place}")
                }
            });
            let cells: Vec<String> = cells.collect();
            sql.push_str(if index == 0 { "(" } else { ", (" });
            sql.push_str(&cells.join(", "));
            sql.push(')');
        }
        sql.push(' ');
        sql.push_str(tail);
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        for cell in rows.iter().flatten() {
            query = match cell {
                Value::Null => query,
                Value::String(text) => query.bind(text.clone()),
                Value::Number(number) => query.bind(number.as_i64().unwrap_or_default()),
                other => {
                    return Err(unusable(format!("a row of {table} holds {other}, expected text or a whole number")));
                }
            };
        }
        if !rows.is_empty() {
            query.execute(&mut **transaction).await?;
        }
    }
    Ok(())
}
