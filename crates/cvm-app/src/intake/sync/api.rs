//! The routes of syncs.

use super::{Sync, Trial, list, try_out};
use crate::access::{Caller, Permission, audit};
use crate::platform::jobs::{self, Asked};
use crate::platform::server::App;
use crate::platform::{Json, Page, Path, Problem, Result, Routes};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::routes;

/// `/api/v1/syncs`.
pub fn routes() -> Routes {
    Routes::new()
        .route(Permission::Import, routes!(list_syncs))
        .route(Permission::Import, routes!(run_sync))
        .route(Permission::Import, routes!(try_sync))
}

/// All syncs of the configuration file, how far each is, and how its last run ended.
#[utoipa::path(
    get, path = "/api/v1/syncs", tag = "syncs",
    responses((status = 200, body = Page<Sync>, description = "All of them"))
)]
async fn list_syncs(State(app): State<App>) -> Result<Json<Page<Sync>>> {
    Ok(Json(Page { data: list(&app).await?, next_cursor: None }))
}

/// A run that was asked for.
#[derive(Serialize, ToSchema)]
struct SyncRun {
    /// The job that does it.
    job: String,
}

/// Runs a sync now, whether or not it is time.
#[utoipa::path(
    post, path = "/api/v1/syncs/{name}/run", tag = "syncs",
    params(("name" = String, Path, description = "The sync")),
    responses((status = 202, body = SyncRun, description = "It begins as soon as a server has room"))
)]
async fn run_sync(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<SyncRun>)> {
    Ok((StatusCode::ACCEPTED, Json(SyncRun { job: ask(&app, &caller, &name).await? })))
}

/// Looks whether a sync's source answers, and at its first rows; stores nothing. Values are shown to who may see persons.
#[utoipa::path(
    post, path = "/api/v1/syncs/{name}/try", tag = "syncs",
    params(("name" = String, Path, description = "The sync")),
    responses((status = 200, body = Trial, description = "What was found, within 20 seconds; also where it does not work"))
)]
async fn try_sync(State(app): State<App>, caller: Caller, Path(name): Path<String>) -> Result<Json<Trial>> {
    Ok(Json(try_out(&app, &name, caller.may(Permission::ReadPersonalData)).await?))
}

/// Asks for a run; says which job does it.
///
/// # Errors
/// 404 where there is no such sync, and what the database gives.
pub async fn ask(app: &App, caller: &Caller, name: &str) -> Result<String> {
    if !app.config.sync.contains_key(name) {
        return Err(Problem::not_found(format!("there is no sync `{name}` in the configuration file")));
    }
    let mut transaction = app.database.begin().await?;
    let (_, by) = caller.actor();
    let asked = Asked { kind: super::JOB.name, subject: name, input: &Value::Null, by, due_at: app.clock.now() };
    let job = jobs::ask(&mut transaction, app, asked).await?;
    audit::record(&mut transaction, app, caller, "sync.run", name, json!({"job": job})).await?;
    transaction.commit().await?;
    app.jobs.wake();
    Ok(job)
}
