//! Through HTTP: what SDKs send, what is refused, and that nothing is kept twice.

use crate::access::Role;
use crate::platform::testing::{START, TestApp, on_both_databases};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use cvm_core::message::{Message, MessageKind};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sqlx::Row;
use std::io::Write;

on_both_databases! {
    ids_are_remembered_for_as_long_as_was_set,
    messages_go_to_the_lake_once_whatever_fails,
    a_call_is_stored_once_however_often_it_comes,
    the_good_calls_of_a_batch_are_stored_and_the_others_named,
    refused_calls_are_kept_and_replayed_at_their_own_time,
    packed_bodies_are_bounded_when_unpacked,
    only_a_write_key_opens,
    a_browser_learns_where_to_send_and_may,
    what_was_received_is_stored_before_the_end,
    consumers_read_each_batch_once_and_what_all_have_passed_goes,
    a_source_is_opened_and_closed,
    a_thousand_senders_at_once_lose_nothing,
}

/// All messages of the inbox, in order.
async fn stored(app: &TestApp) -> Vec<Message> {
    let batches = crate::tracking::inbox::next_batches(&app.app.database, 0, usize::MAX).await.unwrap();
    batches.into_iter().flat_map(|batch| batch.messages).collect()
}

async fn a_call_is_stored_once_however_often_it_comes(app: TestApp) {
    let call = json!({"userId": "u1", "event": "Order Completed", "messageId": "m1", "properties": {"total": 12.5}});
    for _ in 0..3 {
        assert_eq!(app.post("/v1/track", &call).await, (StatusCode::OK, json!({"success": true})));
    }
    let stored = stored(&app).await;
    assert_eq!(stored.len(), 1);
    let message = &stored[0];
    assert_eq!((message.kind, message.source.as_str(), message.received_at), (MessageKind::Track, "shop", START));
    assert_eq!(message.properties["total"], json!(12.5));
}

async fn the_good_calls_of_a_batch_are_stored_and_the_others_named(app: TestApp) {
    let batch = json!({"sentAt": "2026-01-02T03:04:05Z", "context": {"library": {"name": "test"}}, "batch": [
        {"type": "identify", "userId": "u1", "messageId": "a", "traits": {"email": "a@example.org"}},
        {"type": "track", "userId": "u1", "messageId": "b"},
        "nothing",
        {"type": "page", "anonymousId": "x", "messageId": "a"},
    ]});
    let (status, answer) = app.post("/v1/batch", &batch).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        answer["rejected"],
        json!([
            {"pointer": "/batch/1/event", "detail": "the event has no name"},
            {"pointer": "/batch/2", "detail": "expected an object"},
        ])
    );
    let stored = stored(&app).await;
    assert_eq!(stored.len(), 1, "the same id twice in one batch is one message");
    assert_eq!(stored[0].context["library"]["name"], "test");
}

async fn refused_calls_are_kept_and_replayed_at_their_own_time(app: TestApp) {
    // The sender's clock is an hour behind.
    let batch = json!({"sentAt": "2026-01-02T02:04:05Z", "context": {"library": {"name": "test"}}, "writeKey": "w", "batch": [
        {"type": "track", "userId": "u1", "messageId": "b", "timestamp": "2026-01-02T02:04:00Z", "properties": {"total": 5}},
        {"type": "track", "userId": "u1", "messageId": "c", "event": "Fine"},
        7,
    ]});
    let (status, _) = app.post("/v1/batch", &batch).await;
    assert_eq!(status, StatusCode::OK);
    let (status, answer) = app.post("/v1/identify", &json!({"traits": {"name": "Anna"}})).await;
    assert_eq!((status, &answer["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/userId")));
    app.clock.advance(crate::platform::clock::DAY);
    let admin = app.sign_in(Role::Admin).await;
    let (_, listed) = app.call(&admin, "GET", "/api/v1/rejections", Value::Null).await;
    let kept = listed["data"].as_array().unwrap();
    let at = |pointer: &str| kept.iter().find(|row| row["kind"] == "calls" && row["pointer"] == pointer).unwrap();
    let (nameless, seven, nobody) = (at("/event"), at(""), at("/userId"));
    let record = |row: &Value| serde_json::from_str::<Value>(row["record"].as_str().unwrap()).unwrap();
    assert_eq!(record(nobody), json!({"traits": {"name": "Anna"}, "type": "identify"}));
    let mut corrected = record(nameless);
    corrected["event"] = json!("Order Completed");
    let replay = json!({"rejections": [{"id": nameless["id"], "record": corrected}, {"id": seven["id"]}]});
    let (status, taken) = app.call(&admin, "POST", "/api/v1/rejections/replay", replay).await;
    assert_eq!((status, &taken["accepted"], &taken["rejected"]), (StatusCode::OK, &json!(1), &json!(1)));
    let stored = stored(&app).await;
    let replayed = stored.iter().find(|message| message.message_id == "b").unwrap();
    assert_eq!((replayed.source.as_str(), replayed.timestamp), ("shop", START - 5 * crate::platform::clock::SECOND));
    assert_eq!((&replayed.properties["total"], &replayed.context["library"]["name"]), (&json!(5), &json!("test")));
}

async fn a_thousand_senders_at_once_lose_nothing(app: TestApp) {
    let app = std::sync::Arc::new(app);
    let senders: Vec<_> = (0..1000)
        .map(|number| {
            let app = app.clone();
            tokio::spawn(async move {
                let call = json!({"userId": "u", "event": "e", "messageId": format!("m{}", number % 900)});
                app.post("/v1/track", &call).await.0
            })
        })
        .collect();
    for sender in senders {
        assert_eq!(sender.await.unwrap(), StatusCode::OK);
    }
    let mut ids: Vec<String> = stored(&app).await.into_iter().map(|message| message.message_id).collect();
    assert_eq!(ids.len(), 900);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 900);
    let row = sqlx::query("SELECT count(*), max(batch) FROM inbox").fetch_one(app.app.database.inbox());
    let row = row.await.unwrap();
    assert!(row.get::<i64, _>(0) < 900, "requests that wait together share a commit");
    assert_eq!(row.get::<i64, _>(0), row.get::<i64, _>(1), "batches are numbered without a gap");
}

async fn packed_bodies_are_bounded_when_unpacked(app: TestApp) {
    let pack = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let form = [("content-encoding", "gzip"), ("content-type", "application/x-www-form-urlencoded")];
    let call = pack(&json!({"userId": "u", "messageId": "z"}).to_string());
    assert_eq!(app.post_bytes("/v1/page", &form, call).await.0, StatusCode::OK);
    let bomb = pack(&" ".repeat(64 << 20));
    assert!(bomb.len() < 1 << 20);
    assert_eq!(app.post_bytes("/v1/page", &form, bomb).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let (status, answer) = app.post_bytes("/v1/page", &form, b"not packed".to_vec()).await;
    assert_eq!((status, &answer["code"]), (StatusCode::BAD_REQUEST, &json!("bad_request")));
    let large = json!({"userId": "u", "traits": {"note": "x".repeat(40_000)}});
    assert_eq!(app.post("/v1/identify", &large).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(stored(&app).await.len(), 1);
}

async fn only_a_write_key_opens(app: TestApp) {
    let call = |key: Option<&str>, body: Value| {
        let mut request = Request::post("/v1/t");
        if let Some(key) = key {
            request = request.header("authorization", key);
        }
        request.body(Body::from(body.to_string())).unwrap()
    };
    let plain = json!({"anonymousId": "x", "event": "e"});
    let (status, answer) = app.send(call(None, plain.clone())).await;
    assert_eq!((status, &answer["code"]), (StatusCode::UNAUTHORIZED, &json!("unauthorized")));
    assert!(answer["message"].as_str().unwrap().contains("write key"));
    assert_eq!(app.send(call(Some("Bearer wrong"), plain.clone())).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(app.send(call(Some(&format!("Bearer {}", app.write_key)), plain.clone())).await.0, StatusCode::OK);
    let in_body = json!({"anonymousId": "x", "event": "e", "writeKey": app.write_key});
    assert_eq!(app.send(call(None, in_body)).await.0, StatusCode::OK);
    assert!(stored(&app).await.iter().all(|message| message.name.as_deref() == Some("e")));
}

async fn a_browser_learns_where_to_send_and_may(app: TestApp) {
    let ask = |key: &str| {
        let path = format!("/v1/projects/{key}/settings");
        Request::get(path).header("host", "cvm.example").body(Body::empty()).unwrap()
    };
    let (status, settings) = app.send(ask(&app.write_key)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(settings["integrations"]["Segment.io"]["apiHost"], "cvm.example/v1");
    assert_eq!(app.send(ask("wrong")).await.0, StatusCode::NOT_FOUND);
    let preflight = Request::options("/v1/t")
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,x-retry-count")
        .body(Body::empty())
        .unwrap();
    assert_eq!(app.send(preflight).await.0, StatusCode::OK);
}

async fn what_was_received_is_stored_before_the_end(app: TestApp) {
    let waiting: Vec<_> = (0..50)
        .map(|number| {
            let (inbox, message) = (app.app.inbox.clone(), format!("m{number}"));
            tokio::spawn(async move {
                let call =
                    json!({"message_id": message, "type": "page", "source": "s", "timestamp": 0, "received_at": 0});
                inbox.store(vec![serde_json::from_value(call).unwrap()]).await
            })
        })
        .collect();
    tokio::task::yield_now().await;
    app.app.inbox.close().await;
    let mut acknowledged = 0;
    for answer in waiting {
        acknowledged += answer.await.unwrap().map_or(0, |stored| stored.new);
    }
    assert_eq!(stored(&app).await.len(), acknowledged);
    let (status, answer) = app.post("/v1/page", &json!({"userId": "u"})).await;
    assert_eq!((status, &answer["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("unavailable")));
}

async fn consumers_read_each_batch_once_and_what_all_have_passed_goes(app: TestApp) {
    for number in 0..5 {
        let call = json!({"userId": "u", "event": "e", "messageId": format!("m{number}")});
        app.post("/v1/track", &call).await;
    }
    let database = &app.app.database;
    let numbers = |batches: &[super::inbox::Batch]| batches.iter().map(|batch| batch.number).collect::<Vec<_>>();
    assert_eq!(numbers(&super::inbox::next_batches(database, 0, usize::MAX).await.unwrap()), [1, 2, 3, 4, 5]);
    let batches = super::inbox::next_batches(database, 3, 1).await.unwrap();
    assert_eq!((numbers(&batches), batches[0].messages[0].message_id.as_str()), (vec![4], "m3"));
    assert_eq!(numbers(&super::inbox::next_batches(database, 0, 300).await.unwrap()), [1, 2], "as many as fit");
    for (consumer, passed) in [("customers", 4), ("lake", 2)] {
        let mut transaction = database.begin().await.unwrap();
        assert_eq!(super::inbox::lock_position(&mut transaction, consumer).await.unwrap(), 0);
        super::inbox::set_position(&mut transaction, consumer, passed).await.unwrap();
        transaction.commit().await.unwrap();
    }
    let mut transaction = database.begin().await.unwrap();
    super::inbox::set_position(&mut transaction, "lake", 5).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(super::inbox::position(database, "lake").await.unwrap(), 2, "no work, no step");
    assert_eq!(super::inbox::delete_passed(database, &["customers", "lake", "none yet"]).await.unwrap(), 0);
    assert_eq!(super::inbox::delete_passed(database, &["customers", "lake"]).await.unwrap(), 2);
    assert_eq!(numbers(&super::inbox::next_batches(database, 2, usize::MAX).await.unwrap()), [3, 4, 5]);
}

async fn messages_go_to_the_lake_once_whatever_fails(app: TestApp) {
    use std::sync::atomic::Ordering;
    for number in 0..6 {
        let call = json!({"userId": "u", "event": "e", "messageId": format!("m{number}")});
        assert_eq!(app.post("/v1/track", &call).await.0, StatusCode::OK);
        match number {
            2 => app.lake.failures.store(1, Ordering::Relaxed),
            4 => app.lake.lost_answers.store(1, Ordering::Relaxed),
            _ => {}
        }
        let moved = super::catch_up(&app.app).await;
        assert_eq!(moved.is_err(), matches!(number, 2 | 4), "{moved:?}");
    }
    let ids: Vec<String> = app.lake.messages().into_iter().map(|message| message.message_id).collect();
    assert_eq!(ids, ["m0", "m1", "m2", "m3", "m4", "m5"]);
    let other = crate::platform::lease::Lease::new(app.app.database.clone(), app.clock.clone(), super::MOVER);
    assert!(other.hold().await.unwrap(), "a backup need not wait for longer than a round");
}

async fn ids_are_remembered_for_as_long_as_was_set(app: TestApp) {
    use crate::platform::clock::HOUR;
    let call = json!({"userId": "u", "event": "e", "messageId": "m"});
    app.post("/v1/track", &call).await;
    app.clock.advance(app.app.config.message_id_hours * HOUR);
    super::tidy(&app.app).await.unwrap();
    app.post("/v1/track", &call).await;
    assert_eq!(stored(&app).await.len(), 1, "still known");
    app.clock.advance(1);
    super::tidy(&app.app).await.unwrap();
    app.post("/v1/track", &call).await;
    assert_eq!(stored(&app).await.len(), 2, "forgotten");
}

async fn a_source_is_opened_and_closed(app: TestApp) {
    let admin = app.sign_in(Role::Admin).await;
    let call = async |method, path: &str, body| app.call(&admin, method, path, body).await;
    let (status, source) = call("POST", "/api/v1/sources", json!({"name": "Till 1"})).await;
    assert_eq!((status, &source["id"]), (StatusCode::CREATED, &json!("till-1")));
    let send = async || {
        let body = json!({"userId": "u", "writeKey": source["write_key"]}).to_string();
        app.send(Request::post("/v1/page").body(Body::from(body)).unwrap()).await.0
    };
    assert_eq!(send().await, StatusCode::OK);
    let (_, sources) = call("GET", "/api/v1/sources", Value::Null).await;
    assert_eq!(sources["data"].as_array().unwrap().len(), 2, "beside the test's own");
    assert_eq!(sources["data"][1], source);
    assert_eq!(call("POST", "/api/v1/sources", json!({"name": "till  1"})).await.0, StatusCode::CONFLICT);
    let (status, answer) = call("POST", "/api/v1/sources", json!({"name": " "})).await;
    assert_eq!((status, &answer["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/name")));
    assert_eq!(call("DELETE", "/api/v1/sources/till-1", Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(send().await, StatusCode::UNAUTHORIZED);
    assert_eq!(call("DELETE", "/api/v1/sources/till-1", Value::Null).await.0, StatusCode::NOT_FOUND);
    assert_eq!(call("POST", "/api/v1/sources", json!({"name": "Till 1"})).await.0, StatusCode::CONFLICT);
    let (_, audit) = call("GET", "/api/v1/audit?subject_id=till-1", Value::Null).await;
    let mut actions: Vec<_> = audit["data"].as_array().unwrap().iter().map(|entry| entry["action"].clone()).collect();
    actions.sort_by_key(Value::to_string); // the clock of the test stands still, so ids have no order
    assert_eq!(actions, ["source.create", "source.disable"]);
}
