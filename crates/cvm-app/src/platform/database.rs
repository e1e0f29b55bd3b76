//! The one SQL database: SQLite or PostgreSQL, by URL, with one SQL text for both.
//!
//! What both understand alike: ids and JSON as TEXT; time (microseconds), money, points and counts as BIGINT; a flag as
//! a time that may be null (when it was set). Parameters are `$1`, `$2` and so on.

use serde::de::DeserializeOwned;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, AnyRow};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, ConnectOptions, Connection, Executor, Row};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Which of the two it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file in the data folder.
    Sqlite,
    /// A server, which several instances may share.
    Postgres,
}

/// The database, ready for use: its tables are those of this version.
#[derive(Debug, Clone)]
pub struct Database {
    pool: AnyPool,
    kind: Kind,
    turn: Arc<Mutex<()>>,
}

/// A change in progress; dropped without `commit`, it never was.
pub type Transaction = sqlx::Transaction<'static, sqlx::Any>;

/// The migrations in their order, each named by its feature. One that was released is never changed again.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "tracking", include_str!("migrations/0001_tracking.sql")),
    (2, "access", include_str!("migrations/0002_access.sql")),
    (3, "customers", include_str!("migrations/0003_customers.sql")),
    (4, "leases", include_str!("migrations/0004_leases.sql")),
    (5, "jobs", include_str!("migrations/0005_jobs.sql")),
    (6, "scoring", include_str!("migrations/0006_scoring.sql")),
    (7, "intake", include_str!("migrations/0007_intake.sql")),
    (9, "forgetting", include_str!("migrations/0009_forgetting.sql")),
    (13, "settings", include_str!("migrations/0013_settings.sql")),
];

impl Database {
    /// Connects, and brings the tables to this version.
    ///
    /// # Errors
    /// [`sqlx::Error`] for a URL of another kind, a server that does not answer within ten seconds, and tables of a
    /// newer version.
    pub async fn open(url: &str, connections: u32) -> Result<Self, sqlx::Error> {
        Self::open_at(url, connections, newest()).await
    }

    /// The same with the tables of an older version, for a backup of it.
    pub(super) async fn open_at(url: &str, connections: u32, migration: i64) -> Result<Self, sqlx::Error> {
        sqlx::any::install_default_drivers();
        let kind = match url.split(':').next() {
            Some("sqlite") => Kind::Sqlite,
            Some("postgres" | "postgresql") => Kind::Postgres,
            _ => {
                let message = "the database's URL begins neither with sqlite: nor with postgres:";
                return Err(sqlx::Error::Configuration(message.into()));
            }
        };
        let options = AnyConnectOptions::from_str(url)?
            .log_slow_statements(tracing::log::LevelFilter::Warn, Duration::from_secs(1));
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(10))
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if kind == Kind::Sqlite {
                        connection.execute(SQLITE_SETTINGS).await?;
                    }
                    Ok(())
                })
            })
            // SQLite itself rolls back what a full disk does not let it commit. The driver, which then has nothing to roll
            // back, takes the connection for one within a transaction forever: no change could begin on it any more.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_with(options)
            .await?;
        let database = Self { pool, kind, turn: Arc::default() };
        migrator(migration).run(&database.pool).await?;
        Ok(database)
    }

    /// Which of the two it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// For questions.
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Begins a change. On SQLite it waits for the one before to end, so it never fails half-way because another was
    /// quicker.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        match self.kind {
            Kind::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await,
            Kind::Postgres => self.pool.begin().await,
        }
    }

    /// Waits for this process' turn to write, for those who write all the time: SQLite has one writer, and its own waiting is a
    /// sleep and another look, in which whoever comes by is quicker. PostgreSQL needs no turns.
    pub async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        match self.kind {
            Kind::Sqlite => Some(self.turn.clone().lock_owned().await),
            Kind::Postgres => None,
        }
    }

    /// Writes SQLite's file anew, so that nothing is left in it of what was deleted: where rows move between pages, it leaves
    /// copies in the unused parts of these, which `secure_delete` does not reach. Writers wait meanwhile. Gives false, and does
    /// nothing, where the file is larger than `bytes_max`. PostgreSQL reuses the room of what was deleted by itself.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn wipe(&self, bytes_max: i64) -> Result<bool, sqlx::Error> {
        if self.kind == Kind::Postgres {
            return Ok(true);
        }
        let mut connection = self.pool.acquire().await?;
        let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        if sqlx::query(sql).fetch_one(&mut *connection).await?.try_get::<i64, _>(0)? > bytes_max {
            return Ok(false);
        }
        // The copy may be larger than memory, so it is made on the disk.
        connection.execute("PRAGMA temp_store = FILE").await?;
        let wiped = connection.execute("VACUUM").await;
        connection.execute("PRAGMA temp_store = MEMORY").await?;
        wiped?;
        // The log of changes holds what was deleted until it is cut. A reader of something older keeps it; the last
        // connection to be closed cuts it in any case.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        Ok(true)
    }

    /// Ends all connections, after what is in work.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Durable (FULL: a commit is on the disk before it is answered), readers beside one writer, patience for it, and what is
/// deleted is overwritten: erased persons must not live on in free pages.
const SQLITE_SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; PRAGMA cache_size = -65536;";

/// A column that holds JSON.
///
/// # Errors
/// What the database gives, and text that is no such JSON.
pub(crate) fn json<T: DeserializeOwned>(row: &AnyRow, column: usize) -> Result<T, sqlx::Error> {
    serde_json::from_str(row.try_get(column)?).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// The number of the last migration.
pub(super) fn newest() -> i64 {
    MIGRATIONS.iter().map(|&(version, ..)| version).max().unwrap_or(0)
}

fn migrator(until: i64) -> Migrator {
    let migration = |&(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, sqlx::SqlSafeStr::into_sql_str(sql), false)
    };
    Migrator::with_migrations(MIGRATIONS.iter().filter(|(version, ..)| *version <= until).map(migration).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    /// Rows of all sizes come, change and go, until pages are split and joined.
    #[tokio::test]
    async fn nothing_of_what_was_deleted_is_left_after_wiping() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cvm.sqlite");
        let database = Database::open(&format!("sqlite://{}?mode=rwc", path.display()), 4).await.unwrap();
        let mut rng = rand_pcg::Pcg64Mcg::seed_from_u64(1);
        let mut transaction = database.begin().await.unwrap();
        for number in 0..8_000 {
            let person = rng.random_range(0..400);
            let summary = format!("{} secret-{person}-", "x".repeat(rng.random_range(0..300)));
            sqlx::query(
                "INSERT INTO customer_events (customer, time, message_id, kind, source, summary) VALUES ($1, $2, $3, '', '', $4)",
            )
            .bind(format!("id-{person}-"))
            .bind(rng.random_range(0..1_000_000_000_i64))
            .bind(number.to_string())
            .bind(summary)
            .execute(&mut *transaction)
            .await
            .unwrap();
        }
        transaction.commit().await.unwrap();
        for person in 0..100 {
            let delete = sqlx::query("DELETE FROM customer_events WHERE customer = $1").bind(format!("id-{person}-"));
            delete.execute(database.pool()).await.unwrap();
        }
        assert!(!database.wipe(0).await.unwrap(), "the file is larger than that");
        assert!(database.wipe(i64::MAX).await.unwrap());
        let mut left = Vec::new();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            left.extend(std::fs::read(entry.unwrap().path()).unwrap());
        }
        let is_there = |mark: String| left.windows(mark.len()).any(|bytes| bytes == mark.as_bytes());
        assert!(is_there("secret-399-".to_owned()) && is_there("id-399-".to_owned()));
        let found =
            (0..100).filter(|person| is_there(format!("secret-{person}-")) || is_there(format!("id-{person}-")));
        assert_eq!(found.count(), 0);
    }
}
