//! The SQL of alerts, one function a question.

use super::rules::{Kind, State, Verdict};
use crate::insights::figure::Figure;
use crate::platform::clock::DAY;
use crate::platform::database::{Transaction, json};
use crate::platform::server::App;
use crate::platform::{Problem, Result, Time};
use cvm_core::Language;
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{Any, Executor, Row};
use utoipa::ToSchema;

/// How long it is kept what each day showed.
const KEPT: i64 = 800 * DAY;

/// A figure that is watched.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Alert {
    /// Its id.
    pub id: String,
    /// What is watched.
    pub figure: Figure,
    /// What for.
    pub kind: Kind,
    /// The target or the limit: an amount in the currency of the settings, a number, or a share as a fraction of 1. Null for what
    /// is unusual.
    pub threshold: Option<f64>,
    /// Over how many days the figure is counted.
    pub days: i64,
    /// Who is told by e-mail.
    pub emails: Vec<String>,
    /// Which webhook endpoint is told.
    pub webhook: Option<String>,
    /// In which language.
    #[schema(value_type = String)]
    pub language: Language,
    /// When it was made.
    pub created_at: Time,
    /// By whom.
    pub created_by: String,
    /// How it stands, as far as is known.
    pub state: State,
    /// When somebody last looked.
    pub checked_at: Option<Time>,
    /// Up to which day.
    pub checked_day: Option<String>,
    /// What the figure was then; null where there is none.
    pub value: Option<f64>,
    /// What it usually is at least.
    pub low: Option<f64>,
    /// What it usually is at most.
    pub high: Option<f64>,
}

/// What a day showed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AlertCheck)]
pub struct Check {
    /// Of which alert.
    pub alert: String,
    /// The last day of the period.
    pub day: String,
    /// When somebody looked.
    pub checked_at: Time,
    /// What the figure was.
    pub value: Option<f64>,
    /// What it usually is at least.
    pub low: Option<f64>,
    /// What it usually is at most.
    pub high: Option<f64>,
    /// How it stood.
    pub state: State,
    /// Whether it stood otherwise before.
    pub changed: bool,
}

const COLUMNS: &str = "id, figure, kind, threshold, days, emails, webhook, language, created_at, created_by, state, checked_at, \
                       checked_day, value, low, high";

/// Figures are kept in 1/10,000.
fn kept(value: f64) -> i64 {
    (value * 10_000.0).round() as i64
}

fn shown(row: &AnyRow, column: usize) -> Result<Option<f64>, sqlx::Error> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(|value| value as f64 / 10_000.0))
}

/// A stable name of a kind of ours.
fn named<T>(row: &AnyRow, column: usize, find: impl Fn(&str) -> Option<T>) -> Result<T, sqlx::Error> {
    let name: &str = row.try_get(column)?;
    find(name).ok_or_else(|| sqlx::Error::Decode(format!("`{name}` is not known here").into()))
}

fn alert(row: &AnyRow) -> Result<Alert, sqlx::Error> {
    Ok(Alert {
        id: row.try_get(0)?,
        figure: named(row, 1, Figure::from_name)?,
        kind: named(row, 2, Kind::from_name)?,
        threshold: shown(row, 3)?,
        days: row.try_get(4)?,
        emails: json(row, 5)?,
        webhook: row.try_get(6)?,
        language: named(row, 7, |name| name.parse().ok())?,
        created_at: Time(row.try_get(8)?),
        created_by: row.try_get(9)?,
        state: named(row, 10, State::from_name)?,
        checked_at: row.try_get::<Option<i64>, _>(11)?.map(Time),
        checked_day: row.try_get(12)?,
        value: shown(row, 13)?,
        low: shown(row, 14)?,
        high: shown(row, 15)?,
    })
}

/// All of them, the oldest first.
pub(in crate::insights) async fn list(from: impl Executor<'_, Database = Any>) -> Result<Vec<Alert>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM alerts ORDER BY id");
    sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(from).await?.iter().map(alert).collect()
}

/// The one of this id.
pub(super) async fn find(app: &App, id: &str) -> Result<Option<Alert>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM alerts WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(app.database.pool()).await?;
    row.as_ref().map(alert).transpose()
}

/// The same; 404 where there is none.
pub(super) async fn get(app: &App, id: &str) -> Result<Alert> {
    find(app, id).await?.ok_or_else(|| none(id))
}

pub(super) fn none(id: &str) -> Problem {
    Problem::not_found(format!("there is no alert {id}"))
}

/// Writes one, new or changed. What was changed is looked at anew.
pub(super) async fn put(transaction: &mut Transaction, alert: &Alert) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO alerts (id, figure, kind, threshold, days, emails, webhook, language, created_at, created_by, state) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'new') ON CONFLICT (id) DO UPDATE SET \
               figure = excluded.figure, kind = excluded.kind, threshold = excluded.threshold, days = excluded.days, \
               emails = excluded.emails, webhook = excluded.webhook, language = excluded.language, state = 'new', \
               checked_at = NULL, checked_day = NULL, value = NULL, low = NULL, high = NULL";
    sqlx::query(sql)
        .bind(&alert.id)
        .bind(alert.figure.name())
        .bind(alert.kind.name())
        .bind(alert.threshold.map(kept))
        .bind(alert.days)
        .bind(serde_json::json!(alert.emails).to_string())
        .bind(&alert.webhook)
        .bind(alert.language.code())
        .bind(alert.created_at.0)
        .bind(&alert.created_by)
        .execute(&mut **transaction)
        .await
        .map(drop)
}

/// Takes one away, with its history; false where there is none.
pub(super) async fn remove(transaction: &mut Transaction, id: &str) -> Result<bool, sqlx::Error> {
    forget_checks(transaction, id).await?;
    let gone = sqlx::query("DELETE FROM alerts WHERE id = $1").bind(id).execute(&mut **transaction).await?;
    Ok(gone.rows_affected() == 1)
}

/// Forgets what the days showed of something else than is watched now.
pub(super) async fn forget_checks(transaction: &mut Transaction, id: &str) -> Result<(), sqlx::Error> {
    let sql = "DELETE FROM alert_checks WHERE alert = $1";
    sqlx::query(sql).bind(id).execute(&mut **transaction).await.map(drop)
}

/// Notes what a look found: whether that is news.
pub(super) async fn note(
    transaction: &mut Transaction,
    alert: &Alert,
    (day, now): (&str, i64),
    verdict: &Verdict,
) -> Result<bool, sqlx::Error> {
    let state = verdict.state.unwrap_or(alert.state);
    let is_news = state.is_news_after(alert.state);
    let (low, high) = verdict.usual.map(|(low, high)| (kept(low), kept(high))).unzip();
    let value = verdict.value.map(kept);
    // Who was changed or taken away meanwhile is looked at anew.
    let sql = "UPDATE alerts SET state = $1, checked_at = $2, checked_day = $3, value = $4, low = $5, high = $6 \
               WHERE id = $7 AND state = $8 AND figure = $9 AND kind = $10 AND days = $11";
    let query = sqlx::query(sql).bind(state.name()).bind(now).bind(day).bind(value).bind(low).bind(high);
    let query = query.bind(&alert.id).bind(alert.state.name()).bind(alert.figure.name());
    let changed = query.bind(alert.kind.name()).bind(alert.days).execute(&mut **transaction).await?;
    if changed.rows_affected() == 0 {
        return Ok(false);
    }
    let sql = "INSERT INTO alert_checks (alert, day, checked_at, value, low, high, state, changed) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (alert, day) DO UPDATE SET \
               checked_at = excluded.checked_at, value = excluded.value, low = excluded.low, high = excluded.high, \
               state = excluded.state, \
               changed = CASE WHEN excluded.changed = 1 THEN 1 ELSE alert_checks.changed END";
    let query = sqlx::query(sql).bind(&alert.id).bind(day).bind(now).bind(value).bind(low).bind(high);
    query.bind(state.name()).bind(i64::from(is_news)).execute(&mut **transaction).await?;
    Ok(is_news)
}

fn check(row: &AnyRow) -> Result<Check, sqlx::Error> {
    Ok(Check {
        alert: row.try_get(0)?,
        day: row.try_get(1)?,
        checked_at: Time(row.try_get(2)?),
        value: shown(row, 3)?,
        low: shown(row, 4)?,
        high: shown(row, 5)?,
        state: named(row, 6, State::from_name)?,
        changed: row.try_get::<i64, _>(7)? == 1,
    })
}

const CHECK: &str = "alert, day, checked_at, value, low, high, state, changed";

/// What the last so many days showed of an alert, the latest first.
pub(super) async fn checks(app: &App, id: &str, days: i64) -> Result<Vec<Check>, sqlx::Error> {
    let sql = format!("SELECT {CHECK} FROM alert_checks WHERE alert = $1 ORDER BY day DESC LIMIT $2");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).bind(days);
    query.fetch_all(app.database.pool()).await?.iter().map(check).collect()
}

/// What a day showed of an alert.
pub(super) async fn check_of(app: &App, id: &str, day: &str) -> Result<Option<Check>, sqlx::Error> {
    let sql = format!("SELECT {CHECK} FROM alert_checks WHERE alert = $1 AND day = $2");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).bind(day);
    query.fetch_optional(app.database.pool()).await?.as_ref().map(check).transpose()
}

/// When anything stood otherwise than before, the latest first.
pub(super) async fn news(app: &App, most: i64) -> Result<Vec<Check>, sqlx::Error> {
    let sql = format!("SELECT {CHECK} FROM alert_checks WHERE changed = 1 ORDER BY checked_at DESC, alert LIMIT $1");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(most);
    query.fetch_all(app.database.pool()).await?.iter().map(check).collect()
}

/// Forgets what days of long ago showed.
///
/// # Errors
/// What the database gives.
pub async fn tidy(app: &App) -> Result<(), sqlx::Error> {
    let sql = "DELETE FROM alert_checks WHERE checked_at < $1";
    sqlx::query(sql).bind(app.clock.now() - KEPT).execute(app.database.pool()).await.map(drop)
}
