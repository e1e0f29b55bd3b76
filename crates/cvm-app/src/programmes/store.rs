//! The SQL of programmes.

use super::definition::Definition;
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
        definition: json(row, 3)?,
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

/// How many are where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProgrammeCounts)]
pub struct StepCounts {
    /// Who has ever entered.
    pub entered: i64,
    /// Before each step, by its place.
    pub before: BTreeMap<i64, i64>,
    /// How people left: done, left, goal, control.
    pub ended: BTreeMap<String, i64>,
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
        match state.as_str() {
            "active" => *counts.before.entry(step).or_default() += number,
            _ => *counts.ended.entry(state).or_default() += number,
        }
    }
    Ok(counts)
}
