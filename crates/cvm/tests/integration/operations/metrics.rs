//! What the server says of itself, as Prometheus reads it.

use super::*;
use crate::server::sdks;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::io::Write;

/// The figures of an answer, by Prometheus' own parser.
fn parsed(text: &str) -> Vec<(String, Value, f64)> {
    let sdks = sdks();
    let mut parser = Command::new(sdks.join("venv/bin/python"));
    let mut parser = parser.arg(sdks.join("metrics.py")).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    parser.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = parser.wait_with_output().unwrap();
    assert!(output.status.success(), "{text}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_reads_what_happened() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &[("CVM_METRICS_LISTEN", "127.0.0.1:0")]);
    let metrics = server.wait_for("metrics are at ");
    let track = |id: &str| json!({"type": "track", "event": "e", "userId": "anna@shop.example", "messageId": id});
    for batch in [json!([track("a"), track("b")]), json!([track("b"), {"type": "dance"}])] {
        assert_eq!(server.send("/v1/batch", &json!({"batch": batch})).await.status(), StatusCode::OK);
    }
    for path in ["/nowhere/anna@shop.example", "/nowhere/else"] {
        assert_eq!(client().get(format!("{}{path}", server.url)).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    }
    let answer = client().get(&metrics).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = answer.text().await.unwrap();
    let figures = parsed(&text);
    let figure = |name: &str, labels: Value| {
        let found = figures.iter().find(|(found, of, _)| found == name && *of == labels);
        found.unwrap_or_else(|| panic!("no {name} {labels} in\n{text}")).2
    };
    let outcomes =
        ["stored", "repeated", "rejected"].map(|outcome| figure("cvm_messages_total", json!({"outcome": outcome})));
    assert_eq!(outcomes, [2.0, 1.0, 1.0]);
    let answered = |route: &str, method: &str, status: &str| {
        figure("cvm_http_request_duration_seconds_count", json!({"method": method, "route": route, "status": status}))
    };
    assert_eq!(answered("/v1/batch", "POST", "200"), 2.0);
    assert_eq!(answered("none", "GET", "404"), 2.0, "what is not there is one thing, however it is called");
    assert!(!text.contains("anna"), "{text}");
    for consumer in ["lake", "customers"] {
        assert!((0.0..=2.0).contains(&figure("cvm_inbox_waiting_messages", json!({"consumer": consumer}))));
        assert!(figure("cvm_inbox_oldest_message_age_seconds", json!({"consumer": consumer})) < 60.0);
    }
    assert!(figure("cvm_lake_files", json!({"table": "messages"})) <= 1.0);
    assert!(figure("cvm_database_connections", json!({"state": "idle"})) <= 8.0);
    assert!(figure("cvm_jobs", json!({"kind": "tidy", "state": "waiting"})) <= 1.0);
    assert!((10e6..10e9).contains(&figure("process_resident_memory_bytes", json!({}))));
    assert!(figure("process_cpu_seconds_total", json!({})) > 0.0);
    assert!(figure("process_open_fds", json!({})) > 5.0);
    // On the main address they are for who has the permission.
    let main = client().get(format!("{}/metrics", server.url)).send().await.unwrap();
    assert_eq!(main.status(), StatusCode::UNAUTHORIZED);
    server.stop();
}
