//! `/api/v1/plans`.

use super::definition::{Definition, Worth};
use super::job::{JOB, Wanted, attribute};
use super::store::{self, Plan, PlanCustomer};
use crate::access::{Caller, Permission, audit};
use crate::platform::jobs::{self, Asked};
use crate::platform::money::Smallest;
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Json, Page, Paging, Path, Problem, Query, Result, Routes};
use crate::{proof, segments};
use axum::extract::State;
use axum::http::StatusCode;
use cvm_core::segment::{Comparison, FieldIs, Node, Rule, Scalar};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .route(Permission::ReadCampaigns, routes!(list_plans))
        .route(Permission::EditCampaigns, routes!(make_plan))
        .route(Permission::ReadCampaigns, routes!(get_plan))
        .route(Permission::EditCampaigns, routes!(delete_plan))
        .route(Permission::ReadCampaigns, routes!(get_plan_customers))
        .route(Permission::EditSegments, routes!(save_plan))
}

/// Plans, the latest first.
#[utoipa::path(
    get, path = "/api/v1/plans", tag = "planning", params(Paging),
    responses((status = 200, body = Page<Plan>, description = "A page of plans"))
)]
async fn list_plans(State(app): State<App>, Query(paging): Query<Paging>) -> Result<Json<Page<Plan>>> {
    let page = store::list(&app, &paging).await?;
    Ok(Json(Page { data: page.data.into_iter().map(Plan::in_smallest).collect(), next_cursor: page.next_cursor }))
}

/// Plans who gets what, soon: the choice of at most one action a customer with the highest expected profit within the budget and
/// the limits of channels.
#[utoipa::path(
    post, path = "/api/v1/plans", tag = "planning",
    responses((status = 202, body = Plan, description = "It will be made"))
)]
async fn make_plan(
    State(app): State<App>,
    caller: Caller,
    Json(definition): Json<Definition>,
) -> Result<(StatusCode, Json<Plan>)> {
    let fractions = definition.fractions();
    if !fractions.is_empty() {
        return Err(Problem::invalid(fractions));
    }
    let definition = definition.in_units(Smallest::of(&app.config.currency));
    let id = make(&app, &caller, &definition).await?;
    Ok((StatusCode::ACCEPTED, Json(store::get(&app, &id).await?.in_smallest())))
}

/// Asks for a plan; says which.
pub(super) async fn make(app: &App, caller: &Caller, definition: &Definition) -> Result<String> {
    let faults = faults(app, definition).await?;
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let id = app.random.id(&app.clock);
    let by = caller.actor().1;
    let mut transaction = app.database.begin().await?;
    let asked = Asked { kind: JOB.name, subject: &id, input: &json!(Wanted::Plan), by, due_at: app.clock.now() };
    let job = jobs::ask(&mut transaction, app, asked).await?;
    store::add(&mut transaction, (&id, &job), definition, (by, app.clock.now())).await?;
    audit::record(&mut transaction, app, caller, "plan.create", &id, json!({"name": definition.name})).await?;
    transaction.commit().await?;
    app.jobs.wake();
    Ok(id)
}

/// What is wrong with a plan that is to be: by itself, and with what it names.
pub(super) async fn faults(app: &App, definition: &Definition) -> Result<Vec<Fault>> {
    let mut faults = definition.faults();
    if definition.limits.values().any(|&limit| i64::try_from(limit).is_err()) {
        faults.push(Fault::new("/limits", "a limit is larger than any number of customers; leave it out"));
    }
    if store::has_name(&app.database, definition.name.trim()).await? {
        faults.push(Fault::new("/name", "there is a plan of this name already; expected another"));
    }
    let actions = definition.actions.iter().enumerate();
    let mut named = actions
        .clone()
        .filter_map(|(place, action)| Some((format!("/actions/{place}/segment"), action.segment.as_ref()?)))
        .collect::<Vec<_>>();
    named.extend(definition.segment.as_ref().map(|segment| ("/segment".to_owned(), segment)));
    for (pointer, segment) in named {
        match segments::get(app, segment).await {
            Ok(segment) if segment.computed_at.is_some() => {}
            Ok(_) => faults.push(Fault::new(pointer, "the segment is not computed yet; try again in a moment")),
            Err(_) => faults.push(Fault::new(pointer, format!("there is no segment {segment}"))),
        }
    }
    for (place, action) in actions {
        let Worth::ProvenBy(campaign) = &action.worth else { continue };
        let last = proof::looks(&app.database, campaign, 1).await?;
        let is_good = last.first().is_some_and(|results| results.effects.is_some() && !results.is_void());
        if !is_good {
            let detail = format!("campaign {campaign} has no result to go by; assume a share, or wait for its result");
            faults.push(Fault::new(format!("/actions/{place}/worth"), detail));
        }
    }
    Ok(faults)
}

/// A plan: what was asked, and what came out.
#[utoipa::path(
    get, path = "/api/v1/plans/{id}", tag = "planning",
    params(("id" = String, Path, description = "The plan")),
    responses((status = 200, body = Plan, description = "The plan"))
)]
async fn get_plan(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Plan>> {
    Ok(Json(store::get(&app, &id).await?.in_smallest()))
}

/// Takes a plan away. Segments made of it stay.
#[utoipa::path(
    delete, path = "/api/v1/plans/{id}", tag = "planning",
    params(("id" = String, Path, description = "The plan")),
    responses((status = 204, description = "It is gone"))
)]
async fn delete_plan(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode> {
    delete(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a plan away.
pub(super) async fn delete(app: &App, caller: &Caller, id: &str) -> Result<()> {
    let plan = store::get(app, id).await?;
    let mut transaction = app.database.begin().await?;
    store::delete(&mut transaction, id).await?;
    audit::record(&mut transaction, app, caller, "plan.delete", id, json!({"name": plan.definition.name})).await?;
    Ok(transaction.commit().await?)
}

/// Which customers of a plan.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Of {
    /// Those of this action: its place in the definition, from 0. All where it is not given.
    action: Option<u16>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows of a page: 1 to 200, 50 where it is not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Who gets what.
#[utoipa::path(
    get, path = "/api/v1/plans/{id}/customers", tag = "planning",
    params(("id" = String, Path, description = "The plan"), Of),
    responses((status = 200, body = Page<PlanCustomer>, description = "A page of customers"))
)]
async fn get_plan_customers(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(of): Query<Of>,
) -> Result<Json<Page<PlanCustomer>>> {
    let plan = store::get(&app, &id).await?;
    let paging = Paging::from(of.cursor.as_deref(), of.limit.unwrap_or(50));
    let page = store::customers(&app, &plan, of.action, &paging).await?;
    let data = page.data.into_iter().map(PlanCustomer::in_smallest).collect();
    Ok(Json(Page { data, next_cursor: page.next_cursor }))
}

/// Segments made of a plan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanSegments)]
pub(super) struct Saved {
    /// The job that writes the plan down at its customers; until it has ended, the segments fill.
    pub job: String,
    /// The ids of the segments, in the order of actions.
    pub segments: Vec<String>,
}

/// Makes a segment of the customers of each action, to be the audience of a campaign: what they are to get is written down as an
/// attribute of theirs.
#[utoipa::path(
    post, path = "/api/v1/plans/{id}/segments", tag = "planning",
    params(("id" = String, Path, description = "The plan")),
    responses((status = 202, body = Saved, description = "They are being filled"))
)]
async fn save_plan(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Saved>)> {
    Ok((StatusCode::ACCEPTED, Json(save(&app, &caller, &id).await?)))
}

/// Makes segments of a plan.
pub(super) async fn save(app: &App, caller: &Caller, id: &str) -> Result<Saved> {
    let plan = store::get(app, id).await?;
    let Some(outcome) = &plan.outcome else {
        return Err(Problem::conflict("the plan is not made yet; wait for its job to end"));
    };
    if plan.saved_at.is_some() {
        return Err(Problem::conflict("segments were made of this plan already"));
    }
    let name = attribute(&plan.definition);
    let mut made = Vec::new();
    for (action, outcome) in plan.definition.actions.iter().zip(&outcome.actions) {
        if outcome.customers == 0 {
            continue;
        }
        let is = Comparison::Equals(Scalar::Text(action.name.trim().to_owned()));
        let rule = Rule::new(Node::All(vec![Node::Field(FieldIs { name: format!("attributes.{name}"), is })]));
        let title: String =
            format!("{}: {}", plan.definition.name.trim(), action.name.trim()).chars().take(100).collect();
        let draft = segments::Draft { name: title, description: String::new(), rule };
        made.push(segments::create(app, caller, &draft).await?.id);
    }
    let by = caller.actor().1;
    let mut transaction = app.database.begin().await?;
    let asked = Asked { kind: JOB.name, subject: id, input: &json!(Wanted::Attributes), by, due_at: app.clock.now() };
    let job = jobs::ask(&mut transaction, app, asked).await?;
    store::saved(&mut transaction, id, app.clock.now()).await?;
    audit::record(&mut transaction, app, caller, "plan.save", id, json!({"segments": made})).await?;
    transaction.commit().await?;
    app.jobs.wake();
    Ok(Saved { job, segments: made })
}
