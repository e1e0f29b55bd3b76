//! `/api/v1/contact-policy`.

use super::policy::Policy;
use super::store;
use crate::access::{Caller, Permission};
use crate::platform::server::App;
use crate::platform::{Json, Result, Routes};
use axum::extract::State;
use utoipa_axum::routes;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .route(Permission::ReadCampaigns, routes!(get_policy))
        .route(Permission::ApproveCampaigns, routes!(set_policy))
}

/// Who may be told something, when, and how often.
#[utoipa::path(
    get, path = "/api/v1/contact-policy", tag = "campaigns",
    responses((status = 200, body = Policy, description = "The policy"))
)]
async fn get_policy(State(app): State<App>) -> Result<Json<Policy>> {
    Ok(Json(store::held(&app).await?.policy))
}

/// Changes who may be told something. What waits to be sent is asked anew.
#[utoipa::path(
    put, path = "/api/v1/contact-policy", tag = "campaigns",
    responses((status = 200, body = Policy, description = "The policy"))
)]
async fn set_policy(State(app): State<App>, caller: Caller, Json(policy): Json<Policy>) -> Result<Json<Policy>> {
    store::set(&app, &caller, &policy).await?;
    Ok(Json(policy))
}
