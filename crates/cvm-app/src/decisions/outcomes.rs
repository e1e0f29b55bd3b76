//! What became of what was offered: shown, clicked, accepted, declined; and, where no answer comes in time, ignored.
//!
//! An outcome is told once for a decision, an offer and a kind; again is no mistake and changes nothing. The first answer of an
//! offer of a decision is learned from, by the features that were known then; the very next decision knows it.

use super::engine;
use super::log::{Chosen, Logged};
use super::store::{self, Counters};
use crate::contacts::{self, Channel, Contact};
use crate::platform::clock::{DAY, HOUR};
use crate::platform::database::Transaction;
use crate::platform::jobs::{self, Schedule};
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Problem, Result, Time};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::Row;
use utoipa::ToSchema;

/// Old rows of one change.
const AT_ONCE: i64 = 500;

/// The kind of job: what has had no answer in time counts as ignored.
pub const JOB: jobs::Kind = jobs::Kind {
    name: "outcomes",
    run: |app, _| Box::pin(async move { Ok(json!({"ignored": settle(&app).await?})) }),
    regular: |_| vec![(String::new(), Schedule::Every(HOUR))],
    attempts: 3,
};

/// What became of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OutcomeKind)]
pub enum Kind {
    /// The customer was told of it.
    Shown,
    /// They looked closer.
    Clicked,
    /// They took it.
    Accepted,
    /// They said no.
    Declined,
    /// They gave no answer in time.
    Ignored,
}

impl Kind {
    /// As in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Clicked => "clicked",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Ignored => "ignored",
        }
    }

    /// The answer that it is, if it is one.
    fn answer(self) -> Option<bool> {
        match self {
            Self::Accepted => Some(true),
            Self::Declined | Self::Ignored => Some(false),
            Self::Shown | Self::Clicked => None,
        }
    }
}

/// What somebody tells of an offer of a decision.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOutcome)]
pub struct Outcome {
    /// The decision.
    pub decision: String,
    /// The offer, by its id.
    pub offer: String,
    /// What became of it: `shown`, `clicked`, `accepted` or `declined`.
    pub outcome: Kind,
    /// When; now where it is not given.
    pub at: Option<Time>,
}

/// What was taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OutcomeTold)]
pub struct Told {
    /// The decision.
    pub decision: String,
    /// The offer.
    pub offer: String,
    /// What became of it.
    pub outcome: Kind,
    /// Whether this was the first to tell so.
    pub new: bool,
}

/// Takes an outcome. Who sends messages themselves and notes contacts where they are sent says so by `contact: false`.
///
/// # Errors
/// 404 for an unknown decision, 422 for an offer that it did not choose, and what the database gives.
pub async fn tell(app: &App, outcome: &Outcome, contact: bool) -> Result<Told> {
    if outcome.outcome == Kind::Ignored {
        let detail = "nobody needs to tell that: it is found after the days that the offer says";
        return Err(Problem::invalid(vec![Fault::new("/outcome", detail)]));
    }
    let now = app.clock.now();
    let at = outcome.at.map_or(now, |at| at.0);
    if at > now + HOUR {
        return Err(Problem::invalid(vec![Fault::new("/at", "it is in the future; expected a time up to now")]));
    }
    let decision = logged(app, &outcome.decision).await?;
    let Some(chosen) = decision.answer.iter().find(|chosen| chosen.id == outcome.offer) else {
        let detail = format!("the decision did not choose offer {}", outcome.offer);
        return Err(Problem::invalid(vec![Fault::new("/offer", detail)]));
    };
    let mut transaction = app.database.begin().await?;
    let new = add(&mut transaction, &decision, chosen, outcome.outcome, at).await?;
    if new && outcome.outcome == Kind::Shown && contact && decision.channel != Channel::InApp {
        note_contact(&mut transaction, &decision, chosen, at).await?;
    }
    transaction.commit().await?;
    if new {
        engine::learn(app).await?;
    }
    Ok(Told { decision: decision.id, offer: outcome.offer.clone(), outcome: outcome.outcome, new })
}

/// A decision that was written down; what waits for that is waited for.
async fn logged(app: &App, id: &str) -> Result<Logged> {
    if let Some(found) = store::logged(app, id).await? {
        return Ok(found);
    }
    app.decisions.flush().await;
    store::logged(app, id).await?.ok_or_else(|| store::no_decision(id))
}

/// What was told by us is a contact; who comes by themselves is told nothing.
async fn note_contact(
    transaction: &mut Transaction,
    decision: &Logged,
    chosen: &Chosen,
    at: i64,
) -> Result<(), sqlx::Error> {
    let contact = Contact {
        customer: decision.customer.clone(),
        at,
        channel: decision.channel,
        campaign: None,
        offer: Some(chosen.id.clone()),
        group: Some(chosen.group.clone()),
    };
    contacts::record(transaction, &[(format!("decision:{}:{}", decision.id, chosen.offer), contact)]).await
}

/// Adds an outcome; says whether it is new.
async fn add(
    transaction: &mut Transaction,
    decision: &Logged,
    chosen: &Chosen,
    kind: Kind,
    at: i64,
) -> Result<bool, sqlx::Error> {
    let last = store::lock(transaction).await?;
    let sql = "SELECT kind, answered FROM outcomes WHERE decision = $1 AND offer = $2";
    let rows = sqlx::query(sql).bind(decision.id.as_str()).bind(chosen.offer).fetch_all(&mut **transaction).await?;
    let (mut is_answered, mut is_told) = (false, false);
    for row in &rows {
        is_told |= row.try_get::<&str, _>(0)? == kind.name();
        is_answered |= row.try_get::<Option<i64>, _>(1)?.is_some();
    }
    if is_told {
        return Ok(false);
    }
    let parts = &chosen.parts;
    let kept = |amount: f64| (amount * 10_000.0).round() as i64;
    let cost = match kind {
        Kind::Shown => kept(parts.contact),
        Kind::Accepted => kept(parts.reward + parts.discount),
        Kind::Clicked | Kind::Declined | Kind::Ignored => 0,
    };
    let reward = if kind == Kind::Accepted { kept(parts.reward) } else { 0 };
    // The first answer is the one that is learned from.
    let answered = kind.answer().filter(|_| !is_answered);
    let features = match answered {
        Some(_) => {
            serde_json::to_string(&decision.inputs.features).map_err(|error| sqlx::Error::Encode(error.into()))?
        }
        None => String::new(),
    };
    let sql = "INSERT INTO outcomes (seq, decision, customer, offer, treatment, kind, at, chance, cost, answered, features, \
               reward) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let query = sqlx::query(sql).bind(last + 1).bind(decision.id.as_str()).bind(decision.customer.as_str());
    let query = query.bind(chosen.offer).bind(chosen.treatment).bind(kind.name()).bind(at);
    let query = query.bind((parts.chance * 1e9).round() as i64).bind(cost).bind(answered.map(i64::from)).bind(features);
    query.bind(reward).execute(&mut **transaction).await?;
    let sql = "UPDATE decision_state SET outcomes = $1 WHERE id = 1";
    sqlx::query(sql).bind(last + 1).execute(&mut **transaction).await?;
    if kind.answer().is_some() {
        let sql = "DELETE FROM outcomes_awaited WHERE decision = $1 AND offer = $2";
        sqlx::query(sql).bind(decision.id.as_str()).bind(chosen.offer).execute(&mut **transaction).await?;
    } else if !is_answered {
        let sql = "INSERT INTO outcomes_awaited (decision, offer, due_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let due = at + chosen.answer_days * DAY;
        let query = sqlx::query(sql).bind(decision.id.as_str()).bind(chosen.offer).bind(due);
        query.execute(&mut **transaction).await?;
    }
    let one = |of: Kind| i64::from(kind == of);
    let counted = Counters {
        offered: 0,
        shown: one(Kind::Shown),
        clicked: one(Kind::Clicked),
        accepted: one(Kind::Accepted),
        declined: one(Kind::Declined),
        ignored: one(Kind::Ignored),
        spent: cost,
        earned: if kind == Kind::Accepted { kept(parts.worth) } else { 0 },
    };
    store::count(transaction, chosen.offer, &counted).await?;
    Ok(true)
}

/// Learns from silence: what was shown and has had no answer in time. Says how many.
async fn settle(app: &App) -> anyhow::Result<usize> {
    let mut settled = 0;
    loop {
        let sql = "SELECT decision, offer FROM outcomes_awaited WHERE due_at <= $1 ORDER BY due_at LIMIT $2";
        let due = sqlx::query(sql).bind(app.clock.now()).bind(AT_ONCE).fetch_all(app.database.pool()).await?;
        if due.is_empty() {
            engine::learn(app).await?;
            return Ok(settled);
        }
        let mut waiting = Vec::new();
        for row in &due {
            let (decision, offer): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
            waiting.push((store::logged(app, &decision).await?, decision, offer));
        }
        let mut transaction = app.database.begin().await?;
        for (logged, decision, offer) in &waiting {
            let chosen = logged.as_ref().and_then(|it| Some((it, it.answer.iter().find(|it| it.offer == *offer)?)));
            match chosen {
                Some((logged, chosen)) => {
                    settled +=
                        usize::from(add(&mut transaction, logged, chosen, Kind::Ignored, app.clock.now()).await?);
                }
                // Whose decision is gone is waited for no more.
                None => {
                    let sql = "DELETE FROM outcomes_awaited WHERE decision = $1 AND offer = $2";
                    sqlx::query(sql).bind(decision.as_str()).bind(offer).execute(&mut *transaction).await?;
                }
            }
        }
        transaction.commit().await?;
    }
}

/// Deletes decisions that were kept for long enough. What was learned from them stays.
///
/// # Errors
/// What the database gives.
pub async fn tidy(app: &App) -> Result<(), sqlx::Error> {
    let days = app.config.keep_decisions_days;
    if days == 0 {
        return Ok(());
    }
    let sql = "DELETE FROM decisions WHERE id IN (SELECT id FROM decisions WHERE at < $1 ORDER BY at LIMIT 2000)";
    let before = app.clock.now() - days * DAY;
    while sqlx::query(sql).bind(before).execute(app.database.pool()).await?.rows_affected() > 0 {}
    Ok(())
}
