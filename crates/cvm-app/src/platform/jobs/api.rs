//! `/api/v1/jobs`: what is done beside the requests, and how it goes.

use super::queue::{self, Filter, Job};
use crate::access::{Caller, Permission, audit};
use crate::platform::server::App;
use crate::platform::{Json, Page, Paging, Path, Problem, Query, Result, Routes};
use axum::extract::State;
use serde_json::json;
use utoipa_axum::routes;

/// The routes of jobs.
pub fn routes() -> Routes {
    Routes::new()
        .route(Permission::Score, routes!(list_jobs))
        .route(Permission::Score, routes!(get_job))
        .route(Permission::Score, routes!(cancel_job))
}

/// Work beside the requests, the latest first.
#[utoipa::path(
    get, path = "/api/v1/jobs", tag = "jobs", params(Filter, Paging),
    responses((status = 200, body = Page<Job>, description = "A page of jobs"))
)]
async fn list_jobs(
    State(app): State<App>,
    Query(filter): Query<Filter>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<Job>>> {
    queue::list(&app, &filter, &paging).await.map(Json)
}

/// One job.
#[utoipa::path(
    get, path = "/api/v1/jobs/{id}", tag = "jobs",
    params(("id" = String, Path, description = "The job")),
    responses((status = 200, body = Job, description = "The job"))
)]
async fn get_job(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Job>> {
    queue::get(&app, &id).await.map(Json)
}

/// Cancels a job that has not begun. What is done regularly waits for its next time.
#[utoipa::path(
    delete, path = "/api/v1/jobs/{id}", tag = "jobs",
    params(("id" = String, Path, description = "The job")),
    responses(
        (status = 200, body = Job, description = "Cancelled"),
        (status = 409, description = "It has begun or ended already"),
    )
)]
async fn cancel_job(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Job>> {
    cancel(&app, &caller, &id).await?;
    queue::get(&app, &id).await.map(Json)
}

/// Cancels a job that has not begun.
///
/// # Errors
/// 404 where there is none, 409 where it has begun, and what the database gives.
pub async fn cancel(app: &App, caller: &Caller, id: &str) -> Result<()> {
    let job = queue::get(app, id).await?;
    let mut transaction = app.database.begin().await?;
    if !queue::cancel(&mut transaction, app, id).await? {
        return Err(Problem::conflict(format!("the job {id} is not waiting, it is {}", job.state.name())));
    }
    audit::record(&mut transaction, app, caller, "job.cancel", id, json!({"kind": job.kind})).await?;
    transaction.commit().await?;
    Ok(())
}
