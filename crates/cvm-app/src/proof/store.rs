//! The SQL of this feature, one function a question.

use super::learning::Model;
use super::results::{Results, Settings};
use super::uplift::group_name;
use crate::campaigns::Arm;
use crate::customers::Told;
use crate::platform::Database;
use crate::platform::clock::DAY;
use crate::platform::database::{Transaction, insert, json};
use crate::platform::server::App;
use cvm_core::segment::PersonId;
use cvm_core::text::TIERS;
use cvm_models::uplift::groups::Group;
use futures_util::TryStreamExt;
use sqlx::Row;
use std::collections::HashMap;

/// Segments that a result is told by at most: as many as a mask has bits, and more than anybody reads.
const SEGMENTS_MAX: i64 = 40;

/// Whoever is part of a campaign.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    /// The survivor when they were assigned.
    pub customer: PersonId,
    /// Who that is now; none where they were erased.
    pub survivor: Option<PersonId>,
    pub arm: Arm,
    pub variant: String,
    pub assigned_at: i64,
    /// From 1.
    pub tier: Option<u8>,
}

/// Everybody who is part of a campaign.
pub(super) async fn members(database: &Database, campaign: &str) -> Result<Vec<Member>, sqlx::Error> {
    let sql = "SELECT members.customer, customers.survivor, arm, variant, assigned_at, tier \
               FROM campaign_members AS members LEFT JOIN customers ON customers.id = members.customer \
               WHERE campaign = $1";
    let mut rows = sqlx::query(sql).bind(campaign).fetch(database.pool());
    let mut members = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let arm = Arm::from_name(row.try_get(2)?).unwrap_or(Arm::GlobalControl);
        let tier = row.try_get::<Option<&str>, _>(5)?;
        let tier = TIERS.iter().position(|known| Some(*known) == tier).and_then(|place| u8::try_from(place + 1).ok());
        let Ok(customer) = row.try_get::<&str, _>(0)?.parse() else { continue };
        let survivor = row.try_get::<Option<&str>, _>(1)?.and_then(|id| id.parse().ok());
        members.push(Member { customer, survivor, arm, variant: row.try_get(3)?, assigned_at: row.try_get(4)?, tier });
    }
    Ok(members)
}

/// Everybody who was known before a time: survivors.
pub(super) async fn known_before(database: &Database, time: i64) -> Result<Vec<PersonId>, sqlx::Error> {
    let sql = "SELECT survivor FROM customers GROUP BY survivor HAVING min(first_seen_at) < $1";
    let mut rows = sqlx::query(sql).bind(time).fetch(database.pool());
    let mut people = Vec::new();
    while let Some(row) = rows.try_next().await? {
        people.extend(row.try_get::<&str, _>(0)?.parse::<PersonId>());
    }
    Ok(people)
}

/// The other ids of persons, by survivor: whoever was merged since, or has not yet been when orders were settled.
pub(super) async fn other_ids(database: &Database) -> Result<Vec<(PersonId, PersonId)>, sqlx::Error> {
    let sql = "SELECT survivor, id FROM customers WHERE id <> survivor";
    let mut rows = sqlx::query(sql).fetch(database.pool());
    let mut ids = Vec::new();
    while let Some(row) = rows.try_next().await? {
        if let (Ok(survivor), Ok(id)) = (row.try_get::<&str, _>(0)?.parse(), row.try_get::<&str, _>(1)?.parse()) {
            ids.push((survivor, id));
        }
    }
    ids.sort_unstable();
    Ok(ids)
}

/// What contacting each customer cost: within a campaign, or in all, from a time on, where it is not given.
pub(super) async fn costs(
    database: &Database,
    campaign: Option<&str>,
    since: i64,
) -> Result<HashMap<PersonId, f64>, sqlx::Error> {
    let sql = "SELECT customer, CAST(sum(cost) AS BIGINT) FROM outbox WHERE cost > 0 \
               AND ($1 = '' OR campaign = $1 OR campaign IN (SELECT id FROM campaigns WHERE programme = $1)) AND (sent_at IS NULL OR sent_at >= $2) GROUP BY customer";
    let mut rows = sqlx::query(sql).bind(campaign.unwrap_or_default()).bind(since).fetch(database.pool());
    let mut costs = HashMap::new();
    while let Some(row) = rows.try_next().await? {
        if let Ok(customer) = row.try_get::<&str, _>(0)?.parse() {
            costs.insert(customer, row.try_get::<i64, _>(1)? as f64 / 10_000.0);
        }
    }
    Ok(costs)
}

/// What rewards and gifts cost that each customer accepted: of offers that a campaign had told them of, or of all from a time on,
/// where none is given.
pub(super) async fn rewards(
    database: &Database,
    campaign: Option<&str>,
    since: i64,
) -> Result<HashMap<PersonId, f64>, sqlx::Error> {
    let told = "SELECT outcomes.customer, CAST(sum(reward) AS BIGINT) FROM outcomes JOIN offers ON offers.number = outcomes.offer \
                WHERE kind = 'accepted' AND reward > 0 AND at >= $1 AND EXISTS (SELECT 1 FROM outbox \
                WHERE outbox.customer = outcomes.customer AND outbox.offer = offers.id AND outbox.sent_at <= outcomes.at \
                AND (outbox.campaign = $2 OR outbox.campaign IN (SELECT id FROM campaigns WHERE programme = $3))) \
                GROUP BY outcomes.customer";
    let all = "SELECT customer, CAST(sum(reward) AS BIGINT) FROM outcomes WHERE kind = 'accepted' AND reward > 0 AND at >= $1 \
               GROUP BY customer";
    let query = match campaign {
        Some(campaign) => sqlx::query(told).bind(since).bind(campaign).bind(campaign),
        None => sqlx::query(all).bind(since),
    };
    let mut rewards = HashMap::new();
    for row in query.fetch_all(database.pool()).await? {
        // Of whoever was erased since, nobody knows whose it was.
        if let Ok(customer) = row.try_get::<&str, _>(0)?.parse() {
            rewards.insert(customer, row.try_get::<i64, _>(1)? as f64 / 10_000.0);
        }
    }
    Ok(rewards)
}

/// Segments whose rule was there before a time, and not changed since: ids and names, the largest first.
pub(super) async fn segments_since(database: &Database, time: i64) -> Result<Vec<(i64, String, String)>, sqlx::Error> {
    let sql = "SELECT number, id, name FROM segments WHERE created_at <= $1 AND NOT EXISTS (SELECT 1 FROM segment_versions \
               AS versions WHERE versions.segment = segments.number AND versions.changed_at > $1) \
               ORDER BY customers DESC, number LIMIT $2";
    let rows = sqlx::query(sql).bind(time).bind(SEGMENTS_MAX).fetch_all(database.pool()).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect()
}

/// Who of a campaign's customers belonged to a segment when they were assigned: who entered before and has not moved since, and
/// whose first move since was to leave.
pub(super) async fn belonged(database: &Database, segment: i64, campaign: &str) -> Result<Vec<PersonId>, sqlx::Error> {
    let sql = "SELECT members.customer FROM campaign_members AS members WHERE members.campaign = $2 AND coalesce(\
                 (SELECT 1 - entered FROM segment_moves AS moves WHERE moves.segment = $1 \
                  AND moves.customer = members.customer AND moves.at > members.assigned_at ORDER BY moves.at LIMIT 1), \
                 (SELECT 1 FROM segment_members AS now WHERE now.segment = $1 AND now.customer = members.customer \
                  AND now.entered_at <= members.assigned_at), 0) = 1";
    let mut rows = sqlx::query(sql).bind(segment).bind(campaign).fetch(database.pool());
    let mut people = Vec::new();
    while let Some(row) = rows.try_next().await? {
        people.extend(row.try_get::<&str, _>(0)?.parse::<PersonId>());
    }
    Ok(people)
}

/// What was set to count.
///
/// # Errors
/// What the database gives.
pub async fn settings(database: &Database, subject: &str) -> Result<Option<Settings>, sqlx::Error> {
    let sql = "SELECT settings FROM proof_settings WHERE subject = $1";
    let row = sqlx::query(sql).bind(subject).fetch_optional(database.pool()).await?;
    row.map(|row| json(&row, 0)).transpose()
}

/// Sets what counts. Looks at something else count no more: a goal that moves begins anew.
pub(super) async fn set(
    transaction: &mut Transaction,
    app: &App,
    (subject, settings): (&str, &Settings),
    by: &str,
) -> Result<(), sqlx::Error> {
    let text = serde_json::to_string(settings).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let sql = "SELECT 1 FROM proof_settings WHERE subject = $1 AND settings = $2";
    let same = sqlx::query(sql).bind(subject).bind(text.as_str()).fetch_optional(&mut **transaction).await?;
    if same.is_some() {
        return Ok(());
    }
    let sql = "INSERT INTO proof_settings (subject, settings, changed_at, changed_by) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (subject) DO UPDATE SET settings = excluded.settings, changed_at = excluded.changed_at, \
               changed_by = excluded.changed_by";
    sqlx::query(sql).bind(subject).bind(text).bind(app.clock.now()).bind(by).execute(&mut **transaction).await?;
    let sql = "DELETE FROM proof_looks WHERE subject = $1";
    sqlx::query(sql).bind(subject).execute(&mut **transaction).await.map(drop)
}

/// Notes a look. A second one at the same orders takes the place of the first.
pub(super) async fn keep(transaction: &mut Transaction, subject: &str, results: &Results) -> Result<(), sqlx::Error> {
    let text = serde_json::to_string(results).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let sql = "INSERT INTO proof_looks (subject, run, data_until, results) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (subject, run) DO UPDATE SET data_until = excluded.data_until, results = excluded.results";
    let query = sqlx::query(sql).bind(subject).bind(results.run.as_str()).bind(results.data_until.0).bind(text);
    query.execute(&mut **transaction).await.map(drop)
}

/// Looks that were taken, the latest first, at most so many.
///
/// # Errors
/// What the database gives.
pub async fn looks(database: &Database, subject: &str, most: i64) -> Result<Vec<Results>, sqlx::Error> {
    let sql = "SELECT results FROM proof_looks WHERE subject = $1 ORDER BY data_until DESC, run DESC LIMIT $2";
    let rows = sqlx::query(sql).bind(subject).bind(most).fetch_all(database.pool()).await?;
    rows.iter().map(|row| json(row, 0)).collect()
}

/// The last look at everything that was looked at.
///
/// # Errors
/// What the database gives.
pub async fn last_looks(database: &Database) -> Result<HashMap<String, Results>, sqlx::Error> {
    let sql = "SELECT subject, results FROM proof_looks AS looks WHERE NOT EXISTS (SELECT 1 FROM proof_looks AS later \
               WHERE later.subject = looks.subject AND (later.data_until, later.run) > (looks.data_until, looks.run))";
    let rows = sqlx::query(sql).fetch_all(database.pool()).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, json(row, 1)?))).collect()
}

/// So many days in microseconds.
pub(super) fn days(days: u32) -> i64 {
    i64::from(days) * DAY
}

/// What was learned of whom a campaign moves; none before.
///
/// # Errors
/// What the database gives.
pub async fn model(database: &Database, campaign: &str) -> Result<Option<Model>, sqlx::Error> {
    let sql = "SELECT model FROM uplift_models WHERE campaign = $1";
    let row = sqlx::query(sql).bind(campaign).fetch_optional(database.pool()).await?;
    row.map(|row| json(&row, 0)).transpose()
}

/// Notes what was learned: from now on its scores hold.
pub(super) async fn keep_model(
    transaction: &mut Transaction,
    campaign: &str,
    model: &Model,
) -> Result<(), sqlx::Error> {
    let text = serde_json::to_string(model).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let sql = "INSERT INTO uplift_models (campaign, model) VALUES ($1, $2) \
               ON CONFLICT (campaign) DO UPDATE SET model = excluded.model";
    sqlx::query(sql).bind(campaign).bind(text).execute(&mut **transaction).await.map(drop)
}

/// Forgets scores of an earlier model.
pub(super) async fn drop_scores(transaction: &mut Transaction, campaign: &str) -> Result<(), sqlx::Error> {
    let sql = "DELETE FROM uplift_scores WHERE campaign = $1";
    sqlx::query(sql).bind(campaign).execute(&mut **transaction).await.map(drop)
}

/// What is expected of a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scored {
    pub customer: PersonId,
    pub effect: f64,
    pub group: Group,
}

/// Notes scores.
pub(super) async fn put_scores(
    transaction: &mut Transaction,
    campaign: &str,
    scores: &[Scored],
) -> Result<(), sqlx::Error> {
    let head = "INSERT INTO uplift_scores (campaign, customer, effect, kind)";
    let tail = "ON CONFLICT (campaign, customer) DO UPDATE SET effect = excluded.effect, kind = excluded.kind";
    insert(transaction, head, 4, tail, scores, |query, scored| {
        let effect = (scored.effect * 10_000.0).round() as i64;
        query.bind(campaign.to_owned()).bind(scored.customer.to_string()).bind(effect).bind(group_name(scored.group))
    })
    .await
}

/// The effect that a campaign is expected to have on each customer.
///
/// # Errors
/// What the database gives.
pub async fn scores(database: &Database, campaign: &str) -> Result<HashMap<PersonId, f32>, sqlx::Error> {
    let sql = "SELECT customer, effect FROM uplift_scores WHERE campaign = $1";
    let mut rows = sqlx::query(sql).bind(campaign).fetch(database.pool());
    let mut scores = HashMap::new();
    while let Some(row) = rows.try_next().await? {
        if let Ok(customer) = row.try_get::<&str, _>(0)?.parse() {
            scores.insert(customer, (row.try_get::<i64, _>(1)? as f64 / 10_000.0) as f32);
        }
    }
    Ok(scores)
}

/// The next customers with a score, by id: their kind, and by what they are known.
pub(super) async fn kinds(
    database: &Database,
    campaign: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Told>, sqlx::Error> {
    let sql = "SELECT customer, known_by, kind FROM uplift_scores JOIN customers ON customers.id = customer \
               WHERE campaign = $1 AND customer > $2 ORDER BY customer LIMIT $3";
    let rows = sqlx::query(sql).bind(campaign).bind(after).bind(limit).fetch_all(database.pool()).await?;
    let told = |row: &sqlx::any::AnyRow| {
        Ok(Told { customer: row.try_get(0)?, known_by: row.try_get(1)?, value: row.try_get::<String, _>(2)?.into() })
    };
    rows.iter().map(told).collect()
}
