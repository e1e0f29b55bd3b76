//! The API against its own description, by schemathesis: no 5xx, and no answer that is not described.

use super::*;
use crate::server::sdks;
use serde_json::{Value, json};

/// Tries every route with what the description allows and what it does not. `authentication` says as whom.
fn try_all(server: &Running, folder: &Path, authentication: &str, but: &[&str]) {
    let sdks = sdks();
    let settings = fs::read_to_string(sdks.join("schemathesis.toml")).unwrap();
    // Through the settings, not as a header: a request that is to be refused would carry it too.
    fs::write(folder.join("schemathesis.toml"), format!("{settings}\n{authentication}")).unwrap();
    let mut run = Command::new(sdks.join("venv/bin/schemathesis"));
    run.current_dir(folder).args(["run", &format!("{}/api/openapi.json", server.url), "--no-color"]);
    let output = run.args(but.iter().flat_map(|path| ["--exclude-path", path])).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let tried =
        said.split_once(" generated, ").and_then(|(before, _)| before.rsplit(' ').next()?.parse::<usize>().ok());
    assert!(tried.is_some_and(|tried| tried > 1000), "{said}");
}

/// A customer to be looked at and changed.
async fn customer(server: &Running, client: &reqwest::Client, key: &str) -> String {
    let record = json!([{"customer_id": "anna", "email": "anna@shop.example"}]).to_string();
    let add = client.post(format!("{}/api/v1/customers/batch", server.url)).bearer_auth(key).body(record);
    assert_eq!(add.send().await.unwrap().status(), 200);
    let until = Instant::now() + PATIENCE;
    loop {
        let find = client.get(format!("{}/api/v1/customers?identifier=user_id:anna", server.url)).bearer_auth(key);
        let found: Value = serde_json::from_slice(&find.send().await.unwrap().bytes().await.unwrap()).unwrap();
        if let Some(id) = found["data"][0]["id"].as_str() {
            return id.to_owned();
        }
        assert!(Instant::now() < until, "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &[]);
    let client = client();
    let sign_in = json!({"email": "admin@localhost.localdomain", "password": server.password});
    let answer = client.post(format!("{}/api/v1/login", server.url)).body(sign_in.to_string()).send().await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let scopes = ["customers.read", "personal.read", "customers.write", "customers.erase", "import", "query", "score"];
    let scopes = [&scopes[..], &["sources.manage", "audit.read", "metrics.read"]].concat();
    let key = client.post(format!("{}/api/v1/api-keys", server.url)).header("cookie", &cookie);
    let key = key.body(json!({"name": "schemathesis", "scopes": scopes}).to_string()).send().await.unwrap();
    let key: Value = serde_json::from_slice(&key.bytes().await.unwrap()).unwrap();
    let key = key["key"].as_str().unwrap();
    // Mail that comes back is nothing that schemathesis can make.
    let mail = "/api/v1/messages/bounces";
    try_all(&server, folder.path(), &format!("[auth.openapi.api_key]\nbearer = \"{key}\"\n"), &[mail]);
    // What only a person may: but what ends the session that the rest is tried with.
    let session = cookie.split_once('=').unwrap().1;
    let ending = ["/api/v1/logout", "/api/v1/me/sessions", "/api/v1/me/password", mail];
    let as_admin = format!("[auth.openapi.session]\napi_key = \"{session}\"\n");
    // And what there is only where there is somebody.
    let known = customer(&server, &client, key).await;
    let of_somebody = format!(
        "[[operations]]\ninclude-path-regex = '^/api/v1/customers/\\{{id\\}}'\nexclude-method = \"DELETE\"\n\
         parameters = {{ \"path.id\" = \"{known}\" }}\n"
    );
    try_all(&server, folder.path(), &format!("{as_admin}{of_somebody}"), &ending);
    let log = server.log.lock().unwrap();
    assert!(!log.contains("request failed"), "{log}");
}
