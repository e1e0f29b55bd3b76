//! A real server, and the real SDKs that talk to it.

use super::{succeed, text};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running server in a folder of its own.
pub struct Server {
    process: Child,
    pub url: String,
    pub write_key: String,
}

impl Server {
    /// Starts a server on a free port, in a folder that `cvm init` has made or now makes.
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    /// The same with other settings.
    pub fn start_with(folder: &Path, settings: &[(&str, &str)]) -> Self {
        if !folder.join("data/cvm.toml").exists() {
            succeed(folder, &["init", "data"]);
        }
        let sources = succeed(folder, &["sources", "data"]);
        let write_key = sources.split_whitespace().find(|word| word.len() == 32).unwrap().to_owned();
        let mut process = Command::new(env!("CARGO_BIN_EXE_cvm"))
            .current_dir(folder)
            .args(["serve", "data"])
            .env("CVM_LISTEN", "127.0.0.1:0")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { process, url: url.trim().to_owned(), write_key }
    }

    fn host(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    /// Sends a request with the write key; the whole answer.
    pub fn request(&self, method: &str, path: &str, body: &str) -> std::io::Result<String> {
        self.send(method, path, &format!("authorization: Bearer {}", self.write_key), body)
    }

    /// Sends a request over a plain socket; the whole answer.
    pub fn send(&self, method: &str, path: &str, header: &str, body: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(self.host())?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {}\r\n{header}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.host(),
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Asks it to stop, as a service manager does, and waits for its end.
    pub fn stop(mut self) {
        Command::new("kill").arg(self.process.id().to_string()).status().unwrap();
        assert!(self.process.wait().unwrap().success());
    }

    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn ask(folder: &Path, sql: &str) -> serde_json::Value {
    serde_json::from_str(&succeed(folder, &["query", sql, "--folder", "data", "--format", "json"])).unwrap()
}

#[test]
fn what_is_acknowledged_survives_a_kill_and_is_in_the_lake_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..4 {
        let server = Server::start(folder.path());
        let (id_of_server, mut killing) = (server.process.id().to_string(), None);
        for number in 0..40 {
            let id = format!("{round}-{number}");
            let call = format!(r#"{{"userId": "u", "event": "e", "messageId": "{id}"}}"#);
            if number == 20 + round {
                // Dies amid the following requests.
                killing = Some(Command::new("kill").args(["-9", &id_of_server]).spawn().unwrap());
            }
            match server.request("POST", "/v1/track", &call) {
                Ok(answer) if answer.starts_with("HTTP/1.1 200") => acknowledged.push(id),
                _ => break,
            }
        }
        assert!(killing.unwrap().wait().unwrap().success());
        server.kill();
    }
    assert!(acknowledged.len() >= 80, "{}", acknowledged.len());
    Server::start(folder.path()).stop();
    let stored = ask(folder.path(), "SELECT message_id FROM messages");
    let mut stored: Vec<&str> =
        stored.as_array().unwrap().iter().map(|row| row["message_id"].as_str().unwrap()).collect();
    let all = stored.len();
    stored.sort_unstable();
    stored.dedup();
    assert_eq!(stored.len(), all, "nothing is there twice");
    for id in acknowledged {
        assert!(stored.binary_search(&id.as_str()).is_ok(), "{id} was acknowledged and is gone");
    }
}

#[test]
fn the_commands_of_a_server_say_what_they_need() {
    let folder = tempfile::tempdir().unwrap();
    let (code, message) = super::fail(folder.path(), &["serve"]);
    assert_eq!(code, 2);
    assert!(message.contains("cvm-data/cvm.toml") && message.contains("`cvm init` makes one"), "{message}");
    let (_, message) = super::fail(folder.path(), &["init", "--admin", "nobody"]);
    assert!(message.contains("`nobody` is no e-mail address"), "{message}");
    let said = succeed(folder.path(), &["init"]);
    assert!(said.contains("cvm serve cvm-data") && said.contains("http://127.0.0.1:8080"), "{said}");
    let (code, message) = super::fail(folder.path(), &["init"]);
    assert_eq!(code, 2);
    assert!(message.contains("is there already"), "{message}");
    let found = succeed(folder.path(), &["doctor"]);
    assert!(!found.contains("BAD"), "{found}");
    let sources = succeed(folder.path(), &["sources", "--add", "Till 7"]);
    assert!(sources.contains("till-7") && sources.contains("web"), "{sources}");
    let users = succeed(folder.path(), &["users", "--add", "ada@shop.example", "--role", "analyst"]);
    assert!(users.contains("ada@shop.example  "), "{users}");
    let reset = succeed(folder.path(), &["users", "--reset", "Ada@shop.example"]);
    assert_ne!(reset.split_whitespace().last(), users.split_whitespace().last());
    let users = succeed(folder.path(), &["users"]);
    assert!(users.contains("analyst") && users.contains("admin@localhost.localdomain"), "{users}");
    let (code, message) = super::fail(folder.path(), &["keys", "--add", "BI", "--scopes", "everything"]);
    assert_eq!(code, 2);
    assert!(message.contains("`everything` is no scope; there are customers.read, "), "{message}");
    assert!(succeed(folder.path(), &["keys", "--add", "BI", "--scopes", "query,customers.read"]).contains("cvm_"));
    let (code, message) = super::fail(folder.path(), &["query", "SELECT nothing FROM messages"]);
    assert_eq!(code, 2);
    assert!(message.contains("No field named nothing") && message.contains("message_id"), "{message}");
    fs::write(folder.path().join("cvm-data/cvm.toml"), "listen = 8080").unwrap();
    let (code, message) = super::fail(folder.path(), &["doctor"]);
    assert_eq!(code, 1, "{message}");
}

/// Where `scripts/test-tools` puts the SDKs.
pub(super) fn sdks() -> PathBuf {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let sdks = target.parent().unwrap().join("sdks");
    assert!(
        sdks.join("ready").exists(),
        "the SDKs are not installed; run scripts/test-tools {}",
        target.parent().unwrap().display()
    );
    sdks
}

pub(super) fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}{}", text(&output.stdout), text(&output.stderr));
}

/// What must have come from a sender of every call.
fn assert_all_calls(folder: &Path, user: &str, kinds: &[&str]) {
    let sql = format!(
        "SELECT type FROM messages WHERE user_id = '{user}' OR previous_id = '{user}' GROUP BY type ORDER BY type"
    );
    let found = ask(folder, &sql);
    let found: Vec<&str> = found.as_array().unwrap().iter().map(|row| row["type"].as_str().unwrap()).collect();
    assert_eq!(found, kinds, "{user}");
}

const ALL: &[&str] = &["alias", "group", "identify", "page", "screen", "track"];

#[test]
fn every_call_of_the_python_sdks_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let sdks = sdks();
    run(Command::new(sdks.join("venv/bin/python")).arg(sdks.join("send.py")).args([&server.url, &server.write_key]));
    server.stop();
    assert_all_calls(folder.path(), "segment-python", ALL);
    assert_all_calls(folder.path(), "rudder-python", ALL);
    let email = ask(folder.path(), "SELECT user_id, traits FROM messages WHERE type = 'identify' ORDER BY user_id");
    assert_eq!(email[0]["traits"], r#"{"email":"alan@example.org"}"#);
    assert_eq!(email[1]["traits"], r#"{"email":"ada@example.org","age":36}"#);
}

#[test]
fn every_call_of_the_node_sdks_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let sdks = sdks();
    run(Command::new("node").current_dir(&sdks).arg("send.mjs").args([&server.url, &server.write_key]));
    server.stop();
    assert_all_calls(folder.path(), "segment-node", ALL);
    assert_all_calls(folder.path(), "rudder-node", ALL);
}

#[test]
fn every_call_of_the_browser_sdk_arrives_from_another_origin() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let sdks = sdks();
    let pages = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = pages.local_addr().unwrap();
    let folder_of_pages = sdks.clone();
    std::thread::spawn(move || {
        for stream in pages.incoming().flatten() {
            serve_file(stream, &folder_of_pages);
        }
    });
    let profile = folder.path().join("chromium");
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--virtual-time-budget=20000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("http://{address}/page.html?{}&{}", server.host(), server.write_key))
        .output()
        .unwrap();
    let page = text(&output.stdout);
    assert!(page.contains("<title>sent</title>"), "{page}\n{}", text(&output.stderr));
    server.stop();
    let found = ask(folder.path(), "SELECT DISTINCT type FROM messages ORDER BY type");
    let found: Vec<&str> = found.as_array().unwrap().iter().map(|row| row["type"].as_str().unwrap()).collect();
    assert_eq!(found, ["alias", "group", "identify", "page", "track"]);
}

/// One file of a folder, for a browser.
fn serve_file(mut stream: TcpStream, folder: &Path) {
    let mut line = String::new();
    let Ok(copy) = stream.try_clone() else { return };
    let mut reader = BufReader::new(copy);
    if reader.read_line(&mut line).is_err() {
        return;
    }
    let mut header = String::new();
    while reader.read_line(&mut header).is_ok_and(|read| read > 2) {
        header.clear();
    }
    let path = line.split_whitespace().nth(1).unwrap_or("/");
    let name = path.split('?').next().unwrap_or_default().trim_start_matches('/');
    let (status, body) = match fs::read(folder.join(name)) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let kind = if name.ends_with(".js") { "text/javascript" } else { "text/html" };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

#[test]
fn values_are_computed_beside_a_server_and_other_tools_read_the_lake() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    for customer in 0..40 {
        let calls: Vec<String> = (0..1 + customer % 5)
            .map(|order| {
                let day = format!("2026-0{}-{:02}T10:00:00Z", 1 + order, 1 + (customer * 7 + order * 3) % 28);
                format!(
                    r#"{{"type": "track", "userId": "u{customer}", "messageId": "{customer}-{order}", "timestamp": "{day}",
                        "event": "Order Completed", "properties": {{"order_id": "{customer}-{order}", "revenue": {order}.25}}}}"#
                )
            })
            .collect();
        let answer = server.request("POST", "/v1/batch", &format!(r#"{{"batch": [{}]}}"#, calls.join(","))).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    // The server has the folder, so it is the one that does the work; the command waits for it. The lake may be a second behind.
    let all = || ask(folder.path(), "SELECT count(*) AS n FROM order_lines")[0]["n"] == 120;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !all() {
        assert!(std::time::Instant::now() < deadline, "the lake did not get everything");
    }
    let said = succeed(folder.path(), &["score", "data", "--as-of", "2026-06-30"]);
    assert!(said.starts_with("40 customers as of 2026-06-30"), "{said}");
    let sdks = sdks();
    let output = Command::new(sdks.join("venv/bin/python"))
        .arg(sdks.join("lake.py"))
        .arg(folder.path().join("data/lake"))
        .args(["messages", "order_lines", "owners", "transactions", "customer_values"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = serde_json::json!({"messages": 120, "order_lines": 120, "owners": 40, "transactions": 120,
        "customer_values": 40, "revenue": "190.0000"});
    assert_eq!(found, expected);
    server.stop();
    succeed(folder.path(), &["backup", "all.tar.zst", "--folder", "data"]);
    succeed(folder.path(), &["restore", "all.tar.zst", "--folder", "again"]);
    let said = succeed(folder.path(), &["score", "again", "--as-of", "2026-06-30"]);
    assert!(said.starts_with("40 customers"), "{said}");
    let values = |folder_of: &str| {
        let sql = "SELECT customer_id, clv FROM customer_values ORDER BY run DESC, customer_id LIMIT 40";
        succeed(folder.path(), &["query", sql, "--folder", folder_of, "--format", "json"])
    };
    assert_eq!(values("data"), values("again"));
}
