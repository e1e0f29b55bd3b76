//! A whole server for a test: its own folder, its own database, a clock that the test moves.

use super::server::App;
use super::{Clock, Config, Random};
use crate::access::testing::Credentials;
use crate::tracking;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use std::net::SocketAddr;
use tower::ServiceExt;

/// Where the clock of tests starts: 2026-01-02 03:04:05 UTC.
pub const START: i64 = 1_767_323_045_000_000;

/// A server without a socket.
pub struct TestApp {
    /// What requests see.
    pub app: App,
    /// The clock, to be moved.
    pub clock: Clock,
    /// The write key of the source `shop`.
    pub write_key: String,
    router: axum::Router,
    _folder: tempfile::TempDir,
}

impl TestApp {
    /// On SQLite, in a folder that goes away with the test.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The same with other settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(super::config::FILE), super::config::DEFAULT).unwrap();
        let mut config = Config::load(&folder.path().join(super::config::FILE), std::iter::empty()).unwrap();
        change(&mut config);
        let (clock, mut random) = (Clock::set_to(START), Random::seeded(1));
        let app = App::start(config, clock.clone(), random.clone()).await.unwrap();
        let source = tracking::create_source(&app.database, &clock, "shop", &mut random).await.unwrap();
        let router = app.router();
        Self { app, clock, write_key: source.write_key, router, _folder: folder }
    }

    /// A request with the write key; the answer's status and body.
    pub async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.post_bytes(path, &[], body.to_string().into_bytes()).await
    }

    /// The same with other headers and any bytes.
    pub async fn post_bytes(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> (StatusCode, Value) {
        use base64::Engine;
        let key = base64::prelude::BASE64_STANDARD.encode(format!("{}:", self.write_key));
        let mut request = Request::post(path).header("authorization", format!("Basic {key}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// A call of the API by somebody; `Value::Null` is no body.
    pub async fn call(&self, by: &Credentials, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.send(by.sign(Request::builder().method(method).uri(path)).body(body).unwrap()).await
    }

    /// Any request.
    pub async fn send(&self, request: Request<Body>) -> (StatusCode, Value) {
        let (status, _, body) = self.exchange(request).await;
        (status, body)
    }

    /// Any request; the answer with its headers. Where the request does not say, it comes from this machine.
    pub async fn exchange(&self, mut request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
        let extensions = request.extensions_mut();
        if extensions.get::<ConnectInfo<SocketAddr>>().is_none() {
            extensions.insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000))));
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
        (status, headers, serde_json::from_slice(&body).unwrap_or_else(|_| text()))
    }
}
