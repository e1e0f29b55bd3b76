//! From messages to people, on a database: the story of one person, what survives a crash, and how fast it is.

use super::projector::{self, CONSUMER, Projected};
use crate::platform::testing::{START, TestApp};
use crate::tracking::inbox;
use cvm_core::message::Message;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

/// Everything of the inbox becomes people.
async fn project(app: &TestApp) -> Projected {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let mut rng = Pcg64Mcg::seed_from_u64(CALLS.fetch_add(1, Ordering::Relaxed));
    let mut all = Projected::default();
    loop {
        let done = projector::project(&app.app.database, &app.clock, &app.app.config, &mut rng).await.unwrap();
        if done.batches == 0 {
            return all;
        }
        all.batches += done.batches;
        all.messages += done.messages;
        all.left_out += done.left_out;
    }
}

/// A message, stored in the inbox as if it had come.
fn message(id: &str, time: i64, rest: Value) -> Message {
    let mut call = json!({"message_id": id, "source": "shop", "timestamp": time, "received_at": time});
    call.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    serde_json::from_value(call).unwrap()
}

/// What customers are known by, one set a person.
async fn people(app: &TestApp) -> BTreeSet<BTreeSet<String>> {
    let rows = sqlx::query("SELECT survivor, known_by FROM customers").fetch_all(app.app.database.pool()).await.unwrap();
    let mut people: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        people.entry(row.get(0)).or_default().insert(row.get(1));
    }
    people.into_values().collect()
}

async fn count(app: &TestApp, table: &'static str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    sqlx::query(sql).fetch_one(app.app.database.pool()).await.unwrap().get(0)
}

/// Messages of few people who share browsers, devices, addresses and numbers, and alias each other.
fn jumble(rng: &mut Pcg64Mcg, messages: usize) -> Vec<Message> {
    let mut made = Vec::new();
    for number in 0..messages {
        let mut any = |most: u32| rng.random_range(0..most);
        let user = format!("u{}", any(12));
        let browser = format!("a{}", any(15));
        let mut call = match any(10) {
            0..3 => json!({"type": "page", "anonymous_id": browser}),
            3..6 => json!({"type": "track", "name": "e", "user_id": user, "anonymous_id": browser}),
            6 => json!({"type": "alias", "user_id": user, "previous_id": format!("old{}", any(6))}),
            7 => json!({"type": "track", "name": "e", "user_id": format!("old{}", any(6))}),
            _ => json!({"type": "identify", "user_id": user, "traits": {"email": format!("e{}@b.pl", any(9)), "n": number}}),
        };
        if any(4) == 0 {
            call["context"] = json!({"device": {"id": format!("d{}", any(8))}, "traits": {"phone": format!("+4860123450{}", any(6))}});
        }
        made.push(message(&format!("m{number}"), START + number as i64 * 1000, call));
    }
    made
}

#[tokio::test]
async fn rounds_of_any_size_give_the_same_people() {
    for seed in 0..8 {
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let messages = jumble(&mut rng, 250);
        let (one, many) = (TestApp::new().await, TestApp::new().await);
        one.app.inbox.store(messages.clone()).await.unwrap();
        assert_eq!(project(&one).await.messages, 250);
        let mut rest = &messages[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rng.random_range(1..=rest.len().min(40)));
            many.app.inbox.store(now.to_vec()).await.unwrap();
            project(&many).await;
            rest = later;
        }
        assert_eq!(people(&one).await, people(&many).await, "seed {seed}");
        for app in [&one, &many] {
            assert_eq!(count(app, "customer_events").await, 250, "no event is lost");
            let sql = "SELECT count(*) FROM customers AS one JOIN customers AS survivor ON survivor.id = one.survivor \
                       WHERE survivor.survivor <> survivor.id OR survivor.created_at > one.created_at";
            let wrong: i64 = sqlx::query(sql).fetch_one(app.app.database.pool()).await.unwrap().get(0);
            assert_eq!(wrong, 0, "the oldest survives");
        }
        let state = |app: &TestApp| {
            let pool = app.app.database.pool().clone();
            async move {
                let sql = "SELECT known_by, identifiers, events, attributes FROM customers ORDER BY known_by";
                let rows = sqlx::query(sql).fetch_all(&pool).await.unwrap();
                let row = |row: &sqlx::any::AnyRow| {
                    (row.get::<String, _>(0), row.get::<i64, _>(1), row.get::<i64, _>(2), row.get::<String, _>(3))
                };
                rows.iter().map(row).collect::<Vec<_>>()
            }
        };
        assert_eq!(state(&one).await, state(&many).await);
    }
}

#[tokio::test]
async fn what_is_not_committed_is_done_again_and_only_once() {
    let app = TestApp::new().await;
    app.app.inbox.store(jumble(&mut Pcg64Mcg::seed_from_u64(3), 50)).await.unwrap();
    // A server dies in the middle of a round: its change never was.
    let mut dying = app.app.database.begin().await.unwrap();
    inbox::lock_position(&mut dying, CONSUMER).await.unwrap();
    inbox::set_position(&mut dying, CONSUMER, 1).await.unwrap();
    sqlx::query("INSERT INTO identifier_blocks (identifier, reason, blocked_at) VALUES ('x', 'y', 1)")
        .execute(&mut *dying)
        .await
        .unwrap();
    drop(dying);
    assert_eq!((project(&app).await.messages, count(&app, "identifier_blocks").await), (50, 0));
    assert_eq!(project(&app).await, Projected::default(), "nothing is taken twice");
    assert_eq!(count(&app, "customer_events").await, 50);
    assert_eq!(inbox::position(&app.app.database, CONSUMER).await.unwrap(), 1);
}

#[tokio::test]
async fn a_timeline_keeps_the_latest() {
    let app = TestApp::new().await;
    let event = |number: i64| {
        // The newest first: what is kept depends on when it happened.
        message(&format!("m{number}"), START - number, json!({"type": "track", "name": "e", "user_id": "u"}))
    };
    app.app.inbox.store((0..1500).map(event).collect()).await.unwrap();
    project(&app).await;
    assert_eq!(count(&app, "customer_events").await, projector::EVENTS_MAX);
    let sql = "SELECT min(time), max(time) FROM customer_events";
    let row = sqlx::query(sql).fetch_one(app.app.database.pool()).await.unwrap();
    assert_eq!((row.get::<i64, _>(0), row.get::<i64, _>(1)), (START - 999, START));
}

#[tokio::test]
async fn consents_are_kept_as_they_change() {
    let app = TestApp::new().await;
    let says = |id: &str, time: i64, ads: bool| {
        let context = json!({"consent": {"categoryPreferences": {"Advertising": ads}}});
        message(id, START + time, json!({"type": "track", "name": "e", "user_id": "u", "context": context}))
    };
    app.app.inbox.store(vec![says("1", 1, true), says("2", 2, true), says("3", 4, false)]).await.unwrap();
    project(&app).await;
    app.app.inbox.store(vec![says("4", 3, true), says("5", 6, false), says("6", 7, true)]).await.unwrap();
    project(&app).await;
    let sql = "SELECT time, state FROM customer_consents ORDER BY time";
    let rows = sqlx::query(sql).fetch_all(app.app.database.pool()).await.unwrap();
    let history: Vec<(i64, String)> = rows.iter().map(|row| (row.get::<i64, _>(0) - START, row.get(1))).collect();
    let expected = [(1, "granted"), (4, "denied"), (7, "granted")].map(|(time, state)| (time, state.to_owned()));
    assert_eq!(history, expected);
}

#[tokio::test]
async fn orders_are_in_the_timeline_with_their_worth() {
    let app = TestApp::new().await;
    let order = json!({"order_id": "o1", "revenue": 19.99, "currency": "PLN", "products": [{"sku": "a", "price": 19.99}]});
    let wrong = json!({"revenue": 1});
    let calls = [("Order Completed", order), ("Order Completed", wrong), ("Order Cancelled", json!({"order_id": "o1"}))];
    let calls = calls.into_iter().enumerate().map(|(number, (name, properties))| {
        let call = json!({"type": "track", "name": name, "user_id": "u", "properties": properties});
        message(&number.to_string(), START + number as i64, call)
    });
    app.app.inbox.store(calls.collect()).await.unwrap();
    project(&app).await;
    let sql = "SELECT order_id, amount, currency, summary FROM customer_events ORDER BY time";
    let rows = sqlx::query(sql).fetch_all(app.app.database.pool()).await.unwrap();
    let of = |row: usize| (rows[row].get::<Option<String>, _>(0), rows[row].get::<Option<i64>, _>(1));
    assert_eq!((of(0), of(1), of(2)), ((Some("o1".to_owned()), Some(1999)), (None, None), (Some("o1".to_owned()), None)));
    assert!(rows[1].get::<String, _>(3).contains("the order has no id"));
}

/// `cargo test --release -p cvm-app -- --ignored --nocapture projector_speed`
#[tokio::test]
#[ignore = "a measurement"]
async fn projector_speed() {
    let app = TestApp::new().await;
    let mut rng = Pcg64Mcg::seed_from_u64(1);
    let mut logged_in: HashMap<u32, u32> = HashMap::new();
    let messages: Vec<Message> = (0..100_000_u32)
        .map(|number| {
            let person = rng.random_range(0..10_000);
            let seen = logged_in.entry(person).or_default();
            *seen += 1;
            let (user, browser) = (format!("user-{person}"), format!("anon-{person}"));
            let context = json!({"page": {"url": "https://shop.example/p/1", "path": "/p/1"}, "device": {"id": format!("d-{person}")},
                                 "library": {"name": "analytics.js", "version": "2.1.0"}});
            let call = match *seen {
                1 => json!({"type": "page", "anonymous_id": browser, "context": context}),
                2 => json!({"type": "identify", "user_id": user, "anonymous_id": browser, "context": context, "traits":
                        {"email": format!("{user}@example.org"), "phone": format!("+48601{:06}", person), "city": "Gdańsk"}}),
                seen if seen % 5 == 0 => json!({"type": "track", "name": "Order Completed", "user_id": user, "anonymous_id": browser,
                        "context": context, "properties": {"order_id": number, "revenue": 19.99, "products":
                        [{"product_id": "p1", "price": 9.99, "quantity": 1}, {"product_id": "p2", "price": 10, "quantity": 1}]}}),
                _ => json!({"type": "track", "name": "Product Viewed", "user_id": user, "anonymous_id": browser, "context": context,
                        "properties": {"product_id": "p1", "name": "Thing", "price": 9.99}}),
            };
            message(&format!("m{number}"), START + i64::from(number) * 1000, call)
        })
        .collect();
    for messages in messages.chunks(1000) {
        app.app.inbox.store(messages.to_vec()).await.unwrap();
    }
    let start = std::time::Instant::now();
    assert_eq!(project(&app).await.messages, 100_000);
    let seconds = start.elapsed().as_secs_f64();
    println!("{:.0} messages a second", 100_000.0 / seconds);
    assert_eq!(people(&app).await.len(), 10_000);
}
