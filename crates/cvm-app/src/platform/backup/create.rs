//! Making a backup.

use super::{ABOUT, About, BackupError, DATABASE, FORMAT, LAKE, MESSAGE_IDS, OF_INBOX, SETTINGS, TABLES, at, unusable};
use crate::customers::erasure::Salt;
use crate::platform::database::{self, Kind, Transaction};
use crate::platform::lease::Lease;
use crate::platform::server::App;
use crate::tracking::{self, seen};
use cvm_core::lake::LakeFile;
use futures_util::TryStreamExt;
use serde_json::Value;
use sqlx::any::{AnyRow, AnyTypeInfoKind};
use sqlx::{Column, Row, ValueRef};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

/// How long to wait for the mover of another process to rest.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes a backup to `target`, whole or not at all. `settings` is the configuration file.
///
/// # Errors
/// [`BackupError`]; nothing stands at `target` then that was not there before.
pub async fn create(app: &App, settings: &Path, target: &Path) -> Result<About, BackupError> {
    // The salt must be that of all later erasures, or these could not be applied to what is restored.
    let mut transaction = app.database.begin().await?;
    Salt::load(&mut transaction, &app.random).await?;
    transaction.commit().await?;
    let lease = Lease::new(app.database.clone(), app.clock.clone(), tracking::MOVER);
    lease.during(PATIENCE, write(app, settings, target)).await?
}

async fn write(app: &App, settings: &Path, target: &Path) -> Result<About, BackupError> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut aside = tempfile::Builder::new().prefix(".backup-").tempfile_in(folder).map_err(at(folder))?;
    let scratch = tempfile::tempdir_in(folder).map_err(at(folder))?;
    let mut rows = 0;
    let mut transaction = snapshot(app).await?;
    for table in TABLES.iter().filter(|table| !OF_INBOX.contains(table)) {
        rows += dump(&mut transaction, table, &scratch.path().join(table)).await?;
    }
    if app.database.kind() == Kind::Sqlite {
        transaction.rollback().await?;
        transaction = app.database.inbox().begin_with("BEGIN").await?;
    }
    for &table in OF_INBOX {
        let path = scratch.path().join(table);
        rows += match table == MESSAGE_IDS && app.database.kind() == Kind::Sqlite {
            true => dump_ids(&mut transaction, &path).await?,
            false => dump(&mut transaction, table, &path).await?,
        };
    }
    let files = app.lake.files().await?;
    transaction.rollback().await?;
    let about = About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        format: FORMAT,
        created_at: app.clock.now(),
        migration: database::newest(),
        rows,
        files: files.len() as u64,
    };
    let text = serde_json::to_vec_pretty(&about).map_err(|error| unusable(error.to_string()))?;
    pack(aside.as_file_mut(), &text, settings, scratch.path(), &files).map_err(at(target))?;
    aside.as_file().sync_all().map_err(at(target))?;
    aside.persist(target).map_err(|error| at(target)(error.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))?;
    Ok(about)
}

/// The database as of one moment.
async fn snapshot(app: &App) -> Result<Transaction, sqlx::Error> {
    let begin = match app.database.kind() {
        Kind::Sqlite => "BEGIN",
        Kind::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    };
    app.database.pool().begin_with(begin).await
}

/// Writes the rows of a table, one JSON list a line after a line of names; says how many.
async fn dump(transaction: &mut Transaction, table: &'static str, path: &Path) -> Result<u64, BackupError> {
    let mut file = BufWriter::new(File::create(path).map_err(at(path))?);
    let sql = format!("SELECT * FROM {table}");
    let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch(&mut **transaction);
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        if count == 0 {
            let names: Vec<&str> = row.columns().iter().map(Column::name).collect();
            line(&mut file, &names).map_err(at(path))?;
        }
        line(&mut file, &cells(&row)?).map_err(at(path))?;
        count += 1;
    }
    file.flush().map_err(at(path))?;
    Ok(count)
}

/// Writes the message ids of SQLite as the rows that PostgreSQL has.
async fn dump_ids(transaction: &mut Transaction, path: &Path) -> Result<u64, BackupError> {
    let mut file = BufWriter::new(File::create(path).map_err(at(path))?);
    let mut count = 0;
    line(&mut file, &["high", "low", "received_at"]).map_err(at(path))?;
    let written = seen::each(transaction, |ids, received_at| {
        count += ids.len() as u64;
        ids.into_iter().try_for_each(|id| {
            let (high, low) = seen::halves(id);
            line(&mut file, &[high, low, received_at])
        })
    });
    written.await?.and_then(|()| file.flush()).map_err(at(path))?;
    Ok(count)
}

fn line(file: &mut impl Write, cells: &impl serde::Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *file, cells)?;
    file.write_all(b"\n")
}

pub(super) fn cells(row: &AnyRow) -> Result<Vec<Value>, sqlx::Error> {
    let cell = |column: usize| {
        let raw = row.try_get_raw(column)?;
        let kind = raw.type_info().kind();
        Ok(match kind {
            AnyTypeInfoKind::Null => Value::Null,
            AnyTypeInfoKind::Text => row.try_get::<Option<String>, _>(column)?.into(),
            AnyTypeInfoKind::SmallInt | AnyTypeInfoKind::Integer | AnyTypeInfoKind::BigInt => {
                row.try_get::<Option<i64>, _>(column)?.into()
            }
            other => return Err(sqlx::Error::Decode(format!("a column of the kind {other:?}").into())),
        })
    };
    (0..row.len()).map(cell).collect()
}

fn pack(target: &mut File, about: &[u8], settings: &Path, tables: &Path, lake: &[LakeFile]) -> std::io::Result<()> {
    let mut packer = zstd::Encoder::new(BufWriter::new(target), 3)?;
    packer.include_checksum(true)?;
    let mut archive = tar::Builder::new(packer);
    let mut header = tar::Header::new_gnu();
    header.set_size(about.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, ABOUT, about)?;
    archive.append_path_with_name(settings, SETTINGS)?;
    for table in TABLES {
        archive.append_path_with_name(tables.join(table), format!("{DATABASE}/{table}"))?;
    }
    for file in lake {
        archive.append_path_with_name(&file.path, format!("{LAKE}/{}", file.name))?;
    }
    archive.into_inner()?.finish()?.flush()
}
