//! The HTTP server: all features' routes, what holds for every request, and a stop that drops nothing.

use super::database::Kind;
use super::jobs::{self, Schedule};
use super::lease::Lease;
use super::{Clock, Config, Database, Json, Problem, Random, Routes, clock};
use crate::{access, analytics, customers, expiry, intake, scoring, tracking};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use cvm_core::files::Files;
use cvm_core::lake::Lake;
use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

/// What every request may need.
#[derive(Clone)]
pub struct App {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub database: Database,
    /// The time.
    pub clock: Clock,
    /// Where received messages go.
    pub inbox: tracking::Inbox,
    /// Facts and answers.
    pub lake: Arc<dyn Lake>,
    /// Who reads files elsewhere.
    pub files: Arc<dyn Files>,
    /// Chance.
    pub random: Random,
    /// What checks passwords.
    pub passwords: access::Passwords,
    /// The connection to where users may sign in instead.
    pub provider: access::Provider,
    /// Work beside the requests.
    pub jobs: jobs::Queue,
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
        .merge(scoring::routes())
        .merge(analytics::routes())
        .merge(jobs::routes())
        .merge(intake::sync::routes())
}

/// The other table of contents: the work of every feature that is done at its time, not by a request.
pub const JOBS: &[jobs::Kind] =
    &[TIDY, scoring::JOB, intake::sync::JOB, customers::FORGET, customers::TIDY_LAKE, expiry::JOB];

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
    jobs::tidy(app).await?;
    Ok(serde_json::Value::Null)
}

/// A request that takes longer is answered with 408.
const REQUEST_SECONDS: u64 = 60;

impl App {
    /// Opens the database and starts what works beside the requests.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn start(config: Config, clock: Clock, random: Random, lake: Arc<dyn Lake>) -> Result<Self, sqlx::Error> {
        let database = Database::open(&config.database_url(), config.database_connections).await?;
        let inbox = tracking::Inbox::start(database.clone(), clock.clone());
        let passwords = access::Passwords::new(&random);
        let provider = access::Provider::new().map_err(|error| sqlx::Error::Configuration(error.into()))?;
        let (config, work, jobs) = (Arc::new(config), Work::default(), jobs::Queue::default());
        let files = Arc::new(intake::sync::NoFiles);
        Ok(Self { config, database, clock, inbox, lake, files, random, passwords, provider, jobs, work })
    }

    /// With somebody who reads files elsewhere.
    #[must_use]
    pub fn with_files(self, files: Arc<dyn Files>) -> Self {
        Self { files, ..self }
    }

    /// Starts the work beside the requests: received messages go on to where they belong.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn work(&self) -> Result<(), sqlx::Error> {
        if self.database.kind() == Kind::Sqlite {
            Lease::forget_all(&self.database).await?; // the file has one server: the binary locks its folder
        }
        let Work { stop, tasks } = &self.work;
        tasks.spawn(tracking::move_to_lake(self.clone(), stop.clone()));
        tasks.spawn(customers::run(self.clone(), stop.clone()));
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
        let id = HeaderName::from_static("x-request-id");
        let headers = [
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "same-origin"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            ),
        ];
        let (api, document) = api().build(self);
        let document = Json(document);
        let mut router = Router::new()
            .merge(health())
            .merge(tracking::routes(self))
            .merge(api)
            .route("/api/openapi.json", get(async move || document))
            .fallback(async || Problem::not_found("there is nothing at this address"))
            .with_state(self.clone());
        for (name, value) in headers {
            router = router.layer(SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value)));
        }
        router.layer(
            ServiceBuilder::new()
                .layer(SetRequestIdLayer::new(id.clone(), MakeRequestUuid))
                .layer(TraceLayer::new_for_http().make_span_with(span))
                .layer(PropagateRequestIdLayer::new(id))
                .layer(TimeoutLayer::with_status_code(
                    StatusCode::REQUEST_TIMEOUT,
                    Duration::from_secs(REQUEST_SECONDS),
                ))
                .layer(CatchPanicLayer::custom(panicked)),
        )
    }

    /// Serves until `stop`, then lets requests in work end and everything received reach the disk.
    ///
    /// # Errors
    /// What the system gives for the socket.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
        let patience = Duration::from_secs(self.config.stop_seconds);
        let stopping = stop.clone();
        let service = self.router().into_make_service_with_connect_info::<SocketAddr>();
        let server = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned());
        let out_of_patience = async {
            stopping.cancelled().await;
            tokio::time::sleep(patience).await;
        };
        let served = tokio::select! {
            served = server.into_future() => served,
            () = out_of_patience => {
                tracing::warn!("some requests did not end in {} s", patience.as_secs());
                Ok(())
            }
        };
        self.inbox.close().await;
        self.work.stop.cancel();
        self.work.tasks.close();
        if tokio::time::timeout(patience, self.work.tasks.wait()).await.is_err() {
            tracing::warn!("some work did not end in {} s; it goes on at the next start", patience.as_secs());
        }
        self.database.close().await;
        served
    }
}

/// No query and no body in the log: they hold personal data.
fn span<B>(request: &Request<B>) -> tracing::Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or("");
    tracing::info_span!("request", id, method = %request.method(), path = request.uri().path())
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
    if app.inbox.is_closed() {
        return Err(Problem::unavailable("the inbox takes no more messages: the server is stopping", 5));
    }
    Ok("ready\n")
}
