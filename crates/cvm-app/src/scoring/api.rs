//! `/api/v1/runs`, and the value of one customer over time.

use super::job::{self, Wish};
use super::store::{self, Run};
use crate::access::{Caller, Permission, audit};
use crate::customers;
use crate::platform::server::App;
use crate::platform::{Json, Page, Paging, Path, Problem, Query, Result, Routes, Spoken};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse};
use cvm_core::Language;
use cvm_core::lake::QueryLimits;
use cvm_core::text::Words;
use cvm_core::text::reading::tell;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa_axum::routes;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .route(Permission::Score, routes!(start_run))
        .route(Permission::ReadCustomers, routes!(list_runs))
        .route(Permission::ReadCustomers, routes!(get_run))
        .route(Permission::ReadCustomers, routes!(get_report))
        .route(Permission::ReadCustomers, routes!(get_values))
}

/// Where a run is to be followed.
#[derive(Serialize, ToSchema)]
struct Started {
    /// `GET /api/v1/jobs/{job}` tells how it goes; when it is done, `GET /api/v1/runs/{job}` what came out.
    job: String,
}

/// Computes the value of everyone anew, soon. Asked again before it begins, it is done once.
#[utoipa::path(
    post, path = "/api/v1/runs", tag = "scoring",
    responses((status = 202, body = Started, description = "It will be done"))
)]
async fn start_run(
    State(app): State<App>,
    caller: Caller,
    Json(wish): Json<Wish>,
) -> Result<(StatusCode, Json<Started>)> {
    Ok((StatusCode::ACCEPTED, Json(Started { job: start(&app, &caller, &wish).await? })))
}

/// Asks for a run on behalf of somebody; says which job it is.
///
/// # Errors
/// 422 for what no run can do, and what the database gives.
pub async fn start(app: &App, caller: &Caller, wish: &Wish) -> Result<String> {
    wish.check(&app.config, app.clock.now())?;
    let mut transaction = app.database.begin().await?;
    let job = job::ask(&mut transaction, app, wish, caller.actor().1).await?;
    audit::record(&mut transaction, app, caller, "score.start", &job, json!(wish)).await?;
    transaction.commit().await?;
    app.jobs.wake();
    Ok(job)
}

/// Runs that came to their end, the latest first: the first is the one whose values are shown.
#[utoipa::path(
    get, path = "/api/v1/runs", tag = "scoring", params(Paging),
    responses((status = 200, body = Page<Run>, description = "A page of runs"))
)]
async fn list_runs(State(app): State<App>, Query(paging): Query<Paging>) -> Result<Json<Page<Run>>> {
    store::list(&app, &paging).await.map(Json)
}

/// One run: its data, its models with their parameters, how they did on purchases they had not seen, who asked.
#[utoipa::path(
    get, path = "/api/v1/runs/{id}", tag = "scoring",
    params(("id" = String, Path, description = "The run")),
    responses((status = 200, body = Run, description = "The run"))
)]
async fn get_run(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Run>> {
    store::get(&app, &id).await.map(Json)
}

/// In which language.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Reading {
    /// `en`, `pl`, `ru` or `fa`; `en` where it is not given.
    #[param(value_type = Option<String>, example = "en")]
    language: Option<Language>,
}

/// The report of a run, as one page complete in itself.
#[utoipa::path(
    get, path = "/api/v1/runs/{id}/report", tag = "scoring",
    params(("id" = String, Path, description = "The run"), Reading),
    responses((status = 200, body = String, content_type = "text/html", description = "The report"))
)]
async fn get_report(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(reading): Query<Reading>,
) -> Result<impl IntoResponse> {
    let report = store::report(&app, &id).await?;
    let page = crate::report::render(&report, reading.language.unwrap_or(Language::En));
    let page = page.map_err(|error| Problem::internal(&error))?;
    // The page carries its style within.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; frame-ancestors 'self'";
    Ok(([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)))
}

/// What a customer was worth, run by run.
#[derive(Serialize, ToSchema)]
struct History {
    /// One object a run, by the last day that it looked at: `run`, `as_of` and the columns of a customer.
    data: Vec<Map<String, Value>>,
}

/// Runs of one customer at most.
const RUNS_MAX: usize = 1_000;

/// What a customer was worth at every run so far. Reasons are told in the language of `Accept-Language`, and as data as `reason_code`.
#[utoipa::path(
    get, path = "/api/v1/customers/{id}/values", tag = "scoring",
    params(("id" = String, Path, description = "The customer")),
    responses((status = 200, body = History, description = "The values, the latest first"))
)]
async fn get_values(State(app): State<App>, Path(id): Path<String>, Spoken(language): Spoken) -> Result<Json<History>> {
    let survivor = customers::survivor(&app, &id).await?;
    // The id is one of ours, out of the database: a UUID, without anything that SQL would take for its own.
    let sql = format!("SELECT * FROM customer_values WHERE customer_id = '{survivor}' ORDER BY as_of DESC, run DESC");
    let mut answer = app.lake.query(&sql, QueryLimits { rows: RUNS_MAX, ..QueryLimits::default() }).await?;
    answer.rows.iter_mut().for_each(|columns| tell(columns, Words::new(language)));
    Ok(Json(History { data: answer.rows }))
}
