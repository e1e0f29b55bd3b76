//! `/api/v1/campaigns`.

use super::actions::{self, Draft, For, Preview, Test};
use super::bounces::{self, Returned};
use super::conversions::{ConversionCounts, conversions};
use super::message::Filled;
use super::outbox;
use super::printing::{self, PrintFile};
use super::store::{self, Campaign, Counts};
use crate::access::{Caller, Permission};
use crate::contacts::Channel;
use crate::platform::server::App;
use crate::platform::{Body, Json, Page, Paging, Path, Problem, Query, Result, Routes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::UtoipaMethodRouterExt;
use utoipa_axum::routes;

/// The routes of this feature.
pub fn routes() -> Routes {
    let mail = || DefaultBodyLimit::max(bounces::MAIL_MAX);
    Routes::new()
        .route(Permission::ReadCampaigns, routes!(list_campaigns))
        .route(Permission::EditCampaigns, routes!(create_campaign))
        .route(Permission::ReadCampaigns, routes!(get_campaign))
        .route(Permission::EditCampaigns, routes!(change_campaign))
        .route(Permission::EditCampaigns, routes!(delete_campaign))
        .route(Permission::EditCampaigns, routes!(submit_campaign))
        .route(Permission::ApproveCampaigns, routes!(approve_campaign))
        .route(Permission::EditCampaigns, routes!(pause_campaign))
        .route(Permission::EditCampaigns, routes!(resume_campaign))
        .route(Permission::EditCampaigns, routes!(stop_campaign))
        .route(Permission::ReadPersonalData, routes!(preview_campaign))
        .route(Permission::EditCampaigns, routes!(test_campaign))
        .route(Permission::DeliverMessages, routes!(take_messages))
        .route(Permission::DeliverMessages, routes!(report_message))
        .route(Permission::DeliverMessages, routes!(take_mail).map(|methods| methods.layer(mail())))
        .route(Permission::DeliverMessages, routes!(list_files))
        .route(Permission::DeliverMessages, routes!(make_file))
        .route(Permission::DeliverMessages, routes!(get_file))
}

/// Campaigns, the latest first.
#[utoipa::path(
    get, path = "/api/v1/campaigns", tag = "campaigns", params(Paging),
    responses((status = 200, body = Page<Campaign>, description = "A page of campaigns"))
)]
async fn list_campaigns(State(app): State<App>, Query(paging): Query<Paging>) -> Result<Json<Page<Campaign>>> {
    store::list(&app, &paging).await.map(Json)
}

/// Makes a campaign. Nobody is told anything yet.
#[utoipa::path(
    post, path = "/api/v1/campaigns", tag = "campaigns",
    responses((status = 201, body = Campaign, description = "The campaign, a draft"))
)]
async fn create_campaign(
    State(app): State<App>,
    caller: Caller,
    Json(draft): Json<Draft>,
) -> Result<(StatusCode, Json<Campaign>)> {
    Ok((StatusCode::CREATED, Json(actions::create(&app, &caller, draft).await?)))
}

/// A campaign and how it goes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CampaignInNumbers)]
struct InNumbers {
    #[serde(flatten)]
    campaign: Campaign,
    /// How it goes.
    counts: Counts,
    /// Who did what it is for, by side and variant.
    conversions: Vec<ConversionCounts>,
}

/// One campaign and how it goes.
#[utoipa::path(
    get, path = "/api/v1/campaigns/{id}", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses((status = 200, body = InNumbers, description = "The campaign"))
)]
async fn get_campaign(State(app): State<App>, Path(id): Path<String>) -> Result<Json<InNumbers>> {
    let campaign = store::get(&app, &id).await?;
    let counts = store::counts(&app.database, &id).await?;
    let conversions = match campaign.definition.conversion {
        Some(_) => conversions(&app.database, &id).await?,
        None => Vec::new(),
    };
    Ok(Json(InNumbers { campaign, counts, conversions }))
}

/// Changes a campaign that has not started.
#[utoipa::path(
    put, path = "/api/v1/campaigns/{id}", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses(
        (status = 200, body = Campaign, description = "The campaign, a draft again"),
        (status = 409, description = "It has started, or somebody changed it since the version given"),
    )
)]
async fn change_campaign(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(draft): Json<Draft>,
) -> Result<Json<Campaign>> {
    actions::update(&app, &caller, &id, draft).await.map(Json)
}

/// Takes a campaign away that has not started.
#[utoipa::path(
    delete, path = "/api/v1/campaigns/{id}", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses((status = 204, description = "Gone"), (status = 409, description = "It has started"))
)]
async fn delete_campaign(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode> {
    actions::delete(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks for approval. Whoever may approve has approved with it.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/submit", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses(
        (status = 200, body = Campaign, description = "The campaign"),
        (status = 409, description = "It is no draft, or nobody carries its messages"),
    )
)]
async fn submit_campaign(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Campaign>> {
    actions::submit(&app, &caller, &id).await.map(Json)
}

/// Lets a campaign start at its time.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/approve", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses(
        (status = 200, body = Campaign, description = "The campaign"),
        (status = 409, description = "Nobody asked for it"),
    )
)]
async fn approve_campaign(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Campaign>> {
    actions::approve(&app, &caller, &id).await.map(Json)
}

/// Tells nobody more until it goes on.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/pause", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses((status = 200, body = Campaign, description = "The campaign"), (status = 409, description = "It does not run"))
)]
async fn pause_campaign(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Campaign>> {
    actions::pause(&app, &caller, &id).await.map(Json)
}

/// Goes on.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/resume", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses((status = 200, body = Campaign, description = "The campaign"), (status = 409, description = "It was not paused"))
)]
async fn resume_campaign(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Campaign>> {
    actions::resume(&app, &caller, &id).await.map(Json)
}

/// Ends a campaign: who was not told yet will not be.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/stop", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses((status = 200, body = Campaign, description = "The campaign"), (status = 409, description = "It has ended"))
)]
async fn stop_campaign(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Campaign>> {
    actions::stop(&app, &caller, &id).await.map(Json)
}

/// A message as a customer would get it now.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/preview", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses((status = 200, body = Preview, description = "What they would get, and whether"))
)]
async fn preview_campaign(
    State(app): State<App>,
    Path(id): Path<String>,
    Json(wanted): Json<For>,
) -> Result<Json<Preview>> {
    actions::preview(&app, &id, &wanted).await.map(Json)
}

/// Sends a customer's message to another address, to be looked at. It counts as nothing.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/test", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses((status = 204, description = "Sent"), (status = 409, description = "It was not taken"))
)]
async fn test_campaign(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(test): Json<Test>,
) -> Result<StatusCode> {
    actions::send_test(&app, &caller, &id, &test).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whose messages are asked for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// `in_app`, `call` or `print`.
    #[param(value_type = String, example = "in_app")]
    channel: Channel,
    /// Only those of this customer.
    customer: Option<String>,
    /// So many at most: 1 to 1000, 10 where it is not given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
}

/// A message that waits to be asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaitingMessage)]
struct Waiting {
    /// Its id, to report what became of it.
    id: String,
    /// The campaign.
    campaign: String,
    /// The customer.
    customer: String,
    /// What it says.
    message: Filled,
}

/// Messages that wait to be asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaitingMessages)]
struct WaitingList {
    /// The oldest first.
    data: Vec<Waiting>,
}

/// Messages that wait to be shown in an app, said on the telephone or printed. They stay until it is reported what became of them.
#[utoipa::path(
    get, path = "/api/v1/messages", tag = "campaigns", params(Wanted),
    responses((status = 200, body = WaitingList, description = "The oldest first"))
)]
async fn take_messages(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Json<WaitingList>> {
    let limit = wanted.limit.unwrap_or(10);
    if !(1..=1_000).contains(&limit) {
        return Err(Problem::bad_request(format!("limit is {limit}; expected 1 to 1000")));
    }
    let customer = match &wanted.customer {
        Some(id) => Some(crate::customers::survivor(&app, id).await?),
        None => None,
    };
    let rows = outbox::waiting_for(&app, wanted.channel, customer.as_deref(), limit).await?;
    let rows = rows.into_iter().map(|(id, campaign, customer, message)| Waiting { id, campaign, customer, message });
    Ok(Json(WaitingList { data: rows.collect() }))
}

/// Files for the printer.
#[derive(Debug, Serialize, ToSchema)]
struct PrintFiles {
    /// The latest first.
    data: Vec<PrintFile>,
}

/// Files that were made of a campaign's letters.
#[utoipa::path(
    get, path = "/api/v1/campaigns/{id}/files", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses((status = 200, body = PrintFiles, description = "The latest first"))
)]
async fn list_files(State(app): State<App>, Path(id): Path<String>) -> Result<Json<PrintFiles>> {
    store::get(&app, &id).await?;
    Ok(Json(PrintFiles { data: printing::files(&app.database, &id).await? }))
}

/// Puts letters that wait for the printer into a file, 2,000 at most. They count as sent; each comes into one file.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/files", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses(
        (status = 201, body = PrintFile, description = "The file"),
        (status = 409, description = "No letters wait"),
    )
)]
async fn make_file(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<PrintFile>)> {
    Ok((StatusCode::CREATED, Json(printing::make(&app, &caller, &id).await?)))
}

/// A file for the printer: name, address and text of each letter, in UTF-8 with the mark by which spreadsheets know it. The same
/// each time, for 30 days.
#[utoipa::path(
    get, path = "/api/v1/campaigns/{id}/files/{file}", tag = "campaigns",
    params(
        ("id" = String, Path, description = "The campaign"),
        ("file" = String, Path, description = "The file"),
    ),
    responses((status = 200, body = String, content_type = "text/csv", description = "The file"))
)]
async fn get_file(State(app): State<App>, Path((id, file)): Path<(String, String)>) -> Result<Response> {
    printing::download(&app, &id, &file).await
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MessageReport)]
pub enum Report {
    /// It was shown, said or printed.
    Delivered,
    /// The customer did what it asked for.
    Clicked,
    /// Nobody was reached; it is tried again in a day.
    NotReached,
    /// It came back: there is nobody at the address.
    Bounced,
    /// It came back, though somebody is there: the mailbox is full, or the server did not want it. After three in a row the address
    /// counts as nobody's.
    SoftBounced,
    /// The customer complained, and wants no more of it.
    Complained,
}

/// What became of a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MessageReported)]
struct Reported {
    /// What.
    report: Report,
}

/// Reports what became of a message: by an app, a call centre, a printer, or a provider that hears of bounces and complaints.
#[utoipa::path(
    post, path = "/api/v1/messages/{id}/report", tag = "campaigns",
    params(("id" = String, Path, description = "The message")),
    responses((status = 204, description = "Noted; noted twice is noted once"))
)]
async fn report_message(
    State(app): State<App>,
    Path(id): Path<String>,
    Json(Reported { report }): Json<Reported>,
) -> Result<StatusCode> {
    super::answers::report(&app, &id, report).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a mail that came back, as mail servers write it: notices of delivery (RFC 3464) and complaints (RFC 5965). It is known by
/// the Message-ID of what it returns. Any other mail changes nothing.
#[utoipa::path(
    post, path = "/api/v1/messages/bounces", tag = "campaigns",
    request_body(content = String, content_type = "message/rfc822", description = "The mail, of 1 MiB at most"),
    responses((status = 200, body = Returned, description = "What it said"))
)]
async fn take_mail(State(app): State<App>, Body(mail): Body) -> Result<Json<Returned>> {
    bounces::take(&app, &mail).await.map(Json)
}
