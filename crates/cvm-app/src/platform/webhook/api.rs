//! `/api/v1/webhooks`: who is told, and what became of it.

use super::delivery::{self, Delivery};
use super::endpoints::{self, CreatedEndpoint, Endpoint, NewEndpoint};
use crate::access::{Caller, Permission};
use crate::platform::server::App;
use crate::platform::{Json, Page, Paging, Path, Query, Result, Routes};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// The routes of webhooks.
pub fn routes() -> Routes {
    Routes::new()
        .route(Permission::ManageKeys, routes!(list_webhooks))
        .route(Permission::ManageKeys, routes!(create_webhook))
        .route(Permission::ManageKeys, routes!(remove_webhook))
        .route(Permission::ManageKeys, routes!(list_deliveries))
        .route(Permission::ManageKeys, routes!(replay_delivery))
}

/// All endpoints.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookEndpoints)]
struct Endpoints {
    /// The oldest first.
    data: Vec<Endpoint>,
}

/// Endpoints that are told of what happens.
#[utoipa::path(
    get, path = "/api/v1/webhooks", tag = "webhooks",
    responses((status = 200, body = Endpoints, description = "All of them"))
)]
async fn list_webhooks(State(app): State<App>) -> Result<Json<Endpoints>> {
    Ok(Json(Endpoints { data: endpoints::list(&app).await? }))
}

/// Makes an endpoint. Messages are signed with the secret that only this answer shows (Standard Webhooks 1.0).
#[utoipa::path(
    post, path = "/api/v1/webhooks", tag = "webhooks",
    responses((status = 201, body = CreatedEndpoint, description = "The endpoint and its secret"))
)]
async fn create_webhook(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewEndpoint>,
) -> Result<(StatusCode, Json<CreatedEndpoint>)> {
    Ok((StatusCode::CREATED, Json(endpoints::create(&app, &caller, &new).await?)))
}

/// Takes an endpoint away, with what was sent to it.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "The endpoint")),
    responses((status = 204, description = "Gone"))
)]
async fn remove_webhook(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode> {
    endpoints::remove(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was sent to an endpoint, the latest first, for 30 days.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/deliveries", tag = "webhooks",
    params(("id" = String, Path, description = "The endpoint"), Paging),
    responses((status = 200, body = Page<Delivery>, description = "A page of messages"))
)]
async fn list_deliveries(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<Delivery>>> {
    delivery::deliveries(&app, &id, &paging).await.map(Json)
}

/// Sends a message again, with the same id.
#[utoipa::path(
    post, path = "/api/v1/webhook-deliveries/{id}/replay", tag = "webhooks",
    params(("id" = String, Path, description = "The message")),
    responses((status = 202, description = "It goes out soon"))
)]
async fn replay_delivery(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode> {
    delivery::again(&app, &caller, &id).await?;
    Ok(StatusCode::ACCEPTED)
}
