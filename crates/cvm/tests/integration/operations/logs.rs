//! The log: each line within a request carries its id, and none says who a customer is.

use super::*;
use crate::server::{run, sdks};
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn lines_have_ids_and_no_personal_data() {
    let folder = tempfile::tempdir().unwrap();
    // Everything that the server and what it is made of can say.
    let settings = [("CVM_LOG", "debug,sqlx=trace,tower_http=trace"), ("CVM_LOG_FORMAT", "json")];
    let mut server = Running::start(folder.path(), &settings);
    let sdks = sdks();
    let python = sdks.join("venv/bin/python");
    run(Command::new(python).arg(sdks.join("send.py")).args([&server.url, &server.write_key]));
    let broken = json!({"batch": [{"type": "track", "userId": "zofia@shop.example", "traits": {"name": "Zofia"}}]});
    assert_eq!(server.send("/v1/batch?name=Zofia", &broken).await.status(), StatusCode::OK);
    let sign_in = json!({"email": "zofia@shop.example", "password": "never-to-be-seen"});
    assert_eq!(server.send("/api/v1/login?next=Zofia", &sign_in).await.status(), StatusCode::UNAUTHORIZED);
    let ids = ["zofia-at-the-till", "Zofia Nowak <zofia@shop.example>"];
    let mut given = Vec::new();
    for id in ids {
        let request = client().get(format!("{}/api/v1/customers/zofia@shop.example?name=Zofia", server.url));
        let answer = request.header("x-request-id", id).send().await.unwrap();
        given.push(answer.headers()["x-request-id"].to_str().unwrap().to_owned());
    }
    assert_eq!(given[0], ids[0]);
    assert_eq!(given[1].len(), 36, "what is no id is replaced by one: {}", given[1]);
    server.signal("TERM");
    server.end();
    let log = server.log.lock().unwrap();
    let personal =
        ["zofia@", "Zofia", "ada@example", "alan@example", "never-to-be-seen", "shop.example/cart", &server.write_key];
    for (line, word) in log.lines().flat_map(|line| personal.map(|word| (line, word))) {
        assert!(!line.contains(word), "{word} is in {line}");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let id = |line: &Value| line["spans"][0]["id"].as_str().unwrap_or_default().to_owned();
    let rejected = lines.iter().find(|line| line["fields"]["message"] == "calls were rejected").unwrap();
    assert_eq!(id(rejected).len(), 36, "{rejected}");
    assert!(lines.iter().any(|line| id(line) == ids[0]), "{log}");
    let of_requests = ["cvm_app::access", "cvm_app::customers::api", "cvm_app::tracking::api", "tower_http::trace"];
    for line in &lines {
        let target = line["target"].as_str().unwrap();
        assert!(!of_requests.iter().any(|prefix| target.starts_with(prefix)) || !id(line).is_empty(), "{line}");
    }
}
