//! The SQL of decisions and outcomes, one function a question.

use super::log::{Logged, unpacked};
use crate::platform::database::{Transaction, json, select_in, select_in_since};
use crate::platform::server::App;
use crate::platform::{Problem, Result};
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashMap;
use utoipa::ToSchema;

/// Locks outcomes and models against other writers until the change ends; gives the number of the last outcome.
pub(super) async fn lock(transaction: &mut Transaction) -> Result<i64, sqlx::Error> {
    let sql = "UPDATE decision_state SET outcomes = outcomes WHERE id = 1 RETURNING outcomes";
    sqlx::query(sql).fetch_one(&mut **transaction).await?.try_get(0)
}

/// The columns of a scoring run for some customers, as JSON.
pub(super) async fn values(app: &App, run: &str, customers: &[&str]) -> Result<HashMap<String, String>, sqlx::Error> {
    // Ids of runs are ours: letters, digits and dashes.
    debug_assert!(run.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    let sql = format!("SELECT customer, columns FROM customer_values WHERE run = '{run}' AND customer IN ({{}})");
    let mut connection = app.database.pool().acquire().await?;
    let rows = select_in(&mut connection, &sql, customers).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// What decisions depend on beside offers: versions of segments, the scoring run, the contact policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Ground {
    /// How many there are, the sum of their versions, and when one was last changed.
    pub segments: (i64, i64, i64),
    /// When members were last computed: of segments with SQL in them they are those of then.
    pub filled_at: i64,
    pub run: Option<String>,
    pub policy: i64,
}

/// The numbers of all that decisions follow.
pub(super) struct Numbers {
    /// The last change of customers.
    pub change: i64,
    pub catalogue: i64,
    /// The last outcome.
    pub outcomes: i64,
    pub ground: Ground,
}

/// One question for all of it: it is asked ten times a second.
pub(super) async fn numbers(app: &App) -> Result<Numbers, sqlx::Error> {
    let sql = "SELECT (SELECT changes FROM customer_changes WHERE id = 1), (SELECT catalogue FROM offer_state WHERE id = 1), \
               (SELECT outcomes FROM decision_state WHERE id = 1), \
               coalesce((SELECT version FROM contact_policy WHERE id = 1), 0), \
               (SELECT id FROM scoring_runs ORDER BY ended_at DESC, id DESC LIMIT 1), count(*), \
               CAST(coalesce(sum(version), 0) AS BIGINT), coalesce(max(changed_at), 0), coalesce(max(filled_at), 0) \
               FROM segments";
    let row = sqlx::query(sql).fetch_one(app.database.pool()).await?;
    let ground = Ground {
        segments: (row.try_get(5)?, row.try_get(6)?, row.try_get(7)?),
        filled_at: row.try_get(8)?,
        run: row.try_get(4)?,
        policy: row.try_get(3)?,
    };
    Ok(Numbers { change: row.try_get(0)?, catalogue: row.try_get(1)?, outcomes: row.try_get(2)?, ground })
}

/// Of all decisions and outcomes of an offer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OfferCounters)]
pub struct Counters {
    /// Decisions that chose it.
    pub offered: i64,
    /// Times it was shown.
    pub shown: i64,
    /// Times it was looked at closer.
    pub clicked: i64,
    /// Times it was accepted.
    pub accepted: i64,
    /// Times it was declined.
    pub declined: i64,
    /// Times it had no answer in time.
    pub ignored: i64,
    /// What it has cost: contacts, rewards and discounts, in 1/10,000 of the currency's unit.
    #[serde(skip)]
    pub spent: i64,
    /// The margin that is expected of what was accepted, before cost, in the same.
    #[serde(skip)]
    pub earned: i64,
}

/// The counters of these offers; of all where none is named.
pub(super) async fn counters(app: &App, offers: &[i64]) -> Result<HashMap<i64, Counters>, sqlx::Error> {
    let mut sql =
        "SELECT offer, offered, shown, clicked, accepted, declined, ignored, spent, earned FROM offer_counters"
            .to_owned();
    if !offers.is_empty() {
        let list = offers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        sql.push_str(&format!(" WHERE offer IN ({list})"));
    }
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(app.database.pool()).await?;
    let counters = |row: &AnyRow| {
        let of = |column: usize| row.try_get::<i64, _>(column);
        let counters = Counters {
            offered: of(1)?,
            shown: of(2)?,
            clicked: of(3)?,
            accepted: of(4)?,
            declined: of(5)?,
            ignored: of(6)?,
            spent: of(7)?,
            earned: of(8)?,
        };
        Ok((of(0)?, counters))
    };
    rows.iter().map(counters).collect()
}

/// Adds to the counters of an offer.
pub(super) async fn count(transaction: &mut Transaction, offer: i64, more: &Counters) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO offer_counters (offer, offered, shown, clicked, accepted, declined, ignored, spent, earned) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (offer) DO UPDATE SET \
               offered = offer_counters.offered + excluded.offered, shown = offer_counters.shown + excluded.shown, \
               clicked = offer_counters.clicked + excluded.clicked, accepted = offer_counters.accepted + excluded.accepted, \
               declined = offer_counters.declined + excluded.declined, ignored = offer_counters.ignored + excluded.ignored, \
               spent = offer_counters.spent + excluded.spent, earned = offer_counters.earned + excluded.earned";
    let Counters { offered, shown, clicked, accepted, declined, ignored, spent, earned } = *more;
    let query = [offer, offered, shown, clicked, accepted, declined, ignored, spent, earned];
    let query = query.into_iter().fold(sqlx::query(sql), sqlx::query::Query::bind);
    query.execute(&mut **transaction).await.map(drop)
}

/// A decision, as it was written down; none where there is no such.
pub(super) async fn logged(app: &App, id: &str) -> Result<Option<Logged>, sqlx::Error> {
    let sql = "SELECT id, at, customer, channel, placement, asked_by, catalogue, outcomes, wanted, inputs, candidates, answer \
               FROM decisions WHERE id = $1";
    let row = sqlx::query(sql).bind(id).fetch_optional(app.database.pool()).await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &AnyRow) -> Result<Logged, sqlx::Error> {
    let channel = crate::contacts::Channel::from_name(row.try_get(3)?);
    Ok(Logged {
        id: row.try_get(0)?,
        at: row.try_get(1)?,
        customer: row.try_get(2)?,
        channel: channel.ok_or_else(|| sqlx::Error::Decode("unknown channel of a decision".into()))?,
        placement: row.try_get(4)?,
        asked_by: row.try_get(5)?,
        catalogue: row.try_get(6)?,
        outcomes: row.try_get(7)?,
        wanted: row.try_get(8)?,
        inputs: json(row, 9)?,
        candidates: unpacked(row.try_get(10)?)?,
        answer: json(row, 11)?,
    })
}

/// 404 for a decision.
pub(super) fn no_decision(id: &str) -> Problem {
    Problem::not_found(format!("there is no decision {id}; it is too long ago, or never was"))
}

/// The chances that were told for a treatment and what became of them, of the last answers.
pub(super) async fn told(app: &App, treatment: i64, limit: i64) -> Result<(Vec<f64>, Vec<bool>), sqlx::Error> {
    let sql = "SELECT chance, answered FROM outcomes WHERE treatment = $1 AND answered IS NOT NULL \
               ORDER BY seq DESC LIMIT $2";
    let rows = sqlx::query(sql).bind(treatment).bind(limit).fetch_all(app.database.pool()).await?;
    let (mut chances, mut answers) = (Vec::new(), Vec::new());
    for row in &rows {
        chances.push(row.try_get::<i64, _>(0)? as f64 / 1e9);
        answers.push(row.try_get::<i64, _>(1)? == 1);
    }
    Ok((chances, answers))
}

/// What customers were shown where they came by themselves, since this time: the offer's number and when.
pub(super) async fn impressions(
    app: &App,
    customers: &[&str],
    since: i64,
) -> Result<HashMap<String, Vec<(i64, i64)>>, sqlx::Error> {
    let sql = "SELECT survivor, outcomes.offer, outcomes.at FROM customers JOIN outcomes ON outcomes.customer = customers.id \
               WHERE kind = 'shown' AND survivor IN ({}) AND outcomes.at >= {since}";
    let mut connection = app.database.pool().acquire().await?;
    let mut found: HashMap<String, Vec<(i64, i64)>> = HashMap::new();
    for row in select_in_since(&mut connection, sql, customers, since).await? {
        found.entry(row.try_get(0)?).or_default().push((row.try_get(1)?, row.try_get(2)?));
    }
    Ok(found)
}

/// The answer of a decision, letter by letter.
pub(super) async fn answer_text(app: &App, id: &str) -> Result<String, sqlx::Error> {
    let sql = "SELECT answer FROM decisions WHERE id = $1";
    sqlx::query(sql).bind(id).fetch_one(app.database.pool()).await?.try_get(0)
}
