//! Who changed what: an entry is written in the transaction of the change, so there is neither without the other.

use super::caller::Caller;
use crate::platform::database::Transaction;
use crate::platform::server::App;
use crate::platform::{Page, Paging, Problem, Result, Time};
use chrono::{Days, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row;
use sqlx::any::AnyRow;

/// What somebody did.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AuditEntry)]
pub struct Entry {
    /// Entries are in the order of their ids.
    pub id: String,
    /// When.
    pub at: Time,
    /// `user`, `key`, `system` (the command line, work in the background) or `nobody` (before signing in).
    pub actor_kind: String,
    /// The id of the user or key.
    pub actor_id: String,
    /// The kind of thing and what was done with it, as in `user.create`.
    pub action: String,
    /// The id of the thing.
    pub subject_id: String,
    /// As in the log and in the header `X-Request-Id`.
    pub request_id: String,
    /// Where the request came from.
    pub address: String,
    /// What else is worth knowing; never a secret.
    pub details: Value,
}

/// Which entries are asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only by this user or key.
    #[serde(default)]
    pub actor_id: String,
    /// Only about this thing.
    #[serde(default)]
    pub subject_id: String,
    /// Only this action.
    #[serde(default)]
    pub action: String,
    /// Only from this day on.
    #[serde(default)]
    pub since: String,
    /// Only up to this day.
    #[serde(default)]
    pub until: String,
}

/// Adds an entry. `action` names the kind of thing and what was done with it, as in `user.create`; `details` holds
/// neither secrets nor more personal data than the id of whom it is about.
///
/// # Errors
/// What the database gives.
pub async fn record(
    transaction: &mut Transaction,
    app: &App,
    caller: &Caller,
    action: &str,
    subject_id: &str,
    details: Value,
) -> Result<(), sqlx::Error> {
    let (actor_kind, actor_id) = caller.actor();
    let insert = "INSERT INTO audit (id, at, actor_kind, actor_id, action, subject_id, request_id, address, details) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    sqlx::query(insert)
        .bind(app.random.id(&app.clock))
        .bind(app.clock.now())
        .bind(actor_kind)
        .bind(actor_id)
        .bind(action)
        .bind(subject_id)
        .bind(&caller.request_id)
        .bind(caller.address_text())
        .bind(details.to_string())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// A page of entries, the latest first.
///
/// # Errors
/// A problem for a wrong cursor or limit, and what the database gives.
pub async fn list(app: &App, filter: &Filter, paging: &Paging) -> Result<Page<Entry>> {
    let since = midnight(app, &filter.since, 0)?.unwrap_or(i64::MIN);
    let until = midnight(app, &filter.until, 1)?.unwrap_or(i64::MAX);
    let select = "SELECT id, at, actor_kind, actor_id, action, subject_id, request_id, address, details FROM audit \
                  WHERE ($1 = '' OR actor_id = $1) AND ($2 = '' OR subject_id = $2) AND ($3 = '' OR action = $3) \
                  AND ($4 = '' OR id < $4) AND at >= $6 AND at < $7 ORDER BY id DESC LIMIT $5";
    let rows = sqlx::query(select)
        .bind(&filter.actor_id)
        .bind(&filter.subject_id)
        .bind(&filter.action)
        .bind(paging.after::<String>()?.unwrap_or_default())
        .bind(paging.rows()?)
        .bind(since)
        .bind(until)
        .fetch_all(app.database.pool())
        .await?;
    let entries = rows.iter().map(entry).collect::<Result<_, sqlx::Error>>()?;
    Ok(paging.page(entries, |entry| entry.id.clone()))
}

/// When a day begins here, or one so many days later; none where no day is given.
fn midnight(app: &App, day: &str, later: u64) -> Result<Option<i64>> {
    if day.is_empty() {
        return Ok(None);
    }
    let begins = day.parse::<NaiveDate>().ok().and_then(|day| {
        let midnight = day.checked_add_days(Days::new(later))?.and_time(NaiveTime::MIN);
        midnight
            .and_local_timezone(app.config.timezone)
            .earliest()
            .or_else(|| Some(midnight.and_utc().with_timezone(&app.config.timezone)))
    });
    let begins =
        begins.ok_or_else(|| Problem::bad_request(format!("`{day}` is no day; expected one as in 2026-01-02")));
    begins.map(|begins| Some(begins.timestamp_micros()))
}

/// All actions that there are, for those who choose one.
///
/// # Errors
/// What the database gives.
pub async fn actions(app: &App) -> Result<Vec<String>> {
    let rows = sqlx::query("SELECT DISTINCT action FROM audit ORDER BY action").fetch_all(app.database.pool()).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, sqlx::Error>>()?)
}

fn entry(row: &AnyRow) -> Result<Entry, sqlx::Error> {
    Ok(Entry {
        id: row.try_get("id")?,
        at: Time(row.try_get("at")?),
        actor_kind: row.try_get("actor_kind")?,
        actor_id: row.try_get("actor_id")?,
        action: row.try_get("action")?,
        subject_id: row.try_get("subject_id")?,
        request_id: row.try_get("request_id")?,
        address: row.try_get("address")?,
        details: serde_json::from_str(&row.try_get::<String, _>("details")?).unwrap_or_default(),
    })
}
