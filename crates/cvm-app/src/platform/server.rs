//! The HTTP server: all features' routes, what holds for every request, and a stop that drops nothing.

use super::database::Kind;
use super::docs;
use super::jobs::{self, Schedule};
use super::lease::Lease;
use super::mail::Mailer;
use super::metrics::{self, Metrics};
use super::tls::{Asked, Certificate, TlsListener};
use super::traces;
use super::{Clock, Config, Database, Json, Pages, Problem, Random, Routes, clock, webhook};
use crate::{
    access, analytics, campaigns, channels, contacts, customers, data, decisions, expiry, insights, intake, offers,
    planning, programmes, proof, recommendations, scoring, segments, settings, start, tracking,
};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::{MatchedPath, State};
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::serve::Listener;
use cvm_core::files::Files;
use cvm_core::lake::Lake;
use cvm_core::sample::Sample;
use cvm_core::uploads::Uploads;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use std::any::Any;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{Layer, ServiceBuilder};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

/// What every request may need. Clones are one: a request makes several.
#[derive(Clone)]
pub struct App(Arc<Parts>);

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What an [`App`] is made of.
#[derive(Clone)]
pub struct Parts {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub database: Database,
    /// The time.
    pub clock: Clock,
    /// Where received messages go.
    pub inbox: tracking::Inbox,
    /// Who may send.
    pub write_keys: tracking::WriteKeys,
    /// Facts and answers.
    pub lake: Arc<dyn Lake>,
    /// Who reads files elsewhere.
    pub files: Arc<dyn Files>,
    /// Who makes the sample company.
    pub sample: Arc<dyn Sample>,
    /// Who reads files that people bring in.
    pub uploads: Arc<dyn Uploads>,
    /// Chance.
    pub random: Random,
    /// What checks passwords.
    pub passwords: access::Passwords,
    /// The connection to where users may sign in instead.
    pub provider: access::Provider,
    /// Who sends e-mail; none where the settings name no server.
    pub mailer: Option<Mailer>,
    /// Who tells other systems.
    pub webhooks: webhook::Sender,
    /// What is counted.
    pub metrics: Metrics,
    /// Work beside the requests.
    pub jobs: jobs::Queue,
    /// Figures of periods that were asked for before.
    pub insights: insights::Remembered,
    /// Whether what can be offered has changed.
    pub offers: offers::Changes,
    /// What goes with what.
    pub recommender: recommendations::Remembered,
    /// What decides.
    pub decisions: decisions::Engine,
    /// Who is on the list of customers.
    pub roster: customers::Roster,
    /// What hands messages over.
    pub outbox: campaigns::Sender,
    work: Work,
}

/// What goes on beside the requests.
#[derive(Clone, Default)]
struct Work {
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// The table of contents: the routes of every feature, but those of SDKs, which have rules of their own.
pub fn api() -> Routes {
    Routes::new()
        .merge(access::routes())
        .merge(tracking::management_routes())
        .merge(customers::routes())
        .merge(contacts::routes())
        .merge(campaigns::routes())
        .merge(programmes::routes())
        .merge(proof::routes())
        .merge(planning::routes())
        .merge(scoring::routes())
        .merge(segments::routes())
        .merge(offers::routes())
        .merge(decisions::routes())
        .merge(recommendations::routes())
        .merge(analytics::routes())
        .merge(jobs::routes())
        .merge(intake::sync::routes())
        .merge(metrics::routes())
        .merge(webhook::routes())
        .merge(insights::alerts::routes())
        .merge(insights::acquisition::routes())
}

/// The table of contents of those who use a browser: the pages of every feature.
pub fn pages() -> Pages {
    Pages::new()
        .merge(access::pages())
        .merge(insights::pages())
        .merge(customers::pages())
        .merge(segments::pages())
        .merge(decisions::pages())
        .merge(campaigns::pages())
        .merge(programmes::pages())
        .merge(proof::pages())
        .merge(planning::pages())
        .merge(data::pages())
        .merge(settings::pages())
        .merge(start::pages())
}

/// The third table of contents: the work of every feature that is done at its time, not by a request.
pub const JOBS: &[jobs::Kind] = &[
    TIDY,
    scoring::JOB,
    segments::JOB,
    decisions::JOB,
    recommendations::JOB,
    campaigns::JOB,
    proof::JOB,
    proof::UPLIFT,
    planning::JOB,
    intake::sync::JOB,
    customers::FORGET,
    customers::TIDY_LAKE,
    expiry::JOB,
    start::sample::JOB,
    start::upload::JOB,
    webhook::JOB,
    insights::alerts::JOB,
    insights::alerts::MAIL,
];

const TIDY: jobs::Kind = jobs::Kind {
    name: "tidy",
    run: |app, _| Box::pin(async move { tidy(&app).await }),
    regular: |_| vec![(String::new(), Schedule::Every(clock::HOUR))],
    attempts: 3,
};

/// What has had its time goes: ids of old messages, ended sessions, old rejections, jobs of long ago.
async fn tidy(app: &App) -> anyhow::Result<serde_json::Value> {
    tracking::tidy(app).await?;
    access::tidy(app).await?;
    customers::tidy(app).await?;
    segments::tidy(app).await?;
    decisions::tidy(app).await?;
    jobs::tidy(app).await?;
    start::upload::tidy(app).await?;
    webhook::tidy(app).await?;
    insights::alerts::tidy(app).await?;
    Ok(serde_json::Value::Null)
}

/// Names a request, in its answer and in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Until the head of a request is there, and how long a connection may say nothing before it is asked whether it lives.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// A request that takes longer is answered with 408.
const REQUEST_SECONDS: u64 = 60;

impl App {
    /// Opens the database and starts what works beside the requests.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn start(config: Config, clock: Clock, random: Random, lake: Arc<dyn Lake>) -> Result<Self, sqlx::Error> {
        let database = Database::open(&config.database_url(), config.database_connections).await?;
        let metrics = Metrics::default();
        let inbox = tracking::Inbox::start(database.clone(), clock.clone(), metrics.clone());
        let passwords = access::Passwords::new(&random);
        let provider = access::Provider::new().map_err(|error| sqlx::Error::Configuration(error.into()))?;
        let mailer = Mailer::of(&config, &clock);
        let decisions = decisions::Engine::start(&config, database.clone());
        let webhooks = webhook::Sender::new(&config).map_err(|error| sqlx::Error::Configuration(error.into()))?;
        let (config, work, jobs) = (Arc::new(config), Work::default(), jobs::Queue::default());
        let (files, write_keys) = (Arc::new(intake::sync::NoFiles), tracking::WriteKeys::default());
        let (insights, roster) = (insights::Remembered::default(), customers::Roster::default());
        let outbox = campaigns::Sender::new(channels::Channels::of(&config, &clock));
        let (sample, uploads) = (Arc::new(start::sample::NoSample), Arc::new(start::upload::NoUploads));
        Ok(Self(Arc::new(Parts {
            config,
            database,
            clock,
            inbox,
            write_keys,
            lake,
            files,
            sample,
            uploads,
            random,
            passwords,
            provider,
            mailer,
            webhooks,
            metrics,
            jobs,
            insights,
            offers: offers::Changes::default(),
            recommender: recommendations::Remembered::default(),
            decisions,
            roster,
            outbox,
            work,
        })))
    }

    /// With another part; its clones stay as they are.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// With somebody who reads files elsewhere.
    #[must_use]
    pub fn with_files(self, files: Arc<dyn Files>) -> Self {
        self.with(|parts| parts.files = files)
    }

    /// With somebody who reads files that people bring in.
    #[must_use]
    pub fn with_uploads(self, uploads: Arc<dyn Uploads>) -> Self {
        self.with(|parts| parts.uploads = uploads)
    }

    /// With somebody who makes the sample company.
    #[must_use]
    pub fn with_sample(self, sample: Arc<dyn Sample>) -> Self {
        self.with(|parts| parts.sample = sample)
    }

    /// Starts the work beside the requests: received messages go on to where they belong.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn work(&self) -> Result<(), sqlx::Error> {
        if self.database.kind() == Kind::Sqlite {
            Lease::forget_all(&self.database).await?; // the file has one server: the binary locks its folder
        }
        segments::seed(self).await?;
        let Work { stop, tasks } = &self.work;
        tasks.spawn(tracking::move_to_lake(self.clone(), stop.clone()));
        tasks.spawn(customers::run(self.clone(), stop.clone()));
        tasks.spawn(segments::run(self.clone(), stop.clone()));
        tasks.spawn(decisions::run(self.clone(), stop.clone()));
        tasks.spawn(campaigns::run(self.clone(), stop.clone()));
        tasks.spawn(programmes::run(self.clone(), stop.clone()));
        tasks.spawn(customers::keep_list(self.clone(), stop.clone()));
        tasks.spawn(jobs::run(self.clone(), JOBS, stop.clone()));
        Ok(())
    }

    /// Takes all that was received to where it belongs, without serving: for the command line.
    ///
    /// # Errors
    /// What the database and the lake give.
    pub async fn catch_up(&self) -> anyhow::Result<()> {
        while customers::project(self).await?.batches > 0 {}
        tracking::catch_up(self).await
    }

    /// All routes, with what holds for every request.
    pub fn router(&self) -> Router {
        let mut headers = vec![
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "same-origin"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            ),
        ];
        let (api, document) = api().build(self);
        let document = Json(document);
        let router = Router::new()
            .merge(health())
            .merge(tracking::routes(self))
            .merge(campaigns::answer_routes())
            .merge(api)
            .merge(pages().build(self))
            .merge(docs::routes())
            .route("/api/openapi.json", get(async move || document))
            .fallback(async || Problem::not_found("there is nothing at this address"))
            .with_state(self.clone());
        if self.config.has_tls() || self.config.public_url.starts_with("https://") {
            headers.push((header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"));
        }
        let headers: Arc<[(HeaderName, &'static str)]> = headers.into();
        let with_headers = move |mut response: Response| {
            for (name, value) in &*headers {
                let value = HeaderValue::from_static(value);
                response.headers_mut().entry(name).or_insert(value);
            }
            response
        };
        router.layer(
            ServiceBuilder::new()
                .map_request(name_host)
                .map_request(without_odd_id)
                .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
                .layer(TraceLayer::new_for_http().make_span_with(span))
                .layer(PropagateRequestIdLayer::new(REQUEST_ID))
                .layer(from_fn(traces::trace))
                .layer(from_fn_with_state(self.clone(), metrics::measure))
                .layer(TimeoutLayer::with_status_code(
                    StatusCode::REQUEST_TIMEOUT,
                    Duration::from_secs(REQUEST_SECONDS),
                ))
                .layer(CatchPanicLayer::custom(panicked))
                // One layer for all: each is a box and a copy of what is under it for every request.
                .map_response(with_headers),
        )
    }

    /// Serves until `stop`, then lets requests in work end and everything received reach the disk. With TLS where there is
    /// a certificate.
    ///
    /// # Errors
    /// What the system gives for the socket.
    pub async fn serve(
        self,
        listener: TcpListener,
        certificate: Option<Arc<Certificate>>,
        stop: CancellationToken,
    ) -> std::io::Result<()> {
        if let Some(address) = self.config.metrics_address() {
            let listener = TcpListener::bind(address).await?;
            tracing::info!("metrics are at http://{}/metrics", listener.local_addr()?);
            self.work.tasks.spawn(metrics::serve(self.clone(), listener, self.work.stop.clone()));
        }
        let Some(certificate) = certificate else { return self.serve_on(listener, stop).await };
        self.work.tasks.spawn(certificate.clone().keep_fresh(Asked::listen()?, self.work.stop.clone()));
        let listener = TlsListener::new(listener, certificate).map_err(std::io::Error::other)?;
        self.serve_on(listener, stop).await
    }

    async fn serve_on<L>(self, mut listener: L, stop: CancellationToken) -> std::io::Result<()>
    where
        L: Listener<Addr = SocketAddr>,
    {
        let patience = Duration::from_secs(self.config.stop_seconds);
        let (router, connections) = (self.router(), TaskTracker::new());
        loop {
            tokio::select! {
                (stream, caller) = listener.accept() => {
                    connections.spawn(answer((stream, caller), router.clone(), HEAD_TIME, stop.clone()));
                }
                () = stop.cancelled() => break,
            }
        }
        drop(listener);
        connections.close();
        if tokio::time::timeout(patience, connections.wait()).await.is_err() {
            tracing::warn!("some requests did not end in {} s", patience.as_secs());
        }
        self.close().await;
        Ok(())
    }

    /// Lets everything received reach the disk and the work beside the requests come to a place where it can go on later.
    pub async fn close(&self) {
        let patience = Duration::from_secs(self.config.stop_seconds);
        self.inbox.close().await;
        self.work.stop.cancel();
        self.work.tasks.close();
        if tokio::time::timeout(patience, self.work.tasks.wait()).await.is_err() {
            tracing::warn!("some work did not end in {} s; it goes on at the next start", patience.as_secs());
        }
        self.decisions.close().await;
        self.database.close().await;
    }
}

/// Answers the requests of one connection; after `stop`, those that have begun. Axum's own server waits for a head of a request
/// for ever, so who opens connections and says nothing could take them all.
async fn answer<I>((stream, caller): (I, SocketAddr), router: Router, head_time: Duration, stop: CancellationToken)
where
    I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = TowerToHyperService::new(axum::Extension(ConnectInfo(caller)).layer(router));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head_time);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(head_time);
    let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let mut stopping = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(error = %error, "a connection broke off");
                }
                return;
            }
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// HTTP/2 names the host in the address; all that asks for it looks into the header.
fn name_host<B>(mut request: Request<B>) -> Request<B> {
    let host = request.uri().authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    if let Some(host) = host {
        request.headers_mut().entry(header::HOST).or_insert(host);
    }
    request
}

/// A caller may give the request's id, to find it in the logs of both sides. It goes into ours, so it is to look like an id.
fn without_odd_id<B>(mut request: Request<B>) -> Request<B> {
    let is_id = |id: &HeaderValue| {
        let bytes = id.as_bytes();
        (1..=64).contains(&bytes.len())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    };
    if !request.headers().get_all(REQUEST_ID).iter().all(is_id) {
        request.headers_mut().remove(REQUEST_ID);
    }
    request
}

/// What every line of the log within a request begins with. No query, no body and no part of the path that a caller chose:
/// they hold personal data and keys. An error, so that it is there at every level of the log.
fn span<B>(request: &Request<B>) -> tracing::Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or("");
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    tracing::error_span!("request", id, method = %request.method(), route)
}

fn panicked(error: Box<dyn Any + Send + 'static>) -> Response {
    let text = error.downcast_ref::<String>().map(String::as_str).or_else(|| error.downcast_ref::<&str>().copied());
    axum::response::IntoResponse::into_response(Problem::internal(&text.unwrap_or("panic")))
}

/// `/healthz`: the process lives. `/readyz`: it can do its work.
fn health() -> Router<App> {
    Router::new().route("/healthz", get(async || "ok\n")).route("/readyz", get(ready))
}

async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    sqlx::query("SELECT 1").execute(app.database.pool()).await?;
    app.inbox.ready(&app.database).await?;
    Ok("ready\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn who_does_not_end_the_head_of_a_request_is_cut_off() {
        let router = Router::new().route("/", get(async || "here"));
        for (head, answered) in [("GET / HTTP/1.1\r\nhost: cvm\r\n\r\n", true), ("GET / HTTP/1.1\r\nhost:", false)] {
            let (mut client, server) = tokio::io::duplex(1024);
            let caller = SocketAddr::from(([127, 0, 0, 1], 50_000));
            let limit = Duration::from_millis(50);
            tokio::spawn(answer((server, caller), router.clone(), limit, CancellationToken::new()));
            client.write_all(head.as_bytes()).await.unwrap();
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.unwrap(); // ends, as the next head does not come either
            assert_eq!(answer.starts_with("HTTP/1.1 200"), answered, "{answer}");
        }
    }
}
