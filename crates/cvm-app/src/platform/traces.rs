//! OpenTelemetry: what a request did and how long each step took, sent to a collector where `otlp_endpoint` names one.
//!
//! Spans wait in a queue of bounded length; a thread of its own sends them. Where the collector is away or slow, spans are
//! dropped, and requests do not notice. Spans of this kind have a target of their own: the log does not show them, and where
//! there is no collector they cost nothing.

use super::Config;
use async_trait::async_trait;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Sampler, SdkTracerProvider};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tower_http::request_id::RequestId;
use tracing::{Instrument, Level, Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, dynamic_filter_fn};
use tracing_subscriber::registry::LookupSpan;

/// The target of spans for the collector; the log leaves it out.
pub const TARGET: &str = "cvm_trace";

/// How long the collector may take to accept spans, and how long the server waits for it when it stops.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of a collector's answer that are read.
const ANSWER_BYTES: usize = 64 << 10;

/// The way to the collector.
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// To the collector of the settings, if they name one. To be called within the runtime.
    ///
    /// # Errors
    /// Text for an address that cannot be one.
    pub fn of(config: &Config) -> Result<Option<Self>, String> {
        if config.otlp_endpoint.is_empty() {
            return Ok(None);
        }
        let failed = |error: &dyn std::fmt::Display| format!("setting `otlp_endpoint`: {error}");
        let client = reqwest::Client::builder().timeout(PATIENCE).build().map_err(|error| failed(&error))?;
        let client = Client { runtime: Handle::current(), client, away: Arc::default() };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(format!("{}/v1/traces", config.otlp_endpoint.trim_end_matches('/')))
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| failed(&error))?;
        let resource = Resource::builder().with_service_name("opencvm");
        // By the trace's own id, also where the caller decided otherwise: everybody may call, and none of them may fill
        // the collector. Whoever takes the same share of the same ids has whole traces.
        let sampler = Sampler::TraceIdRatioBased(f64::from(config.otlp_percent) / 100.0);
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(exporter).build())
            .with_sampler(sampler)
            .with_resource(resource.build())
            .build();
        Ok(Some(Self { provider }))
    }

    /// What hands spans over, and as their events what is logged within them as a warning or an error.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        fn wanted(metadata: &Metadata<'_>) -> bool {
            match metadata.is_event() {
                true => metadata.target().starts_with("cvm") && *metadata.level() <= Level::WARN,
                false => metadata.target() == TARGET,
            }
        }
        // Asked every time, as the log's filter.
        let filter = dynamic_filter_fn(|metadata, _| wanted(metadata)).with_max_level_hint(LevelFilter::INFO);
        let layer = tracing_opentelemetry::layer().with_tracer(self.provider.tracer("opencvm"));
        layer.with_location(false).with_threads(false).with_tracked_inactivity(false).with_filter(filter)
    }

    /// Sends what waits, for some seconds at most.
    pub async fn end(self) {
        let ended = tokio::task::spawn_blocking(move || self.provider.shutdown_with_timeout(PATIENCE)).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last traces did not reach the collector");
        }
    }
}

/// Our own HTTP client as OpenTelemetry asks for one. Its thread is none of the runtime's, so requests are made there.
#[derive(Debug)]
struct Client {
    runtime: Handle,
    client: reqwest::Client,
    /// Whether the last request failed, so that the log says once that the collector is away.
    away: Arc<AtomicBool>,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move { send(&client, request).await }).await?;
        let problem = match &sent {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(answer.status().to_string()),
            Err(error) => Some(error.to_string()),
        };
        if self.away.swap(problem.is_some(), Ordering::Relaxed) != problem.is_some() {
            match problem {
                Some(error) => tracing::warn!(error, "the collector takes no traces; they are dropped until it does"),
                None => tracing::info!("the collector takes traces again"),
            }
        }
        Ok(sent?)
    }
}

async fn send(client: &reqwest::Client, request: http::Request<Bytes>) -> reqwest::Result<http::Response<Bytes>> {
    let mut answer = client.execute(request.try_into()?).await?;
    let status = answer.status();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await?
        && body.len() < ANSWER_BYTES
    {
        body.extend_from_slice(&chunk);
    }
    let mut answer = http::Response::new(body.into());
    *answer.status_mut() = status;
    Ok(answer)
}

/// A step within a request.
pub fn step(name: &'static str) -> Span {
    tracing::info_span!(target: TARGET, "step", otel.name = name)
}

/// Traces a request: a part of the caller's own trace, where it says of which (W3C `traceparent`).
pub async fn trace(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    let span = tracing::info_span!(
        target: TARGET,
        "request",
        otel.name = format!("{} {route}", request.method()).trim_end(),
        otel.kind = "server",
        otel.status_code = tracing::field::Empty,
        http.request.method = %request.method(),
        http.route = route,
        http.response.status_code = tracing::field::Empty,
        request.id = id,
    );
    if span.is_disabled() {
        return next.run(request).await;
    }
    let parent = TraceContextPropagator::new().extract(&HeaderExtractor(request.headers()));
    if let Err(error) = span.set_parent(parent) {
        tracing::debug!(error = ?error, "a trace does not know its caller's");
    }
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    if response.status().is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    response
}
