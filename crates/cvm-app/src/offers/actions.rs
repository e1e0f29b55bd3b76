//! Making, changing and taking away offers.

use super::catalogue::Draft;
use super::store::{self, By, OFFERS_MAX, Offer};
use crate::access::{Caller, audit};
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Problem, Result};
use crate::segments;
use serde_json::json;
use std::collections::HashSet;

/// Makes an offer.
///
/// # Errors
/// 422 for what cannot be, 409 where there are too many, and what the database gives.
pub async fn create(app: &App, caller: &Caller, mut draft: Draft) -> Result<Offer> {
    check(app, &draft, &[], 0).await?;
    draft.tidy();
    let last_treatment = draft.number_treatments(0);
    let id = app.random.id(&app.clock);
    let mut transaction = app.database.begin().await?;
    let (catalogue, last) = store::lock(&mut transaction).await?;
    if store::count(&mut *transaction).await? >= OFFERS_MAX {
        return Err(Problem::conflict(format!("there are {OFFERS_MAX} offers; take one away first")));
    }
    let by = By { who: caller.actor().1, at: app.clock.now(), catalogue };
    store::insert(&mut transaction, (last + 1, &id), (&draft, last_treatment), &by).await.map_err(taken)?;
    let details = json!({"name": draft.name, "state": draft.state});
    audit::record(&mut transaction, app, caller, "offer.create", &id, details).await?;
    transaction.commit().await?;
    app.offers.note(catalogue);
    store::get(app, &id).await
}

/// Changes an offer. Treatments that keep their numbers keep what was learned of them.
///
/// # Errors
/// As for [`create`]; 404 where there is none, 409 where somebody else changed it meanwhile.
pub async fn update(app: &App, caller: &Caller, id: &str, mut draft: Draft) -> Result<Offer> {
    let known = store::get(app, id).await?;
    let numbers: Vec<i64> = known.draft.treatments.iter().map(|treatment| treatment.number).collect();
    check(app, &draft, &numbers, known.last_treatment).await?;
    let mut transaction = app.database.begin().await?;
    let (catalogue, _) = store::lock(&mut transaction).await?;
    let offer = store::find(&mut *transaction, id).await?;
    // What was checked against is what is changed, whether or not the caller says what they read.
    if draft.version.unwrap_or(known.version) != offer.version || known.version != offer.version {
        let now = offer.version;
        return Err(Problem::conflict(format!(
            "somebody changed the offer meanwhile: it is version {now}; read it again"
        )));
    }
    draft.tidy();
    let last_treatment = draft.number_treatments(offer.last_treatment);
    let by = By { who: caller.actor().1, at: app.clock.now(), catalogue };
    store::update(&mut transaction, &offer, (&draft, last_treatment), &by).await.map_err(taken)?;
    let details = json!({"name": draft.name, "state": draft.state, "version": offer.version + 1});
    audit::record(&mut transaction, app, caller, "offer.change", id, details).await?;
    transaction.commit().await?;
    app.offers.note(catalogue);
    store::get(app, id).await
}

/// Takes an offer away. Decisions of before still say what it was.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub async fn delete(app: &App, caller: &Caller, id: &str) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let (catalogue, _) = store::lock(&mut transaction).await?;
    let offer = store::find(&mut *transaction, id).await?;
    store::delete(&mut transaction, offer.number).await?;
    audit::record(&mut transaction, app, caller, "offer.delete", id, json!({"name": offer.draft.name})).await?;
    transaction.commit().await?;
    app.offers.note(catalogue);
    Ok(())
}

/// What is wrong with an offer, by itself and among segments.
async fn check(app: &App, draft: &Draft, numbers: &[i64], last_treatment: i64) -> Result<()> {
    let mut faults = draft.check(numbers, last_treatment);
    let segments = segments::list(app.database.pool()).await?;
    let segments: HashSet<&str> = segments.iter().map(|segment| segment.id.as_str()).collect();
    for (name, rule) in draft.policy.rules() {
        let asked = rule.map(|rule| rule.segments()).unwrap_or_default();
        let unknown = asked.into_iter().filter(|id| !segments.contains(id));
        faults.extend(unknown.map(|id| Fault::new(format!("/policy/{name}"), format!("there is no segment {id}"))));
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

fn taken(error: sqlx::Error) -> Problem {
    let is_name = error.as_database_error().is_some_and(|error| error.is_unique_violation());
    match is_name {
        true => Problem::invalid(vec![Fault::new("/name", "there is another offer of this name")]),
        false => error.into(),
    }
}
