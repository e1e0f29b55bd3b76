//! A campaign for tests: whoever was dealt to which group, and what they bought.

use crate::access::testing::Credentials;
use crate::customers::{everybody, project};
use crate::platform::clock::DAY;
use crate::platform::jobs::run_due;
use crate::platform::server::JOBS;
use crate::platform::testing::{START, TestApp};
use axum::http::StatusCode;
use cvm_core::segment::PersonId;
use cvm_core::text::TIERS;
use serde_json::{Value, json};

/// The answer of a call that is to succeed.
pub(crate) async fn ok(app: &TestApp, by: &Credentials, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = app.call(by, method, path, body).await;
    assert!(status.is_success(), "{method} {path}: {status} {answer}");
    answer
}

/// So many customers, all known for long.
pub(crate) async fn known(app: &TestApp, count: usize) -> Vec<PersonId> {
    for from in (0..count).step_by(200) {
        let call = |user: usize| {
            json!({"type": "identify", "messageId": format!("i{user}"), "userId": format!("u{user}"),
                   "timestamp": "2025-01-01T00:00:00Z", "traits": {}})
        };
        let batch: Vec<Value> = (from..count.min(from + 200)).map(call).collect();
        assert_eq!(app.post("/v1/batch", &json!({"batch": batch})).await.0, StatusCode::OK);
    }
    while project(&app.app).await.unwrap().batches > 0 {}
    let ids = everybody(&app.app.database, "", count as i64 + 1).await.unwrap();
    assert_eq!(ids.len(), count);
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

pub(crate) async fn execute(app: &TestApp, sql: &str) {
    let mut transaction = app.app.database.begin().await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

/// A campaign that runs since the clock's start: of five, two are in the control group and three get one of two letters.
/// Everybody bought for 10 before. Of the control group every second buys for 20; of the treated all do.
pub(crate) async fn campaign(app: &TestApp, people: &[PersonId]) {
    let content = json!({"en": {"subject": "Spring", "text": "is here", "html": ""}});
    let variant = |name: &str, weight: u32| json!({"name": name, "weight": weight, "content": content});
    let variants = [variant("a", 2), variant("b", 1)];
    let definition = json!({"channel": "email", "control_share": 0.4, "result_days": 30, "variants": variants});
    execute(
        app,
        &format!(
            "INSERT INTO campaigns (id, name, state, definition, version, created_at, created_by, changed_at, changed_by, \
             left_out, started_at) VALUES ('c1', 'Spring', 'running', '{definition}', 1, 0, 'x', 0, 'x', '{{}}', {START})"
        ),
    )
    .await;
    let (mut members, mut sent) = (Vec::new(), Vec::new());
    for (place, person) in people.iter().enumerate() {
        let (arm, variant) =
            [("treated", "a"), ("control", ""), ("treated", "b"), ("control", ""), ("treated", "a")][place % 5];
        members.push(format!("('c1', '{person}', '{arm}', '{variant}', {START}, '{}')", TIERS[place % 4]));
        if arm == "treated" {
            sent.push(format!(
                "('o{place}', 'c1', '{person}', '', '', 'email', '{variant}', 'sent', '', {START}, 1, {START}, 25000)"
            ));
        }
        let mut bought = app.lake.bought.lock().unwrap();
        bought.push((*person, START - 5 * DAY, 10.0));
        if arm == "treated" || place % 10 == 1 || place % 10 == 3 {
            bought.push((*person, START + 3 * DAY, 20.0 + (place % 7) as f64 / 100.0));
        }
    }
    let columns = "(campaign, customer, arm, variant, assigned_at, tier)";
    execute(app, &format!("INSERT INTO campaign_members {columns} VALUES {}", members.join(", "))).await;
    let columns =
        "(id, campaign, customer, occasion, step, channel, variant, state, reason, due_at, tries, sent_at, cost)";
    execute(app, &format!("INSERT INTO outbox {columns} VALUES {}", sent.join(", "))).await;
}

/// A scoring run, and what follows it.
pub(crate) async fn score(app: &TestApp, by: &Credentials) {
    ok(app, by, "POST", "/api/v1/runs", json!({})).await;
    while run_due(&app.app, JOBS).await.unwrap() > 0 {}
}
