//! A disk without room: nobody is told that we have what we have not, and the server goes on by itself when there is room.

use super::*;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// How large the server's files may grow from now on, for a process that lives.
fn limit(server: &Running, bytes: &str) {
    let (process, limit) = (server.process.id().to_string(), format!("--fsize={bytes}:"));
    assert!(Command::new("prlimit").args(["--pid", &process, &limit]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_survived() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    // The kernel ends a program that writes past this limit unless it ignores the signal; a full disk sends none.
    command.args(["-c", "trap '' XFSZ; exec \"$0\" serve data", env!("CARGO_BIN_EXE_cvm")]);
    let mut server = Running::by(command, folder.path(), &[]);
    let client = client();
    let ready = async || client.get(format!("{}/readyz", server.url)).send().await.unwrap();
    let send = async |number: usize| {
        let event = json!({"userId": "u", "event": "e", "messageId": format!("m{number}")});
        server.send("/v1/track", &event).await
    };
    for number in 0..20 {
        assert_eq!(send(number).await.status(), StatusCode::OK);
    }
    assert_eq!(ready().await.status(), StatusCode::OK);
    limit(&server, "4096");
    for number in 20..30 {
        let answer = send(number).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()["retry-after"], "5");
        let problem: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(problem["code"], "unavailable");
    }
    let answer = ready().await;
    assert_eq!(
        (answer.status(), &answer.headers()["retry-after"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"5".parse().unwrap())
    );
    assert_eq!(client.get(format!("{}/healthz", server.url)).send().await.unwrap().status(), StatusCode::OK);
    // Signing in is written down, so it cannot be either.
    let sign_in = async || {
        let body = json!({"email": "admin@localhost.localdomain", "password": server.password}).to_string();
        client.post(format!("{}/api/v1/login", server.url)).body(body).send().await.unwrap().status()
    };
    assert_eq!(sign_in().await, StatusCode::SERVICE_UNAVAILABLE);
    limit(&server, "unlimited");
    assert_eq!(ready().await.status(), StatusCode::OK, "it finds the room by itself, before anybody sends");
    for number in 20..40 {
        assert_eq!(send(number).await.status(), StatusCode::OK);
    }
    assert_eq!(sign_in().await, StatusCode::OK);
    server.signal("TERM");
    server.end();
    let sql = "SELECT message_id, count(*) AS times FROM messages GROUP BY message_id";
    let stored = succeed(folder.path(), &["query", sql, "--folder", "data", "--format", "json"]);
    let stored: Vec<Value> = serde_json::from_str(&stored).unwrap();
    assert_eq!(stored.len(), 40, "{stored:?}");
    assert!(stored.iter().all(|row| row["times"] == 1), "{stored:?}");
}
