//! `/api/v1/segments`.

use super::actions::{self, Change, Draft, FieldChoices, Preview, Wish};
use super::store::{self, History, Member, Overlap, Segment};
use crate::access::{Caller, Permission, audit};
use crate::platform::server::App;
use crate::platform::{Json, Page, Paging, Path, Problem, Query, Result, Routes, Spoken};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use cvm_core::Language;
use cvm_core::lake::{Export, ExportFormat};
use cvm_core::text::Words;
use cvm_core::text::reading::tell;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::io::Read;
use tempfile::NamedTempFile;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .route(Permission::ReadSegments, routes!(list_segments))
        .route(Permission::EditSegments, routes!(create_segment))
        .route(Permission::ReadSegments, routes!(list_fields))
        .route(Permission::ReadSegments, routes!(preview_segment))
        .route(Permission::ReadSegments, routes!(get_segment))
        .route(Permission::EditSegments, routes!(change_segment))
        .route(Permission::EditSegments, routes!(delete_segment))
        .route(Permission::ReadSegments, routes!(list_members))
        .route(Permission::ReadSegments, routes!(get_history))
        .route(Permission::ReadSegments, routes!(get_overlap))
        .route(Permission::ReadSegments, routes!(export_members))
}

/// In which language a rule is read aloud.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Reading {
    /// `en`, `pl`, `ru` or `fa`; `en` where it is not given.
    #[param(value_type = Option<String>, example = "en")]
    language: Option<Language>,
}

/// A segment and its rule in words.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentInWords)]
struct InWords {
    #[serde(flatten)]
    segment: Segment,
    /// The rule in words.
    sentence: String,
}

async fn in_words(app: &App, segment: Segment, reading: &Reading) -> Result<Json<InWords>> {
    let language = reading.language.unwrap_or_default();
    let sentence = actions::sentence(app, &segment.rule, language).await?;
    Ok(Json(InWords { segment, sentence }))
}

/// Segments, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/segments", tag = "segments", params(Paging),
    responses((status = 200, body = Page<Segment>, description = "A page of segments"))
)]
async fn list_segments(State(app): State<App>, Query(paging): Query<Paging>) -> Result<Json<Page<Segment>>> {
    let (after, rows) = (paging.after::<i64>()?.unwrap_or(0), paging.rows()? as usize);
    let all = store::list(app.database.pool()).await?;
    let rows = all.into_iter().filter(|segment| segment.number > after).take(rows).collect();
    Ok(Json(paging.page(rows, |segment| segment.number)))
}

/// Makes a segment. Its members are computed at once.
#[utoipa::path(
    post, path = "/api/v1/segments", tag = "segments",
    responses((status = 201, body = InWords, description = "The segment, its members still to come"))
)]
async fn create_segment(
    State(app): State<App>,
    caller: Caller,
    Json(draft): Json<Draft>,
) -> Result<(StatusCode, Json<InWords>)> {
    let segment = actions::create(&app, &caller, &draft).await?;
    Ok((StatusCode::CREATED, in_words(&app, segment, &Reading { language: None }).await?))
}

/// What rules can ask of, with the names in use of late.
#[utoipa::path(
    get, path = "/api/v1/segments/fields", tag = "segments",
    responses((status = 200, body = FieldChoices, description = "Fields, properties, events and consents"))
)]
async fn list_fields(State(app): State<App>) -> Result<Json<FieldChoices>> {
    Ok(Json(actions::fields(&app).await?))
}

/// Counts who a rule would fit, and each of its conditions by itself. Nothing is saved.
#[utoipa::path(
    post, path = "/api/v1/segments/preview", tag = "segments",
    responses((status = 200, body = Preview, description = "How many, and what they are worth"))
)]
async fn preview_segment(State(app): State<App>, caller: Caller, Json(wish): Json<Wish>) -> Result<Json<Preview>> {
    actions::preview(&app, &caller, &wish).await.map(Json)
}

/// One segment.
#[utoipa::path(
    get, path = "/api/v1/segments/{id}", tag = "segments",
    params(("id" = String, Path, description = "The segment"), Reading),
    responses((status = 200, body = InWords, description = "The segment"))
)]
async fn get_segment(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(reading): Query<Reading>,
) -> Result<Json<InWords>> {
    let segment = store::get(&app, &id).await?;
    in_words(&app, segment, &reading).await
}

/// Changes a segment. After a change of the rule its members are computed anew at once.
#[utoipa::path(
    put, path = "/api/v1/segments/{id}", tag = "segments",
    params(("id" = String, Path, description = "The segment")),
    responses(
        (status = 200, body = InWords, description = "The segment"),
        (status = 409, description = "Somebody changed the rule since the version given"),
    )
)]
async fn change_segment(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(change): Json<Change>,
) -> Result<Json<InWords>> {
    let segment = actions::update(&app, &caller, &id, &change).await?;
    in_words(&app, segment, &Reading { language: None }).await
}

/// Takes a segment away, with its history.
#[utoipa::path(
    delete, path = "/api/v1/segments/{id}", tag = "segments",
    params(("id" = String, Path, description = "The segment")),
    responses(
        (status = 204, description = "Gone"),
        (status = 409, description = "Other segments are made of it"),
    )
)]
async fn delete_segment(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode> {
    actions::delete(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Members of a segment, in the order of their ids. Reasons are told in the language of `Accept-Language`, and as data as `reason_code`.
#[utoipa::path(
    get, path = "/api/v1/segments/{id}/members", tag = "segments",
    params(("id" = String, Path, description = "The segment"), Paging),
    responses((status = 200, body = Page<Member>, description = "A page of members"))
)]
async fn list_members(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
    Spoken(language): Spoken,
) -> Result<Json<Page<Member>>> {
    let mut page = store::members(&app, &id, &paging).await?;
    for columns in page.data.iter_mut().filter_map(|member| member.values.as_mut()?.as_object_mut()) {
        tell(columns, Words::new(language));
    }
    Ok(Json(page))
}

/// Size and value over time, the rules it has had, who entered and who left.
#[utoipa::path(
    get, path = "/api/v1/segments/{id}/history", tag = "segments",
    params(("id" = String, Path, description = "The segment"), Paging),
    responses((status = 200, body = History, description = "The history; the page is that of who moved"))
)]
async fn get_history(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<History>> {
    store::history(&app, &id, &paging).await.map(Json)
}

/// What a segment has in common with each other.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentOverlaps)]
struct Overlaps {
    /// The others, those with most in common first.
    data: Vec<Overlap>,
}

/// How many a segment has in common with each other segment.
#[utoipa::path(
    get, path = "/api/v1/segments/{id}/overlap", tag = "segments",
    params(("id" = String, Path, description = "The segment")),
    responses((status = 200, body = Overlaps, description = "The overlaps"))
)]
async fn get_overlap(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Overlaps>> {
    Ok(Json(Overlaps { data: store::overlap(&app, &id).await? }))
}

/// As what kind of file.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct As {
    /// `csv` or `parquet`; `csv` where it is not given.
    #[param(value_type = Option<String>, example = "csv")]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Csv,
    Parquet,
}

/// All members of a segment with the columns of the last scoring run, as a file.
#[utoipa::path(
    get, path = "/api/v1/segments/{id}/export", tag = "segments",
    params(("id" = String, Path, description = "The segment"), As),
    responses((status = 200, body = String, content_type = "text/csv", description = "The file"))
)]
async fn export_members(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(how): Query<As>,
) -> Result<Response> {
    let segment = store::get(&app, &id).await?;
    let (format, kind, end) = match how.format.unwrap_or(Format::Csv) {
        Format::Csv => (ExportFormat::Csv, "text/csv; charset=utf-8", "csv"),
        Format::Parquet => (ExportFormat::Parquet, "application/vnd.apache.parquet", "parquet"),
    };
    let customers = store::member_ids(&app.database, segment.number).await?;
    let run = store::last_run(&app.database).await?;
    let file = NamedTempFile::new_in(&app.config.data).map_err(|error| Problem::internal(&error))?;
    app.lake.export(&Export { customers: &customers, run: run.as_deref(), format, path: file.path() }).await?;
    let mut transaction = app.database.begin().await?;
    let details = json!({"customers": customers.len(), "format": end});
    audit::record(&mut transaction, &app, &caller, "segment.export", &id, details).await?;
    transaction.commit().await?;
    let disposition = format!("attachment; filename=\"segment-{id}.{end}\"");
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, body(file)?).into_response())
}

/// A file as a body, part by part; with the end of the body it goes away.
fn body(file: NamedTempFile) -> Result<Body> {
    const PART: usize = 256 << 10;
    let reader = file.reopen().map_err(|error| Problem::internal(&error))?;
    let parts = futures_util::stream::try_unfold((file, reader), |(file, mut reader)| async {
        let read = tokio::task::spawn_blocking(move || {
            let mut part = vec![0; PART];
            let bytes = reader.read(&mut part)?;
            part.truncate(bytes);
            Ok::<_, std::io::Error>((part, reader))
        });
        let (part, reader) = read.await.map_err(std::io::Error::other)??;
        Ok::<_, std::io::Error>((!part.is_empty()).then(|| (Bytes::from(part), (file, reader))))
    });
    Ok(Body::from_stream(parts))
}
