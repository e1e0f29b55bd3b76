//! `cvm import` and `cvm sync`: what is stored is what the main job counts, and whoever is killed goes on.

use super::server::{Server, ask, sdks};
use super::{cvm, fail, succeed, text};
use cvm_core::message::Message;
use cvm_core::order::order_event;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// Purchases of a shop: orders of several lines, some apart, with returns, and rows that are none.
fn purchases() -> String {
    let mut text = String::from("Order;Customer;Date;Product;Quantity;Unit price\n");
    for number in 0..3_000_u64 {
        let order = number / 3;
        let customer = order * 7919 % 211;
        let day = order % 28 + 1;
        let (quantity, cents) = (number % 5 + 1, number * 37 % 9_000 + 1);
        let sign = if number % 17 == 0 { "-" } else { "" };
        let order = if number % 100 == 50 { order - 5 } else { order }; // a line apart from its order
        writeln!(
            text,
            "{order};c{customer};{day:02}.{:02}.2025 10:{:02};p{};{sign}{quantity};{},{:02}",
            order % 11 + 1,
            order % 60,
            number % 50,
            cents / 100,
            cents % 100
        )
        .unwrap();
    }
    text.push_str(
        "9000;;01.02.2025 10:00;p1;1;2,00\n9001;c1;99.99.2025 10:00;p1;1;2,00\n9002;c1;01.02.2025 10:00;p1;x;2,00\n",
    );
    text
}

/// What is in the lake, in the order in which it came.
fn messages(folder: &Path) -> Vec<Message> {
    let sql = "SELECT message_id, name, user_id, timestamp, properties FROM messages";
    let rows = succeed(folder, &["query", sql, "--folder", "data", "--format", "json", "--rows", "1000000"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&rows).unwrap();
    let time = |row: &serde_json::Value| {
        chrono::DateTime::parse_from_rfc3339(row["timestamp"].as_str().unwrap()).unwrap().timestamp_micros()
    };
    let message = |row: serde_json::Value| {
        let message = serde_json::json!({
            "message_id": row["message_id"], "type": "track", "source": "import", "name": row["name"],
            "user_id": row["user_id"], "timestamp": time(&row), "received_at": 0,
            "properties": serde_json::from_str::<serde_json::Value>(row["properties"].as_str().unwrap()).unwrap(),
        });
        serde_json::from_value(message).unwrap()
    };
    rows.into_iter().map(message).collect()
}

#[test]
fn what_is_imported_is_worth_what_the_main_job_says() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("purchases.csv"), purchases()).unwrap();
    succeed(folder.path(), &["init", "data"]);
    let said = succeed(folder.path(), &["import", "data", "purchases.csv", "--kind", "transactions"]);
    assert!(said.contains("no server runs: the rows wait safely"), "{said}");
    let line = |what: &str| said.lines().find(|line| line.trim_start().starts_with(what)).unwrap().to_owned();
    assert!(line("rows read").ends_with(" 3003") && line("stored").ends_with(" 3000"), "{said}");
    assert!(line("rejected").ends_with(" 3"), "{said}");
    let again = succeed(folder.path(), &["import", "data", "purchases.csv", "--kind", "transactions"]);
    assert!(again.contains("these files are imported already, nothing was done"), "{again}");

    succeed(folder.path(), &["analyze", "purchases.csv", "--csv", "--quiet", "--model", "bg-nbd"]);
    let rows = super::rows(&folder.path().join("cvm-analysis/customers.csv"));
    let (ids, revenues) = (super::column(&rows, "customer_id"), super::column(&rows, "revenue"));
    let cents = |text: &str| (text.parse::<f64>().unwrap() * 100.0).round() as i64;
    let expected: BTreeMap<&str, i64> = ids.into_iter().zip(revenues.into_iter().map(cents)).collect();
    assert_eq!(expected.len(), 211);

    Server::start(folder.path()).stop();
    let (mut found, mut orders): (BTreeMap<String, i64>, _) = (BTreeMap::new(), BTreeSet::new());
    for message in messages(folder.path()) {
        let order = order_event(&message, "USD").unwrap().unwrap();
        assert!(orders.insert(order.order_id.clone()), "{} comes twice", order.order_id);
        *found.entry(message.user_id.unwrap()).or_default() += order.amount;
    }
    assert!(found.iter().map(|(customer, amount)| (customer.as_str(), *amount)).eq(expected), "to the cent");

    let mut more = purchases();
    more.push_str("9003;c1;01.02.2025 10:00;p1;1;2,00\n");
    fs::write(folder.path().join("purchases.csv"), more).unwrap();
    let (code, message) = fail(folder.path(), &["import", "data", "purchases.csv", "--kind", "transactions"]);
    assert!(code == 2 && message.contains("has changed since") && message.contains("--again"), "{message}");
}

/// Runs a command that stores, and kills it when the database has grown by a little more each time, wherever that is.
fn kill_amid(folder: &Path, arguments: &[&str]) {
    let size = |name: &str| fs::metadata(folder.join("data").join(name)).map_or(0, |file| file.len());
    let size = || size("inbox.sqlite") + size("inbox.sqlite-wal");
    let mut kills = 0;
    for round in 1..=4_u64 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cvm"));
        let mut running = command.current_dir(folder).args(arguments).stdout(Stdio::null()).spawn().unwrap();
        let enough = size() + round * 100_000;
        while running.try_wait().unwrap().is_none() && size() < enough {
            std::thread::yield_now();
        }
        kills += usize::from(running.kill().is_ok() && !running.wait().unwrap().success());
    }
    assert!(kills >= 3, "{kills}");
}

#[test]
fn a_killed_import_goes_on_and_each_row_is_stored_once() {
    const ROWS: usize = 40_000;
    let folder = tempfile::tempdir().unwrap();
    let mut events = String::from("customer_id,event,time,score,member,code\n");
    for row in 0..ROWS {
        writeln!(events, "u{row},Seen,2025-01-02T03:04:05Z,{},true,00{}", row % 9, row % 7).unwrap();
    }
    fs::write(folder.path().join("events.csv"), events).unwrap();
    succeed(folder.path(), &["init", "data"]);
    let import = ["import", "data", "events.csv", "--kind", "events"];
    kill_amid(folder.path(), &import);
    // The rest beside a server that takes in at the same time.
    let server = Server::start(folder.path());
    let output = cvm(folder.path(), &import);
    let said = text(&output.stdout);
    assert!(output.status.success() && said.contains("goes on where it stopped"), "{said}");
    assert!(said.contains("the server takes it from here"), "{said}");
    assert!(said.lines().any(|line| line.starts_with("rows read") && line.ends_with(&format!(" {ROWS}"))), "{said}");
    server.stop();
    let counted = ask(
        folder.path(),
        "SELECT count(*) AS messages, count(DISTINCT user_id) AS people, min(properties) AS properties FROM messages",
    );
    assert_eq!((&counted[0]["messages"], &counted[0]["people"]), (&ROWS.into(), &ROWS.into()));
    assert_eq!(counted[0]["properties"], r#"{"score":0,"member":true,"code":"000"}"#);
}

#[test]
fn what_an_import_needs_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &["init", "data"]);
    fs::write(folder.path().join("a.csv"), "customer_id,what\nu,x\nv,y\n").unwrap();
    let (_, message) = fail(folder.path(), &["import", "data", "a.csv", "--kind", "events"]);
    assert!(
        message.contains("found no column for the event in `customer_id` and `what`; name it with --event COLUMN"),
        "{message}"
    );
    let (_, message) = fail(folder.path(), &["import", "data", "a.csv", "--kind", "customers", "--email", "mail"]);
    assert!(message.contains("has no column `mail`"), "{message}");
    let (code, message) = fail(folder.path(), &["import", "data", "-", "--kind", "customers"]);
    assert!(code == 2 && message.contains("save it to a file"), "{message}");
}

/// Storage that speaks S3, on this machine.
struct Storage {
    process: Child,
    answers: BufReader<ChildStdout>,
    url: String,
}

impl Storage {
    fn start() -> Self {
        let sdks = sdks();
        let mut command = Command::new(sdks.join("storage/bin/python"));
        command.arg(sdks.join("storage.py")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut answers = BufReader::new(process.stdout.take().unwrap());
        let mut url = String::new();
        answers.read_line(&mut url).unwrap();
        Self { process, answers, url: url.trim().to_owned() }
    }

    fn put(&mut self, key: &str, path: &Path) {
        writeln!(self.process.stdin.as_mut().unwrap(), "{key} {}", path.display()).unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, "put\n");
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn configure(folder: &Path, sync: &str) {
    succeed(folder, &["init", "data"]);
    let file = folder.join("data/cvm.toml");
    let settings = fs::read_to_string(&file).unwrap();
    fs::write(file, format!("{settings}\n{sync}")).unwrap();
}

#[test]
fn files_of_a_bucket_are_read_once_each_and_again_when_they_change() {
    let folder = tempfile::tempdir().unwrap();
    let mut storage = Storage::start();
    let sync = |name: &str, url: &str| {
        format!(
            "[sync.{name}]\nurl = \"{url}\"\nkind = \"customers\"\nendpoint = \"{}\"\nregion = \"us-east-1\"\n\
             access_key = \"who\"\nsecret_key = \"hush-hush\"\n",
            storage.url
        )
    };
    let bucket = sync("bucket", "s3://crm/customers/*") + "columns = { loyalty_card = \"card\" }\n";
    configure(folder.path(), &(bucket + &sync("people", "s3://crm/people/*.parquet")));
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    succeed(folder.path(), &["simulate", "--customers", "50", "--only", "customers", "--output", "company"]);
    let parquet = super::names(&folder.path().join("company"))
        .into_iter()
        .find(|path| path.to_string_lossy().ends_with(".parquet"));
    storage.put("people/all.parquet", &parquet.unwrap());
    storage.put("customers/some.csv", &file("a.csv", "customer_id;card;points\nx1;0071;7\nx2;0072;8\n;;9\n"));
    storage.put("customers/some.ndjson", &file("a.json", "{\"customer_id\": \"x3\", \"city\": \"Łódź\"}\nbroken\n"));
    storage.put("other/none.csv", &file("c.csv", "customer_id\ny\nz\n"));
    let sync = || succeed(folder.path(), &["sync", "data", "bucket"]);
    let people = succeed(folder.path(), &["sync", "data", "people"]);
    assert_eq!(people, "people: 50 rows stored, 0 known before, 0 rejected\n");
    assert_eq!(sync(), "bucket: 3 rows stored, 0 known before, 2 rejected\n");
    assert_eq!(sync(), "bucket: 0 rows stored, 0 known before, 0 rejected\n");
    assert_eq!(
        succeed(folder.path(), &["sync", "data"]),
        "nothing is due; `cvm sync FOLDER NAME` runs one all the same\n"
    );
    storage.put("customers/some.csv", &file("b.csv", "customer_id;card;points\nx1;0071;70\n"));
    assert_eq!(sync(), "bucket: 1 rows stored, 0 known before, 0 rejected\n");
    let shown = succeed(folder.path(), &["sync", "data", "--list"]);
    assert!(shown.contains("s3://crm/customers/*") && shown.contains("customers/some.csv"), "{shown}");
    Server::start(folder.path()).stop();
    let found = ask(
        folder.path(),
        "SELECT user_id, traits FROM messages WHERE user_id LIKE 'x%' ORDER BY user_id, received_at",
    );
    assert_eq!(found[0]["traits"], r#"{"points":7,"loyalty_card":"0071"}"#);
    assert_eq!((&found[1]["user_id"], &found[3]["traits"]), (&"x1".into(), &r#"{"city":"Łódź"}"#.into()));

    let settings = fs::read_to_string(folder.path().join("data/cvm.toml")).unwrap();
    fs::write(folder.path().join("data/cvm.toml"), settings.replace("s3://crm/", "s3://mrc/")).unwrap();
    let (_, message) = fail(folder.path(), &["sync", "data", "bucket"]);
    assert!(message.contains("sync `bucket`: the files cannot be listed; check url"), "{message}");
    assert!(!message.contains("hush"), "{message}");
}

#[test]
fn a_killed_sync_goes_on_within_a_file() {
    const ROWS: usize = 40_000;
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("exports")).unwrap();
    let mut events = String::from("customer_id,event,at\n");
    for row in 0..ROWS {
        writeln!(events, "u{row},Seen,02.01.2025 10:30").unwrap();
    }
    fs::write(folder.path().join("exports/events.csv"), events).unwrap();
    let url = format!("file://{}/exports/*.csv", folder.path().display());
    configure(
        folder.path(),
        &format!(
            "[sync.exports]\nurl = \"{url}\"\nkind = \"events\"\ncolumns = {{ time = \"at\" }}\ndate_format = \"dmy\"\ntimezone = \"Europe/Warsaw\"\n"
        ),
    );
    kill_amid(folder.path(), &["sync", "data", "exports"]);
    succeed(folder.path(), &["sync", "data", "exports"]);
    Server::start(folder.path()).stop();
    let counted = ask(folder.path(), "SELECT count(*) AS messages, count(DISTINCT user_id) AS people FROM messages");
    assert_eq!((&counted[0]["messages"], &counted[0]["people"]), (&ROWS.into(), &ROWS.into()));
}
