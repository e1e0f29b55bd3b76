//! The SQL of programmes.

use super::definition::Definition;
use super::step::Kind;
use crate::platform::database::{Transaction, json};
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Database, Problem, Result, Time};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Executor, Row};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Where a programme stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ProgrammeState)]
pub enum State {
    /// Being written.
    Draft,
    /// Whoever enters goes through.
    Running,
    /// Nobody enters, nobody goes on.
    Paused,
    /// For good.
    Stopped,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Running, Self::Paused, Self::Stopped];

    /// As in the database and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
        }
    }

    fn from_name(name: &str) -> Result<Self, sqlx::Error> {
        let found = Self::ALL.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| sqlx::Error::Decode(format!("`{name}` is no state of a programme").into()))
    }
}

/// A programme.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Programme {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// What people wrote.
    pub definition: Definition,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// By whom.
    pub created_by: String,
    /// When it last changed.
    pub changed_at: Time,
    /// By whom.
    pub changed_by: String,
    /// When it first started.
    pub started_at: Option<Time>,
    /// Up to when it was looked who entered.
    #[serde(skip)]
    pub looked_at: i64,
}

const COLUMNS: &str = "id, name, state, definition, version, created_at, created_by, changed_at, changed_by, started_at, \
                       looked_at";

fn programme(row: &AnyRow) -> Result<Programme, sqlx::Error> {
    Ok(Programme {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        state: State::from_name(row.try_get(2)?)?,
        definition: json::<Definition>(row, 3)?.kept(),
        version: row.try_get(4)?,
        created_at: Time(row.try_get(5)?),
        created_by: row.try_get(6)?,
        changed_at: Time(row.try_get(7)?),
        changed_by: row.try_get(8)?,
        started_at: row.try_get::<Option<i64>, _>(9)?.map(Time),
        looked_at: row.try_get(10)?,
    })
}

/// All of them, by name.
///
/// # Errors
/// What the database gives.
pub async fn list(database: &Database) -> Result<Vec<Programme>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM programmes ORDER BY name");
    sqlx::query(AssertSqlSafe(sql)).fetch_all(database.pool()).await?.iter().map(programme).collect()
}

/// The programme of this id.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub async fn get(app: &App, id: &str) -> Result<Programme> {
    find(app.database.pool(), id).await
}

pub(super) async fn find(from: impl Executor<'_, Database = Any>, id: &str) -> Result<Programme> {
    let sql = format!("SELECT {COLUMNS} FROM programmes WHERE id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(from).await?;
    row.as_ref().map(programme).transpose()?.ok_or_else(|| Problem::not_found(format!("there is no programme {id}")))
}

/// Writes a new programme, or one over what it was.
pub(super) async fn put(transaction: &mut Transaction, programme: &Programme) -> Result<()> {
    let sql = format!(
        "INSERT INTO programmes ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, state = excluded.state, definition = excluded.definition, \
         version = excluded.version, changed_at = excluded.changed_at, changed_by = excluded.changed_by, \
         started_at = excluded.started_at, looked_at = excluded.looked_at"
    );
    let definition = serde_json::to_string(&programme.definition).map_err(|error| Problem::internal(&error))?;
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(programme.id.as_str())
        .bind(programme.name.as_str())
        .bind(programme.state.name())
        .bind(definition)
        .bind(programme.version)
        .bind(programme.created_at.0)
        .bind(programme.created_by.as_str())
        .bind(programme.changed_at.0)
        .bind(programme.changed_by.as_str())
        .bind(programme.started_at.map(|time| time.0))
        .bind(programme.looked_at);
    query.execute(&mut **transaction).await.map(drop).map_err(|error| {
        let is_name = error.as_database_error().is_some_and(|error| error.is_unique_violation());
        match is_name {
            true => Problem::invalid(vec![Fault::new("/name", "there is another programme of this name")]),
            false => error.into(),
        }
    })
}

/// The first id that no step of a programme ever had.
pub(super) async fn free_step(transaction: &mut Transaction, programme: &Programme) -> Result<u32, sqlx::Error> {
    let sql = "SELECT max(step) FROM (SELECT programme_step AS step FROM campaigns WHERE programme = $1 UNION ALL \
               SELECT step FROM programme_passages WHERE programme = $2 UNION ALL \
               SELECT step FROM programme_people WHERE programme = $3) AS used";
    let id = programme.id.as_str();
    let row = sqlx::query(sql).bind(id).bind(id).bind(id).fetch_one(&mut **transaction).await?;
    let used = row.try_get::<Option<i64>, _>(0)?.and_then(|step| u32::try_from(step).ok());
    let last = programme.definition.places().into_keys().max();
    Ok(used.max(last).map_or(0, |last| last + 1))
}

/// Moves those on whose step is gone: to another, or they have gone through.
pub(super) async fn move_on(
    transaction: &mut Transaction,
    programme: &str,
    moved: &[(u32, Option<u32>)],
    now: i64,
) -> Result<(), sqlx::Error> {
    for (gone, next) in moved {
        let state = if next.is_some() { "active" } else { "done" };
        let sql = "UPDATE programme_people SET step = $1, since = NULL, due_at = $2, state = $3 WHERE programme = $4 \
                   AND step = $5 AND state = 'active'";
        let query = sqlx::query(sql).bind(i64::from(next.unwrap_or(*gone))).bind(now).bind(state);
        query.bind(programme).bind(i64::from(*gone)).execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Makes those due who wait for something to happen.
pub(super) async fn look_again(
    transaction: &mut Transaction,
    programme: &Programme,
    now: i64,
) -> Result<(), sqlx::Error> {
    let all = programme.definition.all();
    for step in all.iter().filter(|step| matches!(step.kind, Kind::WaitUntil(_))) {
        let sql = "UPDATE programme_people SET due_at = $1 WHERE programme = $2 AND step = $3 AND state = 'active' \
                   AND due_at > $4";
        let query = sqlx::query(sql).bind(now).bind(programme.id.as_str()).bind(step.id.map(i64::from)).bind(now);
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}

/// How many are where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProgrammeCounts)]
pub struct StepCounts {
    /// Who has ever entered.
    pub entered: i64,
    /// At each step, by its id.
    pub at: BTreeMap<i64, i64>,
    /// Who left at a step, by its id.
    pub left: BTreeMap<i64, i64>,
    /// Who went past a step, by its id; where ways part, by each of them.
    pub passed: BTreeMap<i64, Vec<i64>>,
    /// How people left: done, left, goal, control.
    pub ended: BTreeMap<String, i64>,
}

impl StepCounts {
    /// Who is on their way.
    pub fn on_their_way(&self) -> i64 {
        self.at.values().sum()
    }
}

/// How many are where.
///
/// # Errors
/// What the database gives.
pub async fn counts(database: &Database, programme: &str) -> Result<StepCounts, sqlx::Error> {
    let sql = "SELECT state, step, count(*) FROM programme_people WHERE programme = $1 AND state <> 'again' \
               GROUP BY state, step";
    let mut counts = StepCounts::default();
    for row in sqlx::query(sql).bind(programme).fetch_all(database.pool()).await? {
        let (state, step, number): (String, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        counts.entered += number;
        if state == "active" {
            *counts.at.entry(step).or_default() += number;
            continue;
        }
        if state == "left" {
            *counts.left.entry(step).or_default() += number;
        }
        *counts.ended.entry(state).or_default() += number;
    }
    let sql = "SELECT step, way, people FROM programme_passages WHERE programme = $1 ORDER BY step, way";
    for row in sqlx::query(sql).bind(programme).fetch_all(database.pool()).await? {
        let ways = counts.passed.entry(row.try_get(0)?).or_default();
        let way = usize::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0);
        ways.resize(ways.len().max(way + 1), 0);
        ways[way] = row.try_get(2)?;
    }
    Ok(counts)
}
