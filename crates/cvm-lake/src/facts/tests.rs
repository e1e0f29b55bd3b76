//! What is appended is there once; questions are answered within their limits.

use super::*;
use cvm_core::message::MessageKind;
use serde_json::{Map, json};
use std::time::Duration;

fn message(id: &str, properties: serde_json::Value) -> Message {
    Message {
        message_id: id.to_owned(),
        kind: MessageKind::Track,
        source: "shop".to_owned(),
        name: Some("Order Completed".to_owned()),
        user_id: Some("u1".to_owned()),
        anonymous_id: None,
        group_id: None,
        previous_id: None,
        timestamp: 1_767_323_045_000_000,
        received_at: 1_767_323_045_123_456,
        traits: Map::new(),
        properties: properties.as_object().cloned().unwrap_or_default(),
        context: Map::new(),
    }
}

fn batch(number: i64) -> Vec<(i64, Message)> {
    (0..10).map(|row| (number, message(&format!("{number}-{row}"), json!({"total": row})))).collect()
}

async fn ask(lake: &Tables, sql: &str) -> serde_json::Value {
    json!(lake.query(sql, QueryLimits::default()).await.unwrap().rows)
}

async fn count(lake: &Tables) -> serde_json::Value {
    ask(lake, "SELECT count(*) AS n, count(DISTINCT message_id) AS ids FROM messages").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_added_once_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    for number in 1..=3 {
        let lake = Tables::open(folder.path()).await.unwrap();
        assert_eq!(lake.position().await.unwrap(), number - 1);
        lake.append(&batch(number), number).await.unwrap();
        lake.append(&batch(number), number).await.unwrap();
        // An older one comes again, as after a crash between the lake's commit and the inbox's.
        lake.append(&batch(1), 1).await.unwrap();
        assert_eq!(lake.position().await.unwrap(), number);
    }
    let lake = Tables::open(folder.path()).await.unwrap();
    assert_eq!(count(&lake).await, json!([{"n": 30, "ids": 30}]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_small_batches_are_compacted_and_all_there() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Tables::open(folder.path()).await.unwrap();
    let batches = FILES_MAX as i64 + 5;
    for number in 1..=batches {
        lake.append(&batch(number), number).await.unwrap();
    }
    assert!(lake.messages.lock().await.files().unwrap() < 10);
    assert_eq!(lake.position().await.unwrap(), batches);
    assert_eq!(count(&lake).await, json!([{"n": batches * 10, "ids": batches * 10}]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_only_read_and_within_limits() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Tables::open(folder.path()).await.unwrap();
    lake.append(&batch(1), 1).await.unwrap();
    let limits = QueryLimits { rows: 3, ..QueryLimits::default() };
    let answer = lake.query("SELECT message_id FROM messages ORDER BY message_id", limits).await.unwrap();
    assert!(answer.cut);
    assert_eq!(answer.columns, [("message_id".to_owned(), "Utf8View".to_owned())]);
    assert_eq!(json!(answer.rows), json!([{"message_id": "1-0"}, {"message_id": "1-1"}, {"message_id": "1-2"}]));
    assert_eq!(
        ask(&lake, "SELECT timestamp, properties FROM messages ORDER BY message_id LIMIT 1").await,
        json!([{"timestamp": "2026-01-02T03:04:05Z", "properties": "{\"total\":0}"}])
    );
    for statement in [
        "DROP TABLE messages",
        "INSERT INTO messages SELECT * FROM messages",
        "COPY messages TO '/tmp/stolen.csv'",
        "CREATE EXTERNAL TABLE passwords STORED AS CSV LOCATION '/etc/passwd'",
        "SELECT * FROM '/etc/passwd'",
        "SET datafusion.execution.batch_size = 1",
        "SELEKT 1",
    ] {
        let refused = lake.query(statement, limits).await.unwrap_err();
        assert!(matches!(refused, LakeFailure::Statement(_)), "{statement}: {refused}");
    }
    let forever = "SELECT count(*) FROM generate_series(1, 100000000000) AS a(x)";
    let limits = QueryLimits { time: Duration::from_millis(200), ..limits };
    let refused = lake.query(forever, limits).await.unwrap_err().to_string();
    assert!(refused.contains("took longer than 0.2 s"), "{refused}");
}
