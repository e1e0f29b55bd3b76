//! The routes of those who look after sources.

use super::sources::{Source, disable, insert, list_sources, new_source};
use crate::access::{Caller, Permission, audit};
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Json, Page, Path, Problem, Result, Routes};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// `/api/v1/sources`.
pub fn routes() -> Routes {
    Routes::new()
        .route(Permission::ManageSources, routes!(get_sources, add_source))
        .route(Permission::ManageSources, routes!(disable_source))
}

/// A source to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSource {
    /// As people call it; its id is made from it.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// All open sources with their write keys, by id.
#[utoipa::path(
    get, path = "/api/v1/sources", tag = "sources",
    responses((status = 200, body = Page<Source>, description = "All of them"))
)]
async fn get_sources(State(app): State<App>) -> Result<Json<Page<Source>>> {
    Ok(Json(Page { data: list_sources(&app.database).await?, next_cursor: None }))
}

/// Adds a source of events, and gives it a write key.
#[utoipa::path(
    post, path = "/api/v1/sources", tag = "sources",
    responses(
        (status = 201, body = Source, description = "Added"),
        (status = 409, description = "There is, or was, a source of this id"),
    )
)]
async fn add_source(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewSource>,
) -> Result<(StatusCode, Json<Source>)> {
    Ok((StatusCode::CREATED, Json(add(&app, &caller, &new.name).await?)))
}

/// Adds a source.
///
/// # Errors
/// 422 for a name that cannot be, 409 where there is or was its like, and what the database gives.
pub async fn add(app: &App, caller: &Caller, name: &str) -> Result<Source> {
    if let Some(fault) = Fault::of_name("/name", name) {
        return Err(Problem::invalid(vec![fault]));
    }
    let source = new_source(name, &mut app.random.clone());
    let mut transaction = app.database.begin().await?;
    if !insert(&mut *transaction, &app.clock, &source).await? {
        let detail = format!("there is, or was, a source with the id `{}`; choose another name", source.id);
        return Err(Problem::conflict(detail));
    }
    let details = json!({"name": source.name});
    audit::record(&mut transaction, app, caller, "source.create", &source.id, details).await?;
    transaction.commit().await?;
    Ok(source)
}

/// Closes a source for good: what it sends is refused from now on. What it sent stays.
#[utoipa::path(
    delete, path = "/api/v1/sources/{id}", tag = "sources",
    params(("id" = String, Path, description = "The source")),
    responses((status = 204, description = "Closed"))
)]
async fn disable_source(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode> {
    close(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Closes a source for good.
///
/// # Errors
/// 404 where none of this id is open, and what the database gives.
pub async fn close(app: &App, caller: &Caller, id: &str) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    if !disable(&mut *transaction, &app.clock, id).await? {
        return Err(Problem::not_found(format!("there is no open source with the id `{id}`")));
    }
    audit::record(&mut transaction, app, caller, "source.disable", id, json!({})).await?;
    transaction.commit().await?;
    app.write_keys.forget();
    Ok(())
}
