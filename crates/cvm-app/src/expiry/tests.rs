//! What is old goes, what is kept stays, and it does not matter how often it is done.

use crate::access::Permission;
use crate::access::testing::Credentials;
use crate::platform::clock::{DAY, HOUR, MINUTE};
use crate::platform::jobs::run_due;
use crate::platform::server::JOBS;
use crate::platform::testing::{START, TestApp, on_both_databases};
use axum::http::StatusCode;
use cvm_core::message::Message;
use serde_json::{Value, json};
use sqlx::Row;
use std::collections::BTreeSet;
use std::sync::Arc;

on_both_databases!(
    what_is_kept_for_ever_stays,
    who_is_not_heard_of_is_erased_and_who_comes_again_is_not,
    many_go_in_portions,
    messages_orders_and_values_go_when_they_are_old,
    a_run_that_failed_is_made_again,
);

async fn with(mut app: TestApp, change: impl FnOnce(&mut crate::platform::Config)) -> TestApp {
    app.app = app.app.clone().with(|parts| change(Arc::make_mut(&mut parts.config)));
    app
}

fn message(id: &str, time: i64, rest: Value) -> Message {
    let mut call = json!({"message_id": id, "source": "shop", "timestamp": time, "received_at": time, "type": "page"});
    call.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    serde_json::from_value(call).unwrap()
}

/// Stores messages and takes them to people and to the lake.
async fn take(app: &TestApp, messages: Vec<Message>) {
    app.app.inbox.store(messages).await.unwrap();
    app.app.catch_up().await.unwrap();
}

/// Lets some nights pass, with all their jobs; the results of those named `expire`.
async fn nights(app: &TestApp, nights: i64) -> Vec<Value> {
    for _ in 0..nights * 2 {
        app.clock.advance(12 * HOUR);
        while run_due(&app.app, JOBS).await.unwrap() > 0 {}
    }
    let sql = "SELECT result FROM jobs WHERE kind = 'expire' AND state = 'done' ORDER BY started_at, id";
    let rows = sqlx::query(sql).fetch_all(app.app.database.pool()).await.unwrap();
    rows.iter().map(|row| serde_json::from_str(row.get(0)).unwrap()).collect()
}

async fn known(app: &TestApp) -> BTreeSet<String> {
    let rows = sqlx::query("SELECT known_by FROM customers").fetch_all(app.app.database.pool()).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into_iter().collect()
}

async fn what_is_kept_for_ever_stays(app: TestApp) {
    take(&app, vec![message("1", 0, json!({"user_id": "old"}))]).await;
    let done = nights(&app, 2).await;
    let nothing = json!({"messages": 0, "order_lines": 0, "values": 0, "runs": 0, "customers": 0, "goes_on": false,
        "wiped": false});
    assert_eq!(done, [nothing.clone(), nothing]);
    assert_eq!((known(&app).await, app.lake.messages().len()), (set(["user_id:old"]), 1));
}

async fn who_is_not_heard_of_is_erased_and_who_comes_again_is_not(app: TestApp) {
    let app = with(app, |config| config.keep_customers_days = 100).await;
    let email = |user: &str, email: &str| json!({"type": "identify", "user_id": user, "traits": {"email": email, "name": user}});
    let told = vec![
        message("1", START - 150 * DAY, email("gone", "gone@example.org")),
        message("2", START - 150 * DAY, email("two-a", "two@example.org")),
        message("3", START - 20 * DAY, email("two-b", "two@example.org")),
        message("4", START - 150 * DAY, email("back", "back@example.org")),
        message("5", START - 98 * DAY, json!({"anonymous_id": "browser"})),
    ];
    take(&app, told).await;
    // On its way when the night comes: nothing of it may be lost.
    app.app.inbox.store(vec![message("6", START, json!({"user_id": "back"}))]).await.unwrap();
    let done = nights(&app, 1).await;
    assert_eq!((&done[0]["customers"], &done[0]["goes_on"]), (&json!(2), &json!(false)));
    app.app.catch_up().await.unwrap();
    let users = ["user_id:two-a", "user_id:two-b", "user_id:back"];
    let mut people = set(users);
    people.insert("anonymous_id:browser".to_owned());
    assert_eq!(known(&app).await, people, "a person is all of their ids");
    // As an erasure that was asked for: the lake follows, and it can be seen that it was done. Nobody is refused in future.
    nights(&app, 1).await;
    let ids: Vec<String> = app.lake.messages().into_iter().map(|message| message.message_id).collect();
    assert_eq!(ids, ["2", "3", "5", "6"]);
    let count = async |table: &str| -> i64 {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        sqlx::query(sql).fetch_one(app.app.database.pool()).await.unwrap().get(0)
    };
    assert_eq!(count("erasures WHERE erased_by = 'schedule' AND reason = 'retention' AND forgotten_at > 0").await, 2);
    assert_eq!(count("audit WHERE action = 'customer.erase' AND actor_kind = 'system'").await, 2);
    assert_eq!(count("suppressions").await, 0);
    nights(&app, 4).await;
    assert_eq!(known(&app).await, set(users), "the browser went");
    // Their hashes go too, in time: what a backup brings back is as old as before.
    nights(&app, 10).await;
    assert_eq!((count("erasures").await, count("erasure_identifiers").await), (0, 0));
}

async fn many_go_in_portions(app: TestApp) {
    let app = with(app, |config| config.keep_customers_days = 1).await;
    let old = |number: i64| message(&number.to_string(), START - 10 * DAY, json!({"user_id": format!("u{number}")}));
    take(&app, (0..1_100).map(old).collect()).await;
    take(&app, vec![message("new", START + DAY, json!({"user_id": "new"}))]).await;
    assert_eq!(run_due(&app.app, &[super::JOB]).await.unwrap(), 0, "not by day");
    app.clock.advance(DAY - HOUR);
    for (portion, expected) in [500, 500, 100].into_iter().enumerate() {
        run_due(&app.app, &[super::JOB]).await.unwrap();
        let sql = "SELECT result FROM jobs WHERE kind = 'expire' AND state = 'done' ORDER BY started_at DESC LIMIT 1";
        let row = sqlx::query(sql).fetch_one(app.app.database.pool()).await.unwrap();
        let done: Value = serde_json::from_str(row.get(0)).unwrap();
        assert_eq!((&done["customers"], &done["goes_on"]), (&json!(expected), &json!(portion < 2)));
        app.clock.advance(MINUTE);
    }
    assert_eq!(run_due(&app.app, &[super::JOB]).await.unwrap(), 0, "until the next night");
    assert_eq!(known(&app).await, set(["user_id:new"]));
}

async fn messages_orders_and_values_go_when_they_are_old(app: TestApp) {
    let app = with(app, |config| {
        (config.keep_messages_days, config.keep_orders_days, config.keep_values_days) = (30, 60, 10);
    })
    .await;
    let order = |id: &str, time: i64| {
        let properties = json!({"order_id": id, "revenue": 1});
        message(id, time, json!({"type": "track", "name": "Order Completed", "user_id": "u", "properties": properties}))
    };
    let old = [order("1", START - 70 * DAY), order("2", START - 40 * DAY), order("3", START - DAY)];
    take(&app, old.to_vec()).await;
    let done = nights(&app, 1).await;
    assert_eq!((&done[0]["messages"], &done[0]["order_lines"]), (&json!(2), &json!(1)));
    assert_eq!((app.lake.messages().len(), app.lake.orders.lock().unwrap().len()), (1, 2));
    assert_eq!(known(&app).await, set(["user_id:u"]), "who they are of stays");
    // Two months of nightly runs, from January to the beginning of March.
    let done = nights(&app, 59).await;
    assert!(done.last().unwrap()["runs"] == 1 && done.last().unwrap()["values"] == 1, "{done:?}");
    let key: Credentials = app.key(&[Permission::ReadCustomers]).await;
    let (status, runs) = app.call(&key, "GET", "/api/v1/runs?limit=100", Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{runs}");
    let days: Vec<&str> = runs["data"].as_array().unwrap().iter().map(|run| run["as_of"].as_str().unwrap()).collect();
    let expected = [
        "2026-03-03",
        "2026-03-02",
        "2026-03-01",
        "2026-02-28",
        "2026-02-27",
        "2026-02-26",
        "2026-02-25",
        "2026-02-24",
        "2026-02-23",
        "2026-02-22",
        "2026-02-21",
        "2026-01-31",
    ];
    assert_eq!(days, expected);
    assert_eq!(app.lake.runs.lock().unwrap().len(), days.len());
    // Of a run that never ended nothing stays.
    app.lake.runs.lock().unwrap().push(crate::platform::Random::first_id(START));
    nights(&app, 1).await;
    assert!(!app.lake.runs.lock().unwrap().contains(&crate::platform::Random::first_id(START)));
}

async fn a_run_that_failed_is_made_again(app: TestApp) {
    use std::sync::atomic::Ordering;
    let app = with(app, |config| (config.keep_messages_days, config.keep_customers_days) = (30, 30)).await;
    take(&app, vec![message("1", START - 40 * DAY, json!({"user_id": "u"}))]).await;
    app.lake.failures.store(1, Ordering::Relaxed);
    assert!(nights(&app, 1).await.is_empty());
    app.clock.advance(MINUTE);
    run_due(&app.app, JOBS).await.unwrap();
    let done = nights(&app, 0).await;
    assert_eq!((&done[0]["messages"], &done[0]["customers"]), (&json!(1), &json!(1)));
    assert!(app.lake.messages().is_empty() && known(&app).await.is_empty());
}
