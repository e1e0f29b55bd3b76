//! What the server says of itself to Prometheus, in the OpenMetrics format.
//!
//! On the main address `/metrics` asks for the permission `metrics.read`: figures of the business (how many events, how many
//! jobs) are not for everybody who can reach it, and behind a proxy on this machine every caller looks local. Prometheus
//! gives an API key as `authorization: {credentials: ..}`. Whoever keeps a network apart for such things sets
//! `metrics_listen`; there it is open, as other exporters are. Labels are from small fixed sets: never ids or addresses.

use super::server::App;
use super::{Problem, Routes, jobs};
use crate::access::Permission;
use crate::tracking::inbox;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use utoipa_axum::routes;

/// Seconds that requests take, the upper bounds of the histogram.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// A part that does not answer a scrape in this time is left out of it.
const PATIENCE: Duration = Duration::from_secs(2);

/// A gauge of any number.
type Figure = Gauge<f64, AtomicU64>;

/// Everything that is counted. Clones count in the same.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<Answered, Histogram, fn() -> Histogram>,
    in_work: Gauge,
    /// Messages stored since the start.
    pub stored: Counter,
    /// Messages that were known already, by their id.
    pub repeated: Counter,
    /// Messages and records refused.
    pub rejected: Counter,
    waiting: Family<Consumer, Gauge>,
    oldest: Family<Consumer, Figure>,
    lake_files: Family<Table, Gauge>,
    lake_bytes: Family<Table, Gauge>,
    connections: Family<Use, Gauge>,
    jobs: Family<Job, Gauge>,
    process: Process,
    /// One scrape at a time, since each sets the gauges anew.
    scraping: Arc<Mutex<()>>,
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

/// Which server it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

/// Who reads the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Consumer {
    consumer: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Table {
    table: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Use {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Job {
    kind: String,
    state: &'static str,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// Figures that every Prometheus exporter gives of its process, under the names that all use.
#[derive(Clone, Default)]
struct Process {
    cpu: Counter<f64, AtomicU64>,
    memory: Gauge,
    files: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let process = Process::default();
        let of_process = registry.sub_registry_with_prefix("process");
        of_process.register_with_unit("cpu", "Processor time used", Unit::Seconds, process.cpu.clone());
        of_process.register_with_unit("resident_memory", "Memory in use", Unit::Bytes, process.memory.clone());
        of_process.register("open_fds", "Open files and sockets", process.files.clone());
        let ours = registry.sub_registry_with_prefix("cvm");
        // A gauge that is always one, as older readers of the format know it, too.
        let build = Family::<Build, Gauge>::default();
        build.get_or_create(&Build { version: env!("CARGO_PKG_VERSION") }).set(1);
        ours.register("build_info", "The version", build);
        let new: fn() -> Histogram = || Histogram::new(BUCKETS);
        let requests = Family::new_with_constructor(new);
        ours.register_with_unit("http_request_duration", "Requests answered", Unit::Seconds, requests.clone());
        let in_work = Gauge::default();
        ours.register("http_requests_in_work", "Requests not yet answered", in_work.clone());
        let messages = Family::<Outcome, Counter>::default();
        let of = |outcome| messages.get_or_create_owned(&Outcome { outcome });
        let (stored, repeated, rejected) = (of("stored"), of("repeated"), of("rejected"));
        ours.register("messages", "Messages and records that came in, by what became of them", messages);
        let (waiting, oldest) = (Family::<_, _>::default(), Family::<_, _>::default());
        ours.register("inbox_waiting_messages", "Messages that a consumer has not taken yet", waiting.clone());
        let help = "How long the oldest message has waited for a consumer";
        ours.register_with_unit("inbox_oldest_message_age", help, Unit::Seconds, oldest.clone());
        let (lake_files, lake_bytes) = (Family::<_, _>::default(), Family::<_, _>::default());
        ours.register("lake_files", "Live files of a table of the lake", lake_files.clone());
        ours.register_with_unit("lake_size", "Size of a table of the lake", Unit::Bytes, lake_bytes.clone());
        let connections = Family::<_, _>::default();
        ours.register("database_connections", "Connections to the database", connections.clone());
        let jobs = Family::<_, _>::default();
        ours.register("jobs", "Work beside the requests, as far as it is still shown", jobs.clone());
        let registry = Arc::new(registry);
        Self {
            registry,
            requests,
            in_work,
            stored,
            repeated,
            rejected,
            waiting,
            oldest,
            lake_files,
            lake_bytes,
            connections,
            jobs,
            process,
            scraping: Arc::default(),
        }
    }
}

/// `/metrics` of the main address.
pub fn routes() -> Routes {
    Routes::new().route(Permission::ReadMetrics, routes!(get_metrics))
}

/// `/metrics` of the address set apart, open to who reaches it.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) {
    let router = Router::new()
        .route("/metrics", get(get_metrics))
        .fallback(async || Problem::not_found("there is only /metrics at this address"))
        .with_state(app);
    let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
    if let Err(error) = served.await {
        tracing::error!(error = %error, "the address of metrics is not served any more");
    }
}

/// What the server says of itself, for Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "operation",
    responses((status = 200, body = String, content_type = FORMAT, description = "OpenMetrics 1.0"))
)]
async fn get_metrics(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, FORMAT)], app.metrics.clone().text(&app).await).into_response()
}

const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Counts a request, and how long it takes.
pub async fn measure(State(app): State<App>, request: Request, next: Next) -> Response {
    /// Counts down also where the caller goes away and the request is dropped.
    struct InWork(Gauge);
    impl Drop for InWork {
        fn drop(&mut self) {
            self.0.dec();
        }
    }
    let method = match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    };
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    app.metrics.in_work.inc();
    let in_work = InWork(app.metrics.in_work.clone());
    let started = Instant::now();
    let response = next.run(request).await;
    drop(in_work);
    let answered = Answered { method, route, status: response.status().as_u16() };
    app.metrics.requests.get_or_create(&answered).observe(started.elapsed().as_secs_f64());
    response
}

impl Metrics {
    /// All figures, as Prometheus reads them. What cannot be found out right now is left out.
    async fn text(&self, app: &App) -> String {
        let _alone = self.scraping.lock().await;
        self.process.look();
        self.look_at_database(app).await;
        self.look_at_lake(app).await;
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a text takes whatever is written");
        text
    }

    async fn look_at_database(&self, app: &App) {
        let (pool, idle) = (app.database.pool(), app.database.pool().num_idle());
        let size = pool.size() as usize;
        let connections = [("idle", idle), ("used", size.saturating_sub(idle))];
        for (state, count) in connections {
            self.connections.get_or_create(&Use { state }).set(count as i64);
        }
        let known = tokio::time::timeout(PATIENCE, async {
            let mut lags = Vec::new();
            for &consumer in inbox::CONSUMERS {
                lags.push((consumer, inbox::lag(&app.database, consumer).await?));
            }
            Ok::<_, sqlx::Error>((lags, jobs::counts(&app.database).await?))
        });
        let known = known.await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        self.waiting.clear();
        self.oldest.clear();
        self.jobs.clear();
        let (lags, jobs) = match known {
            Ok(known) => known,
            Err(error) => {
                tracing::warn!(error = %error, "the database does not answer the question for metrics");
                return;
            }
        };
        let now = app.clock.now();
        for (consumer, lag) in lags {
            let label = Consumer { consumer };
            let age = lag.oldest_received_at.map_or(0, |oldest| (now - oldest).max(0));
            self.waiting.get_or_create(&label).set(lag.messages);
            self.oldest.get_or_create(&label).set(age as f64 / super::clock::SECOND as f64);
        }
        for (kind, state, count) in jobs {
            self.jobs.get_or_create(&Job { kind, state: state.name() }).set(count);
        }
    }

    async fn look_at_lake(&self, app: &App) {
        let sizes = tokio::time::timeout(PATIENCE, app.lake.sizes()).await;
        self.lake_files.clear();
        self.lake_bytes.clear();
        match sizes {
            Ok(Ok(sizes)) => {
                for size in sizes {
                    let label = Table { table: size.table };
                    self.lake_files.get_or_create(&label).set(size.files);
                    self.lake_bytes.get_or_create(&label).set(size.bytes);
                }
            }
            Ok(Err(error)) => tracing::warn!(error = %error, "the lake does not say its size for metrics"),
            Err(_) => {} // it appends or compacts; the next scrape will see it
        }
    }
}

impl Process {
    /// Reads Linux' own figures; elsewhere they stay at zero.
    fn look(&self) {
        /// The kernel gives times in hundredths of a second to programs, on every processor that we run on.
        const TICKS: f64 = 100.0;
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        // The name of the program, in brackets, may have blanks; user and system time are the 14th and 15th in all.
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let times = after_name.split_whitespace().skip(11).take(2).filter_map(|time| time.parse::<u64>().ok());
        let seconds = times.sum::<u64>() as f64 / TICKS;
        self.cpu.inc_by((seconds - self.cpu.get()).max(0.0));
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next());
        self.memory.set(memory.and_then(|kib| kib.parse::<i64>().ok()).unwrap_or(0) << 10);
        self.files.set(std::fs::read_dir("/proc/self/fd").map_or(0, |files| files.count() as i64));
    }
}
