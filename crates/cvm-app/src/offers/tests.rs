//! Through HTTP: offers are made, refused, changed and taken away.

use super::catalogue::tests::plain;
use super::of_catalogue;
use crate::access::Permission::{EditOffers, ReadOffers};
use crate::access::Role;
use crate::platform::testing::{TestApp, on_both_databases};
use axum::http::StatusCode;
use serde_json::{Value, json};

on_both_databases!(an_offer_is_made_changed_and_taken_away, what_cannot_be_is_refused);

async fn an_offer_is_made_changed_and_taken_away(app: TestApp) {
    let by = app.key(&[ReadOffers, EditOffers]).await;
    let (status, made) = app.call(&by, "POST", "/api/v1/offers", plain("Coupon")).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!((&made["version"], &made["treatments"][0]["number"]), (&json!(1), &json!(1)));
    assert_eq!((&made["lever"], &made["answer_days"], &made["policy"]), (&json!(1.0), &json!(7), &json!({})));
    let path = format!("/api/v1/offers/{}", made["id"].as_str().unwrap());

    // The second treatment is new; the first keeps its number.
    let mut change = plain("Coupon of ten");
    change["treatments"][0]["number"] = json!(1);
    let content = json!({"pl": {"body": "Kupon"}});
    change["treatments"].as_array_mut().unwrap().insert(0, json!({"channel": "sms", "content": content}));
    change["version"] = json!(1);
    let (status, changed) = app.call(&by, "PUT", &path, change.clone()).await;
    assert_eq!(status, StatusCode::OK, "{changed}");
    let numbers = |offer: &Value| [0, 1].map(|place| offer["treatments"][place]["number"].as_i64().unwrap());
    assert_eq!(numbers(&changed), [2, 1]);
    let (status, problem) = app.call(&by, "PUT", &path, change).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(app.call(&by, "GET", &path, Value::Null).await, (StatusCode::OK, changed));

    let (_, list) = app.call(&by, "GET", "/api/v1/offers", Value::Null).await;
    assert_eq!(list["data"][0]["name"], "Coupon of ten");
    let number = super::number(&app.app.database).await.unwrap();
    assert_eq!(number, app.app.offers.number());
    assert_eq!(app.call(&by, "DELETE", &path, Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(app.call(&by, "GET", &path, Value::Null).await.0, StatusCode::NOT_FOUND);
    // What it was is still known, by the number of the catalogue.
    for (catalogue, name) in [(1, "Coupon"), (2, "Coupon of ten"), (9, "Coupon of ten")] {
        assert_eq!(of_catalogue(&app.app, catalogue, &[1]).await.unwrap()[&1].name, name);
    }
    let admin = app.sign_in(Role::Admin).await;
    let (_, audit) = app.call(&admin, "GET", "/api/v1/audit?limit=10", Value::Null).await;
    let actions: Vec<&str> = audit["data"].as_array().unwrap().iter().filter_map(|it| it["action"].as_str()).collect();
    assert!(["offer.create", "offer.change", "offer.delete"].iter().all(|action| actions.contains(action)), "{audit}");
}

async fn what_cannot_be_is_refused(app: TestApp) {
    let by = app.key(&[ReadOffers, EditOffers]).await;
    let refused = async |draft: Value| {
        let (status, problem) = app.call(&by, "POST", "/api/v1/offers", draft).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        problem["errors"][0]["pointer"].as_str().unwrap().to_owned()
    };
    let mut draft = plain("Coupon");
    draft["policy"] = json!({"applicable": {"version": 1, "who": {"segment": "nobody"}}});
    assert_eq!(refused(draft).await, "/policy/applicable");
    let mut draft = plain("Coupon");
    draft["valid_from"] = json!("2026-02-01T00:00:00Z");
    draft["valid_until"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(refused(draft).await, "/valid_until");
    assert_eq!(app.call(&by, "POST", "/api/v1/offers", plain("Coupon")).await.0, StatusCode::CREATED);
    assert_eq!(refused(plain("Coupon")).await, "/name");
    let reader = app.sign_in(Role::Viewer).await;
    assert_eq!(app.call(&reader, "POST", "/api/v1/offers", plain("Other")).await.0, StatusCode::FORBIDDEN);
    assert_eq!(app.call(&reader, "GET", "/api/v1/offers", Value::Null).await.0, StatusCode::OK);
}
