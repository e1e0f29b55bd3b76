//! `/api/v1/customers/{id}/recommendations`.

use super::store::{self, Recommendation};
use super::training::Description;
use crate::access::Permission;
use crate::platform::server::App;
use crate::platform::{Json, Path, Problem, Query, Result, Routes, Time};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

/// Products at most.
const COUNT_MAX: usize = 100;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new().route(Permission::ReadCustomers, routes!(get_recommendations))
}

/// How many.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Much {
    /// So many products: 1 to 100, 10 where it is not given.
    #[param(minimum = 1, maximum = 100)]
    count: Option<usize>,
}

/// What a customer may want.
#[derive(Debug, Serialize, ToSchema)]
struct Recommendations {
    /// The best first; empty before anything was learned.
    data: Vec<Recommendation>,
    /// When it was learned; null where it was not yet.
    trained_at: Option<Time>,
    /// How it was learned, and how good it is.
    model: Option<Description>,
}

/// What a customer may want next, from what all bought together. Learned after each scoring run.
#[utoipa::path(
    get, path = "/api/v1/customers/{id}/recommendations", tag = "customers",
    params(("id" = String, Path, description = "The customer, or one merged into them"), Much),
    responses((status = 200, body = Recommendations, description = "Products, the best first"))
)]
async fn get_recommendations(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(much): Query<Much>,
) -> Result<Json<Recommendations>> {
    let count = much.count.unwrap_or(10);
    if !(1..=COUNT_MAX).contains(&count) {
        return Err(Problem::bad_request(format!("count is {count}; expected 1 to {COUNT_MAX}")));
    }
    let data = store::for_customer(&app, &id, count).await?;
    let model = store::model(&app).await?;
    let (trained_at, model) = model.map(|model| (model.trained_at, model.description.clone())).unzip();
    Ok(Json(Recommendations { data, trained_at, model }))
}
