//! The one SQL database: SQLite or PostgreSQL, by URL, with one SQL text for both.
//!
//! What both understand alike: ids and JSON as TEXT; time (microseconds), money, points and counts as BIGINT; a flag as
//! a time that may be null (when it was set). Parameters are `$1`, `$2` and so on.

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, ConnectOptions, Connection, Executor};
use std::str::FromStr;
use std::time::Duration;

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
        let database = Self { pool, kind };
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

    /// Ends all connections, after what is in work.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Durable (FULL: a commit is on the disk before it is answered), readers beside one writer, patience for it, and what is
/// deleted is overwritten: erased persons must not live on in free pages.
const SQLITE_SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; PRAGMA cache_size = -65536;";

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
