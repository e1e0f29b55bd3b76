//! The one SQL database: SQLite or PostgreSQL, by URL, with one SQL text for both.
//!
//! SQLite has one writer a file. So what comes in has a file of its own, beside that of everything else: who sends never waits for
//! who reads. There is no change over both; who needs one says in which order it makes the two. Changes of a file go through one
//! connection, in turn; on PostgreSQL all is one database and one pool.
//!
//! What both understand alike: ids and JSON as TEXT; time (microseconds), money, points and counts as BIGINT; a flag as
//! a time that may be null (when it was set). Parameters are `$1`, `$2` and so on.

mod inbox_of_before;
mod many;

pub(crate) use many::{PARAMETERS, Statement, insert, places, select_in, select_in_since};

use serde::de::DeserializeOwned;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, AnyRow};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, ConnectOptions, Connection, Executor, Row};
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
    data: Store,
    inbox: Store,
    kind: Kind,
}

/// A file, or all of PostgreSQL.
#[derive(Debug, Clone)]
struct Store {
    pool: AnyPool,
    /// For changes: of SQLite's, one connection, for which they wait in turn; its own waiting is a sleep and another look, in
    /// which whoever comes by is quicker. And what that one has read of the file stays true until another process writes.
    writer: AnyPool,
}

/// A change in progress; dropped without `commit`, it never was.
pub type Transaction = sqlx::Transaction<'static, sqlx::Any>;

/// The migrations in their order, each named by its feature. One that was released is never changed again. Of what came in
/// ([`Database::inbox`]), those to come are for PostgreSQL only, and for SQLite in [`INBOX_MIGRATIONS`].
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "tracking", include_str!("migrations/0001_tracking.sql")),
    (2, "access", include_str!("migrations/0002_access.sql")),
    (3, "customers", include_str!("migrations/0003_customers.sql")),
    (4, "leases", include_str!("migrations/0004_leases.sql")),
    (5, "jobs", include_str!("migrations/0005_jobs.sql")),
    (6, "scoring", include_str!("migrations/0006_scoring.sql")),
    (7, "intake", include_str!("migrations/0007_intake.sql")),
    (9, "forgetting", include_str!("migrations/0009_forgetting.sql")),
    (11, "segments", include_str!("migrations/0011_segments.sql")),
    (12, "customer_list", include_str!("migrations/0012_customer_list.sql")),
    (13, "settings", include_str!("migrations/0013_settings.sql")),
    (14, "contacts", include_str!("migrations/0014_contacts.sql")),
    (15, "programmes", include_str!("migrations/0015_programmes.sql")),
    (16, "offers", include_str!("migrations/0016_offers.sql")),
    (17, "decisions", include_str!("migrations/0017_decisions.sql")),
    (20, "alerts", include_str!("migrations/0020_alerts.sql")),
    (18, "proof", include_str!("migrations/0018_proof.sql")),
    (19, "planning", include_str!("migrations/0019_planning.sql")),
    (21, "campaigns", include_str!("migrations/0021_campaigns.sql")),
    (22, "steps_and_calibration", include_str!("migrations/0022_steps_and_calibration.sql")),
    (23, "consent_channels", include_str!("migrations/0023_consent_channels.sql")),
    (24, "source_days", include_str!("migrations/0024_source_days.sql")),
];

/// Those of the inbox' file, which there is with SQLite only. Its tables were in the other file once.
const INBOX_MIGRATIONS: &[(i64, &str, &str)] = &[(10, "inbox", include_str!("migrations/inbox/0010_inbox.sql"))];

/// The inbox' file, beside the other.
const INBOX_FILE: &str = "inbox.sqlite";

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
        match url.split(':').next() {
            Some("sqlite") => {
                let data = Store::of_file(url, connections).await?;
                migrator(MIGRATIONS, migration).run(&data.writer).await?;
                let inbox = Store::of_file(&beside(url), connections).await?;
                migrator(INBOX_MIGRATIONS, i64::MAX).run(&inbox.writer).await?;
                let database = Self { data, inbox, kind: Kind::Sqlite };
                inbox_of_before::take(&database).await?;
                Ok(database)
            }
            Some("postgres" | "postgresql") => {
                let pool = options(connections).connect_with(connect(url)?).await?;
                migrator(MIGRATIONS, migration).run(&pool).await?;
                let store = Store { writer: pool.clone(), pool };
                Ok(Self { data: store.clone(), inbox: store, kind: Kind::Postgres })
            }
            _ => {
                let message = "the database's URL begins neither with sqlite: nor with postgres:";
                Err(sqlx::Error::Configuration(message.into()))
            }
        }
    }

    /// Which of the two it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// For questions.
    pub fn pool(&self) -> &AnyPool {
        &self.data.pool
    }

    /// For questions about what came in: `inbox` and what changes with it, which are `inbox_position`, the message ids,
    /// `bookmarks`, `synced_files` and `rejections`.
    pub fn inbox(&self) -> &AnyPool {
        &self.inbox.pool
    }

    /// Begins a change. On SQLite it waits for the one before to end, so it never fails half-way because another was
    /// quicker.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        self.begin_in(&self.data).await
    }

    /// The same of what came in. Who needs both begins with the other.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn begin_inbox(&self) -> Result<Transaction, sqlx::Error> {
        self.begin_in(&self.inbox).await
    }

    async fn begin_in(&self, store: &Store) -> Result<Transaction, sqlx::Error> {
        match self.kind {
            Kind::Sqlite => store.writer.begin_with("BEGIN IMMEDIATE").await,
            Kind::Postgres => store.writer.begin().await,
        }
    }

    /// Writes SQLite's files anew, so that nothing is left in them of what was deleted: where rows move between pages, it leaves
    /// copies in the unused parts of these, which `secure_delete` does not reach. Writers wait meanwhile. Gives false, and does
    /// nothing, where they are larger than `bytes_max`. PostgreSQL reuses the room of what was deleted by itself.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn wipe(&self, bytes_max: i64) -> Result<bool, sqlx::Error> {
        if self.kind == Kind::Postgres {
            return Ok(true);
        }
        let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        let mut bytes = 0_i64;
        for store in [&self.data, &self.inbox] {
            bytes += sqlx::query(sql).fetch_one(&store.pool).await?.try_get::<i64, _>(0)?;
        }
        if bytes > bytes_max {
            return Ok(false);
        }
        for store in [&self.data, &self.inbox] {
            let mut connection = store.writer.acquire().await?;
            // The copy may be larger than memory, so it is made on the disk.
            connection.execute("PRAGMA temp_store = FILE").await?;
            let wiped = connection.execute("VACUUM").await;
            connection.execute("PRAGMA temp_store = MEMORY").await?;
            wiped?;
            // The log of changes holds what was deleted until it is cut. A reader of something older keeps it; the last
            // connection to be closed cuts it in any case.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(true)
    }

    /// Ends all connections, after what is in work.
    pub async fn close(&self) {
        for store in [&self.data, &self.inbox] {
            store.pool.close().await;
            store.writer.close().await;
        }
    }
}

impl Store {
    async fn of_file(url: &str, connections: u32) -> Result<Self, sqlx::Error> {
        let open = async |connections, cache_kib: u32| {
            let settings = format!("{SQLITE_SETTINGS} PRAGMA cache_size = -{cache_kib};");
            // A file does not go away, so no connection is asked whether it lives before each use.
            let options = options(connections).test_before_acquire(false).after_connect(move |connection, _| {
                let settings = sqlx::AssertSqlSafe(settings.clone());
                Box::pin(async move { connection.execute(settings).await.map(drop) })
            });
            options.connect_with(connect(url)?).await
        };
        // The writer first: the file is made by one.
        let writer = open(1, WRITER_CACHE_KIB).await?;
        Ok(Self { pool: open(connections, READER_CACHE_KIB).await?, writer })
    }
}

fn options(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        // SQLite itself rolls back what a full disk does not let it commit. The driver, which then has nothing to roll
        // back, takes the connection for one within a transaction forever: no change could begin on it any more.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
}

fn connect(url: &str) -> Result<AnyConnectOptions, sqlx::Error> {
    let options = AnyConnectOptions::from_str(url)?;
    // While very much comes in, some changes wait a second or two for the only writer: nothing to be warned of.
    Ok(options.log_slow_statements(tracing::log::LevelFilter::Warn, Duration::from_secs(5)))
}

/// The URL of the inbox' file.
fn beside(url: &str) -> String {
    let (path, parameters) = url.split_once('?').unwrap_or((url, ""));
    let folder = path.rfind(['/', '\\']).map_or("", |end| &path[..=end]);
    format!("{folder}{INBOX_FILE}?{parameters}")
}

/// Durable (FULL: a commit is on the disk before it is answered), readers beside one writer, patience for it, and what is
/// deleted is overwritten: erased persons must not live on in free pages. A page that changes again and again is copied from the log
/// of changes once in 32 MiB of these.
const SQLITE_SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; \
     PRAGMA wal_autocheckpoint = 8192;";

/// Pages kept in memory: many by the one connection that changes, few by each that only asks, for the system keeps them too.
const WRITER_CACHE_KIB: u32 = 64 << 10;
const READER_CACHE_KIB: u32 = 8 << 10;

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

fn migrator(migrations: &[(i64, &'static str, &'static str)], until: i64) -> Migrator {
    let migration = |&(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, sqlx::SqlSafeStr::into_sql_str(sql), false)
    };
    Migrator::with_migrations(migrations.iter().filter(|(version, ..)| *version <= until).map(migration).collect())
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

    /// An installation of before the inbox had a file of its own.
    #[tokio::test]
    async fn what_came_in_moves_to_its_own_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("cvm.sqlite").display());
        sqlx::any::install_default_drivers();
        let before = Store::of_file(&url, 2).await.unwrap();
        migrator(MIGRATIONS, i64::MAX).run(&before.writer).await.unwrap();
        for sql in [
            "INSERT INTO inbox VALUES (6, 10, 1, '{\"message_id\":\"m\",\"type\":\"page\",\"source\":\"s\",\
             \"timestamp\":1,\"received_at\":2}\n'), (7, 20, 0, '')",
            "UPDATE inbox_position SET last_batch = 7",
            "INSERT INTO bookmarks VALUES ('import:a', 3, '{}', 1, 2, 3, 4, 5, NULL, '')",
            "INSERT INTO synced_files VALUES ('sync:b', 'file', 'v1', 9)",
            "INSERT INTO rejections VALUES ('id', 'events', 's', '', 'why', '{}', 8, NULL)",
            "WITH RECURSIVE all_of(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM all_of WHERE value < 700) \
             INSERT INTO message_ids SELECT value * 7919, -value, value FROM all_of",
        ] {
            before.writer.execute(sql).await.unwrap();
        }
        before.pool.close().await;
        before.writer.close().await;
        for _ in 0..2 {
            let database = Database::open(&url, 2).await.unwrap();
            let batches = crate::tracking::inbox::next_batches(&database, 0, usize::MAX).await.unwrap();
            let batches: Vec<_> = batches.iter().map(|batch| (batch.number, batch.messages.len())).collect();
            assert_eq!(batches, [(6, 1), (7, 0)]);
            assert_eq!(crate::tracking::inbox::last(&database).await.unwrap(), 7);
            for (table, rows) in [("bookmarks", 1), ("synced_files", 1), ("rejections", 1)] {
                let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
                let count = sqlx::query(sql).fetch_one(database.inbox()).await.unwrap();
                assert_eq!(count.get::<i64, _>(0), rows, "{table}");
                let gone = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT 1 FROM {table}")));
                assert!(gone.fetch_optional(database.pool()).await.is_err(), "{table}");
            }
            let (mut change, mut ids) = (database.begin_inbox().await.unwrap(), Vec::new());
            let take = |part: Vec<_>, _| {
                ids.extend(part.into_iter().map(crate::tracking::seen::halves));
                Ok(())
            };
            crate::tracking::seen::each(&mut change, take).await.unwrap().unwrap();
            ids.sort_unstable();
            assert!(ids.into_iter().eq((1..=700).map(|value| (value * 7919, -value))));
            drop(change);
            database.close().await;
        }
    }

    /// Killed after the copy was made and before what was copied is gone.
    #[tokio::test]
    async fn moving_is_done_again_where_it_was_broken_off() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("cvm.sqlite").display());
        sqlx::any::install_default_drivers();
        let data = Store::of_file(&url, 2).await.unwrap();
        migrator(MIGRATIONS, i64::MAX).run(&data.writer).await.unwrap();
        data.writer.execute("INSERT INTO message_ids VALUES (1, 2, 3)").await.unwrap();
        data.writer.execute("INSERT INTO inbox VALUES (1, 10, 0, '')").await.unwrap();
        let inbox = Store::of_file(&beside(&url), 2).await.unwrap();
        migrator(INBOX_MIGRATIONS, i64::MAX).run(&inbox.writer).await.unwrap();
        let database = Database { data, inbox, kind: Kind::Sqlite };
        let mut change = database.begin().await.unwrap();
        inbox_of_before::copy(&database, &mut change, &["inbox", "inbox_position", "message_ids"]).await.unwrap();
        change.rollback().await.unwrap();
        inbox_of_before::take(&database).await.unwrap();
        for sql in ["SELECT count(*) FROM inbox", "SELECT count(*) FROM id_parts", "SELECT count(*) FROM id_runs"] {
            let count = sqlx::query(sql).fetch_one(database.inbox()).await.unwrap();
            assert_eq!(count.get::<i64, _>(0), 1, "{sql}");
        }
        assert!(sqlx::query("SELECT 1 FROM inbox").fetch_optional(database.pool()).await.is_err());
    }
}
