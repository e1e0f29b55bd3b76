//! What is appended is there once; questions are answered within their limits.

use super::*;
use crate::analyze::{self, Output, Progress};
use crate::ingest;
use chrono::NaiveDate;
use cvm_core::lake::{Owner, Spent, Stretch, Values};
use cvm_core::message::MessageKind;
use cvm_core::segment::PersonId;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;

fn message(id: &str, properties: Value) -> Message {
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

async fn ask(lake: &Tables, sql: &str) -> Value {
    json!(lake.query(sql, QueryLimits::default()).await.unwrap().rows)
}

async fn count(lake: &Tables) -> Value {
    ask(lake, "SELECT count(*) AS n, count(DISTINCT message_id) AS ids FROM messages").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_added_once_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    for number in 1..=3 {
        let lake = Tables::open(folder.path(), "EUR").await.unwrap();
        assert_eq!(lake.position().await.unwrap(), number - 1);
        lake.append(&batch(number), number).await.unwrap();
        lake.append(&batch(number), number).await.unwrap();
        // An older one comes again, as after a crash between the lake's commit and the inbox's.
        lake.append(&batch(1), 1).await.unwrap();
        assert_eq!(lake.position().await.unwrap(), number);
    }
    let lake = Tables::open(folder.path(), "EUR").await.unwrap();
    assert_eq!(count(&lake).await, json!([{"n": 30, "ids": 30}]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_small_batches_are_compacted_and_all_there() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Tables::open(folder.path(), "EUR").await.unwrap();
    let batches = FILES_MAX as i64 + 5;
    for number in 1..=batches {
        lake.append(&batch(number), number).await.unwrap();
    }
    assert!(lake.messages.lock().await.files().unwrap() < 10);
    assert_eq!(lake.position().await.unwrap(), batches);
    assert_eq!(count(&lake).await, json!([{"n": batches * 10, "ids": batches * 10}]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_may_bring_lists_of_customers() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Tables::open(folder.path(), "EUR").await.unwrap();
    let lists = [vec![PersonId(1), PersonId(2)], vec![PersonId(2)]];
    let sql = "SELECT customer_id, count(*) AS lists, max(list) AS last FROM members GROUP BY 1 ORDER BY 1";
    let answer = lake.query_among(sql, &lists, QueryLimits::default()).await.unwrap();
    let row = |person: u128, lists: u8, last: u8| json!({"customer_id": PersonId(person).to_string(), "lists": lists, "last": last});
    assert_eq!(json!(answer.rows), json!([row(1, 1, 1), row(2, 2, 2)]));
    let none = lake.query_among("SELECT count(*) AS n FROM members", &[vec![]], QueryLimits::default()).await.unwrap();
    assert_eq!(json!(none.rows), json!([{"n": 0}]), "a list may be empty");
    let refused = lake.query(sql, QueryLimits::default()).await.unwrap_err().to_string();
    assert!(refused.contains("members"), "without lists there is no such table: {refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_only_read_and_within_limits() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Tables::open(folder.path(), "EUR").await.unwrap();
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
    assert_eq!(
        ask(&lake, "SELECT DISTINCT funnel_step AS step FROM messages").await,
        json!([{"step": "order_completed"}])
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

/// A track call of a user or, with `~`, of a browser.
fn call(id: &str, name: &str, who: &str, timestamp: i64, properties: Value) -> Message {
    let anonymous = who.strip_prefix('~').map(str::to_owned);
    Message {
        name: Some(name.to_owned()),
        user_id: anonymous.is_none().then(|| who.to_owned()),
        anonymous_id: anonymous,
        timestamp,
        ..message(id, properties)
    }
}

/// The product's side of a run: everyone owns the user id of their name, and what `more` says.
#[derive(Default)]
struct Product {
    owners: Vec<Owner>,
    values: std::sync::Mutex<BTreeMap<String, Value>>,
    steps: std::sync::Mutex<Vec<&'static str>>,
}

impl Product {
    fn of(owners: &[(&str, i64, &str)]) -> Self {
        let owner = |&(identifier, since, customer): &(&str, i64, &str)| Owner {
            identifier: identifier.to_owned(),
            since,
            customer: customer.to_owned(),
            member: customer.to_owned(),
        };
        let mut owners: Vec<Owner> = owners.iter().map(owner).collect();
        owners.sort_by(|a, b| (&a.identifier, &a.member).cmp(&(&b.identifier, &b.member)));
        Self { owners, ..Self::default() }
    }
}

impl Exchange for Product {
    fn owners<'a>(&'a self, after: Option<&'a Owner>) -> Answering<'a, Result<Vec<Owner>, LakeFailure>> {
        // Pages of two, so that the owners of an identifier are torn apart.
        Box::pin(async move {
            let from = after.map_or(0, |last| self.owners.iter().position(|owner| owner == last).unwrap() + 1);
            Ok(self.owners[from..].iter().take(2).cloned().collect())
        })
    }

    fn put<'a>(&'a self, values: &'a [Values]) -> Answering<'a, Result<(), LakeFailure>> {
        Box::pin(async move {
            for one in values {
                let columns = serde_json::from_str(&one.columns).unwrap();
                assert!(self.values.lock().unwrap().insert(one.customer.clone(), columns).is_none(), "each comes once");
            }
            Ok(())
        })
    }

    fn at(&self, step: &'static str, _: Option<f64>) -> bool {
        self.steps.lock().unwrap().push(step);
        true
    }
}

const DAY: i64 = 86_400_000_000;

fn scoring(run: &str, as_of: &str) -> Scoring {
    Scoring {
        run: run.to_owned(),
        as_of: as_of.parse().unwrap(),
        timezone: chrono_tz::Europe::Warsaw,
        horizon_days: 365,
        discount_rate: 0.1,
        margin: Some(0.4),
        currency: "EUR".to_owned(),
        memory_bytes: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_that_do_not_fit_into_memory_are_put_in_order_on_the_disk() {
    const ORDERS: i64 = 80_000;
    let folder = tempfile::tempdir().unwrap();
    let lake = Tables::open(folder.path(), "EUR").await.unwrap();
    let customer = |number: i64| format!("c{:02}", number * 7 % 20);
    let order = |number: i64| {
        let line = json!({"sku": format!("{number}{}", "x".repeat(800)), "price": 1, "quantity": 1});
        let time = 1_767_323_045_000_000 + number * 1_000_000;
        let told = json!({"order_id": number.to_string(), "products": [line]});
        (1, call(&number.to_string(), "Order Completed", &customer(number), time, told))
    };
    lake.append(&(0..ORDERS).map(order).collect::<Vec<_>>(), 2).await.unwrap();
    let owned: Vec<(String, String)> =
        (0..20).map(|number| (format!("user_id:{0}", customer(number)), customer(number))).collect();
    let owned: Vec<(&str, i64, &str)> = owned.iter().map(|(id, who)| (id.as_str(), i64::MIN, who.as_str())).collect();
    // Products alone are as much; a sort keeps its rows twice.
    let scoring = Scoring { memory_bytes: Some(48 << 20), ..scoring("r", "2026-02-28") };
    let report = lake.score(&scoring, &Product::of(&owned)).await.unwrap().unwrap();
    assert_eq!((report.headline.revenue, report.headline.customers), (ORDERS as f64, 20));
    let sql = "SELECT count(*) AS n, count(DISTINCT order_id) AS orders, sum(amount) AS amount FROM transactions";
    assert_eq!(ask(&lake, sql).await, json!([{"n": ORDERS, "orders": ORDERS, "amount": 80_000.0}]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_of_orders_is_known_by_owner() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Tables::open(folder.path(), "EUR").await.unwrap();
    let start = 1_767_323_045_000_000;
    let products = json!([{"sku": "a", "price": 7, "quantity": 1}, {"sku": "b", "price": 3, "quantity": 1}]);
    let first = [
        (1, call("1", "Order Completed", "~browser", start, json!({"order_id": "1", "products": products}))),
        (1, call("2", "Order Completed", "anna", start + 1, json!({"order_id": "1", "products": products}))),
        (1, call("3", "Page Seen", "anna", start + 1, json!({}))),
        (2, call("4", "Order Completed", "~browser", start + DAY, json!({"order_id": "2", "revenue": 0.3}))),
    ];
    let second = [
        (
            3,
            Message {
                source: "till".to_owned(),
                ..call(
                    "5",
                    "Order Refunded",
                    "anna",
                    start + 2 * DAY,
                    json!({"order_id": "1", "products": [{"sku": "b", "price": 3}]}),
                )
            },
        ),
        (3, call("6", "Order Completed", "anna", start + 3 * DAY, json!({"order_id": "3", "revenue": 100}))),
        (4, call("7", "Order Cancelled", "anna", start + 4 * DAY, json!({"order_id": "3"}))),
        (4, call("8", "Order Refunded", "bob", start + 4 * DAY, json!({"order_id": "old", "revenue": 5.5}))),
        (4, call("9", "Order Completed", "nobody", start, json!({"order_id": "9", "revenue": 1}))),
    ];
    lake.append(&first, 2).await.unwrap();
    // As when the server died between the two tables: the next time it comes with more.
    let torn: Vec<&(i64, Message)> = second[..2].iter().collect();
    lake.lines.lock().await.append(orders::lines(&torn, "EUR").unwrap(), 3).await.unwrap();
    lake.append(&second, 4).await.unwrap();
    // The browser was Anna's first, then Bob's.
    let product = Product::of(&[
        ("anonymous_id:browser", i64::MIN, "A"),
        ("anonymous_id:browser", start + DAY, "B"),
        ("user_id:anna", i64::MIN, "A"),
        ("user_id:bob", i64::MIN, "B"),
    ]);
    let report = lake.score(&scoring("r1", "2026-01-31"), &product).await.unwrap();
    assert_eq!(report.unwrap().headline.revenue, 1.8);
    assert_eq!(
        ask(
            &lake,
            "SELECT customer_id AS who, order_id AS n, product, amount, source FROM transactions \
                    ORDER BY customer_id, order_id, \"timestamp\", line, amount"
        )
        .await,
        json!([
            {"who": "A", "n": "1", "product": "a", "amount": 7.0, "source": "shop"},
            {"who": "A", "n": "1", "product": "b", "amount": 3.0, "source": "shop"},
            {"who": "A", "n": "1", "product": "b", "amount": -3.0, "source": "till"},
            {"who": "A", "n": "3", "amount": 100.0, "source": "shop"},
            {"who": "A", "n": "3", "amount": -100.0, "source": "shop"},
            {"who": "B", "n": "2", "amount": 0.3, "source": "shop"},
            {"who": "B", "n": "old", "amount": -5.5, "source": "shop"},
        ])
    );
    // The same again: as it was, and a new part of the history.
    lake.score(&scoring("r2", "2026-02-28"), &Product { owners: product.owners.clone(), ..Product::default() })
        .await
        .unwrap();
    lake.score(&scoring("r2", "2026-02-28"), &Product { owners: product.owners.clone(), ..Product::default() })
        .await
        .unwrap();
    assert_eq!(
        ask(&lake, "SELECT run, as_of, count(*) AS n FROM customer_values GROUP BY run, as_of ORDER BY run").await,
        json!([{"run": "r1", "as_of": "2026-01-31", "n": 2}, {"run": "r2", "as_of": "2026-02-28", "n": 2}])
    );
    assert!(product.steps.lock().unwrap().contains(&"step-values"));
    let left: Vec<_> = fs::read_dir(folder.path().join(".runs")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

/// A year of purchases of a small shop.
struct Shop {
    file: String,
    messages: Vec<(i64, Message)>,
    owners: Vec<(String, String)>,
}

fn shop() -> Shop {
    let mut rng = rand_pcg::Pcg64Mcg::seed_from_u64(7);
    let (mut file, mut messages, mut owners) = ("customer,time,amount,order\n".to_owned(), Vec::new(), Vec::new());
    for customer in 0..120 {
        let mut at = 1_735_689_600_000_000 + rng.random_range(0..200 * DAY);
        let pause = rng.random_range(3..60) * DAY;
        for order in 0..rng.random_range(1..12) {
            let cents: i64 = rng.random_range(-500..9_000);
            let (id, time) = (format!("{customer}-{order}"), chrono::DateTime::from_timestamp_micros(at).unwrap());
            let amount = format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100);
            file.push_str(&format!("C{customer},{},{amount},{id}\n", time.format("%Y-%m-%d %H:%M:%S")));
            let name = if cents < 0 { "Order Refunded" } else { "Order Completed" };
            let properties = json!({"order_id": id, "revenue": amount});
            messages.push((1, call(&id, name, &format!("u{customer}"), at, properties)));
            at += rng.random_range(1..2 * pause);
        }
        owners.push((format!("user_id:u{customer}"), format!("C{customer}")));
    }
    Shop { file, messages, owners }
}

fn all_of(file: &Path) -> BTreeMap<String, Value> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(file).unwrap()).unwrap().build().unwrap();
    let mut all = BTreeMap::new();
    for batch in reader {
        let mut writer = datafusion::arrow::json::ArrayWriter::new(Vec::new());
        writer.write(&batch.unwrap()).unwrap();
        writer.finish().unwrap();
        let rows: Vec<Map<String, Value>> = serde_json::from_slice(&writer.into_inner()).unwrap();
        for mut row in rows {
            let id = row.remove("customer_id").unwrap();
            all.insert(id.as_str().unwrap().to_owned(), Value::Object(row));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_and_a_file_of_the_same_purchases_give_the_same_values() {
    let folder = tempfile::tempdir().unwrap();
    let Shop { file, messages, owners } = shop();
    let lake = Tables::open(&folder.path().join("lake"), "EUR").await.unwrap();
    lake.append(&messages, 1).await.unwrap();
    let owners: Vec<(&str, i64, &str)> = owners.iter().map(|(id, who)| (id.as_str(), i64::MIN, who.as_str())).collect();
    let product = Product::of(&owners);
    let ours = lake.score(&scoring("r", "2026-06-30"), &product).await.unwrap().unwrap();

    let path = folder.path().join("shop.csv");
    fs::write(&path, file).unwrap();
    let as_of: NaiveDate = "2026-06-30".parse().unwrap();
    let ingest =
        ingest::Options { timezone: chrono_tz::Europe::Warsaw, as_of: Some(as_of), ..ingest::Options::new(as_of) };
    let asked =
        analyze::Options { margin: Some(0.4), ..analyze::Options::new(vec![path.display().to_string()], ingest) };
    let output = Output::prepare(&folder.path().join("analysis")).unwrap();
    let (theirs, _) = analyze::analyze(&asked, &output, &Progress::default()).await.unwrap();
    let theirs_all = all_of(&output.path("customers.parquet"));
    assert_eq!(ours.run.rows_used, theirs.run.rows_used);
    assert_eq!(ours.headline.revenue, theirs.headline.revenue);
    let ours_all = product.values.into_inner().unwrap();
    assert_eq!(ours_all.len(), 120);
    assert_eq!(ours_all, theirs_all);
}

/// Data files of a table that are on the disk.
fn data_files(folder: &Path, table: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.join(table)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true if path.ends_with("_delta_log") => {}
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_old_goes_and_files_that_are_all_old_or_all_new_are_not_read_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Tables::open(folder.path(), "EUR").await.unwrap();
    let start = 1_767_323_045_000_000;
    // Four files: days 0 and 1, days 2 and 3, and so on; to the microsecond, which the log does not keep.
    for file in 0..4 {
        let of_day = |day: i64| {
            let id = format!("{day}");
            (
                file + 1,
                call(&id, "Order Completed", "anna", start + day * DAY + 999, json!({"order_id": id, "revenue": 1})),
            )
        };
        lake.append(&[of_day(2 * file), of_day(2 * file + 1)], file + 1).await.unwrap();
    }
    let product = Product::of(&[("user_id:anna", i64::MIN, "A")]);
    lake.score(&scoring("r1", "2026-01-31"), &product).await.unwrap();
    let files = data_files(folder.path(), "messages");
    // All old, and all new: gone from the disk, so that reading them would fail.
    let hidden: Vec<&PathBuf> = {
        let mut by_age: Vec<&PathBuf> = files.iter().collect();
        by_age.sort_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
        vec![by_age[0], by_age[2], by_age[3]]
    };
    for path in &hidden {
        fs::rename(path, path.with_extension("hidden")).unwrap();
    }
    let before = start + 3 * DAY + 999;
    assert_eq!(lake.expire(Expired::Messages(before)).await.unwrap(), 3);
    for path in &hidden {
        fs::rename(path.with_extension("hidden"), path).unwrap();
    }
    let days = async |table: &str| {
        let sql = format!("SELECT order_id AS d FROM {table} ORDER BY 1");
        let sql = if table == "messages" { "SELECT message_id AS d FROM messages ORDER BY 1".to_owned() } else { sql };
        let rows = ask(&lake, &sql).await;
        rows.as_array().unwrap().iter().map(|row| row["d"].as_str().unwrap().to_owned()).collect::<Vec<_>>().concat()
    };
    assert_eq!((days("messages").await, days("order_lines").await), ("34567".to_owned(), "01234567".to_owned()));
    assert_eq!(lake.expire(Expired::Messages(before)).await.unwrap(), 0, "again, nothing is left to do");
    assert_eq!(lake.position().await.unwrap(), 4, "the inbox goes on where it was");
    assert_eq!(lake.expire(Expired::Orders(start + DAY)).await.unwrap(), 1);
    assert_eq!((days("order_lines").await, days("transactions").await), ("1234567".to_owned(), "1234567".to_owned()));
    // Runs go whole.
    let product = Product { owners: product.owners, ..Product::default() };
    lake.score(&scoring("r2", "2026-02-28"), &product).await.unwrap();
    assert_eq!(lake.expire(Expired::Values(&|run| run < "r2")).await.unwrap(), 1);
    assert_eq!(ask(&lake, "SELECT DISTINCT run FROM customer_values").await, json!([{"run": "r2"}]));
    // A checkpoint, and a compaction: what the log knows of times is still known.
    lake.messages.lock().await.compact().await.unwrap();
    lake.tidy(Duration::ZERO).await.unwrap();
    assert_eq!(data_files(folder.path(), "messages").len(), 1);
    assert_eq!(data_files(folder.path(), "customer_values").len(), 1);
    assert_eq!(lake.expire(Expired::Messages(start + 6 * DAY)).await.unwrap(), 3);
    assert_eq!(lake.expire(Expired::Messages(i64::MAX)).await.unwrap(), 2);
    assert_eq!(days("messages").await, "");
    assert_eq!(lake.expire(Expired::Messages(i64::MAX)).await.unwrap(), 0);
    let lake = Tables::open(folder.path(), "EUR").await.unwrap();
    lake.append(&[(5, call("new", "e", "anna", start, json!({})))], 5).await.unwrap();
    assert_eq!(lake.position().await.unwrap(), 5);
}

/// What a writer that was killed before its commit has left is in no table, and not for long on the disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_never_committed_goes_after_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Tables::open(folder.path(), "EUR").await.unwrap();
    lake.append(&batch(1), 1).await.unwrap();
    let live = data_files(folder.path(), "messages");
    let torn = |name: &str| folder.path().join("messages").join(name);
    let (old, new) = (torn("part-old.parquet"), torn("part-new.parquet"));
    let run = folder.path().join(RUNS).join(".r.partial-x");
    fs::create_dir_all(&run).unwrap();
    let now = fs::metadata(&live[0]).unwrap().modified().unwrap();
    let day_ago = now - table::UNCOMMITTED - Duration::from_secs(60);
    for path in [&old, &new] {
        fs::copy(&live[0], path).unwrap();
    }
    for path in [&old, &live[0], &run] {
        fs::File::open(path).unwrap().set_modified(day_ago).unwrap();
    }
    lake.tidy(Duration::ZERO).await.unwrap();
    let mut expected = vec![new, live[0].clone()];
    expected.sort();
    assert_eq!(data_files(folder.path(), "messages"), expected);
    assert!(!run.exists());
    assert_eq!(count(&lake).await, json!([{"n": 10, "ids": 10}]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_erased_are_nowhere() {
    struct Anna;
    impl Erased for Anna {
        fn covers(&self, user_id: Option<&str>, anonymous_id: Option<&str>, _: i64, received_at: i64) -> bool {
            (user_id == Some("anna") || user_id.is_none() && anonymous_id == Some("annas"))
                && received_at < 1_767_323_099_000_000
        }

        fn covers_customer(&self, customer: &str) -> bool {
            customer == "who-a"
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let lake = Tables::open(folder.path(), "EUR").await.unwrap();
    let start = 1_767_323_045_000_000;
    for batch in 1..=3 {
        let order = |who: &str| json!({"order_id": format!("{who}-{batch}"), "revenue": 10, "email": format!("{who}@example.org")});
        let messages = ["anna", "~annas", "bob"].map(|who| {
            (batch, call(&format!("{who}-{batch}"), "Order Completed", who, start + batch * DAY, order(who)))
        });
        lake.append(&messages, batch).await.unwrap();
        if batch == 2 {
            lake.messages.lock().await.compact().await.unwrap();
        }
    }
    let product = Product::of(&[
        ("user_id:anna", i64::MIN, "who-a"),
        ("anonymous_id:annas", i64::MIN, "who-a"),
        ("user_id:bob", i64::MIN, "who-b"),
    ]);
    lake.score(&scoring("r", "2026-01-31"), &product).await.unwrap();
    let read = || -> String {
        let mut all = String::new();
        let mut folders = vec![folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "parquet") {
                    let file = fs::File::open(&path).unwrap();
                    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
                        all.push_str(&format!("{:?}", batch.unwrap()));
                    }
                    all.push_str(&String::from_utf8_lossy(&fs::read(&path).unwrap()));
                } else {
                    all.push_str(&String::from_utf8_lossy(&fs::read(&path).unwrap()));
                }
            }
        }
        all
    };
    assert!(read().contains("anna"));
    let log = fs::read_to_string(folder.path().join("messages/_delta_log/00000000000000000001.json")).unwrap();
    assert!(!log.contains("anna") && log.contains("minValues"), "the log knows times, not people: {log}");
    assert_eq!(lake.forget(&Anna).await.unwrap(), 6 + 6 + 2 + 6 + 1);
    assert_eq!(lake.forget(&Anna).await.unwrap(), 0);
    assert_eq!(lake.position().await.unwrap(), 3, "the inbox goes on where it was");
    for (table, rows) in
        [("messages", 3), ("order_lines", 3), ("owners", 1), ("transactions", 3), ("customer_values", 1)]
    {
        assert_eq!(ask(&lake, &format!("SELECT count(*) AS n FROM {table}")).await, json!([{"n": rows}]), "{table}");
    }
    assert_eq!(ask(&lake, "SELECT DISTINCT run FROM customer_values").await, json!([{"run": "r"}]));
    lake.tidy(Duration::ZERO).await.unwrap();
    let left = read();
    assert!(left.contains("bob") && left.contains("who-b"));
    for gone in ["anna", "who-a"] {
        let around = left.find(gone).map(|at| left[at.saturating_sub(200)..].chars().take(400).collect::<String>());
        assert_eq!(around, None);
    }
    // A restart, and the next batch, of somebody new with the same id.
    let lake = Tables::open(folder.path(), "EUR").await.unwrap();
    let again = Message {
        received_at: 1_767_323_100_000_000,
        ..call("again", "Order Completed", "anna", start, json!({"order_id": "n", "revenue": 1}))
    };
    lake.append(&[(4, again)], 4).await.unwrap();
    assert_eq!(lake.forget(&Anna).await.unwrap(), 0);
    assert_eq!(ask(&lake, "SELECT count(*) AS n FROM order_lines").await, json!([{"n": 4}]));
}

/// Orders of two persons, one with two ids; what is given back, another currency, a cost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_bought_stands_before_or_after_a_time_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Tables::open(folder.path(), "EUR").await.unwrap();
    let (anna, bob) = (PersonId(0xa), PersonId(0xb));
    let start = 1_767_323_045_000_000;
    let order = |id: &str, who: &str, day: i64, properties: Value| {
        (1, call(id, "Order Completed", who, start + day * DAY, properties))
    };
    let costed = json!([{"sku": "a", "price": 50, "cost": 20}, {"sku": "b", "price": 10}]);
    let messages = [
        order("1", "anna", 0, json!({"order_id": "1", "revenue": 7})),
        order("2", "anna", 5, json!({"order_id": "2", "products": costed, "revenue": 54, "discount": 6})),
        order("3", "anna", 10, json!({"order_id": "3", "revenue": 100})),
        order("4", "anna", 6, json!({"order_id": "4", "revenue": 30, "currency": "PLN"})),
        order("5", "bob", 9, json!({"order_id": "5", "revenue": 40})),
        order("6", "bob", 11, json!({"order_id": "6", "revenue": 1})),
        (1, call("7", "Order Cancelled", "bob", start + 12 * DAY, json!({"order_id": "5"}))),
        (1, call("8", "Order Refunded", "anna", start + 13 * DAY, json!({"order_id": "3", "revenue": 25}))),
        (1, call("9", "Signed Up", "bob", start + 9 * DAY, json!({}))),
        (1, call("10", "Signed Up", "bob", start + 2 * DAY, json!({}))),
    ];
    lake.append(&messages, 1).await.unwrap();
    let (anna_id, bob_id) = (anna.to_string(), bob.to_string());
    let product = Product::of(&[("user_id:anna", i64::MIN, &anna_id), ("user_id:bob", i64::MIN, &bob_id)]);
    lake.score(&scoring("r1", "2026-01-31"), &product).await.unwrap();

    let at = |before: i64, from: i64, until: i64| Stretch {
        before: start + before * DAY,
        from: start + from * DAY,
        until: start + until * DAY,
    };
    // Anna's by an id that is no survivor any more, beside her own; Bob's twice; and nobody's.
    let stretches = [at(1, 6, 12), at(9, 9, 11), at(-9, 2, 30), at(0, 1, 2)];
    let customers = [(PersonId(0xa0), 0), (anna, 0), (bob, 1), (bob, 2), (PersonId(0xc), 3)];
    let question = Purchases {
        stretches: &stretches,
        customers: &customers,
        currency: "EUR",
        margin: Some(0.5),
        event: Some("Signed Up"),
    };
    let found = lake.purchases(&question).await.unwrap();
    // Order 2 was 60 at list prices, 54 paid: 45 for what cost 20, and 9.
    let before = Spent { orders: 1, revenue: 54.0, margin: 45.0 - 20.0 + 4.5, discount: 6.0, revenue_costed: 45.0 };
    // 100 less the 25 given back after the stretch; the order in PLN counts, its amount does not.
    let after = Spent { orders: 2, revenue: 75.0, margin: 37.5, ..Spent::default() };
    assert_eq!(found[0], Bought { before, after, events: 0 });
    // All was given back of Bob's order of day 9. He signed up on that day, and before.
    assert_eq!(found[1], Bought { events: 1, ..Bought::default() });
    let one = Spent { orders: 1, revenue: 1.0, margin: 0.5, ..Spent::default() };
    assert_eq!(found[2], Bought { after: one, events: 2, ..Bought::default() });
    assert_eq!(found[3], Bought::default());

    let numbers = lake.numbers("r1", &["revenue", "value_tier", "clv_low"]).await.unwrap();
    let revenue: BTreeMap<PersonId, f64> =
        numbers.customers.iter().copied().zip(numbers.columns[0].iter().copied()).collect();
    assert_eq!(revenue, BTreeMap::from([(anna, 136.0), (bob, 1.0)]));
    assert!(numbers.columns[1].iter().all(|tier| (1.0..=4.0).contains(tier)), "{numbers:?}");
    assert_eq!(lake.numbers("gone", &["revenue"]).await.unwrap().customers, []);
    let wrong = Purchases { customers: &[(anna, 4)], ..question };
    assert!(lake.purchases(&wrong).await.is_err());
}
