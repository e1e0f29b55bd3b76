//! Pages of the base as a whole, through HTTP.

use crate::access::Role;
use crate::platform::testing::TestApp;
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn the_ways_of_two_segments_are_compared() {
    let app = TestApp::new().await;
    let (analyst, admin) = (app.sign_in(Role::Analyst).await, app.sign_in(Role::Admin).await);
    for user in ["u-1", "u-2"] {
        assert_eq!(app.post("/v1/identify", &json!({"userId": user, "messageId": user})).await.0, StatusCode::OK);
    }
    app.app.catch_up().await.unwrap();
    let mut ids = Vec::new();
    for name in ["near", "<far>"] {
        let draft = json!({"name": name, "rule": {"version": 1, "who": {"did": {"event": {"what": "purchase"}}}}});
        let (_, segment) = app.call(&admin, "POST", "/api/v1/segments", draft).await;
        ids.push(segment["id"].as_str().unwrap().to_owned());
    }
    let sql = "INSERT INTO segment_members (segment, customer, entered_at) SELECT number, customers.id, 0 \
               FROM segments, customers WHERE name = 'near'";
    sqlx::query(sql).execute(app.app.database.pool()).await.unwrap();
    let reached = |list: u8, step: u8, people: u32| json!({"list": list, "part": "", "step": step, "people": people, "seconds": 60.0});
    let all = json!([reached(1, 1, 200), reached(1, 2, 50), reached(2, 1, 10), reached(2, 2, 5)]);
    app.lake.answer("FROM at1", &all);
    app.lake.answer("AS events", &json!([{"step": "page", "people": 210, "events": 400}]));

    let address = format!("/en/funnels?segment={}&against={}&step1=page&step2=event:x", ids[0], ids[1]);
    let (status, page) = app.page(&analyst, &address).await;
    assert_eq!(status, StatusCode::OK);
    let lists: Vec<usize> = app.lake.lists.lock().unwrap().iter().map(Vec::len).collect();
    assert_eq!(lists, [2, 0], "the lake is asked about the members as they are now");
    // Of near a quarter goes on, of far a half: shares are compared, since the segments are of different size.
    for part in ["25.0%", "50.0%", "Members are those of now", "&#60;far&#62;", "Share of those who began, by step"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains(&format!("<option value=\"{}\" selected>", ids[1])), "the choice is shown: {page}");
    let (_, page) = app.page(&analyst, "/en/funnels?step1=page").await;
    assert!(!page.contains("Members are those of now") && app.lake.lists.lock().unwrap().is_empty());
    assert_eq!(app.page(&analyst, "/en/funnels?segment=gone").await.0, StatusCode::NOT_FOUND);
}
