//! What was spent, through HTTP: entered row by row or as a table, and set against who was won.

use crate::access::Role;
use crate::platform::testing::{START, TestApp, on_both_databases};
use axum::http::StatusCode;
use serde_json::{Value, json};

on_both_databases!(spending_is_entered_and_taken_back, a_page_sets_it_against_who_was_won);

async fn spending_is_entered_and_taken_back(app: TestApp) {
    let (marketer, viewer) = (app.sign_in(Role::Marketer).await, app.sign_in(Role::Viewer).await);
    let path = "/api/v1/acquisition/spend";
    let row = |month: &str, amount: f64| json!({"month": month, "channel": "search", "amount": amount});
    let rows = json!({"data": [row("2026-01", 100.5), row("2026-02", 80.0)]});
    assert_eq!(app.call(&viewer, "PUT", path, rows.clone()).await.0, StatusCode::FORBIDDEN);
    for _ in 0..2 {
        let (status, answer) = app.call(&marketer, "PUT", path, rows.clone()).await;
        assert_eq!((status, &answer["data"][1]), (StatusCode::OK, &row("2026-01", 100.5)));
    }
    let (_, answer) = app.call(&marketer, "PUT", path, json!({"data": [row("2026-01", 0.0)]})).await;
    assert_eq!(answer["data"], json!([row("2026-02", 80.0)]));
    for (wrong, pointer) in [
        (json!({"month": "2026-1", "channel": "search", "amount": 1}), "/data/0/month"),
        (json!({"month": "2026-01", "channel": " ", "amount": 1}), "/data/0/channel"),
        (json!({"month": "2026-01", "channel": "search", "amount": -1}), "/data/0/amount"),
    ] {
        let (status, answer) = app.call(&marketer, "PUT", path, json!({"data": [wrong]})).await;
        assert_eq!((status, &answer["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer)));
    }
    let (_, answer) = app.call(&viewer, "GET", path, Value::Null).await;
    assert_eq!(answer["data"].as_array().unwrap().len(), 1);
}

async fn a_page_sets_it_against_who_was_won(app: TestApp) {
    let (analyst, marketer) = (app.sign_in(Role::Analyst).await, app.sign_in(Role::Marketer).await);
    assert!(app.page(&analyst, "/en/value/acquisition").await.1.contains("No values yet"));
    for (user, channel) in [("u-1", "search"), ("u-2", "search"), ("u-3", "friends")] {
        let call = json!({"userId": user, "messageId": user, "traits": {"acquisition_channel": channel}});
        assert_eq!(app.post("/v1/identify", &call).await.0, StatusCode::OK);
    }
    app.app.catch_up().await.unwrap();
    let report = serde_json::to_string(&crate::report::sample()).unwrap();
    let sql = "INSERT INTO scoring_runs (id, as_of, asked_by, started_at, ended_at, customers, report) \
               VALUES ('run-1', '2026-01-01', 'me', $1, $2, 3, $3)";
    let query = sqlx::query(sql).bind(START).bind(START).bind(report);
    query.execute(app.app.database.pool()).await.unwrap();
    let columns = json!({"clv": 30, "revenue": 100, "profit": 20, "first_purchase": "2025-11-05"}).to_string();
    let sql = "INSERT INTO customer_values (customer, run, columns) SELECT id, 'run-1', $1 FROM customers";
    sqlx::query(sql).bind(columns).execute(app.app.database.pool()).await.unwrap();
    // Half of what they bought, they bought in their first month.
    let bought =
        json!([{"month": "2025-11", "after": 0, "amount": 150}, {"month": "2025-11", "after": 1, "amount": 150}]);
    app.lake.answer("WITH bought", &bought);

    let (_, page) = app.page(&analyst, "/en/value/acquisition").await;
    assert!(page.contains("search") && page.contains("friends") && page.contains("Nobody has entered"), "{page}");
    assert!(!page.contains("/en/value/acquisition/table"), "who may not enter sees no form");
    let form = [("month", "2025-11"), ("channel", "search"), ("amount", "30")];
    assert_eq!(app.form(&analyst, "/en/value/acquisition/spend", &form).await.0, StatusCode::FORBIDDEN);
    let (status, to, _) = app.form(&marketer, "/en/value/acquisition/spend", &form).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/en/value/acquisition?saved=true"));
    let table = [("table", "month;channel;amount\n2025-11;friends;200,00\n2025-10;tv;50")];
    assert_eq!(app.form(&marketer, "/en/value/acquisition/table", &table).await.0, StatusCode::SEE_OTHER);
    let (_, file) = app.page(&analyst, "/en/value/acquisition.csv").await;
    // Two customers for 30: 15 each, of which 10 were back in the first month, and 20 in the second.
    assert!(file.contains("2025-11,search,2,30.00,15.00,20.00,30.00,3.333,paid,2"), "{file}");
    assert!(file.contains("2025-11,friends,1,200.00,200.00,20.00,30.00,0.250,not,"), "{file}");
    assert!(file.contains("2025-10,tv,0,50.00,,0.00,0.00,,,"), "{file}");
    let (_, page) = app.page(&analyst, "/en/value/acquisition").await;
    for part in ["month 2", "not within the forecast", "attribute=acquisition_channel&#38;value=search"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (status, _, page) = app.form(&marketer, "/en/value/acquisition/table", &[("table", "2025-11,tv,1\nx,y")]).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("Line 2"), "{page}");
}
