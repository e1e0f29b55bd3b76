//! `/api/v1/offers`.

use super::actions;
use super::catalogue::Draft;
use super::store::{self, Offer};
use crate::access::{Caller, Permission};
use crate::platform::server::App;
use crate::platform::{Json, Page, Paging, Path, Query, Result, Routes};
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::routes;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .route(Permission::ReadOffers, routes!(list_offers))
        .route(Permission::EditOffers, routes!(create_offer))
        .route(Permission::ReadOffers, routes!(get_offer))
        .route(Permission::EditOffers, routes!(change_offer))
        .route(Permission::EditOffers, routes!(delete_offer))
}

/// Offers, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/offers", tag = "offers", params(Paging),
    responses((status = 200, body = Page<Offer>, description = "A page of offers"))
)]
async fn list_offers(State(app): State<App>, Query(paging): Query<Paging>) -> Result<Json<Page<Offer>>> {
    let offers = store::page(app.database.pool(), paging.after::<i64>()?.unwrap_or(0), paging.rows()?).await?;
    Ok(Json(paging.page(offers, |offer| offer.number)))
}

/// Makes an offer.
#[utoipa::path(
    post, path = "/api/v1/offers", tag = "offers",
    responses((status = 201, body = Offer, description = "The offer"))
)]
async fn create_offer(
    State(app): State<App>,
    caller: Caller,
    Json(draft): Json<Draft>,
) -> Result<(StatusCode, Json<Offer>)> {
    Ok((StatusCode::CREATED, Json(actions::create(&app, &caller, draft).await?)))
}

/// One offer.
#[utoipa::path(
    get, path = "/api/v1/offers/{id}", tag = "offers",
    params(("id" = String, Path, description = "The offer")),
    responses((status = 200, body = Offer, description = "The offer"))
)]
async fn get_offer(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Offer>> {
    store::get(&app, &id).await.map(Json)
}

/// Changes an offer, as a whole. Treatments that keep their numbers keep what was learned of them.
#[utoipa::path(
    put, path = "/api/v1/offers/{id}", tag = "offers",
    params(("id" = String, Path, description = "The offer")),
    responses(
        (status = 200, body = Offer, description = "The offer"),
        (status = 409, description = "Somebody changed it since the version given"),
    )
)]
async fn change_offer(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(draft): Json<Draft>,
) -> Result<Json<Offer>> {
    actions::update(&app, &caller, &id, draft).await.map(Json)
}

/// Takes an offer away. What was decided before stays.
#[utoipa::path(
    delete, path = "/api/v1/offers/{id}", tag = "offers",
    params(("id" = String, Path, description = "The offer")),
    responses((status = 204, description = "Gone"))
)]
async fn delete_offer(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode> {
    actions::delete(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
