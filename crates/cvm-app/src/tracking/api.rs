//! The routes of the Segment HTTP tracking API.
//!
//! Answers are exactly 200, or a problem with `code` and `message`: SDKs retry anything else, or fail on its body.

use super::message::{Receipt, Rejection, merge_defaults, message, time};
use super::sources::source_of;
use crate::customers::keep_calls;
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Body, Problem, Result};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, Method, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cvm_core::message::{Message, MessageKind};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// `/v1/*`, open to the scripts of any web page.
pub fn routes(app: &App) -> Router<App> {
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::mirror_request())
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::CONTENT_ENCODING,
            header::HeaderName::from_static("x-retry-count"),
        ])
        .expose_headers([header::RETRY_AFTER])
        .max_age(Duration::from_secs(3600));
    Router::new()
        .route("/v1/projects/{write_key}/settings", get(settings))
        .route("/v1/batch", post(batch))
        .route("/v1/b", post(batch))
        .route("/v1/{call}", post(single))
        .layer(DefaultBodyLimit::max(app.config.batch_bytes_max))
        .layer(cors)
}

/// What Segment's browser SDK asks first: where to send to.
async fn settings(State(app): State<App>, Path(write_key): Path<String>, headers: HeaderMap) -> Result<Json<Value>> {
    if source_of(&app, &write_key).await?.is_none() {
        return Err(Problem::not_found("there is no source with this write key"));
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    Ok(Json(json!({
        "integrations": {"Segment.io": {"apiKey": write_key, "apiHost": format!("{host}/v1"), "unbundledIntegrations": []}},
        "plan": {"track": {"__default": {"enabled": true, "integrations": {}}}},
        "edgeFunction": {},
        "middlewareSettings": {},
        "enabledMiddleware": {},
    })))
}

async fn single(
    State(app): State<App>,
    Path(call): Path<String>,
    headers: HeaderMap,
    raw: Body,
) -> Result<Json<Value>> {
    let Some(kind) = MessageKind::from_name(&call) else {
        return Err(Problem::not_found(format!(
            "there is no call `{call}`; there are identify, track, page, screen, group, alias and batch"
        )));
    };
    let (mut body, bytes) = object(&headers, &raw, app.config.batch_bytes_max)?;
    let source = authenticate(&app, &headers, &mut body).await?;
    if bytes > app.config.event_bytes_max && body_bytes(&body) > app.config.event_bytes_max {
        return Err(Problem::too_large(format!("the call has more than {} bytes", app.config.event_bytes_max)));
    }
    let receipt = Receipt { source: &source, received_at: app.clock.now(), sent_at: None, fallback_id: new_id };
    match message(body, Some(kind), &receipt) {
        Ok(message) => {
            app.inbox.store(vec![message]).await?;
            Ok(success())
        }
        Err(rejection) => {
            let (mut call, _) = object(&headers, &raw, app.config.batch_bytes_max)?;
            call.insert("type".to_owned(), json!(kind.name()));
            call.shift_remove("writeKey");
            let problem = Problem::invalid(vec![fault("", &rejection)]);
            keep_calls(&app, &source, vec![(Value::Object(call), rejection)]).await?;
            Err(problem)
        }
    }
}

async fn batch(State(app): State<App>, headers: HeaderMap, raw: Body) -> Result<Json<Value>> {
    let (mut body, _) = object(&headers, &raw, app.config.batch_bytes_max)?;
    let source = authenticate(&app, &headers, &mut body).await?;
    let Some(Value::Array(calls)) = body.remove("batch") else {
        return Err(Problem::bad_request("the body has no list `batch`"));
    };
    if calls.len() > app.config.batch_events_max {
        let most = app.config.batch_events_max;
        return Err(Problem::too_large(format!("the batch has {} events; {most} are taken at once", calls.len())));
    }
    let receipt =
        Receipt { source: &source, received_at: app.clock.now(), sent_at: time(&body, "sentAt"), fallback_id: new_id };
    let defaults: Map<String, Value> = ["context", "integrations"]
        .into_iter()
        .filter_map(|name| body.remove(name).filter(Value::is_object).map(|value| (name.to_owned(), value)))
        .collect();
    let (mut messages, mut refused) = (Vec::with_capacity(calls.len()), Vec::new());
    for (index, call) in calls.into_iter().enumerate() {
        match checked(&app, call, &defaults, &receipt) {
            Ok(message) => messages.push(message),
            Err(rejection) => refused.push((index, rejection)),
        }
    }
    app.inbox.store(messages).await?;
    // SDKs drop the whole batch on a 4xx, and retry it on a 5xx; the good calls of it are stored, so it is a 200.
    let mut answer = success();
    if !refused.is_empty() {
        tracing::warn!(source = &*source, rejected = refused.len(), "calls were rejected");
        let faults = refused.iter().map(|(index, rejection)| fault(&format!("/batch/{index}"), rejection));
        answer.0["rejected"] = json!(faults.collect::<Vec<_>>());
        let (body, _) = object(&headers, &raw, app.config.batch_bytes_max)?;
        keep_calls(&app, &source, as_they_came(body, defaults, refused)).await?;
    }
    Ok(answer)
}

/// A call of a batch as a message.
fn checked(app: &App, call: Value, defaults: &Map<String, Value>, receipt: &Receipt<'_>) -> Result<Message, Rejection> {
    let reject = |detail| Err(Rejection { pointer: "", detail });
    let Value::Object(mut call) = call else { return reject("expected an object".to_owned()) };
    if body_bytes(&call) > app.config.event_bytes_max {
        return reject(format!("more than {} bytes", app.config.event_bytes_max));
    }
    merge_defaults(&mut call, defaults);
    message(call, None, receipt)
}

/// The refused calls of a body that was read once more, since reading a call takes it apart: each with what the batch gives
/// to all of them, so that it can be replayed alone.
fn as_they_came(
    mut body: Map<String, Value>,
    mut defaults: Map<String, Value>,
    refused: Vec<(usize, Rejection)>,
) -> Vec<(Value, Rejection)> {
    defaults.extend(body.remove("sentAt").map(|time| ("sentAt".to_owned(), time)));
    let Some(Value::Array(mut calls)) = body.remove("batch") else { return Vec::new() };
    let call = |(index, rejection): (usize, Rejection)| {
        let mut call = calls.get_mut(index).map_or(Value::Null, Value::take);
        if let Value::Object(call) = &mut call {
            merge_defaults(call, &defaults);
        }
        (call, rejection)
    };
    refused.into_iter().map(call).collect()
}

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

fn success() -> Json<Value> {
    Json(json!({"success": true}))
}

fn fault(place: &str, rejection: &Rejection) -> Fault {
    Fault::new(format!("{place}{}", rejection.pointer), rejection.detail.as_str())
}

fn body_bytes(call: &Map<String, Value>) -> usize {
    /// Counts what is written.
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    serde_json::to_writer(&mut count, call).expect("JSON that was read can be written");
    count.0
}

/// The body as an object, and how many bytes it has: gzip or not, whatever its content type says.
fn object(headers: &HeaderMap, body: &Body, most: usize) -> Result<(Map<String, Value>, usize)> {
    let body = body.unpacked(headers, most)?;
    match serde_json::from_slice(&body) {
        Ok(Value::Object(object)) => Ok((object, body.len())),
        Ok(_) => Err(Problem::bad_request("the body is JSON but no object")),
        Err(error) => Err(Problem::bad_request(format!("the body is no JSON: {error}"))),
    }
}

/// The source whose write key the request carries: Basic (user name), Bearer, or `writeKey` in the body.
async fn authenticate(app: &App, headers: &HeaderMap, body: &mut Map<String, Value>) -> Result<Arc<str>> {
    let in_body = body.remove("writeKey").and_then(|key| key.as_str().map(str::to_owned));
    let Some(key) = of_header(headers).or(in_body).filter(|key| !key.is_empty()) else {
        let advice = "the request has no write key; give it as the user name of Basic authentication";
        return Err(Problem::unauthorized(advice));
    };
    let source = source_of(app, &key).await?;
    source.ok_or_else(|| Problem::unauthorized("there is no source with this write key; `cvm sources` lists them"))
}

fn of_header(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "basic" => {
            let text = String::from_utf8(BASE64_STANDARD.decode(rest.trim()).ok()?).ok()?;
            Some(text.split(':').next().unwrap_or_default().to_owned())
        }
        "bearer" => Some(rest.trim().to_owned()),
        _ => None,
    }
}
