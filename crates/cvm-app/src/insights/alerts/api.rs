//! `/api/v1/alerts`.

use super::actions::{self, Draft};
use super::store::{self, Alert, Check};
use crate::access::{Caller, Permission};
use crate::platform::server::App;
use crate::platform::{Json, Path, Result, Routes};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// Days of a history at most.
const DAYS_MAX: i64 = 800;

/// The routes of targets and alerts.
pub fn routes() -> Routes {
    Routes::new()
        .route(Permission::ReadCustomers, routes!(list_alerts))
        .route(Permission::EditAlerts, routes!(create_alert))
        .route(Permission::ReadCustomers, routes!(get_alert))
        .route(Permission::EditAlerts, routes!(change_alert))
        .route(Permission::EditAlerts, routes!(remove_alert))
        .route(Permission::ReadCustomers, routes!(alert_history))
}

/// All that is watched.
#[derive(Debug, Serialize, ToSchema)]
struct Alerts {
    /// The oldest first.
    data: Vec<Alert>,
}

/// Targets and alerts, and how each stands.
#[utoipa::path(
    get, path = "/api/v1/alerts", tag = "alerts",
    responses((status = 200, body = Alerts, description = "All of them"))
)]
async fn list_alerts(State(app): State<App>) -> Result<Json<Alerts>> {
    Ok(Json(Alerts { data: store::list(app.database.pool()).await? }))
}

/// Watches a figure of the overview. It is looked at at once, then daily and after each scoring run.
#[utoipa::path(
    post, path = "/api/v1/alerts", tag = "alerts",
    responses((status = 201, body = Alert, description = "Watched from now on"))
)]
async fn create_alert(
    State(app): State<App>,
    caller: Caller,
    Json(draft): Json<Draft>,
) -> Result<(StatusCode, Json<Alert>)> {
    Ok((StatusCode::CREATED, Json(actions::create(&app, &caller, draft).await?)))
}

/// One target or alert.
#[utoipa::path(
    get, path = "/api/v1/alerts/{id}", tag = "alerts",
    params(("id" = String, Path, description = "The alert")),
    responses((status = 200, body = Alert, description = "How it stands"))
)]
async fn get_alert(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Alert>> {
    store::get(&app, &id).await.map(Json)
}

/// Changes what is watched.
#[utoipa::path(
    put, path = "/api/v1/alerts/{id}", tag = "alerts",
    params(("id" = String, Path, description = "The alert")),
    responses((status = 200, body = Alert, description = "It is looked at anew"))
)]
async fn change_alert(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(draft): Json<Draft>,
) -> Result<Json<Alert>> {
    actions::update(&app, &caller, &id, draft).await.map(Json)
}

/// Watches it no more; its history goes too.
#[utoipa::path(
    delete, path = "/api/v1/alerts/{id}", tag = "alerts",
    params(("id" = String, Path, description = "The alert")),
    responses((status = 204, description = "Gone"))
)]
async fn remove_alert(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode> {
    actions::remove(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the days showed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertHistory)]
struct History {
    /// The latest first.
    data: Vec<Check>,
}

/// What each day showed of it, for some two years.
#[utoipa::path(
    get, path = "/api/v1/alerts/{id}/history", tag = "alerts",
    params(("id" = String, Path, description = "The alert")),
    responses((status = 200, body = History, description = "Day by day"))
)]
async fn alert_history(State(app): State<App>, Path(id): Path<String>) -> Result<Json<History>> {
    store::get(&app, &id).await?;
    Ok(Json(History { data: store::checks(&app, &id, DAYS_MAX).await? }))
}
