//! Syncs from real databases: each row once, exactly as it is there.

use super::{JOB, SyncSettings, list, run};
use crate::access::Role;
use crate::intake::Rows;
use crate::intake::tests::stored;
use crate::platform::clock::{MINUTE, SECOND};
use crate::platform::jobs::run_due;
use crate::platform::testing::{START, TestApp, mariadb, postgres};
use axum::http::StatusCode;
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use tokio_util::sync::CancellationToken;

/// Another system's database.
struct Crm {
    url: String,
    connection: AnyConnection,
    _folder: Option<tempfile::TempDir>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Sqlite,
    Postgres,
    MariaDb,
}

impl Crm {
    async fn new(kind: Kind) -> Self {
        sqlx::any::install_default_drivers();
        let mut folder = None;
        let url = match kind {
            Kind::Postgres => postgres::new_database().await,
            Kind::MariaDb => mariadb::new_database().await,
            Kind::Sqlite => {
                let here = tempfile::tempdir().unwrap();
                let url = format!("sqlite://{}/crm.db?mode=rwc", here.path().display());
                folder = Some(here);
                url
            }
        };
        let connection = AnyConnection::connect(&url).await.unwrap();
        Self { url, connection, _folder: folder }
    }

    async fn execute(&mut self, sql: impl Into<String>) {
        self.connection.execute(AssertSqlSafe(sql.into())).await.unwrap();
    }

    /// A table of people, `rows` of them, seven to a second.
    async fn people(&mut self, rows: usize) {
        self.execute("CREATE TABLE people (id VARCHAR(40) PRIMARY KEY, updated_at TIMESTAMP NOT NULL, name TEXT)")
            .await;
        for from in (0..rows).step_by(500) {
            let values: Vec<String> = (from..(from + 500).min(rows))
                .map(|row| {
                    format!(
                        "('p{row}', '2026-01-01 {:02}:{:02}:{:02}', 'Łucja {row}')",
                        row / 25_200,
                        row / 420 % 60,
                        row / 7 % 60
                    )
                })
                .collect();
            self.execute(format!("INSERT INTO people (id, updated_at, name) VALUES {}", values.join(", "))).await;
        }
    }

    /// A server of ours with a sync of this.
    async fn app(&self, settings: &str) -> TestApp {
        let text = format!("url = \"{}\"\nkind = \"customers\"\n{settings}", self.url);
        let sync: SyncSettings = toml::from_str(&text).unwrap();
        assert_eq!(sync.check("crm"), Ok(()));
        TestApp::with(|config| {
            config.sync.insert("crm".to_owned(), sync);
        })
        .await
    }
}

const PEOPLE: &str = "table = \"people\"\ncursor = \"updated_at\"\nkey = \"id\"\npage_rows = 100\n";

async fn sync(app: &TestApp) -> Result<Rows, String> {
    run(&app.app, "crm", &CancellationToken::new()).await.map_err(|error| error.to_string())
}

fn accepted(accepted: i64) -> Result<Rows, String> {
    Ok(Rows { accepted, repeated: 0, rejected: 0 })
}

/// Makes tests of one story, for each database of others.
macro_rules! from_all {
    ($($story:ident),+ $(,)?) => {
        mod of_sqlite { $(#[tokio::test] async fn $story() { super::$story(super::Kind::Sqlite).await; })+ }
        mod of_postgres { $(#[tokio::test] async fn $story() { super::$story(super::Kind::Postgres).await; })+ }
        mod of_mariadb { $(#[tokio::test] async fn $story() { super::$story(super::Kind::MariaDb).await; })+ }
    };
}

from_all! {
    rows_of_one_time_are_read_once_over_the_ends_of_pages,
    a_run_that_breaks_off_goes_on,
    what_is_committed_late_is_not_missed,
    values_arrive_as_they_are,
    numbers_are_cursors_too,
    what_is_wrong_is_said_without_secrets,
}

async fn rows_of_one_time_are_read_once_over_the_ends_of_pages(kind: Kind) {
    let mut crm = Crm::new(kind).await;
    crm.people(1_205).await;
    let app = crm.app(PEOPLE).await;
    assert_eq!(sync(&app).await, accepted(1_205));
    assert_eq!(sync(&app).await, accepted(0));
    // Another of the last second, one before those read, and one that changed.
    crm.execute("INSERT INTO people VALUES ('p1204b', '2026-01-01 00:02:52', 'late')").await;
    crm.execute("UPDATE people SET updated_at = '2026-01-01 01:00:00', name = 'new' WHERE id = 'p7'").await;
    assert_eq!(sync(&app).await, accepted(2));
    let messages = stored(&app).await;
    let mut ids: Vec<&str> = messages.iter().filter_map(|message| message.user_id.as_deref()).collect();
    assert_eq!(ids.len(), 1_207);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 1_206);
    let last = messages.last().unwrap();
    assert_eq!(
        (last.source.as_str(), last.user_id.as_deref(), &last.traits["name"]),
        ("crm", Some("p7"), &json!("new"))
    );
    let shown = list(&app.app).await.unwrap().remove(0);
    assert_eq!(
        (shown.rows.accepted, shown.from.as_str(), shown.place["key"].as_str()),
        (1_207, "table people", Some("p7"))
    );
}

async fn a_run_that_breaks_off_goes_on(kind: Kind) {
    let mut crm = Crm::new(kind).await;
    crm.people(2_000).await;
    let app = crm.app(&PEOPLE.replace("100", "20")).await;
    let count = async || stored(&app).await.len();
    let (mut dropped, mut before) = (0, 0);
    loop {
        let running = app.app.clone();
        let task = tokio::spawn(async move { run(&running, "crm", &CancellationToken::new()).await.unwrap() });
        // A page further at least, it is dropped wherever it is.
        while !task.is_finished() && count().await <= before {
            tokio::task::yield_now().await;
        }
        task.abort();
        match task.await {
            Ok(_) => break,
            Err(_) => dropped += 1,
        }
        before = count().await;
    }
    assert!(dropped >= 3, "{dropped}");
    let mut ids: Vec<String> = stored(&app).await.into_iter().filter_map(|message| message.user_id).collect();
    assert_eq!(ids.len(), 2_000);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 2_000);
}

async fn what_is_committed_late_is_not_missed(kind: Kind) {
    let mut crm = Crm::new(kind).await;
    crm.people(10).await;
    let app = crm.app(&format!("{PEOPLE}lag_seconds = 60\n")).await;
    // It is 03:04:05. A row of just now waits; one that was written earlier is committed after it.
    crm.execute("INSERT INTO people VALUES ('now', '2026-01-02 03:03:50', 'a')").await;
    assert_eq!(sync(&app).await, accepted(10));
    crm.execute("INSERT INTO people VALUES ('late', '2026-01-02 03:03:20', 'b')").await;
    assert_eq!(sync(&app).await, accepted(0));
    app.clock.advance(46 * SECOND);
    assert_eq!(sync(&app).await, accepted(2));
    let last: Vec<Option<String>> = stored(&app).await.into_iter().skip(10).map(|message| message.user_id).collect();
    assert_eq!(last, [Some("late".to_owned()), Some("now".to_owned())]);
}

async fn values_arrive_as_they_are(kind: Kind) {
    let mut crm = Crm::new(kind).await;
    let (money, json_type, truth, moment, bytes) = match kind {
        Kind::Postgres => ("NUMERIC(30, 6)", "JSONB", "BOOLEAN", "TIMESTAMPTZ", "BYTEA"),
        Kind::MariaDb => ("DECIMAL(30, 6)", "JSON", "BOOLEAN", "TIMESTAMP(6)", "BLOB"),
        Kind::Sqlite => ("TEXT", "JSON", "BOOLEAN", "TEXT", "BLOB"),
    };
    crm.execute(format!(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, changed {moment} NOT NULL, born DATE, seen {}, points {money}, \
         visits BIGINT, score DOUBLE PRECISION, vip {truth}, likes {json_type}, unsaid TEXT, photo {bytes}, mail TEXT)",
        if kind == Kind::MariaDb { "DATETIME" } else { "TIMESTAMP" },
    ))
    .await;
    let offset = if kind == Kind::Postgres { "+00" } else { "" };
    let photo = if kind == Kind::Postgres { "'\\x00ff'" } else { "x'00ff'" };
    crm.execute(format!(
        "INSERT INTO people VALUES (7, '2026-01-01 10:00:00.123456{offset}', '1990-05-06', '2025-07-01 12:00:00', \
         '123456789012345678901234.567890', 9007199254740993, 0.1, TRUE, '{{\"colours\": [\"red\"]}}', NULL, {photo}, \
         'a@example.org')"
    ))
    .await;
    let app = crm
        .app(
            "query = \"SELECT * FROM people WHERE id < 100\"\ncursor = \"changed\"\nkey = \"id\"\n\
             timezone = \"Europe/Warsaw\"\njson = [\"likes\"]\ncolumns = { email = \"mail\", time = \"seen\" }\n",
        )
        .await;
    assert_eq!(sync(&app).await, accepted(1));
    let message = stored(&app).await.remove(0);
    assert_eq!(message.timestamp, START - 185 * 24 * 60 * MINUTE + 6 * 60 * MINUTE + 55 * MINUTE + 55 * SECOND);
    let mut traits = Value::Object(message.traits);
    if kind == Kind::Sqlite {
        // A text of SQLite is what it is.
        assert_eq!(traits["changed"], "2026-01-01 10:00:00.123456");
    } else {
        assert_eq!(traits["changed"], "2026-01-01T10:00:00.123456Z");
    }
    traits.as_object_mut().unwrap().remove("changed");
    let expected = json!({
        "born": "1990-05-06", "points": "123456789012345678901234.567890", "visits": 9_007_199_254_740_993_i64,
        "score": 0.1, "vip": true, "likes": {"colours": ["red"]}, "email": "a@example.org",
    });
    assert_eq!(traits, expected);
    assert_eq!(message.user_id.as_deref(), Some("7"), "what a table of customers calls id");
    // After an exact time comes what is later by the smallest part of a second.
    let insert = "INSERT INTO people (id, changed) VALUES";
    crm.execute(format!(
        "{insert} (3, '2026-01-01 10:00:00.123456{offset}'), (8, '2026-01-01 10:00:00.123457{offset}')"
    ))
    .await;
    assert_eq!(sync(&app).await, accepted(1));
}

async fn numbers_are_cursors_too(kind: Kind) {
    let mut crm = Crm::new(kind).await;
    crm.execute("CREATE TABLE orders (id BIGINT PRIMARY KEY, who TEXT, paid DECIMAL(10, 2))").await;
    // As doubles, the last three would be the same; as text, 10 would come before 9.
    for id in ["9", "10", "9007199254740992", "9007199254740993", "9007199254740994"] {
        crm.execute(format!("INSERT INTO orders VALUES ({id}, 'ann', 12.30)")).await;
    }
    let settings =
        "table = \"orders\"\ncursor = \"id\"\npage_rows = 1\ncolumns = { customer_id = \"who\", amount = \"paid\" }\n";
    let app = crm.app(settings).await;
    let mut config = (*app.app.config).clone();
    config.sync.get_mut("crm").unwrap().kind = crate::customers::RecordKind::Transactions;
    let orders = app.app.clone().with(|parts| parts.config = config.into());
    let rows = run(&orders, "crm", &CancellationToken::new()).await.unwrap();
    assert_eq!(rows.accepted, 5);
    let messages = stored(&app).await;
    let ids: Vec<String> = messages.iter().map(|message| message.properties["order_id"].to_string()).collect();
    assert_eq!(ids, ["9", "10", "9007199254740992", "9007199254740993", "9007199254740994"]);
    let order = cvm_core::order::order_event(&messages[0], "EUR").unwrap().unwrap();
    assert_eq!((order.amount, order.order_id.as_str()), (1230, "9"));
}

async fn what_is_wrong_is_said_without_secrets(kind: Kind) {
    let mut crm = Crm::new(kind).await;
    crm.people(3).await;
    for (settings, expected) in [
        (
            PEOPLE.replace("updated_at", "changed_at"),
            "cursor names the column `changed_at`, which the table `people` does not have; its columns are id, updated_at, name",
        ),
        (format!("{PEOPLE}columns = {{ email = \"mail\" }}\n"), "columns.email names the column `mail`"),
        (PEOPLE.replace("people", "persons"), "the database refuses the table `persons`"),
        (PEOPLE.replace("key = \"id\"\n", ""), "two rows have the same cursor; set key"),
    ] {
        let error = sync(&crm.app(&settings).await).await.unwrap_err();
        assert!(error.starts_with("sync `crm`: ") && error.contains(expected), "{error}");
    }
    let app = crm.app(&PEOPLE.replace("people", "persons")).await;
    let error = sync(&app).await.unwrap_err();
    let shown = list(&app.app).await.unwrap().remove(0);
    assert_eq!((format!("sync `crm`: {}", shown.error), shown.ran_at.unwrap().0), (error, START));
    if kind != Kind::Sqlite {
        let scheme = crm.url.split(':').next().unwrap();
        let away = Crm { url: format!("{scheme}://crm:s3cr%40t@127.0.0.1:1/x"), ..crm };
        let error = sync(&away.app(PEOPLE).await).await.unwrap_err();
        assert!(error.contains("the database cannot be reached; check url"), "{error}");
        assert!(!error.contains("s3cr"), "{error}");
    }
}

#[tokio::test]
async fn a_session_can_only_read() {
    let mut crm = Crm::new(Kind::Postgres).await;
    crm.execute("CREATE SEQUENCE numbers").await;
    let app = crm.app("query = \"SELECT nextval('numbers') AS id\"\ncursor = \"id\"\n").await;
    let error = sync(&app).await.unwrap_err();
    assert!(error.contains("read-only transaction"), "{error}");
}

#[tokio::test]
async fn a_sync_that_means_something_else_begins_anew_only_when_told() {
    let mut crm = Crm::new(Kind::Sqlite).await;
    crm.people(5).await;
    let app = crm.app(PEOPLE).await;
    assert_eq!(sync(&app).await, accepted(5));
    let mut config = (*app.app.config).clone();
    let settings = config.sync.get_mut("crm").unwrap();
    (settings.table, settings.query) = (String::new(), "SELECT * FROM people".to_owned());
    let changed = app.app.clone().with(|parts| parts.config = config.into());
    let error = run(&changed, "crm", &CancellationToken::new()).await.unwrap_err().to_string();
    assert!(error.contains("`cvm sync FOLDER crm --restart` reads all of it"), "{error}");
    super::restart(&changed, "crm").await.unwrap();
    assert_eq!(run(&changed, "crm", &CancellationToken::new()).await.unwrap().accepted, 5);
    assert!(super::restart(&changed, "cmr").await.unwrap_err().to_string().contains("syncs are crm"));
}

#[tokio::test]
async fn syncs_run_at_their_time_and_when_asked() {
    let mut crm = Crm::new(Kind::Sqlite).await;
    crm.people(5).await;
    let app = crm.app(&format!("{PEOPLE}every_minutes = 10\n")).await;
    assert_eq!(run_due(&app.app, &[JOB]).await.unwrap(), 0);
    app.clock.advance(10 * MINUTE);
    assert_eq!(run_due(&app.app, &[JOB]).await.unwrap(), 1);
    crm.execute("INSERT INTO people VALUES ('new', '2026-01-01 10:00:00', 'x')").await;
    let marketer = app.sign_in(Role::Marketer).await;
    let (status, answer) = app.call(&marketer, "POST", "/api/v1/syncs/crm/run", Value::Null).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    assert_eq!(run_due(&app.app, &[JOB]).await.unwrap(), 1);
    let (_, job) =
        app.call(&marketer, "GET", &format!("/api/v1/jobs/{}", answer["job"].as_str().unwrap()), Value::Null).await;
    assert_eq!(job["result"], json!({"accepted": 1, "repeated": 0, "rejected": 0}), "{job}");
    let (_, syncs) = app.call(&marketer, "GET", "/api/v1/syncs", Value::Null).await;
    let sync = &syncs["data"][0];
    assert_eq!(
        (&sync["rows"]["accepted"], &sync["place"]["key"], &sync["error"]),
        (&json!(6), &json!("new"), &json!(""))
    );
    assert!(!syncs.to_string().contains("sqlite:"), "where the database is stays in the configuration file");
    let (status, _) = app.call(&marketer, "POST", "/api/v1/syncs/cmr/run", Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
