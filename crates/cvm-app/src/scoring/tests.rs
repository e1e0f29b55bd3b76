//! Through HTTP and the job queue, over a lake that finds everyone worth 1: when values are seen, and who may ask.

use crate::access::Role;
use crate::access::testing::Credentials;
use crate::customers::project;
use crate::platform::clock::{DAY, HOUR};
use crate::platform::jobs::run_due;
use crate::platform::server::JOBS;
use crate::platform::testing::{TestApp, on_both_databases};
use axum::http::StatusCode;
use serde_json::{Value, json};
use sqlx::Row;
use std::sync::atomic::Ordering;

on_both_databases!(
    values_are_seen_when_all_are_there,
    who_is_erased_while_a_run_computes_is_not_in_its_report,
    everyone_is_scored_on_schedule,
);

async fn page(app: &TestApp, id: &str, user: &str) {
    let call = json!({"type": "page", "messageId": id, "userId": user});
    assert_eq!(app.post("/v1/page", &call).await.0, StatusCode::OK);
    project(&app.app).await.unwrap();
}

async fn due(app: &TestApp) -> usize {
    run_due(&app.app, JOBS).await.unwrap()
}

async fn ok(app: &TestApp, by: &Credentials, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = app.call(by, method, path, body).await;
    assert!(status.is_success(), "{method} {path}: {status} {answer}");
    answer
}

async fn values(app: &TestApp, by: &Credentials) -> Vec<Value> {
    let people = ok(app, by, "GET", "/api/v1/customers", Value::Null).await;
    let mut values = Vec::new();
    for person in people["data"].as_array().unwrap() {
        let path = format!("/api/v1/customers/{}", person["id"].as_str().unwrap());
        values.push(ok(app, by, "GET", &path, Value::Null).await["values"].take());
    }
    values
}

async fn values_are_seen_when_all_are_there(app: TestApp) {
    let (analyst_id, token) = app.user(Role::Analyst).await;
    let analyst = Credentials::Session(token);
    let ask = async |body: Value| ok(&app, &analyst, "POST", "/api/v1/runs", body).await["job"].take();
    let nobody = ask(json!({})).await;
    assert_eq!(due(&app).await, 1);
    let job = ok(&app, &analyst, "GET", &format!("/api/v1/jobs/{}", nobody.as_str().unwrap()), Value::Null).await;
    assert_eq!((&job["state"], &job["result"]["customers"]), (&json!("done"), &json!(0)));

    page(&app, "1", "anna").await;
    page(&app, "2", "bob").await;
    app.lake.failures.store(1, Ordering::Relaxed);
    let failing = ask(json!({"as_of": "2025-12-31"})).await;
    assert_eq!(ask(json!({"as_of": "2025-12-31"})).await, failing, "asked twice, done once");
    assert_eq!(due(&app).await, 1);
    assert_eq!(values(&app, &analyst).await, [Value::Null, Value::Null], "half a run is not seen");
    app.clock.advance(HOUR / 2);
    // The run, and what follows from it: segments, alerts, results, and since they waited the models of a first time; and
    // conversions, which are looked for all the time.
    assert_eq!(due(&app).await, 6, "it is tried again, segments have other values, and so may have what is watched");
    let shown = values(&app, &analyst).await;
    assert_eq!(shown.len(), 2);
    for values in &shown {
        assert_eq!((&values["run"], &values["columns"]["as_of"]), (&failing, &json!("2025-12-31")));
    }

    page(&app, "3", "carl").await;
    let second = ask(json!({})).await;
    assert_eq!(due(&app).await, 4);
    let shown = values(&app, &analyst).await;
    assert!(shown.iter().all(|values| values["run"] == second) && shown.len() == 3, "{shown:?}");
    let runs = ok(&app, &analyst, "GET", "/api/v1/runs", Value::Null).await;
    let runs: Vec<(&Value, &Value)> =
        runs["data"].as_array().unwrap().iter().map(|run| (&run["id"], &run["customers"])).collect();
    assert_eq!(runs, [(&second, &json!(3)), (&failing, &json!(2))]);
    let run = ok(&app, &analyst, "GET", &format!("/api/v1/runs/{}", second.as_str().unwrap()), Value::Null).await;
    assert_eq!(run["asked_by"], json!(analyst_id));
    assert!(run["models"][0]["model"].is_string() && run["holdout"].is_object());
    let path = format!("/api/v1/runs/{}/report?language=fa", second.as_str().unwrap());
    let page = ok(&app, &analyst, "GET", &path, Value::Null).await;
    assert!(page.as_str().unwrap().contains("dir=\"rtl\""));
}

async fn who_is_erased_while_a_run_computes_is_not_in_its_report(app: TestApp) {
    page(&app, "1", "anna").await;
    app.app.catch_up().await.unwrap();
    let admin = app.sign_in(Role::Admin).await;
    let lines = async || -> usize {
        let run = ok(&app, &admin, "POST", "/api/v1/runs", json!({})).await["job"].take();
        due(&app).await;
        let report = super::store::report(&app.app, run.as_str().unwrap()).await.unwrap();
        report.leaving.len() + report.best.len() + report.profit.map_or(0, |profit| profit.worst.len())
    };
    // The lake of tests finds customers that nobody knows.
    assert!(lines().await > 3);
    app.clock.advance(3 * HOUR);
    let people = ok(&app, &admin, "GET", "/api/v1/customers", Value::Null).await;
    let path = format!("/api/v1/customers/{}", people["data"][0]["id"].as_str().unwrap());
    page(&app, "2", "bob").await;
    ok(&app, &admin, "DELETE", &path, Value::Null).await;
    app.app.catch_up().await.unwrap();
    due(&app).await;
    assert_eq!(lines().await, 0);
    let sql = "SELECT count(*) FROM jobs WHERE kind = 'forget' AND state = 'done'";
    let forgotten: i64 = sqlx::query(sql).fetch_one(app.app.database.pool()).await.unwrap().get(0);
    assert_eq!(forgotten, 2, "for the erasure, and for the run");
}

async fn everyone_is_scored_on_schedule(app: TestApp) {
    page(&app, "1", "anna").await;
    assert_eq!(due(&app).await, 0);
    app.clock.advance(DAY); // past half past two in the night, and past every hour
    assert!(due(&app).await >= 1);
    let viewer = app.sign_in(Role::Viewer).await;
    let runs = ok(&app, &viewer, "GET", "/api/v1/runs", Value::Null).await;
    assert_eq!(runs["data"][0]["asked_by"], json!("schedule"));
    let (status, _) = app.call(&viewer, "POST", "/api/v1/runs", json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let app = TestApp::new().await;
    let analyst = app.sign_in(Role::Analyst).await;
    let wish = json!({"as_of": "2026-01-03", "horizon_days": 0, "margin": 1.5});
    let (status, answer) = app.call(&analyst, "POST", "/api/v1/runs", wish).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let pointers: Vec<&Value> = answer["errors"].as_array().unwrap().iter().map(|fault| &fault["pointer"]).collect();
    assert_eq!(pointers, ["/as_of", "/horizon_days", "/margin"]);
    let (status, _) = app.call(&analyst, "GET", "/api/v1/runs/none", Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = app.call(&analyst, "GET", "/api/v1/customers/none/values", Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
