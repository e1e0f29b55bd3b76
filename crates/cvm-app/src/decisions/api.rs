//! `/api/v1/decisions` and `/api/v1/outcomes`.

use super::engine::{self, Decision, Replayed, Wish};
use super::outcomes::{self, Outcome, Told};
use super::results::{self, OfferResults};
use crate::access::{Caller, Permission};
use crate::platform::server::App;
use crate::platform::{Json, Path, Result, Routes};
use axum::extract::State;
use utoipa_axum::routes;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .route(Permission::MakeDecisions, routes!(make_decision))
        .route(Permission::ReadOffers, routes!(replay_decision))
        .route(Permission::MakeDecisions, routes!(tell_outcome))
        .route(Permission::ReadOffers, routes!(get_results))
}

/// What is best for a customer now: offers ranked by priority = propensity x context weight x value x lever, beside doing
/// nothing, with every part, and why each other offer was left out. Amounts are estimates in the currency's unit, as `clv` is.
#[utoipa::path(
    post, path = "/api/v1/decisions", tag = "offers",
    responses((status = 200, body = Decision, description = "The actions, the best first"))
)]
async fn make_decision(State(app): State<App>, caller: Caller, Json(wish): Json<Wish>) -> Result<Json<Decision>> {
    engine::decide(&app, &caller, &wish).await.map(Json)
}

/// Makes a decision again: by the offers, models and chance of then.
#[utoipa::path(
    get, path = "/api/v1/decisions/{id}/replay", tag = "offers",
    params(("id" = String, Path, description = "The decision")),
    responses((status = 200, body = Replayed, description = "What was answered, and what comes out again"))
)]
async fn replay_decision(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Replayed>> {
    engine::replay(&app, &id).await.map(Json)
}

/// Tells what became of an offer of a decision. The same again changes nothing. The next decision knows it.
#[utoipa::path(
    post, path = "/api/v1/outcomes", tag = "offers",
    responses((status = 200, body = Told, description = "What was taken"))
)]
async fn tell_outcome(State(app): State<App>, Json(outcome): Json<Outcome>) -> Result<Json<Told>> {
    outcomes::tell(&app, &outcome, true).await.map(Json)
}

/// How an offer does, and how good the chances are that its models tell.
#[utoipa::path(
    get, path = "/api/v1/offers/{id}/results", tag = "offers",
    params(("id" = String, Path, description = "The offer")),
    responses((status = 200, body = OfferResults, description = "Counters and models"))
)]
async fn get_results(State(app): State<App>, Path(id): Path<String>) -> Result<Json<OfferResults>> {
    results::results(&app, &id).await.map(Json)
}
