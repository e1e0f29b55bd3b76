//! Through HTTP: who may ask, and what becomes of a question that cannot be answered.

use crate::access::Role;
use crate::platform::testing::TestApp;
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_question_is_checked_and_remembered() {
    let app = TestApp::new().await;
    let analyst = app.sign_in(Role::Analyst).await;
    let ask = async |body| app.call(&analyst, "POST", "/api/v1/query", body).await;
    // The lake of the tests knows no SQL and says so: the words of a lake reach the caller with their place.
    let (status, answer) = ask(json!({"sql": "SELECT 1"})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer["errors"], json!([{"pointer": "/sql", "detail": "no SQL here: SELECT 1"}]));
    let (status, answer) = ask(json!({"sql": " ", "rows": 0, "seconds": 51})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let pointers: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|fault| fault["pointer"].clone()).collect();
    assert_eq!(pointers, ["/sql", "/rows", "/seconds"]);
    let viewer = app.sign_in(Role::Viewer).await;
    let refused = app.call(&viewer, "POST", "/api/v1/query", json!({"sql": "SELECT 1"})).await;
    assert_eq!(refused.0, StatusCode::FORBIDDEN);
    let admin = app.sign_in(Role::Admin).await;
    let (_, audit) = app.call(&admin, "GET", "/api/v1/audit", json!(null)).await;
    let asked = audit["data"].as_array().unwrap().iter().filter(|entry| entry["action"] == "lake.query");
    assert_eq!(asked.map(|entry| entry["details"]["sql"].clone()).collect::<Vec<_>>(), ["SELECT 1"]);
}
