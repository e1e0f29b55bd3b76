//! `/api/v1/acquisition/spend`: what was spent to win customers.

use super::spend::{self, Spend};
use crate::access::{Caller, Permission};
use crate::platform::server::App;
use crate::platform::{Json, Result, Routes};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

/// The routes of acquisition.
pub fn routes() -> Routes {
    Routes::new().route(Permission::ReadCustomers, routes!(list_spend)).route(Permission::Import, routes!(enter_spend))
}

/// What was spent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AcquisitionSpends)]
struct Spends {
    /// By month and channel.
    data: Vec<Spend>,
}

/// What was spent to win customers, the latest month first.
#[utoipa::path(
    get, path = "/api/v1/acquisition/spend", tag = "acquisition",
    responses((status = 200, body = Spends, description = "By month and channel"))
)]
async fn list_spend(State(app): State<App>) -> Result<Json<Spends>> {
    Ok(Json(Spends { data: spend::list(&app).await? }))
}

/// Enters what was spent. What was entered of the same month and channel before goes; 0 takes it away. Sent again, it changes nothing.
#[utoipa::path(
    put, path = "/api/v1/acquisition/spend", tag = "acquisition",
    responses((status = 200, body = Spends, description = "All that was spent"))
)]
async fn enter_spend(State(app): State<App>, caller: Caller, Json(spends): Json<Spends>) -> Result<Json<Spends>> {
    spend::enter(&app, &caller, &spends.data).await?;
    list_spend(State(app)).await
}
