//! Runs of scoring that came to their end.

use crate::platform::database::{Transaction, json};
use crate::platform::server::App;
use crate::platform::{Database, Page, Paging, Problem, Result, Time};
use chrono::{DateTime, Days, NaiveDate};
use chrono_tz::Tz;
use cvm_core::report::Report;
use serde::Serialize;
use serde_json::Value;
use sqlx::Row;
use sqlx::any::AnyRow;
use utoipa::ToSchema;

/// A run.
#[derive(Debug, Serialize, ToSchema)]
pub struct Run {
    /// Runs are in the order of their ids; that of the job.
    pub id: String,
    /// The last day that was looked at.
    pub as_of: String,
    /// A user, a key, or `schedule`.
    pub asked_by: String,
    /// When it began.
    pub started_at: Time,
    /// When it ended.
    pub ended_at: Time,
    /// Customers that have values.
    pub customers: i64,
    /// What was asked, of which data: days, rows, horizon, discount, margin, currency, the model that won.
    pub asked: Value,
    /// The models and their parameters.
    pub models: Value,
    /// How the model did on purchases it had not seen; null where the data are too short to split.
    pub holdout: Value,
    /// What the reader must know before trusting a figure.
    pub warnings: Value,
}

/// A run to be noted.
pub(super) struct Ended<'a> {
    pub id: &'a str,
    pub as_of: &'a str,
    pub asked_by: &'a str,
    pub started_at: i64,
    pub ended_at: i64,
    pub customers: i64,
    pub report: &'a Report,
}

/// Notes a run; from now on its values are the ones that are shown.
pub(super) async fn insert(transaction: &mut Transaction, run: &Ended<'_>) -> Result<(), sqlx::Error> {
    let report = serde_json::to_string(run.report).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let sql = "INSERT INTO scoring_runs (id, as_of, asked_by, started_at, ended_at, customers, report) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let query = sqlx::query(sql).bind(run.id).bind(run.as_of).bind(run.asked_by).bind(run.started_at);
    let query = query.bind(run.ended_at).bind(run.customers).bind(report);
    query.execute(&mut **transaction).await.map(drop)
}

/// Whether a run came to its end.
pub(super) async fn has_ended(database: &Database, id: &str) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("SELECT 1 FROM scoring_runs WHERE id = $1").bind(id).fetch_optional(database.pool()).await?;
    Ok(row.is_some())
}

/// Whether a run has looked at what there was on this day.
///
/// # Errors
/// What the database gives.
pub async fn has_looked_at(database: &Database, as_of: NaiveDate) -> Result<bool, sqlx::Error> {
    let query = sqlx::query("SELECT 1 FROM scoring_runs WHERE as_of = $1 LIMIT 1").bind(as_of.to_string());
    Ok(query.fetch_optional(database.pool()).await?.is_some())
}

/// When the last run ended.
///
/// # Errors
/// What the database gives.
pub async fn last(database: &Database) -> Result<Option<i64>, sqlx::Error> {
    let row = sqlx::query("SELECT max(ended_at) FROM scoring_runs").fetch_one(database.pool()).await?;
    row.try_get(0)
}

/// Up to when orders were settled last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The run that did it.
    pub run: String,
    /// Orders that were known at this time are in it.
    pub data_until: i64,
}

/// Up to when orders were settled; none before the first run came to its end.
///
/// # Errors
/// What the database gives.
pub async fn last_settled(database: &Database) -> Result<Option<Settled>, sqlx::Error> {
    let sql = "SELECT id, started_at FROM scoring_runs ORDER BY ended_at DESC, id DESC LIMIT 1";
    let row = sqlx::query(sql).fetch_optional(database.pool()).await?;
    row.map(|row| Ok(Settled { run: row.try_get(0)?, data_until: row.try_get(1)? })).transpose()
}

/// The run that says what was known of everyone before a time: one that had ended by then, or one made later that looked at the
/// days before only.
///
/// # Errors
/// What the database gives.
pub async fn run_before(app: &App, time: i64) -> Result<Option<String>, sqlx::Error> {
    let day = DateTime::from_timestamp_micros(time).unwrap_or_default().with_timezone(&app.config.timezone);
    let sql = "SELECT id FROM scoring_runs WHERE ended_at <= $1 OR as_of < $2 \
               ORDER BY as_of DESC, ended_at DESC, id DESC LIMIT 1";
    let query = sqlx::query(sql).bind(time).bind(day.date_naive().to_string());
    query.fetch_optional(app.database.pool()).await?.map(|row| row.try_get(0)).transpose()
}

/// The run whose values are shown.
#[derive(Debug, Clone)]
pub struct LastRun {
    /// Its id.
    pub id: String,
    /// The last day that it looked at.
    pub as_of: String,
    /// When it began.
    pub started_at: i64,
    /// All its figures.
    pub report: Report,
}

impl LastRun {
    /// The last day that is known to its end: a run at night sees only the beginning of the day.
    pub fn whole_day(&self, zone: Tz) -> NaiveDate {
        let as_of: NaiveDate = self.as_of.parse().unwrap_or_default();
        let began = DateTime::from_timestamp_micros(self.started_at).unwrap_or_default().with_timezone(&zone);
        if as_of < began.date_naive() { as_of } else { as_of - Days::new(1) }
    }
}

/// The run whose values are shown; none before the first came to its end.
///
/// # Errors
/// What the database gives.
pub async fn last_run(app: &App) -> Result<Option<LastRun>> {
    let sql = "SELECT id, as_of, started_at, report FROM scoring_runs ORDER BY ended_at DESC, id DESC LIMIT 1";
    let row = sqlx::query(sql).fetch_optional(app.database.pool()).await?;
    let last = |row: AnyRow| {
        Ok(LastRun { id: row.try_get(0)?, as_of: row.try_get(1)?, started_at: row.try_get(2)?, report: json(&row, 3)? })
    };
    Ok(row.map(last).transpose().map_err(|error: sqlx::Error| error)?)
}

/// Runs that looked at an earlier day than this one, each day's last, the latest first: id and day.
///
/// # Errors
/// What the database gives.
pub async fn earlier(app: &App, as_of: &str, most: i64) -> Result<Vec<(String, String)>> {
    let sql = "SELECT max(id), as_of FROM scoring_runs WHERE as_of < $1 GROUP BY as_of ORDER BY as_of DESC LIMIT $2";
    let rows = sqlx::query(sql).bind(as_of).bind(most).fetch_all(app.database.pool()).await?;
    Ok(rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, sqlx::Error>>()?)
}

/// The last day that the run looked at whose values are shown.
///
/// # Errors
/// What the database gives.
pub async fn shown_as_of(app: &App) -> Result<Option<String>> {
    let sql = "SELECT as_of FROM scoring_runs ORDER BY ended_at DESC, id DESC LIMIT 1";
    let row = sqlx::query(sql).fetch_optional(app.database.pool()).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// When the last run that came to its end began.
pub(super) async fn last_started(transaction: &mut Transaction) -> Result<Option<i64>, sqlx::Error> {
    let sql = "SELECT started_at FROM scoring_runs ORDER BY ended_at DESC, id DESC LIMIT 1";
    sqlx::query(sql).fetch_optional(&mut **transaction).await?.map(|row| row.try_get(0)).transpose()
}

/// Takes the lines of customers that are there no more out of a report.
pub(super) async fn leave_out_erased(transaction: &mut Transaction, report: &mut Report) -> Result<(), sqlx::Error> {
    let lists = [&mut report.leaving, &mut report.best].into_iter();
    for list in lists.chain(report.profit.as_mut().map(|profit| &mut profit.worst)) {
        let mut there = Vec::with_capacity(list.len());
        for line in list.drain(..) {
            let found = sqlx::query("SELECT 1 FROM customers WHERE id = $1").bind(line.customer_id.as_str());
            if found.fetch_optional(&mut **transaction).await?.is_some() {
                there.push(line);
            }
        }
        *list = there;
    }
    Ok(())
}

/// Of the runs that came to their end, those that are kept for good: all since `before`, the last, and of each month that was
/// looked at the last. Of the others, which go.
///
/// # Errors
/// What the database gives.
pub async fn kept_and_gone(database: &Database, before: i64) -> Result<(Vec<String>, Vec<String>), sqlx::Error> {
    let sql = "SELECT id, as_of, ended_at FROM scoring_runs ORDER BY as_of DESC, ended_at DESC, id DESC";
    let rows = sqlx::query(sql).fetch_all(database.pool()).await?;
    let latest = "SELECT id FROM scoring_runs ORDER BY ended_at DESC, id DESC LIMIT 1";
    let latest = sqlx::query(latest).fetch_optional(database.pool()).await?;
    let latest: Option<String> = latest.map(|row| row.try_get(0)).transpose()?;
    let (mut kept, mut gone, mut month) = (Vec::new(), Vec::new(), String::new());
    for row in &rows {
        let (id, as_of, ended_at): (String, String, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let of_month = as_of.get(..7).unwrap_or_default();
        let is_last = of_month != month;
        of_month.clone_into(&mut month);
        let stays = is_last || ended_at >= before || latest.as_ref() == Some(&id);
        if stays { kept.push(id) } else { gone.push(id) }
    }
    Ok((kept, gone))
}

/// Deletes the notes of runs.
///
/// # Errors
/// What the database gives.
pub async fn delete(database: &Database, ids: &[String]) -> Result<(), sqlx::Error> {
    for id in ids {
        sqlx::query("DELETE FROM scoring_runs WHERE id = $1").bind(id.as_str()).execute(database.pool()).await?;
    }
    Ok(())
}

const COLUMNS: &str = "id, as_of, asked_by, started_at, ended_at, customers, report";

fn run(row: &AnyRow) -> Result<Run, sqlx::Error> {
    let mut report: Value = json(row, 6)?;
    // The weekly track of forecast and fact is for the report's picture.
    if let Some(Value::Object(holdout)) = report.get_mut("validation") {
        holdout.remove("tracking");
    }
    let mut part = |name: &str| report.get_mut(name).map_or(Value::Null, Value::take);
    Ok(Run {
        id: row.try_get(0)?,
        as_of: row.try_get(1)?,
        asked_by: row.try_get(2)?,
        started_at: Time(row.try_get(3)?),
        ended_at: Time(row.try_get(4)?),
        customers: row.try_get(5)?,
        asked: part("run"),
        models: part("models"),
        holdout: part("validation"),
        warnings: part("warnings"),
    })
}

/// A page of runs, the latest first.
///
/// # Errors
/// 400 for a wrong cursor or limit, and what the database gives.
pub async fn list(app: &App, paging: &Paging) -> Result<Page<Run>> {
    let sql = format!("SELECT {COLUMNS} FROM scoring_runs WHERE ($1 = '' OR id < $1) ORDER BY id DESC LIMIT $2");
    let after = paging.after::<String>()?.unwrap_or_default();
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(after).bind(paging.rows()?);
    let rows = query.fetch_all(app.database.pool()).await?.iter().map(run).collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(paging.page(rows, |run| run.id.clone()))
}

async fn row(app: &App, id: &str) -> Result<AnyRow> {
    let sql = format!("SELECT {COLUMNS} FROM scoring_runs WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(app.database.pool()).await?;
    row.ok_or_else(|| Problem::not_found(format!("there is no run {id} that came to its end")))
}

/// The run of this id.
pub(super) async fn get(app: &App, id: &str) -> Result<Run> {
    Ok(run(&row(app, id).await?)?)
}

/// All figures of a run.
pub(super) async fn report(app: &App, id: &str) -> Result<Report> {
    Ok(json(&row(app, id).await?, 6)?)
}

/// Takes the ids of erased customers out of the reports of runs.
///
/// # Errors
/// What the database gives.
pub async fn forget(transaction: &mut Transaction, customers: &[String]) -> Result<(), sqlx::Error> {
    for customer in customers {
        let sql = "UPDATE scoring_runs SET report = replace(report, $1, '') WHERE report LIKE $2";
        let query = sqlx::query(sql).bind(customer.as_str()).bind(format!("%{customer}%"));
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}
