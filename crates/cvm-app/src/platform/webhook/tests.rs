//! Messages to other systems: signed, tried again, given up, sent again; and never where they may not go.

use super::*;
use crate::access::Role;
use crate::platform::clock::{DAY, HOUR, MINUTE, SECOND};
use crate::platform::jobs::run_due;
use crate::platform::testing::{TestApp, on_both_databases};
use axum::extract::State;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

on_both_databases!(only_who_manages_keys_names_endpoints, nothing_goes_to_private_addresses);

/// A status, and how long to wait.
type Said = (u16, Option<&'static str>);

/// What came in, and what is answered.
#[derive(Clone, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<Vec<Said>>>,
}

impl Receiver {
    /// Listens at a free port of this machine: its URL.
    async fn start(&self) -> String {
        let take = |State(receiver): State<Self>, headers: HeaderMap, body: String| async move {
            receiver.got.lock().unwrap().push((headers, body));
            let (status, after) = receiver.answers.lock().unwrap().pop().unwrap_or((204, None));
            let mut headers = HeaderMap::new();
            headers.extend(after.map(|after| (RETRY_AFTER, HeaderValue::from_static(after))));
            (StatusCode::from_u16(status).unwrap(), headers)
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = axum::Router::new().route("/hook", post(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    fn count(&self) -> usize {
        self.got.lock().unwrap().len()
    }
}

/// A server that may tell this machine, and an endpoint there.
async fn told(receiver: &Receiver) -> (TestApp, CreatedEndpoint) {
    let url = receiver.start().await;
    let app = TestApp::with(|config| config.webhook_private = true).await;
    let new = NewEndpoint { name: "Ours".to_owned(), url };
    let made = create(&app.app, &crate::access::Caller::system(), &new).await.unwrap();
    (app, made)
}

async fn say(app: &TestApp, endpoint: &str) -> String {
    let mut transaction = app.app.database.begin().await.unwrap();
    let id = send(&mut transaction, &app.app, endpoint, "test.said", &json!({"n": 1})).await.unwrap();
    transaction.commit().await.unwrap();
    id
}

async fn delivery(app: &TestApp, id: &str) -> Delivery {
    let page = deliveries(&app.app, "", &crate::platform::Paging::from(None, 200)).await.unwrap();
    page.data.into_iter().find(|delivery| delivery.id == id).unwrap()
}

#[tokio::test]
async fn a_message_arrives_once_and_is_known_as_ours() {
    let receiver = Receiver::default();
    let (app, CreatedEndpoint { endpoint, secret }) = told(&receiver).await;
    let id = say(&app, &endpoint.id).await;
    assert_eq!(run_due(&app.app, &[JOB]).await.unwrap(), 1);
    assert_eq!(run_due(&app.app, &[JOB]).await.unwrap(), 0);
    let (headers, body) = receiver.got.lock().unwrap()[0].clone();
    let said: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(said, json!({"type": "test.said", "timestamp": "2026-01-02T03:04:05Z", "data": {"n": 1}}));
    assert_eq!(headers["webhook-id"], id.as_str());
    let check = standardwebhooks::Webhook::new(&secret).unwrap();
    assert_eq!(headers["webhook-signature"], check.sign(&id, 1_767_323_045, body.as_bytes()).unwrap());
    let delivery = delivery(&app, &id).await;
    assert_eq!((delivery.attempts, delivery.status, delivery.error.as_str()), (1, Some(204), ""));
    assert!(delivery.delivered_at.is_some() && delivery.failed_at.is_none());
    again(&app.app, &crate::access::Caller::system(), &id).await.unwrap();
    run_due(&app.app, &[JOB]).await.unwrap();
    assert_eq!(receiver.got.lock().unwrap()[1].0["webhook-id"], id.as_str(), "the same when it is sent again");
}

#[tokio::test]
async fn who_does_not_take_it_is_told_again_until_it_is_given_up() {
    let receiver = Receiver::default();
    let (app, made) = told(&receiver).await;
    let id = say(&app, &made.endpoint.id).await;
    *receiver.answers.lock().unwrap() = vec![(500, None); 6];
    receiver.answers.lock().unwrap().push((503, Some("3600")));
    run_due(&app.app, &[JOB]).await.unwrap();
    let first = delivery(&app, &id).await;
    assert_eq!((first.status, first.error.as_str()), (Some(503), "the endpoint answered 503"));
    app.clock.advance(50 * MINUTE);
    assert_eq!(run_due(&app.app, &[JOB]).await.unwrap(), 0, "it asked for an hour");
    app.clock.advance(11 * MINUTE);
    for (tries, pause) in [(2, 5 * MINUTE), (3, 30 * MINUTE), (4, 2 * HOUR), (5, 5 * HOUR), (6, 10 * HOUR), (7, DAY)] {
        assert_eq!(run_due(&app.app, &[JOB]).await.unwrap(), 1, "try {tries}");
        assert_eq!(receiver.count(), tries);
        app.clock.advance(pause - SECOND);
        assert_eq!(run_due(&app.app, &[JOB]).await.unwrap(), 0, "not before its time");
        app.clock.advance(pause / 10 + 2 * SECOND);
    }
    let given_up = delivery(&app, &id).await;
    assert!(given_up.failed_at.is_some() && given_up.attempts == 7, "{given_up:?}");
}

#[tokio::test]
async fn who_is_gone_is_told_nothing_more() {
    let receiver = Receiver::default();
    let (app, made) = told(&receiver).await;
    receiver.answers.lock().unwrap().push((410, None));
    say(&app, &made.endpoint.id).await;
    run_due(&app.app, &[JOB]).await.unwrap();
    let known = list(&app.app).await.unwrap();
    assert_eq!(known[0].disabled_because, "gone");
    let later = say(&app, &made.endpoint.id).await;
    run_due(&app.app, &[JOB]).await.unwrap();
    assert_eq!(receiver.count(), 1);
    assert!(delivery(&app, &later).await.failed_at.is_some());
    set_enabled(&app.app, &crate::access::Caller::system(), &made.endpoint.id, true).await.unwrap();
    say(&app, &made.endpoint.id).await;
    run_due(&app.app, &[JOB]).await.unwrap();
    assert_eq!(receiver.count(), 2, "it was switched on again");
}

async fn only_who_manages_keys_names_endpoints(app: TestApp) {
    let (admin, analyst) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Analyst).await);
    let new = json!({"name": "Ours", "url": "https://example.com/hook"});
    assert_eq!(app.call(&analyst, "POST", "/api/v1/webhooks", new.clone()).await.0, StatusCode::FORBIDDEN);
    let (status, made) = app.call(&admin, "POST", "/api/v1/webhooks", new).await;
    assert_eq!(status, StatusCode::CREATED);
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let (_, all) = app.call(&admin, "GET", "/api/v1/webhooks", Value::Null).await;
    assert_eq!(all["data"][0]["name"], "Ours");
    assert!(!all.to_string().contains("whsec_"), "shown once");
    let path = format!("/api/v1/webhooks/{}", made["id"].as_str().unwrap());
    assert_eq!(app.call(&admin, "DELETE", &path, Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(app.call(&admin, "GET", &format!("{path}/deliveries"), Value::Null).await.0, StatusCode::NOT_FOUND);
}

async fn nothing_goes_to_private_addresses(app: TestApp) {
    let admin = app.sign_in(Role::Admin).await;
    for url in ["https://169.254.169.254/", "http://example.com/", "https://[::1]/"] {
        let new = json!({"name": "Theirs", "url": url});
        let (status, answer) = app.call(&admin, "POST", "/api/v1/webhooks", new).await;
        assert_eq!(
            (status, &answer["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("/url")),
            "{url}"
        );
    }
    // A name that stands for this machine is refused when it is used.
    let new = NewEndpoint { name: "Theirs".to_owned(), url: "https://localhost:9/".to_owned() };
    let made = create(&app.app, &crate::access::Caller::system(), &new).await.unwrap();
    let id = say(&app, &made.endpoint.id).await;
    run_due(&app.app, &[JOB]).await.unwrap();
    assert_eq!(delivery(&app, &id).await.error, "the endpoint cannot be reached");
}
