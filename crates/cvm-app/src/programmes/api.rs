//! `/api/v1/programmes`.

use super::actions::{self, Draft};
use super::ready::READY;
use super::store::{self, Programme, StepCounts};
use crate::access::{Caller, Permission};
use crate::platform::server::App;
use crate::platform::{Json, Path, Problem, Result, Routes};
use axum::extract::State;
use axum::http::StatusCode;
use cvm_core::Language;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .route(Permission::ReadCampaigns, routes!(list_programmes))
        .route(Permission::EditCampaigns, routes!(create_programme))
        .route(Permission::EditCampaigns, routes!(create_ready_programme))
        .route(Permission::ReadCampaigns, routes!(get_programme))
        .route(Permission::EditCampaigns, routes!(change_programme))
        .route(Permission::EditCampaigns, routes!(delete_programme))
        .route(Permission::ApproveCampaigns, routes!(start_programme))
        .route(Permission::EditCampaigns, routes!(pause_programme))
        .route(Permission::EditCampaigns, routes!(stop_programme))
}

/// All programmes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Programmes)]
struct All {
    /// By name.
    data: Vec<Programme>,
}

/// Programmes, by name.
#[utoipa::path(
    get, path = "/api/v1/programmes", tag = "campaigns",
    responses((status = 200, body = All, description = "All programmes"))
)]
async fn list_programmes(State(app): State<App>) -> Result<Json<All>> {
    Ok(Json(All { data: store::list(&app.database).await? }))
}

/// Makes a programme. Nobody enters yet.
#[utoipa::path(
    post, path = "/api/v1/programmes", tag = "campaigns",
    responses((status = 201, body = Programme, description = "The programme, a draft"))
)]
async fn create_programme(
    State(app): State<App>,
    caller: Caller,
    Json(draft): Json<Draft>,
) -> Result<(StatusCode, Json<Programme>)> {
    Ok((StatusCode::CREATED, Json(actions::create(&app, &caller, draft).await?)))
}

/// Which one is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReadyProgramme)]
struct Wanted {
    /// `welcome`, `cart`, `second`, `birthday`, `at_risk` or `win_back`.
    ready: String,
    /// In which language it is named: `en`, `pl`, `ru` or `fa`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    language: Language,
}

/// Makes one of the programmes that are there to begin with, a draft to be changed.
#[utoipa::path(
    post, path = "/api/v1/programmes/ready", tag = "campaigns",
    responses((status = 201, body = Programme, description = "The programme, a draft"))
)]
async fn create_ready_programme(
    State(app): State<App>,
    caller: Caller,
    Json(wanted): Json<Wanted>,
) -> Result<(StatusCode, Json<Programme>)> {
    let ready = READY.iter().find(|ready| ready.id == wanted.ready);
    let ready = ready.ok_or_else(|| Problem::not_found(format!("there is no ready programme `{}`", wanted.ready)))?;
    Ok((StatusCode::CREATED, Json(actions::create_ready(&app, &caller, ready, wanted.language).await?)))
}

/// A programme and how many are where.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProgrammeInNumbers)]
struct InNumbers {
    #[serde(flatten)]
    programme: Programme,
    /// How many are where.
    counts: StepCounts,
}

/// One programme and how many are where.
#[utoipa::path(
    get, path = "/api/v1/programmes/{id}", tag = "campaigns",
    params(("id" = String, Path, description = "The programme")),
    responses((status = 200, body = InNumbers, description = "The programme"))
)]
async fn get_programme(State(app): State<App>, Path(id): Path<String>) -> Result<Json<InNumbers>> {
    let programme = store::get(&app, &id).await?;
    let counts = store::counts(&app.database, &id).await?;
    Ok(Json(InNumbers { programme, counts }))
}

/// Changes a programme that does not run.
#[utoipa::path(
    put, path = "/api/v1/programmes/{id}", tag = "campaigns",
    params(("id" = String, Path, description = "The programme")),
    responses(
        (status = 200, body = Programme, description = "The programme"),
        (status = 409, description = "It runs, or somebody changed it since the version given"),
    )
)]
async fn change_programme(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(draft): Json<Draft>,
) -> Result<Json<Programme>> {
    actions::update(&app, &caller, &id, draft).await.map(Json)
}

/// Takes a programme away that has not started.
#[utoipa::path(
    delete, path = "/api/v1/programmes/{id}", tag = "campaigns",
    params(("id" = String, Path, description = "The programme")),
    responses((status = 204, description = "Gone"), (status = 409, description = "It has started"))
)]
async fn delete_programme(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode> {
    actions::delete(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets people enter from now on, or go on.
#[utoipa::path(
    post, path = "/api/v1/programmes/{id}/start", tag = "campaigns",
    params(("id" = String, Path, description = "The programme")),
    responses((status = 200, body = Programme, description = "The programme"), (status = 409, description = "It runs, or nobody carries its messages"))
)]
async fn start_programme(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Programme>> {
    actions::start(&app, &caller, &id).await.map(Json)
}

/// Nobody enters and nobody goes on, until it is started again.
#[utoipa::path(
    post, path = "/api/v1/programmes/{id}/pause", tag = "campaigns",
    params(("id" = String, Path, description = "The programme")),
    responses((status = 200, body = Programme, description = "The programme"), (status = 409, description = "It does not run"))
)]
async fn pause_programme(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Programme>> {
    actions::pause(&app, &caller, &id).await.map(Json)
}

/// Ends it for good: who is on their way leaves.
#[utoipa::path(
    post, path = "/api/v1/programmes/{id}/stop", tag = "campaigns",
    params(("id" = String, Path, description = "The programme")),
    responses((status = 200, body = Programme, description = "The programme"), (status = 409, description = "It was stopped already"))
)]
async fn stop_programme(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Programme>> {
    actions::stop(&app, &caller, &id).await.map(Json)
}
