//! `/assets/{version}/...`: the files of [`cvm_assets`]. Their address changes with them, so browsers keep them for ever.

use crate::platform::server::App;
use crate::platform::{Path, Problem, Result};
use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// One address for all files, and the one that browsers ask for by themselves.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/assets/{version}/{*name}", get(async |Path((_, name)): Path<(String, String)>| file(&name)))
        .route("/favicon.ico", get(async || file("icon.svg")))
}

fn file(name: &str) -> Result<Response> {
    let asset = cvm_assets::find(name).ok_or_else(|| Problem::not_found("there is no such file"))?;
    let headers =
        [(header::CONTENT_TYPE, asset.content_type), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, asset.bytes).into_response())
}
