//! `/api/v1/campaigns/{id}/results` and `/api/v1/proof`.

use super::job;
use super::learning::{self, Model};
use super::results::{Interval, Results, Settings};
use super::{ALL, store};
use crate::access::{Caller, Permission, audit};
use crate::campaigns;
use crate::platform::money::Smallest;
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Json, Path, Problem, Query, Result, Routes, Time};
use axum::extract::State;
use axum::http::StatusCode;
use cvm_core::Language;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .route(Permission::ReadCampaigns, routes!(get_results))
        .route(Permission::EditCampaigns, routes!(compute_results))
        .route(Permission::ReadCampaigns, routes!(get_proof))
        .route(Permission::EditCampaigns, routes!(compute_proof))
        .route(Permission::ReadCampaigns, routes!(get_uplift))
        .route(Permission::EditCampaigns, routes!(learn_uplift))
        .route(Permission::EditSegments, routes!(save_uplift))
}

/// Looks that are shown at most.
pub(super) const LOOKS_MAX: i64 = 400;

/// A result and how it came about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ResultsOverTime)]
pub(super) struct OverTime {
    /// As of the last look; null before the first.
    pub latest: Option<Results>,
    /// Every look that was taken, the first one first.
    pub looks: Vec<Look>,
}

/// A look.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ResultsLook)]
pub(super) struct Look {
    /// The scoring run whose orders were looked at.
    pub run: String,
    /// Orders up to this time.
    pub data_until: Time,
    /// Customers in it.
    pub customers: u64,
    /// Share of the days of observation that had passed.
    pub elapsed: f64,
    /// Margin per treated customer more than the control group's, with the interval that holds at all looks together; null before
    /// it can be told.
    pub effect: Option<Interval>,
}

impl OverTime {
    /// With amounts as HTTP has them.
    fn in_smallest(mut self) -> Self {
        if let Some(latest) = &self.latest {
            let smallest = Smallest::of(&latest.currency);
            for look in &mut self.looks {
                look.effect = look.effect.map(|effect| effect.in_smallest(smallest));
            }
        }
        Self { latest: self.latest.map(Results::in_smallest), looks: self.looks }
    }
}

/// What has been found so far.
pub(super) async fn over_time(app: &App, subject: &str) -> Result<OverTime> {
    let mut all = store::looks(&app.database, subject, LOOKS_MAX).await?;
    let look = |results: &Results| Look {
        run: results.run.clone(),
        data_until: results.data_until,
        customers: results.people.treated + results.people.control,
        elapsed: results.elapsed,
        effect: results.effects.and_then(|effects| effects.look.or(Some(effects.margin.each))),
    };
    let looks = all.iter().rev().map(look).collect();
    let latest = (!all.is_empty()).then(|| all.swap_remove(0));
    Ok(OverTime { latest, looks })
}

/// What a campaign earned that would not have come by itself, as of each look.
#[utoipa::path(
    get, path = "/api/v1/campaigns/{id}/results", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses((status = 200, body = OverTime, description = "The result"))
)]
async fn get_results(State(app): State<App>, Path(id): Path<String>) -> Result<Json<OverTime>> {
    campaigns::get(&app, &id).await?;
    Ok(Json(over_time(&app, &id).await?.in_smallest()))
}

/// What all that is done earned against those who are never told anything, over the last days.
#[utoipa::path(
    get, path = "/api/v1/proof", tag = "campaigns",
    responses((status = 200, body = OverTime, description = "The result"))
)]
async fn get_proof(State(app): State<App>) -> Result<Json<OverTime>> {
    Ok(Json(over_time(&app, ALL).await?.in_smallest()))
}

/// What is to be computed.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = ResultsWish)]
pub(super) struct Wish {
    /// What shall count from now on; as it is where it is not given. Another one than before takes all earlier looks away.
    pub settings: Option<Settings>,
}

/// Where it is to be followed.
#[derive(Serialize, ToSchema)]
#[schema(as = ResultsStarted)]
struct Started {
    /// `GET /api/v1/jobs/{job}` tells how it goes.
    job: String,
}

/// Computes a result anew from the orders of the last scoring run.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/results", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses((status = 202, body = Started, description = "It will be done"))
)]
async fn compute_results(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(wish): Json<Wish>,
) -> Result<(StatusCode, Json<Started>)> {
    campaigns::get(&app, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(Started { job: compute(&app, &caller, &id, &wish).await? })))
}

/// Computes the result of all that is done anew.
#[utoipa::path(
    post, path = "/api/v1/proof", tag = "campaigns",
    responses((status = 202, body = Started, description = "It will be done"))
)]
async fn compute_proof(
    State(app): State<App>,
    caller: Caller,
    Json(wish): Json<Wish>,
) -> Result<(StatusCode, Json<Started>)> {
    Ok((StatusCode::ACCEPTED, Json(Started { job: compute(&app, &caller, ALL, &wish).await? })))
}

/// On whom a campaign works, as far as it was learned.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Uplift)]
struct Known {
    /// What was learned; null before.
    model: Option<Model>,
    /// The currency of its amounts, which are in its smallest unit, with a fraction.
    currency: String,
}

/// On whom a campaign works: how well that is known, and how many customers are of which kind.
#[utoipa::path(
    get, path = "/api/v1/campaigns/{id}/uplift", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses((status = 200, body = Known, description = "What was learned"))
)]
async fn get_uplift(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Known>> {
    campaigns::get(&app, &id).await?;
    let (model, currency) = (store::model(&app.database, &id).await?, app.config.currency.clone());
    Ok(Json(Known { model: model.map(|model| model.in_smallest(Smallest::of(&currency))), currency }))
}

/// Learns on whom a campaign works, from its final result, and asks that of everybody. Plans go by it where it is sure.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/uplift", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign")),
    responses((status = 202, body = Started, description = "It will be done"))
)]
async fn learn_uplift(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Started>)> {
    Ok((StatusCode::ACCEPTED, Json(Started { job: learning::ask(&app, &caller, &id).await? })))
}

/// How segments are named.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct InLanguage {
    /// In which language: `en`, `pl`, `ru` or `fa`.
    #[param(value_type = Option<String>, example = "en")]
    language: Language,
}

/// Segments made of what was learned.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UpliftSegments)]
struct Saved {
    /// The ids of those that were made now; none where they were there already and are only filled anew.
    segments: Vec<String>,
}

/// Makes segments of persuadables, sure things, lost causes and those not to be disturbed: the kind is written down as an attribute
/// of each customer.
#[utoipa::path(
    post, path = "/api/v1/campaigns/{id}/uplift/segments", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign"), InLanguage),
    responses((status = 202, body = Saved, description = "They are being filled"))
)]
async fn save_uplift(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(wish): Query<InLanguage>,
) -> Result<(StatusCode, Json<Saved>)> {
    Ok((StatusCode::ACCEPTED, Json(Saved { segments: learning::save(&app, &caller, &id, wish.language).await? })))
}

/// Asks for a result, and sets what counts where that is wished.
pub(super) async fn compute(app: &App, caller: &Caller, subject: &str, wish: &Wish) -> Result<String> {
    if let Some(settings) = &wish.settings {
        settings.check()?;
    }
    let mut transaction = app.database.begin().await?;
    if let Some(settings) = &wish.settings {
        store::set(&mut transaction, app, (subject, settings), caller.actor().1).await?;
        audit::record(&mut transaction, app, caller, "results.settings", subject, json!(settings)).await?;
    }
    let job = job::ask(&mut transaction, app, subject, caller.actor().1).await?;
    transaction.commit().await?;
    app.jobs.wake();
    Ok(job)
}

impl Settings {
    /// Refuses what nothing can be computed with.
    fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        for (name, days) in [("window_days", self.window_days), ("before_days", self.before_days)] {
            if !(1..=730).contains(&days) {
                faults.push(Fault::new(format!("/settings/{name}"), "expected 1 to 730 days"));
            }
        }
        if !(2..=1_000_000_000).contains(&self.planned) {
            faults.push(Fault::new("/settings/planned", "expected at least 2 customers"));
        }
        if self.event.as_ref().is_some_and(|event| event.trim().is_empty() || event.chars().count() > 200) {
            faults.push(Fault::new("/settings/event", "expected the name of an event, or nothing for orders"));
        }
        if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
    }
}
