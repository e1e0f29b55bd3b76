//! What is restored is what was there, in either database; who was erased meanwhile does not come back.

use super::*;
use crate::access::Role;
use crate::access::testing::Credentials;
use crate::customers::project;
use crate::platform::config::FILE;
use crate::platform::database::Kind;
use crate::platform::testing::{TestApp, new_postgres_database, on_both_databases};
use crate::platform::{Config, Database};
use crate::tracking::inbox::next_batches;
use crate::tracking::seen;
use cvm_core::lake::Erased;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row};
use std::collections::BTreeSet;
use std::path::Path;

on_both_databases!(
    what_is_restored_is_what_was_there,
    who_was_erased_meanwhile_does_not_come_back,
    every_table_is_kept_or_named
);

/// Customers with everything that they can have, made through the front door.
async fn fill(app: &TestApp) -> Credentials {
    let admin = app.sign_in(Role::Admin).await;
    for (number, who) in ["anna", "bob", "zażółć 'gęślą'"].into_iter().enumerate() {
        let traits = json!({"email": format!("user{number}@example.org"), "age": 40, "note": "a\nb\u{1f600}"});
        let call =
            json!({"userId": who, "anonymousId": format!("browser-{number}"), "traits": traits, "messageId": who});
        app.post("/v1/identify", &call).await;
    }
    project(&app.app).await.unwrap();
    app.post(
        "/v1/track",
        &json!({"userId": "anna", "event": "Order Completed", "messageId": "o",
        "properties": {"order_id": "1", "revenue": 12.5}}),
    )
    .await;
    admin
}

/// All rows of all tables that are kept.
async fn contents(database: &Database) -> Vec<(String, Vec<Vec<Value>>)> {
    let mut contents = Vec::new();
    for &table in TABLES {
        let mut rows: Vec<Vec<Value>> = Vec::new();
        if table == MESSAGE_IDS && database.kind() == Kind::Sqlite {
            let mut change = database.begin_inbox().await.unwrap();
            let take = |ids: Vec<seen::Id>, received_at: i64| {
                let halves = ids.into_iter().map(seen::halves);
                rows.extend(halves.map(|(high, low)| vec![json!(high), json!(low), json!(received_at)]));
                Ok(())
            };
            seen::each(&mut change, take).await.unwrap().unwrap();
        } else {
            let pool = if OF_INBOX.contains(&table) { database.inbox() } else { database.pool() };
            let found = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch_all(pool).await.unwrap();
            rows.extend(found.iter().map(|row| create::cells(row).unwrap()));
        }
        rows.sort_by_key(|row| json!(row).to_string());
        contents.push((table.to_owned(), rows));
    }
    contents
}

fn settings(folder: &Path) -> PathBuf {
    let path = folder.join("settings.toml");
    std::fs::write(&path, crate::platform::config::DEFAULT).unwrap();
    path
}

async fn opened(config: &Config) -> Database {
    Database::open(&config.database_url(), 2).await.unwrap()
}

async fn what_is_restored_is_what_was_there(app: TestApp) {
    fill(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.tar.zst");
    let made = create(&app.app, &settings(folder.path()), &file).await.unwrap();
    assert!(made.rows > 10, "{made:?}");
    let there = contents(&app.app.database).await;
    // To a file, and to a server: whichever it was taken from.
    for (name, url) in [("sqlite", String::new()), ("postgres", new_postgres_database().await)] {
        let target = folder.path().join(name);
        let variables = [("CVM_DATABASE_URL".to_owned(), url)];
        let (about, config, _) = restore(&file, &target, &variables, &Erasures::default()).await.unwrap();
        assert_eq!(about, made);
        let database = opened(&config).await;
        assert_eq!(database.kind() == Kind::Sqlite, name == "sqlite");
        assert_eq!(contents(&database).await, there);
        assert!(target.join(FILE).exists() && !target.join(DATABASE).exists());
        database.close().await;
        let again = restore(&file, &target, &variables, &Erasures::default()).await.unwrap_err().to_string();
        assert!(again.contains("is there already"), "{again}");
        if name == "postgres" {
            let other = folder.path().join("other");
            let full = restore(&file, &other, &variables, &Erasures::default()).await.unwrap_err().to_string();
            assert!(full.contains("has data already") && !other.exists(), "{full}");
        }
    }
    // The server goes on: the mover has its lease back.
    crate::tracking::catch_up(&app.app).await.unwrap();
    assert_eq!(app.lake.messages().len(), 4);
}

async fn who_was_erased_meanwhile_does_not_come_back(app: TestApp) {
    let admin = fill(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.tar.zst");
    create(&app.app, &settings(folder.path()), &file).await.unwrap();
    let (_, people) = app.call(&admin, "GET", "/api/v1/customers?identifier=user_id:anna", Value::Null).await;
    let anna = people["data"][0]["id"].as_str().unwrap().to_owned();
    let (status, _) = app.call(&admin, "DELETE", &format!("/api/v1/customers/{anna}"), Value::Null).await;
    assert!(status.is_success());
    let erasures = Erasures::of(&app.app.database).await.unwrap();
    for (name, erasures, there) in [("without", Erasures::default(), true), ("with", erasures, false)] {
        let target = folder.path().join(name);
        let variables = [("CVM_DATABASE_URL".to_owned(), String::new())];
        let (_, config, tombstones) = restore(&file, &target, &variables, &erasures).await.unwrap();
        let database = opened(&config).await;
        let all = contents(&database).await;
        let waiting = next_batches(&database, 0, usize::MAX).await.unwrap();
        assert_eq!(waiting.len(), 4, "batches are counted, so they stay");
        assert_eq!(format!("{waiting:?}").contains("user0@example.org"), there, "on its way to the lake");
        assert_eq!(format!("{all:?}").contains("user0@example.org"), there, "{name}");
        assert!(format!("{all:?}").contains("user1@example.org"));
        assert_ne!(tombstones.covers_customer(&anna), there);
        database.close().await;
    }
}

async fn every_table_is_kept_or_named(app: TestApp) {
    let sql = match app.app.database.kind() {
        Kind::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Kind::Postgres => {
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public'"
        }
    };
    let (mut there, database) = (BTreeSet::new(), &app.app.database);
    for pool in [database.pool(), database.inbox()] {
        let rows = sqlx::query(sql).fetch_all(pool).await.unwrap();
        there.extend(rows.iter().map(|row| row.get::<String, _>(0)));
    }
    let known: BTreeSet<String> = TABLES.iter().chain(NOT_KEPT).map(|&name| name.to_owned()).collect();
    // What only one of the two databases has.
    let own = [MESSAGE_IDS, "fresh_ids", "id_runs", "id_parts"];
    let unknown: Vec<_> = there.symmetric_difference(&known).filter(|name| !own.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}: a new table belongs into TABLES or NOT_KEPT");
    let of_inbox = sqlx::query(sql).fetch_all(database.inbox()).await.unwrap();
    let of_inbox: BTreeSet<String> = of_inbox.iter().map(|row| row.get(0)).collect();
    assert!(OF_INBOX.iter().all(|table| own.contains(table) || of_inbox.contains(*table)), "{of_inbox:?}");
}

#[tokio::test]
async fn what_is_no_backup_leaves_nothing() {
    let app = TestApp::new().await;
    fill(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.tar.zst");
    create(&app.app, &settings(folder.path()), &file).await.unwrap();
    let whole = std::fs::read(&file).unwrap();
    let torn = folder.path().join("torn");
    let target = folder.path().join("target");
    for bytes in [&whole[..whole.len() / 2], &whole[..20], b"hello", b""] {
        std::fs::write(&torn, bytes).unwrap();
        let refused = restore(&torn, &target, &[], &Erasures::default()).await.unwrap_err().to_string();
        assert!(refused.contains("no backup"), "{refused}");
    }
    let mut escaping = tar::Builder::new(zstd::Encoder::new(Vec::new(), 1).unwrap());
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    header.as_old_mut().name[..13].copy_from_slice(b"lake/../../hi");
    header.set_cksum();
    escaping.append(&header, &b"x"[..]).unwrap();
    std::fs::write(&torn, escaping.into_inner().unwrap().finish().unwrap()).unwrap();
    let refused = restore(&torn, &target, &[], &Erasures::default()).await.unwrap_err().to_string();
    assert!(refused.contains("which no backup does"), "{refused}");
    let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["backup.tar.zst", "settings.toml", "torn"]);
}
