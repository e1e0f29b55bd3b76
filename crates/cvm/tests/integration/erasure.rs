//! Erased, nothing of them is found anywhere: not in any byte of the data folder, nor in what a backup brings back.

use super::server::{Server, ask, sdks};
use super::{succeed, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Calls of the API with a key.
pub(super) struct Api<'a> {
    server: &'a Server,
    header: String,
}

impl<'a> Api<'a> {
    /// Signs in as the first user, and makes a key.
    pub(super) fn of(server: &'a Server, password: &str) -> Self {
        let login = json!({"email": "admin@localhost.localdomain", "password": password}).to_string();
        let answer = server.send("POST", "/api/v1/login", "accept: */*", &login).unwrap();
        let cookie =
            answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_else(|| panic!("{answer}"));
        let signed_in = Self { server, header: format!("cookie: {}", cookie.split(';').next().unwrap()) };
        let scopes = [
            "customers.read",
            "personal.read",
            "customers.write",
            "customers.erase",
            "import",
            "score",
            "query",
            "segments.read",
            "segments.edit",
            "campaigns.read",
            "campaigns.edit",
            "campaigns.approve",
        ];
        let key = signed_in.call("POST", "/api/v1/api-keys", &json!({"name": "test", "scopes": scopes}));
        Self { server, header: format!("authorization: Bearer {}", key["key"].as_str().unwrap()) }
    }

    pub(super) fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.server.send(method, path, &self.header, &body).unwrap();
        assert!(answer.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    /// The header that shows the key.
    pub(super) fn header(&self) -> String {
        self.header.clone()
    }

    pub(super) fn jobs(&self, kind: &str) -> Vec<Value> {
        let page = self.call("GET", &format!("/api/v1/jobs?kind={kind}"), &Value::Null);
        page["data"].as_array().unwrap().clone()
    }
}

/// Waits for something that must come.
pub(super) fn until(what: &str, come: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !come() {
        assert!(Instant::now() < deadline, "{what} did not come");
        std::thread::yield_now();
    }
}

/// What somebody may be found by. All of it has their name in it, but for numbers.
fn marks(name: &str, phone: &str) -> Vec<String> {
    let own = ["email", "user", "till", "browser", "order", "city", "message", "other-browser", "card"];
    own.iter()
        .map(|what| format!("{what}{name}"))
        .chain([phone.to_owned(), phone[3..].to_owned(), name.to_owned()])
        .collect()
}

/// Everything that a shop gets to know of somebody, call by call.
fn traffic(server: &Server, name: &str, phone: &str) {
    let call = |path: &str, mut body: Value, number: usize| {
        body["messageId"] = json!(format!("message{name}-{number}"));
        let answer = server.request("POST", path, &body.to_string()).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    };
    let (browser, user) = (format!("browser{name}"), format!("user{name}"));
    call("/v1/page", json!({"anonymousId": browser, "properties": {"path": format!("/for/{name}")}}), 0);
    let traits = json!({"email": format!("email{name}@example.org"), "phone": phone, "firstName": name,
        "city": format!("city{name}")});
    call("/v1/identify", json!({"anonymousId": browser, "userId": user, "traits": traits}), 1);
    let consent = json!({"consent": {"categoryPreferences": {"Advertising": true}}});
    call("/v1/track", json!({"userId": user, "event": "Newsletter Wanted", "context": consent}), 2);
    for order in 0..4 {
        let properties = json!({"order_id": format!("order{name}-{order}"), "revenue": 10.5,
            "products": [{"sku": "a", "price": 10.5}]});
        let time = format!("2026-0{}-11T10:00:00Z", order + 1);
        let order_call =
            json!({"userId": user, "event": "Order Completed", "timestamp": time, "properties": properties});
        call("/v1/track", order_call, 3 + order);
    }
    // The same person under another id, and in a browser without one.
    let traits =
        json!({"email": format!("EMAIL{}@Example.org", name.to_uppercase()), "loyaltyCard": format!("card{name}")});
    call("/v1/identify", json!({"userId": format!("till{name}"), "traits": traits}), 8);
    let traits = json!({"phone": phone});
    call("/v1/identify", json!({"anonymousId": format!("other-browser{name}"), "traits": traits}), 9);
}

/// Every file of a folder, in small letters: its bytes, and what they say where these are packed.
fn contents(folder: &Path) -> BTreeMap<PathBuf, String> {
    const UNPACK: &str = "
import sys, sqlite3, duckdb
path = sys.argv[1]
if path.endswith('.sqlite'):
    for line in sqlite3.connect('file:' + path + '?immutable=1', uri=True).iterdump():
        print(line)
else:
    for row in duckdb.sql(f\"SELECT t::VARCHAR FROM read_parquet('{path}', hive_partitioning = false) AS t\").fetchall():
        print(row)
";
    let python = sdks().join("venv/bin/python");
    let (mut contents, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut all = path.display().to_string() + "\n" + &String::from_utf8_lossy(&fs::read(&path).unwrap());
            if path.extension().is_some_and(|kind| kind == "parquet" || kind == "sqlite") {
                let unpacked = Command::new(&python).args(["-c", UNPACK]).arg(&path).output().unwrap();
                assert!(unpacked.status.success(), "{}: {}", path.display(), text(&unpacked.stderr));
                all.push_str(&String::from_utf8_lossy(&unpacked.stdout));
            }
            contents.insert(path, all.to_lowercase());
        }
    }
    contents
}

/// Where a mark is, with what stands around it.
fn find(contents: &BTreeMap<PathBuf, String>, mark: &str) -> Vec<String> {
    let around = |(path, all): (&PathBuf, &String)| {
        let at = all.find(mark)?;
        let from = all.floor_char_boundary(at.saturating_sub(150));
        Some(format!("{}: {:?}", path.display(), &all[from..all.ceil_char_boundary((at + 150).min(all.len()))]))
    };
    contents.iter().filter_map(around).collect()
}

#[test]
fn the_erased_are_found_nowhere_and_the_others_still_are() {
    let folder = tempfile::tempdir().unwrap();
    let said = succeed(folder.path(), &["init", "data"]);
    let password = said.split_whitespace().last().unwrap();
    let server = Server::start_with(folder.path(), &[("CVM_LAKE_KEEP_MINUTES", "0")]);
    let api = Api::of(&server, password);
    let people = [("zuzanna", "+48601234567"), ("bertram", "+48602345678"), ("kunigunde", "+48603456789")];
    for (name, phone) in people {
        traffic(&server, name, phone);
        let bad = json!([{"customer_id": format!("user{name}"), "email": format!("email{name}@example.org"), "time": "never"},
            {"phone": phone.replace("+48", "0048 "), "time": "never"}]);
        api.call("POST", "/api/v1/customers/batch", &bad);
    }
    // Enough others for a model.
    for customer in 0..40 {
        for order in 0..1 + customer % 5 {
            let day = format!("2026-0{}-{:02}T10:00:00Z", 1 + order, 1 + (customer * 7 + order * 3) % 28);
            let properties = json!({"order_id": format!("{customer}-{order}"), "revenue": f64::from(order) + 0.25});
            let call = json!({"userId": format!("u{customer}"), "event": "Order Completed", "timestamp": day,
                "properties": properties, "messageId": format!("{customer}-{order}")});
            assert!(server.request("POST", "/v1/track", &call.to_string()).unwrap().starts_with("HTTP/1.1 200"));
        }
    }
    until("everything in the lake", || ask(folder.path(), "SELECT count(*) AS n FROM messages")[0]["n"] == 120 + 3 * 9);
    succeed(folder.path(), &["score", "data", "--as-of", "2026-06-30"]);
    // Received, and perhaps in no lake and with no person yet, when the backup is made and when the erasure comes.
    let late = |number: usize| {
        let traits = json!({"email": "emailzuzanna@example.org"});
        let late = json!({"anonymousId": format!("browserzuzanna-{number}"), "traits": traits, "messageId": format!("messagezuzanna-late-{number}")});
        assert!(server.request("POST", "/v1/identify", &late.to_string()).unwrap().starts_with("HTTP/1.1 200"));
    };
    late(1);
    succeed(folder.path(), &["backup", "before.tar.zst", "--folder", "data"]);

    let found = api.call("GET", "/api/v1/customers?identifier=email:emailzuzanna@example.org", &Value::Null);
    let id = found["data"][0]["id"].as_str().unwrap().to_owned();
    let person = api.call("GET", &format!("/api/v1/customers/{id}"), &Value::Null);
    assert!(person["values"]["columns"]["clv"].is_number(), "{person}");
    let mut ids = vec![id.clone()];
    ids.extend(person["merges"].as_array().unwrap().iter().map(|merge| merge["merged"].as_str().unwrap().to_owned()));
    assert!(ids.len() >= 3, "{person}");
    late(2);
    api.call("DELETE", &format!("/api/v1/customers/{id}?reason=asked"), &Value::Null);
    let done = |kind: &str| {
        let jobs = api.jobs(kind);
        jobs.iter().any(|job| job["asked_by"] == "erasure" && job["state"] == "done")
    };
    until("the forgetting", || done("forget"));
    until("the tidying", || done("tidy-lake"));
    server.stop();

    let left = contents(&folder.path().join("data"));
    for mark in marks("zuzanna", people[0].1) {
        assert_eq!(find(&left, &mark), Vec::<String>::new(), "{mark}");
    }
    for (name, phone) in &people[1..] {
        for mark in marks(name, phone).iter().filter(|mark| **mark != phone[3..]) {
            assert!(!find(&left, mark).is_empty(), "{mark} is gone too");
        }
    }
    let in_lake = find(&left, "emailbertram").iter().any(|found| found.contains("lake/messages/part-"));
    assert!(in_lake, "packed files are looked into");
    // That somebody with this number was erased, and by whom, is in the audit log; it is in nothing else.
    for id in &ids {
        for found in find(&left, id) {
            assert!(found.contains("cvm.sqlite"), "{found}");
        }
        let dump = &left[&folder.path().join("data/cvm.sqlite")];
        let rows = dump.lines().filter(|line| line.starts_with("insert into") && line.contains(id.as_str()));
        for row in rows {
            assert!(row.contains("customer.erase"), "{row}");
        }
    }

    // A backup of before knows them; told of the erasure, it does not bring them back.
    succeed(folder.path(), &["restore", "before.tar.zst", "--folder", "without"]);
    assert!(!find(&contents(&folder.path().join("without")), "emailzuzanna").is_empty());
    succeed(folder.path(), &["restore", "before.tar.zst", "--folder", "again", "--erased", "data"]);
    let left = contents(&folder.path().join("again"));
    for mark in marks("zuzanna", people[0].1).into_iter().chain(ids) {
        assert_eq!(find(&left, &mark), Vec::<String>::new(), "{mark}");
    }
    for (name, phone) in &people[1..] {
        for mark in marks(name, phone).iter().filter(|mark| **mark != phone[3..]) {
            assert!(!find(&left, mark).is_empty(), "{mark} is gone too");
        }
    }
}
