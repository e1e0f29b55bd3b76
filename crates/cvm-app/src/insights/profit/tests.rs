//! The page of profit, through HTTP: who brings a loss, why, and what becomes of the list.

use crate::access::testing::Credentials;
use crate::access::{Permission, Role};
use crate::platform::testing::{START, TestApp, on_both_databases};
use axum::http::StatusCode;
use serde_json::{Value, json};
use sqlx::Row;

on_both_databases!(losses_are_told_with_their_reasons, without_costs_it_says_so);

/// Somebody on the list of customers, with a name.
async fn customer(app: &TestApp, user: &str, name: &str) -> String {
    let call = json!({"userId": user, "messageId": user, "traits": {"name": name}});
    assert_eq!(app.post("/v1/identify", &call).await.0, StatusCode::OK);
    app.app.catch_up().await.unwrap();
    let sql = "SELECT survivor FROM customers WHERE known_by = $1";
    let row = sqlx::query(sql).bind(format!("user_id:{user}")).fetch_one(app.app.database.pool()).await.unwrap();
    row.get(0)
}

async fn run(app: &TestApp) {
    let report = serde_json::to_string(&crate::report::sample()).unwrap();
    let sql = "INSERT INTO scoring_runs (id, as_of, asked_by, started_at, ended_at, customers, report) \
               VALUES ('run-1', '2026-01-01', 'me', $1, $2, 1, $3)";
    let query = sqlx::query(sql).bind(START).bind(START).bind(report);
    query.execute(app.app.database.pool()).await.unwrap();
}

async fn losses_are_told_with_their_reasons(app: TestApp) {
    let (ada, bob) = (customer(&app, "u-ada", "Ada Nowak").await, customer(&app, "u-bob", "Bob Marsh").await);
    run(&app).await;
    let totals =
        json!([{"customers": 4, "margin": 900, "served": 200, "won": 100, "profit": 600, "losing": 3, "loss": 150}]);
    app.lake.answer("AS losing", &totals);
    let steps = json!([{"step": 1, "customers": 1, "profit": 750}, {"step": 2, "customers": 3, "profit": -150}]);
    app.lake.answer("AS step", &steps);
    let worst = json!([
        {"customer_id": ada, "revenue": 500, "margin": 40, "served": 130, "profit": -90, "p_alive": 0.9, "clv": 30},
        {"customer_id": bob, "revenue": 90, "margin": -50, "discounts": 70, "profit": -50, "p_alive": 0.8, "clv": 20},
        {"customer_id": "019b7ca9-8c88-7d54-8ffb-5385c5ed2e84", "margin": 1, "served": 11, "profit": -10, "p_alive": 0.9},
    ]);
    app.lake.answer("ORDER BY profit, customer_id", &worst);
    let (analyst, viewer) = (app.sign_in(Role::Analyst).await, app.sign_in(Role::Viewer).await);
    let (status, page) = app.page(&analyst, "/en/profit").await;
    assert_eq!(status, StatusCode::OK);
    for part in ["Ada Nowak", "serving costs more than the margin", "Bob Marsh", "discounts take the margin", "$600"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains("The best 25% of customers bring $750; those behind them take $150 of it away."), "{page}");
    assert!(!page.contains("5385c5ed2e84"), "who was erased meanwhile");
    let (_, page) = app.page(&analyst, "/en/profit?do=fewer_incentives").await;
    assert!(page.contains("Bob Marsh") && !page.contains("Ada Nowak") && page.contains("Without discounts"), "{page}");
    let (_, page) = app.page(&viewer, "/en/profit").await;
    assert!(!page.contains("Ada Nowak") && page.contains(ada.rsplit('-').next().unwrap()), "no names: {page}");
    assert!(!page.contains("/en/profit/segment"));
    let (_, file) = app.page(&analyst, "/en/profit/unprofitable.csv?do=cheaper_channel").await;
    assert!(file.contains(&format!("{ada},Ada Nowak,cheaper_channel,service,-90.00,500.00,40.00")), "{file}");

    let form = [("name", "Dear to serve"), ("do", "cheaper_channel")];
    assert_eq!(app.form(&viewer, "/en/profit/segment", &form).await.0, StatusCode::FORBIDDEN);
    let key = app.key(&[Permission::Query]).await;
    assert_eq!(app.form(&key, "/en/profit/segment", &form).await.0, StatusCode::FORBIDDEN);
    let (status, _, page) = app.form(&analyst, "/en/profit/segment", &[("name", ""), ("do", "")]).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("Choose a name"), "{status}");
    let saved = save(&app, &analyst, &form).await;
    assert!(saved.contains(&ada) && !saved.contains(&bob), "{saved}");
    let admin = app.sign_in(Role::Admin).await;
    let path = format!("/api/v1/customers/{ada}");
    assert_eq!(app.call(&admin, "DELETE", &path, Value::Null).await.0, StatusCode::OK);
    for table in ["segments", "segment_versions"] {
        let sql = format!("SELECT 1 FROM {table} WHERE rule LIKE $1");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(format!("%{ada}%"));
        assert!(query.fetch_optional(app.app.database.pool()).await.unwrap().is_none(), "{table} names who was erased");
    }
}

/// Saves the list as a segment: its rule.
async fn save(app: &TestApp, by: &Credentials, form: &[(&str, &str)]) -> String {
    let (status, to, page) = app.form(by, "/en/profit/segment", form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let (_, segment) = app.call(by, "GET", &to.replace("/en/", "/api/v1/"), Value::Null).await;
    segment["rule"].to_string()
}

async fn without_costs_it_says_so(app: TestApp) {
    let viewer = app.sign_in(Role::Viewer).await;
    assert!(app.page(&viewer, "/en/profit").await.1.contains("No values yet"));
    run(&app).await;
    app.lake.answer("nothing that is asked", &json!([]));
    assert!(app.page(&viewer, "/en/profit").await.1.contains("Costs are not known"));
}
