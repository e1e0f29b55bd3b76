//! The SQL of segments, one function a question.

use crate::platform::clock::DAY;
use crate::platform::database::{Transaction, json, select_in};
use crate::platform::server::App;
use crate::platform::{Database, Page, Paging, Problem, Result, Time};
use cvm_core::Language;
use cvm_core::segment::{PersonId, Rule};
use cvm_core::text::Words;
use serde::Serialize;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{Any, Executor, Row};
use std::collections::{BTreeMap, HashMap, HashSet};
use utoipa::ToSchema;

/// Segments at most.
pub(super) const SEGMENTS_MAX: usize = 500;

/// How long it is kept who entered and left.
const MOVES_KEPT: i64 = 400 * DAY;

/// How long every size is kept; of what is older, the last of each day.
const SIZES_KEPT: i64 = 14 * DAY;

/// A segment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Segment {
    /// What members and sizes are kept by.
    #[serde(skip)]
    pub number: i64,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Of one that is there from the start and was not renamed, its name in every language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// What it is for.
    pub description: String,
    /// Who belongs to it.
    pub rule: Rule,
    /// How often the rule was written.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// By whom: a user's or key's id, or `system`.
    pub created_by: String,
    /// When it was last changed.
    pub changed_at: Time,
    /// By whom.
    pub changed_by: String,
    /// When all its members were last computed; null while a new rule waits for that.
    pub computed_at: Option<Time>,
    /// How many belong to it.
    pub customers: i64,
    /// What they are worth: the sum of their lifetime values, as of then.
    pub value: f64,
}

impl Segment {
    /// Its name for a reader.
    pub fn name_in(&self, language: Language) -> &str {
        self.names.get(language.code()).unwrap_or(&self.name)
    }
}

const COLUMNS: &str = "number, id, name, ready, description, rule, version, created_at, created_by, changed_at, changed_by, \
                       filled_version, filled_at, customers, value";

/// An amount as it is kept: in 1/10,000 of the currency's unit.
pub(super) fn kept(value: f64) -> i64 {
    (value * 10_000.0).round() as i64
}

fn shown(value: i64) -> f64 {
    value as f64 / 10_000.0
}

fn names_of_ready(ready: Option<&str>) -> BTreeMap<String, String> {
    let in_all = |id: &str| {
        Language::ALL.map(|language| (language.code().to_owned(), Words::new(language).ready_segment(id))).into()
    };
    ready.map(in_all).unwrap_or_default()
}

fn segment(row: &AnyRow) -> Result<Segment, sqlx::Error> {
    let (version, filled_version): (i64, i64) = (row.try_get(6)?, row.try_get(11)?);
    let filled_at: Option<i64> = row.try_get(12)?;
    Ok(Segment {
        number: row.try_get(0)?,
        id: row.try_get(1)?,
        name: row.try_get(2)?,
        names: names_of_ready(row.try_get::<Option<&str>, _>(3)?),
        description: row.try_get(4)?,
        rule: json(row, 5)?,
        version,
        created_at: Time(row.try_get(7)?),
        created_by: row.try_get(8)?,
        changed_at: Time(row.try_get(9)?),
        changed_by: row.try_get(10)?,
        computed_at: filled_at.filter(|_| version == filled_version).map(Time),
        customers: row.try_get(13)?,
        value: shown(row.try_get(14)?),
    })
}

/// All segments, the oldest first.
///
/// # Errors
/// What the database gives.
pub async fn list(from: impl Executor<'_, Database = Any>) -> Result<Vec<Segment>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM segments ORDER BY number");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(from).await?;
    rows.iter().map(segment).collect()
}

/// The segment of this id.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub async fn get(app: &App, id: &str) -> Result<Segment> {
    find(app.database.pool(), id).await
}

/// The same within a change.
pub(super) async fn find(from: impl Executor<'_, Database = Any>, id: &str) -> Result<Segment> {
    let sql = format!("SELECT {COLUMNS} FROM segments WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(from).await?;
    row.as_ref().map(segment).transpose()?.ok_or_else(|| no_segment(id))
}

/// Whether there is one of this id.
///
/// # Errors
/// What the database gives.
pub async fn exists(from: impl Executor<'_, Database = Any>, id: &str) -> Result<bool, sqlx::Error> {
    let query = sqlx::query("SELECT 1 FROM segments WHERE id = $1").bind(id);
    Ok(query.fetch_optional(from).await?.is_some())
}

pub(super) fn no_segment(id: &str) -> Problem {
    Problem::not_found(format!("there is no segment {id}"))
}

/// Locks members against other writers, and customers against going, until the change ends.
pub(super) async fn lock(transaction: &mut Transaction) -> Result<(i64, String), sqlx::Error> {
    // Whoever changes or erases customers counts here first. Nothing is counted, so what they remember still holds.
    let sql = "UPDATE customer_changes SET changes = changes WHERE id = 1";
    sqlx::query(sql).execute(&mut **transaction).await?;
    let sql = "UPDATE segment_state SET id = 1 WHERE id = 1 RETURNING change, customer";
    let row = sqlx::query(sql).fetch_one(&mut **transaction).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Who made a segment or changed it, and when.
pub(super) struct By<'a> {
    pub who: &'a str,
    pub at: i64,
}

/// Adds a segment.
pub(super) async fn insert(
    transaction: &mut Transaction,
    (id, ready): (&str, Option<&str>),
    (name, description): (&str, &str),
    rule: &Rule,
    by: &By<'_>,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO segments (number, id, name, ready, description, rule, version, created_at, created_by, changed_at, \
               changed_by, filled_version, customers, value) SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $4, $5, 1, $6, \
               $7, $8, $9, 0, 0, 0 FROM segments RETURNING number";
    let row = sqlx::query(sql).bind(id).bind(name).bind(ready).bind(description).bind(written(rule));
    let row = row.bind(by.at).bind(by.who).bind(by.at).bind(by.who).fetch_one(&mut **transaction).await?;
    insert_version(transaction, row.try_get(0)?, 1, rule, by).await
}

async fn insert_version(
    transaction: &mut Transaction,
    segment: i64,
    version: i64,
    rule: &Rule,
    by: &By<'_>,
) -> Result<(), sqlx::Error> {
    let sql =
        "INSERT INTO segment_versions (segment, version, rule, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5)";
    let query = sqlx::query(sql).bind(segment).bind(version).bind(written(rule)).bind(by.at).bind(by.who);
    query.execute(&mut **transaction).await.map(drop)
}

fn written(rule: &Rule) -> String {
    serde_json::to_string(rule).expect("a rule is plain data")
}

/// Changes a segment; a new rule is a new version.
pub(super) async fn update(
    transaction: &mut Transaction,
    segment: &Segment,
    (name, description): (&str, &str),
    rule: &Rule,
    by: &By<'_>,
) -> Result<(), sqlx::Error> {
    let version = segment.version + i64::from(segment.rule != *rule);
    let sql = "UPDATE segments SET name = $1, ready = CASE WHEN name = $1 THEN ready END, description = $2, rule = $3, \
               version = $4, changed_at = $5, changed_by = $6 WHERE number = $7";
    let query =
        sqlx::query(sql).bind(name).bind(description).bind(written(rule)).bind(version).bind(by.at).bind(by.who);
    query.bind(segment.number).execute(&mut **transaction).await?;
    if version > segment.version {
        insert_version(transaction, segment.number, version, rule, by).await?;
    }
    Ok(())
}

/// Takes a segment away, with all that is kept of it.
pub(super) async fn delete(transaction: &mut Transaction, number: i64) -> Result<(), sqlx::Error> {
    for sql in [
        "DELETE FROM segment_members WHERE segment = $1",
        "DELETE FROM segment_moves WHERE segment = $1",
        "DELETE FROM segment_sizes WHERE segment = $1",
        "DELETE FROM segment_versions WHERE segment = $1",
        "DELETE FROM segment_overlaps WHERE segment = $1 OR other = $1",
        "DELETE FROM segments WHERE number = $1",
    ] {
        sqlx::query(sql).bind(number).execute(&mut **transaction).await?;
    }
    Ok(())
}

/// A member of a segment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentMember)]
pub struct Member {
    /// The customer.
    pub customer: String,
    /// Since when; of those who fitted when the rule was first computed, since then.
    pub entered_at: Time,
    /// The columns of the last scoring run.
    #[schema(value_type = Object)]
    pub values: Option<Value>,
}

/// A page of members, by id.
///
/// # Errors
/// 404 where there is no such segment, a problem for a wrong cursor or limit, and what the database gives.
pub async fn members(app: &App, id: &str, paging: &Paging) -> Result<Page<Member>> {
    let segment = get(app, id).await?;
    let sql = "SELECT members.customer, entered_at, columns FROM segment_members AS members \
               LEFT JOIN customer_values ON customer_values.customer = members.customer \
               AND run = (SELECT id FROM scoring_runs ORDER BY ended_at DESC, id DESC LIMIT 1) \
               WHERE segment = $1 AND members.customer > $2 ORDER BY members.customer LIMIT $3";
    let query = sqlx::query(sql).bind(segment.number).bind(paging.after::<String>()?.unwrap_or_default());
    let rows = query.bind(paging.rows()?).fetch_all(app.database.pool()).await?;
    let member = |row: &AnyRow| {
        let is_valued = row.try_get::<Option<&str>, _>(2)?.is_some();
        let values = is_valued.then(|| json(row, 2)).transpose()?;
        Ok(Member { customer: row.try_get(0)?, entered_at: Time(row.try_get(1)?), values })
    };
    let rows = rows.iter().map(member).collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(paging.page(rows, |member| member.customer.clone()))
}

/// All members of a segment, in order.
///
/// # Errors
/// What the database gives.
pub async fn member_ids(database: &Database, segment: i64) -> Result<Vec<PersonId>, sqlx::Error> {
    const PAGE: i64 = 20_000;
    let sql = "SELECT customer FROM segment_members WHERE segment = $1 AND customer > $2 ORDER BY customer LIMIT $3";
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let query = sqlx::query(sql).bind(segment).bind(after.as_str()).bind(PAGE);
        let rows = query.fetch_all(database.pool()).await?;
        let Some(last) = rows.last() else { return Ok(ids) };
        after = last.try_get(0)?;
        for row in &rows {
            ids.extend(row.try_get::<&str, _>(0)?.parse::<PersonId>());
        }
    }
}

/// That a customer belongs to a segment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CustomerSegment)]
pub struct Membership {
    /// The segment.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its name in every language, where it is there from the start.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// Since when.
    pub entered_at: Time,
}

impl Membership {
    /// Of a row: `ready` names those that are there from the start.
    pub fn new(id: String, name: String, ready: Option<&str>, entered_at: i64) -> Self {
        Self { id, name, names: names_of_ready(ready), entered_at: Time(entered_at) }
    }

    /// Its name for a reader.
    pub fn name_in(&self, language: Language) -> &str {
        self.names.get(language.code()).unwrap_or(&self.name)
    }
}

/// The ids of the segments of surviving customers; who is in none is left out.
///
/// # Errors
/// What the database gives.
pub async fn of_customers(app: &App, customers: &[&str]) -> Result<HashMap<String, HashSet<String>>, sqlx::Error> {
    let sql = "SELECT customer, id FROM segment_members JOIN segments ON number = segment WHERE customer IN ({})";
    let mut connection = app.database.pool().acquire().await?;
    let mut found: HashMap<String, HashSet<String>> = HashMap::new();
    for row in select_in(&mut connection, sql, customers).await? {
        found.entry(row.try_get(0)?).or_default().insert(row.try_get(1)?);
    }
    Ok(found)
}

/// What became of a segment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentHistory)]
pub struct History {
    /// How large it was, each time all were computed: at most the last 1,000, the latest first.
    pub sizes: Vec<Size>,
    /// The rules it has had, the latest first.
    pub versions: Vec<Version>,
    /// Who entered and who left, the latest first, in pages.
    pub moves: Page<Move>,
}

/// A size.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentSize)]
pub struct Size {
    /// When.
    pub at: Time,
    /// Members.
    pub customers: i64,
    /// The sum of their lifetime values.
    pub value: f64,
}

/// A rule that a segment had.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentVersion)]
pub struct Version {
    /// From 1.
    pub version: i64,
    /// The rule.
    pub rule: Rule,
    /// Since when.
    pub changed_at: Time,
    /// By whom.
    pub changed_by: String,
}

/// That somebody entered or left.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentMove)]
pub struct Move {
    /// When.
    pub at: Time,
    /// Who.
    pub customer: String,
    /// Whether they entered; else they left.
    pub entered: bool,
}

/// The history of a segment.
///
/// # Errors
/// 404 where there is no such segment, a problem for a wrong cursor or limit, and what the database gives.
pub async fn history(app: &App, id: &str, paging: &Paging) -> Result<History> {
    let (segment, pool) = (get(app, id).await?, app.database.pool());
    let sql = "SELECT at, customers, value FROM segment_sizes WHERE segment = $1 ORDER BY at DESC LIMIT 1000";
    let size = |row: &AnyRow| {
        Ok(Size { at: Time(row.try_get(0)?), customers: row.try_get(1)?, value: shown(row.try_get(2)?) })
    };
    let sizes = sqlx::query(sql).bind(segment.number).fetch_all(pool).await?;
    let sql = "SELECT version, rule, changed_at, changed_by FROM segment_versions WHERE segment = $1 \
               ORDER BY version DESC LIMIT 1000";
    let version = |row: &AnyRow| {
        let (version, changed_by) = (row.try_get(0)?, row.try_get(3)?);
        Ok(Version { version, rule: json(row, 1)?, changed_at: Time(row.try_get(2)?), changed_by })
    };
    let versions = sqlx::query(sql).bind(segment.number).fetch_all(pool).await?;
    let sql = "SELECT at, customer, entered FROM segment_moves WHERE segment = $1 AND (at, customer) < ($2, $3) \
               ORDER BY at DESC, customer DESC LIMIT $4";
    let (before, customer) = paging.after::<(i64, String)>()?.unwrap_or((i64::MAX, String::new()));
    let query = sqlx::query(sql).bind(segment.number).bind(before).bind(customer).bind(paging.rows()?);
    let moved = |row: &AnyRow| {
        Ok(Move { at: Time(row.try_get(0)?), customer: row.try_get(1)?, entered: row.try_get::<i64, _>(2)? == 1 })
    };
    let moves = query.fetch_all(pool).await?.iter().map(moved).collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(History {
        sizes: sizes.iter().map(size).collect::<Result<_, sqlx::Error>>()?,
        versions: versions.iter().map(version).collect::<Result<_, sqlx::Error>>()?,
        moves: paging.page(moves, |moved| (moved.at.0, moved.customer.clone())),
    })
}

/// What a segment has in common with another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentOverlap)]
pub struct Overlap {
    /// The other.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How many belong to both, as of the last time that all were computed.
    pub customers: i64,
    /// Of this segment's members.
    pub share: f64,
    /// Of the other's.
    pub share_of_other: f64,
}

/// What a segment has in common with each other.
///
/// # Errors
/// 404 where there is no such segment, and what the database gives.
pub async fn overlap(app: &App, id: &str) -> Result<Vec<Overlap>> {
    let segment = get(app, id).await?;
    let sql = "SELECT id, name, both_of.customers, \
               (SELECT own.customers FROM segment_overlaps AS own WHERE own.segment = $1 AND own.other = $1), \
               (SELECT own.customers FROM segment_overlaps AS own WHERE own.segment = both_of.other AND own.other = both_of.other) \
               FROM segment_overlaps AS both_of JOIN segments ON number = both_of.other \
               WHERE both_of.segment = $1 AND both_of.other <> $1 ORDER BY both_of.customers DESC, number";
    let rows = sqlx::query(sql).bind(segment.number).fetch_all(app.database.pool()).await?;
    let share = |both: i64, of: Option<i64>| of.filter(|of| *of > 0).map_or(0.0, |of| both as f64 / of as f64);
    let overlap = |row: &AnyRow| {
        let customers = row.try_get(2)?;
        Ok(Overlap {
            id: row.try_get(0)?,
            name: row.try_get(1)?,
            customers,
            share: share(customers, row.try_get(3)?),
            share_of_other: share(customers, row.try_get(4)?),
        })
    };
    Ok(rows.iter().map(overlap).collect::<Result<_, sqlx::Error>>()?)
}

/// Ids of all segments and their names for a reader, the oldest first.
///
/// # Errors
/// What the database gives.
pub async fn names(app: &App, language: Language) -> Result<Vec<(String, String)>, sqlx::Error> {
    Ok(names_of(&list(app.database.pool()).await?, language))
}

/// Their ids and names for a reader.
pub(super) fn names_of(segments: &[Segment], language: Language) -> Vec<(String, String)> {
    segments.iter().map(|segment| (segment.id.clone(), segment.name_in(language).to_owned())).collect()
}

/// Numbers on the list of customers of a segment's members, as a bit for each; nobody where there is no such segment.
///
/// # Errors
/// What the database gives.
pub async fn listed(app: &App, id: &str) -> Result<Vec<u64>, sqlx::Error> {
    let sql = "SELECT customer_list.number FROM segments JOIN segment_members ON segment_members.segment = segments.number \
               JOIN customer_list ON customer_list.customer = segment_members.customer WHERE segments.id = $1";
    let mut bits = Vec::new();
    for row in sqlx::query(sql).bind(id).fetch_all(app.database.pool()).await? {
        let Ok(number) = usize::try_from(row.try_get::<i64, _>(0)?) else { continue };
        if bits.len() <= number / 64 {
            bits.resize(number / 64 + 1, 0);
        }
        bits[number / 64] |= 1 << (number % 64);
    }
    Ok(bits)
}

/// Takes the ids of erased customers out of rules that name them one by one.
///
/// # Errors
/// What the database gives.
pub async fn forget(transaction: &mut Transaction, customers: &[String]) -> Result<(), sqlx::Error> {
    // Nearly no rule names anybody, so most of the time this is all.
    let named = "SELECT 1 FROM segment_versions WHERE rule LIKE '%customer_id%' LIMIT 1";
    if sqlx::query(named).fetch_optional(&mut **transaction).await?.is_none() {
        return Ok(());
    }
    for customer in customers {
        for sql in [
            "UPDATE segments SET rule = replace(rule, $1, '') WHERE rule LIKE $2",
            "UPDATE segment_versions SET rule = replace(rule, $1, '') WHERE rule LIKE $2",
        ] {
            let query = sqlx::query(sql).bind(customer.as_str()).bind(format!("%{customer}%"));
            query.execute(&mut **transaction).await?;
        }
    }
    Ok(())
}

/// Deletes what was kept for long enough.
///
/// # Errors
/// What the database gives.
pub async fn tidy(app: &App) -> Result<(), sqlx::Error> {
    let (now, pool) = (app.clock.now(), app.database.pool());
    sqlx::query("DELETE FROM segment_moves WHERE at < $1").bind(now - MOVES_KEPT).execute(pool).await?;
    let sql = "DELETE FROM segment_sizes WHERE at < $1 AND EXISTS (SELECT 1 FROM segment_sizes AS later \
               WHERE later.segment = segment_sizes.segment AND later.at > segment_sizes.at \
               AND later.at / 86400000000 = segment_sizes.at / 86400000000)";
    sqlx::query(sql).bind(now - SIZES_KEPT).execute(pool).await?;
    let sql = "DELETE FROM segment_checks WHERE due_at IS NULL AND checked_at < $1";
    sqlx::query(sql).bind(now - DAY).execute(pool).await.map(drop)
}

/// The scoring run whose values hold.
pub(super) async fn last_run(database: &Database) -> Result<Option<String>, sqlx::Error> {
    let sql = "SELECT id FROM scoring_runs ORDER BY ended_at DESC, id DESC LIMIT 1";
    sqlx::query(sql).fetch_optional(database.pool()).await?.map(|row| row.try_get(0)).transpose()
}
