//! Learned after a scoring run, told by HTTP, put into messages.

use super::JOB;
use super::training::tests::made_up;
use crate::access::Permission::{EditOffers, MakeDecisions, ReadCustomers};
use crate::customers::{by_identifier, project};
use crate::platform::clock::HOUR;
use crate::platform::jobs::run_due;
use crate::platform::testing::{TestApp, on_both_databases};
use axum::http::StatusCode;
use cvm_core::message::Message;
use serde_json::{Value, json};

on_both_databases!(what_goes_together_is_recommended_and_said_why);

async fn what_goes_together_is_recommended_and_said_why(app: TestApp) {
    let by = app.key(&[ReadCustomers, EditOffers, MakeDecisions]).await;
    let now = app.clock.now();
    let products =
        json!([{"product_id": "p2", "price": 5, "quantity": 1}, {"product_id": "p3", "price": 5, "quantity": 1}]);
    let order = json!({"order_id": "1", "currency": "USD", "revenue": 10, "products": products});
    let message: Message = serde_json::from_value(json!({"message_id": "m", "source": "shop", "type": "track",
        "name": "Order Completed", "user_id": "anna", "timestamp": now, "received_at": now, "properties": order}))
    .unwrap();
    app.app.inbox.store(vec![message]).await.unwrap();
    while project(&app.app).await.unwrap().batches > 0 {}
    let anna = by_identifier(&app.app, "user_id:anna").await.unwrap();
    let path = format!("/api/v1/customers/{anna}/recommendations");
    let none = json!({"data": [], "trained_at": null, "model": null});
    assert_eq!(app.call(&by, "GET", &path, Value::Null).await, (StatusCode::OK, none));

    let bought = made_up(400).into_iter().map(|(who, what, _, when)| (format!("c{who}"), when, format!("p{what}")));
    *app.lake.purchases.lock().unwrap() = bought.collect();
    let sql = "INSERT INTO scoring_runs (id, as_of, asked_by, started_at, ended_at, customers, report) \
               VALUES ('r', '2026-01-01', 'test', 1, 2, 1, $1)";
    let report = serde_json::to_string(&crate::report::sample()).unwrap();
    sqlx::query(sql).bind(report).execute(app.app.database.pool()).await.unwrap();
    // What is done regularly is noted first, and due after a while.
    for _ in 0..2 {
        run_due(&app.app, &[JOB]).await.unwrap();
        app.clock.advance(HOUR);
    }

    let (_, found) = app.call(&by, "GET", &format!("{path}?count=5"), Value::Null).await;
    let told = found["data"].as_array().unwrap();
    // She bought p2 and p3, of the first taste: p0 to p29. What she has is not recommended again.
    assert_eq!(told.len(), 5, "{found}");
    for one in told {
        let product: u32 = one["product"].as_str().unwrap()[1..].parse().unwrap();
        assert!(product < 30 && product != 2 && product != 3, "{found}");
        assert!(one["because"] == "p2" || one["because"] == "p3", "{found}");
        assert_eq!(one["category"], format!("category of p{product}"));
    }
    assert_eq!((&found["model"]["kind"], &found["model"]["again"]), (&json!("together"), &json!(false)));
    let ndcg = |of: &str| found["model"][of]["ndcg"].as_f64().unwrap();
    assert!(ndcg("quality") > ndcg("popularity"), "{found}");
    assert_eq!(app.call(&by, "GET", &format!("{path}?count=0"), Value::Null).await.0, StatusCode::BAD_REQUEST);

    // An offer says it.
    let body = "{% for it in recommendations %}{{ it.product }} {% endfor %}";
    let treatments = json!([{"channel": "in_app", "content": {"en": {"body": body}}}]);
    let offer = json!({"name": "For you", "issue": "growth", "group": "g", "state": "active", "worth": {"amount": 9},
                       "treatments": treatments});
    assert_eq!(app.call(&by, "POST", "/api/v1/offers", offer).await.0, StatusCode::CREATED);
    let policy = crate::contacts::Policy { global_control: 0.0, ..crate::contacts::Policy::default() };
    crate::contacts::set(&app.app, &crate::access::Caller::system(), &policy).await.unwrap();
    let (_, decision) = app.call(&by, "POST", "/api/v1/decisions", json!({"customer": anna})).await;
    let said = decision["actions"][0]["content"]["body"].as_str().unwrap();
    assert!(said.starts_with(told[0]["product"].as_str().unwrap()), "{decision}");
}
