//! OpenTelemetry by setting, seen from a collector.

use super::*;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Attribute;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::json;
use tokio::net::TcpListener;

type Received = Arc<Mutex<Vec<ExportTraceServiceRequest>>>;

/// A collector on a free port, with what it received.
async fn collector() -> (String, Received) {
    let received = Received::default();
    let take = async |State(received): State<Received>, body: Bytes| {
        received.lock().unwrap().push(ExportTraceServiceRequest::decode(body).unwrap());
    };
    let router = Router::new().route("/v1/traces", post(take)).with_state(received.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, received)
}

fn attribute(span: &Span, name: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == name);
    match found.and_then(|attribute| attribute.value.clone()?.value) {
        Some(Attribute::StringValue(text)) => text,
        Some(Attribute::IntValue(number)) => number.to_string(),
        other => panic!("{name} is {other:?} in {span:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_sees_requests_and_their_steps() {
    let folder = tempfile::tempdir().unwrap();
    let (url, received) = collector().await;
    let server = Running::start(folder.path(), &[("CVM_OTLP_ENDPOINT", &url)]);
    let event = json!({"userId": "anna@shop.example", "event": "Cart Viewed", "messageId": "m"});
    let answer = client()
        .post(format!("{}/v1/track?utm=secret", server.url))
        .bearer_auth(&server.write_key)
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .header("x-request-id", "till-7")
        .body(event.to_string());
    assert_eq!(answer.send().await.unwrap().status(), StatusCode::OK);
    // Spans wait some seconds to be sent together; a stop sends them at once.
    server.stop();
    let received = received.lock().unwrap();
    let resources: Vec<_> = received.iter().flat_map(|request| &request.resource_spans).collect();
    let service = &resources[0].resource.as_ref().unwrap().attributes;
    assert!(service.iter().any(|attribute| attribute.key == "service.name"), "{service:?}");
    let spans = resources.iter().flat_map(|spans| &spans.scope_spans).flat_map(|spans| &spans.spans);
    let spans: Vec<&Span> = spans.collect();
    let request = spans.iter().find(|span| span.name == "POST /v1/{call}").unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(&request.trace_id), "0af7651916cd43dd8448eb211c80319c", "it is part of the caller's trace");
    assert_eq!(hex(&request.parent_span_id), "b7ad6b7169203331");
    let attributes = ["http.route", "http.request.method", "http.response.status_code", "request.id"];
    assert_eq!(attributes.map(|name| attribute(request, name)), ["/v1/{call}", "POST", "200", "till-7"]);
    let step = spans.iter().find(|span| span.name == "inbox.store").unwrap();
    assert_eq!((&step.trace_id, &step.parent_span_id), (&request.trace_id, &request.span_id));
    let all = format!("{spans:?}");
    assert!(!["anna", "secret", "Cart"].iter().any(|word| all.contains(word)), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_disturbs_nobody() {
    let folder = tempfile::tempdir().unwrap();
    // Takes connections and never answers: worse than one that refuses.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let mut server = Running::start(folder.path(), &[("CVM_OTLP_ENDPOINT", &url)]);
    let (client, started) = (client(), Instant::now());
    // More than the queue holds.
    for number in 0..30 {
        let calls: Vec<_> = (0..100)
            .map(|call| {
                let event = json!({"userId": "u", "event": "e", "messageId": format!("{number}-{call}")});
                let request = client.post(format!("{}/v1/track", server.url)).bearer_auth(&server.write_key);
                tokio::spawn(request.body(event.to_string()).send())
            })
            .collect();
        for call in calls {
            assert_eq!(call.await.unwrap().unwrap().status(), StatusCode::OK);
        }
    }
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    let stopping = Instant::now();
    server.signal("TERM");
    server.end();
    assert!(stopping.elapsed() < Duration::from_secs(20), "{:?}", stopping.elapsed());
    let log = server.log.lock().unwrap();
    assert!(log.contains("the collector takes no traces") || log.contains("did not reach the collector"), "{log}");
    assert!(log.lines().count() < 20, "{log}");
}
