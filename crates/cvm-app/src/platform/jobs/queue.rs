//! The rows of jobs and their way through states: waiting, running, then done, failed or cancelled.

use super::{HELD, Kind, pause};
use crate::platform::clock::DAY;
use crate::platform::database::{Transaction, json};
use crate::platform::server::App;
use crate::platform::{Database, Page, Paging, Problem, Result, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row;
use sqlx::any::AnyRow;
use utoipa::ToSchema;

/// How long jobs that ended are shown.
const KEPT: i64 = 30 * DAY;

/// Who asks for what is done regularly.
const SCHEDULE: &str = "schedule";

/// Letters of an error that are kept.
const ERROR_MAX: usize = 2_000;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = JobState)]
pub enum State {
    /// For its time, or for its turn.
    Waiting,
    /// Now.
    Running,
    /// With a result.
    Done,
    /// As often as it is tried, with an error.
    Failed,
    /// By hand, before it began.
    Cancelled,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// As in the database and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A job, as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Job {
    /// In the order in which they were asked for.
    pub id: String,
    /// What is done.
    pub kind: String,
    /// Which of its kind; empty where there is one.
    pub subject: String,
    /// What it was told.
    pub input: Value,
    /// Where it stands.
    pub state: State,
    /// A user, a key, or `schedule`.
    pub asked_by: String,
    /// When it was asked for.
    pub asked_at: Time,
    /// When it may begin.
    pub due_at: Time,
    /// When it last began.
    pub started_at: Option<Time>,
    /// When it ended for good.
    pub ended_at: Option<Time>,
    /// How often it began.
    pub attempts: i64,
    /// What it is at, and how far: `members 3/8`, `step-score 45%`, `arriving 1200`.
    pub progress: String,
    /// What came out.
    pub result: Value,
    /// Why it failed last.
    pub error: String,
}

const COLUMNS: &str = "id, kind, subject, input, state, asked_by, asked_at, due_at, started_at, ended_at, attempts, \
                       progress, result, error";

fn state(name: &str) -> Result<State, sqlx::Error> {
    let known = State::ALL.into_iter().find(|state| state.name() == name);
    known.ok_or_else(|| sqlx::Error::Decode(format!("`{name}` is no state of a job").into()))
}

fn job(row: &AnyRow) -> Result<Job, sqlx::Error> {
    Ok(Job {
        id: row.try_get(0)?,
        kind: row.try_get(1)?,
        subject: row.try_get(2)?,
        input: json(row, 3)?,
        state: state(row.try_get(4)?)?,
        asked_by: row.try_get(5)?,
        asked_at: Time(row.try_get(6)?),
        due_at: Time(row.try_get(7)?),
        started_at: row.try_get::<Option<i64>, _>(8)?.map(Time),
        ended_at: row.try_get::<Option<i64>, _>(9)?.map(Time),
        attempts: row.try_get(10)?,
        progress: row.try_get(11)?,
        result: json(row, 12)?,
        error: row.try_get(13)?,
    })
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The name of a [`Kind`].
    pub kind: &'static str,
    /// Which of its kind; empty where there is one.
    pub subject: &'a str,
    /// What it is told; goes before what one that waits was told.
    pub input: &'a Value,
    /// By whom: a user's or key's id, or `schedule`.
    pub by: &'a str,
    /// When it may begin.
    pub due_at: i64,
}

/// Asks for a job, within a change: the id of it, or of the one that waits already and now serves this wish too, at the
/// earlier of both times.
///
/// # Errors
/// What the database gives.
pub async fn ask(transaction: &mut Transaction, app: &App, asked: Asked<'_>) -> Result<String, sqlx::Error> {
    let sql = "INSERT INTO jobs (id, kind, subject, input, state, asked_by, asked_at, due_at, attempts, progress, result, \
               error) VALUES ($1, $2, $3, $4, 'waiting', $5, $6, $7, 0, '', 'null', '') \
               ON CONFLICT (kind, subject) WHERE state = 'waiting' DO UPDATE SET \
               due_at = CASE WHEN excluded.due_at < jobs.due_at THEN excluded.due_at ELSE jobs.due_at END, \
               input = CASE WHEN excluded.due_at < jobs.due_at THEN excluded.input ELSE jobs.input END, \
               asked_by = CASE WHEN excluded.due_at < jobs.due_at THEN excluded.asked_by ELSE jobs.asked_by END \
               RETURNING id";
    let query = sqlx::query(sql)
        .bind(app.random.id(&app.clock))
        .bind(asked.kind)
        .bind(asked.subject)
        .bind(asked.input.to_string())
        .bind(asked.by)
        .bind(app.clock.now())
        .bind(asked.due_at);
    query.fetch_one(&mut **transaction).await?.try_get(0)
}

/// Takes the job that has been due for longest, if its like does not run already. `others` are the names of kinds that are left to
/// somebody else.
pub(super) async fn claim(app: &App, others: &[&str], holder: &str) -> Result<Option<Job>, sqlx::Error> {
    let now = app.clock.now();
    let others: Vec<String> = others.iter().map(|name| format!("AND due.kind <> '{name}' ")).collect();
    let others = others.concat();
    // Two servers may choose the same: the second finds it running, takes none, and looks again.
    let sql = format!(
        "UPDATE jobs SET state = 'running', holder = $1, held_until = $2, started_at = $3, attempts = attempts + 1, \
         progress = '' WHERE state = 'waiting' AND id = (SELECT id FROM jobs AS due WHERE state = 'waiting' \
         AND due_at <= $4 {others}AND NOT EXISTS (SELECT 1 FROM jobs AS same WHERE same.kind = due.kind \
         AND same.subject = due.subject AND same.state = 'running') ORDER BY due_at, id LIMIT 1) RETURNING {COLUMNS}"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(holder).bind(now + HELD).bind(now).bind(now);
    query.fetch_optional(app.database.pool()).await?.as_ref().map(job).transpose()
}

/// Whether anything is due: asked often, so it writes nothing.
pub(super) async fn is_due(app: &App) -> Result<bool, sqlx::Error> {
    let sql = "SELECT 1 FROM jobs WHERE state = 'waiting' AND due_at <= $1 LIMIT 1";
    Ok(sqlx::query(sql).bind(app.clock.now()).fetch_optional(app.database.pool()).await?.is_some())
}

/// Says that a job is still at work, and at what; false where it was taken for dead.
pub(super) async fn hold(app: &App, id: &str, holder: &str, progress: &str) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE jobs SET held_until = $1, progress = $2 WHERE id = $3 AND holder = $4 AND state = 'running'";
    let query = sqlx::query(sql).bind(app.clock.now() + HELD).bind(progress).bind(id).bind(holder);
    Ok(query.execute(app.database.pool()).await?.rows_affected() == 1)
}

/// How a try ended.
pub(super) enum End {
    Done(Value),
    Failed(String),
    /// The server stops: it was nobody's fault, and the next server takes it at once.
    Stopped,
}

/// Ends a try.
pub(super) async fn end(app: &App, task: &Job, holder: &str, attempts: i64, end: End) -> Result<(), sqlx::Error> {
    let now = app.clock.now();
    let (state, due_at, result, error) = match end {
        End::Done(result) => (State::Done, task.due_at.0, result, String::new()),
        End::Failed(error) => {
            let error = error.chars().take(ERROR_MAX).collect();
            let due_at = now + pause(task.attempts, &app.clock);
            let state = if task.attempts < attempts { State::Waiting } else { State::Failed };
            (state, due_at, Value::Null, error)
        }
        End::Stopped => (State::Waiting, now, Value::Null, String::new()),
    };
    let mut transaction = app.database.begin().await?;
    // Where one of its like waits already, that one is the next try.
    let waits = "SELECT 1 FROM jobs WHERE kind = $1 AND subject = $2 AND state = 'waiting'";
    let waits = sqlx::query(waits).bind(task.kind.as_str()).bind(task.subject.as_str());
    let superseded = state == State::Waiting && waits.fetch_optional(&mut *transaction).await?.is_some();
    let state = if superseded { State::Failed } else { state };
    let ended_at = (state != State::Waiting).then_some(now);
    let sql = "UPDATE jobs SET state = $1, due_at = $2, ended_at = $3, result = $4, error = $5, holder = NULL, \
               held_until = NULL WHERE id = $6 AND holder = $7 AND state = 'running'";
    sqlx::query(sql)
        .bind(state.name())
        .bind(due_at)
        .bind(ended_at)
        .bind(result.to_string())
        .bind(error)
        .bind(task.id.as_str())
        .bind(holder)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

/// Gives up the jobs of servers that are not heard of any more, or with `all` of every server there was: they wait again, or
/// have failed where their like waits already or they were tried often enough.
pub(super) async fn release(app: &App, kinds: &[Kind], all: bool) -> Result<(), sqlx::Error> {
    let until = if all { i64::MAX } else { app.clock.now() };
    let sql = format!("SELECT {COLUMNS}, holder FROM jobs WHERE state = 'running' AND held_until < $1");
    for row in sqlx::query(sqlx::AssertSqlSafe(sql)).bind(until).fetch_all(app.database.pool()).await? {
        let (task, holder): (Job, String) = (job(&row)?, row.try_get(14)?);
        let attempts = kinds.iter().find(|kind| kind.name == task.kind).map_or(0, |kind| kind.attempts);
        end(app, &task, &holder, attempts, End::Failed("the server that ran it went away".to_owned())).await?;
    }
    Ok(())
}

/// Takes back what is planned for later: the settings may say something else than when it was planned. What is due already,
/// because no server was there, stays.
pub(super) async fn unplan(app: &App) -> Result<(), sqlx::Error> {
    let sql = "DELETE FROM jobs WHERE state = 'waiting' AND asked_by = $1 AND attempts = 0 AND due_at > $2";
    sqlx::query(sql).bind(SCHEDULE).bind(app.clock.now()).execute(app.database.pool()).await.map(drop)
}

/// Sees to it that what is done regularly waits for its next time.
pub(super) async fn plan(app: &App, kinds: &[Kind]) -> Result<(), sqlx::Error> {
    let wanted = kinds.iter().flat_map(|kind| {
        let next = |(subject, schedule): (String, super::Schedule)| {
            schedule.next(app.clock.now()).map(|due_at| (kind.name, subject, due_at))
        };
        (kind.regular)(&app.config).into_iter().filter_map(next).collect::<Vec<_>>()
    });
    let sql = "SELECT kind, subject FROM jobs WHERE state = 'waiting'";
    let waiting = sqlx::query(sql).fetch_all(app.database.pool()).await?;
    let waiting: Vec<(String, String)> =
        waiting.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, sqlx::Error>>()?;
    for (kind, subject, due_at) in wanted {
        if waiting.iter().any(|(name, of)| name == kind && *of == subject) {
            continue;
        }
        let mut transaction = app.database.begin().await?;
        ask(&mut transaction, app, Asked { kind, subject: &subject, input: &Value::Null, by: SCHEDULE, due_at })
            .await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Deletes jobs that ended long ago.
///
/// # Errors
/// What the database gives.
pub async fn tidy(app: &App) -> Result<(), sqlx::Error> {
    let delete = sqlx::query("DELETE FROM jobs WHERE ended_at < $1").bind(app.clock.now() - KEPT);
    delete.execute(app.database.pool()).await.map(drop)
}

/// The ids of jobs of a kind that have not ended.
///
/// # Errors
/// What the database gives.
pub async fn unended(database: &Database, kind: &str) -> Result<Vec<String>, sqlx::Error> {
    let sql = "SELECT id FROM jobs WHERE kind = $1 AND state IN ('waiting', 'running')";
    let rows = sqlx::query(sql).bind(kind).fetch_all(database.pool()).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// How many jobs stand where, of what kind.
///
/// # Errors
/// What the database gives.
pub async fn counts(database: &Database) -> Result<Vec<(String, State, i64)>, sqlx::Error> {
    let sql = "SELECT kind, state, count(*) FROM jobs GROUP BY kind, state ORDER BY kind, state";
    let rows = sqlx::query(sql).fetch_all(database.pool()).await?;
    let counted = |row: &AnyRow| Ok((row.try_get(0)?, state(row.try_get(1)?)?, row.try_get(2)?));
    rows.iter().map(counted).collect()
}

/// Which jobs are asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only of this kind.
    #[serde(default)]
    pub kind: String,
    /// Only in this state.
    pub state: Option<State>,
}

/// A page of jobs, the latest first.
///
/// # Errors
/// 400 for a wrong cursor or limit, and what the database gives.
pub async fn list(app: &App, filter: &Filter, paging: &Paging) -> Result<Page<Job>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM jobs WHERE ($1 = '' OR id < $1) AND ($2 = '' OR kind = $2) AND ($3 = '' OR state = $3) \
         ORDER BY id DESC LIMIT $4"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(paging.after::<String>()?.unwrap_or_default())
        .bind(filter.kind.as_str())
        .bind(filter.state.map_or("", State::name))
        .bind(paging.rows()?);
    let rows = query.fetch_all(app.database.pool()).await?.iter().map(job).collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(paging.page(rows, |job| job.id.clone()))
}

/// The job of this id.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub async fn get(app: &App, id: &str) -> Result<Job> {
    let sql = format!("SELECT {COLUMNS} FROM jobs WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(app.database.pool()).await?;
    row.as_ref().map(job).transpose()?.ok_or_else(|| Problem::not_found(format!("there is no job {id}")))
}

/// Cancels a job that waits.
pub(super) async fn cancel(transaction: &mut Transaction, app: &App, id: &str) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE jobs SET state = 'cancelled', ended_at = $1 WHERE id = $2 AND state = 'waiting'";
    let query = sqlx::query(sql).bind(app.clock.now()).bind(id);
    Ok(query.execute(&mut **transaction).await?.rows_affected() == 1)
}
